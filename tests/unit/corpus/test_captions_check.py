import numpy as np
import pytest

from musiclm.corpus.captions import LANGUAGES, captions_of
from musiclm.corpus.captions.check import claims_of, contradictions
from musiclm.corpus.captions.review import check_captions, sample_captions
from musiclm.corpus.compose import compose
from musiclm.corpus.facts import Facts, facts_of

JAZZ = Facts.from_mapping(
    {
        "style": "swing jazz", "mood": "relaxed", "tempo_bpm": 78, "tempo_class": "slow",
        "key": "Bb", "mode": "major", "metre": "4/4", "drums": True,
        "instruments": ["tenor_sax", "acoustic_grand_piano", "acoustic_bass", "brush_kit"],
        "lead": "tenor_sax", "lead_family": "reed", "dynamics": "soft", "sections": [],
        "seconds": 40.0, "absent": ["strings", "guitar", "choir", "synths", "brass"],
        "swing": True, "scene": "coffee shop",
    }
)  # fmt: skip
SOLO = JAZZ.model_copy(
    update={"drums": False, "instruments": ["tenor_sax"], "absent": ["drums", "bass", "strings"]}
)

TRUE = {
    "en": "Slow, laid-back swing in B flat major at 78 bpm, with tenor sax and brushes, no guitar",
    "fr": "Un morceau de jazz lent et détendu en si bémol majeur, à 78 bpm, au saxophone ténor",
    "es": "Un tema de swing lento y relajado en si bemol mayor, a 78 bpm, sin cuerdas ni guitarra",
    "de": "Langsamer, entspannter Swing in B-Dur bei 78 bpm mit Tenorsaxophon, ohne Streicher",
    "it": "Un pezzo jazz lento e rilassato in si bemolle maggiore, a 78 bpm, senza coro né archi",
    "pt": "Um tema de jazz lento e relaxado em si bemol maior, a 78 bpm, com sax tenor, sem coro",
}
# Each with what is wrong in it.
FALSE = {
    "en": ["a fast swing tune", "swing jazz with violin", "jazz in D minor", "at 120 bpm",
           "without drums", "an angry swing tune", "a waltz", "swing without piano or guitar",
           "for a boss battle", "It builds up steadily"],
    "fr": ["un morceau de jazz rapide", "avec un violon", "en ré mineur", "120 bpm",
           "sans batterie", "une valse", "un jazz furieux", "sans guitare ni piano",
           "pour un enterrement", "Tout est joué fort"],
    "es": ["un tema rápido", "con violín", "en re menor", "a 120 bpm", "sin batería", "un vals",
           "música furiosa", "sin guitarra ni piano", "para un funeral", "a todo volumen"],
    "de": ["ein schnelles Stück", "mit einer Geige", "in d-Moll", "120 bpm", "ohne Schlagzeug",
           "ein Walzer", "wütende Musik", "ohne Gitarre oder Klavier", "für eine Beerdigung",
           "Alle spielen in voller Lautstärke"],
    "it": ["un brano veloce", "con un violino", "in re minore", "a 120 bpm", "senza batteria",
           "un valzer", "musica furiosa", "senza chitarra né pianoforte", "per un funerale",
           "a tutto volume"],
    "pt": ["uma faixa rápida", "com violino", "em ré menor", "a 120 bpm", "sem bateria",
           "uma valsa", "música furiosa", "sem guitarra nem piano", "para um funeral",
           "Soa forte e cheio"],
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_true_captions_pass(language: str) -> None:
    assert contradictions(TRUE[language], language, JAZZ) == []
    assert len(claims_of(TRUE[language], language)) >= 5


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language in FALSE for text in FALSE[language]]
)
def test_planted_contradictions_are_caught(language: str, text: str) -> None:
    assert len(contradictions(text, language, JAZZ)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_captions_of_another_piece_are_caught(language: str) -> None:
    # A drone of strings and synths has nothing in common with the jazz above.
    other = Facts.from_mapping(
        dict(JAZZ) | {
            "style": "drone", "mood": "bleak", "tempo_bpm": 150, "tempo_class": "fast", "key": "E",
            "mode": "phrygian", "metre": "7/8", "drums": False, "lead": "warm_pad",
            "instruments": ["warm_pad", "sweep_pad"], "lead_family": "synth_pad",
            "dynamics": "growing", "absent": ["drums", "bass", "piano"], "swing": False,
            "scene": "spaceship adrift",
        }
    )  # fmt: skip
    rng = np.random.default_rng(0)
    captions = captions_of(other, rng, n=120, languages=(language,))
    caught = [c for c in captions if contradictions(c.text, language, JAZZ)]
    assert len(caught) > 0.97 * len(captions)
    assert not [c for c in captions if contradictions(c.text, language, other)]


def test_a_message_says_what_is_wrong() -> None:
    assert contradictions("a piece at 120 bpm", "en", JAZZ) == ["'120' says bpm 120; true is 78"]


def test_negations_reach_along_lists() -> None:
    claims = claims_of("without choir, keys or guitars, just tenor sax", "en")
    assert [claim.negated for claim in claims if claim.meanings[0][0] != "absent"] == [
        True,
        True,
        False,
    ]
    assert contradictions("no drums", "en", SOLO) == []
    assert len(contradictions("with drums", "en", SOLO)) == 1


def test_captions_contradict_nothing() -> None:
    # The full check of 2,000 is ``check_captions()``.
    result = check_captions(72, seed=7)
    assert result.wrong == ()
    assert result.n_captions == sum(result.per_language.values()) == 72
    assert set(result.per_language) == set(LANGUAGES)
    assert len(result.per_register) == 8
    assert result.n_statements > 3 * 72


def test_samples_are_of_one_language() -> None:
    captions = sample_captions("pt", 4)
    assert len(captions) == 4
    assert {caption.language for caption in captions} == {"pt"}
    assert captions == sample_captions("pt", 4)


def test_facts_of_composed_pieces_bear_out_their_captions_when_held_out() -> None:
    facts = facts_of(compose("tango", seed=5, seconds=30))
    captions = captions_of(facts, np.random.default_rng(2), n=48, held_out=True)
    assert [c.text for c in captions if contradictions(c.text, c.language, facts)] == []
