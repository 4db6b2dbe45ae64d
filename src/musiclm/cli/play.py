"""``musiclm play PROMPT``: music out while it is made, to a loudspeaker or as raw samples.

Raw samples are 16-bit little-endian stereo: ``| aplay -f S16_LE -r 24000 -c 2``. Everything that
people read goes to standard error.
"""

import queue
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from musiclm.cli.options import (
    Bass,
    Bpm,
    Brightness,
    Chords,
    Density,
    Drums,
    Guidance,
    Key,
    Like,
    Melody,
    Metre,
    Model,
    Negative,
    Quantized,
    Quiet,
    Seed,
    Separate,
    Temperature,
    TopK,
    controls_from,
    liked,
    per_stage,
    precision_from,
    tune_from,
)
from musiclm.errors import GenerationError

if TYPE_CHECKING:
    from torch import Tensor

    from musiclm.cli.progress import Quiet as Shown
    from musiclm.pipeline.live import Steered

Write = Callable[["Tensor"], None]
_LONGEST_LINE = 10_000
_INSTEAD = "pipe the samples: musiclm play ... | aplay -f S16_LE -r 24000 -c 2"


def play(
    prompt: Annotated[
        str, typer.Argument(metavar="PROMPT", help="What the music is like, as for generate.")
    ] = "",
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="- writes raw 16-bit little-endian samples to standard output, as a pipe gets "
            "without it: | aplay -f S16_LE -r 24000 -c 2",
        ),
    ] = None,
    duration: Annotated[
        float | None,
        typer.Option("--duration", "-d", help="Seconds, 1 to 600. Default: until Ctrl-C."),
    ] = None,
    seed: Seed = None,
    control: Annotated[
        str | None,
        typer.Option(
            metavar="-",
            help="Lines on standard input change what comes next: prompt TEXT, tempo 120, "
            "drums off, bass on, density 4, brightness 0.7, chords BARS, end.",
        ),
    ] = None,
    negative_prompt: Negative = None,
    like: Like = None,
    melody: Melody = None,
    separate: Separate = False,
    bpm: Bpm = None,
    key: Key = None,
    metre: Metre = None,
    chords: Chords = None,
    drums: Drums = None,
    bass: Bass = None,
    density: Density = None,
    brightness: Brightness = None,
    temperature: Temperature = None,
    top_k: TopK = None,
    guidance_scale: Guidance = None,
    model: Model = "small",
    quantize: Quantized = None,
    quiet: Quiet = False,
) -> None:
    """Play music while it is made.

    Plays on the default device, for which the extra "play" is needed: pip install
    'musiclm[play]'. Where standard output is no terminal, or with -o -, raw samples go there.
    Every sample is made 2 dB louder and bent softly below full scale.
    """
    from musiclm.audio.device import sounddevice_for
    from musiclm.pipeline.hub import require_model
    from musiclm.pipeline.request import (
        checked_duration,
        checked_guidance,
        checked_seed,
        checked_temperature,
        checked_top_k,
    )
    from musiclm.pipeline.wish import Options, wishes_of

    if output not in (None, "-") or control not in (None, "-"):
        raise typer.BadParameter("the only value is -", param_hint="-o" if output else "--control")
    options = Options(
        negative_prompt=negative_prompt, bpm=bpm, key=key, metre=metre, like=liked(like)
    )
    controls = controls_from(
        chords=chords, drums=drums, bass=bass, density=density, brightness=brightness
    )
    wishes_of(prompt, options)
    seconds = None if duration is None else checked_duration(duration)
    chosen = checked_seed(seed)
    heat = per_stage(temperature, "--temperature", checked_temperature)
    likeliest = per_stage(top_k, "--top-k", checked_top_k)
    guidance = per_stage(guidance_scale, "--guidance-scale", checked_guidance)
    terminal = sys.stdout.isatty()
    if output == "-" and terminal:
        raise typer.BadParameter("audio does not belong on a terminal", param_hint="-o")
    loud = output is None and terminal
    device = sounddevice_for("playing", instead=_INSTEAD) if loud else None
    tune = tune_from(melody)
    require_model(model)

    # From here on it costs seconds.
    from musiclm.cli.progress import show_progress
    from musiclm.pipeline.any_model import open_model, stream_of

    # A bar that goes to an end says nothing of music without one.
    with show_progress(quiet=quiet, live=False) as progress:
        progress.say(f"seed {chosen}")
        progress.loading(model)
        stream = stream_of(
            open_model(model, precision=precision_from(quantize)),
            prompt,
            duration=seconds,
            seed=chosen,
            options=options,
            controls=controls,
            melody=tune,
            separate=separate,
            temperature=heat,
            top_k=likeliest,
            guidance_scale=guidance,
        )
        lines = _lines() if control else None
        if seconds is None:
            progress.say("playing until Ctrl-C")
        try:
            with _speaker(device, stream.sample_rate, progress) as write:
                _play(stream, write, lines, progress)
        except KeyboardInterrupt:
            progress.say(f"stopped after {stream.position:.0f} s")


def _play(
    stream: "Steered", write: Write, lines: "queue.SimpleQueue[str] | None", progress: "Shown"
) -> None:
    """Hand on piece after piece, and before each do what the lines say that came meanwhile."""
    from musiclm.pipeline.live import steer

    for piece in stream:
        write(piece)
        while lines is not None and not lines.empty():
            try:
                said = steer(stream, lines.get())
            except GenerationError as error:
                # Music goes on: a slip of the finger is no reason to stop it.
                progress.warn(str(error))
            else:
                if said:
                    progress.say(f"{stream.planned_seconds:.1f} s: {said}")


def _lines() -> "queue.SimpleQueue[str]":
    """Lines of standard input, as they come, read by a thread of their own."""
    found: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        while line := sys.stdin.buffer.readline(_LONGEST_LINE):
            found.put(line.decode("utf-8", "replace"))

    # A thread that waits for a line must not keep the process from ending.
    threading.Thread(target=read, daemon=True, name="musiclm-control").start()
    return found


@contextmanager
def _speaker(device: Any, sample_rate: int, progress: "Shown") -> Iterator[Write]:
    """Where samples go: the default device, or standard output."""
    from musiclm.audio.blocks import to_stereo
    from musiclm.pipeline.live import levelled, pcm16

    if device is None:

        def to_pipe(samples: "Tensor") -> None:
            sys.stdout.buffer.write(pcm16(to_stereo(samples)))
            sys.stdout.buffer.flush()

        yield to_pipe
        return
    late = False
    with device.OutputStream(samplerate=sample_rate, channels=2, dtype="float32") as opened:

        def to_device(samples: "Tensor") -> None:
            nonlocal late
            ran_dry = opened.write(levelled(to_stereo(samples)).T.contiguous().numpy())
            if ran_dry and opened.time and not late:
                late = True
                progress.warn("gaps: this machine makes music more slowly than it plays")

        yield to_device
