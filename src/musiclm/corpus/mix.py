"""Dry stereo samples in, a finished mix out: room, colour, loudness, limited peaks, quiet edges.

What a mixing desk does after the players, kept cheap: a corpus of many hours passes through here.
Knows no scores and no instruments.
"""

import math

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from scipy import ndimage, signal

from musiclm.tokens.timing import seconds_to_samples

PEAK_CEILING = 0.93
_MAX_REVERB_SECONDS = 2.6
_SHELF_HZ = 2_500.0
_SHELF_RANGE_DB = 5.0


def reverberate(
    dry: Float[np.ndarray, "2 N"], *, amount: float, sample_rate: int, rng: np.random.Generator
) -> Float[np.ndarray, "2 N"]:
    """Put the mix into a room of decaying noise.

    Args:
        dry: Stereo samples.
        amount: 0 no room, 1 a large hall; sets both the level and the length of the echo.
        sample_rate: Of ``dry``.
        rng: Draws the room; left and right differ, which is what makes it wide.
    """
    amount = min(1.0, max(0.0, amount))
    if amount < 0.02:
        return dry
    n_room = seconds_to_samples(0.5 + (_MAX_REVERB_SECONDS - 0.5) * amount, sample_rate)
    n_rise = seconds_to_samples(0.012, sample_rate)
    time = np.arange(n_room) / n_room
    # -60 dB at the end of the room; a short rise keeps the echo from blurring the attack.
    decay = 10.0 ** (-3.0 * time) * np.minimum(1.0, time * n_room / n_rise)
    room = rng.standard_normal((2, n_room)) * decay
    # Real rooms swallow the highs and small ones hold no lows; this also keeps the bass clear.
    band = signal.butter(1, (220.0, 4_500.0), "bandpass", fs=sample_rate, output="sos")
    room = signal.sosfilt(band, room, axis=-1)
    room = (room / np.sqrt((room**2).sum(axis=-1, keepdims=True))).astype(np.float32)
    # Both ears hear the middle of the band too, from their own wall.
    sent = 0.7 * dry + 0.3 * dry[::-1]
    wet: NDArray[np.float32] = signal.oaconvolve(sent, room, axes=-1)[:, : dry.shape[-1]]
    level = 10.0 ** ((-22.0 + 14.0 * amount) / 20.0)
    mixed: NDArray[np.float32] = dry + np.float32(level) * wet
    return mixed


def brighten(
    samples: Float[np.ndarray, "2 N"], *, brightness: float, sample_rate: int
) -> Float[np.ndarray, "2 N"]:
    """Tilt the highs with a gentle first-order shelf; 0.5 leaves them alone, 0 darkens."""
    gain = 10.0 ** (_SHELF_RANGE_DB * (2.0 * min(1.0, max(0.0, brightness)) - 1.0) / 20.0)
    if abs(gain - 1.0) < 0.01:
        return samples
    # (gain * s + w) / (s + w), bilinear: the lows keep their level.
    w = 2.0 * math.pi * _SHELF_HZ / math.sqrt(gain)
    b, a = signal.bilinear([gain, w], [1.0, w], fs=sample_rate)
    shelved: NDArray[np.float32] = signal.lfilter(
        b.astype(np.float32), a.astype(np.float32), samples, axis=-1
    )
    return shelved


def loudness_db(samples: Float[np.ndarray, "2 N"], *, sample_rate: int) -> float:
    """Cheap relative of integrated loudness: gated power of 0.4 s blocks, without rumble.

    Within about 2 dB of the broadcast measure on music; ``-inf`` for silence.
    """
    block = seconds_to_samples(0.4, sample_rate)
    high_pass = signal.butter(1, 70.0, "highpass", fs=sample_rate, output="sos")
    heard = signal.sosfilt(high_pass.astype(np.float32), samples, axis=-1)
    n_blocks = max(1, heard.shape[-1] // block)
    power = (heard[:, : n_blocks * block] ** 2).sum(axis=0, dtype=np.float64)
    blocks = np.array([part.sum() / block for part in np.array_split(power, n_blocks)])
    blocks = blocks[blocks > 1e-7]
    if not len(blocks):
        return -math.inf
    loud = blocks[blocks > 0.1 * blocks.mean()]
    return float(10.0 * math.log10(loud.mean()))


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
    loudness_target_db: float,
    fade_seconds: float,
    sample_rate: int,
) -> Float[np.ndarray, "2 N"]:
    """Bring to the wanted loudness, limit peaks, and fade the end to zero."""
    loudness = loudness_db(samples, sample_rate=sample_rate)
    if math.isfinite(loudness):
        samples = samples * np.float32(10.0 ** ((loudness_target_db - loudness) / 20.0))
    samples = limit_peaks(samples, ceiling=PEAK_CEILING, sample_rate=sample_rate)
    n_fade = min(samples.shape[-1], seconds_to_samples(fade_seconds, sample_rate))
    if n_fade:
        samples = samples.copy()
        samples[:, -n_fade:] *= np.cos(np.linspace(0, np.pi / 2, n_fade, dtype=np.float32)) ** 2
    return samples
