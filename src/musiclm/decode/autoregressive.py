"""One window, step by step: prefill what is known, then sample each step that is not.

Works for every model that lays its codes out in *steps* of ``W`` cells, some of them known: a
``PrefixLM`` has one cell a step, a ``DelayLM`` one a level.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from musiclm.decode.guidance import guide, guided_batch, guided_rows
from musiclm.decode.sampling import SamplingConfig, draw_uniforms, sample
from musiclm.errors import GenerationError
from musiclm.lm.config import LMConfig
from musiclm.lm.state import DecodeState
from musiclm.nn.packed_cache import Cache
from musiclm.prompt.ensemble import ENSEMBLE_STREAM
from musiclm.prompt.timeline import TIMELINE_STREAM, unguided

_UNKNOWN = -1
# What rows without guidance are told of conditions in time; of all others, the same.
_UNGUIDED: dict[str, Callable[[Tensor], Tensor]] = {
    TIMELINE_STREAM.name: unguided,
    ENSEMBLE_STREAM.name: torch.zeros_like,
}


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

    def n_steps_ready(self, n_known: int, *, n_frames: int) -> int:
        """Steps that may be written while timed conditions reach ``n_known`` frames."""
        ...

    def hear(self, conditions: tuple[Tensor, ...], state: DecodeState, *, n_frames: int) -> None:
        """Take timed conditions that reach further than when the window began."""
        ...

    def new_cache(self, n_batch: int, n_frames: int, conditions: tuple[Tensor, ...] = ()) -> Cache:
        """Memory for one window; vectors among its conditions may take more or less of it."""
        ...

    def prefill(
        self,
        conditions: tuple[Tensor, ...],
        steps: Int[Tensor, "B W S"],
        *,
        n_frames: int,
        cache: Cache,
        drop: Bool[Tensor, " B"] | None = None,
    ) -> tuple[Float[Tensor, "B W V"], DecodeState]:
        """Read conditions and known steps; logits of the next step."""
        ...

    def step(self, codes: Int[Tensor, "B W"], state: DecodeState) -> Float[Tensor, "B W V"]:
        """Take one step's codes; logits of the next step."""
        ...


class WindowDecoder:
    """One window being written; goes as far as its timed conditions are known.

    State: the steps so far and the model's memory of them. Conditions may grow between two calls
    of ``advance``; whether they came at once or bit by bit makes no difference to the codes.
    """

    def __init__(
        self,
        model: CausalLM,
        conditions: tuple[Tensor, ...],
        prompt: Int[Tensor, "B K P"],
        *,
        n_frames: int,
        generators: list[torch.Generator],
        sampling: SamplingConfig,
        guidance_scale: float = 1.0,
        level_temperatures: Sequence[float] = (),
        cache: Cache | None = None,
        negative: tuple[Tensor, ...] | None = None,
    ) -> None:
        """Prepare to continue ``prompt`` to ``n_frames`` frames.

        Args:
            model: Which model predicts.
            conditions: Of these frames, from the window's first; timed ones may still be shorter.
            prompt: Codes of the first ``P`` frames; ``P`` may be 0, and must be below ``n_frames``.
            n_frames: Frames of the window, prompt included.
            generators: One an item; each is advanced.
            sampling: How codes are chosen.
            guidance_scale: 1 means none; else every item is computed twice.
            level_temperatures: Factor on the temperature of each level; empty means 1.
            cache: Memory to use again; made anew if not given.
            negative: Conditions that guidance leads away from, instead of none at all; untimed.

        Raises:
            GenerationError: The prompt fills the window, or guidance is out of range.
        """
        n_batch, n_q, n_prompt = prompt.shape
        if n_prompt >= n_frames:
            raise GenerationError(
                f"the prompt has {n_prompt} frames and the window {n_frames}: nothing is left to "
                "generate, so shorten the prompt"
            )
        self._model, self._n_frames, self._generators = model, n_frames, generators
        self._sampling, self._scale = sampling, guidance_scale
        canvas = prompt.new_full((n_batch, n_q, n_frames), _UNKNOWN)
        canvas[..., :n_prompt] = prompt
        self._steps = model.steps_from_codes(canvas)
        self._open = self._steps[0] == _UNKNOWN
        self._next = int(self._open.any(dim=0).nonzero()[0])
        self._negative = negative
        self._rows, self._drop = guided_batch(
            conditions, n_batch, guidance_scale, without=self._without(conditions)
        )
        if negative is not None and self._drop is not None:
            self._drop = torch.zeros_like(self._drop)
        if cache is None:
            n_rows = n_batch if self._drop is None else 2 * n_batch
            cache = model.new_cache(n_rows, n_frames, self._rows)
        cache.reset()
        self._cache = cache
        self._state: DecodeState | None = None
        self._logits: Tensor | None = None
        heat = _step_temperatures(model, n_frames, level_temperatures)
        self._heat = None if heat is None else heat.to(prompt.device)

    @property
    def n_complete(self) -> int:
        """Frames that are whole, prompt included."""
        return self._model.n_complete_frames(self._next)

    def codes(self) -> Int[Tensor, "B K T"]:
        """The whole frames so far."""
        return self._model.codes_from_steps(self._steps[..., : self._next])

    def hear(self, conditions: tuple[Tensor, ...]) -> None:
        """Take conditions that reach further than before; what was known must not change."""
        self._rows, _ = guided_batch(
            conditions, conditions[0].shape[0], self._scale, without=self._without(conditions)
        )
        if self._state is not None:
            self._model.hear(self._rows, self._state, n_frames=self._n_frames)

    def _without(self, conditions: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """What the rows without guidance are told."""
        if self._negative is not None:
            return self._negative
        streams = self._model.config.inputs
        return tuple(
            _UNGUIDED[stream.name](tokens) if stream.name in _UNGUIDED else tokens
            for stream, tokens in zip(streams, conditions, strict=True)
        )

    def advance(self, n_known: int) -> Iterator[int]:
        """Write step by step while the conditions of ``n_known`` frames suffice.

        Yields:
            After each step, the number of whole frames.
        """
        n_steps = self._steps.shape[-1]
        ready = self._model.n_steps_ready(n_known, n_frames=self._n_frames)
        while self._next < min(ready, n_steps):
            step = self._next
            scores = guide(self._next_logits(), self._scale)
            if self._heat is not None:
                scores = scores / self._heat[:, step, None]
            uniforms = draw_uniforms(self._generators, (scores.shape[1],), scores.device)
            drawn = sample(scores, self._sampling, uniforms)
            self._steps[..., step] = torch.where(self._open[:, step], drawn, self._steps[..., step])
            self._logits = None
            self._next += 1
            yield self.n_complete

    def _next_logits(self) -> Float[Tensor, "R W V"]:
        """Logits of the next step; those after the last one are never computed."""
        if self._state is None:
            known = guided_rows(self._steps[..., : self._next], self._scale)
            self._logits, self._state = self._model.prefill(
                self._rows, known, n_frames=self._n_frames, cache=self._cache, drop=self._drop
            )
        elif self._logits is None:
            last = self._steps[..., self._next - 1]
            self._logits = self._model.step(guided_rows(last, self._scale), self._state)
        logits = self._logits
        if logits is None:  # pragma: no cover - one of the two branches has set it
            raise GenerationError("no logits")
        return logits


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
