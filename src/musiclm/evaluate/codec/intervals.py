"""Values of clips in, a mean with its 95% interval out, whole pieces drawn again and again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DRAWS = 2_000


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over clips, and where it would lie for other pieces of the same kind."""

    value: float
    low: float
    """2.5 % of the redrawn means lie below."""
    high: float
    """2.5 % lie above."""

    def text(self, digits: int = 2) -> str:
        """For a table.

        Example:
            >>> Mean(0.5, 0.41, 0.6).text()
            '0.50 [0.41, 0.60]'
        """
        return f"{self.value:.{digits}f} [{self.low:.{digits}f}, {self.high:.{digits}f}]"


def bootstrap_mean(values: NDArray[np.float64], pieces: Sequence[str], *, seed: int = 0) -> Mean:
    """Mean of the values that are numbers, with a bootstrap interval over pieces.

    Clips of one piece resemble each other: drawing clips would pretend to know more than was
    measured, so pieces are drawn, each with all of its clips. A single piece has no interval
    (it is as wide as the mean itself). Differences of two codecs on the same clips go in as
    differences: what makes a clip hard for both cancels.

    Args:
        values: One for each clip; NaN is left out.
        pieces: The piece that each clip is from.
        seed: Same seed, same interval.

    Returns:
        NaN three times when no value is a number.
    """
    names, piece_of = np.unique(np.asarray(pieces, dtype=str), return_inverse=True)
    known = np.isfinite(values)
    sums = np.bincount(piece_of[known], weights=values[known], minlength=len(names))
    counts = np.bincount(piece_of[known], minlength=len(names)).astype(np.float64)
    sums, counts = sums[counts > 0], counts[counts > 0]
    if not len(sums):
        return Mean(float("nan"), float("nan"), float("nan"))
    drawn = np.random.default_rng(seed).integers(len(sums), size=(_DRAWS, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Mean(float(sums.sum() / counts.sum()), float(low), float(high))
