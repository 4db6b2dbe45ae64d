"""Every wish of the command line becomes words for MusicGen, or is refused."""

from dataclasses import fields
from typing import Any

import pytest

from musiclm.audio.waveform import Waveform
from musiclm.errors import GenerationError
from musiclm.pipeline.musicgen_words import Said, said_of
from musiclm.pipeline.plan import FREE, Controls
from musiclm.pipeline.wish import Options, Prompt, wishes_of


def said(prompt: Prompt = "piano", *, controls: Controls | None = None, **options: Any) -> Said:
    chosen = Options(**options)
    return said_of(wishes_of(prompt, chosen)[0], chosen, controls or Controls())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bpm": 96}, "96 bpm"),
        ({"bpm": 96.5}, "96.5 bpm"),
        ({"key": "Dm"}, "in D minor"),
        ({"key": "Bb major"}, "in Bb major"),
        ({"metre": "3 / 4"}, "3/4 time"),
        ({"bpm": 90, "key": "C minor", "metre": "6/8"}, "90 bpm, in C minor, 6/8 time"),
    ],
)
def test_options(options: dict[str, Any], words: str) -> None:
    assert said(**options) == Said(f"piano, {words}")


@pytest.mark.parametrize(
    ("controls", "words"),
    [
        ({"tempo": 120}, "120 bpm"),
        ({"beats_per_bar": 3}, "3 beats a bar"),
        ({"drums": True}, "with drums"),
        ({"drums": False}, "no drums"),
        ({"bass": True}, "with bass"),
        ({"bass": False}, "no bass"),
        ({"density": 0}, "sparse"),
        ({"density": 4}, ""),
        ({"density": 12}, "full"),
        ({"brightness": 0.1}, "dark"),
        ({"brightness": 0.5}, ""),
        ({"brightness": 0.9}, "bright"),
        ({"chords": "Am F | C | G"}, "chords Am F C G"),
        ({"chords": FREE}, ""),
    ],
)
def test_controls(controls: dict[str, Any], words: str) -> None:
    expected = f"piano, {words}" if words else "piano"
    assert said(controls=Controls(**controls)).wanted == expected


def test_no_control_is_forgotten() -> None:
    told = {"tempo", "beats_per_bar", "drums", "bass", "density", "brightness", "chords"}
    assert {field.name for field in fields(Controls)} == told
    assert {field.name for field in fields(Options)} == {
        "negative_prompt", "bpm", "key", "metre", "like",
    }  # fmt: skip


def test_a_control_wins_over_an_option() -> None:
    assert said(bpm=90, controls=Controls(tempo=120)).wanted == "piano, 120 bpm"


def test_weights_order_and_turn_away() -> None:
    given = said([("piano", 0.5), ("metal", -0.5), ("rain", 2.0)], negative_prompt="vocals")
    assert given == Said("rain, piano", "metal, vocals")
    assert given.to_dict() == {"sentence": "rain, piano", "away_from": "metal, vocals"}
    assert said().to_dict() == {"sentence": "piano"}


def test_recordings_to_be_like_are_refused() -> None:
    import torch

    sound = Waveform(torch.ones(1, 100) * 0.1, 100)
    with pytest.raises(GenerationError, match="MusicGen takes no recording to be like: describe"):
        said(like=((sound, 1.0),))
