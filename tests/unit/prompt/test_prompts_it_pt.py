"""Prompts as people type them, Italian and Portuguese, and the facts in them; all others none."""

from typing import Any

import pytest
from prompt_facts import expected, stated

ITALIAN: list[tuple[str, dict[str, Any]]] = [
    ("musica rilassante per lo studio", {}),
    ("a 140 battiti al minuto", {"bpm": 140}),
    ("circa 90 bpm, morbido", {"bpm": 90}),
    ("tra 100 e 110 bpm", {"bpm": 105}),
    ("centoventi bpm", {"bpm": 120}),
    ("novantasei bpm", {"bpm": 96}),
    ("semiminima = 72", {"bpm": 72}),
    ("Tonalità: do minore. Tempo: 80.", {"key": "C minor", "bpm": 80}),
    ("in re minore", {"key": "D minor"}),
    ("un valzer in si bemolle maggiore", {"key": "Bb major"}),
    ("fa diesis minore, inquieto", {"key": "F# minor"}),
    ("in la minore, malinconico", {"key": "A minor"}),
    ("ninna nanna in sol maggiore", {"key": "G major"}),
    ("mi frigio, mediterraneo", {"key": "E phrygian"}),
    ("in modo minore", {"key": "? minor"}),
    ("tempo di 3/4", {"metre": "3/4"}),
    ("a tempo di valzer", {"metre": "3/4"}),
    ("sei ottavi, barcarola", {"metre": "6/8"}),
    ("in sette ottavi", {"metre": "7/8"}),
    ("quattro quarti, dritto", {"metre": "4/4"}),
    ("un minuto e mezzo di archi", {"s": 90}),
    ("due minuti di tango", {"s": 120}),
    ("trenta secondi, allegri", {"s": 30}),
    ("senza batteria", {"out": "drums"}),
    ("senza batteria né basso", {"out": "drums bass"}),
    ("senza batteria, basso né chitarra", {"out": "drums bass guitar"}),
    ("niente ottoni", {"out": "brass"}),
    ("non voglio la batteria", {"out": "drums"}),
    ("tutto tranne il pianoforte", {"out": "piano"}),
    ("violino invece della chitarra", {"out": "guitar"}),
    ("senza voci", {"out": "choir"}),
    ("non troppo triste", {"no": "triste"}),
    ("senza riverbero", {"no": "riverbero"}),
    ("senza chitarra elettrica", {"no": "chitarra elettrica"}),
    ("tarantella in mi minore, 150 bpm, 6/8, senza synth",
     {"key": "E minor", "bpm": 150, "metre": "6/8", "out": "synths"}),
]  # fmt: skip

PORTUGUESE: list[tuple[str, dict[str, Any]]] = [
    ("música calma para estudar", {}),
    ("samba a 100 bpm", {"bpm": 100}),
    ("por volta de 85 batidas por minuto", {"bpm": 85}),
    ("cento e vinte bpm", {"bpm": 120}),
    ("Tom: dó maior. Andamento: 96.", {"key": "C major", "bpm": 96}),
    ("em lá menor", {"key": "A minor"}),
    ("uma valsa em ré menor", {"key": "D minor"}),
    ("fá sustenido menor, tenso", {"key": "F# minor"}),
    ("em si bemol maior", {"key": "Bb major"}),
    ("tom de sol, bem simples", {"key": "G"}),
    ("um fado em mi menor, triste", {"key": "E minor"}),
    ("algo em tom menor", {"key": "? minor"}),
    ("baião em ré mixolídio", {"key": "D mixolydian"}),
    ("três por quatro", {"metre": "3/4"}),
    ("compasso 6/8", {"metre": "6/8"}),
    ("ritmo de valsa", {"metre": "3/4"}),
    ("sete por oito, torto", {"metre": "7/8"}),
    ("um minuto e meio de violão", {"s": 90}),
    ("dois minutos de choro", {"s": 120}),
    ("30 segundos para um comercial", {"s": 30}),
    ("sem bateria", {"out": "drums"}),
    ("sem bateria nem baixo", {"out": "drums bass"}),
    ("sem bateria e piano suave", {"out": "drums"}),
    ("não quero guitarra", {"out": "guitar"}),
    ("nada de metais", {"out": "brass"}),
    ("sem vozes", {"out": "choir"}),
    ("violino em vez de violão", {"out": "guitar"}),
    ("não muito rápido", {"no": "rápido"}),
    ("sem guitarra elétrica", {"no": "guitarra elétrica"}),
    ("uma melodia no piano com violino", {}),
    ("uma valsa, no drums", {"out": "drums"}),
    ("bossa em dó menor, 70 bpm, sem percussão",
     {"key": "C minor", "bpm": 70, "out": "drums"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "facts"), ITALIAN + PORTUGUESE, ids=lambda value: str(value)[:40])
def test_facts_of_a_prompt(text: str, facts: dict[str, Any]) -> None:
    assert stated(text) == expected(**facts)
