"""A text and facts in, everything that the text says wrongly out.

The way back from words to facts, independent of how captions are written: every phrase of the
lexicon in all its forms goes into one index, texts are read by longest match, numbers, keys and
negations included. A word with several meanings contradicts a fact only if all of them do.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from musiclm.corpus.captions.grammar import Grammar, Noun
from musiclm.corpus.captions.lexicon import Lexicon, lexicon
from musiclm.corpus.captions.mention import sayable
from musiclm.corpus.facts import Facts
from musiclm.corpus.theory import MODES

Meaning = tuple[str, Any]  # kind of fact, value

# Punctuation counts, so that no phrase is read across it.
_WORD = re.compile(r"[\w#&/]+|[,;:.!?()]")
_BPM = range(40, 231)
# Sections whose nouns or phrases stand for a fact of another name.
_KINDS = {"piece": "style", "feel": "mood", "tempo.tag": "tempo"}
_NOUN_SECTIONS = ("style", "piece", "family", "feel", "instrument", "group")
_ADJECTIVE_SECTIONS = ("mood", "tempo")
_PHRASE_SECTIONS = ("tempo.tag", "metre", "dynamics", "production", "density", "swing", "ending",
                    "modulates", "form", "scene", "use", "axis", "absent")  # fmt: skip
_CLASSES = {"very slow": "slow", "very fast": "fast"}
_PITCHES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True, slots=True)
class Claim:
    """A phrase of a text and what it may mean."""

    phrase: str
    meanings: tuple[Meaning, ...]
    negated: bool


def claims_of(text: str, language: str) -> list[Claim]:
    """Every statement found in a text, in order.

    Example:
        >>> [claim.meanings for claim in claims_of("a waltz at 90 bpm", "en")]
        [(('style', 'waltz'),), (('bpm', 90),)]
    """
    index, longest = _index(language)
    grammar = lexicon(language).grammar
    negators = set(grammar.words["negators"].split())
    joiners = {",", *grammar.words["and"].split("/")[:2], grammar.words["nor"]}
    tokens = _tokens(text)

    def longest_at(start: int, most: int) -> int:
        """Words of the longest phrase that begins here."""
        for size in range(min(most, len(tokens) - start), 0, -1):
            if tuple(tokens[start : start + size]) in index:
                return size
        return 0

    claims: list[Claim] = []
    negating = False  # whether a negation reaches as far as here
    listed: list[int] = []  # claims since the last word that was no part of a list
    position = 0
    while position < len(tokens):
        size = longest_at(position, longest)
        if size:
            found = index[tuple(tokens[position : position + size])]
            # "Morceau de rock alternatif" holds "morceau de rock" and "rock alternatif": either.
            for start in range(position + 1, position + size):
                other = longest_at(start, longest)
                if start + other > position + size:
                    found = (*found, *index[tuple(tokens[start : start + other])])
                    size = start + other - position
                    break
            sounding = any(kind in ("instrument", "group") for kind, _ in found)
            phrase = " ".join(tokens[position : position + size])
            if sounding and position and tokens[position - 1] == grammar.words["nor"]:
                # "Without choir, keys or guitars": the last word tells that all are absent.
                negating = True
                for number in listed:
                    claims[number] = replace(claims[number], negated=True)
            if sounding or any(kind == "absent" for kind, _ in found):
                listed = [*listed, len(claims)] if sounding else []
            claims.append(Claim(phrase, found, negating and sounding))
            negating = negating and sounding
        else:
            word = tokens[position]
            if word.isdecimal() and int(word) in _BPM:
                claims.append(Claim(word, (("bpm", int(word)),), False))
            negating = word in negators or (negating and word in joiners)
            listed = listed if word in joiners else []
        position += max(1, size)
    return claims


def contradictions(text: str, language: str, facts: Facts) -> list[str]:
    """What ``text`` says that ``facts`` do not bear out; empty for a true text.

    Args:
        text: A caption or a prompt.
        language: Its language.
        facts: Of the piece.

    Returns:
        One line for each wrong statement: the phrase, what it means, what is true.
    """
    truth = _Truth(facts)
    wrong = []
    for claim in claims_of(text, language):
        meanings = claim.meanings
        if claim.negated:  # "without violins" speaks of all strings
            groups = tuple(m for m in meanings if m[0] == "group")
            meanings = groups or tuple(m for m in meanings if m[0] == "instrument")
            holds = all(not truth.holds(meaning) for meaning in meanings)
        else:
            holds = any(truth.holds(meaning) for meaning in meanings)
        if not holds:
            said = " or ".join(f"{kind} {value}" for kind, value in meanings[:4])
            no = "no " if claim.negated else ""
            wrong.append(f"{claim.phrase!r} says {no}{said}; true is {truth.about(meanings[0][0])}")
    return wrong


class _Truth:
    """Answers whether a meaning is true of a piece."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.possible = sayable(facts)

    def holds(self, meaning: Meaning) -> bool:
        kind, value = meaning
        facts = self.facts
        if kind == "instrument":
            return value in facts.instruments
        if kind == "group":
            return facts.drums if value == "drums" else value not in self.possible.get("absent", ())
        if kind == "absent":
            return value in self.possible.get("absent", ())
        if kind == "tempo":
            return _CLASSES.get(value, value) == facts.tempo_class
        if kind == "bpm":
            return bool(value == facts.tempo_bpm)
        if kind == "key":
            key, mode = value
            return (_pitch(key), mode) == (_pitch(facts.key), facts.mode.replace("_", " "))
        if kind == "axis":
            return tuple(value) in {tuple("".join(pair)) for pair in self.possible.get("axis", ())}
        if kind == "form":
            return value in self.possible.get("form", ())
        if kind in ("swing", "modulates"):
            return bool(self.possible.get(kind))
        return bool(self.possible.get(kind) == value)

    def about(self, kind: str) -> str:
        """The fact itself, for messages."""
        if kind in ("instrument", "group", "absent"):
            return f"{', '.join(self.facts.instruments)} and no {self.possible.get('absent')}"
        if kind == "bpm":
            return str(self.facts.tempo_bpm)
        return str(self.possible.get(kind))


