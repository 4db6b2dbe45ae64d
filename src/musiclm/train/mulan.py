"""A captioned corpus in, a MuLan artifact out: contrastive training, then the codebooks.

One step sees a batch of ten-second crops and twice as many texts (``mulan_texts.py``): a caption of
each clip, false twins, names, and requests in six languages. Three losses: contrastive, with
targets reckoned from what texts state and clips are; fact heads on both embeddings; and a teacher,
the pre-trained text tower, whose sentence vector of an English request every language's version
has to meet (Reimers and Gurevych, arXiv 2004.09813), which also keeps alive what it knew.
"""

from collections.abc import Callable
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
from musiclm.config import Frozen, replace
from musiclm.data.audio_cache import AudioCache
from musiclm.data.manifest import read_manifest
from musiclm.mulan.config import PRESETS, MulanConfig
from musiclm.mulan.loss import Temperature, contrastive_loss, recall_at, soft_targets
from musiclm.mulan.minilm import NOTICE, load_minilm, read_tokenizer
from musiclm.mulan.model import Mulan
from musiclm.mulan.text_tower import TextTower
from musiclm.train.fit import Limits, fit
from musiclm.train.mulan_codebooks import fit_codebooks
from musiclm.train.mulan_data import MulanBatch, MulanData
from musiclm.train.mulan_facts import FactHeads
from musiclm.train.mulan_texts import TextPlan, training_requests
from musiclm.train.mulan_validate import validate
from musiclm.train.optim import apply_gradients
from musiclm.train.ranks import DeviceKind, choose_device
from musiclm.train.schedule import learning_rate, set_learning_rates
from musiclm.train.state import TrainState

_ADAPTER_DIM = 48
_TEACHER_BATCH = 64
_BUCKET = 24


class MulanRecipe(Frozen):
    """How a MuLan is trained."""

    preset: Literal["tiny", "small", "paper"] = "small"
    """Sizes of the towers and codebooks."""
    seed: int = Field(default=0, ge=0)
    """Of initial weights, crops and captions."""
    # Not simply "auto": what is unset leaves the keys of runs that began without it as they were.
    device: DeviceKind | None = None
    """``cpu``, ``cuda``, or ``auto``, which is also meant when unset: a GPU if there is one."""
    max_steps: int | None = Field(default=None, ge=1)
    """Steps; unset means only the time limits."""
    max_minutes: float | None = Field(default=None, gt=0)
    """Minutes; unset means only the steps limit."""
    start: Literal["nothing", "minilm"] = "minilm"
    """What the text tower knows before: nothing, or what MiniLM-L6 learned from the web."""
    text_training: Literal["full", "adapters", "frozen"] = "full"
    """What of a pre-trained text tower is trained: all of it at ``text_learning_rate``, narrow
    networks between its layers, or only the map onto the sphere."""
    text_depth: int | None = Field(default=None, ge=1)
    """Layers of the text tower; the preset's when unset."""
    audio_from: str = ""
    """Artifact whose audio tower is taken and left as it is, so that texts alone are learned."""
    batch_size: int = Field(default=64, ge=2)
    """Clips, and captions, a step."""
    twins: float = Field(default=0.3, ge=0, le=1)
    """False twins a clip: captions with one fact changed."""
    names: float = Field(default=0.25, ge=0)
    """Names of single things a clip."""
    requests: float = Field(default=0.5, ge=0)
    """Requests by hand a clip, each in one of six languages."""
    learning_rate: float = Field(default=1e-3, gt=0)
    """Of everything that starts from nothing."""
    text_learning_rate: float = Field(default=1e-4, gt=0)
    """Of what was trained before."""
    weight_decay: float = Field(default=0.05, ge=0)
    """Decoupled decay of weight matrices that start from nothing."""
    fresh_captions: float = Field(default=0.7, ge=0, le=1)
    """Share of captions written for the occasion; the rest is from the manifest."""
    target_sharpness: float = Field(default=4.0, gt=0)
    """How fast a clip stops fitting a text, in logits a statement that is wrong."""
    facts_weight: float = Field(default=3.0, ge=0)
    """Of the fact heads' losses, each of them."""
    teacher_weight: float = Field(default=2.0, ge=0)
    """Of the pull of requests towards the pre-trained vector of their English version."""
    n_texts: int = Field(default=6000, ge=16)
    """Captions that the codebooks are fitted on, and about as many windows."""
    bfloat16: bool = True
    """Whether products of matrices run in bfloat16."""
    storage: Storage = "int8"
    """How the artifact keeps weights."""

    @property
    def text_plan(self) -> TextPlan:
        """Texts a step besides one caption a clip."""
        return TextPlan(
            n_twins=round(self.twins * self.batch_size),
            n_names=round(self.names * self.batch_size),
            n_requests=round(self.requests * self.batch_size),
            fresh_share=self.fresh_captions,
        )


