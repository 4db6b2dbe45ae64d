"""Our attention against PyTorch's own multi-head module and against loops."""

import pytest
import torch

from musiclm.nn.attention import SelfAttention, attend


@pytest.mark.parametrize("causal", [True, False])
def test_self_attention_equals_torch_multihead(causal: bool) -> None:
    ours = SelfAttention(16, n_heads=4, n_kv_heads=4, dropout=0.0)
    theirs = torch.nn.MultiheadAttention(16, 4, bias=False, batch_first=True)
    assert theirs.in_proj_weight is not None
    theirs.in_proj_weight.data = ours.qkv.weight.data.clone()
    theirs.out_proj.weight.data = ours.out.weight.data.clone()
    x = torch.randn(2, 6, 16)
    bias = torch.full((6, 6), -torch.inf).triu(1) if causal else None
    expected, _ = theirs(x, x, x, attn_mask=bias, need_weights=False)
    torch.testing.assert_close(ours(x, bias=bias), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("fused", [True, False])
def test_attend_equals_loops(fused: bool) -> None:
    q, k, v = torch.randn(2, 3, 4), torch.randn(2, 5, 4), torch.randn(2, 5, 4)
    bias = torch.randn(3, 5)
    bias[0, 4] = -torch.inf
    got = attend(q, k, v, bias=bias, fused=fused)
    for group in range(2):
        for i in range(3):
            scores = [float(q[group, i] @ k[group, j]) / 2 + float(bias[i, j]) for j in range(5)]
            weights = torch.tensor(scores).softmax(0)
            expected = sum(weights[j] * v[group, j] for j in range(5))
            torch.testing.assert_close(got[group, i], expected, atol=1e-5, rtol=1e-5)
