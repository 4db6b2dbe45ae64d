"""Facts in, captions out: draws a language, a register, facts and a pattern for each caption."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

from musiclm.corpus.captions.draft import Draft, MissingWordError
from musiclm.corpus.captions.lexicon import LANGUAGES, REGISTERS, Lexicon, Pattern, lexicon
from musiclm.corpus.captions.mention import draw_wanted, sayable
from musiclm.corpus.captions.states import needs_of_slot
from musiclm.corpus.facts import Facts
from musiclm.errors import ConfigError

_TRIES = 8
# Registers in which people often start without a capital.
_LOOSE = ("tags", "title", "request", "negation", "scene")
_START = re.compile(r"(^[¡¿]?|[.!?…] [¡¿]?)(\w)")
_LATER_START = re.compile(r"([.!?…] [¡¿]?)(\w)")


@dataclass(frozen=True, slots=True)
class Caption:
    """One description of a piece."""

    text: str
    language: str
    register: str
    states: Mapping[str, Any] = field(default_factory=dict)
    """The facts that the text states, and no others: style, mood, scene, tempo (its band),
    tempo_bpm, key, mode, metre, lead, instruments, drums, absent, dynamics, ..."""
    pattern: str = ""
    """Which sentence pattern it was made from."""


def captions_of(
    facts: Facts,
    rng: np.random.Generator,
    *,
    n: int = 8,
    languages: Sequence[str] = LANGUAGES,
    held_out: bool = False,
) -> list[Caption]:
    """Write ``n`` captions in all languages and registers in turn, as different as the draw allows.

    Twelve captions hold each of six languages twice and each of eight registers at least once;
    which ones meet is random, so that even one caption alone may be any.

    Args:
        facts: What is true of the piece; nothing else is ever claimed.
        rng: Decides everything; the same state gives the same captions.
        n: How many.
        languages: Which of ``LANGUAGES``.
        held_out: Only sentence patterns that training never sees, and phrases that it never sees
            wherever there are such.

    Raises:
        ConfigError: ``n`` is negative, or a language is unknown or none is given.
    """
    if n < 0:
        raise ConfigError(f"n captions must be >= 0, got {n}")
    if not languages:
        raise ConfigError("captions need at least one language, got none")
    lexica = [lexicon(language) for language in languages]
    random = Random(int(rng.integers(2**63)))  # many small draws: ten times faster than numpy's
    possible = sayable(facts)
    registers = [name for name in REGISTERS if _fits(name, possible)]
    tongues = _shuffled(lexica, random)
    turns: list[str] = []
    captions: list[Caption] = []
    seen: set[str] = set()
    for index in range(n):
        if not turns:
            turns = _shuffled(registers, random)
        words, register = tongues[index % len(tongues)], turns.pop()
        for _ in range(_TRIES):
            caption = write_caption(possible, words, register, random, held_out=held_out)
            if caption.text not in seen:
                break
        seen.add(caption.text)
        captions.append(caption)
    return captions


def write_caption(
    possible: Mapping[str, Any],
    words: Lexicon,
    register: str,
    random: Random,
    *,
    held_out: bool = False,
) -> Caption:
    """One caption of a given kind from what ``sayable`` found.

    Drafts that repeat themselves ("slow slow blues") are thrown away.
    """
    best: tuple[Draft, Pattern, str] | None = None
    wanted = draw_wanted(possible, register, random)
    for turn in range(_TRIES):
        if turn == _TRIES // 2:
            wanted = draw_wanted(possible, register, random)
        pattern = _pattern(words, register, possible, wanted, random, held_out=held_out)
        draft = Draft(words, possible, wanted, register, random, held_out=held_out)
        try:
            text = draft.text(pattern.template)
        except MissingWordError:
            continue
        if not text.strip() or not draft.states:
            continue
        best = (draft, pattern, text)
        if not repeats(draft.used):
            break
    if best is None:  # the language lacks a word that this piece needs; tags need none
        draft = Draft(words, possible, {"style": possible["style"]}, "tags", random, held_out=False)
        pattern = (words.reserved_patterns if held_out else words.patterns)["tags"][0]
        best = (draft, pattern, draft.text(words.template("{genre}")))
    draft, pattern, text = best
    text = words.grammar.contracted(text.strip())
    start = _START if register not in _LOOSE or random.random() < 0.5 else _LATER_START
    text = start.sub(lambda match: match[1] + match[2].upper(), text)
    return Caption(text, words.language, register, draft.states, pattern.id)


def repeats(used: Sequence[tuple[str, str]]) -> bool:
    """Whether phrases for different facts say the same word, as in "slow slow blues".

    Two instruments may share a word: electric guitar, electric bass; not a whole name.
    """
    for index, (fact, phrase) in enumerate(used):
        for other, second in used[:index]:
            if f" {phrase} " in f" {second} " or f" {second} " in f" {phrase} ":
                return True
            if {fact, other} <= {"lead", "others", "drums", "x", "absent"} or fact == other:
                continue
            if set(_stems(phrase)) & set(_stems(second)):
                return True
    return False


def _stems(phrase: str) -> list[str]:
    return [word[:5] for word in re.findall(r"\w{4,}", phrase)]


def _pattern(
    words: Lexicon,
    register: str,
    possible: Mapping[str, Any],
    wanted: Mapping[str, Any],
    random: Random,
    *,
    held_out: bool,
) -> Pattern:
    """A pattern whose required facts are there, rather one that states what is wanted."""
    patterns = words.reserved_patterns if held_out else words.patterns
    # Music for no scene in particular is still good for what its style is good for.
    kind = "use" if register == "scene" and "scene" not in possible else register
    found = patterns.get(kind, ())
    able = [p for p in found if all(_covered(need, possible) for need in p.template.needs)]
    if not able:
        return found[int(random.random() * len(found))]
    fitting = [p for p in able if all(_covered(need, wanted) for need in p.template.needs)]
    chosen = fitting if fitting and random.random() < 0.9 else able
    return chosen[int(random.random() * len(chosen))]


def _covered(slot: str, facts: Mapping[str, Any]) -> bool:
    return slot == "x" or any(fact in facts for fact in needs_of_slot(slot))


def _fits(register: str, possible: Mapping[str, Any]) -> bool:
    """Negations need something absent."""
    return register != "negation" or "absent" in possible


def _shuffled(items: Sequence[Any], random: Random) -> list[Any]:
    copy = list(items)
    random.shuffle(copy)
    return copy
