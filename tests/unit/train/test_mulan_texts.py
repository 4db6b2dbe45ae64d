"""Captions, twins, names and requests: what they say is what they state."""

from collections import Counter
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from tests.unit.train.mulan_pieces import composed_clips

from musiclm.corpus.captions.lexicon import LANGUAGES, lexicon
from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.facts import Facts
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.data.manifest import Clip
from musiclm.train.mulan_agreement import attributes_of, mismatch
from musiclm.train.mulan_texts import (
    Text,
    TextPlan,
    caption_of,
    changed,
    draw_texts,
    name_text,
    request_text,
    training_requests,
    twins_of,
)

PLAN = TextPlan(n_twins=3, n_names=4, n_requests=5)


def wrong(text: Text, clip: Clip) -> float:
    return mismatch([text.statements], [attributes_of(clip.facts)]).item()


@pytest.mark.parametrize("number", range(10))
def test_a_twin_is_false_and_its_caption_true(number: int) -> None:
    clip, random = composed_clips()[number], Random(number)
    found = [pair for _ in range(12) if (pair := twins_of(clip, random)) is not None]
    assert len(found) >= 6
    for true, twin in found:
        assert wrong(true, clip) < 0.16
        assert twin.words != true.words
        assert twin.states != true.states
        assert wrong(twin, clip) > 0.1, (true.words, twin.words)
        assert twin.clip is None


def test_a_clip_without_facts_has_no_twin() -> None:
    bare = replace(composed_clips()[0], facts={})
    assert twins_of(bare, Random(0)) is None
    captions, _ = draw_texts([bare, bare], PLAN, np.random.default_rng(0))
    assert {text.words for text in captions} <= {c.text for c in bare.captions}


def test_one_fact_is_made_false_and_all_kinds_come() -> None:
    clip = composed_clips()[0]
    facts, random = Facts.from_mapping(clip.facts), Random(0)
    kinds: Counter[str] = Counter()
    for _ in range(150):
        other = changed(facts, random)
        before, after = dict(facts), dict(other)
        names = {name for name in before if before[name] != after[name]}
        axes = {"valence", "arousal", "tension", "warmth"}
        kind = next(
            (k for k in ("drums", "tempo_bpm", "mood", "mode", "lead", "instruments", "absent")
             if k in names), "nothing",
        )  # fmt: skip
        kinds[kind] += 1
        allowed = {
            "drums": {"drums", "instruments", "absent"},
            "mood": {"mood", *axes},
            "lead": {"lead", "instruments", "roles"},
            "instruments": {"instruments", "roles"},
        }
        assert names <= allowed.get(kind, {kind}), (kind, names)
        for key in other.instruments:
            assert key in INSTRUMENTS
    assert min(kinds[k] for k in ("drums", "tempo_bpm", "mood", "mode", "lead")) >= 8
    assert kinds["instruments"] + kinds["absent"] >= 15


def test_what_is_changed_is_changed_far() -> None:
    facts, random = Facts.from_mapping(composed_clips()[3].facts), Random(1)
    for _ in range(150):
        other = changed(facts, random)
        if other.tempo_bpm != facts.tempo_bpm:
            assert not 0.7 < other.tempo_bpm / facts.tempo_bpm < 1.4
        if other.mood != facts.mood:
            assert (other.valence, other.warmth) == (
                MOODS[other.mood].valence,
                MOODS[other.mood].warmth,
            )
        if other.lead != facts.lead:
            assert INSTRUMENTS[other.lead].family != INSTRUMENTS[facts.lead].family
            assert facts.lead not in other.instruments
            assert other.lead in other.instruments
        if other.drums != facts.drums:
            assert ("drums" in other.absent) == (not other.drums)
            assert any(INSTRUMENTS[key].is_drums for key in other.instruments) == other.drums


