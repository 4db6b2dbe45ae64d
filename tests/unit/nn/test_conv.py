import pytest
import torch

from musiclm.nn.conv import (
    CausalConv1d,
    CausalConvTranspose1d,
    CausalDepthwise,
    ConvNeXtBlock,
    ResidualUnit,
)


@pytest.mark.parametrize(("kernel", "stride", "dilation"), [(7, 1, 1), (7, 1, 9), (8, 4, 1)])
def test_causal_convolution_keeps_whole_frames_and_ignores_the_future(
    kernel: int, stride: int, dilation: int
) -> None:
    layer = CausalConv1d(2, 3, kernel, stride=stride, dilation=dilation)
    x = torch.randn(1, 2, 40)
    out = layer(x)
    assert out.shape == (1, 3, 40 // stride)
    changed = x.clone()
    changed[..., 20:] += 1.0
    again = layer(changed)
    n_same = 20 // stride
    assert torch.equal(out[..., :n_same], again[..., :n_same])
    assert not torch.allclose(out[..., n_same], again[..., n_same])


def test_transposed_convolution_is_causal_and_exact_in_length() -> None:
    layer = CausalConvTranspose1d(2, 3, stride=5)
    x = torch.randn(1, 2, 8)
    out = layer(x)
    assert out.shape == (1, 3, 40)
    assert torch.allclose(layer(x[..., :4]), out[..., :20], atol=1e-6)


def test_depthwise_filter_equals_the_library_convolution() -> None:
    layer = CausalDepthwise(6, 7)
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(2, 20, 6)
    kernel = layer.weight.flip(0).T[:, None]  # Ours counts taps back from the present.
    padded = torch.nn.functional.pad(x.transpose(1, 2), (6, 0))
    expected = torch.nn.functional.conv1d(padded, kernel, layer.bias, groups=6).transpose(1, 2)
    assert torch.allclose(layer(x), expected, atol=1e-5)
    assert torch.allclose(layer(x[:, :2]), expected[:, :2], atol=1e-5)  # fewer frames than taps


@pytest.mark.parametrize("n_frames", [1, 3, 12])
def test_convnext_block_is_causal(n_frames: int) -> None:
    block = ConvNeXtBlock(6, hidden=12, kernel_size=5, scale=0.5)
    x = torch.randn(2, 16, 6)
    assert torch.allclose(block(x)[:, :n_frames], block(x[:, :n_frames]), atol=1e-6)


def test_residual_unit_adds_to_its_input() -> None:
    unit = ResidualUnit(4, kernel_size=7, dilation=3)
    torch.nn.init.zeros_(unit.pointwise.conv.weight)
    torch.nn.init.zeros_(unit.pointwise.conv.bias)
    x = torch.randn(1, 4, 30)
    assert torch.equal(unit(x), x)
