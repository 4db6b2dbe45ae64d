import json
from pathlib import Path

import pytest

from musiclm.cli.main import main
from musiclm.evaluate.report import write_report
from musiclm.evaluate.schema import ReferenceSet, Subject, versioned


def write(folder: Path) -> Path:
    found = {
        "embeddings": [
            {"embedder": "mel", "sets": {"made": {"frechet": {"plain": 2.25}}}},
            {"embedder": "mulan", "sets": {"made": {"frechet": {"plain": None}}}},
        ],
        "labels": {"made": {"style": {"value": 0.75}}},
    }
    whole = versioned(
        {"quality": found},
        about="x",
        subject=Subject(kind="model", name="small", version="6"),
        seeds={"clips": 0},
        n={"clips": 3},
        reference=ReferenceSet(name="composed pieces", n_files=3),
    )
    write_report(folder, results=whole, table="", about="x")
    return folder


def test_a_report_beside_what_was_published(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "published", str(write(tmp_path / "report"))]) == 0
    printed = capfd.readouterr().out
    assert "| MusicLM | 0.44 | 4.0 | 1.01 | 0.51 | 312 |" in printed
    apart = printed[printed.index("in no published column") :]
    assert "| fad | mel-ours | composed-pieces | 2.25 |" in apart
    assert "| kld | style-tagger | composed-pieces | 0.75 |" in apart
    assert "mulan-ours" not in apart  # withheld there, so nothing stands here


def test_published_numbers_alone_and_a_damaged_report(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "published"]) == 0
    assert "MusicGen 1.5B" in capfd.readouterr().out
    folder = write(tmp_path / "report")
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    (folder / "report.json").write_text(json.dumps(report | {"schema_version": 99}))
    assert main(["evaluate", "published", str(folder)]) == 4
    assert "schema_version 99, expected 1" in capfd.readouterr().err
