"""What is ruled out: words, places in the text, and the text that is left."""

import pytest

from musiclm.prompt import Negation, read_prompt
from musiclm.prompt.positive import without


def test_a_negation_knows_its_words_and_its_place() -> None:
    text = "jazz, no vocals, calm"
    (negation,) = read_prompt(text).negated
    assert negation == Negation("vocals", 6, 15)
    assert text[negation.start : negation.end] == "no vocals"


def test_each_thing_of_a_list_is_a_negation_of_its_own() -> None:
    text = "folk without drums, bass or guitar"
    facts = read_prompt(text)
    assert [item.text for item in facts.negated] == ["drums", "bass", "guitar"]
    assert [text[item.start : item.end] for item in facts.negated] == [
        "without drums",
        ", bass",
        "or guitar",
    ]
    assert facts.positive == "folk"


def test_a_list_that_may_be_wanted_is_left_alone() -> None:
    facts = read_prompt("no drums, piano and strings")
    assert facts.absent == ("drums",)
    assert facts.positive == "piano and strings"


def test_spans_are_in_order_and_quote_the_text() -> None:
    text = "Valse en ré mineur, no drums, 90 bpm, 3/4, pas triste, 2 minutes"
    spans = read_prompt(text).spans
    assert [span.kind for span in spans] == [
        "key",
        "absent",
        "tempo",
        "metre",
        "negated",
        "duration",
    ]
    assert [span.text for span in spans] == [
        "en ré mineur",
        "no drums",
        "90 bpm",
        "3/4",
        "pas triste",
        "2 minutes",
    ]
    assert all(text[span.start : span.end] == span.text for span in spans)


@pytest.mark.parametrize("text", ["not in D minor", "not 120 bpm", "never in 3/4", "pas à 90 bpm"])
def test_a_fact_that_is_denied_is_no_fact(text: str) -> None:
    facts = read_prompt(text)
    assert (facts.tempo_bpm, facts.key, facts.mode, facts.metre) == (None, None, None, None)
    assert len(facts.negated) == 1


@pytest.mark.parametrize("text", ["not over 120 bpm", "pas plus de 120 bpm", "no más de 120 bpm"])
def test_a_limit_denies_nothing(text: str) -> None:
    facts = read_prompt(text)
    assert facts.tempo_bpm == 120
    assert facts.negated == ()


@pytest.mark.parametrize(
    ("text", "positive"),
    [
        ("calm piano", "calm piano"),
        ("jazz but no drums", "jazz"),
        ("jazz, no drums, with piano", "jazz, with piano"),
        ("jazz without drums but with bass", "jazz with bass"),
        ("jazz, not sad but hopeful", "jazz, hopeful"),
        ("no drums and a soft piano", "a soft piano"),
        ("sem bateria e piano suave", "piano suave"),
        ("piece (no drums) in D", "piece in D"),
        ("Tango (ohne Klavier, 90 bpm)", "Tango (90 bpm)"),
        ("a waltz. No drums. No bass. Calm", "a waltz. Calm"),
        ("waltz — no drums — calm", "waltz — calm"),
        ("valse sans piano, lente", "valse, lente"),
        ('"no drums" jazz', "jazz"),
        ("kein Gesang, nur Klavier", "nur Klavier"),
        ("calm ambient no drums no bass slow", "calm ambient slow"),
        ("drumless jazz", "jazz"),
        ("no bass in the intro, then funk", "then funk"),
    ],
)
def test_positive_is_what_is_wanted(text: str, positive: str) -> None:
    assert read_prompt(text).positive == positive


@pytest.mark.parametrize(
    "text",
    ["no drums", "No drums!", "no drums, please", "I don't want drums", "je ne veux pas de basse"],
)
def test_where_nothing_is_wanted_the_text_stays(text: str) -> None:
    assert read_prompt(text).positive == text


def test_without_any_cut_the_text_is_untouched() -> None:
    assert without("  a ,, b ( )  ", []) == "  a ,, b ( )  "


def test_naming_what_is_ruled_out_is_told() -> None:
    facts = read_prompt("no drums, a funk beat with loud drums")
    assert facts.absent == ("drums",)
    assert facts.warnings == ("the prompt both rules out and names drums: it is ruled out",)
    assert read_prompt("no drums, 90 beats per minute, drum and bass").warnings == ()
