"""What was measured in, PNG pictures out; none without matplotlib: a report needs no pictures."""

import io
import logging
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from musiclm.audio.spectrogram import log_mel
from musiclm.corpus.compose import FAMILY_OF, compose
from musiclm.corpus.pieces import PiecePlan
from musiclm.corpus.render import Sound, render
from musiclm.corpus.score import Score
from musiclm.evaluate.corpus import verdicts as bounds
from musiclm.evaluate.corpus.form import self_similarity
from musiclm.evaluate.corpus.piece import Measured, player_of
from musiclm.evaluate.corpus.report import Findings, style_rows

_log = logging.getLogger(__name__)

_DPI = 90
_COLOURS = 40
_SHOWN_SECONDS = 60.0


def draw_findings(out: Path, findings: Findings) -> list[Path]:
    """Draw every measure into ``out``.

    Returns:
        The pictures; none where matplotlib is missing.
    """
    if not _can_draw():
        return []
    out.mkdir(parents=True, exist_ok=True)
    drawn = [
        _draw_styles(out / "styles.png", findings),
        _draw_listening(out / "listening.png", findings.pieces),
    ]
    if findings.apart:
        drawn.append(_draw_confusion(out / "confusion.png", findings))
    if findings.nearest and findings.nearest.shares:
        drawn.append(_draw_nearest(out / "neighbours.png", findings))
    return drawn


