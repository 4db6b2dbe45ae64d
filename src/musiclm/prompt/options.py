"""What a command line says in, checked and merged with what the prompt says.

An option is typed on purpose, so it wins; where the two contradict each other, that is told.
"""

import math
from dataclasses import replace

from musiclm.errors import GenerationError
from musiclm.prompt.duration import SECONDS_RANGE
from musiclm.prompt.facts import PromptFacts, key_name
from musiclm.prompt.keys import key_at
from musiclm.prompt.metre import METRES
from musiclm.prompt.tempo import BPM_RANGE
from musiclm.prompt.text import tokens_of


def reconcile(
    facts: PromptFacts,
    *,
    bpm: float | None = None,
    key: str | None = None,
    metre: str | None = None,
    seconds: float | None = None,
) -> tuple[PromptFacts, tuple[str, ...]]:
    """Let options win over the facts of a prompt.

    Args:
        facts: Of the prompt.
        bpm: Beats per minute, 30 to 300.
        key: In any spelling that a prompt may have: ``Dm``, ``D minor``, ``ré mineur``.
        metre: One of ``METRES``.
        seconds: Duration, 1 to 600.

    Returns:
        The facts to go by, and one sentence for each contradiction.

    Raises:
        GenerationError: An option is out of range or cannot be read.

    Example:
        >>> facts, told = reconcile(PromptFacts(tempo_bpm=120.0), bpm=90)
        >>> facts.tempo_bpm, told
        (90.0, ('the prompt says 120 bpm, the option 90: the option wins',))
    """
    told: list[str] = []
    if bpm is not None:
        wanted = _in_range("bpm", bpm, BPM_RANGE, "beats per minute")
        if facts.tempo_bpm not in (None, wanted):
            told.append(_contradiction(f"{facts.tempo_bpm:g} bpm", f"{wanted:g}"))
        facts = replace(facts, tempo_bpm=wanted)
    if key is not None:
        facts = _with_key(facts, key, told)
    if metre is not None:
        name = metre.replace(" ", "")
        if name not in METRES:
            raise GenerationError(f"metre must be one of {', '.join(METRES)}, got {metre!r}")
        if facts.metre not in (None, name):
            told.append(_contradiction(str(facts.metre), name))
        facts = replace(facts, metre=name)
    if seconds is not None:
        wanted = _in_range("seconds", seconds, SECONDS_RANGE, "seconds")
        if facts.seconds not in (None, wanted):
            told.append(_contradiction(f"{facts.seconds:g} s", f"{wanted:g}"))
        facts = replace(facts, seconds=wanted)
    return facts, tuple(told)


def parse_key(text: str) -> tuple[str, str | None]:
    """Key and mode of a text that is nothing else.

    Raises:
        GenerationError: It is no key.

    Example:
        >>> parse_key("Dm"), parse_key("si bémol majeur"), parse_key("F#")
        (('D', 'minor'), ('Bb', 'major'), ('F#', None))
    """
    if text.strip().lower() == "em":  # which is "in" in Portuguese
        text = "E minor"
    # Read after "key:", where a note alone is a key and "a" is no article.
    tokens = tokens_of(f"key: {text.strip()[:60]}")
    found = key_at(tokens, 0)
    whole = found is not None and found.after == len(tokens.words)
    if found is None or not whole or not isinstance(found.value, tuple) or not found.value[0]:
        raise GenerationError(
            f"key must be a note with or without a mode, such as Dm, 'F# major' or 'ré mineur', "
            f"got {text!r}"
        )
    return found.value[0], found.value[1]


def _with_key(facts: PromptFacts, key: str, told: list[str]) -> PromptFacts:
    name, mode = parse_key(key)
    same = facts.key in (None, name)
    if not same or (mode and facts.mode not in (None, mode)):
        said = key_name(facts.key, facts.mode)
        told.append(_contradiction(said, key_name(name, mode)))
    # "D minor" and the option D agree; A minor and the option D leave the mode open.
    return replace(facts, key=name, mode=mode or (facts.mode if same else None))


def _in_range(name: str, value: float, bounds: tuple[float, float], unit: str) -> float:
    low, high = bounds
    if not math.isfinite(value) or not low <= value <= high:
        raise GenerationError(f"{name} must be {low:g} to {high:g} {unit}, got {value:g}")
    return float(value)


def _contradiction(said: str, option: str) -> str:
    return f"the prompt says {said}, the option {option}: the option wins"
