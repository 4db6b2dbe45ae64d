"""What was wanted and what was heard in, rows with interval, chance and ceiling out.

Chance is not guessed from the number of answers: it is what the same clips score against each
other's prompts. The ceiling is what the same judge scores on real audio of the same facts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from musiclm.errors import DataError
from musiclm.evaluate.report import Cell

N_RESAMPLES = 2_000

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
W = TypeVar("W")
H = TypeVar("H")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its 95 % bootstrap interval over clips."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    measure: str
    found: Estimate
    chance: float | None  # the same clips against shuffled prompts
    p_value: float | None  # share of shufflings that score at least as well
    ceiling: Estimate | None  # the same judge on real audio of the same facts
    bar: float | None  # at least so much is wanted
    n: int  # clips

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; ``None`` without a bar."""
        return None if self.bar is None else self.found.value >= self.bar

    def cells(self) -> dict[str, Cell]:
        """For ``markdown_table``."""
        ceiling = self.ceiling
        return {
            "measure": self.measure,
            "n": self.n,
            "value": self.found.value,
            "95% interval": interval_text(self.found),
            "chance": self.chance,
            "p": None if self.p_value is None else f"{self.p_value:.4f}",
            "real audio": None
            if ceiling is None
            else f"{ceiling.value:.2f} ({interval_text(ceiling)})",
            "bar": "" if self.bar is None else f"{self.bar:.2f} {'met' if self.met else 'missed'}",
        }


def interval_text(estimate: Estimate) -> str:
    """An interval in a cell.

    Example:
        >>> interval_text(Estimate(0.5, 0.25, 0.754))
        '0.25 to 0.75'
    """
    return f"{estimate.low:.2f} to {estimate.high:.2f}"


def share_row(
    measure: str,
    wanted: Sequence[W],
    heard: Sequence[H],
    right: Callable[[W, H], bool],
    *,
    real: Sequence[H] | None = None,
    bar: float | None = None,
    seed: int = 0,
) -> Row:
    """How often what was heard is right for what was wanted.

    Args:
        measure: Name of the row.
        wanted: One a clip.
        heard: One a clip.
        right: Whether an answer is right for a wish.
        real: What the judge heard in real audio of the same facts, one a clip.
        bar: At least so much is wanted.
        seed: Of resamples and shufflings.

    Raises:
        DataError: No clip, or not one answer heard for each wanted.

    Example:
        >>> row = share_row("x", [1, 2] * 30, [1, 2] * 30, lambda a, b: a == b)
        >>> row.found.value, round(row.chance, 1)
        (1.0, 0.5)
    """
    _check(len(wanted), len(heard))
    # Row: a clip, column: a wish; shuffled prompts are other entries of the same table.
    table = np.array([[right(wish, each) for wish in wanted] for each in heard], float)
    own = np.diag(table)
    rng = np.random.default_rng(seed)
    places = np.arange(len(own))
    orders = rng.permuted(np.tile(places, (N_RESAMPLES, 1)), axis=1)
    shuffled = table[places, orders].mean(axis=1)
    return Row(
        measure=measure,
        found=mean_estimate(own, seed=seed),
        chance=float(shuffled.mean()),
        p_value=_p_value(shuffled, float(own.mean())),
        ceiling=None
        if real is None
        else mean_estimate(
            np.array([right(w, h) for w, h in zip(wanted, real, strict=True)], float), seed=seed
        ),
        bar=bar,
        n=len(own),
    )


def f1_row(
    measure: str,
    wanted: Bools,
    heard: Bools,
    *,
    real: Bools | None = None,
    bar: float | None = None,
    seed: int = 0,
) -> Row:
    """F1 score over all pairs of clip and label (micro average).

    Args:
        measure: Name of the row.
        wanted: ``[clips, labels]``.
        heard: ``[clips, labels]``.
        real: The same of real audio.
        bar: At least so much is wanted.
        seed: Of resamples and shufflings.

    Raises:
        DataError: No clip, or another shape heard than wanted.

    Example:
        >>> wanted = np.array([[True, False], [False, True]])
        >>> f1_row("x", wanted, np.ones((2, 2), bool)).found.value
        0.6666666666666666
    """
    _check(len(wanted), len(heard))
    rng = np.random.default_rng(seed)
    orders = rng.permuted(np.tile(np.arange(len(wanted)), (N_RESAMPLES, 1)), axis=1)
    shuffled = np.array([f1_of(wanted[order], heard) for order in orders])
    return Row(
        measure=measure,
        found=_f1_estimate(wanted, heard, seed),
        chance=float(shuffled.mean()),
        p_value=_p_value(shuffled, f1_of(wanted, heard)),
        ceiling=None if real is None else _f1_estimate(wanted, real, seed),
        bar=bar,
        n=len(wanted),
    )


