"""How a generation's progress looks: a live bar on a terminal, a line now and then elsewhere.

Everything goes to standard error, so that standard output stays data.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from musiclm.pipeline.generation import Generation
    from musiclm.pipeline.progress import Progress

_SECONDS_BETWEEN_LINES = 2.0
_QUIET_SECONDS = 20.0


class Quiet:
    """Says nothing but warnings."""

    def say(self, text: str) -> None:
        """A fact worth a line."""

    def warn(self, text: str) -> None:
        """Something the user should know even when quiet."""
        print(f"musiclm: warning: {text}", file=sys.stderr, flush=True)

    def loading(self, model: str) -> None:
        """The model is being read."""

    def clip(self, number: int, n_clips: int) -> None:
        """The next clip begins."""

    def report(self, progress: "Progress") -> None:
        """Where the clip stands."""

    def done(self, made: "Generation", where: str) -> None:
        """A clip is written."""


class Lines(Quiet):
    """A line every few seconds, for logs and pipes."""

    def __init__(self) -> None:
        self._prefix = ""
        self._last = 0.0

    def say(self, text: str) -> None:
        """A fact worth a line."""
        print(text, file=sys.stderr, flush=True)

    def loading(self, model: str) -> None:
        """The model is being read."""
        self.say(f"loading {model}")

    def clip(self, number: int, n_clips: int) -> None:
        """The next clip begins."""
        self._prefix = f"clip {number + 1}/{n_clips}: " if n_clips > 1 else ""

    def report(self, progress: "Progress") -> None:
        """A line every two seconds."""
        now = time.monotonic()
        if now - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._last = now
        doing = f"{self._prefix}{progress.doing} {progress.clip_fraction:.0%}"
        self.say(f"{doing}, whole {progress.fraction:.0%}, {_factor(progress)}")

    def done(self, made: "Generation", where: str) -> None:
        """Where the clip went, its seed and speed."""
        timings = made.timings
        self.say(
            f"{self._prefix}{where}: {timings.audio_seconds:g} s of music in "
            f"{timings.total_seconds:.1f} s (real-time factor {timings.real_time_factor:.2f}), "
            f"seed {made.seed}"
        )


class Live(Lines):
    """A bar that moves, for terminals."""

    def __init__(self, bar: "Bar", task: "TaskID") -> None:
        super().__init__()
        self._bar = bar
        self._task = task

    def say(self, text: str) -> None:
        """A fact worth a line, above the bar."""
        self._bar.console.print(text, markup=False, highlight=False)

    def warn(self, text: str) -> None:
        """Above the bar too."""
        self._bar.console.print(
            f"musiclm: warning: {text}", markup=False, highlight=False, style="yellow"
        )

    def loading(self, model: str) -> None:
        """The bar waits."""
        self._bar.update(self._task, stage=f"loading {model}", factor="")

    def report(self, progress: "Progress") -> None:
        """Move the bar."""
        self._bar.update(
            self._task,
            completed=progress.fraction,
            stage=self._prefix + progress.doing,
            factor=_factor(progress),
        )


@contextmanager
def show_progress(*, quiet: bool, live: bool = True) -> Iterator[Quiet]:
    """The way to show progress that fits standard error.

    Args:
        quiet: Warnings only.
        live: Whether there is a whole that a bar could show a part of.
    """
    if quiet:
        yield Quiet()
        return
    if not live or not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (
        TextColumn("{task.fields[stage]}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[factor]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Live(bar, bar.add_task("", total=1.0, stage="", factor=""))


def teller() -> Callable[[str, int, int], None]:
    """Progress on standard error: a line that rewrites itself, or in a log one now and then."""
    spoken = [0.0]

    def say(what: str, done: int, total: int) -> None:
        line = f"{what}: {done} of {total}"
        if sys.stderr.isatty():
            print(f"\r{line}   ", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - spoken[0] >= _QUIET_SECONDS:
            spoken[0] = time.monotonic()
            print(line, file=sys.stderr, flush=True)

    return say


def _factor(progress: "Progress") -> str:
    """The speed so far, in words."""
    return f"real-time factor {progress.real_time_factor:.2f}"
