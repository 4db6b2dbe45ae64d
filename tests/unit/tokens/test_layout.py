from fractions import Fraction

import pytest
import torch

from musiclm.errors import ConfigError, ShapeError
from musiclm.tokens.layout import (
    align_frames,
    delay_levels,
    join_levels,
    split_levels,
    undelay_levels,
    unflatten_levels,
)

CODES = torch.arange(12).view(1, 3, 4)


def test_delay_moves_each_level_by_its_own_delay() -> None:
    delayed = delay_levels(CODES, delays=(0, 0, 2), pad_id=99)
    assert delayed[0, 1].tolist() == [4, 5, 6, 7, 99, 99]
    assert delayed[0, 2].tolist() == [99, 99, 8, 9, 10, 11]


def test_align_strides_a_faster_condition() -> None:
    aligned = align_frames(
        CODES[:, :1], from_rate=Fraction(50), to_rate=Fraction(25), n_frames=3, pad_id=99
    )
    assert aligned.flatten().tolist() == [0, 2, 99]


def test_align_with_an_odd_ratio_takes_the_frame_that_sounds() -> None:
    aligned = align_frames(
        CODES[:, :1], from_rate=Fraction(20), to_rate=Fraction(30), n_frames=7, pad_id=99
    )
    assert aligned.flatten().tolist() == [0, 0, 1, 2, 2, 3, 99]


def test_faults_are_named() -> None:
    with pytest.raises(ShapeError, match="delays has 2 entries but codes has 3 levels"):
        delay_levels(CODES, delays=(0, 1), pad_id=99)
    with pytest.raises(ConfigError, match=r"delays must be >= 0 frames, got \(0, -1, 0\)"):
        delay_levels(CODES, delays=(0, -1, 0), pad_id=99)
    with pytest.raises(ShapeError, match="4 steps cannot hold a delay of 5 frames"):
        undelay_levels(CODES, delays=(0, 1, 5))
    with pytest.raises(ShapeError, match="7 codes are no whole number of frames of n_q=3"):
        unflatten_levels(torch.zeros(1, 7, dtype=torch.int64), n_q=3)
    with pytest.raises(ShapeError, match="n_coarse=3 must leave both sides a level of the 3"):
        split_levels(CODES, n_coarse=3)
    with pytest.raises(ShapeError, match="coarse has 4 frames but fine has 2"):
        join_levels(CODES, CODES[..., :2])
