"""Token shards or a folder of audio in, a small index of the music out, and back from disk.

The index is what a song is checked against (``check.py``): the semantic tokens of every piece and
the MuLan tokens of its windows, about 200 kB an hour, and how far apart unrelated pieces of it
are. It holds no audio, and the identity of the two models that heard it. It knows training music
only as far as it was given: what is not in the index cannot be found.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from musiclm.artifact import load_artifact, save_artifact
from musiclm.config import Frozen
from musiclm.data.manifest import read_manifest
from musiclm.data.token_shards import AUDIO_WINDOW_HOP_SECONDS, TokenShards
from musiclm.errors import ArtifactError, AudioError, DataError, StreamMismatchError
from musiclm.evaluate.model.transport import calibrated_threshold, token_distances
from musiclm.evaluate.originality.hear import (
    RUN_SECONDS,
    WINDOW_SECONDS,
    Heard,
    Listeners,
    Tokens,
    hear,
)
from musiclm.evaluate.originality.runs import LOOSE_SLIPS, RunFinder
from musiclm.pipeline.search import sound_files
from musiclm.tokens.timing import seconds_to_frames

KIND = "originality_index"

OnProgress = Callable[[str, int, int], None]
"""What is being done, how many are done, how many in all."""

_CALIBRATED = 200  # Windows, each of another piece; ten times as many pairs.
_RUNS_SOUGHT = 40  # Pieces whose runs are sought in all the others.


class Calibration(Frozen):
    """How alike pieces of the index are that have nothing to do with each other."""

    transport: float = Field(ge=0)
    """Cost between windows of ten seconds that hardly any unrelated pair undercuts."""
    n_pairs: int = Field(ge=0)
    """Pairs that it rests on: at most 1 in 10,000 of them, or none, costs less."""
    n_pieces: int = Field(ge=0)
    """Pieces whose runs were sought in all others."""
    exact: int = Field(ge=0)
    """Of them, how many share a run of five seconds with another piece."""
    slips: int = Field(ge=0)
    """Likewise with runs of which a tenth may differ."""
    loose: int = Field(ge=0)
    """Likewise with runs of ten seconds of which three tenths may differ."""


class IndexConfig(Frozen):
    """What ``config.json`` of an index says."""

    mulan: str
    """Identity of the MuLan that heard the music."""
    tokenizer: str
    """Identity of the semantic tokenizer."""
    pieces: tuple[str, ...] = Field(min_length=1)
    """Names of the pieces."""
    n_tokens: tuple[int, ...]
    """Semantic tokens of each piece."""
    n_windows: tuple[int, ...]
    """Windows of each piece."""
    seconds: float = Field(gt=0)
    """Of all music."""
    source: str
    """What it was made from."""
    skipped: int = Field(ge=0)
    """Files that could not be heard."""
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class OriginalityIndex:
    """Tokens of all pieces, one piece after another."""

    config: IndexConfig
    semantic: Tokens  # [T_s]
    mulan: Tokens  # [windows, M]
    starts: NDArray[np.uint32]  # of each window in its piece, in semantic frames

    @property
    def n_bytes(self) -> int:
        """Of the tokens; names of pieces come on top."""
        return self.semantic.nbytes + self.mulan.nbytes + self.starts.nbytes

    def owner(self, place: int) -> tuple[int, int]:
        """Which piece a token of ``semantic`` is of, and which of its tokens."""
        ends = np.cumsum(self.config.n_tokens)
        piece = int(np.searchsorted(ends, place, side="right"))
        return piece, place - int(ends[piece]) + self.config.n_tokens[piece]

    def window_tokens(self, window: int, n_frames: int) -> tuple[int, Tokens]:
        """Which piece a window is of, and its semantic tokens, as many as the piece has there."""
        piece = int(np.searchsorted(np.cumsum(self.config.n_windows), window, side="right"))
        begin = int(sum(self.config.n_tokens[:piece]))
        end = begin + self.config.n_tokens[piece]
        first = begin + int(self.starts[window])
        return piece, self.semantic[first : min(end, first + n_frames)]

    def finder(self) -> RunFinder:
        """What finds runs of a song in all of it."""
        return RunFinder(self.semantic, list(self.config.n_tokens))

    def require(self, listeners: Listeners, *, source: str) -> None:
        """Refuse an index that other models heard.

        Raises:
            StreamMismatchError: Names the part that differs.
        """
        for part, digest in listeners.identity().items():
            if digest != getattr(self.config, part):
                raise StreamMismatchError(
                    f"{source} was made with another {part} than this model's, so that their "
                    "tokens mean different things: make the index again with this model"
                )

    def save(self, folder: Path) -> None:
        """Write an artifact; an existing folder is replaced whole."""
        config = self.config
        save_artifact(
            folder,
            kind=KIND,
            config=config,
            tensors={
                "semantic": torch.from_numpy(self.semantic),
                "mulan": torch.from_numpy(self.mulan),
                "starts": torch.from_numpy(self.starts.astype(np.int32)),
            },
            card=f"# Originality index\n\n{self.about}\n",
        )

    @property
    def about(self) -> str:
        """A sentence on what it holds."""
        hours = self.config.seconds / 3600
        return (
            f"{len(self.config.pieces)} pieces, {hours:.2f} hours, {len(self.starts)} windows, "
            f"{self.n_bytes / 1e6:.2f} MB ({self.n_bytes / hours / 1e3:.0f} kB an hour), "
            f"from {self.config.source}"
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote.

        Raises:
            ArtifactError: Missing, altered, of another kind, or its tables do not fit.
        """
        if not folder.is_dir():
            raise ArtifactError(
                f"no index {folder}: make one with `musiclm originality-index --out {folder}`"
            )
        artifact = load_artifact(folder, kind=KIND)
        config = IndexConfig.from_json(artifact.config_json, source=f"{folder}/config.json")
        try:
            semantic, mulan, starts = (
                artifact.tensors[name].numpy() for name in ("semantic", "mulan", "starts")
            )
        except KeyError as error:
            raise ArtifactError(f"{folder} lacks {error}: make the index again") from None
        n = len(config.pieces)
        fits = (
            len(config.n_tokens) == len(config.n_windows) == n
            and sum(config.n_tokens) == len(semantic)
            and sum(config.n_windows) == len(mulan) == len(starts)
        )
        if not fits:
            raise ArtifactError(f"{folder}: its tables do not fit its pieces: make it again")
        return cls(config, semantic, mulan, starts.astype(np.uint32))


