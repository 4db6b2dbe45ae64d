import pytest
import torch

from musiclm.errors import ShapeError
from musiclm.nn.linear import (
    Int8Linear,
    int8_kernel_available,
    quantize_rows,
)


def test_int8_rows_are_close_to_the_weights() -> None:
    weight = torch.randn(8, 64) * torch.linspace(0.01, 10, 8)[:, None]
    codes, scale = quantize_rows(weight)
    error = (codes * scale[:, None] - weight).abs().amax(dim=1)
    assert bool((error <= scale * 0.5001).all())


@pytest.mark.skipif(not int8_kernel_available(), reason="this build has no int8 kernel")
@pytest.mark.parametrize("n_rows", [1, 24, 25, 300])
@torch.no_grad()
def test_int8_linear_is_close_to_linear(n_rows: int) -> None:
    linear = torch.nn.Linear(64, 32, bias=False)
    x = torch.randn(n_rows, 64)
    exact = linear(x)
    rough = Int8Linear(linear.weight)(x.bfloat16()).float()
    assert float((rough - exact).norm() / exact.norm()) < 0.02


@pytest.mark.skipif(not int8_kernel_available(), reason="this build has no int8 kernel")
@pytest.mark.parametrize("n_rows", [1, 2, 24, 25])
@torch.no_grad()
def test_int8_is_the_product_with_codes_times_scales_in_any_type(n_rows: int) -> None:
    layer = Int8Linear(torch.randn(48, 96))
    dequantized = layer.weight.float() * layer.scale.float()[:, None]
    x = torch.randn(1, n_rows, 96).bfloat16()
    exact = x.float() @ dequantized.t()
    for kind in (torch.bfloat16, torch.float32):
        product = layer.to(kind)(x.to(kind))
        assert (product.dtype, layer.weight.dtype) == (kind, torch.int8)
        torch.testing.assert_close(product.float(), exact, atol=0.1, rtol=0.01)


def test_int8_refuses_widths_that_the_kernel_reads_beyond() -> None:
    with pytest.raises(ShapeError, match="no int8 rows for 33 inputs: they must be a multiple of"):
        Int8Linear(torch.ones(8, 33))
