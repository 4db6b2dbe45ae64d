"""``musiclm evaluate``: measure a model, or the audio that it made."""

from pathlib import Path
from typing import Annotated

import typer

from musiclm.cli import evaluate_suites, evaluate_tools

app = typer.Typer(
    name="evaluate",
    help="Measure a model, a folder of audio, a part of a model, or the corpus.",
    no_args_is_help=True,
)

SeedOption = Annotated[int, typer.Option(min=0, help="Seed of the first clip.")]


@app.callback()
def _group() -> None:
    """Measure a model, a folder of audio, a part of a model, or the corpus."""


@app.command()
def codec(
    folder: Annotated[Path, typer.Argument(metavar="CODEC", help="Codec artifact folder.")],
    corpus: Annotated[Path, typer.Option(help="Corpus whose test split is coded.")],
    against: Annotated[
        str | None, typer.Option(help="opus: measure it on the same clips, and judge.")
    ] = None,
    clips: Annotated[
        int, typer.Option(min=1, help="Clips of five seconds, half with the unseen sound font.")
    ] = 100,
    levels: Annotated[
        str | None, typer.Option(help="Numbers of levels, such as 1,4,12; all by default.")
    ] = None,
    visqol: Annotated[
        bool, typer.Option("--visqol/--no-visqol", help="Also ask ViSQOL (slow).")
    ] = False,
    visqol_clips: Annotated[int, typer.Option(min=1, help="It hears so many of the clips.")] = 24,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="Also sounds that are no music, and soft music.")
    ] = False,
    pictures: Annotated[
        int, typer.Option(min=0, help="Spectrograms of so many clips, into the report folder.")
    ] = 0,
    out: Annotated[Path | None, typer.Option(help="Report folder.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same clips.")] = 0,
) -> None:
    """Measure what a codec loses at every number of levels, beside Opus if asked."""
    from musiclm.errors import ConfigError
    from musiclm.evaluate.codec.run import Wishes, evaluate_codec

    if against not in (None, "opus"):
        raise ConfigError(f'--against "{against}" is unknown: the codec to compare with is opus')
    if pictures and out is None:
        raise ConfigError("--pictures needs --out: say which folder they go to")
    try:
        chosen = None if levels is None else tuple(int(part) for part in levels.split(","))
    except ValueError:
        raise ConfigError(
            f'--levels "{levels}" is no list of numbers: write for example 1,4,12'
        ) from None
    wishes = Wishes(
        n_clips=clips,
        levels=chosen,
        opus=against == "opus",
        n_visqol=visqol_clips if visqol else 0,
        robustness=robustness,
        n_pictures=pictures,
        seed=seed,
    )
    try:
        report = evaluate_codec(
            folder,
            corpus,
            wishes,
            out=out,
            on_progress=lambda done, total: _say(f"clip {done} of {total}"),
        )
    except ImportError as error:  # An extra is missing; the message names it.
        raise ConfigError(str(error)) from None
    typer.echo(f"{report.about}\n\n{report.to_markdown()}")


