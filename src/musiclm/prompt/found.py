"""What the readers of single facts share: a finding, and where a phrase is over."""

from dataclasses import dataclass

from musiclm.prompt.facts import Kind
from musiclm.prompt.text import Tokens, is_word
from musiclm.prompt.words import table

Value = float | str | tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Found:
    """A fact in a text: what it is, and the tokens that say so."""

    kind: Kind
    value: Value  # a number, a metre, or (key, mode)
    first: int  # index of its first token
    after: int  # one past its last
    fault: str = ""  # why it cannot be, for a warning; the value is not used then


def is_over(tokens: Tokens, index: int) -> bool:
    """Whether a phrase ends before a token: the text ends, a sign, a number, "with", "for".

    A phrase of nothing but a common word ("in A", "in three") is one only if it is over after it.
    """
    word = tokens.word(index)
    if not is_word(word):
        # "in D&B style", "in C++", "in A/B"
        return word not in ("&", "+", "/", "#", "♯", "♭", "_") or not tokens.glued(index)
    if tokens.between(index) in ("-", "‑", "'", "’"):
        return False
    return table("boundary").holds(word)


def is_joined(tokens: Tokens, index: int) -> bool:
    """Whether a hyphen ties a word to the one before."""
    return tokens.between(index) in ("-", "‑")


def said(value: float) -> str:
    """A number for people.

    Example:
        >>> said(10_000.0), said(92.5)
        ('10,000', '92.5')
    """
    return f"{value:,.0f}" if value >= 1000 else f"{value:g}"
