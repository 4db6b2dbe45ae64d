"""Nothing in, sounds out that music codecs stumble over: made here, no recordings needed."""

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

_LEVEL, _PEAK = 0.25, 0.95  # RMS of ordinary sounds, -12 dB, and what they may reach.
_FORMANTS = ((700.0, 110.0), (1_220.0, 120.0), (2_600.0, 160.0))  # Of "a": centre, width, Hz.


def hard_sounds(sample_rate: int, *, seconds: float = 2.0) -> dict[str, Float[Tensor, "2 N"]]:
    """Sounds by name, two channels, the same every time.

    ``mono`` and the panned ones say where sound may not leak to; ``silence`` where none may appear.

    Args:
        sample_rate: In Hz.
        seconds: Of each.
    """
    n = round(seconds * sample_rate)
    t = torch.arange(n, dtype=torch.float64) / sample_rate
    rng = torch.Generator().manual_seed(0)
    noise = torch.randn(2, n, generator=rng)
    voice, nothing = speech_like(n, sample_rate), torch.zeros(n)
    clicks = torch.zeros(n)
    clicks[sample_rate // 8 :: max(1, sample_rate // 4)] = 0.9
    chord = sum(torch.sin(2 * math.pi * 220.0 * ratio * t) for ratio in (1.0, 1.25, 1.5, 2.0))
    tones = _both(torch.as_tensor(chord).float())
    return {
        "speech-like": _both(voice),
        "noise": _leveled(noise),
        "sweep": _both(_sweep(t, sample_rate)),
        "clicks": clicks.expand(2, n).clone(),
        "full-scale square": torch.sign(torch.sin(2 * math.pi * 110.0 * t)).float().repeat(2, 1),
        "silence": torch.zeros(2, n),
        "mono": tones,
        "hard left": torch.stack((tones[0], nothing)),
        "hard right": torch.stack((nothing, tones[0])),
        "very quiet (-50 dB)": tones / tones.square().mean().sqrt() * 10 ** (-50 / 20),
    }


def speech_like(n_samples: int, sample_rate: int) -> Float[Tensor, " N"]:
    """Glottal pulses of wandering pitch through three formants, in syllables: a babbled "a"."""
    t = np.arange(n_samples) / sample_rate
    pitch = 120.0 * 2.0 ** (0.25 * np.sin(2 * np.pi * 0.7 * t))
    turns = np.cumsum(pitch) / sample_rate
    pulses = np.diff(np.floor(turns), prepend=0.0)
    hertz = np.fft.rfftfreq(n_samples, 1 / sample_rate)
    # Each formant is a resonance of second order; their sum, with the fall of a glottal pulse.
    mouth = sum(1.0 / (1.0 + ((hertz - at) / (width / 2)) ** 2) ** 0.5 for at, width in _FORMANTS)
    spoken = np.fft.irfft(np.fft.rfft(pulses) * mouth / (1.0 + hertz / 500.0), n=n_samples)
    syllables = np.clip(np.sin(2 * np.pi * 3.0 * t), 0.0, None) ** 0.5
    return _leveled(torch.from_numpy(spoken * syllables).float())


def _sweep(t: Float[Tensor, " N"], sample_rate: int) -> Float[Tensor, " N"]:
    """A sine from 40 Hz to nine tenths of half the sample rate, every octave as long."""
    low, high = 40.0, 0.45 * sample_rate
    octaves = math.log(high / low) / max(float(t[-1]), 1e-9)
    return torch.sin(2 * math.pi * low * (torch.exp(octaves * t) - 1.0) / octaves).float()


def _both(mono: Float[Tensor, " N"]) -> Float[Tensor, "2 N"]:
    return _leveled(mono).expand(2, -1).clone()


def _leveled(samples: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """At the level of ordinary sounds, or as near to it as full scale allows."""
    gain = _LEVEL / samples.square().mean().sqrt().clamp(min=1e-9)
    return samples * torch.minimum(gain, _PEAK / samples.abs().max().clamp(min=1e-9))
