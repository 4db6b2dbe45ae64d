"""Classifier-free guidance: one formula, one place.

Each item is computed twice in one batch, with and without its untimed conditions; the difference
is then exaggerated. A scale of 1 means no guidance and costs nothing.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from musiclm.errors import GenerationError


def guided_batch(
    conditions: tuple[Tensor, ...],
    n_batch: int,
    scale: float,
    *,
    without: tuple[Tensor, ...] | None = None,
) -> tuple[tuple[Tensor, ...], Bool[Tensor, " R"] | None]:
    """Conditions of all rows to compute, and which rows drop theirs.

    Args:
        conditions: One row an item.
        n_batch: Items.
        scale: Guidance scale; at 1 nothing is added.
        without: Conditions of the rows that drop theirs, where timed ones say less there; the
            same by default.

    Raises:
        GenerationError: The scale is negative or not finite.
    """
    if not 0 <= scale < float("inf"):
        raise GenerationError(f"guidance_scale must be >= 0 and finite, got {scale}: 1 means none")
    if scale == 1.0:
        return conditions, None
    pairs = zip(conditions, without or conditions, strict=True)
    rows = tuple(_stacked(with_it, without_it) for with_it, without_it in pairs)
    device = conditions[0].device if conditions else torch.device("cpu")
    return rows, torch.arange(2 * n_batch, device=device) >= n_batch


def _stacked(with_it: Tensor, without_it: Tensor) -> Tensor:
    """Both under each other; vectors that are fewer on one side are filled up with zeros."""
    if with_it.is_floating_point() and with_it.shape[1] != without_it.shape[1]:
        most = max(with_it.shape[1], without_it.shape[1])
        with_it, without_it = (
            F.pad(each, (0, 0, 0, most - each.shape[1])) for each in (with_it, without_it)
        )
    return torch.cat((with_it, without_it))


def guided_rows(codes: Tensor, scale: float) -> Tensor:
    """Codes of all rows to compute: both rows of an item read the same past."""
    return codes if scale == 1.0 else torch.cat((codes, codes))


def guide(logits: Float[Tensor, "R *rest"], scale: float) -> Float[Tensor, "B *rest"]:
    """``uncond + scale * (cond - uncond)``, from the rows of ``guided_batch``."""
    if scale == 1.0:
        return logits
    with_conditions, without = logits.chunk(2)
    return torch.lerp(without, with_conditions, scale)
