"""Dry stereo samples in, a finished mix out: room, colour, loudness, limited peaks, quiet edges.

What a mixing desk does after the players, kept cheap: a corpus of many hours passes through here.
Knows no scores and no instruments.
"""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from scipy import ndimage, signal

from musiclm.tokens.timing import seconds_to_samples

PEAK_CEILING = 0.93
_MAX_REVERB_SECONDS = 2.6
_DUCK_SECONDS = 0.24
_SHELF_HZ = 2_500.0
_SHELF_RANGE_DB = 5.0


def echo(
    sent: Float[np.ndarray, "2 N"], *, amount: float, sample_rate: int, rng: np.random.Generator
) -> Float[np.ndarray, "2 N"]:
    """What a room of decaying noise answers; to be added to the dry sound.

    Args:
        sent: Stereo samples that the room hears.
        amount: 0 no room, 1 a large hall; sets both the level and the length of the echo.
        sample_rate: Of ``sent``.
        rng: Draws the room; left and right differ, which is what makes it wide.
    """
    amount = min(1.0, max(0.0, amount))
    if amount < 0.02:
        return np.zeros_like(sent)
    n_room = seconds_to_samples(0.5 + (_MAX_REVERB_SECONDS - 0.5) * amount, sample_rate)
    n_rise = seconds_to_samples(0.012, sample_rate)
    time = np.arange(n_room) / n_room
    # -60 dB at the end of the room; a short rise keeps the echo from blurring the attack.
    decay = 10.0 ** (-3.0 * time) * np.minimum(1.0, time * n_room / n_rise)
    room = rng.standard_normal((2, n_room)) * decay
    # Real rooms swallow the highs and small ones hold no lows; this also keeps the bass clear.
    top = min(4_500.0, 0.45 * sample_rate)
    band = signal.butter(1, (220.0, top), "bandpass", fs=sample_rate, output="sos")
    room = signal.sosfilt(band, room, axis=-1)
    level = 10.0 ** ((-22.0 + 14.0 * amount) / 20.0)
    room = (level * room / np.sqrt((room**2).sum(axis=-1, keepdims=True))).astype(np.float32)
    # Each wall hears the other side too.
    heard = np.float32(0.7) * sent + np.float32(0.3) * sent[::-1]
    wet: NDArray[np.float32] = signal.oaconvolve(heard, room, axes=-1)[:, : sent.shape[-1]]
    return wet


def duck(
    samples: Float[np.ndarray, "2 N"],
    *,
    onsets_seconds: Sequence[float],
    depth: float,
    sample_rate: int,
) -> Float[np.ndarray, "2 N"]:
    """Make room for each kick: the pumping of dance music.

    Args:
        samples: Everything but the drums.
        onsets_seconds: When kicks strike, in order.
        depth: 0 nothing, 1 down to silence at each stroke.
        sample_rate: Of ``samples``.
    """
    if not onsets_seconds or depth <= 0.0:
        return samples
    n_samples = samples.shape[-1]
    n_dip = seconds_to_samples(_DUCK_SECONDS, sample_rate)
    dip = np.cos(np.linspace(0.0, np.pi / 2, n_dip, dtype=np.float32)) ** 2
    gain = np.ones(n_samples, np.float32)
    for onset in onsets_seconds:
        start = min(n_samples, seconds_to_samples(max(0.0, onset), sample_rate))
        here = gain[start : start + n_dip]
        np.minimum(here, 1.0 - np.float32(min(1.0, depth)) * dip[: len(here)], out=here)
    # A few milliseconds of smoothing: a step in the gain would click.
    window = seconds_to_samples(0.006, sample_rate)
    ducked: NDArray[np.float32] = samples * ndimage.uniform_filter1d(gain, window)
    return ducked


def saturate(samples: Float[np.ndarray, "2 N"], *, amount: float) -> Float[np.ndarray, "2 N"]:
    """Round off the peaks as tape and hot mixers do; 0 leaves the sound alone."""
    power = float(np.sqrt((samples**2).mean()))
    if amount <= 0.0 or power == 0.0:
        return samples
    # Measured against the mix's own level, so that the result does not depend on the input's.
    knee = np.float32(power * (6.0 - 4.0 * min(1.0, amount)))
    rounded: NDArray[np.float32] = knee * np.tanh(samples / knee)
    return rounded


def wear(
    samples: Float[np.ndarray, "2 N"],
    *,
    amount: float,
    sample_rate: int,
    rng: np.random.Generator,
) -> Float[np.ndarray, "2 N"]:
    """An old record: crackle and a little hiss under the music; 0 leaves the sound alone."""
    power = float(np.sqrt((samples**2).mean()))
    if amount <= 0.0 or power == 0.0:
        return samples
    n_samples = samples.shape[-1]
    clicks = np.zeros(n_samples, np.float32)
    n_clicks = int(12.0 * n_samples / sample_rate)
    clicks[rng.integers(n_samples, size=n_clicks)] = rng.exponential(1.0, n_clicks)
    hiss = 0.008 * rng.standard_normal(n_samples, dtype=np.float32)
    top = min(6_000.0, 0.45 * sample_rate)
    band = signal.butter(1, (900.0, top), "bandpass", fs=sample_rate, output="sos")
    noise = signal.sosfilt(band.astype(np.float32), clicks + hiss)
    worn: NDArray[np.float32] = samples + np.float32(3.0 * power * min(1.0, amount)) * noise
    return worn


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
