"""Two rows of semantic tokens in, how far one must be changed to become the other out.

MusicLM, sec. 5 (memorization): the histograms of two rows are compared by optimal transport whose
cost is the Euclidean distance between the centroids of tokens. Rows here are equally long, so the
cheapest transport is an assignment of one row's tokens to the other's, which is solved exactly;
the paper approximates it (Sinkhorn). Order within a row does not matter.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from musiclm.errors import ShapeError

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

FALSE_MATCHES = 1e-4
"""Share of unrelated pairs that may count as matches: the paper's threshold of 0.85 has it."""


def token_distances(centroids: Array) -> Array:
    """Distances between all tokens, in units of their mean, so that they mean the same anywhere.

    Example:
        >>> token_distances(np.array([[0.0], [1.0]]))
        array([[0., 1.],
               [1., 0.]])
    """
    squares = np.square(centroids).sum(axis=1)
    squared = squares[:, None] + squares[None] - 2 * centroids @ centroids.T
    distances: Array = np.sqrt(np.clip(squared, 0.0, None))
    np.fill_diagonal(distances, 0.0)
    apart = distances.sum() / max(1, len(distances) * (len(distances) - 1))
    distances /= max(apart, 1e-12)
    return distances


def transport_cost(one: Codes, other: Codes, distances: Array) -> float:
    """Mean distance that a token of one row travels to become the other row; 0 if the same tokens.

    Args:
        one: Tokens.
        other: As many tokens.
        distances: From ``token_distances``.

    Raises:
        ShapeError: The rows are empty or not equally long.

    Example:
        >>> distances = token_distances(np.array([[0.0], [1.0]]))
        >>> transport_cost(np.array([0, 0, 1]), np.array([1, 0, 1]), distances)
        0.3333333333333333
    """
    if len(one) != len(other) or not len(one):
        raise ShapeError(f"expected two rows of tokens alike, got {len(one)} and {len(other)}")
    costs = distances[one[:, None], other[None]]
    rows, columns = linear_sum_assignment(costs)
    return float(costs[rows, columns].mean())


def calibrated_threshold(
    targets: Codes, generated: Codes, distances: Array, *, seed: int = 0, rounds: int = 10
) -> tuple[float, int]:
    """The cost below which at most one unrelated pair in ten thousand lies.

    Unrelated pairs are continuations against the targets of other pieces. With fewer than ten
    thousand pairs it is the least cost among them, which is stricter still.

    Args:
        targets: ``[pieces, tokens]``.
        generated: ``[pieces, tokens]``.
        distances: From ``token_distances``.
        seed: Of the permutations.
        rounds: Permutations.

    Returns:
        The threshold and how many pairs it rests on; 0 and 0 for fewer than two pieces.
    """
    n_pieces = len(targets)
    if n_pieces < 2:
        return 0.0, 0
    rng = np.random.default_rng(seed)
    costs = []
    for _ in range(min(rounds, n_pieces - 1)):
        # Turning a random circle by one place leaves nobody where they were.
        circle = rng.permutation(n_pieces)
        costs += [
            transport_cost(generated[piece], targets[other], distances)
            for piece, other in zip(circle, np.roll(circle, 1), strict=True)
        ]
    ordered = np.sort(costs)
    return float(ordered[int(len(ordered) * FALSE_MATCHES)]), len(ordered)


def entropy_bits(row: Codes) -> float:
    """Entropy of the tokens of a row, bits: a drone has none.

    Example:
        >>> entropy_bits(np.array([3, 3, 3, 3])), entropy_bits(np.array([0, 1]))
        (0.0, 1.0)
    """
    _, counts = np.unique(row, return_counts=True)
    shares = counts / counts.sum()
    return float(abs(-(shares * np.log2(shares)).sum()))
