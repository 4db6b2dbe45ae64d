"""Tokens in, a key and its mode out: ``D minor``, ``F#m``, ``si bémol majeur``, ``H-Moll``.

Notes have letters (English; German with H and its own B) or syllables (Romance). Most are words of
some language too, so a note alone counts only after "in" or "key of" and where the phrase is over,
and "a minor", "la mayor" only where no noun follows.
"""

import re
from dataclasses import dataclass

from musiclm.prompt.found import Found, is_joined, is_over
from musiclm.prompt.text import Tokens, is_word
from musiclm.prompt.words import Phrase, table

KEY_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
"""How the corpus spells the keys, from C upward in semitones."""

_LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11, "h": 11}
_SYLLABLES = {"do": 0, "ut": 0, "re": 2, "mi": 4, "fa": 5, "sol": 7, "la": 9, "si": 11}
_GERMAN = {
    "cis": 1, "des": 1, "dis": 3, "es": 3, "eis": 5, "fis": 6, "ges": 6, "gis": 8, "as": 8,
    "ais": 10, "b": 10, "h": 11, "ces": 11, "his": 0, "fes": 4, "hes": 10,
}  # fmt: skip
_SIGNS = {"#": 1, "♯": 1, "♭": -1}
_SHIFTS = {"sharp": 1, "flat": -1}
_TAILS = {"m": "minor", "min": "minor", "minor": "minor", "mi": "minor", "moll": "minor",
          "M": "major", "maj": "major", "major": "major", "dur": "major"}  # fmt: skip
_LETTER = re.compile(r"([A-Ha-h])(b)?(major|maj|minor|min|mi|m|M|dur|moll)?")
_GERMAN_TAIL = re.compile(r"(cis|des|dis|fis|ges|gis|ais|ces|[a-h])(dur|moll)")
_LETTER_WORDS = [
    letter + flat + tail.lower()
    for letter in _LETTERS
    for flat in ("", "b")
    for tail in ("", *_TAILS)
]
NOTE_WORDS = frozenset(
    [*_LETTER_WORDS, *_GERMAN, *_SYLLABLES, *(n + m for n in _GERMAN for m in ("dur", "moll"))]
)
"""Every word that a key can begin with, folded."""
# Syllables that are everyday words too: the article la, if, my, of the.
_EVERYDAY = ("la", "si", "mi", "do", "re")
_GERMAN_WORDS = ("es", "as", "des", "his")
_GERMAN_ONLY = frozenset({"de"})


@dataclass(frozen=True, slots=True)
class _Note:
    """A note and what is known from its spelling."""

    pitch: int  # semitones above C
    after: int
    style: str  # letter, syllable, german
    plain: bool  # one word without accidental
    mode: str | None = None  # "m" of "Dm"
    german: int | None = None  # the pitch in German, where it is another one


def key_at(tokens: Tokens, index: int, *, german: bool = False) -> Found | None:
    """The key that begins at a token, its "in" or "key of" included.

    Args:
        tokens: The text.
        index: Where it begins.
        german: Whether a lone B is the German one.
    """
    named = table("key").at(tokens, index)
    inside = table("in").at(tokens, index)
    start = index + (named.size if named else inside.size if inside else 0)
    while named and tokens.word(start) in (":", "=", "-", "–", "is"):
        start += 1
    if named and table("in").at(tokens, start) is not None:
        start += 1
    german = german or bool(named and named.languages == _GERMAN_ONLY)
    on = table("scale").at(tokens, index)
    begin = index if on is not None else start
    on = on or table("scale").at(tokens, start)
    if on is not None:
        note = _note(tokens, begin + on.size)
        if note is None:
            return None
        pitch = _pitch(note, german=german or on.languages == _GERMAN_ONLY)
        return _found(pitch, on.key, index, note.after)
    context = "named" if named else "in" if inside else ""
    note = _note(tokens, start)
    if note is not None:
        mode = table("mode").at(tokens, note.after) if note.mode is None else None
        if note.mode is not None or mode is not None:
            if _is_key(tokens, start, note, mode, context):
                after = note.after + (mode.size if mode else 0)
                own = german or (mode is not None and mode.languages == _GERMAN_ONLY)
                own = own or tokens.word(note.after - 1).endswith(("dur", "moll"))
                return _found(
                    _pitch(note, german=own), mode.key if mode else note.mode, index, after
                )
        elif context and _is_tonic(tokens, start, note, context, german=german):
            return _found(_pitch(note, german=german), None, index, note.after)
    return _mode_alone(tokens, index, start, context)


