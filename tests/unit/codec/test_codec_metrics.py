import math

import pytest
import torch

from musiclm.codec.metrics import log_mel_distance, si_sdr, side_distance


def noise() -> torch.Tensor:
    return 0.1 * torch.randn(2, 2, 4_000, generator=torch.Generator().manual_seed(0))


def test_distance_is_zero_to_itself_and_the_gain_in_nats_otherwise() -> None:
    x = noise()
    assert torch.equal(log_mel_distance(x, x, sample_rate=8_000), torch.zeros(2))
    halved = log_mel_distance(0.5 * x, x, sample_rate=8_000)
    assert halved.tolist() == pytest.approx([math.log(2.0)] * 2, abs=0.02)


def test_si_sdr_ignores_gain_and_measures_added_noise() -> None:
    x = noise()
    assert float(si_sdr(0.3 * x, x).min()) > 60.0
    other = torch.randn(x.shape, generator=torch.Generator().manual_seed(1))
    noisy = x + other * (x.norm() / other.norm()) * 10 ** (-10 / 20)
    assert si_sdr(noisy, x).tolist() == pytest.approx([10.0, 10.0], abs=0.5)


def test_side_distance_sees_only_the_difference_of_the_channels() -> None:
    x = noise()
    same = torch.full_like(x[:, :1], 0.1).expand_as(x)  # Changes the middle alone.
    assert float(side_distance(x + same, x, sample_rate=8_000).max()) < 1e-5
    swapped = torch.stack((x[:, 0], x[:, 0]), dim=1)
    assert float(side_distance(swapped, x, sample_rate=8_000).min()) > 1.0
    assert torch.equal(side_distance(x[:, :1], x[:, :1], sample_rate=8_000), torch.zeros(2))
