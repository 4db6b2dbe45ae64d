"""Music while it is listened to: the same as a file, whatever is asked for meanwhile."""

import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor

from factories import Acoustic, tiny_codec, tiny_model
from musiclm.errors import GenerationError
from musiclm.pipeline.finish import finish
from musiclm.pipeline.folder import assemble_model
from musiclm.pipeline.musiclm import MusicLM
from musiclm.pipeline.stream import MOST_RETRIES, MusicStream
from musiclm.pipeline.wish import Options

BEAT = Options(bpm=120, metre="4/4")


def joined(stream: MusicStream) -> Tensor:
    return torch.cat(list(stream), dim=-1)


@pytest.mark.parametrize("seconds", [1.0, 2.3, 4.0])
def test_a_stream_is_the_file_before_its_loudness(tiny: MusicLM, seconds: float) -> None:
    made = tiny.generate("calm piano", duration=seconds, seed=5, top_k=9)
    stream = tiny.stream("calm piano", duration=seconds, seed=5, top_k=9)
    samples = joined(stream)
    assert samples.shape == (2, round(seconds * 24_000))
    finished, silent = finish(samples, sample_rate=24_000, seconds=seconds)
    assert torch.equal(finished.samples, made.waveform[0])
    assert not silent
    assert all(torch.equal(stream.tokens[name], made.tokens[name]) for name in made.tokens)
    assert stream.position == seconds
    with pytest.raises(StopIteration):
        next(stream)


@pytest.mark.parametrize("acoustic", ["coarse_fine", "masked", "musicgen"])
def test_other_stages_stream_and_end_too(tmp_path: Path, acoustic: Acoustic) -> None:
    music = MusicLM.from_pretrained(tiny_model(tmp_path, acoustic=acoustic))
    made = music.generate("calm piano", duration=2.5, seed=5)
    finished, _ = finish(
        joined(music.stream("calm piano", duration=2.5, seed=5)), sample_rate=24_000, seconds=2.5
    )
    assert torch.equal(finished.samples, made.waveform[0])
    endless = music.stream("calm piano", seed=5)
    next(endless)
    endless.end(1.0)
    rest = joined(endless)
    assert round(endless.position * 24_000) == round(endless.events[-1].detail * 24_000)
    assert rest.shape[-1] > 0


def test_the_same_calls_at_the_same_moment_give_the_same_music(tiny: MusicLM) -> None:
    def play() -> tuple[Tensor, MusicStream]:
        stream = tiny.stream("calm piano", duration=5, seed=5, options=BEAT)
        pieces = []
        for number, piece in enumerate(stream):
            pieces.append(piece)
            if number == 0:
                stream.set_prompts("fast rock")
            if number == 2:
                stream.set_controls(drums=False, density=3)
        return torch.cat(pieces, dim=-1), stream

    first, stream = play()
    again, _ = play()
    plain = joined(tiny.stream("calm piano", duration=5, seed=5, options=BEAT))
    assert torch.equal(first, again)
    assert first.shape == plain.shape == (2, 120_000)
    # What was planned is not changed: one second was, when the prompt came.
    assert [(event.seconds, event.what) for event in stream.events] == [
        (0.0, "prompt"),
        (0.0, "ensemble"),
        (0.0, "controls"),
        (1.0, "prompt"),
        (1.0, "ensemble"),
        (3.0, "controls"),
    ]
    same = (first == plain).all(dim=0)
    # Two stages look ahead two frames each, and codes of one frame take four steps: 18 are whole.
    assert bool(same[:17_280].all())
    assert not bool(same[26_000:].all())


def test_controls_are_heard_by_the_stages(tiny: MusicLM) -> None:
    stream = tiny.stream("calm piano", duration=6, seed=5, options=BEAT)
    next(stream)
    stream.set_controls(tempo=60, drums=True, brightness=1.0)
    joined(stream)
    timeline = stream.tokens["timeline"][0]
    beat, drums, bright = timeline[0], timeline[4], timeline[8]
    assert (drums[:25] == 0).all()
    assert (drums[25:] == 2).all()
    assert (bright[25:] == 16).all()
    # 24 places a beat: 12.5 frames at 120, 25 at 60.
    assert int((beat[:25].diff() < 0).sum()) == 1
    assert int((beat[25:100].diff() < 0).sum()) == 2
    for wrong in ({"loudness": 1}, {"tempo": 10}, {"density": 13}):
        with pytest.raises(GenerationError, match=r"no control loudness|must be"):
            stream.set_controls(**wrong)


