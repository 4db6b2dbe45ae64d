"""A minute of sound in, how it holds together out: silence, beat, key, loudness, what returns.

All numbers come from samples alone, so that generated and composed pieces are compared alike.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError
from musiclm.evaluate.corpus.key import chroma_by_second, key_of_chroma
from musiclm.evaluate.corpus.tempo import agreeing_factor, onset_strength, tempo_of
from musiclm.evaluate.frechet import window_statistics

Array = NDArray[np.float64]

SILENCE_DBFS = -50.0
LONGEST_SILENCE_SECONDS = 2.0
WINDOW_SECONDS = 10.0
STRIPE_SECONDS = 8
"""How long two stretches must be alike to count as a return."""
APART_SECONDS = 10
"""How far apart they must lie: the same chord going on is no return."""

_FULL_SCALE = 0.999
_FRAME_SECONDS = 0.05
_LOUDNESS_SECONDS = 3.0
_ONSETS_A_SECOND = 100
_SHUFFLES = 5


@dataclass(frozen=True, slots=True)
class Shape:
    """How one piece holds together; NaN where a thing cannot be told."""

    silence_seconds: float  # longest run of frames below -50 dBFS, ends included
    n_clipped: int  # samples at full scale
    beat_strength: float  # autocorrelation of onsets at the piece's own beat, mean over windows
    beat_stability: float  # share of windows that have the piece's tempo, octave aside
    key_stability: float  # share of windows that have the piece's key
    drift_db_per_minute: float  # slope of loudness
    returns: float  # likeness of the best returns, less the same of shuffled seconds


def shape_of(waveform: Waveform, *, seed: int = 0) -> Shape:
    """Measure a piece.

    Args:
        waveform: At least two windows of ten seconds long.
        seed: Of the shuffling that returns are compared with.

    Raises:
        AudioError: Too short.
    """
    if waveform.seconds < 2 * WINDOW_SECONDS:
        raise AudioError(
            f"structure is measured from {2 * WINDOW_SECONDS:.0f} s on, "
            f"got {waveform.seconds:.1f} s: give longer pieces"
        )
    rate = waveform.sample_rate
    mono = waveform.samples.mean(dim=0).double().numpy()
    strength, stability = _beat(mono, rate)
    return Shape(
        silence_seconds=longest_silence(mono, rate),
        n_clipped=int((waveform.samples.abs() >= _FULL_SCALE).sum()),
        beat_strength=strength,
        beat_stability=stability,
        key_stability=_key_stability(mono, rate),
        drift_db_per_minute=loudness_drift(mono, rate),
        returns=returns_of(frames_of(waveform), seed=seed),
    )


def longest_silence(mono: Array, sample_rate: int) -> float:
    """Seconds of the longest run of 50 ms below -50 dBFS, wherever it is."""
    quiet = _levels(mono, sample_rate, _FRAME_SECONDS) < SILENCE_DBFS
    edges = np.flatnonzero(np.diff(np.concatenate(([0], quiet.astype(int), [0]))))
    runs = edges[1::2] - edges[::2]
    return float(runs.max(initial=0)) * _FRAME_SECONDS


def loudness_drift(mono: Array, sample_rate: int) -> float:
    """Slope of the level over stretches of 3 s, dB a minute; silent stretches do not count."""
    levels = _levels(mono, sample_rate, _LOUDNESS_SECONDS)
    minutes = (np.arange(len(levels)) + 0.5) * _LOUDNESS_SECONDS / 60
    sounding = levels > SILENCE_DBFS
    if sounding.sum() < 3:
        return math.nan
    return float(np.polyfit(minutes[sounding], levels[sounding], 1)[0])


def frames_of(waveform: Waveform) -> Array:
    """One row a second: pitch classes and log-mel bands, columns of unit spread."""
    mono = waveform.samples.mean(dim=0).double().numpy()
    chroma = chroma_by_second(mono, waveform.sample_rate)
    chroma = chroma / (chroma.sum(axis=1, keepdims=True) + 1e-9)
    # Windows of a second, half overlapping: every second one.
    timbre = window_statistics(waveform)[::2]
    n_seconds = min(len(chroma), len(timbre))
    halves = []
    # Divided by the root of their widths, the two count alike.
    for part in (chroma[:n_seconds], timbre[:n_seconds]):
        spread = part.std(axis=0)
        scaled = (part - part.mean(axis=0)) / np.where(spread > 1e-6, spread, 1.0)
        halves.append(scaled / math.sqrt(part.shape[1]))
    rows: Array = np.concatenate(halves, axis=1)
    return rows


def self_similarity(frames: Array) -> Array:
    """Cosine of every second with every other, -1 to 1."""
    length = np.linalg.norm(frames, axis=1, keepdims=True)
    unit = frames / (length + 1e-9)
    alike: Array = unit @ unit.T
    return alike


def returns_of(frames: Array, *, seed: int = 0) -> float:
    """How alike each stretch is to its best return, less the same after shuffling the seconds.

    A drone is alike everywhere and scores 0; so does music that never comes back.

    Args:
        frames: One row a second, from ``frames_of``.
        seed: Of the shuffling.
    """
    found = _best_stripes(self_similarity(frames))
    if not math.isfinite(found):
        return math.nan
    rng = np.random.default_rng(seed)
    shuffled = [
        _best_stripes(self_similarity(frames[rng.permutation(len(frames))]))
        for _ in range(_SHUFFLES)
    ]
    return found - float(np.mean(shuffled))


def _best_stripes(alike: Array) -> float:
    """Mean over stretches of the mean likeness along the best diagonal; NaN if too short."""
    n_places = len(alike) - STRIPE_SECONDS + 1
    if n_places <= APART_SECONDS:
        return math.nan
    stripes = np.zeros((n_places, n_places))
    for step in range(STRIPE_SECONDS):
        stripes += alike[step : step + n_places, step : step + n_places]
    places = np.arange(n_places)
    near = np.abs(places[:, None] - places[None]) < APART_SECONDS
    stripes = np.where(near, -np.inf, stripes / STRIPE_SECONDS)
    best = stripes.max(axis=1)
    return float(best[np.isfinite(best)].mean())


def _beat(mono: Array, sample_rate: int) -> tuple[float, float]:
    """Strength of onsets at the piece's beat, and share of windows with its tempo."""
    whole = tempo_of(mono, sample_rate)
    if whole is None:
        return math.nan, math.nan
    lag = 60.0 * _ONSETS_A_SECOND / whole
    strengths, agreeing = [], []
    for window in _windows(mono, sample_rate):
        strengths.append(_at_lag(onset_strength(window, sample_rate), lag))
        heard = tempo_of(window, sample_rate)
        agreeing.append(
            heard is not None
            and agreeing_factor(heard, whole, (4, 4), triplets=False, tolerance=0.04) is not None
        )
    return float(np.mean(strengths)), float(np.mean(agreeing))


