"""``musiclm generate PROMPT``: sentences in, audio files out.

Standard output carries data only (audio with ``-o -``, JSON with ``--json``); progress, the seed
and warnings go to standard error. Everything that can be refused is refused before the model loads.
"""

import json
import os
import re
import sys
import unicodedata
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    from musiclm.cli.progress import Quiet as Shown
    from musiclm.pipeline.any_model import AnyModel
    from musiclm.pipeline.generation import Generation
    from musiclm.pipeline.record import Piece

_LARGEST_TEXT = 1_000_000  # Bytes read from standard input or a prompt file.
_LONGEST_SLUG = 48
_USUAL_SECONDS = 10.0


class Keep(StrEnum):
    """Which of several samples are written."""

    ALL = "all"
    BEST = "best"


def generate(
    prompt: Annotated[
        list[str] | None,
        typer.Argument(metavar="PROMPT...", help="What the music is like; - reads standard input."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="File (.wav, .flac or .ogg), folder, or - for standard output. "
            "Default: a name made of the prompt and the seed.",
        ),
    ] = None,
    duration: Annotated[
        float | None,
        typer.Option(
            "--duration",
            "-d",
            help="Seconds of music, 1 to 600. Default: what the prompt says, or 10.",
        ),
    ] = None,
    seed: Seed = None,
    num_samples: Annotated[
        int, typer.Option(help="Clips of each prompt; ranked by how well they agree with it.")
    ] = 1,
    keep: Annotated[
        Keep, typer.Option(help="Write all samples of a prompt, or the best one only.")
    ] = Keep.ALL,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STAGE",
            help="Samples share the seed, and only this stage draws anew: acoustic keeps the "
            "structure and changes the sound. May be repeated.",
        ),
    ] = None,
    negative_prompt: Negative = None,
    like: Like = None,
    continue_from: Annotated[
        Path | None,
        typer.Option(help="Go on from the end of this recording; the duration is what is new."),
    ] = None,
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
    prompt_file: Annotated[
        Path | None,
        typer.Option(help="A prompt a line, UTF-8; empty lines and lines with # are skipped."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object for each file on standard output.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Make music from a sentence.

    Writes 16-bit stereo audio, and beside it a .json file with everything needed to make the
    same music again (musiclm replay). Several prompts, or --num-samples, make several files.
    """
    from musiclm.audio.files import require_writable
    from musiclm.pipeline.hub import require_model
    from musiclm.pipeline.request import (
        checked_count,
        checked_duration,
        checked_guidance,
        checked_seed,
        checked_temperature,
        checked_top_k,
    )
    from musiclm.pipeline.sound import sound_of
    from musiclm.pipeline.wish import Options, wishes_of

    prompts = _prompts(prompt or [], prompt_file, optional=bool(like))
    count = checked_count(num_samples)
    if vary and count == 1:
        raise typer.BadParameter("give --num-samples 2 or more with it", param_hint="--vary")
    options = Options(
        negative_prompt=negative_prompt, bpm=bpm, key=key, metre=metre, like=liked(like)
    )
    controls = controls_from(
        chords=chords, drums=drums, bass=bass, density=density, brightness=brightness
    )
    recording = None if continue_from is None else sound_of(continue_from)
    tune = tune_from(melody)
    wishes = wishes_of(prompts, options)
    first_seed = checked_seed(seed)
    heat = per_stage(temperature, "--temperature", checked_temperature)
    likeliest = per_stage(top_k, "--top-k", checked_top_k)
    guidance = per_stage(guidance_scale, "--guidance-scale", checked_guidance)
    usual = [wish.facts.seconds or _USUAL_SECONDS for wish in wishes]
    lengths = [checked_duration(said if duration is None else duration) for said in usual]
    n_files = len(wishes) * (1 if keep is Keep.BEST else count)
    places = Places(output, n_files, first_seed, as_json=as_json)
    require_writable(places.first(wishes[0].text))
    require_model(model)

    # From here on it costs seconds.
    from musiclm.cli.progress import show_progress
    from musiclm.pipeline.any_model import open_model
    from musiclm.pipeline.record import pieces_of

    with show_progress(quiet=quiet) as progress:
        progress.say(f"seed {first_seed}")
        progress.loading(model)
        music = open_model(model, precision=precision_from(quantize))
        settings = music.settings(heat, likeliest, guidance)
        if len(wishes) * count > 1:
            progress.say(f"{len(wishes) * count} clips of {lengths[0]:g} s")
        for number, text in enumerate(prompts):
            pieces = pieces_of(
                text,
                settings=settings,
                duration=lengths[number],
                seed=first_seed + number * count,
                num_samples=count,
                options=options,
                controls=controls,
                vary=vary or (),
                continue_from=recording,
                melody=tune,
                separate=separate,
            )
            _make(music, pieces, places, progress, number * count, len(wishes) * count, keep)


def _make(
    music: "AnyModel",
    pieces: "list[Piece]",
    places: "Places",
    progress: "Shown",
    first: int,
    n_clips: int,
    keep: Keep,
) -> None:
    """Make and write the samples of one prompt, or the best of them."""
    best: Generation | None = None
    ranked: list[tuple[float, str]] = []
    for number, piece in enumerate(pieces, start=first):
        progress.clip(number, n_clips)
        made = music.make([piece], scored=len(pieces) > 1, on_progress=progress.report)
        if made.silent[0]:
            progress.warn(f"the clip of seed {made.seed} is silent: try another seed")
        total = made.merits[0].total if made.merits else 0.0
        if keep is Keep.BEST:
            ranked.append((total, f"seed {made.seed}" + _variation(piece)))
            if best is None or total > best.merits[0].total:
                best = made
        else:
            where = places.deliver(made, piece)
            progress.done(made, where)
            ranked.append((total, where))
    if best is not None:
        progress.done(best, places.deliver(best, None))
    if len(pieces) > 1:
        ordered = sorted(ranked, key=lambda each: -each[0])
        for place, (total, where) in enumerate(ordered, start=1):
            progress.say(f"{place}. {where} (merit {total:.2f})")


def _variation(piece: "Piece") -> str:
    request = piece.request
    return f", variation {request.variation + 1}" if request.vary else ""


class Places:
    """Where clips go: a file, numbered files, names of their own in a folder, standard output.

    State: how many were delivered.
    """

    def __init__(self, output: str | None, n_files: int, seed: int, *, as_json: bool) -> None:
        """Find out what the user meant.

        Args:
            output: What was given with ``-o``.
            n_files: How many there will be.
            seed: Of the first clip.
            as_json: Whether facts are printed for each file.

        Raises:
            typer.BadParameter: A suffix that names no format, or standard output cannot take it.
        """
        self._json, self._seed, self._n_delivered = as_json, seed, 0
        self._folder: Path | None = None
        self._files: list[Path] | None = None
        if output == "-":
            _require_one(n_files, as_json=as_json)
            return
        target = Path() if output is None else Path(output)
        if output is None or output.endswith(("/", os.sep)) or target.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            self._folder = target
            return
        if target.suffix.lower() not in (".wav", ".flac", ".ogg"):
            raise typer.BadParameter(
                f'the output must end in .wav, .flac or .ogg, or be a folder, got "{target.name}"',
                param_hint="-o",
            )
        from musiclm.pipeline.generation import numbered

        self._files = [target] if n_files == 1 else numbered(target, n_files)

    def first(self, text: str) -> Path:
        """Where the first clip may go, to see whether that place can be written to."""
        if self._folder is not None:
            return self._folder / f"{_slug(text)}-{self._seed}.wav"
        return self._files[0] if self._files else Path(os.devnull)

    def deliver(self, made: "Generation", piece: "Piece | None") -> str:
        """Write one clip; returns where it went, for the last line.

        Args:
            made: Of one clip.
            piece: Its record, if others of the same seed are delivered too.
        """
        number, self._n_delivered = self._n_delivered, self._n_delivered + 1
        if self._folder is not None:
            turn = ""
            if piece is not None and piece.request.vary:
                turn = f"-{piece.request.variation + 1}"
            path = self._folder / f"{_slug(made.prompts[0])}-{made.seed}{turn}.wav"
        elif self._files is not None:
            path = self._files[number]
        else:
            made.write(sys.stdout.buffer)
            return "standard output"
        made.save(path)
        if self._json:
            print(json.dumps({"path": str(path), **made.facts()}, ensure_ascii=True), flush=True)
        return str(path)


def _require_one(n_files: int, *, as_json: bool) -> None:
    """Refuse what standard output cannot take."""
    if n_files > 1 or as_json:
        what = "one clip" if n_files > 1 else "the audio and no JSON"
        raise typer.BadParameter(
            f"standard output takes {what}: give a folder with -o", param_hint="-o"
        )
    if sys.stdout.isatty():
        raise typer.BadParameter("audio does not belong on a terminal", param_hint="-o")


def _prompts(words: list[str], prompt_file: Path | None, *, optional: bool) -> list[str]:
    """Prompts from the command line, standard input and a file, in that order.

    Where they are optional and there is none, one without words.
    """
    prompts = [
        _text(sys.stdin.buffer.read(_LARGEST_TEXT + 1), "standard input") if word == "-" else word
        for word in words
    ]
    if prompt_file is not None:
        try:
            with prompt_file.open("rb") as file:
                content = _text(file.read(_LARGEST_TEXT + 1), str(prompt_file))
        except FileNotFoundError:
            raise GenerationError(f"no prompt file {prompt_file}: give its path") from None
        lines = (line.strip() for line in content.splitlines())
        found = [line for line in lines if line and not line.startswith("#")]
        if not found:
            raise GenerationError(f"{prompt_file} holds no prompt: write one a line")
        prompts += found
    if not prompts and optional:
        return [""]
    if not prompts:
        raise typer.BadParameter(
            'give at least one prompt, for example "calm piano", or --like FILE',
            param_hint="PROMPT",
        )
    return prompts


def _text(content: bytes, source: str) -> str:
    """Bytes from outside as text."""
    if len(content) > _LARGEST_TEXT:
        raise GenerationError(
            f"{source} holds more than {_LARGEST_TEXT:,} bytes: give prompts of one sentence"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GenerationError(
            f"{source} is not valid UTF-8 (byte {error.start + 1}): save it as UTF-8"
        ) from None


def _slug(prompt: str) -> str:
    """A file name that a shell needs no quotes for: the prompt's first words in plain letters.

    Example:
        >>> _slug("Jazz mélancolique, au piano!")
        'jazz-melancolique-au-piano'
    """
    plain = unicodedata.normalize("NFKD", prompt).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return slug[:_LONGEST_SLUG].strip("-") or "music"
