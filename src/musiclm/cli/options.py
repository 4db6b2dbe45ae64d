"""Options that several verbs share, and how their words become values.

No torch: ``--help`` is instant.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from musiclm.errors import GenerationError

if TYPE_CHECKING:
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
Model = Annotated[str, typer.Option(help="Name of a model in the box, or a model folder.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress; only warnings and errors.")
]


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