def _note(tokens: Tokens, index: int) -> _Note | None:
    """The note at a token, with its accidental."""
    word, raw = tokens.word(index), tokens.raw(index)
    if glued := _GERMAN_TAIL.fullmatch(word):
        pitch = _GERMAN.get(glued[1], _LETTERS.get(glued[1][0], 0))
        return _Note(pitch, index + 1, "german", False, _TAILS[glued[2]])
    if word in _GERMAN and len(word) > 1:
        return _Note(_GERMAN[word], index + 1, "german", word not in _GERMAN_WORDS)
    if word in _SYLLABLES:
        shift, after = _accidental(tokens, index + 1)
        plain = after == index + 1
        return _Note(_SYLLABLES[word] + shift, after, "syllable", plain)
    letter = _LETTER.fullmatch(raw)
    if letter is None:
        return None
    name, flat, tail = letter[1].lower(), letter[2], letter[3]
    pitch, after = _LETTERS[name], index + 1
    if flat:
        pitch -= 1
    elif tail is None:
        shift, after = _accidental(tokens, after)
        pitch += shift
        if shift and tokens.glued(after) and tokens.raw(after) in _TAILS:
            tail, after = tokens.raw(after), after + 1
    plain = after == index + 1 and not flat
    german = _GERMAN.get(name) if after == index + 1 and not flat and tail is None else None
    style = "german" if name == "h" else "letter"
    return _Note(pitch, after, style, plain, _TAILS[tail] if tail else None, german)


def _accidental(tokens: Tokens, index: int) -> tuple[int, int]:
    """The shift in semitones of a sign or word for sharp and flat, and the token behind it."""
    word = tokens.word(index)
    if word in _SIGNS and tokens.glued(index):
        return _SIGNS[word], index + 1
    if word == "b" and tokens.raw(index) == "b" and table("mode").at(tokens, index + 1):
        return -1, index + 1  # "si b mayor"
    found = table("accidental").at(tokens, index)
    return (_SHIFTS[found.key], index + found.size) if found else (0, index)


def _pitch(note: _Note, *, german: bool) -> int:
    return note.german if german and note.german is not None else note.pitch


def _found(pitch: int, mode: str | None, first: int, after: int) -> Found:
    return Found("key", (KEY_NAMES[pitch % 12], mode), first, after)


def _is_key(tokens: Tokens, start: int, note: _Note, mode: Phrase | None, context: str) -> bool:
    """Whether a note with a mode is a key and not "a minor problem", "la mayor parte", "I Am"."""
    raw, after = tokens.raw(start), note.after + (mode.size if mode else 0)
    if mode is None:
        return _is_compact(tokens, start, note, context)
    languages, word = mode.languages, tokens.word(start)
    if tokens.word(note.after) in ("m", "min", "mi", "maj") and word in ("a", "e") and raw == word:
        return False  # "a min" is a minute
    if note.style == "german" and word != "h" and not languages & _GERMAN_ONLY:
        return note.plain  # "cis minor" perhaps, but "es menor" is Spanish
    if note.style == "german" and word == "h":
        return "de" in languages
    if note.style == "syllable" and languages <= {"en", "de"}:
        return False  # "do major changes"
    next_no = table("key.no").at(tokens, after) is not None
    if note.style == "syllable":
        if not note.plain or word not in _EVERYDAY or (raw[:1].isupper() and start):
            return not (next_no and note.plain)
        if context or not raw.isascii():
            return not next_no
        return not next_no and (is_over(tokens, after) or table("in").holds(tokens.word(start - 1)))
    if languages <= {"fr", "es", "it", "pt"}:  # "E maggiore", "A menor dúvida"
        return bool(context) and not next_no if word in ("a", "e", "o") else raw[:1].isupper()
    if word != "a" or not note.plain or languages == _GERMAN_ONLY:
        return not (next_no and word == "a")
    return _is_a_minor(tokens, start, after, context, next_no)


