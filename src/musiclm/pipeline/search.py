"""A folder of sound files and a MuLan in, an index out that sentences and sounds can ask.

Every file becomes one embedding a window and their mean; it is read in blocks, so that its length
costs no memory. What was heard is kept (``search_cache.py``), so that the next time only new and
changed files are listened to. Nothing here prints or knows a command line.
"""

import logging
import os
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from musiclm.audio.blocks import AudioFile
from musiclm.errors import AudioError, ConfigError, ShapeError
from musiclm.mulan.model import Mulan
from musiclm.pipeline.progress import OnProgress, Progress
from musiclm.pipeline.search_cache import (
    INDEX_NAME,
    Heard,
    OnNotice,
    find_place,
    read_cache,
    weights_digest,
    write_cache,
)
from musiclm.pipeline.search_listen import listen
from musiclm.tokens.timing import samples_to_seconds

SUFFIXES = frozenset(
    ".wav .wave .flac .ogg .oga .opus .mp3 .aif .aiff .aifc .au .caf .w64 .rf64".split()
)
"""Names by which sound files are found; what they hold is decided by reading them."""

By = Literal["clip", "best-window"]
"""What is ranked: the mean over a file, or the window of it that fits best."""

_SECONDS_BETWEEN_SAVES = 60.0  # So much of the work a killed process may lose.

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A file that fits."""

    path: Path  # below the folder as it was given
    score: float  # mean of the cosines to the queries, by their weights: -1 to 1
    start_seconds: float  # where the window that fits best begins


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that cannot be searched."""

    path: Path
    fault: str  # follows the name: "is silent"


@dataclass(frozen=True, slots=True)
class AudioIndex:
    """Embeddings of the files of a folder, ready to be asked.

    Raises:
        ShapeError: Windows and starts do not fit the counts, or the counts the paths.
    """

    paths: tuple[Path, ...]
    counts: tuple[int, ...]  # windows of each path, at least one
    windows: Float[Tensor, "W D"]  # unit vectors, file after file
    starts: Int[Tensor, " W"]  # of each window, in samples
    sample_rate: int  # of ``starts``, Hz
    skipped: tuple[Skipped, ...] = ()
    n_new: int = 0  # files that had to be listened to
    place: Path | None = None  # of the kept index
    clips: Float[Tensor, "B D"] = field(init=False)  # unit vectors: the mean over each's windows

    def __post_init__(self) -> None:
        """Take the mean over the windows of each file, normalised as ``Mulan.embed_audio`` does."""
        sizes = (len(self.windows), len(self.starts), sum(self.counts))
        if len(set(sizes)) > 1 or len(self.paths) != len(self.counts) or 0 in self.counts:
            raise ShapeError(
                f"expected a window or more for each of {len(self.paths)} files, got {sizes[0]} "
                f"windows, {sizes[1]} starts and {len(self.counts)} counts of {sizes[2]} in all"
            )
        sums = torch.zeros(len(self.paths), self.windows.shape[1])
        sums.index_add_(0, self._owners(), self.windows)
        object.__setattr__(self, "clips", functional.normalize(sums, dim=-1))

    def search(
        self,
        embeddings: Float[Tensor, " D"] | Float[Tensor, "Q D"],
        n: int = 10,
        *,
        weights: Sequence[float] | None = None,
        by: By = "clip",
    ) -> list[Found]:
        """The files nearest to one embedding, or to several together; the best first.

        Args:
            embeddings: Unit vectors of prompts (``Mulan.embed_text``) or sounds (``embed_file``).
            n: Files wanted; there may be fewer.
            weights: One for each embedding, all 1 by default; below 0 turns away from it.
            by: Rank by the mean over each file, or by its best window.

        Raises:
            ConfigError: ``n`` is below 1, or the weights are none, all 0 or not finite.
            ShapeError: The embeddings have another width than the index, or there is none.
        """
        queries = embeddings.reshape(-1, embeddings.shape[-1]).to("cpu", torch.float32)
        if not len(queries) or queries.shape[1] != self.windows.shape[1]:
            raise ShapeError(
                f"expected embeddings of width {self.windows.shape[1]}, got "
                f"{list(embeddings.shape)}: make them with the model that made the index"
            )
        if n < 1:
            raise ConfigError(f"at least one result must be wanted, got {n}")
        query = checked_weights(weights, len(queries)) @ queries
        # Exact search: one product in float32, which is bound by reading the embeddings once.
        # Ten thousand files are 5 MB. An approximate index (HNSW) has nothing to win below about
        # a million, and would have to be built, tuned and kept.
        if by == "clip":
            scores = self.clips @ query
        else:
            scores = torch.full((len(self.paths),), -torch.inf).scatter_reduce(
                0, self._owners(), self.windows @ query, "amax"
            )
        order = torch.sort(scores, descending=True, stable=True).indices[:n]
        ends = torch.tensor(self.counts).cumsum(0)
        found = []
        for index in order.tolist():
            own = slice(int(ends[index]) - self.counts[index], int(ends[index]))
            best = int(self.starts[own][(self.windows[own] @ query).argmax()])
            found.append(
                Found(
                    self.paths[index],
                    float(scores[index]),
                    samples_to_seconds(best, self.sample_rate),
                )
            )
        return found

    def _owners(self) -> Int[Tensor, " W"]:
        """Which file each window belongs to."""
        return torch.arange(len(self.paths)).repeat_interleave(torch.tensor(self.counts).long())


