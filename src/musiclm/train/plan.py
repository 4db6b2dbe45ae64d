"""A scale and a machine in, the parts of a run in their order out, each with a key.

What depends on the machine or the budget is chosen once, when a run begins, and kept in
``RUN/plan.json`` (``Choices``): whoever goes on with a run, on whatever machine and with whatever
budget, makes the parts that were planned, and never half a corpus of another kind.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from pydantic import Field

from musiclm.config import Frozen, replace
from musiclm.errors import ConfigError
from musiclm.train.recipe import RECIPES, AllRecipe, CorpusRecipe, load_recipe

WAYS: Mapping[str, tuple[str, ...]] = {
    "delay": ("semantic", "acoustic"),
    "hierarchy": ("semantic", "coarse", "fine"),
    "soundstorm": ("semantic", "soundstorm"),
    "musicgen": ("musicgen",),
}
"""Language models of each way from a description to acoustic codes, in the order in which they
run."""
UNLIMITED = ("opening", "corpus", "tokens")
"""Parts that take what they need."""
OPENING_SHARE = 0.1
"""Share of the corpus that is composed before the codec begins, when the rest is composed beside
it. A codec learns from crops of a second or two, of which a tenth of the music has plenty; the
parts that learn styles and structure wait for all of it."""
_FEWEST_HOURS = 0.5
"""A short budget shortens the corpus, but a split of less than this has no held-out piece."""
_DONE, _PLAN = "done.json", "plan.json"

Device = Literal["cpu", "cuda"]
Overlap = Literal["auto", "on", "off"]


class Choices(Frozen):
    """What was chosen for the machine and the budget with which a run began."""

    device: Device = "cpu"
    """With ``cuda`` a part takes its recipe from ``<part>_gpu.toml``, where there is one."""
    overlap: bool = False
    """Whether most of the corpus is composed while the codec trains."""
    corpus_share: float = Field(default=1.0, gt=0, le=1)
    """Share of the recipe's hours that is composed."""


@dataclass(frozen=True, slots=True)
class Part:
    """One step of the chain."""

    name: str
    recipe: Frozen
    needs: tuple[str, ...]
    beside: bool = False
    """Whether it is made in the background, while parts that do not need it go on."""


def plan_parts(
    scale: str | Path,
    *,
    overrides: Sequence[str] = (),
    with_corpus: bool = True,
    choices: Choices | None = None,
) -> tuple[AllRecipe, list[Part]]:
    """The parts of a scale in the order in which they begin.

    Args:
        scale: As for ``load_recipe``.
        overrides: ``part.key=value`` for a part's recipe, ``key=value`` for ``all.toml``.
        with_corpus: Whether a corpus is composed; otherwise one is given.
        choices: For the machine and the budget; by default two cores and all the time needed.

    Raises:
        ConfigError: A recipe or override is impossible, or a part has no minutes.
    """
    choices = choices or Choices()
    own = _own(overrides)
    recipe = all_recipe(scale, overrides, device=choices.device)
    overlap = choices.overlap and with_corpus
    needs: dict[str, tuple[str, ...]] = {
        **({"corpus": ()} if with_corpus else {}),
        "codec": ("opening" if overlap else "corpus",),
        "mulan": ("corpus",),
        "tokenizer": ("corpus",),
        "tokens": ("corpus", "codec", "mulan", "tokenizer"),
        **{stage: ("tokens",) for stage in WAYS[recipe.way]},
    }
    strangers = [
        text for text in overrides if text not in own and text.partition(".")[0] not in needs
    ]
    if strangers:
        raise ConfigError(
            f"--set {strangers[0]!r}: no such part; with `all`, settings begin with one of "
            f"{', '.join(needs)}, for example --set acoustic.batch_size=8"
        )
    trained = [name for name in needs if name not in UNLIMITED]
    missing = [name for name in trained if recipe.minutes.get(name, 0) <= 0]
    if missing:
        raise ConfigError(f"minutes in all.toml must be > 0 for {', '.join(missing)}")
    parts: list[Part] = []
    for name, before in needs.items():
        prefix = f"{name}."
        chosen = [text.removeprefix(prefix) for text in overrides if text.startswith(prefix)]
        settings = load_recipe(recipe_source(scale, name, choices.device), name, chosen)
        if isinstance(settings, CorpusRecipe):
            settings = _with_hours(settings, choices.corpus_share, overrides)
            if overlap:
                # The first pieces of a longer corpus are the pieces of a shorter one.
                hours = settings.hours * OPENING_SHARE
                parts.append(Part("opening", replace(settings, hours=hours), ()))
        present = tuple(part for part in before if part in needs or part == "opening")
        parts.append(Part(name, settings, present, beside=overlap and name == "corpus"))
    return recipe, parts


