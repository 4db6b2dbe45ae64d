"""The benchmark of MuLan measures in processes of their own and prints its bars beside."""

import json
from pathlib import Path

import pytest
import torch

from factories import tiny_mulan
from musiclm.cli import bench_mulan
from musiclm.cli.main import main


def test_a_benchmark_of_a_tiny_mulan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny_mulan().save(tmp_path / "mulan")
    words = ["bench", "mulan", "--model", str(tmp_path / "mulan"), "--minutes", "0.2"]
    assert main([*words, "--threads", "1", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["minutes"], report["n_clips"]) == (0.2, 10_000)
    assert report["bars"] == {"audio_times_real_time": 200, "prompt_ms": 30, "search_ms": 50}
    (run,) = report["runs"]
    assert run["threads"] == 1
    assert run["about"].startswith("MuLan, 0.")
    assert run["about"].endswith(" million weights, 24 kHz, a window of 10 s every 5 s")
    assert run["audio_times_real_time"] > 1
    assert 0 < run["prompt_median_ms"] <= run["prompt_p95_ms"]
    assert 0 < run["search_median_ms"] < run["search_with_prompt_median_ms"]
    assert 50e6 < run["peak_memory_bytes"] < 4e9

    table = bench_mulan.mulan_table({**report, "runs": [run, {**run, "threads": 2}]}).splitlines()
    assert table[0] == f"| {run['about']} | 1 thread | 2 threads | bar, 2 cores |"
    speed = f"{run['audio_times_real_time']:.4g}"
    assert table[2] == f"| audio tower, times real time | {speed} | {speed} | at least 200 |"
    assert [line.split(" | ")[-1] for line in table[3:7]] == ["under 30 |"] * 2 + ["under 50 |"] * 2
    assert {line.count("|") for line in table} == {5}


def test_a_measuring_process_that_fails_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_mulan().save(tmp_path / "mulan")
    (tmp_path / "mulan" / "weights.safetensors").write_bytes(b"")
    words = ["bench", "mulan", "--model", str(tmp_path / "mulan"), "--minutes", "0.02"]
    assert main([*words, "--threads", "1"]) == 1
    said = capsys.readouterr().err
    assert "the measuring process failed with exit code 1: " in said
    assert "has 0 bytes, expected" in said
    assert main([*words, "--minutes", "-1"]) == 2


def test_fifty_different_prompts_of_many_lengths() -> None:
    prompts = bench_mulan._prompts()
    assert len(set(prompts)) == len(prompts) == 50
    lengths = [len(text.split()) for text in prompts]
    assert min(lengths) == 1
    assert max(lengths) > 20


def test_clips_are_unit_vectors_that_repeat() -> None:
    index = bench_mulan._random_index(32, seed=1)
    assert index.clips.shape == (10_000, 32)
    torch.testing.assert_close(index.clips.norm(dim=1), torch.ones(10_000))
    assert index.search(index.clips[77])[0].path == Path("77.wav")
    assert torch.equal(bench_mulan._random_index(32, seed=1).clips, index.clips)
