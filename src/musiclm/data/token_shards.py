"""Tokenized clips to disk and back: safetensors shards, read through the memory map.

A shard holds some dozen clips as flat integer arrays, one row a frame, window, caption or clip::

    acoustic [frames, K]   semantic [frames, 1]   timeline [frames, 9]   ensemble [frames, 15]
    mulan_audio [windows, M]   mulan_text [texts, M]   facts [clips, 4]

and a JSON file beside it says which rows belong to which clip. The JSON file is written last, so
a killed tokenization leaves whole shards only and goes on after them.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor

from musiclm.data.manifest import Split
from musiclm.errors import DataError
from musiclm.tokens.stream import TokenStream, require_same

FORMAT_VERSION = 4
AUDIO_WINDOW_SECONDS = 10
"""Length of the windows from which a clip's own MuLan tokens are made."""
AUDIO_WINDOW_HOP_SECONDS = 5

_TIMED = ("acoustic", "semantic", "timeline", "ensemble")
_TABLES = (*_TIMED, "mulan_audio", "mulan_text", "facts")
_INDEX = "tokens.json"


@dataclass(frozen=True, slots=True)
class ClipTokens:
    """Everything the language models are told about one clip."""

    id: str
    split: Split
    acoustic: Int[Tensor, "K T_a"]
    semantic: Int[Tensor, "1 T_s"]
    mulan_audio: Int[Tensor, "W M"]
    """Row ``i`` comes from the window that begins at ``window_starts(...)[i]`` seconds."""
    mulan_text: Int[Tensor, "n M"]
    """One row a caption."""
    facts: Int[Tensor, "1 4"]
    """What is known in numbers: see ``prompt/stream.py``."""
    timeline: Int[Tensor, "L T_t"]
    """What sounds when: see ``prompt/timeline.py``."""
    ensemble: Int[Tensor, "F T_t"]
    """Who plays when: see ``prompt/ensemble.py``."""


@dataclass(frozen=True, slots=True)
class IndexedClip:
    """Where one clip's rows lie."""

    id: str
    split: Split
    rows: dict[str, tuple[int, int]]
    """First row and end of each table."""
    shard: int = 0

    def n_rows(self, table: str) -> int:
        """Rows of one table: frames, windows or captions."""
        return self.rows[table][1] - self.rows[table][0]


def window_starts(n_samples: int, *, window: int, hop: int) -> list[int]:
    """First samples of overlapping windows that cover a clip; the last ends where the clip ends.

    Example:
        >>> window_starts(230, window=100, hop=50)
        [0, 50, 100, 130]
        >>> window_starts(70, window=100, hop=50)
        [0]
    """
    last = max(0, n_samples - window)
    starts = list(range(0, last, hop))
    return [*starts, last]


