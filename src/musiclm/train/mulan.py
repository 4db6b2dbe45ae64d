"""A captioned corpus in, a MuLan artifact out: contrastive training, then the codebooks.

One step sees a batch of ten-second crops, each with one caption, half of them freshly written
from the clip's facts so that the text is new every time. Three losses: contrastive with soft
targets (clips that share facts also fit), fact heads on both embeddings (``mulan_facts.py``), and
an anchor that keeps the pre-trained text tower from forgetting words that captions never use.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW

from musiclm.artifact import Storage
from musiclm.config import Frozen
from musiclm.data.audio_cache import AudioCache
from musiclm.data.manifest import Clip, read_manifest
from musiclm.mulan.audio_tower import mel_frames
from musiclm.mulan.config import PRESETS, MulanConfig
from musiclm.mulan.loss import Temperature, contrastive_loss, recall_at, soft_targets
from musiclm.mulan.minilm import NOTICE, load_minilm, read_tokenizer
from musiclm.mulan.model import Mulan
from musiclm.train.feature_cache import FeatureCache
from musiclm.train.fit import Limits, fit
from musiclm.train.generic_prompts import GENERIC_PROMPTS
from musiclm.train.mulan_facts import FactHeads, FactLabels, similarity
from musiclm.train.optim import apply_gradients
from musiclm.train.schedule import learning_rate, set_learning_rates
from musiclm.train.state import TrainState


class MulanRecipe(Frozen):
    """How a MuLan is trained."""

    preset: Literal["tiny", "small", "paper"] = "small"
    """Sizes of the towers and codebooks."""
    seed: int = Field(default=0, ge=0)
    """Of initial weights, crops and captions."""
    max_steps: int | None = Field(default=None, ge=1)
    """Steps; unset means only the time limits."""
    max_minutes: float | None = Field(default=None, gt=0)
    """Minutes; unset means only the steps limit."""
    start: Literal["nothing", "minilm"] = "minilm"
    """What the text tower knows before: nothing, or what MiniLM-L6 learned from the web."""
    batch_size: int = Field(default=96, ge=2)
    """Clips, and captions, a step."""
    learning_rate: float = Field(default=1e-3, gt=0)
    """Of everything that starts from nothing."""
    text_learning_rate: float = Field(default=1e-4, gt=0)
    """Of layers that were trained before."""
    frozen_layers: int = Field(default=3, ge=0)
    """Lower text layers that keep their pre-trained weights, as do the word embeddings."""
    weight_decay: float = Field(default=0.05, ge=0)
    """Decoupled decay of weight matrices."""
    fresh_captions: float = Field(default=0.7, ge=0, le=1)
    """Share of captions written for the occasion; the rest is from the manifest."""
    target_sharpness: float = Field(default=25.0, gt=0)
    """How fast a clip stops fitting a caption as facts differ; large = only its own clip fits."""
    facts_weight: float = Field(default=0.5, ge=0)
    """Of the fact heads' losses, each modality."""
    anchor_weight: float = Field(default=1.0, ge=0)
    """Of the pull back to the pre-trained sentence vectors, on prompts no caption says."""
    n_texts: int = Field(default=3000, ge=16)
    """Captions that the codebooks are fitted on."""
    bfloat16: bool = True
    """Whether products of matrices run in bfloat16."""
    storage: Storage = "int8"
    """How the artifact keeps weights."""


@dataclass(frozen=True, slots=True)
class MulanBatch:
    """One step's worth of pairs."""

    mel: Float[Tensor, "B F T"]
    ids: Int[Tensor, "B S"]
    real: Bool[Tensor, "B S"]
    classes: Int[Tensor, "B K"]
    sounding: Float[Tensor, "B V"]


