"""MusicLM's stage: conditions as a prefix, the target flattened after it, one code a step.

Sequence: untimed tokens, timed conditions flattened, then BOS and the target codes frame by frame.
Position ``BOS + n`` predicts target code ``n``. Levels have their own tables and heads.
"""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from musiclm.lm.config import LMConfig
from musiclm.lm.embed import LevelEmbedding, LevelHeads, UntimedEmbedding, check_inputs
from musiclm.lm.state import DecodeState
from musiclm.nn.packed_cache import Cache
from musiclm.nn.transformer import Transformer
from musiclm.tokens.layout import flatten_levels, unflatten_levels


class PrefixLM(nn.Module):
    """``forward`` scores whole codes (training); ``prefill`` and ``step`` write new ones.

    A *step* is one code: step ``n`` is level ``n % K`` of frame ``n // K``.
    """

    def __init__(self, config: LMConfig) -> None:
        super().__init__()
        self.config = config
        dim, target = config.transformer.dim, config.target
        self.embedding = LevelEmbedding(target.n_q, target.codebook_size, dim)
        self.conditions = nn.ModuleList(
            LevelEmbedding(stream.n_q, stream.codebook_size, dim)
            if stream.timed
            else UntimedEmbedding(stream, dim)
            for stream in config.conditions
        )
        for module in (self.embedding, *self.conditions):
            if isinstance(module, LevelEmbedding):
                # One code a position here, where the other models sum the levels.
                nn.init.normal_(module.table.weight, std=0.1)
        self.bos = nn.Parameter(torch.randn(dim) * 0.1)
        self.core = Transformer(config.transformer)
        self.heads = LevelHeads(target.n_q, target.codebook_size, dim)

    def prefix(
        self, conditions: tuple[Tensor, ...], drop: Bool[Tensor, " B"] | None, n_batch: int
    ) -> Float[Tensor, "B P D"]:
        """Embed everything that stands before the first target code, BOS included."""
        parts = []
        for module, tokens in zip(self.conditions, conditions, strict=True):
            if isinstance(module, UntimedEmbedding):
                parts.append(module(tokens, drop))
            elif isinstance(module, LevelEmbedding):
                parts.append(module.flat(tokens))
        parts.append(self.bos.expand(n_batch, 1, -1))
        return torch.cat(parts, dim=1)

    def hidden(
        self,
        conditions: tuple[Tensor, ...],
        codes: Int[Tensor, "B K T"],
        drop: Bool[Tensor, " B"] | None = None,
    ) -> tuple[Float[Tensor, "B T D"], ...]:
        """For each level, the vectors that its head turns into logits of ``codes``."""
        check_inputs(self.config.conditions, conditions, self.config.target, codes)
        prefix = self.prefix(conditions, drop, codes.shape[0])
        inputs = self.embedding.flat(codes)[:, :-1]
        x = self.core(torch.cat((prefix, inputs), dim=1))
        by_frame = x[:, prefix.shape[1] - 1 :].unflatten(1, (-1, self.config.target.n_q))
        return tuple(by_frame.unbind(2))

    def forward(
        self,
        conditions: tuple[Tensor, ...],
        codes: Int[Tensor, "B K T"],
        *,
        drop: Bool[Tensor, " B"] | None = None,
    ) -> Float[Tensor, "B K T V"]:
        """Teacher-forced logits, each from the codes before it only.

        Args:
            conditions: One tensor a condition stream: ``[B, M]``, or ``[B, K, T]`` if timed.
            codes: The target.
            drop: Items whose untimed conditions are replaced by the learned null.

        Raises:
            ShapeError: Tensors do not fit the streams.
        """
        hidden = self.hidden(conditions, codes, drop)
        return torch.stack([self.heads.level(h, k) for k, h in enumerate(hidden)], dim=1)

    def steps_from_codes(self, codes: Int[Tensor, "B K T"]) -> Int[Tensor, "B 1 S"]:
        """The codes in the order of decoding steps."""
        return flatten_levels(codes)[:, None]

    def codes_from_steps(self, steps: Int[Tensor, "B 1 S"]) -> Int[Tensor, "B K T"]:
        """Undo ``steps_from_codes``."""
        return unflatten_levels(steps[:, 0], n_q=self.config.target.n_q)

    def n_complete_frames(self, n_steps: int) -> int:
        """Frames all of whose levels are known after ``n_steps`` steps."""
        return n_steps // self.config.target.n_q

    def n_steps_ready(self, n_known: int, *, n_frames: int) -> int:
        """All steps of a window once its timed conditions are known: they stand in front."""
        timed = any(stream.timed for stream in self.config.conditions)
        return n_frames * self.config.target.n_q if not timed or n_known >= n_frames else 0

    def hear(self, conditions: tuple[Tensor, ...], state: DecodeState, *, n_frames: int) -> None:
        """Nothing more can come: a window begins when all its conditions are known."""

    def new_cache(self, n_batch: int, n_frames: int, conditions: tuple[Tensor, ...] = ()) -> Cache:
        """Memory for a window of ``n_frames`` frames and its conditions."""
        target = self.config.target
        n_prefix = sum(
            stream.n_q * (math.ceil(n_frames * stream.frame_rate / target.frame_rate))
            if stream.timed
            else stream.n_q
            for stream in self.config.conditions
        )
        # BOS needs a place, the last code none: nothing follows it.
        return self.core.new_cache(n_batch, n_prefix + n_frames * target.n_q)

    def prefill(
        self,
        conditions: tuple[Tensor, ...],
        steps: Int[Tensor, "B 1 S"],
        *,
        n_frames: int,
        cache: Cache,
        drop: Bool[Tensor, " B"] | None = None,
    ) -> tuple[Float[Tensor, "B 1 V"], DecodeState]:
        """Read conditions and known steps; return logits of the next step.

        Args:
            conditions: As in ``forward``.
            steps: Codes already known, in step order; may be empty.
            n_frames: Frames of the whole window (not used here, but by other models).
            cache: Empty memory, from ``new_cache``.
            drop: As in ``forward``.
        """
        parts = [self.prefix(conditions, drop, steps.shape[0])]
        n_known = steps.shape[-1]
        if n_known:
            n_q = self.config.target.n_q
            levels = torch.arange(n_known, device=steps.device) % n_q
            parts.append(self.embedding.table(steps[:, 0] + self.embedding.offsets[levels]))
        hidden = self.core(torch.cat(parts, dim=1), cache=cache)[:, -1]
        state = DecodeState(cache=cache, n_steps=n_known)
        return self._logits(hidden, n_known), state

    def step(self, codes: Int[Tensor, "B 1"], state: DecodeState) -> Float[Tensor, "B 1 V"]:
        """Take the code of the current step; return logits of the next."""
        n_q = self.config.target.n_q
        x = self.embedding.one(codes[:, 0], state.n_steps % n_q)
        hidden = self.core(x, cache=state.cache)[:, -1]
        state.n_steps += 1
        return self._logits(hidden, state.n_steps)

    def _logits(self, hidden: Float[Tensor, "B D"], step: int) -> Float[Tensor, "B 1 V"]:
        return self.heads.level(hidden, step % self.config.target.n_q)[:, None].float()
