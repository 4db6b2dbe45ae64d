"""The classical styles: what makes each of them itself, and the rules of part-writing they keep."""

from collections.abc import Sequence
from functools import cache
from itertools import combinations, pairwise
from random import Random

import pytest

from musiclm.corpus.compose import STYLES, compose
from musiclm.corpus.craft.blocks import Bar, Span
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.score import Note, Part, Score
from musiclm.corpus.styles.classical._voices import Rules, Tone, moment, write_line
from musiclm.corpus.styles.classical.baroque import at_the_fifth
from musiclm.corpus.theory import KEY_NAMES, chord

CLASSICAL = (
    "baroque",
    "horror",
    "impressionism",
    "lullaby",
    "march",
    "minimalism",
    "music box",
    "orchestral film",
    "romantic piano",
    "string quartet",
    "suspense",
    "waltz",
)
# Planing, clusters and figures that share one chord suspend the rule in the others.
STRICT = ("baroque", "lullaby", "march", "music box", "romantic piano", "string quartet", "waltz")
_TOGETHER = 0.1  # beats


@cache
def piece(style: str, seed: int = 3, seconds: float = 30) -> Score:
    """Scores are frozen, so tests share them."""
    return compose(style, seed, seconds=seconds)


def lines_of(score: Score) -> list[list[Note]]:
    """Parts that play one note at a time."""
    lines = []
    for part in score.parts:
        if part.is_drums or len(part.notes) < 8:
            continue
        starts = [note.start for note in part.notes]
        apart = [b - a > _TOGETHER for a, b in pairwise(starts)]
        if sum(apart) > 0.95 * len(apart):
            lines.append(list(part.notes))
    return lines


def consecutives(one: Sequence[Note], other: Sequence[Note]) -> tuple[int, int, int]:
    """Moves of two voices together; how many are from fifth to fifth, from octave to octave."""
    moves = fifths = octaves = 0
    previous: tuple[int, int] | None = None
    index = 0
    for note in one:
        while index < len(other) and other[index].start < note.start - _TOGETHER:
            index += 1
        if index == len(other) or other[index].start > note.start + _TOGETHER:
            continue
        now = note.pitch, other[index].pitch
        if previous and now[0] != previous[0] and now[1] != previous[1]:
            moves += 1
            gaps = abs(previous[0] - previous[1]) % 12, abs(now[0] - now[1]) % 12
            fifths += gaps == (7, 7)
            octaves += gaps == (0, 0)
        previous = now
    return moves, fifths, octaves


def section(score: Score, name: str, part: Part) -> list[Note]:
    """The notes of a part in the first section of that name."""
    found = next(s for s in score.sections if s.name == name)
    first = found.start_bar * score.beats_per_bar
    last = first + found.n_bars * score.beats_per_bar
    return [note for note in part.notes if first - 0.15 <= note.start < last - 0.15]


def part_of(score: Score, role: str, instrument: str = "") -> Part:
    return next(p for p in score.parts if p.role == role and instrument in p.instrument)


@pytest.mark.parametrize("style", STRICT)
def test_voices_do_not_run_in_fifths(style: str) -> None:
    moves = fifths = 0
    for seed in (1, 2):
        for one, other in combinations(lines_of(piece(style, seed)), 2):
            counted, parallel, _ = consecutives(one, other)
            moves += counted
            fifths += parallel
    assert moves >= 20
    # A single slip in a short piece is not yet a habit.
    assert fifths <= max(1, 0.02 * moves)


def test_the_measure_sees_fifths() -> None:
    bass = [Note(float(i), 1.0, 48 + 2 * i, 80) for i in range(5)]
    fifth_above = [Note(note.start, 1.0, note.pitch + 19, 80) for note in bass]
    assert consecutives(bass, fifth_above) == (4, 4, 0)


