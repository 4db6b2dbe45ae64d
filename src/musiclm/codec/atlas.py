"""Notes of a scale in, the spectral lines that each would have out: what a decoder need not learn.

A linear layer that says the level of single bins has to learn every note of every instrument for
itself, and logarithms of a chord are no sum of those of its notes. Amplitudes nearly are. So the
decoder says how loud each *atom* is, in amplitudes, and the atoms know where their partials lie:
88 notes of equal temperament with overtones that fall off in several ways, and smooth bands for
what is no note. Weighted sums of known spectra are non-negative matrix factorisation (Lee and
Seung 1999; for music Smaragdis and Brown 2003).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.audio.spectrogram import mel_filters
from musiclm.codec.phases import bin_turns

LOWEST_NOTE, HIGHEST_NOTE = 21, 108
"""MIDI numbers, a piano's."""
FALLS = (0.4, 1.0, 2.0)
"""Overtone ``h`` has an amplitude of ``h`` to the minus that: bright, usual, dull."""
SMOOTH_BANDS = 40
"""Atoms that are no notes: mel bands."""


@dataclass(frozen=True, slots=True)
class Atlas:
    """Spectra of the atoms in windows of the tones' bank."""

    levels: Float[Tensor, "P F"]
    """Amplitudes; the strongest bin of each atom is about 1."""
    turns: Float[Tensor, "2 P F"]
    """Cosine and sine of how far bins turn in a hop beyond ``bin_turns``, times the amplitudes;
    zero for smooth bands, which do not know."""


@lru_cache(maxsize=8)
@torch.inference_mode(False)
def atlas(n_fft: int, hop_length: int, n_bins: int, sample_rate: int) -> Atlas:
    """The atoms' spectra under a Hann window.

    Args:
        n_fft: The window, in samples.
        hop_length: Samples between windows.
        n_bins: Lowest bins that are wanted, F.
        sample_rate: In Hz.
    """
    bin_hertz = sample_rate / n_fft
    bins = torch.arange(n_bins, dtype=torch.float64)
    notes = torch.arange(LOWEST_NOTE, HIGHEST_NOTE + 1, dtype=torch.float64)
    hertz = 440.0 * 2.0 ** ((notes - 69.0) / 12.0)
    known = bin_turns(n_fft, hop_length, n_bins).double()
    levels, angles = [], []
    for fall in FALLS:
        level = torch.zeros(len(notes), n_bins, dtype=torch.float64)
        angle = torch.zeros_like(level)
        for overtone in range(1, math.ceil(n_bins * bin_hertz / float(hertz[0])) + 1):
            place = hertz * overtone
            lobe = _hann_lobe(bins - place[:, None] / bin_hertz) * overtone**-fall
            louder = lobe > level
            turn = 2.0 * math.pi * hop_length / sample_rate * place[:, None] - known
            level, angle = torch.where(louder, lobe, level), torch.where(louder, turn, angle)
        levels.append(level)
        angles.append(angle)
    level, angle = torch.cat(levels), torch.cat(angles)
    within = level.amax(dim=1) > 0.5  # Notes above the highest bin have no lobe at all.
    level, angle = level[within], angle[within]
    smooth = mel_filters(SMOOTH_BANDS, n_fft, sample_rate)[:, :n_bins].double()
    smooth = smooth[smooth.sum(dim=1) > 0.0]
    turns = torch.stack((angle.cos(), angle.sin())) * level
    nothing = torch.zeros(2, *smooth.shape, dtype=torch.float64)
    return Atlas(torch.cat((level, smooth)).float(), torch.cat((turns, nothing), dim=1).float())


def activations(
    amplitude: Float[Tensor, "N F"], atoms: Float[Tensor, "P F"], *, n_rounds: int = 30
) -> Float[Tensor, "N P"]:
    """How loud each atom must be for the sum to come near ``amplitude``.

    Multiplicative updates for the Kullback-Leibler divergence (Lee and Seung 1999).
    """
    loud = amplitude.mean(dim=1, keepdim=True).expand(-1, len(atoms)).clone()
    total = atoms.sum(dim=1)
    for _ in range(n_rounds):
        loud *= (amplitude / (loud @ atoms + 1e-7)) @ atoms.T / total
    return loud


def _hann_lobe(offset: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Main lobe of a Hann window's spectrum, bins from its middle; 1 there, 0 beyond two."""
    offset = offset.clamp(-2.0, 2.0)
    # sinc(x) / (1 - x^2) is 1/2 at x = 1, where the formula divides by zero.
    away = torch.where((offset.abs() - 1.0).abs() < 1e-6, offset + 1e-5, offset)
    return (torch.sinc(away) / (1.0 - away.square())).clamp(min=0.0)
