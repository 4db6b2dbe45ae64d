"""A prompt is taken apart: facts, denials, nearest tags, words that count, tokens."""

import json
import math

import pytest
import torch

from factories import tiny_mulan
from musiclm.corpus.captions.lexicon import LANGUAGES, lexicon
from musiclm.errors import GenerationError
from musiclm.mulan.config import TINY
from musiclm.mulan.model import Mulan
from musiclm.pipeline.explain import (
    IGNORED_BELOW,
    KINDS,
    MOST_WORDS,
    N_NEAREST,
    Denied,
    Fact,
    Kind,
    explain,
    tag_wordings,
)
from musiclm.prompt.stream import facts_tokens

WALTZ = "A slow waltz in D minor, 3/4, at 90 bpm, no drums, not too loud, 45 seconds"


@pytest.fixture(scope="module")
def mulan() -> Mulan:
    """With a gap, as a trained one has."""
    made = tiny_mulan()
    mean = made.embed_text(["piano", "calm music", "a fast song", "techno"]).mean(0)
    made.set_gap(text_mean=mean, audio_mean=torch.zeros_like(mean))
    return made


def with_mean(mean: torch.Tensor) -> Mulan:
    made = tiny_mulan()
    made.set_gap(text_mean=mean, audio_mean=torch.zeros_like(mean))
    return made


def test_facts_come_with_the_words_they_were_read_from(mulan: Mulan) -> None:
    made = explain(f"  {WALTZ}\n", mulan)
    tempo, key, metre, drums = facts_tokens(
        tempo_bpm=90.0, key="D", mode="minor", metre="3/4", drums=False
    )
    assert made.prompt == WALTZ
    assert made.facts == (
        Fact("tempo", "90 bpm", ("90 bpm",), False, tempo),
        Fact("key", "D minor", ("in D minor",), False, key),
        Fact("metre", "3/4", ("3/4",), False, metre),
        Fact("duration", "45 s", ("45 seconds",), False, None),
    )
    assert made.denied == (
        Denied("drums", "no drums", True),
        Denied("loud", "not too loud", False),
    )
    assert made.absent == ("drums",)
    assert made.facts_tokens == (tempo, key, metre, drums)
    assert drums
    assert made.warnings == ()


def test_a_fact_that_no_token_can_say_reaches_the_stages_as_text_only(mulan: Mulan) -> None:
    (fact,) = explain("a sad song in a minor key", mulan).facts
    assert (fact.kind, fact.value, fact.token) == ("key", "minor", None)


def test_options_win_and_contradictions_are_told(mulan: Mulan) -> None:
    made = explain(WALTZ, mulan, bpm=120, key="E minor", metre="3/4")
    tempo, key, metre, _ = made.facts
    assert tempo == Fact("tempo", "120 bpm", ("90 bpm",), True, made.facts_tokens[0])
    assert made.facts_tokens[0] == facts_tokens(tempo_bpm=120.0)[0]
    assert (key.value, key.said, key.from_option) == ("E minor", ("in D minor",), True)
    assert (metre.value, metre.from_option) == ("3/4", True)
    assert made.warnings == (
        "the prompt says 90 bpm, the option 120: the option wins",
        "the prompt says D minor, the option E minor: the option wins",
    )
    (alone,) = explain("techno", mulan, bpm=130).facts
    assert (alone.value, alone.said, alone.from_option) == ("130 bpm", (), True)


def test_absurd_numbers_contradictions_and_foreign_languages_are_warned_of(mulan: Mulan) -> None:
    assert explain("rock at 5000 bpm", mulan).warnings == (
        "a tempo of 5,000 bpm is outside 30 to 300: ignored",
    )
    (both,) = explain("rock, 120 bpm, 90 bpm", mulan).warnings
    assert both == "the prompt says both 120 bpm and 90 bpm: the first is taken"
    (foreign,) = explain("медленная музыка для сна", mulan).warnings
    assert foreign.startswith("the prompt does not look like English, French")


@pytest.mark.parametrize(
    ("prompt", "language", "tags"),
    [
        ("une valse lente avec du piano", "fr", "fr"),
        ("jazz", None, "en"),
        ("медленная музыка для сна", "other", "en"),
    ],
)
def test_tags_are_named_in_the_language_of_the_prompt(
    mulan: Mulan, prompt: str, language: str | None, tags: str
) -> None:
    made = explain(prompt, mulan)
    assert (made.language, made.tag_language) == (language, tags)
    for kind in KINDS:
        assert len(made.nearest[kind]) == N_NEAREST
        known = tag_wordings(lexicon(tags), kind)
        assert all(tag.name == known[tag.key][0] for tag in made.nearest[kind])


