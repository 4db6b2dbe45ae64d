"""Every way to ask wrongly, and what is said."""

import math

import pytest

from musiclm.errors import GenerationError
from musiclm.pipeline import request


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("", 'the prompt is empty: describe the music, for example "calm piano"'),
        (" \n\t ", "the prompt is empty"),
        ("​‍", "the prompt is empty"),  # Nothing that can be seen.
        ("x" * 2_001, r"the prompt has 2,001 characters, at most 2,000 are read: shorten it"),
        ("x" * 1_000_000, r"the prompt has 1,000,000 characters"),
        ("piano\x00", r"a control character at position 6 \(U\+0000\): remove it"),
        ("\x1b[31mred", r"a control character at position 1 \(U\+001B\)"),
        ("jazz \udcff", r"a broken character at position 6 \(U\+DCFF\): write it as valid UTF-8"),
        ("\ud83d", r"a broken character at position 1 \(U\+D83D\)"),
    ],
)
def test_prompts_that_are_refused(prompt: str, message: str) -> None:
    with pytest.raises(GenerationError, match=message):
        request.checked_prompt(prompt)


@pytest.mark.parametrize("prompt", ["x" * 2_000, "ピアノ", "🎹", "musique — calme", "a", "!?"])
def test_prompts_of_all_kinds_pass(prompt: str) -> None:
    assert request.checked_prompt(prompt) == prompt


def test_equal_looking_prompts_become_equal() -> None:
    assert request.checked_prompt("cafe\u0301  noir\r\n") == request.checked_prompt(
        "caf\u00e9 noir"
    )


def test_the_prompt_at_fault_is_numbered() -> None:
    with pytest.raises(GenerationError, match="prompt 2: the prompt is empty"):
        request.checked_prompts(["a", ""])
    with pytest.raises(GenerationError, match=r"^the prompt is empty"):
        request.checked_prompts([""])
    with pytest.raises(GenerationError, match="there is no prompt: give at least one"):
        request.checked_prompts([])
    assert request.checked_prompts("a") == ("a",)


@pytest.mark.parametrize("duration", [0, -1, 0.999, 600.001, 1e9, math.nan, math.inf, -math.inf])
def test_durations_out_of_range(duration: float) -> None:
    with pytest.raises(GenerationError, match=r"duration must be from 1 to 600 seconds, got "):
        request.checked_duration(duration)


def test_durations_in_range() -> None:
    assert [request.checked_duration(each) for each in (1, 12.5, 600)] == [1.0, 12.5, 600.0]


@pytest.mark.parametrize("seed", [-1, 2**63, True])
def test_seeds_out_of_range(seed: int) -> None:
    with pytest.raises(GenerationError, match="seed must be a whole number from 0 to 92233720"):
        request.checked_seed(seed)


def test_a_missing_seed_is_drawn() -> None:
    drawn = {request.checked_seed(None) for _ in range(5)}
    assert len(drawn) > 1
    assert all(0 <= seed < 2**32 for seed in drawn)
    assert request.checked_seed(2**63 - 1) == 2**63 - 1


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        (request.checked_temperature, -0.1, "temperature must be from 0 to 10, got -0.1"),
        (request.checked_temperature, math.nan, "temperature must be from 0 to 10, got nan"),
        (request.checked_guidance, 21.0, "guidance scale must be from 0 to 20, got 21"),
        (request.checked_guidance, math.inf, "guidance scale must be from 0 to 20, got inf"),
        (request.checked_top_k, 1.5, r"top-k must be a whole number from 0 \(all\), got 1.5"),
        (request.checked_top_k, -1.0, "top-k must be a whole number"),
        (request.checked_count, 0, "num_samples must be from 1 to 1000, got 0"),
    ],
)
def test_other_numbers_out_of_range(check, value, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(GenerationError, match=message):
        check(value)


def test_values_by_stage() -> None:
    stages = ("semantic", "acoustic")
    assert request.by_stage(None, stages, what="temperature") == {}
    assert request.by_stage(0.5, stages, what="t") == {"semantic": 0.5, "acoustic": 0.5}
    assert request.by_stage({"acoustic": 2.0}, stages, what="t") == {"acoustic": 2.0}
    message = "temperature given for fine: this model has the stages semantic, acoustic"
    with pytest.raises(GenerationError, match=message):
        request.by_stage({"fine": 1.0}, stages, what="temperature")
