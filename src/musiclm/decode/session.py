"""One piece written by one stage, as far as its conditions are known: what streams are made of.

A session holds what was written so far and the window it is in. Every call of ``write`` may bring
timed conditions that reach further, and other untimed ones: from there on the piece follows
those, continuing what it was. Writing a whole piece at once is a session with one call.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Protocol

import torch
from jaxtyping import Int
from torch import Tensor

from musiclm.decode.autoregressive import WindowDecoder
from musiclm.decode.parallel import decode_parallel
from musiclm.decode.sampling import SamplingConfig
from musiclm.decode.stage_config import StageConfig
from musiclm.decode.windows import Window, cut_condition, next_window
from musiclm.lm.loss import TokenLM
from musiclm.lm.masked_lm import MaskedLM
from musiclm.nn.packed_cache import Cache
from musiclm.tokens.stream import TokenStream
from musiclm.tokens.timing import seconds_to_frames


class StageLike(Protocol):
    """A config and its model, as ``Stage`` has them."""

    config: StageConfig
    model: TokenLM


class Session:
    """Writes ``codes`` further and further; never takes anything back.

    State: ``codes`` ``[B, K, t]``, all whole frames so far, the prompt included.
    """

    def __init__(
        self,
        stage: StageLike,
        generators: list[torch.Generator],
        prompt: Int[Tensor, "B K P"],
        *,
        sampling: SamplingConfig,
        guidance_scale: float = 1.0,
        n_frames: int | None = None,
        negative: tuple[Tensor, ...] | None = None,
    ) -> None:
        """Begin a piece.

        Args:
            stage: Which stage writes.
            generators: One an item; each is advanced.
            prompt: Codes to continue; may have no frame.
            sampling: How codes are chosen.
            guidance_scale: 1 means none; else every item is computed twice.
            n_frames: Frames of the whole piece, prompt included; ``None`` while it has no end.
            negative: Conditions that guidance leads away from, where all of them are untimed.
        """
        config = stage.config
        rate = config.target.frame_rate
        self.config, self.codes = config, prompt
        self._model, self._generators = stage.model, generators
        self._sampling, self._scale = sampling, guidance_scale
        self._n_frames, self._negative = n_frames, negative
        self._most = seconds_to_frames(config.window_seconds, rate)
        self._carry = seconds_to_frames(config.carry_seconds, rate)
        self._window: Window | None = None
        self._decoder: WindowDecoder | None = None
        self._first = True
        self._untimed: tuple[Tensor, ...] = ()
        self._cache: Cache | None = None

    @property
    def n_written(self) -> int:
        """Whole frames so far."""
        return self.codes.shape[-1]

    @property
    def bounded(self) -> bool:
        """Whether the piece's end was known from its beginning."""
        return self._n_frames is not None

    def rewind(self, n_frames: int) -> None:
        """Forget all but the first ``n_frames`` frames; what follows will be drawn anew."""
        self.codes = self.codes[..., :n_frames]
        self._window = self._decoder = None

    def write(
        self, conditions: tuple[Tensor, ...], *, until: int | None = None, chunk: int = 1
    ) -> Iterator[Int[Tensor, "B K t"]]:
        """Write on, window after window, while conditions and ``until`` allow it.

        Args:
            conditions: One tensor a condition stream; timed ones from the piece's first frame on,
                unchanged where they were given before. Other untimed ones begin a new window.
            until: Stop when so many frames of the piece are whole; by default at its end.
            chunk: Least new frames a time, but for the last ones.

        Yields:
            New whole frames.
        """
        end = self._end(until)
        self._turn(conditions)
        while self.n_written < end:
            n_known = self._n_known(conditions)
            window = self._window or next_window(
                self.n_written,
                window=self._most,
                carry=self._carry,
                n_frames=self._n_frames,
                first=self._first,
            )
            self._window, self._first = window, False
            before = self.n_written
            if isinstance(self._model, MaskedLM):
                yield from self._at_once(self._model, conditions, window, n_known)
            else:
                yield from self._stepwise(conditions, window, n_known, end, max(chunk, 1))
            if self.n_written >= window.end:
                self._window = self._decoder = None
            elif self.n_written == before or self.n_written < end:
                return

    def _stepwise(
        self, conditions: tuple[Tensor, ...], window: Window, n_known: int, end: int, chunk: int
    ) -> Iterator[Tensor]:
        cut = self._cut(conditions, window)
        if self._decoder is None:
            self._decoder = self._begin(cut, window)
        else:
            self._decoder.hear(cut)
        decoder = self._decoder
        for n_whole in decoder.advance(n_known - window.start):
            n_new = window.start + n_whole - self.n_written
            done = window.start + n_whole >= min(end, window.end)
            if n_new >= chunk or (done and n_new > 0):
                yield self._take(decoder, window)
            if done and window.start + n_whole < window.end:
                return
        if window.start + decoder.n_complete > self.n_written:
            yield self._take(decoder, window)

    def _take(self, decoder: WindowDecoder, window: Window) -> Tensor:
        """Add what the window has finished to the piece; returns what is new."""
        new = decoder.codes()[..., self.n_written - window.start :]
        self.codes = torch.cat((self.codes, new), dim=-1)
        return new

    def _begin(self, cut: tuple[Tensor, ...], window: Window) -> WindowDecoder:
        model = self._model
        if isinstance(model, MaskedLM):  # pragma: no cover - has no steps
            raise TypeError("a masked model writes whole windows")
        if self._cache is None:
            rows = self.codes.shape[0] * (1 if self._scale == 1.0 else 2)
            most = self._most if self._n_frames is None else min(self._most, self._n_frames)
            vectors = max((cut, self._negative or cut), key=_n_vectors)
            self._cache = model.new_cache(rows, most, vectors)
        return WindowDecoder(
            model,
            cut,
            self._known(window),
            n_frames=window.n_frames,
            generators=self._generators,
            sampling=self._sampling,
            guidance_scale=self._scale,
            level_temperatures=self.config.level_temperatures,
            cache=self._cache,
            negative=self._negative,
        )

    def _at_once(
        self, model: MaskedLM, conditions: tuple[Tensor, ...], window: Window, n_known: int
    ) -> Iterator[Tensor]:
        if n_known < window.end:
            return
        whole = decode_parallel(
            model,
            self._cut(conditions, window),
            self._known(window),
            n_frames=window.n_frames,
            generators=self._generators,
            sampling=self._sampling,
            guidance_scale=self._scale,
            level_temperatures=self.config.level_temperatures,
            parallel=self.config.parallel,
        )
        new = whole[..., window.n_prompt :]
        self.codes = torch.cat((self.codes, new), dim=-1)
        yield new

    def _known(self, window: Window) -> Tensor:
        return self.codes[..., window.start : window.start + window.n_prompt]

    def _cut(self, conditions: tuple[Tensor, ...], window: Window) -> tuple[Tensor, ...]:
        """Conditions of a window, timed ones as far as they reach."""
        rate = self.config.target.frame_rate
        return tuple(
            cut_condition(tokens, window, from_rate=stream.frame_rate, to_rate=rate)
            if isinstance(stream, TokenStream) and stream.timed
            else tokens
            for stream, tokens in zip(self.config.inputs, conditions, strict=True)
        )

    def _turn(self, conditions: tuple[Tensor, ...]) -> None:
        """Leave the window when what holds for all of it has changed.

        Frames that are not whole yet are decided anew, under the new conditions.
        """
        untimed = tuple(
            tokens
            for stream, tokens in zip(self.config.inputs, conditions, strict=True)
            if not stream.timed
        )
        same = len(untimed) == len(self._untimed) and all(
            torch.equal(one, other) for one, other in zip(untimed, self._untimed, strict=True)
        )
        self._untimed = untimed
        if not same:
            # Vectors may be more than before, and then need more memory.
            self._window = self._decoder = self._cache = None

    def _n_known(self, conditions: tuple[Tensor, ...]) -> int:
        """Frames of the target that all timed conditions cover."""
        rate = self.config.target.frame_rate
        reach = [
            int(Fraction(tokens.shape[-1]) / stream.frame_rate * rate)
            for stream, tokens in zip(self.config.inputs, conditions, strict=True)
            if isinstance(stream, TokenStream) and stream.timed
        ]
        return min(reach) if reach else self._end(None)

    def _end(self, until: int | None) -> int:
        ends = [end for end in (until, self._n_frames) if end is not None]
        return min(ends) if ends else self.n_written + self._most


def _n_vectors(conditions: tuple[Tensor, ...]) -> int:
    """How many vectors stand before the first step."""
    return sum(each.shape[1] for each in conditions if each.is_floating_point())
