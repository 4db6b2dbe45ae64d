"""Where a generation stands, told while it runs; and the clock that measures its stages."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

PartT = TypeVar("PartT")


@dataclass(frozen=True, slots=True)
class Progress:
    """One report, for about every second of music."""

    clip_fraction: float  # of this clip, 0 to 1
    fraction: float  # of the whole call, 0 to 1
    clip: int  # from 0
    n_clips: int  # clips that this call makes
    elapsed_seconds: float  # since the call began
    real_time_factor: float  # computing seconds for each second of audio so far; below 1 is fast
    doing: str = "composing"  # or "listening", which searching does


OnProgress = Callable[[Progress], None]


@dataclass(slots=True)
class Clock:
    """Measures stages and reports progress; one for each call of ``generate``."""

    n_clips: int  # clips of the call
    clip_seconds: float  # duration of each
    on_progress: OnProgress | None = None
    clip: int = 0
    seconds: dict[str, float] = field(default_factory=dict)  # measured, by stage
    first_token_seconds: float | None = None  # until the first stage had a token
    first_audio_seconds: float | None = None  # until the codec had decoded its first samples
    _started: float = field(default_factory=time.perf_counter)

    def elapsed(self) -> float:
        """Seconds since the call began."""
        return time.perf_counter() - self._started

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure what is done meanwhile."""
        began = time.perf_counter()
        yield
        self._spend(name, time.perf_counter() - began)

    def timed(self, name: str, parts: Iterable[PartT]) -> Iterator[PartT]:
        """Hand on ``parts`` and measure how long each takes to come."""
        iterator = iter(parts)
        while True:
            began = time.perf_counter()
            part = next(iterator, None)
            self._spend(name, time.perf_counter() - began)
            if part is None:
                return
            yield part

    def wrote(self) -> None:
        """A stage has a token."""
        if self.first_token_seconds is None:
            self.first_token_seconds = self.elapsed()

    def heard(self) -> None:
        """The first samples are there."""
        if self.first_audio_seconds is None:
            self.first_audio_seconds = self.elapsed()

    def progress(self, clip_fraction: float) -> None:
        """Report how much of the clip is done; what the listener raises ends the work."""
        if self.on_progress is None:
            return
        clip_fraction = min(1.0, clip_fraction)
        fraction = (self.clip + clip_fraction) / self.n_clips
        elapsed = self.elapsed()
        audio_seconds = self.clip_seconds * self.n_clips * fraction
        factor = elapsed / audio_seconds if audio_seconds > 0 else 0.0
        self.on_progress(
            Progress(clip_fraction, fraction, self.clip, self.n_clips, elapsed, factor)
        )

    def _spend(self, name: str, seconds: float) -> None:
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds
