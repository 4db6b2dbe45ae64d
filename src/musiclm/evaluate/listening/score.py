"""Answers and the key of a listening test in, wins, intervals, tests and agreement out.

As in MusicLM: a win is any preference, strong or slight; two systems are compared by a
Wilcoxon signed-rank test of the five points, corrected for the number of pairs of systems
(Bonferroni). Ties count for nobody in the win rate, so that win rates of a pair need not add up to
one; the share with ties split is given beside it. A test of hearing by three friends stays one: no
number here says whether the raters are the right ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from musiclm.errors import ConfigError
from musiclm.evaluate.codec.intervals import Mean, bootstrap_mean
from musiclm.evaluate.listening.documents import MIDDLE, Answers, Key

Over = Literal["raters", "pairs"]
Array = NDArray[np.float64]

ALPHA = 0.01
"""Level of significance before the correction, as in MusicLM."""
ENOUGH_RATERS = 5
"""From so many on, intervals say what other raters would say; below, what other pairs would."""


@dataclass(frozen=True, slots=True)
class SystemScore:
    """How one system did against all others."""

    system: str
    n_ratings: int
    wins: int
    ties: int
    losses: int
    win_rate: Mean  # wins of all ratings
    split_rate: Mean  # the same with half a win for each tie


@dataclass(frozen=True, slots=True)
class PairScore:
    """How two systems did against each other."""

    first: str
    second: str
    n_ratings: int
    n_pairs: int  # trials that were rated
    first_wins: int
    ties: int
    second_wins: int
    mean_preference: float  # from -2, strongly for the second, to 2, strongly for the first
    p_value: float  # Wilcoxon, two-sided, over the mean preference of each trial
    corrected: float  # times the number of pairs of systems, at most 1
    significant: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether raters heard the same."""

    n_shared: int  # trials that two or more raters rated
    alpha: float | None  # Krippendorff's, interval metric; 1 is perfect, 0 is chance
    same_side: float | None  # share of pairs of ratings of a trial that name the same winner


@dataclass(frozen=True, slots=True)
class Score:
    """The outcome of a test."""

    n_raters: int
    n_ratings: int
    over: Over  # what intervals are drawn over
    systems: tuple[SystemScore, ...]  # most wins first
    pairs: tuple[PairScore, ...]
    agreement: Agreement
    a_share: float | None  # of the preferences, those for clip A: far from 0.5 is a habit


@dataclass(frozen=True, slots=True)
class _Rated:
    """One rating with names instead of sides."""

    trial: str
    rater: str
    a: str
    b: str
    for_a: int  # -2 to 2

    def towards(self, system: str) -> int:
        """The preference for one of the two."""
        return self.for_a if system == self.a else -self.for_a


def score_test(
    key: Key,
    answers: Sequence[Answers],
    *,
    over: Over | None = None,
    alpha: float = ALPHA,
    seed: int = 0,
) -> Score:
    """Score a test.

    Args:
        key: Who was who.
        answers: One a rater, checked against the key by ``collect_answers``.
        over: What bootstrap intervals redraw: raters, or pairs (trials). By default raters
            from five on, else pairs.
        alpha: Level of significance before correction.
        seed: Of the intervals.

    Raises:
        ConfigError: ``alpha`` is no probability, or there are no answers.
    """
    if not 0.0 < alpha < 1.0:
        raise ConfigError(f"alpha must lie between 0 and 1, got {alpha}")
    if not answers:
        raise ConfigError("a score needs the answers of at least one rater")
    over = over or ("raters" if len(answers) >= ENOUGH_RATERS else "pairs")
    sides = {trial.id: trial for trial in key.trials}
    rated = [
        _Rated(
            each.trial,
            rater.rater,
            sides[each.trial].a,
            sides[each.trial].b,
            MIDDLE - each.rating,
        )
        for rater in answers
        for each in rater.answers
    ]
    systems = [_system_score(name, rated, over, seed) for name in key.systems]
    couples = list(combinations(key.systems, 2))
    decided = [each.for_a for each in rated if each.for_a]
    return Score(
        n_raters=len({each.rater for each in rated}),
        n_ratings=len(rated),
        over=over,
        systems=tuple(sorted(systems, key=lambda each: -_number(each.win_rate.value))),
        pairs=tuple(_pair_score(*couple, rated, len(couples), alpha) for couple in couples),
        agreement=_agreement(rated),
        a_share=sum(each > 0 for each in decided) / len(decided) if decided else None,
    )


