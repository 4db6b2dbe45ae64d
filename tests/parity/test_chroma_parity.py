"""Our chroma against that of ``transformers``, and against the published steps in numpy.

The extractor of ``transformers`` takes its power spectra from a package that is not installed here.
They come from ``torch.stft`` instead, and everything after them is its own code. The steps are also
written out again, slowly and in float64, from the documentation of both.
"""

import importlib
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from musiclm.audio.chroma import chroma_filters, chromagram, melody_chroma

audio_utils = pytest.importorskip("transformers.audio_utils")


@pytest.mark.parametrize("sample_rate", [16_000, 32_000, 44_100])
@pytest.mark.parametrize("n_fft", [2_048, 16_384])
@pytest.mark.parametrize("n_chroma", [12, 24])
def test_filters_are_those_of_transformers(sample_rate: int, n_fft: int, n_chroma: int) -> None:
    theirs = audio_utils.chroma_filter_bank(
        sampling_rate=sample_rate, num_frequency_bins=n_fft, tuning=0, num_chroma=n_chroma
    )
    ours = chroma_filters(n_chroma, n_fft, sample_rate).numpy()
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
    assert ours.max() > 0.5


def published(samples: NDArray[np.float64], n_fft: int, hop: int) -> NDArray[np.float64]:
    """The documented steps for one recording: strengths ``[T, 12]``."""
    if len(samples) < n_fft:
        before = (n_fft - len(samples)) // 2
        after = n_fft - len(samples) - before
        samples = np.concatenate([np.zeros(before), samples, np.zeros(after)])
    reflected = np.pad(samples, n_fft // 2, mode="reflect")
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    bank = audio_utils.chroma_filter_bank(
        sampling_rate=32_000, num_frequency_bins=n_fft, tuning=0, num_chroma=12
    )
    frames = []
    for start in range(0, len(reflected) - n_fft + 1, hop):
        spectrum = np.fft.rfft(reflected[start : start + n_fft] * window)
        power = np.abs(spectrum / np.sqrt((window**2).sum())) ** 2
        chroma = bank @ power
        frames.append(chroma / max(np.abs(chroma).max(), 1e-6))
    return np.array(frames)


def music(n_samples: int, seed: int) -> NDArray[np.float64]:
    """Random notes of several voices with overtones and some noise, in a random loudness."""
    rng = np.random.default_rng(seed)
    time = np.arange(n_samples) / 32_000
    sound = 0.01 * rng.standard_normal(n_samples)
    for _ in range(12):
        hertz = 55 * 2 ** (rng.integers(0, 60) / 12)
        begin, length = rng.uniform(0, time[-1]), rng.uniform(0.1, 3)
        heard = (time >= begin) & (time < begin + length)
        for overtone in range(1, 5):
            sound += heard * np.sin(2 * np.pi * hertz * overtone * time) / overtone
    return sound * 10 ** rng.uniform(-3, 0)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n_samples", [1, 777, 16_383, 16_384, 100_000, 320_000])
def test_chroma_is_that_of_the_published_steps(n_samples: int, seed: int) -> None:
    # As float32, for both sides shall hear the same.
    samples = music(n_samples, seed).astype(np.float32)
    theirs = published(samples.astype(np.float64), 16_384, 4_096)
    waveform = torch.from_numpy(samples)[None]
    strength = chromagram(waveform, sample_rate=32_000)[0].numpy()
    assert strength.shape == theirs.shape
    np.testing.assert_allclose(strength, theirs, rtol=0, atol=1e-4)
    ours = melody_chroma(waveform, sample_rate=32_000)[0].numpy()
    np.testing.assert_array_equal(ours, np.eye(12)[theirs.argmax(axis=1)])


def test_other_sizes_of_window_and_hop() -> None:
    samples = music(50_000, 5).astype(np.float32)
    theirs = published(samples.astype(np.float64), 4_096, 1_024)
    ours = melody_chroma(
        torch.from_numpy(samples)[None], sample_rate=32_000, n_fft=4_096, hop_length=1_024
    )
    np.testing.assert_array_equal(ours[0].numpy(), np.eye(12)[theirs.argmax(axis=1)])


def spectrogram(waveform: torch.Tensor) -> torch.Tensor:
    """As ``torchaudio.transforms.Spectrogram`` documents ``normalized=True`` and ``power=2``."""
    window = torch.hann_window(16_384)
    spectrum = torch.stft(
        waveform, 16_384, 4_096, window=window, center=True, pad_mode="reflect", return_complex=True
    )
    return (spectrum / window.square().sum().sqrt()).abs().square()


@pytest.mark.parametrize("n_samples", [1, 9_999, 16_384, 60_000, 960_000, 1_200_000])
def test_chroma_is_that_of_the_extractor_of_transformers(n_samples: int) -> None:
    # By its full name: the package itself hides what lacks a dependency.
    theirs = importlib.import_module(
        "transformers.models.musicgen_melody.feature_extraction_musicgen_melody"
    )
    bank = audio_utils.chroma_filter_bank(
        sampling_rate=32_000, num_frequency_bins=16_384, tuning=0, num_chroma=12
    )
    extractor = SimpleNamespace(
        n_fft=16_384, chroma_filters=torch.from_numpy(bank).float(), spectrogram=spectrogram
    )
    waveform = torch.from_numpy(
        np.stack([music(n_samples, 7), music(n_samples, 8)]).astype(np.float32)
    )
    extract = theirs.MusicgenMelodyFeatureExtractor._torch_extract_fbank_features
    wanted = extract(extractor, waveform)
    ours = melody_chroma(waveform, sample_rate=32_000)
    assert ours.shape == wanted.shape
    assert torch.equal(ours, wanted)
    if n_samples > 20_000:
        assert len(ours.argmax(dim=-1).unique()) > 3


@pytest.mark.parametrize("n_samples", [60_000, 1_200_000])
def test_strengths_are_those_of_torch(n_samples: int) -> None:
    waveform = torch.from_numpy(music(n_samples, 9).astype(np.float32))[None]
    raw = torch.einsum("cf,bft->btc", chroma_filters(12, 16_384, 32_000), spectrogram(waveform))
    theirs = torch.nn.functional.normalize(raw, p=float("inf"), dim=-1, eps=1e-6)
    torch.testing.assert_close(chromagram(waveform, sample_rate=32_000), theirs, rtol=0, atol=1e-5)
