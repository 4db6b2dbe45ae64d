"""Options that several verbs share, and how their words become values.

No torch: ``--help`` is instant.
"""

import math
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from musiclm.errors import GenerationError

if TYPE_CHECKING:
    from musiclm.nn.precision import Precision
    from musiclm.pipeline.plan import Controls
    from musiclm.pipeline.sound import Sound

Bpm = Annotated[float | None, typer.Option(help="Tempo; wins over the prompt.")]
Key = Annotated[str | None, typer.Option(help="Such as Dm; wins over the prompt.")]
Metre = Annotated[str | None, typer.Option(help="Such as 3/4; wins over the prompt.")]
Negative = Annotated[
    str | None, typer.Option("--negative-prompt", help="What the music should keep away from.")
]
Like = Annotated[
    list[str] | None,
    typer.Option(
        "--like",
        metavar="FILE[:WEIGHT]",
        help="A recording to be like, beside the prompt or instead of it. May be repeated.",
    ),
]
Chords = Annotated[
    str | None,
    typer.Option(
        "--chords",
        help='Bars of chords, repeated: "Am F | C | G"; free leaves harmony to the model.',
    ),
]
Drums = Annotated[bool | None, typer.Option("--drums/--no-drums", help="Whether drums play.")]
Bass = Annotated[bool | None, typer.Option("--bass/--no-bass", help="Whether a bass plays.")]
Density = Annotated[
    int | None, typer.Option("--density", help="Parts that sound at once, 0 to 12.")
]
Brightness = Annotated[float | None, typer.Option("--brightness", help="From 0, dull, to 1.")]
Temperature = Annotated[
    list[str] | None,
    typer.Option(
        "--temperature",
        metavar="[STAGE=]NUMBER",
        help="More is more varied; for all stages, or one: semantic=1.0. May be repeated.",
    ),
]
TopK = Annotated[
    list[str] | None,
    typer.Option(
        "--top-k",
        metavar="[STAGE=]NUMBER",
        help="Draw from that many likeliest tokens; 0 is all. May be repeated.",
    ),
]
Guidance = Annotated[
    list[str] | None,
    typer.Option(
        "--guidance-scale",
        metavar="[STAGE=]NUMBER",
        help="More follows the prompt more closely; 1 is none. May be repeated.",
    ),
]
Seed = Annotated[
    int | None, typer.Option(help="Same seed, same music. Default: random, and printed.")
]
Model = Annotated[
    str,
    typer.Option(
        help="Name of a model in the box, a model folder, or a MusicGen checkpoint: its folder, or "
        "a name of the hub such as facebook/musicgen-small."
    ),
]


_MICROPHONE = "mic:"
_LONGEST_RECORDING = 60.0  # Seconds.


class Quantize(StrEnum):
    """How the weights of language models are kept."""

    NONE = "none"
    INT8 = "int8"
    INT4 = "int4"


Quantized = Annotated[
    Quantize | None,
    typer.Option(
        "--quantize",
        help="Weights in 8 or 4 bits: faster and smaller, int4 a little less exact. Default: int8 "
        "for models in the box, none for MusicGen.",
    ),
]
Melody = Annotated[
    str | None,
    typer.Option(
        "--melody",
        metavar="FILE|mic:SECONDS",
        help="A recording whose tune is followed, by melody models of MusicGen; or hum it: mic:10 "
        "records 10 seconds, and keeps them in a file.",
    ),
]
Separate = Annotated[
    bool,
    typer.Option(
        "--separate",
        help="Take drums and bass out of the melody first: needs the package demucs, which "
        "downloads its weights and unpickles them.",
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress; only warnings and errors.")
]


def precision_from(quantize: Quantize | None) -> "Precision | None":
    """What ``--quantize`` means on this machine; a fallback is told.

    Args:
        quantize: ``none`` is bfloat16 where the processor has it.
    """
    if quantize is None:
        return None
    from musiclm.nn.precision import best_precision

    wanted: Mapping[Quantize, Precision] = {
        Quantize.NONE: "bfloat16",
        Quantize.INT8: "int8",
        Quantize.INT4: "int4",
    }
    return best_precision(wanted[quantize])[0]


def tune_from(melody: str | None) -> "Sound | None":
    """The recording of ``--melody``, read or made, and fit to take a tune from.

    Raises:
        AudioError: It cannot be read or made, or no tune can be taken from it.
        typer.BadParameter: ``mic:`` without a number of seconds.
    """
    if melody is None:
        return None
    from musiclm.audio.melody import read_melody
    from musiclm.pipeline.sound import sound_of

    path = _recorded(melody) if melody.startswith(_MICROPHONE) else melody
    read_melody(path)
    return sound_of(path)


def _recorded(melody: str) -> str:
    """A file with what the microphone heard, so that the clip can be made again."""
    seconds = _number(melody.removeprefix(_MICROPHONE))
    if seconds is None or not 1 <= seconds <= _LONGEST_RECORDING:
        raise typer.BadParameter(
            f"mic: is followed by 1 to {_LONGEST_RECORDING:g} seconds, such as mic:10",
            param_hint="--melody",
        )
    from musiclm.audio.io import write_audio
    from musiclm.audio.microphone import record

    typer.echo(f"recording {seconds:g} s", err=True)
    path = Path(f"melody-{time.strftime('%Y%m%d-%H%M%S')}.wav")
    write_audio(path, record(seconds))
    typer.echo(f"recorded {path}", err=True)
    return str(path)


def controls_from(
    *,
    chords: str | None,
    drums: bool | None,
    bass: bool | None,
    density: int | None,
    brightness: float | None,
) -> "Controls":
    """What the options say about time.

    Raises:
        GenerationError: A value out of range.
    """
    from musiclm.pipeline.plan import Controls

    return Controls(drums=drums, bass=bass, density=density, brightness=brightness, chords=chords)


def liked(given: list[str] | None) -> "tuple[tuple[Sound, float], ...]":
    """Recordings and weights of ``--like FILE[:WEIGHT]``, read.

    Raises:
        AudioError: A file that is missing or cannot be read.
    """
    from musiclm.pipeline.sound import sound_of

    found = []
    for text in given or []:
        name, colon, number = text.rpartition(":")
        weight = _number(number) if colon and not Path(text).exists() else None
        path, share = (text, 1.0) if weight is None else (name, weight)
        found.append((sound_of(path), share))
    return tuple(found)


def per_stage(
    given: list[str] | None, option: str, checked: Callable[[float], float]
) -> float | dict[str, float] | None:
    """``0.9`` for all stages, or ``semantic=1.0`` for one.

    Raises:
        typer.BadParameter: Neither a number nor STAGE=NUMBER, or both kinds at once.
    """
    if not given:
        return None
    values: dict[str, float] = {}
    for text in given:
        stage, _, number = text.rpartition("=")
        try:
            values[stage] = checked(float(number))
        except GenerationError:
            raise
        except ValueError:
            raise typer.BadParameter(
                f'expected a number or STAGE=NUMBER, got "{text}"', param_hint=option
            ) from None
    if "" in values:
        if len(given) > 1:
            raise typer.BadParameter(
                "give one number for all stages, or STAGE=NUMBER for each", param_hint=option
            )
        return values[""]
    return values


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
