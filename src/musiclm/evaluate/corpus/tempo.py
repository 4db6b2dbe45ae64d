"""Sound in, the tempo that its onsets repeat at out; and whether that is the tempo written.

Finer than ``audio.describe``: the autocorrelation of the onset strength is read at many multiples
of a beat, so that a lag of minutes, not of half a second, fixes the tempo. The estimator hears
samples only and is told nothing about the piece.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.float64]

SLOWEST_BPM, FASTEST_BPM = 45.0, 220.0
_FRAMES_A_SECOND = 100
_WINDOW_SECONDS = 0.043
_BANDS = 26
_LIKELY_BPM, _OCTAVES = 110.0, 1.0  # Where people tap, and how far from there they go.


def tempo_of(mono: Array, sample_rate: int) -> float | None:
    """Beats per minute of a sound; ``None`` where nothing repeats."""
    flux = onset_strength(mono, sample_rate)
    if len(flux) < 4 * _FRAMES_A_SECOND or not flux.any():
        return None
    repeats = _autocorrelation(_levelled(flux))
    bpm = np.geomspace(SLOWEST_BPM, FASTEST_BPM, 4_000)
    score = _comb(repeats, bpm)
    best = int(np.argmax(score))
    if score[best] <= 0:
        return None
    return _refined(repeats, float(bpm[best]))


def onset_strength(mono: Array, sample_rate: int) -> Array:
    """How much each hundredth of a second adds to the one before, over logarithmic bands."""
    hop = sample_rate // _FRAMES_A_SECOND
    window = round(_WINDOW_SECONDS * sample_rate)
    padded = np.pad(mono.astype(np.float32), window // 2)
    frames = sliding_window_view(padded, window)[::hop]
    taper = np.hanning(window).astype(np.float32)
    edges = np.unique(np.geomspace(2, window // 2, _BANDS + 1).astype(int))
    bands = np.concatenate(
        [
            np.add.reduceat(np.abs(np.fft.rfft(block * taper, axis=1)), edges[:-1], axis=1)
            for block in np.array_split(frames, max(1, len(frames) // 1_000))
        ]
    ).astype(np.float64)
    loud = np.log1p(bands / (1e-3 * bands.max() + 1e-12))
    strength: Array = np.maximum(loud[2:] - loud[:-2], 0.0).mean(axis=1)
    return np.concatenate(([0.0, 0.0], strength))


def _levelled(flux: Array) -> Array:
    """Against its surroundings of 4 s, so that a soft part counts as much as a loud one."""
    wide = 4 * _FRAMES_A_SECOND
    around = np.convolve(flux, np.ones(wide) / wide, "same")
    levelled: Array = flux / (around + 0.1 * around.max() + 1e-12)
    levelled -= levelled.mean()
    return levelled


def _autocorrelation(flux: Array) -> Array:
    """How alike the onsets are to themselves some frames later, up to half the length."""
    spectrum = np.fft.rfft(flux, 2 * len(flux))
    repeats = np.fft.irfft(np.abs(spectrum) ** 2)[: len(flux)]
    # Fewer pairs are left at long lags; without this they would count too little.
    repeats = repeats / np.arange(len(flux), 0, -1)
    repeats = repeats[: max(len(flux) // 2, 2)]
    normal: Array = repeats / (repeats[0] + 1e-12)
    return normal


def _at(repeats: Array, lags: Array) -> Array:
    """Read between frames; nothing past the end."""
    read: Array = np.interp(lags, np.arange(len(repeats)), repeats, right=np.nan)
    return read


def _comb(repeats: Array, bpm: Array) -> Array:
    """How well each tempo explains the repeats: one, two, four and eight beats later."""
    lag = 60 * _FRAMES_A_SECOND / bpm
    one = _at(repeats, lag)
    beats = _best(np.nanmean, repeats, lag, (1, 2, 4, 8))
    # As much at half or a third of the lag says that the pulse is faster; more just beside it,
    # a sixteenth or a third of a beat away, that this is no pulse but a syncopation.
    half = np.clip(_at(repeats, lag / 2) - 0.8 * one, 0, 0.3)
    third = np.clip(_best(np.nanmax, repeats, lag, (1 / 3, 2 / 3)) - 0.6 * one, 0, 0.4)
    beside = np.clip(_best(np.nanmax, repeats, lag, (0.75, 0.8, 1.25, 4 / 3)) - one, 0, 0.4)
    likely = np.exp(-0.5 * (np.log2(bpm / _LIKELY_BPM) / _OCTAVES) ** 2)
    score: Array = (beats - half - 0.5 * third - beside) * likely
    return np.nan_to_num(score, nan=-1.0)


def _best(
    join: Callable[..., Array], repeats: Array, lag: Array, multiples: tuple[float, ...]
) -> Array:
    """Mean or maximum over multiples of a lag, as far as they lie inside."""
    return join(np.stack([_at(repeats, lag * multiple) for multiple in multiples]), axis=0)


def _refined(repeats: Array, bpm: float) -> float:
    """The best tempo within 3 %: multiples of up to 16 beats magnify the difference."""
    near = bpm * np.linspace(0.97, 1.03, 601)
    lag = 60 * _FRAMES_A_SECOND / near
    found = np.nanmean(np.stack([_at(repeats, lag * k) for k in (1, 2, 4, 8, 12, 16)]), axis=0)
    return float(near[int(np.argmax(np.nan_to_num(found, nan=-1.0)))])


def agreeing_factor(
    heard: float, written: float, metre: tuple[int, int], *, triplets: bool, tolerance: float = 0.02
) -> str | None:
    """How a heard tempo relates to the written one; ``None`` when it does not.

    Twice and half are the same pulse to a tapping foot. Three times or a third of it is so only
    where beats are divided in three (compound metres, swing) or bars have three beats.

    Example:
        >>> agreeing_factor(60.5, 121.0, (4, 4), triplets=False)
        '1/2'
        >>> agreeing_factor(90.0, 120.0, (4, 4), triplets=False) is None
        True
    """
    factors = {"1": 1.0, "1/2": 0.5, "2": 2.0}
    if (metre[1] == 8 and metre[0] % 3 == 0) or triplets:
        factors["3"] = 3.0
    if metre == (3, 4):
        factors["1/3"] = 1 / 3
    for name, factor in factors.items():
        if abs(math.log(heard / (written * factor))) <= math.log1p(tolerance):
            return name
    return None