def _is_a_minor(tokens: Tokens, start: int, after: int, context: str, next_no: bool) -> bool:
    """The letter A, or the article a?"""
    if context == "named":
        return True
    if next_no:
        return False
    if is_over(tokens, after) or table("key.piece").at(tokens, after) is not None:
        return True
    begins = start == 0 or tokens.word(start - 1) in (".", "!", "?", "\n", ":")
    return tokens.raw(start) == "A" and not begins


def _is_compact(tokens: Tokens, start: int, note: _Note, context: str) -> bool:
    """``Dm``, ``F#m``, ``Bbmaj``: capitals, and not "Am" and "Em" where they are words."""
    raw, before = tokens.raw(start), tokens.word(start - 1)
    if context == "named" or not note.plain:
        return raw not in ("ebm", "abm", "gbm") or bool(context)
    if len(raw) > 2:  # "Emin", "Gmaj", "Cdur"
        return raw[:1].isupper() or bool(context) or note.style == "german"
    if before[:1].isdecimal() or before == "i" or not raw[:1].isupper() or raw[1:] == "M":
        return False
    if raw not in ("Am", "Em"):
        return True
    following = tokens.word(note.after)  # "Am I sad", "Am 3. Mai", "Em uma tarde"
    return bool(context and is_over(tokens, note.after)) or not following[:1].isalnum()


def _is_tonic(tokens: Tokens, start: int, note: _Note, context: str, *, german: bool) -> bool:
    """Whether a note without a mode is a key: "in D", "key of a", "en ré", not "in a", "en la"."""
    raw, word = tokens.raw(start), tokens.word(start)
    if is_joined(tokens, note.after) or not is_over(tokens, note.after):
        return False
    if note.style == "german":
        return german or (note.plain and word not in ("his", "h"))
    if context == "named":
        return True
    if note.style == "syllable":
        if not note.plain or word not in _EVERYDAY or not raw.isascii():
            return True
        # "En la" needs a noun, "em si" is "in itself".
        hard = not tokens.word(note.after)[:1].isalnum()
        return hard and (word != "si" or tokens.word(start - 1) != "em")
    if raw[:1].isupper():
        return True
    return word not in ("a", "e") and not (word[0] in "ae" and not note.plain)


def _mode_alone(tokens: Tokens, index: int, start: int, context: str) -> Found | None:
    """``in a minor key``, ``en mineur``, ``dorian mode``, ``Molltonart``."""
    alone = table("mode.alone").at(tokens, index)
    if alone is not None:
        return Found("key", (None, alone.key), index, index + alone.size)
    mode = table("mode").at(tokens, start) if context else None
    if mode is not None and is_over(tokens, start + mode.size):
        return Found("key", (None, mode.key), index, start + mode.size)
    mode = table("mode").at(tokens, index)
    if mode is not None and table("mode.word").at(tokens, index + mode.size) is not None:
        return Found("key", (None, mode.key), index, index + mode.size + 1)
    word = table("mode.word").at(tokens, index)
    if word is not None:
        mode = table("mode").at(tokens, index + word.size)
        if mode is not None and is_word(tokens.word(index)):
            return Found("key", (None, mode.key), index, index + word.size + mode.size)
    return None
