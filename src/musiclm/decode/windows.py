"""Long audio as overlapping windows: a pure plan, no model.

Each window begins with frames that the one before it ended with (its carry), so that a model which
saw a few seconds in training writes minutes.
"""

from dataclasses import dataclass
from fractions import Fraction

from jaxtyping import Int
from torch import Tensor

from musiclm.errors import ConfigError


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


def next_window(
    n_written: int, *, window: int, carry: int, n_frames: int | None, first: bool = False
) -> Window:
    """The window that goes on after ``n_written`` frames.

    Args:
        n_written: Frames that are known, from the piece's beginning.
        window: Most frames of a window.
        carry: Known frames at the beginning of every window but the first.
        n_frames: Frames of the whole piece; ``None`` while it has no end.
        first: Whether no window was before: what it has to continue is then kept whole if it fits.

    Raises:
        ConfigError: ``carry`` leaves no new frames in a window.

    Example:
        >>> next_window(10, window=10, carry=4, n_frames=25)
        Window(start=6, n_prompt=4, n_frames=10)
    """
    if not 0 <= carry < window:
        raise ConfigError(
            f"carry={carry} frames must leave new frames in a window of {window}: "
            "choose a shorter carry or a longer window"
        )
    whole = first and n_written < window
    start = 0 if whole else n_written - min(carry, n_written)
    length = window if n_frames is None else min(window, n_frames - start)
    return Window(start=start, n_prompt=n_written - start, n_frames=length)


def cut_condition(
    tokens: Int[Tensor, "B K T"], window: Window, *, from_rate: Fraction, to_rate: Fraction
) -> Int[Tensor, "B K t"]:
    """The frames of a timed condition that sound during a window, as far as they are known.

    Args:
        tokens: The whole condition.
        window: In frames at ``to_rate``.
        from_rate: Frames a second of the condition.
        to_rate: Frames a second of the target.
    """
    ratio = from_rate / to_rate
    start = window.start * ratio.numerator // ratio.denominator
    end = -(-window.end * ratio.numerator // ratio.denominator)
    return tokens[..., start:end]
