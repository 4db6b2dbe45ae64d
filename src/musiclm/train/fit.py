"""The one training loop: a state, batches by number and a step function in, a trained state out.

There is no trainer class. What a step does (forward, backward, optimizers) is the caller's
function; this file owns limits, prefetching, checkpoints, logs, signals and bad numbers.

Several processes may run it together (``nn/ranks.py``): they agree on the time and on stopping,
because that decides what a step does, and the first one alone writes and validates.
"""

import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TypeVar

import torch
from torch import Tensor

from musiclm.errors import ConfigError, MusicLMError
from musiclm.nn.ranks import max_over_ranks, n_ranks, rank
from musiclm.train.checkpoint import load_newest_checkpoint, save_checkpoint
from musiclm.train.log import MetricsLog
from musiclm.train.plot import plot_losses
from musiclm.train.schedule import current_learning_rate
from musiclm.train.state import TrainState

Batch = TypeVar("Batch")


class TrainingError(MusicLMError):
    """Training cannot go on: too many steps in a row without finite numbers."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a run is over: after so many steps, or so many seconds, whichever comes first."""

    max_steps: int | None = None
    """Steps of the whole run, resumed sessions included; makes a run reproducible."""
    max_seconds: float | None = None
    """Seconds of the whole run, resumed sessions included."""

    def __post_init__(self) -> None:
        if self.max_steps is None and self.max_seconds is None:
            raise ConfigError("a run needs an end: give max_steps or max_seconds")
        for name in ("max_steps", "max_seconds"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ConfigError(f"{name} must be > 0, got {value}")

    def progress(self, step: int, seconds: float) -> float:
        """How much of the run is behind, 0 to 1.

        Example:
            >>> Limits(max_steps=100, max_seconds=60.0).progress(10, 30.0)
            0.5
        """
        by_steps = step / self.max_steps if self.max_steps else 0.0
        by_time = seconds / self.max_seconds if self.max_seconds else 0.0
        return min(1.0, max(by_steps, by_time))


def fit(
    state: TrainState,
    batch_at: Callable[[int], Batch],
    step: Callable[[TrainState, Batch, float], dict[str, Tensor]],
    *,
    limits: Limits,
    run: Path,
    checkpoint_seconds: float = 120.0,
    log_seconds: float = 1.0,
    validate: Callable[[TrainState], dict[str, float]] | None = None,
    validate_seconds: float = 60.0,
    prefetch: int = 2,
    max_bad_steps: int = 20,
    console: bool | None = None,
) -> None:
    """Train ``state`` in place until ``limits`` are reached, going on from ``run/checkpoints``.

    Args:
        state: Changed in place; filled from the newest checkpoint first, if there is one.
        batch_at: Batch of a step number. Must be a pure function of it (it runs in another
            thread, ahead of time): then resuming needs no state of the data.
        step: Forward, backward and optimizers for one batch; its third argument is progress in
            ``[0, 1]`` for schedules. Returns scalars to log; ``skipped`` > 0 or a ``loss`` that
            is not finite marks a bad step, ``items`` is counted as a rate.
        limits: When to end.
        run: Receives ``checkpoints/``, ``metrics.jsonl`` and ``loss.png``.
        checkpoint_seconds: Time between checkpoints; one more is written at the end.
        log_seconds: Shortest time between lines of the log.
        validate: Called now and then and at the end; its numbers are logged as an event. It
            cannot disturb the run's randomness, but must restore ``train()`` mode itself.
        validate_seconds: Time between validations.
        prefetch: Batches prepared ahead; 0 prepares them in the loop.
        max_bad_steps: Bad steps in a row that end the run.
        console: Whether to show progress on stderr; ``None`` means if that is a terminal.

    Raises:
        TrainingError: ``max_bad_steps`` bad steps in a row.
        KeyboardInterrupt: After SIGINT or SIGTERM; a checkpoint has been written.
    """
    load_newest_checkpoint(state, run / "checkpoints")
    began = time.monotonic() - state.seconds
    last_checkpoint = last_validation = time.monotonic()
    saved_step = state.step if state.step else -1
    bad_in_a_row = 0
    leads = rank() == 0
    state.seconds, _ = _agreed(state, time.monotonic() - began, stop=False)
    if limits.progress(state.step, state.seconds) >= 1.0:
        return
    log_or_none: AbstractContextManager[MetricsLog | None] = nullcontext()
    if leads:
        log_or_none = MetricsLog(run, step=state.step, seconds=log_seconds, console=console)
    with (
        log_or_none as log,
        _interruptions() as interrupted,
        _batches(batch_at, state.step, prefetch) as next_batch,
    ):
        while True:
            state.seconds, stopped = _agreed(
                state, time.monotonic() - began, stop=interrupted.is_set()
            )
            progress = limits.progress(state.step, state.seconds)
            if stopped or progress >= 1.0:
                break
            metrics = step(state, next_batch(), progress)
            state.step += 1
            bad_in_a_row = bad_in_a_row + 1 if _is_bad(metrics) else 0
            if log is not None:
                log.add(
                    metrics,
                    step=state.step,
                    seconds=time.monotonic() - began,
                    progress=progress,
                    learning_rate=current_learning_rate(state.optimizers),
                )
            if bad_in_a_row >= max_bad_steps:
                raise TrainingError(
                    f"{bad_in_a_row} steps in a row gave a loss or gradient that is not finite "
                    f"(last step {state.step}): lower the learning rate, or look for broken "
                    f"data; the newest checkpoint in {run / 'checkpoints'} is from before"
                )
            if log is None:
                continue
            now = time.monotonic()
            # A checkpoint of a state that just turned bad would replace a good one.
            if now - last_checkpoint >= checkpoint_seconds and not bad_in_a_row:
                state.seconds = now - began
                save_checkpoint(state, run / "checkpoints")
                last_checkpoint, saved_step = time.monotonic(), state.step
            if validate is not None and now - last_validation >= validate_seconds:
                _validate(validate, state, log)
                last_validation = time.monotonic()
        if log is not None and state.step != saved_step:
            save_checkpoint(state, run / "checkpoints")
        if stopped:
            raise KeyboardInterrupt
        if log is not None and validate is not None:
            _validate(validate, state, log)
    if leads:
        plot_losses(run)


def _agreed(state: TrainState, seconds: float, *, stop: bool) -> tuple[float, bool]:
    """The longest time that any rank counts, and whether any was asked to stop."""
    if n_ranks() == 1:
        return seconds, stop
    device = next(next(iter(state.modules.values())).parameters()).device
    said = torch.tensor([seconds, float(stop)], dtype=torch.float64, device=device)
    seconds, stops = max_over_ranks(said).tolist()
    return seconds, stops > 0


def _is_bad(metrics: dict[str, Tensor]) -> bool:
    if "skipped" in metrics:
        return float(metrics["skipped"]) > 0
    return "loss" in metrics and not bool(torch.isfinite(torch.as_tensor(metrics["loss"])))


def _validate(
    validate: Callable[[TrainState], dict[str, float]], state: TrainState, log: MetricsLog
) -> None:
    log.flush()
    # Named, because torch warns when there are several GPUs and it has to guess.
    gpus = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=gpus):
        numbers = validate(state)
    log.event("validation", step=state.step, seconds=round(state.seconds, 1), **numbers)


