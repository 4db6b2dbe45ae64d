"""Several corpora in, one folder that lists them all out: long pieces and short ones, say."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from musiclm.audio.io import write_file
from musiclm.config import replace
from musiclm.corpus.record import PieceRecord
from musiclm.errors import DataError


def join_corpora(folders: Sequence[Path], out: Path) -> int:
    """Write a corpus that holds the pieces of all ``folders``; sound is linked, not copied.

    Pieces of folder ``n`` (from 0) get the ids ``n-000000`` and so on, and keep their splits.

    Args:
        folders: Corpora, each with a ``manifest.jsonl``.
        out: A folder that does not hold a corpus yet.

    Returns:
        How many pieces there are.

    Raises:
        DataError: No folder, one without a manifest, or ``out`` holds a corpus.
    """
    if not folders:
        raise DataError("there is no corpus to join: give at least one folder")
    if (out / "manifest.jsonl").exists():
        raise DataError(f"{out} already holds a corpus: give a new folder")
    lines: list[bytes] = []
    for number, folder in enumerate(folders):
        path = folder / "manifest.jsonl"
        if not path.is_file():
            raise DataError(f"no corpus at {folder}: it has no manifest.jsonl")
        for row, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
            if line.strip():
                record = PieceRecord.from_line(line, where=f"{path}, line {row}")
                lines.append(_moved(record, number, folder, out).to_line())
    write_file(out / "manifest.jsonl", b"".join(lines))
    return len(lines)


def _moved(record: PieceRecord, number: int, folder: Path, out: Path) -> PieceRecord:
    """The record with its files below ``out``."""
    places = {name: getattr(record, name) for name in ("audio", "midi") if getattr(record, name)}
    for name, place in places.items():
        places[name] = f"{number}/{place}"
        target = out / places[name]
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(folder / place, target)
        except OSError:  # Another disk, or a file system without links.
            shutil.copyfile(folder / place, target)
    return replace(record, id=f"{number}-{record.id}", **places)
