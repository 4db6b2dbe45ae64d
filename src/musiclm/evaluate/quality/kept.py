"""Audio files and an embedder in, their embeddings out, each made once and kept on disk.

What is kept is named after the bytes of the audio file and the identity of the embedder: a changed
file or another model never finds old numbers, and a renamed or copied file finds its own. Every
file is written in one move, so an interrupted run goes on where it was, and a second run only
reads. What a kept file holds that cannot be read is made again: it is no source of errors.
This computes no metric, and deletes nothing: remove the folder to be rid of it.
"""

import hashlib
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from musiclm.audio.io import write_file
from musiclm.corpus.worker import start_worker
from musiclm.errors import AudioError, ConfigError, DataError, ShapeError
from musiclm.evaluate.quality.audio_set import (
    MAX_SECONDS,
    MIN_SECONDS,
    Skipped,
    left_out,
    sound_or_reason,
)
from musiclm.evaluate.quality.embedders import Embedder, load_embedder

Progress = Callable[[int, int], None]
"""Files done, files in all."""

_FORM = "1"  # Raised when kept files change their form.


@dataclass(frozen=True, slots=True)
class Embedded:
    """The embeddings of a set; tuples of the same length run over the files that were used."""

    embedder: str  # its name
    identity: str  # of the embedder
    paths: tuple[Path, ...]  # in the order given, without those skipped
    windows: tuple[NDArray[np.float32], ...]  # [windows, dimensions] of each file
    seconds: tuple[float, ...]  # that were heard of each file
    silent: tuple[Path, ...]  # used, but nothing is to be heard
    cut: tuple[Path, ...]  # used up to the longest that is read
    skipped: tuple[Skipped, ...]  # not used, and why
    n_kept: int  # files whose embeddings were found, not made

    @property
    def stacked(self) -> NDArray[np.float32]:
        """All windows of all files, ``[windows, dimensions]``."""
        return np.concatenate(self.windows)

    def results(self) -> dict[str, Any]:
        """Plain values for a report, without the vectors."""
        return {
            "embedder": self.embedder,
            "identity": self.identity,
            "dimensions": int(self.windows[0].shape[1]),
            "n_files": len(self.paths),
            "n_windows": sum(len(each) for each in self.windows),
            "seconds": sum(self.seconds),
            "n_silent": len(self.silent),
            "silent": [str(path) for path in self.silent],
            "cut": [str(path) for path in self.cut],
            "skipped": [{"path": str(each.path), "reason": each.reason} for each in self.skipped],
        }


@dataclass(frozen=True, slots=True)
class _Settings:
    """What is the same for every file."""

    folder: Path | None
    max_seconds: float
    min_seconds: float
    strict: bool


@dataclass(frozen=True, slots=True)
class _One:
    """What became of one file that was used."""

    windows: NDArray[np.float32]
    seconds: float
    silent: bool
    cut: bool
    kept: bool  # found, not made


def embeddings_of(
    files: Sequence[Path],
    embedder: Embedder,
    *,
    folder: Path | None,
    jobs: int = 1,
    strict: bool = False,
    max_seconds: float = MAX_SECONDS,
    min_seconds: float = MIN_SECONDS,
    on_progress: Progress | None = None,
) -> Embedded:
    """Embed every file of a set, or find what was embedded before.

    One sound for each process is in memory at a time, and the time is linear in the number of
    files; a kept file still costs reading its bytes once.

    Args:
        files: From ``audio_set.files_of``.
        embedder: From ``load_embedder``; with several ``jobs`` each process loads it again.
        folder: Where embeddings are kept, shared by all embedders; ``None`` keeps nothing.
        jobs: Processes.
        strict: Refuse a set that holds a file which cannot be used.
        max_seconds: No more of a file is read.
        min_seconds: Shorter files are skipped.
        on_progress: Told how far this is.

    Raises:
        DataError: No file, none that can be used, or ``strict`` and one that cannot.
        ConfigError: ``jobs`` is below 1, or an embedder that other processes cannot load.
        OSError: ``folder`` cannot be written to.
    """
    if jobs < 1:
        raise ConfigError(f"jobs must be at least 1, got {jobs}")
    if not files:
        raise DataError("there are no audio files to embed: give a folder that holds some")
    settings = _Settings(_place(folder, embedder), max_seconds, min_seconds, strict)
    found: list[_One | Skipped | None] = [None] * len(files)
    made = (
        _one_by_one(files, embedder, settings)
        if jobs == 1 or len(files) == 1
        else _in_processes(files, embedder, settings, min(jobs, len(files)))
    )
    for done, (index, one) in enumerate(made, start=1):
        found[index] = one
        if on_progress:
            on_progress(done, len(files))
    used = [(p, one) for p, one in zip(files, found, strict=True) if isinstance(one, _One)]
    skipped = tuple(one for one in found if isinstance(one, Skipped))
    if not used:
        raise DataError(
            f"none of {len(files)} audio files can be used; the first: {skipped[0].reason}"
        )
    return Embedded(
        embedder=embedder.name,
        identity=embedder.identity,
        paths=tuple(path for path, _ in used),
        windows=tuple(one.windows for _, one in used),
        seconds=tuple(one.seconds for _, one in used),
        silent=tuple(path for path, one in used if one.silent),
        cut=tuple(path for path, one in used if one.cut),
        skipped=skipped,
        n_kept=sum(one.kept for _, one in used),
    )


