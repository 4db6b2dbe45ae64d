"""A waveform in, its loudness out, or the same waveform at a wanted loudness.

Integrated loudness follows ITU-R BS.1770 (K-weighting and gates, by pyloudnorm); the true peak is
read from a fourfold oversampled signal, because analogue reconstruction rises above the samples.
"""

import math

import numpy as np
import torch

from musiclm.audio.resample import resample
from musiclm.audio.waveform import Waveform
from musiclm.tokens.timing import seconds_to_samples

SILENCE_DBFS = -60.0
"""Peaks below this count as silence: nobody hears them beside anything else."""

_GATE_SECONDS = 0.4  # BS.1770 measures in blocks of 400 ms.


def integrated_loudness(waveform: Waveform) -> float:
    """Loudness of the whole sound in LUFS; minus infinity for silence.

    Sound shorter than the 400 ms of a gating block is repeated until it fills one.
    """
    import pyloudnorm

    if waveform.peak() == 0.0:
        return -math.inf
    frames = waveform.samples.detach().to("cpu", torch.float64).numpy().T
    shortest = seconds_to_samples(_GATE_SECONDS, waveform.sample_rate) + 1
    if len(frames) < shortest:
        frames = np.tile(frames, (math.ceil(shortest / len(frames)), 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        loudness = float(pyloudnorm.Meter(waveform.sample_rate).integrated_loudness(frames))
    return loudness if math.isfinite(loudness) else -math.inf


def true_peak_dbtp(waveform: Waveform) -> float:
    """Highest peak between the samples, in dB below full scale; minus infinity for silence."""
    peak = waveform.peak()
    if waveform.n_samples:
        oversampled = resample(waveform.samples, waveform.sample_rate, 4 * waveform.sample_rate)
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
    loudness = integrated_loudness(waveform)
    peak = true_peak_dbtp(waveform)
    if is_silent(waveform) or not math.isfinite(loudness):
        return waveform
    gain_db = min(target_lufs - loudness, ceiling_dbtp - peak)
    return Waveform(waveform.samples * 10 ** (gain_db / 20), waveform.sample_rate)


def is_silent(waveform: Waveform) -> bool:
    """Whether no sample rises above ``SILENCE_DBFS``."""
    return waveform.peak() < 10 ** (SILENCE_DBFS / 20)
