import re
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

from musiclm.corpus.captions import LANGUAGES, REGISTERS, captions_of, lexicon, lexicon_counts
from musiclm.corpus.captions.lexicon import Lexicon
from musiclm.corpus.captions.template import parse_template
from musiclm.corpus.compose import STYLES, compose
from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.craft.scenes import SCENES
from musiclm.corpus.facts import ABSENTEES, Facts, facts_of
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.mix import TREATMENTS
from musiclm.corpus.theory import KEY_NAMES, MODES
from musiclm.errors import ConfigError, DataError


@cache
def pieces() -> list[Facts]:
    return [
        facts_of(compose(style, seed=seed, seconds=20))
        for seed, style in enumerate(("march", "house", "samba"))
    ]


def sections(words: Lexicon) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for section in words.ordinary:
        for key in words.keys(section):
            yield section, key, words.all_phrases(section, key)


def test_the_lexicon_is_as_large_as_promised() -> None:
    counts = lexicon_counts()
    assert counts["total"]["phrases"] >= 3_000
    assert counts["total"]["patterns"] >= 400
    for language in LANGUAGES:
        assert counts[language]["phrases"] >= 1_500
        assert counts[language]["patterns"] >= 90


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_lacks_words(language: str) -> None:
    words = lexicon(language)
    needed = {
        "style": STYLES, "piece": STYLES, "use": STYLES, "mood": MOODS, "feel": MOODS,
        "scene": SCENES, "instrument": INSTRUMENTS, "mode": MODES, "absent": ABSENTEES,
        "group": ABSENTEES, "production": TREATMENTS, "production.say": TREATMENTS,
        "note": KEY_NAMES,
    }  # fmt: skip
    for section, keys in needed.items():
        missing = [key for key in keys if not words.phrases(section, key)]
        assert not missing, f"{section} lacks {missing}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_scenes_moods_and_styles_have_several_phrasings(language: str) -> None:
    words = lexicon(language)
    for section, least in (("scene", 3), ("mood", 2), ("feel", 2), ("style", 2), ("use", 2)):
        few = [k for k in words.keys(section) if len(words.all_phrases(section, k)) < least]
        assert [k for k in few if k != "any"] == [], section


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_for_what_does_not_exist(language: str) -> None:
    words = lexicon(language)
    for section, known in (("style", STYLES), ("mood", MOODS), ("scene", SCENES),
                           ("instrument", INSTRUMENTS)):  # fmt: skip
        assert set(words.keys(section)) <= set(known), section


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_languages_have_the_same_sections_and_registers(language: str) -> None:
    words, english = lexicon(language), lexicon("en")
    assert set(words.ordinary) == set(english.ordinary)
    assert set(words.patterns) == {*REGISTERS, "use"}
    for register in words.patterns:
        assert len(words.patterns[register]) >= 5
        assert words.reserved_patterns[register]


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_are_clean_and_templates_parse(language: str) -> None:
    words = lexicon(language)
    for section, key, phrases in sections(words):
        assert len(set(phrases)) == len(phrases), (section, key)
        for phrase in phrases:
            assert phrase == re.sub(r"\s+", " ", phrase).strip()
            if section not in ("piece", "style"):
                parse_template(phrase)


@pytest.mark.parametrize("language", LANGUAGES)
def test_patterns_use_forms_that_the_grammar_has(language: str) -> None:
    words = lexicon(language)
    groups = [*words.patterns.values(), *words.reserved_patterns.values()]
    texts = [pattern.text for group in groups for pattern in group]
    texts += [phrase for _, _, phrases in sections(words) for phrase in phrases]
    for text in texts:
        for name, form in re.findall(r"\{([\w.]+):(\w+)\}", text):
            known = set(words.grammar.forms) | set(words.grammar.tags)
            assert form in known, (text, name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_about_a_tenth_is_reserved(language: str) -> None:
    words = lexicon(language)
    everything = [p for section, _, ps in sections(words) for p in ps if section not in
                  ("note", "mode")]  # fmt: skip
    reserved = [p for keys in words.reserved.values() for ps in keys.values() for p in ps]
    assert 0.06 < len(reserved) / len(everything) < 0.14
    kept = sum(len(group) for group in words.reserved_patterns.values())
    of = kept + sum(len(group) for group in words.patterns.values())
    assert 0.07 < kept / of < 0.22


@pytest.mark.parametrize("language", LANGUAGES)
def test_training_and_held_out_captions_share_no_pattern_and_no_reserved_phrase(
    language: str,
) -> None:
    words = lexicon(language)
    ordinary, reserved = set(), set()
    for section, keys in words.ordinary.items():
        for key, phrases in keys.items():
            ordinary |= {(section, key, phrase) for phrase in phrases}
            held = words.reserved.get(section, {}).get(key, ())
            reserved |= {(section, key, phrase) for phrase in held}
            assert words.phrases(section, key) == phrases
            assert words.phrases(section, key, held_out=True) == (held or phrases)
    assert reserved
    assert not ordinary & reserved
    rng = np.random.default_rng(0)
    used: dict[bool, set[str]] = {False: set(), True: set()}
    for held_out in used:
        for facts in pieces() * 4:
            captions = captions_of(facts, rng, n=16, languages=(language,), held_out=held_out)
            used[held_out] |= {caption.pattern for caption in captions}
    assert not used[False] & used[True]
    assert used[False] <= {p.id for group in words.patterns.values() for p in group}
    assert used[True] <= {p.id for group in words.reserved_patterns.values() for p in group}


def test_reserved_words_never_come_in_training_captions() -> None:
    words = lexicon("en")
    ordinary = " | ".join(
        phrase.lower() for keys in words.ordinary.values() for ps in keys.values() for phrase in ps
    )
    ordinary += " | ".join(p.text.lower() for g in words.patterns.values() for p in g)
    telling = [
        words.noun(phrase).plain.lower()
        for section in ("style", "piece", "instrument", "scene", "use", "dynamics.say")
        for phrases in words.reserved[section].values()
        for phrase in phrases
    ]
    telling = [phrase for phrase in telling if phrase not in ordinary and "{" not in phrase]
    assert len(telling) > 30
    rng = np.random.default_rng(1)
    text = " | ".join(
        caption.text.lower()
        for facts in pieces() * 12
        for caption in captions_of(facts, rng, n=12, languages=("en",))
    )
    assert [phrase for phrase in telling if phrase in text] == []


def test_names_are_plain() -> None:
    assert lexicon("fr").name("instrument", "church_organ") == "orgue d'église"
    assert lexicon("de").name("style", "waltz") == "Walzermusik"
    assert lexicon("it").name("instrument", "nose_flute") == "nose flute"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"captions know the languages en, fr, .* got 'xx'"):
        lexicon("xx")


@pytest.mark.parametrize("text", ["a [b", "a ] b", "{a", "a} b"])
def test_broken_patterns_are_refused(text: str) -> None:
    with pytest.raises(DataError, match="pattern"):
        parse_template(text)
