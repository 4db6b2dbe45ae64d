"""``musiclm check-originality SONG`` and ``musiclm originality-index``: is it in the training set?

The first looks for a song in an index of training music, the second makes such an index from token
shards or from audio. The report goes to standard output, progress to standard error.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

ModelOption = Annotated[str, typer.Option(help="Name of a model in the box, or a model folder.")]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress; only warnings and errors.")
]


def check_originality(
    song: Annotated[Path, typer.Argument(help="WAV, FLAC, Ogg or MP3, at least five seconds.")],
    index: Annotated[Path, typer.Option(help="Folder made by `musiclm originality-index`.")],
    model: ModelOption = "small",
    nearest: Annotated[
        int, typer.Option(min=1, help="Training windows to compare each ten seconds with.")
    ] = 3,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write everything into this file.")
    ] = None,
) -> None:
    """Look for a song, or five seconds of it, in an index of training music.

    The exit code is 0 whatever is found; the verdict is the first line.
    """
    from musiclm.audio.files import require_writable, write_file
    from musiclm.evaluate.originality.check import check_song
    from musiclm.evaluate.originality.hear import load_listeners
    from musiclm.evaluate.originality.index import OriginalityIndex

    if json_file:
        require_writable(json_file)
    known = OriginalityIndex.load(index)
    found = check_song(song, known, load_listeners(model), n_nearest=nearest, source=str(index))
    if json_file:
        text = json.dumps(found.results(), indent=2, allow_nan=False)
        write_file(json_file, f"{text}\n".encode())
    typer.echo(found.to_text())


def originality_index(
    out: Annotated[Path, typer.Option(help="Folder of the index.")],
    tokens: Annotated[
        Path | None, typer.Option(help="Token shards of the training, as of `musiclm tokenize`.")
    ] = None,
    audio: Annotated[
        Path | None, typer.Option(help="A corpus (its training pieces), or a folder of audio.")
    ] = None,
    model: ModelOption = "small",
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same calibration.")] = 0,
    quiet: QuietOption = False,
) -> None:
    """Make the index that songs are checked against."""
    from musiclm.errors import ConfigError

    if (tokens is None) == (audio is None):
        raise ConfigError("an index is made of --tokens FOLDER or of --audio FOLDER: give one")

    from musiclm.data.token_shards import TokenShards
    from musiclm.evaluate.originality.hear import load_listeners
    from musiclm.evaluate.originality.index import index_of_audio, index_of_shards

    def say(what: str, done: int, total: int) -> None:
        if not quiet and (done == total or done % 20 == 0):
            print(f"{what} {done}/{total}", file=sys.stderr, flush=True)

    def warn(text: str) -> None:
        print(f"musiclm: warning: {ascii(text)[1:-1]}", file=sys.stderr, flush=True)

    listeners = load_listeners(model)
    if tokens is not None:
        made = index_of_shards(TokenShards(tokens), listeners, seed=seed, on_progress=say)
    elif audio is not None:
        made = index_of_audio(audio, listeners, seed=seed, on_progress=say, on_notice=warn)
    made.save(out)
    typer.echo(made.about)
