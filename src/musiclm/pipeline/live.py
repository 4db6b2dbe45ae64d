"""Music as it comes in, samples fit for a loudspeaker out; and words that steer it meanwhile.

Whoever listens while music is made cannot wait for its loudness to be measured. So every sample is
made louder by one fixed factor and bent softly where it would leave full scale: a function of the
sample alone, so that no chunk hears of another and the result does not depend on where they end.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.audio.blocks import int16_frames
from musiclm.errors import GenerationError
from musiclm.pipeline.musicgen_stream import MusicGenStream
from musiclm.pipeline.stream import MusicStream

Steered = MusicStream | MusicGenStream

GAIN_DB = 2.0
"""From the level of the composed corpus (-16 LUFS) to that of finished clips (-14 LUFS)."""
KNEE = 0.7
"""Amplitude up to which nothing is bent."""

_HELP = (
    "prompt TEXT, tempo BPM, drums on|off, bass on|off, density 0-12, brightness 0-1, "
    "chords BARS, end [SECONDS]; auto instead of a value leaves it to the model"
)
_SWITCHES = {"on": True, "off": False}


def levelled(samples: Float[Tensor, "C n"]) -> Float[Tensor, "C n"]:
    """Samples at a listener's level, inside ``[-1, 1]``.

    Example:
        >>> [round(value, 2) for value in levelled(torch.tensor([[0.1, 0.7, 9.0]]))[0].tolist()]
        [0.13, 0.86, 1.0]
    """
    louder = samples * 10 ** (GAIN_DB / 20)
    size = louder.abs()
    room = 1.0 - KNEE
    bent = KNEE + room * torch.tanh((size - KNEE) / room)
    return torch.where(size > KNEE, torch.sign(louder) * bent, louder)


def pcm16(samples: Float[Tensor, "C n"]) -> bytes:
    """Interleaved 16-bit little-endian samples, at a listener's level."""
    frames = int16_frames(levelled(samples)).contiguous().numpy()
    return frames.astype("<i2", copy=False).tobytes()


def steer(stream: Steered, line: str) -> str:
    """Do what a line says, in the music that is not planned yet.

    Args:
        stream: What is playing.
        line: ``prompt TEXT``, ``tempo 120``, ``drums off``, ``density 4``, ``brightness 0.7``,
            ``chords Am F | C | G``, ``end`` or ``end 12``; ``auto`` as a value leaves it to the
            model again.

    Returns:
        What was done, for whoever typed it; empty for an empty line.

    Raises:
        GenerationError: The line is none of these, or its value is out of range.
    """
    word, _, rest = line.strip().partition(" ")
    value = rest.strip()
    if not word:
        return ""
    if word == "prompt":
        stream.set_prompts(value, transition="bar")
        return f"prompt: {value}"
    if word == "end":
        stream.end(_number(word, value)) if value else stream.end()
        return "coming to an end"
    if word not in _CONTROLS:
        raise GenerationError(f"unknown words {line.strip()[:40]!r}: say {_HELP}")
    stream.set_controls(**{word: None if value == "auto" else _CONTROLS[word](word, value)})
    return f"{word}: {value}"


def _number(word: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise GenerationError(f"{word} takes a number, got {value[:40]!r}") from None


def _count(word: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise GenerationError(f"{word} takes a whole number, got {value[:40]!r}") from None


def _switch(word: str, value: str) -> bool:
    if value not in _SWITCHES:
        raise GenerationError(f"{word} takes on, off or auto, got {value[:40]!r}")
    return _SWITCHES[value]


def _text(word: str, value: str) -> str:
    return value


_CONTROLS: dict[str, Callable[[str, str], float | bool | str]] = {
    "tempo": _number,
    "drums": _switch,
    "bass": _switch,
    "density": _count,
    "brightness": _number,
    "chords": _text,
}
