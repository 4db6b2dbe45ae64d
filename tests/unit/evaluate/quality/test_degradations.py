import math
from pathlib import Path

import numpy as np
import pytest
import torch
from quality_sounds import RATE, tune

from musiclm.audio.waveform import Waveform
from musiclm.errors import ConfigError, DataError
from musiclm.evaluate.features import features_of
from musiclm.evaluate.judge import Example, train_judge
from musiclm.evaluate.quality.degradations import (
    BEAT,
    COVERAGE,
    FRECHET,
    KERNEL,
    RETURNS,
    TEMPO,
    Curve,
    Measure,
    add_noise,
    collapse,
    curves_of,
    degradations,
    displaced,
    divergence_measure,
    draw_curves,
    mel_measure,
    muffle,
    shape_measure,
    shuffle_seconds,
    slow_down,
    tempo_measure,
)

STYLES = ("high", "low", "noisy")


def band(seed: int, *, seconds: float = 10.0) -> Waveform:
    return tune(seconds, bpm=80 + 5 * (seed % 9), seed=seed, brushes=0.01 + 0.01 * (seed % 3))


@pytest.fixture(scope="module")
def clips() -> list[Waveform]:
    return [band(seed) for seed in range(6)]


@pytest.fixture(scope="module")
def on_mel() -> Measure:
    return mel_measure([band(seed) for seed in range(100, 108)])


def by_metric(curves: list[Curve]) -> dict[str, Curve]:
    return {curve.metric: curve for curve in curves}


@pytest.mark.parametrize("name", ["noise", "low-pass"])
def test_noise_and_low_pass_move_the_mel_metrics_further_at_every_step(
    name: str, clips: list[Waveform], on_mel: Measure
) -> None:
    found = by_metric(curves_of(clips, degradations()[name], on_mel))
    assert found[FRECHET].monotone, found[FRECHET]
    assert found[KERNEL].monotone, found[KERNEL]


@pytest.mark.parametrize("name", ["silence", "noise only", "one loop"])
def test_collapse_is_seen_by_frechet_and_by_coverage(
    name: str, clips: list[Waveform], on_mel: Measure
) -> None:
    found = by_metric(curves_of(clips, degradations()[name], on_mel))
    distances, covered = found[FRECHET], found[COVERAGE]
    assert distances.values[-1] > 1.5 * distances.clean
    assert covered.values[-1] < 0.5 * covered.clean
    if name != "one loop":  # a loop of the same music: one quarter of it may well lie nearer
        assert distances.monotone, distances


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_shuffled_seconds_take_away_returns_and_the_beat(seed: int) -> None:
    pieces = [tune(40.0, bpm=100 + 7 * number, seed=number, form="abab") for number in range(2)]
    shuffling = degradations()["shuffled seconds"]
    found = by_metric(curves_of(pieces, shuffling, shape_measure, seed=seed))
    assert found[RETURNS].monotone, found[RETURNS]
    assert found[BEAT].monotone, found[BEAT]
    assert abs(found[RETURNS].values[-1]) < 0.2 * found[RETURNS].clean


def test_stretching_moves_the_tempo_at_every_step() -> None:
    pieces = [tune(12.0, bpm=bpm, seed=3, brushes=0.2) for bpm in (90.0, 104.0, 118.0)]
    (curve,) = curves_of(pieces, degradations()["time stretch"], tempo_measure(pieces))
    assert curve.metric == TEMPO
    assert curve.clean == 0.0
    assert curve.monotone, curve
    assert curve.values[-1] == pytest.approx(math.log2(1.3), abs=0.03)


def test_wrong_prompts_raise_the_paired_divergence_at_every_step() -> None:
    examples = []
    for seed in range(18):
        style = STYLES[seed % 3]
        sound = styled(style, seed)
        has = {"style": style, "has_noise": "yes" if style == "noisy" else "no"}
        examples.append(Example(f"{seed:06d}", features_of(sound), has, clean=True))
    judge = train_judge(examples, n_epochs=10, window_seconds=2.5)
    sounds = [styled(STYLES[seed % 3], 50 + seed) for seed in range(12)]
    measure = divergence_measure(judge, sounds)
    found = by_metric(curves_of(sounds, degradations()["wrong prompts"], measure))
    assert set(found) == {"KLD style", "KLD instruments"}
    assert found["KLD style"].clean == pytest.approx(0.0, abs=1e-9)
    assert found["KLD style"].monotone, found["KLD style"]
    assert found["KLD instruments"].values[-1] > 0


