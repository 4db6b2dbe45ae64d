"""Tiny music for tests: clicks at a tempo over a tone, told apart by anyone with ears."""

import torch

from musiclm.audio.waveform import Waveform

RATE = 24_000


def beats(
    *, bpm: float, hertz: float, noisy: bool, seconds: float = 3.0, seed: int = 0
) -> Waveform:
    """A decaying tone on every beat, with a burst of noise where ``noisy``."""
    rng = torch.Generator().manual_seed(seed)
    n_samples = round(seconds * RATE)
    time = torch.arange(n_samples) / RATE
    phase = torch.remainder(time + 0.1 * seed, 60.0 / bpm)
    decay = torch.exp(-8.0 * phase)
    sound = 0.4 * decay * torch.sin(2 * torch.pi * hertz * time)
    if noisy:
        sound = sound + 0.3 * torch.exp(-40.0 * phase) * torch.randn(n_samples, generator=rng)
    sound = sound + 0.002 * torch.randn(n_samples, generator=rng)
    return Waveform(torch.stack([sound, 0.8 * sound]).clamp(-1, 1), RATE)
