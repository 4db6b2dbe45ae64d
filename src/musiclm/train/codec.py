"""A corpus in, a trained codec out: crops, steps, held-out measurements, artifact."""

import os
from collections.abc import Sequence
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.codec.discriminator import Discriminator
from musiclm.codec.metrics import log_mel_distance, si_sdr, side_distance
from musiclm.codec.model import Codec
from musiclm.data.audio_cache import AudioCache
from musiclm.nn.quantizer import ResidualVectorQuantizer, effective_codes
from musiclm.nn.ranks import rank, wait_for_all
from musiclm.train.codec_data import make_batches, validation_batch
from musiclm.train.codec_recipe import AdversarialRecipe, CodecRecipe
from musiclm.train.codec_step import codec_of, make_step
from musiclm.train.fit import Limits, fit
from musiclm.train.optim import Ema, make_optimizers
from musiclm.train.ranks import choose_device, joined_ranks
from musiclm.train.state import TrainState

CPU = torch.device("cpu")

__all__: Sequence[str] = ("AdversarialRecipe", "CodecRecipe", "train_codec")


def train_codec(recipe: CodecRecipe, *, corpus: Path, out: Path, limits: Limits) -> Path:
    """Train a codec on ``corpus`` and write it to ``out/artifact``.

    Started by ``torchrun``, its processes train together on a batch each; the first one alone
    writes anything.

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
        ConfigError: The recipe wants a GPU that is not there.
    """
    _set_threads(recipe.threads)
    device = choose_device(recipe.device)
    with joined_ranks(device):
        cache = _open_audio(corpus, recipe, device)
        batch_at = make_batches(cache, recipe)
        state = make_state(recipe, device)
        held_out = validation_batch(cache, recipe).to(device)
        fit(
            state,
            batch_at,
            make_step(recipe, batch_at),
            limits=limits,
            run=out,
            validate=lambda trained: validate(trained, held_out),
            validate_seconds=recipe.validate_seconds,
        )
        folder = out / "artifact"
        if rank() == 0:
            export(state, folder)
        wait_for_all(device)
    return folder


def make_state(recipe: CodecRecipe, device: torch.device = CPU) -> TrainState:
    """Fresh codec, critics and optimizers."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        codec = Codec(recipe.codec)
        critics = Discriminator(
            recipe.adversarial.discriminator, n_channels=recipe.codec.n_channels
        )
    # Drawn on the CPU, so that a seed means the same weights on every device and rank.
    codec.to(device)
    critics.to(device)
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


def validate(state: TrainState, held_out: Float[Tensor, "B C N"]) -> dict[str, float]:
    """Distances on held-out crops at some numbers of levels, with the averaged weights."""
    codec = codec_of(state)
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
        if isinstance(codec.quantizer, ResidualVectorQuantizer):
            # Over training crops, at all their gains: a few held-out ones cannot fill a codebook.
            for index, used in enumerate(codec.quantizer.perplexities().tolist()):
                numbers[f"trained_codes_{index}"] = round(used, 1)
    codec.train()
    return numbers


def export(state: TrainState, folder: Path) -> Path:
    """Write the averaged weights as an artifact."""
    codec = codec_of(state)
    if not bool(codec.quantizer.ready):
        raise ValueError("the run ended before its codebooks started: give it more steps")
    if state.ema is not None:
        with state.ema.swapped():
            codec.save(folder)
    else:
        codec.save(folder)
    return folder


def _open_audio(corpus: Path, recipe: CodecRecipe, device: torch.device) -> AudioCache:
    """The corpus as samples; when it must be decoded first, one rank does it for all."""

    def build() -> AudioCache:
        config = recipe.codec
        return AudioCache.build(
            corpus, sample_rate=config.sample_rate, n_channels=config.n_channels
        )

    cache = build() if rank() == 0 else None
    wait_for_all(device)
    return cache or build()


def _set_threads(threads: int | None) -> None:
    wanted = threads or int(os.environ.get("MUSICLM_THREADS", "0"))
    if wanted:
        torch.set_num_threads(wanted)
