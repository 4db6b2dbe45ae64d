"""A text and stretches of it in, the text without them out, as one would have typed it."""

import re
from collections.abc import Sequence

from musiclm.prompt.text import folded, is_word, tokens_of
from musiclm.prompt.words import table

_SPACES = re.compile(r"[ \t\u00a0]+")
_EMPTY = re.compile(r"\( ?\)|\[ ?\]|\" ?\"|« ?»|\{ ?\}")
_DOUBLED = re.compile(r"(?:[ ]?[,;])+(?=[ ]?[,;.:!?…)\]])|(?<=[(\[]) ?[,;]+ ?")
_BEFORE_SIGN = re.compile(r" +(?=[,;.)\]])")
_FIRST_WORD = re.compile(r"\s*([^\W\d_]+)(?!\w)")
_LAST_WORD = re.compile(r"(?<!\w)([^\W\d_]+)\W*$")
_LONGEST_WORD = 20  # with the signs behind it
_STOPS = re.compile(r"(?<=[.!?]) [.!?]+")
_DASHES = re.compile(r"(?<= )([–—-]) (?:[–—-] )+")
_EDGE = " \t,;:–—-"


def without(text: str, cut: Sequence[tuple[int, int]]) -> str:
    """Take stretches out of a text and tidy what is left; all of it if nothing is left.

    Example:
        >>> without("a waltz, no drums, in D", [(9, 17)])
        'a waltz, in D'
    """
    if not cut:
        return text
    pieces: list[str] = []
    position = 0
    for start, end in cut:
        pieces.append(text[position:start])
        position = end
    pieces.append(text[position:])
    last = len(pieces) - 1
    for index, piece in enumerate(pieces):
        piece = piece if index == 0 else _unled(piece)
        pieces[index] = piece if index == last else _undangled(piece)
    kept = " ".join(pieces)
    kept = _SPACES.sub(" ", kept)
    kept = _EMPTY.sub("", kept)
    kept = _DASHES.sub(r"\1 ", _STOPS.sub("", _DOUBLED.sub("", kept)))
    kept = _SPACES.sub(" ", _BEFORE_SIGN.sub("", kept)).strip(_EDGE).lstrip("!?. ").strip()
    return kept if _says_something(kept) else text


def _undangled(piece: str) -> str:
    """Without the "but" or "and" that led to what was cut."""
    last = _LAST_WORD.search(piece, max(0, len(piece) - _LONGEST_WORD))
    if last is not None and table("dangling").holds(folded(last[1])):
        return piece[: last.start()]
    return piece


def _unled(piece: str) -> str:
    """Without the "but" or "and" that led away from what was cut."""
    first = _FIRST_WORD.match(piece)
    if first is None:
        return piece
    tokens = tokens_of(first[1])
    found = table("dangling").at(tokens, 0)
    return piece[first.end() :] if found is not None and found.key == "either" else piece


def _says_something(text: str) -> bool:
    """Whether more is left than "I want", "it is", "please"."""
    empty = [table(section) for section in ("skip", "boundary", "dangling")]
    return any(
        (is_word(word) or word[0].isdecimal()) and not any(each.holds(word) for each in empty)
        for word in tokens_of(text).words
    )
