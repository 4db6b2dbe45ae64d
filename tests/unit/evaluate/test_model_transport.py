from itertools import pairwise, permutations

import numpy as np
import pytest

from musiclm.errors import ShapeError
from musiclm.evaluate.model.transport import (
    calibrated_threshold,
    entropy_bits,
    token_distances,
    transport_cost,
)

DISTANCES = token_distances(np.random.default_rng(0).standard_normal((8, 3)))


def test_the_cost_is_the_cheapest_of_all_assignments() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.integers(8, size=5), rng.integers(8, size=5)
    cheapest = min(
        float(np.mean([DISTANCES[a, b] for a, b in zip(one, turned, strict=True)]))
        for turned in permutations(other.tolist())
    )
    assert transport_cost(one, other, DISTANCES) == pytest.approx(cheapest)


def test_order_costs_nothing_and_other_tokens_do() -> None:
    row = np.array([0, 1, 2, 2])
    assert transport_cost(row, row[::-1].copy(), DISTANCES) == pytest.approx(0.0)
    assert transport_cost(row, np.array([0, 1, 2, 3]), DISTANCES) > 0
    assert DISTANCES[~np.eye(8, dtype=bool)].mean() == pytest.approx(1.0)
    with pytest.raises(ShapeError, match="got 4 and 3"):
        transport_cost(row, row[:3], DISTANCES)


def test_the_threshold_lies_below_unrelated_pairs_and_above_copies() -> None:
    rng = np.random.default_rng(2)
    targets = rng.integers(8, size=(20, 12))
    threshold, n_pairs = calibrated_threshold(targets, targets, DISTANCES)
    assert n_pairs == 200
    unrelated = [transport_cost(a, b, DISTANCES) for a, b in pairwise(targets)]
    assert 0 < threshold <= max(unrelated)
    assert calibrated_threshold(targets[:1], targets[:1], DISTANCES) == (0.0, 0)


def test_entropy_tells_a_drone() -> None:
    assert entropy_bits(np.zeros(125, dtype=np.int64)) == 0.0
    assert entropy_bits(np.arange(8)) == pytest.approx(3.0)
