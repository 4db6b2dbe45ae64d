from typing import Any

import pytest
import torch

from musiclm.config import replace
from musiclm.errors import ConfigError, ShapeError
from musiclm.nn.transformer import Transformer, TransformerConfig

BASE = TransformerConfig(dim=16, depth=2, n_heads=2, ff_mult=2.0, max_positions=64)


def _alive(**changes: Any) -> Transformer:
    core = Transformer(replace(BASE, **changes))
    for parameter in core.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return core.eval()


@pytest.mark.parametrize("positions", ["rotary", "t5", "sinusoidal", "none"])
@pytest.mark.parametrize("gated", [True, False])
def test_cached_equals_whole(positions: str, gated: bool) -> None:
    core = _alive(positions=positions, gated=gated, norm="rms", n_kv_heads=1)
    x = torch.randn(2, 7, 16)
    whole = core(x)
    cache = core.new_cache(2, 7)
    parts = [core(x[:, a:b], cache=cache) for a, b in ((0, 3), (3, 4), (4, 6), (6, 7))]
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, atol=1e-5, rtol=1e-5)


def test_cross_attention_context_is_kept_by_the_cache() -> None:
    core = _alive(cross_attention=True)
    x, context = torch.randn(2, 4, 16), torch.randn(2, 3, 16)
    whole = core(x, context=context)
    cache = core.new_cache(2, 4)
    first = core(x[:, :2], cache=cache, context=context)
    second = core(x[:, 2:], cache=cache)
    torch.testing.assert_close(torch.cat((first, second), dim=1), whole)
    assert not torch.allclose(whole, core(x, context=context + 1))


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("positions", ["rotary", "t5"])
def test_filler_changes_nothing(causal: bool, positions: str) -> None:
    core = _alive(causal=causal, positions=positions, conv_kernel=0 if causal else 3)
    x = torch.randn(2, 6, 16)
    padding = torch.tensor([[False] * 4 + [True] * 2, [False] * 6])
    both = core(x, padding=padding)
    torch.testing.assert_close(both[:1, :4], core(x[:1, :4]), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(both[1:], core(x[1:]), atol=1e-5, rtol=1e-5)
    assert bool(torch.isfinite(both).all())


def test_positions_tell_a_permuted_past_apart() -> None:
    x = torch.randn(1, 5, 16)
    swapped = x[:, [1, 0, 2, 3, 4]]
    # One layer only: already the second sees through the mask who came first.
    same = _alive(positions="none", depth=1)
    torch.testing.assert_close(same(x)[:, -1], same(swapped)[:, -1], atol=1e-5, rtol=1e-5)
    for kind in ("rotary", "t5", "sinusoidal"):
        core = _alive(positions=kind, depth=1)
        assert not torch.allclose(core(x)[:, -1], core(swapped)[:, -1], atol=1e-3), kind


def test_starts_as_the_identity_and_a_norm() -> None:
    core = Transformer(replace(BASE, causal=False, conv_kernel=3))
    x = torch.randn(1, 4, 16)
    torch.testing.assert_close(core(x), torch.nn.functional.layer_norm(x, (16,)))


def test_dropout_acts_in_training_only() -> None:
    core = _alive(dropout=0.5)
    x = torch.randn(1, 4, 16)
    torch.testing.assert_close(core(x), core(x))
    core.train()
    assert not torch.allclose(core(x), core(x))


def test_bfloat16_autocast_trains() -> None:
    core = _alive().train()
    x = torch.randn(1, 4, 16)
    with torch.autocast("cpu", torch.bfloat16):
        rough = core(x)
    rough.float().square().mean().backward()
    torch.testing.assert_close(rough.float(), core(x), atol=0.1, rtol=0.1)
    assert all(p.grad is not None and p.grad.isfinite().all() for p in core.parameters())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_heads": 3}, "dim=16 is no multiple of n_heads=3"),
        ({"n_heads": 16}, "rotary positions need an even head size, got 1"),
        ({"n_kv_heads": 3}, "n_heads=2 is no multiple of n_kv_heads=3"),
        ({"conv_kernel": 3}, "conv_kernel > 0 looks ahead: set causal=false"),
        ({"conv_kernel": 2, "causal": False}, "conv_kernel must be odd"),
        ({"dim": 15, "n_heads": 3, "positions": "sinusoidal"}, "sinusoidal positions need an even"),
    ],
)
def test_impossible_configs_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(BASE, **changes)


def test_impossible_calls_are_refused() -> None:
    x = torch.randn(1, 4, 16)
    core = _alive()
    with pytest.raises(ShapeError, match="x has 8 features but dim=16"):
        core(x[..., :8])
    with pytest.raises(ConfigError, match="context given but cross_attention=false"):
        core(x, context=x)
    with pytest.raises(ConfigError, match="padding with a cache is not supported"):
        core(x, cache=core.new_cache(1, 4), padding=torch.zeros(1, 4, dtype=torch.bool))
    both_ways = _alive(causal=False)
    with pytest.raises(ConfigError, match="a cache needs causal=true"):
        both_ways(x, cache=both_ways.new_cache(1, 4))
    with pytest.raises(ConfigError, match="cross_attention=true needs a context"):
        _alive(cross_attention=True)(x)
