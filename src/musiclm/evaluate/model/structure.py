"""Minutes of generated and of composed music in, how well they hold together out, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from musiclm.errors import DataError
from musiclm.evaluate.model.clips import Made, Progress
from musiclm.evaluate.model.scores import Estimate, difference, interval_text, mean_estimate
from musiclm.evaluate.model.shape import LONGEST_SILENCE_SECONDS, Array, Shape, shape_of
from musiclm.evaluate.report import Cell, markdown_table

WITHIN = 0.10
"""Beat and key may fall behind the corpus's own by so much of it."""
STEEPEST_DRIFT = 0.5
"""dB a minute, over a whole set of pieces."""

MEASURES = {
    "beat_strength": "beat strength (autocorrelation at the beat)",
    "beat_stability": "windows with the piece's tempo",
    "key_stability": "windows with the piece's key",
    "returns": "returns (self-similarity above shuffled)",
    "drift_db_per_minute": "loudness drift, dB/min",
}


@dataclass(frozen=True, slots=True)
class Structure:
    """Shapes of both sets."""

    generated: tuple[Shape, ...]
    real: tuple[Shape, ...]
    seconds: float  # of a piece

    def results(self, *, seed: int = 0) -> dict[str, Any]:
        """Plain values: every piece, every estimate."""
        return {
            "seconds": self.seconds,
            "n_generated": len(self.generated),
            "n_real": len(self.real),
            "estimates": {
                name: {
                    kind: None if found is None else asdict(found)
                    for kind, found in _estimates(self, name, seed).items()
                }
                for name in MEASURES
            },
            "faults": {"generated": faults(self.generated), "real": faults(self.real)},
            "generated": [asdict(shape) for shape in self.generated],
            "real": [asdict(shape) for shape in self.real],
        }

    def table(self, *, seed: int = 0) -> str:
        """Measures of both sets, and the faults of either."""
        rows: list[dict[str, Cell]] = []
        for name, title in MEASURES.items():
            found = _estimates(self, name, seed)
            rows.append(
                {
                    "measure": title,
                    "generated": _cell(found["generated"]),
                    "composed": _cell(found["real"]),
                    "difference": _cell(found["difference"]),
                    "bar": _verdict(name, found),
                }
            )
        for name, count in faults(self.generated).items():
            rows.append(
                {
                    "measure": name,
                    "generated": f"{count} of {len(self.generated)}",
                    "composed": f"{faults(self.real)[name]} of {len(self.real)}",
                    "difference": "",
                    "bar": f"none, {'met' if count == 0 else 'missed'}",
                }
            )
        return markdown_table(rows)


def measure_structure(
    generated: Sequence[Made],
    real: Sequence[Made],
    *,
    seconds: float,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> Structure:
    """Measure two sets of pieces.

    Raises:
        DataError: A set is empty.
        AudioError: A piece is too short.
    """
    if not generated or not real:
        raise DataError("structure is compared between two sets, one of them is empty")
    return Structure(
        tuple(shapes(generated, seed=seed, say="structure", on_progress=on_progress)),
        tuple(shapes(real, seed=seed, say="structure of real pieces", on_progress=on_progress)),
        seconds,
    )


def shapes(
    clips: Sequence[Made], *, seed: int = 0, say: str, on_progress: Progress | None = None
) -> list[Shape]:
    """Measure pieces one by one."""
    found = []
    for clip in clips:
        found.append(shape_of(clip.waveform(), seed=seed))
        if on_progress:
            on_progress(say, len(found), len(clips))
    return found


def faults(found: Sequence[Shape]) -> dict[str, int]:
    """Pieces that fall silent or clip."""
    return {
        f"silent for more than {LONGEST_SILENCE_SECONDS:.0f} s": sum(
            shape.silence_seconds > LONGEST_SILENCE_SECONDS for shape in found
        ),
        "clipped": sum(shape.n_clipped > 0 for shape in found),
    }


def column(found: Sequence[Shape], name: str) -> Array:
    """One measure of all pieces."""
    return np.array([getattr(shape, name) for shape in found], dtype=np.float64)


def _estimates(structure: Structure, name: str, seed: int) -> Mapping[str, Estimate | None]:
    """Means of both sets and their difference; none where nothing could be told."""
    made, real = column(structure.generated, name), column(structure.real, name)
    here, there = bool(np.isfinite(made).any()), bool(np.isfinite(real).any())
    return {
        "generated": mean_estimate(made, seed=seed) if here else None,
        "real": mean_estimate(real, seed=seed) if there else None,
        "difference": difference(made, real, seed=seed) if here and there else None,
    }


def _verdict(name: str, found: Mapping[str, Estimate | None]) -> str:
    made, real = found["generated"], found["real"]
    if made is None or real is None:
        return ""
    if name == "drift_db_per_minute":
        met = abs(made.value) <= STEEPEST_DRIFT
        return f"at most {STEEPEST_DRIFT} either way, {'met' if met else 'missed'}"
    if name == "returns":
        return f"above 0, {'met' if made.low > 0 else 'missed'}"
    met = made.value >= (1 - WITHIN) * real.value
    return f"within {100 * WITHIN:.0f} % of composed, {'met' if met else 'missed'}"


def _cell(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate.value:.2f} ({interval_text(estimate)})"
