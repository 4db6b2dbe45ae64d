"""The one resampler: length, pitch and level."""

import pytest
import torch

from musiclm.audio.resample import resample
from musiclm.errors import AudioError


@pytest.mark.parametrize(("rate", "n_samples"), [(44_100, 44_101), (16_000, 7), (48_000, 1)])
def test_length_is_the_nearest_sample(rate: int, n_samples: int) -> None:
    changed = resample(torch.zeros(2, n_samples), rate, 24_000)
    assert changed.shape[1] == int(n_samples * 24_000 / rate + 0.5)


def test_a_tone_keeps_its_frequency_and_level() -> None:
    tone = torch.sin(2 * torch.pi * 1_000 * torch.arange(48_000) / 48_000)[None]
    there = resample(tone, 48_000, 24_000)
    expected = torch.sin(2 * torch.pi * 1_000 * torch.arange(24_000) / 24_000)[None]
    assert float((there - expected)[:, 500:-500].abs().max()) < 1e-3


def test_what_the_new_rate_cannot_hold_is_removed() -> None:
    time = torch.arange(48_000, dtype=torch.float64) / 48_000
    tone = torch.sin(2 * torch.pi * 15_000 * time)[None]
    assert float(resample(tone, 48_000, 24_000)[:, 500:-500].abs().max()) < 1e-4


def test_rates_below_one_are_refused() -> None:
    with pytest.raises(AudioError, match="sample rates must be at least 1 Hz, got 0 and 8000"):
        resample(torch.zeros(1, 4), 0, 8_000)
