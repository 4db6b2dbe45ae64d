import numpy as np
import pytest
import torch

from musiclm.audio.waveform import Waveform
from musiclm.errors import ConfigError, DataError
from musiclm.evaluate.model.metre import (
    METRES,
    metre_class,
    metre_of,
    metre_row,
    metre_scores,
    recall_by_metre,
)

RATE = 24_000


def _bars(beats: int, *, bpm: float = 132.0, seconds: float = 12.0, level: float = 0.3) -> Waveform:
    """Clicks on every beat, the same each, and a loud low thump on the first of each bar."""
    rng = np.random.default_rng(0)
    time = np.arange(round(seconds * RATE)) / RATE
    beat = 60.0 / bpm
    since_beat, since_bar = time % beat, time % (beats * beat)
    click = np.exp(-60 * since_beat) * rng.standard_normal(len(time))
    thump = np.exp(-12 * since_bar) * np.sin(2 * np.pi * 65 * since_bar)
    sound = 0.03 * click + thump + 1e-3 * rng.standard_normal(len(time))
    return Waveform(torch.from_numpy(level * np.stack([sound, sound])).float(), RATE)


@pytest.mark.parametrize("beats", METRES)
@pytest.mark.parametrize("bpm", [104.0, 132.0])
def test_bars_are_heard_at_a_given_tempo(beats: int, bpm: float) -> None:
    assert metre_of(_bars(beats, bpm=bpm), bpm) == beats


def test_loudness_does_not_matter_and_two_beats_count_as_four() -> None:
    assert metre_of(_bars(3, level=0.003), 132.0) == 3
    assert metre_of(_bars(2), 132.0) == 4


def test_without_a_tempo_it_is_heard() -> None:
    found = metre_scores(_bars(3))
    assert found is not None
    assert set(found) == set(METRES)
    assert all(-2 < score < 2 for score in found.values())


def test_what_has_no_beat_or_too_few_has_no_metre() -> None:
    assert metre_of(Waveform(torch.zeros(1, 10 * RATE), RATE)) is None
    assert metre_of(_bars(3, seconds=3.0), 132.0) is None
    with pytest.raises(ConfigError, match=r"above 0, got -1\.0"):
        metre_of(_bars(3), -1.0)


def test_the_row_has_the_chance_of_always_saying_four() -> None:
    wanted = [3] * 10 + [4] * 30
    four = metre_row(wanted, [4] * 40, real=wanted)
    assert four.found.value == 0.75
    assert four.chance == pytest.approx(0.75)
    assert four.p_value == 1.0
    assert four.ceiling is not None
    assert four.ceiling.value == 1.0
    assert recall_by_metre(wanted, [4] * 40) == {3: 0.0, 4: 1.0}
    with pytest.raises(DataError, match="each of 40 clips, got 1"):
        metre_row(wanted, wanted, real=[3])
    with pytest.raises(DataError, match="each of 2 clips, got 1"):
        recall_by_metre([3, 4], [3])


def test_written_metres_fall_into_what_can_be_heard() -> None:
    assert [metre_class(each) for each in ((6, 8), (2, 4), (5, 4), (7, 8))] == [4, 4, 5, 7]
