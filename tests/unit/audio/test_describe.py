"""The numbers on sounds whose numbers are known."""

import math

import numpy as np
import pytest
import torch

from musiclm.audio.describe import NOTE_NAMES, describe
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError

RATE = 24_000


def mono(samples: np.ndarray) -> Waveform:
    return Waveform(torch.tensor(samples, dtype=torch.float32)[None], RATE)


def clicks(bpm: float, parts: int = 1, seconds: float = 10.0) -> Waveform:
    """Noise bursts on every beat, and softer ones on ``parts - 1`` places between."""
    rng = np.random.default_rng(0)
    burst = rng.standard_normal(1_200) * np.exp(-np.arange(1_200) / 200)
    samples = 0.003 * rng.standard_normal(int(seconds * RATE))
    for number in range(int((seconds - 0.4) * bpm * parts / 60)):
        start = round((0.25 + number * 60 / bpm / parts) * RATE)
        level = 0.5 if number % parts == 0 else 0.15
        samples[start : start + 1_200] += level * burst
    return mono(samples)


def tone(pitch: int, seconds: float = 0.4) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    hz = 440 * 2 ** ((pitch - 69) / 12)
    envelope = np.minimum(1, np.minimum(time / 0.01, (seconds - time) / 0.02))
    partials = [np.sin(2 * np.pi * hz * number * time) / number for number in (1, 2, 3, 4)]
    return 0.2 * envelope * sum(partials)


def scale(tonic: int, steps: tuple[int, ...]) -> Waveform:
    notes = [*steps, 12, *steps[::-1], 0, 7, 0]
    return mono(np.concatenate([tone(60 + tonic + step) for step in notes]))


@pytest.mark.parametrize("bpm", [60, 75, 90, 112, 128, 150, 174])
@pytest.mark.parametrize("parts", [1, 2, 4])
def test_tempo_of_a_click_track(bpm: int, parts: int) -> None:
    tempo = describe(clicks(bpm, parts)).tempo_bpm
    assert tempo is not None
    # Sixty beats with eighths between is as well called a hundred and twenty.
    octaves = math.log2(tempo / bpm)
    assert abs(octaves - (round(octaves) if bpm == 60 else 0)) < 0.015


@pytest.mark.parametrize("bpm", [60, 120, 180])
def test_onsets_of_a_click_track(bpm: int) -> None:
    n_clicks = int(9.6 * bpm / 60)
    assert describe(clicks(bpm)).onsets_per_second == n_clicks / 10


@pytest.mark.parametrize("tonic", range(0, 12, 2))
def test_key_of_a_scale(tonic: int) -> None:
    major = describe(scale(tonic, (0, 2, 4, 5, 7, 9, 11)))
    minor = describe(scale(tonic, (0, 2, 3, 5, 7, 8, 11)))
    assert major.key == f"{NOTE_NAMES[tonic]} major"
    assert minor.key == f"{NOTE_NAMES[tonic]} minor"


def test_noise_has_no_key_no_pulse_and_is_flat() -> None:
    rng = np.random.default_rng(0)
    noise = describe(mono(0.1 * rng.standard_normal(5 * RATE)))
    assert noise.key is None
    assert noise.tempo_bpm is None
    # exp(-Euler's constant): the geometric over the arithmetic mean of a noise periodogram.
    assert noise.spectral_flatness == pytest.approx(0.561, abs=0.01)
    assert noise.spectral_centroid_hz == pytest.approx(6_000, rel=0.02)


def test_a_tone_is_bright_where_it_sounds() -> None:
    time = np.arange(2 * RATE) / RATE
    sine = describe(mono(0.5 * np.sin(2 * np.pi * 1_000 * time)))
    assert sine.spectral_centroid_hz == pytest.approx(1_000, rel=0.01)
    assert sine.spectral_flatness < 1e-3
    assert sine.peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert sine.silence_fraction == 0.0
    assert sine.seconds == 2.0


def test_silence() -> None:
    nothing = describe(Waveform(torch.zeros(2, RATE), RATE))
    assert nothing.loudness_lufs == -math.inf
    assert nothing.peak_dbfs == -math.inf
    assert nothing.silence_fraction == 1.0
    assert (nothing.tempo_bpm, nothing.key, nothing.onsets_per_second) == (None, None, 0.0)
    half = describe(mono(np.concatenate((np.zeros(RATE), tone(60, 1.0)))))
    assert half.silence_fraction == pytest.approx(0.5, abs=0.03)


def test_stereo_width() -> None:
    left, right = torch.randn(2, RATE, generator=torch.Generator().manual_seed(0)) * 0.1
    assert describe(Waveform(torch.stack((left, left)), RATE)).stereo_width == 0.0
    assert describe(Waveform(torch.stack((left, -left)), RATE)).stereo_width == 1.0
    unrelated = describe(Waveform(torch.stack((left, right)), RATE)).stereo_width
    assert unrelated == pytest.approx(0.5, abs=0.02)
    assert describe(Waveform(left[None], RATE)).stereo_width == 0.0


def test_other_rates_give_the_same_numbers() -> None:
    from musiclm.audio.resample import resample

    here = describe(clicks(120))
    there = describe(Waveform(resample(clicks(120).samples, RATE, 48_000), 48_000))
    assert there.tempo_bpm == here.tempo_bpm
    assert there.onsets_per_second == pytest.approx(here.onsets_per_second, rel=0.01)
    assert there.spectral_centroid_hz == pytest.approx(here.spectral_centroid_hz, rel=0.06)


def test_one_sample_is_enough_and_none_is_not() -> None:
    assert describe(Waveform(torch.full((1, 1), 0.1), RATE)).tempo_bpm is None
    for bad in (torch.zeros(1, 0), torch.full((1, 9), float("nan"))):
        with pytest.raises(AudioError, match="only finite samples can be described"):
            describe(Waveform(bad, RATE))


@pytest.mark.parametrize("seconds", [2.2, 3.0, 3.5])
def test_short_sound_has_no_slow_pulse(seconds: float) -> None:
    noise = torch.randn(1, int(24_000 * seconds), generator=torch.Generator().manual_seed(0))
    # The test run turns the warning about an empty mean, which this once gave, into an error.
    tempo = describe(Waveform(0.1 * noise, 24_000)).tempo_bpm
    assert tempo is None or tempo > 60 / seconds
