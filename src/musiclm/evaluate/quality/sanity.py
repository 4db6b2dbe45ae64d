"""Real pieces in, whether every metric falls when they are worsened step by step, out.

A metric that does not fall when music turns to noise says nothing when it is high. The pieces are
real ones (composed, or anyone's); no model is involved. Excerpts of some of them are worsened, the
others are the reference.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from musiclm.audio.io import read_audio
from musiclm.audio.waveform import Waveform
from musiclm.errors import DataError
from musiclm.evaluate.judge import Judge
from musiclm.evaluate.quality.degradations import (
    Curve,
    curves_of,
    degradations,
    divergence_measure,
    draw_curves,
    mel_measure,
    shape_measure,
    tempo_measure,
)
from musiclm.evaluate.report import Cell, markdown_table, write_report

Say = Callable[[str, int, int], None]

EXCERPT_SECONDS = 10.0
LONG_SECONDS = 40.0
"""For what returns and for the beat: order shows in longer excerpts only."""
_OF_SOUND = ("noise", "low-pass", "silence", "noise only", "one loop")


@dataclass(frozen=True, slots=True)
class Sanity:
    """Every curve."""

    curves: tuple[Curve, ...]
    n_clips: int
    n_reference: int
    n_long: int

    def table(self) -> str:
        """A row a curve, mild to strong."""
        rows: list[dict[str, Cell]] = [
            {
                "degradation": f"{curve.degradation} ({curve.unit})",
                "metric": curve.metric,
                "none": f"{curve.clean:.3g}",
                "mild to strong": ", ".join(
                    f"{strength:g}: {value:.3g}"
                    for strength, value in zip(curve.strengths, curve.values, strict=True)
                ),
                "worse at every step": "yes" if curve.monotone else "no",
            }
            for curve in self.curves
        ]
        return markdown_table(rows)

    def results(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "n_clips": self.n_clips,
            "n_reference": self.n_reference,
            "n_long": self.n_long,
            "curves": [asdict(curve) | {"monotone": curve.monotone} for curve in self.curves],
        }


def measure_sanity(
    files: Sequence[Path],
    *,
    tagger: Judge | None = None,
    n_clips: int = 40,
    n_long: int = 20,
    seed: int = 0,
    say: Say | None = None,
) -> Sanity:
    """Worsen excerpts of real pieces and measure them at every step.

    Args:
        files: Real pieces. The first ``n_clips`` are worsened, the others are the reference of
            distances; the first ``n_long`` that last at least 40 s are shuffled.
        tagger: For wrong prompts; without it they are left out.
        n_clips: Pieces that are worsened.
        n_long: Of these, for shuffled seconds.
        seed: Of noise and of shufflings.
        say: Told what is being done and how far it is.

    Raises:
        DataError: Too few pieces for a distance.
        AudioError: A piece cannot be read.
    """
    if len(files) < 2 * n_clips:
        raise DataError(
            f"worsening {n_clips} pieces needs as many others as reference, got {len(files)} in "
            "all: give more pieces, or a smaller -n"
        )
    clips = _excerpts(files[:n_clips], EXCERPT_SECONDS)
    reference = _excerpts(files[n_clips:], EXCERPT_SECONDS)
    long = [
        each for each in _excerpts(files[:n_long], LONG_SECONDS) if each.seconds >= LONG_SECONDS
    ]
    known = degradations()
    of_sound = mel_measure(reference, seed=seed)
    asked = [(name, of_sound, clips) for name in _OF_SOUND]
    asked.append(("time stretch", tempo_measure(clips), clips))
    if tagger is not None:
        asked.append(("wrong prompts", divergence_measure(tagger, clips, seed=seed), clips))
    if long:
        asked.append(("shuffled seconds", shape_measure, long))
    curves = [
        curve
        for name, measure, sounds in asked
        for curve in curves_of(sounds, known[name], measure, seed=seed, on_progress=say)
    ]
    return Sanity(tuple(curves), len(clips), len(reference), len(long))


def write_sanity(found: Sanity, out: Path) -> None:
    """``report.json``, ``table.md`` and ``sanity.png``."""
    about = (
        f"{found.n_clips} excerpts of {EXCERPT_SECONDS:g} s of real pieces, worsened step by step, "
        f"against {found.n_reference} others; seconds shuffled in {found.n_long} of "
        f"{LONG_SECONDS:g} s."
    )
    write_report(out, results=found.results(), table=found.table(), about=about)
    draw_curves(out / "sanity.png", found.curves, n_columns=4)


def _excerpts(files: Sequence[Path], seconds: float) -> list[Waveform]:
    return [read_audio(path, seconds=seconds) for path in files]