def draw_families(out: Path, plans: Sequence[PiecePlan], sound: Sound) -> list[Path]:
    """Draw the spectrogram and the self-similarity of the first piece of every family.

    Returns:
        The pictures; none where matplotlib is missing.
    """
    if not _can_draw():
        return []
    chosen: dict[str, PiecePlan] = {}
    for plan in plans:
        chosen.setdefault(FAMILY_OF[plan.style], plan)
    rows = -(-len(chosen) // 2)
    forms = _figure(12, 5.2 * rows)
    drawn = []
    for number, family in enumerate(sorted(chosen), start=1):
        plan = chosen[family]
        score = compose(plan.style, plan.seed, seconds=plan.target_seconds)
        waveform = render(score, sound=player_of(plan, sound))
        mono = waveform.samples.mean(dim=0).double().numpy()
        title = f"{score.style}, {score.tempo_bpm:.0f} bpm, {score.key} {score.mode}"
        spectrogram = _figure(11, 3.2)
        axes = spectrogram.add_subplot(1, 1, 1)
        _spectrogram(axes, mono, waveform.sample_rate)
        axes.set_title(title, fontsize=9)
        _mark_sections(axes, score)
        drawn.append(_saved(spectrogram, out / f"spectrogram-{family}.png", few_colours=True))
        axes = forms.add_subplot(rows, 2, number)
        alike = self_similarity(score, mono, waveform.sample_rate)
        axes.imshow(alike, cmap="magma", origin="lower", vmin=-0.5, vmax=1.0)
        axes.set_title(title, fontsize=9)
        names = [section.name for section in score.sections]
        starts = [section.start_bar for section in score.sections]
        axes.set_xticks(starts, names, rotation=90, fontsize=6)
        axes.set_yticks(starts, names, fontsize=6)
    return [*drawn, _saved(forms, out / "form.png", few_colours=True)]


def _mark_sections(axes: Any, score: Score) -> None:
    for section in score.sections:
        seconds = score.beat_to_seconds(section.start_bar * score.beats_per_bar)
        if seconds < _SHOWN_SECONDS:
            axes.axvline(seconds, color="white", linewidth=0.6)
            axes.text(seconds + 0.2, _mel(9_000), section.name, color="white", fontsize=8)


def _spectrogram(axes: Any, mono: NDArray[np.float64], sample_rate: int) -> None:
    """The first minute, mel scale up, seconds along."""
    heard = torch.from_numpy(mono[: round(_SHOWN_SECONDS * sample_rate)].astype(np.float32))
    mel = log_mel(heard, sample_rate=sample_rate, n_fft=2_048, hop_length=512, n_mels=128)
    top = _mel(sample_rate / 2)
    # Every other frame: the picture has no more pixels.
    axes.imshow(
        mel[:, ::2].numpy(),
        origin="lower",
        aspect="auto",
        extent=(0.0, len(heard) / sample_rate, 0.0, top),
        cmap="magma",
        vmin=-9.0,
        vmax=-1.0,
    )
    marks = {"100": 100, "300": 300, "1k": 1_000, "3k": 3_000, "10k": 10_000}
    axes.set_yticks([_mel(hertz) for hertz in marks.values()], list(marks), fontsize=6)
    axes.tick_params(axis="x", labelsize=6)


def _mel(hertz: float) -> float:
    return 2595.0 * math.log10(1.0 + hertz / 700.0)


def _draw_styles(target: Path, findings: Findings) -> Path:
    """Measures of the notes, and of recognition, as bars over styles."""
    rows = style_rows(findings)
    panels = (
        ("fit", "melody notes in chord or scale", bounds.MELODY_FIT),
        ("fifths", "parallel fifths of moves (judged in the classical family)", bounds.FIFTHS),
        ("voices", "semitones a voice at a change of chord", bounds.VOICE_MOTION),
        ("form", "form heard (AUC)", bounds.FORM),
        ("known", "clips recognized", bounds.STYLES),
    )
    figure = _figure(14, 2.1 * len(panels) + 1)
    for number, (key, title, bound) in enumerate(panels, start=1):
        axes = figure.add_subplot(len(panels), 1, number)
        values = [row[key] if isinstance(row[key], int | float) else 0.0 for row in rows]
        axes.bar(range(len(rows)), values, width=0.7)
        axes.axhline(bound, color="black", linewidth=0.8, linestyle="--")
        axes.set_title(title, fontsize=8, loc="left")
        last = number == len(panels)
        names = [str(row["style"]) for row in rows] if last else []
        axes.set_xticks(range(len(rows)) if last else [], names, rotation=90, fontsize=7)
        axes.tick_params(axis="y", labelsize=7)
        axes.margins(x=0.005)
    return _saved(figure, target)


def _draw_listening(target: Path, pieces: Sequence[Measured]) -> Path:
    """Tempo heard against written, relations of keys, loudness, lengths."""
    figure = _figure(13, 7)
    axes = figure.add_subplot(2, 2, 1)
    for holds, color in ((True, "tab:blue"), (False, "tab:red")):
        points = [
            (piece.written.tempo_bpm, piece.heard.tempo_bpm)
            for piece in pieces
            if piece.has_beat
            and piece.heard.tempo_bpm
            and (piece.heard.tempo_factor is not None) == holds
        ]
        if points:
            label = f"{'agree' if holds else 'differ'}: {len(points)}"
            axes.scatter(*zip(*points, strict=True), s=8, color=color, label=label)
    axes.set_xlabel("written tempo, beats a minute")
    axes.set_ylabel("heard")
    axes.legend(fontsize=7)
    axes = figure.add_subplot(2, 2, 2)
    relations = Counter(p.heard.key_relation for p in pieces if p.heard.key_relation)
    names = [*bounds.RELATED, "other"]
    axes.bar(names, [relations[name] for name in names])
    axes.set_title("key heard against key written", fontsize=9)
    axes = figure.add_subplot(2, 2, 3)
    axes.hist([piece.heard.sound.loudness_lufs for piece in pieces], bins=40)
    for side in (-1, 1):
        edge = bounds.LOUDNESS_LUFS + side * bounds.LOUDNESS_SPREAD
        axes.axvline(edge, color="black", linewidth=0.8, linestyle="--")
    axes.set_xlabel("LUFS")
    axes = figure.add_subplot(2, 2, 4)
    axes.hist([piece.heard.form for piece in pieces if piece.heard.form is not None], bins=40)
    axes.axvline(bounds.FORM, color="black", linewidth=0.8, linestyle="--")
    axes.set_xlabel("form heard (AUC)")
    return _saved(figure, target)


def _draw_confusion(target: Path, findings: Findings) -> Path:
    """Which styles are taken for which."""
    apart = findings.apart
    figure = _figure(11, 10.5)
    if apart:
        counts = np.array(apart.confusion, float)
        axes = figure.add_subplot(1, 1, 1)
        axes.imshow(counts / np.maximum(1, counts.sum(axis=1, keepdims=True)), cmap="Blues")
        ticks = range(len(apart.styles))
        axes.set_xticks(ticks, apart.styles, rotation=90, fontsize=6)
        axes.set_yticks(ticks, apart.styles, fontsize=6)
        axes.set_xlabel("taken for")
        axes.set_title(f"{apart.accuracy:.1%} of clips recognized", fontsize=9)
    return _saved(figure, target)


def _draw_nearest(target: Path, findings: Findings) -> Path:
    """How much of its tune every piece shares with its nearest neighbour."""
    figure = _figure(7, 3.5)
    if findings.nearest:
        axes = figure.add_subplot(1, 1, 1)
        axes.hist(findings.nearest.shares, bins=np.linspace(0, 1, 51))
        axes.axvline(bounds.SHARED_RUNS, color="black", linewidth=0.8, linestyle="--")
        axes.set_yscale("log")
        axes.set_xlabel("runs of eight notes shared with the nearest of all other pieces")
        axes.set_ylabel("pieces")
    return _saved(figure, target)


def _can_draw() -> bool:
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        _log.warning("no pictures without matplotlib: pip install 'musiclm[train]'")
        return False
    return True


def _figure(width: float, height: float) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _saved(figure: Any, target: Path, *, few_colours: bool = False) -> Path:
    """Write a PNG; in few colours, or spectrograms would be as big as photographs."""
    from PIL import Image

    target.parent.mkdir(parents=True, exist_ok=True)
    if not few_colours:
        figure.savefig(target, dpi=_DPI)
        return target
    whole = io.BytesIO()
    figure.savefig(whole, dpi=_DPI, format="png")
    with Image.open(whole) as picture:
        few = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        few.save(target, optimize=True)
    return target