def build_index(
    folder: Path,
    mulan: Mulan,
    *,
    recursive: bool = True,
    cache: Path | None = None,
    on_progress: OnProgress | None = None,
    on_notice: OnNotice = _log.warning,
) -> AudioIndex:
    """Listen to the sound files of a folder, as far as they are new or changed.

    Hidden files and folders are left out, links to folders are not followed. Files that cannot be
    read, or hold nothing but silence, end up in ``skipped``. An interrupted call keeps what it
    heard, so that the next one goes on from there.

    Args:
        folder: Where to look.
        mulan: With both towers.
        recursive: Also look in the folders inside.
        cache: Where the index is kept. By default ``.musiclm-index`` in the folder, or a file in
            the user's cache if the folder is read-only.
        on_progress: Told after every few windows; ``clip`` counts the files to listen to.
        on_notice: Told that a kept index was of no use, or cannot be kept.

    Raises:
        AudioError: No such folder, no sound file in it, or none that can be searched.
        ConfigError: Only the text tower was loaded.
        OSError: ``cache`` is given and cannot be written.
    """
    files, skipped = sound_files(folder, recursive=recursive)
    digest, dim = weights_digest(mulan), mulan.config.dim
    place = find_place(folder, cache, on_notice)
    source = place
    if cache is None and not (place is not None and place.is_file()):
        source = folder / INDEX_NAME  # Read-only, but someone may have left one here.
    kept = {}
    if source is not None:
        kept = read_cache(source, digest=digest, dim=dim, on_notice=on_notice)
    heard = {
        key: kept[key] for key, facts in files.items() if key in kept and kept[key].still(facts)
    }
    if not recursive:  # What lies deeper was not looked for, so it has not vanished.
        heard |= {key: each for key, each in kept.items() if "/" in key}
    fresh = {key: facts for key, facts in files.items() if key not in heard}

    def save() -> None:
        if place is None:
            return
        try:
            write_cache(place, dict(sorted(heard.items())), digest=digest, dim=dim)
        except OSError as error:
            on_notice(f"the index cannot be kept ({place}: {error.strerror or error})")

    listening = _Listening(sum(facts.st_size for facts in fresh.values()), len(fresh), on_progress)
    saved = time.monotonic()
    try:
        for key, facts in fresh.items():
            try:
                heard[key] = _hear(folder / key, facts, mulan, listening)
            except OSError as error:  # Not remembered: rights and disks come back.
                skipped.append(Skipped(folder / key, f"cannot be read: {error.strerror}"))
            listening.next(facts.st_size)
            if time.monotonic() - saved > _SECONDS_BETWEEN_SAVES:
                save()
                saved = time.monotonic()
    finally:
        if heard.keys() != kept.keys() or fresh:
            save()
    all_heard = {folder / key: heard[key] for key in files if key in heard}
    skipped += [Skipped(path, each.fault) for path, each in all_heard.items() if each.fault]
    usable = {path: each for path, each in all_heard.items() if not each.fault}
    if not usable:
        first = min(skipped, key=lambda each: each.path)
        raise AudioError(
            f"none of {len(skipped)} sound file(s) in {folder} can be searched, the first because "
            f"{first.path} {first.fault}"
        )
    return AudioIndex(
        paths=tuple(usable),
        counts=tuple(len(each.starts) for each in usable.values()),
        windows=torch.cat([each.windows for each in usable.values()]),
        starts=torch.cat([each.starts for each in usable.values()]),
        sample_rate=mulan.sample_rate,
        skipped=tuple(sorted(skipped, key=lambda each: each.path)),
        n_new=len(fresh),
        place=place,
    )


