"""The feed-forward half of a Transformer block: plain or gated, one fused input matrix."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from musiclm.nn.config import Activation


class FeedForward(nn.Module):
    """``[.., D] -> [.., D]`` through ``hidden_dim`` features.

    Gated: ``down(activation(gate(x)) * up(x))`` with ``gate`` and ``up`` stacked in one matrix, so
    that a decoding step pays for two matrix products and not three.
    """

    def __init__(
        self, dim: int, hidden_dim: int, *, gated: bool, activation: Activation, dropout: float
    ) -> None:
        super().__init__()
        self.gated = gated
        self.activation = F.gelu if activation == "gelu" else F.silu
        self.dropout = dropout
        self.up = nn.Linear(dim, hidden_dim * (2 if gated else 1), bias=False)
        self.down = nn.Linear(hidden_dim, dim, bias=False)

    def forward(self, x: Float[Tensor, "*rows D"]) -> Float[Tensor, "*rows D"]:
        """Transform every position on its own."""
        hidden = self.up(x)
        if self.gated:
            gate, value = hidden.chunk(2, dim=-1)
            hidden = self.activation(gate) * value
        else:
            hidden = self.activation(hidden)
        if self.training and self.dropout > 0:
            hidden = F.dropout(hidden, self.dropout)
        result: Tensor = self.down(hidden)
        return result
