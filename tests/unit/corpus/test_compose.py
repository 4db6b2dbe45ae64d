"""The composer: every style writes playable pieces that keep what they promise."""

import subprocess
import sys
from collections import Counter
from functools import cache

import pytest

from musiclm.corpus.compose import STYLES, compose
from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.facts import has_drums
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.score import ROLES, Score, from_midi
from musiclm.corpus.theory import KEY_NAMES, MODES, largest_gap
from musiclm.errors import ConfigError

SEEDS = (0, 1)


@cache
def piece(style: str, seed: int) -> Score:
    """Composing is slow under type checks, and scores are frozen, so tests share them."""
    return compose(style, seed, seconds=24)


EVERY_STYLE = pytest.mark.parametrize("style", sorted(STYLES))


@EVERY_STYLE
def test_notes_are_playable(style: str) -> None:
    for seed in SEEDS:
        score = piece(style, seed)
        for part in score.parts:
            instrument = INSTRUMENTS[part.instrument]
            assert part.role in ROLES
            assert part.notes
            ends: dict[int, float] = {}
            for note in part.notes:
                assert instrument.low <= note.pitch <= instrument.high, (part.role, note)
                assert 1 <= note.velocity <= 127
                assert note.duration > 0
                assert 0 <= note.start < note.end <= score.n_bars * score.beats_per_bar + 1e-3
                # A key cannot be struck again before it is let go.
                assert ends.get(note.pitch, 0.0) <= note.start + 1e-6
                ends[note.pitch] = note.end
        assert from_midi(score.to_midi()).title == score.title


@EVERY_STYLE
def test_the_piece_comes_home(style: str) -> None:
    for seed in SEEDS:
        score = piece(style, seed)
        tonic = KEY_NAMES.index(score.key)
        last_bar = (score.n_bars - 1) * score.beats_per_bar
        lead = next(part for part in score.parts if part.role == "lead")
        assert lead.notes[-1].pitch % 12 == tonic
        lows = [
            note
            for part in score.parts
            if not part.is_drums
            for note in part.notes
            if note.end > last_bar + 1
        ]
        assert min(lows, key=lambda note: note.pitch).pitch % 12 == tonic


@EVERY_STYLE
def test_the_form_fits(style: str) -> None:
    for seed in SEEDS:
        score = piece(style, seed)
        assert 12 <= score.seconds() <= 42
        assert score.sections[-1].name == "ending"
        at = 0
        for section in score.sections:
            assert section.start_bar == at
            assert 0 < section.intensity <= 1
            at += section.n_bars
        if score.sections[0].name == "intro":
            assert score.sections[0].n_bars <= 0.16 * score.n_bars


@EVERY_STYLE
def test_tunes_are_sung_not_scattered(style: str) -> None:
    for seed in SEEDS:
        score = piece(style, seed)
        pitches = [note.pitch for note in score.parts[0].notes]
        assert score.parts[0].role == "lead"
        assert largest_gap(pitches) <= 14
        assert max(pitches) - min(pitches) <= 24
        assert len(set(pitches)) >= 4


