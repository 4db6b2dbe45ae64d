"""The whole chain on tiny real models: determinism, lengths, settings, progress, saving."""

import json
from pathlib import Path

import pytest
import soundfile
import torch

from factories import Acoustic, tiny_model
from musiclm.audio.io import read_audio
from musiclm.errors import AudioError, GenerationError
from musiclm.pipeline.folder import GenerationDefaults
from musiclm.pipeline.musiclm import MusicLM
from musiclm.pipeline.plan import Controls
from musiclm.pipeline.progress import Progress


def test_one_sentence(tiny: MusicLM) -> None:
    made = tiny.generate("calm piano", duration=1, seed=5)
    assert made.waveform.shape == (1, 2, 24_000)
    assert made.sample_rate == 24_000
    assert bool(torch.isfinite(made.waveform).all())
    assert float(made.waveform.abs().max()) < 1
    assert {name: tuple(codes.shape) for name, codes in made.tokens.items()} == {
        "mulan": (1, 4),
        "facts": (1, 4),
        "semantic": (1, 1, 25),
        "acoustic": (1, 4, 25),
        "timeline": (1, 9, 25),
        "ensemble": (1, 15, 25),
    }
    assert (made.seed, made.seeds, made.prompts, made.silent) == (
        5,
        (5,),
        ("calm piano",),
        (False,),
    )
    assert list(made.timings.stage_seconds) == ["mulan", "semantic", "acoustic", "codec"]
    spent = sum(made.timings.stage_seconds.values())
    timings = made.timings
    assert 0 < timings.first_token_seconds < timings.first_audio_seconds < timings.total_seconds
    assert all(seconds > 0 for seconds in timings.stage_seconds.values())
    assert spent < timings.total_seconds
    assert made.timings.real_time_factor == made.timings.total_seconds


def test_same_seed_same_samples(tiny: MusicLM) -> None:
    first = tiny.generate("calm piano", duration=1, seed=5)
    again = tiny.generate("  calm   piano\n", duration=1, seed=5)
    assert torch.equal(first.waveform, again.waveform)
    assert not torch.equal(first.waveform, tiny.generate("calm piano", duration=1, seed=6).waveform)
    assert not torch.equal(first.waveform, tiny.generate("fast rock", duration=1, seed=5).waveform)


def test_a_batch_is_its_single_runs(tiny: MusicLM) -> None:
    batch = tiny.generate(["calm piano", "fast rock"], duration=1, seed=5, num_samples=2)
    assert batch.prompts == ("calm piano", "calm piano", "fast rock", "fast rock")
    assert batch.seeds == (5, 6, 7, 8)
    assert len(batch) == 4
    for index in range(4):
        alone = tiny.generate(batch.prompts[index], duration=1, seed=batch.seeds[index])
        assert torch.equal(alone.waveform[0], batch.waveform[index])
        assert torch.equal(alone.tokens["acoustic"][0], batch.tokens["acoustic"][index])


@pytest.mark.parametrize("acoustic", ["coarse_fine", "masked", "musicgen"])
def test_other_ways_to_the_same_codes(tmp_path: Path, acoustic: Acoustic) -> None:
    music = MusicLM.from_pretrained(tiny_model(tmp_path, acoustic=acoustic))
    made = music.generate("calm piano", duration=1, seed=5)
    assert made.waveform.shape == (1, 2, 24_000)
    assert made.tokens["acoustic"].shape == (1, 4, 25)
    again = music.generate("calm piano", duration=1, seed=5)
    assert torch.equal(made.waveform, again.waveform)


def test_one_stage_does_all_of_it(tmp_path: Path) -> None:
    music = MusicLM.from_pretrained(tiny_model(tmp_path, acoustic="musicgen"))
    assert music.semantic is None
    assert music.stage_names == ("musicgen",)
    # Four seconds are three windows of this stage.
    made = music.generate("calm piano", duration=4, seed=5, guidance_scale={"musicgen": 2.0})
    assert set(made.tokens) == {"mulan", "facts", "acoustic", "timeline", "ensemble"}
    assert list(made.timings.stage_seconds) == ["mulan", "musicgen", "codec"]
    assert list(made.settings["stages"]) == ["musicgen"]
    assert made.precision == music.precision != ""
    other = music.generate("fast rock, 160 bpm", duration=4, seed=5)
    assert not torch.equal(made.tokens["acoustic"], other.tokens["acoustic"])
    one, two = music.generate("calm piano", duration=1, num_samples=2, vary=["musicgen"]).seeds
    assert one == two
    with pytest.raises(GenerationError, match="semantic"):
        music.generate("calm piano", duration=1, temperature={"semantic": 0.5})