def test_captions_are_fresh_or_stored_as_the_plan_says() -> None:
    clip = composed_clips()[1]
    stored = {caption.text for caption in clip.captions}
    for share, least, most in ((0.0, 60, 60), (1.0, 0, 4), (0.5, 18, 42)):
        plan, random = replace(PLAN, fresh_share=share), Random(2)
        texts = [caption_of(clip, 7, plan, random) for _ in range(60)]
        assert least <= sum(text.words in stored for text in texts) <= most
        assert {text.clip for text in texts} == {7}
        assert all(wrong(text, clip) < 0.16 for text in texts)
    bare = replace(clip, captions=())
    assert caption_of(bare, 0, replace(PLAN, fresh_share=0.0), Random(0)).words


def test_fresh_captions_come_in_every_register() -> None:
    random = Random(0)
    plan = replace(PLAN, fresh_share=1.0)
    texts = {caption_of(composed_clips()[2], 0, plan, random).words for _ in range(60)}
    assert len(texts) > 50
    assert max(len(text) for text in texts) > 4 * min(len(text) for text in texts)


def test_names_say_what_they_state_in_six_languages() -> None:
    names = [name_text(Random(seed)) for seed in range(3000)]
    languages: Counter[str] = Counter()
    sections: Counter[str] = Counter()
    for name in names:
        ((section, value),) = name.states.items()
        section, key = ("instrument", value[0]) if section == "instruments" else (section, value)
        sections[section] += 1
        said = []
        for language in LANGUAGES:
            words = lexicon(language)
            phrases = words.phrases(section, key)
            if section in ("style", "instrument"):
                forms = {words.noun(phrase).plain for phrase in phrases}
            else:
                forms = {words.adjective(phrase).base for phrase in phrases}
            if name.words in forms:
                said.append(language)
        assert said, name
        if len(said) == 1:
            languages[said[0]] += 1
        assert len(name.statements) == 1
        assert name.clip is name.request is None
    assert set(languages) == set(LANGUAGES)
    assert min(languages.values()) > 200
    assert set(sections) == {"style", "mood", "instrument", "tempo", "dynamics", "production"}


def test_names_are_free_of_the_marks_of_grammar() -> None:
    for seed in range(3000):
        words = name_text(Random(seed)).words
        assert words == words.strip() != ""
        assert not set(words) & set("=*>~+|/{}[]"), words


def test_requests_are_those_that_are_not_kept_for_validation() -> None:
    wishes = training_requests()
    assert len(wishes) > 2000
    assert not any(one.reserved for one in wishes)
    text = request_text(wishes[5], 5, 3)
    assert text.words == wishes[5].texts[3]
    assert text.request == 5
    assert text.states == {}
    assert len(text.statements) >= 2


def test_a_step_sees_every_kind_of_text() -> None:
    clips = composed_clips()[:6]
    captions, others = draw_texts(clips, PLAN, np.random.default_rng(4))
    assert [text.clip for text in captions] == list(range(6))
    for text, clip in zip(captions, clips, strict=True):
        assert wrong(text, clip) < 0.16
    wishes = training_requests()
    asked = [text for text in others if text.request is not None]
    assert len(asked) == 5
    for text in asked:
        assert text.request is not None
        assert text.words in wishes[text.request].texts
    assert 4 <= len(others) - len(asked) <= 4 + 3
    assert all(text.clip is None for text in others)
    none = TextPlan(n_twins=0, n_names=0, n_requests=0)
    assert draw_texts(clips, none, np.random.default_rng(4))[1] == []


def test_more_twins_than_clips_are_as_many_as_there_are_clips() -> None:
    plan = TextPlan(n_twins=99, n_names=0, n_requests=0)
    _, others = draw_texts(composed_clips()[:3], plan, np.random.default_rng(0))
    assert 1 <= len(others) <= 3


def test_the_same_generator_draws_the_same_texts() -> None:
    once, again, other = (
        draw_texts(composed_clips()[:4], PLAN, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert once == again
    assert once != other
