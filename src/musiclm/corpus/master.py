"""A mix in, the finished file's samples out: loudness, gentle compression, limited peaks, edges.

Loudness follows ITU-R BS.1770 at the rate of the music itself, close enough to
``audio.loudness`` (within 0.2 LU) and a tenth of its time: a corpus of many hours passes here.
"""

import math
from functools import lru_cache

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from scipy import ndimage, signal

from musiclm.tokens.timing import seconds_to_samples

PEAK_CEILING = 0.93
_STEP_SECONDS = 0.1
_BLOCK_STEPS = 4  # gating blocks of 0.4 s that overlap by three quarters
_ABSOLUTE_GATE_LUFS, _RELATIVE_GATE_LU, _OFFSET_LU = -70.0, -10.0, -0.691
_FAST_SECONDS, _SLOW_SECONDS = 0.03, 3.0
_COMPRESSION = 0.35  # share of what rises above the slow level that is taken back
_MOST_DB = 5.0


def loudness_lufs(samples: Float[np.ndarray, "2 N"], *, sample_rate: int) -> float:
    """Integrated loudness; ``-inf`` for silence and for less than a tenth of a second."""
    step = seconds_to_samples(_STEP_SECONDS, sample_rate)
    n_steps = samples.shape[1] // step
    if not n_steps:
        return -math.inf
    heard = signal.sosfilt(_ear(sample_rate), samples[:, : n_steps * step], axis=-1)
    power = np.square(heard).reshape(2, n_steps, step).sum(axis=(0, 2), dtype=np.float64) / step
    size = min(_BLOCK_STEPS, n_steps)
    blocks = np.convolve(power, np.full(size, 1.0 / size), mode="valid")
    blocks = blocks[blocks > 10 ** ((_ABSOLUTE_GATE_LUFS - _OFFSET_LU) / 10)]
    if not len(blocks):
        return -math.inf
    loud = blocks[blocks > blocks.mean() * 10 ** (_RELATIVE_GATE_LU / 10)]
    return float(_OFFSET_LU + 10.0 * math.log10(loud.mean()))


@lru_cache(maxsize=8)
def _ear(sample_rate: int) -> NDArray[np.float32]:
    """The two filters of BS.1770 at any rate: a shelf for the head, a high-pass for the ear."""
    k = math.tan(math.pi * 1_681.974450955533 / sample_rate)
    q, gain = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    middle = gain**0.4996667741545416
    a0 = 1 + k / q + k * k
    shelf = [
        (gain + middle * k / q + k * k) / a0,
        2 * (k * k - gain) / a0,
        (gain - middle * k / q + k * k) / a0,
        1.0,
        2 * (k * k - 1) / a0,
        (1 - k / q + k * k) / a0,
    ]
    k = math.tan(math.pi * 38.13547087602444 / sample_rate)
    q = 0.5003270373238773
    a0 = 1 + k / q + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]
    return np.array([shelf, high_pass], np.float32)


def compress(samples: Float[np.ndarray, "2 N"], *, sample_rate: int) -> Float[np.ndarray, "2 N"]:
    """Hold back what jumps above its surroundings; slow swells keep all of their rise."""
    step = seconds_to_samples(0.01, sample_rate)
    n_steps = samples.shape[1] // step
    if n_steps < 8:
        return samples
    power = np.square(samples[:, : n_steps * step]).reshape(2, n_steps, step).mean(axis=(0, 2))
    fast = ndimage.uniform_filter1d(power, max(1, round(_FAST_SECONDS / 0.01)))
    slow = ndimage.uniform_filter1d(power, max(1, round(_SLOW_SECONDS / 0.01)))
    above = 10.0 * np.log10((fast + 1e-9) / (slow + 1e-9))
    taken = np.minimum(_MOST_DB, _COMPRESSION * np.maximum(0.0, above))
    gain = 10.0 ** (-ndimage.uniform_filter1d(taken, 5) / 20.0)
    at = (np.arange(n_steps) + 0.5) * step
    smooth = np.interp(np.arange(samples.shape[1]), at, gain).astype(np.float32)
    compressed: NDArray[np.float32] = samples * smooth
    return compressed


def limit_peaks(
    samples: Float[np.ndarray, "2 N"], *, ceiling: float, sample_rate: int
) -> Float[np.ndarray, "2 N"]:
    """Turn short peaks down smoothly, both channels together, so that none exceeds ``ceiling``."""
    peak = np.abs(samples).max(axis=0)
    if peak.max() <= ceiling:
        return samples
    wanted = np.minimum(1.0, ceiling / np.maximum(peak, 1e-9)).astype(np.float32)
    # The least gain nearby, then its moving average: smooth, and never above what a peak needs.
    window = 2 * seconds_to_samples(0.003, sample_rate) + 1
    gain = ndimage.uniform_filter1d(
        ndimage.minimum_filter1d(wanted, window, mode="nearest"), window, mode="nearest"
    )
    limited: NDArray[np.float32] = np.clip(samples * gain, -ceiling, ceiling)
    return limited


def master(
    samples: Float[np.ndarray, "2 N"],
    *,
    loudness_target_lufs: float,
    fade_seconds: float,
    sample_rate: int,
) -> Float[np.ndarray, "2 N"]:
    """Compress gently, bring to the wanted loudness, limit peaks, and fade the end to zero."""
    loudness = loudness_lufs(samples, sample_rate=sample_rate)
    if not math.isfinite(loudness):
        return samples
    mixed = compress(samples, sample_rate=sample_rate)
    if mixed is not samples:
        loudness = loudness_lufs(mixed, sample_rate=sample_rate)
    gain_db = loudness_target_lufs - loudness
    finished = _limited(mixed, gain_db, sample_rate)
    # A limiter that works hard makes the music softer: once more, by what is missing.
    missing = loudness_target_lufs - loudness_lufs(finished, sample_rate=sample_rate)
    if missing > 0.4:
        finished = _limited(mixed, gain_db + min(6.0, 1.3 * missing), sample_rate)
    n_fade = min(samples.shape[-1], seconds_to_samples(fade_seconds, sample_rate))
    if n_fade:
        finished[:, -n_fade:] *= np.cos(np.linspace(0, np.pi / 2, n_fade, dtype=np.float32)) ** 2
    return finished


def _limited(
    samples: Float[np.ndarray, "2 N"], gain_db: float, sample_rate: int
) -> NDArray[np.float32]:
    """Louder by so much, and below the ceiling all the same."""
    louder = samples * np.float32(10.0 ** (gain_db / 20.0))
    return limit_peaks(louder, ceiling=PEAK_CEILING, sample_rate=sample_rate)
