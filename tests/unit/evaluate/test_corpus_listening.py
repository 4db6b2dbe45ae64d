"""What is heard in rendered sound: tempo, key, form, holes, loudness."""

import numpy as np
import pytest
import torch
from sounds import RATE, beats
from written_music import line, score_of

from musiclm.audio.waveform import Waveform
from musiclm.corpus.render import OWN_SOUND, render
from musiclm.corpus.score import Note, Part, Section
from musiclm.evaluate.corpus.form import form_heard, self_similarity
from musiclm.evaluate.corpus.key import Array, chroma_by_second, key_of, key_of_chroma, relation
from musiclm.evaluate.corpus.piece import hear
from musiclm.evaluate.corpus.sound import sound_faults
from musiclm.evaluate.corpus.tempo import agreeing_factor, tempo_of


def mono_of(waveform: Waveform) -> Array:
    samples: Array = waveform.samples.mean(dim=0).double().numpy()
    return samples


def tones(pitches: list[int], *, seconds: float = 1.0) -> Array:
    """Plucked notes one after the other, with two overtones."""
    time = np.arange(round(seconds * RATE)) / RATE
    notes = []
    for pitch in pitches:
        hertz = 440 * 2 ** ((pitch - 69) / 12)
        wave = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in (1, 2, 3))
        notes.append(wave * np.exp(-2 * time))
    played: Array = np.concatenate(notes)
    return played


@pytest.mark.parametrize("bpm", [63.0, 97.0, 131.0, 174.0])
def test_tempo_is_heard_to_a_percent(bpm: float) -> None:
    heard = tempo_of(mono_of(beats(bpm=bpm, hertz=300, noisy=True, seconds=15)), RATE)
    assert heard is not None
    assert agreeing_factor(heard, bpm, (4, 4), triplets=False, tolerance=0.01)


def test_silence_has_no_tempo_and_no_key() -> None:
    silence = np.zeros(10 * RATE)
    assert tempo_of(silence, RATE) is None
    assert key_of(silence, RATE) is None
    assert tempo_of(np.ones(RATE), RATE) is None


@pytest.mark.parametrize(
    ("heard", "metre", "triplets", "factor"),
    [
        (119.0, (4, 4), False, "1"),
        (60.5, (4, 4), False, "1/2"),
        (240.0, (4, 4), False, "2"),
        (80.0, (4, 4), False, None),
        (123.0, (4, 4), False, None),
        (360.0, (12, 8), False, "3"),
        (360.0, (4, 4), False, None),
        (360.0, (4, 4), True, "3"),
        (40.0, (3, 4), False, "1/3"),
    ],
)
def test_only_related_tempi_agree(
    heard: float, metre: tuple[int, int], triplets: bool, factor: str | None
) -> None:
    assert agreeing_factor(heard, 120.0, metre, triplets=triplets) == factor


@pytest.mark.parametrize("tonic", [0, 5, 10])
@pytest.mark.parametrize("tuning", [0.0, 0.3])
def test_keys_are_heard_in_any_tuning(tonic: int, tuning: float) -> None:
    minor = [0, 7, 0, 3, 7, 2, 8, 5, 3, 11, 0, 0]
    major = [0, 7, 0, 4, 7, 2, 9, 5, 4, 11, 0, 0]
    for steps, mode in ((minor, "minor"), (major, "major")):
        sound = np.interp(
            np.arange(0, len(steps) * RATE - 1, 2 ** (tuning / 12)),
            np.arange(len(steps) * RATE),
            tones([60 + tonic + step for step in steps]),
        )
        assert key_of(sound, RATE) == (tonic, mode)


def test_chroma_has_a_row_a_second() -> None:
    chroma = chroma_by_second(tones([60, 64, 67]), RATE)
    assert chroma.shape == (3, 12)
    assert chroma.argmax(axis=1).tolist() == [0, 4, 7]
    assert key_of_chroma(chroma[:0]) is None


