"""Embeddings of two sets in, their kernel distance (squared maximum mean discrepancy) out.

The kernel is Gaussian, ``exp(-|x - y|^2 / (2 b^2))``, and its bandwidth ``b`` is the median
distance between windows of the reference (KAD). Against a Frechet distance it has two merits: it
assumes no Gaussians, and its estimate is unbiased, so that small sets may be compared. Being
unbiased it must be below 0 as often as above where the sets do not differ: a negative value is no
fault.

Pairs of windows of one file do not count: such windows resemble each other, and the estimate would
not be unbiased with them. Other tools count them, and multiply the result by 100 or 1000; here it
is left as it is.
"""

from dataclasses import dataclass

import numpy as np

from musiclm.evaluate.quality.vectors import (
    N_DRAWS,
    Array,
    Embeddings,
    Windows,
    at_most,
    blocks,
    redrawn,
    squared_distances,
    two_sets,
)

MOST_WINDOWS = 20_000
"""Of each set; of larger sets so many are drawn by chance. Time grows with its square."""
MOST_FILES = 4_000
"""Of both sets together; with more there is no interval and no p-value."""
_BANDWIDTH_WINDOWS = 2_000


@dataclass(frozen=True, slots=True)
class KernelDistance:
    """A kernel distance; ``None`` where it cannot be told."""

    value: float | None  # squared discrepancy, at most 2; below 0 by chance alone
    low: float | None  # 95 % interval over files
    high: float | None
    p_value: float | None  # share of regrouped files that lie as far apart; None if not asked for
    bandwidth: float  # of the kernel, in units of the embedding
    n_reference: int  # windows compared
    n_made: int
    n_reference_files: int
    n_made_files: int
    warnings: tuple[str, ...]  # why numbers are withheld


def kernel_distance(
    reference: Embeddings,
    made: Embeddings,
    *,
    seed: int = 0,
    most_windows: int = MOST_WINDOWS,
    bandwidth: float | None = None,
    n_permutations: int = 0,
) -> KernelDistance:
    """Measure, with an interval over files.

    Args:
        reference: Embeddings of real music.
        made: Embeddings of what is judged.
        seed: Of the windows kept of larger sets, of draws and of regroupings.
        most_windows: Kept of each set.
        bandwidth: Of the kernel; by default the median distance in the reference.
        n_permutations: How often files of both sets are regrouped for the p-value.

    Raises:
        DataError: A set is empty or not finite.
        ShapeError: The sets have different dimensions.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> one, same = rng.standard_normal((2, 200, 3))
        >>> found = kernel_distance(one, same + 3.0)
        >>> found.value > 0.5, abs(kernel_distance(one, same).value) < 0.05
        (True, True)
    """
    known, new = (at_most(each, most_windows, seed=seed) for each in two_sets(reference, made))
    width = median_distance(known, seed=seed) if bandwidth is None else bandwidth
    warnings = []
    if min(known.n_files, new.n_files) < 2:
        warnings.append("withheld: a kernel distance needs two files on each side")
    if width <= 0:
        warnings.append("withheld: half of the reference's windows are the same, silence perhaps")
    value = low = high = p_value = None
    if not warnings:
        joint = _joined(known, new)
        # Where every row is a file, tables of files would be as large as tables of rows.
        if joint.n_files <= MOST_FILES:
            sums = file_sums(joint, width)
            counts = np.bincount(joint.file_of).astype(np.float64)
            group = _grouped(known.n_files, joint.n_files)
            value = float(_discrepancies(sums, counts, group, 1.0 - group)[0])
            low, high = _interval(sums, counts, known.n_files, seed)
            p_value = _p_value(sums, counts, known.n_files, value, n_permutations, seed)
        else:
            value = _plain(known, new, width)
            warnings.append(f"interval withheld: it is given for up to {MOST_FILES} files in all")
    return KernelDistance(
        value=value,
        low=low,
        high=high,
        p_value=p_value,
        bandwidth=width,
        n_reference=known.n_windows,
        n_made=new.n_windows,
        n_reference_files=known.n_files,
        n_made_files=new.n_files,
        warnings=tuple(warnings),
    )


def median_distance(windows: Windows, *, seed: int = 0) -> float:
    """Median distance between two windows of a set, of up to 2,000 of them; 0 of a single one."""
    few = at_most(windows, _BANDWIDTH_WINDOWS, seed=seed).vectors
    if len(few) < 2:
        return 0.0
    between = squared_distances(few - few[0], few - few[0])[np.triu_indices(len(few), k=1)]
    return float(np.sqrt(np.median(between)))