class MulanData:
    """Clips of a corpus as batches by number: pure, so that a run can be resumed exactly."""

    def __init__(
        self,
        recipe: MulanRecipe,
        config: MulanConfig,
        clips: Sequence[Clip],
        cache: AudioCache,
        folder: Path,
    ) -> None:
        self.recipe = recipe
        self.config = config
        self.clips = clips
        self.train = cache.indices("train")
        self.valid = cache.indices("valid")
        audio = config.audio
        self.n_frames = round(config.window_seconds * config.sample_rate) // audio.hop_length
        self.features = FeatureCache.build(
            cache,
            folder,
            clips=sorted({*self.train, *self.valid}),
            features=lambda samples: mel_frames(
                samples[None], audio, sample_rate=config.sample_rate
            )[0],
            settings=audio.to_json(),
        )
        self.labels = FactLabels.of([clips[index].facts for index in self.train])

    def crop(self, clip: int, rng: np.random.Generator) -> Float[Tensor, "F T"]:
        """A window from anywhere in the clip."""
        latest = max(0, self.features.lengths[clip] - self.n_frames)
        return self.features.crop(clip, int(rng.integers(latest + 1)), self.n_frames)

    def caption(self, clip: int, rng: np.random.Generator) -> str:
        """A new caption from the clip's facts, or one of the stored ones."""
        stored = self.clips[clip].captions
        if rng.random() < self.recipe.fresh_captions or not stored:
            # Imported late: a corpus whose captions are all stored needs no caption writer.
            from musiclm.corpus.captions import captions_of
            from musiclm.corpus.facts import Facts

            facts = Facts.from_mapping(self.clips[clip].facts)
            # The writer starts anywhere in its registers and languages: one may be any.
            return captions_of(facts, rng, n=1)[0].text
        return stored[int(rng.integers(len(stored)))].text

    def batch_at(self, step: int, tokenize: Callable[..., tuple[Tensor, Tensor]]) -> MulanBatch:
        """The batch of a step number: different clips, as long as there are enough."""
        rng = np.random.default_rng((self.recipe.seed, step))
        size = self.recipe.batch_size
        chosen = rng.choice(self.train, size, replace=len(self.train) < size).tolist()
        mel = torch.stack([augment(self.crop(clip, rng), rng) for clip in chosen])
        ids, real = tokenize([self.caption(clip, rng) for clip in chosen])
        classes, sounding = self.labels.encode([self.clips[clip].facts for clip in chosen])
        return MulanBatch(mel, ids, real, classes, sounding)


