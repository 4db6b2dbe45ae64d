"""Nouns and adjectives in, phrases with their articles, prepositions, cases and agreement out.

One engine for all languages; what differs stands in ``lexicon/<language>/grammar.txt``:

* ``[word]``: ``tags`` (the columns of every table, such as ``m f mp fp``), which of them are
  ``plural``, where adjectives stand (``order``), how they are joined, the words for *and*, *nor*
  and *without*.
* ``[forms]``: one line a form, one column a tag: ``le: le/l' | la/l' | les | les``. After a slash
  comes the variant before a vowel, after a second one that before an Italian "impure" s. A fifth
  column holds adjective endings for languages with cases (German), a sixth ``n`` for the ending
  of the dative plural.
* ``[onset]``: regular expressions that tell ``vowel`` and ``impure`` beginnings.
* ``[contraction]``: ``name: regular expression => replacement``, applied to whole texts, for words
  that merge where they meet.
* ``[adjective]``: ending -> its endings by tag; the longest ending that fits wins.

A noun is written ``f akustisch~ Gitarre``: tag, then text with ``~`` where adjective endings go.
An adjective is written plainly, or ``doux/douce`` where no rule fits, ``plein* d'énergie`` where
only one word bends, ``=au tempo modéré`` where nothing bends, ``>full of life`` where it follows
the noun in languages whose adjectives come first.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun with whatever belongs to it, without article."""

    text: str  # with "~" and "+" where endings go
    tag: int  # column of the tables

    @property
    def plain(self) -> str:
        """Without marks, for comparing."""
        return self.text.replace("~", "e").replace("+", "")


@dataclass(frozen=True, slots=True)
class Adjective:
    """An adjective in all its forms."""

    forms: tuple[str, ...]  # by tag; for languages with cases the one stem
    base: str  # standing alone
    after: bool = False  # follows the noun although adjectives precede it
    fixed: bool = False  # a phrase that never bends


@dataclass(frozen=True, slots=True)
class Form:
    """An article, perhaps with a preposition, and the endings it asks for."""

    determiners: tuple[tuple[str, ...], ...]  # by tag: plain, before a vowel, before impure s
    endings: tuple[str, ...] = ()  # of adjectives, by tag
    dative_plural: bool = False


