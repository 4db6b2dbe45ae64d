"""Latents ``[B, D, T]`` to waveforms ``[B, C, N]`` with ``N = T * hop_length``.

The mirror images of the two encoders. Both are causal but for the stated look-ahead, so a stream
of codes can be decoded while it is still being generated.
"""

from collections.abc import Callable

import torch
from jaxtyping import Complex, Float
from torch import Tensor, nn

from musiclm.audio.spectrogram import istft, phase_advance
from musiclm.codec.config import CodecConfig
from musiclm.codec.context_stream import ContextStream
from musiclm.codec.encoder import mid_side
from musiclm.nn.conv import (
    CausalConv1d,
    CausalConvTranspose1d,
    ResidualUnit,
    convnext_blocks,
)

MAX_LOG_MAGNITUDE = 7.0
"""Limit of the magnitude head: twice the largest bin of a full-scale sine in 960 samples."""


class SoundStreamDecoder(nn.Module):
    """The published decoder: the encoder mirrored, transposed convolutions for strides."""

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        size = config.soundstream
        width = size.channels * 2 ** len(size.strides)
        layers: list[nn.Module] = [CausalConv1d(config.latent_dim, width, size.kernel_size)]
        for stride in reversed(size.strides):
            layers += [nn.ELU(), CausalConvTranspose1d(width, width // 2, stride=stride)]
            width //= 2
            layers += [
                ResidualUnit(width, kernel_size=size.kernel_size, dilation=dilation)
                for dilation in size.dilations
            ]
        layers += [nn.ELU(), CausalConv1d(width, config.n_channels, size.kernel_size)]
        self.layers = nn.Sequential(*layers)

    def forward(self, latents: Float[Tensor, "B D T"]) -> Float[Tensor, "B C N"]:
        """Decode whole frames."""
        out: Tensor = self.layers(latents)
        return out

    def stream(self) -> ContextStream:
        """Begin to decode a stream."""
        return _stream(self, self.config)


class SpectralDecoder(nn.Module):
    """ConvNeXt blocks at the frame rate, unfolded to STFT sub-frames, inverse STFT."""

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        size = config.spectral
        self.size = size
        self.n_channels = config.n_channels
        self.embed = nn.Linear(config.latent_dim, size.dim)
        shape = {"expansion": size.expansion, "kernel_size": size.kernel_size}
        self.blocks = convnext_blocks(size.decoder_blocks, size.dim, **shape)
        self.unfold = nn.Linear(size.dim, size.fold * size.sub_dim)
        self.sub_blocks = convnext_blocks(size.decoder_sub_blocks, size.sub_dim, **shape)
        self.norm = nn.LayerNorm(size.sub_dim)
        self.n_bins = size.n_fft // 2 + 1
        self.head = nn.Linear(size.sub_dim, config.n_channels * 3 * self.n_bins)
        with torch.no_grad():
            self.head.weight.mul_(0.5)
            # Music falls off with frequency; starting there saves the first hundred steps.
            slope = torch.linspace(0.0, -5.0, self.n_bins)
            self.head.bias.view(config.n_channels, 3, self.n_bins)[:, 0] = slope

    def spectra(self, latents: Float[Tensor, "B D T"]) -> Complex[Tensor, "B C T_sub F"]:
        """Complex STFT sub-frames, before synthesis."""
        size = self.size
        ahead = size.decoder_lookahead
        x = self.embed(nn.functional.pad(latents, (0, ahead)).transpose(1, 2))
        for block in self.blocks:
            x = block(x)
        x = self.unfold(x[:, ahead:]).unflatten(2, (size.fold, size.sub_dim)).flatten(1, 2)
        for block in self.sub_blocks:
            x = block(x)
        heads: Tensor = self.head(self.norm(x)).float()
        heads = heads.view(*heads.shape[:2], self.n_channels, 3, self.n_bins)
        level, real, imaginary = heads.unbind(dim=3)
        magnitude = torch.exp(MAX_LOG_MAGNITUDE - nn.functional.softplus(MAX_LOG_MAGNITUDE - level))
        scale = magnitude * torch.rsqrt(real.square() + imaginary.square() + 1e-4)
        spectra = torch.complex(real * scale, imaginary * scale)
        # Phases are relative to a sine at the centre of the bin: a constant output of the network
        # is then a steady tone. Measured: half the error of an untrained phase.
        turning = phase_advance(size.n_fft, size.sub_hop, spectra.shape[1])[:, None]
        spectra = spectra * turning.to(spectra.device)
        # Channels move before time last of all: a copy here is smaller than one of the heads.
        return spectra.transpose(1, 2)

    def forward(self, latents: Float[Tensor, "B D T"]) -> Float[Tensor, "B C N"]:
        """Decode whole frames."""
        size = self.size
        samples = istft(self.spectra(latents), n_fft=size.n_fft, hop_length=size.sub_hop)
        side = (size.n_fft - size.sub_hop) // 2
        samples = samples[..., side : samples.shape[-1] - side]
        if size.mid_side and samples.shape[1] == 2:
            samples = mid_side(samples)
        return samples

    def stream(self) -> ContextStream:
        """Begin to decode a stream."""
        return _stream(self, self.config)


def _stream(run: Callable[[Tensor], Tensor], config: CodecConfig) -> ContextStream:
    return ContextStream(
        run,
        in_step=1,
        out_step=config.hop_length,
        context_frames=config.context_frames,
        delay=config.latency_samples,
    )
