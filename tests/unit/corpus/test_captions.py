import re
from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from musiclm.corpus.captions import LANGUAGES, REGISTERS, Caption, captions_of
from musiclm.corpus.captions.mention import draw_wanted, sayable, tempo_band
from musiclm.corpus.compose import STYLES
from musiclm.corpus.facts import Facts, tempo_class
from musiclm.errors import ConfigError


def facts_of(**changes: Any) -> Facts:
    values = {
        "style": "swing jazz",
        "family": "jazz_blues",
        "mood": "melancholic",
        "scene": "smoky club",
        "tempo_bpm": 78,
        "tempo_class": "slow",
        "key": "Bb",
        "mode": "minor",
        "metre": "4/4",
        "drums": True,
        "instruments": ["tenor_sax", "acoustic_grand_piano", "acoustic_bass", "brush_kit"],
        "roles": {"tenor_sax": "lead", "acoustic_bass": "bass", "brush_kit": "drums"},
        "lead": "tenor_sax",
        "lead_family": "reed",
        "dynamics": "soft",
        "production": "roomy",
        "density": "sparse",
        "swing": True,
        "absent": ["strings", "guitar", "choir"],
        "sections": [],
        "seconds": 40.0,
    }
    return Facts.from_mapping(values | changes)


def many(facts: Facts, n: int = 240, seed: int = 0, **options: Any) -> list[Caption]:
    return captions_of(facts, np.random.default_rng(seed), n=n, **options)


DRUMLESS = facts_of(
    drums=False,
    instruments=["tenor_sax", "acoustic_grand_piano", "acoustic_bass"],
    absent=["drums", "strings", "guitar", "choir"],
)


def test_the_same_generator_gives_the_same_captions() -> None:
    assert many(facts_of(), n=12) == many(facts_of(), n=12)
    assert many(facts_of(), n=12) != many(facts_of(), n=12, seed=1)


def test_twelve_captions_hold_every_language_twice_and_every_register() -> None:
    captions = many(facts_of(), n=12)
    assert Counter(caption.language for caption in captions) == dict.fromkeys(LANGUAGES, 2)
    assert {caption.register for caption in captions} == set(REGISTERS)


def test_one_caption_alone_may_be_of_any_language_and_register() -> None:
    singles = [many(facts_of(), n=1, seed=seed)[0] for seed in range(150)]
    assert {caption.language for caption in singles} == set(LANGUAGES)
    assert {caption.register for caption in singles} == set(REGISTERS)


def test_only_the_languages_that_are_asked_for() -> None:
    captions = many(facts_of(), n=9, languages=("pt", "de"))
    assert [caption.language for caption in captions].count("pt") in (4, 5)
    assert {caption.language for caption in captions} == {"pt", "de"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": -1}, "n captions must be >= 0, got -1"),
        ({"n": 1, "languages": ()}, "at least one language"),
        ({"n": 1, "languages": ("en", "tlh")}, "en, fr, es, de, it, pt, got 'tlh'"),
    ],
)
def test_what_cannot_be_written_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        captions_of(facts_of(), np.random.default_rng(0), **options)


def test_no_captions_for_none() -> None:
    assert many(facts_of(), n=0) == []


def test_captions_differ() -> None:
    texts = [caption.text for caption in many(facts_of(), n=360)]
    assert len(set(texts)) > 0.97 * len(texts)


def test_a_piece_in_which_nothing_is_absent_gets_no_negations() -> None:
    captions = many(facts_of(absent=[]), n=60)
    assert "negation" not in {caption.register for caption in captions}
    assert not any("absent" in caption.states for caption in captions)


def test_states_hold_only_what_is_true() -> None:
    facts = facts_of()
    for caption in many(facts, n=480):
        states = dict(caption.states)
        assert states
        for name in ("style", "mood", "scene", "tempo_bpm", "key", "mode", "metre", "lead",
                     "dynamics", "production", "density", "swing", "family"):  # fmt: skip
            assert states.pop(name, getattr(facts, name)) == getattr(facts, name)
        assert set(states.pop("instruments", ())) <= set(facts.instruments)
        assert set(states.pop("absent", ())) <= set(facts.absent)
        assert states.pop("drums", True) is True
        assert tempo_class(states.pop("tempo_bpm", facts.tempo_bpm)) == facts.tempo_class
        assert set(states) <= {"tempo", "use", "roles", "ending", "form"}


