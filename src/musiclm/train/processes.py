"""One part of a run in a process of its own: begun, waited for, stopped.

A process for each part, so that memory and thread pools are fresh and a crash of one part is not
a crash of all. No process outlives its parent: an interrupt of the parent is passed on, whether or
not the terminal sent it to the children as well, and a child whose parent was killed stops itself.
Stopped means interrupted: a training writes its checkpoint first, a corpus its manifest.
"""

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import cast

import torch

from musiclm.config import Frozen
from musiclm.errors import MusicLMError
from musiclm.train.fit import TrainingError
from musiclm.train.parts import train_part
from musiclm.train.recipe import CorpusRecipe

_POLITE = 10
"""Niceness of work in the background: it has the cores that training leaves to it."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a part's process is told; plain enough to be sent there."""

    name: str
    recipe: Frozen
    scale: str
    out: Path
    """Folder of the run."""
    corpus: Path | None
    """Corpus folder, if not the run's own."""
    max_steps: int | None
    max_seconds: float | None


@dataclass(frozen=True, slots=True)
class Running:
    """A task that has begun; ``finish`` or ``stop`` ends it."""

    task: Task
    process: BaseProcess
    news: Connection
    """What the process has to say when it fails; closed in silence when all went well."""


def run_task(task: Task) -> None:
    """Make one part, in this process."""
    if task.name in ("opening", "corpus"):
        _compose(cast("CorpusRecipe", task.recipe), task.out, opening=task.name == "opening")
        return
    train_part(
        task.name,
        task.recipe,
        scale=task.scale,
        run=task.out,
        corpus=task.corpus,
        max_steps=task.max_steps,
        max_seconds=task.max_seconds,
    )


def _compose(recipe: CorpusRecipe, out: Path, *, opening: bool) -> None:
    """Compose into ``out/corpus``; an opening is a list, in a folder of its own, of what is there.

    The list stays as it is while the corpus grows, so that who learns from it meets the same music
    before and after an interrupt.
    """
    # Imported late: composing needs no training code, and training no composer.
    from musiclm.corpus.build import build_corpus
    from musiclm.corpus.join import join_corpora
    from musiclm.corpus.render import sound_from_name

    if opening and (out / "opening" / "manifest.jsonl").exists():
        return  # Interrupted between the list and its mark; the corpus may have grown since.
    build_corpus(
        out / "corpus",
        hours=recipe.hours,
        seed=recipe.seed,
        jobs=os.cpu_count() or 1,
        sound=sound_from_name(recipe.sound),
    )
    if opening:
        join_corpora([out / "corpus"], out / "opening")


def start(task: Task, *, beside: bool = False) -> Running:
    """Begin a task in a fresh process.

    Args:
        task: What to do.
        beside: Whether something more urgent runs on this machine meanwhile.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(
        target=_child,
        args=(task, theirs, torch.get_num_threads(), _POLITE if beside else 0),
        name=f"musiclm-{task.name}",
    )
    process.start()
    theirs.close()
    return Running(task, process, ours)


def finish(running: Running) -> None:
    """Wait until a task is done.

    Raises:
        TrainingError: It failed; says why.
        KeyboardInterrupt: It was interrupted, or this process was: then it runs on until ``stop``.
    """
    message = _message(running.news)
    running.process.join()
    running.news.close()
    if message is not None and message[0] == "interrupt":
        raise KeyboardInterrupt
    if message is not None or running.process.exitcode != 0:
        reason = message[1] if message is not None else f"exit code {running.process.exitcode}"
        raise TrainingError(
            f"the part {running.task.name} failed: {reason}: run the same command again to go on "
            "after the parts that are done"
        )


def stop(several: Sequence[Running]) -> None:
    """Interrupt tasks, all at once, and wait until they have put their things in order."""
    for running in several:
        # Ctrl-C may have reached it as well; whoever is interrupted twice ends all the same.
        if running.process.is_alive():
            running.process.terminate()
    for running in several:
        running.process.join()
        running.news.close()


@contextmanager
def interrupted_by_sigterm() -> Iterator[None]:
    """Inside, SIGTERM interrupts this process as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python delivers signals to the main thread only.
        return
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _message(news: Connection) -> tuple[str, str] | None:
    """What the process has to say; ``None`` if it ends in silence, which closes the pipe."""
    try:
        kind, text = news.recv()
    except (EOFError, OSError):
        return None
    return kind, text


def _child(task: Task, news: Connection, threads: int, niceness: int) -> None:
    signal.signal(signal.SIGTERM, _interrupt)
    threading.Thread(target=_follow_parent, daemon=True).start()
    if niceness and hasattr(os, "nice"):
        os.nice(niceness)
    torch.set_num_threads(threads)
    try:
        run_task(task)
    except KeyboardInterrupt:
        news.send(("interrupt", ""))
    except MusicLMError as error:
        news.send(("error", str(error)))
    except Exception:
        news.send(("error", traceback.format_exc()))


def _follow_parent() -> None:
    """Interrupt this process when its parent is gone: nobody would read what it makes."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
