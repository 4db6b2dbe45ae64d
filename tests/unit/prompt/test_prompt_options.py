"""Options of a command line against the prompt."""

import math
from typing import Any

import pytest

from musiclm.errors import GenerationError
from musiclm.prompt import PromptFacts, parse_key, read_prompt, reconcile


def test_options_fill_what_the_prompt_leaves_open() -> None:
    facts, told = reconcile(read_prompt("jazz"), bpm=90, key="Dm", metre="3/4", seconds=30)
    assert told == ()
    assert (facts.tempo_bpm, facts.key, facts.mode) == (90, "D", "minor")
    assert (facts.metre, facts.seconds, facts.positive) == ("3/4", 30, "jazz")


def test_options_win_and_contradictions_are_told() -> None:
    said = read_prompt("120 bpm in A minor, 4/4, one minute")
    facts, told = reconcile(said, bpm=90, key="D", metre="3/4", seconds=30)
    assert (facts.tempo_bpm, facts.key, facts.mode) == (90, "D", None)
    assert (facts.metre, facts.seconds) == ("3/4", 30)
    assert told == (
        "the prompt says 120 bpm, the option 90: the option wins",
        "the prompt says A minor, the option D: the option wins",
        "the prompt says 4/4, the option 3/4: the option wins",
        "the prompt says 60 s, the option 30: the option wins",
    )


def test_options_that_agree_tell_nothing() -> None:
    said = read_prompt("120 bpm in A minor, 4/4, one minute")
    assert reconcile(said, bpm=120, key="la mineur", metre="4/4", seconds=60) == (said, ())
    assert reconcile(said) == (said, ())


def test_a_note_alone_keeps_the_mode_of_the_prompt() -> None:
    facts, told = reconcile(read_prompt("a song in a minor key"), key="D")
    assert (facts.key, facts.mode, told) == ("D", "minor", ())


def test_a_mode_against_that_of_the_prompt_is_told() -> None:
    facts, told = reconcile(read_prompt("in D minor"), key="D major")
    assert (facts.key, facts.mode) == ("D", "major")
    assert told == ("the prompt says D minor, the option D major: the option wins",)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Dm", ("D", "minor")),
        ("dm", ("D", "minor")),
        ("am", ("A", "minor")),
        ("D minor", ("D", "minor")),
        ("a minor", ("A", "minor")),
        ("ré mineur", ("D", "minor")),
        ("la", ("A", None)),
        ("si bémol majeur", ("Bb", "major")),
        ("do sostenido menor", ("Db", "minor")),
        ("H-Moll", ("B", "minor")),
        ("B-Dur", ("Bb", "major")),
        ("B", ("B", None)),
        ("cis-Moll", ("Db", "minor")),
        (" F# ", ("F#", None)),
        ("G#m", ("Ab", "minor")),
        ("Bbmaj", ("Bb", "major")),
        ("e♭ dorian", ("Eb", "dorian")),
        ("Cb", ("B", None)),
    ],
)
def test_keys_in_any_spelling(text: str, key: tuple[str, str | None]) -> None:
    assert parse_key(text) == key


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bpm": 29}, "bpm must be 30 to 300 beats per minute, got 29"),
        ({"bpm": 301.0}, "bpm must be 30 to 300 beats per minute, got 301"),
        ({"bpm": math.nan}, "bpm must be 30 to 300 beats per minute, got nan"),
        ({"seconds": 0.5}, "seconds must be 1 to 600 seconds, got 0.5"),
        ({"seconds": math.inf}, "seconds must be 1 to 600 seconds, got inf"),
        ({"metre": "9/8"}, "metre must be one of 2/4, 3/4, 4/4, 5/4, 6/8, 7/8, 12/8, got '9/8'"),
        ({"metre": "waltz"}, "metre must be one of .* got 'waltz'"),
        ({"key": "K"}, "key must be a note .* got 'K'"),
        ({"key": ""}, "key must be a note .* got ''"),
        ({"key": "minor"}, "key must be a note .* got 'minor'"),
        ({"key": "D minor please"}, "key must be a note .* got 'D minor please'"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(GenerationError, match=message):
        reconcile(PromptFacts(), **options)
