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
    similarity: Float[Tensor, "B B"], *, sharpness: float, own: float = 0.1
) -> Float[Tensor, "B B"]:
    """Rows of probabilities: which clips a caption fits, its own clip a little better.

    Args:
        similarity: How alike two clips are, 0 to 1, by what is known about them.
        sharpness: Logits a unit of similarity; infinite sharpness would be hard targets.
        own: Added to the similarity of a clip to itself.

    Example:
        >>> soft_targets(torch.eye(2), sharpness=100.0)
        tensor([[1., 0.],
                [0., 1.]])
    """
    return torch.softmax(sharpness * (similarity + own * torch.eye(len(similarity))), dim=-1)


def contrastive_loss(
    text: Float[Tensor, "B D"],
    audio: Float[Tensor, "B D"],
    *,
    scale: Float[Tensor, ""],
    targets: Float[Tensor, "B B"],
) -> Float[Tensor, ""]:
    """Divergence of both softmaxes (over clips, over captions) from ``targets``; 0 is perfect.

    Args:
        text: Unit vectors of captions.
        audio: Unit vectors of the clips that they describe, in the same order.
        scale: Inverse temperature.
        targets: From ``soft_targets``; the identity gives MuLan's loss, ``ln B`` at chance.
    """
    logits = scale * text @ audio.T
    entropy = -torch.special.xlogy(targets, targets).sum(-1).mean()
    over_clips = -(targets * functional.log_softmax(logits, dim=-1)).sum(-1).mean()
    over_texts = -(targets * functional.log_softmax(logits.T, dim=-1)).sum(-1).mean()
    loss: Tensor = 0.5 * (over_clips + over_texts) - entropy
    return loss


def recall_at(queries: Float[Tensor, "B D"], answers: Float[Tensor, "B D"], k: int) -> float:
    """Share of queries whose own answer (same position) is among the ``k`` nearest.

    Example:
        >>> recall_at(torch.eye(4), torch.eye(4), 1)
        1.0
    """
    similarity = queries @ answers.T
    better = (similarity > similarity.diagonal()[:, None]).sum(-1)
    return float((better < k).float().mean())