def file_sums(windows: Windows, bandwidth: float) -> Array:
    """Sum of the kernel over all windows of each file and each other file, ``[files, files]``."""
    starts = np.searchsorted(windows.file_of, np.arange(windows.n_files))
    sums = np.zeros((windows.n_files, windows.n_files))
    for rows in blocks(windows.n_windows, windows.n_windows):
        kernel = _kernel(windows.vectors[rows], windows.vectors, bandwidth)
        files = windows.file_of[rows]
        firsts = np.flatnonzero(np.diff(files, prepend=-1))
        by_column = np.add.reduceat(kernel, starts, axis=1)
        sums[files[firsts]] += np.add.reduceat(by_column, firsts, axis=0)
    return sums


def _kernel(rows: Array, others: Array, bandwidth: float) -> Array:
    squares = squared_distances(rows, others)
    squares *= -0.5 / bandwidth**2
    return np.exp(squares, out=squares)


def _joined(known: Windows, new: Windows) -> Windows:
    """Both sets in one, moved to where the reference lies: large offsets cost precision."""
    centre = known.vectors.mean(axis=0)
    return Windows(
        np.concatenate([known.vectors - centre, new.vectors - centre]),
        np.concatenate([known.file_of, new.file_of + known.n_files]),
        known.n_files + new.n_files,
    )


def _discrepancies(sums: Array, counts: Array, known: Array, new: Array) -> Array:
    """For each row of ``known`` and ``new``, which say how often each file is in either group.

    Mean kernel within either group, files with themselves left out, less twice that between.
    """
    own, own_pairs = np.diag(sums), np.square(counts)
    total: Array = -2.0 * (known @ sums * new).sum(axis=1) / ((known @ counts) * (new @ counts))
    for group in (known, new):
        within = (group @ sums * group).sum(axis=1) - np.square(group) @ own
        pairs = np.square(group @ counts) - np.square(group) @ own_pairs
        # A draw of one file again and again has no pair.
        total += within / np.where(pairs > 0, pairs, np.nan)
    return total


def _plain(known: Windows, new: Windows, bandwidth: float) -> float:
    """The same without tables of files."""
    centre = known.vectors.mean(axis=0)
    total = 0.0
    for windows in (known, new):
        vectors, own_file = windows.vectors - centre, windows.file_of
        summed, pairs = 0.0, 0
        for rows in blocks(len(vectors), len(vectors)):
            others = own_file[rows, None] != own_file[None]
            summed += float(_kernel(vectors[rows], vectors, bandwidth)[others].sum())
            pairs += int(others.sum())
        total += summed / pairs
    between = sum(
        float(_kernel(known.vectors[rows] - centre, new.vectors - centre, bandwidth).sum())
        for rows in blocks(known.n_windows, new.n_windows)
    )
    return total - 2.0 * between / (known.n_windows * new.n_windows)


def _grouped(n_known: int, n_files: int) -> Array:
    """Which files are the reference's, as one row."""
    return (np.arange(n_files) < n_known).astype(np.float64)[None]


def _interval(sums: Array, counts: Array, n_known: int, seed: int) -> tuple[float, float]:
    """The middle 95 % of what redrawn files of both sets give."""
    rng = np.random.default_rng([seed, 1])
    known, new = np.zeros((2, N_DRAWS, len(counts)))
    known[:, :n_known] = list(redrawn(n_known, rng))
    new[:, n_known:] = list(redrawn(len(counts) - n_known, rng))
    low, high = np.nanquantile(_discrepancies(sums, counts, known, new), (0.025, 0.975))
    return float(low), float(high)


def _p_value(
    sums: Array, counts: Array, n_known: int, value: float, n_permutations: int, seed: int
) -> float | None:
    """How often files dealt out anew to two groups of these sizes lie at least as far apart."""
    if n_permutations < 1:
        return None
    rng = np.random.default_rng([seed, 2])
    one = np.repeat(_grouped(n_known, len(counts)), n_permutations, axis=0)
    known = rng.permuted(one, axis=1)
    found = _discrepancies(sums, counts, known, 1.0 - known)
    return (int((found >= value).sum()) + 1) / (n_permutations + 1)
