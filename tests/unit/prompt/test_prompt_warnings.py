"""Facts that cannot be, and facts that contradict each other."""

import pytest

from musiclm.prompt import PromptFacts, read_prompt


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("bpm 0", "a tempo of 0 bpm is outside 30 to 300: ignored"),
        ("10,000 bpm", "a tempo of 10,000 bpm is outside 30 to 300: ignored"),
        ("10 000 bpm", "a tempo of 10,000 bpm is outside 30 to 300: ignored"),
        ("1.200 bpm", "a tempo of 1,200 bpm is outside 30 to 300: ignored"),
        ("29 bpm", "a tempo of 29 bpm is outside 30 to 300: ignored"),
        ("301 bpm", "a tempo of 301 bpm is outside 30 to 300: ignored"),
        ("0.2 s", "a duration of 0.2 s is outside 1 to 600 s: ignored"),
        ("3 hours of rain", "a duration of 10,800 s is outside 1 to 600 s: ignored"),
    ],
)
def test_what_cannot_be_is_told_and_not_used(text: str, warning: str) -> None:
    facts = read_prompt(text)
    assert facts.warnings == (warning,)
    assert (facts.tempo_bpm, facts.seconds, facts.spans) == (None, None, ())


@pytest.mark.parametrize(("text", "bpm"), [("30 bpm", 30), ("300 bpm", 300)])
def test_the_limits_are_inside(text: str, bpm: float) -> None:
    facts = read_prompt(text)
    assert (facts.tempo_bpm, facts.warnings) == (bpm, ())


def test_of_contradictory_facts_the_first_is_taken() -> None:
    facts = read_prompt("90 bpm, D minor, 3/4, 1 minute ... 140 bpm, E major, 4/4, 2 minutes")
    assert (facts.tempo_bpm, facts.key, facts.mode) == (90, "D", "minor")
    assert (facts.metre, facts.seconds) == ("3/4", 60)
    assert facts.warnings == (
        "the prompt says both 90 bpm and 140 bpm: the first is taken",
        "the prompt says both 3/4 and 4/4: the first is taken",
        "the prompt says both 60 s and 120 s: the first is taken",
        "the prompt says both D minor and E major: the first is taken",
    )


def test_the_same_fact_twice_is_no_contradiction() -> None:
    facts = read_prompt("90 bpm in D minor; tempo: 90, key: ré mineur, a minor key, in D")
    assert facts.warnings == ()
    assert (facts.key, facts.mode) == ("D", "minor")


def test_a_key_and_its_mode_may_stand_apart() -> None:
    facts = read_prompt("in a minor key, key of D")
    assert (facts.key, facts.mode, facts.warnings) == ("D", "minor", ())


def test_a_mode_that_contradicts_the_key_is_told() -> None:
    assert read_prompt("in D major, a minor key").warnings == (
        "the prompt says both D major and minor: the first is taken",
    )


def test_a_sound_tempo_after_an_impossible_one_counts() -> None:
    assert read_prompt("1000 bpm, I mean 100 bpm").tempo_bpm == 100


def test_a_metre_that_no_piece_has_is_told() -> None:
    facts = read_prompt("in 9/8")
    assert facts.metre == "9/8"
    assert facts.warnings == (
        "the composed music has no 9/8, only 2/4, 3/4, 4/4, 5/4, 6/8, 7/8, 12/8",
    )


def test_an_empty_prompt_states_nothing() -> None:
    assert read_prompt("") == PromptFacts()
