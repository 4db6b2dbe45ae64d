"""A recipe and a budget in, a model folder and a report out: the whole chain, resumable anywhere.

The parts run one after the other, each in a process of its own, so that memory and thread pools
are fresh and a crash of one part is not a crash of all. A finished part leaves ``done.json`` with
a key over its recipe and the keys of the parts it was made from; running again skips it.
"""

import hashlib
import json
import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import torch

from musiclm.config import Frozen
from musiclm.errors import ConfigError, MusicLMError
from musiclm.train.fit import TrainingError
from musiclm.train.parts import train_part
from musiclm.train.recipe import AllRecipe, CorpusRecipe, load_recipe

_WAYS: Mapping[str, tuple[str, ...]] = {
    "delay": ("acoustic",),
    "hierarchy": ("coarse", "fine"),
    "soundstorm": ("soundstorm",),
}
_UNLIMITED = ("corpus", "tokens")
_DONE = "done.json"
OnPart = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """One step of the chain."""

    name: str
    recipe: Frozen
    needs: tuple[str, ...]


def plan_parts(
    scale: str | Path, *, overrides: Sequence[str] = (), with_corpus: bool = True
) -> tuple[AllRecipe, list[Part]]:
    """The parts of a scale in the order in which they run.

    Args:
        scale: As for ``load_recipe``.
        overrides: ``part.key=value`` for a part's recipe, ``key=value`` for ``all.toml``.
        with_corpus: Whether a corpus is composed; otherwise one is given.

    Raises:
        ConfigError: A recipe or override is impossible, or a part has no minutes.
    """
    own = [text for text in overrides if "." not in text.partition("=")[0]]
    recipe = cast("AllRecipe", load_recipe(scale, "all", own))
    acoustic = _WAYS[recipe.way]
    needs: dict[str, tuple[str, ...]] = {
        **({"corpus": ()} if with_corpus else {}),
        "codec": ("corpus",),
        "mulan": ("corpus",),
        "tokenizer": ("corpus",),
        "tokens": ("corpus", "codec", "mulan", "tokenizer"),
        "semantic": ("tokens",),
        **{stage: ("tokens",) for stage in acoustic},
    }
    strangers = [
        text for text in overrides if text not in own and text.partition(".")[0] not in needs
    ]
    if strangers:
        raise ConfigError(
            f"--set {strangers[0]!r}: no such part; with `all`, settings begin with one of "
            f"{', '.join(needs)}, for example --set acoustic.batch_size=8"
        )
    trained = [name for name in needs if name not in _UNLIMITED]
    missing = [name for name in trained if recipe.minutes.get(name, 0) <= 0]
    if missing:
        raise ConfigError(f"minutes in all.toml must be > 0 for {', '.join(missing)}")
    parts = []
    for name, before in needs.items():
        prefix = f"{name}."
        chosen = [text.removeprefix(prefix) for text in overrides if text.startswith(prefix)]
        present = tuple(part for part in before if part in needs)
        parts.append(Part(name, load_recipe(scale, name, chosen), present))
    return recipe, parts


