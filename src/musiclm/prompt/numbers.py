"""Tokens in, numbers out: digits, words in six languages, ranges.

``120``, ``10,000``, ``1.5``, ``ninety-six``, ``cento e venti``, ``hundertzwanzig``, ``100-110``,
``between 100 and 110``. Number words reach to 300, the fastest tempo.
"""

from dataclasses import dataclass
from functools import cache

from musiclm.prompt.text import Tokens, folded
from musiclm.prompt.words import LANGUAGES, Phrase, Table, entries, table

_MOST_DIGITS = 15
_DASHES = ("-", "–", "—", "‒", "−", "~")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, or the middle of a range."""

    value: float
    after: int  # index of the token behind it
    spelled: bool  # in words
    span: bool = False  # from one number to another


def quantity_at(tokens: Tokens, index: int) -> Quantity | None:
    """The number or range that begins at a token."""
    between = table("between").at(tokens, index)
    first = number_at(tokens, index + between.size if between else index)
    if first is None:
        return None
    joint = first.after
    if tokens.word(joint) in _DASHES:
        size = 1
    else:
        found = table("and" if between else "to").at(tokens, joint)
        size = found.size if found else 0
    second = number_at(tokens, joint + size) if size else None
    if second is None or second.value <= first.value:
        return None if between else first
    middle = (first.value + second.value) / 2
    return Quantity(middle, second.after, first.spelled, True)


def number_at(tokens: Tokens, index: int) -> Quantity | None:
    """The number that begins at a token."""
    word = tokens.word(index)
    if word[:1].isdecimal():
        value = _value(word)
        if value is None:
            return None
        # French and German set thousands apart: 10 000.
        if tokens.word(index + 1) == "000" and len(word) <= 3:
            return Quantity(value * 1000, index + 2, False)
        return Quantity(value, index + 1, False)
    spelled = spelled_numbers().at(tokens, index)
    return Quantity(float(spelled.key), index + spelled.size, True) if spelled else None


def _value(text: str) -> float | None:
    """``1,000`` is a thousand, ``1,5`` is one and a half, ``1,2,3`` is nothing."""
    if len(text) > _MOST_DIGITS:
        return float("inf")
    head, *groups = text.replace(",", ".").split(".")
    if not groups:
        return float(head)
    if all(len(group) == 3 for group in groups) and 1 <= len(head) <= 3 and head != "0":
        return float(head + "".join(groups))
    return float(f"{head}.{groups[0]}") if len(groups) == 1 else None


@cache
def spelled_numbers() -> Table:
    """Every number word; the key is the number."""
    found: dict[tuple[str, ...], tuple[str, set[str]]] = {}

    def add(spelling: str, number: str, language: str) -> None:
        words = tuple(folded(word) for word in spelling.split())
        found.setdefault(words, (number, set()))[1].add(language)

    for language in LANGUAGES:
        words = {int(key): text for part, key, text in entries(language) if part == "number"}
        for number in range(1, 301):
            for spelling in _spellings(number, words, language):
                add(spelling, str(number), language)
        for section, key, phrase in entries(language):
            if section == "number.more":
                add(phrase, key, language)
    return Table(
        (words, Phrase(number, len(words), frozenset(languages)))
        for words, (number, languages) in found.items()
    )


def _spellings(number: int, words: dict[int, str], language: str) -> list[str]:
    """A number in words; the tables hold the units, the teens, the tens and the hundreds."""
    if number in words:
        return [words[number]]
    if number > 100:
        hundreds = _hundreds(number // 100, words, language)
        rest = _spellings(number % 100, words, language) if number % 100 else [""]
        joints = {"en": (" ", " and "), "de": ("", "und"), "it": ("", " ", " e "), "pt": (" e ",)}
        return [
            (h + joint + r) if r else h
            for h in hundreds
            for r in rest
            for joint in joints.get(language, (" ",))
        ]
    ten, unit = number // 10 * 10, number % 10
    if language == "fr" and ten in (70, 90):
        ten, unit = ten - 10, unit + 10
    if ten not in words or unit not in words:
        return []
    tens, units = words[ten], words[unit]
    if language == "de":
        return [("ein" if unit == 1 else units) + "und" + tens]
    if language == "it":
        return [(tens[:-1] if unit in (1, 8) else tens) + units]
    if language == "es":
        return [f"{tens} y {units}"]
    if language == "pt":
        return [f"{tens} e {units}"]
    if language == "fr":
        return [f"{tens} {units}", f"{tens} et {units}"]
    return [f"{tens} {units}"]


def _hundreds(count: int, words: dict[int, str], language: str) -> list[str]:
    """One, two or three hundred."""
    if 100 * count in words and count > 1:
        return [words[100 * count]]
    hundred = words[100]
    if count == 1:
        # Spanish and Portuguese have another word before a rest: ciento veinte, cento e vinte.
        one = {"es": "ciento", "pt": "cento"}.get(language, hundred)
        more = {"en": ["a hundred", "one hundred"], "de": ["einhundert"]}.get(language, [])
        return [one, *more]
    if language == "de":
        return [words[count] + hundred]
    return [f"{words[count]} {hundred}", f"{words[count]} {hundred}s"]
