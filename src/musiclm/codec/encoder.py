"""Waveforms ``[B, C, N]``, ``N`` a multiple of the hop, to latents ``[B, D, T]``.

Two networks behind one signature: SoundStream's strided convolutions, and the spectral encoder.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from musiclm.audio.spectrogram import mel_filters, phase_advance, stft
from musiclm.codec.config import CodecConfig
from musiclm.nn.conv import CausalConv1d, ResidualUnit, convnext_blocks

LOG_FLOOR = 1e-5
"""Amplitude floor of log features, -100 dB below a full-scale sine."""
COMPRESSION = 0.4
"""Exponent of magnitudes that go with a phase: quiet partials stay visible to the network."""


class SoundStreamEncoder(nn.Module):
    """The published encoder: convolution, strided blocks with doubling channels, projection."""

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        size = config.soundstream
        width = size.channels
        layers: list[nn.Module] = [CausalConv1d(config.n_channels, width, size.kernel_size)]
        for stride in size.strides:
            layers += [
                ResidualUnit(width, kernel_size=size.kernel_size, dilation=dilation)
                for dilation in size.dilations
            ]
            layers += [nn.ELU(), CausalConv1d(width, 2 * width, 2 * stride, stride=stride)]
            width *= 2
        layers += [nn.ELU(), CausalConv1d(width, config.latent_dim, 3)]
        self.layers = nn.Sequential(*layers)

    def forward(self, samples: Float[Tensor, "B C N"]) -> Float[Tensor, "B D T"]:
        """Encode whole frames."""
        out: Tensor = self.layers(samples)
        return out


class SpectralEncoder(nn.Module):
    """STFT sub-frames, folded to the frame rate, through ConvNeXt blocks.

    Latents are normalised per frame without learned scale: a codebook sees data whose size cannot
    drift, and the commitment loss cannot be won by shrinking.
    """

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        size = config.spectral
        self.size = size
        self.hop_length = config.hop_length
        self.latent_dim = config.latent_dim
        n_features = config.n_channels * (2 * size.complex_bins + size.n_mels)
        self.embed = nn.Linear(n_features, size.sub_dim)
        shape = {"expansion": size.expansion, "kernel_size": size.kernel_size}
        self.sub_blocks = convnext_blocks(size.encoder_sub_blocks, size.sub_dim, **shape)
        self.fold = nn.Linear(size.fold * size.sub_dim, size.dim)
        self.blocks = convnext_blocks(size.encoder_blocks, size.dim, **shape)
        self.norm = nn.LayerNorm(size.dim)
        self.project = nn.Linear(size.dim, config.latent_dim)
        filters = mel_filters(size.n_mels, size.n_fft, config.sample_rate)
        self.register_buffer("filters", filters.clone(), persistent=False)
        self.filters: Tensor

    @torch.no_grad()
    def features(self, samples: Float[Tensor, "B C N"]) -> Float[Tensor, "B T D_in"]:
        """What the network sees of each sub-frame: mel levels, and low bins with phase."""
        size = self.size
        side = (size.n_fft - size.sub_hop) // 2
        padded = nn.functional.pad(samples, (side, side))
        spectra = stft(padded, n_fft=size.n_fft, hop_length=size.sub_hop) * (4.0 / size.n_fft)
        # A scale of 1/3 brings 11 nats of range near unit variance.
        amplitude = (spectra.real.square() + spectra.imag.square()).sqrt()
        levels = (torch.log(amplitude @ self.filters.T + LOG_FLOOR) + 6.0) / 3.0
        bins = size.complex_bins
        low = spectra[..., :bins] * (2.0 * (amplitude[..., :bins] + 1e-4) ** (COMPRESSION - 1.0))
        # The turning of steady tones is known beforehand: the network need not learn to undo it.
        turning = phase_advance(size.n_fft, size.sub_hop, low.shape[-2])[:, :bins]
        low = low * turning.to(low.device).conj()
        parts = torch.cat((levels, low.real, low.imag), dim=-1)
        return parts.transpose(1, 2).flatten(2)

    def forward(self, samples: Float[Tensor, "B C N"]) -> Float[Tensor, "B D T"]:
        """Encode whole frames."""
        size = self.size
        if size.mid_side and samples.shape[1] == 2:
            samples = mid_side(samples)
        # The future is a delay: the network is causal, its input is shifted to the past.
        ahead = size.encoder_lookahead
        samples = nn.functional.pad(samples, (0, ahead * self.hop_length))
        x = self.embed(self.features(samples))
        for block in self.sub_blocks:
            x = block(x)
        x = self.fold(x.unflatten(1, (-1, size.fold)).flatten(2))
        for block in self.blocks:
            x = block(x)
        latents = self.project(self.norm(x))[:, ahead:].float()
        return nn.functional.layer_norm(latents, (self.latent_dim,)).transpose(1, 2)


def mid_side(samples: Float[Tensor, "B C N"]) -> Float[Tensor, "B C N"]:
    """Sum and difference of two channels, orthonormal, so it is its own inverse.

    Example:
        >>> mid_side(torch.tensor([[[1.0], [1.0]]])).flatten()
        tensor([1.4142, 0.0000])
    """
    left, right = samples.unbind(dim=1)
    half: float = 0.5**0.5
    return torch.stack((left + right, left - right), dim=1) * half
