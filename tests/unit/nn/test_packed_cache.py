"""Keys and values in eight bits: nearly the attention of those in float32."""

import pytest
import torch

from musiclm.errors import GenerationError
from musiclm.nn.cache import KVCache
from musiclm.nn.config import TransformerConfig
from musiclm.nn.packed_cache import PackedKVCache, pack_rows, packed_cache_available, sum_rows
from musiclm.nn.transformer import Transformer

pytestmark = pytest.mark.skipif(not packed_cache_available(), reason="this build has no kernel")

HEADS, DIM, LENGTH = 6, 16, 200


def filled(n_before: int) -> tuple[PackedKVCache, torch.Tensor, torch.Tensor]:
    """A cache of two rows that was given so many positions and one more, and what it was given."""
    cache = PackedKVCache(n_layers=1, n_batch=2, n_heads=HEADS, head_dim=DIM, max_length=LENGTH)
    keys, values = torch.randn(2, 2, n_before + 1, HEADS, DIM)
    if n_before:
        cache.store(0, keys[:, :n_before], values[:, :n_before])
        cache.advance(n_before)
    cache.store_one(0, torch.cat((keys[:, -1], values[:, -1]), dim=1))
    return cache, keys, values


@pytest.mark.parametrize("n_before", [0, 3, 62, 63, 64, 127, 199])
def test_a_query_finds_nearly_what_it_finds_in_float32(n_before: int) -> None:
    cache, keys, values = filled(n_before)
    query = torch.randn(2, HEADS, DIM)
    scores = torch.einsum("bhe,blhe->bhl", query, keys) * DIM**-0.5
    expected = torch.einsum("bhl,blhe->bhe", scores.softmax(dim=-1), values)
    error = (cache.attend(0, query) - expected).norm() / expected.norm()
    assert error < 0.02


@pytest.mark.parametrize("n_before", [0, 63, 150])
def test_unpacked_positions_are_nearly_those_that_were_stored(n_before: int) -> None:
    cache, keys, values = filled(n_before)
    for found, given in zip(cache.unpacked(0, 1), (keys, values), strict=True):
        expected = given.transpose(1, 2).reshape(2 * HEADS, n_before + 1, DIM)
        assert (found - expected).norm() / expected.norm() < 0.015


def test_position_by_position_is_all_at_once() -> None:
    cache, keys, values = filled(129)
    other = PackedKVCache(n_layers=1, n_batch=2, n_heads=HEADS, head_dim=DIM, max_length=LENGTH)
    for at in range(130):
        other.store_one(0, torch.cat((keys[:, at], values[:, at]), dim=1))
        other.advance(1)
    cache.advance(1)
    for one, whole in zip(other.unpacked(0, 0), cache.unpacked(0, 0), strict=True):
        assert torch.equal(one, whole)


def test_a_cache_that_was_reset_remembers_nothing() -> None:
    cache, _, _ = filled(150)
    cache.reset()
    keys, values = torch.randn(2, 2, HEADS, DIM)
    cache.store_one(0, torch.cat((keys, values), dim=1))
    found = cache.attend(0, torch.randn(2, HEADS, DIM))
    torch.testing.assert_close(found, values, atol=0.02, rtol=0)


def test_there_is_an_end_to_its_room() -> None:
    cache, _, _ = filled(LENGTH - 1)
    cache.advance(1)
    with pytest.raises(GenerationError, match="the cache holds 200 positions but 201 are needed"):
        cache.store(0, *torch.zeros(2, 2, 1, HEADS, DIM))
    with pytest.raises(GenerationError, match="the cache holds 200 positions but 201 are needed"):
        cache.store_one(0, torch.zeros(2, 2 * HEADS, DIM))


def test_sums_of_rows_are_weighted_sums() -> None:
    rows, index = torch.rand(5, 8), torch.tensor([4, 0, 1], dtype=torch.int32)
    weights = torch.tensor([0.5, 2.0, -1.0])
    bags = torch.tensor([0, 1], dtype=torch.int32)
    found = sum_rows(pack_rows(rows), index, bags, weights)
    expected = torch.stack((rows[4] * 0.5, rows[0] * 2 - rows[1]))
    torch.testing.assert_close(found, expected, atol=0.02, rtol=0)


def test_a_transformer_steps_with_it_as_without() -> None:
    config = TransformerConfig(dim=64, depth=2, n_heads=4, positions="sinusoidal")
    core = Transformer(config).eval()
    for block in core.blocks:
        torch.nn.init.normal_(block.attention.out.weight, std=0.2)
    x = torch.randn(3, 140, 64)
    with torch.no_grad():
        expected = core(x)
        core.packs_cache = True
        cache = core.new_cache(3, 140)
        assert isinstance(cache, PackedKVCache)
        parts = [core(x[:, :100], cache=cache), core(x[:, 100:102], cache=cache)]
        parts += [core(x[:, at : at + 1], cache=cache) for at in range(102, 140)]
    assert (torch.cat(parts, dim=1) - expected).norm() / expected.norm() < 0.02


def test_shared_heads_are_kept_in_float32() -> None:
    core = Transformer(TransformerConfig(dim=32, depth=1, n_heads=4, n_kv_heads=2))
    core.packs_cache = True
    assert isinstance(core.new_cache(1, 4), KVCache)
