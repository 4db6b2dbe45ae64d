"""Distances between sets of embeddings against closed forms, SciPy and plain loops."""

import math

import numpy as np
import pytest
from scipy.linalg import sqrtm

from musiclm.evaluate.quality.coverage import density_and_coverage
from musiclm.evaluate.quality.frechet_limit import frechet_limit
from musiclm.evaluate.quality.kernel import kernel_distance


@pytest.mark.parametrize("width", [3, 12])
def test_plain_frechet_distance_equals_the_formula_with_scipys_root(width: int) -> None:
    rng = np.random.default_rng(width)
    known = rng.standard_normal((200, width)) @ rng.standard_normal((width, width))
    new = 1.0 + rng.standard_normal((150, width)) @ rng.standard_normal((width, width))
    one, other = np.cov(known, rowvar=False), np.cov(new, rowvar=False)
    apart = known.mean(axis=0) - new.mean(axis=0)
    expected = apart @ apart + np.trace(one + other - 2 * sqrtm(one @ other).real)
    assert frechet_limit(known, new).plain == pytest.approx(expected, rel=1e-8)


def test_the_limit_of_gaussians_is_their_closed_form() -> None:
    rng = np.random.default_rng(0)
    spread = np.linspace(0.5, 2.0, 16)
    known = rng.standard_normal((1500, 16))
    new = 0.3 + spread * rng.standard_normal((1500, 16))
    expected = 16 * 0.3**2 + np.square(spread - 1.0).sum()
    found = frechet_limit(known, new)
    assert found.limit == pytest.approx(expected, rel=0.05)
    assert found.low is not None
    assert found.high is not None
    assert found.low < expected < found.high


def ragged(rng: np.random.Generator, sizes: tuple[int, ...], shift: float) -> list[np.ndarray]:
    return [shift + rng.standard_normal((size, 3)) for size in sizes]


def test_kernel_distance_equals_double_loops() -> None:
    rng = np.random.default_rng(1)
    known, new = ragged(rng, (3, 1, 4, 2), 0.0), ragged(rng, (2, 5, 1), 0.7)
    flat = np.concatenate(known)
    between = [math.dist(flat[i], flat[j]) for i in range(len(flat)) for j in range(i)]
    bandwidth = float(np.median(between))

    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return math.exp(-(math.dist(x, y) ** 2) / (2 * bandwidth**2))

    def mean_within(files: list[np.ndarray]) -> float:
        values = []
        for i, one in enumerate(files):
            for j, other in enumerate(files):
                if i != j:
                    values += [kernel(x, y) for x in one for y in other]
        return sum(values) / len(values)

    across = [kernel(x, y) for x in flat for y in np.concatenate(new)]
    expected = mean_within(known) + mean_within(new) - 2 * sum(across) / len(across)
    found = kernel_distance(known, new)
    assert found.bandwidth == pytest.approx(bandwidth, rel=1e-10)
    assert found.value == pytest.approx(expected, abs=1e-12)


def test_kernel_distance_of_gaussians_is_their_closed_form() -> None:
    # x - y is Gaussian of variance 2, so that the mean kernel is a Gaussian integral.
    rng = np.random.default_rng(2)
    width, bandwidth, shift = 4, 2.0, 0.8

    def mean_kernel(squared_shift: float) -> float:
        variance = bandwidth**2 + 2.0
        scale = (bandwidth**2 / variance) ** (width / 2)
        return scale * math.exp(-squared_shift / (2 * variance))

    expected = 2 * mean_kernel(0.0) - 2 * mean_kernel(width * shift**2)
    draws = [rng.standard_normal((2, 200, width)) for _ in range(12)]
    found = [kernel_distance(a, b + shift, bandwidth=bandwidth).value for a, b in draws]
    assert np.mean(np.array(found, float)) == pytest.approx(expected, rel=0.08)


def test_density_and_coverage_equal_double_loops() -> None:
    rng = np.random.default_rng(3)
    known, new = ragged(rng, (4, 3, 5, 4, 6), 0.0), ragged(rng, (3, 6, 4), 0.5)
    made = np.concatenate(new)
    inside = []
    for i, file in enumerate(known):
        others = [y for j, other in enumerate(known) if j != i for y in other]
        for x in file:
            radius = sorted(math.dist(x, y) for y in others)[4]
            inside.append([math.dist(x, y) <= radius for y in made])
    found = density_and_coverage(known, new)
    assert found.density is not None
    assert found.coverage is not None
    assert found.density.value == pytest.approx(np.sum(inside) / (5 * len(made)), rel=1e-12)
    assert found.coverage.value == pytest.approx(np.mean([any(row) for row in inside]), rel=1e-12)
