import numpy as np
import pytest

from musiclm.audio.drum_synth import KITS, drum_hit
from musiclm.audio.machines import MACHINES
from musiclm.audio.synth import own_tones, tone
from musiclm.audio.tones import KeyNote, Tone, play_tones
from musiclm.audio.voices import VOICES
from musiclm.errors import ConfigError

RATE = 16_000
GENERAL_MIDI_DRUM_KEYS = range(35, 82)
PITCHED = [*VOICES, *MACHINES]


def play(voice: str, *, pitch: float = 69.0, velocity: int = 100, held: float = 0.4) -> np.ndarray:
    sound = play_tones(
        own_tones(voice, RATE),
        [KeyNote(0.1, 0.1 + held, pitch, velocity)],
        n_samples=RATE,
        sample_rate=RATE,
    )
    return sound.mean(axis=0)


def power(samples: np.ndarray) -> float:
    return float((samples.astype(np.float64) ** 2).mean())


@pytest.mark.parametrize("voice", PITCHED)
def test_every_voice_plays_the_pitch_it_is_asked_for(voice: str) -> None:
    spectrum = np.abs(np.fft.rfft(play(voice)))
    # A voice may be loudest an octave or two above, never at a frequency outside its harmonics;
    # bells and bars have their fundamental on top.
    loudest = int(np.argmax(spectrum))
    assert min(abs(loudest - 440 * n) for n in (1, 2, 3, 4)) <= 12


@pytest.mark.parametrize("voice", PITCHED)
def test_every_voice_starts_on_time_is_heard_and_stops(voice: str) -> None:
    samples = play(voice, held=0.2)
    onset = RATE // 10
    assert not samples[:onset].any()
    assert power(samples[onset : 3 * onset]) > 1e-5
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() < 1.5
    assert abs(float(samples.mean())) < 0.01


@pytest.mark.parametrize("voice", [*PITCHED, "kit"])
def test_harder_is_louder(voice: str) -> None:
    pitch = 38 if voice == "kit" else 69
    soft, hard = play(voice, pitch=pitch, velocity=40), play(voice, pitch=pitch, velocity=120)
    assert power(hard) > 3 * power(soft)


@pytest.mark.parametrize("voice", ["saw", "square", "brass", "bell", "supersaw", "fm_bell"])
def test_the_highest_notes_do_not_alias(voice: str) -> None:
    hz = 440.0 * 2 ** ((98 - 69) / 12)
    spectrum = np.abs(np.fft.rfft(play(voice, pitch=98))) ** 2
    below = spectrum[: int(0.7 * hz)].sum()
    assert below < 0.01 * spectrum.sum(), "energy under the fundamental is a folded harmonic"


def test_notes_add_up_and_late_ones_are_cut() -> None:
    def two(starts: list[float]) -> np.ndarray:
        return play_tones(
            own_tones("square", RATE),
            [KeyNote(start, start + 0.1, 60.0, 90) for start in starts],
            n_samples=RATE // 2,
            sample_rate=RATE,
        )

    assert power(two([0.0, 0.3])) == pytest.approx(2 * power(two([0.0])), rel=0.05)
    assert not two([0.6]).any()
    assert two([0.49]).any()


@pytest.mark.parametrize("voice", PITCHED)
def test_no_note_ends_with_a_click(voice: str) -> None:
    sound = play(voice, pitch=57.0, held=0.6)
    step = np.abs(np.diff(sound))
    end = round(0.7 * RATE)
    during = step[round(0.5 * RATE) : end - 200].max()
    assert step[end - 50 : end + 4_000].max() <= 1.3 * during + 1e-3


def test_a_new_tone_of_a_class_silences_the_older_one() -> None:
    ones = Tone(np.ones((2, RATE), np.float32), release_seconds=0.5, choke=1)
    free = Tone(np.ones((2, RATE), np.float32), release_seconds=0.5)
    for tone_, wanted in ((ones, 1.0), (free, 2.0)):
        sound = play_tones(
            lambda key, velocity, held, tone_=tone_: [tone_],
            [KeyNote(0.0, 0.9, 46.0, 127), KeyNote(0.4, 0.9, 42.0, 127)],
            n_samples=RATE,
            sample_rate=RATE,
        )
        assert sound[0, round(0.5 * RATE)] == pytest.approx(wanted, abs=1e-3)


def test_what_was_kept_never_changes_what_is_heard() -> None:
    fresh = play("oud", pitch=50.25)
    for pitch in (50.0, 51.0, 50.25):
        play("oud", pitch=pitch, held=0.8)
    assert np.array_equal(play("oud", pitch=50.25), fresh)


def test_a_plucked_string_is_in_tune() -> None:
    for pitch in (45.0, 69.0, 84.0):
        sound = play("harp", pitch=pitch, held=0.9)
        hz = 440.0 * 2 ** ((pitch - 69) / 12)
        spectrum = np.abs(np.fft.rfft(sound * np.hanning(RATE), 8 * RATE))
        near = slice(int(8 * hz * 0.94), int(8 * hz * 1.06))
        found = (int(np.argmax(spectrum[near])) + near.start) / 8
        assert abs(1200 * np.log2(found / hz)) < 12, "cents"


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
    with pytest.raises(ConfigError, match=r"no voice 'kazoo': choose one of acid, "):
        play("kazoo")


def test_tone_has_its_frequency_level_and_soft_edges() -> None:
    sound = tone(440.0, seconds=1.0, sample_rate=RATE, level=0.25)
    assert sound.n_samples == RATE
    assert sound.peak() == pytest.approx(0.25, abs=1e-3)
    assert int(np.argmax(np.abs(np.fft.rfft(sound.samples[0])))) == 440
    assert abs(float(sound.samples[0, 0])) < 1e-6
