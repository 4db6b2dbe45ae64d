"""Time stamps: from the notes for what is played, from the samples for how loud it is."""

import math

import pytest
import torch

from musiclm.audio.waveform import Waveform
from musiclm.corpus.annotations import annotations_of
from musiclm.corpus.score import ChordSpan, Note, Part, Score, Section

SCORE = Score(
    title="Two bars",
    style="rock",
    mood="happy",
    tempo_bpm=120.0,
    tempo_curve=((0.0, 120.0), (4.0, 60.0)),
    key="C",
    mode="major",
    metre=(4, 4),
    swing=0.0,
    parts=(
        Part("lead", "flute", (Note(0, 1, 72, 90), Note(3, 1, 74, 90), Note(7, 1, 76, 90))),
        Part("bass", "finger_bass", (Note(0, 8, 36, 90),)),
        Part("pad", "warm_pad", ()),
    ),
    sections=(Section("verse", 0, 1, 0.5), Section("chorus", 1, 1, 0.8, key="D", mode="major")),
    seed=1,
    chords=(ChordSpan(0, 4, "C", 0, (0, 4, 7), ()), ChordSpan(4, 4, "G/B", 7, (7, 11, 2), ())),
)


@pytest.fixture(scope="module")
def loud_then_silent() -> Waveform:
    samples = torch.zeros(2, 6_000)
    samples[:, :1_000] = math.sqrt(2) * 0.5 * torch.sin(torch.arange(1_000) * 0.5)
    return Waveform(samples, 1_000)


def test_beats_follow_the_tempo(loud_then_silent: Waveform) -> None:
    found = annotations_of(SCORE, loud_then_silent)
    assert found.beats == [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0]
    assert found.beats_per_bar == 4
    assert [(mark.start, mark.bpm) for mark in found.tempo] == [(0.0, 120.0), (2.0, 60.0)]


def test_chords_keys_and_melody_have_their_seconds(loud_then_silent: Waveform) -> None:
    found = annotations_of(SCORE, loud_then_silent)
    chords = [(chord.start, chord.end, chord.symbol) for chord in found.chords]
    assert chords == [(0.0, 2.0, "C"), (2.0, 6.0, "G/B")]
    assert [(mark.start, mark.key) for mark in found.keys] == [(0.0, "C"), (2.0, "D")]
    melody = [(note.start, note.end, note.pitch) for note in found.melody]
    assert melody == [(0.0, 0.5, 72), (1.5, 2.0, 74), (5.0, 6.0, 76)]


def test_a_short_rest_is_a_breath_and_a_long_one_an_absence(loud_then_silent: Waveform) -> None:
    found = annotations_of(SCORE, loud_then_silent)
    assert [(a.instrument, a.role, a.spans) for a in found.activity] == [
        ("flute", "lead", [(0.0, 2.0), (5.0, 6.0)]),
        ("finger_bass", "bass", [(0.0, 6.0)]),
    ]


def test_levels_are_measured(loud_then_silent: Waveform) -> None:
    levels = annotations_of(SCORE, loud_then_silent).level_dbfs
    assert levels == pytest.approx([-6.0, -90, -90, -90, -90, -90], abs=0.1)
