"""One step of a codec's training, the same for both architectures.

Reconstruction and quantizer learn all the way; the critics join in the last part of a run, because
on a small budget they cost more than they teach before the codec can reconstruct at all. What the
critics and the reconstruction ask of a sample is brought to one size first, so that neither
drowns the other (EnCodec's balancer); the paper's fixed weights are the other setting.

Several processes may take a step together (``nn/ranks.py``): each has a batch, gradients are
averaged before they are clipped, and generators, codebooks and weights stay equal on all.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from musiclm.codec import loss as losses
from musiclm.codec.banks import NOISE_WINDOWS
from musiclm.codec.discriminator import Discriminator
from musiclm.codec.model import Codec
from musiclm.codec.vocoder_decoder import VocoderDecoder
from musiclm.codec.vocoder_encoder import VocoderEncoder
from musiclm.nn.ranks import (
    average_gradients,
    copy_from_first_rank,
    max_over_ranks,
    n_ranks,
    own_items,
)
from musiclm.train.codec_data import BatchAt
from musiclm.train.codec_recipe import CodecRecipe
from musiclm.train.schedule import learning_rate, set_learning_rates
from musiclm.train.state import TrainState

Step = Callable[[TrainState, Tensor, float], dict[str, Tensor]]


def make_step(recipe: CodecRecipe, batch_at: BatchAt) -> Step:
    """The step function: forward, losses, backward, both optimizers."""
    adversarial = recipe.adversarial

    def step(state: TrainState, batch: Tensor, progress: float) -> dict[str, Tensor]:
        codec, critics, rng = codec_of(state), _critics(state), state.generator
        device = device_of(codec)
        batch = batch.to(device)
        set_learning_rates(
            state.optimizers,
            learning_rate(progress, warmup=recipe.warmup, decay=recipe.decay),
        )
        if state.step == 0:
            first = [batch_at(ahead).to(device) for ahead in range(recipe.init_batches)]
            _start_networks(codec, first)
        quantizing = progress >= recipe.quantize_from
        n_starts = 1 + sum(progress >= share for share in recipe.restarts)
        if quantizing and int(codec.codebook_starts) < n_starts:
            _start_codebooks(state, recipe, batch_at)
        n_levels = draw_levels(recipe, rng).to(device) if quantizing else None
        with _autocast(device, recipe):
            latents = codec.encoder(batch).float()
        spread = losses.spread_loss(latents)
        metrics: dict[str, Tensor] = {"spread": spread.detach()}
        commitment = latents.new_zeros(())
        if quantizing:
            quantized = codec.quantizer(latents, rng, n_levels=n_levels)
            latents, commitment = quantized.latents, quantized.commitment
            metrics["commitment"] = commitment.detach()
            metrics["residual"] = quantized.residual[-1]
        with _autocast(device, recipe):
            predicted, guidance = _decode(codec, latents, batch, rng)

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
        # One rank's bad batch is a bad step for all, or they would wait for each other's gradients.
        bad = ~(torch.isfinite(gradient).all() & torch.isfinite(commitment))
        finite = not bool(max_over_ranks(bad.float()))
        if finite:
            pull = (
                recipe.commitment_weight * commitment
                + recipe.guidance_weight * guidance
                + recipe.spread_weight * spread
            )
            tensors, gradients = [predicted], [gradient]
            if pull.requires_grad:
                tensors, gradients = [predicted, pull], [gradient, torch.ones_like(pull)]
            torch.autograd.backward(tensors, gradients)
            average_gradients(codec.parameters())
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
        metrics["guidance"] = guidance.detach()
        metrics["skipped"] = torch.tensor(0.0 if finite else 1.0)
        metrics["items"] = torch.tensor(float(len(batch) * n_ranks()))
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
    bins = losses.bin_losses(
        *losses.random_view(predicted, target, rng),
        n_fft=losses.sample_windows(recipe.bin_windows, 1, rng)[0],
        sample_rate=rate,
        with_phase=recipe.codec.architecture != "vocoder",
    )
    total = (
        recipe.mel_weight * mel
        + recipe.magnitude_weight * bins.magnitude
        + recipe.log_weight * bins.log
        + recipe.complex_weight * bins.complex
    )
    parts = {"mel": mel, "magnitude": bins.magnitude, "log": bins.log, "complex": bins.complex}
    if recipe.image_weight and target.shape[1] == 2:
        parts["image"] = losses.image_loss(predicted, target, sample_rate=rate)
        total = total + recipe.image_weight * parts["image"]
    return total, {name: part.detach() for name, part in parts.items()}


def _decode(
    codec: Codec, latents: Tensor, target: Tensor, rng: torch.Generator
) -> tuple[Float[Tensor, "B C N"], Float[Tensor, ""]]:
    """Decoded samples, and the loss of what the decoder says beside them."""
    decoder = codec.decoder
    if not isinstance(decoder, VocoderDecoder):
        return decoder(latents).float(), latents.new_zeros(())
    sheets = decoder.sheets(latents)
    # Other noise every step, or the network would learn this one's accidents by heart.
    noise_from = int(torch.randint(NOISE_WINDOWS, (), generator=rng))
    return decoder.render(sheets, noise_from=noise_from), decoder.guidance(sheets, target)


def _start_networks(codec: Codec, batches: list[Tensor]) -> None:
    """Let a vocoder's outer layers begin with what linear algebra finds in the first batches."""
    encoder, decoder = codec.encoder, codec.decoder
    if isinstance(encoder, VocoderEncoder) and isinstance(decoder, VocoderDecoder):
        encoder.start_from(batches)
        decoder.start_from([encoder(batch) for batch in batches], batches)
        copy_from_first_rank(codec)


