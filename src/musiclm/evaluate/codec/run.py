"""A codec's folder and a corpus in, a report out: the order in which everything is measured."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from musiclm.codec.model import Codec
from musiclm.evaluate.codec.clips import HeldOut, held_out_clips
from musiclm.evaluate.codec.measure import Measurements, measure
from musiclm.evaluate.codec.pictures import draw_codec
from musiclm.evaluate.codec.report import CodecReport
from musiclm.evaluate.codec.robustness import Robustness, endure
from musiclm.evaluate.codec.visqol import Visqol

_DRAWN_BPS, _DRAWN_OPUS_KBPS = 6_000.0, 12.0
_SOFT_CLIPS = 12


@dataclass(frozen=True, slots=True)
class Wishes:
    """What to measure."""

    n_clips: int = 100
    """Crops of five seconds."""
    levels: tuple[int, ...] | None = None
    """Numbers of levels; all by default."""
    opus: bool = False
    """Also measure Opus and judge."""
    n_visqol: int = 0
    """Clips that ViSQOL hears; none by default, it takes seconds for each."""
    robustness: bool = False
    """Also code hard sounds, and music at several gains."""
    n_pictures: int = 0
    """Spectrograms to draw."""
    seed: int = 0
    """Of the crops."""


def evaluate_codec(
    folder: Path,
    corpus: Path,
    wishes: Wishes,
    *,
    out: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> CodecReport:
    """Measure a codec on held-out clips.

    Args:
        folder: Its artifact.
        corpus: Folder of a corpus.
        wishes: What to measure.
        out: Where the report and the pictures go; without it none are written.
        on_progress: Receives (clips done, clips in all).

    Raises:
        ArtifactError: The codec's folder is broken.
        DataError: The corpus is.
        ConfigError: ``opusenc`` is missing, or a number of levels is below 1.
        ImportError: An extra is missing; names it.
    """
    visqol = Visqol() if wishes.n_visqol else None  # Said now if missing, not after minutes.
    codec = Codec.load(folder).eval()
    clips = held_out_clips(
        corpus,
        n_clips=wishes.n_clips,
        sample_rate=codec.sample_rate,
        n_channels=codec.n_channels,
        seed=wishes.seed,
    )
    measured = measure(
        codec,
        clips,
        levels=wishes.levels,
        opus=wishes.opus,
        visqol=visqol,
        n_visqol=wishes.n_visqol,
        on_progress=on_progress,
    )
    robustness: Robustness | None = None
    if wishes.robustness:
        robustness = endure(codec, spread(clips, _SOFT_CLIPS))
    pictures: list[Path] = []
    if out is not None and wishes.n_pictures:
        pictures = draw_codec(
            out,
            codec,
            spread(clips, wishes.n_pictures),
            levels=_drawn_levels(measured, codec),
            opus_kbps=_DRAWN_OPUS_KBPS if wishes.opus else None,
        )
    report = CodecReport(measured, robustness, tuple(pictures))
    if out is not None:
        report.write(out, facts=codec_facts(folder, codec))
    return report


def spread(clips: Sequence[HeldOut], n_clips: int) -> list[HeldOut]:
    """So many clips from the whole list, evenly: both fonts, not the first pieces only."""
    n_clips = min(n_clips, len(clips))
    return [clips[(2 * number + 1) * len(clips) // (2 * n_clips)] for number in range(n_clips)]


def codec_facts(folder: Path, codec: Codec) -> dict[str, str]:
    """What identifies a codec in a report, wherever it lies."""
    weights = folder / "weights.safetensors"
    digest = hashlib.sha256(weights.read_bytes()).hexdigest() if weights.is_file() else ""
    return {
        "name": folder.name,
        "weights_sha256": digest,
        "n_q": str(codec.stream.n_q),
        "bits_per_second": f"{codec.stream.bits_per_second:g}",
    }


def _drawn_levels(measured: Measurements, codec: Codec) -> int:
    return measured.at(_DRAWN_BPS).levels or codec.stream.n_q
