"""Sentence patterns as text in, parsed patterns out.

``{lead:the}`` is a hole filled with a fact in a grammatical form, ``{lead|plays|play}`` a word that
agrees with what fills the hole (singular, plural; or one word a gender), and ``[, in {key}]`` a
part that is said only if the caption wants to state what is in it.
"""

import re
from dataclasses import dataclass

from musiclm.errors import DataError

# Holes that are filled with whatever the caption has left to say, so that nothing is required.
FREE_SLOTS = frozenset({"head", "genre", "piece", "tail", "extra", "tags"})

_TOKEN = re.compile(r"\{([^{}]*)\}|([\[\]])|([^{}\[\]]+)")


@dataclass(frozen=True, slots=True)
class Slot:
    """A hole: which fact, in which form; with ``options``, a word agreeing with that fact."""

    name: str
    form: str = "bare"
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A part that may be left out."""

    parts: tuple["str | Slot | Choice", ...]
    needs: frozenset[str]


Part = str | Slot | Choice


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed pattern."""

    parts: tuple[Part, ...]
    needs: frozenset[str]  # facts without which it cannot be said
    mentions: frozenset[str]  # facts that it can state


def parse_template(text: str) -> Template:
    """Parse a pattern.

    Raises:
        DataError: Brackets or braces do not match.

    Example:
        >>> parse_template("a tune[ in {key}] for {lead:the}").needs
        frozenset({'lead'})
    """
    stack: list[list[Part]] = [[]]
    position = 0
    for match in _TOKEN.finditer(text):
        if match.start() != position:
            break
        position = match.end()
        hole, bracket, literal = match.groups()
        if literal is not None:
            stack[-1].append(literal)
        elif bracket == "[":
            stack.append([])
        elif bracket == "]":
            if len(stack) == 1:
                raise DataError(f"pattern closes a bracket that it never opened: {text!r}")
            parts = tuple(stack.pop())
            stack[-1].append(Choice(parts, _needs(parts)))
        else:
            name, *options = hole.split("|")
            name, _, form = name.partition(":")
            stack[-1].append(Slot(name.strip(), form.strip() or "bare", tuple(options)))
    if position != len(text) or len(stack) != 1:
        raise DataError(f"pattern with an unmatched bracket or brace: {text!r}")
    parts = tuple(stack[0])
    return Template(parts, _needs(parts), frozenset(_slots(parts)))


def _needs(parts: tuple[Part, ...]) -> frozenset[str]:
    return frozenset(
        part.name for part in parts if isinstance(part, Slot) and part.name not in FREE_SLOTS
    )


def _slots(parts: tuple[Part, ...]) -> list[str]:
    names: list[str] = []
    for part in parts:
        if isinstance(part, Slot):
            names.append(part.name)
        elif isinstance(part, Choice):
            names += _slots(part.parts)
    return names