def train_mulan(recipe: MulanRecipe, *, corpus: Path, out: Path, limits: Limits) -> Path:
    """Train both towers, fit the codebooks, and write ``out/artifact``.

    Args:
        recipe: All settings.
        corpus: Folder with ``manifest.jsonl``.
        out: Run folder; an interrupted run goes on from its newest checkpoint.
        limits: Steps or seconds of the contrastive part; codebooks take a minute more.

    Returns:
        The artifact's folder.

    Raises:
        ConfigError: The recipe wants a GPU that is not there.
    """
    device = choose_device(recipe.device or "auto")
    torch.manual_seed(recipe.seed)
    config = config_of(recipe)
    cache = AudioCache.build(corpus, sample_rate=config.sample_rate)
    data = MulanData(
        config,
        read_manifest(corpus),
        cache,
        out / "features",
        batch_size=recipe.batch_size,
        plan=recipe.text_plan,
        seed=recipe.seed,
        device=device,
    )
    mulan = make_mulan(recipe, config)
    if mulan.audio is not None and not recipe.audio_from:
        rng = np.random.default_rng(recipe.seed)
        sample = [data.crop(clip, rng) for clip in rng.choice(data.train, 64).tolist()]
        mulan.audio.set_scale(torch.cat(sample, dim=1))
    # Drawn on the CPU, so that a seed means the same weights on every device.
    heads = FactHeads(data.labels, config.dim)
    state = make_state(recipe, mulan.to(device), heads)
    step = make_step(recipe, mulan)
    fit(
        state,
        lambda number: data.batch_at(number, mulan.tokenizer),
        step,
        limits=limits,
        run=out,
        validate=lambda _: validate(mulan, heads, data),
    )
    mulan.eval()
    fit_codebooks(mulan, data, n_texts=recipe.n_texts, seed=recipe.seed, bfloat16=recipe.bfloat16)
    card = _card(recipe, limits, validate(mulan, heads, data))
    mulan.to("cpu").save(out / "artifact", card=card, storage=recipe.storage)
    return out / "artifact"


def config_of(recipe: MulanRecipe) -> MulanConfig:
    """The preset with what the recipe changes of the text tower."""
    config = PRESETS[recipe.preset]
    changes = {"adapter_dim": _ADAPTER_DIM} if recipe.text_training == "adapters" else {}
    if recipe.text_depth is not None:
        changes["depth"] = recipe.text_depth
    return replace(config, text=replace(config.text, **changes)) if changes else config


def make_mulan(recipe: MulanRecipe, config: MulanConfig) -> Mulan:
    """The untrained model, with MiniLM's weights if the recipe says so, frozen where it says."""
    if config.text.tokenizer == "hashed":
        mulan = Mulan(config)
    else:
        mulan = Mulan(config, tokenizer_json=read_tokenizer())
        if recipe.start == "minilm":
            load_minilm(mulan.text)
    if recipe.text_training != "full":
        for name, parameter in mulan.text.named_parameters():
            parameter.requires_grad_(name.startswith(("project.", "adapters.")))
    if recipe.audio_from and mulan.audio is not None:
        known = Mulan.load(Path(recipe.audio_from)).audio
        if known is None:
            raise TypeError("an artifact loaded with both towers has an audio tower")
        mulan.audio.load_state_dict(known.state_dict())
        mulan.audio.requires_grad_(False)
    return mulan


def make_state(recipe: MulanRecipe, mulan: Mulan, heads: FactHeads) -> TrainState:
    """Model, heads and temperature with one AdamW: lower rates for what was trained before.

    Heads and temperature go where ``mulan`` is; an optimizer must see parameters in their place.
    """
    trained_before: list[nn.Parameter] = []
    fresh: list[nn.Parameter] = []
    plain: list[nn.Parameter] = []
    modules = {"mulan": mulan, "heads": heads, "temperature": Temperature()}
    for module in modules.values():
        module.to(mulan.device)
        for name, parameter in module.named_parameters():
            if not parameter.requires_grad:
                continue
            ours = not name.startswith("text.") or name.startswith(("text.project", "text.adapt"))
            if recipe.start == "minilm" and not ours:
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
    return TrainState(modules=dict(modules), optimizers=dict(optimizers), generator=generator)


