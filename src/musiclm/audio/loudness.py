"""A waveform in, its loudness out, or the same waveform at a wanted loudness.

Integrated loudness follows ITU-R BS.1770 (K-weighting and two gates); the true peak is read from a
fourfold oversampled signal, because analogue reconstruction rises above the samples. Written out
here because the usual package loads scipy's filters, half a second that every command would wait.
"""

import functools
import math
from collections.abc import Iterable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from musiclm.audio.resample import resample_blocks
from musiclm.audio.waveform import Waveform

SILENCE_DBFS = -60.0
"""Peaks below this count as silence: nobody hears them beside anything else."""

_RATE = 48_000  # The standard's coefficients hold at this rate only.
_GATE = 19_200  # BS.1770-4, annex 1: blocks of 400 ms ...
_GATE_STEP = 4_800  # ... that overlap by three quarters.
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_OFFSET_LU = -0.691
# The two filters of annex 1, tables 1 and 2: a shelf for the head, a high-pass for the ear.
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285),
          (1.0, -1.69065929318241, 0.73248077421585))  # fmt: skip
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
_FFT = 2**17  # 2.7 s a time, so that minutes of music need no more memory than that.
_BLOCK = 2**17  # Samples of a channel that are resampled at once.
_RINGING = 24_000  # Half a second: the filters have forgotten by then.


def integrated_loudness(waveform: Waveform) -> float:
    """Loudness of the whole sound in LUFS; minus infinity for silence.

    Sound shorter than the 400 ms of a gating block is repeated until it fills one. All channels
    count alike, as left and right do in the standard.
    """
    if waveform.peak() == 0.0:
        return -math.inf
    at_rate = resample_blocks(_blocks(waveform), waveform.sample_rate, _RATE)
    if waveform.seconds < 2 * _GATE / _RATE:
        whole = torch.cat(list(at_rate), dim=1)
        at_rate = iter([whole.repeat(1, max(1, math.ceil(_GATE / whole.shape[1])))])
    # Blocks of the standard are whole steps: memory of ten minutes is that of their sums.
    sums = np.concatenate(([0.0], _sums_of_steps(at_rate).cumsum()))
    n_steps = _GATE // _GATE_STEP
    power = (sums[n_steps:] - sums[:-n_steps]) / _GATE
    power = power[power > _power(_ABSOLUTE_GATE_LUFS)]
    if not len(power):
        return -math.inf
    loud = power[power > power.mean() * 10 ** (_RELATIVE_GATE_LU / 10)]
    return _OFFSET_LU + 10 * math.log10(loud.mean())


def _power(lufs: float) -> float:
    """The mean square of weighted samples that has this loudness."""
    return float(10 ** ((lufs - _OFFSET_LU) / 10))


@functools.cache
def _response() -> NDArray[np.complex128]:
    """What the two filters do to each frequency."""
    z = np.exp(-2j * np.pi * np.arange(_FFT // 2 + 1) / _FFT)
    response: NDArray[np.complex128] = np.ones_like(z)
    for numerator, denominator in (_SHELF, _HIGH_PASS):
        response *= np.polyval(numerator[::-1], z) / np.polyval(denominator[::-1], z)
    return response


def _blocks(waveform: Waveform) -> Iterator[Tensor]:
    """The samples, some seconds a time."""
    samples = waveform.samples.detach()
    for start in range(0, waveform.n_samples, _BLOCK):
        yield samples[:, start : start + _BLOCK]


def _sums_of_steps(blocks: Iterable[Tensor]) -> NDArray[np.float64]:
    """Filter each channel and add up the squares of each whole step of the gating blocks."""
    sums: list[NDArray[np.float64]] = []
    left = np.zeros(0)
    for squares in _weighted_squares(blocks):
        left = np.concatenate((left, squares))
        n_steps = len(left) // _GATE_STEP
        sums.append(left[: n_steps * _GATE_STEP].reshape(n_steps, _GATE_STEP).sum(axis=1))
        left = left[n_steps * _GATE_STEP :]
    return np.concatenate(sums)


def _weighted_squares(blocks: Iterable[Tensor]) -> Iterator[NDArray[np.float64]]:
    """Filter each channel and add the squares, by blocks of FFTs that overlap."""
    response = _response()
    new = _FFT - 2 * _RINGING  # The end rings around to the beginning, which is not used.
    waiting: NDArray[np.float64] | None = None

    def squares(part: NDArray[np.float64]) -> NDArray[np.float64]:
        total = np.zeros(part.shape[1] - _RINGING)
        for channel in part:
            filtered = np.fft.irfft(np.fft.rfft(channel, _FFT) * response, _FFT)
            total += filtered[_RINGING : part.shape[1]] ** 2
        return total

    for block in blocks:
        fresh = block.to("cpu", torch.float64).numpy()
        if waiting is None:
            waiting = np.zeros((fresh.shape[0], _RINGING))
        waiting = np.concatenate((waiting, fresh), axis=1)
        while waiting.shape[1] >= new + _RINGING:
            yield squares(waiting[:, : new + _RINGING])
            waiting = waiting[:, new:]
    if waiting is not None:
        yield squares(waiting)


def true_peak_dbtp(waveform: Waveform) -> float:
    """Highest peak between the samples, in dB below full scale; minus infinity for silence."""
    peak = waveform.peak()
    rate = waveform.sample_rate
    for oversampled in resample_blocks(_blocks(waveform), rate, 4 * rate):
        if oversampled.shape[1]:
            peak = max(peak, float(oversampled.abs().max()))
    return 20 * math.log10(peak) if peak > 0 else -math.inf


def normalize_loudness(
    waveform: Waveform, *, target_lufs: float = -14.0, ceiling_dbtp: float = -1.0
) -> Waveform:
    """Scale to ``target_lufs``, or as near below it as the true-peak ceiling allows.

    One gain for the whole sound: nothing is compressed or limited, so quiet music with high peaks
    stays below the target. Silence comes back as it is.

    Args:
        waveform: Any sound.
        target_lufs: Integrated loudness wanted, LUFS.
        ceiling_dbtp: Highest true peak allowed, dB below full scale.
    """
    gain = loudness_gain(waveform, target_lufs=target_lufs, ceiling_dbtp=ceiling_dbtp)
    return waveform if gain == 1.0 else Waveform(waveform.samples * gain, waveform.sample_rate)


def loudness_gain(waveform: Waveform, *, target_lufs: float, ceiling_dbtp: float) -> float:
    """The factor of ``normalize_loudness``, for whoever scales in place; 1 for silence."""
    loudness = integrated_loudness(waveform)
    peak = true_peak_dbtp(waveform)
    if is_silent(waveform) or not math.isfinite(loudness):
        return 1.0
    return float(10 ** (min(target_lufs - loudness, ceiling_dbtp - peak) / 20))


def is_silent(waveform: Waveform) -> bool:
    """Whether no sample rises above ``SILENCE_DBFS``."""
    return waveform.peak() < 10 ** (SILENCE_DBFS / 20)
