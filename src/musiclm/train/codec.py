"""A corpus in, a trained codec out: one step function for both architectures.

Reconstruction and quantizer learn all the way; the critics join in the last part of a run, because
on a small budget they cost more than they teach before the codec can reconstruct at all. What the
critics and the reconstruction ask of a sample is brought to one size first, so that neither
drowns the other (EnCodec's balancer); the paper's fixed weights are the other setting.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from pydantic import Field
from torch import Tensor, nn

from musiclm.codec import loss as losses
from musiclm.codec.config import CodecConfig
from musiclm.codec.discriminator import Discriminator, DiscriminatorConfig
from musiclm.codec.metrics import log_mel_distance, si_sdr, side_distance
from musiclm.codec.model import Codec
from musiclm.config import Frozen
from musiclm.data.audio_cache import AudioCache
from musiclm.nn.quantizer import effective_codes
from musiclm.train.fit import Limits, fit
from musiclm.train.optim import Ema, OptimizerKind, make_optimizers
from musiclm.train.schedule import learning_rate, set_learning_rates
from musiclm.train.state import TrainState

BatchAt = Callable[[int], Tensor]
Step = Callable[[TrainState, Tensor, float], dict[str, Tensor]]


class AdversarialRecipe(Frozen):
    """When and how the critics take part."""

    start: float = Field(default=0.6, ge=0, le=1)
    """Share of the run before they do; 1 leaves them out."""
    every: int = Field(default=1, ge=1)
    """The critics take part in every so manieth step."""
    items: int = Field(default=64, ge=1)
    """At most so many items of a batch are judged."""
    frames: int = Field(default=10_000, ge=1)
    """At most so many frames of an item are judged, at a random place."""
    balance: bool = True
    """Bring gradients on the samples to the size of the reconstruction's before weighting."""
    weight: float = Field(default=1.0, ge=0)
    """Of the adversarial loss."""
    feature_weight: float = Field(default=2.0, ge=0)
    """Of feature matching."""
    learning_rate: float = Field(default=5e-4, gt=0)
    """Of the critics."""
    discriminator: DiscriminatorConfig = DiscriminatorConfig()
    """Their sizes."""


