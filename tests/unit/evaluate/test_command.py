"""``musiclm evaluate ask`` and ``prompts``, on a tiny model of random weights."""

import json
from pathlib import Path

import pytest

from factories import tiny_model
from musiclm.cli.main import main
from musiclm.evaluate.model.cases import cases


def test_showcase_of_a_model(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    model, out = tiny_model(tmp_path), tmp_path / "report"
    words = ["--model", str(model), "--out", str(out), "--duration", "4", "-n", "2"]
    assert main(["evaluate", "prompts", *words]) == 0
    assert "| 2 | jazz mélancolique au piano et basse douce |" in capfd.readouterr().out
    report = json.loads((out / "report.json").read_text())
    assert report["same_seed_same_bytes"] == [True, True]
    assert all(clip["seconds"] == 4.0 for clip in report["clips"])


def test_prompts_for_others_are_a_line_each(tmp_path: Path) -> None:
    out = tmp_path / "prompts.jsonl"
    assert main(["evaluate", "ask", "--out", str(out), "-n", "3", "-d", "5"]) == 0
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["0000", "0001", "0002"]
    assert [line["prompt"] for line in lines] == [case.text for case in cases(3, seconds=5.0)]
    assert main(["evaluate", "ask", "--out", str(out), "-n", "3", "-d", "60", "--long"]) == 0
    (first, *_) = out.read_text(encoding="utf-8").splitlines()
    assert json.loads(first)["prompt"] == cases(1, seconds=60.0, seed=1)[0].text


def test_what_is_missing_is_said_in_a_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["--corpus", str(tmp_path), "--out", str(tmp_path / "tagger")]
    assert main(["evaluate", "tagger", *words]) == 4
    assert "musiclm: no corpus at" in capfd.readouterr().err
    words = ["--tagger", str(tmp_path), "--out", str(tmp_path / "report")]
    assert main(["evaluate", "adherence", *words]) == 3
    assert "Traceback" not in capfd.readouterr().err
