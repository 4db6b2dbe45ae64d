"""Chunks in as they come, a network's output out, for networks that look back a finite way.

Each chunk is computed behind as much past as its output can depend on, so memory stays bounded and
the joined output equals that of the whole.
"""

from collections.abc import Callable

import torch
from torch import Tensor


class ContextStream:
    """A stream through ``run``, which maps ``[..., n * in_step]`` to ``[..., n * out_step]``.

    State: the input that later output depends on, and how much was received and sent.
    """

    def __init__(
        self,
        run: Callable[[Tensor], Tensor],
        *,
        in_step: int,
        out_step: int,
        context_frames: int,
        delay: int,
    ) -> None:
        """Begin a stream.

        Args:
            run: The network.
            in_step: Input positions a frame.
            out_step: Output positions a frame.
            context_frames: Frames of past that an output may depend on.
            delay: Output positions at the end that later input may still change.
        """
        self._run = run
        self._in_step = in_step
        self._out_step = out_step
        self._delay = delay
        self._keep = (context_frames + -(-delay // out_step)) * in_step
        self._past: Tensor | None = None
        self._received = 0
        self._sent = 0

    def push(self, chunk: Tensor) -> Tensor:
        """Output that no later input can change."""
        self._past = chunk if self._past is None else torch.cat((self._past, chunk), dim=-1)
        self._received += chunk.shape[-1]
        return self._until(self._received // self._in_step * self._out_step - self._delay)

    def finish(self) -> Tensor:
        """The rest; a last frame that is not full is filled up with zeros."""
        if self._past is None:
            raise ValueError("nothing was pushed: there is nothing to finish")
        missing = -self._received % self._in_step
        self._past = torch.nn.functional.pad(self._past, (0, missing))
        self._received += missing
        return self._until(self._received // self._in_step * self._out_step)

    def _until(self, end: int) -> Tensor:
        past = self._past
        if past is None or end <= self._sent:
            return torch.empty(0)
        # ``past`` begins with a whole frame and may end in a part of one.
        first_frame = (self._received - past.shape[-1]) // self._in_step
        whole = past.shape[-1] // self._in_step * self._in_step
        start = first_frame * self._out_step
        out = self._run(past[..., :whole])[..., self._sent - start : end - start]
        self._sent = end
        kept = self._received // self._in_step * self._in_step - self._keep
        self._past = past[..., max(0, kept - (self._received - past.shape[-1])) :]
        return out
