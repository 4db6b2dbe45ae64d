"""Which styles and instruments a text names."""

import pytest

from musiclm.corpus.captions.lexicon import LANGUAGES, lexicon
from musiclm.corpus.compose import STYLES
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.evaluate.model.cases import cases
from musiclm.pipeline.names import Named, names_in
from musiclm.prompt import read_prompt
from musiclm.prompt.ensemble import family_of


@pytest.mark.parametrize(
    ("text", "style", "playing", "alone"),
    [
        ("a slow tango for bandoneon and violin", "tango", ("bandoneon", "violin"), False),
        ("ein Walzer mit gestrichenem Kontrabass", "waltz", ("contrabass",), False),
        ("violins, cellos and French horns", None, ("violin", "cello", "french_horn"), False),
        ("un trio de jazz, contrebasse et saxophone", None, ("acoustic_bass", "reed"), False),
        ("solo piano in the rain", None, ("acoustic_grand_piano",), True),
        ("slow strings with a solo cello", None, ("slow_strings", "cello"), False),
        ("nothing but a march", "march", (), False),
        ("only piano", None, ("acoustic_grand_piano",), True),
        ("only these play: a harp, flute", None, ("harp", "flute"), True),
        ("es spielen nur: Klavier und Celesta", None, ("acoustic_grand_piano", "celesta"), True),
        ("tocam só: flauta e harpa", None, ("flute", "harp"), True),
        ("instruments : orgue d'église", None, ("church_organ",), True),
        ("a guitar solo over an organ", None, ("guitar", "organ"), False),
        ("rock organ", None, ("rock_organ",), False),
        ("techno with drums", "techno", ("drums",), False),
        ("music for a haunted house", None, (), False),
        ("in the country, on a rock", None, (), False),
        ("a dark house track by the rock", "house", (), False),
        ("so calm, so quiet", None, (), False),
    ],
)
def test_what_a_text_names(
    text: str, style: str | None, playing: tuple[str, ...], alone: bool
) -> None:
    assert names_in(text) == Named(() if style is None else (style,), playing, alone)


@pytest.mark.parametrize("language", LANGUAGES)
def test_plain_names_of_every_language_are_read(language: str) -> None:
    words = lexicon(language)
    for key in STYLES:
        assert names_in(words.name("style", key)).styles == (key,), key
    missed = []
    for key, instrument in INSTRUMENTS.items():
        found = names_in(words.name("instrument", key)).playing
        if len(found) != 1 or family_of(found[0]) != instrument.family:
            missed.append(key)
    # Two names may be one word in a language: then what is plainer for one of them counts.
    assert len(missed) <= 3, missed


def test_what_training_must_not_say_is_not_read_either() -> None:
    reserved = [
        (key, phrase)
        for language in LANGUAGES
        for key in lexicon(language).keys("instrument")
        for phrase in lexicon(language).reserved.get("instrument", {}).get(key, ())
    ]
    assert len(reserved) > 50
    read = [key for key, text in reserved if key in names_in(text.split(" ", 1)[-1]).playing]
    assert len(read) < 0.5 * len(reserved)


def test_names_of_prompts_that_are_judged_are_read() -> None:
    # docs/experiments/stages.md quotes what this counts over more prompts.
    styles, exact, listed = [], 0, 0
    for case in cases(112, seconds=10.0):
        named = names_in(read_prompt(case.text).positive)
        if case.wanted.style:
            styles.append(case.style in named.styles[:1])
        if case.wanted.families is not None:
            listed += 1
            read = {family_of(name) for name in named.playing} - {"drums"}
            exact += read == set(case.wanted.families) and named.alone
    assert exact == listed > 30
    # Half of the prompts are in words that are kept from training, and from this dictionary.
    assert 0.85 < sum(styles) / len(styles) < 1.0
