"""SoundStorm's model: all frames at once, bidirectional, masked cells to be predicted.

A frame is the sum of its levels' embeddings, its timed conditions, and all untimed conditions.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from musiclm.lm.config import LMConfig
from musiclm.lm.embed import LevelEmbedding, LevelHeads, UntimedEmbedding, check_inputs
from musiclm.nn.transformer import Transformer
from musiclm.tokens.layout import align_frames


class MaskedLM(nn.Module):
    """Codes, some of them ``mask_id``, to logits of every cell."""

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
        self.core = Transformer(config.transformer)
        self.heads = LevelHeads(target.n_q, target.codebook_size, dim)

    @property
    def mask_id(self) -> int:
        """What a cell to be predicted holds."""
        return self.config.target.pad_id

    def hidden(
        self,
        conditions: tuple[Tensor, ...],
        codes: Int[Tensor, "B K T"],
        drop: Bool[Tensor, " B"] | None = None,
    ) -> tuple[Float[Tensor, "B T D"], ...]:
        """For each level, the vectors that its head turns into logits: here all the same."""
        check_inputs(self.config.conditions, conditions, self.config.target, codes)
        x = self.embedding(codes)
        streams = self.config.conditions
        for stream, module, tokens in zip(streams, self.conditions, conditions, strict=True):
            if isinstance(module, UntimedEmbedding):
                # The mean of M tokens, scaled to the size of one.
                x = x + module(tokens, drop).mean(dim=1, keepdim=True) * stream.n_q**0.5
            elif isinstance(module, LevelEmbedding):
                aligned = align_frames(
                    tokens,
                    from_rate=stream.frame_rate,
                    to_rate=self.config.target.frame_rate,
                    n_frames=codes.shape[-1],
                    pad_id=stream.pad_id,
                )
                x = x + module(aligned)
        return (self.core(x),) * self.config.target.n_q

    def forward(
        self,
        conditions: tuple[Tensor, ...],
        codes: Int[Tensor, "B K T"],
        *,
        drop: Bool[Tensor, " B"] | None = None,
    ) -> Float[Tensor, "B K T V"]:
        """Logits of all cells.

        Args:
            conditions: One tensor a condition stream: ``[B, M]``, or ``[B, K, T]`` if timed.
            codes: The target, ``mask_id`` where it is to be predicted.
            drop: Items whose untimed conditions are replaced by the learned null.

        Raises:
            ShapeError: Tensors do not fit the streams.
        """
        hidden = self.hidden(conditions, codes, drop)
        return torch.stack([self.heads.level(h, k) for k, h in enumerate(hidden)], dim=1)

    def level_logits(
        self,
        conditions: tuple[Tensor, ...],
        codes: Int[Tensor, "B K T"],
        level: int,
        *,
        drop: Bool[Tensor, " B"] | None = None,
    ) -> Float[Tensor, "B T V"]:
        """Logits of one level, for decoding level by level."""
        return self.heads.level(self.hidden(conditions, codes, drop)[level], level).float()
