"""Keys and values in eight bits, attended to by PyTorch's kernels for packed tables.

Late in a window of a large model, keys and values in float32 are more bytes than its int8 weights,
and reading them takes most of a step. PyTorch has no attention over int8 on a CPU; but the weighted
sum of rows of a table, which it has (``embedding_bag`` over rows of bytes), is what attention does
with values, and with keys too if they are turned round: scores of 64 positions are the sum of 64
rows, one a feature, weighted by the query. Measured with 32 heads of 64 features and 1,500
positions: 0.2 ms a layer, where float32 takes 0.8 ms.

Every row of bytes has a scale and a smallest value of its own. The newest keys, fewer than 64, stay
in float32 until their table is full. Nothing here is for training.
"""

from functools import cache
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from musiclm.nn.cache import KVCache, checked_end

if TYPE_CHECKING:
    from musiclm.nn.attention import Context

_CHUNK = 64  # Positions whose keys make one small table.


class PackedKVCache:
    """As ``KVCache``, for single queries; several at once attend to unpacked copies.

    State: ``length`` positions of every layer, and the context of cross-attention.
    """

    dtype = torch.float32
    """Of the context."""

    def __init__(
        self, *, n_layers: int, n_batch: int, n_heads: int, head_dim: int, max_length: int
    ) -> None:
        self.n_batch, self.max_length, self.length = n_batch, max_length, 0
        self.context: list[Context] = []
        groups, n_chunks = n_batch * n_heads, -(-max_length // _CHUNK)
        self._groups, self._head_dim = groups, head_dim
        extra = pack_rows(torch.zeros(1, head_dim)).shape[1] - head_dim

        def tables(*shape: int) -> list[Tensor]:
            return [torch.zeros(groups, *shape, dtype=torch.uint8) for _ in range(n_layers)]

        self._keys = tables(n_chunks, head_dim, _CHUNK + extra)
        self._values = tables(n_chunks * _CHUNK, head_dim + extra)
        self._newest = [torch.zeros(groups, _CHUNK, head_dim) for _ in range(n_layers)]
        first = torch.arange(groups, dtype=torch.int32)[:, None]
        n_rows = n_chunks * head_dim
        self._key_rows = first * n_rows + torch.arange(n_rows, dtype=torch.int32)
        n_rows = n_chunks * _CHUNK
        self._value_rows = first * n_rows + torch.arange(n_rows, dtype=torch.int32)
        # Rows and bags of one length, which are the same for every layer.
        self._of_keys = self._of_values = (-1, first[0], first[0])

    def store(
        self, layer: int, keys: Float[Tensor, "B T H E"], values: Float[Tensor, "B T H E"]
    ) -> None:
        """Round and keep new positions of one layer.

        Raises:
            GenerationError: There is no room left.
        """
        n_new = keys.shape[1]
        end = checked_end(self.length, n_new, self.max_length)
        shape = (self._groups, n_new, self._head_dim)
        rows = values.transpose(1, 2).float().reshape(-1, self._head_dim)
        packed = pack_rows(rows).view(self._groups, n_new, -1)
        self._values[layer][:, self.length : end] = packed
        new = keys.transpose(1, 2).reshape(shape)
        at = self.length
        while at < end:
            place = at % _CHUNK
            taken = min(_CHUNK - place, end - at)
            first = at - self.length
            self._newest[layer][:, place : place + taken] = new[:, first : first + taken]
            at += taken
            if at % _CHUNK == 0:
                self._pack_newest(layer, at // _CHUNK - 1)

    def store_one(self, layer: int, keys_values: Float[Tensor, "B twice_H E"]) -> None:
        """``store`` for a single position whose keys and values stand in one tensor.

        Raises:
            GenerationError: There is no room left.
        """
        checked_end(self.length, 1, self.max_length)
        n_batch = keys_values.shape[0]
        apart = keys_values.float().view(n_batch, 2, -1, self._head_dim).transpose(0, 1)
        keys, values = apart.reshape(2, self._groups, self._head_dim).unbind()
        chunk, place = divmod(self.length, _CHUNK)
        self._values[layer].select(1, self.length).copy_(pack_rows(values))
        self._newest[layer].select(1, place).copy_(keys)
        if place == _CHUNK - 1:
            self._pack_newest(layer, chunk)

    def _pack_newest(self, layer: int, chunk: int) -> None:
        """Make a table of keys that is full."""
        turned = self._newest[layer].transpose(1, 2).reshape(-1, _CHUNK)
        packed = pack_rows(turned).view(self._groups, self._head_dim, -1)
        self._keys[layer][:, chunk] = packed

    def attend(self, layer: int, queries: Float[Tensor, "B H E"]) -> Float[Tensor, "B H E"]:
        """Attention of one query a head over all stored positions, the newest included."""
        end = self.length + 1
        n_chunks, n_newest = divmod(end, _CHUNK)
        scaled = queries.reshape(self._groups, self._head_dim).float() * self._head_dim**-0.5
        scores = []
        if n_chunks:
            rows, bags = self._rows_of_keys(n_chunks)
            each = scaled[:, None].expand(-1, n_chunks, -1).reshape(-1)
            table = self._keys[layer].flatten(0, 2)
            scores.append(sum_rows(table, rows, bags, each).view(self._groups, -1))
        if n_newest:
            newest = self._newest[layer][:, :n_newest]
            scores.append(torch.bmm(newest, scaled[:, :, None])[..., 0])
        weights = torch.softmax(torch.cat(scores, dim=1) if len(scores) > 1 else scores[0], dim=1)
        rows, bags = self._rows_of_values(end)
        mixed = sum_rows(self._values[layer].flatten(0, 1), rows, bags, weights.view(-1))
        return mixed.view(queries.shape)

    def _rows_of_keys(self, n_chunks: int) -> tuple[Tensor, Tensor]:
        if self._of_keys[0] != n_chunks:
            rows = self._key_rows[:, : n_chunks * self._head_dim].flatten().contiguous()
            bags = torch.arange(self._groups * n_chunks, dtype=torch.int32) * self._head_dim
            self._of_keys = (n_chunks, rows, bags)
        return self._of_keys[1:]

    def _rows_of_values(self, end: int) -> tuple[Tensor, Tensor]:
        if self._of_values[0] != end:
            rows = self._value_rows[:, :end].flatten().contiguous()
            self._of_values = (end, rows, torch.arange(self._groups, dtype=torch.int32) * end)
        return self._of_values[1:]

    def unpacked(
        self, layer: int, n_new: int
    ) -> tuple[Float[Tensor, "BH L E"], Float[Tensor, "BH L E"]]:
        """All stored positions of one layer as numbers, the newest ``n_new`` included."""
        end = self.length + n_new
        n_whole = end // _CHUNK
        unpack = torch.ops.quantized.embedding_bag_byte_unpack
        turned = unpack(self._keys[layer][:, :n_whole].flatten(0, 2).contiguous())
        turned = turned.view(self._groups, n_whole, self._head_dim, _CHUNK)
        whole = turned.transpose(2, 3).reshape(self._groups, -1, self._head_dim)
        keys = torch.cat((whole, self._newest[layer][:, : end % _CHUNK]), dim=1)
        values = unpack(self._values[layer][:, :end].flatten(0, 1).contiguous())
        return keys, values.view(self._groups, end, self._head_dim)

    def advance(self, n_positions: int) -> None:
        """Count ``n_positions`` as seen, after every layer stored them."""
        self.length += n_positions

    def reset(self) -> None:
        """Forget all positions and the context; keep the memory."""
        self.length = 0
        self.context = []


Cache = KVCache | PackedKVCache


def pack_rows(rows: Float[Tensor, "R E"]) -> UInt8[Tensor, "R packed"]:
    """Rows as bytes, each with its scale and smallest value behind them."""
    packed: Tensor = torch.ops.quantized.embedding_bag_byte_prepack(rows)
    return packed


def sum_rows(
    table: UInt8[Tensor, "R packed"],
    rows: Int[Tensor, " N"],
    bags: Int[Tensor, " bags"],
    weights: Float[Tensor, " N"],
) -> Float[Tensor, "bags E"]:
    """Weighted sums of rows of a packed table.

    Args:
        table: From ``pack_rows``.
        rows: Which ones, bag after bag.
        bags: Where in ``rows`` each bag begins.
        weights: Of each of ``rows``.
    """
    summed: Tensor = torch.ops.quantized.embedding_bag_byte_rowwise_offsets(
        table, rows, bags, False, 0, False, weights, None, False
    )
    return summed


@cache
def packed_cache_available() -> bool:
    """Whether this PyTorch sums rows of packed tables, tried with rows that are exact in bytes."""
    rows = torch.tensor([[0.0, 255.0, 3.0], [255.0, 0.0, 7.0]])
    index = torch.arange(2, dtype=torch.int32)
    weights = torch.tensor([1.0, 2.0])
    try:
        summed = sum_rows(pack_rows(rows), index, index[:1], weights)
    except (AttributeError, RuntimeError, NotImplementedError):
        return False
    return torch.allclose(summed[0], weights @ rows, atol=1e-3)
