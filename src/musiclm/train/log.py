"""Numbers of steps in, ``metrics.jsonl`` out: at most one line a second, and a console line."""

import json
import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor

_SUMMED = ("items", "skipped")


class MetricsLog:
    """Averages metrics over an interval and writes them as JSON lines; the first step at once.

    Lines of steps have ``step``, ``seconds``, ``progress``, ``learning_rate``, one entry per
    metric (mean over the interval; ``skipped`` is a sum), ``steps_per_second`` and, when steps
    report ``items``, ``items_per_second``. Other lines have ``event``, for example
    ``validation``. Tensors are summed where they live and read once a line, so logging costs
    no synchronisation a step.
    """

    def __init__(
        self, run: Path, *, step: int = 0, seconds: float = 1.0, console: bool | None = None
    ) -> None:
        """Continue ``run/metrics.jsonl`` after ``step``; lines of later steps are dropped.

        Args:
            run: The run's folder.
            step: Steps already done: what a killed session wrote beyond them happens again.
            seconds: Shortest time between two lines.
            console: Whether to show a line on stderr; ``None`` means if that is a terminal.
        """
        run.mkdir(parents=True, exist_ok=True)
        self.path = run / "metrics.jsonl"
        kept = [line for line in read_metrics(run) if line.get("step", 0) <= step]
        self.path.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
        self._console = sys.stderr.isatty() if console is None else console
        self._interval = seconds
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}
        self._steps = 0
        self._fresh = True
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add(self, metrics: Mapping[str, Tensor | float], **position: float | int) -> None:
        """Count one step; write a line when the interval is over.

        Args:
            metrics: Scalars of the step. Values that are not finite are left out of the means.
            position: ``step``, ``seconds``, ``progress``, ``learning_rate``.
        """
        self._steps += 1
        for key, value in metrics.items():
            number = torch.as_tensor(value, dtype=torch.float32).detach()
            if number.device.type == "cpu" and not math.isfinite(float(number)):
                continue
            self._sums[key] = self._sums[key] + number if key in self._sums else number
            self._counts[key] = self._counts.get(key, 0) + 1
        self._position = position
        # The first step of a session is a line of its own: where a loss begins is worth knowing.
        if self._fresh or time.monotonic() - self._last >= self._interval:
            self.flush()

    def flush(self) -> None:
        """Write what has been counted since the last line, if anything."""
        if not self._steps:
            return
        elapsed = max(time.monotonic() - self._last, 1e-9)
        line: dict[str, Any] = {key: _rounded(value) for key, value in self._position.items()}
        for key, total in self._sums.items():
            value = float(total)
            line[key] = _rounded(value if key in _SUMMED else value / self._counts[key])
        line["steps_per_second"] = _rounded(self._steps / elapsed)
        if "items" in line:
            line["items_per_second"] = _rounded(line.pop("items") / elapsed)
        self._write(line)
        self._sums, self._counts, self._steps, self._fresh = {}, {}, 0, False
        self._last = time.monotonic()

    def event(self, event: str, **values: Any) -> None:
        """Write one line that is no training step, at once."""
        self._write({"event": event, **values})

    def close(self) -> None:
        """Write the rest."""
        self.flush()
        if self._console:
            sys.stderr.write("\n")

    def _write(self, line: dict[str, Any]) -> None:
        finite = {
            key: None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in line.items()
        }
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(finite) + "\n")
        if self._console:
            sys.stderr.write("\r\x1b[K" + _console_line(finite)[:150])
            if "event" in finite:
                sys.stderr.write("\n")
            sys.stderr.flush()


def read_metrics(run: Path) -> list[dict[str, Any]]:
    """All whole lines of ``run/metrics.jsonl``; a line cut off by a kill is left out."""
    path = run / "metrics.jsonl"
    if not path.exists():
        return []
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            continue
        if isinstance(line, dict):
            lines.append(line)
    return lines


def _rounded(value: float | int) -> float | int:
    if isinstance(value, int) or not math.isfinite(value):
        return value
    return float(f"{value:.6g}")


def _console_line(line: dict[str, Any]) -> str:
    parts = [f"{line['event']}:"] if "event" in line else []
    for key, value in line.items():
        if key == "progress" and value is not None:
            parts.insert(0, f"{value:4.0%}")
        elif key != "event" and value is not None:
            parts.append(f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}")
    return "  ".join(parts)
