"""Tunes are made of motives that return, and answers fill the gaps that tunes leave."""

from dataclasses import replace
from random import Random

import pytest

from musiclm.corpus.craft.blocks import COMMON, SEVEN, SIX, Bar, Melody, Span
from musiclm.corpus.craft.melody import Singer
from musiclm.corpus.craft.motive import Motive, Workshop
from musiclm.corpus.craft.rhythms import LYRICAL, LYRICAL_ENDS
from musiclm.corpus.score import beats_in_bar
from musiclm.corpus.theory import MODES, chord

SEVENS = {SEVEN: ("x-x-x--", "x--x-x-", "x-xx-x-")}


def workshop(seed: int) -> Workshop:
    return Workshop(LYRICAL[COMMON], LYRICAL_ENDS[COMMON], 0.2, 2.2, 2.0, Random(seed))


def bars_of(
    numerals: list[str],
    metre: tuple[int, int] = COMMON,
    tonics: dict[int, int] | None = None,
    letters: str = "",
) -> list[Bar]:
    beats = beats_in_bar(metre)
    bars = []
    for number, numeral in enumerate(numerals):
        tonic = (tonics or {}).get(number, 0)
        letter = letters[number // 4] if letters else "A"
        over = chord(numeral, tonic)
        bars.append(
            Bar(
                number=number,
                start=float(number * beats),
                beats=beats,
                spans=(Span(float(number * beats), float(beats), over),),
                following=over,
                section=number // 4 if letters else 0,
                letter=letter,
                in_section=number % 4 if letters else number,
                to_go=0,
                intensity=0.6,
                is_last=number == len(numerals) - 1,
                tonic=tonic,
            )
        )
    return bars


def singer(metre: tuple[int, int] = COMMON, seed: int = 0, **changes: float) -> Singer:
    cells = {**LYRICAL, **SEVENS}
    melody = Melody(("flute",), cells=cells, cadences={**LYRICAL_ENDS, **SEVENS})
    return Singer(
        melody=replace(melody, **changes),
        low=60,
        high=81,
        tonic=0,
        mode="major",
        metre=metre,
        beat_seconds=0.5,
        notes_per_second=2.2,
        rng=Random(seed),
    )


def test_a_second_theme_has_another_rhythm() -> None:
    for seed in range(20):
        shop = workshop(seed)
        first = shop.theme(None)
        second = shop.theme(first)
        assert first.motives[0].rhythm != first.motives[1].rhythm
        assert second.motives[0].rhythm != first.motives[0].rhythm


def test_themes_differ_from_piece_to_piece() -> None:
    themes = [workshop(seed).theme(None) for seed in range(60)]
    assert len({(theme.motives[0], theme.motives[1]) for theme in themes}) >= 58


@pytest.mark.parametrize("bars", range(1, 33))
def test_units_fill_every_section(bars: int) -> None:
    for seed in range(6):
        theme = workshop(seed).theme(None)
        split = theme.split(bars)
        assert sum(split) == bars
        for index, length in enumerate(split):
            turns = theme.unit(index, length)
            assert len(turns) == length
            assert any(turn.kind == "play" for turn in turns) or length == 1


def test_not_all_units_have_four_bars() -> None:
    lengths = {workshop(seed).theme(None).split(bars) for seed in range(20) for bars in (6, 8, 12)}
    assert {length for split in lengths for length in split} >= {2, 3, 4, 6, 8}


def test_motives_change_but_keep_their_rhythm() -> None:
    motive = Motive("x-x-xxx-", (0, 1, 1, -1, 2))
    assert motive.inverted() == Motive("x-x-xxx-", (0, -1, -1, 1, -2))
    varied = motive.varied(Random(1))
    assert varied.rhythm == motive.rhythm
    assert varied.contour[0] == 0
    assert varied != motive
    assert motive.head() == Motive("x-x-x-x-", (0, 1, 1, 1))


def test_a_letter_brings_its_tune_back() -> None:
    numerals = ["I", "vi", "ii", "V"] * 5
    tune = singer().sing(bars_of(numerals, letters="ABABA"), 4)

    def heard(bar: int) -> list[tuple[float, int]]:
        return [(n.start % 4, n.pitch % 12) for n in tune if bar * 4 <= n.start < bar * 4 + 2]

    assert [beat for beat, _ in heard(0)] == [beat for beat, _ in heard(8)]
    assert [beat for beat, _ in heard(0)] != [beat for beat, _ in heard(4)] or heard(0) != heard(4)


def test_the_tune_follows_a_modulation() -> None:
    numerals = ["I", "IV", "V", "I"] * 4
    moved = bars_of(numerals, tonics={number: 1 for number in range(8, 16)}, letters="ABAB")
    tune = singer().sing(moved, 4)
    scale = {(1 + step) % 12 for step in MODES["major"]}
    late = [note for note in tune if note.start >= 32]
    assert late
    assert {note.pitch % 12 for note in late} <= scale
    assert tune[-1].pitch % 12 == 1


@pytest.mark.parametrize("metre", [COMMON, SIX, SEVEN])
def test_tunes_fit_the_metre(metre: tuple[int, int]) -> None:
    bars = bars_of(["I", "IV", "V7", "I"] * 3, metre)
    tune = singer(metre, seed=2).sing(bars, 4)
    beats = beats_in_bar(metre)
    assert len({int(note.start // beats) for note in tune}) >= 8
    assert all(60 <= note.pitch <= 81 for note in tune)
    assert tune[-1].start == bars[-1].start


def test_strong_notes_are_chord_tones() -> None:
    bars = bars_of(["I", "vi", "IV", "V7"] * 6)
    tune = singer(seed=4).sing(bars, 4)
    first_beats = [note for note in tune if note.start % 4 == 0]
    fits = [n.pitch % 12 in bars[int(n.start // 4)].spans[0].chord.stable for n in first_beats]
    assert sum(fits) >= 0.95 * len(fits) > 8


def test_some_themes_have_pick_ups() -> None:
    found = 0
    for seed in range(12):
        bars = bars_of(["I", "IV", "V", "I"] * 4, letters="ABAB")
        starts = [note.start for note in singer(seed=seed).sing(bars, 4)]
        found += any(16 - 1.6 < start < 16 for start in starts)
    assert 2 <= found
