"""A text in, its words, numbers and signs out, each with its place: what every reader here reads.

Letters are folded (no accents, no capitals), because people type ``re mineur`` and ``RE MINEUR``
for ``ré mineur``. Hyphens and apostrophes inside a word separate and then vanish, so that
``three-four`` is ``three four`` and ``l'intro`` is ``l intro``; all other signs stay, so that no
phrase is read across them. Everything is linear in the length of the text.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

# The first branch vanishes: joints inside words, marks of writing direction, zero-width signs.
_TOKEN = re.compile(
    r"(?P<joint>(?<=\w)[-'’‑](?=[^\W\d_])|[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff])"
    r"|\d+(?:[.,]\d+)*"
    r"|[^\W\d_]+(?:[\u0300-\u036f]+[^\W\d_]*)*"
    r"|\n|[^\w\s]|_+"
)
_LONGEST_WORD = 40  # letters; longer ones are in no table and are not worth folding
_LETTERS = str.maketrans({"ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "’": "'"})


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text in pieces."""

    text: str
    words: Sequence[str]  # folded; a sign is itself
    starts: Sequence[int]  # character offsets into ``text``
    ends: Sequence[int]

    def word(self, index: int) -> str:
        """The folded word, or nothing outside the text."""
        return self.words[index] if 0 <= index < len(self.words) else ""

    def raw(self, index: int) -> str:
        """The word as written, or nothing outside the text."""
        if not 0 <= index < len(self.words):
            return ""
        return self.text[self.starts[index] : self.ends[index]]

    def glued(self, index: int) -> bool:
        """Whether nothing at all stands between a token and the one before."""
        return 0 < index < len(self.words) and self.ends[index - 1] == self.starts[index]

    def between(self, index: int) -> str:
        """What stands between a token and the one before: spaces or a joint."""
        if not 0 < index < len(self.words):
            return ""
        return self.text[self.ends[index - 1] : self.starts[index]]


def tokens_of(text: str) -> Tokens:
    """Cut a text into tokens.

    Example:
        >>> list(tokens_of("Drum-free, at 120bpm").words)
        ['drum', 'free', ',', 'at', '120', 'bpm']
    """
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _TOKEN.finditer(text):
        if match.lastgroup is None:
            word = match[0]
            words.append(word if word[0].isdecimal() else folded(word))
            starts.append(match.start())
            ends.append(match.end())
    return Tokens(text, words, starts, ends)


def folded(word: str) -> str:
    """A word without capitals and accents.

    Example:
        >>> folded("DIÈSE"), folded("Fuß")
        ('diese', 'fuss')
    """
    return _fold(word) if len(word) <= _LONGEST_WORD else word.lower()


@lru_cache(maxsize=1 << 15)
def _fold(word: str) -> str:
    if word.isascii():
        return word.lower()
    if len(word) == 1 and not word.isalpha():
        return word
    parts = unicodedata.normalize("NFKD", word.lower())
    # Letters alone: signs for whole words or numbers (㎞, ⅙) fall apart into others.
    return "".join(c for c in parts if c.isalpha()).translate(_LETTERS) or word


def is_word(token: str) -> bool:
    """Whether a token is made of letters."""
    return token[:1].isalpha()
