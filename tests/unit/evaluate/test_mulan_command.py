"""``musiclm evaluate mulan`` from a corpus to its report."""

import json
from pathlib import Path

import numpy as np
import pytest
from mulan_corpus import write_corpus

from factories import tiny_mulan
from musiclm.cli.main import main
from musiclm.evaluate.mulan.estimate import Estimate
from musiclm.evaluate.mulan.report import mulan_tables


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Arguments that name a MuLan and a corpus."""
    home = tmp_path_factory.mktemp("mulan")
    tiny_mulan().save(home / "mulan")
    corpus = write_corpus(home / "corpus", n_clips=8)
    command = ["evaluate", "mulan", str(home / "mulan"), "--corpus", str(corpus)]
    return [*command, "--split", "all", "--pairs", "12", "--cache", str(home / "cache")]


def test_tables_report_and_picture(
    words: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sentences = tmp_path / "sentences.txt"
    sentences.write_text("en | anything loud | | angry, aggressive | drums\n", encoding="utf-8")
    more = ["--sentences", str(sentences), "--map", str(tmp_path / "map.png")]
    assert main([*words, *more, "--out", str(tmp_path / "report")]) == 0
    page = capfd.readouterr().out
    assert page.startswith("MuLan on 8 clips")
    for heading in ("Retrieval", "Zero-shot", "Minimal pairs", "Free sentences", "Space"):
        assert f"## {heading}" in page
    assert "at least 0.80" in page
    assert (tmp_path / "report" / "table.md").read_text(encoding="utf-8").strip() == page.strip()
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert len(report["weights_sha256"]) == 64
    assert report["bars"]["zero_shot/style/de"] == 0.8
    numbers = report["numbers"]
    for name in ("zero_shot/style/en", "pairs/all", "sentences/top1/all", "space/gap/after"):
        assert set(numbers[name]) == {"value", "low", "high", "chance", "n"}
    for name, number in numbers.items():
        assert number["low"] - 1e-9 <= number["value"] <= number["high"] + 1e-9, name
    assert numbers["retrieval/text_to_audio/recall_1/it"]["chance"] == pytest.approx(1 / 8)


@pytest.mark.slow
def test_json_is_the_same_each_time(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--json"]) == 0
    first = json.loads(capfd.readouterr().out)
    assert first["pairs/all"]["n"] == 12
    assert main([*words, "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == first


def test_wrong_words_are_said(
    words: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--split", "train"]) == 4
    assert '--split "train" is unknown: it is all or test' in capfd.readouterr().err
    assert main([*words, "--sentences", str(tmp_path / "none.txt")]) == 4
    assert "musiclm: no sentences at" in capfd.readouterr().err
    assert main(["evaluate", "mulan", "nowhere", "--corpus", str(tmp_path)]) == 3
    assert 'musiclm: no model "nowhere"' in capfd.readouterr().err


def test_bars_are_met_from_the_right_side() -> None:
    def said(name: str, value: float) -> str:
        page = mulan_tables({name: Estimate(value, np.full(9, value), None, 9)})
        return page.splitlines()[4]

    assert "at least 0.80, met |" in said("zero_shot/style/en", 0.9)
    assert "at least 0.80 |" in said("zero_shot/style/en", 0.7)
    assert "at most 5.00, met |" in said("zero_shot/style/gap", 1.0)
    assert "at most 5.00 |" in said("zero_shot/style/gap", 9.0)


def test_languages_stand_side_by_side_once() -> None:
    one = Estimate(0.5, np.full(9, 0.5), 0.1, 9)
    page = mulan_tables(dict.fromkeys(("pairs/all", "pairs/kind/density", "pairs/en"), one))
    assert "| right | 0.50 |" in page
    assert "| kind/density |" in page
    assert "| kind |" not in page
    assert "| en |" not in page.replace("| measure | en |", "")
