"""Levels of music as it comes, and words that steer it."""

import numpy as np
import pytest
import torch

from musiclm.errors import GenerationError
from musiclm.pipeline.live import levelled, pcm16, steer
from musiclm.pipeline.musiclm import MusicLM
from musiclm.pipeline.wish import Options


def test_levels_do_not_depend_on_where_pieces_end() -> None:
    rng = torch.Generator().manual_seed(0)
    music = torch.randn(2, 10_000, generator=rng)
    whole = levelled(music)
    parts = [levelled(part) for part in music.split((1, 999, 4_000, 5_000), dim=1)]
    assert torch.equal(torch.cat(parts, dim=1), whole)
    assert b"".join(pcm16(part) for part in music.split(777, dim=1)) == pcm16(music)


def test_levels_keep_order_and_never_clip() -> None:
    ramp = torch.linspace(-5, 5, 2_001)[None]
    out = levelled(ramp)[0]
    assert float(out.abs().max()) <= 1.0
    # Quiet music is only louder: 2 dB; and louder music is never quieter.
    quiet = ramp[0].abs() < 0.4
    assert torch.allclose(out[quiet], ramp[0][quiet] * 1.2589, atol=1e-4)
    assert bool((out.diff() >= 0).all())
    assert bool((out[1:-1].diff()[900:1100] > 0).all())


def test_raw_samples_are_interleaved_and_little_endian() -> None:
    left_right = torch.tensor([[0.0, 0.1], [-0.1, 0.2]])
    values = np.frombuffer(pcm16(left_right), dtype="<i2")
    assert values.tolist() == [0, -4125, 4125, 8250]


def test_words_that_steer(tiny: MusicLM) -> None:
    stream = tiny.stream("calm piano", seed=5, options=Options(bpm=120, metre="4/4"))
    next(stream)
    for line, said in (
        ("tempo 90\n", "tempo: 90"),
        ("drums off", "drums: off"),
        ("bass on", "bass: on"),
        ("density 4", "density: 4"),
        ("brightness 0.7", "brightness: 0.7"),
        ("chords Am F | C", "chords: Am F | C"),
        ("  prompt  wild jazz ", "prompt: wild jazz"),
        ("\n", ""),
    ):
        assert steer(stream, line) == said
    assert stream.course.controls.to_dict() == {
        "tempo": 90.0,
        "beats_per_bar": 4,
        "drums": False,
        "bass": True,
        "density": 4,
        "brightness": 0.7,
        "chords": "Am F | C",
    }
    assert steer(stream, "drums auto") == "drums: auto"
    assert stream.course.controls.drums is None
    assert steer(stream, "end 2") == "coming to an end"
    list(stream)
    assert stream.position == 3.0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("dance", "unknown words 'dance': say prompt TEXT, tempo BPM"),
        ("tempo fast", "tempo takes a number, got 'fast'"),
        ("tempo 1000", "tempo must be 30 to 300"),
        ("tempo nan", "tempo must be 30 to 300"),
        ("density 4.5", "density takes a whole number, got '4.5'"),
        ("drums maybe", "drums takes on, off or auto, got 'maybe'"),
        ("brightness 2", "brightness must be 0 to 1"),
        ("chords x", "chords are symbols such as"),
        ("prompt", "the prompt is empty"),
        ("end soon", "end takes a number, got 'soon'"),
        ("end 0", "an end takes 1 to 600 seconds, got 0"),
    ],
)
def test_words_that_do_not(tiny: MusicLM, line: str, message: str) -> None:
    stream = tiny.stream("calm piano", seed=5)
    with pytest.raises(GenerationError, match=message):
        steer(stream, line)