def _place(folder: Path | None, embedder: Embedder) -> Path | None:
    """The folder of one embedder, whose name may hold slashes; made, for a fault shows early."""
    if folder is None:
        return None
    plain = "".join(letter if letter.isalnum() else "-" for letter in embedder.name)[-40:]
    place = folder / f"{plain}-{embedder.identity[:16]}"
    place.mkdir(parents=True, exist_ok=True)
    return place


def _one_by_one(
    files: Sequence[Path], embedder: Embedder, settings: _Settings
) -> Iterator[tuple[int, _One | Skipped]]:
    for index, path in enumerate(files):
        yield index, _embedded(path, embedder, settings)


def _in_processes(
    files: Sequence[Path], embedder: Embedder, settings: _Settings, jobs: int
) -> Iterator[tuple[int, _One | Skipped]]:
    """In the order in which they become ready."""
    # Spawned, not forked: a fork of a process with threads (torch) may deadlock.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=start_worker)
    recipe = (embedder.name, embedder.model_folder, embedder.identity)
    try:
        running = {
            pool.submit(_work, path, *recipe, settings): index for index, path in enumerate(files)
        }
        for future in as_completed(running):
            yield running[future], future.result()
    except BaseException:
        for process in list((pool._processes or {}).values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _work(
    path: Path, name: str, model_folder: str | Path | None, identity: str, settings: _Settings
) -> _One | Skipped:
    """What a process does with one file."""
    return _embedded(path, _own(name, model_folder, identity), settings)


@lru_cache(maxsize=1)
def _own(name: str, model_folder: str | Path | None, identity: str) -> Embedder:
    """The embedder of this process, loaded for its first file."""
    embedder = load_embedder(name, model_folder=model_folder)
    if embedder.identity != identity:
        raise ConfigError(
            f'the embedder "{name}" is another one in other processes: load it by load_embedder, '
            "and do not change its files meanwhile"
        )
    return embedder


def _embedded(path: Path, embedder: Embedder, settings: _Settings) -> _One | Skipped:
    try:
        kept = None if settings.folder is None else settings.folder / _key(path, settings)
        if kept is not None and (one := _read(kept, embedder.dimensions)) is not None:
            return one
    except OSError as error:  # Of the audio file: _read answers for its own.
        return left_out(path, error, strict=settings.strict)
    sound = sound_or_reason(
        path,
        max_seconds=settings.max_seconds,
        min_seconds=settings.min_seconds,
        strict=settings.strict,
    )
    if isinstance(sound, Skipped):
        return sound
    try:
        windows = embedder.embed(sound.waveform)
        if not len(windows) or not np.isfinite(windows).all():
            raise AudioError(f"{path} gives embeddings that are empty or not finite")
    except (AudioError, ShapeError) as error:
        return left_out(path, error, strict=settings.strict)
    one = _One(windows, sound.waveform.seconds, sound.silent, sound.cut, kept=False)
    if kept is not None:
        write_file(kept, _content(one))
    return one


def _key(path: Path, settings: _Settings) -> str:
    """A file name that stands for the bytes of an audio file and for what is read of it.

    Raises:
        OSError: The file cannot be read.
    """
    if not path.is_file():  # A pipe would be emptied, or waited for.
        raise FileNotFoundError(f"{path} is no file")
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    facts = f"{_FORM}|{settings.max_seconds}|{settings.min_seconds}|{content}"
    return f"{hashlib.sha256(facts.encode()).hexdigest()[:32]}.safetensors"


def _content(one: _One) -> bytes:
    facts = np.array([one.seconds, one.silent, one.cut], np.float64)
    content: bytes = save({"windows": np.ascontiguousarray(one.windows), "facts": facts})
    return content


def _read(path: Path, dimensions: int) -> _One | None:
    """What was kept; None if nothing was, or nothing that makes sense."""
    try:
        tensors = load(path.read_bytes())
        windows, facts = tensors["windows"], tensors["facts"]
    except (OSError, SafetensorError, KeyError, ValueError):
        return None
    fits = windows.ndim == 2 and len(windows) and windows.shape[1] == dimensions
    if not fits or windows.dtype != np.float32 or facts.shape != (3,):
        return None
    return _One(windows, float(facts[0]), bool(facts[1]), bool(facts[2]), kept=True)
