"""A crop of music in, something that no corpus holds out: what a codec must survive.

A codec that only hears finished mixes learns that sound always fills the stereo image and never
consists of one sine. Panned crops, pure tones, sweeps, squares, clicks, pulses and noise keep its
loudness and its stereo image right outside of music.
"""

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

_PANNED = 0.45
"""Share of the odd crops that are music on one spot of the stereo image."""
_LEVEL = 0.15
"""RMS of what is made here, before the recipe's gains."""


def odd_crop(
    crop: Float[Tensor, "2 N"], rng: np.random.Generator, *, sample_rate: int
) -> Float[Tensor, "2 N"]:
    """Music panned to one spot (hard left or right in half of the cases), or a made sound there."""
    mono = crop.mean(dim=0).numpy()
    if rng.random() > _PANNED:
        makers = (_tones, _tones, _sweep, _square, _clicks, _pulses, _noise)
        made = makers[int(rng.integers(len(makers)))](mono.size, sample_rate, rng)
        mono = made * (_LEVEL / max(float(np.sqrt(np.mean(made**2))), 1e-6))
    angle = rng.choice([0.0, 1.0]) if rng.random() < 0.5 else rng.random()
    gains = np.array([np.cos(angle * np.pi / 2), np.sin(angle * np.pi / 2)])
    return torch.from_numpy((gains[:, None] * mono).astype(np.float32))


def _tones(n_samples: int, rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """One to six steady sines."""
    t = np.arange(n_samples) / rate
    total = np.zeros(n_samples)
    for _ in range(int(rng.integers(1, 7))):
        hertz = 60.0 * 100.0 ** rng.random()
        total += rng.random() * np.sin(2 * np.pi * (hertz * t + rng.random()))
    return total


def _sweep(n_samples: int, rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """A sine that glides between two frequencies, evenly in pitch."""
    hertz = 50.0 * 200.0 ** np.linspace(rng.random(), rng.random(), n_samples)
    return np.sin(2 * np.pi * np.cumsum(hertz) / rate)


def _square(n_samples: int, rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """A square wave of 50 to 800 Hz."""
    hertz = 50.0 * 16.0 ** rng.random()
    wave = np.sin(2 * np.pi * hertz * np.arange(n_samples) / rate)
    return np.asarray(np.sign(wave), dtype=np.float64)


def _clicks(n_samples: int, rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Single samples, two to ten a second."""
    every = int(rate / rng.uniform(2.0, 10.0))
    clicks = np.zeros(n_samples)
    clicks[int(rng.integers(every)) :: every] = 1.0
    return clicks


def _pulses(n_samples: int, rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """A buzz of wandering pitch through three random resonances, in syllables: speech of a kind."""
    t = np.arange(n_samples) / rate
    pitch = (
        80.0 * 4.0 ** rng.random() * 2.0 ** (0.3 * np.sin(2 * np.pi * rng.uniform(0.3, 2.0) * t))
    )
    buzz = np.diff(np.floor(np.cumsum(pitch) / rate), prepend=0.0)
    hertz = np.fft.rfftfreq(n_samples, 1.0 / rate)
    places = np.array([300.0, 900.0, 2200.0]) * 2.0 ** rng.uniform(0.0, 1.2, 3)
    mouth = sum(1.0 / np.sqrt(1.0 + ((hertz - place) / 70.0) ** 2) for place in places)
    spoken = np.fft.irfft(np.fft.rfft(buzz) * mouth / (1.0 + hertz / 500.0), n=n_samples)
    syllables = np.clip(np.sin(2 * np.pi * rng.uniform(1.0, 6.0) * t), 0.0, None)
    return np.asarray(spoken * syllables, dtype=np.float64)


def _noise(n_samples: int, rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Noise between white and brown."""
    hertz = np.fft.rfftfreq(n_samples, 1.0 / rate)
    colour = (1.0 + hertz / 100.0) ** -rng.uniform(0.0, 1.0)
    return np.fft.irfft(np.fft.rfft(rng.standard_normal(n_samples)) * colour, n=n_samples)
