"""Sentences as people write them in, how often the nearest clips are acceptable answers out.

A file holds one sentence a line: ``language | sentence | styles | moods | instruments``, names
separated by commas; lines that begin with ``#`` are comments. Instruments are keys of
``INSTRUMENTS`` or families, such as ``strings``. No grammar of ours made these sentences, so they
ask whether the text tower understands more than its training captions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from musiclm.corpus.captions.lexicon import LANGUAGES
from musiclm.corpus.compose import STYLES
from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.facts import Facts
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.errors import DataError
from musiclm.evaluate.mulan.estimate import Array, Draws, Estimate, mean_of

N_FIRST = 5
"""Answers that are looked at."""

_FAMILIES = {instrument.family for instrument in INSTRUMENTS.values()}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A wish and the clips that would grant it; an empty set asks for nothing in particular."""

    language: str
    text: str
    styles: frozenset[str]
    moods: frozenset[str]
    instruments: frozenset[str]

    def accepts(self, facts: Facts) -> bool:
        """Whether a clip is of one of the styles and has one of the instruments."""
        families = {INSTRUMENTS[key].family for key in facts.instruments}
        sounding = families | set(facts.instruments)
        return (not self.styles or facts.style in self.styles) and (
            not self.instruments or bool(self.instruments & sounding)
        )


def read_sentences(path: Path) -> list[Sentence]:
    """Read a file of sentences.

    Raises:
        DataError: Missing, empty, or a line with another number of columns, an unknown language
            or name; names the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"no sentences at {path}: {error.strerror}") from None
    sentences: list[Sentence] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            sentences.append(_sentence(line, f"{path}, line {number}"))
    if not sentences:
        raise DataError(f"{path} holds no sentence")
    return sentences


def sentence_scores(
    sentences: Sequence[Sentence],
    text: Array,
    audio: Array,
    facts: Sequence[Facts],
    draws: Draws,
) -> dict[str, Estimate]:
    """How acceptable the nearest clips are, in all and by language.

    Args:
        sentences: From ``read_sentences``.
        text: Their unit vectors, ``[sentences, D]``.
        audio: Unit vectors of the clips, ``[clips, D]``.
        facts: What is true of each clip.
        draws: Resamples of the *sentences*: the pool is given, what people write is not.
    """
    n_first = min(N_FIRST, len(facts))
    nearest = np.argsort(-(text @ audio.T), axis=1, kind="stable")[:, :n_first]
    good = np.array([[sentence.accepts(fact) for fact in facts] for sentence in sentences])
    mood = np.array([[fact.mood in sentence.moods for fact in facts] for sentence in sentences])
    asks = np.array([bool(s.styles or s.instruments) for s in sentences])
    feels = np.array([bool(s.moods) for s in sentences])
    first = np.take_along_axis(good, nearest, axis=1)
    moods = np.take_along_axis(mood, nearest, axis=1)
    measures = {
        "top1": (first[:, 0], good.mean(axis=1), asks),
        "mean5": (first.mean(axis=1), good.mean(axis=1), asks),
        "any5": (first.any(axis=1), _any_by_chance(good, n_first), asks),
        "mood_top1": (moods[:, 0], mood.mean(axis=1), feels),
        "mood_mean5": (moods.mean(axis=1), mood.mean(axis=1), feels),
    }
    found: dict[str, Estimate] = {}
    spoken = np.array([sentence.language for sentence in sentences])
    for name, (values, chance, concerned) in measures.items():
        for language in ("all", *LANGUAGES):
            inside = concerned & ((spoken == language) | (language == "all"))
            if inside.any():
                found[f"sentences/{name}/{language}"] = mean_of(
                    np.where(inside, values.astype(np.float64), np.nan), draws, chance=chance
                )
    return found


def _any_by_chance(good: NDArray[np.bool_], k: int) -> Array:
    """Probability that a random choice of ``k`` clips holds an acceptable one."""
    n = good.shape[1]
    bad = n - good.sum(axis=1)

    def log_choices(of: NDArray[np.int_]) -> Array:
        result: Array = gammaln(of + 1) - gammaln(k + 1) - gammaln(np.maximum(of - k, 0) + 1)
        return result

    none = np.exp(log_choices(bad) - log_choices(np.array([n])))
    chance: Array = np.where(bad < k, 1.0, 1.0 - none)
    return chance


def _sentence(line: str, where: str) -> Sentence:
    columns = [column.strip() for column in line.split("|")]
    if len(columns) != 5:
        raise DataError(
            f"{where}: expected language | sentence | styles | moods | instruments, "
            f"got {len(columns)} column(s)"
        )
    language, text, *lists = columns
    if language not in LANGUAGES:
        raise DataError(f'{where}: language "{language}" is none of {", ".join(LANGUAGES)}')
    if not text:
        raise DataError(f"{where}: the sentence is empty")
    styles, moods, instruments = (
        frozenset(name.strip() for name in names.split(",") if name.strip()) for names in lists
    )
    known = ((styles, STYLES), (moods, MOODS), (instruments, {*INSTRUMENTS, *_FAMILIES}))
    for names, table in known:
        if unknown := sorted(names - set(table)):
            raise DataError(f"{where}: unknown name(s) {', '.join(unknown)}")
    return Sentence(language, text, styles, moods, instruments)