def test_relations_of_keys() -> None:
    heard = [(7, "major"), (9, "minor"), (0, "minor"), (1, "major"), (4, "minor")]
    found = [relation(key, 0, "major") for key in heard]
    assert found == ["fifth", "relative", "parallel", "other", "other"]
    assert relation((2, "major"), 2, "yo") == relation((2, "minor"), 2, "yo") == "exact"


def test_a_gap_is_found_and_quiet_ends_are_none() -> None:
    tone = 0.2 * torch.sin(torch.arange(RATE) * 0.1)
    gap = torch.zeros(round(2.5 * RATE))
    holed = sound_faults(Waveform(torch.cat([gap, tone, gap, tone, gap])[None], RATE))
    assert holed.longest_silence_seconds == pytest.approx(2.5, abs=0.06)
    assert holed.n_clipped == 0
    whole = sound_faults(Waveform(torch.cat([gap, tone, tone, gap])[None], RATE))
    assert whole.longest_silence_seconds == 0.0
    assert sound_faults(Waveform(gap[None], RATE)).longest_silence_seconds == 0.0


def test_clipped_samples_are_counted_in_every_channel() -> None:
    tone = 0.5 * torch.sin(torch.arange(RATE) * 0.1)
    left = tone.clone()
    left[100:110] = 1.0
    faults = sound_faults(Waveform(torch.stack([left, tone]), RATE))
    assert (faults.n_clipped, faults.peak) == (10, 1.0)


def repeating() -> tuple[Part, tuple[Section, ...]]:
    """Two kinds of four bars in turns: low long notes, high short ones."""
    notes: list[Note] = []
    for section in range(4):
        low = line([48, 55, 52, 50] * 2, beats=2, start=16.0 * section)
        high = line([84, 88, 86, 91] * 8, beats=0.5, start=16.0 * section)
        notes += high if section % 2 else low
    names = ("verse", "chorus", "verse", "chorus")
    return Part("lead", "acoustic_grand_piano", tuple(notes)), tuple(
        Section(name, 4 * index, 4, 0.6) for index, name in enumerate(names)
    )


def test_form_is_heard_where_sections_come_back() -> None:
    part, sections = repeating()
    score = score_of(part, sections=sections, tempo=180)
    mono = mono_of(render(score, sound=OWN_SOUND))
    assert form_heard(score, mono, RATE) == 1.0
    alike = self_similarity(score, mono, RATE)
    assert alike.shape == (16, 16)
    assert alike[0, 8] > 0.5 > alike[0, 4]
    # The same sound under names that do not follow it.
    wrong = tuple(
        Section(name, 4 * i, 4, 0.6) for i, name in enumerate(("verse", "verse", "out", "out"))
    )
    heard = form_heard(score_of(part, sections=wrong, tempo=180), mono, RATE)
    assert heard is not None
    assert heard < 0.5
    once = (Section("verse", 0, 16, 0.6),)
    assert form_heard(score_of(part, sections=once, tempo=180), mono, RATE) is None


def test_a_piece_is_heard_in_its_home_key_only() -> None:
    """Eight bars at home, then eight a tritone higher that would outvote them."""
    tune = [60, 64, 67, 72, 65, 69, 67, 71, 72, 67, 64, 60]
    home = line(tune, beats=2)
    away = line([pitch + 6 for pitch in tune] * 2, beats=2, start=24)
    sections = (Section("a", 0, 6, 0.6), Section("b", 6, 12, 0.6, key="F#", mode="major"))
    part = Part("lead", "acoustic_grand_piano", (*home, *away))
    heard = hear(score_of(part, sections=sections, tempo=160), OWN_SOUND)
    assert (heard.key, heard.key_relation) == ("C major", "exact")
    assert hear(score_of(part, n_bars=18, tempo=160), OWN_SOUND).key != "C major"
    assert (
        hear(score_of(part, n_bars=18, tempo=160, style="horror"), OWN_SOUND).key_relation is None
    )
