import math

import numpy as np
import pytest
import torch

from musiclm.audio.loudness import integrated_loudness
from musiclm.audio.waveform import Waveform
from musiclm.corpus.effects import (
    brighten,
    chorus,
    ducking,
    echo,
    repeats,
    saturate,
    tilt,
    wear,
    widen,
    without_rumble,
)
from musiclm.corpus.master import compress, limit_peaks, loudness_lufs

RATE = 8_000


def noise(seconds: float = 1.0, level: float = 0.1) -> np.ndarray:
    n = round(seconds * RATE)
    return (level * np.random.default_rng(0).standard_normal((2, n))).astype(np.float32)


def sine(hertz: float, seconds: float = 1.0) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    return np.tile(0.3 * np.sin(2 * np.pi * hertz * time), (2, 1)).astype(np.float32)


def decibels(after: np.ndarray, before: np.ndarray) -> float:
    return 20 * math.log10(after.std() / before.std())


def test_echo_rings_on_and_is_wide() -> None:
    click = np.zeros((2, RATE), np.float32)
    click[:, 0] = 1.0
    wet = echo(click, amount=0.5, sample_rate=RATE, rng=np.random.default_rng(0))
    assert np.abs(wet[:, RATE // 2 : RATE // 2 + 400]).max() > 1e-4
    assert abs(np.corrcoef(wet)[0, 1]) < 0.9
    none = echo(click, amount=0.0, sample_rate=RATE, rng=np.random.default_rng(0))
    assert not none.any()


def test_a_longer_room_rings_longer() -> None:
    click = np.zeros((2, 4 * RATE), np.float32)
    click[:, 0] = 1.0
    late = [
        (
            echo(click, amount=0.6, seconds=s, sample_rate=RATE, rng=np.random.default_rng(0))[
                :, RATE:
            ]
            ** 2
        ).sum()
        for s in (0.6, 1.5, 4.0)
    ]
    assert 10 * late[0] < late[1]
    assert 2 * late[1] < late[2]


def test_repeats_come_in_time_and_change_sides() -> None:
    click = np.zeros((2, 2 * RATE), np.float32)
    click[:, 100] = 1.0
    wet = repeats(click, seconds=0.25, amount=0.6, sample_rate=RATE)
    loudest = [int(np.abs(side).argmax()) for side in wet]
    assert loudest[1] == pytest.approx(100 + 0.25 * RATE, abs=3)
    assert loudest[0] in (
        pytest.approx(100 + 0.25 * RATE, abs=3),
        pytest.approx(100 + 0.5 * RATE, abs=5),
    )
    assert not repeats(click, seconds=0.25, amount=0.0, sample_rate=RATE).any()
    assert not repeats(click, seconds=9.0, amount=0.5, sample_rate=RATE).any()


def test_chorus_widens_what_was_mono() -> None:
    mono = sine(440.0, seconds=4.0)
    wide = chorus(mono, depth=0.8, sample_rate=RATE)
    assert np.abs(wide[0] - wide[1]).std() > 0.1 * mono.std()
    assert abs(decibels(wide, mono)) < 3.0
    assert chorus(mono, depth=0.0, sample_rate=RATE) is mono


def test_ducking_dips_at_the_kick_only() -> None:
    gain = ducking(RATE, onsets_seconds=[0.5], depth=0.8, sample_rate=RATE)
    assert gain is not None
    assert gain[4_040] < 0.35
    assert gain[:3_900].min() == 1.0
    assert gain[-1_000:].min() == pytest.approx(1.0)
    assert ducking(RATE, onsets_seconds=[0.5], depth=0.0, sample_rate=RATE) is None
    assert ducking(RATE, onsets_seconds=[], depth=0.5, sample_rate=RATE) is None


def test_saturation_rounds_peaks_whatever_the_input_level() -> None:
    def crest(samples: np.ndarray) -> float:
        return float(np.abs(samples).max() / samples.std())

    sound = noise()
    assert crest(saturate(sound, amount=1.0)) < 0.8 * crest(sound)
    assert crest(saturate(4 * sound, amount=1.0)) == pytest.approx(
        crest(saturate(sound, amount=1.0)), rel=1e-3
    )
    assert np.array_equal(saturate(sound, amount=0.0), sound)


def test_shelves_leave_the_lows() -> None:
    for brightness, wanted_db in ((1.0, 5.0), (0.0, -5.0)):
        gains = [
            decibels(brighten(sound, brightness=brightness, sample_rate=RATE), sound)
            for sound in (sine(80.0), sine(3_800.0))
        ]
        assert gains[0] == pytest.approx(0.0, abs=0.3)
        assert gains[1] == pytest.approx(wanted_db, abs=1.0)
    high = sine(3_900.0)
    assert decibels(tilt(high, decibels=-9.0, sample_rate=RATE), high) < -7.0


def test_rumble_goes_and_music_stays() -> None:
    for hertz, least, most in ((20.0, -40.0, -10.0), (1_000.0, -0.5, 0.5)):
        thin = without_rumble(sine(hertz), hertz=90.0, sample_rate=RATE)
        assert least < decibels(thin, sine(hertz)) < most


def test_wear_adds_noise_in_proportion() -> None:
    sound = noise(level=0.2)
    added = wear(sound, amount=1.0, sample_rate=RATE, rng=np.random.default_rng(0)) - sound
    assert 0.002 < added.std() / sound.std() < 0.5
    assert np.array_equal(
        wear(sound, amount=0.0, sample_rate=RATE, rng=np.random.default_rng(0)), sound
    )


def test_width_is_the_difference_of_the_sides() -> None:
    sound = noise()
    assert np.allclose(
        np.diff(widen(sound, width=0.5), axis=0), 0.5 * np.diff(sound, axis=0), atol=1e-6
    )
    assert np.allclose(widen(sound, width=0.0)[0], sound.mean(axis=0), atol=1e-6)


def test_limiter_holds_the_ceiling_and_spares_the_rest() -> None:
    sound = noise(level=0.05)
    sound[:, 4_000] = 3.0
    limited = limit_peaks(sound, ceiling=0.9, sample_rate=RATE)
    assert np.abs(limited).max() <= 0.9
    assert np.array_equal(limited[:, :3_900], sound[:, :3_900])


def test_the_compressor_takes_from_strokes_and_not_from_swells() -> None:
    strokes = noise(seconds=6.0, level=0.02)
    strokes[:, ::RATE] *= 1.0
    for second in range(6):
        strokes[:, second * RATE : second * RATE + 400] *= 12.0
    held = compress(strokes, sample_rate=RATE)
    stroke, rest = slice(2 * RATE, 2 * RATE + 400), slice(2 * RATE + 4_000, 3 * RATE - 800)
    assert decibels(held[:, stroke], strokes[:, stroke]) < -1.5
    assert abs(decibels(held[:, rest], strokes[:, rest])) < 0.5
    swell = noise(seconds=12.0) * np.geomspace(0.03, 1.0, 12 * RATE, dtype=np.float32)
    kept = compress(swell, sample_rate=RATE)
    for part in (slice(RATE, 2 * RATE), slice(10 * RATE, 11 * RATE)):
        assert abs(decibels(kept[:, part], swell[:, part])) < 0.8


@pytest.mark.parametrize("rate", [24_000, 48_000])
def test_loudness_agrees_with_the_standard(rate: int) -> None:
    rng = np.random.default_rng(1)
    music = rng.standard_normal((2, 5 * rate)).astype(np.float32).cumsum(axis=1) * 0.002
    music -= music.mean(axis=1, keepdims=True)
    music[:, 2 * rate : 3 * rate] *= 0.05
    music += 0.05 * rng.standard_normal((2, 5 * rate)).astype(np.float32)
    standard = integrated_loudness(Waveform(torch.from_numpy(music), rate))
    assert loudness_lufs(music, sample_rate=rate) == pytest.approx(standard, abs=0.3)
    assert loudness_lufs(np.zeros((2, rate), np.float32), sample_rate=rate) == -math.inf
    assert loudness_lufs(music[:, :100], sample_rate=rate) == -math.inf
