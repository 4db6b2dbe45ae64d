"""``metrics.jsonl`` of a run in, ``loss.png`` out."""

import logging
from pathlib import Path

from musiclm.train.log import read_metrics

_log = logging.getLogger(__name__)
_SKIPPED_KEYS = {
    "step", "seconds", "progress", "learning_rate", "gradient_norm", "skipped",
    "steps_per_second", "items_per_second", "event",
}  # fmt: skip


def plot_losses(run: Path) -> Path | None:
    """Draw every logged loss over the steps, training solid and validation dotted.

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
    keys = sorted({key for line in lines for key in line} - _SKIPPED_KEYS)
    figure = Figure(figsize=(8, 5))
    axes = figure.add_subplot()
    drawn = 0
    for key in keys:
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
                drawn += 1
    if not drawn:
        return None
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7, ncols=1 + drawn // 12)
    target = run / "loss.png"
    FigureCanvasAgg(figure)
    figure.savefig(target, dpi=100)
    return target
