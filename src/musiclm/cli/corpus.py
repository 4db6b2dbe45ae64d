"""``musiclm corpus``: compose and render a captioned corpus, look at it, rewrite its captions."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

app = typer.Typer(
    name="corpus",
    help="Compose, render and caption music to train on.",
    no_args_is_help=True,
)


@app.callback()
def _group() -> None:
    """Compose, render and caption music to train on."""


@app.command()
def build(
    out: Annotated[Path, typer.Option(help="Corpus folder; an unfinished one is continued.")],
    hours: Annotated[float, typer.Option(min=0.0, help="Hours of music, about.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="Same seed and sound, same bytes.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    sound: Annotated[
        str,
        typer.Option(
            help="`auto` finds a sound font, `own` takes our synthesizers, or a .sf2/.sf3 file."
        ),
    ] = "auto",
    sample_rate: Annotated[int, typer.Option(min=8_000, help="Of the audio files, Hz.")] = 24_000,
    style: Annotated[
        list[str] | None, typer.Option(help="Only this style; may be given several times.")
    ] = None,
    longest: Annotated[
        float, typer.Option(min=30.0, help="Seconds of the longest piece, about.")
    ] = 240.0,
) -> None:
    """Compose and render HOURS of captioned music; run again to continue after an interrupt."""
    # Heavy imports wait until the command really runs, so that --help is instant.
    from musiclm.corpus.build import BuildProgress, build_corpus
    from musiclm.corpus.render import sound_from_name

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("composing"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[minutes]:.1f} min of music"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
    # Ctrl-C and errors go on to ``main``; a build that was stopped continues when run again.
    with bar:
        task = bar.add_task("pieces", total=None, minutes=0.0)

        def show(progress: BuildProgress) -> None:
            bar.update(
                task,
                completed=progress.n_done,
                total=progress.n_pieces,
                minutes=progress.seconds_done / 60.0,
            )

        done = build_corpus(
            out,
            hours=hours,
            seed=seed,
            jobs=jobs,
            sound=sound_from_name(sound),
            sample_rate=sample_rate,
            styles=style,
            longest_seconds=longest,
            on_progress=show,
        )
    console.print(
        f"{done.n_done} pieces, {done.seconds_done / 60.0:.1f} minutes of music in {out}"
        + (f"; {done.n_failed} failed" if done.n_failed else "")
    )


@app.command()
def join(
    folders: Annotated[list[Path], typer.Argument(help="Corpora.")],
    out: Annotated[Path, typer.Option(help="Folder for the whole.")],
) -> None:
    """List the pieces of several corpora in one; their sound is linked, not copied."""
    from musiclm.corpus.join import join_corpora

    n_pieces = join_corpora(folders, out)
    Console(stderr=True).print(f"{n_pieces} pieces in {out}")


@app.command()
def recaption(
    out: Annotated[Path, typer.Option(help="Corpus folder.")],
) -> None:
    """Write all captions anew from the facts, without touching the audio."""
    from musiclm.corpus.build import recaption as recaption_corpus

    n_pieces = recaption_corpus(out)
    Console(stderr=True).print(f"{n_pieces} pieces captioned anew in {out}")


@app.command()
def preview(
    style: Annotated[str, typer.Argument(help="Which style.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A .wav or .flac file.")],
    seed: Annotated[int, typer.Option(min=0, help="Of the composer.")] = 0,
    duration: Annotated[
        float | None, typer.Option("--duration", "-d", min=8.0, help="Seconds; drawn when absent.")
    ] = None,
    mood: Annotated[str | None, typer.Option(help="Drawn when absent.")] = None,
    scene: Annotated[str | None, typer.Option(help="Drawn when absent.")] = None,
    sound: Annotated[str, typer.Option(help="As for build.")] = "auto",
    sample_rate: Annotated[int, typer.Option(min=8_000, help="Hz, such as 48000.")] = 24_000,
    midi: Annotated[bool, typer.Option(help="Write a MIDI file beside the sound.")] = False,
    stems: Annotated[bool, typer.Option(help="Write every part as a file beside it too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Compose one piece, write its sound, and print its facts and captions."""
    import json
    from dataclasses import asdict

    from musiclm.corpus.preview import preview_piece
    from musiclm.corpus.render import sound_from_name

    piece = preview_piece(
        style,
        output,
        seed=seed,
        seconds=duration,
        mood=mood,
        scene=scene,
        sound=sound_from_name(sound),
        sample_rate=sample_rate,
        midi=midi,
        stems=stems,
    )
    if as_json:
        values = {
            "facts": piece.facts.model_dump(mode="json"),
            "captions": [asdict(caption) for caption in piece.captions],
            "files": [str(path) for path in piece.files],
        }
        typer.echo(json.dumps(values, ensure_ascii=False, indent=2))
        return
    typer.echo(piece.as_text())


@app.command()
def card(
    out: Annotated[Path, typer.Option(help="Corpus folder.")],
) -> None:
    """Write card.md and card.png: counts, hours, distributions, licences."""
    from musiclm.corpus.card import write_card

    typer.echo(write_card(out))


@app.command()
def captions(
    language: Annotated[str, typer.Option(help="Two letters: en, fr, es, de, it or pt.")] = "en",
    n: Annotated[int, typer.Option("-n", min=1, help="How many.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Of pieces and wording.")] = 0,
    check: Annotated[
        bool, typer.Option(help="Read the facts back from captions of all languages instead.")
    ] = False,
) -> None:
    """Print captions to read through, or check that none contradicts its piece."""
    from musiclm.corpus.captions.review import check_captions, sample_captions

    if not check:
        for caption in sample_captions(language, n, seed=seed):
            typer.echo(f"[{caption.register}] {caption.text}")
        return
    checked = check_captions(n, seed=seed)
    for text, fault in checked.wrong:
        typer.echo(f"{fault}: {text}")
    typer.echo(
        f"{checked.n_captions} captions, {checked.n_statements} stated facts, "
        f"{len(checked.wrong)} contradicted"
    )
    if checked.wrong:
        raise typer.Exit(1)
