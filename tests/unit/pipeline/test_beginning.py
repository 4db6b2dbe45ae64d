"""Recordings that music goes on from, or is to be like."""

from pathlib import Path

import pytest
import torch

from factories import tiny_model, tiny_music, tiny_tokenizer
from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform
from musiclm.config import replace
from musiclm.errors import AudioError, GenerationError, StreamMismatchError
from musiclm.pipeline.musiclm import MusicLM
from musiclm.pipeline.wish import Options
from musiclm.semantic.tokenizer import SemanticTokenizer


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> MusicLM:
    folder = tiny_model(tmp_path_factory.mktemp("model"), tokenizer=tiny_tokenizer())
    return MusicLM.from_pretrained(folder)


@pytest.mark.parametrize("seconds", [1.5, 3.01])
def test_a_recording_is_unchanged_up_to_the_seam(music: MusicLM, seconds: float) -> None:
    song = tiny_music(seconds)
    made = music.generate("calm piano", duration=2, seed=5, continue_from=song)
    n_before = song.n_samples
    assert made.waveform.shape == (1, 2, n_before + 48_000)
    # What the codec hands out after the end of what it was given is the crossfade: under 0.2 s.
    kept = (made.waveform[0, :, :n_before] == song.samples).all(dim=0)
    assert bool(kept[: n_before - 4_800].all())
    after = made.waveform[0, :, n_before:]
    assert float(after.abs().max()) > 1e-3
    # No step at the seam larger than steps elsewhere.
    steps = made.waveform[0].diff(dim=1).abs().amax(dim=0)
    assert float(steps[n_before - 5_000 : n_before + 100].max()) < 0.5
    assert made.silent == (False,)


def test_what_comes_after_depends_on_the_recording_and_the_seed(music: MusicLM) -> None:
    one, other = tiny_music(2.0), tiny_music(2.0, seed=1)
    after = [
        music.generate("calm piano", duration=1, seed=seed, continue_from=song).waveform[
            ..., -24_000:
        ]
        for song, seed in ((one, 5), (one, 5), (one, 6), (other, 5))
    ]
    assert torch.equal(after[0], after[1])
    assert not torch.equal(after[0], after[2])
    assert not torch.equal(after[0], after[3])


def test_what_comes_after_is_as_loud_as_the_recording(music: MusicLM) -> None:
    song = tiny_music(2.0)
    soft = Waveform(song.samples * 0.25, song.sample_rate)
    levels = [
        music.generate("calm piano", duration=1, seed=5, continue_from=each)
        .waveform[..., -24_000:]
        .square()
        .mean()
        .sqrt()
        for each in (song, soft)
    ]
    assert float(levels[1] / levels[0]) == pytest.approx(0.25, rel=0.05)


def test_codes_begin_with_those_of_the_recording(music: MusicLM) -> None:
    song = tiny_music(2.0)
    made = music.generate("calm piano", duration=1, seed=5, continue_from=song)
    level = 10 * torch.log10(song.samples.mean(dim=0).square().mean())
    louder = (song.samples * 10 ** ((-19.0 - level) / 20))[None]
    acoustic, semantic = made.tokens["acoustic"], made.tokens["semantic"]
    assert acoustic.shape[-1] == semantic.shape[-1] == 75
    assert (acoustic[..., :50] == music.codec.encode(louder)).float().mean() > 0.99
    assert (semantic[..., :50] == tiny_tokenizer().encode(louder)).float().mean() > 0.99


def test_events_are_told_in_the_time_of_the_file(music: MusicLM) -> None:
    made = music.generate("calm piano, 90 bpm", duration=1, seed=5, continue_from=tiny_music(17.5))
    assert made.waveform.shape[-1] == 444_000
    told = {event["what"]: event for event in made.events[0]}
    assert [event["seconds"] for event in told.values()] == [17.5] * 3
    assert told["controls"]["detail"] == {"tempo": 90.0}  # and no tempo that nobody said
    assert told["ensemble"]["detail"]["playing"] == ["acoustic_grand_piano"]


def test_other_rates_and_channels(music: MusicLM) -> None:
    mono = Waveform(tiny_music(2.0, sample_rate=44_100).samples[:1], 44_100)
    made = music.generate("calm piano", duration=1, seed=5, continue_from=mono)
    assert made.waveform.shape == (1, 2, 72_000)
    assert torch.equal(made.waveform[0, 0, :40_000], made.waveform[0, 1, :40_000])


