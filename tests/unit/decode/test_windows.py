from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from musiclm.decode.windows import Window, cut_condition, next_window
from musiclm.errors import ConfigError


@settings(deadline=None)
@given(st.integers(1, 200), st.integers(1, 40), st.integers(0, 39), st.integers(0, 200))
def test_every_frame_is_written_once(n_frames: int, window: int, carry: int, n_prompt: int) -> None:
    carry, n_prompt = carry % window, min(n_prompt, n_frames)
    written = list(range(n_prompt))
    while len(written) < n_frames:
        part = next_window(
            len(written),
            window=window,
            carry=carry,
            n_frames=n_frames,
            first=len(written) == n_prompt,
        )
        assert part.n_frames <= window
        assert part.start >= 0
        # What it is prompted with has been written, and it continues exactly there.
        assert part.start + part.n_prompt == len(written)
        assert part.n_prompt < part.n_frames
        assert len(written) == n_prompt or part.n_prompt == min(carry, len(written))
        written += range(part.start + part.n_prompt, part.end)
    assert written == list(range(n_frames))


def test_a_carry_as_long_as_the_window_is_refused() -> None:
    with pytest.raises(ConfigError, match="carry=4 frames must leave new frames in a window of 4"):
        next_window(9, window=4, carry=4, n_frames=None)


def test_conditions_of_other_rates_are_cut_to_the_same_time() -> None:
    tokens = torch.arange(20).view(1, 1, 20)
    window = Window(start=8, n_prompt=2, n_frames=6)

    def cut(rate: int) -> list[int]:
        part = cut_condition(tokens, window, from_rate=Fraction(rate), to_rate=Fraction(50))
        return part.flatten().tolist()

    assert cut(50) == [8, 9, 10, 11, 12, 13]
    assert cut(25) == [4, 5, 6]
    # As far as it is known: a session hears the rest later.
    assert cut(100) == [16, 17, 18, 19]
