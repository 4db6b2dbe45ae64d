"""``musiclm codec encode | decode | info``: sound files to files of codes, and back.

Standard output carries data only (``--json``, and what ``info`` says); progress and results go to
standard error. Everything that can be refused is refused before the codec loads.
"""

import json
import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from musiclm.codec.files import CodeFacts, NamedCodec

app = typer.Typer(
    name="codec",
    help="Keep sound as codes: encode, decode, info.",
    no_args_is_help=True,
)

_SECONDS_BETWEEN_LINES = 10.0

ModelOption = Annotated[
    str, typer.Option(help="Name of a model in the box, a model folder, or a codec folder.")
]
ThreadsOption = Annotated[
    int | None, typer.Option(min=1, help="CPU threads; by default all of them.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Facts as JSON on standard output.")]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress; only warnings and errors.")
]


@app.callback()
def _group() -> None:
    """Keep sound as codes: encode, decode, info."""


@app.command()
def encode(
    source: Annotated[Path, typer.Argument(help="WAV, FLAC, Ogg or MP3; any rate, 1-8 channels.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File of codes (.mcodes). Default: beside the source."),
    ] = None,
    levels: Annotated[
        int | None, typer.Option(min=1, help="Levels to keep: fewer are smaller. Default: all.")
    ] = None,
    kbps: Annotated[
        float | None, typer.Option(help="As many levels as fit into so many kbit/s.")
    ] = None,
    model: ModelOption = "small",
    max_hours: Annotated[float, typer.Option(help="Longer sound is refused.")] = 24.0,
    threads: ThreadsOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Encode a sound file."""
    from musiclm.codec.files import SUFFIX, encode_file, levels_for

    if levels is not None and kbps is not None:
        raise typer.BadParameter("give --levels or --kbps, not both", param_hint="--kbps")
    if not max_hours > 0 or not math.isfinite(max_hours):
        raise typer.BadParameter("give a number of hours above 0", param_hint="--max-hours")
    target = source.with_suffix(SUFFIX) if output is None else output
    if target.suffix.lower() != SUFFIX:
        raise typer.BadParameter(
            f'the output must end in {SUFFIX}, got "{target.name}"', param_hint="-o"
        )
    named = _open_codec(model, source, target, threads)
    if kbps is not None:
        levels = levels_for(named.codec.config, kbps * 1000)
    with _Progress(quiet=quiet) as progress:
        facts = encode_file(
            named,
            source,
            target,
            n_q=levels,
            most_seconds=max_hours * 3600,
            on_progress=progress.report,
        )
        progress.done(target, facts)
    if as_json:
        print(json.dumps({"path": str(target), **_as_dict(facts)}))


@app.command()
def decode(
    source: Annotated[Path, typer.Argument(help="File of codes, written by encode.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File (.wav, .flac, .ogg). Default: NAME.decoded.wav."),
    ] = None,
    model: ModelOption = "small",
    threads: ThreadsOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Decode a file of codes to sound."""
    from musiclm.audio.blocks import format_by_suffix
    from musiclm.codec.files import decode_file
    from musiclm.errors import AudioError

    # Not NAME.wav: there lies, most likely, what was encoded.
    target = source.with_suffix(".decoded.wav") if output is None else output
    try:
        format_by_suffix(target)
    except AudioError as error:
        raise typer.BadParameter(str(error), param_hint="-o") from None
    named = _open_codec(model, source, target, threads)
    with _Progress(quiet=quiet) as progress:
        facts = decode_file(named, source, target, on_progress=progress.report)
        progress.done(target, facts)
    if as_json:
        print(json.dumps({"path": str(target), **_as_dict(facts)}))


@app.command()
def info(
    source: Annotated[Path, typer.Argument(help="File of codes.")],
    as_json: JsonOption = False,
) -> None:
    """Verify a file of codes and say what it holds."""
    from musiclm.codec.files import read_facts

    facts = read_facts(source)
    values = _as_dict(facts)
    if as_json:
        print(json.dumps({"path": str(source), **values}))
        return
    header = facts.header
    kind = "mono" if header.n_channels == 1 else "stereo"
    print(f"{source}: intact, {facts.seconds:g} s, {kind}, {header.sample_rate} Hz")
    print(
        f"{header.n_q} levels of {header.codebook_size} codes, {facts.totals.n_frames} frames, "
        f"{header.bits_per_second / 1000:g} kbit/s"
    )
    print(f"{facts.n_bytes} bytes, {facts.file_bits_per_second / 1000:.3f} kbit/s with everything")
    print(f"codec {header.codec_id.hex()}")


def _open_codec(model: str, source: Path, target: Path, threads: int | None) -> "NamedCodec":
    """Look at the places, then load the codec.

    Raises:
        MusicLMError: No source, or no model.
        OSError: The target cannot be written.
    """
    from musiclm.audio.files import require_writable
    from musiclm.errors import AudioError
    from musiclm.pipeline.folder import find_part

    if not source.exists():
        raise AudioError(f"no file {source}: give the path of what to read")
    require_writable(target)
    folder = find_part(model, "codec")

    # From here on it costs seconds.
    import torch

    from musiclm.codec.files import NamedCodec

    if threads is not None:
        torch.set_num_threads(threads)
    return NamedCodec.load(folder)


class _Progress:
    """A line that is written over on a terminal, a line now and then elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._began = self._last = time.monotonic()
        self._live = sys.stderr.isatty()
        self._open = False

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._open:
            print(file=sys.stderr, flush=True)

    def report(self, done: float, whole: float | None) -> None:
        now = time.monotonic()
        if self._quiet or now - self._last < (0.2 if self._live else _SECONDS_BETWEEN_LINES):
            return
        self._last = now
        share = f" of {whole:.0f}" if whole else ""
        self._say(f"{done:.0f}{share} s, real-time factor {(now - self._began) / done:.3f}")

    def done(self, target: Path, facts: "CodeFacts") -> None:
        if self._quiet:
            return
        spent = time.monotonic() - self._began
        self._say(
            f"{target}: {facts.seconds:.2f} s in {spent:.1f} s (real-time factor "
            f"{spent / facts.seconds:.3f}), {facts.header.n_q} levels, "
            f"{facts.header.bits_per_second / 1000:g} kbit/s, {facts.n_bytes} bytes of codes"
        )

    def _say(self, text: str) -> None:
        if self._live:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
            self._open = True
        else:
            print(text, file=sys.stderr, flush=True)


def _as_dict(facts: "CodeFacts") -> dict[str, Any]:
    """For programs."""
    header = facts.header
    return {
        "seconds": facts.seconds,
        "sample_rate": header.sample_rate,
        "n_channels": header.n_channels,
        "n_samples": facts.totals.n_samples,
        "n_frames": facts.totals.n_frames,
        "levels": header.n_q,
        "codebook_size": header.codebook_size,
        "bits_per_second": header.bits_per_second,
        "file_bits_per_second": facts.file_bits_per_second,
        "bytes": facts.n_bytes,
        "codec": header.codec_id.hex(),
    }