def test_durations_beyond_one_window_are_exact(tiny: MusicLM) -> None:
    made = tiny.generate("calm piano", duration=3.3, seed=5)
    assert made.waveform.shape[-1] == 79_200
    assert made.tokens["semantic"].shape[-1] == 83  # Whole frames: 82.5 rounded up.
    # The second half sounds too.
    assert float(made.waveform[..., 40_000:].abs().max()) > 0.01


def test_decoding_meanwhile_equals_decoding_the_whole(tiny: MusicLM) -> None:
    stream = tiny.stream("calm piano", duration=5, seed=5)
    samples = torch.cat(list(stream), dim=-1)
    with torch.inference_mode():
        whole = tiny.codec.decode(stream.tokens["acoustic"])[0]
    assert samples.shape == whole.shape == (2, 120_000)
    assert torch.allclose(samples, whole, atol=1e-5)


def test_the_first_second_is_there_long_before_the_last(tiny: MusicLM) -> None:
    timings = tiny.generate("calm piano", duration=5, seed=5).timings
    assert timings.first_audio_seconds < 0.6 * timings.total_seconds


def test_a_mono_codec_gives_mono(tmp_path: Path) -> None:
    music = MusicLM.from_pretrained(tiny_model(tmp_path, n_channels=1))
    assert music.generate("calm piano", duration=1, seed=5).waveform.shape == (1, 1, 24_000)


def test_settings_reach_their_stage(tiny: MusicLM) -> None:
    made = tiny.generate(
        "calm piano",
        duration=1,
        seed=5,
        temperature={"semantic": 0.5},
        top_k=7,
        guidance_scale={"acoustic": 2.0},
    )
    semantic, acoustic = (made.settings["stages"][name] for name in ("semantic", "acoustic"))
    assert (semantic["temperature"], acoustic["temperature"]) == (0.5, 1.0)
    assert (semantic["top_k"], acoustic["top_k"]) == (7, 7)
    assert (semantic["guidance_scale"], acoustic["guidance_scale"]) == (1.0, 2.0)
    plain = tiny.generate("calm piano", duration=1, seed=5)
    assert not torch.equal(made.tokens["semantic"], plain.tokens["semantic"])
    assert semantic["top_p"] == tiny.semantic.config.top_p == 0.98


def test_temperature_zero_is_greedy(tiny: MusicLM) -> None:
    # The seed also draws a usual tempo and usual chords where none are said.
    said = Controls(tempo=100, beats_per_bar=4, chords="C | G")
    one, two = (
        tiny.generate("calm piano", duration=1, seed=s, temperature=0, controls=said)
        for s in (1, 2)
    )
    assert torch.equal(one.waveform, two.waveform)
    assert one.settings["stages"]["semantic"]["greedy"] is True


def test_a_models_defaults_hold_where_nothing_is_said(tmp_path: Path) -> None:
    defaults = GenerationDefaults(temperature={"semantic": 0.7}, top_k={"acoustic": 9})
    music = MusicLM.from_pretrained(tiny_model(tmp_path, defaults=defaults))
    stages = music.generate("calm piano", duration=1, seed=5, top_k={"semantic": 3}).settings[
        "stages"
    ]
    assert (stages["semantic"]["temperature"], stages["semantic"]["top_k"]) == (0.7, 3)
    assert stages["acoustic"]["top_k"] == 9


def test_a_model_may_decode_only_its_coarse_levels(tmp_path: Path) -> None:
    full = MusicLM.from_pretrained(tiny_model(tmp_path / "full"))
    coarse = MusicLM.from_pretrained(
        tiny_model(tmp_path / "coarse", defaults=GenerationDefaults(codec_levels=1))
    )
    every, few = (model.generate("calm piano", duration=1, seed=3) for model in (full, coarse))
    assert torch.equal(every.tokens["acoustic"], few.tokens["acoustic"])
    assert not torch.equal(every.waveform, few.waveform)


def test_progress_rises_to_the_end(tiny: MusicLM) -> None:
    reports: list[Progress] = []
    tiny.generate(["calm piano", "jazz"], duration=1, seed=5, on_progress=reports.append)
    fractions = [report.fraction for report in reports]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0
    assert fractions[-1] == pytest.approx(1.0)
    assert next(report.clip_fraction for report in reports if report.clip == 1) == 0.0
    assert {report.clip for report in reports} == {0, 1}
    assert reports[-1].real_time_factor == pytest.approx(reports[-1].elapsed_seconds / 2, rel=0.01)


def test_whoever_watches_can_stop_the_work(tiny: MusicLM) -> None:
    class EnoughError(Exception):
        pass

    def stop(progress: Progress) -> None:
        if progress.clip_fraction > 0.2:
            raise EnoughError

    with pytest.raises(EnoughError):
        tiny.generate("calm piano", duration=3, seed=5, on_progress=stop)


