"""Token shards in, a generating stage out: one training for every token language model.

Which streams a stage reads and writes, and which model does it, is data (``StageConfig``); this
file knows only that a language model has a ``train_loss``.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import torch
from torch import Tensor, nn

from musiclm.artifact import load_artifact
from musiclm.data.crops import CropConfig, TokenBatch, TokenCrops
from musiclm.data.token_shards import TokenShards
from musiclm.decode.stage import ARTIFACT_KIND, Stage, StageConfig
from musiclm.errors import ConfigError
from musiclm.lm.build import build_lm
from musiclm.lm.loss import TokenLM, train_loss
from musiclm.tokens.timing import frames_to_seconds
from musiclm.train.fit import Limits, fit
from musiclm.train.flops import cost_lines
from musiclm.train.optim import Ema, apply_gradients, make_optimizers
from musiclm.train.recipe import StageRecipe, recipe_hash
from musiclm.train.schedule import learning_rate, set_learning_rates
from musiclm.train.stage_configs import stage_config
from musiclm.train.state import TrainState

_VALIDATION_SEED = 7919  # Any number that no recipe uses: held-out crops stay the same ones.


@dataclass(frozen=True, slots=True)
class StageTraining:
    """A stage ready to train: what ``train_stage`` hands to ``fit``."""

    config: StageConfig
    model: TokenLM
    state: TrainState
    batch_at: Callable[[int], TokenBatch]
    step: Callable[[TrainState, TokenBatch, float], dict[str, Tensor]]
    validate: Callable[[TrainState], dict[str, float]] | None


def train_stage(recipe: StageRecipe, *, name: str, tokens: Path, out: Path, limits: Limits) -> Path:
    """Train one stage on a tokenized corpus and write ``out/artifact``.

    Args:
        recipe: All settings.
        name: ``semantic``, ``acoustic``, ``coarse``, ``fine``, ``soundstorm`` or
            ``musicgen``.
        tokens: Folder that ``tokenize_corpus`` wrote.
        out: Run folder; an interrupted run goes on from its newest checkpoint.
        limits: Steps or seconds.

    Returns:
        The artifact's folder; its weights are the averaged ones.

    Raises:
        DataError: No tokens, or no clip as long as a crop.
        ConfigError: The recipe asks for something impossible.
    """
    shards = TokenShards(tokens)
    training = prepare_stage(recipe, name=name, shards=shards)
    fit(
        training.state,
        training.batch_at,
        training.step,
        limits=limits,
        run=out,
        validate=training.validate,
        validate_seconds=recipe.validate_seconds,
        checkpoint_seconds=recipe.checkpoint_seconds,
    )
    numbers = {} if training.validate is None else training.validate(training.state)
    return save_stage(recipe, training, shards, numbers, out=out)


def save_stage(
    recipe: StageRecipe,
    training: StageTraining,
    shards: TokenShards,
    numbers: dict[str, float],
    *,
    out: Path,
) -> Path:
    """Write ``out/artifact`` with the averaged weights, which the model then has as well.

    Args:
        recipe: All settings.
        training: Finished.
        shards: What it learned from.
        numbers: Held-out losses, for the card.
        out: Run folder.
    """
    ema = training.state.ema
    if ema is not None:
        ema.copy_to(training.model)
    training.model.eval().to("cpu")
    stage = Stage(training.config, training.model)
    card = stage_card(recipe, training, shards, numbers)
    stage.save(out / "artifact", card=card, storage=recipe.storage)
    return out / "artifact"


def prepare_stage(recipe: StageRecipe, *, name: str, shards: TokenShards) -> StageTraining:
    """Build the model, its optimizers, batches and step functions of one stage."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    config = stage_config(
        recipe.scale,
        name,
        shards.streams,
        changes=recipe.stage,
        levels=recipe.levels,
        fine_sees_prompt=recipe.fine_sees_prompt,
        with_facts=recipe.with_facts,
        with_timeline=recipe.with_timeline,
        with_ensemble=recipe.with_ensemble,
        with_semantic=recipe.with_semantic,
    )
    torch.manual_seed(recipe.seed)
    model = build_lm(config.lm)
    if recipe.start_from:
        take_weights(model, config, Path(recipe.start_from))
    model = model.to(device)
    state = TrainState(
        modules={"model": model},
        optimizers=make_optimizers(
            model,
            learning_rate=recipe.learning_rate,
            table_learning_rate=recipe.table_learning_rate,
            weight_decay=recipe.weight_decay,
            kind=recipe.optimizer,
        ),
        # Losses draw on the CPU whatever the device, so that seeds mean the same everywhere.
        generator=torch.Generator().manual_seed(recipe.seed),
        ema=Ema(model, recipe.ema_decay),
    )
    crops = _crops(recipe, config, shards, validation=False)
    seconds = frames_to_seconds(crops.n_grid, crops.grid_rate)
    autocast = _autocast(recipe, device)

    def step(state: TrainState, batch: TokenBatch, progress: float) -> dict[str, Tensor]:
        rate = learning_rate(progress, warmup=recipe.warmup, decay=recipe.decay)
        set_learning_rates(state.optimizers, rate)
        model.train()
        conditions, codes = _to(batch, device)
        with autocast():
            losses = train_loss(
                model,
                conditions,
                codes,
                state.generator,
                drop_probability=recipe.drop_share,
                label_smoothing=recipe.label_smoothing,
                level_weights=config.level_weights or None,
            )
        done = apply_gradients(
            losses["loss"],
            list(model.parameters()),
            state.optimizers,
            max_norm=recipe.max_gradient_norm,
        )
        if state.ema is not None:
            state.ema.update()
        # "items" are seconds of music, the unit in which stages and machines compare.
        items = torch.tensor(seconds * recipe.batch_size)
        return {**{k: v.detach() for k, v in losses.items()}, **done, "items": items}

    validate = None
    if recipe.validation_batches:
        held_out = _crops(recipe, config, shards, validation=True)
        validate = _validation(recipe, model, held_out, device, autocast)
    return StageTraining(config, model, state, crops.batch_at, step, validate)


