"""Seconds of sound that are no music."""

import pytest
import torch

from factories import tiny_music
from musiclm.pipeline.collapse import trouble_in


def noise(level: float) -> torch.Tensor:
    return torch.randn(2, 24_000, generator=torch.Generator().manual_seed(0)) * level


def test_music_is_no_trouble() -> None:
    assert trouble_in(tiny_music(1.0).samples, 24_000) is None
    assert trouble_in(tiny_music(1.0).samples * 0.1, 24_000) is None


@pytest.mark.parametrize(
    ("samples", "found"),
    [
        (torch.zeros(2, 24_000), "silence"),
        (noise(0.002), "silence"),  # 54 dB under full scale
        (noise(0.1), "noise"),
        (noise(0.1)[:1], "noise"),
        (torch.zeros(2, 5_000), None),  # too short to tell
        (torch.zeros(2, 0), None),
    ],
)
def test_silence_and_noise(samples: torch.Tensor, found: str | None) -> None:
    assert trouble_in(samples, 24_000) == found


def test_music_over_noise_is_music() -> None:
    assert trouble_in(tiny_music(1.0).samples + noise(0.01), 24_000) is None
