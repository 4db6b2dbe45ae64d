"""Keys and values of past positions, in memory that is allocated once.

A cache is an explicit object that the caller makes and passes to every call; no layer keeps one.
"""

from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.errors import GenerationError

if TYPE_CHECKING:
    from musiclm.nn.attention import Context


class KVCache:
    """Room for ``max_length`` positions of every layer.

    A layer calls ``append`` with its new keys and values; after the last layer the Transformer
    calls ``advance`` once. ``reset`` forgets everything and keeps the memory. What
    it returns has batch and heads in one axis: one batch of matrices, never copied.
    """

    def __init__(
        self,
        *,
        n_layers: int,
        n_batch: int,
        n_heads: int,
        head_dim: int,
        max_length: int,
        dtype: torch.dtype,
        device: torch.device | str = "cpu",
    ) -> None:
        shape = (2, n_batch, n_heads, max_length, head_dim)
        # The same memory twice: by item and head to write, with both in one axis to read.
        self._memory = [torch.zeros(shape, dtype=dtype, device=device) for _ in range(n_layers)]
        self._flat = [memory.flatten(1, 2) for memory in self._memory]
        self.n_batch = n_batch
        self.dtype = dtype
        self.max_length = max_length
        self.length = 0
        self.context: list[Context] = []
        """Keys and values of the cross-attention context of every layer, once computed."""

    def append(
        self, layer: int, keys: Float[Tensor, "B T H E"], values: Float[Tensor, "B T H E"]
    ) -> tuple[Float[Tensor, "BH L E"], Float[Tensor, "BH L E"]]:
        """Store new positions of one layer and return all that it has, the new ones included.

        Raises:
            GenerationError: There is no room left.
        """
        n_new = keys.shape[1]
        end = checked_end(self.length, n_new, self.max_length)
        place = self._memory[layer].narrow(3, self.length, n_new)
        place[0].copy_(keys.transpose(1, 2))
        place[1].copy_(values.transpose(1, 2))
        known = self._flat[layer].narrow(2, 0, end)
        return known[0], known[1]

    def append_one(
        self, layer: int, keys_values: Float[Tensor, "B twice_H E"]
    ) -> tuple[Float[Tensor, "BH L E"], Float[Tensor, "BH L E"]]:
        """``append`` for a single position whose keys and values stand in one tensor.

        A decoding step of a large model is hundreds of small calls, so this makes few.

        Raises:
            GenerationError: There is no room left.
        """
        end = checked_end(self.length, 1, self.max_length)
        n_batch, _, head_dim = keys_values.shape
        both = keys_values.view(n_batch, 2, -1, head_dim).transpose(0, 1)
        self._memory[layer].select(3, self.length).copy_(both)
        keys, values = self._flat[layer].narrow(2, 0, end).unbind()
        return keys, values

    def advance(self, n_positions: int) -> None:
        """Count ``n_positions`` as seen, after every layer appended them."""
        self.length += n_positions

    def reset(self) -> None:
        """Forget all positions and the context; keep the memory."""
        self.length = 0
        self.context = []


def checked_end(length: int, n_new: int, max_length: int) -> int:
    """One past the last position once ``n_new`` more are stored.

    Raises:
        GenerationError: There is no room for them.
    """
    end = length + n_new
    if end > max_length:
        raise GenerationError(
            f"the cache holds {max_length} positions but {end} are needed: "
            "allocate a longer cache or generate in shorter windows"
        )
    return end
