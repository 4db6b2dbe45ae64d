"""``musiclm evaluate quality | adherence | structure | ... | speed | all``: the suites.

Each measures a model, which makes its clips first, or (``--audio``) a folder of clips that
something else made for the same prompts. They share clips and a report folder, so what one made
the next finds.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from musiclm.cli.bench import DURATIONS
from musiclm.cli.progress import teller

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from musiclm.evaluate.model.outcome import Outcome
    from musiclm.evaluate.model.work import Wishes, Work

Out = Annotated[Path, typer.Option(help="Report folder; finished clips there are kept.")]
Model = Annotated[
    str | None, typer.Option("--model", help="Name of a model, or its folder; small by default.")
]
Audio = Annotated[
    Path | None,
    typer.Option(help="Measure this folder of clips instead of a model (see `evaluate ask`)."),
]
Tagger = Annotated[Path | None, typer.Option(help="Folder of a trained tagger.")]
Prompts = Annotated[int, typer.Option("-n", "--n", min=2, help="Prompts, and clips.")]
Duration = Annotated[float, typer.Option("--duration", "-d", min=5.0, help="Seconds of a clip.")]
Pieces = Annotated[int, typer.Option(min=2, help="Long pieces.")]
Minutes = Annotated[float, typer.Option(min=0.5, help="Length of a long piece.")]
Ablated = Annotated[int, typer.Option(min=2, help="Of the long pieces, again without a plan.")]
Tokens = Annotated[Path | None, typer.Option(help="Token shards that the model was trained on.")]
Tokenizer = Annotated[
    Path | None,
    typer.Option(help="Semantic tokenizer, for approximate matches; the model's by default."),
]
Memorized = Annotated[int, typer.Option(min=2, help="Training pieces to recall.")]
Nearest = Annotated[int, typer.Option(min=1, help="Clips whose nearest training is sought.")]
Sound = Annotated[str, typer.Option(help="Who plays real pieces, as for `corpus build`.")]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same prompts and clips.")]
Jobs = Annotated[int, typer.Option(min=1, help="Processes.")]
Reference = Annotated[
    Path | None,
    typer.Option(help="Folder of audio, or a corpus, instead of pieces composed for the prompts."),
]
Embedder = Annotated[
    str, typer.Option(help="With commas: mel, mulan, semantic, hf:NAME or hf:FOLDER.")
]
Labels = Annotated[
    str, typer.Option(help="hf:NAME of a classifier for the divergence of labels; else the tagger.")
]
Ears = Annotated[str, typer.Option(help="Model whose MuLan and semantic tokenizer embed.")]
Clap = Annotated[
    str, typer.Option(help="Name or folder of a CLAP, for the CLAP score; needs musiclm[hf].")
]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at a file that cannot be read.")]
_EMBEDDERS = "mel,mulan,semantic"


def quality(
    out: Out,
    model: Model = None,
    audio: Audio = None,
    reference: Reference = None,
    embedder: Embedder = _EMBEDDERS,
    ears: Ears = "small",
    tagger: Tagger = None,
    labels: Labels = "",
    n: Prompts = 500,
    duration: Duration = 10.0,
    sound: Sound = "auto",
    seed: Seed = 0,
    jobs: Jobs = 1,
    strict: Strict = False,
) -> None:
    """Measure how near the sound is to real music: Frechet, kernel distance, coverage, labels."""
    _run(
        model,
        out,
        suites=("quality",),
        audio=audio,
        reference=reference,
        embedders=_names(embedder),
        ears=ears,
        tagger=tagger,
        labels=labels,
        n_prompts=n,
        clip_seconds=duration,
        sound=sound,
        seed=seed,
        jobs=jobs,
        strict=strict,
    )


def adherence(
    out: Out,
    tagger: Tagger = None,
    model: Model = None,
    audio: Audio = None,
    ears: Ears = "small",
    clap: Clap = "",
    n: Prompts = 500,
    duration: Duration = 10.0,
    sound: Sound = "auto",
    seed: Seed = 0,
    jobs: Jobs = 1,
) -> None:
    """Measure whether clips are what their prompts say, beside chance and real audio."""
    _run(
        model,
        out,
        suites=("adherence",),
        audio=audio,
        ears=ears,
        clap=clap,
        tagger=tagger,
        n_prompts=n,
        clip_seconds=duration,
        sound=sound,
        seed=seed,
        jobs=jobs,
    )


def structure(
    out: Out,
    model: Model = None,
    audio: Audio = None,
    ears: Ears = "small",
    pieces: Pieces = 200,
    minutes: Minutes = 1.0,
    sound: Sound = "auto",
    seed: Seed = 0,
    jobs: Jobs = 1,
) -> None:
    """Measure long pieces: silence, beat, key, drift, what returns, seams of windows."""
    _run(
        model,
        out,
        suites=("structure",),
        audio=audio,
        ears=ears,
        n_pieces=pieces,
        piece_seconds=60.0 * minutes,
        sound=sound,
        seed=seed,
        jobs=jobs,
    )


def ablation(
    out: Out,
    model: Model = None,
    pieces: Pieces = 200,
    ablated: Ablated = 40,
    minutes: Minutes = 1.0,
    seed: Seed = 0,
    jobs: Jobs = 1,
) -> None:
    """Measure what long pieces lose when their semantic plan is spoilt."""
    _run(
        model,
        out,
        suites=("ablation",),
        n_pieces=pieces,
        n_ablated=ablated,
        piece_seconds=60.0 * minutes,
        seed=seed,
        jobs=jobs,
    )


def memorization(
    out: Out,
    tokens: Tokens = None,
    model: Model = None,
    tokenizer: Tokenizer = None,
    memorized: Memorized = 2_000,
    nearest: Nearest = 100,
    n: Prompts = 500,
    duration: Duration = 10.0,
    seed: Seed = 0,
    jobs: Jobs = 1,
) -> None:
    """Measure how much of its training the model can say by heart (MusicLM's protocol)."""
    _run(
        model,
        out,
        suites=("memorization",),
        tokens=tokens,
        tokenizer=tokenizer,
        n_memorized=memorized,
        n_nearest=nearest,
        n_prompts=n,
        clip_seconds=duration,
        seed=seed,
        jobs=jobs,
    )


def speed(
    out: Out,
    model: Model = None,
    duration: Annotated[
        list[float] | None,
        typer.Option("--duration", "-d", help="Seconds of music; may be given again."),
    ] = None,
    seed: Seed = 0,
) -> None:
    """Measure speed and memory of the whole chain on this machine (as `musiclm bench`)."""
    from musiclm.evaluate.model.work import Wishes

    _measure(
        model or "small",
        Wishes(suites=(), seed=seed),
        out,
        {"speed": lambda work: _speed(work, duration or list(DURATIONS))},
    )


def all_suites(
    out: Out,
    model: Model = None,
    audio: Audio = None,
    tagger: Tagger = None,
    tokens: Tokens = None,
    tokenizer: Tokenizer = None,
    corpus: Annotated[
        Path | None, typer.Option(help="Corpus of another seed, for the suites codec and mulan.")
    ] = None,
    reference: Reference = None,
    embedder: Embedder = _EMBEDDERS,
    ears: Ears = "small",
    n: Prompts = 500,
    pieces: Pieces = 200,
    ablated: Ablated = 40,
    memorized: Memorized = 2_000,
    nearest: Nearest = 100,
    duration: Duration = 10.0,
    minutes: Minutes = 1.0,
    sound: Sound = "auto",
    seed: Seed = 0,
    jobs: Jobs = 1,
) -> None:
    """Run every suite that what is given allows, and say which are left out and why."""
    from musiclm.pipeline.folder import find_model, read_description

    suites = ["quality"]
    left_out = {}
    parts = None if audio else read_description(find_model(model or "small"))[0].components
    unplanned = parts is not None and parts.semantic is None
    stage = "a model with a semantic stage" if unplanned else None
    for suite, lacks in {
        "adherence": None if tagger else "--tagger",
        "structure": "--model: its pieces are another set" if audio else None,
        "ablation": "--model" if audio else stage,
        "memorization": "--model" if audio else stage or (None if tokens else "--tokens"),
        "codec": "--model" if audio else None if corpus else "--corpus",
        "mulan": "--model" if audio else None if corpus else "--corpus",
        "speed": "--model" if audio else None,
    }.items():
        if lacks:
            left_out[suite] = lacks
        else:
            suites.append(suite)
    for suite, lacks in left_out.items():
        typer.echo(f"{suite} is left out, it needs {lacks}", err=True)
    _run(
        model,
        out,
        suites=tuple(suites),
        audio=audio,
        tagger=tagger,
        tokens=tokens,
        tokenizer=tokenizer,
        corpus=corpus,
        reference=reference,
        embedders=_names(embedder),
        ears=ears,
        n_prompts=n,
        n_pieces=pieces,
        n_ablated=ablated,
        n_memorized=memorized,
        n_nearest=nearest,
        clip_seconds=duration,
        piece_seconds=60.0 * minutes,
        sound=sound,
        seed=seed,
        jobs=jobs,
    )


def _run(model: str | None, out: Path, *, audio: Path | None = None, **wishes: Any) -> None:
    """Measure a model or a folder of clips."""
    from musiclm.errors import ConfigError
    from musiclm.evaluate.model.work import Wishes

    if audio is not None and model is not None:
        raise ConfigError("--model and --audio are two things to measure: give one of them")
    suites = wishes.pop("suites")
    further = {"speed": lambda work: _speed(work, list(DURATIONS))} if "speed" in suites else {}
    _measure(
        None if audio is not None else model or "small",
        Wishes(suites=tuple(suite for suite in suites if suite != "speed"), audio=audio, **wishes),
        out,
        further,
    )


def _measure(
    subject: str | None,
    wishes: "Wishes",
    out: Path,
    further: "Mapping[str, Callable[[Work], Outcome]]",
) -> None:
    """Measure, and print every suite's table."""
    from musiclm.evaluate.model.run import evaluate
    from musiclm.evaluate.page import table_for

    found = evaluate(subject, wishes, out=out, further=further, on_progress=teller())
    for name, outcome in found.items():
        typer.echo(f"## {name.capitalize()}\n\n{outcome.about}\n")
        # A terminal gets the main table, wrapped to fit; a file or a pipe gets all of them.
        whole = f"{outcome.table}\n"
        table = table_for(sys.stdout, outcome.table) if sys.stdout.isatty() else whole
        typer.echo(table)
    typer.echo(f"Report: {out / 'report.html'}")


def _speed(work: "Work", durations: list[float]) -> "Outcome":
    """The bench as a suite; it lives up here because it starts processes of this command line."""
    from musiclm.cli.bench import Part, measure_speed, speed_report
    from musiclm.evaluate.model.outcome import Outcome

    found = measure_speed(
        work.model_folder,
        durations=durations,
        threads=[min(2, os.cpu_count() or 1)],
        seed=work.wishes.seed,
        parts=[Part.CHAIN],
        tokens=None,
        against=[],
    )
    about = "Speed and memory of the whole chain, every run a process of its own."
    return Outcome(about, speed_report(found), found)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
