"""A wish in, music out a second at a time, while whoever listens changes what comes next.

Every hop the plan grows by a second, and each stage writes as far as it then can: semantic tokens
if the model has any, acoustic codes, samples. ``MusicLM.generate`` and ``story`` are this stream,
listened to until its end, so a stream and a file of the same seed and controls are the same
samples.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.codec.model import Codec, DecodeSession
from musiclm.decode.session import Session
from musiclm.decode.stage import Stage
from musiclm.errors import GenerationError
from musiclm.pipeline.collapse import trouble_in
from musiclm.pipeline.course import Course, Event, Transition
from musiclm.pipeline.progress import Clock
from musiclm.pipeline.request import checked_seconds, stage_seed
from musiclm.pipeline.settings import StageSettings
from musiclm.pipeline.wish import Options, Prompt, wishes_of
from musiclm.prompt.ensemble import ENSEMBLE_STREAM
from musiclm.prompt.timeline import TIMELINE_STREAM
from musiclm.tokens.stream import TokenStream
from musiclm.tokens.timing import (
    frames_over,
    frames_to_samples,
    samples_to_seconds,
    seconds_to_frames,
    seconds_to_samples,
)

HOP_SECONDS = 1.0
MOST_RETRIES = 3
"""Of a second that came out silent or as noise."""
_RATE = TIMELINE_STREAM.frame_rate
# What a piece is composed beyond an end that was decided on the way: its last window was begun
# without knowing of it, and the stages need to hear a little further than they write.
_BEYOND_SECONDS = 2.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Beginning:
    """Music that is to be continued, as codes by stage name, all of the same length."""

    codes: Mapping[str, Tensor]
    n_frames: int  # of the timeline, which it fills


class Player(Protocol):
    """What a stream needs of a model."""

    codec: Codec

    @property
    def stages(self) -> tuple[Stage, ...]:
        """In the order in which they run."""

    @property
    def codec_levels(self) -> int | None:
        """Levels to decode; ``None`` for all."""


class MusicStream:
    """An iterator over samples ``[C, n]``; ends with the piece, or never.

    Samples are as the codec decodes them: mastered by what the model learned, at no exact
    loudness. What is asked of it between two pieces takes effect in the music that is not planned
    yet, and ``events`` says when.

    State: ``overlap``, how many samples of what is continued are handed out again.
    """

    def __init__(
        self,
        model: Player,
        course: Course,
        *,
        seconds: float | None,
        seed: int,
        settings: Mapping[str, StageSettings],
        variations: Mapping[str, int] | None = None,
        beginning: Beginning | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Begin a piece; ``MusicLM.stream`` makes one with less to say.

        Args:
            model: Whose stages and codec play.
            course: What they are told; nothing of it is planned yet but the beginning.
            seconds: Length, the beginning included; ``None`` plays until ``end``.
            seed: Decides everything that is not asked for.
            settings: By stage name.
            variations: By stage name; another number gives that stage other random numbers.
            beginning: Music to go on from; it is not handed out again.
            clock: Measures stages.
        """
        self.seed = seed
        self.retries = 0
        self.sample_rate = model.codec.sample_rate
        self.course = course
        self._model, self._settings, self._seconds = model, settings, seconds
        self._clock = clock or Clock(1, seconds or 0.0)
        self._sessions = {
            stage.config.name: self._session(stage, variations or {}, beginning)
            for stage in model.stages
        }
        self._decoding: DecodeSession = model.codec.decode_session()
        self._n_decoded = 0  # frames handed to the codec
        self._n_given = 0  # samples handed out
        self._n_before = 0  # samples of what is continued, but for the overlap
        self.overlap = 0
        self._finished = False
        self._doubtful = False  # whether the hop before was silent, or noise
        if beginning is not None:
            self._skip(beginning)

    def __iter__(self) -> Self:
        """The stream itself."""
        return self

    @torch.inference_mode()
    def __next__(self) -> Float[Tensor, "C n"]:
        """The next piece of music, about a second.

        Raises:
            StopIteration: The piece is over.
        """
        while not self._finished:
            piece = self._hop()
            self._n_given += piece.shape[-1]
            self._clock.progress(self._share)
            if piece.shape[-1]:
                self._clock.heard()
                return piece
        raise StopIteration

    @property
    def position(self) -> float:
        """Seconds that were handed out so far."""
        return samples_to_seconds(self._n_given, self.sample_rate)

    @property
    def planned_seconds(self) -> float:
        """From where on a change takes effect."""
        return self.course.planned_seconds

    @property
    def _share(self) -> float:
        """How much of what is new was handed out, if there is an end."""
        if self._seconds is None:
            return 0.0
        whole = seconds_to_samples(self._seconds, self.sample_rate) - self._n_before
        return self._n_given / max(1, whole)

    @property
    def events(self) -> list[Event]:
        """What took effect when."""
        return self.course.events

    @property
    def tokens(self) -> dict[str, Tensor]:
        """Codes of every stream so far, and the untimed conditions of the beginning."""
        streams = {stage.config.target.name for stage in self._model.stages}
        written = {name: self._written(name) for name in sorted(streams)}
        first = self.course.segments[0].tokens
        timed = {"timeline": self.course.timeline.codes, "ensemble": self.course.ensemble}
        return {**first, **timed, **written}

    def set_prompts(
        self,
        prompt: Prompt,
        *,
        options: Options | None = None,
        transition: Transition = "cut",
        blend_seconds: float = 4.0,
    ) -> None:
        """Let another wish take over in the music that is not planned yet.

        Args:
            prompt: A sentence, or several with weights.
            options: As for ``generate``.
            transition: At once, little by little, or on the next bar line.
            blend_seconds: How long little by little is.

        Raises:
            GenerationError: A prompt or option that cannot be used.
        """
        wish = wishes_of(prompt, options)[0]
        now = self.course.planned_seconds
        self.course.cue(now, wish, transition=transition, blend_seconds=blend_seconds)

    def set_controls(self, **changes: Any) -> None:
        """Change what is said about time in the music that is not planned yet.

        Args:
            changes: ``tempo``, ``beats_per_bar``, ``drums``, ``bass``, ``density``,
                ``brightness`` or ``chords``; ``None`` leaves one to the model again.

        Raises:
            GenerationError: An unknown control, or a value out of range.
        """
        self.course.control(changes)

    def end(self, in_seconds: float = 8.0) -> None:
        """Bring a piece without end to one.

        Raises:
            GenerationError: The piece has an end already, or too little time is left for one.
        """
        if self._seconds is not None:
            raise GenerationError(f"this piece ends after {self._seconds:g} seconds already")
        self._seconds = self.course.end_in(checked_seconds(in_seconds, what="an end"))

    def _session(
        self, stage: Stage, variations: Mapping[str, int], beginning: Beginning | None
    ) -> Session:
        name, rate = stage.config.name, stage.config.target.frame_rate
        seed = stage_seed(self.seed, name, variations.get(name, 0))
        setting = self._settings[name]
        return stage.session(
            torch.Generator().manual_seed(seed),
            prompt=None if beginning is None else beginning.codes[name],
            n_frames=None if self._seconds is None else seconds_to_frames(self._seconds, rate),
            sampling=setting.sampling,
            guidance_scale=setting.guidance_scale,
        )

    def _skip(self, beginning: Beginning) -> None:
        """Decode what is continued, so that the first new sample has its past."""
        codes = self._acoustic()
        heard = self._decoding.push(codes[:, : self._model.codec_levels])
        self._n_decoded, self._n_before = codes.shape[-1], heard.shape[-1]
        whole = frames_to_samples(beginning.n_frames, _RATE, self.sample_rate)
        self.overlap = whole - self._n_before

    def _hop(self) -> Float[Tensor, "C n"]:
        """Plan a second more, let every stage write as far as it can, decode what is new."""
        self.course.plan(seconds_to_frames(HOP_SECONDS, _RATE), length=self._length)
        before = {name: session.n_written for name, session in self._sessions.items()}
        for attempt in range(MOST_RETRIES + 1):
            decoding = self._decoding.fork()
            for stage in self._model.stages:
                name = stage.config.name
                for _ in self._clock.timed(name, self._write(stage, self._sessions[name])):
                    self._clock.wrote()
            piece, final = self._decode(decoding)
            trouble = trouble_in(piece, self.sample_rate)
            # One quiet second is a rest, two are none; but an ending may be quiet.
            if trouble is None or not self._doubtful or final or attempt == MOST_RETRIES:
                break
            self.retries += 1
            _log.warning("%s after %.0f s: composing that second again", trouble, self.position)
            self.course.note(seconds_to_frames(self.position, _RATE), "retry", trouble)
            for name, session in self._sessions.items():
                session.rewind(before[name])
        self._doubtful = trouble is not None
        self._decoding, self._finished = decoding, final
        self._n_decoded = self._acoustic().shape[-1]
        return piece

    @property
    def _length(self) -> int | None:
        """Frames of the whole timeline, if it ends."""
        if self._seconds is None:
            return None
        n_frames = seconds_to_frames(self._seconds, _RATE)
        if all(session.bounded for session in self._sessions.values()):
            return n_frames
        return n_frames + seconds_to_frames(self._beyond, _RATE)

    @property
    def _beyond(self) -> float:
        """Seconds that must be planned after an end, for the stages to write up to it."""
        stages = (stage.config for stage in self._model.stages)
        # A masked model writes whole windows or nothing.
        return _BEYOND_SECONDS + sum(c.window_seconds for c in stages if c.kind == "masked")

    def _write(self, stage: Stage, session: Session) -> Iterator[Tensor]:
        """Segment after segment, each from its own frame on, as far as conditions reach."""
        rate, segments = stage.config.target.frame_rate, self.course.segments
        planned = frames_over(self.course.timeline.reach, _RATE, rate)
        for index, segment in enumerate(segments):
            until = planned
            if index + 1 < len(segments):
                until = min(planned, frames_over(segments[index + 1].frame, _RATE, rate))
            if session.n_written >= until:
                continue
            conditions = tuple(
                segment.tokens[stream.name] if not stream.timed else self._timed(stream, stage)
                for stream in stage.config.conditions
            )
            yield from session.write(conditions, until=until)
            if session.n_written < until:
                return

    def _timed(self, stream: TokenStream, stage: Stage) -> Tensor:
        """A timed condition of a stage, as far as it is known."""
        if stream.name == TIMELINE_STREAM.name:
            return self.course.timeline.codes
        if stream.name == ENSEMBLE_STREAM.name:
            return self.course.ensemble
        return self._written(stream.name, before=stage)

    def _written(self, name: str, *, before: Stage | None = None) -> Tensor:
        """Codes of a stream: all levels of the stages (before one) that write it, as far as all."""
        parts = []
        for stage in self._model.stages:
            if stage is before:
                break
            if stage.config.target.name == name:
                parts.append(self._sessions[stage.config.name].codes)
        reach = min(part.shape[-1] for part in parts)
        return torch.cat([part[..., :reach] for part in parts], dim=1)

    def _acoustic(self) -> Tensor:
        """What the codec decodes; not beyond the end of the piece."""
        target = self._model.stages[-1].config.target
        codes = self._written(target.name)
        if self._seconds is None:
            return codes
        return codes[..., : seconds_to_frames(self._seconds, target.frame_rate)]

    def _decode(self, decoding: DecodeSession) -> tuple[Float[Tensor, "C n"], bool]:
        """Samples of the codes that are new, and whether they are the last."""
        codes = self._acoustic()
        rate = self._model.stages[-1].config.target.frame_rate
        final = self._seconds is not None
        if self._seconds is not None:
            final = codes.shape[-1] >= seconds_to_frames(self._seconds, rate)

        def pieces() -> Iterator[Tensor]:
            yield decoding.push(codes[:, : self._model.codec_levels, self._n_decoded :])
            if final:
                yield decoding.finish()

        found = [piece[0].float() for piece in self._clock.timed("codec", pieces())]
        samples = torch.cat(found, dim=-1)
        if final and self._seconds is not None:
            whole = seconds_to_samples(self._seconds, self.sample_rate) - self._n_before
            samples = samples[:, : max(0, whole - self._n_given)]
        return samples, final