class CodecRecipe(Frozen):
    """How a codec is trained."""

    codec: CodecConfig
    """What is trained."""
    seed: int = Field(default=0, ge=0)
    """Of weights, crops and everything else."""
    threads: int | None = Field(default=None, ge=1)
    """CPU threads; MUSICLM_THREADS when unset, else torch's own choice."""
    batch_size: int = Field(default=16, ge=1)
    """Crops a step."""
    crop_frames: int = Field(default=32, ge=1)
    """Frames a crop."""
    optimizer: OptimizerKind = "adamw"
    """See ``make_optimizers``."""
    learning_rate: float = Field(default=1e-3, gt=0)
    """Highest rate of the codec."""
    weight_decay: float = Field(default=0.01, ge=0)
    """Of matrices."""
    betas: tuple[float, float] = (0.9, 0.95)
    """AdamW's averages, codec and critics."""
    warmup: float = Field(default=0.02, ge=0, le=1)
    """Share of the run until the highest rate."""
    decay: float = Field(default=0.5, ge=0, le=1)
    """Share of the run, at its end, in which the rate falls to zero."""
    max_norm: float = Field(default=1.0, gt=0)
    """Gradients are clipped to that norm."""
    autocast: bool = True
    """bfloat16 for the networks; spectra, quantizer and losses stay float32."""
    ema_decay: float = Field(default=0.995, ge=0, lt=1)
    """Memory of the averaged weights that become the artifact."""
    gain_db: tuple[float, float] = (-30.0, 4.0)
    """Random gain of each crop; peaks stay below full scale."""
    swap: float = Field(default=0.5, ge=0, le=1)
    """Share of crops whose channels are exchanged."""
    quantize_from: float = Field(default=0.03, ge=0, le=1)
    """Share of the run without quantizer; then k-means on real latents starts the codebooks."""
    init_batches: int = Field(default=16, ge=1)
    """Batches whose latents start the codebooks."""
    bypass: float = Field(default=0.3, ge=0, le=1)
    """Share of items whose latents skip the quantizer (SpectroStream)."""
    all_levels: float = Field(default=0.5, ge=0, le=1)
    """Share of the others that use every level; the rest draw a number from 1 to K."""
    commitment_weight: float = Field(default=0.25, ge=0)
    """Pulls latents to their codes."""
    reconstruction: Literal["sampled", "soundstream"] = "sampled"
    """``sampled``: a few windows a step, level-independent; or the published loss."""
    windows: tuple[int, ...] = (64, 128, 256, 512, 1024, 2048, 4096)
    """Windows of the mel loss, in samples."""
    windows_per_step: int = Field(default=3, ge=1)
    """How many of them a step looks at."""
    complex_windows: tuple[int, ...] = (512, 1024, 2048)
    """Windows of the magnitude and complex losses; a step looks at one."""
    mel_weight: float = Field(default=1.0, ge=0)
    """Of the log-mel loss."""
    magnitude_weight: float = Field(default=2.0, ge=0)
    """Of the compressed-magnitude loss."""
    complex_weight: float = Field(default=1.0, ge=0)
    """Of the compressed complex loss."""
    adversarial: AdversarialRecipe = AdversarialRecipe()
    """The critics."""
    validation_items: int = Field(default=8, ge=1)
    """Held-out crops that are measured now and then."""
    validation_frames: int = Field(default=100, ge=1)
    """Frames of each."""
    validate_seconds: float = Field(default=90.0, gt=0)
    """Time between measurements."""


def train_codec(recipe: CodecRecipe, *, corpus: Path, out: Path, limits: Limits) -> Path:
    """Train a codec on ``corpus`` and write it to ``out/artifact``.

    Args:
        recipe: Sizes, losses, schedules.
        corpus: Folder with a ``manifest.jsonl``.
        out: The run's folder; a run in it goes on where it stopped.
        limits: When to end.

    Returns:
        The artifact's folder.

    Raises:
        DataError: The corpus is broken, or its clips are shorter than a crop.
        TrainingError: The numbers stopped being finite.
    """
    _set_threads(recipe.threads)
    config = recipe.codec
    cache = AudioCache.build(corpus, sample_rate=config.sample_rate, n_channels=config.n_channels)
    batch_at = make_batches(cache, recipe)
    state = make_state(recipe)
    held_out = validation_batch(cache, recipe)
    fit(
        state,
        batch_at,
        make_step(recipe, batch_at),
        limits=limits,
        run=out,
        validate=lambda trained: validate(trained, held_out),
        validate_seconds=recipe.validate_seconds,
    )
    return export(state, out / "artifact")