def train_all(
    scale: str,
    out: Path,
    *,
    budget_seconds: float | None = None,
    max_steps: int | None = None,
    corpus: Path | None = None,
    overrides: Sequence[str] = (),
    isolate: bool = True,
    on_part: OnPart = lambda text: None,
) -> Path:
    """Make everything from nothing: ``out/model`` and ``out/report``.

    Args:
        scale: ``tiny``, ``small``, ``paper`` or a folder of recipes.
        out: Run folder; parts that are finished are skipped.
        budget_seconds: Time for everything that is still to do; without it each part has its
            recipe's own limits.
        max_steps: Steps of each trained part, for trying out.
        corpus: A corpus that exists; by default one is composed.
        overrides: See ``plan_parts``.
        isolate: Whether each part has a process of its own.
        on_part: Told what happens, a line at a time.

    Returns:
        The model's folder.

    Raises:
        ConfigError: A recipe is impossible, or a part's folder belongs to another recipe.
        TrainingError: A part failed.
    """
    recipe, parts = plan_parts(scale, overrides=overrides, with_corpus=corpus is None)
    started = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    keys: dict[str, str] = {"corpus": _corpus_key(corpus)} if corpus is not None else {}
    waiting = []
    for part in parts:
        keys[part.name] = _key(part, keys)
        state = _state(out / part.name, keys[part.name])
        if state == "other":
            raise ConfigError(
                f"{out / part.name} was made with other settings or from other parts: "
                "delete that folder, or choose another --out"
            )
        if state == "done":
            on_part(f"{part.name}: done before")
        else:
            waiting.append(part)
    for index, part in enumerate(waiting):
        left = None if budget_seconds is None else budget_seconds - (time.monotonic() - started)
        steps, seconds = _limits(part, waiting[index:], recipe, left, max_steps)
        on_part(f"{part.name}: begins" + (f" for {seconds / 60:.1f} minutes" if seconds else ""))
        began = time.monotonic()
        task = _Task(part.name, part.recipe, str(scale), out, corpus, steps, seconds)
        _run_alone(task) if isolate else run_task(task)
        _mark_done(out / part.name, keys[part.name], time.monotonic() - began)
        on_part(f"{part.name}: done in {(time.monotonic() - began) / 60:.1f} minutes")
    key = _join([keys[part.name] for part in parts])
    model = assemble(recipe, str(scale), out, key=key)
    if recipe.report_prompts and _state(out / "report", key) != "done":
        began = time.monotonic()
        report(recipe, out, on_part)
        _mark_done(out / "report", key, time.monotonic() - began)
    return model


@dataclass(frozen=True, slots=True)
class _Task:
    """What a part's process is told; plain enough to be sent there."""

    name: str
    recipe: Frozen
    scale: str
    out: Path
    corpus: Path | None
    max_steps: int | None
    max_seconds: float | None


def run_task(task: _Task) -> None:
    """Make one part, in this process."""
    if task.name == "corpus":
        # Imported late: composing needs no training code, and training no composer.
        from musiclm.corpus.build import build_corpus
        from musiclm.corpus.render import sound_from_name

        corpus = cast("CorpusRecipe", task.recipe)
        build_corpus(
            task.out / "corpus",
            hours=corpus.hours,
            seed=corpus.seed,
            jobs=os.cpu_count() or 1,
            sound=sound_from_name(corpus.sound),
        )
        return
    train_part(
        task.name,
        task.recipe,
        scale=task.scale,
        run=task.out,
        corpus=task.corpus,
        max_steps=task.max_steps,
        max_seconds=task.max_seconds,
    )


