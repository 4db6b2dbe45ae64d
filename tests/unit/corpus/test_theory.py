"""Chords, scales and voice leading against facts from any harmony book."""

from itertools import pairwise

import pytest

from musiclm.corpus.styles import FAMILIES
from musiclm.corpus.theory import (
    GAPPED,
    MODES,
    Chord,
    chord,
    largest_gap,
    nearest,
    place,
    scale_over,
    step,
    voice,
)
from musiclm.errors import ConfigError

BANKS = [
    pytest.param(mode, letter, text, id=f"{style.name}-{mode}-{letter}-{text}")
    for family in FAMILIES.values()
    for style in family
    for mode, bank in style.harmony.items()
    for letter, texts in bank.items()
    for text in texts
]


@pytest.mark.parametrize(
    ("numeral", "tonic", "classes"),
    [
        ("I", 0, (0, 4, 7)),
        ("vi", 0, (9, 0, 4)),
        ("V7", 2, (9, 1, 4, 7)),
        ("bVII", 9, (7, 11, 2)),
        ("iim7b5", 9, (11, 2, 5, 9)),
        ("#ivo7", 0, (6, 9, 0, 3)),
        ("Imaj9", 5, (5, 9, 0, 4, 7)),
        ("i6", 9, (9, 0, 4, 6)),
        ("i5", 4, (4, 11)),
        ("V7/V", 0, (2, 6, 9, 0)),
        ("viio7/vi", 0, (8, 11, 2, 5)),
        ("ii7/bIII", 0, (5, 8, 0, 3)),
        ("imaj7", 9, (9, 0, 4, 8)),
    ],
)
def test_numerals_spell_chords(numeral: str, tonic: int, classes: tuple[int, ...]) -> None:
    assert chord(numeral, tonic).pitch_classes == classes


def test_a_slash_names_the_bass() -> None:
    assert chord("V/7", 0).bass == 11
    assert chord("i/b7", 9).bass == 7
    assert chord("V", 0).bass == 7


def test_a_borrowed_chord_may_have_a_bass_of_its_own() -> None:
    assert chord("V7/ii/3", 0) == Chord(9, (0, 4, 7, 10), 4)
    assert chord("IV/1", 7).bass == 7


@pytest.mark.parametrize(
    ("numeral", "symbol"),
    [
        ("I", "C"),
        ("ii7", "Dm7"),
        ("V/7", "G/B"),
        ("iim7b5", "Dm7b5"),
        ("#ivo7", "F#dim7"),
        ("bVIImaj7", "Bbmaj7"),
        ("V7b9", "G7b9"),
        ("i6", "Cm6"),
        ("V7sus4", "G7sus4"),
        ("i5", "C5"),
    ],
)
def test_chords_are_named_as_on_a_chart(numeral: str, symbol: str) -> None:
    assert chord(numeral, 0).symbol == symbol


@pytest.mark.parametrize("numeral", ["H", "VIII", "I/9", "Iwrong", "", "iiv"])
def test_other_spellings_are_refused(numeral: str) -> None:
    with pytest.raises(ConfigError, match="is not a chord: expected a numeral"):
        chord(numeral, 0)


@pytest.mark.parametrize(("mode", "letter", "text"), BANKS)
def test_every_progression_of_every_style_can_be_read(mode: str, letter: str, text: str) -> None:
    for bar in text.split(" | "):
        numerals = bar.split()
        assert 1 <= len(numerals) <= 4
        for numeral in numerals:
            read = chord(numeral, 0)
            if letter == "final":
                assert read.root == 0, f"the last chord of {mode} is {numeral}"


def test_the_dominant_raises_the_leading_note_of_minor() -> None:
    pool = scale_over(9, MODES["minor"], chord("V7", 9))
    assert 8 in pool
    assert 7 not in pool
    assert len(pool) == 7


def test_a_gapped_scale_keeps_room_for_chord_tones() -> None:
    pool = scale_over(0, GAPPED["blues"], chord("I7", 0))
    assert {0, 4, 7, 10} <= set(pool)


def test_a_held_root_rubs_against_a_major_seventh() -> None:
    assert 0 not in chord("Imaj7", 0).stable
    assert chord("I", 0).stable == (0, 4, 7)
    assert not chord("V", 0).bears(60)
    assert chord("V", 0).bears(69)


def test_walking_a_scale() -> None:
    major = MODES["major"]
    assert [step(60, n, major) for n in range(-2, 4)] == [57, 59, 60, 62, 64, 65]
    assert step(61, 1, major) == 62


def test_nearest_stays_in_range() -> None:
    assert nearest(100, (0,), 48, 71) == 60
    assert place(11, near=60, low=48, high=72) == 59


@pytest.mark.parametrize("spread", ["close", "open", "rootless"])
@pytest.mark.parametrize("size", [3, 4])
def test_voices_move_little_and_stay_in_range(spread: str, size: int) -> None:
    numerals = "ii7 V9 Imaj7 VI7 ii7 bII7 Imaj9 IV7 iii7 bIIIo7 ii7 V7 I6 I".split()
    voicing: tuple[int, ...] = ()
    voicings = []
    for numeral in numerals:
        voicing = voice(chord(numeral, 3), voicing, 50, 76, size, spread)
        voicings.append(voicing)
        assert list(voicing) == sorted(voicing)
        assert 50 <= voicing[0]
        assert voicing[-1] <= 76
        assert {pitch % 12 for pitch in voicing} <= set(chord(numeral, 3).pitch_classes)
    for before, after in pairwise(voicings):
        moved = [abs(a - b) for a, b in zip(before, after, strict=True)]
        assert max(moved) <= 5, (before, after)
        assert sum(moved) / size <= 3


def test_common_tones_stay() -> None:
    c_major = voice(chord("I", 0), (), 52, 72, 3)
    a_minor = voice(chord("vi", 0), c_major, 52, 72, 3)
    assert len(set(c_major) & set(a_minor)) == 2


def test_power_chords_are_root_fifth_octave() -> None:
    low, fifth, octave = voice(chord("i5", 4), (), 38, 62, 3, "power")
    assert (fifth - low, octave - low, low % 12) == (7, 12, 4)


def test_largest_gap_of_nothing_is_none() -> None:
    assert largest_gap([]) == 0
    assert largest_gap([60, 48, 50]) == 12
