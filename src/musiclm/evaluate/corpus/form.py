"""A score and its sound in, whether the sound repeats where the form says so out.

Every bar becomes the mean log-mel spectrum of its four quarters, less the mean of the piece.
Sections are compared bar by bar. If the form can be heard, two sections of one name resemble each
other more than two of different names do; how often that is so, over all pairs of pairs, is the
*area under the curve* (AUC): 0.5 by chance, 1 always. Only the place of the bars comes from the
score.
"""

from itertools import combinations, pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from musiclm.audio.spectrogram import log_mel
from musiclm.corpus.score import Score

Array = NDArray[np.float64]

_N_FFT, _HOPS_A_SECOND = 960, 100
_N_MELS = 64
_QUARTERS = 4
_FLOOR = 1e-4  # What is 80 dB down is not heard, and must not dominate a logarithm.


def form_heard(score: Score, mono: Array, sample_rate: int) -> float | None:
    """The AUC of same against different sections; ``None`` where nothing comes back."""
    bars = bar_spectra(score, mono, sample_rate)
    same: list[float] = []
    different: list[float] = []
    for one, other in combinations(score.sections, 2):
        n_bars = min(one.n_bars, other.n_bars)
        likeness = _cosine(
            bars[one.start_bar : one.start_bar + n_bars],
            bars[other.start_bar : other.start_bar + n_bars],
        )
        (same if one.name == other.name else different).append(float(np.mean(likeness)))
    if not same or not different:
        return None
    more = np.array(same)[:, None] - np.array(different)[None]
    return float((more > 0).mean() + 0.5 * (more == 0).mean())


def self_similarity(score: Score, mono: Array, sample_rate: int) -> Array:
    """How alike all bars are to all others, -1 to 1."""
    bars = bar_spectra(score, mono, sample_rate)
    bars = bars / (np.linalg.norm(bars, axis=1, keepdims=True) + 1e-9)
    alike: Array = bars @ bars.T
    return alike


def bar_spectra(score: Score, mono: Array, sample_rate: int) -> Array:
    """One row a bar: the mean spectra of its quarters, less the mean over the piece."""
    hop = sample_rate // _HOPS_A_SECOND
    mel = log_mel(
        torch.from_numpy(np.ascontiguousarray(mono, np.float32)),
        sample_rate=sample_rate,
        n_fft=_N_FFT * sample_rate // 24_000,
        hop_length=hop,
        n_mels=_N_MELS,
        floor=_FLOOR,
    ).numpy()
    beats = score.beats_per_bar / _QUARTERS
    edges = [score.beat_to_seconds(i * beats) for i in range(_QUARTERS * score.n_bars + 1)]
    # A quarter always has a frame, even of the fastest bar and at the very end.
    frames = np.minimum((np.array(edges) * _HOPS_A_SECOND).astype(int), mel.shape[1] - 1)
    quarters = np.stack(
        [mel[:, start : max(start + 1, end)].mean(axis=1) for start, end in pairwise(frames)]
    ).astype(np.float64)
    centred: Array = quarters - quarters.mean(axis=0)
    return centred.reshape(score.n_bars, -1)


def _cosine(one: Array, other: Array) -> Array:
    product = (one * other).sum(axis=1)
    size = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosine: Array = product / (size + 1e-9)
    return cosine
