"""MusicGen as clips, stories and streams: the same samples, whoever asks for them."""

import logging
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from torch import Tensor

from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError, GenerationError
from musiclm.pipeline.any_model import open_model, stream_of
from musiclm.pipeline.finish import finish
from musiclm.pipeline.musicgen_model import MusicGenModel
from musiclm.pipeline.musicgen_stream import MusicGenStream
from musiclm.pipeline.musicgen_windows import Tune
from musiclm.pipeline.plan import Controls
from musiclm.pipeline.replay import read_record
from musiclm.pipeline.wish import Options

if find_spec("transformers") is None:
    pytest.skip("transformers is not installed", allow_module_level=True)

from checkpoints import write_musicgen

RATE = 32_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("musicgen")
    write_musicgen(folder, melody=True, depth=1, width=16, heads=2, hidden=16)
    return folder


@pytest.fixture(scope="module")
def music(folder: Path) -> MusicGenModel:
    return MusicGenModel.from_pretrained(folder, precision="float32")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> MusicGenModel:
    folder = tmp_path_factory.mktemp("plain")
    write_musicgen(folder)
    return MusicGenModel.from_pretrained(folder, precision="float32")


def joined(stream: MusicGenStream) -> Tensor:
    return torch.cat(list(stream), dim=-1)


