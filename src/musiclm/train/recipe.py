"""Recipes: TOML files and ``--set`` overrides in, validated settings of one stage out.

A scale is a folder of recipes, one file a stage: ``tiny``, ``small`` and ``paper`` ship with the
package, and any folder of one's own works as well, or a single file. A file may say
``base = "other"`` and only what differs from ``other.toml`` beside it. What a run really used is
written beside its results, in ``recipe.resolved.json``.
"""

import hashlib
import importlib
import json
import os
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast

import torch
from pydantic import Field

from musiclm._version import __version__
from musiclm.config import Frozen, read_toml
from musiclm.errors import ConfigError
from musiclm.pipeline.folder import GenerationDefaults
from musiclm.train.fit import Limits

RECIPES = Path(__file__).parent.parent / "recipes"
_RESOLVED = "recipe.resolved.json"


class CorpusRecipe(Frozen):
    """How much music to compose when no corpus is given."""

    hours: float = Field(gt=0)
    """Hours of music."""
    seed: int = Field(default=0, ge=0)
    """Same seed and sound, same bytes."""
    sound: str = "auto"
    """``auto`` finds a sound font, ``own`` uses the built-in synthesizers, or a font's path."""


class TokensRecipe(Frozen):
    """How a corpus is tokenized."""

    seed: int = Field(default=0, ge=0)
    """Seed of the additional captions."""
    extra_captions: int = Field(default=12, ge=0)
    """Captions written for each clip besides those of the manifest, so that the language models
    meet many ways to ask for the same music."""
    clips_per_shard: int = Field(default=64, ge=1)
    """Clips in one shard; an interrupt loses at most one shard."""
    texts_per_batch: int = Field(default=128, ge=1)
    """Captions embedded at a time."""