@pytest.mark.parametrize("style", CLASSICAL)
def test_tunes_fit_their_chords_and_nothing_falls_silent(style: str) -> None:
    score = piece(style)
    fits = [
        note.pitch % 12 in (*span.scale, *span.pitch_classes)
        for note in score.parts[0].notes
        for span in score.chords
        if span.start <= note.start + 0.12 < span.start + span.beats
    ]
    assert sum(fits) >= 0.9 * len(fits)
    for part in score.parts:
        instrument = INSTRUMENTS[part.instrument]
        assert all(instrument.low <= note.pitch <= instrument.high for note in part.notes)
    sounding = 0.0
    for note in sorted((n for p in score.parts for n in p.notes), key=lambda n: n.start):
        assert (note.start - sounding) * 60 / score.tempo_bpm < 2.0
        sounding = max(sounding, note.end)


@pytest.mark.parametrize("style", CLASSICAL)
def test_the_same_seed_writes_the_same_notes(style: str) -> None:
    assert compose(style, 3, seconds=12) == compose(style, 3, seconds=12)
    assert compose(style, 3, seconds=12).parts != compose(style, 4, seconds=12).parts


def test_every_classical_style_writes_its_own_parts() -> None:
    names = {
        name
        for name, style in STYLES.items()
        if "classical" in str(style.writer.__module__ if style.writer else "")
    }
    assert names == set(CLASSICAL)
    assert all(STYLES[name].plans for name in CLASSICAL)


def test_the_answer_is_a_fifth_up() -> None:
    assert [at_the_fifth(text) for text in ("I", "V7", "iim7b5/4", "bVI")] == [
        "V",
        "II7",
        "vim7b5/1",
        "bIII",
    ]


def contours(notes: Sequence[Note]) -> list[int]:
    return [b.pitch - a.pitch for a, b in pairwise(notes)]


@pytest.mark.parametrize("seed", [1, 2, 6])
def test_the_subject_of_a_fugue_comes_back_in_other_voices(seed: int) -> None:
    score = piece("baroque", seed, 40)
    subject = section(score, "subject", score.parts[0])
    assert len(subject) >= 6
    beats = [note.start - subject[0].start for note in subject]
    shape = contours(subject)
    found: list[tuple[int, float]] = []
    voices = [part for part in score.parts if part.role in ("lead", "counter", "bass")]
    for index, part in enumerate(voices):
        for first in range(len(part.notes) - len(subject) + 1):
            run = part.notes[first : first + len(subject)]
            same_rhythm = all(
                abs(note.start - run[0].start - beat) < 0.12
                for note, beat in zip(run, beats, strict=True)
            )
            near = [abs(a - b) <= 1 for a, b in zip(contours(run), shape, strict=True)]
            if same_rhythm and sum(near) >= 0.75 * len(near):
                found.append((index, run[0].start))
    assert len(found) >= 3
    assert len({index for index, _ in found}) >= 2


def test_baroque_voices_are_independent() -> None:
    for seed in (1, 2):
        score = piece("baroque", seed, 40)
        lead, bass = score.parts[0], part_of(score, "bass")
        body = [n for n in lead.notes if n.start < (score.n_bars - 2) * score.beats_per_bar]
        alone = [
            note
            for note in body
            if all(abs(note.start - other.start) > _TOGETHER for other in bass.notes)
        ]
        assert len(alone) >= 0.15 * len(body)
        falls = {round(note.start * 4): step for note, step in steps_of(bass)}
        pairs = [
            (step, falls[round(note.start * 4)])
            for note, step in steps_of(lead)
            if step and falls.get(round(note.start * 4))
        ]
        assert len(pairs) >= 15
        assert sum(one * other > 0 for one, other in pairs) < 0.7 * len(pairs)


def steps_of(part: Part) -> list[tuple[Note, int]]:
    """Every note but the first, and how far it moved."""
    return list(zip(part.notes[1:], contours(part.notes), strict=True))


