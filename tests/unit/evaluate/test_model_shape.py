import numpy as np
import pytest
import torch
from sounds import RATE, beats

from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError
from musiclm.evaluate.model.shape import (
    longest_silence,
    loudness_drift,
    returns_of,
    shape_of,
)


def test_silence_is_found_inside_and_at_the_end() -> None:
    sound = 0.3 * np.sin(np.arange(10 * RATE) * 0.1)
    sound[2 * RATE : 3 * RATE] = 0.0
    sound[7 * RATE :] = 1e-4
    assert longest_silence(sound, RATE) == pytest.approx(3.0, abs=0.1)


def test_drift_is_the_slope_in_decibels_a_minute() -> None:
    time = np.arange(60 * RATE) / RATE
    sound = 10 ** (-6.0 * time / 60 / 20) * 0.5 * np.sin(2 * np.pi * 220 * time)
    assert loudness_drift(sound, RATE) == pytest.approx(-6.0, abs=0.1)


def test_only_music_that_comes_back_returns() -> None:
    rng = np.random.default_rng(0)
    tune, bridge = rng.standard_normal((20, 12)), rng.standard_normal((20, 12))
    coming_back = returns_of(np.concatenate([tune, bridge, tune]))
    wandering = returns_of(rng.standard_normal((60, 12)))
    standing = returns_of(np.ones((60, 12)) + 1e-3 * rng.standard_normal((60, 12)))
    assert coming_back > 0.3
    assert abs(wandering) < 0.15
    assert abs(standing) < 0.05


def test_a_steady_beat_is_stable_and_noise_is_not() -> None:
    loud = beats(bpm=100, hertz=330, noisy=True, seconds=30)
    steady = shape_of(Waveform(0.5 * loud.samples, RATE))
    rng = torch.Generator().manual_seed(0)
    noise = shape_of(Waveform(0.1 * torch.randn(2, 30 * RATE, generator=rng), RATE))
    assert steady.beat_stability == 1.0
    assert steady.beat_strength > 0.5
    assert not noise.beat_strength > 0.3  # it may be that there is no tempo at all
    assert steady.silence_seconds < 0.5
    assert steady.n_clipped == 0


def test_a_clip_too_short_for_structure_is_refused() -> None:
    with pytest.raises(AudioError, match=r"from 20 s on, got 3\.0 s"):
        shape_of(beats(bpm=100, hertz=330, noisy=True, seconds=3))
