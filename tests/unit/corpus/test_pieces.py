"""Which pieces a corpus has, and which split each is in."""

from collections import Counter

import pytest

from musiclm.corpus.compose import STYLES
from musiclm.corpus.pieces import HELD_OUT_STYLES, SECONDS_RANGE, plan_pieces, split_of
from musiclm.errors import ConfigError


def test_the_plan_fills_the_hours_and_visits_styles_evenly() -> None:
    plans = plan_pieces(hours=4.0, seed=1)
    assert sum(plan.target_seconds for plan in plans) == pytest.approx(4 * 3_600, abs=240)
    shortest, longest = SECONDS_RANGE
    assert all(shortest <= plan.target_seconds <= longest for plan in plans)
    assert any(plan.target_seconds < 40 for plan in plans)
    assert any(plan.target_seconds > 180 for plan in plans)
    counts = Counter(plan.style for plan in plans)
    assert set(counts) == set(STYLES)
    assert max(counts.values()) - min(counts.values()) <= 1
    assert len({plan.seed for plan in plans}) == len(plans)


def test_a_longer_plan_begins_with_the_shorter_one() -> None:
    short = plan_pieces(hours=0.5, seed=1)
    assert plan_pieces(hours=1.0, seed=1)[: len(short)] == short
    assert plan_pieces(hours=0.5, seed=2)[0] != short[0]


def test_impossible_plans_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"hours must be > 0, got 0"):
        plan_pieces(hours=0, seed=1)
    with pytest.raises(ConfigError, match=r"unknown style\(s\) polka: choose from "):
        plan_pieces(hours=1, seed=1, styles=["rock", "polka"])
    with pytest.raises(ConfigError, match=r"unknown style\(s\) \(none\)"):
        plan_pieces(hours=1, seed=1, styles=[])


def test_splits_come_in_their_shares() -> None:
    placed = [split_of(seed, "rock") for seed in range(10_000)]
    counts = Counter(split for split, _ in placed)
    assert counts["train"] / 10_000 == pytest.approx(0.93, abs=0.01)
    assert counts["valid"] / 10_000 == pytest.approx(0.03, abs=0.006)
    unseen = Counter(unseen for split, unseen in placed if split == "test")
    assert unseen[("font",)] / unseen.total() == pytest.approx(0.5, abs=0.08)
    assert {unseen for split, unseen in placed if split != "test"} == {()}


def test_held_out_styles_are_never_trained_on_unless_they_are_all_there_is() -> None:
    plans = plan_pieces(hours=20, seed=3)
    assert {plan.split for plan in plans if plan.style in HELD_OUT_STYLES} == {"test"}
    assert {plan.unseen for plan in plans if plan.style in HELD_OUT_STYLES} == {("style",)}
    alone = plan_pieces(hours=2, seed=3, styles=[HELD_OUT_STYLES[0]])
    assert "train" in {plan.split for plan in alone}


def test_a_piece_is_in_one_split_whatever_the_corpus() -> None:
    long, short = (plan_pieces(hours=hours, seed=9) for hours in (3.0, 1.0))
    assert {plan.seed: plan.split for plan in short}.items() <= {
        plan.seed: plan.split for plan in long
    }.items()


def test_pieces_may_be_shorter_so_that_there_are_more_of_them() -> None:
    usual = plan_pieces(hours=2.0, seed=4)
    short = plan_pieces(hours=2.0, seed=4, longest_seconds=45.0)
    assert all(30 <= plan.target_seconds <= 45 for plan in short)
    assert max(plan.target_seconds for plan in short) > 42
    assert len(short) > 2 * len(usual)
    assert sum(plan.target_seconds for plan in short) == pytest.approx(7200, abs=45)
    assert plan_pieces(hours=2.0, seed=4, longest_seconds=SECONDS_RANGE[1]) == usual
    even = plan_pieces(hours=0.1, seed=4, longest_seconds=30.0)
    assert {plan.target_seconds for plan in even} == {30.0}
    with pytest.raises(ConfigError, match=r"the longest piece must take >= 30 s, got 20"):
        plan_pieces(hours=1.0, seed=4, longest_seconds=20.0)
    with pytest.raises(ConfigError, match=r"the longest piece must take >= 30 s, got nan"):
        plan_pieces(hours=1.0, seed=4, longest_seconds=float("nan"))
