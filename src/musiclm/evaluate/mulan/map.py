"""Embeddings of captions and clips in, a picture of where they lie out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musiclm.errors import ConfigError
from musiclm.evaluate.mulan.estimate import Array

_DPI = 110
# So many directions hold nearly all of the spread, and less noise than all of them.
_KEPT = 30
_PERPLEXITY = 30.0
_STEPS = 400
_EARLY = 100  # steps in which clusters are pulled together


def draw_map(target: Path, text: Array, audio: Array, families: Sequence[str]) -> None:
    """Draw clips as dots and their captions as crosses, coloured by the family of the style.

    Args:
        target: A PNG file; folders are made.
        text: Captions, ``[clips, D]``, after the mean of their modality is taken away.
        audio: Clips, likewise.
        families: One a clip.

    Raises:
        ConfigError: matplotlib is missing.
    """
    try:
        from matplotlib import colormaps
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise ConfigError("a map needs matplotlib: pip install 'musiclm[train]'") from None
    places = neighbour_map(np.concatenate([audio, text]))
    figure = Figure(figsize=(10, 9), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(1, 1, 1)
    named = np.array(families)
    for number, family in enumerate(sorted(set(families))):
        colour = colormaps["tab10"](number % 10)
        for points, mark in ((places[: len(audio)], "o"), (places[len(audio) :], "x")):
            inside = points[named == family]
            label = (family.replace("_", " ") or "no family") if mark == "o" else None
            axes.scatter(
                inside[:, 0], inside[:, 1], color=colour, marker=mark, s=14, lw=0.8, label=label
            )
    axes.set_title("clips (dots) and their captions (crosses)", fontsize=9, loc="left")
    axes.legend(fontsize=8, frameon=False)
    axes.set_xticks([])
    axes.set_yticks([])
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=_DPI, format="png")


def principal_components(points: Array, n: int) -> Array:
    """Coordinates along the directions of the largest spread: ``[points, n]``, or fewer."""
    centred = points - points.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    coordinates: Array = left[:, :n] * sizes[:n]
    # Which way a direction points is arbitrary; the same everywhere is better.
    signs = np.sign(coordinates[np.abs(coordinates).argmax(axis=0), np.arange(len(sizes[:n]))])
    return coordinates * np.where(signs == 0, 1.0, signs)


def neighbour_map(points: Array) -> Array:
    """Two coordinates for each point that keep its neighbours, by exact t-SNE.

    It starts from the principal components, so that it needs no chance and is the same each time.
    (van der Maaten and Hinton, 2008, with the usual early exaggeration and gains.)
    """
    n = len(points)
    reduced = principal_components(points, _KEPT)
    wanted = _affinities(reduced, min(_PERPLEXITY, max(1.5, (n - 1) / 3)))
    places = principal_components(points, 2)
    places = places / max(1e-12, float(places.std())) * 1e-2
    step, gains = np.zeros_like(places), np.ones_like(places)
    rate = max(50.0, n / 12)
    for turn in range(_STEPS):
        early = turn < _EARLY
        closeness = 1 / (1 + _squares(places))
        np.fill_diagonal(closeness, 0.0)
        pull = ((12.0 if early else 1.0) * wanted - closeness / closeness.sum()) * closeness
        slope = 4 * (pull.sum(axis=1, keepdims=True) * places - pull @ places)
        gains = np.maximum(0.01, np.where(slope * step < 0, gains + 0.2, gains * 0.8))
        step = (0.5 if early else 0.8) * step - rate * gains * slope
        places = places + step
        places = places - places.mean(axis=0)
    return places


def _affinities(points: Array, perplexity: float) -> Array:
    """Symmetric probabilities of being neighbours; each point has about ``perplexity`` of them."""
    distances = _squares(points)
    np.fill_diagonal(distances, np.inf)
    distances -= distances.min(axis=1, keepdims=True)
    low, high = np.full(len(points), 1e-12), np.full(len(points), 1e12)
    for _ in range(80):  # halving, in logarithms
        sharpness = np.sqrt(low * high)
        shares = np.exp(-distances * sharpness[:, None])
        shares /= shares.sum(axis=1, keepdims=True)
        logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
        too_wide: NDArray[np.bool_] = np.exp(-(shares * logs).sum(axis=1)) > perplexity
        low, high = np.where(too_wide, sharpness, low), np.where(too_wide, high, sharpness)
    both: Array = (shares + shares.T) / (2 * len(points))
    return both


def _squares(points: Array) -> Array:
    lengths = (points**2).sum(axis=1)
    squares: Array = lengths[:, None] + lengths[None, :] - 2 * points @ points.T
    return np.maximum(0.0, squares, out=squares)
