"""A cached corpus in, the crops that a codec learns from and is measured on out."""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.data.audio_cache import AudioCache
from musiclm.nn.ranks import n_ranks, rank
from musiclm.train.codec_recipe import USUAL_DB, CodecRecipe
from musiclm.train.odd_sounds import odd_crop

BatchAt = Callable[[int], Tensor]


def make_batches(cache: AudioCache, recipe: CodecRecipe) -> BatchAt:
    """A function from step number to ``[B, C, N]`` crops with random gain and channel swap.

    Ranks that train together take batches in turn: together they see those that a single process
    would see in so many steps.
    """
    n_samples = recipe.crop_frames * recipe.codec.hop_length
    clips = cache.indices("train", at_least=n_samples)
    lengths = np.array([cache.clips[clip].n_samples for clip in clips], dtype=np.float64)
    shares = lengths / lengths.sum()
    n_together, own = n_ranks(), rank()

    def batch_at(number: int) -> Float[Tensor, "B C N"]:
        rng = np.random.default_rng((recipe.seed, number * n_together + own))
        crops = []
        for index in rng.choice(len(clips), size=recipe.batch_size, p=shares):
            last = int(lengths[index]) - n_samples
            crop = cache.crop(clips[index], int(rng.integers(last + 1)), n_samples)
            if rng.random() < recipe.swap:
                crop = crop.flip(0)
            if recipe.odd and rng.random() < recipe.odd:
                crop = odd_crop(crop, rng, sample_rate=cache.sample_rate)
            range_db = USUAL_DB if rng.random() < recipe.usual_gain else recipe.gain_db
            gain = 10.0 ** (rng.uniform(*range_db) / 20.0)
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
