"""Variants of one stage in, each trained on the same tokens for the same budget, a table out.

Two questions are asked this way: which size a budget deserves (the same stage at several sizes,
held-out loss against compute), and which setting pays (single settings changed, loss at equal
time). A variant that is finished is not trained again, an unfinished one goes on.

It trains one variant after the other in this process and says nothing about how a variant sounds;
for that each leaves its artifact, which can be assembled into a model.
"""

import copy
import dataclasses
import json
import logging
import math
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from musiclm.config import replace
from musiclm.data.token_shards import TokenShards
from musiclm.errors import ConfigError
from musiclm.nn.config import TransformerConfig
from musiclm.train.fit import Limits, fit
from musiclm.train.flops import training_cost
from musiclm.train.log import read_metrics
from musiclm.train.recipe import StageRecipe, load_recipe, recipe_hash, write_resolved
from musiclm.train.stage import prepare_stage, save_stage
from musiclm.train.variants import Budget, Variant

_HEAD_FEATURES = 112
"""At least so many features a head: few wide heads, as in ``lm/sizes.py``."""
_CURVE_POINTS = 15

_log = logging.getLogger(__name__)


def run_variants(
    variants: Sequence[Variant],
    *,
    scale: str,
    stage: str,
    tokens: Path,
    out: Path,
    budget: Budget,
    on_variant: Callable[[str], None] = lambda text: None,
) -> list[dict[str, Any]]:
    """Train every variant; write its artifact, ``scaling.json``, ``table.md``, ``scaling.png``.

    Args:
        variants: What differs.
        scale: Whose recipe of the stage they differ from.
        stage: ``semantic``, ``acoustic``, ``coarse``, ``fine``, ``soundstorm`` or
            ``musicgen``.
        tokens: Folder that ``tokenize_corpus`` wrote.
        out: Gets a folder a variant, and the results.
        budget: Of each variant.
        on_variant: Told what happens, a line at a time.

    Returns:
        One entry a variant, in the order given: sizes, costs, ``loss`` (held-out nats a code at
        the end) and ``curve`` (pairs of FLOPs and held-out loss on the way).

    Raises:
        ConfigError: An impossible variant, or one that was trained otherwise before.
        DataError: No tokens, or no clip as long as a crop.
    """
    shards = TokenShards(tokens)
    # All faults of settings before the first hour is spent.
    recipes = {variant.name: _recipe(variant, scale, stage) for variant in variants}
    if len(recipes) != len(variants):
        raise ConfigError("two variants have the same name: each has a folder of its own")
    results = []
    for variant in variants:
        entry = _run(
            variant,
            _own_settings(variant, recipes[variant.name], stage, shards, budget),
            scale=scale,
            stage=stage,
            shards=shards,
            run=out / variant.name,
            budget=budget,
        )
        on_variant(f"{variant.name}: {entry['loss']:.4f} nats a code, {entry['steps']} steps")
        results.append(entry)
        write_results(results, out)
    return results


def _recipe(variant: Variant, scale: str, stage: str) -> StageRecipe:
    recipe = load_recipe(scale, stage, variant.overrides)
    if not isinstance(recipe, StageRecipe):
        raise ConfigError(f'"{stage}" is no token language model: compare semantic or acoustic')
    if recipe.validation_batches < 1:
        raise ConfigError("variants are compared by held-out loss: set validation_batches >= 1")
    return recipe


def _own_settings(
    variant: Variant, recipe: StageRecipe, stage: str, shards: TokenShards, budget: Budget
) -> StageRecipe:
    """The recipe with the variant's size, and held out often enough to draw a curve."""
    if variant.size is not None:
        core = prepare_stage(recipe, name=stage, shards=shards).config.core
        sized = json.loads(sized_core(core, *variant.size).to_json())
        recipe = replace(recipe, stage={**recipe.stage, "transformer": sized})
    if budget.minutes is not None:
        recipe = replace(recipe, validate_seconds=60.0 * budget.minutes / _CURVE_POINTS)
    return recipe


