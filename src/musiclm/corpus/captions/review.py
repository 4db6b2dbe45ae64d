"""Captions of freshly composed pieces: to be read by people, and checked by the checker."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from musiclm.corpus.captions.check import contradictions
from musiclm.corpus.captions.lexicon import LANGUAGES
from musiclm.corpus.captions.write import Caption, captions_of
from musiclm.corpus.compose import STYLES, compose
from musiclm.corpus.facts import Facts, facts_of

_CAPTIONS_PER_PIECE = 12
_SECONDS = 40.0


@dataclass(frozen=True, slots=True)
class CaptionCheck:
    """What reading captions back found."""

    n_captions: int
    n_statements: int
    """Facts that the captions state, after their own record."""
    per_language: dict[str, int]
    per_register: dict[str, int]
    wrong: tuple[tuple[str, str], ...]
    """Text and what is wrong with it."""


def check_captions(n: int = 2_000, *, seed: int = 0) -> CaptionCheck:
    """Write ``n`` captions of composed pieces, all languages, and read their facts back.

    Args:
        n: How many captions; twelve a piece, a tenth of the pieces in held-out wording.
        seed: Of pieces and wording.
    """
    per_language: dict[str, int] = {}
    per_register: dict[str, int] = {}
    wrong: list[tuple[str, str]] = []
    n_statements = 0
    for facts, caption in _written(n, LANGUAGES, seed):
        per_language[caption.language] = per_language.get(caption.language, 0) + 1
        per_register[caption.register] = per_register.get(caption.register, 0) + 1
        n_statements += len(caption.states)
        faults = contradictions(caption.text, caption.language, facts)
        wrong += [(caption.text, fault) for fault in faults]
    return CaptionCheck(n, n_statements, per_language, per_register, tuple(wrong))


def sample_captions(language: str, n: int = 100, *, seed: int = 0) -> list[Caption]:
    """Captions of one language over all styles, for reading through."""
    return [caption for _, caption in _written(n, (language,), seed)]


def _written(n: int, languages: tuple[str, ...], seed: int) -> Iterator[tuple[Facts, Caption]]:
    """``n`` captions with the facts of their pieces."""
    styles = sorted(STYLES)
    done = 0
    piece = 0
    # One language: many pieces with few captions each read better than the other way round.
    each = _CAPTIONS_PER_PIECE if len(languages) > 1 else 2
    while done < n:
        facts = facts_of(
            compose(styles[piece % len(styles)], seed=seed * 100_003 + piece, seconds=_SECONDS)
        )
        rng = np.random.default_rng([seed, piece])
        captions = captions_of(
            facts, rng, n=min(each, n - done), languages=languages, held_out=piece % 10 == 9
        )
        for caption in captions:
            yield facts, caption
        done += len(captions)
        piece += 1
