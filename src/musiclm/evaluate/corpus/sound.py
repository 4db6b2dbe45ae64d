"""A rendered piece in, what is wrong with its sound out: loudness, holes, clipped samples."""

from dataclasses import dataclass

import numpy as np

from musiclm.audio.loudness import SILENCE_DBFS, integrated_loudness
from musiclm.audio.waveform import Waveform

_FRAMES_A_SECOND = 20
_FULL_SCALE = 0.999


@dataclass(frozen=True, slots=True)
class SoundFaults:
    """Numbers of one waveform."""

    seconds: float
    loudness_lufs: float
    peak: float
    longest_silence_seconds: float  # between the first and the last sound
    n_clipped: int  # samples at full scale


def sound_faults(waveform: Waveform) -> SoundFaults:
    """Listen for holes and clipping."""
    samples = np.abs(waveform.samples.numpy())
    return SoundFaults(
        seconds=waveform.seconds,
        loudness_lufs=integrated_loudness(waveform),
        peak=float(samples.max(initial=0.0)),
        longest_silence_seconds=_longest_silence(samples, waveform.sample_rate),
        n_clipped=int((samples >= _FULL_SCALE).sum()),
    )


def _longest_silence(samples: np.ndarray, sample_rate: int) -> float:
    """Longest run of frames in which no sample of any channel rises above the limit."""
    size = sample_rate // _FRAMES_A_SECOND
    n_frames = samples.shape[1] // size
    peaks = samples[:, : n_frames * size].reshape(len(samples), n_frames, size).max(axis=(0, 2))
    sounding = np.flatnonzero(peaks > 10 ** (SILENCE_DBFS / 20))
    if len(sounding) < 2:
        return 0.0
    return float(np.diff(sounding).max() - 1) / _FRAMES_A_SECOND