def krippendorff_alpha(units: Sequence[Sequence[float]]) -> float | None:
    """Agreement of raters beyond chance, for numbers whose distances mean something.

    Args:
        units: For each thing that was rated, all its ratings; those with one rating say nothing
            about agreement and are left out.

    Returns:
        1 for perfect agreement, 0 for chance, below for contradiction; ``None`` where it is not
        defined: nothing was rated twice, or all ratings are the same.

    Example:
        >>> krippendorff_alpha([[1, 1], [5, 5]])
        1.0
    """
    shared = [np.asarray(unit, dtype=np.float64) for unit in units if len(unit) > 1]
    if not shared:
        return None
    values = np.concatenate(shared)
    # Sums over ordered pairs of squared differences are 2 n^2 times the variance.
    within = sum(2 * len(unit) ** 2 * unit.var() / (len(unit) - 1) for unit in shared) / len(values)
    between = 2 * len(values) * values.var() / (len(values) - 1)
    return float(1 - within / between) if between > 0 else None


def signed_rank_p(preferences: Sequence[float]) -> float:
    """Two-sided p-value that preferences lie around 0; those of exactly 0 are left out.

    Example:
        >>> signed_rank_p([0.0, 0.0])
        1.0
    """
    from scipy.stats import wilcoxon

    known = np.asarray([each for each in preferences if each], dtype=np.float64)
    return float(wilcoxon(known).pvalue) if len(known) else 1.0


def _system_score(name: str, rated: Sequence[_Rated], over: Over, seed: int) -> SystemScore:
    own = [each for each in rated if name in (each.a, each.b)]
    towards = np.array([each.towards(name) for each in own], dtype=np.float64)
    groups = [each.rater if over == "raters" else each.trial for each in own]
    wins, ties = towards > 0, towards == 0
    return SystemScore(
        system=name,
        n_ratings=len(own),
        wins=int(wins.sum()),
        ties=int(ties.sum()),
        losses=int((towards < 0).sum()),
        win_rate=bootstrap_mean(wins.astype(np.float64), groups, seed=seed),
        split_rate=bootstrap_mean(wins + 0.5 * ties, groups, seed=seed),
    )


def _pair_score(
    first: str, second: str, rated: Sequence[_Rated], n_couples: int, alpha: float
) -> PairScore:
    own = [each for each in rated if {each.a, each.b} == {first, second}]
    by_trial: dict[str, list[int]] = {}
    for each in own:
        by_trial.setdefault(each.trial, []).append(each.towards(first))
    towards = [value for values in by_trial.values() for value in values]
    # Ratings of one trial depend on each other, which the test does not allow: it gets their mean.
    p_value = signed_rank_p([float(np.mean(values)) for values in by_trial.values()])
    corrected = min(1.0, p_value * n_couples)
    return PairScore(
        first=first,
        second=second,
        n_ratings=len(own),
        n_pairs=len(by_trial),
        first_wins=sum(value > 0 for value in towards),
        ties=sum(value == 0 for value in towards),
        second_wins=sum(value < 0 for value in towards),
        mean_preference=float(np.mean(towards)) if towards else float("nan"),
        p_value=p_value,
        corrected=corrected,
        significant=corrected < alpha,
    )


def _agreement(rated: Sequence[_Rated]) -> Agreement:
    by_trial: dict[str, list[int]] = {}
    for each in rated:
        by_trial.setdefault(each.trial, []).append(each.for_a)
    shared = [values for values in by_trial.values() if len(values) > 1]
    same = [
        bool(np.sign(one) == np.sign(other))
        for values in shared
        for one, other in combinations(values, 2)
    ]
    return Agreement(
        n_shared=len(shared),
        alpha=krippendorff_alpha([[float(value) for value in values] for values in shared]),
        same_side=float(np.mean(same)) if same else None,
    )


def _number(value: float) -> float:
    """For sorting: systems that nobody rated come last."""
    return value if np.isfinite(value) else -1.0
