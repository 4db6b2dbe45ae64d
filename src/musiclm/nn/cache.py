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
        shape = (n_batch, n_heads, max_length, head_dim)

        def memory() -> list[Tensor]:
            return [torch.zeros(shape, dtype=dtype, device=device) for _ in range(n_layers)]

        # The same memory twice: by item and head to write, with both in one axis to read.
        self._keys, self._values = memory(), memory()
        self._flat_keys = [keys.flatten(0, 1) for keys in self._keys]
        self._flat_values = [values.flatten(0, 1) for values in self._values]
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
        end = self.length + keys.shape[1]
        if end > self.max_length:
            raise GenerationError(
                f"the cache holds {self.max_length} positions but {end} are needed: "
                "allocate a longer cache or generate in shorter windows"
            )
        self._keys[layer][:, :, self.length : end] = keys.transpose(1, 2)
        self._values[layer][:, :, self.length : end] = values.transpose(1, 2)
        return self._flat_keys[layer][:, :end], self._flat_values[layer][:, :end]

    def advance(self, n_positions: int) -> None:
        """Count ``n_positions`` as seen, after every layer appended them."""
        self.length += n_positions

    def reset(self) -> None:
        """Forget all positions and the context; keep the memory."""
        self.length = 0
        self.context = []
