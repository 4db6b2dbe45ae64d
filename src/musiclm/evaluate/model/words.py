"""Facts in, a prompt in one of six languages out, in wording that no caption writer has.

Every prompt is a list of plain statements, so that what it asks for is known exactly: style,
tempo in beats a minute, key, drums or none, and all instruments. Names come from the lexica of the
captions; everything around them stands here. ``prompt/`` must be able to read the numbers back.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from musiclm.corpus.captions import lexicon
from musiclm.corpus.captions.lexicon import LANGUAGES

__all__ = ["LANGUAGES", "joined", "key_words", "worded"]

_AND = {"en": "and", "fr": "et", "es": "y", "de": "und", "it": "e", "pt": "e"}
_BAND = {
    "en": ("instruments: {names}", "only these play: {names}"),
    "fr": ("instruments : {names}", "jouent seulement : {names}"),
    "es": ("instrumentos: {names}", "tocan solo: {names}"),
    "de": ("Instrumente: {names}", "es spielen nur: {names}"),
    "it": ("strumenti: {names}", "suonano solo: {names}"),
    "pt": ("instrumentos: {names}", "tocam só: {names}"),
}
_STYLE = {
    "en": ("genre: {style}", "it is {style}"),
    "fr": ("genre : {style}", "c'est du genre {style}"),
    "es": ("género: {style}", "el estilo es {style}"),
    "de": ("Genre: {style}", "der Stil ist {style}"),
    "it": ("genere: {style}", "lo stile è {style}"),
    "pt": ("gênero: {style}", "o estilo é {style}"),
}
_KEY = {
    "en": "in {key}",
    "fr": "en {key}",
    "es": "en {key}",
    "de": "in {key}",
    "it": "in {key}",
    "pt": "em {key}",
}
_DRUMS = {
    "en": ("with drums", "no drums"),
    "fr": ("avec batterie", "sans batterie"),
    "es": ("con batería", "sin batería"),
    "de": ("mit Schlagzeug", "ohne Schlagzeug"),
    "it": ("con batteria", "senza batteria"),
    "pt": ("com bateria", "sem bateria"),
}
_OPENINGS = {
    "en": ("Next on the list", "What I need today", "Order for the studio"),
    "fr": ("À l'ordre du jour", "Ce qu'il me faut", "Commande pour le studio"),
    "es": ("Lo que necesito hoy", "Siguiente de la lista", "Encargo para el estudio"),
    "de": ("Was ich heute brauche", "Als Nächstes", "Auftrag fürs Studio"),
    "it": ("Quello che mi serve oggi", "Il prossimo brano", "Ordine per lo studio"),
    "pt": ("O que preciso hoje", "A próxima da lista", "Encomenda para o estúdio"),
}


def worded(stated: Mapping[str, Any], language: str, rng: np.random.Generator) -> str:
    """One prompt that states exactly what it is given.

    Args:
        stated: Any of ``style`` (key), ``bpm`` (number), ``key`` (tonic and ``major`` or
            ``minor``), ``metre`` (beats and unit), ``drums`` (whether) and ``instruments``
            (keys, drums not among them).
        language: One of ``LANGUAGES``.
        rng: Chooses wording and order.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> worded({"bpm": 90, "key": ("D", "minor"), "drums": False}, "de", rng)
        'Was ich heute brauche: 90 bpm; in d-Moll; ohne Schlagzeug'
    """
    words = lexicon(language)
    parts = []
    if "style" in stated:
        name = words.name("style", stated["style"].replace("_", " "))
        parts.append(_one(_STYLE[language], rng).format(style=name))
    if "bpm" in stated:
        parts.append(f"{stated['bpm']} bpm")
    if "metre" in stated:
        parts.append("/".join(str(number) for number in stated["metre"]))
    if "key" in stated:
        tonic, side = stated["key"]
        parts.append(_KEY[language].format(key=key_words(tonic, side, language)))
    if "instruments" in stated:
        names = [words.name("instrument", key) for key in stated["instruments"]]
        unique = list(dict.fromkeys(names))
        parts.append(_one(_BAND[language], rng).format(names=joined(unique, language)))
    if "drums" in stated:
        parts.append(_DRUMS[language][0 if stated["drums"] else 1])
    order = rng.permutation(len(parts))
    # "No drums" goes last: whatever followed it might be taken for part of what is ruled out.
    turned = [parts[index] for index in order]
    if "drums" in stated:
        turned.remove(parts[-1])
        turned.append(parts[-1])
    apart = ("; ", ". ")[int(rng.integers(2))]
    return f"{_one(_OPENINGS[language], rng)}: {apart.join(turned)}"


def key_words(tonic: str, side: str, language: str) -> str:
    """A key as a language says it.

    Example:
        >>> key_words("Eb", "major", "fr"), key_words("F#", "minor", "de")
        ('mi bémol majeur', 'fis-Moll')
    """
    words = lexicon(language)
    note = words.phrases("note", tonic)[0]
    pattern = words.phrases("mode", side)[0]
    # A small n in the pattern is a small note, as German minor keys have it.
    name = note if pattern[0] == "N" else note[0].lower() + note[1:]
    return name + pattern[1:]


def joined(names: list[str], language: str) -> str:
    """Names with commas and an "and".

    Example:
        >>> joined(["harpe", "flûte", "violon"], "fr")
        'harpe, flûte et violon'
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {_AND[language]} {names[-1]}"


def _one(few: tuple[str, ...], rng: np.random.Generator) -> str:
    return few[int(rng.integers(len(few)))]
