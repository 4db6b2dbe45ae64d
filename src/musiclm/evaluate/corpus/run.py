"""Styles and seeds in, measured pieces out, by spawned processes; nothing is written."""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TypeVar

from musiclm.corpus.pieces import SECONDS_RANGE, PiecePlan, plan_pieces
from musiclm.corpus.render import Sound
from musiclm.corpus.worker import start_worker
from musiclm.evaluate.corpus.neighbours import Run, nearest_pair
from musiclm.evaluate.corpus.piece import Measured, Written, compose_and_read, measure
from musiclm.evaluate.corpus.report import Findings
from musiclm.evaluate.corpus.style_classifier import tell_apart

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
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=start_worker) as pool:
        yield from pool.map(make, plans, chunksize=4)


def find_all(
    *,
    n_pieces: int,
    n_neighbours: int,
    seed: int,
    sound: Sound,
    jobs: int,
    styles: Sequence[str] | None = None,
    seconds: float | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Findings:
    """Measure ``n_pieces`` with sound, and the tunes of ``n_neighbours`` without.

    Args:
        n_pieces: Pieces to compose, render and listen to.
        n_neighbours: Pieces whose tunes are compared; 0 leaves that out.
        seed: Of the corpus that the pieces are drawn from.
        sound: Who plays.
        jobs: Processes.
        styles: Which styles; all by default.
        seconds: Length of every piece, instead of the lengths of a corpus.
        on_progress: Called with pieces done and pieces in all.
    """
    say = on_progress or (lambda done, total: None)
    total = n_pieces + n_neighbours
    pieces: list[Measured] = []
    plans = pieces_of(n_pieces, seed, styles, seconds=seconds)
    for piece in measure_pieces(plans, sound=sound, jobs=jobs):
        pieces.append(piece)
        say(len(pieces), total)
    runs: list[frozenset[Run]] = []
    tunes = pieces_of(n_neighbours, seed, styles, seconds=seconds)
    for written in read_pieces(tunes, jobs=jobs):
        runs.append(written.runs)
        say(n_pieces + len(runs), total)
    nearest = nearest_pair(runs) if runs else None
    compared = nearest is not None and nearest.first >= 0
    styles_of = Counter(piece.written.style for piece in pieces)
    tellable = len(styles_of) > 1 and min(styles_of.values()) > 1
    hours = sum(piece.heard.sound.seconds for piece in pieces) / 3600
    return Findings(
        pieces=tuple(pieces),
        apart=tell_apart([(p.written.style, p.heard.clips) for p in pieces]) if tellable else None,
        nearest=nearest,
        nearest_pair=(tunes[nearest.first], tunes[nearest.second])
        if nearest and compared
        else None,
        about=f"Corpus of seed {seed}: {n_pieces} pieces ({hours:.1f} hours) of"
        f" {len(styles_of)} styles, played by {sound.name}; tunes of {n_neighbours} pieces.",
    )
