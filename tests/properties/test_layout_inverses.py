"""Layouts are invertible, whatever the codes."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from musiclm.tokens.layout import (
    delay_levels,
    flatten_levels,
    join_levels,
    split_levels,
    undelay_levels,
    unflatten_levels,
)

SIZES = st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(0, 9), st.integers(0, 999))


def _codes(sizes: tuple[int, int, int, int]) -> torch.Tensor:
    n_batch, n_q, n_frames, seed = sizes
    rng = torch.Generator().manual_seed(seed)
    return torch.randint(99, (n_batch, n_q, n_frames), generator=rng)


@settings(deadline=None, max_examples=50)
@given(SIZES, st.data())
def test_undelay_undoes_delay(sizes: tuple[int, int, int, int], data: st.DataObject) -> None:
    codes = _codes(sizes)
    delays = data.draw(st.lists(st.integers(0, 7), min_size=sizes[1], max_size=sizes[1]))
    delayed = delay_levels(codes, delays=delays, pad_id=99)
    assert delayed.shape[-1] == codes.shape[-1] + max(delays)
    assert torch.equal(undelay_levels(delayed, delays=delays), codes)
    # Everything else is pad: no code is written twice.
    assert int((delayed != 99).sum()) == codes.numel()


@settings(deadline=None, max_examples=50)
@given(SIZES)
def test_unflatten_undoes_flatten(sizes: tuple[int, int, int, int]) -> None:
    codes = _codes(sizes)
    assert torch.equal(unflatten_levels(flatten_levels(codes), n_q=sizes[1]), codes)


@settings(deadline=None, max_examples=50)
@given(SIZES, st.data())
def test_join_undoes_split(sizes: tuple[int, int, int, int], data: st.DataObject) -> None:
    codes = _codes((sizes[0], sizes[1] + 1, *sizes[2:]))
    n_coarse = data.draw(st.integers(1, sizes[1]))
    coarse, fine = split_levels(codes, n_coarse=n_coarse)
    assert coarse.shape[1] == n_coarse
    assert torch.equal(join_levels(coarse, fine), codes)