def tune(seconds: float = 3.0, frequency: float = 440.0) -> Waveform:
    time = torch.arange(int(seconds * 8_000)) / 8_000
    return Waveform(0.5 * torch.sin(2 * torch.pi * frequency * (1 + time // 1) * time)[None], 8_000)


@pytest.mark.parametrize("seconds", [1.0, 1.234567, 2.3])
def test_a_stream_is_the_clip_before_its_loudness(plain: MusicGenModel, seconds: float) -> None:
    made = plain.generate("calm piano", duration=seconds, seed=5, top_k=9)
    samples = joined(plain.stream("calm piano", duration=seconds, seed=5, top_k=9))
    assert samples.shape == (1, round(seconds * RATE))
    whole = plain.parts.codec.decode(made.tokens["acoustic"])[0]
    torch.testing.assert_close(samples, whole[:, : samples.shape[1]], atol=1e-5, rtol=0)
    finished, _ = finish(samples, sample_rate=RATE, seconds=seconds)
    assert torch.equal(finished.samples, made.waveform[0])


def test_seeds_of_clips_follow_by_one(plain: MusicGenModel) -> None:
    several = plain.generate("calm piano", duration=1, seed=5, num_samples=3)
    assert several.seeds == (5, 6, 7)
    for number in range(3):
        alone = plain.generate("calm piano", duration=1, seed=5 + number)
        assert torch.equal(alone.waveform[0], several.waveform[number])
    assert not torch.equal(several.waveform[0], several.waveform[1])


def test_what_is_asked_for_is_heard_by_the_model(plain: MusicGenModel) -> None:
    def codes(**settings: object) -> Tensor:
        made = plain.generate("calm piano", duration=1, seed=5, **settings)  # type: ignore[arg-type]
        return made.tokens["acoustic"]

    usual = codes()
    assert torch.equal(usual, codes(options=Options(), controls=Controls()))
    for other in (
        {"options": Options(negative_prompt="drums")},
        {"options": Options(bpm=90)},
        {"controls": Controls(drums=False)},
        {"guidance_scale": 1.0},
        {"guidance_scale": 5.0},
        {"temperature": 0.5},
        {"top_k": 2},
    ):
        assert not torch.equal(usual, codes(**other)), other


def test_a_continuation_begins_with_the_recording(plain: MusicGenModel) -> None:
    before = tune(1.01)
    made = plain.generate("calm piano", duration=1, seed=5, continue_from=before)
    n_before = -(-round(1.01 * RATE) // 640)
    assert made.tokens["acoustic"].shape[-1] == n_before + 50
    assert made.waveform.shape[-1] == n_before * 640 + RATE
    assert made.events[0][0]["seconds"] == pytest.approx(n_before / 50)


def test_a_story_turns_at_its_frame(plain: MusicGenModel) -> None:
    cues = [(0, "calm piano"), (1.01, "fast drums"), (1.05, "sad violin")]
    made = plain.story(cues, duration=2, seed=5)
    told = [(event["seconds"], event["detail"]) for event in made.events[0]]
    assert [each for each in told if each[1] != "the next window goes on"] == [
        (0.0, "calm piano"), (1.02, "fast drums"), (1.06, "sad violin"),
    ]  # fmt: skip
    windows = [event["seconds"] for event in made.events[0] if event["what"] == "window"]
    assert windows == [1.02, 1.06]
    alone = plain.generate("calm piano", duration=2, seed=5)
    same = (made.tokens["acoustic"] == alone.tokens["acoustic"])[0].all(dim=0)
    assert bool(same[:51].all())
    assert not bool(same[51:].all())
    assert made.waveform.shape == (1, 1, 2 * RATE)


def spied(stream: MusicGenStream) -> list[tuple[int, float, str]]:
    """What each window is told: the frame, where it begins in seconds, its words."""
    told: list[tuple[int, float, str]] = []
    conditions = stream._conditions

    def spy(frame: int, begins: float) -> tuple[Tensor, ...]:
        entry = (frame, begins, stream._words_at(frame).wanted)
        if not told or told[-1][1:] != entry[1:]:
            told.append(entry)
        return conditions(frame, begins)

    stream._writer._conditions = spy
    return told


def test_seventy_seconds_in_windows_that_carry_twelve(music: MusicGenModel) -> None:
    stream = music.stream("calm piano", duration=70, seed=5, melody=tune(25.0), guidance_scale=1)
    told = spied(stream)
    asked: list[float] = []
    assert stream._tune is not None
    window = Tune.window

    def spy(self: Tune, seconds: float, length: float) -> Tensor:
        asked.append(seconds)
        return window(self, seconds, length)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tune, "window", spy)
        samples = joined(stream)
    assert samples.shape == (1, 70 * RATE)
    assert bool(torch.isfinite(samples).all())
    assert stream.codes.shape == (1, 4, 3_500)
    # Windows begin every 18 s and write from 12 s after that.
    assert [(frame, begins) for frame, begins, _ in told] == [
        (0, 0.0), (1_500, 18.0), (2_400, 36.0), (3_300, 54.0),
    ]  # fmt: skip
    assert sorted(set(asked)) == [0.0, 18.0, 36.0, 54.0]
    assert stream.seams == [30.0, 48.0, 66.0]


def test_windows_are_those_of_the_session(music: MusicGenModel) -> None:
    """The driver knows where windows begin before the session says so."""
    stream = music.stream("calm piano", duration=52, seed=5, melody=tune(40.0), guidance_scale=1)
    begun: list[tuple[int, int]] = []
    for _ in stream:
        window = stream._session._window
        if window is not None:
            begun.append((window.start, stream._writer._start))
    assert all(theirs == ours for theirs, ours in begun)
    assert {start for start, _ in begun} == {0, 900, 1_800}


def test_the_tune_goes_round() -> None:
    samples = torch.randn(1, 100 * 320) * 0.1
    seconds = samples.shape[1] / RATE
    follow = Tune(samples, RATE)
    here = follow.window(0.0, 30.0)
    assert here.shape == (1, 235, 12)
    assert torch.equal(follow.window(seconds, 30.0), here)
    assert torch.equal(follow.window(18.0, 30.0), follow.window(18.0 % seconds, 30.0))
    turned = Tune(torch.roll(samples, -16_000, dims=1), RATE)
    assert torch.equal(follow.window(0.5, 30.0), turned.window(0.0, 30.0))
    # Shorter than the window: its frames again and again.
    n_frames = 32_000 // 4_096 + 1
    assert torch.equal(here[:, :n_frames], here[:, n_frames : 2 * n_frames])


def test_a_tune_is_heard(music: MusicGenModel) -> None:
    codes = [
        music.generate("piano", duration=1, seed=5, melody=given).tokens["acoustic"]
        for given in (None, tune(frequency=262), tune(frequency=330))
    ]
    assert not torch.equal(codes[0], codes[1])
    assert not torch.equal(codes[1], codes[2])


def test_what_is_not_heard_of_a_tune_is_told(
    music: MusicGenModel, caplog: pytest.LogCaptureFixture
) -> None:
    music.generate("piano", duration=1, seed=5, melody=tune(2.0))
    music.stream("piano", duration=1, seed=5, melody=tune(2.0))
    told = [line for line in caplog.messages if "melody" in line]
    assert told == ["the melody lasts 2 s and the music 1 s: the rest is not heard"] * 2
    caplog.clear()
    music.stream("piano", seed=5, melody=tune(2.0))
    music.stream("piano", duration=3, seed=5, melody=tune(2.0))
    assert not [line for line in caplog.messages if "melody" in line]


def test_tunes_that_cannot_be_followed(music: MusicGenModel, plain: MusicGenModel) -> None:
    with pytest.raises(GenerationError, match='" follows no melody: use a melody model'):
        plain.stream("piano", melody=tune())
    for samples, message in (
        (torch.zeros(1, 0), "the melody holds no samples: give a recording of a tune"),
        (torch.zeros(6, 100), "the melody has 6 channels, a melody has 1 or 2: mix it down"),
        (torch.full((1, 100), float("nan")), "the melody holds samples that are not finite"),
        (torch.zeros(1, 601_000), "the melody is longer than 600 seconds"),
    ):
        with pytest.raises(AudioError, match=message):
            music.stream("piano", melody=Waveform(samples, 1_000))


def test_a_silent_tune_is_told(music: MusicGenModel, caplog: pytest.LogCaptureFixture) -> None:
    music.stream("piano", melody=Waveform(torch.zeros(1, 8_000), 8_000))
    assert caplog.messages[-1] == "the melody is silent: no tune will be found in it"


def test_words_change_on_the_way(plain: MusicGenModel) -> None:
    def play() -> tuple[Tensor, MusicGenStream, list[tuple[int, float, str]]]:
        stream = plain.stream("calm piano", duration=4, seed=5)
        told = spied(stream)
        pieces = []
        for number, piece in enumerate(stream):
            pieces.append(piece)
            if number == 1:
                stream.set_prompts("fast drums", transition="bar")
        return torch.cat(pieces, dim=-1), stream, told

    samples, stream, told = play()
    assert samples.shape == (1, 4 * RATE)
    assert [(event.seconds, event.detail) for event in stream.events] == [
        (0.0, "calm piano"), (2.0, "fast drums"),
    ]  # fmt: skip
    assert told == [(0, 0.0, "calm piano"), (100, 0.0, "fast drums")]
    assert torch.equal(play()[0], samples)
    untouched = plain.stream("calm piano", duration=4, seed=5)
    list(untouched)
    same = (stream.codes == untouched.codes)[0].all(dim=0)
    assert bool(same[:100].all())
    assert not bool(same[100:].all())


def test_words_may_change_before_the_first_note(plain: MusicGenModel) -> None:
    stream = plain.stream("calm piano", duration=1, seed=5)
    stream.set_prompts("fast drums")
    other = plain.stream("fast drums", duration=1, seed=5)
    assert torch.equal(joined(stream), joined(other))


def test_an_end_on_the_way(plain: MusicGenModel) -> None:
    stream = plain.stream("calm piano", seed=5)
    pieces = [next(stream), next(stream)]
    stream.end(1.5)
    pieces += list(stream)
    samples = torch.cat(pieces, dim=-1)
    assert samples.shape == (1, int(3.5 * RATE))
    assert stream.position == 3.5
    whole = plain.parts.codec.decode(stream.codes)[0]
    torch.testing.assert_close(samples, whole[:, : samples.shape[1]], atol=1e-5, rtol=0)
    with pytest.raises(GenerationError, match="this piece has an end already"):
        stream.end()
    with pytest.raises(GenerationError, match="an end takes 1 to 600 seconds, got 0"):
        plain.stream("calm piano", seed=5).end(0)


def test_what_cannot_be_changed_on_the_way(plain: MusicGenModel) -> None:
    stream = plain.stream("calm piano", duration=1, seed=5)
    with pytest.raises(GenerationError, match="cannot be told drums on the way: say it in a pro"):
        stream.set_controls(drums=False)
    with pytest.raises(GenerationError, match='at once: use transition "cut"'):
        stream.set_prompts("rock", transition="blend")
    with pytest.raises(GenerationError, match="the prompt is empty"):
        stream.set_prompts(" ")


def test_a_record_makes_the_same_bytes(
    music: MusicGenModel, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from musiclm.audio.io import write_audio

    write_audio(tmp_path / "tune.wav", tune())
    made = music.generate(
        [("calm piano", 1.0), ("drums", -1.0)],
        duration=1.5,
        seed=5,
        options=Options(bpm=90),
        continue_from=tmp_path / "tune.wav",
        melody=tmp_path / "tune.wav",
        temperature=0.9,
    )
    made.save(tmp_path / "a.wav")
    record = read_record(tmp_path / "a.wav.json")
    assert record.model == str(folder)
    again = open_model(record.model, precision="float32").make([record.piece])
    again.save(tmp_path / "b.wav")
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    assert record.facts["understood"] == {
        "said": [{"sentence": "calm piano, 90 bpm", "away_from": "drums"}]
    }


@pytest.mark.parametrize("precision", ["bfloat16", "int8", "int4"])
@pytest.mark.parametrize("melody", [True, False])
def test_precisions(tmp_path: Path, precision: str, melody: bool) -> None:
    from musiclm.nn.linear import Int8Linear

    write_musicgen(tmp_path, melody=melody, width=64, hidden=128)
    model = MusicGenModel.from_pretrained(tmp_path, precision=precision)  # type: ignore[arg-type]
    made = model.generate("calm piano", duration=1, seed=5)
    assert made.precision in (precision, "int8", "bfloat16", "float32")
    assert bool(torch.isfinite(made.waveform).all())
    kinds = {type(each) for each in model.parts.stage.model.modules()}
    assert (Int8Linear in kinds) == (made.precision in ("int8", "int4"))


def test_any_model_streams_with_a_melody(music: MusicGenModel, plain: MusicGenModel) -> None:
    stream = stream_of(music, "piano", melody=tune(), duration=1.0, seed=5)
    assert joined(stream).shape == (1, RATE)  # type: ignore[arg-type]
    with pytest.raises(GenerationError, match="follows no melody"):
        stream_of(plain, "piano", melody=tune(), duration=1.0, seed=5)


def test_records_of_other_models_are_refused(plain: MusicGenModel) -> None:
    from musiclm.pipeline.record import pieces_of
    from musiclm.pipeline.settings import StageSettings

    (settings,) = plain.settings().values()
    assert isinstance(settings, StageSettings)
    pieces = pieces_of("piano", settings={"acoustic": settings}, duration=1)
    with pytest.raises(GenerationError, match="for the stages acoustic: this model has musicgen"):
        plain.make(pieces)
    with pytest.raises(GenerationError, match="clips of one call are equally long, got "):
        plain.make([
            *pieces_of("piano", settings=plain.settings(), duration=1),
            *pieces_of("piano", settings=plain.settings(), duration=2),
        ])  # fmt: skip


def test_the_licence_is_told_once_and_kept(
    plain: MusicGenModel, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_musicgen(tmp_path)
    (tmp_path / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n# A card\n")
    caplog.set_level(logging.WARNING)
    first, second = (MusicGenModel.from_pretrained(tmp_path) for _ in range(2))
    assert caplog.messages == [
        f"the weights of {tmp_path} are under CC-BY-NC-4.0: no commercial use"
    ]
    assert first.licence == second.licence == "CC-BY-NC-4.0"
    made = first.generate("piano", duration=1, seed=5)
    assert made.facts()["licence"] == "CC-BY-NC-4.0"
    assert '"licence": "CC-BY-NC-4.0"' in made.tags()["comment"]
    assert plain.licence == "not stated"
