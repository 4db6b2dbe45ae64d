import pytest
import torch

from musiclm.nn.attention import CrossAttention, SelfAttention, attend
from musiclm.nn.linear import (
    Int8Linear,
    int8_kernel_available,
    preferred_dtype,
    quantize_linears,
    quantize_rows,
)


def test_grouped_heads_equal_full_heads_with_repeated_keys() -> None:
    grouped = SelfAttention(16, n_heads=4, n_kv_heads=2, dropout=0.0)
    full = SelfAttention(16, n_heads=4, n_kv_heads=4, dropout=0.0)
    rows = grouped.qkv.weight.detach().view(8, 4, 16)
    q, k, v = rows[:4], rows[4:6], rows[6:]
    repeated = torch.cat((q, k.repeat_interleave(2, 0), v.repeat_interleave(2, 0)))
    full.qkv.weight.data = repeated.reshape(48, 16)
    full.out.weight.data = grouped.out.weight.data
    x = torch.randn(2, 5, 16)
    mask = torch.full((5, 5), -torch.inf).triu(1)
    torch.testing.assert_close(grouped(x, bias=mask), full(x, bias=mask))
    by_head = torch.randn(8, 5, 5)
    torch.testing.assert_close(grouped(x, bias=by_head), full(x, bias=by_head))


def test_written_out_attention_equals_the_fused_kernel() -> None:
    q, k, v = (torch.randn(6, n, 8) for n in (3, 5, 5))
    for bias in (None, torch.randn(3, 5), torch.randn(6, 3, 5)):
        slow = attend(q, k, v, bias=bias, fused=False)
        torch.testing.assert_close(slow, attend(q, k, v, bias=bias, fused=True))


def test_cross_attention_weighs_the_context_only() -> None:
    cross = CrossAttention(8, n_heads=2, dropout=0.0)
    context = torch.randn(1, 1, 8).expand(1, 4, 8)
    x = torch.randn(1, 3, 8)
    # All of the context is the same, so every position gets the same, whatever it asks.
    result = cross(x, cross.project(context))
    torch.testing.assert_close(result[:, 0], result[:, 2])


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
def test_quantize_linears_replaces_only_what_fits() -> None:
    module = torch.nn.Sequential(
        torch.nn.Linear(64, 32, bias=False),
        torch.nn.Sequential(torch.nn.Linear(32, 8, bias=True)),
        torch.nn.Linear(8, 8, bias=False),
    )
    quantize_linears(module)
    kinds = [type(module[0]), type(module[1][0]), type(module[2])]
    assert kinds == [Int8Linear, torch.nn.Linear, torch.nn.Linear]


def test_preferred_dtype_is_float32_where_nothing_is_known() -> None:
    assert preferred_dtype("meta") == torch.float32
    assert preferred_dtype("cpu") in (torch.float32, torch.bfloat16)
