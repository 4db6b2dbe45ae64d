"""``musiclm evaluate ask | tagger | prompts | examples | seams``: what suites need, and more."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from musiclm.cli.progress import teller

if TYPE_CHECKING:
    from musiclm.audio.waveform import Waveform
    from musiclm.evaluate.showcase import Make

ModelOption = Annotated[str, typer.Option("--model", help="Name of a model, or its folder.")]
OutOption = Annotated[Path, typer.Option(help="Report folder; finished clips there are kept.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Seed of the first clip.")]


def ask(
    out: Annotated[Path, typer.Option(help="JSON Lines file: a prompt a line.")],
    n: Annotated[int, typer.Option("-n", "--n", min=1, help="Prompts.")] = 500,
    duration: Annotated[
        float, typer.Option("--duration", "-d", min=5.0, help="Seconds of a clip.")
    ] = 10.0,
    seed: Annotated[int, typer.Option(min=0, help="As for the suite.")] = 0,
    long: Annotated[
        bool, typer.Option("--long", help="Those of the structure suite instead.")
    ] = False,
) -> None:
    """Write the prompts of the suites, so that another system can make their clips."""
    import json
    from dataclasses import asdict

    from musiclm.audio.io import write_file
    from musiclm.evaluate.model.cases import cases
    from musiclm.evaluate.model.work import STRUCTURE_SEED

    chosen = cases(n, seconds=duration, seed=seed + (STRUCTURE_SEED if long else 0))
    lines = [
        {
            "id": f"{index:04d}",
            "prompt": case.text,
            "language": case.language,
            "seconds": case.seconds,
            "style": case.style,
            "asked": {
                key: value for key, value in asdict(case.wanted).items() if value is not None
            },
        }
        for index, case in enumerate(chosen)
    ]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    write_file(out, text.encode())
    typer.echo(f"{len(lines)} prompts in {out}: make a file named by its id for each")


def published(
    report: Annotated[
        Path | None, typer.Argument(help="Report of `evaluate quality` or `all`, to stand beside.")
    ] = None,
) -> None:
    """Print published numbers of the field, ours beside them, and why few can be compared."""
    from musiclm.evaluate.field.ours import numbers_of
    from musiclm.evaluate.field.published import published_table
    from musiclm.evaluate.schema import read_report

    found = None if report is None else read_report(report)
    system = "ours" if found is None else f"{found.subject.name} {found.subject.version}".strip()
    ours = {} if found is None else numbers_of(found)
    typer.echo(published_table(ours, system=system))


def sanity(
    audio: Annotated[Path, typer.Option(help="Folder of real pieces, some of 40 s or more.")],
    out: Annotated[Path, typer.Option(help="Report folder: report.json, table.md, sanity.png.")],
    tagger: Annotated[
        Path | None, typer.Option(help="Folder of a trained tagger, for wrong prompts.")
    ] = None,
    n: Annotated[int, typer.Option("-n", "--n", min=2, help="Pieces that are worsened.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="Of noise and shufflings.")] = 0,
) -> None:
    """Worsen real music step by step and see whether every metric falls."""
    from musiclm.evaluate.judge import Judge
    from musiclm.evaluate.quality.audio_set import files_of
    from musiclm.evaluate.quality.sanity import measure_sanity, write_sanity

    found = measure_sanity(
        files_of(audio),
        tagger=Judge.load(tagger) if tagger else None,
        n_clips=n,
        n_long=max(1, n // 2),
        seed=seed,
        say=teller(),
    )
    write_sanity(found, out)
    typer.echo(found.table())


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


def prompts(
    out: OutOption,
    model: ModelOption = "small",
    n: Annotated[
        int, typer.Option("-n", "--n", min=2, max=20, help="So many of the twenty prompts.")
    ] = 20,
    seed: SeedOption = 0,
    duration: Annotated[
        float, typer.Option("--duration", "-d", help="Seconds of each clip.")
    ] = 10.0,
    guidance_scale: Annotated[
        float | None, typer.Option(help="Instead of the model's own.")
    ] = None,
) -> None:
    """Make twenty clips of different styles, English and French, and measure how they differ."""
    from musiclm.evaluate.showcase import SHOWCASE, measure_showcase

    say = teller()
    make, facts = _maker(model, duration, guidance_scale)
    measure_showcase(
        make,
        SHOWCASE[:n],
        out=out,
        model=facts,
        seed=seed,
        on_progress=lambda done, total: say("clip", done, total),
    )
    typer.echo((out / "table.md").read_text(encoding="utf-8").rstrip())


def seams(
    clips: Annotated[
        list[Path], typer.Argument(help="Clips with their records beside them, or folders of some.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="JSON file for the numbers and their intervals.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the intervals' bootstrap.")] = 0,
) -> None:
    """Measure what changes where MusicGen's windows meet, beside places inside windows.

    Its clips of more than 30 seconds are written in windows (musiclm generate -d 70 --model
    facebook/musicgen-small ...); the record beside each says when one took over.
    """
    import json

    from musiclm.audio.io import write_file
    from musiclm.evaluate.model.recorded_seams import recorded_joints
    from musiclm.evaluate.model.seams import measure_joints

    known = recorded_joints(clips)
    found = measure_joints(known, on_progress=teller())
    if out is not None:
        results = {"n_clips": len(known), "seams": found.results(seed=seed)}
        write_file(out, (json.dumps(results, indent=2) + "\n").encode())
    typer.echo(found.table(seed=seed))


def _maker(
    model: str, duration: float, guidance_scale: float | None
) -> "tuple[Make, dict[str, str]]":
    """A loaded model as a function from prompt and seed to a clip, and what identifies it."""
    from musiclm.pipeline.musiclm import MusicLM

    music = MusicLM.from_pretrained(model)

    def make(prompt: str, seed: int) -> "Waveform":
        return music.generate(
            prompt, duration=duration, seed=seed, guidance_scale=guidance_scale
        ).clip()

    facts = {
        "name": music.name,
        "version": music.version,
        "weights_sha256": music.weights_sha256,
        "duration_seconds": str(duration),
        "guidance_scale": "default" if guidance_scale is None else str(guidance_scale),
    }
    return make, facts
