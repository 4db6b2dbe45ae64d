"""Rows and sounds in, PNG pictures out; none where matplotlib is missing."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from musiclm.audio.io import write_file
from musiclm.audio.spectrogram import log_mel
from musiclm.audio.waveform import Waveform
from musiclm.evaluate.model.scores import Row
from musiclm.evaluate.model.shape import frames_of, self_similarity

_DPI = 80
_COLOURS = 32


def draw_rows(target: Path, rows: Sequence[Row]) -> Path | None:
    """Each measure with its interval, its chance, its ceiling and its bar."""
    figure = new_figure(7.0, 0.5 * len(rows) + 1.4)
    if figure is None:
        return None
    axes = figure.add_subplot(1, 1, 1)
    for place, row in enumerate(reversed(rows)):
        low, high = row.found.value - row.found.low, row.found.high - row.found.value
        axes.barh(place, row.found.value, height=0.55, color="#4477aa", zorder=1)
        error = [[max(0.0, low)], [max(0.0, high)]]
        axes.errorbar(row.found.value, place, xerr=error, color="black", capsize=3, zorder=3)
        marks = (
            (row.chance, "#999999", "chance (shuffled)"),
            (row.ceiling.value if row.ceiling else None, "#228833", "real audio"),
            (row.bar, "#cc3311", "bar"),
        )
        for value, colour, label in marks:
            if value is not None:
                named = label if label not in axes.get_legend_handles_labels()[1] else None
                ends = (place - 0.4, place + 0.4)
                axes.plot((value, value), ends, color=colour, lw=2.5, label=named, zorder=2)
    axes.set_yticks(range(len(rows)), [row.measure for row in reversed(rows)], fontsize=8)
    axes.set_xlim(0, 1)
    if axes.get_legend_handles_labels()[1]:
        figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    return write_figure(target, figure)


def draw_similarities(
    target: Path, pieces: Sequence[tuple[str, Waveform]], *, n_columns: int = 3
) -> Path | None:
    """Self-similarity of some pieces: stripes beside the diagonal are returns."""
    n_rows = -(-len(pieces) // n_columns)
    figure = new_figure(3.0 * n_columns, 3.2 * n_rows)
    if figure is None:
        return None
    for place, (title, sound) in enumerate(pieces, start=1):
        axes = figure.add_subplot(n_rows, n_columns, place)
        alike = self_similarity(frames_of(sound))
        axes.imshow(alike, origin="lower", cmap="magma", vmin=-0.3, vmax=1.0)
        axes.set_title(title[:44], fontsize=7)
        axes.tick_params(labelsize=6)
    return write_figure(target, figure)


def draw_spectrogram(target: Path, sound: Waveform) -> Path | None:
    """A small log-mel picture of one clip."""
    figure = new_figure(5.0, 1.6)
    if figure is None:
        return None
    mono = sound.mono().samples[0].to(torch.float32)
    mel = log_mel(mono, sample_rate=sound.sample_rate, n_fft=2_048, hop_length=1_024, n_mels=80)
    top = float(mel.max())
    axes = figure.add_subplot(1, 1, 1)
    axes.imshow(
        np.asarray(mel),
        origin="lower",
        aspect="auto",
        cmap="magma",
        vmin=top - 9,
        vmax=top,
        extent=(0.0, sound.seconds, 0.0, 80.0),
    )
    axes.set_yticks([])
    axes.tick_params(labelsize=6)
    return write_figure(target, figure)


def new_figure(width: float, height: float) -> Any | None:
    """A figure that needs no screen; ``None`` without matplotlib."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        return None
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def write_figure(target: Path, figure: Any) -> Path:
    """As a PNG of few colours: it goes into a repository."""
    from PIL import Image  # matplotlib needs it, so it is there

    whole, small = io.BytesIO(), io.BytesIO()
    figure.savefig(whole, dpi=_DPI, format="png")
    with Image.open(whole) as picture:
        few = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        few.save(small, format="PNG", optimize=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_file(target, small.getvalue())
    return target