def make_state(recipe: CodecRecipe) -> TrainState:
    """Fresh codec, critics and optimizers."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        codec = Codec(recipe.codec)
        critics = Discriminator(
            recipe.adversarial.discriminator, n_channels=recipe.codec.n_channels
        )
    optimizers = {
        f"codec_{name}": optimizer
        for name, optimizer in make_optimizers(
            codec,
            learning_rate=recipe.learning_rate,
            weight_decay=recipe.weight_decay,
            kind=recipe.optimizer,
            betas=recipe.betas,
        ).items()
    }
    for name, optimizer in make_optimizers(
        critics, learning_rate=recipe.adversarial.learning_rate, betas=(0.5, 0.9)
    ).items():
        optimizers[f"critics_{name}"] = optimizer
    return TrainState(
        modules={"codec": codec, "critics": critics},
        optimizers=optimizers,
        generator=torch.Generator().manual_seed(recipe.seed),
        ema=Ema(codec, recipe.ema_decay),
    )


def make_batches(cache: AudioCache, recipe: CodecRecipe) -> BatchAt:
    """A function from step number to ``[B, C, N]`` crops with random gain and channel swap."""
    n_samples = recipe.crop_frames * recipe.codec.hop_length
    clips = cache.indices("train", at_least=n_samples)
    lengths = np.array([cache.clips[clip].n_samples for clip in clips], dtype=np.float64)
    shares = lengths / lengths.sum()

    def batch_at(number: int) -> Float[Tensor, "B C N"]:
        rng = np.random.default_rng((recipe.seed, number))
        crops = []
        for index in rng.choice(len(clips), size=recipe.batch_size, p=shares):
            last = int(lengths[index]) - n_samples
            crop = cache.crop(clips[index], int(rng.integers(last + 1)), n_samples)
            if rng.random() < recipe.swap:
                crop = crop.flip(0)
            gain = 10.0 ** (rng.uniform(*recipe.gain_db) / 20.0)
            crops.append(crop * min(gain, 1.0 / max(float(crop.abs().max()), 1e-3)))
        return torch.stack(crops)

    return batch_at


def validation_batch(cache: AudioCache, recipe: CodecRecipe) -> Float[Tensor, "B C N"]:
    """The same held-out crops for every run of a corpus, spread over clips."""
    n_samples = recipe.validation_frames * recipe.codec.hop_length
    clips = cache.indices("valid")
    rng = np.random.default_rng(1234)
    crops = []
    for number in range(recipe.validation_items):
        clip = clips[number % len(clips)]
        last = max(0, cache.clips[clip].n_samples - n_samples)
        crops.append(cache.crop(clip, int(rng.integers(last + 1)), n_samples))
    return torch.stack(crops)


def make_step(recipe: CodecRecipe, batch_at: BatchAt) -> Step:
    """The step function: forward, losses, backward, both optimizers."""
    adversarial = recipe.adversarial

    def step(state: TrainState, batch: Tensor, progress: float) -> dict[str, Tensor]:
        codec, critics, rng = _codec(state), _critics(state), state.generator
        set_learning_rates(
            state.optimizers,
            learning_rate(progress, warmup=recipe.warmup, decay=recipe.decay),
        )
        quantizing = progress >= recipe.quantize_from
        if quantizing and not bool(codec.quantizer.ready):
            _start_codebooks(codec, recipe, batch_at, state.step, rng)
        n_levels = draw_levels(recipe, rng) if quantizing else None
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.autocast):
            latents = codec.encoder(batch).float()
        metrics: dict[str, Tensor] = {}
        commitment = latents.new_zeros(())
        if quantizing:
            quantized = codec.quantizer(latents, rng, n_levels=n_levels)
            latents, commitment = quantized.latents, quantized.commitment
            metrics["commitment"] = commitment.detach()
            metrics["residual"] = quantized.residual[-1]
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.autocast):
            predicted = codec.decoder(latents).float()

        # Losses meet the network at the samples: their gradients there can be compared.
        leaf = predicted.detach().requires_grad_()
        total, parts = reconstruction_loss(leaf, batch, recipe, rng)
        gradient = torch.autograd.grad(total, leaf)[0]
        metrics |= parts
        judging = progress >= adversarial.start and state.step % adversarial.every == 0
        if judging:
            pushed, parts = _adversarial_step(state, critics, leaf, batch, gradient, recipe)
            gradient = gradient + pushed
            metrics |= parts
        finite = bool(torch.isfinite(gradient).all()) and bool(torch.isfinite(commitment))
        if finite:
            pull = recipe.commitment_weight * commitment
            tensors, gradients = [predicted], [gradient]
            if pull.requires_grad:
                tensors, gradients = [predicted, pull], [gradient, torch.ones_like(pull)]
            torch.autograd.backward(tensors, gradients)
            norm = nn.utils.clip_grad_norm_(codec.parameters(), recipe.max_norm)
            finite = bool(torch.isfinite(norm))
            metrics["gradient_norm"] = norm
        for name, optimizer in state.optimizers.items():
            if name.startswith("codec"):
                if finite:
                    optimizer.step()
                optimizer.zero_grad(set_to_none=True)
        if finite and state.ema is not None:
            state.ema.update()
        metrics["loss"] = total.detach()
        metrics["skipped"] = torch.tensor(0.0 if finite else 1.0)
        metrics["items"] = torch.tensor(float(len(batch)))
        return metrics

    return step


def reconstruction_loss(
    predicted: Float[Tensor, "B C N"],
    target: Float[Tensor, "B C N"],
    recipe: CodecRecipe,
    rng: torch.Generator,
) -> tuple[Float[Tensor, ""], dict[str, Tensor]]:
    """The recipe's reconstruction loss and its parts for the log."""
    rate = recipe.codec.sample_rate
    if recipe.reconstruction == "soundstream":
        total = losses.soundstream_reconstruction(
            predicted, target, sample_rate=rate, windows=recipe.windows
        )
        return total, {}
    predicted, target = losses.level_pair(predicted, target)
    mel = losses.mel_loss(
        *losses.random_view(predicted, target, rng),
        sample_rate=rate,
        windows=losses.sample_windows(recipe.windows, recipe.windows_per_step, rng),
    )
    magnitude, phase = losses.complex_loss(
        *losses.random_view(predicted, target, rng),
        n_fft=losses.sample_windows(recipe.complex_windows, 1, rng)[0],
    )
    total = (
        recipe.mel_weight * mel
        + recipe.magnitude_weight * magnitude
        + recipe.complex_weight * phase
    )
    parts = {"mel": mel, "magnitude": magnitude, "complex": phase}
    return total, {name: part.detach() for name, part in parts.items()}


