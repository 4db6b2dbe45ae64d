"""The search trains, measures, continues and ranks; on tiny candidates, for a few steps."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from musiclm.train.recipe import RECIPES

ROOT = Path(__file__).parents[2]


def the_search() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "codec_search", ROOT / "scripts" / "codec_search.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["codec_search"] = module  # Dataclasses look their module up.
    spec.loader.exec_module(module)
    return module


search = the_search()


def entry(name: str, *, level_bits: float, distances: list[float]) -> dict[str, Any]:
    rows = [
        {"levels": k + 1, "bits_per_second": level_bits * (k + 1), "log_mel_distance": distance}
        for k, distance in enumerate(distances)
    ]
    return {
        "name": name, "by_levels": rows, "frame_rate": 25.0, "n_q": len(rows), "steps": 9,
        "codebook_size": 1024, "bits_per_second": level_bits * len(rows), "parameters": 1_500_000,
        "tokens_per_second": 25.0 * len(rows), "effective_codes": [700.0] * len(rows),
        "encode_real_time": 30.0, "decode_real_time": 20.0,
    }  # fmt: skip


def test_codecs_are_ranked_at_equal_bitrate() -> None:
    entries = [
        entry("rich", level_bits=500.0, distances=[0.9, 0.8, 0.2]),  # Best only beyond the rate.
        entry("lean", level_bits=252.0, distances=[0.8, 0.7, 0.6, 0.5]),
        entry("huge", level_bits=2000.0, distances=[0.1]),
    ]
    assert search.at_bitrate(entries[1], 1000.0)["levels"] == 4  # One percent is let pass.
    rows = search.ranked(entries, 1000.0)
    assert [row["name"] for row in rows] == ["lean", "rich", "huge"]
    lines = search.markdown(rows, (1000.0, 1500.0)).splitlines()
    assert "log mel distance at 1 kbit/s | log mel distance at 1.5 |" in lines[0]
    assert "| lean | 25 x 4 x 1024 | 1.01 | 100 | 1.5 | 9 | 0.500 | 0.500 | 700, 700 |" in lines[2]
    assert "| 0.800 | 0.200 |" in lines[3]
    assert "| - | - |" in lines[4]


def job(name: str, recipe: Path, corpus: Path, out: Path, *, max_steps: int) -> Any:
    return search.Job(
        recipe=recipe / f"{name}.toml", corpus=corpus, out=out, minutes=None,
        max_steps=max_steps, clips=2, seconds=0.5,
    )  # fmt: skip


def test_candidates_are_trained_measured_and_kept(corpus: Path, tmp_path: Path) -> None:
    candidates = tmp_path / "candidates"
    candidates.mkdir()
    tiny = (RECIPES / "tiny" / "codec.toml").read_text()
    (candidates / "some.toml").write_text(tiny)
    (candidates / "less.toml").write_text("base = 'some'\n[codec]\nn_q = 2")
    out = tmp_path / "out"
    found = [
        search.run_one(job(name, candidates, corpus, out, max_steps=3)) for name in ("some", "less")
    ]
    assert [entry.get("error") for entry in found] == [None, None]
    assert [[row["levels"] for row in entry["by_levels"]] for entry in found] == [
        [1, 2, 3, 4],
        [1, 2],
    ]
    assert [entry["steps"] for entry in found] == [3, 3]
    assert found[0]["parameters"] > found[1]["parameters"]  # Two codebooks more.
    assert found[0]["tokens_per_second"] == 100.0
    assert len(search.markdown(found, (3000.0, 1500.0)).splitlines()) == 4

    measured = out / "some" / "measured.json"
    before = measured.stat().st_mtime_ns
    assert search.run_one(job("some", candidates, corpus, out, max_steps=3)) == found[0]
    assert measured.stat().st_mtime_ns == before
    longer = search.run_one(job("some", candidates, corpus, out, max_steps=4))
    assert "choose another OUT" in longer["error"]
    (candidates / "some.toml").write_text(f"seed = 7\n{tiny}")
    changed = search.run_one(job("some", candidates, corpus, out, max_steps=3))
    assert "with another recipe" in changed["error"]
    (candidates / "some.toml").write_text("speed = 3")
    assert "fault(s)" in search.run_one(job("some", candidates, corpus, out, max_steps=3))["error"]


def test_the_command_explains_what_it_misses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for options, message in (
        ([], "give either --minutes or --max-steps"),
        (["--minutes", "1", "--only", "choir"], "no candidate choir in"),
        (["--minutes", "1", "--candidates", str(tmp_path)], "no candidate at all in"),
    ):
        with pytest.raises(SystemExit):
            search.main([str(tmp_path), str(tmp_path), *options])
        assert message in capsys.readouterr().err


def test_the_whole_command(corpus: Path, tmp_path: Path) -> None:
    candidates = tmp_path / "candidates"
    candidates.mkdir()
    (candidates / "some.toml").write_text((RECIPES / "tiny" / "codec.toml").read_text())
    out = tmp_path / "out"
    given = ["--candidates", candidates, "--max-steps", "2", "--clips", "1", "--seconds", "0.5"]
    script = ROOT / "scripts" / "codec_search.py"
    ended = subprocess.run(
        [sys.executable, script, corpus, out, *given], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert "some: done" in ended.stderr
    report = json.loads((out / "report.json").read_text())
    assert [entry["name"] for entry in report["candidates"]] == ["some"]
    assert (out / "table.md").read_text().startswith("| candidate |")
