"""``musiclm compare A B [C]``: the same prompts to several systems, differences clip by clip."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from musiclm.cli.progress import teller

if TYPE_CHECKING:
    from musiclm.evaluate.model.cases import Case


def compare(
    systems: Annotated[
        list[str],
        typer.Argument(help="Models by name or folder, or folders of clips (see `evaluate ask`)."),
    ],
    out: Annotated[Path, typer.Option(help="Report folder; finished clips there are kept.")],
    prompts: Annotated[
        Path | None,
        typer.Option(help="CSV or JSON Lines of captions, instead of prompts with known facts."),
    ] = None,
    tagger: Annotated[
        Path | None, typer.Option(help="Folder of a trained tagger: also judge the facts.")
    ] = None,
    n: Annotated[int, typer.Option("-n", "--n", min=2, help="Prompts.")] = 100,
    duration: Annotated[
        float, typer.Option("--duration", "-d", min=5.0, help="Seconds of a clip.")
    ] = 10.0,
    ears: Annotated[
        str, typer.Option(help="Model whose MuLan says how near clips lie to prompts.")
    ] = "small",
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same prompts and clips.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that make clips.")] = 1,
) -> None:
    """Run the same prompts through several systems and print paired differences."""
    from musiclm.evaluate.compare import compare as compared
    from musiclm.evaluate.compare import write_comparison
    from musiclm.evaluate.model.work import Wishes

    found = compared(
        systems,
        Wishes(suites=(), n_prompts=n, clip_seconds=duration, tagger=tagger, seed=seed, jobs=jobs),
        out=out,
        asked=None if prompts is None else _asked(prompts, n, duration),
        ears=ears,
        on_progress=teller(),
    )
    about = (
        f"{' and '.join(found.systems)} on the same {len(found.prompts)} prompts, clips of "
        f"{duration:g} s; nearness by the MuLan of {ears}, which favours models trained with it."
    )
    write_comparison(found, out, about=about)
    typer.echo(f"{about}\n\n{found.table()}")


def _asked(prompts: Path, n: int, seconds: float) -> "list[Case]":
    """The first captions of a file."""
    from musiclm.evaluate.compare import prompts_as_cases
    from musiclm.evaluate.field.captions import read_captions

    items = read_captions(prompts).items[:n]
    return prompts_as_cases(
        [item.text for item in items], [item.language for item in items], seconds
    )
