"""A corpus in, a semantic tokenizer artifact out: BEST-RQ pre-training, then k-means.

Frame descriptions (``semantic/encoder.py``) are computed once for a few hours of the corpus. A step
sees twenty-second crops with spans hidden; when time is up, features of many training frames are
clustered and the clusters are the vocabulary.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float
from pydantic import Field
from torch import Tensor

from musiclm.artifact import Storage
from musiclm.config import Frozen
from musiclm.data.audio_cache import AudioCache
from musiclm.semantic.config import PRESETS
from musiclm.semantic.encoder import SemanticEncoder, describe_frames
from musiclm.semantic.pretrain import BestRq, span_mask
from musiclm.semantic.tokenizer import SemanticTokenizer
from musiclm.tokens.timing import samples_to_seconds
from musiclm.train.feature_cache import FeatureCache
from musiclm.train.fit import Limits, fit
from musiclm.train.optim import apply_gradients, make_optimizers
from musiclm.train.ranks import DeviceKind, choose_device
from musiclm.train.schedule import learning_rate, set_learning_rates
from musiclm.train.state import TrainState

CPU = torch.device("cpu")


class SemanticRecipe(Frozen):
    """How a semantic tokenizer is trained."""

    preset: Literal["tiny", "small", "small_layer", "paper"] = "small"
    """Size of the encoder and of the vocabulary."""
    seed: int = Field(default=0, ge=0)
    """Of weights, projections, crops, masks and centroids."""
    # Not simply "auto": what is unset leaves the keys of runs that began without it as they were.
    device: DeviceKind | None = None
    """``cpu``, ``cuda``, or ``auto``, which is also meant when unset: a GPU if there is one."""
    max_steps: int | None = Field(default=None, ge=1)
    """Steps; unset means only the time limits."""
    max_minutes: float | None = Field(default=None, gt=0)
    """Minutes; unset means only the steps limit."""
    batch_size: int = Field(default=16, ge=1)
    """Crops a step."""
    crop_frames: int = Field(default=500, ge=8)
    """Frames of a crop; 500 are 20 s."""
    hours: float = Field(default=4.0, gt=0)
    """At most so much of the training split is used."""
    optimizer: Literal["adamw", "muon"] = "muon"
    """``muon`` for hidden matrices, with AdamW for the rest, or AdamW for everything."""
    learning_rate: float = Field(default=2e-3, gt=0)
    """The highest rate of the run."""
    weight_decay: float = Field(default=0.01, ge=0)
    """Decoupled decay of matrices."""
    n_codes: int = Field(default=1024, ge=2)
    """Entries of each of the four random codebooks."""
    mask_span: int = Field(default=12, ge=1)
    """Frames hidden together: 480 ms (published: 400 ms), because the semitone window of 240 ms
    sees past the edges of a span."""
    mask_start: float = Field(default=0.05, gt=0, lt=1)
    """Probability that a hidden span begins at a frame; 0.05 hides about 45 % of all frames."""
    n_cluster_frames: int = Field(default=100_000, ge=64)
    """Frames that the centroids are fitted on."""
    bfloat16: bool = True
    """Whether products of matrices run in bfloat16."""
    storage: Storage = "float16"
    """How the artifact keeps weights."""


@dataclass(frozen=True, slots=True)
class SemanticBatch:
    """One step's crops and what is hidden of them."""

    inputs: Float[Tensor, "B T F"]
    masked: Bool[Tensor, "B T"]
    noise: Float[Tensor, "B T F"]

    def to(self, device: torch.device) -> "SemanticBatch":
        """The same on another device."""
        return SemanticBatch(self.inputs.to(device), self.masked.to(device), self.noise.to(device))


def train_semantic(recipe: SemanticRecipe, *, corpus: Path, out: Path, limits: Limits) -> Path:
    """Pre-train the encoder, cluster its features, and write ``out/artifact``.

    Args:
        recipe: All settings.
        corpus: Folder with ``manifest.jsonl``.
        out: Run folder; an interrupted run goes on from its newest checkpoint.
        limits: Steps or seconds of the pre-training, where the preset has an encoder; clustering
            takes a minute more.

    Returns:
        The artifact's folder.

    Raises:
        ConfigError: The recipe wants a GPU that is not there.
    """
    device = choose_device(recipe.device or "auto")
    torch.manual_seed(recipe.seed)
    config = PRESETS[recipe.preset]
    cache = AudioCache.build(corpus, sample_rate=config.sample_rate)
    clips = _some_hours(cache, recipe.hours)
    data = FeatureCache.build(
        cache,
        out / "frames",
        clips=clips,
        features=lambda samples: describe_frames(samples[None].to(device), config)[0].T.cpu(),
        settings=config.to_json(),
    )
    tokenizer = SemanticTokenizer(config)
    if tokenizer.encoder is not None:
        pretrain(recipe, tokenizer.encoder, data, clips, out=out, limits=limits, device=device)
    tokenizer.eval().to(device)
    features = cluster_features(recipe, tokenizer, data, clips)
    tokenizer.fit_centroids(features, torch.Generator().manual_seed(recipe.seed))
    tokenizer.to("cpu").save(out / "artifact", card=_card(recipe, limits), storage=recipe.storage)
    return out / "artifact"


