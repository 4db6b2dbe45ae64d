"""One window, step by step: prefill what is known, then sample each step that is not.

Works for every model that lays its codes out in *steps* of ``W`` cells, some of them known: a
``PrefixLM`` has one cell a step, a ``DelayLM`` one a level.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from musiclm.decode.guidance import guide, guided_batch, guided_rows
from musiclm.decode.sampling import SamplingConfig, draw_uniforms, sample
from musiclm.errors import GenerationError
from musiclm.lm.config import LMConfig
from musiclm.lm.state import DecodeState
from musiclm.nn.cache import KVCache

_UNKNOWN = -1


@runtime_checkable
class CausalLM(Protocol):
    """What decoding asks of a model; ``PrefixLM`` and ``DelayLM`` have it."""

    config: LMConfig

    def steps_from_codes(self, codes: Int[Tensor, "B K T"]) -> Int[Tensor, "B W S"]:
        """Lay codes out in the order of steps."""
        ...

    def codes_from_steps(self, steps: Int[Tensor, "B W S"]) -> Int[Tensor, "B K T"]:
        """The inverse."""
        ...

    def n_complete_frames(self, n_steps: int) -> int:
        """Frames that are whole after so many steps."""
        ...

    def new_cache(self, n_batch: int, n_frames: int) -> KVCache:
        """Memory for one window."""
        ...

    def prefill(
        self,
        conditions: tuple[Tensor, ...],
        steps: Int[Tensor, "B W S"],
        *,
        n_frames: int,
        cache: KVCache,
        drop: Bool[Tensor, " B"] | None = None,
    ) -> tuple[Float[Tensor, "B W V"], DecodeState]:
        """Read conditions and known steps; logits of the next step."""
        ...

    def step(self, codes: Int[Tensor, "B W"], state: DecodeState) -> Float[Tensor, "B W V"]:
        """Take one step's codes; logits of the next step."""
        ...


def stream_window(
    model: CausalLM,
    conditions: tuple[Tensor, ...],
    prompt: Int[Tensor, "B K P"],
    *,
    n_frames: int,
    generators: list[torch.Generator],
    sampling: SamplingConfig,
    guidance_scale: float = 1.0,
    level_temperatures: Sequence[float] = (),
    cache: KVCache | None = None,
) -> Iterator[tuple[int, Tensor]]:
    """Continue ``prompt`` to ``n_frames`` frames, one step at a time.

    Args:
        model: Which model predicts.
        conditions: Of exactly these frames; one row an item.
        prompt: Codes of the first ``P`` frames; ``P`` may be 0, and must be below ``n_frames``.
        n_frames: Frames of the window, prompt included.
        generators: One an item; each is advanced.
        sampling: How codes are chosen.
        guidance_scale: 1 means none; else every item is computed twice.
        level_temperatures: Factor on the temperature of each level; empty means 1.
        cache: Memory to use again; made anew if not given.

    Yields:
        After each step, the number of whole frames and all steps so far ``[B, W, s]``; whenever
        that number grows, ``model.codes_from_steps`` of them gives exactly those frames.

    Raises:
        GenerationError: The prompt fills the window, or guidance is out of range.
    """
    n_batch, n_q, n_prompt = prompt.shape
    if n_prompt >= n_frames:
        raise GenerationError(
            f"the prompt has {n_prompt} frames and the window {n_frames}: nothing is left to "
            "generate, so shorten the prompt"
        )
    canvas = prompt.new_full((n_batch, n_q, n_frames), _UNKNOWN)
    canvas[..., :n_prompt] = prompt
    steps = model.steps_from_codes(canvas)
    open_cells = steps[0] == _UNKNOWN
    first, n_steps = int(open_cells.any(dim=0).nonzero()[0]), steps.shape[-1]
    uniforms = draw_uniforms(generators, (n_steps - first, steps.shape[1]), steps.device)

    rows, drop = guided_batch(conditions, n_batch, guidance_scale)
    if cache is None:
        cache = model.new_cache(n_batch if drop is None else 2 * n_batch, n_frames)
    cache.reset()
    known = guided_rows(steps[..., :first], guidance_scale)
    logits, state = model.prefill(rows, known, n_frames=n_frames, cache=cache, drop=drop)
    heat = _step_temperatures(model, n_frames, level_temperatures)
    heat = None if heat is None else heat.to(steps.device)
    for step in range(first, n_steps):
        scores = guide(logits, guidance_scale)
        if heat is not None:
            scores = scores / heat[:, step, None]
        drawn = sample(scores, sampling, uniforms[:, step - first])
        cells = torch.where(open_cells[:, step], drawn, steps[..., step])
        steps[..., step] = cells
        yield model.n_complete_frames(step + 1), steps[..., : step + 1]
        if step + 1 < n_steps:
            logits = model.step(guided_rows(cells, guidance_scale), state)


def _step_temperatures(
    model: CausalLM, n_frames: int, level_temperatures: Sequence[float]
) -> Float[Tensor, "W S"] | None:
    """The factor of each cell's level, laid out as the steps are."""
    if not level_temperatures:
        return None
    levels = torch.arange(len(level_temperatures))[None, :, None].expand(1, -1, n_frames)
    cells = model.steps_from_codes(levels)[0]
    # Cells without a code hold a pad, whatever that is: any factor will do for them.
    factors = torch.tensor(level_temperatures)
    return factors[cells.clamp_max(len(level_temperatures) - 1)]
