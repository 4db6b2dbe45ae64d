"""A reconstruction and its original in, distances out; shared by training and evaluation."""

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.audio.spectrogram import log_mel
from musiclm.codec.encoder import mid_side


def log_mel_distance(
    predicted: Float[Tensor, "B C N"], target: Float[Tensor, "B C N"], *, sample_rate: int
) -> Float[Tensor, " B"]:
    """Mean absolute difference of log-mel spectra in nats (1 nat = 8.7 dB) per item.

    80 bands, windows of 1024 samples, hop 256, amplitude floor -80 dB.
    """
    spectra = [
        log_mel(samples, sample_rate=sample_rate, n_fft=1024, hop_length=256, n_mels=80, floor=1e-4)
        for samples in (predicted, target)
    ]
    return (spectra[0] - spectra[1]).abs().mean(dim=(1, 2, 3))


def si_sdr(
    predicted: Float[Tensor, "B C N"], target: Float[Tensor, "B C N"]
) -> Float[Tensor, " B"]:
    """Scale-invariant signal-to-distortion ratio in dB per item, channels together.

    Codecs at a few kbit/s that sound right can have negative values: phase is not coded.
    """
    estimate, reference = predicted.flatten(1), target.flatten(1)
    power = reference.square().sum(dim=1, keepdim=True).clamp(min=1e-10)
    scaled = (estimate * reference).sum(dim=1, keepdim=True) / power * reference
    error = (estimate - scaled).square().sum(dim=1)
    return 10.0 * torch.log10((scaled.square().sum(dim=1) + 1e-10) / (error + 1e-10))


def side_distance(
    predicted: Float[Tensor, "B C N"], target: Float[Tensor, "B C N"], *, sample_rate: int
) -> Float[Tensor, " B"]:
    """Log-mel distance of the difference of the two channels; 0 for other channel counts."""
    if target.shape[1] != 2:
        return torch.zeros(len(target))
    return log_mel_distance(
        mid_side(predicted)[:, 1:], mid_side(target)[:, 1:], sample_rate=sample_rate
    )
