"""A number and a seed in, prompts that no training saw out, each with the piece that it describes.

Every case is a piece composed for this purpose alone, under a seed that no corpus uses, and a
prompt that says some of what is true of an excerpt of it. The excerpt, rendered, is what a perfect
model might answer: judges hear it too, and how often they are right about it is their ceiling.
Half of the prompts state bare facts (``words.py``) and all instruments; half are captions in
patterns and phrases that are kept from training.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from musiclm.audio.waveform import Waveform
from musiclm.corpus.captions import Caption, captions_of
from musiclm.corpus.compose import STYLES, compose
from musiclm.corpus.facts import Facts, facts_of
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.pieces import HELD_OUT_STYLES
from musiclm.corpus.render import Sound, render
from musiclm.corpus.score import Score
from musiclm.corpus.theory import KEY_NAMES
from musiclm.errors import ConfigError
from musiclm.evaluate.corpus.key import SYMMETRIC
from musiclm.evaluate.corpus.piece import HAS_A_BEAT, NO_KEY
from musiclm.evaluate.corpus.voices import struck_beats
from musiclm.evaluate.model.words import LANGUAGES, worded
from musiclm.evaluate.mulan.data import heard

CASE_SEED = 7_900_000_000
"""Far above the 32-bit seeds from which corpora compose, and apart from ``HELD_OUT_SEED``."""

_SHORTEST_PIECE = 25.0
_DRAFTS = 12  # captions of which the one that states most of what can be judged is taken
# How often a bare prompt states a fact that can be stated; all are told apart by own judges.
_SHARES = {"style": 0.8, "bpm": 0.7, "key": 0.6, "drums": 0.7, "instruments": 0.7}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a prompt asks for; ``None`` where it says nothing."""

    style: str | None = None
    tempo_bpm: float | None = None
    key: tuple[int, str] | None = None  # tonic pitch class, "major" or "minor"
    drums: bool | None = None
    families: tuple[str, ...] | None = None  # of all instruments, drums aside
    some_families: tuple[str, ...] = ()  # of instruments that are named among others
    metre: tuple[int, int] = (4, 4)
    triplets: bool = False  # whether beats are divided in three


@dataclass(frozen=True, slots=True)
class Case:
    """A prompt, what it asks for, and the piece that it is true of."""

    text: str
    language: str
    kind: str  # "bare" or "caption"
    wanted: Wanted
    style: str
    piece_seed: int
    piece_seconds: float  # what the composer aims at
    start_seconds: float  # of the excerpt
    seconds: float  # of the excerpt
    stated: dict[str, Any] = field(default_factory=dict)


