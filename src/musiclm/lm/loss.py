"""What token language models are trained on: cross-entropy, level by level.

``train_loss`` never forms all logits. One level at a time it computes logits, loss and the
gradients of both factors while the logits are still in the CPU's cache; with 12 levels of 1024
codes that halves the time and a tenth of the memory remains.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from musiclm.errors import ConfigError
from musiclm.lm.delay_lm import DelayLM
from musiclm.lm.masked_lm import MaskedLM
from musiclm.lm.prefix_lm import PrefixLM
from musiclm.nn.linear import compute_dtype

TokenLM = PrefixLM | DelayLM | MaskedLM


def cross_entropy_per_level(
    logits: Float[Tensor, "B K T V"],
    codes: Int[Tensor, "B K T"],
    mask: Bool[Tensor, "B K T"] | None = None,
    *,
    label_smoothing: float = 0.0,
    level_weights: Sequence[float] | None = None,
) -> dict[str, Tensor]:
    """Mean cross-entropy in nats, over all cells and for each level.

    Args:
        logits: Scores of codes.
        codes: What should have been predicted; must be in ``[0, V)`` wherever it counts.
        mask: Which cells count; all by default.
        label_smoothing: Probability spread evenly over all codes.
        level_weights: Weight of a cell of each level in ``"loss"``; equal by default.

    Returns:
        ``"loss"``, and ``"loss/level_k"`` of each level with a counting cell.
    """
    losses: list[Tensor | None] = []
    counts = []
    for level in range(codes.shape[1]):
        rows, targets = logits[:, level].flatten(0, 1), codes[:, level].flatten()
        if mask is not None:
            chosen = mask[:, level].flatten()
            rows, targets = rows[chosen], targets[chosen]
        counts.append(targets.numel())
        if not targets.numel():
            losses.append(None)
            continue
        losses.append(
            torch.nn.functional.cross_entropy(
                rows.float(), targets, label_smoothing=label_smoothing
            )
        )
    return _combine(losses, counts, level_weights)


def train_loss(
    model: TokenLM,
    conditions: tuple[Tensor, ...],
    codes: Int[Tensor, "B K T"],
    rng: torch.Generator,
    *,
    drop_probability: float = 0.1,
    label_smoothing: float = 0.0,
    level_weights: Sequence[float] | None = None,
) -> dict[str, Tensor]:
    """The loss of one batch for any of the three models, differentiable once.

    Args:
        model: A ``MaskedLM`` gets fresh SoundStorm masks and is scored on the masked cells of one
            level an item; the others predict every code from those before it.
        conditions: As in the model's ``forward``.
        codes: The target, without pads.
        rng: Draws dropped items and masks.
        drop_probability: How often an item loses its untimed conditions (for guidance).
        label_smoothing: Probability spread evenly over all codes.
        level_weights: Weight of a cell of each level; equal by default.

    Returns:
        ``"loss"``, and ``"loss/level_k"`` of each level that was scored.

    Raises:
        ShapeError: Tensors do not fit the model's streams.
        ConfigError: A probability is out of range.
    """
    if not 0 <= drop_probability < 1:
        raise ConfigError(f"drop_probability must be in [0, 1), got {drop_probability}")
    drop = None
    if drop_probability > 0:
        drop = torch.rand(codes.shape[0], generator=rng) < drop_probability
        drop = drop.to(codes.device)
    mask = None
    inputs = codes
    if isinstance(model, MaskedLM):
        hide, mask = soundstorm_masks(codes.shape, rng)
        hide, mask = hide.to(codes.device), mask.to(codes.device)
        inputs = codes.masked_fill(hide, model.mask_id)
    hidden = model.hidden(conditions, inputs, drop)
    losses: list[Tensor | None] = []
    counts = []
    for level, weight in enumerate(model.heads.weights()):
        rows, targets = hidden[level].flatten(0, 1), codes[:, level].flatten()
        if mask is not None:
            chosen = mask[:, level].flatten().nonzero()[:, 0]
            rows, targets = rows[chosen], targets[chosen]
        counts.append(targets.numel())
        losses.append(
            linear_cross_entropy(rows, weight, targets, label_smoothing=label_smoothing)
            if targets.numel()
            else None
        )
    return _combine(losses, counts, level_weights)


def soundstorm_masks(
    shape: tuple[int, ...], rng: torch.Generator
) -> tuple[Bool[Tensor, "B K T"], Bool[Tensor, "B K T"]]:
    """Draw which cells a ``MaskedLM`` does not see, and which of them it is scored on.

    SoundStorm, sec. 3: per item a prompt boundary ``t ~ U{0..T-1}`` and a level ``q``; after the
    boundary, cells of level ``q`` are hidden with probability ``cos(u), u ~ U[0, pi/2]``, those of
    finer levels always. Only hidden cells of level ``q`` are scored; the last frame's is always
    hidden, so that no item is left without a score.

    Returns:
        Hidden cells, and scored cells.
    """
    n_batch, n_q, n_frames = shape
    boundary = torch.randint(n_frames, (n_batch, 1), generator=rng)
    level = torch.randint(n_q, (n_batch, 1), generator=rng)
    angle = torch.rand(n_batch, 1, generator=rng) * (math.pi / 2)
    drawn = torch.rand(n_batch, n_frames, generator=rng) < torch.cos(angle)
    drawn[:, -1] = True
    after = torch.arange(n_frames) >= boundary
    levels = torch.arange(n_q)
    scored = (levels == level)[:, :, None] & (drawn & after)[:, None]
    hidden = scored | ((levels > level)[:, :, None] & after[:, None])
    return hidden, scored


def linear_cross_entropy(
    hidden: Float[Tensor, "n D"],
    weight: Float[Tensor, "V D"],
    targets: Int[Tensor, " n"],
    *,
    label_smoothing: float = 0.0,
) -> Float[Tensor, ""]:
    """``cross_entropy(hidden @ weight.T, targets)``, with gradients computed on the way."""
    dtype = compute_dtype(hidden)
    loss: Tensor = _LinearCrossEntropy.apply(  # type: ignore[no-untyped-call]
        hidden, weight, targets, label_smoothing, dtype
    )
    return loss


class _LinearCrossEntropy(torch.autograd.Function):
    """Keeps two gradients instead of the logits: ``[n, D]`` and ``[V, D]`` against ``[n, V]``."""

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, smoothing: float, dtype: Any
    ) -> Tensor:
        """Mean loss over rows."""
        n_rows, n_codes = hidden.shape[0], weight.shape[0]
        rows, matrix = hidden.to(dtype), weight.to(dtype)
        logits = (rows @ matrix.t()).float()
        normaliser = logits.logsumexp(dim=1, keepdim=True)
        right = logits.gather(1, targets[:, None])
        loss = (normaliser - (1 - smoothing) * right).mean()
        if smoothing:
            loss = loss - smoothing * logits.mean()
        if any(ctx.needs_input_grad[:2]):
            # d loss / d logits = (softmax - target distribution) / n
            gradient = logits.sub_(normaliser).exp_()
            if smoothing:
                gradient.sub_(smoothing / n_codes)
            gradient.scatter_add_(1, targets[:, None], torch.full_like(right, -(1 - smoothing)))
            gradient = gradient.div_(n_rows).to(dtype)
            ctx.save_for_backward(
                (gradient @ matrix).to(hidden.dtype), (gradient.t() @ rows).to(weight.dtype)
            )
        return loss

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Scale the stored gradients."""
        for_hidden, for_weight = ctx.saved_tensors
        return for_hidden * grad_outputs[0], for_weight * grad_outputs[0], None, None, None


def _combine(
    losses: Sequence[Tensor | None], counts: Sequence[int], level_weights: Sequence[float] | None
) -> dict[str, Tensor]:
    """Mean over cells, each weighted by its level."""
    weights = [1.0] * len(losses) if level_weights is None else list(level_weights)
    if len(weights) != len(losses):
        raise ConfigError(
            f"level_weights has {len(weights)} entries for {len(losses)} levels: give one each"
        )
    shares = [weight * count for weight, count in zip(weights, counts, strict=True)]
    total = sum(shares)
    if total <= 0:
        raise ConfigError("no cell counts: the mask is empty or all level_weights are 0")
    parts = [
        loss * (share / total)
        for loss, share in zip(losses, shares, strict=True)
        if loss is not None
    ]
    result = {"loss": torch.stack(parts).sum()}
    for level, loss in enumerate(losses):
        if loss is not None:
            result[f"loss/level_{level}"] = loss.detach()
    return result
