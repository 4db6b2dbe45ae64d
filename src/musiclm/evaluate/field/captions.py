"""A file of captions in (MusicCaps, Song Describer, any CSV or JSONL), prompts with clips out.

The field evaluates on captions that others wrote. Their files are tables with habits of their own;
here they become one type. Which benchmark a file is, its columns say. Clips are looked for below a
folder under the names that common download tools give them; those that are not there are counted
and named, because a benchmark of video clips shrinks every year and a score without its N is none.

Nothing is downloaded and no audio is opened: whether a clip can be read is left to its reader.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from musiclm.errors import ConfigError, DataError
from musiclm.evaluate.field.clip_files import ClipFiles, names_by_path, names_by_video
from musiclm.evaluate.field.rows import Row, list_of, read_rows

__all__ = ["CaptionSet", "Captioned", "read_captions"]

_MUSICCAPS = ("ytid", "start_s", "end_s", "aspect_list", "caption")
_SONG_DESCRIBER = ("caption_id", "track_id", "caption", "path")
_TEXT = ("caption", "text", "prompt")
_AUDIO = ("audio", "file", "path", "id")
_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True, slots=True)
class Captioned:
    """One caption and the clip that it describes."""

    id: str
    """Unique in its file."""
    text: str
    audio: Path | None = None
    """The clip; ``None`` when it is missing or none was looked for."""
    aspects: tuple[str, ...] = ()
    """Short phrases beside the caption, where the benchmark has them."""
    start_seconds: float | None = None
    """Where the clip begins in the recording that it was cut from. The file holds only the clip."""
    end_seconds: float | None = None
    is_eval: bool | None = None
    """Whether the benchmark counts it to its evaluation part; ``None`` where it does not say."""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class CaptionSet:
    """What a file of captions holds, and which of its clips were not there."""

    items: tuple[Captioned, ...]
    """All captions in the file's order; those without a clip are prompts all the same."""
    missing: tuple[str, ...]
    """Names of clips that were looked for and not found, each once, in the file's order."""
    source: Path
    about: str
    """One sentence for a report: which benchmark, how many captions, how many clips are missing."""

    @property
    def n_missing(self) -> int:
        """Number of clips that were looked for and not found."""
        return len(self.missing)

    @property
    def with_audio(self) -> tuple[Captioned, ...]:
        """The captions whose clip is there."""
        return tuple(item for item in self.items if item.audio is not None)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A caption before its clip is looked for: what the clip is called, and where it may lie."""

    item: Captioned
    clip: str
    candidates: tuple[str, ...]


def read_captions(
    path: Path,
    *,
    audio: Path | None = None,
    text_column: str | None = None,
    audio_column: str | None = None,
    id_column: str | None = None,
    language: str = "en",
) -> CaptionSet:
    """Read a file of captions; find their clips below a folder.

    A file with a column ``ytid`` is read as MusicCaps, one with ``caption_id`` and ``track_id`` as
    Song Describer, any other as plain captions: text in ``caption``, ``text`` or ``prompt``; the
    clip's name in ``audio``, ``file``, ``path`` or ``id``; if they are there, ``id``, ``aspects``,
    ``start_seconds``, ``end_seconds``, ``is_eval`` and ``language``. Naming a column makes it
    plain captions.

    Args:
        path: ``.csv``, ``.tsv``, or ``.jsonl`` with one object a line; UTF-8, with or without BOM.
        audio: Folder of clips, searched with its subfolders; ``None`` looks for none.
        text_column: Where plain captions keep the text.
        audio_column: Where plain captions keep the clip's name.
        id_column: Where plain captions keep the id; without one, rows are numbered from 1.
        language: Of captions that do not say theirs.

    Raises:
        DataError: The file is missing, empty, not UTF-8, lacks a column, holds a damaged row or an
            id twice, or ``audio`` is no folder; names the row.
        ConfigError: A named column is not in the file.
    """
    rows = read_rows(path)
    columns = list(rows[0].values)
    named = {"text": text_column, "audio": audio_column, "id": id_column}
    if unknown := [name for name in named.values() if name and name not in columns]:
        raise ConfigError(f"{path} has no column {', '.join(unknown)}: it has {', '.join(columns)}")
    if not any(named.values()) and "ytid" in columns:
        kind = "MusicCaps"
        entries = _musiccaps(rows, path, columns)
    elif not any(named.values()) and {"caption_id", "track_id"} <= set(columns):
        kind = "Song Describer"
        entries = _song_describer(rows, path, columns)
    else:
        kind = path.name
        entries = _plain(rows, path, columns, named, language)
    _check_ids(entries, rows)
    items, missing = _with_clips(entries, ClipFiles(audio) if audio else None)
    return CaptionSet(items, missing, path, _about(kind, entries, missing, searched=bool(audio)))


def _musiccaps(rows: list[Row], path: Path, columns: list[str]) -> list[_Entry]:
    _need(_MUSICCAPS, columns, path, "MusicCaps")
    entries = []
    for row in rows:
        video = _text(row, "ytid")
        start, end = _times(row, "start_s", "end_s")
        item = Captioned(
            id=video,
            text=_text(row, "caption"),
            aspects=list_of(row, "aspect_list"),
            start_seconds=start,
            end_seconds=end,
            is_eval=_truth(row, "is_audioset_eval"),
        )
        entries.append(_Entry(item, video, names_by_video(video, start, end)))
    return entries


def _song_describer(rows: list[Row], path: Path, columns: list[str]) -> list[_Entry]:
    _need(_SONG_DESCRIBER, columns, path, "Song Describer")
    entries = []
    for row in rows:
        clip = _text(row, "path")
        item = Captioned(
            id=_text(row, "caption_id"),
            text=_text(row, "caption"),
            # The subset that its makers checked, and that scores are reported on.
            is_eval=_truth(row, "is_valid_subset"),
        )
        entries.append(_Entry(item, clip, names_by_path(clip)))
    return entries


def _plain(
    rows: list[Row],
    path: Path,
    columns: list[str],
    named: Mapping[str, str | None],
    language: str,
) -> list[_Entry]:
    text = named["text"] or _first_of(_TEXT, columns)
    clips = named["audio"] or _first_of(_AUDIO, columns)
    identity = named["id"] or _first_of(("id",), columns)
    if text is None:
        raise DataError(
            f"{path}: no column of captions: it has {', '.join(columns)}, and needs one of "
            f"{', '.join(_TEXT)}, or to be told which (text_column)"
        )
    entries = []
    for number, row in enumerate(rows, start=1):
        start, end = _times(row, "start_seconds", "end_seconds")
        item = Captioned(
            id=_text(row, identity) if identity else str(number),
            text=_text(row, text),
            aspects=list_of(row, "aspects"),
            start_seconds=start,
            end_seconds=end,
            is_eval=_truth(row, "is_eval"),
            language=_text(row, "language") if row.values.get("language") else language,
        )
        clip = _text(row, clips) if clips else item.id
        entries.append(_Entry(item, clip, names_by_path(clip)))
    return entries


def _with_clips(
    entries: Iterable[_Entry], clips: ClipFiles | None
) -> tuple[tuple[Captioned, ...], tuple[str, ...]]:
    """Every caption with its clip, and the names of the clips that are not there."""
    if clips is None:
        return tuple(entry.item for entry in entries), ()
    items = []
    missing: dict[str, None] = {}
    for entry in entries:
        found = clips.find(entry.candidates)
        if found is None:
            missing[entry.clip] = None
        items.append(replace(entry.item, audio=found))
    return tuple(items), tuple(missing)


def _about(kind: str, entries: list[_Entry], missing: tuple[str, ...], *, searched: bool) -> str:
    n_clips = len({entry.clip for entry in entries})
    clips = f"{len(missing)} of {n_clips} clips missing" if searched else "no clips looked for"
    return f"{kind}: {len(entries)} captions, {clips}"


def _need(needed: tuple[str, ...], columns: list[str], path: Path, kind: str) -> None:
    lacking = [name for name in needed if name not in columns]
    if lacking:
        raise DataError(
            f"{path} looks like {kind} but lacks the column(s) {', '.join(lacking)}: it has "
            f"{', '.join(columns)}, and needs {', '.join(needed)}"
        )


def _check_ids(entries: list[_Entry], rows: list[Row]) -> None:
    seen: dict[str, Row] = {}
    for entry, row in zip(entries, rows, strict=True):
        if earlier := seen.get(entry.item.id):
            raise DataError(
                f'{row.where}: the id "{entry.item.id}" appears twice, first in {earlier.place}'
            )
        seen[entry.item.id] = row


def _first_of(names: tuple[str, ...], columns: list[str]) -> str | None:
    return next((name for name in names if name in columns), None)


def _text(row: Row, column: str) -> str:
    """A cell that must say something; numbers, as ids in JSON often are, become text."""
    value = row.values.get(column)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{row.where}: expected text in column {column}, got {value!r}")
    return value.strip()


def _number(row: Row, column: str) -> float | None:
    value: Any = row.values.get(column)
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number) or number < 0:
        raise DataError(f"{row.where}: expected seconds in column {column}, got {value!r}")
    return number


def _times(row: Row, start: str, end: str) -> tuple[float | None, float | None]:
    first, last = _number(row, start), _number(row, end)
    if first is not None and last is not None and last <= first:
        raise DataError(f"{row.where}: the clip ends at {last:g} s, before it starts ({first:g} s)")
    return first, last


def _truth(row: Row, column: str) -> bool | None:
    value = row.values.get(column)
    if value is None or value == "":
        return None
    known = _TRUTH.get(str(value).strip().lower())
    if known is None:
        raise DataError(f"{row.where}: expected True or False in column {column}, got {value!r}")
    return known
