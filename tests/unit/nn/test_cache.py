import pytest
import torch

from musiclm.errors import GenerationError
from musiclm.nn.cache import KVCache


def _cache() -> KVCache:
    return KVCache(n_layers=2, n_batch=3, n_heads=2, head_dim=4, max_length=5, dtype=torch.float32)


def test_append_returns_all_positions_in_order() -> None:
    cache = _cache()
    keys, values = torch.randn(3, 5, 2, 4), torch.randn(3, 5, 2, 4)
    for layer in range(2):
        cache.append(layer, keys[:, :3] + layer, values[:, :3] + layer)
    cache.advance(3)
    got_keys, got_values = cache.append(1, keys[:, 3:] + 1, values[:, 3:] + 1)
    assert torch.equal(got_keys, (keys + 1).transpose(1, 2).flatten(0, 1))
    assert torch.equal(got_values, (values + 1).transpose(1, 2).flatten(0, 1))


def test_memory_is_allocated_once_and_used_again_after_reset() -> None:
    cache = _cache()
    first, _ = cache.append(0, torch.ones(3, 2, 2, 4), torch.ones(3, 2, 2, 4))
    place = first.data_ptr()
    cache.advance(2)
    cache.context = [(first, first)]
    cache.reset()
    again, _ = cache.append(0, torch.zeros(3, 2, 2, 4), torch.zeros(3, 2, 2, 4))
    assert cache.length == 0
    assert cache.context == []
    assert again.data_ptr() == place


def test_a_full_cache_says_how_much_is_missing() -> None:
    cache = _cache()
    cache.advance(4)
    with pytest.raises(GenerationError, match="holds 5 positions but 6 are needed: allocate"):
        cache.append(0, torch.zeros(3, 2, 2, 4), torch.zeros(3, 2, 2, 4))