@cache
def _index(language: str) -> tuple[dict[tuple[str, ...], tuple[Meaning, ...]], int]:
    """Every phrase of a language as words -> its meanings, and the longest phrase in words."""
    words = lexicon(language)
    found: dict[tuple[str, ...], list[Meaning]] = {}

    def add(surface: str, meaning: Meaning) -> None:
        meanings = found.setdefault(tuple(_tokens(surface)), [])
        if meaning not in meanings:
            meanings.append(meaning)

    for section in _NOUN_SECTIONS:
        for key in words.keys(section):
            if section == "piece" and key in ("any", "style"):
                continue
            for phrase in words.all_phrases(section, key):
                for surface in _noun_forms(words.noun(phrase), words.grammar):
                    add(surface, (_KINDS.get(section, section), key))
    for phrase in words.all_phrases("drums", "any"):
        for surface in _noun_forms(words.noun(phrase), words.grammar):
            add(surface, ("group", "drums"))
    for section in _ADJECTIVE_SECTIONS:
        for key in words.keys(section):
            for phrase in words.all_phrases(section, key):
                adjective = words.adjective(phrase)
                forms = {adjective.base, *adjective.forms}
                if words.language == "de" and not adjective.fixed:
                    forms |= {adjective.forms[0] + e for e in ("e", "er", "es", "en", "em")}
                for surface in forms:
                    add(surface, (section, key))
    for section in _PHRASE_SECTIONS:
        kind = _KINDS.get(section, section)
        for name in (section, f"{section}.say"):
            for key in words.keys(name):
                for phrase in words.all_phrases(name, key):
                    if "{" not in phrase:
                        add(phrase, (kind, key))
    for surface, meaning in _keys(words):
        add(surface, meaning)
    found.pop((), None)
    return {phrase: tuple(meanings) for phrase, meanings in found.items()}, max(map(len, found))


def _keys(words: Lexicon) -> Iterable[tuple[str, Meaning]]:
    """Every key in every mode, spoken."""
    for mode in MODES:
        for pattern in words.all_phrases("mode", mode):
            for key in words.keys("note"):
                for note in words.all_phrases("note", key):
                    yield re.sub(r"\b[Nn]\b", note, pattern), ("key", (key, mode))


def _noun_forms(noun: Noun, grammar: Grammar) -> set[str]:
    """The noun in all cases; without articles."""
    forms = {grammar.phrase(noun, "bare")}
    if any(form.endings for form in grammar.forms.values()):
        for name, form in grammar.forms.items():
            text = grammar.phrase(noun, name)
            determiner = form.determiners[noun.tag][0]
            forms.add(text.removeprefix(f"{determiner} ") if determiner else text)
    return forms


def _tokens(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _pitch(key: str) -> int:
    return (_PITCHES[key[0]] + key.count("#") - key.count("b", 1)) % 12
