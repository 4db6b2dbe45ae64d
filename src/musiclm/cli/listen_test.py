"""``musiclm listen-test make|serve|score``: folders of audio in, what listeners prefer out."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from musiclm.evaluate.listening.serve import Kept

app = typer.Typer(
    help="Let people compare systems by ear: make a blind test, show it, score the answers.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_ANSWERS = "answers"


class Asked(StrEnum):
    """What raters judge."""

    TEXT_FIT = "text-fit"
    QUALITY = "quality"


class Redrawn(StrEnum):
    """What intervals are drawn over."""

    RATERS = "raters"
    PAIRS = "pairs"


TestFolder = Annotated[
    Path, typer.Argument(metavar="PAGE_FOLDER", help="What `listen-test make` wrote.")
]


@app.command()
def make(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="FOLDER FOLDER...", help="One a system, with the same file names."),
    ],
    out: Annotated[Path, typer.Option(help="Folder to make; must not exist.")],
    pairs: Annotated[int, typer.Option(min=1, help="Comparisons that a rater makes.")] = 30,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same test.")] = 0,
    question: Annotated[
        Asked, typer.Option(help="Fit to the text, ignoring quality; or quality, without a text.")
    ] = Asked.TEXT_FIT,
    prompts: Annotated[
        Path | None,
        typer.Option(
            help='JSON such as {"NAME": "calm piano"}. Default: "prompt" of NAME.wav.json.'
        ),
    ] = None,
    loudness: Annotated[
        float | None,
        typer.Option(help="LUFS that the clips of a pair are evened out to. Default: -20."),
    ] = None,
    keep_loudness: Annotated[
        bool, typer.Option("--keep-loudness", help="Leave clips as loud as they are.")
    ] = False,
    seconds: Annotated[
        float | None, typer.Option(help="Play so much of each clip at most. Default: 30.")
    ] = None,
) -> None:
    """Build a blind A/B test as one static page.

    Raters see no system: OUT/page holds the page and its audio, OUT/key.json beside it says who is
    who. Open OUT/page/index.html, serve it, or put OUT/page on any web host.
    """
    if keep_loudness and loudness is not None:
        raise typer.BadParameter("leave out one of the two", param_hint="--loudness")
    from musiclm.cli.progress import teller
    from musiclm.evaluate.listening.make import LONGEST_SECONDS, LOUDNESS_LUFS, make_page

    target = None if keep_loudness else LOUDNESS_LUFS if loudness is None else loudness
    made = make_page(
        folders,
        out,
        n_pairs=pairs,
        seed=seed,
        question=question.value,
        prompts=prompts,
        loudness_lufs=target,
        longest_seconds=LONGEST_SECONDS if seconds is None else seconds,
        on_progress=teller(),
    )
    typer.echo(f"{made.n_trials} pair(s) of {', '.join(made.systems)}")
    if target is None:
        typer.echo("loudness: as it was")
    else:
        typer.echo(f"loudness: {target:g} LUFS, or less where peaks forbid it; equal in a pair")
    for note in made.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"page: {made.page}")
    typer.echo(f"key, not for raters: {made.key}")


@app.command()
def serve(
    folder: TestFolder,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets the network in.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes any that is free.")] = 0,
    answers: Annotated[
        Path | None, typer.Option(help="Where answers go. Default: PAGE_FOLDER/answers.")
    ] = None,
) -> None:
    """Show a test in a browser, and keep what raters send, until Ctrl-C."""
    from musiclm.evaluate.listening.serve import PageServer

    place = answers or folder / _ANSWERS
    arrived: set[Path] = set()

    def told(kept: "Kept") -> None:
        arrived.add(kept.path)
        typer.echo(f"{kept.path}: {kept.n_ratings} of {kept.n_trials} pair(s) rated")

    with PageServer(folder, place, host=host, port=port, on_kept=told) as server:
        typer.echo(f"{server.url} (Ctrl-C ends)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo(f"stopped; {len(arrived)} answer file(s) in {place}")


@app.command()
def score(
    folder: TestFolder,
    answers: Annotated[
        list[Path], typer.Argument(metavar="ANSWERS...", help="Files, or folders of them.")
    ],
    over: Annotated[
        Redrawn | None,
        typer.Option(help="What intervals are drawn over. Default: raters from five on."),
    ] = None,
    alpha: Annotated[float, typer.Option(help="Level of significance, before correction.")] = 0.01,
    seed: Annotated[int, typer.Option(min=0, help="Of the intervals.")] = 0,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Also write everything as JSON.")
    ] = None,
) -> None:
    """Score the answers: wins, intervals, significance, agreement of the raters."""
    from musiclm.audio.files import write_file
    from musiclm.evaluate.listening.answers import collect_answers, read_key
    from musiclm.evaluate.listening.report import score_text, score_values
    from musiclm.evaluate.listening.score import score_test

    key = read_key(folder)
    collected = collect_answers(answers, key)
    found = score_test(
        key, collected.answers, over=over.value if over else None, alpha=alpha, seed=seed
    )
    if json_file is not None:
        values = score_values(found, key, collected, alpha=alpha)
        text = json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)
        write_file(json_file, f"{text}\n".encode())
    typer.echo(score_text(found, key, collected, alpha=alpha))
