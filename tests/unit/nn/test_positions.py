import math

import pytest
import torch

from musiclm.errors import ShapeError
from musiclm.nn.positions import RelativeBias, Rotary, Sinusoidal, relative_buckets, rotate


def test_rotary_scores_depend_on_distance_only() -> None:
    rotary = Rotary(8, max_positions=32)
    q, k = torch.randn(1, 1, 1, 8), torch.randn(1, 1, 1, 8)

    def score(at_q: int, at_k: int) -> float:
        turned_q = rotate(q, rotary.table(at_q, 1, torch.float32))
        turned_k = rotate(k, rotary.table(at_k, 1, torch.float32))
        return float((turned_q * turned_k).sum())

    assert score(9, 4) == pytest.approx(score(25, 20), abs=1e-5)
    assert score(9, 4) != pytest.approx(score(9, 5), abs=1e-4)


def test_rotary_is_a_rotation_by_the_angle_of_the_position() -> None:
    rotary = Rotary(2, max_positions=8)
    turned = rotate(torch.tensor([[[[1.0, 0.0]]]]), rotary.table(3, 1, torch.float32))
    # Its only pair turns by one radian a position.
    expected = torch.tensor([math.cos(3.0), math.sin(3.0)])
    torch.testing.assert_close(turned.flatten(), expected)


def test_rotary_keeps_lengths_and_leaves_position_zero() -> None:
    rotary = Rotary(8, max_positions=8)
    x = torch.randn(2, 4, 3, 8)
    turned = rotate(x, rotary.table(0, 4, torch.float32))
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))
    torch.testing.assert_close(turned[:, 0], x[:, 0])


def test_t5_buckets_of_both_directions_are_disjoint() -> None:
    distance = torch.arange(-40, 41)
    bucket = relative_buckets(distance, causal=False, n_buckets=16, max_distance=32)
    past, future = set(bucket[41:].tolist()), set(bucket[:40].tolist())
    assert not past & future
    assert max(past | future) == 15


def test_t5_bias_is_the_learned_value_of_the_distance() -> None:
    relative = RelativeBias(2, causal=True, max_positions=16, n_buckets=8, max_distance=16)
    torch.nn.init.normal_(relative.bias)
    whole = relative(6, 6)
    torch.testing.assert_close(whole[:, 5, 3], relative.bias[2])
    torch.testing.assert_close(whole[:, 2, 5], relative.bias[0])
    # The last query alone gets the last row: what a decoding step asks for.
    torch.testing.assert_close(relative(1, 6), whole[:, 5:])


def test_sinusoidal_rows_continue_at_the_offset() -> None:
    positions = Sinusoidal(8, max_positions=16)
    torch.testing.assert_close(positions(5, 3), positions(0, 8)[5:])
    assert positions(0, 1)[0].tolist() == [1.0] * 4 + [0.0] * 4


TOO_LONG = {
    "rotary": lambda: Rotary(4, max_positions=8).table(4, 5, torch.float32),
    "sinusoidal": lambda: Sinusoidal(4, max_positions=8)(4, 5),
    "t5": lambda: RelativeBias(1, causal=True, max_positions=8)(1, 9),
}


@pytest.mark.parametrize("kind", list(TOO_LONG))
def test_too_long_a_sequence_is_refused(kind: str) -> None:
    with pytest.raises(ShapeError, match="position 9 but max_positions=8: use shorter windows"):
        TOO_LONG[kind]()
