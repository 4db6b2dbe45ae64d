"""Facts of a piece in, captions with times out: what changes where, for telling a story in music.

"calm piano alone" at the beginning, "the drums come in" at 0:16, "everybody plays" at 0:32.
"""

from random import Random
from typing import Any

import numpy as np

from musiclm.corpus.captions.draft import Draft, MissingWordError
from musiclm.corpus.captions.lexicon import Lexicon, lexicon
from musiclm.corpus.captions.mention import NO_DRUM_KITS, sayable
from musiclm.corpus.facts import Facts, SectionFacts
from musiclm.corpus.instruments import INSTRUMENTS

# Intensity is 0..1; smaller steps are not worth a word.
_STEP = 0.12
_MOST = 2  # changes that one caption names
_NAMES_STYLE = 0.6  # how often the first caption names the style


def timed_captions(
    facts: Facts, rng: np.random.Generator, *, language: str = "en", held_out: bool = False
) -> list[tuple[float, str]]:
    """Say what each section begins with, as far as sections differ.

    Args:
        facts: Of the piece, sections included.
        rng: Decides the wording.
        language: One of ``LANGUAGES``.
        held_out: Phrases that training never sees wherever there are such.

    Returns:
        Start in seconds and text, in order of time; empty where nothing changes, or where the
        facts do not say what sounds in the sections.
    """
    words = lexicon(language)
    random = Random(int(rng.integers(2**63)))
    teller = _Teller(words, sayable(facts), random, held_out)
    told: list[tuple[float, str]] = []
    before: SectionFacts | None = None
    for section in facts.sections:
        if not section.instruments:
            return []
        text = teller.opening(section) if before is None else teller.change(before, section)
        if text:
            told.append((section.start_seconds, text[:1].upper() + text[1:]))
            before = section
    return told if len(told) > 1 else []


class _Teller:
    """Chooses words for changes."""

    def __init__(
        self, words: Lexicon, possible: dict[str, Any], random: Random, held_out: bool
    ) -> None:
        self.words, self.possible = words, possible
        self.random, self.held_out = random, held_out
        sounding = [possible.get("lead", ""), *possible.get("others", ())]
        self.all_pitched = {key for key in sounding if key}

    def opening(self, section: SectionFacts) -> str:
        pitched = _pitched(section)
        if not pitched:
            start = self._said("timed.enter", "drums")
        elif len(pitched) == 1 and not section.drums:
            start = self._said("timed.start", "alone", pitched[0])
        else:
            start = self._said("timed.start", "any", pitched[0])
        wanted = {name: self.possible[name] for name in ("style", "mood")}
        if self.random.random() < _NAMES_STYLE:
            draft = self._draft(wanted)
            return f"{draft.text(self.words.template('{genre}'))}: {start}"
        mood = self._draft(wanted).text(self.words.template("{mood}"))
        return f"{start}, {mood}" if self.random.random() < _NAMES_STYLE else start

    def change(self, before: SectionFacts, now: SectionFacts) -> str:
        old, new = _pitched(before), _pitched(now)
        come = [key for key in new if key not in old]
        gone = [key for key in old if key not in new]
        said: list[str] = []
        if now.drums != before.drums:
            kits = [k for k in (now if now.drums else before).instruments if k in NO_DRUM_KITS]
            moment = "timed.enter" if now.drums else "timed.leave"
            said.append(self._said(moment, "any" if kits else "drums", kits[0] if kits else ""))
        if len(new) == 1 and not now.drums and gone:
            said.append(self._said("timed.level", "only", new[0]))
        elif come and len(new) > 2 and self.all_pitched <= set(new):
            said.append(self._said("timed.level", "full"))
        elif come:
            said.append(self._said("timed.enter", "any", come[0]))
        elif gone:
            said.append(self._said("timed.leave", "any", gone[0]))
        if (now.key, now.mode) != (before.key, before.mode) and now.key:
            said.append(self._key(now))
        if abs(now.intensity - before.intensity) >= _STEP:
            louder = now.intensity > before.intensity
            said.append(self._said("timed.level", "louder" if louder else "softer"))
        return ", ".join(text for text in said[:_MOST] if text)

    def _key(self, section: SectionFacts) -> str:
        draft = self._draft({"key": (section.key, section.mode)})
        name = draft.text(self.words.template("{key.name}"))
        return self._said("timed.key", "any").replace("#", name)

    def _said(self, section: str, key: str, instrument: str = "") -> str:
        phrases = self.words.phrases(section, key, held_out=self.held_out)
        text = phrases[int(self.random.random() * len(phrases))]
        try:
            filled = self._draft({"x": instrument}).text(self.words.template(text))
        except MissingWordError:
            return ""
        return self.words.grammar.contracted(filled)

    def _draft(self, wanted: dict[str, Any]) -> Draft:
        return Draft(
            self.words, self.possible, wanted, "timed", self.random, held_out=self.held_out
        )


def _pitched(section: SectionFacts) -> list[str]:
    return [key for key in section.instruments if not INSTRUMENTS[key].is_drums]
