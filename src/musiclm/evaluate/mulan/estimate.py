"""A value for every clip in, its mean with a 95 % bootstrap interval and its chance level out.

All measures of a pool share one table of draws, so that differences of measures (a language and
English, say) are differences on the same clips.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

N_RESAMPLES = 1_000

Array = NDArray[np.float64]
Draws = NDArray[np.float32]
"""How often each clip comes in each resample: ``[resamples, clips]``, rows sum to the clips."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number of a report and how sure it is."""

    value: float
    replicates: Array  # the same number of every resample
    chance: float | None  # what no knowledge would give; None where there is no such thing
    n: int  # clips (pairs, sentences) that it is taken over
    centred: bool = False  # resampling shifts the number; the interval is moved back onto it

    @property
    def interval(self) -> tuple[float, float]:
        """The middle 95 % of the resamples; NaN where nothing was measured."""
        if not np.isfinite(self.replicates).any():
            return float("nan"), float("nan")
        low, high = (float(end) for end in np.nanpercentile(self.replicates, [2.5, 97.5]))
        if not self.centred:
            return low, high
        shift = self.value - float(np.nanmean(self.replicates))
        # Of a few clips the resamples can be so lopsided that the shift goes past the number.
        return min(low + shift, self.value), max(high + shift, self.value)

    def plain(self) -> dict[str, float | int | None]:
        """What goes into a report; what was not measured is null."""
        low, high = self.interval
        numbers = {"value": self.value, "low": low, "high": high, "chance": self.chance}
        known = {k: v if v is not None and isfinite(v) else None for k, v in numbers.items()}
        return {**known, "n": self.n}


def draws_of(n: int, *, seed: int, n_resamples: int = N_RESAMPLES) -> Draws:
    """The resamples of ``n`` clips.

    Example:
        >>> draws_of(5, seed=0, n_resamples=2).sum(axis=1)
        array([5., 5.], dtype=float32)
    """
    rng = np.random.default_rng(seed)
    return rng.multinomial(n, np.full(n, 1 / n), size=n_resamples).astype(np.float32)


def mean_of(values: Array, draws: Draws, *, chance: float | Array | None = None) -> Estimate:
    """The mean over clips; NaN is a clip that the question does not concern.

    Args:
        values: One a clip.
        draws: From ``draws_of``.
        chance: One for all, or one a clip.

    Example:
        >>> mean_of(np.array([1.0, 1.0, np.nan]), draws_of(3, seed=0)).value
        1.0
    """
    known = np.isfinite(values)
    if not known.any():
        return Estimate(float("nan"), np.full(len(draws), np.nan), None, 0)
    if isinstance(chance, np.ndarray):
        chance = float(chance[known].mean())
    parts = draws[:, known].astype(np.float64)
    total = parts.sum(axis=1)
    with np.errstate(invalid="ignore"):
        # A resample without any such clip has no opinion.
        replicates = np.where(total > 0, parts @ values[known] / total, np.nan)
    return Estimate(float(values[known].mean()), replicates, chance, int(known.sum()))


def median_of(values: Array, draws: Draws, *, chance: float | None = None) -> Estimate:
    """The median over clips."""
    order = np.argsort(values, kind="stable")
    places = np.cumsum(draws[:, order], axis=1)
    middle = (places >= draws.sum(axis=1, keepdims=True) / 2).argmax(axis=1)
    return Estimate(float(np.median(values)), values[order][middle], chance, len(values))


def gap_of(reference: Estimate, others: Sequence[Estimate]) -> Estimate:
    """How far the worst of several measures on the same clips lies below one of them, in points.

    Example:
        >>> one, other = (mean_of(np.full(4, x), draws_of(4, seed=0)) for x in (0.5, 0.25))
        >>> gap_of(one, [other]).value
        25.0
    """
    value = max(reference.value - other.value for other in others)
    replicates = np.max([reference.replicates - other.replicates for other in others], axis=0)
    # The largest of several noisy differences grows with the noise.
    return Estimate(100 * value, 100 * replicates, 0.0, reference.n, centred=True)