def test_music_without_end_ends_when_it_is_told_to(tiny: MusicLM) -> None:
    stream = tiny.stream("calm piano", seed=5)
    pieces = [next(stream) for _ in range(3)]
    assert stream.events[-1].what != "end"
    stream.end(2.0)
    pieces += list(stream)
    whole = torch.cat(pieces, dim=-1)
    event = stream.events[-1]
    assert (event.what, event.seconds, event.detail) == ("end", 3.0, 5.0)
    assert whole.shape == (2, 120_000)
    # The stages are told that the end is near.
    place = stream.tokens["timeline"][0, 2]
    assert int(place[:75].max()) > 7 or int(place[:75].min()) == 0
    assert int(place[124]) == 1
    with pytest.raises(GenerationError, match="this piece ends after 5 seconds already"):
        stream.end()
    for wrong in (0.5, 601.0, float("nan")):
        with pytest.raises(GenerationError, match="an end takes 1 to 600 seconds"):
            tiny.stream("calm piano", seed=5).end(wrong)


def test_before_it_is_told_to_end_it_is_the_same_music(tiny: MusicLM) -> None:
    one, other = (tiny.stream("calm piano", seed=5) for _ in range(2))
    ahead = torch.cat([next(one) for _ in range(4)], dim=-1)
    start = torch.cat([next(other) for _ in range(2)], dim=-1)
    other.end(2.0)
    rest = joined(other)
    begin = start.shape[-1]
    assert torch.equal(start, ahead[:, :begin])
    assert rest.shape[-1] > 0


@pytest.fixture(scope="module")
def mute(tmp_path_factory: pytest.TempPathFactory) -> MusicLM:
    """A model whose codec decodes whatever comes to silence."""
    folder = tmp_path_factory.mktemp("mute")
    tiny_model(folder)
    codec = tiny_codec()
    with torch.no_grad():
        for name, weight in codec.decoder.named_parameters():
            if name.endswith("bias"):
                weight.fill_(-100.0)
            else:
                weight.zero_()
    shutil.rmtree(folder / "codec")
    codec.save(folder / "codec")
    assemble_model(
        folder / "mute",
        mulan=folder / "mulan",
        semantic=folder / "semantic",
        acoustic=[folder / "stage-0"],
        codec=folder / "codec",
        name="mute",
        version="0",
    )
    return MusicLM.from_pretrained(folder / "mute")


def test_silence_is_composed_again_and_said(
    mute: MusicLM, caplog: pytest.LogCaptureFixture
) -> None:
    stream = mute.stream("calm piano", duration=4, seed=5)
    samples = joined(stream)
    # However often it is tried: a second of silence may be a rest, and an ending may be quiet.
    assert samples.shape == (2, 96_000)
    told = [event for event in stream.events if event.what == "retry"]
    assert len(told) == stream.retries == 2 * MOST_RETRIES
    assert {event.detail for event in told} == {"silence"}
    assert sorted({round(event.seconds) for event in told}) == [1, 2]
    assert "silence after 1 s: composing that second again" in caplog.text


def test_a_retry_draws_other_music(mute: MusicLM, tiny: MusicLM) -> None:
    # The same stages, once heard, so that what is drawn first is kept, and once not.
    kept, retried = (model.stream("calm piano", duration=4, seed=5) for model in (tiny, mute))
    joined(kept)
    joined(retried)
    assert kept.retries == 0
    one, other = (stream.tokens["semantic"][0, 0] for stream in (kept, retried))
    assert len(one) == len(other) == 100
    assert torch.equal(one[:20], other[:20])
    assert not torch.equal(one[25:50], other[25:50])
    assert mute.generate("calm piano", duration=1, seed=5).silent == (True,)


def test_what_cannot_be_streamed(tiny: MusicLM) -> None:
    with pytest.raises(GenerationError, match="duration must be from 1 to 600 seconds, got 700"):
        tiny.stream("calm piano", duration=700)
    with pytest.raises(GenerationError, match="the prompt is empty"):
        tiny.stream("")
    stream = tiny.stream("calm piano", duration=2, seed=1)
    with pytest.raises(GenerationError, match="the prompt is empty"):
        stream.set_prompts(" ")
    with pytest.raises(GenerationError, match="a blend takes more than 0 and at most 60 seconds"):
        stream.set_prompts("rock", blend_seconds=61)
