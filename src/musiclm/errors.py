"""Every exception that musiclm raises on purpose.

::

    MusicLMError
    |-- ConfigError          a setting is impossible, alone or with another (lists every fault)
    |-- ShapeError           a tensor is not the shape promised
    |-- AudioError           unreadable, empty, NaN, wrong channel count
    |-- ArtifactError        a model folder is missing parts, has another format, or was altered
    |   `-- ModelNotFoundError   no model of that name or folder
    |-- StreamMismatchError  two models disagree about a token stream
    |-- DataError            a manifest or shard is broken (path and line given)
    `-- GenerationError      asked for what the model cannot do (too long, empty prompt)

A message says what was expected, what came, and what to do. Errors caused by an argument are
``ValueError`` too, so that callers who know only the standard library still catch them.
"""


class MusicLMError(Exception):
    """Root of all errors that this package raises on purpose."""


class ConfigError(MusicLMError, ValueError):
    """A setting is impossible, alone or together with another; lists every fault at once."""


class ShapeError(MusicLMError, ValueError):
    """A tensor does not have the shape that was promised."""


class AudioError(MusicLMError, ValueError):
    """Audio is unreadable, empty, not finite, or has the wrong channels or rate."""


class ArtifactError(MusicLMError):
    """A model folder lacks a file, has another format version, or its checksum differs."""


class ModelNotFoundError(ArtifactError):
    """There is no model of that name, and no folder at that path."""


class StreamMismatchError(MusicLMError, ValueError):
    """Two components disagree about the token stream that joins them."""


class DataError(MusicLMError):
    """A manifest, caption file or token shard is broken; names the path and line."""


class GenerationError(MusicLMError, ValueError):
    """The request cannot be served: bad prompt, duration out of range, cancelled."""