def sized_core(core: TransformerConfig, dim: int, depth: int) -> TransformerConfig:
    """A core of another width and depth, with as many wide heads as fit."""
    fitting = [
        n_heads
        for n_heads in range(1, max(1, dim // _HEAD_FEATURES) + 1)
        if dim % n_heads == 0 and dim // n_heads % 2 == 0
    ]
    if not fitting:
        raise ConfigError(f"a core has an even number of features, got {dim}")
    return replace(core, dim=dim, depth=depth, n_heads=fitting[-1], n_kv_heads=None)


def some_clips(shards: TokenShards, share: float) -> TokenShards:
    """The same tokens with a share of the training clips, spread evenly, and all others.

    Those left out count as test clips, which no training and no held-out loss looks at.
    """
    if share >= 1:
        return shards
    kept = copy.copy(shards)
    kept.clips, number = [], 0
    for clip in shards.clips:
        if clip.split == "train":
            # Rounded up, so that the first clip stays however small the share.
            stays = math.ceil((number + 1) * share) > math.ceil(number * share)
            clip = clip if stays else dataclasses.replace(clip, split="test")
            number += 1
        kept.clips.append(clip)
    return kept


def _run(
    variant: Variant,
    recipe: StageRecipe,
    *,
    scale: str,
    stage: str,
    shards: TokenShards,
    run: Path,
    budget: Budget,
) -> dict[str, Any]:
    """Train and measure one variant, or read what an earlier call found."""
    asked = {
        "recipe": recipe_hash(recipe),
        "data_share": variant.data_share,
        "budget": dataclasses.asdict(budget),
        "tokens": shards.fingerprint,
    }
    _claim(run, asked)
    if (run / "result.json").exists():
        found = json.loads((run / "result.json").read_text(encoding="utf-8"))
        return cast("dict[str, Any]", found)
    some = some_clips(shards, variant.data_share)
    training = prepare_stage(recipe, name=stage, shards=some)
    config = training.config
    step_cost = training_cost(
        config.lm,
        crop_seconds=config.crop_seconds,
        batch_size=recipe.batch_size,
        steps=1,
        seconds=0,
    )
    limits = _limits(budget, step_cost.flops_per_step)
    write_resolved(run, stage, scale, recipe, limits)
    fit(
        training.state,
        training.batch_at,
        training.step,
        limits=limits,
        run=run,
        validate=training.validate,
        validate_seconds=recipe.validate_seconds,
        checkpoint_seconds=recipe.checkpoint_seconds,
    )
    if training.validate is None:  # ``_recipe`` has seen to it.
        raise ConfigError("variants are compared by held-out loss: set validation_batches >= 1")
    # Not the log's last line: a run may have been killed between its last step and that.
    held_out = training.validate(training.state)
    lines = read_metrics(run)
    per_step, steps = step_cost.flops_per_step, training.state.step
    curve = [
        [per_step * line["step"], line["loss"]]
        for line in lines
        if line.get("event") == "validation" and line["step"] < steps
    ]
    entry = {
        "name": variant.name,
        "dim": config.core.dim,
        "depth": config.core.depth,
        "parameters": sum(parameter.numel() for parameter in training.model.parameters()),
        "data_share": variant.data_share,
        "steps": steps,
        "seconds": round(training.state.seconds, 1),
        "tokens": step_cost.tokens * steps,
        "flops": per_step * steps,
        "flops_per_step": per_step,
        "loss": held_out["loss"],
        "held_out": held_out,
        "training_loss": [line["loss"] for line in lines if "event" not in line][-1],
        "curve": [*curve, [per_step * steps, held_out["loss"]]],
    }
    # What learned most may be heard, too: any variant can become part of a model.
    save_stage(recipe, training, some, held_out, out=run)
    _write_json(run / "result.json", entry)
    # Finished: only an unfinished variant goes on from them.
    shutil.rmtree(run / "checkpoints", ignore_errors=True)
    return entry


def _claim(run: Path, asked: dict[str, Any]) -> None:
    """Remember what is asked of a variant, or refuse another question in its folder.

    Raises:
        ConfigError: A rate that fell to zero after other minutes says nothing about these.
    """
    path = run / "asked.json"
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        differing = [key for key in asked if before.get(key) != asked[key]]
        if differing:
            raise ConfigError(
                f"{run} was trained with another {', '.join(differing)}: "
                "delete that folder, or choose another --out"
            )
        return
    run.mkdir(parents=True, exist_ok=True)
    _write_json(path, asked)


def _limits(budget: Budget, flops_per_step: float) -> Limits:
    steps = [budget.max_steps] if budget.max_steps is not None else []
    if budget.flops is not None:
        steps.append(max(1, round(budget.flops / flops_per_step)))
    return Limits(
        max_steps=min(steps) if steps else None,
        max_seconds=None if budget.minutes is None else 60.0 * budget.minutes,
    )


def write_results(results: Sequence[dict[str, Any]], out: Path) -> None:
    """Write ``scaling.json``, ``table.md`` and, where matplotlib is, ``scaling.png``."""
    _write_json(out / "scaling.json", list(results))
    (out / "table.md").write_text(markdown(results), encoding="utf-8")
    plot_curves(results, out / "scaling.png")


def markdown(results: Sequence[dict[str, Any]]) -> str:
    """One row a variant, the smallest held-out loss in bold."""
    best = min((entry["loss"] for entry in results), default=0.0)
    head = ["variant", "features x blocks", "M parameters", "steps", "minutes", "FLOPs", "M codes",
            "training nats", "held-out nats a code"]  # fmt: skip
    rows = [head, ["---", "---", *["---:"] * (len(head) - 2)]]
    for entry in results:
        loss = f"{entry['loss']:.3f}"
        rows.append(
            [
                entry["name"],
                f"{entry['dim']} x {entry['depth']}",
                f"{entry['parameters'] / 1e6:.2f}",
                str(entry["steps"]),
                f"{entry['seconds'] / 60:.1f}",
                f"{entry['flops']:.2e}",
                f"{entry['tokens'] / 1e6:.3g}",
                f"{entry['training_loss']:.3f}",
                f"**{loss}**" if entry["loss"] == best else loss,
            ]
        )
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def plot_curves(results: Sequence[dict[str, Any]], target: Path) -> Path | None:
    """Draw held-out loss against compute, a line a variant; its last point is what counts.

    Points on the way have a learning rate that has not fallen yet.

    Returns:
        ``target``; ``None`` without results or matplotlib (a comparison must not fail because of
        a picture).
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        _log.warning("no %s without matplotlib: pip install 'musiclm[train]'", target.name)
        return None
    if not results:
        return None
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot()
    for entry in results:
        flops, losses = zip(*entry["curve"], strict=True)
        (line,) = axes.plot(flops, losses, linewidth=1.0, label=entry["name"])
        axes.plot(flops[-1:], losses[-1:], marker="o", color=line.get_color())
    axes.set_xscale("log")
    axes.set_xlabel("training compute, FLOPs")
    axes.set_ylabel("held-out loss, nats a code")
    axes.grid(alpha=0.3, which="both")
    axes.legend(fontsize=8)
    FigureCanvasAgg(figure)
    figure.savefig(target, dpi=100)
    return target


def _write_json(path: Path, content: object) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)
