"""``musiclm evaluate`` from corpus to report, on a tiny model of random weights."""

import json
from pathlib import Path

import pytest
from sounds import beats

from factories import tiny_codec, tiny_model
from musiclm.audio.io import write_audio
from musiclm.cli.main import main


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten pieces of two kinds, with a manifest."""
    folder = tmp_path_factory.mktemp("corpus")
    lines = []
    for piece in range(10):
        fast = piece % 2 == 0
        sound = beats(
            bpm=160 if fast else 70, hertz=880 if fast else 220, noisy=fast, seed=piece, seconds=2.5
        )
        write_audio(folder / f"{piece}.wav", sound)
        facts = {
            "tempo_class": "fast" if fast else "slow",
            "drums": fast,
            "lead_family": "flute" if fast else "bass",
            "style": "techno" if fast else "ambient",
        }
        entry = {
            "id": str(piece),
            "audio": f"{piece}.wav",
            "seconds": 2.5,
            "split": "train",
            "facts": facts,
            "captions": [],
        }
        lines.append(json.dumps(entry))
    (folder / "manifest.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_judge_is_trained_and_a_model_is_judged(
    corpus: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    judge = tmp_path / "judge"
    assert main(["evaluate", "judge", "--corpus", str(corpus), "--out", str(judge)]) == 0
    assert "Trained on 10 windows of 10 pieces." in capfd.readouterr().out
    model = tiny_model(tmp_path)
    out = tmp_path / "report"
    words = ["--model", str(model), "--judge", str(judge), "--out", str(out)]
    assert main(["evaluate", "adherence", *words, "-n", "1", "-d", "2.5"]) == 0
    assert "| tempo |" in capfd.readouterr().out
    report = json.loads((out / "report.json").read_text())
    assert report["model"]["name"] == "tiny"
    assert {row["n_clips"] for row in report["agreement"]} == {1}
    assert len(list((out / "clips").iterdir())) == 1


def test_showcase_of_a_model(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    model, out = tiny_model(tmp_path), tmp_path / "report"
    words = ["--model", str(model), "--out", str(out), "--duration", "4", "-n", "2"]
    assert main(["evaluate", "prompts", *words]) == 0
    assert "| 2 | jazz mélancolique au piano et basse douce |" in capfd.readouterr().out
    report = json.loads((out / "report.json").read_text())
    assert report["same_seed_same_bytes"] == [True, True]
    assert all(clip["seconds"] == 4.0 for clip in report["clips"])


def test_frechet_distance_of_folders_with_its_floors(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for folder, hertz in (("known", 300), ("made", 900)):
        (tmp_path / folder).mkdir()
        for piece in range(4):
            sound = beats(bpm=100, hertz=hertz, noisy=True, seconds=20, seed=piece)
            write_audio(tmp_path / folder / f"{piece}.wav", sound)
    tiny_codec().save(tmp_path / "codec")
    words = ["--reference", str(tmp_path / "known"), "--audio", str(tmp_path / "made")]
    words += ["--codec", str(tmp_path / "codec"), "--out", str(tmp_path / "report")]
    assert main(["evaluate", "frechet", *words]) == 0
    assert "| made |" in capfd.readouterr().out
    distances = json.loads((tmp_path / "report" / "report.json").read_text())["distances"]
    assert set(distances) == {
        "two halves of the reference",
        "reference through the codec",
        "made",
    }
    assert distances["two halves of the reference"] < distances["made"]


def test_what_is_missing_is_said_in_a_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["--corpus", str(tmp_path), "--out", str(tmp_path / "judge")]
    assert main(["evaluate", "judge", *words]) == 4
    assert "musiclm: no corpus at" in capfd.readouterr().err
    words = ["--judge", str(tmp_path), "--out", str(tmp_path / "report")]
    assert main(["evaluate", "adherence", *words]) == 3
    assert "Traceback" not in capfd.readouterr().err
