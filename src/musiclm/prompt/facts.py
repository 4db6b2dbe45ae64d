"""What ``read_prompt`` finds in a text, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["tempo", "key", "metre", "duration", "absent", "negated"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the prompt that was understood."""

    kind: Kind
    text: str  # as written
    start: int  # character offset of the first character
    end: int  # one past the last


@dataclass(frozen=True, slots=True)
class Negation:
    """One thing that a prompt rules out."""

    text: str  # what is denied, without the word that denies it: "vocals", "sad"
    start: int  # character offsets of the stretch that denies it: "no vocals"
    end: int


@dataclass(frozen=True, slots=True)
class PromptFacts:
    """The hard facts of a prompt; what it does not say is ``None`` or empty."""

    tempo_bpm: float | None = None  # beats per minute, 30 to 300
    pace: str | None = None  # "slow", "medium" or "fast", where that is said in words
    key: str | None = None  # as the corpus spells them: "C", "Db", "F#", "Bb"
    mode: str | None = None  # "major", "minor", "dorian", ...
    metre: str | None = None  # "3/4"
    seconds: float | None = None  # duration, 1 to 600
    absent: tuple[str, ...] = ()  # "drums", "bass", "strings", ...: keys of the corpus' ABSENTEES
    present: tuple[str, ...] = ()  # such keys that are named and not ruled out
    negated: tuple[Negation, ...] = ()  # all that is ruled out, those included
    spans: tuple[Span, ...] = ()  # what was understood, in order of the text
    warnings: tuple[str, ...] = ()  # what was understood and cannot be, or contradicts itself
    positive: str = ""  # the text without what is ruled out; all of it if nothing remains


def key_name(key: str | None, mode: str | None) -> str:
    """A key for people: ``D minor``, ``Bb``, ``minor``.

    Example:
        >>> key_name("Bb", "minor")
        'Bb minor'
    """
    return " ".join(part for part in (key, mode) if part)


def stretches(negated: Sequence[Negation]) -> list[tuple[int, int]]:
    """Start and end of what to leave out, in order, overlaps joined."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((item.start, item.end) for item in negated):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