def test_nearest_tags_are_those_of_the_highest_cosines(mulan: Mulan) -> None:
    prompt = "a calm bossa nova with a flute"
    found = explain(prompt, mulan).nearest["mood"]
    wordings = tag_wordings(lexicon("en"), "mood")
    centred = torch.stack(
        [(mulan.embed_text([*texts]) - mulan.text_mean).mean(0) for texts in wordings.values()]
    )
    query = mulan.embed_text([prompt])[0] - mulan.text_mean
    cosines = torch.cosine_similarity(centred, query[None]).double()
    deviations = (cosines - cosines.mean()) / cosines.std(correction=0)
    best = cosines.argsort(descending=True)[:N_NEAREST].tolist()
    assert [tag.key for tag in found] == [[*wordings][index] for index in best]
    assert [tag.cosine for tag in found] == pytest.approx(cosines[best].tolist(), abs=1e-4)
    assert [tag.deviations for tag in found] == pytest.approx(deviations[best].tolist(), abs=1e-3)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_wordings_hold_no_marks_of_the_grammar_and_no_name_twice(language: str, kind: Kind) -> None:
    wordings = tag_wordings(lexicon(language), kind)
    assert set(wordings) == set(lexicon(language).keys(kind))
    assert all(1 <= len(texts) <= 3 for texts in wordings.values())
    names = [texts[0] for texts in wordings.values()]
    assert len(names) == len(set(names))
    assert not [text for texts in wordings.values() for text in texts if set(text) & set("*/~|=>")]


def test_each_word_is_left_out_in_turn(mulan: Mulan) -> None:
    prompt = '"Gentle" piano, l\'orgue; gentle'
    made = explain(prompt, mulan)
    assert [word.text for word in made.words] == ["Gentle", "piano", "l'orgue", "gentle"]
    assert [prompt[w.start : w.start + len(w.text)] for w in made.words] == [
        word.text for word in made.words
    ]
    whole, without = mulan.embed_text([prompt, '"Gentle" l\'orgue; gentle'])
    effect = (without - whole).norm() / (whole - mulan.text_mean).norm()
    assert made.words[1].effect == pytest.approx(float(effect), abs=1e-5)


def test_words_that_move_little_are_ignored_unless_they_say_a_fact() -> None:
    # Far from the mean, the same moves are small shares of the distance.
    far = explain(WALTZ, with_mean(torch.full((TINY.dim,), 20.0)))
    assert far.decisive == ()
    assert max(word.effect for word in far.words) < IGNORED_BELOW
    assert [word.text for word in far.ignored] == ["A", "slow", "waltz", "at"]
    near = explain(WALTZ, with_mean(tiny_mulan().embed_text([WALTZ])[0] * 0.99))
    assert near.ignored == ()
    effects = sorted((word.effect for word in near.words), reverse=True)
    assert [word.effect for word in near.decisive] == effects[:3]


def test_mulan_tokens_are_those_that_generate_would_use(mulan: Mulan) -> None:
    made = explain(WALTZ, mulan)
    assert made.mulan_tokens == tuple(mulan.tokens_from_text([WALTZ])[0].tolist())
    assert explain("jazz", Mulan(TINY).eval()).mulan_tokens is None


def test_long_prompts_are_tried_in_part_and_what_is_cut_off_is_told(mulan: Mulan) -> None:
    words = [f"w{number:04}" for number in range(200)]
    made = explain(" ".join(words), mulan)
    assert made.n_words == 200
    assert [word.text for word in made.words] == words[:MOST_WORDS]
    n_read = TINY.text.max_tokens - 2  # less the marks of beginning and end
    (told,) = made.warnings
    assert told.startswith(f'the model does not hear the prompt from "w{n_read:04} w')
    assert told.endswith('..." on: shorten it')
    assert explain(" ".join(words[:n_read]) + " !", mulan).warnings == ()
    (told,) = explain(" ".join(words[: n_read + 1]), mulan).warnings
    assert f'"w{n_read:04}" on' in told
    with pytest.raises(GenerationError, match="at most 2,000 are read"):
        explain("x" * 2_001, mulan)


@pytest.mark.parametrize(
    "prompt", ["x", "🎹🎻", "日本の静かな音楽", "!?", "3/4", "a" * 2_000, "no drums", "[bold]{} %s"]
)
def test_odd_prompts_are_explained_in_finite_numbers(mulan: Mulan, prompt: str) -> None:
    made = explain(prompt, mulan)
    facts = json.loads(json.dumps(made.to_dict(), allow_nan=False))
    assert facts["prompt"] == prompt
    assert len(facts["nearest"]["instrument"]) == N_NEAREST
    assert facts["ignored_below"] == IGNORED_BELOW
    assert [word["text"] for word in facts["decisive"]] == [word.text for word in made.decisive]
    assert all(math.isfinite(word.effect) for word in made.words)


def test_a_prompt_right_at_the_mean_is_no_division_by_zero() -> None:
    made = explain("jazz", with_mean(tiny_mulan().embed_text(["jazz"])[0]))
    assert {tag.cosine for tags in made.nearest.values() for tag in tags} == {0.0}
    assert all(tag.deviations == 0.0 for tags in made.nearest.values() for tag in tags)
    assert all(math.isfinite(word.effect) for word in made.words)


@pytest.mark.parametrize(
    ("prompt", "options", "message"),
    [
        (" \n", {}, "the prompt is empty"),
        ("jazz\x00", {}, "control character at position 5"),
        ("jazz", {"bpm": 1000}, "bpm must be 30 to 300 beats per minute, got 1000"),
        ("jazz", {"key": "X"}, "key must be a note"),
        ("jazz", {"metre": "9/9"}, "metre must be one of 2/4"),
    ],
)
def test_what_is_refused(
    mulan: Mulan, prompt: str, options: dict[str, float | str], message: str
) -> None:
    with pytest.raises(GenerationError, match=message):
        explain(prompt, mulan, **options)  # type: ignore[arg-type]
