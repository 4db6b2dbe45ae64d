"""Counted phases make partials that stay partials, where invented ones make noise."""

import math

import torch

from musiclm.audio.spectrogram import istft, stft
from musiclm.codec.phases import (
    bin_turns,
    centred_factors,
    integrate_phases,
    measured_turns,
    peak_owners,
)

N_FFT, HOP, RATE = 480, 120, 24_000


def tones(*frequencies: float) -> torch.Tensor:
    time = torch.arange(RATE) / RATE
    return sum(0.1 * torch.sin(2 * math.pi * f * time + f) for f in frequencies)[None, None]


def resynthesis(samples: torch.Tensor) -> torch.Tensor:
    """Magnitudes and turns of the input, phases counted."""
    spectra = stft(samples, n_fft=N_FFT, hop_length=HOP)
    turns = measured_turns(spectra, HOP, N_FFT).angle() + bin_turns(N_FFT, HOP, N_FFT // 2 + 1)
    magnitudes = spectra.abs()
    owners = peak_owners(magnitudes.square().sum(dim=1))
    phases = integrate_phases(turns, owners, torch.zeros_like(turns[:, 0]))
    return istft(magnitudes * centred_factors(phases)[:, None], n_fft=N_FFT, hop_length=HOP)


def smoothness(samples: torch.Tensor) -> float:
    """Share of the power within 12 Hz of the strongest frequency of each 500 Hz."""
    power = torch.fft.rfft(samples[..., 2_000:22_000] * torch.hann_window(20_000)).abs().square()
    strongest = power.flatten()[: 20 * 416].view(-1, 416)
    near = torch.nn.functional.max_pool1d(strongest[:, None], 21, stride=1, padding=10)[:, 0]
    close = torch.where(near == strongest.amax(dim=1, keepdim=True), strongest, 0.0)
    return float(close.sum() / power.sum())


def test_steady_partials_come_out_as_lines() -> None:
    samples = tones(437.0, 1312.5, 3129.0)
    assert smoothness(samples) > 0.99
    assert smoothness(resynthesis(samples)) > 0.98
    spectra = stft(samples, n_fft=N_FFT, hop_length=HOP)
    rng = torch.Generator().manual_seed(0)
    invented = torch.polar(spectra.abs(), 6.3 * torch.rand(spectra.shape, generator=rng))
    assert smoothness(istft(invented, n_fft=N_FFT, hop_length=HOP)) < 0.7


def test_the_loudness_of_a_partial_does_not_depend_on_where_in_a_bin_it_lies() -> None:
    for frequency in (1000.0, 1012.0, 1025.0):
        made = resynthesis(tones(frequency))[..., 4_000:20_000]
        level = float(made.square().mean() / tones(frequency)[..., 4_000:20_000].square().mean())
        assert 0.9 < level < 1.1


def test_bins_of_one_lobe_share_the_phase_of_its_peak() -> None:
    power = torch.tensor([[[0.0, 1.0, 5.0, 1.0, 0.5, 2.0, 7.0, 2.0]]]).repeat(1, 3, 1)
    owners = peak_owners(power)
    assert owners[0, 0].tolist() == [2, 2, 2, 2, 6, 6, 6, 6]
    turns = torch.rand(1, 3, 8, generator=torch.Generator().manual_seed(0))
    phases = integrate_phases(turns, owners, torch.zeros(1, 8))
    assert torch.allclose(phases[0, :, 2], turns[0, :, 2].cumsum(0))
    assert torch.equal(phases[..., 1], phases[..., 2])
    assert torch.equal(phases[..., 4], phases[..., 6])


def test_counting_goes_on_where_an_earlier_call_ended() -> None:
    rng = torch.Generator().manual_seed(1)
    turns = 6.0 * torch.rand(2, 10, 16, generator=rng)
    owners = peak_owners(torch.rand(2, 10, 16, generator=rng))
    whole = integrate_phases(turns, owners, torch.zeros(2, 16))
    first = integrate_phases(turns[:, :4], owners[:, :4], torch.zeros(2, 16))
    rest = integrate_phases(turns[:, 4:], owners[:, 4:], first[:, -1])
    assert torch.equal(torch.cat((first, rest), dim=1), whole)


def test_a_partial_keeps_its_phase_when_it_glides_to_the_next_bin() -> None:
    power = torch.zeros(1, 2, 8)
    power[0, 0, 3], power[0, 1, 4] = 1.0, 1.0
    turns = torch.full((1, 2, 8), 0.5)
    start = torch.arange(8.0)[None] * 0.1
    phases = integrate_phases(turns, peak_owners(power), start)
    assert float(phases[0, 1, 4]) == float(phases[0, 0, 3] + 0.5)


def test_turns_are_measured_beyond_those_of_the_bin() -> None:
    spectra = stft(tones(1010.0), n_fft=N_FFT, hop_length=HOP)
    turns = measured_turns(spectra, HOP, N_FFT)
    # Bin 20 lies at 1000 Hz; 10 Hz more turn 10 * 120 / 24000 of a circle a hop.
    expected = 2 * math.pi * 10 * HOP / RATE
    assert torch.allclose(turns[0, 1:, 20].angle(), torch.tensor(expected), atol=1e-3)
    assert float(turns[0, 0].abs().max()) == 0.0
