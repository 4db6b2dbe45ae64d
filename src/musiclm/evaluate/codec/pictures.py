"""Clips in, PNG spectrograms out: the original, our copy and Opus's one above the other.

Frequency is linear up to 8 kHz and windows are 4096 samples long, so that every partial is a line
of its own: what is smeared, lost or made up is seen at a glance.
"""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.audio.spectrogram import stft
from musiclm.audio.waveform import Waveform
from musiclm.codec.model import Codec
from musiclm.evaluate.codec.clips import HeldOut
from musiclm.evaluate.codec.measure import opus_name
from musiclm.evaluate.opus import through_opus

_TOP_HZ = 8_000.0
_WINDOW, _HOP = 4_096, 1_024
_RANGE_DB = (-105.0, -25.0)
_POOL = 3  # Bins a pixel row, 18 Hz: lines 50 Hz apart stay apart, and files small.
_COLOURS, _DPI = 20, 80


@torch.no_grad()
def draw_codec(
    out: Path, codec: Codec, clips: Sequence[HeldOut], *, levels: int, opus_kbps: float | None
) -> list[Path]:
    """Draw each clip as ``clip-1.png`` and so on.

    Args:
        out: Folder, made when missing.
        codec: A trained codec.
        clips: What is drawn.
        levels: Quantizer levels of our copy.
        opus_kbps: Rate of Opus; None leaves it out.

    Raises:
        ImportError: matplotlib is missing; names how to get it.
    """
    rate = codec.sample_rate
    cost = codec.stream.levels(0, levels).bits_per_second / 1000
    drawn = []
    for number, clip in enumerate(clips, start=1):
        decoded = codec.decode(codec.encode(clip.samples[None])[:, :levels])[0]
        rows = {
            f"original ({clip.piece}, {clip.group})": clip.samples,
            f"ours, {cost:.3g} kbit/s": decoded[:, : clip.samples.shape[1]],
        }
        if opus_kbps is not None:
            opus = through_opus(Waveform(clip.samples, rate), kbps=opus_kbps)
            written = opus.bits_per_second / 1000
            rows[f"{opus_name(opus_kbps, 'auto')}, {written:.3g} kbit/s written"] = (
                opus.waveform.samples
            )
        drawn.append(draw_rows(out / f"clip-{number}.png", rows, rate))
    return drawn


def draw_rows(target: Path, rows: Mapping[str, Float[Tensor, "C N"]], sample_rate: int) -> Path:
    """Draw one picture, a spectrogram for each row.

    Raises:
        ImportError: matplotlib is missing; names how to get it.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from PIL import Image
    except ImportError:
        raise ImportError(
            'pictures need matplotlib: pip install "musiclm[train]", or leave out --pictures'
        ) from None
    figure = Figure(figsize=(8.0, 3.2 * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    for number, (title, samples) in enumerate(rows.items(), start=1):
        _draw(figure.add_subplot(len(rows), 1, number), title, samples, sample_rate)
    whole = io.BytesIO()
    figure.savefig(whole, dpi=_DPI, format="png")
    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(whole) as picture:
        few = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        few.save(target, optimize=True)
    return target


def _draw(axes: Any, title: str, samples: Float[Tensor, "C N"], sample_rate: int) -> None:
    level = decibels(samples, sample_rate)
    axes.imshow(
        level.T.numpy(),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(0.0, samples.shape[1] / sample_rate, 0.0, min(_TOP_HZ, sample_rate / 2) / 1000),
        cmap="magma",
        vmin=_RANGE_DB[0],
        vmax=_RANGE_DB[1],
    )
    axes.set_title(title, fontsize=9)
    axes.set_ylabel("kHz", fontsize=8)
    axes.tick_params(labelsize=7)


def decibels(samples: Float[Tensor, "C N"], sample_rate: int) -> Float[Tensor, "T F"]:
    """Level of the mean of the channels in dB, the strongest bin of every three."""
    short = max(0, _WINDOW - samples.shape[1])
    mono = torch.nn.functional.pad(samples.mean(dim=0), (0, short))
    amplitude = stft(mono, n_fft=_WINDOW, hop_length=_HOP).abs() * (4.0 / _WINDOW)
    n_bins = min(amplitude.shape[1], round(_TOP_HZ * _WINDOW / sample_rate)) // _POOL * _POOL
    strongest = amplitude[:, :n_bins].reshape(len(amplitude), -1, _POOL).amax(dim=-1)
    return 20.0 * torch.log10(strongest + 1e-6)
