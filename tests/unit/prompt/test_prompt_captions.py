"""Captions that the corpus writes are read back: an independent judge of both sides."""

from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pytest

from musiclm.corpus.captions import Caption, captions_of
from musiclm.corpus.compose import STYLES, compose
from musiclm.corpus.facts import ABSENTEES, facts_of
from musiclm.corpus.theory import KEY_NAMES, MODES
from musiclm.prompt import METRES, PromptFacts, read_prompt
from musiclm.prompt.keys import KEY_NAMES as OUR_KEYS
from musiclm.prompt.words import LANGUAGES, entries

# Both are called plain minor too, so a text does not tell which is meant.
SPOKEN_AS_MINOR = ("harmonic minor", "melodic minor")
# These name a style by its metre: stated in the text, though not as a fact of its own.
METRE_IN_THE_STYLE = "Walzermusik im Dreivierteltakt"


@cache
def pairs() -> tuple[tuple[Caption, PromptFacts], ...]:
    """Captions of every second style, with reserved phrases too, and what is read."""
    rng = np.random.default_rng(1)
    found = []
    for seed, style in enumerate(sorted(STYLES)[::2]):
        facts = facts_of(compose(style, seed, seconds=12))
        for held_out in (False, True):
            captions = captions_of(facts, rng, n=16, held_out=held_out)
            found += [(caption, read_prompt(caption.text)) for caption in captions]
    return tuple(found)


def share_right(name: str, *, stated: bool) -> tuple[float, int, list[str]]:
    """The share of captions read rightly, how many there are, and examples of wrong ones."""
    right: Counter[bool] = Counter()
    wrong: list[str] = []
    for caption, facts in pairs():
        want, got = wanted(name, caption), read(name, facts)
        if bool(want) != stated:
            continue
        right[want == got] += 1
        if want != got:
            wrong.append(f"{caption.text!r}: {got}")
    return right[True] / max(1, right.total()), right.total(), wrong[:5]


def wanted(name: str, caption: Caption) -> Any:
    states = caption.states
    if name == "key":
        mode = str(states.get("mode", "")).replace("_", " ")
        plain = mode in SPOKEN_AS_MINOR and mode.split()[0] not in caption.text.lower()
        return (states["key"], "minor" if plain else mode) if "key" in states else None
    if name == "absent":
        return set(states.get("absent", ()))
    if name == "metre" and METRE_IN_THE_STYLE in caption.text:
        return "3/4"
    return states.get(name)


def read(name: str, facts: PromptFacts) -> Any:
    if name == "key":
        return (facts.key, facts.mode) if facts.key or facts.mode else None
    return set(facts.absent) if name == "absent" else getattr(facts, name)


@pytest.mark.parametrize(
    ("name", "least", "at_least"),
    [("tempo_bpm", 0.98, 80), ("key", 0.98, 80), ("metre", 0.95, 20), ("absent", 0.95, 150)],
)
def test_what_captions_state_is_read_back(name: str, least: float, at_least: int) -> None:
    share, n, wrong = share_right(name, stated=True)
    assert n >= at_least
    assert share >= least, wrong


@pytest.mark.parametrize("name", ["tempo_bpm", "key", "metre", "absent"])
def test_what_captions_do_not_state_is_not_read(name: str) -> None:
    share, n, wrong = share_right(name, stated=False)
    assert n >= 600
    assert share >= 0.995, wrong


def test_captions_have_no_duration_and_hardly_any_warning() -> None:
    # Of one scene, "for ten minutes of mindfulness", a length is what the words say.
    timed = [(c.states.get("scene"), facts.seconds) for c, facts in pairs() if facts.seconds]
    assert len({scene for scene, _ in timed}) <= 1
    assert {seconds for _, seconds in timed} <= {600.0}
    warned = [(caption.text, facts.warnings) for caption, facts in pairs() if facts.warnings]
    assert len(warned) <= 0.003 * len(pairs()), warned[:5]


def test_keys_modes_metres_and_families_are_those_of_the_corpus() -> None:
    assert OUR_KEYS == KEY_NAMES
    metres = {m for style in STYLES.values() for m in style.metres}
    assert {f"{upper}/{lower}" for upper, lower in metres} == set(METRES)
    for language in LANGUAGES:
        words = entries(language)
        assert {key for section, key, _ in words if section == "group"} == set(ABSENTEES)
        modes = {key for section, key, _ in words if section in ("mode", "scale")}
        assert modes >= set(MODES) - {"hirajoshi", "pelog"}
        assert modes <= set(MODES)
