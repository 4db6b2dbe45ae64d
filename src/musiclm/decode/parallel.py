"""SoundStorm's way: all frames of a window at once, level by level, surest codes first.

Each level starts masked. A pass predicts all its masked cells; those with the highest confidence
stay, the rest are masked again, fewer each time along a cosine (MaskGIT). Coarser levels are
finished before finer ones begin.
"""

import math
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from pydantic import Field
from torch import Tensor

from musiclm.config import Frozen
from musiclm.decode.guidance import guide, guided_batch, guided_rows
from musiclm.decode.sampling import SamplingConfig, draw_uniforms, sample
from musiclm.errors import ConfigError, GenerationError
from musiclm.lm.config import LMConfig


class ParallelConfig(Frozen):
    """How many passes, and how they choose."""

    iterations: tuple[int, ...] = (16, 1)
    """Passes for each level; the last number holds for all finer ones (SoundStorm: 16, 1, 1..)."""
    greedy_last: bool = True
    """Whether the last pass of a level takes the likeliest codes (SoundStorm does)."""
    confidence_noise: float = Field(default=1.0, ge=0)
    """Size of Gumbel noise on the confidence, shrinking to 0 over the passes of a level; without
    any, the same safe frames are always decided first and results lack variety."""

    def passes(self, n_q: int) -> tuple[int, ...]:
        """Passes of each of ``n_q`` levels.

        Raises:
            ConfigError: No number, or one below 1.

        Example:
            >>> ParallelConfig(iterations=(16, 2)).passes(4)
            (16, 2, 2, 2)
        """
        if not self.iterations or min(self.iterations) < 1:
            raise ConfigError(f"iterations must be numbers >= 1, got {self.iterations}")
        given = self.iterations[:n_q]
        return given + (given[-1],) * (n_q - len(given))


@runtime_checkable
class ParallelLM(Protocol):
    """What parallel decoding asks of a model; ``MaskedLM`` has it."""

    config: LMConfig

    @property
    def mask_id(self) -> int:
        """What an undecided cell holds."""
        ...

    def level_logits(
        self,
        conditions: tuple[Tensor, ...],
        codes: Int[Tensor, "B K T"],
        level: int,
        *,
        drop: Bool[Tensor, " B"] | None = None,
    ) -> Float[Tensor, "B T V"]:
        """Logits of one level."""
        ...


def decode_parallel(
    model: ParallelLM,
    conditions: tuple[Tensor, ...],
    prompt: Int[Tensor, "B K P"],
    *,
    n_frames: int,
    generators: list[torch.Generator],
    sampling: SamplingConfig,
    guidance_scale: float = 1.0,
    level_temperatures: Sequence[float] = (),
    parallel: ParallelConfig | None = None,
    on_pass: Callable[[float], None] | None = None,
) -> Int[Tensor, "B K T"]:
    """Fill a window after ``prompt``.

    Args:
        model: Which model predicts.
        conditions: Of exactly these frames; one row an item.
        prompt: Codes of the first ``P`` frames; ``P`` may be 0.
        n_frames: Frames of the window, prompt included.
        generators: One an item; each is advanced.
        sampling: How codes are chosen before the last pass of a level.
        guidance_scale: 1 means none; else every item is computed twice.
        level_temperatures: Factor on the temperature of each level; empty means 1.
        parallel: Passes; SoundStorm's by default.
        on_pass: Called after each pass with the share of passes done.

    Raises:
        GenerationError: The prompt is longer than the window, or guidance is out of range.
    """
    parallel = parallel or ParallelConfig()
    n_batch, n_q, n_prompt = prompt.shape
    if n_prompt > n_frames:
        raise GenerationError(
            f"the prompt has {n_prompt} frames but the window only {n_frames}: shorten the prompt"
        )
    n_open = n_frames - n_prompt
    if n_open == 0:
        return prompt
    codes = prompt.new_full((n_batch, n_q, n_frames), model.mask_id)
    codes[..., :n_prompt] = prompt
    rows, drop = guided_batch(conditions, n_batch, guidance_scale)
    passes = parallel.passes(n_q)
    n_done = 0
    for level, n_passes in enumerate(passes):
        for turn in range(n_passes):
            logits = model.level_logits(rows, guided_rows(codes, guidance_scale), level, drop=drop)
            logits = guide(logits, guidance_scale)[:, n_prompt:]
            if level_temperatures:
                logits = logits / level_temperatures[level]
            uniforms = draw_uniforms(generators, (2, n_open), codes.device)
            last = turn == n_passes - 1
            choose = SamplingConfig(greedy=True) if last and parallel.greedy_last else sampling
            current = codes[:, level, n_prompt:]
            masked = current == model.mask_id
            filled = torch.where(masked, sample(logits, choose, uniforms[:, 0]), current)
            if not last:
                noise = parallel.confidence_noise * (1 - (turn + 1) / n_passes)
                confidence = _confidence(logits, filled, uniforms[:, 1], noise)
                confidence = confidence.masked_fill(~masked, math.inf)
                n_hidden = int(n_open * math.cos(math.pi / 2 * (turn + 1) / n_passes))
                unsure = confidence.argsort(dim=-1)[:, :n_hidden]
                filled = filled.scatter(1, unsure, model.mask_id)
            codes[:, level, n_prompt:] = filled
            n_done += 1
            if on_pass is not None:
                on_pass(n_done / sum(passes))
    return codes


def _confidence(
    logits: Float[Tensor, "B T V"],
    codes: Int[Tensor, "B T"],
    uniforms: Float[Tensor, "B T"],
    noise: float,
) -> Float[Tensor, "B T"]:
    """Log-probability of the chosen codes, with Gumbel noise."""
    scores = torch.log_softmax(logits, dim=-1).gather(-1, codes[..., None])[..., 0]
    gumbel = -torch.log(-torch.log(uniforms.clamp(1e-7, 1 - 1e-7)))
    return scores + noise * gumbel
