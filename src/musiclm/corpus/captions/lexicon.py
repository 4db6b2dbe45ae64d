"""Plain text files in, the words and sentence patterns of a language out.

A file holds sections of lines ``key: phrase | phrase | phrase``; sections named ``pattern.*`` hold
one sentence pattern a line. The first phrase of a key is its plainest name. About a tenth of all
phrases and patterns are reserved: captions for training never use them, captions for testing use
them wherever there are some. Which ones follows from the text alone, so it is the same everywhere.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from musiclm.corpus.captions.grammar import Adjective, Grammar, Noun
from musiclm.corpus.captions.template import Template, parse_template
from musiclm.errors import ConfigError, DataError

LANGUAGES: tuple[str, ...] = ("en", "fr", "es", "de", "it", "pt")
REGISTERS: tuple[str, ...] = (
    "tags",
    "title",
    "sentence",
    "musician",
    "listener",
    "scene",
    "request",
    "negation",
)

_GRAMMAR = ("forms", "onset", "adjective", "word", "contraction")
# Facts that have but one right word: nothing of them can be kept from training.
_NEVER_RESERVED = (*_GRAMMAR, "note", "mode")
# First phrases stay, so one in seven of the others is about one in ten of all.
_RESERVE_PHRASES = 7
_RESERVE_PATTERNS = 10


@dataclass(frozen=True, slots=True)
class Pattern:
    """A sentence with holes."""

    id: str  # language/register/hash of the text: stays the same while the text does
    template: Template
    text: str


@dataclass(frozen=True)
class Lexicon:
    """Everything that can be said in one language."""

    language: str
    grammar: Grammar
    ordinary: Mapping[str, Mapping[str, tuple[str, ...]]]  # section -> key -> phrases
    reserved: Mapping[str, Mapping[str, tuple[str, ...]]]
    patterns: Mapping[str, tuple[Pattern, ...]]  # register -> patterns for training
    reserved_patterns: Mapping[str, tuple[Pattern, ...]]
    _parsed: dict[str, Template] = field(default_factory=dict)

    def phrases(self, section: str, key: str, *, held_out: bool = False) -> tuple[str, ...]:
        """What may be said for ``key``; empty where the language has no word for it.

        With ``held_out`` the reserved phrases alone, or the ordinary ones where none is reserved.
        """
        if held_out:
            found = self.reserved.get(section, {}).get(key, ())
            if found:
                return found
        return self.ordinary.get(section, {}).get(key, ())

    def all_phrases(self, section: str, key: str) -> tuple[str, ...]:
        """Ordinary and reserved phrases together."""
        return self.phrases(section, key) + self.reserved.get(section, {}).get(key, ())

    def keys(self, section: str) -> tuple[str, ...]:
        """Every key of a section."""
        return tuple(self.ordinary.get(section, {}))

    def template(self, text: str) -> Template:
        """The parsed phrase; parsed once."""
        found = self._parsed.get(text)
        if found is None:
            found = self._parsed[text] = parse_template(text)
        return found

    def name(self, section: str, key: str) -> str:
        """The plainest name: the first phrase without its gender, or the key spelled out.

        Example:
            >>> lexicon("fr").name("instrument", "church_organ")
            "orgue d'église"
        """
        found = self.phrases(section, key)
        return self.grammar.noun(found[0]).plain if found else key.replace("_", " ")

    def noun(self, text: str) -> Noun:
        """A phrase with its gender tag, parsed."""
        return self.grammar.noun(text)

    def adjective(self, text: str) -> Adjective:
        """A phrase that agrees, parsed."""
        return self.grammar.adjective(text)


@cache
def lexicon(language: str) -> Lexicon:
    """The lexicon of one of ``LANGUAGES``; read once.

    Raises:
        ConfigError: There is no such language.
        DataError: A file is malformed; names file and line.
    """
    if language not in LANGUAGES:
        raise ConfigError(f"captions know the languages {', '.join(LANGUAGES)}, got {language!r}")
    folder = files("musiclm.corpus.captions") / "lexicon" / language
    sections: dict[str, dict[str, list[str]]] = {}
    patterns: dict[str, list[str]] = {}
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if file.name.endswith(".txt"):
            _read(file.read_text(encoding="utf-8"), f"{language}/{file.name}", sections, patterns)
    grammar = Grammar.read({name: sections.pop(name, {}) for name in _GRAMMAR})
    ordinary: dict[str, dict[str, tuple[str, ...]]] = {}
    reserved: dict[str, dict[str, tuple[str, ...]]] = {}
    for section, entries in sections.items():
        ordinary[section], reserved[section] = {}, {}
        for key, phrases in entries.items():
            kept = {p for p in phrases[1:] if _is_reserved(language, section, key, p)}
            ordinary[section][key] = tuple(p for p in phrases if p not in kept)
            if kept:
                reserved[section][key] = tuple(p for p in phrases if p in kept)
    split = {name: _split_patterns(language, name, texts) for name, texts in patterns.items()}
    return Lexicon(
        language,
        grammar,
        ordinary,
        reserved,
        {name: pair[0] for name, pair in split.items()},
        {name: pair[1] for name, pair in split.items()},
    )


def _read(
    text: str,
    source: str,
    sections: dict[str, dict[str, list[str]]],
    patterns: dict[str, list[str]],
) -> None:
    """Add the sections of one file to what is there."""
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("# "):
            continue
        if line.startswith("[") and line.endswith("]") and " " not in line:
            section = line[1:-1]
        elif section.startswith("pattern."):
            patterns.setdefault(section.removeprefix("pattern."), []).append(line)
        elif section and ":" in line:
            key, phrases = line.split(":", 1)
            # Braces of phrases hold bars too, but none between spaces.
            found = [p.strip() for p in phrases.split("|" if section in _GRAMMAR else " | ")]
            entry = sections.setdefault(section, {}).setdefault(key.strip(), [])
            entry += found if section in _GRAMMAR else [p for p in found if p and p not in entry]
        else:
            raise DataError(
                f"{source}, line {number}: expected 'key: phrase | phrase', got {line!r}"
            )


def _is_reserved(language: str, section: str, key: str, phrase: str) -> bool:
    if section in _NEVER_RESERVED:
        return False
    return zlib.crc32(f"{language}/{section}/{key}/{phrase}".encode()) % _RESERVE_PHRASES == 0


def _split_patterns(
    language: str, register: str, texts: list[str]
) -> tuple[tuple[Pattern, ...], tuple[Pattern, ...]]:
    """Patterns for training and for testing; each register keeps at least one for testing."""
    hashes = {text: zlib.crc32(f"{language}/{register}/{text}".encode()) for text in texts}
    smallest = min(texts, key=lambda text: hashes[text])
    ordinary: list[Pattern] = []
    reserved: list[Pattern] = []
    for text, number in hashes.items():
        pattern = Pattern(f"{language}/{register}/{number:08x}", parse_template(text), text)
        kept = text == smallest or number % _RESERVE_PATTERNS == 0
        (reserved if kept else ordinary).append(pattern)
    return tuple(ordinary), tuple(reserved)


def lexicon_counts() -> dict[str, dict[str, int]]:
    """How many different phrases and sentence patterns each language has, and ``total``."""
    counts: dict[str, dict[str, int]] = {}
    for language in LANGUAGES:
        words = lexicon(language)
        tables = (words.ordinary, words.reserved)
        phrases = {
            phrase.lower()
            for table in tables
            for entries in table.values()
            for key in entries
            for phrase in entries[key]
        }
        groups = (*words.patterns.values(), *words.reserved_patterns.values())
        counts[language] = {"phrases": len(phrases), "patterns": sum(map(len, groups))}
    counts["total"] = {
        what: sum(counts[language][what] for language in LANGUAGES)
        for what in ("phrases", "patterns")
    }
    return counts
