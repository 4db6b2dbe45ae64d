import torch
import torch.nn.functional as F

from musiclm.nn.conformer import ConvModule


def test_a_position_reaches_as_far_as_half_the_kernel() -> None:
    module = ConvModule(8, kernel=5, dropout=0.0)
    x = torch.randn(1, 11, 8)
    changed = x.clone()
    changed[:, 5] += 1.0
    moved = (module(x) - module(changed)).abs().sum(dim=-1)[0] > 1e-7
    assert moved.nonzero().flatten().tolist() == [3, 4, 5, 6, 7]


def test_filler_counts_as_zeros() -> None:
    module = ConvModule(8, kernel=3, dropout=0.0)
    x = torch.randn(1, 6, 8)
    padding = torch.tensor([[False] * 4 + [True] * 2])
    whole = module(x, padding=padding)
    torch.testing.assert_close(whole[:, :4], module(x[:, :4]))


def test_equals_the_written_out_formula() -> None:
    module = ConvModule(4, kernel=3, dropout=0.0)
    x = torch.randn(2, 5, 4)
    value, gate = (x @ module.up.weight.T).chunk(2, dim=-1)
    hidden = F.pad(value * torch.sigmoid(gate), (0, 0, 1, 1))
    kernel = module.depthwise.weight[:, 0]
    mixed = sum(hidden[:, i : i + 5] * kernel[:, i] for i in range(3))
    expected = F.silu(F.layer_norm(mixed, (4,), eps=1e-5)) @ module.down.weight.T
    torch.testing.assert_close(module(x), expected)
