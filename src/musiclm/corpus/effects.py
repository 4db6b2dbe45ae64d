"""Stereo samples and a setting in, stereo samples out: the boxes of a mixing desk.

Rooms, echoes, chorus, filters, saturation, tape. All of them work on whole pieces at once and cost
a few hundredths of a second for a minute of music. None knows scores, parts or loudness targets.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from scipy import fft, ndimage, signal

from musiclm.tokens.timing import seconds_to_samples

_MAX_ROOM_SECONDS = 2.6
_DUCK_SECONDS = 0.24
_SHELF_HZ = 2_000.0
_ECHOES = 6
_BLOCK = 2**15  # samples that stay in the processor's cache


def echo(
    sent: Float[np.ndarray, "2 N"],
    *,
    amount: float,
    sample_rate: int,
    rng: np.random.Generator,
    seconds: float | None = None,
) -> Float[np.ndarray, "2 N"]:
    """What a room answers; to be added to the dry sound.

    Args:
        sent: Stereo samples that the room hears.
        amount: 0 no room, 1 a large hall; sets the level of the answer.
        sample_rate: Of ``sent``.
        rng: Draws the room; left and right differ, which is what makes it wide.
        seconds: Until 60 dB down; follows ``amount`` by default.
    """
    amount = min(1.0, max(0.0, amount))
    if amount < 0.02:
        return np.zeros_like(sent)
    length = seconds or 0.5 + (_MAX_ROOM_SECONDS - 0.5) * amount
    room = _room(length, sample_rate, rng)
    room *= np.float32(10.0 ** ((-22.0 + 14.0 * amount) / 20.0))
    # Each wall hears the other side too.
    heard = np.asarray(0.7 * sent + 0.3 * sent[::-1], np.float32)
    return _convolved(heard, room)


def _convolved(sound: NDArray[np.float32], room: NDArray[np.float32]) -> NDArray[np.float32]:
    """Overlapping blocks that fit the processor's cache: twice as fast as one long transform."""
    n_samples, n_room = sound.shape[1], room.shape[1]
    size = max(2**16, 2 ** math.ceil(math.log2(4 * n_room)))
    step = size - n_room + 1
    spectrum = fft.rfft(room, size)
    out = np.zeros((2, n_samples + size), np.float32)
    for start in range(0, n_samples, step):
        block = fft.rfft(sound[:, start : start + step], size) * spectrum
        out[:, start : start + size] += fft.irfft(block, size)
    return out[:, :n_samples]