def all_recipe(scale: str | Path, overrides: Sequence[str], *, device: Device) -> AllRecipe:
    """The scale's ``all.toml``, or ``all_gpu.toml`` where it has one and ``device`` is a GPU.

    Raises:
        ConfigError: No such scale, or faults in the file or the overrides.
    """
    source = recipe_source(scale, "all", device)
    return cast("AllRecipe", load_recipe(source, "all", _own(overrides)))


def recipe_source(scale: str | Path, part: str, device: Device) -> str | Path:
    """What ``load_recipe`` should read for a part: the GPU's own file, or the scale's."""
    special = Path(scale) / f"{part}_gpu.toml"
    return special if device == "cuda" and (RECIPES / special).exists() else scale


def choose(
    run: Path,
    scale: str | Path,
    *,
    overrides: Sequence[str] = (),
    with_corpus: bool = True,
    device: Device,
    overlap: Overlap = "auto",
    budget_seconds: float | None = None,
) -> Choices:
    """What a run began with, or, when it begins now, what suits this machine and this budget.

    Args:
        run: Folder of the run; nothing is written there.
        scale: As for ``load_recipe``.
        overrides: As for ``plan_parts``.
        with_corpus: Whether a corpus is composed.
        device: What this machine has.
        overlap: ``auto`` composes beside the codec's training on a GPU, because on a CPU both
            would want the same cores.
        budget_seconds: Time for the whole run, if it is limited.

    Raises:
        ConfigError: ``plan.json`` is broken, or a recipe or override is impossible.
    """
    path = run / _PLAN
    if path.exists():
        return Choices.from_json(path.read_text(encoding="utf-8"), source=str(path))
    if any(run.glob(f"*/{_DONE}")):
        return Choices()  # Begun by a version that chose nothing.
    recipe = all_recipe(scale, overrides, device=device)
    return Choices(
        device=device,
        overlap=with_corpus and (overlap == "on" or (overlap == "auto" and device == "cuda")),
        corpus_share=_share(recipe, budget_seconds) if with_corpus else 1.0,
    )


def keep_choices(run: Path, choices: Choices) -> None:
    """Write ``plan.json``, which ``choose`` finds when the run goes on."""
    partial = run / f".{_PLAN}.partial"
    partial.write_text(choices.to_json() + "\n", encoding="utf-8")
    partial.replace(run / _PLAN)


def _share(recipe: AllRecipe, budget_seconds: float | None) -> float:
    """How much of the corpus is worth composing and tokenizing in a budget.

    Corpus and tokens take what their hours of music need. In a quarter of the recipe's minutes
    they would leave nothing for learning, so a quarter of the music is made.
    """
    if budget_seconds is None:
        return 1.0
    names = ("corpus", "codec", "mulan", "tokenizer", "tokens", *WAYS[recipe.way])
    minutes = sum(recipe.minutes.get(name, 0.0) for name in (*names, "report"))
    return min(1.0, budget_seconds / (60.0 * minutes)) if minutes > 0 else 1.0


def _with_hours(settings: CorpusRecipe, share: float, overrides: Sequence[str]) -> CorpusRecipe:
    """The corpus that a budget allows; hours that somebody asked for by name stay."""
    if share >= 1.0 or any(text.startswith("corpus.hours=") for text in overrides):
        return settings
    fewest = min(settings.hours, _FEWEST_HOURS)
    return replace(settings, hours=max(fewest, round(settings.hours * share, 3)))


def _own(overrides: Sequence[str]) -> list[str]:
    """The overrides that are for ``all.toml`` itself."""
    return [text for text in overrides if "." not in text.partition("=")[0]]


def key_of(part: Part, keys: Mapping[str, str]) -> str:
    """Changes with the part's recipe and with everything it is made from."""
    free = {"max_steps", "max_minutes", "validate_seconds", "checkpoint_seconds"}
    values = {
        key: value
        for key, value in json.loads(part.recipe.to_json()).items()
        # Settings that are unset do nothing: those of later versions must not undo a run.
        if key not in free and value is not None
    }
    needed = (keys[name] for name in part.needs)
    return join_keys([part.name, json.dumps(values, sort_keys=True), *needed])


def corpus_key(corpus: Path) -> str:
    """The key of a corpus that was given: changes with its manifest."""
    manifest = corpus / "manifest.jsonl"
    return hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.exists() else "absent"


def join_keys(texts: Sequence[str]) -> str:
    """One key of several."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def state_of(folder: Path, key: str) -> Literal["done", "waiting", "other"]:
    """``done``, ``waiting``, or ``other`` when the folder was finished with another key."""
    try:
        found = json.loads((folder / _DONE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "waiting"
    return "done" if found.get("key") == key else "other"


def mark_done(folder: Path, key: str, seconds: float) -> None:
    """Remember that the part in ``folder`` is finished, for which key, and how long it took."""
    partial = folder / f"{_DONE}.partial"
    partial.write_text(json.dumps({"key": key, "seconds": round(seconds, 1)}), encoding="utf-8")
    partial.replace(folder / _DONE)
