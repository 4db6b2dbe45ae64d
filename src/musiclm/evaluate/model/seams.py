"""Long pieces and where the windows of their stages meet in, what changes there out.

Every measure is taken at the seams and at places that lie inside a window of every stage; what
differs is what windows cost. Short stretches tell whether a seam clicks or jumps; stretches of some
seconds, at the seams of the slowest stage, whether tempo and key go on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musiclm.audio.waveform import Waveform
from musiclm.decode.stage_config import StageConfig
from musiclm.evaluate.corpus.key import key_of
from musiclm.evaluate.corpus.tempo import agreeing_factor, tempo_of
from musiclm.evaluate.frechet import window_statistics
from musiclm.evaluate.model.clips import Made, Progress
from musiclm.evaluate.model.scores import Estimate, difference, interval_text, mean_estimate
from musiclm.evaluate.report import Cell, markdown_table

Array = NDArray[np.float64]

BEFORE_AND_AFTER_SECONDS = 1.0
"""Of the stretches whose level and sound are compared."""
LONG_SECONDS = 7.0
"""Of those whose tempo and key are compared."""
MEASURES = {
    "click": "click (steepest sample within 20 ms, dB above the steepest around)",
    "jump_db": "change of level, dB",
    "timbre": "change of sound (log-mel distance, nats)",
    "tempo_holds": "tempo goes on",
    "key_holds": "key goes on",
}
_CLICK_SECONDS = 0.02
_TEMPO_TOLERANCE = 0.04
_SHORT = ("click", "jump_db", "timbre")


@dataclass(frozen=True, slots=True)
class Seams:
    """Values at seams and inside windows, by measure; NaN where a thing cannot be told."""

    at_seams: Mapping[str, Array]
    inside: Mapping[str, Array]

    def results(self, *, seed: int = 0) -> dict[str, Any]:
        """Plain values."""
        return {name: _plain(self._estimates(name, seed)) for name in MEASURES}

    def table(self, *, seed: int = 0) -> str:
        """A row a measure."""
        rows: list[dict[str, Cell]] = []
        for name, title in MEASURES.items():
            found = self._estimates(name, seed)
            rows.append(
                {
                    "measure": title,
                    "seams": int(np.isfinite(self.at_seams[name]).sum()),
                    **{kind: _cell(estimate) for kind, estimate in found.items()},
                }
            )
        return markdown_table(rows)

    def _estimates(self, name: str, seed: int) -> dict[str, Estimate | None]:
        at, inside = self.at_seams[name], self.inside[name]
        here, there = bool(np.isfinite(at).any()), bool(np.isfinite(inside).any())
        return {
            "at seams": mean_estimate(at, seed=seed) if here else None,
            "inside windows": mean_estimate(inside, seed=seed) if there else None,
            "difference": difference(at, inside, seed=seed) if here and there else None,
        }


@dataclass(frozen=True, slots=True)
class Joints:
    """A piece and where its windows meet, in seconds."""

    piece: Made
    seconds: float  # of the piece
    short: Sequence[float]  # seams whose click, level and sound are measured
    slow: Sequence[float]  # those whose tempo and key are compared too


def seams_of(config: StageConfig, seconds: float) -> list[float]:
    """Where windows of a stage begin to write, in seconds of a piece of that length.

    Example:
        >>> from musiclm.semantic.stage import semantic_stage
        >>> from musiclm.tokens.stream import TokenStream
        >>> codes = TokenStream(name="semantic", codebook_size=8, n_q=1, frame_rate=25)
        >>> seams_of(semantic_stage("small", prompt=(), semantic=codes), 60.0)
        [30.0, 45.0]
    """
    step = config.window_seconds - config.carry_seconds
    count = max(0, int(np.ceil((seconds - config.window_seconds) / step - 1e-9)))
    return [config.window_seconds + number * step for number in range(count)]


def places_inside(seams: Sequence[float], seconds: float, *, room: float) -> list[float]:
    """Every second that lies at least ``room`` seconds from seams and from both ends."""
    edges = np.array([0.0, *seams, seconds])
    return [
        float(place)
        for place in np.arange(room, seconds - room + 1e-9, 1.0)
        if np.abs(edges - place).min() >= room - 1e-9
    ]


def measure_seams(
    pieces: Sequence[Made],
    stages: Iterable[StageConfig],
    *,
    seconds: float,
    on_progress: Progress | None = None,
) -> Seams:
    """Compare seams with places inside windows, over all pieces.

    Args:
        pieces: Generated ones.
        stages: That wrote them; tempo and key are compared at the seams of the first.
        seconds: Of a piece.
        on_progress: Told how far this is.
    """
    slow, *quick = [seams_of(stage, seconds) for stage in stages]
    short = sorted({*slow, *(seam for seams in quick for seam in seams)})
    known = [Joints(piece, seconds, short, slow) for piece in pieces]
    return measure_joints(known, on_progress=on_progress)


def measure_joints(known: Sequence[Joints], *, on_progress: Progress | None = None) -> Seams:
    """As ``measure_seams``, of pieces that each have seams of their own.

    Args:
        known: Pieces and where their windows meet.
        on_progress: Told how far this is.
    """
    at: dict[str, list[float]] = {name: [] for name in MEASURES}
    inside: dict[str, list[float]] = {name: [] for name in MEASURES}
    for number, joints in enumerate(known):
        waveform, seconds = joints.piece.waveform(), joints.seconds
        for edges, look, span, room in (
            (joints.short, _short_changes, BEFORE_AND_AFTER_SECONDS, 1.5),
            (joints.slow, _long_changes, LONG_SECONDS, LONG_SECONDS),
        ):
            seams = _with_room(edges, seconds, span)
            for found, where in ((at, seams), (inside, places_inside(edges, seconds, room=room))):
                for place in where:
                    for name, value in look(waveform, place).items():
                        found[name].append(value)
        if on_progress:
            on_progress("seams", number + 1, len(known))
    return Seams(_arrays(at), _arrays(inside))


def _with_room(seams: Sequence[float], seconds: float, room: float) -> list[float]:
    """Those with so much of the piece on both sides."""
    return [seam for seam in seams if room <= seam <= seconds - room]


def _short_changes(waveform: Waveform, place: float) -> dict[str, float]:
    """Click, level and sound around a moment."""
    span = BEFORE_AND_AFTER_SECONDS
    before, after = waveform.slice(place - span, place), waveform.slice(place, place + span)
    around = waveform.slice(place - span, place + span).samples.mean(dim=0).double().numpy()
    steps = np.abs(np.diff(around, n=2))
    middle, near = len(steps) // 2, round(_CLICK_SECONDS * waveform.sample_rate)
    here = steps[middle - near : middle + near].max(initial=0.0)
    rest = np.concatenate((steps[: middle - near], steps[middle + near :])).max(initial=0.0)
    levels = [float(part.samples.double().square().mean()) for part in (before, after)]
    if min(levels) < 1e-7:
        return dict.fromkeys(_SHORT, float("nan"))
    sounds = [_timbre(part) for part in (before, after)]
    return {
        "click": float(20 * np.log10((here + 1e-9) / (rest + 1e-9))),
        "jump_db": abs(10 * float(np.log10(levels[1] / levels[0]))),
        "timbre": float(np.abs(sounds[1] - sounds[0]).mean()),
    }


def _timbre(part: Waveform) -> Array:
    """Mean log-mel spectrum, whatever the level."""
    statistics = window_statistics(part)[0]
    means: Array = statistics[: len(statistics) // 2]
    even: Array = means - means.mean()
    return even


def _long_changes(waveform: Waveform, place: float) -> dict[str, float]:
    """Whether tempo and key before a moment are those after it."""
    parts = [
        waveform.slice(start, start + LONG_SECONDS).samples.mean(dim=0).double().numpy()
        for start in (place - LONG_SECONDS, place)
    ]
    tempi = [tempo_of(part, waveform.sample_rate) for part in parts]
    keys = [key_of(part, waveform.sample_rate) for part in parts]
    tempo = key = float("nan")
    if tempi[0] is not None and tempi[1] is not None:
        factor = agreeing_factor(
            tempi[1], tempi[0], (4, 4), triplets=False, tolerance=_TEMPO_TOLERANCE
        )
        tempo = float(factor is not None)
    if keys[0] is not None and keys[1] is not None:
        key = float(keys[0] == keys[1])
    return {"tempo_holds": tempo, "key_holds": key}


def _arrays(found: Mapping[str, list[float]]) -> dict[str, Array]:
    return {name: np.array(values, dtype=np.float64) for name, values in found.items()}


def _plain(found: Mapping[str, Estimate | None]) -> dict[str, Any]:
    return {kind: None if one is None else asdict(one) for kind, one in found.items()}


def _cell(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate.value:.2f} ({interval_text(estimate)})"