def draw_levels(recipe: CodecRecipe, rng: torch.Generator) -> Int[Tensor, " B"]:
    """Levels the decoder sees of each item: all, a random prefix, or 0 for unquantized."""
    n_batch, n_q = recipe.batch_size, recipe.codec.n_q
    prefix = torch.randint(1, n_q + 1, (n_batch,), generator=rng)
    whole = torch.rand(n_batch, generator=rng) < recipe.all_levels
    bypass = torch.rand(n_batch, generator=rng) < recipe.bypass
    return torch.where(bypass, 0, torch.where(whole, n_q, prefix))


def validate(state: TrainState, held_out: Float[Tensor, "B C N"]) -> dict[str, float]:
    """Distances on held-out crops at some numbers of levels, with the averaged weights."""
    codec = _codec(state)
    if not bool(codec.quantizer.ready) or state.ema is None:
        return {}
    rate, n_q = codec.sample_rate, codec.config.n_q
    codec.eval()
    numbers: dict[str, float] = {}
    with state.ema.swapped(), torch.no_grad():
        codes = codec.encode(held_out)
        for level in sorted({min(level, n_q) for level in (1, 2, 4, 8, n_q)}):
            decoded = codec.decode(codes[:, :level])
            distance = log_mel_distance(decoded, held_out, sample_rate=rate)
            numbers[f"mel_distance_{level}"] = round(float(distance.mean()), 4)
        numbers["side_distance"] = round(
            float(side_distance(decoded, held_out, sample_rate=rate).mean()), 4
        )
        numbers["si_sdr_db"] = round(float(si_sdr(decoded, held_out).mean()), 3)
        for index, used in enumerate(effective_codes(codes, codec.config.codebook_size).tolist()):
            numbers[f"codes_{index}"] = round(used, 1)
    codec.train()
    return numbers


def export(state: TrainState, folder: Path) -> Path:
    """Write the averaged weights as an artifact."""
    codec = _codec(state)
    if not bool(codec.quantizer.ready):
        raise ValueError("the run ended before its codebooks started: give it more steps")
    if state.ema is not None:
        with state.ema.swapped():
            codec.save(folder)
    else:
        codec.save(folder)
    return folder


