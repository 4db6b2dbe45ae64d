import math

import pytest
import torch

from musiclm.audio.spectrogram import (
    frame,
    hann,
    istft,
    log_mel,
    mel_density,
    mel_filters,
    overlap_add,
    phase_advance,
    stft,
)
from musiclm.errors import ConfigError, ShapeError


def test_frames_are_the_windows_inside_the_samples() -> None:
    frames = frame(torch.arange(11.0), 4, 2)
    assert frames.tolist() == [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7], [6, 7, 8, 9]]


def test_overlap_add_is_the_transpose_of_frame() -> None:
    samples, windows = torch.randn(2, 30), torch.randn(2, 10, 12)
    windows = windows[:, : frame(samples, 12, 3).shape[1]]
    left = (frame(samples, 12, 3) * windows).sum()
    right = (samples * overlap_add(windows, 3)[..., :30]).sum()
    assert float(left) == pytest.approx(float(right), rel=1e-4)


def test_stft_equals_the_library() -> None:
    samples = torch.randn(2, 400)
    expected = torch.stft(
        samples, 64, 16, window=torch.hann_window(64), center=False, return_complex=True
    )
    assert torch.allclose(stft(samples, n_fft=64, hop_length=16), expected.mT, atol=1e-5)


def test_istft_restores_the_samples_that_windows_cover() -> None:
    samples = torch.randn(2, 3, 480)
    restored = istft(stft(samples, n_fft=96, hop_length=24), n_fft=96, hop_length=24)
    assert torch.allclose(restored[..., 1:-1], samples[..., 1:-1], atol=1e-4)


def test_phase_advance_holds_a_tone_at_a_bin_centre_still() -> None:
    tone = torch.sin(2 * math.pi * 5 / 96 * torch.arange(960))
    spectra = stft(tone, n_fft=96, hop_length=24)
    still = spectra * phase_advance(96, 24, spectra.shape[0]).conj()
    assert torch.allclose(still[:, 5], still[:1, 5].expand(len(still)), atol=1e-3)
    assert not torch.allclose(spectra[:, 5], spectra[:1, 5].expand(len(still)), atol=1e-3)


@pytest.mark.parametrize(("n_mels", "n_fft"), [(16, 64), (80, 960), (128, 256)])
def test_every_mel_filter_hears_something(n_mels: int, n_fft: int) -> None:
    filters = mel_filters(n_mels, n_fft, 24_000)
    assert filters.shape == (n_mels, n_fft // 2 + 1)
    assert filters.min() >= 0
    assert (filters.sum(dim=1) > 0).all()


def test_log_mel_of_a_tone_peaks_at_its_band_and_follows_its_level() -> None:
    seconds = torch.arange(24_000) / 24_000
    tone = torch.sin(2 * math.pi * 1000.0 * seconds)
    options = {"sample_rate": 24_000, "n_fft": 1024, "hop_length": 256, "n_mels": 64}
    loud, soft = log_mel(tone, **options), log_mel(0.1 * tone, **options)
    assert loud.shape == (64, 24_000 // 256 + 1)
    assert float(loud.max()) == pytest.approx(0.0, abs=0.6)
    assert float((loud - soft).max(dim=0).values.median()) == pytest.approx(2.303, abs=0.02)
    band = int(loud[:, 40].argmax())
    peak = mel_filters(64, 1024, 24_000)[band].argmax() * 24_000 / 1024
    assert abs(float(peak) - 1000.0) < 60.0


def test_bins_count_by_the_share_of_the_mel_scale_that_they_cover() -> None:
    density = mel_density(513, 1024, 24_000)
    assert float(density.mean()) == pytest.approx(1.0)
    below_1k = round(1_000 / (24_000 / 1024))
    share = math.log1p(1_000 / 700) / math.log1p(12_000 / 700)  # Of the mel scale.
    assert float(density[:below_1k].sum() / density.sum()) == pytest.approx(share, abs=0.01)


def test_short_input_and_silence_have_log_mels() -> None:
    silence = log_mel(
        torch.zeros(1, 100), sample_rate=24_000, n_fft=1024, hop_length=256, n_mels=8, floor=1e-4
    )
    assert torch.allclose(silence, torch.full_like(silence, math.log(1e-4)))


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ConfigError, match="hop_length must divide n_fft"):
        frame(torch.zeros(100), 10, 3)
    with pytest.raises(ConfigError, match="hop_length must divide the window"):
        overlap_add(torch.zeros(2, 10), 3)
    with pytest.raises(ShapeError, match="at least 64 samples for one window, got 10: pad"):
        stft(torch.zeros(10), n_fft=64, hop_length=16)
    with pytest.raises(ConfigError, match="mel filters need positive sizes"):
        mel_filters(0, 64, 24_000)


def test_what_generation_cached_serves_training() -> None:
    # Tensors made in inference mode cannot take part in gradients, and these are kept for ever.
    hann.cache_clear()
    mel_filters.cache_clear()
    with torch.inference_mode():
        log_mel(torch.randn(400), sample_rate=8_000, n_fft=64, hop_length=16, n_mels=8)
    samples = torch.randn(400, requires_grad=True)
    log_mel(samples, sample_rate=8_000, n_fft=64, hop_length=16, n_mels=8).sum().backward()
    assert samples.grad is not None
    assert samples.grad.abs().sum() > 0