def _validation(
    recipe: StageRecipe,
    model: TokenLM,
    crops: TokenCrops,
    device: torch.device,
    autocast: Callable[[], AbstractContextManager[object]],
) -> Callable[[TrainState], dict[str, float]]:
    batches = [crops.batch_at(number) for number in range(recipe.validation_batches)]

    @torch.no_grad()
    def validate(state: TrainState) -> dict[str, float]:
        """Losses of the averaged weights on the same held-out crops each time."""
        sums: dict[str, list[float]] = {}
        # A masked model draws its masks: the same ones each time.
        rng = torch.Generator().manual_seed(_VALIDATION_SEED)
        model.eval()
        with nullcontext() if state.ema is None else state.ema.swapped():
            for batch in batches:
                conditions, codes = _to(batch, device)
                with autocast():
                    losses = train_loss(model, conditions, codes, rng, drop_probability=0.0)
                for key, value in losses.items():
                    sums.setdefault(key, []).append(float(value))
        model.train()
        return {key: round(sum(values) / len(values), 5) for key, values in sums.items()}

    return validate


def stage_card(
    recipe: StageRecipe,
    training: StageTraining,
    shards: TokenShards,
    numbers: dict[str, float],
) -> str:
    """Markdown for ``card.md``: what this is, what it learned from, how well."""
    config, state = training.config, training.state
    n_parameters = sum(parameter.numel() for parameter in training.model.parameters())
    frames = sum(c.n_rows(config.target.name) for c in shards.clips if c.split == "train")
    hours = float(Fraction(frames) / config.target.frame_rate) / 3600
    reads = ", ".join(stream.name for stream in config.conditions)
    lines = [
        f"# Stage `{config.name}`",
        "",
        f"A {config.kind} language model with {n_parameters / 1e6:.1f} million parameters that "
        f"writes {config.target.n_q} level(s) of `{config.target.name}` given {reads}.",
        "",
        f"- trained on {hours:.1f} hours of composed music, tokens `{shards.fingerprint[:16]}`",
        f"- {state.step} steps in {state.seconds / 60:.1f} minutes, seed {recipe.seed}, "
        f"recipe `{recipe_hash(recipe)}`",
        f"- finished {time.strftime('%Y-%m-%d', time.gmtime())}",
    ]
    if recipe.start_from:
        lines.insert(5, "- began from the weights of an earlier stage")
    lines += cost_lines(
        config,
        batch_size=recipe.batch_size,
        steps=state.step,
        seconds=state.seconds,
        bfloat16=_in_bfloat16(recipe, torch.cuda.is_available()),
    )
    if numbers:
        lines += ["", "| held-out loss | nats a code |", "|---|---|"]
        lines += [f"| {key} | {value:.3f} |" for key, value in numbers.items()]
    return "\n".join(lines) + "\n"


