import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_font import write_tiny_font

from musiclm.audio.loudness import integrated_loudness
from musiclm.corpus.font import FONTS, best_packages, find_sound_fonts, licence_of
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.master import PEAK_CEILING
from musiclm.corpus.mix import GROUPS, LOUDNESS_TARGET_LUFS, TREATMENTS, group_of
from musiclm.corpus.render import (
    OWN_SOUND,
    TAIL_SECONDS,
    Sound,
    render,
    render_stems,
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


def test_pieces_come_out_equally_loud() -> None:
    quiet = replace(TUNE, notes=tuple(replace(note, velocity=30) for note in TUNE.notes))
    for parts in ((TUNE,), (quiet,), (TUNE, BEAT), (BEAT,)):
        for intensity in (0.2, 0.9):
            score = score_of(*parts, intensity=intensity)
            waveform = render(score, sound=OWN_SOUND, sample_rate=RATE)
            assert integrated_loudness(waveform) == pytest.approx(LOUDNESS_TARGET_LUFS, abs=1.3)


def test_a_crescendo_survives_the_master() -> None:
    notes = tuple(Note(0.5 * n, 0.45, 67, round(30 + 2.9 * n)) for n in range(32))
    waveform = render(score_of(replace(TUNE, notes=notes)), sound=OWN_SOUND, sample_rate=RATE)
    power = waveform.samples.square().sum(dim=0)
    first, last = power[: 2 * RATE].mean(), power[5 * RATE : 7 * RATE].mean()
    written = 1.6 * 20 * math.log10((30 + 2.9 * 24) / (30 + 2.9 * 3.5))
    assert 10 * math.log10(last / first) > 0.7 * written


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


def test_stems_add_up_to_the_mix_before_the_master() -> None:
    from musiclm.corpus.mix import Desk
    from musiclm.corpus.render import _channels

    score = score_of(TUNE, replace(TUNE, instrument="warm_pad", role="pad"), BEAT, sidechain=0.5)
    stems = render_stems(score, sound=OWN_SOUND, sample_rate=RATE, seed=2)
    assert list(stems) == ["lead-flute", "pad-warm_pad", "drums-standard_kit"]
    desk = Desk(score, sample_rate=RATE, seed=2)
    mixed = desk.mix(list(_channels(score, OWN_SOUND, RATE)))
    together = sum(stem.samples for stem in stems.values())
    assert torch.allclose(together, torch.from_numpy(mixed), atol=1e-4)


def test_stems_of_one_name_are_numbered() -> None:
    stems = render_stems(score_of(TUNE, TUNE), sound=OWN_SOUND, sample_rate=RATE)
    assert list(stems) == ["lead-flute", "lead-flute-2"]


def test_the_rate_on_request(tiny_font: Path) -> None:
    waveform = render(score_of(TUNE), sound=Sound((tiny_font,)), sample_rate=48_000)
    assert waveform.sample_rate == 48_000
    assert integrated_loudness(waveform) == pytest.approx(LOUDNESS_TARGET_LUFS, abs=1.3)


# --- treatments ----------------------------------------------------------------------------------

CHORD = Part("chords", "drawbar_organ", tuple(Note(0.0, 4.0, key, 90) for key in (48, 60, 64, 67)))


def treated(treatment: str, *parts: Part, rate: int = 24_000) -> np.ndarray:
    score = replace(score_of(*parts, reverb=0.3), treatment=treatment)
    return render(score, sound=OWN_SOUND, sample_rate=rate).samples.numpy()


def centroid(samples: np.ndarray, rate: int = 24_000) -> float:
    spectrum = np.abs(np.fft.rfft(samples.mean(axis=0)))
    return float((spectrum * np.fft.rfftfreq(samples.shape[1], 1 / rate)).sum() / spectrum.sum())


def test_dark_is_darker_than_natural_and_bright_is_brighter() -> None:
    dark, natural, bright = (
        centroid(treated(n, TUNE, BEAT)) for n in ("dark", "natural", "bright")
    )
    assert 1.25 * dark < natural
    assert 1.1 * natural < bright


def test_rooms_ring_in_order() -> None:
    def tail(treatment: str) -> float:
        # The chord stops after two seconds; what sounds a little later is the room.
        power = (treated(treatment, CHORD) ** 2).sum(axis=0)
        return float(
            power[round(2.35 * 24_000) : round(2.9 * 24_000)].mean() / power[:24_000].mean()
        )

    dry, natural, roomy, cathedral = map(tail, ("dry", "natural", "roomy", "cathedral"))
    assert 3 * dry < natural
    assert 3 * natural < roomy
    assert 1.5 * roomy < cathedral


def test_lofi_tape_is_band_limited_and_hisses() -> None:
    def share_above(samples: np.ndarray, hertz: float) -> float:
        power = np.abs(np.fft.rfft(samples.mean(axis=0))) ** 2
        return float(power[round(hertz * samples.shape[1] / 24_000) :].sum() / power.sum())

    tape, natural = treated("lo-fi tape", TUNE, BEAT), treated("natural", TUNE, BEAT)
    assert share_above(tape, 7_000) < 0.02 * share_above(natural, 7_000)
    quiet = replace(CHORD, notes=CHORD.notes[:1])
    assert share_above(treated("lo-fi tape", quiet), 3_000) > share_above(
        treated("natural", quiet), 3_000
    )


def test_lofi_tape_wavers() -> None:
    def drift(treatment: str) -> float:
        held = Part("pad", "drawbar_organ", (Note(0.0, 8.0, 69, 90),))
        mono = treated(treatment, held).mean(axis=0)[12_000:84_000]
        analytic = np.fft.fft(mono)
        analytic[len(mono) // 2 :] = 0
        band = np.abs(np.fft.fftfreq(len(mono), 1 / 24_000) - 440) > 25
        analytic[band] = 0
        phase = np.unwrap(np.angle(np.fft.ifft(analytic)))[3_000:-3_000]
        return float(np.diff(phase[::240]).std())

    assert drift("lo-fi tape") > 2 * drift("natural")


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_no_treatment_changes_the_loudness_or_clips(treatment: str) -> None:
    samples = treated(treatment, TUNE, BEAT, CHORD, rate=8_000)
    assert np.abs(samples).max() <= PEAK_CEILING + 1e-6
    from musiclm.audio.waveform import Waveform

    loudness = integrated_loudness(Waveform(torch.from_numpy(samples), 8_000))
    assert loudness == pytest.approx(LOUDNESS_TARGET_LUFS, abs=1.2)


def test_an_unknown_treatment_is_refused() -> None:
    with pytest.raises(ConfigError, match="no treatment 'plaid': choose one of natural, dry, "):
        render(replace(score_of(TUNE), treatment="plaid"), sound=OWN_SOUND, sample_rate=RATE)


def test_a_build_opens_its_filter() -> None:
    score = score_of(
        replace(TUNE, instrument="supersaw_lead"), Part("drums", "standard_kit", BEAT.notes)
    )
    plain = render_stems(score, sound=OWN_SOUND, sample_rate=24_000)["lead-supersaw_lead"]
    built = replace(score, sections=(Section("build", 0, 2, 0.6),))
    swept = render_stems(built, sound=OWN_SOUND, sample_rate=24_000)["lead-supersaw_lead"]
    first, last = slice(0, 18_000), slice(78_000, 96_000)
    at = [
        centroid(swept.samples.numpy()[:, part]) / centroid(plain.samples.numpy()[:, part])
        for part in (first, last)
    ]
    assert at[0] < 0.7
    assert at[1] > 0.8


def test_every_part_has_a_group() -> None:
    for role in ("lead", "chords", "bass", "pad", "arpeggio", "counter", "drums", "effects"):
        for instrument in INSTRUMENTS.values():
            assert group_of(role, instrument) in GROUPS


# --- which sound ---------------------------------------------------------------------------------


def test_sounds_by_name(tiny_font: Path) -> None:
    assert sound_from_name("own") == OWN_SOUND
    assert OWN_SOUND.name == "own"
    assert sound_from_name(str(tiny_font)) == Sound((tiny_font,))
    assert Sound((tiny_font,)).name == "tiny.sf2"
    two = sound_from_name(f"{tiny_font}, {tiny_font}")
    assert two.name == "tiny.sf2 + tiny.sf2"


def test_a_piece_keeps_its_font_and_test_pieces_have_one_of_their_own(tmp_path: Path) -> None:
    fonts = tuple(tmp_path / name for name in ("a.sf2", "b.sf2", "sf_GMbank.sf2"))
    sound = Sound(fonts)
    drawn = [sound.for_piece(seed).name for seed in range(40)]
    assert set(drawn) == {"a.sf2", "b.sf2"}
    assert drawn == [sound.for_piece(seed).name for seed in range(40)]
    assert {sound.for_piece(seed, unseen=True).name for seed in range(9)} == {"sf_GMbank.sf2"}
    one = Sound(fonts[:1])
    assert one.for_piece(3, unseen=True) == one
    assert OWN_SOUND.for_piece(3, unseen=True) == OWN_SOUND


def test_the_environment_names_fonts(tiny_font: Path) -> None:
    both = find_sound_fonts({"MUSICLM_SOUND_FONT": f"{tiny_font}:{tiny_font}"})
    assert both == (tiny_font, tiny_font)


def test_known_fonts_are_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musiclm.corpus.font._FOLDERS", (str(tmp_path),))
    for name in ("TimGM6mb.sf2", *FONTS):
        (tmp_path / name).touch()
    found = [path.name for path in find_sound_fonts({})]
    assert found == ["FluidR3_GM.sf2", "MuseScore_General_Full.sf3", "sf_GMbank.sf2"]
    assert best_packages() == tuple(FONTS[name].debian for name in found)


def test_licences_are_said() -> None:
    assert all(font.licence in ("MIT", "public domain") for font in FONTS.values())
    assert "fluid-soundfont-gm" in licence_of("FluidR3_GM.sf2")
    assert "Apache-2.0" in licence_of("own")
    assert "unknown" in licence_of("somebodys.sf2")


def test_a_missing_font_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("musiclm.corpus.font._FOLDERS", (str(tmp_path),))
    with pytest.raises(DataError, match=r"apt-get install fluid-soundfont-gm.*--sound own"):
        find_sound_fonts({})
    with pytest.raises(DataError, match=r"no sound font at .*gone\.sf2: check the path"):
        sound_from_name(str(tmp_path / "gone.sf2"))
    with pytest.raises(DataError, match=r"is no sound font: expected a file ending in \.sf2"):
        sound_from_name(str(tmp_path / "gone.mp3"))


def test_a_broken_font_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.sf2"
    for content in (b"RIFF nothing", b"", b"RIFF____sfbkLIST____pdta"):
        broken.write_bytes(content)
        with pytest.raises(DataError, match=r"cannot read the sound font .*broken\.sf2"):
            render(score_of(TUNE), sound=Sound((broken,)), sample_rate=RATE)


def test_a_whole_score_on_a_font(tiny_font: Path) -> None:
    waveform = render(score_of(TUNE, BEAT), sound=Sound((tiny_font,)), sample_rate=24_000)
    assert integrated_loudness(waveform) == pytest.approx(LOUDNESS_TARGET_LUFS, abs=1.3)


def test_electronic_voices_are_ours_whatever_the_font(tiny_font: Path) -> None:
    score = score_of(replace(TUNE, instrument="acid_bass", role="bass"), seed=4)
    own, font = (
        render(score, sound=sound, sample_rate=RATE) for sound in (OWN_SOUND, Sound((tiny_font,)))
    )
    assert torch.equal(own.samples, font.samples)
