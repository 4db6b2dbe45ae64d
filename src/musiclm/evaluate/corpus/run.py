"""Styles and seeds in, measured pieces out, by spawned processes; nothing is written."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TypeVar

import torch

from musiclm.corpus.compose import STYLES
from musiclm.corpus.render import Sound
from musiclm.errors import ConfigError
from musiclm.evaluate.corpus.piece import Measured, Written, compose_and_read, measure

Piece = tuple[str, int]  # style, seed
Made = TypeVar("Made")

_SEEDS_A_RUN = 1_000_000


def pieces_of(n_pieces: int, seed: int, styles: Sequence[str] | None = None) -> list[Piece]:
    """Choose pieces: every style as often as any other, each with a seed of its own.

    Raises:
        ConfigError: A style is unknown.
    """
    names = sorted(STYLES) if not styles else list(styles)
    unknown = sorted(set(names) - set(STYLES))
    if unknown:
        raise ConfigError(f"unknown style(s) {', '.join(unknown)}: see musiclm corpus --help")
    first = seed * _SEEDS_A_RUN
    return [(names[i % len(names)], first + i) for i in range(n_pieces)]


def measure_pieces(
    pieces: Sequence[Piece], *, sound: Sound, jobs: int, seconds: float | None = None
) -> Iterator[Measured]:
    """Measure pieces with sound, in the order given."""
    return _spread(partial(_measured, sound=sound, seconds=seconds), pieces, jobs)


def read_pieces(
    pieces: Sequence[Piece], *, jobs: int, seconds: float | None = None
) -> Iterator[Written]:
    """Measure pieces without sound, in the order given."""
    return _spread(partial(_written, seconds=seconds), pieces, jobs)


def _measured(piece: Piece, *, sound: Sound, seconds: float | None) -> Measured:
    return measure(piece[0], piece[1], sound=sound, seconds=seconds)


def _written(piece: Piece, *, seconds: float | None) -> Written:
    return compose_and_read(piece[0], piece[1], seconds=seconds)


def _spread(make: Callable[[Piece], Made], pieces: Sequence[Piece], jobs: int) -> Iterator[Made]:
    if jobs == 1:
        yield from map(make, pieces)
        return
    # Spawned, not forked: a fork of a process with threads (torch) may deadlock.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker) as pool:
        yield from pool.map(make, pieces, chunksize=4)


def _start_worker() -> None:
    """One thread a process; interrupts go to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
