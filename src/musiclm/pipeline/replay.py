"""The record beside a clip in, what it takes to make it again out; and what has changed since."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from musiclm._version import __version__
from musiclm.errors import ConfigError, GenerationError
from musiclm.nn.precision import PRECISIONS, Precision, best_precision
from musiclm.pipeline.record import Piece, Request, found_again

_LARGEST_RECORD = 10_000_000  # Bytes.


@dataclass(frozen=True, slots=True)
class Record:
    """What the JSON beside a clip says that matters for making it again."""

    piece: Piece
    model: str  # its name
    facts: dict[str, Any]  # all of it


def read_record(path: Path) -> Record:
    """Read the JSON beside a clip, and the recordings that it names.

    Raises:
        GenerationError: Missing, no such record, or a recording is not what it was.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_RECORD + 1)
    except FileNotFoundError:
        raise GenerationError(
            f"no record {path}: give the path of the .json file beside the audio"
        ) from None
    try:
        facts = json.loads(content) if len(content) <= _LARGEST_RECORD else None
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        raise GenerationError(
            f"{path} is no record of a clip: give the path of the .json file beside the audio"
        )
    if not isinstance(facts.get("request"), dict):
        raise GenerationError(
            f"{path} does not say what was asked for: it was written by a musiclm before "
            "musiclm replay, so make the clip anew with its prompt and seed"
        )
    try:
        request = Request.from_mapping(facts["request"], source=f"{path}: request")
    except ConfigError as error:
        raise GenerationError(str(error)) from None
    name = facts.get("model")
    return Record(
        found_again(request, path.parent), name if isinstance(name, str) else "small", facts
    )


def precision_in(facts: dict[str, Any]) -> Precision | None:
    """In which a clip was made, if this machine can make it in that again."""
    named = facts.get("precision")
    wanted = next((each for each in PRECISIONS if each == named), None)
    if wanted is None:
        return None
    found, _ = best_precision(wanted)
    return found


def differences(facts: dict[str, Any], *, weights_sha256: str, precision: str) -> list[str]:
    """What is not as it was when a clip was made, each in a few words; nothing if all is.

    Args:
        facts: Of the record.
        weights_sha256: Of the model that is here.
        precision: In which it computes.
    """
    now = {
        "weights_sha256": ("the model's weights", weights_sha256),
        "musiclm_version": ("musiclm", __version__),
        "torch_version": ("torch", torch.__version__),
        "precision": ("the precision", precision),
        "threads": ("the number of threads", torch.get_num_threads()),
    }
    told = []
    for name, (what, here) in now.items():
        if (then := facts.get(name)) is not None and then != here:
            told.append(f"{what} ({str(then)[:12]} then, {str(here)[:12]} now)")
    return told
