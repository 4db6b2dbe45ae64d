"""``musiclm replay out.wav.json -o again.wav``: the record beside a clip in, the same clip out."""

from pathlib import Path
from typing import Annotated

import typer

from musiclm.cli.generate import Places
from musiclm.cli.options import Quiet


def replay(
    record: Annotated[Path, typer.Argument(metavar="RECORD", help="The .json file beside a clip.")],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="File (.wav, .flac or .ogg), folder, or - for standard output. "
            "Default: a name made of the prompt and the seed.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Name or folder of the model. Default: the name in the record."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the facts as JSON on standard output.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Make a clip again from the record beside it.

    The same weights, version, machine and number of threads give the same bytes; a warning says
    what has changed since. Recordings that the clip continued or was to be like must still be
    where they were, or beside the record.
    """
    from musiclm.audio.files import require_writable
    from musiclm.pipeline.hub import require_model
    from musiclm.pipeline.replay import differences, precision_in, read_record

    found = read_record(record)
    request = found.piece.request
    places = Places(output, 1, request.seed, as_json=as_json)
    require_writable(places.first(str(found.facts.get("prompt", ""))))
    name = found.model if model is None else model
    require_model(name)

    # From here on it costs seconds.
    from musiclm.cli.progress import show_progress
    from musiclm.pipeline.any_model import open_model

    with show_progress(quiet=quiet) as progress:
        progress.loading(name)
        music = open_model(name, precision=precision_in(found.facts))
        changed = differences(
            found.facts, weights_sha256=music.weights_sha256, precision=music.precision
        )
        if changed:
            progress.warn(f"bytes may differ, for {', '.join(changed)} changed")
        made = music.make([found.piece], on_progress=progress.report)
        progress.done(made, places.deliver(made, None))