def test_requests_that_are_refused(tiny: MusicLM) -> None:
    with pytest.raises(GenerationError, match="temperature given for fine: this model has the"):
        tiny.generate("calm piano", temperature={"fine": 1.0})
    with pytest.raises(GenerationError, match="leaves no room for 2 clips"):
        tiny.generate("calm piano", seed=2**63 - 1, num_samples=2)
    with pytest.raises(GenerationError, match="duration must be from 1 to 600 seconds, got 0"):
        tiny.generate("calm piano", duration=0)


def test_saving_one_clip(tiny: MusicLM, tmp_path: Path) -> None:
    made = tiny.generate("été calme", duration=1, seed=5)
    assert made.save(tmp_path / "out.wav") == [tmp_path / "out.wav"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.wav", "out.wav.json"]
    info = soundfile.info(tmp_path / "out.wav")
    assert (info.samplerate, info.channels, info.frames, info.subtype) == (
        24_000, 2, 24_000, "PCM_16",
    )  # fmt: skip
    facts = json.loads((tmp_path / "out.wav.json").read_text(encoding="utf-8"))
    assert facts["prompt"] == "été calme"
    assert facts["seed"] == 5
    assert facts["ai_generated"] is True
    assert facts["model"] == "tiny"
    assert facts["weights_sha256"] == tiny.weights_sha256
    assert facts["timings"]["real_time_factor"] > 0
    with soundfile.SoundFile(tmp_path / "out.wav") as file:
        assert file.title == "été calme"
        assert file.comment.startswith("AI-generated {")
        assert json.loads(file.comment.removeprefix("AI-generated "))["seed"] == 5


def test_same_seed_same_bytes(tiny: MusicLM, tmp_path: Path) -> None:
    for name in ("a.wav", "b.wav", "a.flac", "b.flac"):
        tiny.generate("calm piano", duration=1, seed=5).save(tmp_path / name)
    for suffix in ("wav", "flac"):
        one, two = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in "ab")
        assert one == two


def test_saving_several_clips(tiny: MusicLM, tmp_path: Path) -> None:
    made = tiny.generate("calm piano", duration=1, seed=5, num_samples=2)
    paths = made.save(tmp_path / "out.flac")
    assert [path.name for path in paths] == ["out-1.flac", "out-2.flac"]
    assert json.loads((tmp_path / "out-2.flac.json").read_text())["seed"] == 6
    made.save(tmp_path / "only.flac", index=1)
    assert (tmp_path / "only.flac").read_bytes() == (tmp_path / "out-2.flac").read_bytes()
    with pytest.raises(GenerationError, match="there is no clip 2: this generation has 2"):
        made.save(tmp_path / "none.flac", index=2)
    with pytest.raises(AudioError, match=r'must end in .wav, .flac or .ogg, got "out.mp3"'):
        made.save(tmp_path / "out.mp3")


def test_ogg_is_smaller_and_nearly_the_same(tiny: MusicLM, tmp_path: Path) -> None:
    made = tiny.generate("calm piano", duration=3, seed=5)
    made.save(tmp_path / "out.ogg")
    made.save(tmp_path / "out.wav")
    assert (tmp_path / "out.ogg").stat().st_size < 0.5 * (tmp_path / "out.wav").stat().st_size
    heard = read_audio(tmp_path / "out.ogg").samples
    assert heard.shape == made.waveform[0].shape
    assert torch.corrcoef(torch.stack((heard[0], made.waveform[0, 0])))[0, 1] > 0.8
    assert json.loads((tmp_path / "out.ogg.json").read_text())["seed"] == 5


@pytest.mark.parametrize("fails_at", range(1, 5))
def test_a_disk_that_fails_at_any_call_leaves_nothing(
    tiny: MusicLM, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    made = tiny.generate("calm piano", duration=1, seed=5)
    calls = 0

    def counted(real):  # type: ignore[no-untyped-def]
        def call(*arguments):  # type: ignore[no-untyped-def]
            nonlocal calls
            calls += 1
            if calls == fails_at:
                raise OSError(28, "No space left on device")
            return real(*arguments)

        return call

    # Two files, each synchronised and renamed: four chances to fail.
    monkeypatch.setattr("musiclm.audio.files.os.fsync", counted(__import__("os").fsync))
    monkeypatch.setattr(Path, "replace", counted(Path.replace))
    with pytest.raises(OSError, match="No space left"):
        made.save(tmp_path / "out.wav")
    assert list(tmp_path.iterdir()) == []
    made.save(tmp_path / "out.wav")
    assert calls == fails_at + 4


def test_the_public_names() -> None:
    import musiclm

    for name in musiclm.__all__:
        assert getattr(musiclm, name) is not None
    assert musiclm.MusicLM is MusicLM
    assert "MusicLM" in dir(musiclm)
    with pytest.raises(AttributeError, match="has no attribute 'Musiclm'"):
        musiclm.Musiclm  # noqa: B018
