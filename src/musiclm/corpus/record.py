"""One line of ``manifest.jsonl``: the schema of a corpus, from ``build`` to ``data``.

Only ``id``, ``audio``, ``seconds``, ``split`` and ``captions`` are required, so that music from
elsewhere can be listed too; a corpus that ``musiclm corpus build`` wrote has every entry.
"""

import json
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, field_validator

from musiclm.config import Frozen
from musiclm.corpus.annotations import Annotations
from musiclm.errors import DataError

Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = ("train", "valid", "test")
Unseen = Literal["style", "font"]


@dataclass(frozen=True, slots=True)
class ClipCaption:
    """One sentence about a clip; a dataclass because pydantic's classes own the name register."""

    text: str
    language: str
    """Two letters, such as ``en``."""
    register: str
    """``tags``, ``title``, ``sentence``, ``musician`` and so on: see ``captions.REGISTERS``."""
    states: dict[str, Any] = field(default_factory=dict)
    """The facts that the sentence states, so that it is judged by what it said and no more."""
    pattern: str = ""
    """Which sentence pattern made it."""


class PieceRecord(Frozen):
    """A piece of music and all that is known about it."""

    id: str = Field(min_length=1)
    audio: str
    """Path inside the corpus folder, with forward slashes."""
    midi: str = ""
    seconds: float = Field(gt=0)
    licence: str = ""
    """SPDX identifier."""
    seed: int | None = None
    """Of the composer; with ``facts.style`` and the target length it makes the piece again."""
    code_version: str = ""
    """Of the library that composed and rendered it: version and hash of the composing code."""
    sound: str = ""
    """The sound font that played it, or ``own``."""
    split: Split
    unseen: list[Unseen] = Field(default_factory=list)
    """What of a test piece no training piece has."""
    facts: dict[str, Any] = Field(default_factory=dict)
    """See ``facts.Facts``."""
    annotations: Annotations | None = None
    captions: list[ClipCaption]
    timed_captions: dict[str, list[tuple[float, str]]] = Field(default_factory=dict)
    """Language -> (start in seconds, what begins there), for pieces whose sections differ."""

    @field_validator("audio", "midi")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        path = PurePosixPath(value)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f'the path "{value}" leaves the corpus folder')
        return value

    @classmethod
    def from_line(cls, line: str, *, where: str) -> Self:
        """Read one line of a manifest.

        Args:
            line: JSON text.
            where: What a message names: the path and the line number.

        Raises:
            DataError: Names ``where`` and every fault of the line.
        """
        try:
            return cls.model_validate_json(line)
        except ValidationError as error:
            raise DataError(f"{where}: not a clip: {_faults(error)}") from None

    def to_line(self) -> bytes:
        """The record as one line of UTF-8 JSON."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False).encode() + b"\n"


def _faults(error: ValidationError) -> str:
    """Path, reason and value of every fault."""
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'the line'}: {fault['msg']}"
        + ("" if fault["type"] == "missing" else f" (got {fault['input']!r:.60})")
        for fault in error.errors(include_url=False)
    )
