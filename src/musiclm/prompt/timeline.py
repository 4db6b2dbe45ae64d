"""What should sound when, in numbers: beats, bars, the way to the end, chords, who plays.

MusicLM's conditions say how a whole clip is; nothing tells the stages where a beat falls or that
the end is near, so its beat drifts and its endings are cuts. This stream says so, frame by frame:
a level a fact, and code 0 wherever a fact is not said. Training reads it off the composed corpus
and hides most of it at random, so generation may say as much or as little as it likes.
"""

import math
import re
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from jaxtyping import Int
from numpy.typing import NDArray
from torch import Tensor

from musiclm.tokens.stream import TokenStream

TIMELINE_STREAM = TokenStream(name="timeline", codebook_size=64, n_q=9, frame_rate=Fraction(25))
"""Levels in the order of ``LEVELS``."""
LEVELS = (
    "beat",
    "bar",
    "place",
    "chord",
    "drums",
    "bass",
    "density",
    "loudness",
    "brightness",
)
"""What each level of the stream says."""

BEAT_TICKS = 24
"""A beat has so many places, which duplets and triplets share."""
LONGEST_BAR = 10
"""Felt beats of the longest bar that has codes."""
_TO_END = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # seconds
_FROM_START = (1.0, 4.0)  # seconds
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NO_CHORD = 49
_SOFTEST_DBFS, _LOUDNESS_STEP = -36.0, 1.5
_DULLEST_HZ, _BRIGHTNESS_STEP = 250.0, 1 / 3  # octaves

Codes = NDArray[np.int64]


def level_of(name: str) -> int:
    """Place of a level in the stream.

    Example:
        >>> level_of("drums")
        4
    """
    return LEVELS.index(name)


GUIDED_LEVELS = ("chord", "drums", "bass", "density", "loudness", "brightness")
"""What guidance strengthens; beats and places are followed without."""


def unguided(codes: Int[Tensor, "B K T"]) -> Int[Tensor, "B K T"]:
    """A timeline that does not say what guidance is to strengthen, for the rows without it."""
    hidden = codes.clone()
    hidden[:, [level_of(name) for name in GUIDED_LEVELS]] = 0
    return hidden


def frame_times(first: int, n_frames: int) -> NDArray[np.float64]:
    """Middles of frames in seconds from the beginning of the piece."""
    rate = float(TIMELINE_STREAM.frame_rate)
    times = (np.arange(first, first + n_frames) + 0.5) / np.float64(rate)
    return times


def beat_codes(times: NDArray[np.float64], beats: Sequence[float]) -> Codes:
    """How far each moment is from one beat to the next, 1 to ``BEAT_TICKS``; 0 outside.

    Args:
        times: Moments, seconds.
        beats: Moments of all beats, ascending; the last beat is as long as the one before.

    Example:
        >>> beat_codes(np.array([0.0, 0.25, 0.5]), [0.0, 0.5]).tolist()
        [1, 13, 1]
    """
    grid = _with_end(beats)
    index, inside = _beat_index(times, grid)
    phase = (times - grid[index]) / np.maximum(grid[index + 1] - grid[index], 1e-6)
    codes = 1 + np.clip((phase * BEAT_TICKS).astype(np.int64), 0, BEAT_TICKS - 1)
    return np.where(inside, codes, 0)


def bar_codes(times: NDArray[np.float64], beats: Sequence[float], beats_per_bar: int) -> Codes:
    """Which beat of what bar each moment is in; 0 outside, or for bars too long.

    Example:
        >>> bar_codes(np.array([0.1, 0.6, 1.1]), [0.0, 0.5, 1.0, 1.5], 2).tolist()
        [2, 3, 2]
    """
    if not 1 <= beats_per_bar <= LONGEST_BAR:
        return np.zeros(len(times), dtype=np.int64)
    index, inside = _beat_index(times, _with_end(beats))
    base = 1 + beats_per_bar * (beats_per_bar - 1) // 2
    return np.where(inside, base + index % beats_per_bar, 0)


def place_codes(times: NDArray[np.float64], end_seconds: float | None) -> Codes:
    """How near the end or the beginning is; the end wins. 0 in between where no end is known.

    Args:
        times: Moments, seconds.
        end_seconds: Length of the piece; ``None`` while nobody knows.
    """
    codes = np.full(len(times), 0 if end_seconds is None else 1 + len(_TO_END), dtype=np.int64)
    for number, bound in reversed(list(enumerate(_FROM_START))):
        codes[times < bound] = 2 + len(_TO_END) + number
    if end_seconds is not None:
        for number, bound in reversed(list(enumerate(_TO_END))):
            codes[times > end_seconds - bound] = 1 + number
    return codes


def chord_code(symbol: str) -> int:
    """Root and kind of a chord as on a chart: major, minor, diminished or open.

    Example:
        >>> [chord_code(symbol) for symbol in ("C", "Dm7", "F#dim", "Gsus4/C", "N")]
        [1, 15, 31, 44, 49]
    """
    match = re.match(r"([A-G])([#b]*)", symbol)
    if match is None:
        return _NO_CHORD
    root = _SEMITONES[match[1]] + match[2].count("#") - match[2].count("b")
    rest = symbol[match.end() :].split("/")[0]
    kind = 0
    if rest.startswith(("dim", "m7b5", "o")):
        kind = 2
    elif rest.startswith("m") and not rest.startswith("maj"):
        kind = 1
    elif rest.startswith(("sus", "5", "7sus", "9sus")):
        kind = 3
    return 1 + root % 12 + 12 * kind


def span_codes(times: NDArray[np.float64], spans: Sequence[tuple[float, float]]) -> Codes:
    """2 while something sounds, 1 while it does not."""
    codes = np.ones(len(times), dtype=np.int64)
    for start, end in spans:
        codes[(times >= start) & (times < end)] = 2
    return codes


def density_code(n_players: int) -> int:
    """How many parts sound at once, to twelve."""
    return 1 + min(max(n_players, 0), 12)


def loudness_code(dbfs: float) -> int:
    """Level in steps of 1.5 dB."""
    step = math.floor((dbfs - _SOFTEST_DBFS) / _LOUDNESS_STEP)
    return 1 + min(max(step, 0), 15)


def brightness_code(hertz: float) -> int:
    """Centre of the spectrum in thirds of an octave."""
    octaves = math.log2(max(hertz, 1.0) / _DULLEST_HZ)
    return 1 + min(max(math.floor(octaves / _BRIGHTNESS_STEP), 0), 15)


def _with_end(beats: Sequence[float]) -> NDArray[np.float64]:
    last = beats[-1] - beats[-2] if len(beats) > 1 else 0.5
    return np.array([*beats, beats[-1] + last])


def _beat_index(
    times: NDArray[np.float64], grid: NDArray[np.float64]
) -> tuple[Codes, NDArray[np.bool_]]:
    index = np.searchsorted(grid, times, side="right") - 1
    inside = (index >= 0) & (index < len(grid) - 1)
    return np.clip(index, 0, len(grid) - 2), inside
