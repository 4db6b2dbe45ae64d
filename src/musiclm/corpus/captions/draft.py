"""A sentence pattern and facts in, a sentence out, with a record of what it states.

``Draft`` fills the holes of a pattern. It knows no language: words come from the lexicon, forms
from the grammar.
"""

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, TypeVar

from musiclm.corpus.captions.grammar import Adjective, Noun
from musiclm.corpus.captions.lexicon import Lexicon
from musiclm.corpus.captions.mention import narrowed
from musiclm.corpus.captions.states import facts_of_slot, needs_of_slot, record
from musiclm.corpus.captions.template import Choice, Slot, Template

T = TypeVar("T")

# Facts that a phrase of their own section states, keyed by the value itself.
_KEYED = ("metre", "dynamics", "production", "density", "ending", "scene", "use")
_FLAGS = ("swing", "modulates")
_NOUNS = ("lead", "others", "band", "all", "drums", "style", "family", "feel", "x")
_TAIL = ("bpm", "tempo", "key", "metre", "dynamics", "production", "density", "swing", "ending",
         "modulates", "form", "axis", "absent", "family")  # fmt: skip
_EXTRA = ("dynamics", "production", "density", "swing", "ending", "modulates", "form", "axis",
          "roles", "metre")  # fmt: skip
# Of the names of an instrument the plainest comes this often; the rest share what is left.
_PLAINEST = 0.45


class MissingWordError(Exception):
    """The language has no word for something this pattern wants to say."""


