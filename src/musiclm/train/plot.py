"""``metrics.jsonl`` of a run in, ``loss.png`` out."""

import logging
from pathlib import Path
from typing import Any

from musiclm.train.log import read_metrics

_log = logging.getLogger(__name__)
_NO_MEASURES = {
    "step", "seconds", "progress", "learning_rate", "gradient_norm", "skipped",
    "steps_per_second", "items_per_second", "event",
}  # fmt: skip


def plot_losses(run: Path) -> Path | None:
    """Draw losses, and below them every other measure, over the steps.

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
    keys = sorted({key for line in lines for key in line} - _NO_MEASURES)
    losses = [key for key in keys if key.split("/")[0] == "loss"]
    panels = [panel for panel in (losses, [k for k in keys if k not in losses]) if panel]
    if not panels:
        return None
    figure = Figure(figsize=(9, 4.5 * len(panels)), layout="constrained")
    for number, panel in enumerate(panels, start=1):
        axes = figure.add_subplot(len(panels), 1, number)
        for key in panel:
            _draw(axes, lines, key)
        if panel is not losses:
            axes.set_yscale("symlog")  # Measures of all sizes, some of them zero.
        axes.set_ylabel("loss" if panel is losses else "other measures")
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=6, ncols=1 + len(panel) // 8)
    FigureCanvasAgg(figure)
    target = run / "loss.png"
    figure.savefig(target, dpi=100)
    return target


def _draw(axes: Any, lines: list[dict[str, Any]], key: str) -> None:
    """One measure: training as a line, validation as dots."""
    for validation in (False, True):
        points = [
            (line["step"], line[key])
            for line in lines
            if ("event" in line) == validation and isinstance(line.get(key), int | float)
        ]
        if points:
            steps, values = zip(*points, strict=True)
            style = {"linestyle": ":", "marker": "."} if validation else {"linewidth": 0.8}
            axes.plot(steps, values, label=f"{key}{' (valid)' if validation else ''}", **style)