def _room(seconds: float, sample_rate: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """An impulse response of unit power: a few first walls, then a tail that darkens."""
    n_room = seconds_to_samples(seconds, sample_rate)
    time = np.arange(n_room, dtype=np.float32) / np.float32(sample_rate)
    rise = np.minimum(1.0, time / np.float32(0.012))
    noise = rng.standard_normal((2, n_room), dtype=np.float32)
    # Real rooms swallow the highs first and small ones hold no lows; the bass stays clear.
    split = signal.butter(1, min(1_800.0, 0.3 * sample_rate), fs=sample_rate, output="sos")
    low = signal.sosfilt(split.astype(np.float32), noise, axis=-1)
    fall = np.float32(-3.0 * math.log(10.0) / seconds)
    tail = rise * (low * np.exp(fall * time) + 0.45 * (noise - low) * np.exp(2.2 * fall * time))
    for _ in range(5):
        at = seconds_to_samples(float(rng.uniform(0.006, 0.045)), sample_rate)
        if at < n_room:
            tail[int(rng.integers(2)), at] += np.float32(rng.uniform(1.5, 3.0))
    thin = signal.butter(1, 200.0, "highpass", fs=sample_rate, output="sos")
    room = signal.sosfilt(thin.astype(np.float32), tail, axis=-1)
    power = np.sqrt((room**2).sum(axis=-1, keepdims=True))
    unit: NDArray[np.float32] = (room / power).astype(np.float32)
    return unit


def repeats(
    samples: Float[np.ndarray, "2 N"], *, seconds: float, amount: float, sample_rate: int
) -> Float[np.ndarray, "2 N"]:
    """Echoes in time with the music, from side to side, each duller; to be added.

    Args:
        samples: What is repeated.
        seconds: Between the repeats.
        amount: 0..1, the level of the first; the others follow by the same ratio.
        sample_rate: Of ``samples``.
    """
    step = seconds_to_samples(seconds, sample_rate)
    out = np.zeros_like(samples)
    if amount <= 0.0 or not 0 < step < samples.shape[1]:
        return out
    gain = np.float32(min(0.7, 0.6 * amount))
    dull = _one_pole(min(3_200.0, 0.4 * sample_rate), sample_rate)
    again = samples.mean(axis=0, dtype=np.float32)
    for number in range(1, _ECHOES + 1):
        again = signal.lfilter(*dull, again)[:-step] if step < len(again) else again[:0]
        level = gain ** np.float32(1 + 0.7 * (number - 1))
        if not len(again) or level < 0.02:
            break
        side = number % 2
        out[side, number * step :] += level * again
        out[1 - side, number * step :] += np.float32(0.35) * level * again
    return out


def chorus(
    samples: Float[np.ndarray, "2 N"], *, depth: float, sample_rate: int, phase: float = 0.0
) -> Float[np.ndarray, "2 N"]:
    """Two copies that drift in pitch, one a side: pads and electric pianos grow wide."""
    if depth <= 0.0:
        return samples
    out = np.float32(0.75) * samples
    for side, start in ((0, phase), (1, phase + 0.5)):
        copy = _moving_delay(
            samples[1 - side], 0.014, 0.0035, 0.45 + 0.12 * side, start, sample_rate
        )
        out[side] += np.float32(0.55 * depth) * copy
    return out


def flutter(
    samples: Float[np.ndarray, "2 N"], *, amount: float, sample_rate: int, phase: float = 0.0
) -> Float[np.ndarray, "2 N"]:
    """Pitch that wavers slowly (wow) and quickly (flutter), both sides together."""
    if amount <= 0.0:
        return samples
    wow = np.stack(
        [_moving_delay(side, 0.004, 0.0022 * amount, 0.55, phase, sample_rate) for side in samples]
    )
    return np.stack(
        [_moving_delay(side, 0.001, 0.00012 * amount, 6.3, phase, sample_rate) for side in wow]
    )


def _moving_delay(
    samples: NDArray[np.float32],
    centre: float,
    depth: float,
    hertz: float,
    phase: float,
    sample_rate: int,
) -> NDArray[np.float32]:
    """Samples read late by ``centre`` seconds, give or take ``depth``."""
    # Cycles wrap before they are rounded to 32 bits, so that an hour wobbles like a minute.
    period = max(1, round(sample_rate / hertz))
    cycle = np.arange(period, dtype=np.float32) / np.float32(period)
    one = centre + depth * np.sin(2.0 * np.pi * (cycle + np.float32(phase)))
    lag = (sample_rate * one).astype(np.float32)
    moved = np.empty_like(samples)
    for start in range(0, len(samples), _BLOCK):
        here = np.arange(start, min(start + _BLOCK, len(samples)))
        late = lag[here % period]
        whole = late.astype(np.int64)
        at = here - whole
        later, earlier = samples[np.maximum(at, 0)], samples[np.maximum(at - 1, 0)]
        moved[here[0] : here[-1] + 1] = later + (late - whole).astype(np.float32) * (
            earlier - later
        )
    return moved


def ducking(
    n_samples: int, *, onsets_seconds: Sequence[float], depth: float, sample_rate: int
) -> Float[np.ndarray, " N"] | None:
    """The gain that makes room for each kick: the pumping of dance music; None where none does.

    Args:
        n_samples: Of everything that gives way.
        onsets_seconds: When kicks strike, in order.
        depth: 0 nothing, 1 down to silence at each stroke.
        sample_rate: Hz.
    """
    if not onsets_seconds or depth <= 0.0:
        return None
    n_dip = seconds_to_samples(_DUCK_SECONDS, sample_rate)
    dip = np.cos(np.linspace(0.0, np.pi / 2, n_dip, dtype=np.float32)) ** 2
    gain = np.ones(n_samples, np.float32)
    for onset in onsets_seconds:
        start = min(n_samples, round(max(0.0, onset) * sample_rate))
        here = gain[start : start + n_dip]
        np.minimum(here, 1.0 - np.float32(min(1.0, depth)) * dip[: len(here)], out=here)
    # A few milliseconds of smoothing: a step in the gain would click.
    window = seconds_to_samples(0.006, sample_rate)
    smooth: NDArray[np.float32] = ndimage.uniform_filter1d(gain, window)
    return smooth


def opening(
    samples: Float[np.ndarray, "2 N"],
    *,
    spans_seconds: Sequence[tuple[float, float]],
    sample_rate: int,
    lowest_hertz: float = 350.0,
) -> Float[np.ndarray, "2 N"]:
    """A low-pass that opens over each span: how a build rises to its drop."""
    out = samples
    top = 0.4 * sample_rate
    for start, end in spans_seconds:
        first, last = (seconds_to_samples(max(0.0, at), sample_rate) for at in (start, end))
        last = min(last, samples.shape[1])
        if last - first < sample_rate // 2:
            continue
        out = out.copy() if out is samples else out
        part = samples[:, first:last]
        n_steps = 5
        position = np.linspace(0.0, n_steps, last - first, dtype=np.float32)
        mixed = part * np.clip(position - (n_steps - 1), 0.0, 1.0)  # the last step is no filter
        for index, hertz in enumerate(np.geomspace(lowest_hertz, 0.6 * top, n_steps)):
            weight = np.clip(1.0 - np.abs(position - np.float32(index)), 0.0, 1.0)
            sos = signal.butter(2, hertz, fs=sample_rate, output="sos").astype(np.float32)
            mixed += weight * signal.sosfilt(sos, part, axis=-1)
        # The span begins with a short fade from the open sound.
        n_fade = min(last - first, seconds_to_samples(0.05, sample_rate))
        fade = np.linspace(0.0, 1.0, n_fade, dtype=np.float32)
        mixed[:, :n_fade] = fade * mixed[:, :n_fade] + (1 - fade) * part[:, :n_fade]
        out[:, first:last] = mixed
    return out


def saturate(samples: Float[np.ndarray, "2 N"], *, amount: float) -> Float[np.ndarray, "2 N"]:
    """Round off the peaks as tape and hot mixers do; 0 leaves the sound alone."""
    power = float(np.sqrt(np.mean(np.square(samples))))
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
    hiss: float = 0.0,
) -> Float[np.ndarray, "2 N"]:
    """An old record or tape under the music; 0 leaves the sound alone.

    Args:
        samples: The music.
        amount: 0..1, crackle and a little hiss of a record.
        sample_rate: Of ``samples``.
        rng: Draws the noise.
        hiss: 0..1, the hiss of tape.
    """
    power = float(np.sqrt(np.mean(np.square(samples))))
    if (amount <= 0.0 and hiss <= 0.0) or power == 0.0:
        return samples
    n_samples = samples.shape[-1]
    clicks = np.zeros(n_samples, np.float32)
    n_clicks = int(12.0 * n_samples / sample_rate) if amount > 0.0 else 0
    clicks[rng.integers(n_samples, size=n_clicks)] = rng.exponential(1.0, n_clicks)
    level = min(1.0, max(0.0, amount))
    noise = rng.standard_normal(n_samples, dtype=np.float32)
    hissing = np.float32(0.008 * level + 0.012 * min(1.0, hiss)) * noise
    top = min(6_000.0, 0.45 * sample_rate)
    band = signal.butter(1, (900.0, top), "bandpass", fs=sample_rate, output="sos")
    heard = signal.sosfilt(band.astype(np.float32), hissing + np.float32(level) * clicks)
    worn: NDArray[np.float32] = samples + np.float32(3.0 * power) * heard
    return worn


