"""What a tagger hears in two sets of clips in, how far its answers diverge out (KLD).

The divergence of a made clip from the real clip of the same prompt is ``sum p log(p / q)``, where
``p`` are the tagger's probabilities of the real clip, ``q`` of the made one: 0 when both sound
alike to it, in nats. Style and drums are one question each; each family of instruments is a
question answered by no or yes, and the mean over families is taken. The value depends on the
tagger and on the smallest probability, so no published KLD can be compared with it; compare it
with its chance level and with real music through the codec.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from musiclm.audio.waveform import Waveform
from musiclm.errors import DataError
from musiclm.evaluate.features import features_of
from musiclm.evaluate.judge import Judge, windows_of
from musiclm.evaluate.quality.vectors import Array, redrawn

EPSILON = 1e-6
"""Added to every probability: an answer that was held impossible must not cost infinitely much."""
N_SHUFFLES = 200

Tags = Mapping[str, NDArray[np.floating]]
"""Question to the probabilities of its answers, which sum to 1."""

_FAMILY = "has_"
_INSTRUMENTS = "instruments"


@dataclass(frozen=True, slots=True)
class Divergence:
    """One group of questions."""

    value: float  # nats, 0 upwards
    low: float  # 95 % interval over clips
    high: float
    chance: float  # the level to compare with, see the function that gave this
    n_reference: int  # clips
    n_made: int


def tag_probabilities(judge: Judge, waveform: Waveform) -> dict[str, NDArray[np.float64]]:
    """The tagger's probabilities of every answer, mean over windows of the sound.

    Args:
        judge: A tagger, or any judge.
        waveform: At least two seconds.

    Raises:
        AudioError: Too short, or not finite.
    """
    windows = windows_of(waveform, judge.config.window_seconds)
    features = torch.from_numpy(np.stack([features_of(window) for window in windows]))
    return {
        name: each.double().mean(dim=0).numpy()
        for name, each in judge.probabilities(features).items()
    }


def paired_divergence(
    reference: Sequence[Tags], made: Sequence[Tags], *, seed: int = 0
) -> dict[str, Divergence]:
    """Mean divergence of each made clip from the real clip at its place.

    Chance is the mean over all wrong pairs: what a model that ignores its prompt would score.

    Args:
        reference: Of real clips.
        made: Of made clips; the same prompts in the same order.
        seed: Of the interval's draws.

    Returns:
        One for each group of questions: families of instruments together, every other alone.

    Raises:
        DataError: Not the same clips, fewer than two, or other questions.
    """
    if len(reference) != len(made):
        raise DataError(
            f"pairs need as many made clips as real ones, got {len(made)} and {len(reference)}"
        )
    n_clips = len(made)
    found = {}
    for group, names in _groups(reference, made).items():
        tables = [_divergences(_table(reference, name), _table(made, name)) for name in names]
        table = np.mean(tables, axis=0)
        own = np.diag(table)
        rng = np.random.default_rng(seed)
        low, high = np.quantile([w @ own / n_clips for w in redrawn(n_clips, rng)], (0.025, 0.975))
        wrong = (table.sum() - own.sum()) / (n_clips * (n_clips - 1))
        value = float(own.mean())
        found[group] = Divergence(value, float(low), float(high), float(wrong), n_clips, n_clips)
    return found


def set_divergence(
    reference: Sequence[Tags], made: Sequence[Tags], *, seed: int = 0
) -> dict[str, Divergence]:
    """Divergence of a made set's mean probabilities from those of a real set; no pairs needed.

    Chance is what two sets of these sizes score that are dealt out from both together: what is
    there when the sets do not differ. Redrawn sets lie further apart than the sets do, so the
    interval is moved back onto the value.

    Raises:
        DataError: Fewer than two clips on a side, or other questions.
    """
    n_known, n_new = len(reference), len(made)
    tables = {
        group: [(_table(reference, name), _table(made, name)) for name in names]
        for group, names in _groups(reference, made).items()
    }
    found = {}
    for group, pairs in tables.items():
        rng = np.random.default_rng(seed)
        draws = zip(redrawn(n_known, rng), redrawn(n_new, rng), strict=True)
        again = np.array([_between(pairs, first, second) for first, second in draws])
        dealt = []
        for _ in range(N_SHUFFLES):
            order = rng.permutation(n_known + n_new)
            both = [np.concatenate(pair)[order] for pair in pairs]
            mixed = [(each[:n_known], each[n_known:]) for each in both]
            dealt.append(_between(mixed, np.ones(n_known), np.ones(n_new)))
        value = _between(pairs, np.ones(n_known), np.ones(n_new))
        low, high = np.quantile(again - again.mean() + value, (0.025, 0.975))
        found[group] = Divergence(
            value,
            max(0.0, min(float(low), value)),
            max(float(high), value),
            float(np.mean(dealt)),
            n_known,
            n_new,
        )
    return found


def _groups(reference: Sequence[Tags], made: Sequence[Tags]) -> dict[str, list[str]]:
    """Questions by group."""
    if min(len(reference), len(made)) < 2:
        raise DataError(
            f"a divergence needs two clips on each side, got {len(reference)} and {len(made)}"
        )
    names = list(reference[0])
    shapes = {name: reference[0][name].shape for name in names}
    for tags in (*reference, *made):
        if {name: each.shape for name, each in tags.items()} != shapes:
            raise DataError(f"all clips are asked {', '.join(names)}: use one tagger for both sets")
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_INSTRUMENTS if name.startswith(_FAMILY) else name, []).append(name)
    return groups


def _table(clips: Sequence[Tags], name: str) -> Array:
    """Probabilities of one question, a row a clip."""
    return np.stack([clip[name] for clip in clips]).astype(np.float64)


def _smoothed(table: Array) -> Array:
    raised = table + EPSILON
    smooth: Array = raised / raised.sum(axis=-1, keepdims=True)
    return smooth


def _divergences(known: Array, new: Array) -> Array:
    """Of every row of one table from every row of another, ``[known, new]``."""
    known, new = _smoothed(known), _smoothed(new)
    own = (known * np.log(known)).sum(axis=1)
    between: Array = own[:, None] - known @ np.log(new).T
    return np.maximum(between, 0.0)


def _between(pairs: Sequence[tuple[Array, Array]], first: Array, second: Array) -> float:
    """Of weighted mean rows, mean over the questions of a group."""
    means = ((first @ known / first.sum(), second @ new / second.sum()) for known, new in pairs)
    return float(np.mean([_divergences(one[None], other[None])[0, 0] for one, other in means]))
