"""Vectors ``[N, D]`` in, ``k`` centroids out: Lloyd's algorithm in bounded memory.

Both the codebooks of the quantizers and the semantic vocabulary start here, so it must work from
a few hundred vectors up to millions. It does not standardise the data: the caller knows what a
distance means.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from musiclm.errors import ConfigError, DataError

CHUNK_DISTANCES = 1 << 23
"""Distances held at once: 32 MB of float32."""


def nearest(
    data: Float[Tensor, "N D"], centroids: Float[Tensor, "V D"]
) -> tuple[Int[Tensor, " N"], Float[Tensor, " N"]]:
    """The nearest centroid of each vector and the squared Euclidean distance to it.

    Example:
        >>> codes, squared = nearest(torch.tensor([[0.9], [2.0]]), torch.tensor([[1.0], [4.0]]))
        >>> codes
        tensor([0, 0])
    """
    rows = max(1, CHUNK_DISTANCES // len(centroids))
    half_squares = 0.5 * centroids.square().sum(dim=1)
    codes = torch.empty(len(data), dtype=torch.int64, device=data.device)
    squared = torch.empty(len(data), dtype=data.dtype, device=data.device)
    for start in range(0, len(data), rows):
        part = data[start : start + rows]
        # |x - c|^2 / 2 without the |x|^2 that all centroids share: one matrix product.
        half_distances = torch.addmm(half_squares, part, centroids.T, alpha=-1.0)
        least, index = half_distances.min(dim=1)
        codes[start : start + rows] = index
        squared[start : start + rows] = 2.0 * least + part.square().sum(dim=1)
    return codes, squared.clamp_(min=0.0)


@torch.no_grad()
def kmeans(
    data: Float[Tensor, "N D"],
    k: int,
    rng: torch.Generator,
    *,
    iterations: int = 20,
    fit_on: int | None = None,
) -> Float[Tensor, "V D"]:
    """Cluster ``data`` into ``k`` centroids.

    Starts from ``k`` distinct vectors of the data. A centroid that loses all its vectors moves to
    one of the vectors that are worst served, so no entry of a codebook stays unused while there
    are enough distinct vectors.

    Args:
        data: Vectors; fewer than ``k`` are allowed and are then repeated.
        k: Centroids wanted, ``V``.
        rng: Source of the initial choice; the same generator state gives the same centroids.
        iterations: Rounds of assignment and averaging; 10 to 30 are enough in practice.
        fit_on: Use at most that many vectors, chosen at random, for speed.

    Raises:
        ConfigError: ``k`` is not positive or ``iterations`` is negative.
        DataError: There is no vector, or one is not finite.
    """
    if k < 1 or iterations < 0:
        raise ConfigError(f"k-means needs k >= 1 and iterations >= 0, got {k=} and {iterations=}")
    if len(data) == 0 or not bool(torch.isfinite(data).all()):
        raise DataError(
            f"k-means needs finite vectors, got {tuple(data.shape)}: check the features before"
        )
    if fit_on is not None and len(data) > fit_on:
        data = data[_choose(len(data), fit_on, rng).to(data.device)]
    centroids = data[_choose(len(data), k, rng).to(data.device)].clone()
    for _ in range(iterations):
        codes, squared = nearest(data, centroids)
        counts = torch.bincount(codes, minlength=k)
        sums = torch.zeros_like(centroids).index_add_(0, codes, data)
        used = counts > 0
        centroids[used] = sums[used] / counts[used, None].to(data.dtype)
        n_empty = int((~used).sum())
        if n_empty:
            worst = squared.topk(min(n_empty, len(data))).indices
            empty = torch.nonzero(~used)[: len(worst), 0]
            centroids[empty] = data[worst]
    return centroids


def _choose(n: int, k: int, rng: torch.Generator) -> Tensor:
    """``k`` positions below ``n``, distinct as long as there are enough."""
    order = torch.randperm(n, generator=rng, device=rng.device).cpu()
    return order[:k] if k <= n else order.repeat(-(-k // n))[:k]