def cases(n_cases: int, *, seconds: float, seed: int = 0) -> list[Case]:
    """Prompts over all styles in turn and six languages in turn.

    Styles that training never hears are left out: a model cannot know their names.

    Args:
        n_cases: How many.
        seconds: Length of an excerpt, and of the clip to make.
        seed: Another seed, other pieces and wordings.

    Raises:
        ConfigError: Fewer than one case.
    """
    if n_cases < 1:
        raise ConfigError(f"at least one prompt is needed, got {n_cases}")
    styles = [style for style in sorted(STYLES) if style not in HELD_OUT_STYLES]
    made = []
    for index in range(n_cases):
        around, place = divmod(index, len(styles))
        language = LANGUAGES[(place + around) % len(LANGUAGES)]
        # Six languages and two kinds: the kind must not always meet the same languages.
        bare = (index + index // len(LANGUAGES)) % 2 == 0
        made.append(
            case_of(
                styles[place],
                CASE_SEED + 1_000_003 * seed + index,
                language,
                np.random.default_rng([seed, index]),
                seconds=seconds,
                bare=bare,
            )
        )
    return made


def case_of(
    style: str,
    piece_seed: int,
    language: str,
    rng: np.random.Generator,
    *,
    seconds: float,
    bare: bool,
) -> Case:
    """One case: a piece, the middle of it, and a prompt that is true of it."""
    piece_seconds = max(_SHORTEST_PIECE, seconds)
    score = compose(style, piece_seed, seconds=piece_seconds)
    length = min(seconds, score.seconds())
    start = (score.seconds() - length) / 2
    facts = heard(facts_of(score), start, length)
    sayable = _sayable(facts, score)
    if bare:
        stated = _drawn(sayable, rng)
        text = worded(stated, language, rng)
        wanted = _wanted(facts, score, stated, some=())
    else:
        caption = _caption(facts, language, rng)
        text = caption.text
        states = caption.states
        stated = {
            name: sayable[name]
            for name, known in (
                ("style", "style" in states),
                ("bpm", "tempo_bpm" in states),
                ("key", "key" in states),
                ("drums", "drums" in states),
            )
            if known and name in sayable
        }
        wanted = _wanted(facts, score, stated, some=states.get("instruments", ()))
    return Case(
        text=text,
        language=language,
        kind="bare" if bare else "caption",
        wanted=wanted,
        style=style,
        piece_seed=piece_seed,
        piece_seconds=piece_seconds,
        start_seconds=round(start, 3),
        seconds=round(length, 3),
        stated=stated,
    )


def real_audio(case: Case, *, sound: Sound) -> Waveform:
    """The excerpt of the piece that the prompt describes, rendered."""
    score = compose(case.style, case.piece_seed, seconds=case.piece_seconds)
    whole = render(score, sound=sound)
    return whole.slice(case.start_seconds, case.start_seconds + case.seconds)


@lru_cache(maxsize=1)
def families() -> tuple[str, ...]:
    """Families of instruments, drums aside.

    Example:
        >>> len(families()), families()[:3]
        (13, ('bass', 'brass', 'choir'))
    """
    return tuple(sorted({each.family for each in INSTRUMENTS.values()} - {"drums"}))


def families_of(instruments: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Families of some instruments, each once, sorted, drums aside.

    Example:
        >>> families_of(["violin", "cello", "standard_kit"])
        ('strings',)
    """
    found = {INSTRUMENTS[key].family for key in instruments}
    return tuple(sorted(found - {"drums"}))


def _sayable(facts: Facts, score: Score) -> dict[str, Any]:
    """What of a piece can be asked for and judged."""
    pitched = [key for key in facts.instruments if not INSTRUMENTS[key].is_drums]
    kits = [key for key in facts.instruments if INSTRUMENTS[key].is_drums]
    found: dict[str, Any] = {"style": facts.style}
    # Nobody hears a tempo in what has no beat.
    if struck_beats(score) >= HAS_A_BEAT:
        found["bpm"] = facts.tempo_bpm
    side = _side(facts.mode)
    if side and not facts.modulates and facts.style not in NO_KEY and facts.mode not in SYMMETRIC:
        found["key"] = (facts.key, side)
    # A kit in fewer than half of the bars is neither "drums" nor "no drums".
    if facts.drums or not kits:
        found["drums"] = facts.drums
    if pitched:
        found["instruments"] = tuple(pitched)
    return found


def _side(mode: str) -> str:
    """``major`` or ``minor`` where a mode is one of them by name; empty for all others."""
    last = mode.replace("_", " ").split()[-1]
    return last if last in ("major", "minor") else ""


def _drawn(sayable: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """Some of it; two facts at least."""
    while True:
        chosen = {name: value for name, value in sayable.items() if rng.random() < _SHARES[name]}
        if "instruments" in chosen and "drums" in sayable:
            # A list of all instruments would say that there are no drums.
            chosen["drums"] = sayable["drums"]
        if len(chosen) >= min(2, len(sayable)):
            return chosen


def _caption(facts: Facts, language: str, rng: np.random.Generator) -> Caption:
    """A sentence as people write them; of some, the one that states most that can be judged."""
    drafts = captions_of(facts, rng, n=_DRAFTS, languages=(language,), held_out=True)
    judged = ("style", "tempo_bpm", "key", "drums", "instruments")
    return max(drafts, key=lambda draft: sum(name in draft.states for name in judged))


def _wanted(
    facts: Facts, score: Score, stated: dict[str, Any], *, some: list[str] | tuple[str, ...]
) -> Wanted:
    tonic = stated.get("key")
    return Wanted(
        style=stated.get("style"),
        tempo_bpm=float(stated["bpm"]) if "bpm" in stated else None,
        key=(KEY_NAMES.index(tonic[0]), tonic[1]) if tonic else None,
        drums=stated.get("drums"),
        families=families_of(stated["instruments"]) if "instruments" in stated else None,
        some_families=families_of(list(some)),
        metre=score.metre,
        triplets=facts.swing,
    )
