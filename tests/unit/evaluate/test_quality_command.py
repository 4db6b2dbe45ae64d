"""``musiclm evaluate quality``: a model, or any folder, against real music, with floors."""

import json
from functools import partial
from pathlib import Path

import pytest
from mulan_corpus import write_corpus
from sounds import beats

from factories import tiny_codec, tiny_model
from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform
from musiclm.cli.main import main
from musiclm.errors import DataError
from musiclm.evaluate.judge import Judge
from musiclm.evaluate.judge_data import through
from musiclm.evaluate.model.tagger import train_tagger
from musiclm.evaluate.quality.divergence import tag_probabilities
from musiclm.evaluate.quality.run import CODED, HALVES, MADE, measure_quality


def clips(folder: Path, n: int, *, hertz: float, seconds: float = 12.0) -> list[Path]:
    folder.mkdir()
    paths = []
    for seed in range(n):
        sound = beats(bpm=100, hertz=hertz, noisy=True, seconds=seconds, seed=seed)
        paths.append(folder / f"{seed:04d}.wav")
        write_audio(paths[-1], Waveform(0.5 * sound.samples, sound.sample_rate))
    return paths


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    corpus = write_corpus(tmp_path_factory.mktemp("corpus"), n_clips=10)
    return train_tagger([corpus], seed=0)


def test_floors_stand_below_what_is_far_and_the_codec_is_a_floor(
    tmp_path: Path, tagger: Judge
) -> None:
    known = clips(tmp_path / "known", 12, hertz=300)
    far = clips(tmp_path / "far", 12, hertz=900)

    def duller(sound: Waveform) -> Waveform:
        return Waveform(0.5 * sound.samples, sound.sample_rate)

    found = measure_quality(
        far,
        known,
        embedders=["mel"],
        folder=tmp_path / "kept",
        coder=duller,
        labeller=partial(tag_probabilities, tagger),
        paired=True,
    )
    (mel,) = found.embeddings
    plain = {name: each.frechet.plain for name, each in mel.sets.items()}
    # Loudness is evened out: what only halves it is no distance at all.
    assert plain[MADE] > plain[HALVES] > plain[CODED]
    assert mel.sets[MADE].kernel.value > mel.sets[CODED].kernel.value
    assert mel.sets[MADE].coverage.coverage.value < mel.sets[CODED].coverage.coverage.value
    assert mel.ratio == pytest.approx(plain[MADE] / plain[CODED])
    assert "missed" in found.table()
    assert found.labels[CODED]["style"].value < found.labels[MADE]["style"].value
    assert json.loads(json.dumps(found.results()))["labels_paired"] is True
    with pytest.raises(DataError, match="got 11 made and 12 real"):
        measure_quality(far[1:], known, embedders=["mel"], folder=tmp_path / "kept", paired=True)


def test_a_model_is_measured_and_again_without_making_anything(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model, out = tiny_model(tmp_path), tmp_path / "report"
    words = ["quality", "--model", str(model), "--out", str(out), "--sound", "own"]
    words += ["-n", "3", "-d", "5", "--embedder", "mel,mulan", "--ears", str(model)]
    assert main(["evaluate", *words]) == 0
    printed = capfd.readouterr().out
    assert "**mel**" in printed
    assert "**mulan**" in printed
    assert "reference through the codec" in printed
    kept = {path: path.stat().st_mtime_ns for path in (out / "quality").rglob("*.safetensors")}
    assert len(kept) == 2 * 3 * 3  # embedders, sets, clips
    assert main(["evaluate", *words]) == 0
    assert kept == {
        path: path.stat().st_mtime_ns for path in (out / "quality").rglob("*.safetensors")
    }
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    names = [found["embedder"] for found in report["results"]["quality"]["embeddings"]]
    assert names == ["mel", "mulan"]
    assert (out / "report.html").is_file()


def test_any_folder_against_any_folder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = clips(tmp_path / "made", 10, hertz=300)
    clips(tmp_path / "known", 10, hertz=300)
    made[3].write_bytes(b"no sound at all")
    words = ["quality", "--audio", str(tmp_path / "made"), "--reference", str(tmp_path / "known")]
    words += ["--out", str(tmp_path / "report"), "--embedder", "mel"]
    assert main(["evaluate", *words]) == 0
    printed = capfd.readouterr().out
    assert "Skipped of made: 1" in printed
    assert "0003.wav" in printed
    assert main(["evaluate", *words, "--strict"]) == 4
    assert "0003.wav" in capfd.readouterr().err
    (tmp_path / "empty").mkdir()
    words[2] = str(tmp_path / "empty")
    assert main(["evaluate", *words]) == 4
    assert "no audio below" in capfd.readouterr().err


def test_too_little_audio_is_said_and_the_number_withheld(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    clips(tmp_path / "made", 1, hertz=300)
    clips(tmp_path / "known", 1, hertz=300)
    words = ["quality", "--audio", str(tmp_path / "made"), "--reference", str(tmp_path / "known")]
    assert main(["evaluate", *words, "--out", str(tmp_path / "r"), "--embedder", "mel"]) == 0
    printed = capfd.readouterr().out
    assert "withheld: a distance over 64 dimensions needs more than 64 windows" in printed
    report = json.loads((tmp_path / "r" / "report.json").read_text(encoding="utf-8"))
    (mel,) = report["results"]["quality"]["embeddings"]
    assert mel["sets"]["made"]["frechet"]["plain"] is None


def test_clips_through_the_codec_are_those_of_this_codec(tmp_path: Path) -> None:
    known = clips(tmp_path / "known", 2, hertz=300, seconds=2.0)
    for identity in ("one", "one", "two"):
        measure_quality(
            known,
            known,
            embedders=["mel"],
            folder=tmp_path / "kept",
            coder=through(tiny_codec()),
            coder_identity=identity,
        )
    assert len(list((tmp_path / "kept" / "through-codec").glob("*.flac"))) == 4
