"""``musiclm generate PROMPT``: sentences in, audio files out.

Standard output carries data only (audio with ``-o -``, JSON with ``--json``); progress, the seed
and warnings go to standard error. Everything that can be refused is refused before the model loads.
"""

import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from musiclm.errors import GenerationError

if TYPE_CHECKING:
    from musiclm.pipeline.generation import Generation

_LARGEST_TEXT = 1_000_000  # Bytes read from standard input or a prompt file.
_LONGEST_SLUG = 48
_USUAL_SECONDS = 10.0

Temperature = Annotated[
    list[str] | None,
    typer.Option(
        "--temperature",
        metavar="[STAGE=]NUMBER",
        help="More is more varied; for all stages, or one: semantic=1.0. May be repeated.",
    ),
]


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
            help="File (.wav or .flac), folder, or - for standard output. "
            "Default: a name made of the prompt and the seed.",
        ),
    ] = None,
    duration: Annotated[
        float | None,
        typer.Option(
            "--duration",
            "-d",
            help="Seconds of music, 1 to 300. Default: what the prompt says, or 10.",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Same seed, same music. Default: random, and printed.")
    ] = None,
    num_samples: Annotated[
        int, typer.Option(help="Clips of each prompt; ranked by how well they agree with it.")
    ] = 1,
    negative_prompt: Annotated[
        str | None, typer.Option(help="What the music should keep away from.")
    ] = None,
    bpm: Annotated[float | None, typer.Option(help="Tempo; wins over the prompt.")] = None,
    key: Annotated[str | None, typer.Option(help="Such as Dm; wins over the prompt.")] = None,
    metre: Annotated[str | None, typer.Option(help="Such as 3/4; wins over the prompt.")] = None,
    temperature: Temperature = None,
    top_k: Annotated[
        list[str] | None,
        typer.Option(
            "--top-k",
            metavar="[STAGE=]NUMBER",
            help="Draw from that many likeliest tokens; 0 is all. May be repeated.",
        ),
    ] = None,
    guidance_scale: Annotated[
        list[str] | None,
        typer.Option(
            "--guidance-scale",
            metavar="[STAGE=]NUMBER",
            help="More follows the prompt more closely; 1 is none. May be repeated.",
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(help="Name of a model in the box, or a model folder.")
    ] = "small",
    prompt_file: Annotated[
        Path | None,
        typer.Option(help="A prompt a line, UTF-8; empty lines and lines with # are skipped."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object for each file on standard output.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress; only warnings and errors.")
    ] = False,
) -> None:
    """Make music from a sentence.

    Writes 16-bit stereo audio, and beside it a .json file with everything needed to make the
    same music again. Several prompts, or --num-samples, make several files.
    """
    from musiclm.audio.files import require_writable
    from musiclm.pipeline.folder import find_model
    from musiclm.pipeline.request import (
        checked_count,
        checked_duration,
        checked_guidance,
        checked_seed,
        checked_temperature,
        checked_top_k,
    )
    from musiclm.pipeline.wish import Options, wishes_of

    options = Options(negative_prompt=negative_prompt, bpm=bpm, key=key, metre=metre)
    wishes = wishes_of(_prompts(prompt or [], prompt_file), options)
    first_seed = checked_seed(seed)
    n_clips = len(wishes) * checked_count(num_samples)
    heat = _per_stage(temperature, "--temperature", checked_temperature)
    likeliest = _per_stage(top_k, "--top-k", checked_top_k)
    guidance = _per_stage(guidance_scale, "--guidance-scale", checked_guidance)
    each = [wish for wish in wishes for _ in range(num_samples)]
    usual = [wish.facts.seconds or _USUAL_SECONDS for wish in each]
    lengths = [checked_duration(said if duration is None else duration) for said in usual]
    to_stdout = output == "-"
    if to_stdout and (n_clips > 1 or as_json):
        what = "one clip" if n_clips > 1 else "the audio and no JSON"
        raise typer.BadParameter(
            f"standard output takes {what}: give a folder with -o", param_hint="-o"
        )
    if to_stdout and sys.stdout.isatty():
        raise typer.BadParameter("audio does not belong on a terminal", param_hint="-o")
    paths = [] if to_stdout else _targets(output, [wish.text for wish in each], first_seed)
    for path in paths[:1]:
        require_writable(path)
    folder = find_model(model)

    # From here on it costs seconds.
    from dataclasses import replace

    from musiclm.cli.progress import show_progress
    from musiclm.pipeline.musiclm import MusicLM

    with show_progress(quiet=quiet) as progress:
        progress.say(f"seed {first_seed}")
        progress.loading(model)
        music = MusicLM.from_pretrained(folder)
        if n_clips > 1:
            progress.say(f"{n_clips} clips of {lengths[0]:g} s")
        ranked: list[tuple[float, str]] = []
        for number, wish in enumerate(each):
            progress.clip(number, n_clips)
            made = music.generate(
                [wish.text],
                duration=lengths[number],
                seed=first_seed + number,
                options=options,
                temperature=heat,
                top_k=likeliest,
                guidance_scale=guidance,
                on_progress=progress.report,
            )
            if num_samples > 1:
                score = music.score(made.waveform[0], wish.text)
                made = replace(made, scores=(score,))
            where = _deliver(made, None if to_stdout else paths[number], as_json=as_json)
            progress.done(made, where)
            if made.silent[0]:
                progress.warn(f"the clip of seed {made.seed} is silent: try another seed")
            ranked += [(score, where)] if num_samples > 1 else []
        for place, (score, where) in enumerate(sorted(ranked, reverse=True), start=1):
            progress.say(f"{place}. {where} (agreement {score:.2f})")


def _deliver(made: "Generation", path: Path | None, *, as_json: bool) -> str:
    """Write one clip; returns where it went, for the last line."""
    if path is None:
        made.write(sys.stdout.buffer)
        return "standard output"
    made.save(path)
    if as_json:
        print(json.dumps({"path": str(path), **made.facts()}, ensure_ascii=True), flush=True)
    return str(path)


def _prompts(words: list[str], prompt_file: Path | None) -> list[str]:
    """Prompts from the command line, standard input and a file, in that order."""
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
    if not prompts:
        raise typer.BadParameter(
            'give at least one prompt, for example "calm piano"', param_hint="PROMPT"
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


def _per_stage(
    given: list[str] | None, option: str, checked: Callable[[float], float]
) -> float | dict[str, float] | None:
    """``0.9`` for all stages, or ``semantic=1.0`` for one.

    Raises:
        typer.BadParameter: Neither a number nor STAGE=NUMBER, or both kinds at once.
    """
    if not given:
        return None
    values: dict[str, float] = {}
    for text in given:
        stage, _, number = text.rpartition("=")
        try:
            values[stage] = checked(float(number))
        except GenerationError:
            raise
        except ValueError:
            raise typer.BadParameter(
                f'expected a number or STAGE=NUMBER, got "{text}"', param_hint=option
            ) from None
    if "" in values:
        if len(given) > 1:
            raise typer.BadParameter(
                "give one number for all stages, or STAGE=NUMBER for each", param_hint=option
            )
        return values[""]
    return values


def _targets(output: str | None, prompts: list[str], seed: int) -> list[Path]:
    """A path for each clip.

    Raises:
        typer.BadParameter: The suffix names no format.
    """
    from musiclm.pipeline.generation import numbered

    folder = Path() if output is None else Path(output)
    if output is None or output.endswith(("/", os.sep)) or folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        return [
            folder / f"{_slug(text)}-{seed + number}.wav" for number, text in enumerate(prompts)
        ]
    if folder.suffix.lower() not in (".wav", ".flac"):
        raise typer.BadParameter(
            f'the output must end in .wav or .flac, or be a folder, got "{folder.name}"',
            param_hint="-o",
        )
    return [folder] if len(prompts) == 1 else numbered(folder, len(prompts))


def _slug(prompt: str) -> str:
    """A file name that a shell needs no quotes for: the prompt's first words in plain letters.

    Example:
        >>> _slug("Jazz mélancolique, au piano!")
        'jazz-melancolique-au-piano'
    """
    plain = unicodedata.normalize("NFKD", prompt).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return slug[:_LONGEST_SLUG].strip("-") or "music"
