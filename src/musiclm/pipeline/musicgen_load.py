"""The name or folder of a MusicGen checkpoint in, its language model, T5 and EnCodec out."""

import logging
import os
from pathlib import Path

from musiclm.acoustic.checkpoint import built_from, read_checkpoint
from musiclm.acoustic.official import load_stage
from musiclm.acoustic.t5 import TextEncoder
from musiclm.codec.encodec import Encodec
from musiclm.nn.precision import Precision, best_precision
from musiclm.pipeline.hub import find_checkpoint
from musiclm.pipeline.musicgen_windows import MusicGenParts

_log = logging.getLogger(__name__)
_told: set[str] = set()


def load_musicgen(
    name_or_folder: str | Path, *, precision: Precision | None = None
) -> MusicGenParts:
    """Load a checkpoint, from the hub's cache, the hub, or a folder; its licence is told once.

    Args:
        name_or_folder: Such as ``facebook/musicgen-small``.
        precision: Of the language model; by default bfloat16 where the processor has it, else
            float32. T5 and EnCodec compute in float32.

    Raises:
        ModelNotFoundError: There is no such checkpoint.
        ArtifactError: A file is missing, altered, pickled, or of another model.
        ConfigError: The extra ``hf`` is not installed.
    """
    # Every decoding step attends to one position more: see pipeline/load.py.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")
    found = find_checkpoint(name_or_folder)
    had, why = best_precision(precision or "bfloat16")
    if why is not None and precision is not None:
        _log.warning("%s", why)
    checkpoint = read_checkpoint(found.folder)
    stage = load_stage(checkpoint, precision=had)
    with built_from(found.folder, "EnCodec"):
        codec = Encodec.from_tensors(
            checkpoint.config.audio_encoder,
            checkpoint.below("audio_encoder."),
            n_channels=checkpoint.config.decoder.audio_channels,
            stream=stage.config.target,
        )
    texts = TextEncoder.load(checkpoint)
    if found.name not in _told:
        _told.add(found.name)
        _log.warning("%s", _licence_note(found.name, found.licence))
    return MusicGenParts(found.name, checkpoint.sha256, found.licence, had, stage, texts, codec)


def _licence_note(name: str, licence: str) -> str:
    if "nc" in licence.lower().split("-"):
        return f"the weights of {name} are under {licence}: no commercial use"
    if licence == "not stated":
        return f"{name} does not state its licence; Meta's weights are under CC-BY-NC-4.0"
    return f"the weights of {name} are under {licence}"
