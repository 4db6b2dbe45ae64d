"""``metrics.jsonl`` of a run in, ``loss.png`` out."""

import logging
import re
from pathlib import Path
from typing import Any

import numpy as np

from musiclm.train.log import read_metrics

_log = logging.getLogger(__name__)
_NO_MEASURES = {
    "step", "seconds", "progress", "learning_rate", "gradient_norm", "skipped",
    "steps_per_second", "items_per_second", "event",
}  # fmt: skip
_MIXED = ("other measures", "other measures, held out")


def plot_losses(run: Path) -> Path | None:
    """Draw losses and every other measure over the steps, relatives in one panel.

    Returns:
        ``run/loss.png``; ``None`` when there is nothing to draw or no matplotlib (a run must
        not fail because of a picture).
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        _log.warning("no loss.png without matplotlib: pip install 'musiclm[train]'")
        return None
    lines = read_metrics(run)
    panels = _panels(lines)
    if not panels:
        return None
    n_rows = -(-len(panels) // 2)
    figure = Figure(figsize=(13, 3.6 * n_rows), layout="constrained")
    for number, (title, keys) in enumerate(panels.items(), start=1):
        axes = figure.add_subplot(n_rows, min(2, len(panels)), number)
        for key in keys:
            _draw(axes, lines, key)
        if title in _MIXED:
            axes.set_yscale("symlog", linthresh=0.01)  # Measures of all sizes, some of them zero.
        axes.set_title(title)
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=6, ncols=1 + len(keys) // 7)
    FigureCanvasAgg(figure)
    target = run / "loss.png"
    figure.savefig(target, dpi=80)
    return target


def _panels(lines: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Measures that belong on one picture: relatives by name together, the rest in two groups."""
    keys = sorted({key for line in lines for key in line} - _NO_MEASURES, key=_by_number)
    families: dict[str, list[str]] = {}
    for key in keys:
        families.setdefault(re.sub(r"_\d+$", "", key.split("/")[0]), []).append(key)
    trained = {key for line in lines if "event" not in line for key in line}
    panels: dict[str, list[str]] = {}
    for name, members in families.items():
        alone = len(members) == 1 and name != "loss"
        title = _MIXED[members[0] not in trained] if alone else name
        panels.setdefault(title, []).extend(members)
    return dict(sorted(panels.items(), key=lambda panel: (panel[0] != "loss", panel[0])))


def _by_number(key: str) -> tuple[str, int]:
    """Sorts ``codes_10`` after ``codes_9``."""
    number = re.search(r"_(\d+)$", key)
    return (key[: number.start()], int(number[1])) if number else (key, -1)


def _draw(axes: Any, lines: list[dict[str, Any]], key: str) -> None:
    """One measure: training as a line, averaged over a hundredth of the run; validation as dots."""
    for validation in (False, True):
        points = [
            (line["step"], line[key])
            for line in lines
            if ("event" in line) == validation and isinstance(line.get(key), int | float)
        ]
        if not points:
            continue
        steps, values = np.array(points, dtype=np.float64).T
        if validation:
            axes.plot(steps, values, linestyle=":", marker=".", label=f"{key} (held out)")
        else:
            width = max(1, len(steps) // 100)
            even = np.full(width, 1.0 / width)
            steps, values = (np.convolve(each, even, mode="valid") for each in (steps, values))
            axes.plot(steps, values, linewidth=0.8, label=key)
