"""How attention learns where things are: rotary, T5 relative bias, sinusoidal, or not at all.

Each kind is one small module. The Transformer asks it once a pass and hands the answer to all
layers, so that no layer computes positions on its own.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from musiclm.errors import ShapeError


def _check_range(end: int, max_positions: int) -> None:
    if end > max_positions:
        raise ShapeError(
            f"the sequence reaches position {end} but max_positions={max_positions}: "
            "use shorter windows or a config with more positions"
        )


class Rotary(nn.Module):
    """Rotates pairs of features of queries and keys by an angle that grows with the position.

    Feature ``i`` is paired with feature ``i + E/2``. The sign of the rotation sits in the sine
    table, which makes ``rotate`` three small operations.
    """

    cos: Tensor
    sin: Tensor

    def __init__(self, head_dim: int, *, max_positions: int, base: float = 10_000.0) -> None:
        super().__init__()
        self.max_positions = max_positions
        half = head_dim // 2
        frequencies = base ** (-torch.arange(half, dtype=torch.float32) / half)
        angles = torch.arange(max_positions, dtype=torch.float32)[:, None] * frequencies
        self.register_buffer("cos", angles.cos().repeat(1, 2), persistent=False)
        signed = torch.cat((-angles.sin(), angles.sin()), dim=1)
        self.register_buffer("sin", signed, persistent=False)

    def table(
        self, offset: int, n_positions: int, dtype: torch.dtype
    ) -> tuple[Float[Tensor, "T 1 E"], Float[Tensor, "T 1 E"]]:
        """Cosines and signed sines of positions ``offset`` to ``offset + n_positions - 1``."""
        end = offset + n_positions
        _check_range(end, self.max_positions)
        cos, sin = self.cos[offset:end, None], self.sin[offset:end, None]
        return cos.to(dtype), sin.to(dtype)


def rotate(
    x: Float[Tensor, "B T G E"], table: tuple[Float[Tensor, "T 1 E"], Float[Tensor, "T 1 E"]]
) -> Float[Tensor, "B T G E"]:
    """Apply the rotation of ``Rotary.table`` to every head."""
    cos, sin = table
    return torch.addcmul(x * cos, x.roll(x.shape[-1] // 2, dims=-1), sin)


class RelativeBias(nn.Module):
    """A learned score for each bucket of distance and each head (T5), shared by all layers.

    Half of the buckets are exact distances, the rest widen logarithmically up to ``max_distance``.
    """

    buckets: Tensor

    def __init__(
        self,
        n_heads: int,
        *,
        causal: bool,
        max_positions: int,
        n_buckets: int = 32,
        max_distance: int = 128,
    ) -> None:
        super().__init__()
        self.max_positions = max_positions
        self.bias = nn.Parameter(torch.zeros(n_buckets, n_heads))
        # Index max_positions - 1 is distance 0; later indices are keys further in the past.
        distance = torch.arange(-(max_positions - 1), max_positions)
        table = relative_buckets(
            distance, causal=causal, n_buckets=n_buckets, max_distance=max_distance
        )
        self.register_buffer("buckets", table, persistent=False)

    def forward(self, n_queries: int, n_keys: int) -> Float[Tensor, "H Tq Tk"]:
        """Scores to add; the last query stands at the last key."""
        _check_range(n_keys, self.max_positions)
        queries = torch.arange(n_keys - n_queries, n_keys, device=self.buckets.device)
        keys = torch.arange(n_keys, device=self.buckets.device)
        distance = queries[:, None] - keys + (self.max_positions - 1)
        return self.bias[self.buckets[distance]].permute(2, 0, 1)


def relative_buckets(
    distance: Int[Tensor, " P"], *, causal: bool, n_buckets: int, max_distance: int
) -> Int[Tensor, " P"]:
    """Bucket of ``query position - key position`` as T5 defines it.

    Example:
        >>> distances = torch.tensor([0, 1, 7, 500])
        >>> relative_buckets(distances, causal=True, n_buckets=16, max_distance=64)
        tensor([ 0,  1,  7, 15])
    """
    bucket = torch.zeros_like(distance)
    if causal:
        distance = distance.clamp_min(0)
    else:
        n_buckets //= 2
        bucket = bucket + (distance < 0) * n_buckets
        distance = distance.abs()
    n_exact = n_buckets // 2
    ratio = torch.log(distance.clamp_min(1) / n_exact) / math.log(max_distance / n_exact)
    wide = (n_exact + (ratio * (n_buckets - n_exact)).long()).clamp_max(n_buckets - 1)
    return bucket + torch.where(distance < n_exact, distance, wide)


class Sinusoidal(nn.Module):
    """Fixed cosines and sines, to be added to the input of the first layer (MusicGen's order)."""

    table: Tensor

    def __init__(self, dim: int, *, max_positions: int) -> None:
        super().__init__()
        self.max_positions = max_positions
        half = dim // 2
        frequencies = torch.exp(-math.log(10_000.0) * torch.arange(half) / max(half - 1, 1))
        angles = torch.arange(max_positions, dtype=torch.float32)[:, None] * frequencies
        table = torch.cat((angles.cos(), angles.sin()), dim=1)
        self.register_buffer("table", table, persistent=False)

    def forward(self, offset: int, n_positions: int) -> Float[Tensor, "T D"]:
        """Rows for positions ``offset`` to ``offset + n_positions - 1``."""
        _check_range(offset + n_positions, self.max_positions)
        return self.table[offset : offset + n_positions]