def make_step(
    recipe: MulanRecipe, mulan: Mulan
) -> Callable[[TrainState, MulanBatch, float], dict[str, Tensor]]:
    """The step function, with the teacher's vectors of all requests inside."""
    pretrained = mulan.config.text.tokenizer == "wordpiece" and recipe.start == "minilm"
    # Computed here, before a checkpoint is loaded, the tower still is the pre-trained one.
    teacher = teach(mulan) if pretrained and recipe.teacher_weight > 0 else None

    def step(state: TrainState, batch: MulanBatch, progress: float) -> dict[str, Tensor]:
        set_learning_rates(state.optimizers, learning_rate(progress, warmup=0.05, decay=0.6))
        heads, temperature = state.modules["heads"], state.modules["temperature"]
        if mulan.audio is None or not isinstance(heads, FactHeads):
            raise TypeError("training needs both towers and the fact heads")
        mulan.train()
        batch = batch.to(mulan.device)
        with torch.autocast(mulan.device.type, torch.bfloat16, enabled=recipe.bfloat16):
            audio = mulan.audio(batch.features)
            sentences = sentences_by_length(mulan.text, batch.ids, batch.real)
            text = mulan.text.onto_sphere(sentences)
        over_clips, over_texts = soft_targets(batch.mismatch, sharpness=recipe.target_sharpness)
        losses = {
            "contrastive": contrastive_loss(
                text, audio, scale=temperature(), over_clips=over_clips, over_texts=over_texts
            ),
            "facts/audio": heads.of_audio(audio, batch.classes, batch.sounding, batch.axes),
            "facts/text": heads.of_text(text, batch.said),
            "facts/requests": heads.of_request(text, batch.wanted),
        }
        weights = dict.fromkeys(losses, recipe.facts_weight) | {"contrastive": 1.0}
        asked = batch.requests >= 0
        if teacher is not None and bool(asked.any()):
            goal = teacher[batch.requests[asked]]
            losses["teacher"] = (
                1 - functional.cosine_similarity(sentences[asked].float(), goal).mean()
            )
            weights["teacher"] = recipe.teacher_weight
        loss = torch.stack([weights.get(name, 1.0) * one for name, one in losses.items()]).sum()
        parameters = [
            p for group in state.optimizers["adamw"].param_groups for p in group["params"]
        ]
        gradients = apply_gradients(loss, parameters, state.optimizers, max_norm=1.0)
        own = text[: len(audio)].detach()
        return {
            "loss": loss.detach(),
            **{name: one.detach() for name, one in losses.items()},
            "recall/batch": torch.tensor(recall_at(own, audio.detach(), 1)),
            "scale": temperature().detach(),
            **gradients,
        }

    return step


def sentences_by_length(
    tower: TextTower, ids: Int[Tensor, "n S"], real: Bool[Tensor, "n S"]
) -> Float[Tensor, "n D"]:
    """Sentence vectors, computed among texts of like length: padding costs as much as words."""
    # Sorted on the CPU: a GPU would be waited for at every bucket to learn its length.
    lengths = real.sum(1).cpu()
    order = lengths.argsort()
    parts = []
    for bucket in torch.split(order, _BUCKET):
        longest, rows = int(lengths[bucket].max()), bucket.to(ids.device)
        parts.append(tower.sentence(ids[rows, :longest], real[rows, :longest]))
    return torch.cat(parts)[order.argsort().to(ids.device)]


@torch.no_grad()
def teach(mulan: Mulan) -> Float[Tensor, "n D"]:
    """The sentence vector of the English version of every training request."""
    english = [request.texts[0] for request in training_requests()]
    vectors = []
    for start in range(0, len(english), _TEACHER_BATCH):
        ids, real = mulan.tokenizer(english[start : start + _TEACHER_BATCH])
        vectors.append(mulan.text.sentence(ids.to(mulan.device), real.to(mulan.device)))
    if not vectors:
        return torch.zeros(0, mulan.config.text.dim, device=mulan.device)
    return torch.cat(vectors)


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
