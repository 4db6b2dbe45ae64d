"""A job that can be done in shares in, as many processes doing it; each share keeps what it makes.

Music is made a clip at a time on one core each, so two processes are nearly twice as fast as one
with two threads. What they leave behind is found by the ordinary way, which makes what is missing.
"""

import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any

from musiclm.corpus.render import sound_from_name
from musiclm.corpus.worker import start_worker
from musiclm.evaluate.model.cases import Case
from musiclm.evaluate.model.clips import Progress, Share, generated, rendered
from musiclm.pipeline.musiclm import MusicLM

_PATIENCE_SECONDS = 2.0  # between two words of progress


def generate_share(
    share: Share,
    *,
    model: Path,
    cases: Sequence[Case],
    folder: Path,
    seconds: float,
    seed: int,
    excerpts: bool,
    with_tokens: bool,
) -> None:
    """Make every n-th clip with a model that this process loads for itself."""
    music = MusicLM.from_pretrained(model)
    generated(
        music,
        cases,
        folder,
        seconds=seconds,
        seed=seed,
        excerpts=excerpts,
        with_tokens=with_tokens,
        share=share,
    )


def render_share(share: Share, *, cases: Sequence[Case], folder: Path, sound: str) -> None:
    """Render every n-th excerpt."""
    rendered(cases, folder, sound=sound_from_name(sound), share=share)


def in_shares(
    work: Callable[..., None],
    settings: Mapping[str, Any],
    *,
    jobs: int,
    folder: Path,
    total: int,
    say: str,
    on_progress: Progress | None = None,
) -> None:
    """Do ``work`` in ``jobs`` processes.

    Args:
        work: Takes its share and ``settings``; must be importable.
        settings: What all shares have in common.
        jobs: Processes; with one nothing is done, for the ordinary way does it.
        folder: Where audio appears, for progress.
        total: How many files there will be.
        say: What progress calls them.
        on_progress: Told how far this is.
    """
    if jobs == 1:
        return
    # Spawned, not forked: a fork of a process with threads (torch) may deadlock.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=start_worker)
    try:
        running = {pool.submit(work, (number, jobs), **settings) for number in range(jobs)}
        while running:
            done, running = wait(running, timeout=_PATIENCE_SECONDS)
            for future in done:
                future.result()
            if on_progress:
                on_progress(say, min(len(list(folder.glob("*.flac"))), total), total)
    except BaseException:
        for process in list((pool._processes or {}).values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
