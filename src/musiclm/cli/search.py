"""``musiclm search FOLDER PROMPT``: a sentence or a sound in, the files that fit it out.

Standard output carries the ranking, for people or with ``--json``; progress and what was skipped
go to standard error. Everything that can be refused is refused before any file is listened to.
"""

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from musiclm.pipeline.search import AudioIndex, Found

_MOST_NAMED = 10


class By(StrEnum):
    """What is ranked."""

    CLIP = "clip"
    BEST_WINDOW = "best-window"


def search(
    folder: Annotated[Path, typer.Argument(help="Folder with WAV, FLAC, Ogg, MP3 or AIFF files.")],
    prompt: Annotated[
        list[str] | None,
        typer.Argument(metavar="PROMPT...", help="What the music is like; several count together."),
    ] = None,
    like: Annotated[
        list[Path] | None,
        typer.Option(help="A sound file to resemble, besides the prompts. May be repeated."),
    ] = None,
    weight: Annotated[
        list[float] | None,
        typer.Option(
            help="One for each prompt, then each --like; below 0 turns away from it. Default: 1."
        ),
    ] = None,
    num_results: Annotated[int, typer.Option("--num-results", "-n", min=1, help="Files.")] = 10,
    by: Annotated[
        By, typer.Option(help="Rank by the mean over each file, or by its best ten seconds.")
    ] = By.CLIP,
    recursive: Annotated[
        bool, typer.Option("--recursive/--no-recursive", help="Look in the folders inside, too.")
    ] = True,
    index: Annotated[
        Path | None,
        typer.Option(help="Where to keep the index. Default: .musiclm-index in the folder."),
    ] = None,
    model: Annotated[
        str, typer.Option(help="Name of a model in the box, a model folder, or a MuLan folder.")
    ] = "small",
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress; only warnings and errors.")
    ] = False,
) -> None:
    """Find the sound files of a folder that fit a sentence, or another sound.

    The first search listens to every file and keeps an index; later ones only listen to files that
    are new or changed.
    """
    from musiclm.pipeline.folder import find_part
    from musiclm.pipeline.request import checked_prompts

    sounds = like or []
    if not prompt and not sounds:
        raise typer.BadParameter(
            'give a prompt, for example "calm piano", or --like FILE', param_hint="PROMPT"
        )
    prompts = checked_prompts(prompt) if prompt else ()
    n_queries = len(prompts) + len(sounds)
    found_model = find_part(model, "mulan")

    # From here on it costs seconds.
    import torch

    from musiclm.cli.progress import show_progress
    from musiclm.mulan.model import Mulan
    from musiclm.pipeline.search import build_index, checked_weights, sound_files
    from musiclm.pipeline.search_listen import embed_file

    checked_weights(weight or None, n_queries)
    sound_files(folder, recursive=recursive)
    with show_progress(quiet=quiet) as shown:
        shown.loading(model)
        mulan = Mulan.load(found_model, towers="both")
        embeddings = [mulan.embed_text(prompts)] if prompts else []
        embeddings += [embed_file(path, mulan)[None] for path in sounds]

        def report(progress: Any) -> None:
            shown.clip(progress.clip, progress.n_clips)
            shown.report(progress)

        made = build_index(
            folder,
            mulan,
            recursive=recursive,
            cache=index,
            on_progress=report,
            on_notice=lambda text: shown.warn(_printable(text)),
        )
        for each in made.skipped[:_MOST_NAMED]:
            shown.warn(_printable(f"skipped {each.path}: it {each.fault}"))
        if (more := len(made.skipped) - _MOST_NAMED) > 0:
            shown.warn(f"skipped {more} more: --json names them all")
        shown.say(
            f"{len(made.paths)} file(s) to search, {made.n_new} new or changed, "
            f"{len(made.skipped)} skipped"
        )
    results = made.search(torch.cat(embeddings), num_results, weights=weight or None, by=by.value)
    if as_json:
        queries = [{"prompt": text} for text in prompts] + [{"like": str(path)} for path in sounds]
        asked = [
            {**query, "weight": share}
            for query, share in zip(queries, weight or [1.0] * n_queries, strict=True)
        ]
        facts = {"folder": str(folder), "model": model, "queries": asked, "by": by.value}
        print(json.dumps(facts | _as_dict(made, results), indent=2))
    else:
        _print(_table(results))


def _as_dict(index: "AudioIndex", results: "Sequence[Found]") -> dict[str, Any]:
    """For programs."""
    return {
        "n_files": len(index.paths),
        "n_new": index.n_new,
        "index": None if index.place is None else str(index.place),
        "results": [
            {
                "rank": rank,
                "path": str(found.path),
                "score": round(found.score, 6),
                "start_seconds": round(found.start_seconds, 3),
            }
            for rank, found in enumerate(results, start=1)
        ],
        "skipped": [{"path": str(each.path), "fault": each.fault} for each in index.skipped],
    }


def _table(results: "Sequence[Found]") -> str:
    """For people: rank, score, where the best window begins, path."""
    lines = ["  #  score   from  file"]
    for rank, found in enumerate(results, start=1):
        minutes, seconds = divmod(int(found.start_seconds), 60)
        clock = f"{minutes}:{seconds:02d}"
        lines.append(f"{rank:3} {found.score:6.3f} {clock:>6}  {_printable(str(found.path))}")
    return "\n".join(lines)


def _printable(text: str) -> str:
    """Names of files may hold anything, even what moves the cursor or is no character."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _print(text: str) -> None:
    """To standard output, also where its encoding lacks a letter."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))