def f1_of(wanted: Bools, heard: Bools) -> float:
    """F1 score; 0 where nothing is right."""
    total = int(wanted.sum()) + int(heard.sum())
    return 2 * int((wanted & heard).sum()) / total if total else 0.0


def mean_estimate(values: Array, *, seed: int = 0) -> Estimate:
    """A mean with its interval; NaN values do not count.

    Raises:
        DataError: There is no value.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        raise DataError("a mean needs at least one value, got none")
    picks = np.random.default_rng(seed).integers(len(known), size=(N_RESAMPLES, len(known)))
    low, high = np.percentile(known[picks].mean(axis=1), [2.5, 97.5])
    return Estimate(float(known.mean()), float(low), float(high))


def share_estimate(hits: NDArray[np.bool_]) -> Estimate:
    """A share with its exact (Clopper-Pearson) interval, which is honest where nothing was hit.

    Resampling a set without a hit never finds one, and would call the share 0 for certain.

    Raises:
        DataError: There is no value.

    Example:
        >>> found = share_estimate(np.zeros(2_000, bool))
        >>> found.value, round(found.high, 4)
        (0.0, 0.0018)
    """
    if not len(hits):
        raise DataError("a share needs at least one value, got none")
    found = binomtest(int(hits.sum()), len(hits)).proportion_ci(0.95, method="exact")
    return Estimate(float(hits.mean()), float(found.low), float(found.high))


def difference(first: Array, second: Array, *, seed: int = 0) -> Estimate:
    """Mean of ``first`` less that of ``second``, the two sets resampled apart; NaN left out."""
    rng = np.random.default_rng(seed)
    drawn = []
    for values in (first, second):
        known = values[np.isfinite(values)]
        if not len(known):
            raise DataError("a difference needs values on both sides, got none on one")
        picks = rng.integers(len(known), size=(N_RESAMPLES, len(known)))
        drawn.append((float(known.mean()), known[picks].mean(axis=1)))
    (one, ones), (other, others) = drawn
    low, high = np.percentile(ones - others, [2.5, 97.5])
    return Estimate(one - other, float(low), float(high))


def paired_difference(first: Array, second: Array, *, seed: int = 0) -> Estimate:
    """Mean of ``first - second``, clip by clip; a clip that is unknown on a side is left out.

    Raises:
        DataError: The two have different lengths, or no clip is known on both sides.

    Example:
        >>> found = paired_difference(np.arange(50.0) + 1, np.arange(50.0))
        >>> found.value, found.low, found.high
        (1.0, 1.0, 1.0)
    """
    if first.shape != second.shape:
        raise DataError(
            f"paired values stand for the same clips, got {len(first)} and {len(second)} of them"
        )
    return mean_estimate(first - second, seed=seed)


def _f1_estimate(wanted: Bools, heard: Bools, seed: int) -> Estimate:
    hits = (wanted & heard).sum(axis=1)
    totals = wanted.sum(axis=1) + heard.sum(axis=1)
    picks = np.random.default_rng(seed).integers(len(hits), size=(N_RESAMPLES, len(hits)))
    drawn = 2 * hits[picks].sum(axis=1) / np.maximum(1, totals[picks].sum(axis=1))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Estimate(f1_of(wanted, heard), float(low), float(high))


def _p_value(shuffled: Array, value: float) -> float:
    return float((1 + (shuffled >= value - 1e-12).sum()) / (1 + len(shuffled)))


def _check(n_wanted: int, n_heard: int) -> None:
    if not n_wanted or n_wanted != n_heard:
        raise DataError(f"expected as many answers as clips, got {n_heard} for {n_wanted}")
