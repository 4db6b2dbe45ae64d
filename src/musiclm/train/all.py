"""A recipe and a budget in, a model folder and a report out: the whole chain, resumable anywhere.

The parts run one after the other, each in a process of its own (``processes.py``); only most of
the corpus may be composed in the background, while the codec learns from its opening. A finished
part leaves ``done.json`` with a key over its recipe and the keys of the parts it was made from
(``plan.py``); running again skips it.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import torch

from musiclm.config import replace
from musiclm.errors import ConfigError
from musiclm.pipeline.folder import GenerationDefaults
from musiclm.train.plan import (
    UNLIMITED,
    WAYS,
    Device,
    Overlap,
    Part,
    choose,
    corpus_key,
    join_keys,
    keep_choices,
    key_of,
    mark_done,
    plan_parts,
    state_of,
)
from musiclm.train.processes import (
    Running,
    Task,
    finish,
    interrupted_by_sigterm,
    run_task,
    start,
    stop,
)
from musiclm.train.recipe import AllRecipe

__all__ = ["assemble", "plan_parts", "report", "train_all"]

OnPart = Callable[[str], None]


def train_all(
    scale: str,
    out: Path,
    *,
    budget_seconds: float | None = None,
    max_steps: int | None = None,
    corpus: Path | None = None,
    overrides: Sequence[str] = (),
    isolate: bool = True,
    overlap: Overlap = "auto",
    device: Device | None = None,
    on_part: OnPart = lambda text: None,
) -> Path:
    """Make everything from nothing: ``out/model`` and ``out/report``.

    The design without a semantic stage (``way=musicgen``) goes to ``out/model-musicgen`` and
    ``out/report-musicgen``: one run can hold both designs over the same tokens, and the second
    takes what the first has made.

    Args:
        scale: ``tiny``, ``small``, ``paper`` or a folder of recipes.
        out: Run folder; parts that are finished are skipped.
        budget_seconds: Time for everything that is still to do; without it each part has its
            recipe's own limits. A run that begins with less than its recipe's minutes composes
            a corpus shorter in proportion.
        max_steps: Steps of each trained part, for trying out.
        corpus: A corpus that exists; by default one is composed.
        overrides: See ``plan_parts``.
        isolate: Whether each part has a process of its own; without it nothing overlaps.
        overlap: Whether most of the corpus is composed while the codec trains; ``auto`` where
            there is a GPU. A run keeps what it began with.
        device: Whose recipes a new run takes; by default those for what this machine has.
        on_part: Told what happens, a line at a time.

    Returns:
        The model's folder.

    Raises:
        ConfigError: A recipe is impossible, or a part's folder belongs to another recipe.
        TrainingError: A part failed.
        KeyboardInterrupt: After SIGINT or SIGTERM; no part is left running.
    """
    started = time.monotonic()
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    out.mkdir(parents=True, exist_ok=True)
    choices = choose(
        out,
        scale,
        overrides=overrides,
        with_corpus=corpus is None,
        device=device,
        overlap=overlap if isolate else "off",
        budget_seconds=budget_seconds,
    )
    recipe, parts = plan_parts(
        scale, overrides=overrides, with_corpus=corpus is None, choices=choices
    )
    keys: dict[str, str] = {"corpus": corpus_key(corpus)} if corpus is not None else {}
    waiting = []
    for part in parts:
        keys[part.name] = key_of(part, keys)
        state = state_of(out / part.name, keys[part.name])
        if state == "other":
            raise ConfigError(
                f"{out / part.name} was made with other settings or from other parts: "
                "delete that folder, or choose another --out"
            )
        if state == "done":
            on_part(f"{part.name}: done before")
        else:
            waiting.append(part)
    keep_choices(out, choices)
    if choices.corpus_share < 1.0 and any(part.name == "corpus" for part in waiting):
        on_part(f"corpus: {choices.corpus_share:.0%} of the recipe's hours, to fit the budget")
    chain = _Chain(out, keys, on_part)
    with interrupted_by_sigterm():
        try:
            for index, part in enumerate(waiting):
                chain.wait_for(part.needs)
                left = None
                if budget_seconds is not None:
                    left = budget_seconds - (time.monotonic() - started)
                steps, seconds = _limits(part, waiting[index:], recipe, left, max_steps)
                source = out / "opening" if "opening" in part.needs else corpus
                task = Task(part.name, part.recipe, str(scale), out, source, steps, seconds)
                chain.make(task, beside=part.beside, isolate=isolate)
            chain.wait_for(keys)
        finally:
            chain.stop()
    key = join_keys([keys[part.name] for part in parts])
    model = assemble(recipe, str(scale), out, key=key)
    folder = place_of(recipe, out, "report")
    if recipe.report_prompts and state_of(folder, key) != "done":
        began = time.monotonic()
        report(recipe, out, on_part)
        mark_done(folder, key, time.monotonic() - began)
    return model


@dataclass(slots=True)
class _Chain:
    """The parts of a run that are being made: at most one in front, others in the background."""

    out: Path
    keys: Mapping[str, str]
    on_part: OnPart
    running: dict[str, tuple[Running, float]] = field(default_factory=dict)
    """Processes that have begun, and when."""

    def make(self, task: Task, *, beside: bool, isolate: bool) -> None:
        """Make a part, or begin it if it is to be made beside others."""
        limit = f" for {task.max_seconds / 60:.1f} minutes" if task.max_seconds else ""
        aside = " in the background" if beside and isolate else ""
        self.on_part(f"{task.name}: begins{limit}{aside}")
        began = time.monotonic()
        if not isolate:
            run_task(task)
            self._done(task.name, began)
            return
        self.running[task.name] = (start(task, beside=beside), began)
        if not beside:
            self.wait_for([task.name])

    def wait_for(self, names: Sequence[str] | Mapping[str, str]) -> None:
        """Wait for those of ``names`` that are running."""
        for name in names:
            if name in self.running:
                running, began = self.running[name]
                finish(running)
                del self.running[name]
                self._done(name, began)

    def stop(self) -> None:
        """Interrupt whatever is still running; nothing is, if all went well."""
        stop([running for running, _ in self.running.values()])
        self.running.clear()

    def _done(self, name: str, began: float) -> None:
        seconds = time.monotonic() - began
        mark_done(self.out / name, self.keys[name], seconds)
        self.on_part(f"{name}: done in {seconds / 60:.1f} minutes")


def place_of(recipe: AllRecipe, out: Path, what: Literal["model", "report"]) -> Path:
    """Where a run keeps the model or the report of a way."""
    return out / (what if "semantic" in WAYS[recipe.way] else f"{what}-{recipe.way}")


def assemble(recipe: AllRecipe, scale: str, out: Path, *, key: str) -> Path:
    """Join the artifacts of a run into its model's folder."""
    from musiclm.pipeline.folder import assemble_model

    model = place_of(recipe, out, "model")
    stages = WAYS[recipe.way]
    with_semantic = "semantic" in stages
    name = Path(scale).name if with_semantic else f"{Path(scale).name}-{recipe.way}"
    # Without a semantic stage nobody needs semantic tokens to generate or to continue.
    parts = ["mulan", *(["tokenizer"] if with_semantic else []), "codec", *stages]
    cards = [
        (out / part / "artifact" / "card.md").read_text(encoding="utf-8").replace("\n#", "\n##")
        for part in parts
    ]
    assemble_model(
        model,
        mulan=out / "mulan" / "artifact",
        semantic=out / "semantic" / "artifact" if with_semantic else None,
        acoustic=[out / stage / "artifact" for stage in stages if stage != "semantic"],
        codec=out / "codec" / "artifact",
        tokenizer=out / "tokenizer" / "artifact" if with_semantic else None,
        name=name,
        version=key[:8],
        defaults=_defaults_of(recipe),
        card=f"# Model `{name}`\n\nRun `{key[:16]}`.\n\n#" + "\n#".join(cards),
    )
    return model


def _defaults_of(recipe: AllRecipe) -> GenerationDefaults:
    """What the recipe says of the stages that the way has; it may speak of those of other ways."""
    stages, said = WAYS[recipe.way], recipe.defaults
    return replace(
        said,
        temperature={name: value for name, value in said.temperature.items() if name in stages},
        top_k={name: value for name, value in said.top_k.items() if name in stages},
        guidance_scale={
            name: value for name, value in said.guidance_scale.items() if name in stages
        },
    )


def report(recipe: AllRecipe, out: Path, on_part: OnPart = lambda text: None) -> None:
    """Render the recipe's prompts with the finished model and describe what can be heard."""
    from musiclm.audio.describe import describe
    from musiclm.audio.io import read_audio
    from musiclm.pipeline.musiclm import MusicLM

    folder = place_of(recipe, out, "report")
    folder.mkdir(parents=True, exist_ok=True)
    model = MusicLM.from_pretrained(place_of(recipe, out, "model"))
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
    if part.name in UNLIMITED:
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
