"""``musiclm evaluate model``, ``tagger`` and ``examples``: the whole model on the bench."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

ModelOption = Annotated[str, typer.Option("--model", help="Name of a model, or its folder.")]
_ALL = "adherence,frechet,structure,ablation,memorization"
_QUIET_SECONDS = 20.0


def model(
    out: Annotated[Path, typer.Option(help="Report folder; finished clips there are kept.")],
    model: ModelOption = "small",
    suite: Annotated[str, typer.Option(help="Which, with commas.")] = _ALL,
    tagger: Annotated[
        Path | None, typer.Option(help="Folder of a trained tagger, for adherence.")
    ] = None,
    tokens: Annotated[
        Path | None, typer.Option(help="Token shards of the training, for memorization.")
    ] = None,
    tokenizer: Annotated[
        Path | None,
        typer.Option(help="Semantic tokenizer, whose centroids approximate matches need."),
    ] = None,
    n: Annotated[int, typer.Option("-n", "--n", min=2, help="Prompts.")] = 500,
    pieces: Annotated[int, typer.Option(min=2, help="Long pieces for structure.")] = 200,
    ablated: Annotated[int, typer.Option(min=2, help="Of these, again without a plan.")] = 40,
    memorized: Annotated[int, typer.Option(min=2, help="Training pieces to recall.")] = 2_000,
    nearest: Annotated[int, typer.Option(min=1, help="Clips whose nearest is sought.")] = 100,
    duration: Annotated[
        float, typer.Option("--duration", "-d", min=5.0, help="Seconds of each clip.")
    ] = 10.0,
    minutes: Annotated[float, typer.Option(min=0.5, help="Length of a long piece.")] = 1.0,
    sound: Annotated[
        str, typer.Option(help="Who plays real pieces, as for `musiclm corpus build`.")
    ] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same prompts and clips.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that make clips.")] = 1,
) -> None:
    """Measure a model: prompts kept, distance, structure, ablation, memorization."""
    from musiclm.evaluate.model.run import evaluate_model
    from musiclm.evaluate.model.work import Wishes

    found = evaluate_model(
        model,
        Wishes(
            suites=tuple(name.strip() for name in suite.split(",") if name.strip()),
            n_prompts=n,
            n_pieces=pieces,
            n_ablated=ablated,
            n_memorized=memorized,
            n_nearest=nearest,
            clip_seconds=duration,
            piece_seconds=60.0 * minutes,
            tagger=tagger,
            tokens=tokens,
            tokenizer=tokenizer,
            sound=sound,
            seed=seed,
            jobs=jobs,
        ),
        out=out,
        on_progress=teller(),
    )
    for name, outcome in found.items():
        typer.echo(f"## {name.capitalize()}\n\n{outcome.about}\n\n{outcome.table}\n")


def tagger(
    corpus: Annotated[
        list[Path], typer.Option(help="Corpus of another seed and sound; may be given again.")
    ],
    out: Annotated[Path, typer.Option(help="Where the tagger goes.")],
    codec: Annotated[
        Path | None, typer.Option(help="Codec folder: the tagger also learns its sound.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same tagger.")] = 0,
) -> None:
    """Train a judge of instruments, drums and style, and say what it gets right."""
    from musiclm.evaluate.judge_data import coder_of
    from musiclm.evaluate.model.tagger import mean_f1, tagger_table, train_tagger

    say = teller()
    trained = train_tagger(
        corpus,
        seed=seed,
        coder=coder_of(codec) if codec else None,
        on_progress=lambda share: say("tagger, per cent", round(100 * share), 100),
    )
    config = trained.config
    about = (
        f"Trained on {config.n_windows} windows of {config.n_pieces} pieces; mean F1 of families "
        f"{mean_f1(config):.2f}. Accuracy and F1: on pieces not heard in training (five folds)."
    )
    table = tagger_table(config)
    trained.save(out, card=f"# Tagger\n\n{about}\n\n{table}\n")
    typer.echo(f"{about}\n\n{table}")


def examples(
    out: Annotated[Path, typer.Option(help="Folder of the page.")],
    model: ModelOption = "small",
) -> None:
    """Make the example pieces and the page that shows them, by the stated rule."""
    from musiclm.evaluate.model.examples import EXAMPLES, make_examples
    from musiclm.pipeline.musiclm import MusicLM

    total = make_examples(MusicLM.from_pretrained(model), out, on_progress=teller())
    typer.echo(f"{len(EXAMPLES)} examples, {total / 1e6:.1f} MB of audio, in {out}")


def teller() -> Callable[[str, int, int], None]:
    """Progress on standard error: a line that rewrites itself, or in a log one now and then."""
    spoken = [0.0]

    def say(what: str, done: int, total: int) -> None:
        line = f"{what}: {done} of {total}"
        if sys.stderr.isatty():
            typer.echo(f"\r{line}   ", err=True, nl=False)
        elif time.monotonic() - spoken[0] >= _QUIET_SECONDS:
            spoken[0] = time.monotonic()
            typer.echo(line, err=True)

    return say