@contextmanager
def _interruptions() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, so that the step in progress can finish."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted  # Python delivers signals to the main thread only.
        return

    def remember(number: int, frame: FrameType | None) -> None:
        interrupted.set()

    previous = {
        number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield interrupted
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def _batches(
    batch_at: Callable[[int], Batch], first: int, prefetch: int
) -> Iterator[Callable[[], Batch]]:
    """A function that returns batch ``first``, ``first + 1``, ... prepared by a thread."""
    if prefetch <= 0:
        numbers = iter(range(first, 2**62))
        yield lambda: batch_at(next(numbers))
        return
    ready: queue.Queue[Batch | Exception] = queue.Queue(maxsize=prefetch)
    stopped = threading.Event()

    def put(item: Batch | Exception) -> None:
        while not stopped.is_set():
            try:
                return ready.put(item, timeout=0.1)
            except queue.Full:
                continue

    def produce() -> None:
        number = first
        while not stopped.is_set():
            try:
                put(batch_at(number))
            except Exception as error:
                return put(error)  # Raised again in the loop, where it can be seen.
            number += 1

    def take() -> Batch:
        item = ready.get()
        if isinstance(item, Exception):
            raise item
        return item

    thread = threading.Thread(target=produce, name="musiclm-batches", daemon=True)
    thread.start()
    try:
        yield take
    finally:
        stopped.set()
        thread.join()
