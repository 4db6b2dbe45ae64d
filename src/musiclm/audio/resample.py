"""Samples at one rate in, the same sound at another rate out: one resampler for everything."""

from collections.abc import Iterable, Iterator
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
    _check_rates(from_rate, to_rate)
    if from_rate == to_rate:
        return samples
    wanted = seconds_to_samples(Fraction(samples.shape[1], from_rate), to_rate)
    frames = np.ascontiguousarray(samples.detach().to("cpu", torch.float32).numpy().T)
    changed = torch.from_numpy(soxr.resample(frames, from_rate, to_rate, quality="HQ").T.copy())
    # soxr may round the length the other way: the caller counts on the exact one.
    if changed.shape[1] < wanted:
        changed = torch.nn.functional.pad(changed, (0, wanted - changed.shape[1]))
    return changed[:, :wanted]


def resample_blocks(
    blocks: Iterable[Float[Tensor, "C _"]], from_rate: int, to_rate: int
) -> Iterator[Float[Tensor, "C _"]]:
    """Change the sample rate of sound that comes in blocks of any size, in constant memory.

    Joined, the blocks equal ``resample`` of the joined blocks, except that one sample or more
    never becomes none.

    Args:
        blocks: Float samples, all with the same channels; they come out as float32 on the CPU.
        from_rate: Rate of ``blocks``, Hz.
        to_rate: Rate wanted, Hz.

    Raises:
        AudioError: A rate below 1 Hz.
    """
    _check_rates(from_rate, to_rate)
    if from_rate == to_rate:
        yield from blocks
        return
    stream: soxr.ResampleStream | None = None
    n_channels = n_read = n_sent = 0
    for block in blocks:
        if stream is None:
            n_channels = block.shape[0]
            stream = soxr.ResampleStream(from_rate, to_rate, n_channels, "float32", "HQ")
        n_read += block.shape[1]
        frames = np.ascontiguousarray(block.detach().to("cpu", torch.float32).numpy().T)
        changed = torch.from_numpy(stream.resample_chunk(frames).T.copy())
        n_sent += changed.shape[1]
        if changed.shape[1]:
            yield changed
    if stream is None or n_read == 0:
        return
    wanted = max(1, seconds_to_samples(Fraction(n_read, from_rate), to_rate)) - n_sent
    none = np.zeros((0, n_channels), np.float32)
    rest = torch.from_numpy(stream.resample_chunk(none, last=True).T.copy())
    # soxr may round the length the other way: the caller counts on the exact one.
    yield torch.nn.functional.pad(rest, (0, max(0, wanted - rest.shape[1])))[:, : max(0, wanted)]


def _check_rates(from_rate: int, to_rate: int) -> None:
    if from_rate < 1 or to_rate < 1:
        raise AudioError(f"sample rates must be at least 1 Hz, got {from_rate} and {to_rate}")
