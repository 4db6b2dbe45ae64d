"""``musiclm story score.toml -o out.wav``: prompts with times in, one piece out."""

from pathlib import Path
from typing import Annotated

import typer

from musiclm.cli.generate import Places
from musiclm.cli.options import (
    Guidance,
    Melody,
    Model,
    Quantized,
    Quiet,
    Seed,
    Separate,
    Temperature,
    TopK,
    per_stage,
    precision_from,
    tune_from,
)


def story(
    score: Annotated[Path, typer.Argument(metavar="SCORE", help="A TOML file, as told above.")],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="File (.wav, .flac or .ogg), folder, or - for standard output. "
            "Default: a name made of the first prompt and the seed.",
        ),
    ] = None,
    seed: Seed = None,
    melody: Melody = None,
    separate: Separate = False,
    temperature: Temperature = None,
    top_k: TopK = None,
    guidance_scale: Guidance = None,
    model: Model = "small",
    quantize: Quantized = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the facts as JSON on standard output.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Make one piece from prompts with times.

    The score holds duration = 45.0, and [[cue]] tables with at = 15.0 and prompt = "the drums
    enter", the first one at 0. It may hold seed, transition = "bar" (or "cut", "blend"),
    blend_seconds, bpm, key, metre and chords.
    """
    from musiclm.audio.files import require_writable
    from musiclm.pipeline.hub import require_model
    from musiclm.pipeline.request import (
        checked_guidance,
        checked_seed,
        checked_temperature,
        checked_top_k,
    )
    from musiclm.pipeline.story import read_score

    written = read_score(score)
    chosen = checked_seed(written.seed if seed is None else seed)
    heat = per_stage(temperature, "--temperature", checked_temperature)
    likeliest = per_stage(top_k, "--top-k", checked_top_k)
    guidance = per_stage(guidance_scale, "--guidance-scale", checked_guidance)
    places = Places(output, 1, chosen, as_json=as_json)
    require_writable(places.first(written.cue[0].prompt))
    tune = tune_from(melody)
    require_model(model)

    # From here on it costs seconds.
    from musiclm.cli.progress import show_progress
    from musiclm.pipeline.any_model import open_model
    from musiclm.pipeline.record import story_of

    with show_progress(quiet=quiet) as progress:
        progress.say(f"seed {chosen}")
        progress.loading(model)
        music = open_model(model, precision=precision_from(quantize))
        piece = story_of(
            written.cues,
            settings=music.settings(heat, likeliest, guidance),
            duration=written.duration,
            seed=chosen,
            transition=written.transition,
            blend_seconds=written.blend_seconds,
            options=written.options,
            controls=written.controls,
            melody=tune,
            separate=separate,
        )
        made = music.make([piece], on_progress=progress.report)
        where = places.deliver(made, None)
        for event in made.events[0]:
            if event["what"] == "prompt":
                progress.say(f"{event['seconds']:7.2f} s  {event['detail']}")
        if made.silent[0]:
            progress.warn(f"the piece of seed {chosen} is silent: try another seed")
        progress.done(made, where)
