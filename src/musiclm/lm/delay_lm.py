"""MusicGen's model: all levels of a step at once, level ``k`` delayed by ``k`` frames.

Untimed conditions, tokens or vectors of an outside encoder, stand before the first step (or are the
cross-attention context). Timed ones are
added to the steps, frame by frame, with a small lookahead: level 0 of a frame is decided in the
step of that frame, before its own condition could reach it through attention to later steps.
A window may begin anywhere in a piece: cells before its first frame hold pads, in training as in
decoding, so the model never relies on what it cannot have.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from musiclm.lm.config import LMConfig
from musiclm.lm.embed import LevelEmbedding, LevelHeads, UntimedEmbedding, check_inputs
from musiclm.lm.state import DecodeState
from musiclm.lm.vectors import VectorEmbedding, check_vectors
from musiclm.nn.packed_cache import Cache
from musiclm.nn.transformer import Transformer
from musiclm.tokens.layout import align_frames, delay_levels, undelay_levels


class DelayLM(nn.Module):
    """``forward`` scores whole codes (training); ``prefill`` and ``step`` write new ones.

    A *step* holds one code a level; ``T`` frames take ``T + K - 1`` steps, and fewer where levels
    share delays, as left and right of MusicGen's stereo models do.
    """

    def __init__(self, config: LMConfig) -> None:
        super().__init__()
        self.config = config
        dim, target = config.transformer.dim, config.target
        self.delays = config.level_delays
        self.embedding = LevelEmbedding(target.n_q, target.codebook_size, dim)
        self.conditions = nn.ModuleList(
            LevelEmbedding(
                stream.n_q * (config.lookahead_of(stream) + 1), stream.codebook_size, dim
            )
            if stream.timed
            else UntimedEmbedding(stream, dim)
            for stream in config.conditions
        )
        self.vectors = nn.ModuleList(VectorEmbedding(stream, dim) for stream in config.vectors)
        self.core = Transformer(config.transformer)
        self.heads = LevelHeads(target.n_q, target.codebook_size, dim)

    def _untimed(
        self, conditions: tuple[Tensor, ...], drop: Bool[Tensor, " B"] | None
    ) -> tuple[Float[Tensor, "B M D"], Bool[Tensor, "B M"]] | None:
        """All untimed conditions, and where they are filler; None if the model has none."""
        parts, filler = [], []
        modules = (*self.conditions, *self.vectors)
        for module, given in zip(modules, conditions, strict=True):
            if isinstance(module, UntimedEmbedding):
                embedded = module(given, drop)
                parts.append(embedded)
                filler.append(torch.zeros_like(embedded[..., 0], dtype=torch.bool))
            elif isinstance(module, VectorEmbedding):
                embedded, absent = module(given, drop)
                parts.append(embedded)
                filler.append(absent)
        return (torch.cat(parts, dim=1), torch.cat(filler, dim=1)) if parts else None

    def _frames(
        self, conditions: tuple[Tensor, ...], n_steps: int
    ) -> Float[Tensor, "B S D"] | None:
        """The sum of all timed conditions for each step; None if the model has none."""
        total = None
        streams = self.config.conditions
        tokened = conditions[: len(streams)]
        for stream, module, tokens in zip(streams, self.conditions, tokened, strict=True):
            if not isinstance(module, LevelEmbedding):
                continue
            lookahead = self.config.lookahead_of(stream)
            aligned = align_frames(
                tokens,
                from_rate=stream.frame_rate,
                to_rate=self.config.target.frame_rate,
                n_frames=n_steps + lookahead,
                pad_id=stream.pad_id,
            )
            views = [aligned[:, :, ahead : ahead + n_steps] for ahead in range(lookahead + 1)]
            embedded = module(torch.cat(views, dim=1))
            total = embedded if total is None else total + embedded
        return total

    def _run(
        self,
        steps: Int[Tensor, "B K S"],
        untimed: tuple[Tensor, Tensor] | None,
        frames: Tensor | None,
        cache: Cache | None = None,
    ) -> Float[Tensor, "B S D"]:
        """Hidden vectors of given input steps, the first of which begins the sequence.

        Before the first step filler is zeros that everyone sees, as in MusicGen's melody models.
        """
        x = self.embedding(steps)
        if frames is not None:
            x = x + frames[:, : x.shape[1]]
        if untimed is None:
            hidden: Tensor = self.core(x, cache=cache)
            return hidden
        vectors, filler = untimed
        if self.config.transformer.cross_attention:
            hidden = self.core(x, cache=cache, context=vectors, context_padding=filler)
            return hidden
        hidden = self.core(torch.cat((vectors, x), dim=1), cache=cache)
        return hidden[:, vectors.shape[1] :]

    def hidden(
        self,
        conditions: tuple[Tensor, ...],
        codes: Int[Tensor, "B K T"],
        drop: Bool[Tensor, " B"] | None = None,
    ) -> tuple[Float[Tensor, "B T D"], ...]:
        """For each level, the vectors that its head turns into logits of ``codes``."""
        n_tokened = len(self.config.conditions)
        check_inputs(self.config.conditions, conditions[:n_tokened], self.config.target, codes)
        check_vectors(self.config.vectors, conditions[n_tokened:], codes.shape[0])
        pad_id, n_frames = self.config.target.pad_id, codes.shape[-1]
        delayed = delay_levels(codes, delays=self.delays, pad_id=pad_id)
        inputs = F.pad(delayed[..., :-1], (1, 0), value=pad_id)
        frames = self._frames(conditions, inputs.shape[-1])
        x = self._run(inputs, self._untimed(conditions, drop), frames)
        return tuple(x[:, delay : delay + n_frames] for delay in self.delays)

    def forward(
        self,
        conditions: tuple[Tensor, ...],
        codes: Int[Tensor, "B K T"],
        *,
        drop: Bool[Tensor, " B"] | None = None,
    ) -> Float[Tensor, "B K T V"]:
        """Teacher-forced logits, aligned with ``codes`` (the delay is inside).

        Args:
            conditions: One tensor a condition stream: ``[B, M]``, or ``[B, K, T]`` if timed; then
                one of vectors ``[B, M, F]`` each.
            codes: The target.
            drop: Items whose untimed conditions are replaced by the null, learned for tokens.

        Raises:
            ShapeError: Tensors do not fit the streams.
        """
        hidden = self.hidden(conditions, codes, drop)
        return torch.stack([self.heads.level(h, k) for k, h in enumerate(hidden)], dim=1)

    def steps_from_codes(self, codes: Int[Tensor, "B K T"]) -> Int[Tensor, "B K S"]:
        """The codes in the order of decoding steps, pads where a step has no code."""
        return delay_levels(codes, delays=self.delays, pad_id=self.config.target.pad_id)

    def codes_from_steps(self, steps: Int[Tensor, "B K S"]) -> Int[Tensor, "B K T"]:
        """Undo ``steps_from_codes``."""
        return undelay_levels(steps, delays=self.delays)

    def n_complete_frames(self, n_steps: int) -> int:
        """Frames all of whose levels are known after ``n_steps`` steps."""
        return max(n_steps - max(self.delays), 0)

    def n_steps_ready(self, n_known: int, *, n_frames: int) -> int:
        """Steps of a window that may be taken while timed conditions reach ``n_known`` frames."""
        timed = any(stream.timed for stream in self.config.conditions)
        if not timed or n_known >= n_frames:
            return n_frames + max(self.delays)
        return max(0, n_known - self.config.condition_lookahead)

    def hear(self, conditions: tuple[Tensor, ...], state: DecodeState, *, n_frames: int) -> None:
        """Take timed conditions that reach further than those of ``prefill``.

        Args:
            conditions: As in ``forward``; what was known before must not differ.
            state: Of the window, from ``prefill``.
            n_frames: Frames of the window.
        """
        state.frames = self._frames(conditions, n_frames + max(self.delays))

    def new_cache(self, n_batch: int, n_frames: int, conditions: tuple[Tensor, ...] = ()) -> Cache:
        """Memory for a window of ``n_frames`` frames; timed conditions take none."""
        n_prefix = 0
        if not self.config.transformer.cross_attention:
            n_prefix = sum(stream.n_q for stream in self.config.conditions if not stream.timed)
            n_prefix += sum(each.shape[1] for each in conditions[len(self.config.conditions) :])
        return self.core.new_cache(n_batch, n_prefix + n_frames + max(self.delays))

    def prefill(
        self,
        conditions: tuple[Tensor, ...],
        steps: Int[Tensor, "B K S"],
        *,
        n_frames: int,
        cache: Cache,
        drop: Bool[Tensor, " B"] | None = None,
    ) -> tuple[Float[Tensor, "B K V"], DecodeState]:
        """Read conditions and known steps; return logits of the next step.

        Args:
            conditions: As in ``forward``; timed ones may end early, see ``hear``.
            steps: Steps already known whole; may be empty.
            n_frames: Frames of the window, so that conditions of all its steps are embedded once.
            cache: Empty memory, from ``new_cache``.
            drop: As in ``forward``.
        """
        frames = self._frames(conditions, n_frames + max(self.delays))
        inputs = F.pad(steps, (1, 0), value=self.config.target.pad_id)
        x = self._run(inputs, self._untimed(conditions, drop), frames, cache)
        state = DecodeState(cache=cache, n_steps=steps.shape[-1], frames=frames)
        return self.heads(x[:, -1]).float(), state

    def step(self, codes: Int[Tensor, "B K"], state: DecodeState) -> Float[Tensor, "B K V"]:
        """Take the codes of the current step; return logits of the next."""
        x = self.embedding(codes[..., None])
        state.n_steps += 1
        if state.frames is not None:
            x = x + state.frames[:, state.n_steps : state.n_steps + 1]
        hidden = self.core(x, cache=state.cache)
        logits: Tensor = self.heads(hidden[:, 0])
        return logits.float()
