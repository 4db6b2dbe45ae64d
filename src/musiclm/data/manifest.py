"""A corpus folder in, its clips out: ``manifest.jsonl``, one JSON object a line, validated."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal, cast

from musiclm.errors import DataError

Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = ("train", "valid", "test")


@dataclass(frozen=True, slots=True)
class ClipCaption:
    """One sentence about a clip."""

    text: str
    language: str
    """``en`` or ``fr``."""
    register: str
    """``tags``, ``short``, ``sentence``, ``scene`` or ``technical``."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One piece of music of a corpus and what is known about it."""

    id: str
    audio: Path
    seconds: float
    split: Split
    facts: dict[str, Any]
    captions: tuple[ClipCaption, ...]


def read_manifest(corpus: Path) -> list[Clip]:
    """Read every clip of ``corpus/manifest.jsonl``, in the file's order.

    Audio paths must stay inside the corpus folder; whether the files exist is left to whoever
    opens them, so that reading a large manifest stays fast.

    Raises:
        DataError: No manifest, an empty one, or a broken line; names the file and line.
    """
    path = corpus / "manifest.jsonl"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError(
            f"no corpus at {corpus} (its manifest.jsonl is missing): "
            f"make one with `musiclm corpus build --out {corpus}`"
        ) from None
    clips: list[Clip] = []
    seen: set[str] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        clip = _clip(line, corpus, where=f"{path}, line {number}")
        if clip.id in seen:
            raise DataError(f'{path}, line {number}: the id "{clip.id}" appears twice')
        seen.add(clip.id)
        clips.append(clip)
    if not clips:
        raise DataError(f"{path} lists no clip: build the corpus again")
    return clips


def of_split(clips: Sequence[Clip], split: Split) -> list[Clip]:
    """The clips of one split; the training clips when a tiny corpus has none of that split."""
    chosen = [clip for clip in clips if clip.split == split]
    return chosen or [clip for clip in clips if clip.split == "train"]


def _clip(line: str, corpus: Path, *, where: str) -> Clip:
    try:
        values = json.loads(line)
        audio = PurePosixPath(values["audio"])
        seconds = float(values["seconds"])
        captions = tuple(
            ClipCaption(str(entry["text"]), str(entry["language"]), str(entry["register"]))
            for entry in values["captions"]
        )
        split, facts, identifier = values["split"], dict(values["facts"]), str(values["id"])
    except (ValueError, TypeError) as error:
        raise DataError(f"{where}: not a clip: {error}") from None
    except KeyError as error:
        raise DataError(f"{where}: the entry {error} is missing") from None
    if audio.is_absolute() or ".." in audio.parts:
        raise DataError(f'{where}: the audio path "{audio}" leaves the corpus folder')
    if split not in SPLITS:
        raise DataError(f'{where}: split must be one of {", ".join(SPLITS)}, got "{split}"')
    if not seconds > 0:
        raise DataError(f"{where}: seconds must be > 0, got {seconds}")
    return Clip(identifier, corpus / audio, seconds, cast(Split, split), facts, captions)
