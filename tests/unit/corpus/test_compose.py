"""The composer: every style writes playable pieces that keep what they promise."""

import subprocess
import sys
from bisect import bisect_right
from functools import cache
from itertools import pairwise

import pytest

from musiclm.corpus.compose import FAMILY_OF, STYLES, compose
from musiclm.corpus.craft.check import check_style
from musiclm.corpus.craft.moods import MOODS
from musiclm.corpus.craft.scenes import SCENES
from musiclm.corpus.facts import has_drums, lead_part
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.score import ROLES, Score, from_midi
from musiclm.corpus.theory import KEY_NAMES, MODES, largest_gap
from musiclm.errors import ConfigError

SEEDS = (0, 1)
EVERY_STYLE = pytest.mark.parametrize("style", sorted(STYLES))


@cache
def piece(style: str, seed: int) -> Score:
    """Composing is slow under type checks, and scores are frozen, so tests share them."""
    return compose(style, seed, seconds=24)


@EVERY_STYLE
def test_short_pieces_keep_what_they_promise(style: str) -> None:
    # One test a style, or every worker would have to compose every piece.
    scores = [piece(style, seed) for seed in SEEDS]
    for score in scores:
        notes_are_playable(score)
        the_form_adds_up(score)
        the_piece_comes_home(score)
        nothing_is_silent_for_two_seconds(score)
        the_tune_is_sung(score)
        if any(part.role == "drums" for part in score.parts):
            assert has_drums(score)
        low, high = STYLES[style].tempo
        assert low <= score.tempo_bpm <= high
        assert 12 <= score.seconds() <= 38
    fitting = [fit for score in scores for fit in fits_the_harmony(score)]
    assert sum(fitting) >= 0.88 * len(fitting)
    assert from_midi(scores[0].to_midi()).title == scores[0].title


@EVERY_STYLE
def test_long_pieces_develop(style: str) -> None:
    score = compose(style, 3, seconds=150)
    assert abs(score.seconds() - 150) < 0.12 * 150
    notes_are_playable(score)
    the_form_adds_up(score)
    nothing_is_silent_for_two_seconds(score)
    assert len(score.sections) >= 4
    levels = [section.intensity for section in score.sections]
    assert max(levels) - min(levels) >= 0.04
    # Loops are varied: most sections are not the same as another one, note for note.
    heard = []
    for section in score.sections:
        first = section.start_bar * score.beats_per_bar
        after = first + section.n_bars * score.beats_per_bar
        notes = [n for part in score.parts for n in part.notes if first <= n.start < after]
        heard.append(tuple((round(n.start - first, 1), n.pitch) for n in notes))
    assert len(set(heard)) > 0.5 * len(heard)


def notes_are_playable(score: Score) -> None:
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


def the_form_adds_up(score: Score) -> None:
    at = 0
    for section in score.sections:
        assert section.start_bar == at
        assert 0 < section.intensity <= 1
        at += section.n_bars
    if score.sections[0].name == "intro":
        assert score.sections[0].n_bars <= 0.2 * score.n_bars


def the_piece_comes_home(score: Score) -> None:
    last_bar = (score.n_bars - 1) * score.beats_per_bar
    ending = score.chords[-1]
    sounding = [
        note
        for part in score.parts
        if not part.is_drums
        for note in part.notes
        if note.start > last_bar - 0.2 or note.end > last_bar + 0.5
    ]
    assert sounding
    lowest = min(sounding, key=lambda note: note.pitch)
    assert lowest.pitch % 12 in (*ending.pitch_classes, KEY_NAMES.index(score.key))
    assert KEY_NAMES[ending.root] == score.sections[-1].key or STYLES[score.style].final


def nothing_is_silent_for_two_seconds(score: Score) -> None:
    until = 0.0
    for start, end in sorted((n.start, n.end) for part in score.parts for n in part.notes):
        assert (start - until) * 60 / score.tempo_bpm < 2.0
        until = max(until, end)


