"""Sentences as people write them, in six languages at once, with what would answer them.

Captions are made from facts by patterns; requests are the opposite, whole sentences written by hand
("something for a rainy sunday, not too sad"), each natively in every language, so that a text
encoder can learn that they mean the same, and which music they ask for. The files in
``requests/`` hold blocks of seven lines: ``= styles | moods | instruments | facts``, then one
sentence a language in the order of ``LANGUAGES``.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from musiclm.corpus.captions.lexicon import LANGUAGES
from musiclm.errors import DataError

SAID = (
    "slow",
    "medium",
    "fast",
    "drums",
    "no drums",
    "soft",
    "loud",
    "growing",
    "fading",
    "steady",
    "sparse",
    "busy",
)
"""What the last column of a header may say besides names."""
_RESERVE = 16


@dataclass(frozen=True, slots=True)
class Request:
    """One wish and what would grant it."""

    texts: tuple[str, ...]
    """In the order of ``LANGUAGES``."""
    styles: tuple[str, ...]
    """Any of these will do, the first one best."""
    moods: tuple[str, ...]
    instruments: tuple[str, ...]
    """Asked for; empty where none is."""
    said: tuple[str, ...]
    """Entries of ``SAID``."""

    @property
    def reserved(self) -> bool:
        """Whether training leaves it out, to see what was understood; one in sixteen."""
        return zlib.crc32(self.texts[0].encode()) % _RESERVE == 0


@cache
def requests() -> tuple[Request, ...]:
    """Every request of the package; read once.

    Raises:
        DataError: A file is malformed; names file and line.
    """
    folder = files("musiclm.corpus.captions") / "requests"
    found: list[Request] = []
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if file.name.endswith(".txt"):
            found += read_requests(file.read_text(encoding="utf-8"), source=file.name)
    return tuple(found)


def read_requests(text: str, *, source: str) -> Iterator[Request]:
    r"""Requests of one file.

    Raises:
        DataError: A block has another number of sentences, or a header other columns.

    Example:
        >>> block = "= tango | sad | bandoneon | slow" + "".join(f"\n{i}" for i in range(6))
        >>> next(read_requests(block, source="example")).instruments
        ('bandoneon',)
    """
    number, lines = 0, text.splitlines()
    while number < len(lines):
        if not lines[number].strip() or lines[number].startswith("#"):
            number += 1
            continue
        where = f"{source}, line {number + 1}"
        if not lines[number].startswith("="):
            raise DataError(f"{where}: expected a header that begins with '=', got a sentence")
        columns = [
            tuple(name.strip() for name in column.split(",") if name.strip())
            for column in lines[number][1:].split("|")
        ]
        sentences = tuple(line.strip() for line in lines[number + 1 : number + 1 + len(LANGUAGES)])
        if len(columns) != 4 or not columns[0] or not columns[1]:
            raise DataError(f"{where}: expected '= styles | moods | instruments | facts'")
        if len(sentences) != len(LANGUAGES) or any(not s or s[0] == "=" for s in sentences):
            raise DataError(f"{where}: expected a sentence in each of {', '.join(LANGUAGES)}")
        yield Request(sentences, *columns)
        number += 1 + len(LANGUAGES)
