import json
from pathlib import Path

import pytest
import torch
from sounds import beats

from musiclm.audio.waveform import Waveform
from musiclm.errors import ConfigError
from musiclm.evaluate.showcase import measure_showcase, pairwise_distances

PROMPTS = [("en", "fast"), ("fr", "lent"), ("en", "high")]
KINDS = {
    "fast": {"bpm": 160, "hertz": 330, "noisy": True},
    "lent": {"bpm": 70, "hertz": 220, "noisy": False},
    "high": {"bpm": 100, "hertz": 1_800, "noisy": False},
}


def make(text: str, seed: int) -> Waveform:
    return beats(**KINDS[text], seconds=5.0, seed=seed)


def test_report_files_and_picture_are_written(tmp_path: Path) -> None:
    results = measure_showcase(make, PROMPTS, out=tmp_path, model={"name": "stand-in"})
    assert results["same_seed_same_bytes"] == [True, True]
    assert results["smallest_distance"] > 0.3
    assert {path.name for path in tmp_path.iterdir()} == {
        "01.wav",
        "02.wav",
        "03.wav",
        "report.json",
        "table.md",
        "sheet.png",
    }
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")
    report = json.loads((tmp_path / "report.json").read_text())
    assert [clip["prompt"] for clip in report["clips"]] == ["fast", "lent", "high"]
    assert report["clips"][0]["seconds"] == 5.0


def test_a_model_that_is_not_repeatable_is_exposed(tmp_path: Path) -> None:
    rng = torch.Generator().manual_seed(0)

    def unstable(text: str, seed: int) -> Waveform:
        clip = make(text, seed)
        noise = 0.01 * torch.randn(clip.samples.shape, generator=rng)
        return Waveform(clip.samples * 0.9 + noise, clip.sample_rate)

    results = measure_showcase(unstable, PROMPTS[:2], out=tmp_path, model={})
    assert results["same_seed_same_bytes"] == [False, False]


def test_a_model_that_ignores_its_prompt_is_exposed() -> None:
    same = make("fast", 0)
    distances = pairwise_distances([same, same, make("lent", 0)])
    assert distances[0, 1] == pytest.approx(0.0)
    assert distances[0, 2] > 1.0


def test_one_prompt_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at least 2 prompts, got 1"):
        measure_showcase(make, PROMPTS[:1], out=tmp_path, model={})
