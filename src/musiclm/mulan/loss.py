"""Two batches of unit vectors in, the contrastive loss out, and recall to see whether it works.

MuLan's loss (arXiv 2208.12415, sec. 3.2) says that caption ``i`` fits clip ``i`` and no other. In a
corpus of composed music that is false: many clips fit "a calm piano piece". So the targets may be
soft, and the loss is the divergence from them, whose best value is 0 whatever the targets are.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

START_SCALE = 1 / 0.07
"""Inverse temperature at the start (the usual value for contrastive pairs)."""
LARGEST_SCALE = 100.0
"""Above this the loss would only look at the single hardest pair."""


class Temperature(nn.Module):
    """The learned inverse temperature, kept in ``[1, 100]``."""

    def __init__(self) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(math.log(START_SCALE)))

    def forward(self) -> Float[Tensor, ""]:
        """The factor on cosines."""
        return self.log_scale.clamp(0.0, math.log(LARGEST_SCALE)).exp()


def soft_targets(
    mismatch: Float[Tensor, "n B"], *, sharpness: float, own: float = 0.5
) -> tuple[Float[Tensor, "n B"], Float[Tensor, "B n"]]:
    """Which clips each text fits, and which texts each clip, as rows of probabilities.

    Args:
        mismatch: How much of each text is wrong about each clip, 0 for nothing; text ``i`` was
            written about clip ``i``, further texts about no clip in particular.
        sharpness: Logits a unit of mismatch; infinite sharpness would leave only perfect fits.
        own: Logits by which a clip fits its own text better than others that fit as well.

    Example:
        >>> over_clips, over_texts = soft_targets(1 - torch.eye(3, 2), sharpness=1e3, own=0.0)
        >>> over_clips
        tensor([[1.0000, 0.0000],
                [0.0000, 1.0000],
                [0.5000, 0.5000]])
        >>> over_texts
        tensor([[1., 0., 0.],
                [0., 1., 0.]])
    """
    logits = -sharpness * mismatch
    pairs = torch.arange(mismatch.shape[1], device=mismatch.device)
    logits[pairs, pairs] += own
    return torch.softmax(logits, dim=1), torch.softmax(logits.T, dim=1)


def contrastive_loss(
    text: Float[Tensor, "n D"],
    audio: Float[Tensor, "B D"],
    *,
    scale: Float[Tensor, ""],
    over_clips: Float[Tensor, "n B"],
    over_texts: Float[Tensor, "B n"],
) -> Float[Tensor, ""]:
    """Divergence of both softmaxes (over clips, over texts) from their targets; 0 is perfect.

    Args:
        text: Unit vectors of texts, at least one a clip.
        audio: Unit vectors of clips; the first texts describe them, in the same order.
        scale: Inverse temperature.
        over_clips: From ``soft_targets``; the identity gives MuLan's loss, ``ln B`` at chance.
        over_texts: Likewise.
    """
    logits = scale * text @ audio.T
    loss: Tensor = 0.5 * (_divergence(logits, over_clips) + _divergence(logits.T, over_texts))
    return loss


def _divergence(logits: Float[Tensor, "n B"], targets: Float[Tensor, "n B"]) -> Float[Tensor, ""]:
    """Mean Kullback-Leibler divergence of the softmax of each row from its targets."""
    known = torch.special.xlogy(targets, targets)
    lost: Tensor = (known - targets * functional.log_softmax(logits, dim=-1)).sum(-1).mean()
    return lost


def recall_at(queries: Float[Tensor, "B D"], answers: Float[Tensor, "B D"], k: int) -> float:
    """Share of queries whose own answer (same position) is among the ``k`` nearest.

    Example:
        >>> recall_at(torch.eye(4), torch.eye(4), 1)
        1.0
    """
    similarity = queries @ answers.T
    better = (similarity > similarity.diagonal()[:, None]).sum(-1)
    return float((better < k).float().mean())