def draw_levels(recipe: CodecRecipe, rng: torch.Generator) -> Int[Tensor, " B"]:
    """Levels the decoder sees of each item: all, a random prefix, or 0 for unquantized."""
    n_batch, n_q = recipe.batch_size * n_ranks(), recipe.codec.n_q
    prefix = torch.randint(1, n_q + 1, (n_batch,), generator=rng)
    whole = torch.rand(n_batch, generator=rng) < recipe.all_levels
    bypass = torch.rand(n_batch, generator=rng) < recipe.bypass
    return own_items(torch.where(bypass, 0, torch.where(whole, n_q, prefix)))


def device_of(codec: Codec) -> torch.device:
    """Where a codec computes."""
    return next(codec.parameters()).device


def codec_of(state: TrainState) -> Codec:
    """The codec among a state's modules."""
    codec = state.modules["codec"]
    if not isinstance(codec, Codec):
        raise TypeError(f'state.modules["codec"] must be a Codec, got {type(codec).__name__}')
    return codec


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
    with _autocast(target.device, recipe):
        both = critics(torch.cat((real, fake.detach())))
        half = len(real)
        critic_loss = losses.discriminator_loss(
            [judged.logits[:half].float() for judged in both],
            [judged.logits[half:].float() for judged in both],
        )
    critic_loss.backward()  # type: ignore[no-untyped-call]
    average_gradients(critics.parameters())
    nn.utils.clip_grad_norm_(critics.parameters(), recipe.max_norm)
    for name, optimizer in state.optimizers.items():
        if name.startswith("critics"):
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
    critics.requires_grad_(False)  # The generator's pass needs no gradients of their weights.
    with _autocast(target.device, recipe):
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
def _start_codebooks(state: TrainState, recipe: CodecRecipe, batch_at: BatchAt) -> None:
    """k-means on the latents of some coming batches; a function of the step number only."""
    codec, ema = codec_of(state), state.ema
    rows, device = [], device_of(codec)
    for ahead in range(recipe.init_batches):
        with _autocast(device, recipe):
            latents = codec.encoder(batch_at(state.step + ahead).to(device)).float()
        rows.append(latents.transpose(1, 2).flatten(0, 1))
    codec.quantizer.init_from(torch.cat(rows), state.generator)
    codec.codebook_starts.add_(1)
    if ema is not None:
        # Learned codebooks have just jumped: their average begins anew.
        for name, parameter in codec.named_parameters():
            if name.startswith("quantizer."):
                ema.shadow[name].copy_(parameter)


def _autocast(device: torch.device, recipe: CodecRecipe) -> torch.autocast:
    return torch.autocast(device.type, torch.bfloat16, enabled=recipe.autocast)


def _critics(state: TrainState) -> Discriminator:
    critics = state.modules["critics"]
    if not isinstance(critics, Discriminator):
        raise TypeError(f'state.modules["critics"] must be a Discriminator, got {critics}')
    return critics
