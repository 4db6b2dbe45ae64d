"""Embeddings of two sets in, the Frechet distance that endless sets would have out.

A Frechet distance of finite sets is too large by about ``slope / N``: covariances of few vectors
are noisy, and noise is distance. Here it is measured on shares of both sets, and the straight line
over ``1 / N`` is followed to ``1 / N = 0`` (FAD-infinity). Three things are done more carefully
than in the tools of the field, so its values are not theirs:

- shares are of files, not of windows: windows of one file resemble each other, and thinning them
  out would hide how few files there are;
- both sets are thinned, so that the reference's own bias goes too;
- the shares of a size cover every file about equally often, so that chance hardly bends the line.

The interval is a bootstrap over files of the distance's first-order expansion (its influence
function): a thousand draws cost one distance. It says how the number would vary with other files
of the same kind; it does not cover what the straight line misses, and where the two sets do not
differ at all it is only rough.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musiclm.evaluate.frechet import Gaussian, fit_gaussian, frechet_distance
from musiclm.evaluate.quality.vectors import Array, Embeddings, Windows, redrawn, two_sets

N_SIZES = 6
"""Sample sizes, the whole set among them."""
N_SHARES = 4
"""Shares of each size below the whole."""
SMALLEST_SHARE = 1 / 6
WINDOWS_A_DIMENSION = 2.0
"""The smallest share holds at least so many; nearer to singular the line bends."""
LARGEST_SMALLEST_SHARE = 0.6
"""If the smallest share must be larger, there is no line to follow."""
FEWEST_FILES = 8
_HALF = 0.5
GOOD_FIT = 0.9
"""Below this R squared a warning is given, where the distance depends on the size at all."""
FLAT = 0.02
"""Share of the limit within which distances of all sizes lie where it does not."""


@dataclass(frozen=True, slots=True)
class FrechetLimit:
    """A distance and its limit; ``None`` where there is too little audio to tell."""

    limit: float | None  # at 1/N = 0; may fall below 0 by chance where the sets hardly differ
    low: float | None  # 95 % interval of the limit, over files
    high: float | None
    plain: float | None  # at the full size, biased upwards
    slope: float | None  # of the distance over 1/N
    r_squared: float | None  # of the straight line, over the sizes
    sizes: tuple[int, ...]  # windows of the made set, on average, largest first
    distances: tuple[float, ...]  # mean distance at each size
    n_reference: int  # windows
    n_made: int  # windows
    n_reference_files: int
    n_made_files: int
    n_dimensions: int
    warnings: tuple[str, ...]  # why numbers are withheld or doubtful


def frechet_limit(reference: Embeddings, made: Embeddings, *, seed: int = 0) -> FrechetLimit:
    """Measure, extrapolate, and say how sure it is.

    Args:
        reference: Embeddings of real music.
        made: Embeddings of what is judged.
        seed: Of shares and draws.

    Raises:
        DataError: A set is empty or not finite.
        ShapeError: The sets have different dimensions.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> one, other = rng.standard_normal((900, 4)), 1 + rng.standard_normal((900, 4))
        >>> found = frechet_limit(one, other)
        >>> 3.5 < found.limit < 4.5, found.sizes[0], found.warnings
        (True, 900, ())
    """
    known, new = two_sets(reference, made)
    n_least, width = min(known.n_windows, new.n_windows), known.n_dimensions
    if n_least <= width:
        return _found(
            known,
            new,
            warning=f"withheld: a distance over {width} dimensions needs more than {width} windows "
            f"on each side, there are {n_least}",
        )
    rng = np.random.default_rng(seed)
    whole = _gaussian(known), _gaussian(new)
    plain = frechet_distance(*whole)
    n_files = min(known.n_files, new.n_files)
    # Windows of one file are worth less than independent ones, at worst as little as one of them.
    by_files = min(_HALF, WINDOWS_A_DIMENSION * width / n_files)
    share = max(SMALLEST_SHARE, WINDOWS_A_DIMENSION * width / n_least, by_files)
    if share > LARGEST_SMALLEST_SHARE or n_files < FEWEST_FILES:
        needed = int(np.ceil(WINDOWS_A_DIMENSION * width / LARGEST_SMALLEST_SHARE))
        return _found(
            known,
            new,
            plain=plain,
            warning=f"limit withheld: over {width} dimensions it needs {needed} windows of "
            f"{FEWEST_FILES} files on each side, there are {n_least} windows of {n_files} files; "
            "the plain value is biased upwards",
        )
    inverse, distances = _distances_by_size(known, new, plain, share, rng)
    slope, limit, deviation, r_squared = _line(inverse, distances)
    low, high = _interval(known, new, whole, limit, deviation, rng)
    warnings = []
    # Of sets far apart the distance hardly depends on N: there is no line, and no doubt either.
    bent = float(np.ptp(distances)) > FLAT * abs(limit)
    if bent and r_squared is not None and r_squared < GOOD_FIT:
        warnings.append(
            f"the straight line over 1/N fits badly (R squared {r_squared:.2f}): trust neither "
            "the limit nor the plain value to the last digit"
        )
    if limit < 0:
        warnings.append("the limit is below 0: the sets differ by less than can be told")
    return _found(
        known,
        new,
        limit=limit,
        low=low,
        high=high,
        plain=plain,
        slope=slope,
        r_squared=r_squared,
        sizes=tuple(round(1 / each) for each in inverse),
        distances=tuple(float(each) for each in distances),
        warnings=tuple(warnings),
    )


def _found(
    known: Windows,
    new: Windows,
    *,
    limit: float | None = None,
    low: float | None = None,
    high: float | None = None,
    plain: float | None = None,
    slope: float | None = None,
    r_squared: float | None = None,
    sizes: tuple[int, ...] = (),
    distances: tuple[float, ...] = (),
    warnings: tuple[str, ...] = (),
    warning: str | None = None,
) -> FrechetLimit:
    """With the sizes of both sets."""
    return FrechetLimit(
        limit=limit,
        low=low,
        high=high,
        plain=plain,
        slope=slope,
        r_squared=r_squared,
        sizes=sizes,
        distances=distances,
        n_reference=known.n_windows,
        n_made=new.n_windows,
        n_reference_files=known.n_files,
        n_made_files=new.n_files,
        n_dimensions=known.n_dimensions,
        warnings=warnings if warning is None else (warning,),
    )


def _gaussian(windows: Windows, rows: NDArray[np.bool_] | None = None) -> Gaussian:
    vectors = windows.vectors if rows is None else windows.vectors[rows]
    if windows.n_dimensions > 1:
        return fit_gaussian(vectors)
    # numpy gives the covariance of a single dimension as a bare number.
    return Gaussian(vectors.mean(axis=0), np.cov(vectors.T).reshape(1, 1), len(vectors))


def _distances_by_size(
    known: Windows, new: Windows, plain: float, smallest: float, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Mean ``1 / N`` and mean distance at each size, the whole set first."""
    orders = rng.permutation(known.n_files), rng.permutation(new.n_files)
    inverse, distances = [1 / new.n_windows], [plain]
    # Evenly spaced in 1/N, where the line is straight.
    for share in 1 / np.linspace(1.0, 1.0 / smallest, N_SIZES)[1:]:
        found = []
        for number in range(N_SHARES):
            parts = [
                _part(windows, order, float(share), number / N_SHARES)
                for windows, order in zip((known, new), orders, strict=True)
            ]
            if min(int(rows.sum()) for rows in parts) <= known.n_dimensions:
                continue  # files of very different length: this share has too few windows
            gaussians = _gaussian(known, parts[0]), _gaussian(new, parts[1])
            found.append((1 / gaussians[1].n_vectors, frechet_distance(*gaussians)))
        if found:
            inverse.append(float(np.mean([each[0] for each in found])))
            distances.append(float(np.mean([each[1] for each in found])))
    return np.array(inverse), np.array(distances)


