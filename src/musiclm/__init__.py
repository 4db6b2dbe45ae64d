"""Text to minutes of stereo music: MusicLM, from a sentence to a WAV file.

Example:
    >>> from musiclm import MusicLM  # doctest: +SKIP
    >>> music = MusicLM.from_pretrained("small").generate("calm piano", seed=0)  # doctest: +SKIP
    >>> music.save("out.wav")  # doctest: +SKIP

Importing this package loads no torch: each public name is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from musiclm._version import __version__

if TYPE_CHECKING:
    from musiclm.audio.audio_write import audio_write
    from musiclm.audio.waveform import Waveform
    from musiclm.errors import (
        ArtifactError,
        AudioError,
        ConfigError,
        DataError,
        GenerationError,
        ModelNotFoundError,
        MusicLMError,
        ShapeError,
        StreamMismatchError,
    )
    from musiclm.pipeline.generation import Generation
    from musiclm.pipeline.musicgen import MusicGen
    from musiclm.pipeline.musiclm import MusicLM
    from musiclm.pipeline.plan import Controls
    from musiclm.pipeline.stream import MusicStream
    from musiclm.pipeline.wish import Options

__all__ = [
    "ArtifactError",
    "AudioError",
    "ConfigError",
    "Controls",
    "DataError",
    "Generation",
    "GenerationError",
    "ModelNotFoundError",
    "MusicGen",
    "MusicLM",
    "MusicLMError",
    "MusicStream",
    "Options",
    "ShapeError",
    "StreamMismatchError",
    "Waveform",
    "__version__",
    "audio_write",
]

_HOMES = {
    "Controls": "musiclm.pipeline.plan",
    "MusicStream": "musiclm.pipeline.stream",
    "Options": "musiclm.pipeline.wish",
    "Generation": "musiclm.pipeline.generation",
    "MusicGen": "musiclm.pipeline.musicgen",
    "MusicLM": "musiclm.pipeline.musiclm",
    "Waveform": "musiclm.audio.waveform",
    "audio_write": "musiclm.audio.audio_write",
}


def __getattr__(name: str) -> object:
    """Load a public name from its home on first use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES.get(name, "musiclm.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted(__all__)