@app.command()
def mulan(
    folder: Annotated[
        str, typer.Argument(metavar="MULAN", help="MuLan artifact folder, or a model.")
    ],
    corpus: Annotated[Path, typer.Option(help="Corpus of another seed than the model's.")],
    split: Annotated[str, typer.Option(help="all or test: which of its pieces.")] = "test",
    clips: Annotated[int, typer.Option(min=2, help="At most so many clips.")] = 1_000,
    pairs: Annotated[int, typer.Option(min=1, help="Minimal pairs, and as many negations.")] = 500,
    sentences: Annotated[
        Path | None, typer.Option(help="File of free sentences and what they may find.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option("--map", help="Draw captions and clips into this PNG file.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Folder that keeps embeddings, for a quick second run.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Report folder.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same clips, texts, pairs.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Measure what a MuLan knows of music: retrieval, classes, minimal pairs, sentences, space."""
    import json

    from musiclm.errors import ConfigError
    from musiclm.evaluate.mulan.run import Wishes, evaluate_mulan
    from musiclm.evaluate.report import write_report

    if split not in ("all", "test"):
        raise ConfigError(f'--split "{split}" is unknown: it is all or test')
    report = evaluate_mulan(
        folder,
        corpus,
        Wishes(
            split="all" if split == "all" else "test",
            n_clips=clips,
            n_pairs=pairs,
            sentences=sentences,
            map=picture,
            cache=cache,
            seed=seed,
        ),
        on_progress=lambda done, total: _say(f"clip {done} of {total}"),
    )
    table = report.to_markdown()
    if out:
        write_report(out, results=report.results(), table=table, about=report.about)
    if as_json:
        typer.echo(json.dumps(report.results()["numbers"], allow_nan=False))
    else:
        typer.echo(f"{report.about}\n\n{table}")


@app.command()
def acoustic(
    run: Annotated[Path, typer.Option(help="Run folder with tokens and a codec.")],
    path: Annotated[
        list[str],
        typer.Option(help="NAME=FOLDER[,FOLDER]: trained stages of one acoustic path."),
    ],
    n: Annotated[int, typer.Option("--n", "-n", min=2, help="Held-out clips.")] = 16,
    seed: SeedOption = 0,
) -> None:
    """Compare acoustic paths on the same held-out semantic tokens, by Frechet distance."""
    from musiclm.codec.model import Codec
    from musiclm.data.token_shards import TokenShards
    from musiclm.decode.stage import Stage
    from musiclm.errors import ConfigError
    from musiclm.evaluate.acoustic_paths import compare_paths
    from musiclm.evaluate.report import markdown_table

    paths = {}
    for entry in path:
        name, _, folders = entry.partition("=")
        if not folders:
            raise ConfigError(f'--path "{entry}" names no folder: write NAME=FOLDER')
        paths[name] = [Stage.load(Path(folder)).prepared() for folder in folders.split(",")]
    codec = Codec.load(run / "codec" / "artifact").eval()
    rows = compare_paths(paths, codec, TokenShards(run / "tokens"), n_clips=n, seed=seed)
    typer.echo(markdown_table(rows))


@app.command()
def corpus(
    out: Annotated[Path, typer.Option(help="Report folder: report.json, report.md, plots.")],
    pieces: Annotated[int, typer.Option(min=1, help="Pieces to render and listen to.")] = 500,
    neighbours: Annotated[
        int, typer.Option(min=0, help="Pieces whose tunes are compared; 0: none.")
    ] = 5_000,
    seed: Annotated[int, typer.Option(min=0, help="Of the corpus they are drawn from.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    sound: Annotated[str, typer.Option(help="As for `musiclm corpus build`.")] = "auto",
    style: Annotated[
        list[str] | None, typer.Option(help="Only this style; may be given several times.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=8.0, help="Of every piece; as in a corpus by default.")
    ] = None,
) -> None:
    """Compose, render and measure pieces: is the corpus music, and does it sound as written?"""
    from musiclm.corpus.render import sound_from_name
    from musiclm.evaluate.corpus.plots import draw_families, draw_findings
    from musiclm.evaluate.corpus.report import verdict_table, write_findings
    from musiclm.evaluate.corpus.run import find_all, pieces_of

    players = sound_from_name(sound)
    findings = find_all(
        n_pieces=pieces,
        n_neighbours=neighbours,
        seed=seed,
        sound=players,
        jobs=jobs,
        styles=style,
        seconds=seconds,
        on_progress=lambda done, total: _say(f"piece {done} of {total}"),
    )
    plots = draw_findings(out, findings)
    plots += draw_families(out, pieces_of(pieces, seed, style, seconds=seconds), players)
    write_findings(out, findings, plots)
    typer.echo(f"{findings.about}\n\n{verdict_table(findings.verdicts())}")


for _suite in (
    evaluate_suites.quality,
    evaluate_suites.adherence,
    evaluate_suites.structure,
    evaluate_suites.ablation,
    evaluate_suites.memorization,
    evaluate_suites.speed,
):
    app.command()(_suite)
app.command("all")(evaluate_suites.all_suites)
for _tool in (
    evaluate_tools.ask,
    evaluate_tools.published,
    evaluate_tools.sanity,
    evaluate_tools.tagger,
    evaluate_tools.prompts,
    evaluate_tools.examples,
    evaluate_tools.seams,
):
    app.command()(_tool)


def _say(line: str) -> None:
    """Progress on standard error, one line that rewrites itself on a terminal only."""
    import sys

    if sys.stderr.isatty():
        typer.echo(f"\r{line}   ", err=True, nl=False)