def test_recordings_that_cannot_be_continued(music: MusicLM, tiny: MusicLM, tmp_path: Path) -> None:
    silence = Waveform(torch.cat((tiny_music(1.0).samples, torch.zeros(2, 480_000)), 1), 24_000)
    broken = tiny_music(2.0)
    broken.samples[0, 7] = float("nan")
    for song, message in (
        (tiny_music(0.5), "music to continue must last at least 1 s, got 0.50 s"),
        (silence, "the end of the music to continue is silent: cut the silence off"),
        (broken, "the music to continue holds samples that are not finite"),
    ):
        with pytest.raises(GenerationError, match=message):
            music.generate("calm piano", duration=1, continue_from=song)
    with pytest.raises(GenerationError, match="this model has no semantic tokenizer, without"):
        tiny.generate("calm piano", duration=1, continue_from=tiny_music(2.0))
    with pytest.raises(AudioError, match=r"no audio file .*none.wav: give the path"):
        music.generate("calm piano", duration=1, continue_from=tmp_path / "none.wav")


def test_a_model_of_one_stage_goes_on_without_a_tokenizer(tmp_path: Path) -> None:
    music = MusicLM.from_pretrained(tiny_model(tmp_path, acoustic="musicgen"))
    song = tiny_music(2.0)
    made = music.generate("calm piano", duration=1, seed=5, continue_from=song)
    assert made.waveform.shape == (1, 2, 72_000)
    assert torch.equal(made.waveform[0, :, :40_000], song.samples[:, :40_000])
    level = 10 * torch.log10(song.samples.mean(dim=0).square().mean())
    louder = (song.samples * 10 ** ((-19.0 - level) / 20))[None]
    codes = made.tokens["acoustic"]
    assert (codes[..., :50] == music.codec.encode(louder)).float().mean() > 0.99
    other = music.generate("calm piano", duration=1, seed=5, continue_from=tiny_music(2.0, seed=1))
    assert not torch.equal(codes[..., 50:], other.tokens["acoustic"][..., 50:])


def test_another_tokenizer_is_refused(tmp_path: Path) -> None:
    config = replace(tiny_tokenizer().config, codebook_size=16)
    other = SemanticTokenizer(config)
    other.ready.fill_(True)
    model = MusicLM.from_pretrained(tiny_model(tmp_path, tokenizer=other))
    with pytest.raises(StreamMismatchError, match="tokenizer"):
        model.generate("calm piano", duration=1, continue_from=tiny_music(2.0))


def test_music_alone_says_what_is_wanted(tiny: MusicLM) -> None:
    song = tiny_music(4.0)
    said = {"bpm": 100, "metre": "4/4"}
    alone = tiny.generate("", duration=1, seed=5, options=Options(like=((song, 1.0),), **said))
    words = tiny.generate("calm piano", duration=1, seed=5, options=Options(**said))
    assert alone.prompts == ("(like a recording)",)
    assert not torch.equal(alone.tokens["mulan"], words.tokens["mulan"])
    with torch.inference_mode():
        listener = tiny.mulan
        assert listener.audio is not None
        heard = listener.embed_audio(song.samples[None])
        moved = heard - listener.audio_mean + listener.text_mean
        expected = listener.tokens_from_embeddings(moved, source="text")
    assert torch.equal(alone.tokens["mulan"], expected)


def test_music_and_words_are_mixed_by_weights(tiny: MusicLM) -> None:
    song = tiny_music(4.0)

    def tokens(prompt: str, weight: float) -> list[int]:
        options = Options(like=((song, weight),), bpm=100, metre="4/4")
        return tiny.stream(prompt, seed=5, options=options).tokens["mulan"][0].tolist()

    words = tiny.stream("calm piano", seed=5).tokens["mulan"][0].tolist()
    assert tokens("calm piano", 0.001) == words
    assert tokens("calm piano", 99) == tokens("", 1.0)
    assert tokens("calm piano", 1.0) not in (words, tokens("", 1.0))
    for weight, message in (
        (0.0, "a weight is a number other than 0"),
        (-1.0, "at least one recording to be like needs a weight above 0"),
    ):
        with pytest.raises(GenerationError, match=message):
            tokens("", weight)


def test_a_file_is_as_good_as_its_samples(tiny: MusicLM, tmp_path: Path) -> None:
    write_audio(tmp_path / "a.wav", tiny_music(2.0))
    made = [
        tiny.generate("", duration=1, seed=5, options=Options(like=((source, 1.0),)))
        for source in (tmp_path / "a.wav", str(tmp_path / "a.wav"))
    ]
    assert torch.equal(made[0].waveform, made[1].waveform)
    with pytest.raises(GenerationError, match="the prompt is empty"):
        tiny.generate("", duration=1)