def test_the_trio_of_a_march_is_a_fourth_up_in_major() -> None:
    for seed in range(3):
        score = piece("march", seed)
        trio = next(s for s in score.sections if s.name == "trio")
        assert (KEY_NAMES.index(trio.key) - KEY_NAMES.index(score.key)) % 12 == 5
        assert trio.mode == "major"
        drums = part_of(score, "drums")
        assert {38, 36} <= {note.pitch for note in drums.notes}


def test_minimalism_keeps_an_eighth_note_pulse() -> None:
    score = piece("minimalism", 0)
    unit = 0.5 if score.metre[1] == 4 else 1 / 3
    pulse = part_of(score, "chords")
    struck = {round(note.start / unit) for note in pulse.notes}
    wanted = (score.n_bars - 1) * score.beats_per_bar / unit
    assert len([index for index in struck if index < wanted]) >= 0.98 * wanted
    assert all(abs(note.start / unit - round(note.start / unit)) < 0.06 for note in pulse.notes)


def test_the_second_player_drifts_ahead_of_the_first() -> None:
    score = next(
        s
        for s in (piece("minimalism", seed, 45) for seed in (1, 2, 3, 5))
        if any(section.name == "phase" and section.n_bars == 8 for section in s.sections)
    )
    unit = 0.5 if score.metre[1] == 4 else 1 / 3
    start = next(s.start_bar for s in score.sections if s.name == "phase" and s.n_bars == 8)
    bar = start + 2  # one eighth apart by now

    def rhythm(part: Part) -> set[int]:
        first = bar * score.beats_per_bar
        return {
            round((note.start - first) / unit)
            for note in part.notes
            if first - 0.1 <= note.start < first + score.beats_per_bar - 0.1
        }

    count = round(score.beats_per_bar / unit)
    lead, twin = rhythm(score.parts[0]), rhythm(part_of(score, "arpeggio"))
    assert {(index - 1) % count for index in lead} == twin


def test_a_waltz_goes_oom_pah_pah() -> None:
    score = piece("waltz")
    bass, pah = part_of(score, "bass"), part_of(score, "chords", "pizzicato")
    before_last = (score.n_bars - 1) * 3 - 0.2
    assert all(round(note.start) % 3 == 0 for note in bass.notes if note.start < before_last)
    assert {round(n.start) % 3 for n in pah.notes if n.start < before_last} == {1, 2}


def test_the_quartet_passes_its_theme_to_the_cello() -> None:
    risen = []
    for seed in range(4):
        score = piece("string quartet", seed, 50)
        assert [p.instrument for p in score.parts] == ["violin", "violin", "viola", "cello"]
        means = []
        for found in score.sections:
            notes = section(score, found.name, score.parts[-1])
            means.append(sum(note.pitch for note in notes) / max(1, len(notes)))
        risen.append(max(means) - min(means) > 7)
    assert any(risen)


def test_planing_moves_one_shape() -> None:
    score = piece("impressionism", 1)
    pad = part_of(score, "pad")
    blocks: dict[float, list[int]] = {}
    for note in pad.notes:
        blocks.setdefault(round(note.start), []).append(note.pitch)
    shapes = [tuple(p - min(block) for p in sorted(block)) for block in blocks.values()]
    assert len({min(block) for block in blocks.values()}) >= 3
    assert max(map(shapes.count, shapes)) >= 0.3 * len(shapes)