def take_weights(model: nn.Module, config: StageConfig, folder: Path) -> int:
    """Copy every tensor of a stage's artifact that has its like in ``model``.

    Tensors belong together by name and shape, those of conditions by the name of their stream, so
    that a stage whose conditions have changed keeps what it knew about the rest. Conditions in time
    that the artifact did not have say nothing at first.

    Returns:
        How many tensors were taken.

    Raises:
        ArtifactError: No stage, or not intact.
        ConfigError: Nothing fits: the artifact is of another size.
    """
    artifact = load_artifact(folder, kind=ARTIFACT_KIND)
    before = StageConfig.from_json(artifact.config_json, source=f"{folder}/config.json")
    places = {stream.name: place for place, stream in enumerate(config.conditions)}
    renamed = {
        f"conditions.{old}.": f"conditions.{places[stream.name]}."
        for old, stream in enumerate(before.conditions)
        if stream.name in places
    }
    own = model.state_dict()
    fitting: dict[str, Tensor] = {}
    for name, tensor in artifact.tensors.items():
        if name.startswith("conditions."):
            prefix = ".".join(name.split(".")[:2]) + "."
            if prefix not in renamed:
                continue
            name = renamed[prefix] + name.removeprefix(prefix)
        if name in own and own[name].shape == tensor.shape:
            fitting[name] = tensor
    if "bos" in artifact.tensors and "bos" not in own and config.target.n_q == 1:
        # What a ``PrefixLM`` begins with, a ``DelayLM`` of one level reads as the pad.
        table = fitting["embedding.table.weight"].clone()
        table[config.target.pad_id] = artifact.tensors["bos"]
        fitting["embedding.table.weight"] = table
    if not any(tensor.ndim > 1 for tensor in fitting.values()):
        raise ConfigError(f"no tensor of {folder} fits this stage: start_from another one")
    for place, stream in enumerate(config.conditions):
        key = f"conditions.{place}.table.weight"
        if stream.timed and key not in fitting:
            fitting[key] = torch.zeros_like(own[key])
    model.load_state_dict(fitting, strict=False)
    return len(fitting)


def _crops(
    recipe: StageRecipe, config: StageConfig, shards: TokenShards, *, validation: bool
) -> TokenCrops:
    return TokenCrops(
        shards,
        config.conditions,
        config.target,
        CropConfig(
            seconds=config.crop_seconds,
            batch_size=recipe.batch_size,
            seed=_VALIDATION_SEED if validation else recipe.seed,
            split="valid" if validation else "train",
            text_share=recipe.text_share,
            facts_share=recipe.facts_share,
            start_share=recipe.start_share,
        ),
    )


def _to(batch: TokenBatch, device: torch.device) -> tuple[tuple[Tensor, ...], Tensor]:
    conditions = tuple(t.to(device, non_blocking=True) for t in batch.conditions)
    return conditions, batch.codes.to(device, non_blocking=True)


def _autocast(
    recipe: StageRecipe, device: torch.device
) -> Callable[[], AbstractContextManager[object]]:
    """bfloat16 products where asked for, or where the processor has instructions for them."""
    wanted = _in_bfloat16(recipe, device.type == "cuda")
    return lambda: torch.autocast(device.type, torch.bfloat16, enabled=wanted)


def _in_bfloat16(recipe: StageRecipe, on_gpu: bool) -> bool:
    if recipe.precision == "auto":
        return on_gpu or fast_bfloat16()
    return recipe.precision == "bfloat16"


def fast_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware; emulated it is slower than float32."""
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, check, bool)() for check in checks)
