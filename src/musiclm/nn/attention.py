"""Self- and cross-attention with grouped heads.

Two ways to the same numbers: PyTorch's fused ``scaled_dot_product_attention``, and the written-out
product, which on a CPU in bfloat16 was measured 2 to 3 times faster in training (the fused kernel
does not use the bfloat16 matrix units there), and a quarter faster for a single query. Caches on a
CPU hold float32: reading a part of a bfloat16 cache copies it first, which made a decoding step 5
times slower than one in float32.
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from musiclm.nn.packed_cache import Cache, PackedKVCache
from musiclm.nn.positions import rotate

RotaryTable = tuple[Tensor, Tensor]


def attend(
    queries: Float[Tensor, "G Tq E"],
    keys: Float[Tensor, "G Tk E"],
    values: Float[Tensor, "G Tk E"],
    *,
    bias: Tensor | None = None,
    dropout: float = 0.0,
    fused: bool | None = None,
) -> Float[Tensor, "G Tq E"]:
    """Softmax attention of every query over all keys.

    Args:
        queries: ``G`` independent groups of queries (batch and heads).
        keys: What queries are compared with.
        values: What is averaged.
        bias: Added to the scores; broadcasts to ``[G, Tq, Tk]``; ``-inf`` hides a key.
        dropout: Probability of dropping a weight.
        fused: Which way to compute; by default the faster one for the device and type.
    """
    if fused is None:
        single = queries.shape[1] == 1
        fused = queries.device.type != "cpu" or not (single or queries.dtype == torch.bfloat16)
    if fused:
        mask = None if bias is None else bias.to(queries.dtype)
        # 4-D, because that is the only shape for which the fused kernels are chosen.
        if mask is not None and mask.dim() == 3:
            mask = mask[None]
        return F.scaled_dot_product_attention(
            queries[None], keys[None], values[None], attn_mask=mask, dropout_p=dropout
        )[0]
    scale = queries.shape[-1] ** -0.5
    # Without a bias any input of a fitting shape will do: beta=0 ignores it.
    added = queries[..., :1] if bias is None else bias.to(queries.dtype)
    beta = 0.0 if bias is None else 1.0
    scores = torch.baddbmm(added, queries, keys.transpose(1, 2), beta=beta, alpha=scale)
    weights = torch.softmax(scores, dim=-1)
    if dropout > 0:
        weights = F.dropout(weights, dropout)
    return torch.bmm(weights, values)


def attend_one(
    queries: Float[Tensor, "G Tq E"],
    keys: Float[Tensor, "G Tk E"],
    values: Float[Tensor, "G Tk E"],
    bias: Tensor | None,
) -> Float[Tensor, "G Tq E"]:
    """``attend`` for very few queries, computed in the type of the keys."""
    scaled = queries.to(keys.dtype) * queries.shape[-1] ** -0.5
    scores = torch.bmm(scaled, keys.transpose(1, 2))
    if bias is not None:
        scores = scores + bias
    return torch.bmm(torch.softmax(scores, dim=-1), values).to(queries.dtype)


class SelfAttention(nn.Module):
    """Attention of a sequence over itself; queries, keys and values come from one matrix."""

    def __init__(self, dim: int, *, n_heads: int, n_kv_heads: int, dropout: float) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.n_kv_heads = n_kv_heads
        self.head_dim = dim // n_heads
        self.dropout = dropout
        self.qkv = nn.Linear(dim, (n_heads + 2 * n_kv_heads) * self.head_dim, bias=False)
        self.out = nn.Linear(n_heads * self.head_dim, dim, bias=False)

    def forward(
        self,
        x: Float[Tensor, "B T D"],
        *,
        bias: Tensor | None = None,
        rotary: RotaryTable | None = None,
        cache: Cache | None = None,
        layer: int = 0,
    ) -> Float[Tensor, "B T D"]:
        """Attend; with a cache, also to what earlier calls appended for this ``layer``.

        Args:
            x: Normalised input.
            bias: Added to scores: ``[Tq, Tk]``, or ``[B * H, Tq, Tk]``.
            rotary: Rotation of queries and keys.
            cache: Past keys and values; this call's are appended.
            layer: Which layer of the cache is ours.
        """
        n_batch, n_positions, _ = x.shape
        heads, kv_heads = self.n_heads, self.n_kv_heads
        qkv = self.qkv(x).view(n_batch, n_positions, heads + 2 * kv_heads, self.head_dim)
        qk, values = qkv.split((heads + kv_heads, kv_heads), dim=2)
        if rotary is not None:
            qk = rotate(qk, rotary)
        queries, keys = qk.split((heads, kv_heads), dim=2)
        if isinstance(cache, PackedKVCache):
            cache.store(layer, keys, values)
            keys, values = cache.unpacked(layer, n_positions)
        elif cache is not None:
            keys, values = cache.append(layer, keys, values)
        else:
            keys = keys.transpose(1, 2).reshape(-1, n_positions, self.head_dim)
            values = values.transpose(1, 2).reshape(-1, n_positions, self.head_dim)
        # Query heads that share a key head become further rows of queries of that head.
        group = heads // kv_heads
        queries = queries.transpose(1, 2).reshape(-1, group * n_positions, self.head_dim)
        if bias is not None and group > 1:
            n_keys = keys.shape[1]
            if bias.dim() == 2:
                bias = bias.repeat(group, 1)
            else:
                bias = bias.reshape(-1, group * n_positions, n_keys)
        dropout = self.dropout if self.training else 0.0
        # The cache may keep another type than the weights have.
        mixed = attend(queries.to(keys.dtype), keys, values, bias=bias, dropout=dropout)
        mixed = mixed.to(qkv.dtype)
        mixed = mixed.view(n_batch, heads, n_positions, self.head_dim).transpose(1, 2)
        result: Tensor = self.out(mixed.reshape(n_batch, n_positions, heads * self.head_dim))
        return result

    def step(
        self,
        x: Float[Tensor, "B D"],
        *,
        bias: Tensor | None,
        rotary: RotaryTable | None,
        cache: Cache,
        layer: int,
    ) -> Float[Tensor, "B D"]:
        """``forward`` of one position with a cache on a CPU, in as few calls as possible."""
        heads, kv_heads = self.n_heads, self.n_kv_heads
        qkv = self.qkv(x).view(x.shape[0], heads + 2 * kv_heads, self.head_dim)
        queries, keys_values = qkv.split((heads, 2 * kv_heads), dim=1)
        if rotary is not None:
            turned, values = qkv.split((heads + kv_heads, kv_heads), dim=1)
            turned = rotate(turned[:, None], rotary)[:, 0]
            queries, keys = turned[:, :heads], turned[:, heads:]
            keys_values = torch.cat((keys, values), dim=1)
        if isinstance(cache, PackedKVCache):
            cache.store_one(layer, keys_values)
            found: Tensor = self.out(cache.attend(layer, queries).view(x.shape).to(x.dtype))
            return found
        keys, values = cache.append_one(layer, keys_values)
        # Query heads that share a key head are rows of queries of that head.
        queries = queries.reshape(-1, heads // kv_heads, self.head_dim)
        if bias is not None:
            bias = bias.reshape(-1, heads // kv_heads, keys.shape[1])
        mixed = attend_one(queries, keys, values, bias)
        result: Tensor = self.out(mixed.view(x.shape[0], -1))
        return result


class Context(NamedTuple):
    """What one block's cross-attention looks at."""

    keys: Tensor  # [B * H, Tc, E]
    values: Tensor  # [B * H, Tc, E]
    bias: Tensor | None = None  # [B * H, 1, Tc], -inf where the context is filler

    def to(self, dtype: torch.dtype) -> "Context":
        """The same in another type."""
        bias = None if self.bias is None else self.bias.to(dtype)
        return Context(self.keys.to(dtype), self.values.to(dtype), bias)


