"""The one core: embedded ``[B, T, D]`` in, hidden ``[B, T, D]`` out.

It knows no token, level, stage or music. What differs between the language models lives above it;
what differs between Transformers (mask, positions, gating, context, convolution) is its config.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from musiclm.errors import ConfigError, ShapeError
from musiclm.nn.attention import Context, CrossAttention, RotaryTable, SelfAttention
from musiclm.nn.cache import KVCache
from musiclm.nn.config import TransformerConfig
from musiclm.nn.conformer import ConvModule
from musiclm.nn.feed_forward import FeedForward
from musiclm.nn.linear import compute_dtype
from musiclm.nn.norm import make_norm
from musiclm.nn.packed_cache import Cache, PackedKVCache
from musiclm.nn.positions import RelativeBias, Rotary, Sinusoidal

__all__ = ["Block", "Transformer", "TransformerConfig"]


class Block(nn.Module):
    """Attention, optional context and convolution, feed-forward; each normed and added.

    With a convolution the block is a Conformer block: two feed-forward layers of half weight
    around attention and convolution.
    """

    keeps_int8: bool = False
    """Whether its matrices get eight bits where others get four (``precision.py``)."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        dim, dropout = config.dim, config.dropout
        self.dropout = dropout
        self.ff_weight = 0.5 if config.conv_kernel else 1.0

        def feed_forward() -> FeedForward:
            return FeedForward(
                dim,
                config.ff_dim,
                gated=config.gated,
                activation=config.activation,
                dropout=dropout,
            )

        def norm() -> nn.Module:
            return make_norm(config.norm, dim, bias=config.norm_bias)

        self.attention_norm = norm()
        self.attention = SelfAttention(
            dim, n_heads=config.n_heads, n_kv_heads=config.kv_heads, dropout=dropout
        )
        self.cross_norm = norm() if config.cross_attention else None
        self.cross = (
            CrossAttention(dim, n_heads=config.n_heads, dropout=dropout)
            if config.cross_attention
            else None
        )
        self.first_ff_norm = norm() if config.conv_kernel else None
        self.first_ff = feed_forward() if config.conv_kernel else None
        self.conv_norm = norm() if config.conv_kernel else None
        self.conv = (
            ConvModule(dim, kernel=config.conv_kernel, dropout=dropout)
            if config.conv_kernel
            else None
        )
        self.ff_norm = norm()
        self.ff = feed_forward()

    def forward(
        self,
        x: Float[Tensor, "B T D"],
        *,
        bias: Tensor | None,
        rotary: RotaryTable | None,
        cache: Cache | None,
        layer: int,
        context: Context | None,
        padding: Bool[Tensor, "B T"] | None,
    ) -> Float[Tensor, "B T D"]:
        """One block; arguments as prepared by ``Transformer.forward``."""
        if self.first_ff is not None and self.first_ff_norm is not None:
            x = x + self.ff_weight * self._drop(self.first_ff(self.first_ff_norm(x)))
        attended = self.attention(
            self.attention_norm(x), bias=bias, rotary=rotary, cache=cache, layer=layer
        )
        x = x + self._drop(attended)
        if self.cross is not None and self.cross_norm is not None and context is not None:
            x = x + self._drop(self.cross(self.cross_norm(x), context))
        if self.conv is not None and self.conv_norm is not None:
            x = x + self._drop(self.conv(self.conv_norm(x), padding=padding))
        fed = self._drop(self.ff(self.ff_norm(x)))
        return x + (fed if self.ff_weight == 1.0 else self.ff_weight * fed)

    def step(
        self,
        x: Float[Tensor, "B D"],
        *,
        bias: Tensor | None,
        rotary: RotaryTable | None,
        cache: Cache,
        layer: int,
        context: Context | None,
    ) -> Float[Tensor, "B D"]:
        """``forward`` of one position with a cache on a CPU."""
        attended = self.attention.step(
            self.attention_norm(x), bias=bias, rotary=rotary, cache=cache, layer=layer
        )
        x = x + attended
        if self.cross is not None and self.cross_norm is not None and context is not None:
            x = x + self.cross.step(self.cross_norm(x), context)
        fed: Tensor = self.ff(self.ff_norm(x))
        return x + fed

    def project_context(
        self, context: Float[Tensor, "B Tc D"], padding: Bool[Tensor, "B Tc"] | None
    ) -> Context:
        """Keys and values that this block's cross-attention looks at.

        Raises:
            ConfigError: The block has no cross-attention.
        """
        if self.cross is None:
            raise ConfigError("cross_attention=false: this block looks at no context")
        return self.cross.project(context, padding)

    def _drop(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.dropout) if self.training and self.dropout > 0 else x


