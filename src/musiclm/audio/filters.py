"""Samples and a cutoff that may move in, filtered samples out: every synthesizer's low-pass."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

_STEP = 0.5  # octaves between the filters that a sweep fades through
_MOST_FILTERS = 12


def low_pass(
    sound: NDArray[np.float32],
    octaves: NDArray[np.float32] | np.float32 | float,
    *,
    resonance_db: float,
    sample_rate: int,
) -> NDArray[np.float32]:
    """Two poles at ``2 ** octaves`` hertz.

    A moving cutoff fades through filters that stand still, half an octave apart: a recursive filter
    whose coefficients change with every sample would be a hundred times slower here.

    Args:
        sound: Mono samples.
        octaves: Logarithm of the cutoff to base 2, one for all or one a sample.
        resonance_db: Height of the peak at the cutoff; the lows give half of it.
        sample_rate: Hz.
    """
    top = math.log2(0.42 * sample_rate)
    path = np.minimum(np.atleast_1d(np.asarray(octaves, np.float32)), np.float32(top))
    low, high = float(path.min()), float(path.max())
    if low >= top - 0.05 and resonance_db < 1.0:
        return sound
    if high - low < _STEP:
        # What is heard most is the beginning.
        at = float(path[: max(1, len(path) // 4)].mean())
        return _fixed(sound, at, resonance_db, sample_rate)
    n_filters = min(_MOST_FILTERS, math.ceil((high - low) / _STEP) + 1)
    places = np.linspace(low, high, n_filters)
    position = (path - np.float32(low)) * np.float32((n_filters - 1) / (high - low))
    mixed = np.zeros_like(sound)
    for index, place in enumerate(places):
        weight = np.maximum(0.0, 1.0 - np.abs(position - np.float32(index)))
        heard = np.flatnonzero(weight)
        if len(heard):
            # The filter runs in a little early, so that it rings as if it always had.
            first, last = max(0, int(heard[0]) - sample_rate // 50), int(heard[-1]) + 1
            part = _fixed(sound[first:last], float(place), resonance_db, sample_rate)
            mixed[first:last] += weight[first:last] * part
    return mixed


def _fixed(
    sound: NDArray[np.float32], octaves: float, resonance_db: float, sample_rate: int
) -> NDArray[np.float32]:
    """A resonant low-pass that stays where it is."""
    b, a = _coefficients(round(octaves, 3), round(resonance_db, 2), sample_rate)
    filtered: NDArray[np.float32] = signal.lfilter(b, a, sound)
    return filtered


@lru_cache(maxsize=4096)
def _coefficients(
    octaves: float, resonance_db: float, sample_rate: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The usual second-order low-pass."""
    omega = 2.0 * math.pi * min(2.0**octaves, 0.45 * sample_rate) / sample_rate
    alpha = math.sin(omega) / (2.0 * 10.0 ** ((resonance_db - 3.01) / 20.0))
    gain = 10.0 ** (-resonance_db / 40.0)
    cosine = math.cos(omega)
    b = gain * np.array([(1 - cosine) / 2, 1 - cosine, (1 - cosine) / 2]) / (1 + alpha)
    a = np.array([1 + alpha, -2 * cosine, 1 - alpha]) / (1 + alpha)
    return b.astype(np.float32), a.astype(np.float32)