def styled(style: str, seed: int) -> Waveform:
    sound = tune(2.5, seed=seed, bpm=120, brushes=0.3 if style == "noisy" else 0.0)
    return sound if style != "low" else muffle(sound, 400.0)


def test_each_change_does_what_it_says() -> None:
    sound = tune(4.5)
    rng = np.random.default_rng(0)
    noise = add_noise(sound, 20.0, rng).samples - sound.samples
    ratio = sound.samples.square().mean() / noise.square().mean()
    assert 10 * math.log10(float(ratio)) == pytest.approx(20.0, abs=0.1)
    silence = Waveform(torch.zeros(1, RATE), RATE)
    assert add_noise(silence, 0.0, rng).peak() == 0.0

    time = torch.arange(RATE) / RATE
    tones = torch.stack([torch.sin(2 * torch.pi * hertz * time) for hertz in (200.0, 4_000.0)])
    low, high = muffle(Waveform(tones, RATE), 1_000.0).samples.square().mean(dim=1).sqrt()
    assert float(low) == pytest.approx(0.707, abs=0.02)
    assert float(high) < 0.06  # 24 dB in two octaves

    slower = slow_down(Waveform(tones[:1], RATE), 1.25)
    assert slower.seconds == pytest.approx(1.25)
    assert int(torch.fft.rfft(slower.samples[0]).abs().argmax()) / 1.25 == pytest.approx(160, abs=1)

    shuffled = shuffle_seconds(sound, 1.0, np.random.default_rng(1))
    assert shuffled.n_samples == sound.n_samples
    assert torch.equal(shuffled.samples[:, 4 * RATE :], sound.samples[:, 4 * RATE :])
    seconds = sound.samples[0, : 4 * RATE].reshape(4, RATE)
    moved = shuffled.samples[0, : 4 * RATE].reshape(4, RATE)
    assert not any(torch.equal(moved[place], seconds[place]) for place in range(4))
    assert torch.equal(moved.sum(dim=1).sort().values, seconds.sum(dim=1).sort().values)


def test_stronger_steps_contain_weaker_ones() -> None:
    some = displaced(40, 0.25, np.random.default_rng(3)) != np.arange(40)
    more = displaced(40, 0.5, np.random.default_rng(3)) != np.arange(40)
    assert (some.sum(), more.sum()) == (10, 20)
    assert not (some & ~more).any()
    with pytest.raises(ConfigError, match=r"between 0 and 1, got 1\.5"):
        displaced(4, 1.5, np.random.default_rng(0))


def test_collapsed_clips_are_silent_noisy_or_one_loop() -> None:
    clips = [tune(3.0, seed=seed) for seed in range(4)]
    half = collapse(clips, 0.5, np.random.default_rng(0), to="silence")
    assert sorted(each.peak() == 0.0 for each in half) == [False, False, True, True]
    loops = collapse(clips, 1.0, np.random.default_rng(0), to="loop")
    first = clips[0].samples[:, :RATE]
    for loop in loops:
        assert torch.equal(loop.samples, first.repeat(1, 3))
    noisy = collapse(clips, 1.0, np.random.default_rng(0), to="noise")
    assert not torch.equal(noisy[0].samples, noisy[1].samples)
    with pytest.raises(ConfigError, match="between 0 and 1, got -1"):
        collapse(clips, -1, np.random.default_rng(0), to="noise")


def test_a_curve_that_turns_back_or_cannot_be_told_is_not_monotone() -> None:
    def curve(*values: float, worse: str = "higher") -> Curve:
        return Curve("noise", "dB", "x", worse, (1.0, 2.0), values[0], values[1:])  # type: ignore[arg-type]

    assert curve(0.0, 1.0, 2.0).monotone
    assert not curve(0.0, 1.0, 1.0).monotone
    assert not curve(0.0, math.nan, 2.0).monotone
    assert curve(3.0, 2.0, 1.0, worse="lower").monotone
    assert not curve(0.0, 1.0, 2.0, worse="lower").monotone


def test_curves_are_drawn_into_a_small_picture(tmp_path: Path) -> None:
    curves = [
        Curve("noise", "dB SNR", "x", "higher", (40.0, 20.0), 0.0, (1.0, float(n)))
        for n in range(8)
    ]
    drawn = draw_curves(tmp_path / "deep" / "curves.png", curves)
    assert drawn == tmp_path / "deep" / "curves.png"
    assert drawn.read_bytes().startswith(b"\x89PNG")
    assert drawn.stat().st_size < 100_000
    with pytest.raises(DataError, match="there is none"):
        draw_curves(tmp_path / "none.png", [])
    with pytest.raises(DataError, match="needs clips"):
        curves_of([], degradations()["noise"], shape_measure)
