"""Word tables of all languages in, one index of phrases out.

The tables are the files ``words/<language>.txt``: sections of lines ``key: phrase | phrase``. All
languages are tried together, since prompts mix them ("une valse with no drums"). A phrase keeps
the languages that it comes from, for the few that mean different things in two of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from musiclm.errors import DataError
from musiclm.prompt.text import Tokens, tokens_of

LANGUAGES: tuple[str, ...] = ("en", "fr", "es", "de", "it", "pt")


@dataclass(frozen=True, slots=True)
class Phrase:
    """What was found in a table."""

    key: str
    size: int  # words
    languages: frozenset[str]


class Table:
    """The phrases of one section as a tree of words, so that a look-up costs what it finds."""

    __slots__ = ("_root",)

    def __init__(self, phrases: Iterable[tuple[tuple[str, ...], Phrase]]) -> None:
        self._root = _Node()
        for words, phrase in phrases:
            node = self._root
            for word in words:
                node = node.after.setdefault(word, _Node())
            node.phrase = phrase

    def at(self, tokens: Tokens, index: int) -> Phrase | None:
        """The longest phrase that begins at a token, if any."""
        words = tokens.words
        if not 0 <= index < len(words):
            return None
        node = self._root.after.get(words[index])
        found = None
        while node is not None:
            found = node.phrase or found
            index += 1
            node = node.after.get(words[index]) if index < len(words) else None
        return found

    def holds(self, word: str) -> bool:
        """Whether one word alone is a phrase."""
        node = self._root.after.get(word)
        return node is not None and node.phrase is not None

    def ends_at(self, tokens: Tokens, index: int) -> bool:
        """Whether a phrase of up to three words ends just before a token."""
        for size in (1, 2, 3):
            found = self.at(tokens, index - size)
            if found is not None and found.size == size:
                return True
        return False

    def first_words(self) -> Iterable[str]:
        """What phrases begin with."""
        return self._root.after.keys()


class _Node:
    """A word within phrases: what ends here, and what may follow."""

    __slots__ = ("after", "phrase")

    def __init__(self) -> None:
        self.phrase: Phrase | None = None
        self.after: dict[str, _Node] = {}


_EMPTY = Table(())


@cache
def table(section: str) -> Table:
    """All phrases of one section in every language; empty where no file has such a section."""
    return _tables().get(section, _EMPTY)


@cache
def entries(language: str) -> tuple[tuple[str, str, str], ...]:
    """Every (section, key, phrase) of one file, as written.

    Raises:
        DataError: The file is malformed; names file and line.
    """
    file = files("musiclm.prompt") / "words" / f"{language}.txt"
    return tuple(_lines(file.read_text(encoding="utf-8"), f"{language}.txt"))


def _lines(text: str, source: str) -> Iterator[tuple[str, str, str]]:
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("# "):
            continue
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif section and ":" in line:
            key, phrases = line.split(":", 1)
            for phrase in phrases.split("|"):
                yield section, key.strip(), phrase.strip()
        else:
            raise DataError(f"{source}, line {number}: expected 'key: a | b', got {line!r}")


@cache
def _tables() -> dict[str, Table]:
    found: dict[str, dict[tuple[str, ...], tuple[str, set[str]]]] = {}
    for language in LANGUAGES:
        for section, key, text in entries(language):
            words = tuple(tokens_of(text).words)
            if words:
                known = found.setdefault(section, {}).setdefault(words, (key, set()))
                known[1].add(language)
    return {
        section: Table(
            (words, Phrase(key, len(words), frozenset(languages)))
            for words, (key, languages) in phrases.items()
        )
        for section, phrases in found.items()
    }
