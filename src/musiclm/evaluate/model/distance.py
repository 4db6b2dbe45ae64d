"""Generated and real clips in, their Frechet distance beside its floors out.

The embedding is that of ``evaluate/frechet.py``: mean and spread of 32 log-mel bands over windows
of one second, 64 numbers, no network. Reference and clips are equally long and of the same facts.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from musiclm.audio.waveform import Waveform
from musiclm.errors import DataError
from musiclm.evaluate.frechet import (
    Array,
    distance_between,
    split_half_distance,
    window_statistics,
)
from musiclm.evaluate.judge_data import Coder
from musiclm.evaluate.model.clips import Made, Progress
from musiclm.evaluate.report import Cell, markdown_table

AIM = 1.5
"""Times the codec's floor that the distance should stay within."""
EMBEDDING = "mean and spread of 32 log-mel bands in windows of 1 s, 64 numbers"


@dataclass(frozen=True, slots=True)
class Distances:
    """Everything measured."""

    generated: float
    codec_floor: float  # the reference, through the codec
    chance_floor: float  # two halves of the reference
    n_generated: int  # clips
    n_reference: int  # clips
    n_windows: int  # of the reference

    @property
    def ratio(self) -> float:
        """How far beyond the codec's floor; 1 is no distance of its own."""
        return self.generated / max(self.codec_floor, 1e-12)

    def results(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "ratio": self.ratio, "aim": AIM, "embedding": EMBEDDING}

    def table(self) -> str:
        """Distances and floors."""
        verdict = "met" if self.ratio <= AIM else "missed"
        rows: list[dict[str, Cell]] = [
            {"audio": "corpus against corpus (two halves)", "distance": self.chance_floor},
            {"audio": "corpus through the codec", "distance": self.codec_floor},
            {"audio": "generated", "distance": self.generated},
        ]
        about = (
            f"Generated: {self.ratio:.2f} times the codec's floor (aim {AIM}: {verdict}); "
            f"{self.n_generated} clips against {self.n_reference} ({EMBEDDING})."
        )
        return f"{markdown_table(rows)}\n\n{about}"


def measure_distances(
    generated: Sequence[Made],
    reference: Sequence[Made],
    coder: Coder,
    *,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> Distances:
    """Distance of generated clips to real ones, and its floors.

    Args:
        generated: Clips of the model.
        reference: Real clips.
        coder: Through the model's codec.
        seed: Of the halves.
        on_progress: Told how far this is.

    Raises:
        DataError: Fewer than two clips, or too little audio for the embedding.
    """
    if min(len(generated), len(reference)) < 2:
        raise DataError(
            f"a distance needs two clips on each side, got {len(generated)} and {len(reference)}"
        )
    known = _statistics(reference, lambda sound: sound, "reference", on_progress)
    coded = _statistics(reference, coder, "reference through the codec", on_progress)
    made = _statistics(generated, lambda sound: sound, "generated", on_progress)
    return Distances(
        generated=distance_between(known, made),
        codec_floor=distance_between(known, coded),
        chance_floor=split_half_distance(known, seed=seed),
        n_generated=len(made),
        n_reference=len(known),
        n_windows=sum(len(each) for each in known),
    )


def _statistics(
    clips: Sequence[Made],
    change: Callable[[Waveform], Waveform],
    say: str,
    on_progress: Progress | None,
) -> list[Array]:
    """Window statistics of clips after a change; silent or too short ones are left out."""
    found = []
    for number, clip in enumerate(clips, start=1):
        vectors = window_statistics(change(clip.waveform()))
        if len(vectors):
            found.append(vectors)
        if on_progress:
            on_progress(say, number, len(clips))
    return found
