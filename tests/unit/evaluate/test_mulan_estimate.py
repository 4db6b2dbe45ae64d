"""Means, medians and gaps with their bootstrap intervals."""

import numpy as np
import pytest

from musiclm.evaluate.mulan.estimate import Estimate, draws_of, gap_of, mean_of, median_of


def test_interval_has_the_width_that_statistics_predicts() -> None:
    values = (np.arange(400) % 4 == 0).astype(np.float64)
    found = mean_of(values, draws_of(400, seed=0), chance=0.1)
    low, high = found.interval
    half = 1.96 * np.sqrt(0.25 * 0.75 / 400)
    assert (low, high) == pytest.approx((0.25 - half, 0.25 + half), abs=0.012)
    assert found.plain() == {"value": 0.25, "low": low, "high": high, "chance": 0.1, "n": 400}


def test_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    values = np.random.default_rng(0).random(50)
    first, again, other = (mean_of(values, draws_of(50, seed=seed)) for seed in (1, 1, 2))
    assert first.interval == again.interval
    assert first.interval != other.interval


def test_clips_that_a_question_does_not_concern_are_left_out() -> None:
    values = np.array([1.0, 0.0, np.nan, np.nan])
    found = mean_of(values, draws_of(4, seed=0), chance=np.array([0.2, 0.4, 9.0, 9.0]))
    assert (found.value, found.n, found.chance) == (0.5, 2, pytest.approx(0.3))


def test_nothing_measured_is_null_in_a_report() -> None:
    found = mean_of(np.full(3, np.nan), draws_of(3, seed=0))
    assert found.plain() == {"value": None, "low": None, "high": None, "chance": None, "n": 0}


def test_median_of_resamples_lies_around_the_median() -> None:
    values = np.random.default_rng(0).permutation(np.arange(101.0))
    found = median_of(values, draws_of(101, seed=0), chance=7.0)
    low, high = found.interval
    assert found.value == 50.0
    assert 30 < low < 50 < high < 70


def test_gap_is_that_of_the_worst_and_is_paired() -> None:
    draws = draws_of(100, seed=0)
    values = np.random.default_rng(0).random(100)
    best = mean_of(values, draws)
    gap = gap_of(best, [mean_of(values - 0.1, draws), mean_of(values - 0.3, draws)])
    # On the same clips the difference is always the same, however much the clips differ.
    assert (gap.value, *gap.interval) == pytest.approx((30.0, 30.0, 30.0))


def test_a_centred_interval_holds_its_number_however_lopsided_it_is() -> None:
    lopsided = np.array([0.0] * 99 + [1000.0])
    found = Estimate(2.0, lopsided, None, 9, centred=True)
    low, high = found.interval
    assert low < 2.0 == high
    shifted = Estimate(5.0, np.linspace(2.0, 4.0, 101), None, 9, centred=True)
    assert shifted.interval == pytest.approx((4.05, 5.95))
