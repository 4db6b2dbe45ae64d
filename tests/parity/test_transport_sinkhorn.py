"""Exact transport between rows of tokens, beside a linear programme and an own Sinkhorn."""

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.special import logsumexp

from musiclm.evaluate.model.transport import token_distances, transport_cost

N_CODES = 12
DISTANCES = token_distances(np.random.default_rng(0).standard_normal((N_CODES, 4)))


def histogram(row: np.ndarray) -> np.ndarray:
    return np.bincount(row, minlength=N_CODES) / len(row)


def by_linear_programme(one: np.ndarray, other: np.ndarray) -> float:
    """The transport problem as it is written down: mass moved from code to code, at least cost."""
    equalities = [
        np.kron(np.eye(N_CODES), np.ones(N_CODES)),
        np.kron(np.ones(N_CODES), np.eye(N_CODES)),
    ]
    done = linprog(
        DISTANCES.ravel(),
        A_eq=np.concatenate(equalities),
        b_eq=np.concatenate([histogram(one), histogram(other)]),
    )
    assert done.status == 0, done.message
    return float(done.fun)


def by_sinkhorn(one: np.ndarray, other: np.ndarray, epsilon: float) -> float:
    """Entropic transport between the histograms, in logarithms, cost of its plan."""
    here, there = np.unique(one), np.unique(other)
    costs = DISTANCES[here[:, None], there[None]]
    from_mass, to_mass = np.log(histogram(one)[here]), np.log(histogram(other)[there])
    f, g = np.zeros(len(here)), np.zeros(len(there))
    for _ in range(2_000):
        f = epsilon * (from_mass - logsumexp((g[None] - costs) / epsilon, axis=1))
        g = epsilon * (to_mass - logsumexp((f[:, None] - costs) / epsilon, axis=0))
    plan = np.exp((f[:, None] + g[None] - costs) / epsilon)
    assert plan.sum() == pytest.approx(1.0)
    return float((plan * costs).sum())


@pytest.mark.parametrize("seed", range(6))
def test_the_cost_is_that_of_the_linear_programme(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = rng.integers(N_CODES, size=25), rng.integers(N_CODES // 2, size=25)
    expected = by_linear_programme(one, other)
    assert transport_cost(one, other, DISTANCES) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_sinkhorn_comes_down_to_the_cost_as_its_smoothing_goes(seed: int) -> None:
    rng = np.random.default_rng(20 + seed)
    one, other = rng.integers(N_CODES, size=60), rng.integers(N_CODES // 2, size=60)
    exact = transport_cost(one, other, DISTANCES)
    above = [by_sinkhorn(one, other, epsilon) - exact for epsilon in (0.3, 0.05, 0.02)]
    assert above[0] > above[1] > -1e-6
    assert above[2] == pytest.approx(0.0, abs=5e-3)