def _part(
    windows: Windows, order: NDArray[np.int64], share: float, start: float
) -> NDArray[np.bool_]:
    """Rows of a share of the files, counted around from some place of their order."""
    n_taken = max(1, round(share * windows.n_files))
    places = (round(start * windows.n_files) + np.arange(n_taken)) % windows.n_files
    taken = np.zeros(windows.n_files, bool)
    taken[order[places]] = True
    rows: NDArray[np.bool_] = taken[windows.file_of]
    return rows


def _line(inverse: Array, distances: Array) -> tuple[float, float, float, float | None]:
    """Slope, value at 0, standard error of that value, and R squared (none for equal distances)."""
    centre = inverse.mean()
    spread = np.square(inverse - centre).sum()
    slope = float(((inverse - centre) * distances).sum() / spread)
    limit = float(distances.mean() - slope * centre)
    missed = float(np.square(distances - limit - slope * inverse).sum())
    whole = float(np.square(distances - distances.mean()).sum())
    n_free = max(1, len(inverse) - 2)
    deviation = np.sqrt(missed / n_free * (1 / len(inverse) + centre**2 / spread))
    return slope, limit, float(deviation), 1 - missed / whole if whole > 1e-24 else None


def _interval(
    known: Windows,
    new: Windows,
    whole: tuple[Gaussian, Gaussian],
    limit: float,
    deviation: float,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Where the limit would lie for other files: first-order changes of redrawn sets."""
    pulls = (
        file_influences(known, whole[0], whole[1]),
        file_influences(new, whole[1], whole[0]),
    )
    changes = [
        np.array([(weights - 1) @ pull for weights in redrawn(len(pull), rng)]) for pull in pulls
    ]
    # The line itself is only known so well.
    changes.append(deviation * rng.standard_normal(len(changes[0])))
    low, high = np.quantile(limit + np.sum(changes, axis=0), (0.025, 0.975))
    return float(low), float(high)


def file_influences(windows: Windows, own: Gaussian, other: Gaussian) -> Array:
    """To first order, how much each file of a set adds to its distance from another; sum 0.

    The derivative of the distance by the own mean is ``2 (m - m')``, by the own covariance
    ``I - T``, where ``T`` maps the own Gaussian onto the other.

    Args:
        windows: Of the set.
        own: Its Gaussian.
        other: The other set's Gaussian.
    """
    centred = windows.vectors - own.mean
    bend = np.eye(windows.n_dimensions) - _transport(own.covariance, other.covariance)
    pull = 2.0 * (centred @ (own.mean - other.mean)) + ((centred @ bend) * centred).sum(axis=1)
    pull -= pull.mean()
    return np.bincount(windows.file_of, weights=pull, minlength=windows.n_files) / len(pull)


def _transport(own: Array, other: Array) -> Array:
    """The symmetric matrix that maps one centred Gaussian onto another, where both have spread."""
    values, vectors = np.linalg.eigh(other)
    root = (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
    values, vectors = np.linalg.eigh(root @ own @ root)
    known = values > 1e-10 * max(values.max(), 1e-300)
    inverse = np.where(known, 1 / np.sqrt(np.where(known, values, 1.0)), 0.0)
    middle = (vectors * inverse) @ vectors.T
    mapped: Array = root @ middle @ root
    return mapped