def test_horror_has_a_drone_and_clusters() -> None:
    score = piece("horror")
    drone = part_of(score, "bass")
    bars = {int((note.start + 0.2) // score.beats_per_bar) for note in drone.notes}
    assert len(bars) == score.n_bars
    cluster = part_of(score, "pad", "tremolo")
    by_start: dict[int, list[int]] = {}
    for note in cluster.notes:
        by_start.setdefault(round(note.start), []).append(note.pitch)
    rubs = [sorted(b)[1] - sorted(b)[0] == 1 for b in by_start.values() if len(b) > 1]
    assert sum(rubs) >= 0.9 * len(rubs)


def test_suspense_pulses_ticks_and_rises() -> None:
    score = piece("suspense", 1)
    tonic = KEY_NAMES.index(score.key)
    pulse = part_of(score, "arpeggio", "cello")
    home = [note for note in section(score, "intro", pulse) if note.pitch % 12 == tonic]
    assert len(home) >= 0.6 * len(section(score, "intro", pulse))
    clock = part_of(score, "percussion")
    ticked = {int((note.start + 0.1) // score.beats_per_bar) for note in clock.notes}
    assert len(ticked) >= 0.8 * (score.n_bars - 1)
    rise = section(score, "rise", part_of(score, "pad"))
    assert max(n.pitch for n in rise[-2:]) > max(n.pitch for n in rise[:2])


def test_a_music_box_plays_alone() -> None:
    for seed in range(4):
        score = piece("music box", seed)
        assert {part.instrument for part in score.parts} <= {"music_box", "celesta"}
        assert min(note.pitch for part in score.parts for note in part.notes) >= 60


def test_romantic_piano_is_one_piano_with_wide_hands() -> None:
    score = piece("romantic piano")
    assert {part.instrument for part in score.parts} == {"acoustic_grand_piano"}
    left = part_of(score, "arpeggio")
    bars: dict[int, list[int]] = {}
    for note in left.notes:
        bars.setdefault(int((note.start + 0.2) // score.beats_per_bar), []).append(note.pitch)
    spans = sorted(max(pitches) - min(pitches) for pitches in bars.values())
    assert spans[len(spans) // 2] >= 14


def test_film_music_grows_and_has_no_bar_without_bass() -> None:
    score = piece("orchestral film", 1, 60)
    climax = [s.intensity for s in score.sections if s.name == "climax"]
    assert max(climax) > score.sections[0].intensity + 0.2
    bass = part_of(score, "bass", "contrabass")
    assert len({int((n.start + 0.2) // score.beats_per_bar) for n in bass.notes}) == score.n_bars


def test_two_pieces_of_a_style_do_not_share_their_tune() -> None:
    for style in ("waltz", "string quartet", "music box"):
        runs = []
        for seed in (1, 2):
            shape = contours(piece(style, seed).parts[0].notes)
            runs.append({tuple(shape[i : i + 7]) for i in range(len(shape) - 6)})
        assert len(runs[0] & runs[1]) < 0.3 * min(map(len, runs))


def plain_bar(numeral: str) -> Bar:
    over = chord(numeral, 0)
    span = Span(0.0, 4.0, over)
    return Bar(0, 0.0, 4, (span,), over, 0, "A", 0, 0, 0.5, False)


def test_the_search_refuses_fifths_that_are_asked_for() -> None:
    bar = plain_bar("Imaj7")
    other = [Tone(float(i), 1.0, pitch) for i, pitch in enumerate((48, 50, 52, 53))]
    wished = [moment(bar, tone.start, 1.0, tone.pitch + 19.0) for tone in other]
    line = write_line(wished, Rules(60, 84, pull=1.0), [other], rng=Random(1))
    below = [Note(t.start, t.beats, t.pitch, 80) for t in other]
    above = [Note(t.start, t.beats, t.pitch, 80) for t in line]
    assert consecutives(below, above)[1:] == (0, 0)


def test_the_search_steps_through_notes_that_are_no_chord_tones() -> None:
    bar = plain_bar("I")
    moments = [moment(bar, i / 2, 0.5, 66.0) for i in range(8)]
    line = write_line(moments, Rules(60, 79), rng=Random(2))
    pitches = [tone.pitch for tone in line]
    for before, here, after in zip(pitches, pitches[1:], pitches[2:], strict=False):
        if here % 12 not in (0, 4, 7):
            assert abs(here - before) <= 2
            assert abs(after - here) <= 2
