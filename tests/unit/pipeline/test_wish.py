"""What is asked for: sentences, weights, facts read from words, options that win over them."""

import pytest

from musiclm.errors import GenerationError
from musiclm.pipeline.plan import Controls
from musiclm.pipeline.wish import NEGATIVE_WEIGHT, Options, wishes_of
from musiclm.prompt.stream import facts_tokens


def test_a_sentence_is_one_wish_with_its_facts() -> None:
    (wish,) = wishes_of("une valse en ré mineur, 90 bpm, sans batterie")
    assert wish.parts == (("une valse en ré mineur, 90 bpm, sans batterie", 1.0),)
    assert wish.tokens_with(Controls()) == facts_tokens(
        tempo_bpm=90, key="D", mode="minor", metre="3/4" if wish.facts.metre else None, drums=False
    )
    assert wish.understood()["tempo_bpm"] == 90
    assert "mixture" not in wish.understood()


def test_what_is_not_said_stays_open() -> None:
    (wish,) = wishes_of("something for a rainy sunday")
    assert wish.tokens_with(Controls()) == (0, 0, 0, 0)
    assert wish.understood() == {}
    assert wish.notes == ()


def test_a_list_of_sentences_is_several_wishes_and_a_weighted_list_is_one() -> None:
    assert len(wishes_of(["calm piano", "loud rock"])) == 2
    (mixed,) = wishes_of([("calm piano, 80 bpm", 1.0), ("rock, 140 bpm", 2.0), ("drums", -0.5)])
    assert mixed.facts.tempo_bpm == 140, "the heavier text is right"
    assert mixed.text == "(calm piano, 80 bpm):1, (rock, 140 bpm):2"
    assert mixed.understood()["mixture"][2] == ["drums", -0.5]
    two = wishes_of([[("calm piano", 1.0)], "rock"])
    assert [wish.text for wish in two] == ["calm piano", "rock"]


def test_a_negative_prompt_turns_away_and_its_instruments_are_absent() -> None:
    (wish,) = wishes_of("jazz trio", Options(negative_prompt="drums"))
    assert wish.parts == (("jazz trio", 1.0), ("drums", -NEGATIVE_WEIGHT))
    assert wish.facts.absent == ("drums",)
    assert wish.tokens_with(Controls())[3] == facts_tokens(drums=False)[3]
    assert wish.text == "jazz trio"


def test_options_win_and_the_contradiction_is_said() -> None:
    (wish,) = wishes_of("techno at 120 bpm in Dm", Options(bpm=90, key="ré mineur", metre="3/4"))
    assert (wish.facts.tempo_bpm, wish.facts.key, wish.facts.metre) == (90, "D", "3/4")
    assert len(wish.notes) == 1
    assert "120" in wish.notes[0]
    assert "90" in wish.notes[0]


@pytest.mark.parametrize(
    ("prompt", "options", "message"),
    [
        ([], None, "there is no prompt"),
        ([("rock", -1.0)], None, "at least one prompt needs a weight above 0"),
        ([("rock", 0)], None, "a weight is a number other than 0"),
        ([("rock", float("nan"))], None, "a weight is a number"),
        (["rock", ""], None, "prompt 2: the prompt is empty"),
        ("rock", Options(bpm=10_000), "bpm"),
        ("rock", Options(bpm=0), "bpm"),
        ("rock", Options(key="H#x"), "key"),
        ("rock", Options(metre="17/3"), "metre must be one of"),
        ("rock", Options(negative_prompt=" "), "the prompt is empty"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(
    prompt: object, options: Options | None, message: str
) -> None:
    with pytest.raises(GenerationError, match=message):
        wishes_of(prompt, options)  # type: ignore[arg-type]


def test_absurd_numbers_in_the_words_are_only_noted() -> None:
    (wish,) = wishes_of("house at 10,000 bpm")
    assert wish.facts.tempo_bpm is None
    assert wish.notes


def test_an_unsupported_language_is_noted() -> None:
    (wish,) = wishes_of("雨の日曜日のための静かなピアノ曲をお願いします")
    assert len(wish.notes) == 1
