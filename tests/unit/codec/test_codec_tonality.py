"""The measures of tones and of the stereo image, on sounds whose answer is known."""

import math

import pytest
import torch

from musiclm.audio.spectrogram import istft, stft
from musiclm.codec.metrics import (
    multi_scale_distance,
    multi_scale_log_mel,
    panning_error,
    tonal_bands,
    tonal_error,
    tonality,
)

RATE = 24_000


def partials(hertz: float = 220.0) -> torch.Tensor:
    t = torch.arange(2 * RATE, dtype=torch.float64) / RATE
    numbers = range(1, int(11_000 / hertz))
    tones = [torch.sin(2 * math.pi * hertz * k * t + k) / k for k in numbers]
    return (0.1 * torch.stack(tones).sum(dim=0)).float()[None, None]


def noise() -> torch.Tensor:
    return 0.1 * torch.randn(1, 1, 2 * RATE, generator=torch.Generator().manual_seed(0))


def smeared(samples: torch.Tensor) -> torch.Tensor:
    """Every short frame as loud as it was, its phases thrown."""
    spectra = stft(samples, n_fft=960, hop_length=240)
    rng = torch.Generator().manual_seed(1)
    angles = 2 * math.pi * torch.rand(spectra.shape, generator=rng)
    return istft(torch.polar(spectra.abs(), angles), n_fft=960, hop_length=240)


def ratio(samples: torch.Tensor) -> torch.Tensor:
    """Mean harmonic-to-noise ratio of each band."""
    return tonality(samples, sample_rate=RATE).harmonic_ratio_db.mean(dim=(0, 1, 2))


def distance(predicted: torch.Tensor, target: torch.Tensor) -> float:
    spectra = [multi_scale_log_mel(samples, sample_rate=RATE) for samples in (predicted, target)]
    return float(multi_scale_distance(*spectra))


def test_partials_read_high_noise_low_and_smeared_partials_between() -> None:
    assert float(ratio(partials()).min()) > 28.0
    assert ratio(noise()).tolist() == pytest.approx([-4.5] * 6, abs=0.5)
    assert ratio(torch.zeros(1, 1, RATE)).tolist() == [-10.0] * 6
    between = ratio(smeared(partials()))
    assert float(between.max()) < 27.0
    assert float(between.mean()) < 24.0
    assert float(between.min()) > 10.0


def test_ratio_and_lines_do_not_hear_loudness() -> None:
    loud, soft = (tonality(gain * partials(), sample_rate=RATE) for gain in (1.0, 0.1))
    error = tonal_error(soft, loud)
    assert float(error.harmonic_ratio_db.max()) < 1.0
    assert float(error.lines_lost.max()) < 0.03


def test_errors_are_zero_to_itself_and_grow_with_smearing() -> None:
    target = tonality(partials(), sample_rate=RATE)
    same = tonal_error(target, target)
    for found in (same.flatness, same.harmonic_ratio_db, same.harmonic_shift_db):
        assert torch.equal(found, torch.zeros(1, 6))
    assert same.lines_lost.tolist()[0] == pytest.approx([0.0] * 6, abs=1e-5)
    worse = tonal_error(tonality(smeared(partials()), sample_rate=RATE), target)
    assert float(worse.harmonic_shift_db.max()) < -3.0
    assert torch.equal(worse.harmonic_ratio_db, -worse.harmonic_shift_db)
    assert float(worse.flatness.min()) > 0.5
    assert float(worse.lines_lost.min()) > 0.3
    replaced = tonal_error(tonality(noise(), sample_rate=RATE), target)
    assert float(replaced.lines_lost.min()) > 0.7


def test_wrong_partials_are_found_by_their_lines_alone() -> None:
    target = tonality(partials(220.0), sample_rate=RATE)
    wrong = tonal_error(tonality(partials(233.1), sample_rate=RATE), target)
    assert float(wrong.harmonic_ratio_db.mean()) < 1.0
    assert float(wrong.lines_lost.mean()) > 0.7


def test_bands_that_the_original_leaves_silent_are_not_asked_about() -> None:
    low = torch.sin(2 * math.pi * 220.0 * torch.arange(RATE) / RATE)[None, None]
    error = tonal_error(tonality(0.1 * low, sample_rate=RATE), tonality(low, sample_rate=RATE))
    asked = error.flatness.isfinite()[0].tolist()
    assert asked[0]
    assert not asked[-1]


def test_bands_end_at_half_the_rate() -> None:
    assert [high for _, high in tonal_bands(48_000)][-1] == 12_000.0
    assert [high for _, high in tonal_bands(16_000)][-1] == 8_000.0
    short = tonality(noise()[..., :100], sample_rate=16_000)
    assert tuple(short.flatness.shape) == (1, 1, 1, 5)


def test_multi_scale_distance_is_the_gain_in_nats() -> None:
    x = noise()
    assert distance(x, x) == 0.0
    assert distance(0.5 * x, x) == pytest.approx(math.log(2.0), abs=0.01)
    assert distance(0 * x, x) > 2.0


def test_wide_noise_played_again_is_nearer_in_place_than_mono() -> None:
    rng = torch.Generator().manual_seed(4)
    original, again = 0.1 * torch.randn(2, 1, 2, 4 * RATE, generator=rng)
    # The same two levels on another occasion, and the middle of both.
    levels = torch.tensor([1.0, 0.7])[:, None]
    mono = (original * levels).mean(dim=1, keepdim=True).expand(-1, 2, -1)
    error = float(panning_error(again * levels, original * levels, sample_rate=RATE))
    assert error < 2.0 < float(panning_error(mono, original * levels, sample_rate=RATE))


def test_panning_is_an_error_of_level_between_the_channels() -> None:
    x = noise().expand(1, 2, -1) * torch.tensor([1.0, 0.5])[:, None]
    assert float(panning_error(x, x, sample_rate=RATE)) == 0.0
    assert float(panning_error(0.3 * x, x, sample_rate=RATE)) < 0.2
    centred = x.mean(dim=1, keepdim=True).expand(1, 2, -1)
    assert float(panning_error(centred, x, sample_rate=RATE)) == pytest.approx(6.0, abs=0.2)
    assert float(panning_error(x.flip(1), x, sample_rate=RATE)) == pytest.approx(12.0, abs=0.3)
    one = x[:, :1]
    assert float(panning_error(one, one, sample_rate=RATE)) == 0.0
    assert float(panning_error(x, 0 * x, sample_rate=RATE)) == 0.0