@EVERY_STYLE
def test_ten_seconds_show_drums_and_tune(style: str) -> None:
    for seed in SEEDS:
        score = piece(style, seed)
        lead = score.parts[0]
        bars = Counter(int(note.start // score.beats_per_bar) for note in lead.notes)
        assert len(bars) >= 0.7 * score.n_bars
        if any(part.role == "drums" for part in score.parts):
            assert has_drums(score)


def sounds_at(score: Score, role: str, beat: float) -> list[int]:
    return [
        note.pitch
        for part in score.parts
        if part.role == role
        for note in part.notes
        if note.start <= beat + 0.1 and note.end > beat + 0.2
    ]


def test_walking_bass_walks() -> None:
    score = compose("swing jazz", seed=5)
    bass = next(part for part in score.parts if part.role == "bass")
    body = [note for note in bass.notes if note.start < (score.n_bars - 2) * 4]
    assert len(body) >= 0.95 * (score.n_bars - 2) * 4
    assert largest_gap([note.pitch for note in body]) <= 12


def test_a_return_brings_the_tune_back() -> None:
    score = next(
        score
        for score in (compose("rock", seed, seconds=30) for seed in range(50))
        if [s.name for s in score.sections].count("verse") >= 2
    )
    starts = [s.start_bar for s in score.sections if s.name == "verse"]

    def first_bar(bar: int) -> list[int]:
        low = bar * score.beats_per_bar - 0.1
        return [n.pitch for n in score.parts[0].notes if low <= n.start < low + 4]

    assert first_bar(starts[0])[:2] == first_bar(starts[1])[:2]


def test_swing_moves_the_offbeats() -> None:
    score = next(s for s in (compose("swing jazz", seed) for seed in range(20)) if s.swing > 0.9)
    offbeats = [note.start % 1 for note in score.parts[0].notes if 0.3 < note.start % 1 < 0.85]
    assert 0.62 < sum(offbeats) / len(offbeats) < 0.7


def test_intensity_is_heard_in_the_velocities() -> None:
    quiet = compose("piano ballad", 4, mood="calm")
    loud = compose("piano ballad", 4, mood="epic")

    def mean(score: Score) -> float:
        notes = [note.velocity for part in score.parts for note in part.notes]
        return sum(notes) / len(notes)

    assert mean(loud) > mean(quiet) + 8


def test_mood_steers_mode_and_tempo() -> None:
    happy = [compose("folk", seed, mood="happy", seconds=12) for seed in range(8)]
    sad = [compose("folk", seed, mood="sad", seconds=12) for seed in range(8)]
    assert sum(s.mode in ("major", "mixolydian") for s in happy) >= 7
    assert sum(s.mode in ("minor", "dorian") for s in sad) >= 6
    assert sum(s.tempo_bpm for s in happy) > sum(s.tempo_bpm for s in sad) + 8 * 15


def test_tempo_keeps_to_the_style() -> None:
    for name, style in STYLES.items():
        for seed in SEEDS:
            low, high = style.tempo
            assert low <= piece(name, seed).tempo_bpm <= high


def test_a_corpus_varies() -> None:
    scores = [piece(style, seed) for style in STYLES for seed in SEEDS]
    assert len({score.key for score in scores}) >= 11
    assert len({score.mood for score in scores}) >= 12
    assert {score.mood for score in scores} <= set(MOODS)
    assert len({score.mode for score in scores} & set(MODES)) >= 4
    assert {score.metre for score in scores} >= {(4, 4), (3, 4), (6, 8)}
    assert len({score.parts[0].instrument for score in scores}) >= 18
    assert len({str(score.parts) for score in scores}) == len(scores)


def test_the_style_is_drawn_when_none_is_asked_for() -> None:
    assert len({compose(None, seed, seconds=8).style for seed in range(12)}) >= 6


def test_the_same_seed_composes_the_same_piece_in_another_process() -> None:
    program = (
        "from musiclm.corpus.compose import compose; from zlib import crc32;"
        "print(crc32(repr(compose('funk', 11)).encode()))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1
    assert answers != {""}


def test_wishes_that_cannot_be_met_are_refused() -> None:
    with pytest.raises(ConfigError, match="no style 'polka': choose one of ambient, bossa nova"):
        compose("polka", 1)
    with pytest.raises(ConfigError, match="no mood 'hungry': choose one of calm, dark"):
        compose("rock", 1, mood="hungry")
    with pytest.raises(ConfigError, match="a piece needs at least 8 seconds, got 2"):
        compose("rock", 1, seconds=2)


@pytest.mark.parametrize("style", sorted(STYLES))
def test_style_data_is_whole(style: str) -> None:
    """Every metre of a style has cells, cadences, grooves and patterns; every name exists."""
    data = STYLES[style]
    for metre in data.metres:
        assert data.melody.cells[metre]
        assert data.melody.cadences[metre]
        for layer in data.layers:
            assert layer.patterns.get(metre) or layer.writer in (
                "pad",
                "counter",
                "drone",
                "walking",
            ), (style, layer.role, metre)
        for kit in (*data.drums, *data.percussion):
            assert kit.grooves[metre]
    keys = [key for layer in data.layers for key in layer.instruments]
    keys += [*data.melody.instruments]
    keys += [key for kit in (*data.drums, *data.percussion) for key in kit.kits]
    assert set(keys) <= set(INSTRUMENTS)
    assert len(set(data.melody.instruments)) >= 3
