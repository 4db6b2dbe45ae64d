"""Samples at one rate in, the same sound at another rate out: one resampler for everything."""

from fractions import Fraction

import numpy as np
import soxr  # type: ignore[import-untyped]
import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.errors import AudioError
from musiclm.tokens.timing import seconds_to_samples


def resample(
    samples: Float[Tensor, "C N"], from_rate: int, to_rate: int
) -> Float[Tensor, "C N_new"]:
    """Change the sample rate, keeping the duration to the nearest sample.

    Args:
        samples: Float samples; the result is float32 on the CPU.
        from_rate: Rate of ``samples``, Hz.
        to_rate: Rate wanted, Hz.

    Raises:
        AudioError: A rate below 1 Hz.

    Example:
        >>> resample(torch.zeros(2, 48_000), 48_000, 24_000).shape
        torch.Size([2, 24000])
    """
    if from_rate < 1 or to_rate < 1:
        raise AudioError(f"sample rates must be at least 1 Hz, got {from_rate} and {to_rate}")
    if from_rate == to_rate:
        return samples
    wanted = seconds_to_samples(Fraction(samples.shape[1], from_rate), to_rate)
    frames = np.ascontiguousarray(samples.detach().to("cpu", torch.float32).numpy().T)
    changed = torch.from_numpy(soxr.resample(frames, from_rate, to_rate, quality="HQ").T.copy())
    # soxr may round the length the other way: the caller counts on the exact one.
    if changed.shape[1] < wanted:
        changed = torch.nn.functional.pad(changed, (0, wanted - changed.shape[1]))
    return changed[:, :wanted]
