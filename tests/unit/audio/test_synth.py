import numpy as np
import pytest

from musiclm.audio.drum_synth import KITS, drum_hit
from musiclm.audio.synth import play_notes, tone
from musiclm.audio.voices import VOICES
from musiclm.errors import ConfigError

RATE = 16_000
GENERAL_MIDI_DRUM_KEYS = range(35, 82)


def play(voice: str, *, pitch: float = 69.0, velocity: int = 100, held: float = 0.4) -> np.ndarray:
    return play_notes(
        voice,
        starts_seconds=[0.1],
        ends_seconds=[0.1 + held],
        pitches=[pitch],
        velocities=[velocity],
        n_samples=RATE,
        sample_rate=RATE,
        rng=np.random.default_rng(0),
    )


def power(samples: np.ndarray) -> float:
    return float((samples.astype(np.float64) ** 2).mean())


@pytest.mark.parametrize("voice", VOICES)
def test_every_voice_plays_the_pitch_it_is_asked_for(voice: str) -> None:
    spectrum = np.abs(np.fft.rfft(play(voice)))
    # A voice may be loudest an octave or two above, never at a frequency outside its harmonics;
    # bells and bars have their fundamental on top.
    loudest = int(np.argmax(spectrum))
    assert min(abs(loudest - 440 * n) for n in (1, 2, 3, 4)) <= 12


@pytest.mark.parametrize("voice", VOICES)
def test_every_voice_starts_on_time_is_heard_and_stops(voice: str) -> None:
    samples = play(voice, held=0.2)
    onset = RATE // 10
    assert not samples[:onset].any()
    assert power(samples[onset : 3 * onset]) > 1e-5
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() < 1.5
    assert abs(float(samples.mean())) < 0.01


@pytest.mark.parametrize("voice", [*VOICES, "kit"])
def test_harder_is_louder(voice: str) -> None:
    pitch = 38 if voice == "kit" else 69
    soft, hard = play(voice, pitch=pitch, velocity=40), play(voice, pitch=pitch, velocity=120)
    assert power(hard) > 3 * power(soft)


@pytest.mark.parametrize("voice", ["saw", "square", "brass", "bell", "pluck_bright"])
def test_the_highest_notes_do_not_alias(voice: str) -> None:
    hz = 440.0 * 2 ** ((98 - 69) / 12)
    spectrum = np.abs(np.fft.rfft(play(voice, pitch=98))) ** 2
    below = spectrum[: int(0.7 * hz)].sum()
    assert below < 0.01 * spectrum.sum(), "energy under the fundamental is a folded harmonic"


def test_notes_add_up_and_late_ones_are_cut() -> None:
    def two(starts: list[float]) -> np.ndarray:
        return play_notes(
            "square",
            starts_seconds=starts,
            ends_seconds=[start + 0.1 for start in starts],
            pitches=[60.0] * len(starts),
            velocities=[90] * len(starts),
            n_samples=RATE // 2,
            sample_rate=RATE,
            rng=np.random.default_rng(0),
        )

    assert power(two([0.0, 0.3])) == pytest.approx(2 * power(two([0.0])), rel=0.05)
    assert not two([0.6]).any()
    assert two([0.49]).any()


def test_playing_is_repeatable() -> None:
    assert np.array_equal(play("voice"), play("voice"))


@pytest.mark.parametrize("kit", KITS)
def test_every_key_of_every_kit_makes_a_short_sound(kit: str) -> None:
    for key in GENERAL_MIDI_DRUM_KEYS:
        hit = drum_hit(kit, key, RATE)
        assert 0.02 * RATE < len(hit) < 4 * RATE
        assert 0.01 < np.abs(hit).max() < 1.6, key
        tail = np.abs(hit[-len(hit) // 20 :]).max()
        assert tail < 0.15 * np.abs(hit).max(), f"key {key} ends with a click"


def test_kicks_are_low_and_hats_are_high() -> None:
    def centre(key: int) -> float:
        spectrum = np.abs(np.fft.rfft(drum_hit("kit", key, RATE), RATE)) ** 2
        return float((np.arange(len(spectrum)) * spectrum).sum() / spectrum.sum())

    assert centre(36) < 400 < centre(38) < centre(42)
    assert len(drum_hit("kit", 42, RATE)) < len(drum_hit("kit", 46, RATE))


def test_a_shared_hit_cannot_be_written_into() -> None:
    with pytest.raises(ValueError, match="read-only"):
        drum_hit("kit", 36, RATE)[0] = 1.0


def test_an_unknown_voice_is_refused_with_the_list() -> None:
    with pytest.raises(ConfigError, match=r"no voice 'kazoo': choose one of bass_pluck, "):
        play("kazoo")


def test_tone_has_its_frequency_level_and_soft_edges() -> None:
    sound = tone(440.0, seconds=1.0, sample_rate=RATE, level=0.25)
    assert sound.n_samples == RATE
    assert sound.peak() == pytest.approx(0.25, abs=1e-3)
    assert int(np.argmax(np.abs(np.fft.rfft(sound.samples[0])))) == 440
    assert abs(float(sound.samples[0, 0])) < 1e-6