def brighten(
    samples: Float[np.ndarray, "2 N"], *, brightness: float, sample_rate: int
) -> Float[np.ndarray, "2 N"]:
    """Tilt the highs gently by the score's brightness; 0.5 leaves them alone, 0 darkens."""
    return tilt(
        samples,
        decibels=5.0 * (2.0 * min(1.0, max(0.0, brightness)) - 1.0),
        sample_rate=sample_rate,
    )


def tilt(
    samples: Float[np.ndarray, "2 N"], *, decibels: float, sample_rate: int
) -> Float[np.ndarray, "2 N"]:
    """Raise or lower everything above 2 kHz with a first-order shelf; the lows keep their level."""
    if abs(decibels) < 0.1:
        return samples
    gain = 10.0 ** (decibels / 20.0)
    # (gain * s + w) / (s + w), bilinear.
    w = 2.0 * math.pi * _SHELF_HZ / math.sqrt(gain)
    b, a = signal.bilinear([gain, w], [1.0, w], fs=sample_rate)
    shelved: NDArray[np.float32] = signal.lfilter(
        b.astype(np.float32), a.astype(np.float32), samples, axis=-1
    )
    return shelved


def band_limit(
    samples: Float[np.ndarray, "2 N"], *, low: float, high: float, sample_rate: int
) -> Float[np.ndarray, "2 N"]:
    """Let only ``low``..``high`` hertz through, steeply above."""
    top = signal.butter(4, min(high, 0.45 * sample_rate), fs=sample_rate, output="sos")
    bottom = signal.butter(1, low, "highpass", fs=sample_rate, output="sos")
    sos = np.concatenate([top, bottom]).astype(np.float32)
    limited: NDArray[np.float32] = signal.sosfilt(sos, samples, axis=-1)
    return limited


def without_rumble(
    samples: Float[np.ndarray, "2 N"], *, hertz: float, sample_rate: int
) -> Float[np.ndarray, "2 N"]:
    """Take away what is below ``hertz``: chords leave the lows to the bass."""
    b, a = signal.butter(1, hertz, "highpass", fs=sample_rate)
    thin: NDArray[np.float32] = signal.lfilter(
        b.astype(np.float32), a.astype(np.float32), samples, axis=-1
    )
    return thin


def widen(samples: Float[np.ndarray, "2 N"], *, width: float) -> Float[np.ndarray, "2 N"]:
    """Scale the difference of left and right: 0 mono, 1 as it is."""
    if width == 1.0:
        return samples
    middle = samples.mean(axis=0, dtype=np.float32)
    side = np.float32(width / 2.0) * (samples[0] - samples[1])
    return np.stack([middle + side, middle - side])


@lru_cache(maxsize=16)
def _one_pole(hertz: float, sample_rate: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A gentle low-pass."""
    b, a = signal.butter(1, hertz, fs=sample_rate)
    return b.astype(np.float32), a.astype(np.float32)
