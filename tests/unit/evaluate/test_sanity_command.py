"""``musiclm evaluate sanity``: real pieces worsened step by step."""

import json
from pathlib import Path

import pytest
from sounds import beats

from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform
from musiclm.cli.main import main


def pieces(folder: Path, n: int) -> Path:
    folder.mkdir()
    for seed in range(n):
        sound = beats(bpm=100, hertz=300 + 20 * seed, noisy=False, seconds=12.0, seed=seed)
        write_audio(folder / f"{seed}.flac", Waveform(0.5 * sound.samples, sound.sample_rate))
    return folder


def test_metrics_fall_and_the_report_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    real = pieces(tmp_path / "real", 8)
    words = ["--audio", str(real), "--out", str(tmp_path / "out"), "-n", "4"]
    assert main(["evaluate", "sanity", *words]) == 0
    assert "| noise (dB SNR) |" in capfd.readouterr().out
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    noise = next(c for c in report["curves"] if c["degradation"] == "noise")
    assert noise["values"] == sorted(noise["values"])
    assert noise["values"][-1] > 10 * noise["clean"]
    # Twelve seconds are too short for order, and there is no tagger: nothing is claimed of either.
    names = {curve["degradation"] for curve in report["curves"]}
    assert {"shuffled seconds", "wrong prompts"}.isdisjoint(names)
    assert report["n_long"] == 0
    assert (tmp_path / "out" / "sanity.png").is_file()
    assert main(["evaluate", "sanity", *words[:-1], "5"]) == 4
    assert "needs as many others as reference, got 8" in capfd.readouterr().err