class Draft:
    """One caption in the making."""

    def __init__(
        self,
        words: Lexicon,
        possible: Mapping[str, Any],
        wanted: Mapping[str, Any],
        register: str,
        random: Random,
        *,
        held_out: bool,
    ) -> None:
        self.words = words
        self.grammar = words.grammar
        self.possible = possible
        self.wanted = dict(wanted)
        self.register = register
        self.random = random
        self.held_out = held_out
        self.states: dict[str, Any] = {}
        self.used: list[tuple[str, str]] = []  # (fact, phrase), to notice repetitions
        self._nouns: dict[str, Noun] = {}
        self._promised: set[str] = set()

    def text(self, template: Template) -> str:
        """Fill a pattern."""
        # What has a hole of its own must not be said by the head of the sentence as well.
        self._promised = {fact for name in template.needs for fact in facts_of_slot(name)}
        return self._parts(template.parts)

    # Choosing words.

    def _pick(self, items: Sequence[T]) -> T:
        return items[int(self.random.random() * len(items))]

    def _phrase(self, section: str, key: str) -> str:
        """Any phrase for ``key``."""
        found = self.words.phrases(section, key, held_out=self.held_out)
        if not found:
            raise MissingWordError(f"{section}/{key}")
        return self._pick(found)

    def _value(self, name: str) -> Any:
        """The fact as this caption states it."""
        if name not in self.wanted:
            if name not in self.possible:
                raise MissingWordError(name)
            self.wanted[name] = narrowed(name, self.possible[name], self.register, self.random)
        return self.wanted[name]

    def _use(self, name: str, phrase: str) -> str:
        self.used.append((name, phrase.lower()))
        return phrase

    def _left(self, name: str) -> bool:
        """Whether the caption wants to state a fact and has not yet."""
        return name in self.wanted and name not in self._stated()

    def _stated(self) -> set[str]:
        return {name for name, _ in self.used}

    # Filling holes.

    def _parts(self, parts: tuple[Any, ...]) -> str:
        out: list[str] = []
        for part in parts:
            if isinstance(part, str):
                out.append(part)
            elif isinstance(part, Choice):
                if self._says(part):
                    out.append(self._parts(part.parts))
            else:
                out.append(self._slot(part))
        return "".join(out)

    def _says(self, choice: Choice) -> bool:
        """A bracket is said when everything in it is wanted and not yet said elsewhere."""
        if not choice.needs:
            return self.random.random() < 0.5
        for name in choice.needs:
            if name in ("x", "head", "piece", "genre"):
                continue
            if not any(self._left(fact) for fact in needs_of_slot(name)):
                return False
        return True

    def _slot(self, slot: Slot) -> str:
        name = slot.name
        if slot.options:
            return self.grammar.agreeing(self._noun(name), slot.options)
        if name in ("head", "genre", "piece"):
            return self._composite(name, slot.form)
        if name in ("others", "band", "all"):
            return self._list(name, slot.form)
        if name in _NOUNS:
            return self.grammar.phrase(self._noun(name), slot.form)
        if name in ("mood", "tempo"):
            return self._agreeing_fact(name, slot.form)
        if name == "tail":
            return "".join(f", {item}" for item in self._tail(2))
        if name == "extra":
            return "".join(f" {_capital(item)}." for item in self._extra(2))
        if name == "tags":
            return self._tags()
        if name == "without":
            return self._without()
        if name == "bpm.n":
            self._state("bpm", self._value("bpm"))
            return self._use("bpm", str(self._value("bpm")))
        if name == "key.name":
            self._state("key", self._value("key"))
            return self._use("key", self._key_named(self._value("key")))
        return self._tag(name)

    def _noun(self, name: str) -> Noun:
        """The noun of a hole, chosen once."""
        noun = self._nouns.get(name)
        if noun is None:
            if name in ("head", "genre", "piece"):
                noun = self._head_noun(name)
            elif name in ("others", "band", "all"):
                noun = self._list_nouns(name)[-1]
            elif name == "feel":
                noun = self.words.noun(self._phrase("feel", self._value("mood")))
                self.states["mood"] = self._value("mood")
                self._use("mood", noun.plain)
            else:
                value = self._value(name)
                section = "instrument" if name in ("lead", "drums", "x") else name
                noun = (
                    self._instrument(value, name)
                    if section == "instrument"
                    else self.words.noun(self._phrase(section, value))
                )
                if section != "instrument":
                    self._state(name, value)
                    self._use(name, noun.plain)
            self._nouns[name] = noun
        return noun

    def _instrument(self, key: str, fact: str) -> Noun:
        """A name of an instrument; without a key (of the kit) just the drums."""
        names = self.words.phrases("instrument", key, held_out=self.held_out) if key else ()
        names = names or self.words.phrases("drums", "any", held_out=self.held_out)
        plainest = self.random.random() < _PLAINEST
        noun = self.words.noun(names[0] if plainest else self._pick(names))
        self._state(fact, key)
        self._use(fact, noun.plain)
        return noun

    def _list_nouns(self, name: str) -> list[Noun]:
        """Lead, other instruments and drums, as far as the hole asks for them."""
        facts = facts_of_slot(name)
        nouns: list[Noun] = []
        for fact in facts:
            if not self._left(fact) and not (name == "others" and fact == "others"):
                continue
            values = self._value(fact)
            keys = values if fact == "others" else [values]
            nouns += [self._instrument(key, fact) for key in keys]
        if not nouns:
            raise MissingWordError(name)
        self._nouns[name] = nouns[-1] if len(nouns) == 1 else Noun("", max(self.grammar.plural))
        return nouns

    def _list(self, name: str, form: str) -> str:
        return self.grammar.listed(
            [self.grammar.phrase(noun, form) for noun in self._list_nouns(name)]
        )

    # The head of a sentence: adjectives, noun.

    def _head_noun(self, name: str) -> Noun:
        """A style as something countable ("waltz"), as a genre ("jazz"), or just "piece"."""
        words = self.words
        if name == "piece" or not self._left("style"):
            phrase = self._phrase("piece" if name != "genre" else "genre", "any")
            self._nouns[name] = words.noun(phrase)
            return self._nouns[name]
        style = self._value("style")
        self._state("style", style)
        own = words.phrases("piece", style, held_out=self.held_out)
        built = words.phrases("piece", "style", held_out=self.held_out)
        genres = words.phrases("style", style, held_out=self.held_out)
        if name == "genre":
            noun = words.noun(self._pick(genres) if genres else style)
        elif own and (not built or not genres or self.random.random() < 0.55):
            noun = words.noun(self._pick(own))
        elif built:  # "swing jazz track", "morceau de jazz swing"
            pattern = words.noun(self._pick(built))
            genre = self.words.noun(self._pick(genres) if genres else style)
            noun = Noun(self._filled(pattern.text, genre), pattern.tag)
        else:
            noun = words.noun(style)
        self._nouns[name] = noun
        self._use("style", noun.plain)
        return noun

    def _filled(self, pattern: str, genre: Noun) -> str:
        """``morceau {de}`` with a genre: the brace names the form."""
        start, _, rest = pattern.partition("{")
        form, _, end = rest.partition("}")
        return start + self.grammar.phrase(genre, form) + end

    def _composite(self, name: str, form: str) -> str:
        noun = self._noun(name)
        adjectives: list[Adjective] = []
        if name != "piece":
            free = [f for f in ("tempo", "mood") if self._left(f) and f not in self._promised]
            adjectives = [self._adjective(fact) for fact in free]
            if len(adjectives) > 1 and self.random.random() < 0.4:
                adjectives.reverse()
        return self.grammar.phrase(noun, form, adjectives)

    def _adjective(self, fact: str) -> Adjective:
        value = self._value(fact)
        found = self.words.phrases(fact, value, held_out=self.held_out)
        adjective = self.words.adjective(self._pick(found) if found else value)
        self._state(fact, value)
        self._use(fact, adjective.base)
        return adjective

    def _agreeing_fact(self, fact: str, form: str) -> str:
        """A mood or tempo alone, agreeing with the tag that the hole names."""
        adjective = self._adjective(fact)
        tags = self.grammar.tags
        if form in tags and self.grammar.words["order"] != "before":
            return adjective.forms[tags.index(form)]
        return adjective.base

    # Phrases of single facts.

    def _tag(self, name: str) -> str:
        """A fact as a few words: "in D minor", "no drums", "crescendo"."""
        value = self._value(name)
        if name == "axis":
            axis, sign = value[0]
            text = self._phrase("axis", axis + sign)
        elif name == "form":
            text = self._phrase("form", value[0])
        elif name == "absent":
            phrases = [self._phrase("absent", group) for group in value]
            for phrase in phrases:
                self._use(name, phrase)
            self._state(name, value)
            return ", ".join(phrases)
        elif name == "bpm":
            text = self._phrase("bpm", "any").replace("#", str(value))
        elif name == "key":
            named = self._key_named(value)
            pattern = self._phrase("key", "any")
            # "Key of the yo scale on F" would be one word for a key too many.
            starts = named.lower().startswith(tuple(w.lower() for w in self._notes(value[0])))
            text = pattern.replace("#", named) if starts else named
        elif name == "tempo":
            text = self._phrase("tempo.tag", value)
        elif name in _FLAGS:
            text = self._phrase(name, "yes")
        elif name in _KEYED:
            text = self._phrase(name, value)
        else:
            text = self.words.noun(self._phrase(name, value)).plain
        self._state(name, value)
        return self._use(name, text)

    def _key_named(self, value: tuple[str, str]) -> str:
        """``C sharp minor``, ``ut dièse mineur``, ``cis-Moll``: ``N`` is the note, ``n`` small."""
        key, mode = value
        note = self._pick(self._notes(key))
        text = self._pick(self.words.phrases("mode", mode) or (f"N {mode}",))
        return re.sub(r"\bN\b", note, re.sub(r"\bn\b", note[:1].lower() + note[1:], text))

    def _notes(self, key: str) -> tuple[str, ...]:
        return self.words.phrases("note", key) or (key,)

    def _without(self) -> str:
        """``without drums or bass``."""
        groups = self._value("absent")
        nouns = [self.words.noun(self._phrase("group", group)) for group in groups]
        form = self.grammar.words.get("without_form", "bare")
        items = [self.grammar.phrase(noun, form) for noun in nouns]
        for item in items:
            self._use("absent", item)
        self._state("absent", groups)
        return f"{self.grammar.words['without']} {self.grammar.listed(items, 'nor')}"

    def _say(self, name: str) -> str | None:
        """A fact as a whole sentence, if the language has one."""
        value = self._value(name)
        key = value
        if name == "axis":
            key = "".join(value[0])
        elif name == "form":
            key = value[0]
        elif name in _FLAGS:
            key = "yes"
        elif name == "roles":
            key, self.wanted["x"] = value[0]
            self._nouns.pop("x", None)
        found = self.words.phrases(f"{name}.say", str(key), held_out=self.held_out)
        if not found:
            return None
        text = self._parts(self.words.template(self._pick(found)).parts)
        self._state(name, value)
        return self._use(name, text)

    # Whatever is left to say.

    def _tail(self, most: int) -> list[str]:
        """Remaining instruments, then remaining facts as short phrases in any order."""
        items: list[str] = []
        if any(self._left(fact) for fact in ("lead", "others", "drums")):
            pitched = self._left("lead") or self._left("others")
            template = self.words.template(self._phrase("tail", "all" if pitched else "drums"))
            items.append(self._parts(template.parts))
        rest = [name for name in _TAIL if self._left(name) and self._speaks(name)]
        self.random.shuffle(rest)
        rest.sort(key=lambda name: name != "absent")  # what was asked to be absent must be said
        return items + [self._tag(name) for name in rest[:most]]

    def _speaks(self, name: str) -> bool:
        """Sections of a form, unlike other facts, need not have words."""
        if name != "form":
            return True
        return bool(self.words.phrases("form", self.wanted["form"][0]))

    def _extra(self, most: int) -> list[str]:
        """Remaining facts as sentences."""
        rest = [name for name in _EXTRA if self._left(name)]
        self.random.shuffle(rest)
        said = [self._say(name) for name in rest[:most]]
        return [text for text in said if text]

    def _tags(self) -> str:
        """All that is wanted as bare words, in any order."""
        moods = [name for name in ("tempo", "mood") if self._left(name)]
        items = [self._agreeing_fact(name, "bare") for name in moods]
        if self._left("style"):
            items.append(self.grammar.phrase(self._noun("genre"), "bare"))
        for fact in ("lead", "others", "drums"):
            if self._left(fact):
                value = self._value(fact)
                nouns = [
                    self._instrument(key, fact) for key in (value if fact == "others" else [value])
                ]
                items += [self.grammar.phrase(noun, "bare") for noun in nouns]
        rest = [n for n in _TAIL if self._left(n) and self._speaks(n)]
        items += [self._tag(name) for name in rest]
        if self.random.random() < 0.5:
            self.random.shuffle(items)
        return ", ".join(dict.fromkeys(items))

    def _state(self, name: str, value: Any) -> None:
        record(self.states, name, value)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
