import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_font import write_tiny_font

from musiclm.audio.loudness import integrated_loudness
from musiclm.corpus.font import TimedNote, TimedPart, find_sound_font, play_parts
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.mix import (
    PEAK_CEILING,
    brighten,
    duck,
    echo,
    limit_peaks,
    loudness_db,
    saturate,
    wear,
)
from musiclm.corpus.render import (
    LOUDNESS_TARGET_DB,
    OWN_SOUND,
    TAIL_SECONDS,
    Sound,
    render,
    sound_from_name,
)
from musiclm.corpus.score import Note, Part, Score, Section
from musiclm.errors import ConfigError, DataError

RATE = 8_000


def score_of(*parts: Part, intensity: float = 0.6, seed: int = 1, **production: float) -> Score:
    return Score(
        title="test",
        style="rock",
        mood="calm",
        tempo_bpm=120.0,
        tempo_curve=((0.0, 120.0),),
        key="C",
        mode="major",
        metre=(4, 4),
        swing=0.0,
        parts=parts,
        sections=(Section("a", 0, 2, intensity),),
        seed=seed,
        production=production,
    )


TUNE = Part(
    "lead",
    "flute",
    tuple(Note(float(beat), 0.9, 60 + 2 * beat, 90) for beat in range(8)),
    pan=0.0,
)
BEAT = Part("drums", "standard_kit", tuple(Note(float(b), 0.2, 36, 100) for b in range(8)))


def noise(seconds: float = 1.0, level: float = 0.1) -> np.ndarray:
    n = round(seconds * RATE)
    return (level * np.random.default_rng(0).standard_normal((2, n))).astype(np.float32)


