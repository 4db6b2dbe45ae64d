"""Records in, a finished ``Generation`` out: what every model does with the clips of one call."""

from collections.abc import Callable, Sequence
from typing import Protocol

from musiclm.errors import GenerationError
from musiclm.pipeline.generation import Clip, Generation, Timings
from musiclm.pipeline.progress import Clock, OnProgress
from musiclm.pipeline.record import Piece

ClipOf = Callable[[Piece, Clock], Clip]


class Maker(Protocol):
    """What a model says of itself beside its clips."""

    name: str
    version: str
    weights_sha256: str

    @property
    def sample_rate(self) -> int:
        """Of the music, Hz."""

    @property
    def precision(self) -> str:
        """In which the stages compute."""

    @property
    def stage_names(self) -> tuple[str, ...]:
        """What settings are for."""


def make_all(
    model: Maker,
    pieces: Sequence[Piece],
    clip_of: ClipOf,
    *,
    on_progress: OnProgress | None,
    licence: str | None = None,
) -> Generation:
    """Make one clip after the other, and measure it.

    Args:
        model: Which makes them.
        pieces: Equally long.
        clip_of: How a clip is made.
        on_progress: Told where the work stands.
        licence: Of the weights, where it binds the music.

    Raises:
        GenerationError: Clips of different lengths or of another model's stages.
    """
    durations = {piece.request.duration for piece in pieces}
    if len(durations) != 1:
        raise GenerationError(f"clips of one call are equally long, got {sorted(durations)}")
    for piece in pieces:
        if set(piece.request.settings) != set(model.stage_names):
            raise GenerationError(
                f"settings are for the stages {', '.join(sorted(piece.request.settings))}: "
                f"this model has {', '.join(model.stage_names)}"
            )
    (seconds,) = durations
    clock = Clock(len(pieces), seconds, on_progress)
    clips = []
    for number, piece in enumerate(pieces):
        clock.clip = number
        clock.progress(0.0)
        clips.append(clip_of(piece, clock))
    total = clock.elapsed()
    return Generation.of(
        clips,
        sample_rate=model.sample_rate,
        timings=Timings(
            stage_seconds=clock.seconds,
            first_token_seconds=clock.first_token_seconds or total,
            first_audio_seconds=clock.first_audio_seconds or total,
            total_seconds=total,
            audio_seconds=seconds * len(clips),
        ),
        model=model.name,
        model_version=model.version,
        weights_sha256=model.weights_sha256,
        precision=model.precision,
        licence=licence,
    )
