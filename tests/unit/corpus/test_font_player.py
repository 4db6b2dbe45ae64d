import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_font import ROOT_KEY, write_tiny_font

from musiclm.audio.tones import KeyNote, length_step, play_tones
from musiclm.corpus.font_player import TonePlayer, player_of
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.levels import Levels
from musiclm.corpus.soundfont import open_sound_font

RATE = 24_000


@pytest.fixture(scope="module")
def tiny_font(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_font(tmp_path_factory.mktemp("font") / "tiny.sf2")


def play(
    font: Path, *notes: KeyNote, bank: int = 0, program: int = 0, rate: int = RATE
) -> np.ndarray:
    player = TonePlayer(open_sound_font(font), rate)
    return play_tones(
        lambda key, velocity, held: player.tones(bank, program, round(key), velocity, held),
        notes,
        n_samples=rate,
        sample_rate=rate,
    )


def note(start: float, end: float, key: float = ROOT_KEY, velocity: int = 100) -> KeyNote:
    return KeyNote(start, end, key, velocity)


def test_notes_start_and_stop_on_time(tiny_font: Path) -> None:
    samples = play(tiny_font, note(0.5, 0.75))
    heard = np.flatnonzero(np.abs(samples[0]) > 1e-4)
    assert heard[0] == pytest.approx(12_000, abs=30)
    assert heard[-1] == pytest.approx(18_000, abs=600)


@pytest.mark.parametrize("rate", [24_000, 48_000])
@pytest.mark.parametrize(("key", "hertz"), [(60, 500), (72, 1_000), (55, 374.6)])
def test_pitch_is_right_at_any_rate(tiny_font: Path, rate: int, key: int, hertz: float) -> None:
    samples = play(tiny_font, note(0.0, 1.0, key), rate=rate)
    assert int(np.argmax(np.abs(np.fft.rfft(samples[0])))) == pytest.approx(hertz, abs=1.0)


def test_loops_go_on_without_a_seam(tiny_font: Path) -> None:
    samples = play(tiny_font, note(0.0, 1.0))[0]
    middle = samples[2_000:-2_000]
    pure = np.fft.rfft(middle * np.hanning(len(middle)))
    power = np.abs(pure) ** 2
    assert power[: 2 * int(np.argmax(power))].sum() > 0.9999 * power.sum()
    # The recording lasts 0.08 s: most of this is loop.
    assert np.abs(middle[-2_000:]).max() == pytest.approx(np.abs(middle[:2_000]).max(), rel=0.01)


def test_force_is_loudness(tiny_font: Path) -> None:
    soft, hard = (np.abs(play(tiny_font, note(0.0, 0.5, velocity=v))).max() for v in (63, 127))
    assert hard / soft == pytest.approx((127 / 63) ** 1.6, rel=0.05)


def test_nothing_sounds_after_the_release_or_the_end(tiny_font: Path) -> None:
    samples = play(tiny_font, note(0.1, 0.2), note(0.95, 3.0))
    assert not samples[:, 7_000:22_000].any()
    assert samples[:, -100:].any()
    assert not play(tiny_font, note(1.5, 2.0)).any()


def test_a_font_without_the_preset_plays_its_first(tiny_font: Path) -> None:
    assert np.array_equal(play(tiny_font, note(0, 0.3), program=40), play(tiny_font, note(0, 0.3)))


def test_a_piece_leaves_nothing_to_the_next(tiny_font: Path) -> None:
    fresh = play(tiny_font, note(0.1, 0.4))
    player = player_of(tiny_font, RATE)
    for key in (50, 60, 61):
        player.tones(0, 0, key, 90, 3.0)
    again = play_tones(
        lambda key, velocity, held: player.tones(0, 0, round(key), velocity, held),
        [note(0.1, 0.4)],
        n_samples=RATE,
        sample_rate=RATE,
    )
    assert np.array_equal(again, fresh)


def test_a_tone_cannot_be_written_into(tiny_font: Path) -> None:
    (tone,) = player_of(tiny_font, RATE).tones(0, 0, 60, 90, 0.5)
    with pytest.raises(ValueError, match="read-only"):
        tone.samples[0, 0] = 1.0


def test_a_note_without_end_dies_away(tiny_font: Path) -> None:
    rate = 2_000
    player = TonePlayer(open_sound_font(tiny_font), rate)
    (tone,) = player.tones(0, 0, 50, 90, 400.0)
    assert tone.samples.shape[1] == 90 * rate
    assert np.abs(tone.samples[:, -20:]).max() < 0.01 * np.abs(tone.samples).max()


def test_lengths_come_in_steps() -> None:
    steps = [length_step(s) for s in (0.0, 0.25, 0.4, 1.0, 1.01)]
    assert steps == pytest.approx([0.25, 0.25, 0.5, 1.0, 2**0.5])


def test_zones_are_in_plain_units(tiny_font: Path) -> None:
    (zone,) = open_sound_font(tiny_font).zones(0, 0, 72, 100)
    assert zone.semitones == 12.0
    assert zone.loop is not None
    assert zone.envelope.sustain == 0.0
    assert zone.envelope.release == pytest.approx(0.001, abs=1e-4)
    # Softer is duller: the format's default modulator.
    (soft,) = open_sound_font(tiny_font).zones(0, 0, 72, 20)
    assert soft.cutoff_hertz < 0.6 * zone.cutoff_hertz


# --- levels --------------------------------------------------------------------------------------


def test_levels_bring_instruments_and_drums_to_one_loudness(tiny_font: Path) -> None:
    player = player_of(tiny_font, RATE)

    def tones(key: float, velocity: int, held: float) -> tuple:
        return player.tones(0, 0, round(key), velocity, held)

    def louder(key: float, velocity: int, held: float) -> list:
        return [replace(tone, gain=4.0) for tone in tones(key, velocity, held)]

    piano = INSTRUMENTS["acoustic_grand_piano"]
    once, four = Levels(RATE).gain_db(piano, tones), Levels(RATE).gain_db(piano, louder)
    assert once - four == pytest.approx(20 * math.log10(4.0), abs=0.1)
    kit = INSTRUMENTS["standard_kit"]
    levels = Levels(RATE)
    kick, snare, hat = (levels.gain_db(kit, tones, key) for key in (36, 38, 42))
    assert kick > hat
    assert abs(kick - snare) < 4
