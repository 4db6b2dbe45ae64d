"""A second of decoded sound in, what is wrong with it out: nothing, silence or noise."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

SILENT_DBFS = -50.0
"""Quieter than any second of the corpus but its echoes."""
NOISY = 0.5
"""Spectral flatness: music of any kind has 0.2 at most, white noise 0.56."""
_SHORTEST_SECONDS = 0.25
_N_FFT = 2048


def trouble_in(samples: Float[Tensor, "C n"], sample_rate: int) -> str | None:
    """``"silence"``, ``"noise"``, or ``None`` for music and for what is too short to tell.

    Args:
        samples: About a second.
        sample_rate: Hz.

    Example:
        >>> trouble_in(torch.zeros(2, 24_000), 24_000)
        'silence'
    """
    n_samples = samples.shape[-1]
    if n_samples < _SHORTEST_SECONDS * sample_rate or n_samples < _N_FFT:
        return None
    power = float(samples.square().mean())
    if 10 * math.log10(power + 1e-12) < SILENT_DBFS:
        return "silence"
    mono = samples.mean(dim=0)
    spectrum = torch.stft(
        mono, _N_FFT, _N_FFT // 2, window=torch.hann_window(_N_FFT), return_complex=True
    ).abs()
    mean_power = spectrum.square().mean(dim=1) + 1e-12
    flatness = float(torch.exp(torch.log(mean_power).mean()) / mean_power.mean())
    return "noise" if flatness > NOISY else None
