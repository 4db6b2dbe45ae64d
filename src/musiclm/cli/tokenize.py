"""``musiclm tokenize``: a corpus and trained tokenizers in, token shards out."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(name="tokenize", help="Turn a corpus into token shards for training.")


@app.command()
def tokenize(
    out: Annotated[
        Path, typer.Option(help="Run folder with codec, mulan and tokenizer; receives tokens.")
    ],
    recipe: Annotated[str, typer.Option(help="tiny, small, paper, or a recipe folder.")] = "small",
    corpus: Annotated[
        Path | None, typer.Option(help="Corpus folder; by default the run's own.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="CPU threads; by default all of them.")
    ] = None,
) -> None:
    """Tokenize every clip of a corpus; the same as `musiclm train tokens`."""
    # Heavy imports wait until the command really runs, so that --help is instant.
    import torch

    from musiclm.train.parts import train_part
    from musiclm.train.recipe import load_recipe

    torch.set_num_threads(threads or os.cpu_count() or 1)

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty() or done == total:
            typer.echo(f"\rclip {done} of {total}", err=True, nl=done == total)

    settings = load_recipe(recipe, "tokens")
    folder = train_part("tokens", settings, scale=recipe, run=out, corpus=corpus, on_progress=show)
    typer.echo(str(folder))