def index_of_shards(
    shards: TokenShards,
    listeners: Listeners,
    *,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> OriginalityIndex:
    """The index of the training pieces of a tokenized corpus.

    Shards do not say which models made them; only the sizes of their streams are compared.

    Args:
        shards: What the model was trained on.
        listeners: The model's.
        seed: Chooses what is calibrated on.
        on_progress: Told how far this is.

    Raises:
        DataError: There is no training piece of at least five seconds.
        StreamMismatchError: The shards have other streams than the model.
    """
    streams = (listeners.mulan.stream, listeners.tokenizer.stream)
    shards.require_streams(streams, where=f"index of {shards.folder}")
    rate = listeners.tokenizer.stream.frame_rate
    hop = seconds_to_frames(AUDIO_WINDOW_HOP_SECONDS, rate)
    repeated = max(Counter(clip.id for clip in shards.clips).values(), default=0) > 1
    names, heard = [], []
    for number, clip in enumerate(shards.clips):
        n_frames, n_windows = clip.n_rows("semantic"), clip.n_rows("mulan_audio")
        if clip.split != "train" or n_frames < seconds_to_frames(RUN_SECONDS, rate):
            continue
        rows = [shards.untimed(number, "mulan_audio", row) for row in range(n_windows)]
        last = max(0, n_frames - seconds_to_frames(WINDOW_SECONDS, rate))
        starts = [min(row * hop, last) for row in range(n_windows - 1)] + [last]
        # Corpora that were joined number their pieces alike.
        names.append(f"shard {clip.shard}: {clip.id}" if repeated else clip.id)
        heard.append(
            Heard(
                shards.codes(number, "semantic", 0, n_frames)[0].numpy().astype(np.uint16),
                torch.stack(rows).numpy().astype(np.uint16),
                np.array(starts, dtype=np.uint32),
                float(n_frames / rate),
            )
        )
    if not heard:
        raise DataError(f"{shards.folder} has no training piece of at least {RUN_SECONDS} s")
    return _index(
        names, heard, listeners, f"tokens {shards.fingerprint[:16]}", 0, seed, on_progress
    )


def index_of_audio(
    folder: Path,
    listeners: Listeners,
    *,
    seed: int = 0,
    on_progress: OnProgress | None = None,
    on_notice: Callable[[str], None] | None = None,
) -> OriginalityIndex:
    """The index of a corpus (its training pieces), or of any folder of sound files.

    Args:
        folder: With ``manifest.jsonl``, or with sound files in it and in the folders inside.
        listeners: The model's.
        seed: Chooses what is calibrated on.
        on_progress: Told how far this is.
        on_notice: Told of each file that is left out, and why.

    Raises:
        AudioError: No such folder, no sound file in it, or none that can be heard.
        DataError: The manifest is broken.
    """
    if (folder / "manifest.jsonl").is_file():
        clips = [clip for clip in read_manifest(folder) if clip.split == "train"]
        paths = {clip.id: clip.audio for clip in clips}
    else:
        paths = {name: folder / name for name in sound_files(folder, recursive=True)[0]}
    names, heard = [], []
    for number, (name, path) in enumerate(paths.items(), start=1):
        try:
            one = hear(path, listeners)
        except AudioError as error:
            if on_notice:
                on_notice(f"left out: {error}")
        else:
            names.append(name)
            heard.append(one)
        if on_progress:
            on_progress("listening", number, len(paths))
    if not heard:
        raise AudioError(f"none of {len(paths)} sound file(s) in {folder} can be heard")
    n_skipped = len(paths) - len(heard)
    return _index(names, heard, listeners, folder.name, n_skipped, seed, on_progress)


def _index(
    names: Sequence[str],
    heard: Sequence[Heard],
    listeners: Listeners,
    source: str,
    skipped: int,
    seed: int,
    on_progress: OnProgress | None,
) -> OriginalityIndex:
    return OriginalityIndex(
        config=IndexConfig(
            **listeners.identity(),
            pieces=tuple(names),
            n_tokens=tuple(len(each.semantic) for each in heard),
            n_windows=tuple(len(each.starts) for each in heard),
            seconds=sum(each.seconds for each in heard),
            source=source,
            skipped=skipped,
            calibration=_calibrate(heard, listeners, seed, on_progress),
        ),
        semantic=np.concatenate([each.semantic for each in heard]),
        mulan=np.concatenate([each.mulan for each in heard]),
        starts=np.concatenate([each.starts for each in heard]),
    )


def _calibrate(
    heard: Sequence[Heard], listeners: Listeners, seed: int, on_progress: OnProgress | None
) -> Calibration:
    """Compare pieces with other pieces; a window a piece, so that no pair is related."""
    rate = listeners.tokenizer.stream.frame_rate
    n_window = seconds_to_frames(WINDOW_SECONDS, rate)
    n_run = seconds_to_frames(RUN_SECONDS, rate)
    rng = np.random.default_rng(seed)
    able = [each.semantic for each in heard if len(each.semantic) >= n_window]
    chosen = [able[place] for place in rng.permutation(len(able))[:_CALIBRATED]]
    firsts = [int(rng.integers(len(row) - n_window + 1)) for row in chosen]
    threshold, n_pairs = 0.0, 0
    if len(chosen) > 1:
        rows = np.stack([r[f : f + n_window] for r, f in zip(chosen, firsts, strict=True)])
        rows = rows.astype(np.int64)
        distances = token_distances(listeners.tokenizer.centroids.double().cpu().numpy())
        threshold, n_pairs = calibrated_threshold(rows, rows, distances, seed=seed)
    sought = rng.permutation(len(heard))[:_RUNS_SOUGHT] if len(heard) > 1 else np.zeros(0, int)
    exact = slips = loose = 0
    others = [each.semantic for each in heard]
    finder = RunFinder(np.concatenate(others), [len(each) for each in others])
    for number, place in enumerate(sought.tolist(), start=1):
        own = finder.without(place)
        exact += bool(len(own.exact_of(others[place], n_run)))
        run = own.longest_with_slips(others[place])
        slips += run is not None and run.n_tokens >= n_run
        run = own.longest_with_slips(others[place], LOOSE_SLIPS)
        loose += run is not None and run.n_tokens >= n_window
        if on_progress:
            on_progress("comparing pieces with others", number, len(sought))
    return Calibration(
        transport=threshold,
        n_pairs=n_pairs,
        n_pieces=len(sought),
        exact=exact,
        slips=slips,
        loose=loose,
    )