def _run_alone(task: _Task) -> None:
    """Run a task in a fresh process; pass signals on, bring errors back."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(
        target=_child, args=(task, theirs, torch.get_num_threads()), name=f"musiclm-{task.name}"
    )
    process.start()
    theirs.close()

    def pass_on(number: int, frame: Any) -> None:
        if process.pid is not None:
            os.kill(process.pid, signal.SIGTERM)
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, pass_on)
    try:
        message = _message(ours)
        process.join()
    except KeyboardInterrupt:
        # Ctrl-C reached the child as well: it writes its checkpoint before it ends.
        process.join()
        raise
    finally:
        signal.signal(signal.SIGTERM, previous)
        ours.close()
    if message is not None and message[0] == "interrupt":
        raise KeyboardInterrupt
    if message is not None or process.exitcode != 0:
        reason = message[1] if message is not None else f"exit code {process.exitcode}"
        raise TrainingError(
            f"the part {task.name} failed: {reason}: run the same command again to go on after "
            "the parts that are done"
        )


def _message(connection: Connection) -> tuple[str, str] | None:
    """What the process has to say; ``None`` if it ends in silence, which closes the pipe."""
    try:
        kind, text = connection.recv()
    except (EOFError, OSError):
        return None
    return kind, text


def _child(task: _Task, connection: Connection, threads: int) -> None:
    torch.set_num_threads(threads)
    try:
        run_task(task)
    except KeyboardInterrupt:
        connection.send(("interrupt", ""))
    except MusicLMError as error:
        connection.send(("error", str(error)))
    except Exception:
        connection.send(("error", traceback.format_exc()))


def assemble(recipe: AllRecipe, scale: str, out: Path, *, key: str) -> Path:
    """Join the artifacts of a run into ``out/model``."""
    from musiclm.pipeline.folder import assemble_model

    model = out / "model"
    name = Path(scale).name
    parts = ["mulan", "tokenizer", "codec", "semantic", *_WAYS[recipe.way]]
    cards = [
        (out / part / "artifact" / "card.md").read_text(encoding="utf-8").replace("\n#", "\n##")
        for part in parts
    ]
    assemble_model(
        model,
        mulan=out / "mulan" / "artifact",
        semantic=out / "semantic" / "artifact",
        acoustic=[out / stage / "artifact" for stage in _WAYS[recipe.way]],
        codec=out / "codec" / "artifact",
        name=name,
        version=key[:8],
        defaults=recipe.defaults,
        card=f"# Model `{name}`\n\nRun `{key[:16]}`.\n\n#" + "\n#".join(cards),
    )
    return model


def report(recipe: AllRecipe, out: Path, on_part: OnPart = lambda text: None) -> None:
    """Render the recipe's prompts with the finished model and describe what can be heard."""
    from musiclm.audio.describe import describe
    from musiclm.audio.io import read_audio
    from musiclm.pipeline.musiclm import MusicLM

    folder = out / "report"
    folder.mkdir(parents=True, exist_ok=True)
    model = MusicLM.from_pretrained(out / "model")
    rows = []
    for number, prompt in enumerate(recipe.report_prompts):
        began = time.monotonic()
        path = folder / f"{number:02d}.wav"
        model.generate(prompt, duration=recipe.report_seconds, seed=number).save(path)
        seconds = time.monotonic() - began
        heard = asdict(describe(read_audio(path)))
        rows.append({"prompt": prompt, "file": path.name, "wall_seconds": seconds, **heard})
        on_part(f"report: {path} ({prompt})")
    text = json.dumps(rows, indent=2, default=str)
    (folder / "prompts.json").write_text(text + "\n", encoding="utf-8")


def _limits(
    part: Part,
    waiting: Sequence[Part],
    recipe: AllRecipe,
    left: float | None,
    max_steps: int | None,
) -> tuple[int | None, float | None]:
    """Steps and seconds for one part; neither where its own recipe decides."""
    if part.name in _UNLIMITED:
        return None, None
    if left is not None:
        # A share of what is left, so that early overruns are made up for.
        names = [*(other.name for other in waiting), "report"]
        total = sum(recipe.minutes.get(name, 0.0) for name in names)
        return max_steps, max(1.0, left * recipe.minutes[part.name] / total)
    if max_steps is not None:
        return max_steps, None
    if getattr(part.recipe, "max_steps", None) or getattr(part.recipe, "max_minutes", None):
        return None, None
    if part.name in recipe.max_steps:
        return recipe.max_steps[part.name], None
    return None, 60.0 * recipe.minutes[part.name]


def _key(part: Part, keys: Mapping[str, str]) -> str:
    """Changes with the part's recipe and with everything it is made from."""
    free = {"max_steps", "max_minutes", "validate_seconds", "checkpoint_seconds"}
    values = {
        key: value
        for key, value in json.loads(part.recipe.to_json()).items()
        # Settings that are unset do nothing: those of later versions must not undo a run.
        if key not in free and value is not None
    }
    return _join([part.name, json.dumps(values, sort_keys=True), *(keys[n] for n in part.needs)])


def _corpus_key(corpus: Path) -> str:
    manifest = corpus / "manifest.jsonl"
    return hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.exists() else "absent"


def _join(texts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _state(folder: Path, key: str) -> str:
    """``done``, ``waiting``, or ``other`` when the folder was finished with another key."""
    try:
        found = json.loads((folder / _DONE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "waiting"
    return "done" if found.get("key") == key else "other"


def _mark_done(folder: Path, key: str, seconds: float) -> None:
    partial = folder / f"{_DONE}.partial"
    partial.write_text(json.dumps({"key": key, "seconds": round(seconds, 1)}), encoding="utf-8")
    partial.replace(folder / _DONE)