def test_states_tell_a_missing_drum_kit() -> None:
    captions = many(DRUMLESS, n=480)
    denying = [caption for caption in captions if caption.states.get("drums") is False]
    assert all("drums" in caption.states["absent"] for caption in denying)
    assert not [caption for caption in captions if caption.states.get("drums") is True]
    assert 0.15 < len(denying) / len(captions) < 0.5


def test_states_and_text_agree_in_english() -> None:
    captions = [c for c in many(DRUMLESS, n=480, languages=("en",))]
    said = re.compile(
        r"(no|without|zero) (\w+,? (or )?)*(drums|percussion)|drumless|beatless", re.IGNORECASE
    )
    for caption in captions:
        assert bool(said.search(caption.text)) == (caption.states.get("drums") is False), caption
        assert ("78" in caption.text) == ("tempo_bpm" in caption.states), caption
        assert ("B flat minor" in caption.text or "Bb minor" in caption.text) == (
            "key" in caption.states
        ), caption


def test_each_fact_is_named_about_as_often_as_people_name_it() -> None:
    captions = many(facts_of(), n=700)
    shares = {
        name: sum(name in caption.states for caption in captions) / len(captions)
        for name in ("style", "mood", "lead", "tempo", "tempo_bpm", "key", "drums", "scene")
    }
    wanted = {"style": 0.58, "mood": 0.56, "lead": 0.45, "tempo": 0.22, "tempo_bpm": 0.15,
              "key": 0.15, "drums": 0.27, "scene": 0.18}  # fmt: skip
    for name, share in shares.items():
        assert share == pytest.approx(wanted[name], abs=0.1), name


def test_a_caption_names_a_handful_of_facts() -> None:
    counts = [len(caption.states) for caption in many(facts_of(), n=600)]
    assert 2.5 < sum(counts) / len(counts) < 6
    assert max(counts) <= 14


def test_at_least_one_of_style_mood_lead_and_scene_is_wanted() -> None:
    from random import Random

    possible = sayable(facts_of())
    for seed in range(300):
        wanted = draw_wanted(possible, REGISTERS[seed % 8], Random(seed))
        assert wanted.keys() & {"style", "mood", "lead", "scene"}
        assert not {"bpm", "tempo"} <= wanted.keys()


@pytest.mark.parametrize("style", sorted(STYLES)[::7])
def test_captions_are_clean_text(style: str) -> None:
    for caption in many(facts_of(style=style, lead="church_organ"), n=120):
        text = caption.text
        assert text == text.strip()
        assert 3 <= len(text) <= 400, text
        assert not re.search(r"  |,,|\.\.|_|None|[{}\[\]|~*=>]", text), text
        assert not re.search(r" [,.]", text), text
        assert caption.pattern.startswith(f"{caption.language}/")


def test_no_word_comes_twice_in_a_row() -> None:
    for caption in many(facts_of(style="slow blues", mood="calm"), n=480):
        words = re.findall(r"\w+", caption.text.lower())
        doubled = [a for a, b in pairwise(words) if a == b and len(a) > 2]
        assert not doubled, caption.text


def test_older_facts_without_the_new_fields_are_enough() -> None:
    names = ("style", "mood", "tempo_bpm", "tempo_class", "key", "mode", "metre", "drums",
             "instruments", "lead", "lead_family", "dynamics", "sections", "seconds")  # fmt: skip
    plain = Facts.from_mapping({name: dict(DRUMLESS)[name] for name in names})
    captions = many(plain, n=60)
    assert {caption.register for caption in captions} == set(REGISTERS)
    assert any(caption.states.get("absent") == ["drums"] for caption in captions)


def test_unknown_styles_and_moods_are_spelled_out() -> None:
    captions = many(facts_of(style="space_polka", mood="zesty"), n=200)
    texts = " | ".join(caption.text for caption in captions)
    assert "space polka" in texts.lower()
    assert "space_polka" not in texts


@pytest.mark.parametrize(("bpm", "band"), [(60, "very slow"), (89, "slow"), (160, "very fast")])
def test_bands_lie_inside_the_classes_of_the_facts(bpm: int, band: str) -> None:
    assert tempo_band(bpm) == band
    assert tempo_class(bpm) in band
