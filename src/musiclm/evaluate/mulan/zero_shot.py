"""Clips and names of classes in, how often the nearest name is the right one out.

No classifier is trained: a class is the mean of the embeddings of its names, and a clip belongs to
the nearest. Chance is what the same answers would score for other clips of the pool, so that
always naming the commonest class earns nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from math import dist

import numpy as np
from numpy.typing import NDArray

from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.facts import Facts
from musiclm.evaluate.mulan.class_texts import MODES, ClassTexts, Question
from musiclm.evaluate.mulan.estimate import Array, Draws, Estimate, gap_of, mean_of

MIN_SOUNDING = 10
"""Clips in which an instrument must sound before its ranking counts."""
N_NEAR = 5
"""Other moods that are near enough."""

ClassVectors = Mapping[Question, Mapping[str, Array]]
"""Question -> class -> unit vector."""


def class_vectors(
    texts: Mapping[Question, ClassTexts], embed: Callable[[Sequence[str]], Array]
) -> ClassVectors:
    """Means of the embeddings of each class's names, of unit length again.

    Args:
        texts: From ``class_texts``.
        embed: Texts in, unit vectors ``[texts, D]`` out.
    """
    flat = [t for classes in texts.values() for names in classes.values() for t in names]
    vectors = iter(embed(flat))
    result: dict[Question, dict[str, Array]] = {}
    for question, classes in texts.items():
        result[question] = {}
        for name, names in classes.items():
            mean = np.mean([next(vectors) for _ in names], axis=0)
            result[question][name] = mean / np.linalg.norm(mean)
    return result


def zero_shot(
    classes: Mapping[str, ClassVectors],
    audio: Array,
    facts: Sequence[Facts],
    draws: Draws,
    *,
    unseen_styles: frozenset[str] = frozenset(),
) -> dict[str, Estimate]:
    """All questions in all languages, and how far the worst language lies below English.

    Args:
        classes: Language -> vectors of classes.
        audio: Unit vectors of the clips, ``[clips, D]``.
        facts: What is true of each.
        draws: Resamples of the clips.
        unseen_styles: Styles that training never heard, which nobody is asked about.
    """
    found: dict[str, Estimate] = {}
    for language, vectors in classes.items():
        answers = _questions(vectors, audio, facts, draws, unseen_styles)
        found |= {f"zero_shot/{name}/{language}": a for name, a in answers.items() if a.n}
    names = list(dict.fromkeys(key.split("/")[1] for key in found))
    others = [language for language in classes if language != "en"]
    if "en" in classes and others:
        for name in names:
            there = [found[f"zero_shot/{name}/{language}"] for language in others]
            found[f"zero_shot/{name}/gap"] = gap_of(found[f"zero_shot/{name}/en"], there)
    return found


def _questions(
    vectors: ClassVectors,
    audio: Array,
    facts: Sequence[Facts],
    draws: Draws,
    unseen_styles: frozenset[str],
) -> dict[str, Estimate]:
    """One language."""
    modes = {mode: name for name, inside in MODES.items() for mode in inside}
    styles = [None if fact.style in unseen_styles else fact.style for fact in facts]
    truths: dict[Question, list[str | None]] = {
        "style": styles,
        "mood": [fact.mood for fact in facts],
        "tempo": [fact.tempo_class for fact in facts],
        "drums": ["yes" if fact.drums else "no" for fact in facts],
        "mode": [modes.get(fact.mode.replace("_", " ")) for fact in facts],
    }
    found: dict[str, Estimate] = {}
    for question, truth in truths.items():
        names = list(vectors[question])
        scores = audio @ np.stack([vectors[question][name] for name in names]).T
        right = _equality(truth, names)
        k = 3 if question == "mood" else 1
        found[question] = accuracy(scores, right, draws, k=k)
        if question == "mood":
            near = right.copy()
            for place, mood in enumerate(truth):
                for other in near_moods(mood or "") & set(names):
                    near[place, names.index(other)] = True
            found["mood_near"] = accuracy(scores, near, draws)
    sounding = vectors["instruments"]
    found["instruments"] = mean_average_precision(
        audio @ np.stack(list(sounding.values())).T,
        np.array([[key in fact.instruments for key in sounding] for fact in facts]),
        draws,
    )
    return found


def accuracy(scores: Array, right: NDArray[np.bool_], draws: Draws, *, k: int = 1) -> Estimate:
    """How often one of the ``k`` best answers is right; a clip with no right answer is left out.

    Args:
        scores: ``[clips, classes]``.
        right: Which answers are right, ``[clips, classes]``.
        draws: Resamples of the clips.
        k: Answers a clip has.
    """
    given = np.zeros(scores.shape)
    np.put_along_axis(given, np.argsort(-scores, axis=1, kind="stable")[:, :k], 1.0, axis=1)
    hits = np.minimum(1.0, (given * right).sum(axis=1))
    concerned = right.any(axis=1)
    if not concerned.any():
        return mean_of(np.full(len(scores), np.nan), draws)
    # Every clip's answers against every clip's truth; an answer may be right but once.
    chance = np.minimum(1.0, given[concerned] @ right[concerned].T).mean()
    return mean_of(np.where(concerned, hits, np.nan), draws, chance=float(chance))


def mean_average_precision(
    scores: Array,
    sounds: NDArray[np.bool_],
    draws: Draws,
    *,
    at_least: int = MIN_SOUNDING,
) -> Estimate:
    """Mean over instruments of the average precision of ranking clips by their name.

    Args:
        scores: ``[clips, instruments]``.
        sounds: Which instrument sounds in which clip.
        draws: Resamples of the clips.
        at_least: Instruments of fewer clips are left out.
    """
    n = len(scores)
    counts = sounds.sum(axis=0)
    chosen = np.flatnonzero((counts >= at_least) & (counts < n))
    if not len(chosen):
        return mean_of(np.full(n, np.nan), draws)
    each: list[Array] = []
    whole = np.ones((1, n), dtype=np.float32)
    for index in chosen:
        order = np.argsort(-scores[:, index], kind="stable")
        each.append(_precisions(np.concatenate([whole, draws])[:, order], sounds[order, index]))
    table = np.stack(each)
    known = np.isfinite(table)
    total = known.sum(axis=0)
    # A resample may have lost every clip of an instrument, or of all of them.
    summed = np.where(known, table, 0.0).sum(axis=0)
    values = np.divide(summed, total, out=np.full(len(total), np.nan), where=total > 0)
    return Estimate(
        float(values[0]),
        values[1:],
        float(np.mean([_random_precision(int(counts[index]), n) for index in chosen])),
        n,
        centred=True,  # clips drawn twice stand together in the ranking
    )


def near_moods(mood: str) -> frozenset[str]:
    """The five moods nearest to a mood by valence, arousal, tension and warmth.

    Example:
        >>> "joyful" in near_moods("happy"), "bleak" in near_moods("happy")
        (True, False)
    """
    if mood not in MOODS:
        return frozenset()
    others = [name for name in MOODS if name != mood]
    others.sort(key=lambda name: dist(_place(name), _place(mood)))
    return frozenset(others[:N_NEAR])


def mood_distance(one: str, other: str) -> float:
    """How far apart two moods lie on the four axes; 0 where one is unknown."""
    return dist(_place(one), _place(other)) if one in MOODS and other in MOODS else 0.0


def _place(mood: str) -> tuple[float, float, float, float]:
    found = MOODS[mood]
    return found.valence, found.arousal, found.tension, found.warmth


def _equality(truth: Sequence[str | None], names: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([[value == name for name in names] for value in truth])


def _precisions(weights: NDArray[np.float32], relevant: NDArray[np.bool_]) -> Array:
    """Average precision of one ranking under each row of weights; NaN where nothing is relevant."""
    passed = np.cumsum(weights, axis=1)[:, relevant]
    hits = weights[:, relevant]
    found = np.cumsum(hits, axis=1)
    precision = np.divide(found, passed, out=np.zeros_like(found), where=passed > 0)
    total = hits.sum(axis=1).astype(np.float64)
    summed = (hits * precision).sum(axis=1)
    result: Array = np.divide(summed, total, out=np.full(len(total), np.nan), where=total > 0)
    return result


def _random_precision(n_relevant: int, n: int) -> float:
    """The expected average precision of a random order."""
    harmonic = float(np.sum(1 / np.arange(1, n + 1)))
    return (n_relevant - 1) / (n - 1) + (n - n_relevant) / (n * (n - 1)) * harmonic