class CrossAttention(nn.Module):
    """Attention of a sequence over a fixed context, whose keys and values a cache keeps."""

    def __init__(self, dim: int, *, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.head_dim = dim // n_heads
        self.dropout = dropout
        self.q = nn.Linear(dim, dim, bias=False)
        self.kv = nn.Linear(dim, 2 * dim, bias=False)
        self.out = nn.Linear(dim, dim, bias=False)

    def project(
        self, context: Float[Tensor, "B Tc D"], padding: Bool[Tensor, "B Tc"] | None = None
    ) -> Context:
        """Keys and values of the context, once for a whole generation.

        Args:
            context: What will be looked at.
            padding: True where it is filler; a row of filler only is looked at.
        """
        n_batch, n_context, _ = context.shape
        kv = self.kv(context).view(n_batch, n_context, 2 * self.n_heads, self.head_dim)
        keys, values = kv.transpose(1, 2).chunk(2, dim=1)
        shape = (n_batch * self.n_heads, n_context, self.head_dim)
        bias = None
        if padding is not None and bool(padding.any()):
            hidden = padding & ~padding.all(dim=1, keepdim=True)
            bias = torch.zeros(hidden.shape, device=context.device).masked_fill(hidden, -math.inf)
            bias = bias.repeat_interleave(self.n_heads, dim=0)[:, None]
        return Context(keys.reshape(shape), values.reshape(shape), bias)

    def forward(self, x: Float[Tensor, "B T D"], context: Context) -> Float[Tensor, "B T D"]:
        """Attend to what ``project`` returned."""
        n_batch, n_positions, dim = x.shape
        queries = self.q(x).view(n_batch, n_positions, self.n_heads, self.head_dim)
        queries = queries.transpose(1, 2).reshape(-1, n_positions, self.head_dim)
        dropout = self.dropout if self.training else 0.0
        keys, values, bias = context
        mixed = attend(queries.to(keys.dtype), keys, values, bias=bias, dropout=dropout)
        mixed = (
            mixed.to(queries.dtype)
            .view(n_batch, self.n_heads, n_positions, self.head_dim)
            .transpose(1, 2)
        )
        result: Tensor = self.out(mixed.reshape(n_batch, n_positions, dim))
        return result

    def step(self, x: Float[Tensor, "B D"], context: Context) -> Float[Tensor, "B D"]:
        """``forward`` of one position on a CPU, in as few calls as possible."""
        queries = self.q(x).view(-1, 1, self.head_dim)
        mixed = attend_one(queries, context.keys, context.values, context.bias)
        result: Tensor = self.out(mixed.view(x.shape))
        return result