def _at_lag(flux: Array, lag: float) -> float:
    """Autocorrelation of onsets one, two and four beats later, the best within 4 %; 0 to 1."""
    flux = flux - flux.mean()
    spectrum = np.fft.rfft(flux, 2 * len(flux))
    repeats = np.fft.irfft(np.abs(spectrum) ** 2)[: len(flux)] / np.arange(len(flux), 0, -1)
    if repeats[0] <= 1e-12:
        return 0.0
    found = []
    for multiple in (1, 2, 4):
        first, last = (int(lag * multiple * edge) for edge in (0.96, 1.04))
        if last + 2 <= len(repeats) // 2:
            found.append(float(repeats[first : last + 2].max() / repeats[0]))
    return max(0.0, float(np.mean(found))) if found else 0.0


def _key_stability(mono: Array, sample_rate: int) -> float:
    chroma = chroma_by_second(mono, sample_rate)
    whole = key_of_chroma(chroma)
    if whole is None:
        return math.nan
    size = int(WINDOW_SECONDS)
    windows = [chroma[start : start + size] for start in range(0, len(chroma) - size + 1, size)]
    return float(np.mean([key_of_chroma(window) == whole for window in windows]))


def _windows(mono: Array, sample_rate: int) -> Iterator[Array]:
    size = round(WINDOW_SECONDS * sample_rate)
    for start in range(0, len(mono) - size + 1, size):
        yield mono[start : start + size]


def _levels(mono: Array, sample_rate: int, seconds: float) -> Array:
    """Level of stretches of equal length, dBFS."""
    size = round(seconds * sample_rate)
    frames = sliding_window_view(mono, size)[::size]
    levels: Array = 10 * np.log10(np.square(frames).mean(axis=1) + 1e-12)
    return levels
