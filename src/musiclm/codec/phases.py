"""Sizes and frequencies of partials in, phases that fit together out: a phase vocoder's arithmetic.

A codec of a few kbit/s cannot afford phases, and a decoder that invents them frame by frame turns
every partial into noise: the sound under water. Phases need not be coded, they can be counted: a
partial of known frequency turns by a known angle from frame to frame, so its phase is the sum of
these angles. Bins around one peak belong to one partial and share its phase (identity phase
locking, Laroche and Dolson 1999); in windows centred on their middle these phases are equal.
"""

import math

import torch
from jaxtyping import Complex, Float, Int
from torch import Tensor


def peak_owners(power: Float[Tensor, "B T F"]) -> Int[Tensor, "B T F"]:
    """The bin of the nearest local maximum, for every bin; a bin of a flat frame owns itself.

    Example:
        >>> peak_owners(torch.tensor([[[0.0, 3.0, 1.0, 0.5, 2.0, 1.0]]]))[0, 0]
        tensor([1, 1, 1, 4, 4, 4])
    """
    n_bins = power.shape[-1]
    bins = torch.arange(n_bins, device=power.device)
    peak = torch.zeros_like(power, dtype=torch.bool)
    inner = power[..., 1:-1]
    peak[..., 1:-1] = (inner >= power[..., :-2]) & (inner > power[..., 2:])
    far = 4 * n_bins
    below = torch.where(peak, bins, -far).cummax(dim=-1).values
    above = torch.where(peak, bins, far).flip(-1).cummin(dim=-1).values.flip(-1)
    nearest = torch.where(bins - below < above - bins, below, above)
    return torch.where((nearest >= 0) & (nearest < n_bins), nearest, bins)


def integrate_phases(
    turns: Float[Tensor, "B T F"], owners: Int[Tensor, "B T F"], start: Float[Tensor, "B F"]
) -> Float[Tensor, "B T F"]:
    """Add up angles from frame to frame, each bin with the phase of the partial that owns it.

    A partial that glides to a neighbouring bin takes its phase along, because that bin was its
    own a frame ago.

    Args:
        turns: Radians from the frame before to this one.
        owners: See ``peak_owners``.
        start: Phases of the frame before the first, radians.

    Returns:
        Phases in ``[0, 2 pi)``; the last frame's continue the music in a later call.
    """
    own_turns = turns.gather(-1, owners)
    phases = torch.empty_like(turns)
    phase = start
    for index in range(turns.shape[1]):
        phase = phase.gather(-1, owners[:, index]) + own_turns[:, index]
        phase = torch.remainder(phase, 2.0 * math.pi)
        phases[:, index] = phase
    return phases


def centred_factors(phases: Float[Tensor, "... F"]) -> Complex[Tensor, "... F"]:
    """Unit factors for a Fourier transform whose time begins at the window's edge.

    The phases are meant at the middle of the window.
    """
    # Half a window later, bin k has turned k half turns: every odd bin changes its sign.
    half_turns = math.pi * (torch.arange(phases.shape[-1], device=phases.device) % 2)
    return torch.polar(torch.ones_like(phases), phases + half_turns)


def bin_turns(n_fft: int, hop_length: int, n_bins: int) -> Float[Tensor, " F"]:
    """Radians by which a sine at the centre of each bin turns in one hop."""
    turns = torch.arange(n_bins) * hop_length % n_fft
    return turns.double().mul(2.0 * math.pi / n_fft).float()


def measured_turns(
    spectra: Complex[Tensor, "B C T F"], hop_length: int, n_fft: int
) -> Complex[Tensor, "B T F"]:
    """How a recording's bins turn beyond ``bin_turns``, weighted by power: what a decoder learns.

    The channels of a bin are taken together. The first frame has no frame before it and is zero.
    """
    products = (spectra[:, :, 1:] * spectra[:, :, :-1].conj()).sum(dim=1)
    known = bin_turns(n_fft, hop_length, spectra.shape[-1]).to(spectra.device)
    products = products * torch.polar(torch.ones_like(known), -known)
    return torch.cat((torch.zeros_like(products[:, :1]), products), dim=1)
