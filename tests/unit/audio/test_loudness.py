"""Loudness against known signals, and normalizing against its own measure."""

import math

import pytest
import torch

from musiclm.audio.loudness import (
    integrated_loudness,
    is_silent,
    normalize_loudness,
    true_peak_dbtp,
)
from musiclm.audio.waveform import Waveform


def sine(hz: float, amplitude: float, seconds: float = 2.0, rate: int = 48_000) -> Waveform:
    time = torch.arange(round(seconds * rate), dtype=torch.float64) / rate
    return Waveform((amplitude * torch.sin(2 * torch.pi * hz * time))[None], rate)


def test_the_standards_reference_tone() -> None:
    # ITU-R BS.1770: a 997 Hz sine of full scale in one channel reads -3.01 LUFS.
    assert integrated_loudness(sine(997, 1.0)) == pytest.approx(-3.01, abs=0.1)
    quiet = integrated_loudness(sine(997, 0.1))
    assert quiet == pytest.approx(-23.01, abs=0.1)


def test_silence_and_very_short_sounds() -> None:
    assert integrated_loudness(Waveform(torch.zeros(2, 48_000), 48_000)) == -math.inf
    assert integrated_loudness(sine(997, 0.5, 0.01)) == pytest.approx(-9.0, abs=0.7)
    assert integrated_loudness(sine(997, 1e-6)) == -math.inf


def test_the_peak_between_samples_is_found() -> None:
    # A quarter of the rate, sampled at 45 degrees: every sample is 0.707 of the real peak.
    time = torch.arange(4_800, dtype=torch.float64)
    between = Waveform((0.5 * torch.sin(torch.pi / 2 * time + torch.pi / 4))[None], 48_000)
    assert 20 * math.log10(between.peak()) == pytest.approx(-9.03, abs=0.01)
    assert true_peak_dbtp(between) == pytest.approx(-6.02, abs=0.3)
    assert true_peak_dbtp(Waveform(torch.zeros(1, 10), 48_000)) == -math.inf
    assert true_peak_dbtp(Waveform(torch.zeros(1, 0), 48_000)) == -math.inf


@pytest.mark.parametrize("amplitude", [0.02, 0.3, 1.0, 5.0])
def test_target_is_met_under_the_ceiling(amplitude: float) -> None:
    normal = normalize_loudness(sine(997, amplitude))
    assert integrated_loudness(normal) == pytest.approx(-14, abs=0.01)
    assert true_peak_dbtp(normal) < -1


def test_peaks_hold_quiet_music_below_the_target() -> None:
    clicks = torch.zeros(1, 96_000)
    clicks[0, ::9_600] = 0.5
    normal = normalize_loudness(Waveform(clicks, 48_000))
    assert true_peak_dbtp(normal) == pytest.approx(-1, abs=0.01)
    assert integrated_loudness(normal) < -20


def test_silence_stays_as_it_is() -> None:
    silent = sine(997, 0.0005)
    assert is_silent(silent)
    assert not is_silent(sine(997, 0.002))
    assert normalize_loudness(silent) is silent


@pytest.mark.parametrize(("seconds", "n_channels"), [(3, 2), (20, 1)])
def test_an_independent_meter_agrees(seconds: int, n_channels: int) -> None:
    import pyloudnorm

    rng = torch.Generator().manual_seed(seconds)
    noise = torch.randn(n_channels, seconds * 48_000, generator=rng, dtype=torch.float64) * 0.1
    noise = noise.cumsum(dim=1) * 0.02 + noise  # Low frequencies, where the weighting bites.
    noise *= torch.linspace(0, 1, noise.shape[1]) ** 3  # And levels on both sides of the gates.
    noise[:, 48_000:96_000] = 0
    theirs = pyloudnorm.Meter(48_000, filter_class="DeMan").integrated_loudness(noise.numpy().T)
    assert integrated_loudness(Waveform(noise, 48_000)) == pytest.approx(theirs, abs=0.01)


def test_loudness_does_not_depend_on_the_rate() -> None:
    at = [integrated_loudness(sine(997, 0.3, rate=rate)) for rate in (24_000, 44_100, 48_000)]
    assert at == pytest.approx([at[2]] * 3, abs=0.01)