class StageRecipe(Frozen):
    """How one token language model is trained."""

    scale: Literal["tiny", "small", "paper"]
    """Which ``StageConfig`` to start from."""
    stage: dict[str, Any] = Field(default_factory=dict)
    """Fields of the ``StageConfig`` to change, by name."""
    levels: int | None = Field(default=None, ge=1)
    """Model only so many of the codec's levels, from the coarsest; any prefix of them decodes."""
    fine_sees_prompt: bool = False
    """Whether the fine stage is told the description; other stages always are."""
    start_from: str = ""
    """Artifact of a stage from which every tensor that fits is taken; empty for none."""
    with_facts: bool = True
    """Whether tempo, key, metre and drums are a condition of their own beside MuLan's tokens."""
    with_timeline: bool = True
    """Whether beats, bars, chords and the end are told frame by frame, where the stage can."""
    with_ensemble: bool = True
    """Whether style and players are told frame by frame, where the stage can."""
    with_semantic: bool = True
    """Whether the delayed acoustic stage hears semantic tokens; ``musicgen`` never does."""
    seed: int = Field(default=0, ge=0)
    """Seed of the weights, the batches and the steps."""
    max_steps: int | None = Field(default=None, ge=1)
    """Steps; unset means only the time limits."""
    max_minutes: float | None = Field(default=None, gt=0)
    """Minutes; unset means only the steps limit."""
    batch_size: int = Field(ge=1)
    """Crops a step."""
    optimizer: Literal["adamw", "muon"] = "muon"
    """``muon`` for hidden matrices, with AdamW for the rest, or AdamW for everything."""
    learning_rate: float = Field(gt=0)
    """The highest rate of the run."""
    table_learning_rate: float | None = Field(default=None, gt=0)
    """That of embeddings, heads and vectors, where AdamW works; ``learning_rate`` when unset."""
    weight_decay: float = Field(default=0.01, ge=0)
    """Decoupled decay of matrices."""
    warmup: float = Field(default=0.02, ge=0, le=1)
    """Share of the run with a rising rate."""
    decay: float = Field(default=0.4, ge=0, le=1)
    """Share of the run, at its end, with a falling rate."""
    max_gradient_norm: float = Field(default=1.0, gt=0)
    """Longer gradients are shortened to this."""
    ema_decay: float = Field(default=0.998, ge=0, lt=1)
    """Of the averaged weights, which become the artifact."""
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    """Probability spread over all codes."""
    drop_share: float = Field(default=0.1, ge=0, le=1)
    """Items trained without text, for classifier-free guidance."""
    text_share: float = Field(default=0.5, ge=0, le=1)
    """Items whose MuLan condition comes from a caption and not from the audio."""
    facts_share: float = Field(default=0.5, ge=0, le=1)
    """Items that are told hard facts, each fact two times in three; the others find none said."""
    start_share: float = Field(default=0.15, ge=0, le=1)
    """Items that begin where their clip begins."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """``auto``: bfloat16 where the machine computes faster with it."""
    validation_batches: int = Field(default=4, ge=0)
    """Fixed held-out batches whose loss is logged; 0 for none."""
    validate_seconds: float = Field(default=60.0, gt=0)
    """Time between validations."""
    checkpoint_seconds: float = Field(default=120.0, gt=0)
    """Time between checkpoints."""
    storage: Literal["float32", "float16", "int8"] = "float16"
    """How the artifact keeps the weights."""


class AllRecipe(Frozen):
    """How the whole chain is trained."""

    way: Literal["delay", "hierarchy", "soundstorm", "musicgen"] = "delay"
    """Stages: semantic tokens first, and from them one delay-pattern model, coarse and fine, or
    one masked model; or, without semantic tokens, one delay-pattern model alone."""
    minutes: dict[str, float]
    """Time for each part; a budget for the whole chain scales them all. Corpus, tokens and report
    take what they need, their minutes only reserve time."""
    max_steps: dict[str, int] = Field(default_factory=dict)
    """Steps instead of minutes, without a budget, for parts whose own recipe sets no end."""
    defaults: GenerationDefaults = GenerationDefaults()
    """What the finished model generates with where its user says nothing."""
    report_prompts: tuple[str, ...] = ()
    """Prompts that the finished model renders into the report."""
    report_seconds: float = Field(default=10.0, gt=0)
    """Length of each."""


# Where each stage's model of settings lives; imported on demand, because a codec training should
# not load language models.
RECIPE_TYPES: Mapping[str, tuple[str, str]] = {
    "corpus": ("musiclm.train.recipe", "CorpusRecipe"),
    "codec": ("musiclm.train.codec", "CodecRecipe"),
    "mulan": ("musiclm.train.mulan", "MulanRecipe"),
    "tokenizer": ("musiclm.train.semantic", "SemanticRecipe"),
    "tokens": ("musiclm.train.recipe", "TokensRecipe"),
    "semantic": ("musiclm.train.recipe", "StageRecipe"),
    "acoustic": ("musiclm.train.recipe", "StageRecipe"),
    "coarse": ("musiclm.train.recipe", "StageRecipe"),
    "fine": ("musiclm.train.recipe", "StageRecipe"),
    "soundstorm": ("musiclm.train.recipe", "StageRecipe"),
    "musicgen": ("musiclm.train.recipe", "StageRecipe"),
    "all": ("musiclm.train.recipe", "AllRecipe"),
}


def recipe_type(stage: str) -> type[Frozen]:
    """The settings model of a stage.

    Raises:
        ConfigError: There is no such stage.
    """
    if stage not in RECIPE_TYPES:
        raise ConfigError(f'no stage "{stage}": choose one of {", ".join(RECIPE_TYPES)}')
    module, name = RECIPE_TYPES[stage]
    found = getattr(importlib.import_module(module), name)
    return cast("type[Frozen]", found)


def load_recipe(scale: str | Path, stage: str, overrides: Sequence[str] = ()) -> Frozen:
    """Read the recipe of one stage.

    Args:
        scale: ``tiny``, ``small``, ``paper``, a folder that holds ``<stage>.toml``, or the path of
            one TOML file, a user's or one of ours, such as ``ablations/codec/vocoder.toml``.
        stage: A key of ``RECIPE_TYPES``.
        overrides: ``key=value`` each; dots lead into tables, values are written as in TOML
            (text may leave out its quotes).

    Raises:
        ConfigError: No such scale or stage, or faults in the file or the overrides (all listed).
    """
    kind = recipe_type(stage)
    found = RECIPES / scale if (RECIPES / scale).exists() else Path(scale)
    if found.suffix == ".toml":
        path = found
    elif found.is_dir():
        path = found / f"{stage}.toml"
    else:
        shipped = ", ".join(sorted({path.parent.name for path in RECIPES.glob("*/*.toml")}))
        raise ConfigError(f'no recipe "{scale}": use {shipped}, or the path of a recipe folder')
    values = apply_overrides(_with_base(path), overrides)
    source = f"{path.parent.name}/{path.name}" + (" with --set" if overrides else "")
    return kind.from_mapping(values, source=source)


def _with_base(path: Path) -> dict[str, Any]:
    """Values of a file, over those of the file beside it that it calls its base, if any."""
    values = read_toml(path)
    base = values.pop("base", None)
    if base is None:
        return values
    below = read_toml(path.with_name(f"{base}.toml"))
    if "base" in below:
        raise ConfigError(
            f'{path} builds on "{base}", which has a base itself: name {below["base"]!r} instead, '
            "so that two files tell everything"
        )
    return _merged(below, values)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """``below`` with the values of ``above`` put over it, table by table."""
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        if isinstance(under, dict) and isinstance(value, dict):
            value = _merged(under, value)
        result[key] = value
    return result


def apply_overrides(values: Mapping[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """A copy of ``values`` with each ``key=value`` put in its place; types are checked later.

    Raises:
        ConfigError: No ``=``, or a key that leads through a value that is no table.

    Example:
        >>> apply_overrides({"a": {"b": 1}}, ["a.b=2.5", "name=x"])
        {'a': {'b': 2.5}, 'name': 'x'}
    """
    result: dict[str, Any] = json.loads(json.dumps(values))
    for override in overrides:
        key, equals, text = override.partition("=")
        path = [part.strip() for part in key.split(".")]
        if not equals or not all(path):
            raise ConfigError(
                f"--set {override!r} is no key=value: write for example --set batch_size=8"
            )
        table = result
        for part in path[:-1]:
            table = table.setdefault(part, {})
            if not isinstance(table, dict):
                raise ConfigError(f'--set {override!r}: "{part}" is no table')
        table[path[-1]] = _toml_value(text.strip())
    return result


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def limits_of(
    recipe: Frozen, *, max_steps: int | None = None, max_seconds: float | None = None
) -> Limits:
    """The limits given, or else the recipe's own ``max_steps`` and ``max_minutes``.

    Raises:
        ConfigError: Neither gives an end.
    """
    if max_steps is None and max_seconds is None:
        minutes = getattr(recipe, "max_minutes", None)
        max_steps = getattr(recipe, "max_steps", None)
        max_seconds = None if minutes is None else 60.0 * minutes
        if max_steps is None and max_seconds is None:
            raise ConfigError(
                "this recipe sets no end: give --max-steps or --budget (for example 25m)"
            )
    return Limits(max_steps=max_steps, max_seconds=max_seconds)


def recipe_hash(recipe: Frozen) -> str:
    """Sixteen hex digits that change with any setting."""
    return hashlib.sha256(recipe.to_json().encode()).hexdigest()[:16]


def write_resolved(
    run: Path, stage: str, scale: str, recipe: Frozen, limits: Limits | None = None
) -> None:
    """Write ``recipe.resolved.json``: every setting, and what else decides the result.

    A run that is resumed must go on with the recipe it began with; only its limits and the place
    where it computes may change.

    Raises:
        ConfigError: The folder belongs to a run with other settings; names those that differ.
    """
    values = json.loads(recipe.to_json())
    path = run / _RESOLVED
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        free = {"max_steps", "max_minutes", "checkpoint_seconds", "validate_seconds"}
        free |= {"device", "threads"}
        old = before.get("recipe", {})
        differing = [
            key
            for key in sorted(old.keys() | values.keys())
            if key not in free and old.get(key) != values.get(key)
        ]
        if before.get("stage") != stage or differing:
            what = ", ".join(differing) or f"stage {before.get('stage')}"
            raise ConfigError(
                f"{run} was begun with other settings ({what}): "
                "use the same recipe, delete that folder, or choose another --out"
            )
    on_gpu = torch.cuda.is_available() and getattr(recipe, "device", "auto") != "cpu"
    content = {
        "stage": stage,
        "scale": scale,
        "recipe": values,
        "recipe_hash": recipe_hash(recipe),
        "limits": None
        if limits is None
        else {"max_steps": limits.max_steps, "max_seconds": limits.max_seconds},
        "version": __version__,
        "commit": git_commit(),
        "torch": torch.__version__,
        "device": "cuda" if on_gpu else "cpu",
        "processes": int(os.environ.get("WORLD_SIZE", "1")),
        "threads": torch.get_num_threads(),
    }
    run.mkdir(parents=True, exist_ok=True)
    # Several processes of one training write the same: none may read half of it.
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    partial.replace(path)


def git_commit() -> str | None:
    """Commit of the checkout this package runs from, ``None`` when it is installed."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() if found.returncode == 0 else None
