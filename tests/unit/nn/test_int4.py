from copy import deepcopy

import pytest
import torch
from torch import Tensor

from musiclm.errors import ShapeError
from musiclm.nn import int4
from musiclm.nn.int4 import (
    GROUP,
    Int4Linear,
    fits_int4,
    int4_kernel_available,
    round_groups,
    unpack,
)

needs_kernel = pytest.mark.skipif(
    not int4_kernel_available(), reason="this build has no int4 kernel"
)


def _dequantized(weight: Tensor) -> Tensor:
    codes, scale, zero = round_groups(weight)
    groups = codes.float().view(weight.shape[0], -1, GROUP) - 8
    return (groups * scale.t()[..., None] + zero.t()[..., None]).view(weight.shape)


def _relative_error(found: Tensor, exact: Tensor) -> float:
    return float((found.float() - exact).norm() / exact.norm())


def test_groups_are_rounded_better_than_from_least_to_greatest() -> None:
    weight = torch.randn(64, 256) * torch.linspace(0.01, 10, 64)[:, None]
    groups = weight.view(64, -1, GROUP)
    low, high = groups.amin(-1, keepdim=True), groups.amax(-1, keepdim=True)
    step = (high - low) / 15
    plain = (((groups - low) / step).round() * step + low).view(weight.shape)
    assert _relative_error(_dequantized(weight), weight) < 0.96 * _relative_error(plain, weight)


def test_sixteen_values_a_group_are_kept() -> None:
    steps = torch.arange(GROUP).remainder(16)
    weight = torch.stack((steps * 0.25 - 1.0, 3.0 - steps * 0.5, torch.full((GROUP,), 0.75)))
    torch.testing.assert_close(_dequantized(weight), weight)
    assert float(_dequantized(torch.zeros(2, GROUP)).abs().max()) < 1e-9


def test_matrices_are_rounded_in_parts_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    weight = torch.randn(10, 64)
    whole = round_groups(weight)
    monkeypatch.setattr(int4, "_ROUNDED_AT_ONCE", 3 * 64)
    for part, expected in zip(round_groups(weight), whole, strict=True):
        assert torch.equal(part, expected)


# Whole blocks of 64 rows, what is left of one, and less than one; groups from one to many.
@needs_kernel
@pytest.mark.parametrize(("n_out", "n_in"), [(64, 32), (16, 96), (48, 64), (208, 160), (96, 1056)])
@pytest.mark.parametrize("n_rows", [1, 2, 7, int4._MAX_KERNEL_ROWS + 1])
@torch.no_grad()
def test_the_product_is_that_with_the_dequantized_weights(
    n_rows: int, n_out: int, n_in: int
) -> None:
    weight = torch.randn(n_out, n_in) + 0.3
    layer = Int4Linear(weight)
    x = torch.randn(1, n_rows, n_in).bfloat16()
    exact = x.float() @ _dequantized(weight).t()
    product = layer(x)
    assert product.shape == (1, n_rows, n_out)
    assert _relative_error(product, exact) < 0.01


@needs_kernel
@pytest.mark.parametrize("n_out", [16, 64, 96, 208])
def test_unpacked_weights_are_the_dequantized_ones(n_out: int) -> None:
    weight = torch.randn(n_out, 96)
    layer = Int4Linear(weight)
    assert _relative_error(unpack(layer.packed, layer.scales).t(), _dequantized(weight)) < 0.01


@needs_kernel
@torch.no_grad()
def test_without_a_known_layout_the_kernel_takes_every_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    layer = Int4Linear(torch.randn(64, 64))
    x = torch.randn(200, 64).bfloat16()
    unpacked = layer(x)
    monkeypatch.setattr(int4, "_layout", lambda _: None)
    assert 0 < _relative_error(layer(x), unpacked) < 0.01
    with pytest.raises(ShapeError, match="how 64 rows of int4 are packed here is not known"):
        unpack(layer.packed, layer.scales)


@needs_kernel
@torch.no_grad()
def test_copies_and_other_types_multiply_alike() -> None:
    layer = Int4Linear(torch.randn(64, 64))
    x = torch.randn(2, 64).bfloat16()
    product = layer(x)
    copy = deepcopy(layer)
    assert torch.equal(copy(x), product)
    copy.to(torch.float32)
    assert copy.packed.dtype == torch.uint8
    wide = copy(x.float())
    assert wide.dtype == torch.float32
    assert torch.equal(wide, product.float())
    other = Int4Linear(torch.zeros(64, 64))
    other.load_state_dict(layer.state_dict())
    assert torch.equal(other(x), product)


def test_matrices_that_the_kernel_does_not_take_are_refused() -> None:
    assert not fits_int4(48, 64)
    assert not fits_int4(64, 40)
    with pytest.raises(ShapeError, match="no packed int4 for a matrix of 64 rows by 48: inputs"):
        Int4Linear(torch.ones(64, 48))
