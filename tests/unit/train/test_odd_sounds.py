import numpy as np
import torch

from musiclm.train.odd_sounds import odd_crop


def crops(n: int) -> torch.Tensor:
    music = 0.1 * torch.randn(2, 9_600, generator=torch.Generator().manual_seed(0))
    return torch.stack(
        [odd_crop(music, np.random.default_rng(seed), sample_rate=24_000) for seed in range(n)]
    )


def test_every_odd_sound_is_finite_audible_and_on_one_spot() -> None:
    made = crops(80)
    assert made.shape == (80, 2, 9_600)
    assert torch.isfinite(made).all()
    assert float(made.square().mean(dim=(1, 2)).sqrt().min()) > 0.02
    # One spot: the channels are one signal at two loudnesses.
    left, right = made.unbind(1)
    power = left.square().sum(1) * right.square().sum(1)
    assert torch.allclose((left * right).sum(1).square(), power, rtol=1e-3, atol=1e-6)


def test_half_of_them_are_hard_left_or_hard_right_and_both_occur() -> None:
    left, right = crops(80).square().sum(dim=2).unbind(1)
    hard_left, hard_right = int((right < 1e-6 * left).sum()), int((left < 1e-6 * right).sum())
    assert 25 < hard_left + hard_right < 55
    assert min(hard_left, hard_right) > 8


def test_they_are_of_many_kinds() -> None:
    mono = crops(80).abs().sum(dim=1)
    crest = mono.amax(dim=1) / mono.square().mean(dim=1).sqrt()
    assert float(crest.min()) < 1.1  # A square.
    assert float(crest.max()) > 20.0  # Clicks.
    assert torch.equal(crops(3), crops(3))
