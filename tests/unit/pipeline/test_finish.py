"""What a listener gets: exact length, even loudness, soft ends, never NaN."""

import pytest
import torch

from musiclm.audio.loudness import integrated_loudness, true_peak_dbtp
from musiclm.errors import GenerationError
from musiclm.pipeline.finish import finish

RATE = 24_000


def noise(seconds: float, level: float = 0.1) -> torch.Tensor:
    rng = torch.Generator().manual_seed(0)
    return torch.randn(2, round(seconds * RATE), generator=rng) * level


@pytest.mark.parametrize("level", [0.005, 0.3, 30.0])
def test_loudness_and_peak(level: float) -> None:
    made, silent = finish(noise(2, level), sample_rate=RATE, seconds=2)
    assert not silent
    assert integrated_loudness(made) <= -13.99
    assert integrated_loudness(made) > -14.6
    assert true_peak_dbtp(made) <= -1.09
    assert made.peak() < 1


@pytest.mark.parametrize("seconds", [1, 1.001, 1.99999])
def test_length_is_exact(seconds: float) -> None:
    made, _ = finish(noise(2), sample_rate=RATE, seconds=seconds)
    assert made.n_samples == round(seconds * RATE)


def test_both_ends_are_silent_and_nothing_is_offset() -> None:
    made, _ = finish(noise(2) + 0.5, sample_rate=RATE, seconds=2)
    assert float(made.samples[:, 0].abs().max()) == 0.0
    assert float(made.samples[:, -1].abs().max()) < 1e-6
    assert float(made.samples.mean(dim=1).abs().max()) < 1e-3


def test_silence_is_said() -> None:
    made, silent = finish(noise(2, 1e-5), sample_rate=RATE, seconds=2)
    assert silent
    assert made.peak() < 1e-3
    # An offset alone is no sound.
    assert finish(torch.full((2, 48_000), 0.5), sample_rate=RATE, seconds=2)[1]


def test_what_cannot_be_played_is_refused() -> None:
    bad = noise(2)
    bad[0, 100] = float("nan")
    with pytest.raises(GenerationError, match="samples that are not finite: try another seed"):
        finish(bad, sample_rate=RATE, seconds=2)
    with pytest.raises(GenerationError, match="made 48000 samples of 50400"):
        finish(noise(2), sample_rate=RATE, seconds=2.1)
