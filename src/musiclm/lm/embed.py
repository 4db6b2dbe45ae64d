"""Codes to features and features to logits: the only home of offsets, null tokens and pad rows.

Outside this file a code is always in ``[0, V)``, or ``pad_id = V`` in a cell without a code.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from musiclm.errors import ShapeError
from musiclm.nn.linear import Int8Linear, int8_linear
from musiclm.tokens.stream import TokenStream


class LevelEmbedding(nn.Module):
    """A table per level, stacked in one; row ``V`` of each level is its pad (or mask) cell."""

    offsets: Tensor

    def __init__(self, n_levels: int, codebook_size: int, dim: int) -> None:
        super().__init__()
        self.n_levels = n_levels
        rows = codebook_size + 1
        self.table = nn.Embedding(n_levels * rows, dim)
        # The sum over levels starts with the same size for every number of levels.
        nn.init.normal_(self.table.weight, std=0.1 / n_levels**0.5)
        self.register_buffer("offsets", torch.arange(n_levels) * rows, persistent=False)

    def forward(self, codes: Int[Tensor, "B K T"]) -> Float[Tensor, "B T D"]:
        """One vector a frame: the sum over its levels."""
        n_batch, n_levels, n_frames = codes.shape
        rows = (codes.transpose(1, 2) + self.offsets).reshape(-1, n_levels)
        summed = F.embedding_bag(rows, self.table.weight, mode="sum")
        return summed.view(n_batch, n_frames, -1)

    def flat(self, codes: Int[Tensor, "B K T"]) -> Float[Tensor, "B S D"]:
        """One vector a code, frame by frame, all levels of a frame together."""
        embedded: Tensor = self.table((codes.transpose(1, 2) + self.offsets).flatten(1))
        return embedded

    def one(self, codes: Int[Tensor, " B"], level: int) -> Float[Tensor, "B 1 D"]:
        """The vector of one code of ``level`` for each item."""
        rows_per_level = self.table.num_embeddings // self.n_levels
        embedded: Tensor = self.table((codes + level * rows_per_level)[:, None])
        return embedded


class UntimedEmbedding(nn.Module):
    """Tokens ``[B, M]`` of a stream without time axis, or a learned null for dropped items."""

    def __init__(self, stream: TokenStream, dim: int) -> None:
        super().__init__()
        self.embedding = LevelEmbedding(stream.n_q, stream.codebook_size, dim)
        # As large as one row of the table that it replaces.
        nn.init.normal_(self.embedding.table.weight, std=0.1)
        self.null = nn.Parameter(torch.randn(stream.n_q, dim) * 0.1)

    def forward(
        self, tokens: Int[Tensor, "B M"], drop: Bool[Tensor, " B"] | None
    ) -> Float[Tensor, "B M D"]:
        """One vector a token."""
        embedded = self.embedding.flat(tokens[..., None])
        if drop is None:
            return embedded
        return torch.where(drop[:, None, None], self.null.to(embedded.dtype), embedded)


class LevelHeads(nn.Module):
    """Logits of every level; one matrix for all, so that a delayed step is one product."""

    keeps_int8 = True
    """Also where the rest is int4: heads in int4 made the model's divergence from itself in float32
    1.3 to 1.5 times as large, for a few hundredths of the weights of a large model. ``level``,
    which multiplies by some rows only, knows int8 rows and floats.
    """

    def __init__(self, n_levels: int, codebook_size: int, dim: int) -> None:
        super().__init__()
        self.n_levels = n_levels
        self.codebook_size = codebook_size
        self.linear = nn.Linear(dim, n_levels * codebook_size, bias=False)
        nn.init.normal_(self.linear.weight, std=0.02)

    def forward(self, hidden: Float[Tensor, "B D"]) -> Float[Tensor, "B K V"]:
        """Logits of all levels from one hidden vector an item."""
        logits: Tensor = self.linear(hidden)
        return logits.view(-1, self.n_levels, self.codebook_size)

    def weights(self) -> tuple[Float[Tensor, "V D"], ...]:
        """The matrix of each level; their gradients are gathered in one pass."""
        matrix = self.linear.weight
        return matrix.view(self.n_levels, self.codebook_size, -1).unbind(0)

    def level(self, hidden: Float[Tensor, "*rows D"], level: int) -> Float[Tensor, "*rows V"]:
        """Logits of one level."""
        rows = slice(level * self.codebook_size, (level + 1) * self.codebook_size)
        if isinstance(self.linear, Int8Linear):
            return int8_linear(hidden, self.linear.weight[rows], self.linear.scale[rows])
        return F.linear(hidden, self.linear.weight[rows])


def check_inputs(
    streams: tuple[TokenStream, ...],
    conditions: tuple[Tensor, ...],
    target: TokenStream,
    codes: Tensor,
) -> None:
    """Refuse tensors that do not fit the streams of a model, before any indexing can.

    Raises:
        ShapeError: Wrong number of conditions, or wrong rank, levels or batch of a tensor.
    """
    if len(conditions) != len(streams):
        names = ", ".join(stream.name for stream in streams) or "none"
        raise ShapeError(
            f"got {len(conditions)} conditions but the model has {len(streams)} ({names}): "
            "pass one tensor for each, in this order"
        )
    tensors = [*zip(streams, conditions, strict=True), (target, codes)]
    for stream, tensor in tensors:
        wanted = "[B, K, T]" if stream.timed else "[B, M]"
        if tensor.dim() != (3 if stream.timed else 2) or tensor.shape[1] != stream.n_q:
            raise ShapeError(
                f'stream "{stream.name}" is {wanted} with {stream.n_q} levels, '
                f"got shape {tuple(tensor.shape)}"
            )
        if tensor.shape[0] != codes.shape[0]:
            raise ShapeError(
                f'stream "{stream.name}" has {tensor.shape[0]} items but the target has '
                f"{codes.shape[0]}: use one batch"
            )
