"""A corpus folder in, its clips out: ``manifest.jsonl``, one JSON object a line, validated."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musiclm.corpus.annotations import Annotations
from musiclm.corpus.record import SPLITS, ClipCaption, PieceRecord, Split, Unseen
from musiclm.errors import DataError

__all__ = ["SPLITS", "Clip", "ClipCaption", "Split", "Unseen", "of_split", "read_manifest"]


@dataclass(frozen=True, slots=True)
class Clip:
    """One piece of music of a corpus and what is known about it."""

    id: str
    audio: Path
    seconds: float
    split: Split
    facts: dict[str, Any]
    captions: tuple[ClipCaption, ...]
    unseen: tuple[Unseen, ...] = ()
    annotations: Annotations | None = None


def read_manifest(corpus: Path) -> list[Clip]:
    """Read every clip of ``corpus/manifest.jsonl``, in the file's order.

    What a line may hold is said in ``corpus/record.py``. Audio paths must stay inside the corpus
    folder; whether the files exist is left to whoever opens them, so that reading a large manifest
    stays fast.

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
    # Not splitlines(): captions may hold characters that it takes for line ends.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        record = PieceRecord.from_line(line, where=f"{path}, line {number}")
        if record.id in seen:
            raise DataError(f'{path}, line {number}: the id "{record.id}" appears twice')
        seen.add(record.id)
        clips.append(
            Clip(
                id=record.id,
                audio=corpus / record.audio,
                seconds=record.seconds,
                split=record.split,
                facts=record.facts,
                captions=tuple(record.captions),
                unseen=tuple(record.unseen),
                annotations=record.annotations,
            )
        )
    if not clips:
        raise DataError(f"{path} lists no clip: build the corpus again")
    return clips


def of_split(clips: Sequence[Clip], split: Split) -> list[Clip]:
    """The clips of one split; the training clips when a tiny corpus has none of that split."""
    chosen = [clip for clip in clips if clip.split == split]
    return chosen or [clip for clip in clips if clip.split == "train"]
