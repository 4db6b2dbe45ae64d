import torch

from musiclm.nn.attention import CrossAttention, SelfAttention, attend


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
