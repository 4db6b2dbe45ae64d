import numpy as np
import pytest

from musiclm.errors import DataError
from musiclm.evaluate.model.scores import (
    difference,
    f1_row,
    mean_estimate,
    share_estimate,
    share_row,
)


def test_a_perfect_model_stands_above_chance_beside_its_ceiling() -> None:
    wanted = ["a", "b", "c", "d"] * 20
    real = wanted[:60] + ["x"] * 20
    row = share_row("style", wanted, wanted, lambda w, h: w == h, real=real, bar=0.6)
    assert (row.found.value, row.found.low, row.met) == (1.0, 1.0, True)
    assert row.chance == pytest.approx(0.25, abs=0.02)
    assert row.p_value is not None
    assert row.p_value < 0.001
    assert row.ceiling is not None
    assert row.ceiling.value == 0.75
    assert row.cells()["bar"] == "0.60 met"


def test_a_constant_answer_is_exposed_as_chance() -> None:
    row = share_row("drums", [True] * 70 + [False] * 30, [True] * 100, lambda w, h: w is h, bar=0.9)
    assert row.found.value == pytest.approx(row.chance)
    assert row.p_value == 1.0
    assert row.met is False


def test_f1_counts_what_was_missed_and_what_was_not_asked_for() -> None:
    wanted = np.array([[True, True, False], [False, True, False]])
    heard = np.array([[True, False, False], [False, True, True]])
    row = f1_row("instruments", wanted, heard, real=wanted)
    assert row.found.value == pytest.approx(2 * 2 / (3 + 3))
    assert row.ceiling is not None
    assert row.ceiling.value == 1.0


def test_means_and_differences_leave_out_what_is_not_known() -> None:
    values = np.array([1.0, np.nan, 3.0])
    assert mean_estimate(values).value == 2.0
    assert difference(values, np.array([0.5])).value == 1.5
    with pytest.raises(DataError, match="at least one value"):
        mean_estimate(np.array([np.nan]))


def test_unequal_answers_are_refused() -> None:
    with pytest.raises(DataError, match="got 1 for 2"):
        share_row("x", [1, 2], [1], lambda w, h: w == h)


def test_exact_intervals_of_shares_cover_the_truth_even_near_nothing() -> None:
    rng = np.random.default_rng(5)
    for share in (0.002, 0.3):
        draws = [share_estimate(rng.random(500) < share) for _ in range(300)]
        inside = sum(found.low <= share <= found.high for found in draws)
        assert inside / 300 >= 0.93
    nothing = share_estimate(np.zeros(100, bool))
    assert (nothing.value, nothing.low) == (0.0, 0.0)
    assert nothing.high == pytest.approx(1 - 0.025 ** (1 / 100))
    with pytest.raises(DataError, match="at least one value"):
        share_estimate(np.zeros(0, bool))
