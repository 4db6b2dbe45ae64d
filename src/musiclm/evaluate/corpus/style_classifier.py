"""Clips of known style in, how well a small classifier tells the styles of unseen pieces out.

The classifier is linear: discriminant analysis on log-mel statistics of ten seconds
(``features.mel_features_of``), its covariance shrunk towards a sphere because there are more
numbers than clips. Each fifth of the pieces is judged by a classifier that saw the other four, so
that no clip is judged by one that knows its piece.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musiclm.audio.waveform import Waveform
from musiclm.errors import DataError
from musiclm.evaluate.features import mel_features_of

Array = NDArray[np.float64]

CLIP_SECONDS = 10.0
CLIPS_A_PIECE = 3
N_FOLDS = 5
_SHRINK = 0.1
_FARTHEST = 5.0  # standard deviations


@dataclass(frozen=True, slots=True)
class StylesApart:
    """How well styles are told apart."""

    styles: tuple[str, ...]
    accuracy: float  # of clips
    piece_accuracy: float  # clips of a piece vote
    confusion: tuple[tuple[int, ...], ...]  # rows: true style, columns: answer, in clips
    n_clips: int
    n_pieces: int

    def accuracy_of(self, style: str) -> float:
        """Share of a style's clips that are recognized."""
        row = self.styles.index(style)
        return self.confusion[row][row] / max(1, sum(self.confusion[row]))

    def confused(self, n: int = 15) -> list[tuple[str, str, float]]:
        """The worst pairs: true style, answer, share of the true style's clips."""
        pairs = [
            (self.styles[i], self.styles[j], count / sum(row))
            for i, row in enumerate(self.confusion)
            for j, count in enumerate(row)
            if i != j and count
        ]
        return sorted(pairs, key=lambda pair: -pair[2])[:n]


def clips_of(waveform: Waveform) -> list[NDArray[np.float32]]:
    """Features of some clips spread over a piece; one of the whole piece where it is short."""
    size = round(CLIP_SECONDS * waveform.sample_rate)
    n_clips = max(1, min(CLIPS_A_PIECE, waveform.n_samples // size))
    free = max(0, waveform.n_samples - size)
    starts = [round(free * (clip + 0.5) / n_clips) for clip in range(n_clips)]
    return [
        mel_features_of(Waveform(waveform.samples[:, start : start + size], waveform.sample_rate))
        for start in starts
    ]


def tell_apart(pieces: Sequence[tuple[str, Sequence[NDArray[np.float32]]]]) -> StylesApart:
    """Train and judge in turns.

    Args:
        pieces: Style and clips of each piece.

    Raises:
        DataError: Fewer than two styles, or a style of fewer than two pieces.
    """
    by_style: dict[str, list[int]] = defaultdict(list)
    for index, (style, _) in enumerate(pieces):
        by_style[style].append(index)
    few = sorted(style for style, found in by_style.items() if len(found) < 2)
    if len(by_style) < 2 or few:
        raise DataError(
            "telling styles apart needs two styles and two pieces of each:"
            f" got {len(by_style)} style(s){', one piece only of ' + ', '.join(few) if few else ''}"
        )
    styles = sorted(by_style)
    # Folds take turns within a style, so that each holds every style.
    fold_of = {i: turn % N_FOLDS for found in by_style.values() for turn, i in enumerate(found)}
    owner = np.array([i for i, (_, clips) in enumerate(pieces) for _ in clips])
    features = np.stack([clip for _, clips in pieces for clip in clips]).astype(np.float64)
    labels = np.array([styles.index(pieces[i][0]) for i in owner])
    folds = np.array([fold_of[i] for i in owner])
    scores = np.zeros((len(labels), len(styles)))
    for fold in sorted(set(folds.tolist())):
        test = folds == fold
        scores[test] = _discriminate(features[~test], labels[~test], features[test], len(styles))
    answers = scores.argmax(axis=1)
    confusion = np.zeros((len(styles), len(styles)), int)
    np.add.at(confusion, (labels, answers), 1)
    votes = [
        scores[owner == i].mean(axis=0).argmax() == styles.index(s)
        for i, (s, _) in enumerate(pieces)
    ]
    return StylesApart(
        styles=tuple(styles),
        accuracy=float((answers == labels).mean()),
        piece_accuracy=float(np.mean(votes)),
        confusion=tuple(tuple(int(n) for n in row) for row in confusion),
        n_clips=len(labels),
        n_pieces=len(pieces),
    )


def _discriminate(known: Array, labels: NDArray[np.int64], unknown: Array, n: int) -> Array:
    """Linear discriminant scores of ``unknown`` clips for ``n`` classes."""
    mean, spread = known.mean(axis=0), known.std(axis=0) + 1e-3
    known, unknown = (
        np.clip((part - mean) / spread, -_FARTHEST, _FARTHEST) for part in (known, unknown)
    )
    centres = np.stack([known[labels == label].mean(axis=0) for label in range(n)])
    within = known - centres[labels]
    covariance = within.T @ within / len(within)
    size = len(covariance)
    # One clip a class has no spread at all; a sphere, however small, keeps this solvable.
    sphere = _SHRINK * np.trace(covariance) / size + 1e-6
    covariance = (1 - _SHRINK) * covariance + sphere * np.eye(size)
    weights = np.linalg.solve(covariance, centres.T)
    scores: Array = unknown @ weights - 0.5 * (centres.T * weights).sum(axis=0)
    return scores
