"""Where a generation stands, told while it runs; and the clock that measures its stages."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

PartT = TypeVar("PartT")


@dataclass(frozen=True, slots=True)
class Progress:
    """One report, a few times a second at most per stage."""

    stage: str  # "mulan", the name of a stage, or "codec"
    stage_fraction: float  # of this stage and clip, 0 to 1
    fraction: float  # of the whole call, 0 to 1; stages weighted by their usual cost
    clip: int  # from 0
    n_clips: int  # clips that this call makes
    elapsed_seconds: float  # since the call began
    real_time_factor: float  # computing seconds for each second of audio so far; below 1 is fast


OnProgress = Callable[[Progress], None]


@dataclass(slots=True)
class Clock:
    """Measures stages and reports progress; one for each call of ``generate``."""

    weights: Mapping[str, float]  # usual share of the time, by stage, in order
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
    def stage(self, name: str) -> Iterator[Callable[[float], None]]:
        """Measure a stage; gives the callback that the stage reports its fraction to."""
        began = time.perf_counter()

        report = self.reporter(name)
        self._tell(name, 0.0)
        yield report
        self._spend(name, time.perf_counter() - began)
        report(1.0)

    def reporter(self, name: str) -> Callable[[float], None]:
        """What a stage calls with its fraction done."""

        def report(fraction: float) -> None:
            if name != "mulan" and fraction > 0 and self.first_token_seconds is None:
                self.first_token_seconds = self.elapsed()
            self._tell(name, fraction)

        return report

    def timed(self, name: str, parts: Iterable[PartT], *, within: str = "") -> Iterator[PartT]:
        """Hand on ``parts`` and measure each; ``within`` is the stage that waits meanwhile."""
        iterator = iter(parts)
        while True:
            began = time.perf_counter()
            part = next(iterator, None)
            spent = time.perf_counter() - began
            self._spend(name, spent)
            if within:
                self._spend(within, -spent)
            if part is None:
                return
            yield part

    def heard(self) -> None:
        """The first samples are there."""
        if self.first_audio_seconds is None:
            self.first_audio_seconds = self.elapsed()

    def _spend(self, name: str, seconds: float) -> None:
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def _tell(self, name: str, stage_fraction: float) -> None:
        if self.on_progress is None:
            return
        names = list(self.weights)
        before = sum(self.weights[other] for other in names[: names.index(name)])
        done = (before + self.weights[name] * stage_fraction) / sum(self.weights.values())
        fraction = min(1.0, (self.clip + done) / self.n_clips)
        elapsed = self.elapsed()
        audio_seconds = self.clip_seconds * self.n_clips * fraction
        factor = elapsed / audio_seconds if audio_seconds > 0 else 0.0
        self.on_progress(
            Progress(name, stage_fraction, fraction, self.clip, self.n_clips, elapsed, factor)
        )
