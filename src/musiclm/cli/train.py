"""``musiclm train STAGE``: a recipe in, a run folder with a trained part, or a whole model, out."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from musiclm.errors import ConfigError

STAGES = (
    "codec",
    "mulan",
    "tokenizer",
    "tokens",
    "semantic",
    "acoustic",
    "coarse",
    "fine",
    "soundstorm",
    "musicgen",
    "all",
)

# Typed by the values, which a comparison with `in` would not tell the type checker.
OVERLAPS: Mapping[str, Literal["auto", "on", "off"]] = {"auto": "auto", "on": "on", "off": "off"}

app = typer.Typer(name="train", help="Train one stage of a run, or everything.")


def parse_budget(text: str) -> float:
    """Seconds of a duration such as ``90s``, ``25m``, ``1.5h`` or ``600`` (seconds).

    Raises:
        ConfigError: Not a positive duration.

    Example:
        >>> parse_budget("25m")
        1500.0
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", text.strip())
    seconds = (
        float(match[1]) * {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}[match[2]] if match else 0
    )
    if seconds <= 0:
        raise ConfigError(f'--budget "{text}" is no duration: write for example 90s, 25m or 1.5h')
    return seconds


@app.command()
def train(
    stage: Annotated[
        str, typer.Argument(metavar="STAGE", help=f"What to train: {', '.join(STAGES)}.")
    ],
    out: Annotated[Path, typer.Option(help="Run folder; an unfinished run is continued.")],
    recipe: Annotated[
        str, typer.Option(help="tiny, small, paper, or a folder with recipes of your own.")
    ] = "small",
    corpus: Annotated[
        Path | None, typer.Option(help="Corpus folder; by default the run's own.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option(help="Time to train for, such as 90s, 25m or 1.5h.")
    ] = None,
    max_steps: Annotated[
        int | None, typer.Option(min=1, help="Steps to train for: makes a run repeatable.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting to change, key=value; may be given several times."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="CPU threads; by default all of them.")
    ] = None,
    overlap: Annotated[
        str,
        typer.Option(
            help="With `all`: compose beside the codec's training (on), before it (off), or auto, "
            "which is on where there is a GPU. A run keeps what it began with."
        ),
    ] = "auto",
) -> None:
    """Train STAGE of the run in OUT, or with `all` everything from nothing to a model."""
    if stage not in STAGES:
        raise ConfigError(f'no stage "{stage}": choose one of {", ".join(STAGES)}')
    if overlap not in OVERLAPS:
        raise ConfigError(f'--overlap "{overlap}": choose one of {", ".join(OVERLAPS)}')
    max_seconds = None if budget is None else parse_budget(budget)

    # Heavy imports wait until the command really runs, so that --help is instant.
    import torch

    from musiclm.train.recipe import load_recipe

    torch.set_num_threads(threads or os.cpu_count() or 1)
    if stage == "all":
        from musiclm.train.all import train_all

        model = train_all(
            recipe,
            out,
            budget_seconds=max_seconds,
            max_steps=max_steps,
            corpus=corpus,
            overrides=set_ or (),
            overlap=OVERLAPS[overlap],
            on_part=lambda text: typer.echo(text, err=True),
        )
        typer.echo(str(model))
        return
    from musiclm.train.parts import train_part

    settings = load_recipe(recipe, stage, set_ or ())

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty() or done == total:
            typer.echo(f"\rclip {done} of {total}", err=True, nl=done == total)

    result = train_part(
        stage,
        settings,
        scale=recipe,
        run=out,
        corpus=corpus,
        max_steps=max_steps,
        max_seconds=max_seconds,
        on_progress=show,
    )
    if int(os.environ.get("RANK", "0")) == 0:  # Of several processes that `torchrun` started.
        typer.echo(str(result))