@dataclass(frozen=True)
class Grammar:
    """The rules of one language."""

    tags: tuple[str, ...]
    plural: frozenset[int]
    words: Mapping[str, str]
    forms: Mapping[str, Form]
    vowel: re.Pattern[str]
    impure: re.Pattern[str]
    rules: tuple[tuple[str, tuple[str, ...]], ...]
    contractions: tuple[tuple[re.Pattern[str], str], ...]
    _nouns: dict[str, Noun] = field(default_factory=dict)
    _adjectives: dict[str, Adjective] = field(default_factory=dict)

    @classmethod
    def read(cls, sections: Mapping[str, Mapping[str, Sequence[str]]]) -> Self:
        """From the grammar sections of a lexicon."""
        words = {key: " | ".join(value) for key, value in sections["word"].items()}
        tags = tuple(words["tags"].split())
        plural = set(words["plural"].split())
        rules = [
            (ending.replace("_", ""), tuple(v[0].split()))
            for ending, v in sections["adjective"].items()
        ]
        return cls(
            tags,
            frozenset(index for index, tag in enumerate(tags) if tag in plural),
            words,
            {name: _form(columns, len(tags)) for name, columns in sections["forms"].items()},
            re.compile("|".join(sections["onset"].get("vowel", ["(?!)"])), re.IGNORECASE),
            re.compile("|".join(sections["onset"].get("impure", ["(?!)"])), re.IGNORECASE),
            tuple(sorted(rules, key=lambda rule: (-len(rule[0]), rule[0]))),
            tuple(_contraction("|".join(v)) for v in sections["contraction"].values()),
        )

    def contracted(self, text: str) -> str:
        """The text as one says it where words meet that merge or change each other."""
        for pattern, replacement in self.contractions:
            text = pattern.sub(replacement, text)
        return text

    def noun(self, text: str) -> Noun:
        """Parse ``tag text``; without a tag it is of the first one."""
        found = self._nouns.get(text)
        if found is None:
            tag, _, rest = text.partition(" ")
            known = rest and tag in self.tags
            found = Noun(rest, self.tags.index(tag)) if known else Noun(text, 0)
            self._nouns[text] = found
        return found

    def adjective(self, text: str) -> Adjective:
        """Parse an adjective and work out its forms."""
        found = self._adjectives.get(text)
        if found is None:
            found = self._adjectives[text] = self._adjective(text)
        return found

    def is_plural(self, noun: Noun) -> bool:
        """Whether verbs with it are plural."""
        return noun.tag in self.plural

    def agreeing(self, noun: Noun, options: Sequence[str]) -> str:
        """The option for the number (two options) or the tag (one each) of ``noun``."""
        if len(options) == 2:
            return options[1] if self.is_plural(noun) else options[0]
        return options[min(noun.tag, len(options) - 1)]

    def phrase(self, noun: Noun, form: str, adjectives: Sequence[Adjective] = ()) -> str:
        """The noun with its adjectives and what ``form`` puts before it.

        Example:
            >>> from musiclm.corpus.captions.lexicon import lexicon
            >>> french = lexicon("fr").grammar
            >>> french.phrase(french.noun("m orgue"), "au", [french.adjective("lent")])
            "à l'orgue lent"
        """
        rule = self.forms[form]
        ending = rule.endings[noun.tag] if rule.endings else ""
        text = _declined(noun, ending, rule)
        if self.words["order"] == "before":
            before = [a for a in adjectives if not a.after]
            words = [a.forms[0] + ending if rule.endings else a.forms[0] for a in before]
            text = " ".join([self.words["adjectives"].replace("_", " ").join(words), text]).strip()
            text = " ".join([text, *(a.base for a in adjectives if a.after)])
        elif adjectives:
            bending = [a.forms[noun.tag] for a in adjectives if not a.fixed]
            fixed = [a.base for a in adjectives if a.fixed]
            text = " ".join([text, *([self.listed(bending)] if bending else []), *fixed])
        return self.after(rule.determiners[noun.tag], text)

    def after(self, variants: Sequence[str], text: str) -> str:
        """The right variant of an article or preposition, then the text."""
        index = 1 if self.vowel.match(text) else 2 if self.impure.match(text) else 0
        word = variants[index] if index < len(variants) else variants[0]
        if not word or word == "-":
            return text
        return word + text if word.endswith("'") else f"{word} {text}"

    def listed(self, items: Sequence[str], word: str = "and") -> str:
        """``a``, ``a and b``, ``a, b and c``; repeats are dropped."""
        unique = list(dict.fromkeys(items))
        if len(unique) < 2:
            return "".join(unique)
        joiner = self.words[word].split("/")
        last = unique[-1]
        sounds_alike = len(joiner) > 1 and re.match(joiner[2], last, re.IGNORECASE)
        return ", ".join(unique[:-1]) + f" {joiner[1] if sounds_alike else joiner[0]} {last}"

    def _adjective(self, text: str) -> Adjective:
        if text.startswith((">", "=")):
            bare = text[1:].strip()
            return Adjective((bare,) * len(self.tags), bare, text[0] == ">", True)
        if self.words["order"] == "before":  # German stems, English words
            base, _, stem = text.partition("/")
            return Adjective((stem or base,) * len(self.tags), base)
        if "*" in text:
            at = text.index("*")
            start = text.rfind(" ", 0, at) + 1
            word = self._adjective(text[start:at])
            forms = tuple(text[:start] + form + text[at + 1 :] for form in word.forms)
            return Adjective(forms, forms[0])
        given = text.split("/")
        if len(given) == 2:
            plurals = (self._bent(given[0])[2], self._bent(given[1])[2])
            forms = (given[0], given[1], *plurals)
        else:
            forms = tuple(given) if len(given) == 4 else self._bent(text)
        return Adjective(forms, forms[0])

    def _bent(self, word: str) -> tuple[str, ...]:
        """All forms by the rule of the longest fitting ending."""
        for ending, endings in self.rules:
            if word.endswith(ending):
                stem = word[: len(word) - len(ending)]
                return tuple(stem + ("" if e == "-" else e) for e in endings)
        return (word,) * len(self.tags)


def _contraction(line: str) -> tuple[re.Pattern[str], str]:
    """From ``regular expression => replacement``; there ``_`` is a space."""
    pattern, _, replacement = line.partition("=>")
    return re.compile(pattern.strip()), replacement.strip().replace("_", " ")


def _form(columns: Sequence[str], n_tags: int) -> Form:
    determiners = tuple(tuple(column.split("/")) for column in columns[:n_tags])
    endings = (
        tuple("" if e == "-" else e for e in columns[n_tags].split())
        if len(columns) > n_tags
        else ()
    )
    return Form(determiners, endings, len(columns) > n_tags + 1)


def _declined(noun: Noun, ending: str, rule: Form) -> str:
    """The noun with its own adjectives bent and, in the dative plural, its ``n``."""
    text = noun.text.replace("~", ending)
    if rule.dative_plural and noun.tag == len(rule.determiners) - 1:
        if "+" in text:
            return text.replace("+", "n")
        return text if text.endswith(("n", "s", "a", "i")) else text + "n"
    return text.replace("+", "")
