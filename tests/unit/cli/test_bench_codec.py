"""The codec's benchmark measures in processes of their own and says what was left out."""

import json
from pathlib import Path

import pytest
import torch

from factories import tiny_codec
from musiclm.cli import bench_codec
from musiclm.cli.main import main


def test_a_benchmark_of_a_tiny_codec(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_codec, "find_spec", lambda _: None)
    tiny_codec().save(tmp_path / "codec")
    words = ["bench", "codec", "--model", str(tmp_path / "codec"), "--minutes", "0.02"]
    assert main([*words, "--threads", "1", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    (run,) = report["runs"]
    assert (run["name"], run["threads"], run["minutes"]) == ("musiclm", 1, 0.02)
    assert run["about"].startswith("musiclm ")
    assert run["about"].endswith(", 24 kHz stereo, 0.6 kbit/s")
    assert run["encode_real_time_factor"] > 0
    assert run["decode_real_time_factor"] > 0
    assert 50e6 < run["peak_memory_bytes"] < 4e9
    assert report["missing"] == "EnCodec was left out: pip install transformers"

    table = bench_codec.codec_table(report).splitlines()
    assert table[2].startswith(f"| {run['about']} | 1 | 0.02 | ")
    assert table[-1] == report["missing"]


def test_a_measuring_process_that_fails_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_codec, "find_spec", lambda _: None)
    tiny_codec().save(tmp_path / "codec")
    (tmp_path / "codec" / "weights.safetensors").write_bytes(b"")
    words = ["bench", "codec", "--model", str(tmp_path / "codec"), "--minutes", "0.02"]
    assert main([*words, "--threads", "1"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("musiclm: ")
    assert "the measuring process failed with exit code 1: " in said
    assert "has 0 bytes, expected" in said
    assert main(["bench", "codec", "--minutes", "-1"]) == 2


def test_the_music_is_dense_stereo_and_repeats() -> None:
    music = bench_codec.synthetic_music(3.0, seed=1)
    assert music.samples.shape == (2, 72_000)
    assert music.peak() == pytest.approx(1.0)
    loudness = music.samples.square().mean(dim=0).view(-1, 6_000).mean(dim=1)
    assert float(loudness.min()) > 1e-4
    assert torch.equal(bench_codec.synthetic_music(3.0, seed=1).samples, music.samples)
    assert not torch.equal(bench_codec.synthetic_music(3.0, seed=2).samples, music.samples)
