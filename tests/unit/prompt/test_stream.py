"""What a prompt says in numbers, as codes: in range, in order, 0 where nothing is said."""

from itertools import pairwise

import pytest

from musiclm.corpus.compose import STYLES
from musiclm.corpus.facts import tempo_class
from musiclm.corpus.theory import KEY_NAMES, MINOR_MODES, MODES
from musiclm.prompt.facts import PromptFacts
from musiclm.prompt.stream import (
    FACTS_STREAM,
    METRES,
    PACES,
    facts_tokens,
    pace_code,
    prompt_tokens,
)


def tempo(bpm: float) -> int:
    return facts_tokens(tempo_bpm=bpm)[0]


def key(tonic: str, mode: str | None = None) -> int:
    return facts_tokens(key=tonic, mode=mode)[1]


def test_nothing_said_is_zero_everywhere() -> None:
    assert facts_tokens() == (0, 0, 0, 0)
    assert facts_tokens(mode="minor") == (0, 0, 0, 0)
    assert facts_tokens(key="H", metre="13/8") == facts_tokens(key="", metre="") == (0, 0, 0, 0)


def test_each_fact_has_a_level_of_its_own() -> None:
    assert facts_tokens(tempo_bpm=100.0)[1:] == (0, 0, 0)
    assert [code > 0 for code in facts_tokens(key="A", mode="minor")] == [False, True, False, False]
    assert [code > 0 for code in facts_tokens(metre="3/4")] == [False, False, True, False]
    assert facts_tokens(drums=False) == (0, 0, 0, 1)
    assert facts_tokens(drums=True) == (0, 0, 0, 2)


def test_tempo_codes_rise_with_the_tempo() -> None:
    codes = [tempo(bpm) for bpm in range(1, 400)]
    assert all(before <= after for before, after in pairwise(codes))
    assert set(codes) == set(range(1, 49))
    assert tempo(40) == tempo(3) == 1
    assert tempo(240) == tempo(999) == 48
    # A code is about as wide as the difference that a listener hears.
    for bpm in (50, 90, 140, 200):
        assert tempo(1.08 * bpm) - tempo(bpm) in (2, 3)
        assert tempo(bpm) - tempo(bpm - 0.5) <= 1


def test_a_tempo_in_words_has_a_code_of_its_own() -> None:
    spoken = [facts_tokens(pace=pace)[0] for pace in PACES]
    assert spoken == [49, 50, 51]
    assert facts_tokens(pace="breakneck") == facts_tokens()
    assert facts_tokens(pace="fast", tempo_bpm=60.0) == facts_tokens(tempo_bpm=60.0)
    assert pace_code(0) == 0
    assert [pace_code(code) for code in spoken] == spoken
    codes = [pace_code(code) for code in range(1, 49)]
    assert codes == sorted(codes)
    assert set(codes) == set(spoken)


def test_words_of_tempo_mean_what_the_captions_mean() -> None:
    # A code spans 4 %, so right at the borders (90 and 126) it may be of either side.
    for bpm in (41, 60, 86, 94, 110, 121, 131, 180, 240):
        assert pace_code(tempo(bpm)) == facts_tokens(pace=tempo_class(bpm))[0], bpm


def test_every_key_of_the_composer_has_a_code() -> None:
    codes = {key(tonic, mode) for tonic in KEY_NAMES for mode in ("major", "minor")}
    assert codes == set(range(1, 25))
    assert key("D") == key("D", "major")


@pytest.mark.parametrize(
    ("one", "other"),
    [("C#", "Db"), ("F#", "Gb"), ("G#", "Ab"), ("A#", "Bb"), ("E#", "F"), ("Cb", "B"), ("B#", "C"),
     ("F##", "G"), ("Bbb", "A")],
)  # fmt: skip
def test_enharmonic_keys_are_one(one: str, other: str) -> None:
    for mode in ("major", "minor"):
        assert key(one, mode) == key(other, mode) > 0
    assert key(one, "major") != key(other, "minor")


@pytest.mark.parametrize("mode", sorted(MODES))
def test_modes_that_sound_minor_count_as_minor(mode: str) -> None:
    assert key("D", mode) == key("D", "minor" if mode in MINOR_MODES else "major")


def test_every_metre_of_the_composer_has_a_code() -> None:
    metres = {f"{top}/{bottom}" for style in STYLES.values() for top, bottom in style.metres}
    assert len(metres) > 4
    assert sorted(facts_tokens(metre=metre)[2] for metre in METRES) == [1, 2, 3, 4, 5, 6, 7]
    assert metres <= set(METRES)


def test_what_a_prompt_says_becomes_the_same_codes() -> None:
    assert prompt_tokens(PromptFacts()) == (0, 0, 0, 0)
    said = PromptFacts(tempo_bpm=96.0, key="Eb", mode="minor", metre="3/4", absent=("drums",))
    assert prompt_tokens(said) == facts_tokens(
        tempo_bpm=96.0, key="D#", mode="minor", metre="3/4", drums=False
    )
    assert prompt_tokens(PromptFacts(pace="slow", absent=("piano",))) == (49, 0, 0, 0)


def test_codes_lie_inside_the_stream() -> None:
    assert (FACTS_STREAM.n_q, FACTS_STREAM.timed) == (4, False)
    largest = facts_tokens(tempo_bpm=1e9, key="B", mode="minor", metre=METRES[-1], drums=True)
    assert len(largest) == FACTS_STREAM.n_q
    assert max(largest) < FACTS_STREAM.codebook_size
