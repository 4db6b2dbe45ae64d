"""Styles and seeds in, measured pieces out, by spawned processes; nothing is written."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TypeVar

import torch

from musiclm.corpus.pieces import SECONDS_RANGE, PiecePlan, plan_pieces
from musiclm.corpus.render import Sound
from musiclm.evaluate.corpus.piece import Measured, Written, compose_and_read, measure

Made = TypeVar("Made")


def pieces_of(
    n_pieces: int, seed: int, styles: Sequence[str] | None = None, *, seconds: float | None = None
) -> list[PiecePlan]:
    """The first pieces of the corpus of a seed, which visits every style equally often.

    Args:
        n_pieces: How many.
        seed: Of the corpus.
        styles: Which styles; all by default.
        seconds: Length of every piece, instead of the lengths of the corpus.
    """
    # No piece is longer than the longest, so that so many hours hold enough of them.
    hours = max(1, n_pieces) * SECONDS_RANGE[1] / 3600
    plans = plan_pieces(hours=hours, seed=seed, styles=styles)[:n_pieces]
    return [replace(plan, target_seconds=seconds) for plan in plans] if seconds else plans


def measure_pieces(plans: Sequence[PiecePlan], *, sound: Sound, jobs: int) -> Iterator[Measured]:
    """Compose, render and measure pieces, in the order given."""
    return _spread(partial(measure, sound=sound), plans, jobs)


def read_pieces(plans: Sequence[PiecePlan], *, jobs: int) -> Iterator[Written]:
    """Compose and measure pieces without sound, in the order given."""
    return _spread(compose_and_read, plans, jobs)


def _spread(
    make: Callable[[PiecePlan], Made], plans: Sequence[PiecePlan], jobs: int
) -> Iterator[Made]:
    if jobs == 1:
        yield from map(make, plans)
        return
    # Spawned, not forked: a fork of a process with threads (torch) may deadlock.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker) as pool:
        yield from pool.map(make, plans, chunksize=4)


def _start_worker() -> None:
    """One thread a process; interrupts go to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
