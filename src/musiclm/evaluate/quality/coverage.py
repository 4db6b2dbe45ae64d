"""Embeddings of two sets in, how plausible the made ones are and how much of the real they cover.

Around every window of the reference lies a ball that reaches to its fifth nearest neighbour.
**Density** counts in how many balls a made window lies, over five: near 1 where both sets are
alike, above 1 where the made ones crowd into the middle. **Coverage** is the share of balls with a
made window inside: it falls when a model makes always the same (Naeem et al. 2020, sec. 3.2).

Neighbours are windows of *other* files: half-overlapping windows of one file are nearly the same
point and would make every ball tiny. Search is exact, in stretches of little memory. Intervals are
over files of the side that a number is a mean over: the made one for density, the reference for
coverage; that the other side might have been drawn differently is not in them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musiclm.errors import ConfigError
from musiclm.evaluate.quality.vectors import (
    Array,
    Embeddings,
    Windows,
    at_most,
    blocks,
    redrawn,
    squared_distances,
    two_sets,
)

NEIGHBOURS = 5
MOST_WINDOWS = 20_000
"""Of each set; of larger sets so many are drawn by chance. Time grows with its square."""


@dataclass(frozen=True, slots=True)
class Share:
    """A mean with its 95 % interval over files."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """Both numbers; ``None`` where the reference is too small for balls."""

    density: Share | None  # 0 upwards, about 1 for sets alike
    coverage: Share | None  # 0 to 1
    expected_coverage: float  # of sets alike whose windows are independent
    n_neighbours: int
    n_reference: int  # windows compared
    n_made: int
    n_reference_files: int
    n_made_files: int
    warnings: tuple[str, ...]  # why numbers are withheld


def density_and_coverage(
    reference: Embeddings,
    made: Embeddings,
    *,
    n_neighbours: int = NEIGHBOURS,
    seed: int = 0,
    most_windows: int = MOST_WINDOWS,
) -> Coverage:
    """Measure both.

    Args:
        reference: Embeddings of real music.
        made: Embeddings of what is judged.
        n_neighbours: How far balls reach.
        seed: Of the windows kept of larger sets, and of draws.
        most_windows: Kept of each set.

    Raises:
        ConfigError: No neighbour.
        DataError: A set is empty or not finite.
        ShapeError: The sets have different dimensions.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> one, same = rng.standard_normal((2, 500, 3))
        >>> found = density_and_coverage(one, same)
        >>> round(found.density.value, 1), found.coverage.value > 0.9
        (1.0, True)
    """
    if n_neighbours < 1:
        raise ConfigError(f"balls reach to the first neighbour at least, got {n_neighbours=}")
    known, new = (at_most(each, most_windows, seed=seed) for each in two_sets(reference, made))
    centre = known.vectors.mean(axis=0)  # large offsets cost precision
    known = Windows(known.vectors - centre, known.file_of, known.n_files)
    new = Windows(new.vectors - centre, new.file_of, new.n_files)
    density = coverage = None
    warnings: tuple[str, ...] = ()
    largest_file = int(np.bincount(known.file_of).max())
    if known.n_windows - largest_file < n_neighbours:
        warnings = (
            f"withheld: the reference needs {n_neighbours} windows of other files beside each "
            f"window, it has {known.n_windows} windows of {known.n_files} files",
        )
    else:
        reached, covered = _inside(known, new, squared_radii(known, n_neighbours))
        rng = np.random.default_rng(seed)
        density = _share(reached / n_neighbours, new, rng)
        coverage = _share(covered.astype(np.float64), known, rng)
    return Coverage(
        density=density,
        coverage=coverage,
        expected_coverage=expected_coverage(known.n_windows, new.n_windows, n_neighbours),
        n_neighbours=n_neighbours,
        n_reference=known.n_windows,
        n_made=new.n_windows,
        n_reference_files=known.n_files,
        n_made_files=new.n_files,
        warnings=warnings,
    )


def squared_radii(windows: Windows, n_neighbours: int = NEIGHBOURS) -> Array:
    """Squared distance of each window to its so-many-th nearest one of another file."""
    found = np.empty(windows.n_windows)
    for rows in blocks(windows.n_windows, windows.n_windows):
        squares = squared_distances(windows.vectors[rows], windows.vectors)
        squares[windows.file_of[rows, None] == windows.file_of[None]] = np.inf
        found[rows] = np.partition(squares, n_neighbours - 1, axis=1)[:, n_neighbours - 1]
    return found


def expected_coverage(n_reference: int, n_made: int, n_neighbours: int = NEIGHBOURS) -> float:
    """Coverage of two independent samples of one distribution (Naeem et al. 2020, sec. 3.3.2).

    Example:
        >>> round(expected_coverage(10_000, 10_000), 3)
        0.969
    """
    steps = np.arange(1, n_neighbours + 1)
    left = np.maximum(n_reference - steps, 0) / np.maximum(n_reference + n_made - steps, 1)
    return float(1.0 - np.prod(left))


def _inside(known: Windows, new: Windows, radii: Array) -> tuple[Array, NDArray[np.bool_]]:
    """In how many balls each made window lies, and which balls hold one."""
    reached = np.zeros(new.n_windows)
    covered = np.zeros(known.n_windows, bool)
    for rows in blocks(known.n_windows, new.n_windows):
        inside = squared_distances(known.vectors[rows], new.vectors) <= radii[rows, None]
        reached += inside.sum(axis=0)
        covered[rows] = inside.any(axis=1)
    return reached, covered


def _share(values: Array, windows: Windows, rng: np.random.Generator) -> Share:
    """Mean over windows, and over those of redrawn files."""
    sums = np.bincount(windows.file_of, weights=values, minlength=windows.n_files)
    counts = np.bincount(windows.file_of, minlength=windows.n_files)
    found = [float(draw @ sums) / float(draw @ counts) for draw in redrawn(windows.n_files, rng)]
    low, high = np.quantile(found, (0.025, 0.975))
    return Share(float(values.mean()), float(low), float(high))
