"""What the styles of the world share: ornaments, and lines without metre."""

from itertools import pairwise
from random import Random

import pytest

from musiclm.corpus.score import Note
from musiclm.corpus.styles.world import _ornaments
from musiclm.corpus.styles.world._free import free_line, rungs


@pytest.mark.parametrize(
    "ornament",
    [
        _ornaments.cut,
        _ornaments.roll,
        _ornaments.krekhts,
        _ornaments.mordent,
        _ornaments.turn,
        _ornaments.shake,
        _ornaments.tremolo,
        _ornaments.bounce,
        _ornaments.scoop,
    ],
)
@pytest.mark.parametrize("duration", [0.3, 1.0, 3.0])
def test_ornaments_stay_in_the_time_of_their_note(
    ornament: _ornaments.Ornament, duration: float
) -> None:
    made = ornament(Note(4.0, duration, 67, 90), 69, 65, 0.5)
    assert {note.pitch for note in made} <= {65, 67, 69}
    assert 67 in {note.pitch for note in made}
    assert all(a.end <= b.start + 1e-6 for a, b in pairwise(made))
    assert all(note.duration > 0 and 1 <= note.velocity <= 127 for note in made)
    assert made[0].start == 4.0
    assert made[-1].end <= 4.0 + duration + 1e-6


def test_free_lines_stay_in_the_mode_breathe_and_come_home() -> None:
    ladder = rungs(2, "phrygian dominant", 55, 79)
    for seed in range(20):
        line = free_line(
            Random(seed),
            ladder,
            (2, 9),
            start=8.0,
            end=28.0,
            begin=62,
            beat_seconds=0.6,
            loudness=80,
        )
        assert {note.pitch for note in line} <= set(ladder)
        assert line[0].start == 8.0
        assert line[-1].pitch % 12 == 2
        assert 27.0 < line[-1].end <= 28.0
        assert all(0 <= b.start - a.end < 0.5 for a, b in pairwise(line))
