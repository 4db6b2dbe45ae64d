"""Captions and clips of one pool in, how well each finds the other out, beside what is possible.

Many clips fit "a calm piano piece", so not even a perfect reader always finds the one that a
caption was written for. The ceiling is that reader's: it knows exactly what a caption states and
ranks all clips that satisfy it at random.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from musiclm.evaluate.mulan.estimate import Array, Draws, Estimate, mean_of, median_of

RANKS = (1, 10)
# Copies of an embedding differ by rounding only, and must count as ties.
_SAME = 1e-7


def retrieval(
    text: Mapping[str, Array],
    audio: Array,
    fits: Mapping[str, NDArray[np.bool_]],
    draws: Draws,
) -> dict[str, Estimate]:
    """Recall and median rank both ways, by language, each with its ceiling.

    Args:
        text: Language -> unit vectors of one caption a clip, ``[clips, D]``.
        audio: Unit vectors of the clips, ``[clips, D]``.
        fits: Language -> which clips satisfy which caption, ``[captions, clips]``.
        draws: Resamples of the clips.
    """
    found: dict[str, Estimate] = {}
    for language, vectors in text.items():
        scores = vectors @ audio.T
        ways = {"text_to_audio": (scores, fits[language])}
        ways["audio_to_text"] = (scores.T, fits[language].T)
        for way, (similarity, possible) in ways.items():
            found |= _named(f"retrieval/{way}", language, *_ranks(similarity), draws)
            n_possible = np.maximum(1, possible.sum(axis=1)).astype(np.float64)
            ceiling = (np.zeros(len(n_possible)), n_possible - 1)
            found |= _named(f"retrieval/ceiling/{way}", language, *ceiling, draws)
    return found


def shared_recall(better: Array, equal: Array, k: int) -> Array:
    """Probability of a place among the first ``k`` when ties are broken at random.

    Args:
        better: How many others rank strictly higher, one a query.
        equal: How many others tie.
        k: Places.

    Example:
        >>> shared_recall(np.array([0.0, 0.0, 1.0]), np.array([0.0, 3.0, 0.0]), 1)
        array([1.  , 0.25, 0.  ])
    """
    share: Array = np.clip((k - better) / (equal + 1), 0.0, 1.0)
    return share


def _ranks(similarity: Array) -> tuple[Array, Array]:
    """How many others a query prefers to its own answer, and how many it cannot tell from it."""
    own = similarity.diagonal()[:, None]
    better = (similarity > own + _SAME).sum(axis=1).astype(np.float64)
    equal = (np.abs(similarity - own) <= _SAME).sum(axis=1) - 1.0
    return better, equal


def _named(
    name: str, language: str, better: Array, equal: Array, draws: Draws
) -> dict[str, Estimate]:
    n = len(better)
    found = {
        f"{name}/recall_{k}/{language}": mean_of(
            shared_recall(better, equal, k), draws, chance=min(1.0, k / n)
        )
        for k in RANKS
    }
    ranks = better + 1 + equal / 2
    return found | {f"{name}/median_rank/{language}": median_of(ranks, draws, chance=(n + 1) / 2)}