class Transformer(nn.Module):
    """``[B, T, D]`` already embedded to ``[B, T, D]`` normed, not yet logits.

    With a cache, ``x`` continues what earlier calls with the same cache saw, and only causal
    configs allow it. Matrices that write into the residual stream start at zero, so that an
    untrained Transformer is the identity followed by a norm.
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        blocks = [Block(config) for _ in range(config.depth)]
        # Rounded to four bits, the first block alone lost as much as all others together.
        blocks[0].keeps_int8 = True
        self.blocks = nn.ModuleList(blocks)
        self.norm = make_norm(config.norm, config.dim, bias=config.norm_bias)
        self.rotary: Rotary | None = None
        self.relative: RelativeBias | None = None
        self.sinusoidal: Sinusoidal | None = None
        if config.positions == "rotary":
            self.rotary = Rotary(config.head_dim, max_positions=config.max_positions)
        elif config.positions == "t5":
            self.relative = RelativeBias(
                config.n_heads, causal=config.causal, max_positions=config.max_positions
            )
        elif config.positions == "sinusoidal":
            self.sinusoidal = Sinusoidal(config.dim, max_positions=config.max_positions)
        self._initialise()

    def _initialise(self) -> None:
        for name, parameter in self.named_parameters():
            if name.endswith(("out.weight", "down.weight")):
                nn.init.zeros_(parameter)
            elif parameter.dim() == 2 and name.endswith("weight"):
                nn.init.normal_(parameter, std=math.sqrt(1.0 / parameter.shape[1]))

    packs_cache: bool = False
    """Whether keys and values are kept in eight bits: for a long past of a large model on a CPU."""

    def new_cache(self, n_batch: int, max_length: int) -> Cache:
        """Memory for ``max_length`` positions of ``n_batch`` rows.

        In the weights' type; on a CPU in float32, which attends faster there (``nn/attention.py``),
        or in eight bits.
        """
        if self.packs_cache and self.config.kv_heads == self.config.n_heads:
            return PackedKVCache(
                n_layers=self.config.depth,
                n_batch=n_batch,
                n_heads=self.config.n_heads,
                head_dim=self.config.head_dim,
                max_length=max_length,
            )
        weight = self.norm.weight
        if not isinstance(weight, Tensor):  # pragma: no cover - both norms have a weight
            raise TypeError("norm without weight")
        return KVCache(
            n_layers=self.config.depth,
            n_batch=n_batch,
            n_heads=self.config.kv_heads,
            head_dim=self.config.head_dim,
            max_length=max_length,
            dtype=torch.float32 if weight.device.type == "cpu" else weight.dtype,
            device=weight.device,
        )

    def forward(
        self,
        x: Float[Tensor, "B T D"],
        *,
        cache: Cache | None = None,
        context: Float[Tensor, "B Tc D"] | None = None,
        context_padding: Bool[Tensor, "B Tc"] | None = None,
        padding: Bool[Tensor, "B T"] | None = None,
    ) -> Float[Tensor, "B T D"]:
        """Transform a sequence, or the next part of a cached one.

        Args:
            x: Embedded input.
            cache: Past positions; ``x`` follows them. Causal configs only.
            context: What cross-attention looks at; with a cache, needed in the first call only.
            context_padding: True where a position of the context is filler. A row that is nothing
                but filler must hold zeros, which are then looked at and add nothing.
            padding: True where a position is filler that nobody may look at. Not with a cache.

        Raises:
            ConfigError: A cache for a bidirectional config, padding together with a cache, or a
                context that is missing or unexpected.
            ShapeError: The sequence is longer than ``max_positions``.
        """
        self._check(x, cache, context, padding)
        n_positions = x.shape[1]
        offset = 0 if cache is None else cache.length
        if self.sinusoidal is not None:
            x = x + self.sinusoidal(offset, n_positions).to(x.dtype)
        rotary = None
        if self.rotary is not None:
            rotary = self.rotary.table(offset, n_positions, compute_dtype(x))
        bias = self._bias(x, offset, padding)
        contexts = self._contexts(context, context_padding, cache)
        if cache is not None and n_positions == 1 and not self.training and x.device.type == "cpu":
            return self._step(x[:, 0], cache, contexts, bias, rotary)[:, None]
        for layer, block in enumerate(self.blocks):
            x = block(
                x,
                bias=bias,
                rotary=rotary,
                cache=cache,
                layer=layer,
                context=contexts[layer] if contexts else None,
                padding=padding,
            )
        if cache is not None:
            cache.advance(n_positions)
        result: Tensor = self.norm(x)
        return result

    def _step(
        self,
        x: Tensor,
        cache: Cache,
        contexts: list[Context],
        bias: Tensor | None,
        rotary: RotaryTable | None,
    ) -> Float[Tensor, "B D"]:
        """The same for one position: nearly all of a small step is the overhead of calls."""
        for layer, block in enumerate(self._blocks()):
            context = contexts[layer] if contexts else None
            x = block.step(x, bias=bias, rotary=rotary, cache=cache, layer=layer, context=context)
        cache.advance(1)
        result: Tensor = self.norm(x)
        return result

    def _bias(self, x: Tensor, offset: int, padding: Tensor | None) -> Tensor | None:
        """Everything that is added to attention scores, or None if that is nothing."""
        n_batch, n_queries, _ = x.shape
        n_keys = offset + n_queries
        bias: Tensor | None = None
        if self.config.causal and n_queries > 1:
            bias = torch.full((n_queries, n_keys), -math.inf, device=x.device).triu(1 + offset)
        if self.relative is not None:
            relative = self.relative(n_queries, n_keys)
            relative = relative if bias is None else relative + bias
            bias = relative.repeat(n_batch, 1, 1)
        if padding is not None:
            # A row of filler keeps itself visible: a softmax over nothing would be NaN.
            hidden = padding[:, None, :] & ~torch.eye(n_keys, dtype=torch.bool, device=x.device)
            hide = torch.zeros(hidden.shape, device=x.device).masked_fill(hidden, -math.inf)
            hide = hide.repeat_interleave(self.config.n_heads, dim=0)
            bias = hide if bias is None else bias + hide
        return None if bias is None else bias.to(compute_dtype(x))

    def _contexts(
        self, context: Tensor | None, padding: Tensor | None, cache: Cache | None
    ) -> list[Context]:
        if not self.config.cross_attention:
            return []
        if context is None:
            return [] if cache is None else cache.context
        projected = [block.project_context(context, padding) for block in self._blocks()]
        if cache is not None:
            projected = [each.to(cache.dtype) for each in projected]
            cache.context = projected
        return projected

    def _blocks(self) -> list[Block]:
        return [block for block in self.blocks if isinstance(block, Block)]

    def _check(
        self, x: Tensor, cache: Cache | None, context: Tensor | None, padding: Tensor | None
    ) -> None:
        if x.shape[-1] != self.config.dim:
            raise ShapeError(f"x has {x.shape[-1]} features but dim={self.config.dim}: {x.shape=}")
        if cache is not None and not self.config.causal:
            raise ConfigError("a cache needs causal=true: a bidirectional pass sees the future")
        if cache is not None and padding is not None:
            raise ConfigError("padding with a cache is not supported: pass rows of equal length")
        if context is not None and not self.config.cross_attention:
            raise ConfigError("context given but cross_attention=false: set it or drop the context")
        has_context = context is not None or (cache is not None and bool(cache.context))
        if self.config.cross_attention and not has_context:
            raise ConfigError("cross_attention=true needs a context in the first call")
