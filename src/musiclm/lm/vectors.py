"""Vectors of an outside encoder in, vectors of the model's width out: text and melody of MusicGen.

Where other models are conditioned on tokens, MusicGen is on what T5 makes of a text and on the
pitch classes of a melody. This file only projects them; the encoders are elsewhere.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from musiclm.errors import ShapeError
from musiclm.tokens.stream import VectorStream


class VectorEmbedding(nn.Module):
    """A linear layer with a bias; rows of zeros stay rows of zeros, which nobody looks at."""

    def __init__(self, stream: VectorStream, dim: int) -> None:
        super().__init__()
        self.stream = stream
        self.linear = nn.Linear(stream.dim, dim)

    def forward(
        self, vectors: Float[Tensor, "B M F"], drop: Bool[Tensor, " B"] | None
    ) -> tuple[Float[Tensor, "B M D"], Bool[Tensor, "B M"]]:
        """Projected vectors, and True where there is none."""
        vectors = vectors.to(self.linear.weight.dtype)
        if drop is not None:
            vectors = torch.where(drop[:, None, None], self._null(vectors), vectors)
        absent = (vectors == 0).all(dim=-1)
        projected: Tensor = self.linear(vectors)
        return projected.masked_fill(absent[..., None], 0.0), absent

    def _null(self, vectors: Tensor) -> Tensor:
        """What dropped items are given instead."""
        null = torch.zeros(vectors.shape[-1], dtype=vectors.dtype, device=vectors.device)
        if self.stream.null == "first":
            null[0] = 1.0
        return null


def check_vectors(
    streams: tuple[VectorStream, ...], vectors: tuple[Tensor, ...], n_batch: int
) -> None:
    """Refuse vectors that do not fit a model.

    Raises:
        ShapeError: Wrong number of tensors, or a wrong rank, width or batch.
    """
    if len(vectors) != len(streams):
        names = ", ".join(stream.name for stream in streams) or "none"
        raise ShapeError(
            f"got {len(vectors)} tensors of vectors but the model takes {len(streams)} ({names}): "
            "pass one for each, in this order, after the tokens"
        )
    for stream, tensor in zip(streams, vectors, strict=True):
        if tensor.dim() != 3 or tensor.shape[0] != n_batch or tensor.shape[2] != stream.dim:
            raise ShapeError(
                f'"{stream.name}" must be vectors [{n_batch}, any, {stream.dim}], '
                f"got shape {tuple(tensor.shape)}"
            )
