import numpy as np
import pytest

from musiclm.errors import ConfigError
from musiclm.evaluate.quality.coverage import density_and_coverage, expected_coverage


def test_sets_alike_are_covered_as_expected() -> None:
    rng = np.random.default_rng(0)
    found = density_and_coverage(*rng.standard_normal((2, 800, 8)))
    assert found.density is not None
    assert found.coverage is not None
    assert found.density.value == pytest.approx(1.0, abs=0.1)
    assert found.coverage.value == pytest.approx(found.expected_coverage, abs=0.02)
    assert found.coverage.low < found.coverage.value < found.coverage.high
    assert found.density.low < found.density.value < found.density.high


def test_expectation_is_that_of_drawing_without_order() -> None:
    # With one neighbour and sets of two: the ball misses both made ones in 1 order of 3.
    assert expected_coverage(2, 2, 1) == pytest.approx(1 - 1 / 3)
    assert expected_coverage(1, 5, 1) == 1.0


def test_always_the_same_is_dense_but_covers_little() -> None:
    rng = np.random.default_rng(1)
    known = rng.standard_normal((400, 4))
    collapsed = density_and_coverage(known, 0.01 * rng.standard_normal((400, 4)))
    far = density_and_coverage(known, 20.0 + rng.standard_normal((400, 4)))
    assert collapsed.density is not None
    assert collapsed.coverage is not None
    assert collapsed.density.value > 1.0
    assert collapsed.coverage.value < 0.2
    assert far.density is not None
    assert far.coverage is not None
    assert far.density.value == far.coverage.value == 0.0


def test_balls_reach_to_other_files() -> None:
    rng = np.random.default_rng(2)
    # Ten windows of a file are nearly one point: balls that ended among them would be empty.
    known = list(rng.standard_normal((100, 1, 3)) + 1e-4 * rng.standard_normal((100, 10, 3)))
    new = rng.standard_normal((1000, 3))
    found = density_and_coverage(known, new)
    assert found.coverage is not None
    assert found.coverage.value > 0.9
    apart = density_and_coverage(np.concatenate(known), new)
    assert apart.coverage is not None
    assert apart.coverage.value < 0.1


def test_large_sets_are_thinned_out_the_same_way_each_time() -> None:
    rng = np.random.default_rng(3)
    known, new = rng.standard_normal((2, 300, 3))
    found = density_and_coverage(known, new, most_windows=100, seed=5)
    assert (found.n_reference, found.n_made) == (100, 100)
    assert found == density_and_coverage(known, new, most_windows=100, seed=5)


def test_a_reference_too_small_for_balls_withholds_the_numbers() -> None:
    rng = np.random.default_rng(4)
    found = density_and_coverage([rng.standard_normal((50, 2))], rng.standard_normal((9, 2)))
    assert found.density is None
    assert found.coverage is None
    assert "needs 5 windows of other files" in found.warnings[0]
    with pytest.raises(ConfigError, match="got n_neighbours=0"):
        density_and_coverage(rng.standard_normal((9, 2)), np.zeros((9, 2)), n_neighbours=0)
