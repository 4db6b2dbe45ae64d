"""Embeddings of files in, all their windows in one float64 array out, each knowing its file.

Windows of one file resemble each other, so whatever is drawn again to see how sure a number is
must be files. Every metric of this folder takes its embeddings through here: they are checked
once, in the same words. Nothing here measures anything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musiclm.errors import DataError, ShapeError

Array = NDArray[np.float64]
Floats = NDArray[np.floating]
Embeddings = Sequence[Floats] | Floats
"""Windows of each file, ``[n_windows, D]``, in a list; or one ``[n, D]``, each row its own file."""

N_DRAWS = 1_000
"""How often files are drawn again for an interval."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of a set of files, those of one file side by side."""

    vectors: Array  # [n, D]
    file_of: NDArray[np.int64]  # [n], rising
    n_files: int

    @property
    def n_windows(self) -> int:
        """Rows."""
        return len(self.vectors)

    @property
    def n_dimensions(self) -> int:
        """Columns."""
        return int(self.vectors.shape[1])


def windows_from(embeddings: Embeddings, *, name: str) -> Windows:
    """Check and stack; files without a window are left out.

    Args:
        embeddings: Of one set.
        name: What messages call the set.

    Raises:
        DataError: No window, or numbers that are not finite.
        ShapeError: Not two-dimensional, or files of different width.

    Example:
        >>> windows_from([np.zeros((2, 3)), np.ones((1, 3))], name="made").file_of.tolist()
        [0, 0, 1]
    """
    if isinstance(embeddings, np.ndarray):
        files: list[Floats] = [embeddings]
    else:
        files = [each for each in embeddings if each.ndim != 2 or len(each)]
    if not files or not sum(len(each) for each in files if each.ndim):
        raise DataError(f"the {name} set has no embedded window: give audio of a second or more")
    shapes = {each.shape[1:] for each in files}
    if len(shapes) != 1 or any(each.ndim != 2 for each in files):
        raise ShapeError(
            f"expected embeddings [windows, D] of one width, the {name} set has shapes "
            f"{sorted({each.shape for each in files})}"
        )
    vectors = np.concatenate(files).astype(np.float64)
    if not np.isfinite(vectors).all():
        raise DataError(f"the {name} set has embeddings that are not finite: leave those files out")
    if isinstance(embeddings, np.ndarray):
        return Windows(vectors, np.arange(len(vectors)), len(vectors))
    return Windows(vectors, np.repeat(np.arange(len(files)), [len(f) for f in files]), len(files))


def two_sets(reference: Embeddings, made: Embeddings) -> tuple[Windows, Windows]:
    """Both sets, of one width.

    Raises:
        DataError: A set is empty or not finite.
        ShapeError: Their widths differ, or they are no tables.
    """
    known, new = windows_from(reference, name="reference"), windows_from(made, name="made")
    if known.n_dimensions != new.n_dimensions:
        raise ShapeError(
            f"the sets have {known.n_dimensions} and {new.n_dimensions} features: embed both alike"
        )
    return known, new


def at_most(windows: Windows, most: int, *, seed: int) -> Windows:
    """The same windows, or ``most`` of them by chance, in their order."""
    if windows.n_windows <= most:
        return windows
    rows = np.sort(np.random.default_rng(seed).choice(windows.n_windows, most, replace=False))
    kept, file_of = np.unique(windows.file_of[rows], return_inverse=True)
    return Windows(windows.vectors[rows], file_of.astype(np.int64), len(kept))


def redrawn(n_files: int, rng: np.random.Generator, n_draws: int = N_DRAWS) -> Iterator[Array]:
    """How often each file comes when as many are drawn with replacement, again and again."""
    for _ in range(n_draws):
        yield np.bincount(rng.integers(n_files, size=n_files), minlength=n_files).astype(np.float64)


def squared_distances(rows: Array, others: Array) -> Array:
    """Squared Euclidean distance of each row to each of the others, ``[rows, others]``."""
    squares: Array = np.square(rows).sum(axis=1)[:, None] + np.square(others).sum(axis=1)[None]
    squares -= 2.0 * (rows @ others.T)
    np.maximum(squares, 0.0, out=squares)
    return squares


def blocks(n_rows: int, n_columns: int, *, most_cells: int = 4_000_000) -> Iterator[slice]:
    """Stretches of rows so short that a table of them with all columns stays below 32 MB."""
    step = max(1, most_cells // max(1, n_columns))
    for start in range(0, n_rows, step):
        yield slice(start, min(start + step, n_rows))
