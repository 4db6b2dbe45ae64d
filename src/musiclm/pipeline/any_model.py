"""What a user names as a model in, the loaded model out: one of ours, or a published MusicGen.

Both have the same habits (``settings``, ``make``, ``story``, ``stream``), so nobody above asks
which one it is.
"""

from pathlib import Path
from typing import Any

from musiclm.errors import GenerationError
from musiclm.nn.precision import Precision
from musiclm.pipeline.hub import is_musicgen
from musiclm.pipeline.musicgen_model import MusicGenModel
from musiclm.pipeline.musicgen_stream import MusicGenStream
from musiclm.pipeline.musiclm import MusicLM
from musiclm.pipeline.request import no_melody
from musiclm.pipeline.sound import Source
from musiclm.pipeline.stream import MusicStream
from musiclm.pipeline.wish import Prompt

AnyModel = MusicLM | MusicGenModel


def open_model(name_or_folder: str | Path, *, precision: Precision | None = None) -> AnyModel:
    """Load a model.

    Args:
        name_or_folder: A name of a model in the box, a model folder, the folder of a MusicGen
            checkpoint, or its name on the hub.
        precision: Of the language models; by default what is fastest of what loses next to
            nothing.

    Raises:
        ModelNotFoundError: There is no such model.
        ArtifactError: A file is missing, altered, cut off or pickled.
        StreamMismatchError: Parts were not trained together.
        ConfigError: A package is missing.
    """
    if is_musicgen(name_or_folder):
        return MusicGenModel.from_pretrained(name_or_folder, precision=precision)
    return MusicLM.from_pretrained(name_or_folder, precision=precision)


def stream_of(
    model: AnyModel,
    prompt: Prompt,
    *,
    melody: Source | None,
    separate: bool = False,
    **settings: Any,
) -> MusicStream | MusicGenStream:
    """``model.stream``, with a melody where the model follows one.

    Args:
        model: Which plays.
        prompt: One wish.
        melody: Music whose tune is followed.
        separate: Whether drums and bass are taken out of it first.
        settings: Of ``stream``.

    Raises:
        GenerationError: As ``stream``; or a melody for a model that follows none.
    """
    if isinstance(model, MusicGenModel):
        return model.stream(prompt, melody=melody, separate=separate, **settings)
    if melody is not None:
        raise GenerationError(no_melody(model.name))
    return model.stream(prompt, **settings)
