"""Measures of written notes: planted faults are counted, and good writing passes."""

import pytest
from written_music import chord_of, line, score_of

from musiclm.corpus.compose import compose
from musiclm.corpus.score import ChordSpan, Note, Part
from musiclm.evaluate.corpus.harmony import melody_fit
from musiclm.evaluate.corpus.neighbours import FEWEST_RUNS, Run, melody_runs, nearest_pair
from musiclm.evaluate.corpus.voices import (
    out_of_range,
    parallels,
    root_motion,
    struck_beats,
    voice_motion,
)

SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def test_a_tune_in_its_key_fits_and_a_transposed_one_does_not() -> None:
    chords = (chord_of(0, 8, 0, 4, 7), chord_of(8, 8, 7, 11, 2))
    tune = Part("lead", "flute", line([*SCALE, *reversed(SCALE)]))
    good = melody_fit(score_of(tune, chords=chords))
    assert (good.n_notes, good.share) == (16, 1.0)
    assert good.chance == pytest.approx(7 / 12)
    shifted = Part("lead", "flute", line([pitch + 6 for pitch in (*SCALE, *reversed(SCALE))]))
    share = melody_fit(score_of(shifted, chords=chords)).share
    assert share is not None
    assert share < 0.3


def test_without_chords_the_key_of_the_section_is_the_measure() -> None:
    tune = Part("lead", "flute", line([60, 61, 62, 63]))
    assert melody_fit(score_of(tune)).share == 0.5


def test_an_anticipation_belongs_to_the_chord_that_it_anticipates() -> None:
    chords = (
        ChordSpan(0, 4, "", 0, (0, 4, 7), (0, 4, 7)),
        ChordSpan(4, 4, "", 2, (2, 6, 9), (2, 6, 9)),
    )
    early = Part("lead", "flute", (Note(3.5, 2.0, 66, 90),))
    passing = Part("lead", "flute", (Note(3.0, 0.5, 66, 90),))
    assert melody_fit(score_of(early, chords=chords)).share == 1.0
    assert melody_fit(score_of(passing, chords=chords)).share == 0.0


def test_a_piece_without_a_tune_has_no_share() -> None:
    assert melody_fit(score_of(Part("pad", "flute", line([60])))).share is None


def test_parallel_fifths_are_counted_and_contrary_motion_is_not() -> None:
    upper = Part("lead", "violin", line([67, 69, 71, 72]))
    fifths = parallels(score_of(upper, Part("counter", "viola", line([60, 62, 64, 65]))))
    assert (fifths.n_moves, fifths.n_fifths, fifths.n_octaves) == (3, 3, 0)
    contrary = parallels(score_of(upper, Part("counter", "viola", line([64, 62, 60, 59]))))
    assert (contrary.n_moves, contrary.n_all_moves, contrary.n_fifths) == (0, 3, 0)


def test_fifths_inside_a_part_that_plays_chords_are_counted() -> None:
    notes = (*line([60, 62, 64]), *line([67, 69, 71]))
    assert parallels(score_of(Part("chords", "violin", notes))).n_fifths == 2


def test_unevenness_of_players_does_not_hide_parallels() -> None:
    upper = Part("lead", "violin", line([67, 69, 71, 72]))
    late = Part("counter", "viola", line([60, 62, 64, 65], start=0.05))
    assert parallels(score_of(upper, late)).n_fifths == 3


def test_a_part_that_doubles_another_is_not_a_voice_of_its_own() -> None:
    tune = [60, 62, 64, 65, 67, 65, 64, 62]
    doubled = score_of(
        Part("lead", "violin", line(tune)),
        Part("counter", "cello", line([pitch - 12 for pitch in tune])),
    )
    assert parallels(doubled).n_octaves == 0
    partly = score_of(
        Part("lead", "violin", line(tune)),
        Part("counter", "cello", line([48, 50, 48, 45, 43, 45, 43, 41])),
    )
    assert parallels(partly).n_octaves == 1


def test_a_rest_ends_a_move() -> None:
    upper = Part("lead", "violin", (*line([67]), *line([69], start=4)))
    lower = Part("counter", "viola", (*line([60]), *line([62], start=4)))
    assert parallels(score_of(upper, lower)).n_moves == 0


def test_voice_motion_tells_smooth_from_block_chords() -> None:
    chords = (chord_of(0, 4, 0, 4, 7), chord_of(4, 4, 5, 9, 0))

    def moved(*second: int) -> float:
        notes = [Note(0, 4, pitch, 80) for pitch in (60, 64, 67)]
        notes += [Note(4, 4, pitch, 80) for pitch in second]
        total, n = voice_motion(score_of(Part("chords", "violin", tuple(notes)), chords=chords))
        return total / n

    assert moved(60, 65, 69) == 1.0
    assert moved(65, 69, 72) == 5.0
    assert root_motion(score_of(chords=chords)) == (5.0, 1)


def test_notes_that_an_instrument_lacks_are_named() -> None:
    parts = (Part("lead", "flute", line([60, 20])), Part("drums", "standard_kit", line([20])))
    assert out_of_range(score_of(*parts)) == ["flute 20"]


def test_beats_that_are_struck() -> None:
    half = score_of(Part("lead", "flute", line([60] * 8, beats=2)))
    off = score_of(Part("lead", "flute", line([60] * 15, start=0.5)))
    assert (struck_beats(half), struck_beats(off)) == (0.5, 0.0)


def test_a_transposed_copy_is_the_nearest_neighbour() -> None:
    tunes = [melody_runs(compose("reggae", seed, seconds=30)) for seed in (1, 2, 3)]
    original = compose("reggae", 2, seconds=30)
    lead = next(part for part in original.parts if part.role == "lead")
    higher = Part("lead", lead.instrument, tuple(
        Note(note.start, note.duration, note.pitch + 3, note.velocity) for note in lead.notes
    ))  # fmt: skip
    found = nearest_pair([*tunes, melody_runs(score_of(higher))])
    assert (found.first, found.second, found.share) == (1, 3, 1.0)
    assert nearest_pair(tunes).share < 0.6


def test_shares_are_of_the_smaller_tune_and_short_tunes_are_left_out() -> None:
    def tune(*numbers: int) -> frozenset[Run]:
        return frozenset((number, 0, 0, 0, 0, 0, 0) for number in numbers)

    small, large = tune(*range(20)), tune(*range(10, 100))
    found = nearest_pair([small, tune(*range(FEWEST_RUNS - 1)), large])
    assert (found.n_pieces, found.share, found.first, found.second) == (2, 0.5, 0, 2)
    assert nearest_pair([small]).first == -1
