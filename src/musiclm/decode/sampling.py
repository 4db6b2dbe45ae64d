"""One code out of logits: temperature, top-k, top-p, with random numbers that the caller draws.

Every item has its own generator and consumes one uniform number a cell, so what an item gets does
not depend on how many others are in its batch.
"""

import torch
from jaxtyping import Float, Int
from pydantic import Field
from torch import Tensor

from musiclm.config import Frozen


class SamplingConfig(Frozen):
    """How adventurous the choice of each code is."""

    temperature: float = Field(default=1.0, gt=0, le=10)
    """Above 1 flattens the distribution, below 1 sharpens it."""
    top_k: int = Field(default=0, ge=0)
    """Only so many of the likeliest codes; 0 means all."""
    top_p: float = Field(default=1.0, gt=0, le=1)
    """Only the likeliest codes that together have this probability."""
    greedy: bool = False
    """Always the likeliest code; the other settings are then without effect."""


def item_generators(rng: torch.Generator, n_items: int) -> list[torch.Generator]:
    """One generator an item; the first ones are the same for every batch size."""
    device = rng.device
    generators = []
    for _ in range(n_items):
        seed = int(torch.randint(2**62, (), generator=rng, device=device))
        generators.append(torch.Generator(device).manual_seed(seed))
    return generators


def draw_uniforms(
    generators: list[torch.Generator], shape: tuple[int, ...], device: torch.device
) -> Float[Tensor, "B *shape"]:
    """Uniform numbers in ``[0, 1)`` for each item from its own generator."""
    drawn = [torch.rand(shape, generator=rng, device=rng.device) for rng in generators]
    return torch.stack(drawn).to(device)


def sample(
    logits: Float[Tensor, "*cells V"],
    config: SamplingConfig,
    uniforms: Float[Tensor, "*cells"],
) -> Int[Tensor, "*cells"]:
    """Draw one code a cell by inverting the cumulative distribution at ``uniforms``.

    Args:
        logits: Scores of codes, float32.
        config: How to choose.
        uniforms: One number in ``[0, 1)`` a cell.
    """
    if config.greedy:
        return logits.argmax(dim=-1)
    n_codes = logits.shape[-1]
    keep = min(config.top_k, n_codes) if config.top_k else n_codes
    if keep == n_codes and config.top_p >= 1.0:
        cumulative = torch.softmax(logits / config.temperature, dim=-1).cumsum(dim=-1)
        return _invert(cumulative, uniforms)
    best, codes = logits.topk(keep, dim=-1)
    probabilities = torch.softmax(best / config.temperature, dim=-1)
    cumulative = probabilities.cumsum(dim=-1)
    if config.top_p < 1.0:
        # A code stays if those before it do not reach top_p yet: at least the first one does.
        kept = cumulative - probabilities < config.top_p
        cumulative = (probabilities * kept).cumsum(dim=-1)
    return codes.gather(-1, _invert(cumulative, uniforms)[..., None])[..., 0]


def _invert(
    cumulative: Float[Tensor, "*cells V"], uniforms: Float[Tensor, "*cells"]
) -> Int[Tensor, "*cells"]:
    """Index of the first entry above ``uniforms`` times the total mass."""
    goal = uniforms[..., None] * cumulative[..., -1:]
    # Rounding may leave the goal at the very total; the last index with mass is then the answer.
    goal = torch.minimum(goal, cumulative[..., -1:] * (1 - 1e-6))
    return torch.searchsorted(cumulative, goal, right=True)[..., 0]
