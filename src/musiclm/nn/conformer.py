"""The convolution half of a Conformer block: what stands near, seen by every position."""

import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn


class ConvModule(nn.Module):
    """Pointwise, gate, depthwise over ``kernel`` positions, norm, SiLU, pointwise.

    Looks at both sides, so it is for bidirectional Transformers only. The norm is a layer norm
    where the Conformer paper has a batch norm, because results must not depend on the batch.
    """

    def __init__(self, dim: int, *, kernel: int, dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.up = nn.Linear(dim, 2 * dim, bias=False)
        self.depthwise = nn.Conv1d(dim, dim, kernel, padding=kernel // 2, groups=dim, bias=False)
        self.norm = nn.LayerNorm(dim, bias=False)
        self.down = nn.Linear(dim, dim, bias=False)

    def forward(
        self, x: Float[Tensor, "B T D"], *, padding: Bool[Tensor, "B T"] | None = None
    ) -> Float[Tensor, "B T D"]:
        """Mix neighbours; positions where ``padding`` is true count as zeros."""
        hidden = F.glu(self.up(x), dim=-1)
        if padding is not None:
            hidden = hidden.masked_fill(padding[..., None], 0.0)
        hidden = self.depthwise(hidden.transpose(1, 2)).transpose(1, 2)
        hidden = F.silu(self.norm(hidden))
        if self.training and self.dropout > 0:
            hidden = F.dropout(hidden, self.dropout)
        result: Tensor = self.down(hidden)
        return result
