"""How many in, prompts that name a metre and a tempo out, half of them three beats in a bar.

They stand apart from ``cases.py``, whose prompts name no metre: nine pieces of ten are in four, and
among them "in three" would be too rare to be judged. Metres of five and seven are not asked for:
the judge does not hear them in ten seconds (``metre.py``).
"""

import numpy as np

from musiclm.corpus.captions.lexicon import LANGUAGES
from musiclm.corpus.compose import STYLES, compose
from musiclm.corpus.facts import facts_of
from musiclm.corpus.pieces import HELD_OUT_STYLES
from musiclm.errors import ConfigError
from musiclm.evaluate.corpus.piece import HAS_A_BEAT
from musiclm.evaluate.corpus.voices import struck_beats
from musiclm.evaluate.model.cases import CASE_SEED, Case, Wanted
from musiclm.evaluate.model.metre import metre_class
from musiclm.evaluate.model.words import worded

_PIECE_SECONDS = 25.0
_TRIES = 12  # pieces of a style that are composed in search of a metre
_SEED_OFFSET = 500_000  # apart from the pieces of ``cases``


def metre_cases(n_cases: int, *, seconds: float, seed: int = 0) -> list[Case]:
    """Prompts with style, tempo and metre; three and four beats in turn, languages in turn.

    Args:
        n_cases: How many.
        seconds: Length of an excerpt, and of the clip to make.
        seed: Another seed, other pieces and wordings.

    Raises:
        ConfigError: Fewer than one.
    """
    if n_cases < 1:
        raise ConfigError(f"at least one prompt is needed, got {n_cases}")
    styles = [style for style in sorted(STYLES) if style not in HELD_OUT_STYLES]
    found: list[Case] = []
    tried = 0
    while len(found) < n_cases:
        beats = (3, 4)[len(found) % 2]
        case = _case(styles[tried % len(styles)], beats, len(found), tried, seconds, seed)
        tried += 1
        if case is not None:
            found.append(case)
    return found


def _case(
    style: str, beats: int, number: int, tried: int, seconds: float, seed: int
) -> Case | None:
    """A piece of the style with so many beats in a bar, if a few tries find one."""
    first = CASE_SEED + 1_000_003 * seed + _SEED_OFFSET + _TRIES * tried
    for piece_seed in range(first, first + _TRIES):
        score = compose(style, piece_seed, seconds=_PIECE_SECONDS)
        if metre_class(score.metre) == beats and struck_beats(score) >= HAS_A_BEAT:
            break
    else:
        return None
    length = min(seconds, score.seconds())
    bpm = facts_of(score).tempo_bpm
    stated = {"style": style, "bpm": bpm, "metre": score.metre}
    language = LANGUAGES[number % len(LANGUAGES)]
    return Case(
        text=worded(stated, language, np.random.default_rng([seed, number, 3])),
        language=language,
        kind="metre",
        wanted=Wanted(style=style, tempo_bpm=float(bpm), metre=score.metre),
        style=style,
        piece_seed=piece_seed,
        piece_seconds=_PIECE_SECONDS,
        start_seconds=round((score.seconds() - length) / 2, 3),
        seconds=round(length, 3),
        stated=stated,
    )
