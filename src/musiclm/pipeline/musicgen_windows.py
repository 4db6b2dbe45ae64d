"""Conditions of each window in, codes of any length out: how MusicGen writes more than 30 seconds.

A session plans windows by itself. This driver only knows where each of them will begin, because a
melody is given to each window from there on, and hands over the conditions that belong to it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.acoustic.official import MELODY_FRAMES
from musiclm.acoustic.t5 import TextEncoder
from musiclm.audio.chroma import melody_chroma
from musiclm.codec.encodec import Encodec
from musiclm.decode.session import Session
from musiclm.decode.stage import Stage
from musiclm.tokens.timing import frames_to_seconds, seconds_to_frames, seconds_to_samples

Conditions = Callable[[int, float], tuple[Tensor, ...]]
"""Of the window that writes a frame and begins at so many seconds."""


@dataclass(frozen=True, slots=True)
class MusicGenParts:
    """A loaded checkpoint."""

    name: str  # as it was asked for
    sha256: str  # over its config and weights
    licence: str  # of its weights
    precision: str  # in which the stage computes
    stage: Stage
    texts: TextEncoder
    codec: Encodec

    @property
    def n_chroma(self) -> int:
        """Pitch classes of the melody that it follows; 0 if it follows none."""
        return next((each.dim for each in self.stage.config.vectors if each.name == "chroma"), 0)


@dataclass(slots=True)
class Tune:
    """A melody, as chroma of each window that is asked for.

    State: what was computed, by the window's beginning.
    """

    samples: Float[Tensor, "1 N"]  # mono
    sample_rate: int
    _known: dict[int, Tensor] = field(default_factory=dict)

    def window(self, seconds: float, length: float) -> Float[Tensor, "1 T F"]:
        """Chroma of ``length`` seconds from ``seconds`` on; the tune goes round.

        Where it is shorter than the window its frames are repeated, as published.
        """
        n_samples = self.samples.shape[1]
        first = seconds_to_samples(seconds, self.sample_rate) % n_samples
        if first not in self._known:
            turned = torch.roll(self.samples, -first, dims=1)
            part = turned[:, : seconds_to_samples(length, self.sample_rate)]
            chroma = melody_chroma(part, sample_rate=self.sample_rate)
            n_repeats = -(-MELODY_FRAMES // chroma.shape[1])
            self._known[first] = chroma.repeat(1, n_repeats, 1)[:, :MELODY_FRAMES]
        return self._known[first]


def no_tune(n_chroma: int) -> Float[Tensor, "1 T F"]:
    """What a melody model is given where there is no melody."""
    nothing = torch.zeros(1, MELODY_FRAMES, n_chroma)
    nothing[..., 0] = 1.0
    return nothing


class WindowWriter:
    """Writes a session on, window after window.

    State: the session, the window that it is in, and ``seams``, the frames at which later windows
    took over.
    """

    def __init__(self, stage: Stage, session: Session, conditions: Conditions) -> None:
        """Begin.

        Args:
            stage: Whose session it is.
            session: At its beginning.
            conditions: What a window is told.
        """
        rate = stage.config.target.frame_rate
        self.session, self._conditions, self._rate = session, conditions, rate
        self._most = seconds_to_frames(stage.config.window_seconds, rate)
        self._carry = seconds_to_frames(stage.config.carry_seconds, rate)
        self._start = self._end = 0
        self.seams: list[int] = []

    def turn(self) -> None:
        """Begin a new window with the next frame: what it is told has changed."""
        if self._end:
            self._end = self.session.n_written

    def write(self, until: int) -> Iterator[Tensor]:
        """New whole frames ``[B, K, t]``, up to frame ``until``."""
        session = self.session
        while session.n_written < until:
            written = session.n_written
            if written >= self._end:
                # As the session will plan it: see decode/windows.py.
                whole = self._end == 0 and written < self._most
                if self._end:
                    self.seams.append(written)
                self._start = 0 if whole else written - min(self._carry, written)
                self._end = self._start + self._most
            begins = frames_to_seconds(self._start, self._rate)
            told = self._conditions(written, begins)
            yield from session.write(told, until=min(until, self._end))