def write_shard(folder: Path, number: int, clips: Sequence[ClipTokens]) -> None:
    """Write shard ``number``; it counts as written once its JSON file has its name.

    Raises:
        DataError: A code does not fit 16 bits without sign, or there is no clip.
    """
    if not clips:
        raise DataError(f"shard {number} of {folder} would hold no clip")
    tables: dict[str, NDArray[np.uint16]] = {}
    ends: dict[str, list[int]] = {}
    for table in _TABLES:
        # Levels are last on disk, so that a crop in time is one contiguous piece.
        parts = [
            getattr(clip, table).T if table in _TIMED else getattr(clip, table) for clip in clips
        ]
        rows = torch.cat(parts)
        if rows.numel() and not 0 <= int(rows.min()) <= int(rows.max()) < 65536:
            raise DataError(f"{table} codes must be in [0, 65536) to be stored, shard {number}")
        tables[table] = np.ascontiguousarray(rows.numpy(force=True).astype(np.uint16))
        ends[table] = np.cumsum([0, *(len(part) for part in parts)]).tolist()
    index = [
        {
            "id": clip.id,
            "split": clip.split,
            "rows": {table: [ends[table][i], ends[table][i + 1]] for table in _TABLES},
        }
        for i, clip in enumerate(clips)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    name = _shard_name(number)
    partial = folder / f"{name}.{os.getpid()}.partial"
    save_file(tables, partial)
    partial.replace(folder / f"{name}.safetensors")
    content = {"sha256": _sha256(folder / f"{name}.safetensors"), "clips": index}
    _write_json(folder / f"{name}.json", content)


def shard_is_whole(folder: Path, number: int, clip_ids: Sequence[str]) -> bool:
    """Whether shard ``number`` exists, is unaltered and holds exactly these clips."""
    name = _shard_name(number)
    try:
        content = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        return [clip["id"] for clip in content["clips"]] == list(clip_ids) and content[
            "sha256"
        ] == _sha256(folder / f"{name}.safetensors")
    except (OSError, ValueError, KeyError, TypeError):
        return False


def write_index(
    folder: Path, streams: Mapping[str, TokenStream], *, n_shards: int, fingerprint: str
) -> None:
    """Finish a tokenized corpus: name its streams and count its shards."""
    content = {
        "format_version": FORMAT_VERSION,
        "fingerprint": fingerprint,
        "n_shards": n_shards,
        "streams": {name: json.loads(stream.to_json()) for name, stream in streams.items()},
    }
    _write_json(folder / _INDEX, content)


class TokenShards:
    """A tokenized corpus, mapped into memory read-only; safe to use from several threads.

    State: ``streams`` (``acoustic``, ``semantic``, ``timeline``, ``ensemble``, ``mulan``,
    ``facts``), ``clips`` and ``fingerprint``.
    """

    def __init__(self, folder: Path) -> None:
        """Open what ``tokenize_corpus`` wrote.

        Raises:
            DataError: The folder holds no finished tokenized corpus, or another format.
        """
        try:
            content = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise DataError(
                f"no tokenized corpus at {folder}: make one with `musiclm train tokens`"
            ) from None
        if content.get("format_version") != FORMAT_VERSION:
            raise DataError(
                f"{folder} has token format {content.get('format_version')}, this version reads "
                f"{FORMAT_VERSION}: delete it and tokenize again"
            )
        self.folder = folder
        self.fingerprint: str = content["fingerprint"]
        self.streams = {
            name: TokenStream.from_mapping(values, source=str(folder / _INDEX))
            for name, values in content["streams"].items()
        }
        self.clips: list[IndexedClip] = []
        self._tables: list[dict[str, NDArray[np.uint16]]] = []
        for number in range(content["n_shards"]):
            name = _shard_name(number)
            try:
                entries = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
                self._tables.append(_map_tables(folder / f"{name}.safetensors"))
            except (OSError, ValueError, KeyError) as error:
                raise DataError(
                    f"shard {name} of {folder} is broken ({error}): "
                    "delete it and run `musiclm train tokens` again"
                ) from None
            for entry in entries["clips"]:
                rows = {table: (span[0], span[1]) for table, span in entry["rows"].items()}
                self.clips.append(IndexedClip(entry["id"], entry["split"], rows, shard=number))

    def codes(self, clip: int, stream: str, first: int, n_frames: int) -> Int[Tensor, "K T"]:
        """Codes of ``n_frames`` frames of a timed stream of one clip.

        Raises:
            DataError: The clip does not have these frames.
        """
        entry = self.clips[clip]
        begin, end = entry.rows[stream]
        if first < 0 or n_frames < 1 or begin + first + n_frames > end:
            raise DataError(
                f"clip {entry.id} has {end - begin} {stream} frames, asked for "
                f"{first} to {first + n_frames}"
            )
        table = self._tables[entry.shard][stream]
        rows = table[begin + first : begin + first + n_frames].astype(np.int64)
        return torch.from_numpy(np.ascontiguousarray(rows.T))

    def untimed(self, clip: int, table: str, row: int) -> Int[Tensor, " M"]:
        """Tokens of one caption (``mulan_text``), of one window (``mulan_audio``), or ``facts``."""
        entry = self.clips[clip]
        values = self._tables[entry.shard][table][entry.rows[table][0] + row]
        return torch.from_numpy(values.astype(np.int64))

    def require_streams(self, streams: Sequence[TokenStream], *, where: str) -> None:
        """Refuse streams that differ from those of the shards (fewer levels are fine).

        Raises:
            StreamMismatchError: Names what differs.
        """
        for stream in streams:
            own = self.streams[stream.name]
            levels = own.levels(0, min(own.n_q, stream.n_q))
            require_same(levels, stream, where=where)


def _map_tables(path: Path) -> dict[str, NDArray[np.uint16]]:
    """The arrays of a safetensors file without reading them.

    Its layout is fixed: 8 bytes length of the header, the header in JSON, the data.
    """
    with path.open("rb") as file:
        n_header = int.from_bytes(file.read(8), "little")
        if n_header > path.stat().st_size:
            raise ValueError("the header is longer than the file")
        header: dict[str, Any] = json.loads(file.read(n_header))
    raw = np.memmap(path, dtype=np.uint8, mode="r")
    tables = {}
    for table in _TABLES:
        begin, end = header[table]["data_offsets"]
        values = raw[8 + n_header + begin : 8 + n_header + end].view(np.uint16)
        tables[table] = values.reshape(header[table]["shape"])
    return tables


def _shard_name(number: int) -> str:
    return f"shard-{number:05d}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_json(path: Path, content: object) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_text(json.dumps(content), encoding="utf-8")
    partial.replace(path)