def _adversarial_step(
    state: TrainState,
    critics: Discriminator,
    predicted: Tensor,
    target: Tensor,
    reconstruction: Tensor,
    recipe: CodecRecipe,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Train the critics on one cut of the batch; the gradient they ask of the samples."""
    settings = recipe.adversarial
    hop, rng = recipe.codec.hop_length, state.generator
    n_frames = min(settings.frames, target.shape[-1] // hop)
    first = int(torch.randint(target.shape[-1] // hop - n_frames + 1, (), generator=rng)) * hop
    items = slice(0, settings.items)  # Crops come in random order already.
    cut = (items, slice(None), slice(first, first + n_frames * hop))
    fake, real = predicted.detach()[cut], target[cut]
    if settings.balance:
        fake, real = losses.level_pair(fake, real)
    fake = fake.requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=recipe.autocast):
        both = critics(torch.cat((real, fake.detach())))
        half = len(real)
        critic_loss = losses.discriminator_loss(
            [judged.logits[:half].float() for judged in both],
            [judged.logits[half:].float() for judged in both],
        )
    critic_loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(critics.parameters(), recipe.max_norm)
    for name, optimizer in state.optimizers.items():
        if name.startswith("critics"):
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
    critics.requires_grad_(False)  # The generator's pass needs no gradients of their weights.
    with torch.autocast("cpu", torch.bfloat16, enabled=recipe.autocast):
        judgements = critics(fake)
    critics.requires_grad_(True)
    adversarial = losses.adversarial_loss([judged.logits.float() for judged in judgements])
    features = losses.feature_loss(
        [[feature[:half] for feature in judged.features] for judged in both],
        [judged.features for judged in judgements],
        relative=settings.balance,
    )
    gradients = [
        torch.autograd.grad(part, fake, retain_graph=part is adversarial)[0]
        for part in (adversarial, features)
    ]
    pushed = torch.zeros_like(reconstruction)
    for gradient, weight in zip(gradients, (settings.weight, settings.feature_weight), strict=True):
        if settings.balance:
            # Item by item: gradients on the samples of a quiet item are large, and one common
            # size would let the critics drown the reconstruction of every loud item.
            size = reconstruction[cut].flatten(1).norm(dim=1)
            own = gradient.flatten(1).norm(dim=1).clamp(min=1e-12)
            gradient = gradient * (size / own)[:, None, None]
        pushed[cut] += weight * gradient
    return pushed, {
        "critics": critic_loss.detach(),
        "adversarial": adversarial.detach(),
        "features": features.detach(),
    }


@torch.no_grad()
def _start_codebooks(
    codec: Codec, recipe: CodecRecipe, batch_at: BatchAt, number: int, rng: torch.Generator
) -> None:
    """k-means on the latents of some coming batches; a function of the step number only."""
    rows = []
    for ahead in range(recipe.init_batches):
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.autocast):
            latents = codec.encoder(batch_at(number + ahead)).float()
        rows.append(latents.transpose(1, 2).flatten(0, 1))
    codec.quantizer.init_from(torch.cat(rows), rng)


def _codec(state: TrainState) -> Codec:
    codec = state.modules["codec"]
    if not isinstance(codec, Codec):
        raise TypeError(f'state.modules["codec"] must be a Codec, got {type(codec).__name__}')
    return codec


def _critics(state: TrainState) -> Discriminator:
    critics = state.modules["critics"]
    if not isinstance(critics, Discriminator):
        raise TypeError(f'state.modules["critics"] must be a Discriminator, got {critics}')
    return critics


def _set_threads(threads: int | None) -> None:
    wanted = threads or int(os.environ.get("MUSICLM_THREADS", "0"))
    if wanted:
        torch.set_num_threads(wanted)


__all__: Sequence[str] = ("AdversarialRecipe", "CodecRecipe", "train_codec")
