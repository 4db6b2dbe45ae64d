"""Tokens in, a metre out: ``3/4``, ``waltz time``, ``à trois temps``, ``im Dreivierteltakt``."""

from musiclm.prompt.found import Found, is_over
from musiclm.prompt.text import Tokens
from musiclm.prompt.words import table

METRES = ("2/4", "3/4", "4/4", "5/4", "6/8", "7/8", "12/8")
"""Those that the composed corpus has, so that the model can know them."""
_LOWER = ("2", "4", "8", "16")


def metre_at(tokens: Tokens, index: int) -> Found | None:
    """The metre that begins at a token."""
    if tokens.word(index)[:1].isdecimal():
        return _fraction(tokens, index)
    found = table("metre").at(tokens, index)
    if found is not None:
        after = index + found.size
        # Three quarters of an hour, in Italian.
        if table("fraction").at(tokens, after) is not None:
            return None
        return Found("metre", found.key, index, after)
    found = table("metre.end").at(tokens, index)
    if found is not None and is_over(tokens, index + found.size):
        return Found("metre", found.key, index, index + found.size)
    return None


def _fraction(tokens: Tokens, index: int) -> Found | None:
    """Two numbers and a stroke; dates, halves and shares of something are none."""
    upper, stroke, lower = (tokens.word(index + step) for step in range(3))
    if stroke != "/" or lower not in _LOWER or not upper.isascii() or len(upper) > 2:
        return None
    if not upper.isdecimal() or not 2 <= int(upper) <= 15:
        return None
    if not (tokens.glued(index + 1) and tokens.glued(index + 2)):
        return None
    if tokens.word(index + 3) in ("/", "%") or tokens.word(index - 1) == "/":
        return None
    before = table("metre.word").ends_at(tokens, index)
    around = before or table("metre.word").at(tokens, index + 3) is not None
    if table("fraction").at(tokens, index + 3) is not None and not before:
        return None
    metre = f"{int(upper)}/{lower}"
    if metre not in METRES and not around:
        return None
    return Found("metre", metre, index, index + 3)