def pretrain(
    recipe: SemanticRecipe,
    encoder: SemanticEncoder,
    data: FeatureCache,
    clips: list[int],
    *,
    out: Path,
    limits: Limits,
    device: torch.device = CPU,
) -> None:
    """Train ``encoder`` in place by masked prediction; it is on ``device`` afterwards."""
    rng = np.random.default_rng(recipe.seed)
    chosen = rng.permutation(clips)[:200]
    encoder.set_scale(torch.cat([_crop(data, int(c), rng, 500) for c in chosen]))
    generator = torch.Generator().manual_seed(recipe.seed)
    # Drawn on the CPU, so that a seed means the same weights on every device.
    model = BestRq(encoder, n_codes=recipe.n_codes, generator=generator).to(device)
    optimizers = make_optimizers(
        model,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        kind=recipe.optimizer,
    )
    state = TrainState(modules={"best_rq": model}, optimizers=optimizers, generator=generator)
    fit(
        state,
        lambda step: make_batch(recipe, data, clips, step),
        make_step(recipe, model),
        limits=limits,
        run=out,
    )


def make_batch(
    recipe: SemanticRecipe, data: FeatureCache, clips: list[int], step: int
) -> SemanticBatch:
    """The batch of a step number: random crops of random clips, masks and noise."""
    rng = np.random.default_rng((recipe.seed, step))
    chosen = rng.choice(clips, recipe.batch_size)
    inputs = torch.stack([_crop(data, int(clip), rng, recipe.crop_frames) for clip in chosen])
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    masked = span_mask(
        *inputs.shape[:2],
        start_probability=recipe.mask_start,
        span=recipe.mask_span,
        generator=generator,
    )
    # BEST-RQ, sec. 4.1: masked input is replaced by N(0, 0.1).
    noise = 0.1 * torch.randn(inputs.shape, generator=generator)
    return SemanticBatch(inputs, masked, noise)


def make_step(
    recipe: SemanticRecipe, model: BestRq
) -> Callable[[TrainState, SemanticBatch, float], dict[str, Tensor]]:
    """Forward, backward and optimizers of one batch."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    device = model.codebooks.device

    def step(state: TrainState, batch: SemanticBatch, progress: float) -> dict[str, Tensor]:
        set_learning_rates(state.optimizers, learning_rate(progress, warmup=0.05, decay=0.5))
        model.train()
        batch = batch.to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=recipe.bfloat16):
            numbers = model(batch.inputs, batch.masked, batch.noise)
        gradients = apply_gradients(numbers["loss"], parameters, state.optimizers, max_norm=1.0)
        return {name: value.detach() for name, value in numbers.items()} | gradients

    return step


@torch.no_grad()
def cluster_features(
    recipe: SemanticRecipe, tokenizer: SemanticTokenizer, data: FeatureCache, clips: list[int]
) -> Float[Tensor, "N D"]:
    """Features of training frames, as evenly from all clips as ``n_cluster_frames`` allows.

    They are computed and stay where ``tokenizer`` is.
    """
    device = tokenizer.centroids.device
    rng = np.random.default_rng(recipe.seed + 1)
    per_clip = max(1, recipe.n_cluster_frames // len(clips))
    features = []
    for clip in clips:
        inputs = data.crop(clip, 0, data.lengths[clip]).T.to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=recipe.bfloat16):
            frames = tokenizer.features(inputs[None])[0]
        rows = rng.permutation(len(frames))[:per_clip]
        features.append(frames[torch.from_numpy(rows).to(device)])
    return torch.cat(features)


def _some_hours(cache: AudioCache, hours: float) -> list[int]:
    """Training clips, in the manifest's order, until ``hours`` are full; at least one."""
    chosen: list[int] = []
    seconds = 0.0
    for clip in cache.indices("train"):
        if chosen and seconds >= hours * 3600:
            break
        chosen.append(clip)
        seconds += samples_to_seconds(cache.clips[clip].n_samples, cache.sample_rate)
    return chosen


def _crop(
    data: FeatureCache, clip: int, rng: np.random.Generator, n_frames: int
) -> Float[Tensor, "T F"]:
    """Frames from anywhere in a clip."""
    latest = max(0, data.lengths[clip] - n_frames)
    return data.crop(clip, int(rng.integers(latest + 1)), n_frames).T


def _card(recipe: SemanticRecipe, limits: Limits) -> str:
    """The model card."""
    config = PRESETS[recipe.preset]
    layer = (
        f"layer {config.depth} of a Conformer, trained with the BEST-RQ objective "
        f"({limits.max_steps} steps, {limits.max_seconds} s)"
    )
    harmony = "pitch classes and onsets"
    source = {"layer": layer, "harmony": harmony, "both": f"{layer} and {harmony}"}[config.clusters]
    return (
        f"# Semantic tokenizer, {recipe.preset}\n\n{config.codebook_size} tokens at "
        f"{config.stream.frame_rate} Hz, clusters of {source}\non music that musiclm composed "
        "itself.\n\n"
        "Limits: hears the mean of the channels only; its vocabulary is that of the composed "
        "corpus.\n"
    )