def checked_weights(weights: Sequence[float] | None, n: int) -> Float[Tensor, " Q"]:
    """Weights whose sizes add up to 1, so that a score stays a mean of cosines.

    Raises:
        ConfigError: Not one for each of ``n`` queries, not finite, or all 0.
    """
    given = torch.tensor([1.0] * n if weights is None else list(weights), dtype=torch.float32)
    size = float(given.abs().sum())
    if len(given) != n or not 0 < size < torch.inf:
        raise ConfigError(
            f"expected {n} weight(s), one for each query, finite and not all 0, got {weights}"
        )
    return given / size


def sound_files(
    folder: Path, *, recursive: bool
) -> tuple[dict[str, os.stat_result], list[Skipped]]:
    """Size and time of each sound file, by its path below ``folder``, in order of these paths.

    Raises:
        AudioError: No such folder, or no sound file in it.
    """
    if not folder.is_dir():
        what = f"{folder} is a file" if folder.exists() else f"no folder {folder}"
        raise AudioError(f"{what}: give the path of a folder with sound files")
    found: dict[str, os.stat_result] = {}
    skipped: list[Skipped] = []

    def skip(error: OSError) -> None:
        reason = f"cannot be read: {error.strerror}"
        skipped.append(Skipped(Path(os.fsdecode(error.filename)), reason))

    for place, folders, names in os.walk(folder, onerror=skip):
        folders[:] = [name for name in folders if recursive and not name.startswith(".")]
        for name in names:
            path = Path(place, name)
            if name.startswith(".") or path.suffix.lower() not in SUFFIXES:
                continue
            try:
                facts = path.stat()
            except OSError as error:
                skip(error)
                continue
            if stat.S_ISREG(facts.st_mode):
                found[path.relative_to(folder).as_posix()] = facts
    if not found and not skipped:
        deeper = " and the folders inside" if recursive else ""
        raise AudioError(
            f"no sound file in {folder}{deeper}: put WAV, FLAC, Ogg, Opus, MP3 or AIFF files there"
        )
    return dict(sorted(found.items())), skipped


class _Listening:
    """Turns windows heard into reports; how much there is to do is judged by the sizes of files."""

    def __init__(self, n_bytes: int, n_files: int, on_progress: OnProgress | None) -> None:
        self._n_bytes, self._n_files, self._on_progress = n_bytes, n_files, on_progress
        self._began = time.perf_counter()
        self._file = self._bytes_before = 0
        self._seconds_before = self._seconds = 0.0

    def report(self, seconds: float, fraction: float, n_bytes: int) -> None:
        """So much of the current file is heard."""
        self._seconds = seconds
        if self._on_progress is None:
            return
        elapsed = time.perf_counter() - self._began
        done = (self._bytes_before + n_bytes * fraction) / max(1, self._n_bytes)
        factor = elapsed / max(1e-3, self._seconds_before + seconds)
        self._on_progress(
            Progress(fraction, done, self._file, self._n_files, elapsed, factor, "listening")
        )

    def next(self, n_bytes: int) -> None:
        """The current file is done with."""
        self._seconds_before += self._seconds
        self._seconds = 0.0
        self._bytes_before += n_bytes
        self._file += 1


def _hear(path: Path, facts: os.stat_result, mulan: Mulan, listening: _Listening) -> Heard:
    """All windows of a file, or why there are none.

    Raises:
        OSError: The file cannot be opened.
    """
    path.open("rb").close()  # libsndfile would not say why.
    starts, windows = torch.zeros(0, dtype=torch.int64), torch.zeros(0, mulan.config.dim)
    try:
        with AudioFile(path) as file:
            starts, windows, fault = listen(
                file, mulan, lambda heard, share: listening.report(heard, share, facts.st_size)
            )
    except AudioError as error:
        fault = str(error).removeprefix(f"{path} ")
    except UnicodeEncodeError:  # soundfile cannot pass such a name on.
        fault = "has a name that is not valid Unicode: rename it"
    return Heard(facts.st_size, facts.st_mtime_ns, starts, windows, fault)
