"""Long audio as overlapping windows: a pure plan, no model.

Each window begins with frames that the one before it ended with (its carry), so that a model which
saw a few seconds in training writes minutes.
"""

from dataclasses import dataclass
from fractions import Fraction

from jaxtyping import Int
from torch import Tensor

from musiclm.errors import ConfigError, ShapeError


@dataclass(frozen=True, slots=True)
class Window:
    """One window of a plan, in frames of the target."""

    start: int  # where it begins in the piece
    n_prompt: int  # frames at its beginning that are known already
    n_frames: int  # frames in all, prompt included

    @property
    def end(self) -> int:
        """One past its last frame."""
        return self.start + self.n_frames


def plan_windows(
    n_frames: int, *, window: int, carry: int, n_prompt: int = 0
) -> tuple[Window, ...]:
    """Windows that together write frames ``n_prompt`` to ``n_frames - 1``, each exactly once.

    Args:
        n_frames: Frames of the piece.
        window: Most frames of a window.
        carry: Known frames at the beginning of every window but the first.
        n_prompt: Frames that are known from the start; of a long prompt only the end is used.

    Raises:
        ConfigError: ``carry`` leaves no new frames in a window.

    Example:
        >>> [(w.start, w.n_prompt, w.n_frames) for w in plan_windows(25, window=10, carry=4)]
        [(0, 0, 10), (6, 4, 10), (12, 4, 10), (18, 4, 7)]
    """
    if not 0 <= carry < window:
        raise ConfigError(
            f"carry={carry} frames must leave new frames in a window of {window}: "
            "choose a shorter carry or a longer window"
        )
    windows: list[Window] = []
    done = n_prompt
    while done < n_frames:
        # A prompt that fits into the first window is kept whole; else it is cut to the carry.
        whole = not windows and n_prompt < window
        start = 0 if whole else done - min(carry, done)
        length = min(window, n_frames - start)
        windows.append(Window(start=start, n_prompt=done - start, n_frames=length))
        done = start + length
    return tuple(windows)


def cut_condition(
    tokens: Int[Tensor, "B K T"], window: Window, *, from_rate: Fraction, to_rate: Fraction
) -> Int[Tensor, "B K t"]:
    """The frames of a timed condition that sound during a window.

    Args:
        tokens: The whole condition.
        window: In frames at ``to_rate``.
        from_rate: Frames a second of the condition.
        to_rate: Frames a second of the target.

    Raises:
        ShapeError: The condition ends before the window does.
    """
    ratio = from_rate / to_rate
    start = window.start * ratio.numerator // ratio.denominator
    end = -(-window.end * ratio.numerator // ratio.denominator)
    if end > tokens.shape[-1]:
        raise ShapeError(
            f"a condition has {tokens.shape[-1]} frames but frame {end} is needed: "
            "generate conditions for at least the same duration"
        )
    return tokens[..., start:end]
