"""Whatever is written leaves the stage playable, swung, and without holes."""

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from musiclm.corpus.compose import STYLES
from musiclm.corpus.craft.blocks import COMMON, Stretch, Style
from musiclm.corpus.craft.form import lay_out
from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.craft.perform import Stage, perform
from musiclm.corpus.craft.plan import harmonize
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.score import Note, Part

STRICT = replace(
    STYLES["waltz"],
    tightness=1.0,
    ending="ring",
    plans=("intro verse chorus verse chorus ending",),
    stretches={
        "intro": Stretch("", 2, tune=False),
        "verse": Stretch("A", 8),
        "chorus": Stretch("B", 8, energy=0.16),
        "ending": Stretch("", 2),
    },
)


def stage_of(style: Style, swing: float = 0.0) -> Stage:
    blocks, phrase = lay_out(style, MOODS["calm"], "steady", 2.0, 32, Random(0))
    _, bars = harmonize(style, blocks, phrase, tonic=0, mode="major", metre=COMMON, rng=Random(0))
    return Stage(style=style, bars=bars, tempo=120.0, swing=swing)


def steady(stage: Stage, role: str = "lead", instrument: str = "flute", pitch: int = 72) -> Part:
    n_beats = int(stage.n_beats)
    return Part(role, instrument, tuple(Note(float(b), 0.9, pitch, 80) for b in range(n_beats)))


def test_notes_out_of_range_are_moved_by_octaves() -> None:
    stage = stage_of(STRICT)
    (part,) = perform([steady(stage, pitch=31)], stage, Random(1))
    low = INSTRUMENTS["flute"].low
    assert {note.pitch for note in part.notes} == {31 + 12 * 3}
    assert low <= 31 + 36


def test_a_hole_is_filled_with_the_chord() -> None:
    stage = stage_of(STRICT)
    part = steady(stage, "pad", "warm_pad", 60)
    holed = replace(part, notes=tuple(n for n in part.notes if not 8 <= n.start < 20))
    (filled,) = perform([holed], stage, Random(1))
    until = 0.0
    for note in filled.notes:
        assert note.start - until < 3.0
        until = max(until, note.end)
    added = [note for note in filled.notes if 8 <= note.start < 19.5]
    assert {int(note.start // 4) for note in added} == {2, 3, 4}
    for note in added:
        over = stage.bars[int(note.start // 4)].chord_at(note.start)
        assert note.pitch % 12 in over.pitch_classes
        assert stage.bars[int((note.end - 0.1) // 4)].chord_at(note.end - 0.1) == over


def test_a_plucked_string_does_not_fill_a_hole_by_being_held() -> None:
    stage = stage_of(STRICT)
    held = Part("chords", "banjo", tuple(Note(8.0 * i, 7.9, 60, 80) for i in range(6)))
    (played,) = perform([held], stage, Random(1))
    starts = sorted({round(note.start) for note in played.notes if note.start < 47})
    assert max(b - a for a, b in pairwise(starts)) <= 5


def test_a_fade_dies_away_and_a_cold_ending_stops() -> None:
    fading = stage_of(replace(STRICT, ending="fade"))
    (part,) = perform([steady(fading)], fading, Random(1))
    levels = [note.velocity for note in part.notes]
    assert levels[-1] < 0.25 * levels[4]
    assert levels[-1] < levels[-6] < levels[-10]
    cold = stage_of(replace(STRICT, ending="cold"))
    long = Part("pad", "warm_pad", (Note(cold.n_beats - 4, 4.0, 60, 80),))
    (stopped,) = perform([steady(cold), long], cold, Random(1))[1:]
    assert stopped.notes[-1].duration <= 1.3


def test_swing_delays_the_second_of_each_pair() -> None:
    stage = stage_of(STRICT, swing=1.0)
    pairs = Part("lead", "flute", tuple(Note(b / 2, 0.4, 72, 80) for b in range(40)))
    (part,) = perform([pairs], stage, Random(1))
    offbeats = [note.start % 1 for note in part.notes[1:40:2]]
    assert sum(offbeats) / len(offbeats) == pytest.approx(2 / 3, abs=0.02)


def test_a_loose_style_is_uneven_and_a_tight_one_is_not() -> None:
    spread = []
    for tightness in (1.0, 0.2):
        stage = stage_of(replace(STRICT, tightness=tightness))
        (part,) = perform([steady(stage)], stage, Random(1))
        spread.append(max(abs(note.start - round(note.start)) for note in part.notes))
    assert spread[0] == 0
    assert 0.005 < spread[1] < 0.1


def test_notes_struck_together_stay_together() -> None:
    stage = stage_of(replace(STRICT, tightness=0.2))
    chords = Part(
        "chords",
        "acoustic_grand_piano",
        tuple(Note(float(b), 0.9, pitch, 80) for b in range(30) for pitch in (60, 64, 67)),
    )
    (part,) = perform([chords], stage, Random(1))
    starts = {note.start for note in part.notes if note.start < 30}
    assert len(starts) == 30