def augment(mel: Float[Tensor, "F T"], rng: np.random.Generator) -> Float[Tensor, "F T"]:
    """Another level and another tone colour, and one hidden band of pitch and of time.

    What stays the same under these is what captions are about.
    """
    n_mels, n_frames = mel.shape
    tilt = torch.linspace(-1.0, 1.0, n_mels)[:, None] * float(rng.normal(0.0, 0.4))
    mel = mel + float(rng.normal(0.0, 0.5)) + tilt
    for axis, (size, largest) in enumerate(((n_mels, n_mels // 8), (n_frames, n_frames // 8))):
        width = int(rng.integers(largest + 1))
        start = int(rng.integers(size - width + 1))
        mel.narrow(axis, start, width).fill_(float(mel.mean()))
    return mel


def train_mulan(recipe: MulanRecipe, *, corpus: Path, out: Path, limits: Limits) -> Path:
    """Train both towers, fit the codebooks, and write ``out/artifact``.

    Args:
        recipe: All settings.
        corpus: Folder with ``manifest.jsonl``.
        out: Run folder; an interrupted run goes on from its newest checkpoint.
        limits: Steps or seconds of the contrastive part; codebooks take a minute more.

    Returns:
        The artifact's folder.
    """
    torch.manual_seed(recipe.seed)
    config = PRESETS[recipe.preset]
    cache = AudioCache.build(corpus, sample_rate=config.sample_rate)
    data = MulanData(recipe, config, read_manifest(corpus), cache, out / "mel")
    mulan = make_mulan(recipe, config)
    if mulan.audio is not None:
        rng = np.random.default_rng(recipe.seed)
        sample = [data.crop(clip, rng) for clip in rng.choice(data.train, 64).tolist()]
        mulan.audio.set_scale(torch.cat(sample, dim=1))
    state = make_state(recipe, mulan, data.labels)
    step = make_step(recipe, mulan)
    fit(
        state,
        lambda number: data.batch_at(number, mulan.tokenizer),
        step,
        limits=limits,
        run=out,
        validate=lambda _: validate(mulan, state.modules["heads"], data),
    )
    mulan.eval()
    fit_codebooks(mulan, data)
    card = _card(recipe, limits, validate(mulan, state.modules["heads"], data))
    mulan.save(out / "artifact", card=card, storage=recipe.storage)
    return out / "artifact"


def make_mulan(recipe: MulanRecipe, config: MulanConfig) -> Mulan:
    """The untrained model, with MiniLM's weights and frozen lower layers if the recipe says so."""
    if config.text.tokenizer == "hashed":
        return Mulan(config)
    mulan = Mulan(config, tokenizer_json=read_tokenizer())
    if recipe.start == "minilm":
        load_minilm(mulan.text)
        for part in (mulan.text.words, mulan.text.positions, mulan.text.norm):
            part.requires_grad_(False)
        for layer in mulan.text.layers[: recipe.frozen_layers]:
            layer.requires_grad_(False)
    return mulan


def make_state(recipe: MulanRecipe, mulan: Mulan, labels: FactLabels) -> TrainState:
    """Model, heads and temperature with one AdamW: lower rates for what was trained before."""
    heads = FactHeads(labels, mulan.config.dim)
    temperature = Temperature()
    trained_before: list[nn.Parameter] = []
    fresh: list[nn.Parameter] = []
    plain: list[nn.Parameter] = []
    modules: dict[str, nn.Module] = {"mulan": mulan, "heads": heads, "temperature": temperature}
    for module in modules.values():
        for name, parameter in module.named_parameters():
            if not parameter.requires_grad:
                continue
            known = recipe.start == "minilm" and name.startswith("text.layers")
            if known:
                trained_before.append(parameter)
            else:
                (fresh if parameter.ndim > 1 else plain).append(parameter)
    rate, decay = recipe.learning_rate, recipe.weight_decay
    groups = [
        {"params": fresh, "lr": rate, "base_lr": rate, "weight_decay": decay},
        {"params": plain, "lr": rate, "base_lr": rate, "weight_decay": 0.0},
    ]
    if trained_before:
        slow = recipe.text_learning_rate
        groups.append({"params": trained_before, "lr": slow, "base_lr": slow, "weight_decay": 0.0})
    generator = torch.Generator().manual_seed(recipe.seed)
    optimizers = {"adamw": AdamW(groups, betas=(0.9, 0.98), eps=1e-6)}
    return TrainState(modules=modules, optimizers=dict(optimizers), generator=generator)


def make_step(
    recipe: MulanRecipe, mulan: Mulan
) -> Callable[[TrainState, MulanBatch, float], dict[str, Tensor]]:
    """The step function, with the pre-trained vectors of the anchor prompts inside."""
    pretrained = mulan.config.text.tokenizer == "wordpiece" and recipe.start == "minilm"
    anchored = pretrained and recipe.anchor_weight > 0
    ids, real = mulan.tokenizer(GENERIC_PROMPTS)
    # Computed here, before a checkpoint is loaded, the tower still is the pre-trained one.
    with torch.no_grad():
        original = mulan.text.sentence(ids, real) if anchored else None

    def step(state: TrainState, batch: MulanBatch, progress: float) -> dict[str, Tensor]:
        set_learning_rates(state.optimizers, learning_rate(progress, warmup=0.05, decay=0.5))
        heads, temperature = state.modules["heads"], state.modules["temperature"]
        if mulan.audio is None or not isinstance(heads, FactHeads):
            raise TypeError("training needs both towers and the fact heads")
        mulan.train()
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.bfloat16):
            audio = mulan.audio(batch.mel)
            text = mulan.text(batch.ids, batch.real)
        targets = soft_targets(similarity(batch.classes), sharpness=recipe.target_sharpness)
        losses = {
            "contrastive": contrastive_loss(text, audio, scale=temperature(), targets=targets),
            "facts/audio": heads.loss(audio, batch.classes, batch.sounding),
            "facts/text": heads.loss(text, batch.classes, batch.sounding),
        }
        weights = {"facts/audio": recipe.facts_weight, "facts/text": recipe.facts_weight}
        if original is not None:
            rows = torch.randperm(len(ids), generator=state.generator)[:16]
            with torch.autocast("cpu", torch.bfloat16, enabled=recipe.bfloat16):
                moved = mulan.text.sentence(ids[rows], real[rows]).float()
            losses["anchor"] = 1 - functional.cosine_similarity(moved, original[rows]).mean()
            weights["anchor"] = recipe.anchor_weight
        loss = torch.stack([weights.get(name, 1.0) * one for name, one in losses.items()]).sum()
        parameters = [
            p for group in state.optimizers["adamw"].param_groups for p in group["params"]
        ]
        gradients = apply_gradients(loss, parameters, state.optimizers, max_norm=1.0)
        return {
            "loss": loss.detach(),
            **{name: one.detach() for name, one in losses.items()},
            "recall/batch": torch.tensor(recall_at(text.detach(), audio.detach(), 1)),
            "scale": temperature().detach(),
            **gradients,
        }

    return step


def validate(mulan: Mulan, heads: nn.Module, data: MulanData) -> dict[str, float]:
    """Recall and fact accuracy on one crop and one stored caption of up to 128 unseen clips."""
    if mulan.audio is None or not isinstance(heads, FactHeads):
        raise TypeError("validation needs both towers and the fact heads")
    rng = np.random.default_rng(0)
    chosen = data.valid[:128]
    mulan.eval()
    with torch.no_grad():
        mel = torch.stack([data.crop(clip, rng) for clip in chosen])
        audio = torch.cat([mulan.audio(part) for part in torch.split(mel, 32)])
        text = mulan.embed_text([data.caption(clip, rng) for clip in chosen])
    classes, _ = data.labels.encode([data.clips[clip].facts for clip in chosen])
    numbers = {f"recall/{k}": recall_at(text, audio, k) for k in (1, 5, 10)}
    numbers["recall/chance_10"] = min(1.0, 10 / len(chosen))
    for source, embeddings in (("audio", audio), ("text", text)):
        for name, share in heads.accuracy(embeddings, classes).items():
            numbers[f"{source}/{name}"] = share
    mulan.train()
    return {name: round(value, 4) for name, value in numbers.items()}


@torch.no_grad()
def fit_codebooks(mulan: Mulan, data: MulanData) -> None:
    """Fit the residual codebooks on audio and captions of the training clips together.

    Both doors share them, each around its own mean. Audio counts as windows and as means of whole
    clips, because both kinds are quantized later.
    """
    if mulan.audio is None:
        raise TypeError("fitting the codebooks needs both towers")
    rng = np.random.default_rng(data.recipe.seed)
    hop = max(1, round(data.n_frames * mulan.config.hop_seconds / mulan.config.window_seconds))
    windows, wholes = [], []
    for clip in rng.permutation(data.train)[: data.recipe.n_texts].tolist():
        last = max(0, data.features.lengths[clip] - data.n_frames)
        starts = [*range(0, last, hop), last]
        mel = torch.stack([data.features.crop(clip, first, data.n_frames) for first in starts])
        with torch.autocast("cpu", torch.bfloat16, enabled=data.recipe.bfloat16):
            embeddings = mulan.audio(mel)
        windows.append(embeddings)
        wholes.append(functional.normalize(embeddings.mean(0), dim=0))
    audio = torch.cat((*windows, torch.stack(wholes)))
    clips = rng.choice(data.train, data.recipe.n_texts)
    with torch.autocast("cpu", torch.bfloat16, enabled=data.recipe.bfloat16):
        text = mulan.embed_text([data.caption(int(clip), rng) for clip in clips])
    mulan.set_gap(text_mean=text.mean(0), audio_mean=audio.mean(0))
    # As many of either kind, so that neither owns the codebooks.
    n_each = min(len(audio), len(text))
    generator = torch.Generator().manual_seed(data.recipe.seed)
    points = [
        kind[torch.randperm(len(kind), generator=generator)[:n_each]] - mean
        for kind, mean in ((audio, mulan.audio_mean), (text, mulan.text_mean))
    ]
    mulan.quantizer.init_from(torch.cat(points), generator, iterations=15)


def _card(recipe: MulanRecipe, limits: Limits, numbers: dict[str, float]) -> str:
    """The model card: what it is, what it was trained on, how well it does, whose work is in it."""
    table = "\n".join(f"| {name} | {value:.3f} |" for name, value in numbers.items())
    source = NOTICE if PRESETS[recipe.preset].text.tokenizer == "wordpiece" else ""
    return (
        f"# MuLan, {recipe.preset}\n\nText and ten-second windows of music in one 128-d space, "
        "quantized to MuLan tokens.\nTrained on music and captions that musiclm composed itself "
        f"(limits of the run: {limits.max_steps} steps, {limits.max_seconds} s).\n\n"
        f"| held-out clips | value |\n|---|---|\n{table}\n\n"
        "Limits: knows the styles and instruments of the composed corpus; other words only as far "
        f"as the pre-trained text tower relates them.\n\n{source}"
    )