def the_tune_is_sung(score: Score) -> None:
    lead = lead_part(score)
    tune = [
        note.pitch
        for note, after in pairwise((*lead.notes, None))
        if after is None or after.start - note.start > 0.05
    ]
    gaps = sorted(abs(b - a) for a, b in pairwise(tune))
    assert gaps[int(0.95 * len(gaps))] <= 16
    assert len(set(tune)) >= 3


def fits_the_harmony(score: Score) -> list[bool]:
    starts = [span.start for span in score.chords]
    fits = []
    for note in lead_part(score).notes:
        span = score.chords[max(0, bisect_right(starts, note.start + 0.1) - 1)]
        fits.append(note.pitch % 12 in (*span.scale, *span.pitch_classes))
    return fits


def test_walking_bass_walks() -> None:
    score = compose("swing jazz", seed=5)
    bass = next(part for part in score.parts if part.role == "bass")
    body = [note for note in bass.notes if note.start < (score.n_bars - 2) * 4]
    assert len(body) >= 0.95 * (score.n_bars - 2) * 4
    assert largest_gap([note.pitch for note in body]) <= 12


def test_a_return_brings_the_tune_back() -> None:
    score = compose("waltz", 3, seconds=60)
    names = [section.name for section in score.sections]
    again = next(name for name in names if names.count(name) >= 2)
    starts = [s.start_bar for s in score.sections if s.name == again]

    def first_bars(bar: int) -> list[int]:
        low = bar * score.beats_per_bar - 0.1
        return [n.pitch for n in score.parts[0].notes if low <= n.start < low + 8]

    assert first_bars(starts[0])[:3] == first_bars(starts[1])[:3]


def test_swing_moves_the_offbeats() -> None:
    score = next(s for s in (compose("swing jazz", seed) for seed in range(20)) if s.swing > 0.8)
    offbeats = [note.start % 1 for note in score.parts[0].notes if 0.3 < note.start % 1 < 0.85]
    assert 0.6 < sum(offbeats) / len(offbeats) < 0.7


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


def test_a_corpus_varies() -> None:
    scores = [compose(style, 7, seconds=10) for style in STYLES]
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
    with pytest.raises(ConfigError, match="no style 'polka': choose one of "):
        compose("polka", 1)
    with pytest.raises(ConfigError, match="no mood 'hungry': choose one of "):
        compose("rock", 1, mood="hungry")
    with pytest.raises(ConfigError, match="no scene 'on the moon': choose one of "):
        compose("rock", 1, scene="on the moon")
    with pytest.raises(ConfigError, match="a piece needs at least 8 seconds, got 2"):
        compose("rock", 1, seconds=2)


@EVERY_STYLE
def test_style_data_is_whole(style: str) -> None:
    check_style(STYLES[style])
    assert STYLES[style].name == style == style.lower()


def test_scenes_steer() -> None:
    scores = [compose("techno", seed, seconds=12) for seed in range(40)]
    named = [score for score in scores if score.scene]
    assert 10 <= len(named) <= 30
    for score in named:
        assert SCENES[score.scene].suits("techno", FAMILY_OF["techno"])
        assert score.mood in SCENES[score.scene].moods
    sleepy = [compose("ambient", seed, seconds=12, scene="falling asleep") for seed in range(8)]
    awake = [compose("ambient", seed, seconds=12, scene="") for seed in range(8)]
    assert {score.scene for score in sleepy} == {"falling asleep"}
    assert {score.scene for score in awake} == {""}
    assert sum(s.tempo_bpm for s in sleepy) < sum(s.tempo_bpm for s in awake)
    assert compose(None, 5, seconds=12, scene="boss battle").style in STYLES


def test_every_style_suits_some_scene() -> None:
    for style, family in FAMILY_OF.items():
        assert sum(bool(scene.suits(style, family)) for scene in SCENES.values()) >= 3, style
