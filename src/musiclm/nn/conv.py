"""Causal convolutions over time: a frame depends on its past only, lengths are exact.

Two families: ``[B, D, T]`` layers with strides for waveform networks (SoundStream), and a
``[B, T, D]`` ConvNeXt block, features last, which on a CPU spends its time in matrix products.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class CausalConv1d(nn.Module):
    """``[B, D_in, T]`` to ``[B, D_out, T / stride]``, zeros before the start."""

    def __init__(
        self, n_in: int, n_out: int, kernel_size: int, *, stride: int = 1, dilation: int = 1
    ) -> None:
        super().__init__()
        self.conv = nn.Conv1d(n_in, n_out, kernel_size, stride=stride, dilation=dilation)
        # With stride s, output t may see inputs up to (t + 1) s - 1: all those of its own frame.
        self.past = dilation * (kernel_size - 1) - (stride - 1)

    def forward(self, x: Float[Tensor, "B D_in T"]) -> Float[Tensor, "B D_out T_out"]:
        """Convolve; a ``T`` that is a multiple of the stride gives exactly ``T / stride``."""
        out: Tensor = self.conv(nn.functional.pad(x, (self.past, 0)))
        return out


class CausalConvTranspose1d(nn.Module):
    """``[B, D_in, T]`` to ``[B, D_out, T * stride]``; kernel of twice the stride."""

    def __init__(self, n_in: int, n_out: int, *, stride: int) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose1d(n_in, n_out, 2 * stride, stride=stride)
        self.stride = stride

    def forward(self, x: Float[Tensor, "B D_in T"]) -> Float[Tensor, "B D_out T_out"]:
        """Upsample; the tail, which would need a next frame, is cut off."""
        out: Tensor = self.conv(x)
        return out[..., : x.shape[-1] * self.stride]


class ResidualUnit(nn.Module):
    """SoundStream's residual unit: ELU, dilated convolution, ELU, pointwise convolution, skip."""

    def __init__(self, channels: int, *, kernel_size: int, dilation: int) -> None:
        super().__init__()
        self.dilated = CausalConv1d(channels, channels, kernel_size, dilation=dilation)
        self.pointwise = CausalConv1d(channels, channels, 1)

    def forward(self, x: Float[Tensor, "B D T"]) -> Float[Tensor, "B D T"]:
        """Add the unit's output to its input."""
        elu = nn.functional.elu
        out: Tensor = x + self.pointwise(elu(self.dilated(elu(x))))
        return out


class CausalDepthwise(nn.Module):
    """A filter per feature over the last ``kernel_size`` frames of ``[B, T, D]``.

    A sum of shifted products: with features last and few taps this beats the library's depthwise
    convolution on a CPU, and needs no transposes.
    """

    def __init__(self, dim: int, kernel_size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(kernel_size, dim) * kernel_size**-0.5)
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x: Float[Tensor, "B T D"]) -> Float[Tensor, "B T D"]:
        """Filter; tap 0 is the present frame."""
        weight = self.weight.to(x.dtype)
        out = torch.addcmul(self.bias.to(x.dtype), x, weight[0])
        for tap in range(1, min(len(weight), x.shape[1])):
            shifted = x[:, :-tap] * weight[tap]
            out = out + nn.functional.pad(shifted, (0, 0, tap, 0))
        return out


class ConvNeXtBlock(nn.Module):
    """``[B, T, D]`` to the same: depthwise filter, norm, two pointwise layers, scaled skip."""

    def __init__(self, dim: int, *, hidden: int, kernel_size: int, scale: float) -> None:
        super().__init__()
        self.depthwise = CausalDepthwise(dim, kernel_size)
        self.norm = nn.LayerNorm(dim)
        self.up = nn.Linear(dim, hidden)
        self.down = nn.Linear(hidden, dim)
        self.scale = nn.Parameter(torch.full((dim,), scale))

    def forward(self, x: Float[Tensor, "B T D"]) -> Float[Tensor, "B T D"]:
        """Add the block's output to its input."""
        hidden = nn.functional.gelu(self.up(self.norm(self.depthwise(x))), approximate="tanh")
        out: Tensor = x + self.down(hidden) * self.scale
        return out


def convnext_blocks(n_blocks: int, dim: int, *, expansion: int, kernel_size: int) -> nn.ModuleList:
    """A stack of equal blocks; skips start at a scale of 0.3."""
    return nn.ModuleList(
        ConvNeXtBlock(dim, hidden=expansion * dim, kernel_size=kernel_size, scale=0.3)
        for _ in range(n_blocks)
    )
