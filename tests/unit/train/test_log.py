"""metrics.jsonl: averages, sums, resuming, and cut-off lines."""

import builtins
import json
import logging
from pathlib import Path
from typing import Any

import pytest
import torch

from musiclm.train.log import MetricsLog, read_metrics
from musiclm.train.plot import _panels, plot_losses


def test_means_over_the_interval_and_sums_of_skipped(tmp_path: Path) -> None:
    with MetricsLog(tmp_path, seconds=1000.0) as log:
        for step, loss in enumerate([9.0, 1.0, float("nan"), 3.0], start=1):
            skipped = torch.tensor(float(step == 3))
            log.add({"loss": torch.tensor(loss), "skipped": skipped}, step=step, progress=0.1)
    first, rest = read_metrics(tmp_path)
    assert (first["step"], first["loss"]) == (1, 9.0)
    assert rest["loss"] == 2.0
    assert rest["skipped"] == 1
    assert (rest["step"], rest["progress"]) == (4, 0.1)
    assert rest["steps_per_second"] > 0


def test_resuming_drops_what_happens_again(tmp_path: Path) -> None:
    with MetricsLog(tmp_path, seconds=0.0) as log:
        for step in range(1, 6):
            log.add({"loss": torch.tensor(float(step))}, step=step)
        log.event("validation", step=5, loss=float("inf"))
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 6, "lo')  # Cut off by a kill.
    with MetricsLog(tmp_path, step=3, seconds=0.0) as log:
        log.add({"loss": torch.tensor(40.0)}, step=4)
    assert [(line["step"], line["loss"]) for line in read_metrics(tmp_path)] == [
        (1, 1.0), (2, 2.0), (3, 3.0), (4, 40.0),
    ]  # fmt: skip


def test_lines_are_strict_json(tmp_path: Path) -> None:
    with MetricsLog(tmp_path) as log:
        log.event("validation", step=1, loss=float("nan"))
    assert json.loads((tmp_path / "metrics.jsonl").read_text()) == {
        "event": "validation", "step": 1, "loss": None,
    }  # fmt: skip
    assert read_metrics(tmp_path / "absent") == []


def test_the_console_line_goes_to_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with MetricsLog(tmp_path, seconds=0.0, console=True) as log:
        log.add({"loss": torch.tensor(2.5)}, step=7, progress=0.25)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "25%  step 7  loss 2.5" in shown.err
    with MetricsLog(tmp_path, seconds=0.0, console=False) as log:
        log.add({"loss": torch.tensor(2.5)}, step=8)
    assert capsys.readouterr().err == ""


def test_the_picture_needs_losses_and_matplotlib(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert plot_losses(tmp_path) is None
    with MetricsLog(tmp_path, seconds=0.0) as log:
        log.add({"loss": torch.tensor(2.0)}, step=1)
        log.event("validation", step=1, loss=1.0)
    picture = plot_losses(tmp_path)
    assert picture is not None
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"

    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with caplog.at_level(logging.WARNING):
        assert plot_losses(tmp_path) is None
    assert "pip install 'musiclm[train]'" in caplog.text


def test_relatives_share_a_panel_in_the_order_of_their_numbers() -> None:
    lines = [
        {"step": 1, "loss": 2.0, "mel": 1.0, "guidance": 1.0},
        {"step": 1, "event": "validation", "side": 0.5, **{f"codes_{i}": 9 for i in range(11)}},
    ]
    panels = _panels(lines)
    assert list(panels) == ["loss", "codes", "other measures", "other measures, held out"]
    assert panels["codes"] == [f"codes_{i}" for i in range(11)]
    assert panels["other measures"] == ["guidance", "mel"]
