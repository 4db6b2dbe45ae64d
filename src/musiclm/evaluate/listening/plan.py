"""A number of systems and clips in, the comparisons of a test out, in a random order.

Chance decides which clips are compared, in which order, and who is A; what can be balanced is:
every pair of systems is compared equally often, each is A in half of its comparisons (give or
take one), and clips come twice only when there are more comparisons than clips.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from musiclm.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Comparison:
    """Indices of one clip and two systems."""

    clip: int
    a: int
    b: int


def plan_comparisons(
    n_systems: int, n_clips: int, *, n_pairs: int, seed: int
) -> tuple[Comparison, ...]:
    """Draw the comparisons of a test.

    Args:
        n_systems: Two or more.
        n_clips: Clips that every system has.
        n_pairs: Comparisons wanted.
        seed: Same seed, same test.

    Raises:
        ConfigError: Fewer comparisons than pairs of systems, or more than there can be.

    Example:
        >>> len(set(plan_comparisons(3, 10, n_pairs=30, seed=0)))
        30
    """
    couples = list(combinations(range(n_systems), 2))
    if not len(couples) <= n_pairs <= len(couples) * n_clips:
        raise ConfigError(
            f"{n_systems} systems and {n_clips} common clip(s) allow {len(couples)} to "
            f"{len(couples) * n_clips} pairs, got {n_pairs}"
        )
    rng = np.random.default_rng(seed)
    order = rng.permutation(n_clips)
    shares = np.full(len(couples), n_pairs // len(couples))
    shares[rng.permutation(len(couples))[: n_pairs % len(couples)]] += 1
    planned = []
    start = 0  # Where the last couple stopped the next goes on, so that clips repeat late.
    for (first, second), share in zip(couples, shares.tolist(), strict=True):
        swapped = rng.permutation(np.arange(share) % 2 == int(rng.integers(2)))
        for place in range(share):
            clip = int(order[(start + place) % n_clips])
            a, b = (second, first) if swapped[place] else (first, second)
            planned.append(Comparison(clip, a, b))
        start += share
    return tuple(planned[place] for place in rng.permutation(len(planned)))
