import numpy as np
import pytest

from musiclm.prompt.timeline import (
    BEAT_TICKS,
    LEVELS,
    LONGEST_BAR,
    TIMELINE_STREAM,
    bar_codes,
    beat_codes,
    brightness_code,
    chord_code,
    density_code,
    frame_times,
    loudness_code,
    place_codes,
    span_codes,
)


def test_a_level_for_each_name_and_middles_for_each_frame() -> None:
    assert TIMELINE_STREAM.n_q == len(LEVELS)
    assert frame_times(25, 2).tolist() == pytest.approx([1.02, 1.06])


def test_every_tick_of_a_beat_has_its_code_and_outside_there_is_none() -> None:
    beats = [1.0, 2.0, 3.0]
    middles = 1.0 + (np.arange(BEAT_TICKS) + 0.5) / BEAT_TICKS
    assert beat_codes(middles, beats).tolist() == list(range(1, BEAT_TICKS + 1))
    assert beat_codes(np.array([0.5, 3.5, 4.5]), beats).tolist() == [0, 13, 0]


def test_bars_of_any_length_have_codes_of_their_own() -> None:
    seen: set[int] = set()
    for n_beats in range(1, LONGEST_BAR + 1):
        beats = [float(beat) for beat in range(2 * n_beats)]
        codes = bar_codes(np.arange(2 * n_beats) + 0.5, beats, n_beats)
        assert codes[:n_beats].tolist() == codes[n_beats:].tolist()
        assert len(set(codes.tolist())) == n_beats
        assert not seen & set(codes.tolist())
        seen |= set(codes.tolist())
    assert 1 <= min(seen) <= max(seen) < TIMELINE_STREAM.codebook_size
    assert bar_codes(np.array([0.5]), [0.0, 1.0], LONGEST_BAR + 1).tolist() == [0]


def test_the_end_is_nearer_and_nearer_and_the_beginning_is_told() -> None:
    times = np.array([0.5, 3.0, 20.0, 70.0, 90.0, 95.0, 97.0, 98.5, 99.5])
    assert place_codes(times, 100.0).tolist() == [8, 9, 7, 6, 5, 4, 3, 2, 1]
    assert place_codes(times[:3], None).tolist() == [8, 9, 0]
    # A piece so short that it is near its end at once: the end is what matters.
    assert place_codes(np.array([0.5]), 1.2).tolist() == [1]


@pytest.mark.parametrize(
    ("symbol", "code"),
    [("C", 1), ("Db", 2), ("C#", 2), ("Bmaj7", 12), ("Am", 22), ("Bm7b5", 36), ("D5", 39)],
)
def test_chords_are_root_and_kind(symbol: str, code: int) -> None:
    assert chord_code(symbol) == code


def test_numbers_stay_inside_the_codebook() -> None:
    for codes in (
        [density_code(n) for n in (-1, 0, 5, 99)],
        [loudness_code(level) for level in (-120.0, -36.0, -20.0, 6.0)],
        [brightness_code(hertz) for hertz in (0.0, 250.0, 2_000.0, 12_000.0)],
    ):
        assert codes == sorted(codes)
        assert 1 <= codes[0] < codes[-1] < TIMELINE_STREAM.codebook_size
    assert span_codes(np.array([0.5, 1.5, 2.5]), [(1.0, 2.0)]).tolist() == [1, 2, 1]
