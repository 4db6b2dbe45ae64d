"""``musiclm evaluate codec`` from a corpus to its report."""

import json
import shutil
from pathlib import Path

import pytest
from codec_clips import write_corpus

from factories import tiny_codec
from musiclm.cli.main import main


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Arguments that name a codec and a corpus."""
    home = tmp_path_factory.mktemp("codec")
    tiny_codec().save(home / "codec")
    write_corpus(home / "corpus", {"a": ("test", []), "b": ("test", ["font"])})
    return [str(home / "codec"), "--corpus", str(home / "corpus")]


def test_short_form_prints_a_table(folders: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "codec", *folders, "--clips", "2"]) == 0
    page = capfd.readouterr().out
    assert page.startswith("Codec on 2 held-out clips of 2 pieces (10 s), 1 of them played by")
    assert "| 1 level |" in page
    assert "| 4 levels |" in page
    assert "Verdicts" not in page


@pytest.mark.skipif(shutil.which("opusenc") is None, reason="opusenc is missing")
def test_whole_report(
    folders: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["--against", "opus", "--clips", "2", "--levels", "1", "--robustness"]
    words += ["--pictures", "1", "--out", str(tmp_path)]
    assert main(["evaluate", "codec", *folders, *words]) == 0
    page = capfd.readouterr().out
    for heading in ("Verdicts", "Sound fonts apart", "Tones", "Robustness", "Spectrograms"):
        assert f"## {heading}" in page
    assert (tmp_path / "report.md").read_text(encoding="utf-8").strip() == page.strip()
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["codec"]["name"] == "codec"
    assert len(report["codec"]["weights_sha256"]) == 64
    assert report["pictures"] == ["clip-1.png"]
    assert [row["levels"] for row in report["conditions"]][:2] == [1, 4]
    mean = report["conditions"][0]["means"]["all"]["log_mel"]
    assert mean["low"] <= mean["mean"] <= mean["high"]
    assert any("better than Opus 12" in answer["question"] for answer in report["verdicts"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--against", "mp3"], '--against "mp3" is unknown: the codec to compare with is opus'),
        (["--pictures", "1"], "--pictures needs --out"),
        (["--levels", "1;2"], '--levels "1;2" is no list of numbers: write for example 1,4,12'),
    ],
)
def test_wrong_words_are_said(
    folders: list[str], words: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "codec", *folders, *words]) != 0
    assert message in capfd.readouterr().err


def test_missing_extra_is_a_line(
    folders: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "visqol", None)
    assert main(["evaluate", "codec", *folders, "--visqol"]) != 0
    assert 'pip install "musiclm[codec-eval]"' in capfd.readouterr().err