@pytest.fixture(scope="module")
def tiny_font(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("tinysoundfont")
    return write_tiny_font(tmp_path_factory.mktemp("font") / "tiny.sf2")


# --- the whole renderer --------------------------------------------------------------------------


def test_rendering_is_repeatable_and_the_seed_matters() -> None:
    score = score_of(TUNE, BEAT)
    first = render(score, sound=OWN_SOUND, sample_rate=RATE, seed=3)
    again = render(score, sound=OWN_SOUND, sample_rate=RATE, seed=3)
    other = render(score, sound=OWN_SOUND, sample_rate=RATE, seed=4)
    assert torch.equal(first.samples, again.samples)
    assert not torch.equal(first.samples, other.samples)


def test_the_waveform_is_stereo_as_long_as_the_score_and_its_tail_and_ends_in_silence() -> None:
    score = score_of(TUNE)
    waveform = render(score, sound=OWN_SOUND, sample_rate=RATE)
    assert waveform.n_channels == 2
    assert waveform.seconds == pytest.approx(score.seconds() + TAIL_SECONDS, abs=1e-3)
    assert waveform.samples[:, -1].abs().max() < 1e-4
    assert waveform.peak() <= PEAK_CEILING + 1e-6


def test_pieces_come_out_equally_loud_except_for_their_intensity() -> None:
    quiet = replace(TUNE, notes=tuple(replace(note, velocity=30) for note in TUNE.notes))
    for part in (TUNE, quiet):
        waveform = render(score_of(part), sound=OWN_SOUND, sample_rate=RATE)
        assert integrated_loudness(waveform) == pytest.approx(LOUDNESS_TARGET_DB, abs=3.0)
    soft = render(score_of(TUNE, intensity=0.2), sound=OWN_SOUND, sample_rate=RATE)
    loud = render(score_of(TUNE, intensity=0.9), sound=OWN_SOUND, sample_rate=RATE)
    assert integrated_loudness(loud) - integrated_loudness(soft) > 3.0


@pytest.mark.parametrize("pan", [-0.8, 0.8])
def test_pan_moves_a_part_to_its_side(pan: float) -> None:
    score = score_of(replace(TUNE, pan=pan), reverb=0.0)
    left, right = render(score, sound=OWN_SOUND, sample_rate=RATE).samples.square().mean(dim=1)
    near, far = (right, left) if pan > 0 else (left, right)
    assert near > 4 * far


def test_a_silent_score_stays_silent() -> None:
    assert render(score_of(), sound=OWN_SOUND, sample_rate=RATE).peak() == 0.0


def test_production_changes_what_it_names() -> None:
    def spectrum(**production: float) -> np.ndarray:
        score = score_of(TUNE, BEAT, **production)
        return np.abs(np.fft.rfft(render(score, sound=OWN_SOUND, sample_rate=RATE).samples[0]))

    def share_of_highs(spectrum: np.ndarray) -> float:
        return float((spectrum[len(spectrum) // 2 :] ** 2).sum() / (spectrum**2).sum())

    assert share_of_highs(spectrum(brightness=0.9)) > 1.5 * share_of_highs(spectrum(brightness=0.1))
    assert share_of_highs(spectrum(vinyl=1.0)) > 1.05 * share_of_highs(spectrum(vinyl=0.0))


# --- which sound ---------------------------------------------------------------------------------


def test_sounds_by_name(tiny_font: Path) -> None:
    assert sound_from_name("own") == OWN_SOUND
    assert OWN_SOUND.name == "own"
    assert sound_from_name(str(tiny_font)) == Sound(tiny_font)
    assert Sound(tiny_font).name == "tiny.sf2"


def test_the_environment_names_a_font(tiny_font: Path) -> None:
    assert find_sound_font({"MUSICLM_SOUND_FONT": str(tiny_font)}) == tiny_font


def test_a_missing_font_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("musiclm.corpus.font._FOLDERS", (str(tmp_path),))
    with pytest.raises(DataError, match=r"apt-get install fluid-soundfont-gm.*--sound own"):
        find_sound_font({})
    with pytest.raises(DataError, match=r"no sound font at .*gone\.sf2: check the path"):
        sound_from_name(str(tmp_path / "gone.sf2"))
    with pytest.raises(DataError, match=r"is no sound font: expected a file ending in \.sf2"):
        sound_from_name(str(tmp_path / "gone.mp3"))


def test_a_broken_font_is_named(tmp_path: Path) -> None:
    pytest.importorskip("tinysoundfont")
    broken = tmp_path / "broken.sf2"
    broken.write_bytes(b"RIFF nothing")
    with pytest.raises(DataError, match=r"cannot read the sound font .*broken\.sf2"):
        render(score_of(TUNE), sound=Sound(broken), sample_rate=RATE)


# --- the sound-font player -----------------------------------------------------------------------


def sine(start: float, end: float, **changes: object) -> TimedPart:
    part = TimedPart(
        INSTRUMENTS["acoustic_grand_piano"], [TimedNote(start, end, 60, 100)], 0.0, 0.0
    )
    return replace(part, **changes)


def test_notes_start_and_stop_on_time(tiny_font: Path) -> None:
    samples = play_parts(tiny_font, [sine(0.5, 0.75)], n_samples=24_000, sample_rate=24_000)
    assert samples.shape == (2, 24_000)
    heard = np.flatnonzero(np.abs(samples[0]) > 1e-5)
    assert heard[0] == pytest.approx(12_000, abs=33)
    assert heard[-1] == pytest.approx(18_000, abs=1_500)


def test_pitch_is_right(tiny_font: Path) -> None:
    samples = play_parts(tiny_font, [sine(0.0, 1.0)], n_samples=24_000, sample_rate=24_000)
    peak = int(np.argmax(np.abs(np.fft.rfft(samples[0]))))
    assert peak == pytest.approx(500, abs=2)  # hertz, one bin each


def test_gain_is_in_decibels_and_pan_is_a_side(tiny_font: Path) -> None:
    def power(**changes: float) -> np.ndarray:
        part = sine(0.0, 0.5, **changes)
        samples = play_parts(tiny_font, [part], n_samples=12_000, sample_rate=24_000)
        return (samples.astype(np.float64) ** 2).mean(axis=1)

    quiet, loud = power(gain_db=-6.0).sum(), power(gain_db=0.0).sum()
    assert 10 * math.log10(loud / quiet) == pytest.approx(6.0, abs=0.1)
    left, right = power(pan=-1.0)
    assert left > 1_000 * right


def test_a_piece_leaves_nothing_to_the_next(tiny_font: Path) -> None:
    def play(part: TimedPart, n: int) -> np.ndarray:
        return play_parts(tiny_font, [part], n_samples=n, sample_rate=24_000)

    fresh = play(sine(0.1, 0.4), 12_000)
    play(sine(0.0, 9.0, pan=1.0, gain_db=6.0, tuning_cents=50.0), 6_000)  # left hanging
    assert np.array_equal(play(sine(0.1, 0.4), 12_000), fresh)


def test_kits_are_balanced_key_by_key(tiny_font: Path) -> None:
    def power(key: int) -> float:
        kit = sine(0.0, 0.5, instrument=INSTRUMENTS["standard_kit"])
        kit = replace(kit, notes=[TimedNote(0.0, 0.5, key, 100)])
        samples = play_parts(tiny_font, [kit], n_samples=12_000, sample_rate=24_000)
        return float((samples[:, :6_000] ** 2).mean())

    # In this font all keys are recorded equally loud, so the corrections show.
    assert 10 * math.log10(power(42) / power(38)) == pytest.approx(10.0, abs=0.5)


def test_too_many_parts_are_refused(tiny_font: Path) -> None:
    with pytest.raises(ConfigError, match=r"32 parts at once .* got 33: drop some"):
        play_parts(tiny_font, [sine(0.0, 0.1)] * 33, n_samples=100, sample_rate=24_000)


def test_a_whole_score_on_a_font(tiny_font: Path) -> None:
    waveform = render(score_of(TUNE, BEAT), sound=Sound(tiny_font), sample_rate=24_000)
    assert integrated_loudness(waveform) == pytest.approx(LOUDNESS_TARGET_DB, abs=3.0)


# --- the mixing desk -----------------------------------------------------------------------------


def test_echo_rings_on_and_is_wide() -> None:
    click = np.zeros((2, RATE), np.float32)
    click[:, 0] = 1.0
    wet = echo(click, amount=0.5, sample_rate=RATE, rng=np.random.default_rng(0))
    assert np.abs(wet[:, RATE // 2 : RATE // 2 + 400]).max() > 1e-4
    assert abs(np.corrcoef(wet)[0, 1]) < 0.9
    none = echo(click, amount=0.0, sample_rate=RATE, rng=np.random.default_rng(0))
    assert not none.any()


def test_duck_dips_at_the_kick_only() -> None:
    level = np.ones((2, RATE), np.float32)
    ducked = duck(level, onsets_seconds=[0.5], depth=0.8, sample_rate=RATE)
    assert ducked[:, 4_040].max() < 0.35
    assert ducked[:, :3_900].min() == 1.0
    assert ducked[:, -1_000:].min() == pytest.approx(1.0)


def test_saturation_rounds_peaks_whatever_the_input_level() -> None:
    def crest(samples: np.ndarray) -> float:
        return float(np.abs(samples).max() / samples.std())

    sound = noise()
    assert crest(saturate(sound, amount=1.0)) < 0.8 * crest(sound)
    assert crest(saturate(4 * sound, amount=1.0)) == pytest.approx(
        crest(saturate(sound, amount=1.0)), rel=1e-3
    )
    assert np.array_equal(saturate(sound, amount=0.0), sound)


def test_shelf_leaves_the_lows() -> None:
    time = np.arange(RATE) / RATE
    low = np.tile(np.sin(2 * np.pi * 80 * time), (2, 1)).astype(np.float32)
    high = np.tile(np.sin(2 * np.pi * 3_800 * time), (2, 1)).astype(np.float32)
    for brightness, wanted_db in ((1.0, 5.0), (0.0, -5.0)):
        gains = [
            20
            * math.log10(
                brighten(sound, brightness=brightness, sample_rate=RATE).std() / sound.std()
            )
            for sound in (low, high)
        ]
        assert gains[0] == pytest.approx(0.0, abs=0.3)
        assert gains[1] == pytest.approx(wanted_db, abs=1.0)


def test_wear_adds_noise_in_proportion() -> None:
    sound = noise(level=0.2)
    added = wear(sound, amount=1.0, sample_rate=RATE, rng=np.random.default_rng(0)) - sound
    assert 0.002 < added.std() / sound.std() < 0.5
    assert np.array_equal(
        wear(sound, amount=0.0, sample_rate=RATE, rng=np.random.default_rng(0)), sound
    )


def test_limiter_holds_the_ceiling_and_spares_the_rest() -> None:
    sound = noise(level=0.05)
    sound[:, 4_000] = 3.0
    limited = limit_peaks(sound, ceiling=0.9, sample_rate=RATE)
    assert np.abs(limited).max() <= 0.9
    assert np.array_equal(limited[:, :3_900], sound[:, :3_900])


def test_loudness_follows_decibels_and_knows_silence() -> None:
    sound = noise(seconds=2.0)
    difference = loudness_db(2 * sound, sample_rate=RATE) - loudness_db(sound, sample_rate=RATE)
    assert difference == pytest.approx(6.02, abs=0.05)
    assert loudness_db(np.zeros((2, RATE), np.float32), sample_rate=RATE) == -math.inf
