"""Waveforms ``[B, C, N]`` in, logits over time and inner activations out: the codec's critics.

The two kinds of SoundStream (sec. III-D): a waveform critic at several rates, and critics of the
complex STFT. Channels are judged together, so that the stereo image is part of the judgement.
"""

from dataclasses import dataclass
from typing import Self

import torch
from jaxtyping import Float
from pydantic import Field, model_validator
from torch import Tensor, nn

from musiclm.audio.spectrogram import stft
from musiclm.config import Frozen
from musiclm.errors import ConfigError


class DiscriminatorConfig(Frozen):
    """Sizes of the critics. The defaults are the published ones."""

    waveform_scales: int = Field(default=3, ge=0)
    """Waveform critics: at the full rate, half of it, a quarter, ..."""
    waveform_channels: int = Field(default=16, ge=4)
    """Channels after the first convolution; times 4 at every strided one."""
    waveform_max_channels: int = Field(default=1024, ge=4)
    """Where that growth ends."""
    stft_windows: tuple[int, ...] = (1024,)
    """One STFT critic for each window; the hop is a quarter."""
    stft_channels: int = Field(default=32, ge=1)
    """Channels after the first convolution of an STFT critic."""
    stft_stride: tuple[int, int] = (1, 1)
    """Stride over time and frequency of the first convolution; (2, 4) makes it affordable."""
    stft_multipliers: tuple[int, ...] = Field(default=(2, 4, 4, 8, 8, 8), min_length=1)
    """Channels of each residual block over ``stft_channels``."""

    @model_validator(mode="after")
    def _something_judges(self) -> Self:
        if self.waveform_scales == 0 and not self.stft_windows:
            raise ConfigError("a discriminator needs a waveform scale or an STFT window")
        if self.waveform_channels % 4:
            raise ConfigError(
                f"waveform_channels must be a multiple of 4 (the group size), got "
                f"{self.waveform_channels}"
            )
        for window in self.stft_windows:
            fold = 2 * self.stft_stride[1] * 2 ** len(self.stft_multipliers)
            if window % fold or window % 4:
                raise ConfigError(
                    f"an STFT window must be a multiple of {max(4, fold)} samples for its "
                    f"strides, got {window}"
                )
        return self


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one critic says about a batch."""

    logits: Float[Tensor, "B T"]
    """Over time; above 0 is taken for real."""
    features: tuple[Tensor, ...]
    """Activations of the inner layers, for feature matching."""


class WaveformDiscriminator(nn.Module):
    """Convolution, four grouped strided convolutions (groups of 4 channels), two convolutions."""

    def __init__(self, n_channels: int, *, channels: int, max_channels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv1d(n_channels, channels, 15, padding=7)]
        width = channels
        for _ in range(4):
            wider = min(4 * width, max_channels)
            layers.append(nn.Conv1d(width, wider, 41, stride=4, padding=20, groups=width // 4))
            width = wider
        layers.append(nn.Conv1d(width, width, 5, padding=2))
        self.layers = nn.ModuleList(layers)
        self.last = nn.Conv1d(width, 1, 3, padding=1)

    def forward(self, samples: Float[Tensor, "B C N"]) -> Judgement:
        """Judge waveforms."""
        features = []
        x = samples
        for layer in self.layers:
            x = nn.functional.leaky_relu(layer(x), 0.2)
            features.append(x)
        return Judgement(logits=self.last(x)[:, 0], features=tuple(features))


class SpectralUnit(nn.Module):
    """Residual block over time and frequency: 3x3, then a strided kernel of stride plus 2."""

    def __init__(self, n_in: int, n_out: int, *, stride: tuple[int, int]) -> None:
        super().__init__()
        self.first = nn.Conv2d(n_in, n_in, 3, padding=1)
        kernel = (stride[0] + 2, stride[1] + 2)
        self.second = nn.Conv2d(n_in, n_out, kernel, stride=stride, padding=1)
        self.shortcut = nn.Conv2d(n_in, n_out, 1, stride=stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """``[B, D, T, F]`` to fewer times, fewer frequencies, more features."""
        elu = nn.functional.elu
        out: Tensor = self.second(elu(self.first(elu(x))))
        skip: Tensor = self.shortcut(x)
        return out + skip[..., : out.shape[-2], : out.shape[-1]]


class StftDiscriminator(nn.Module):
    """Real and imaginary parts as planes; strides (1, 2) and (2, 2) in turn; logits over time."""

    def __init__(
        self,
        n_channels: int,
        *,
        window: int,
        channels: int,
        stride: tuple[int, int],
        multipliers: tuple[int, ...],
    ) -> None:
        super().__init__()
        self.window = window
        self.first = nn.Conv2d(2 * n_channels, channels, 7, stride=stride, padding=3)
        width = channels
        blocks = []
        for index, multiplier in enumerate(multipliers):
            steps = (1, 2) if index % 2 == 0 else (2, 2)
            blocks.append(SpectralUnit(width, channels * multiplier, stride=steps))
            width = channels * multiplier
        self.blocks = nn.ModuleList(blocks)
        n_bins = window // 2 // stride[1]
        self.last = nn.Conv2d(width, 1, (1, n_bins >> len(multipliers)))

    def forward(self, samples: Float[Tensor, "B C N"]) -> Judgement:
        """Judge waveforms."""
        spectra = stft(samples, n_fft=self.window, hop_length=self.window // 4)
        # The highest bin goes: powers of two fold evenly. The scale gives planes unit size.
        spectra = spectra[..., : self.window // 2] * (4.0 / self.window**0.5)
        x = self.first(torch.cat((spectra.real, spectra.imag), dim=1))
        features = [x]
        for block in self.blocks:
            x = block(x)
            features.append(x)
        logits = self.last(nn.functional.elu(x))
        return Judgement(logits=logits[:, 0].flatten(1), features=tuple(features))


class Discriminator(nn.Module):
    """All critics together: waveforms ``[B, C, N]`` to one judgement per critic."""

    def __init__(self, config: DiscriminatorConfig, *, n_channels: int) -> None:
        super().__init__()
        self.waveform = nn.ModuleList(
            WaveformDiscriminator(
                n_channels,
                channels=config.waveform_channels,
                max_channels=config.waveform_max_channels,
            )
            for _ in range(config.waveform_scales)
        )
        self.spectral = nn.ModuleList(
            StftDiscriminator(
                n_channels,
                window=window,
                channels=config.stft_channels,
                stride=config.stft_stride,
                multipliers=config.stft_multipliers,
            )
            for window in config.stft_windows
        )

    def forward(self, samples: Float[Tensor, "B C N"]) -> list[Judgement]:
        """Judge waveforms, at each rate and window."""
        judgements: list[Judgement] = []
        x = samples
        for index, critic in enumerate(self.waveform):
            if index:
                x = nn.functional.avg_pool1d(x, 4, stride=2, padding=1)
            judgements.append(critic(x))
        judgements += [critic(samples) for critic in self.spectral]
        return judgements
