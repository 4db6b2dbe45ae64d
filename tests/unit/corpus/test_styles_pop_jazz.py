"""Pop, rock, jazz and blues: every style plays in all its metres and modes, and like itself."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from musiclm.corpus.compose import STYLES, compose
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.score import Note, Part, Score
from musiclm.corpus.styles import FAMILIES
from musiclm.corpus.theory import KEY_NAMES

KICK, SNARE = 36, 38
OURS = [style.name for family in ("pop_rock", "jazz_blues") for style in FAMILIES[family]]
WAYS = [
    (style.name, metre, mode)
    for family in ("pop_rock", "jazz_blues")
    for style in FAMILIES[family]
    for metre in style.metres
    for mode in style.modes
]


@cache
def piece(style: str, seed: int = 5, seconds: float = 40) -> Score:
    return compose(style, seed, seconds=seconds, mood="playful", scene="")


def parts(score: Score, role: str, instrument: str = "") -> list[Part]:
    return [
        part
        for part in score.parts
        if part.role == role and (not instrument or part.instrument == instrument)
    ]


def by_bar(score: Score, part: Part) -> list[list[Note]]:
    """The notes of every bar; a player may be a little early."""
    found: list[list[Note]] = [[] for _ in range(score.n_bars)]
    for note in part.notes:
        found[min(score.n_bars - 1, int((note.start + 0.1) // score.beats_per_bar))].append(note)
    return found


def bars_of(score: Score, section: str) -> Iterator[int]:
    for one in score.sections:
        if one.name == section:
            yield from range(one.start_bar, one.start_bar + one.n_bars)


def place_in_beat(note: Note) -> float:
    return (note.start + 0.06) % 1


def share_in_scale(score: Score) -> float:
    fits = []
    for part in parts(score, "lead"):
        for note in part.notes:
            middle = note.start + min(0.1, note.duration / 2)
            under = [c for c in score.chords if c.start <= middle < c.start + c.beats]
            fits.append(note.pitch % 12 in {*under[-1].scale, *under[-1].pitch_classes})
    return sum(fits) / len(fits)


def longest_hole_seconds(score: Score) -> float:
    notes = sorted((note for part in score.parts for note in part.notes), key=lambda n: n.start)
    end, hole = notes[0].end, 0.0
    for note in notes:
        hole = max(hole, note.start - end)
        end = max(end, note.end)
    return hole * 60 / score.tempo_bpm


@pytest.mark.parametrize(("style", "metre", "mode"), WAYS)
def test_every_metre_and_mode_gives_a_whole_piece(
    style: str, metre: tuple[int, int], mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = replace(STYLES[style], metres={metre: 1.0}, modes={mode: 1.0})
    monkeypatch.setitem(STYLES, style, only)
    score = compose(style, 7, seconds=26)
    assert (score.metre, score.mode) == (metre, mode)
    for part in score.parts:
        instrument = INSTRUMENTS[part.instrument]
        assert all(instrument.low <= n.pitch <= instrument.high for n in part.notes), part.role
    assert share_in_scale(score) >= 0.87
    assert longest_hole_seconds(score) < 1.0
    last = score.sections[-1]
    assert score.parts[0].notes[-1].pitch % 12 == KEY_NAMES.index(last.key)


@pytest.mark.parametrize("style", OURS)
def test_the_same_seed_is_the_same_piece_and_another_one_is_not(style: str) -> None:
    first, again, other = (compose(style, seed, seconds=14) for seed in (5, 5, 6))
    assert again == first
    assert other.parts != first.parts


@pytest.mark.parametrize("style", OURS)
def test_tunes_keep_to_the_harmony(style: str) -> None:
    assert share_in_scale(piece(style)) >= 0.9


def test_four_minutes_have_a_form() -> None:
    for style in ("pop ballad", "cool jazz"):
        score = piece(style, 1, 240)
        assert 200 < score.seconds() < 280
        assert len({section.name for section in score.sections}) >= 5


def test_a_long_ballad_ends_a_step_higher() -> None:
    keys = {
        seed: {section.key for section in piece("pop ballad", seed, 170).sections}
        for seed in (1, 2)
    }
    assert all(len(found) == 2 for found in keys.values()), keys


def test_a_piano_ballad_has_broken_chords_and_no_drums() -> None:
    score = piece("piano ballad")
    (arpeggio,) = parts(score, "arpeggio", "acoustic_grand_piano")
    starts = [round(note.start, 1) for note in arpeggio.notes]
    assert len(set(starts)) > 0.8 * len(starts)
    assert not any(part.is_drums for part in score.parts)


def test_punk_is_fast_and_never_slows_down() -> None:
    score = piece("punk")
    assert score.tempo_bpm > 150
    assert {bpm for _, bpm in score.tempo_curve} == {score.tempo_bpm}
    guitar = parts(score, "chords")[0]
    verse = [by_bar(score, guitar)[bar] for bar in bars_of(score, "verse")]
    assert all(len({round(2 * note.start) for note in bar}) == 8 for bar in verse)


def test_rock_has_its_backbeat() -> None:
    score = piece("rock")
    (drums,) = parts(score, "drums")
    for bar in bars_of(score, "verse"):
        snares = {
            round(note.start - 4 * bar, 1)
            for note in by_bar(score, drums)[bar]
            if note.pitch == SNARE
        }
        if bar + 1 not in {section.start_bar for section in score.sections}:
            assert {1.0, 3.0} <= snares


def test_metal_guitars_and_bass_play_one_riff_over_a_double_kick() -> None:
    score = piece("metal")
    guitar, bass = parts(score, "chords")[0], parts(score, "bass")[0]
    lines = []
    for part in (guitar, bass):
        lowest: dict[int, int] = {}
        for note in part.notes:
            slot = round(4 * note.start)
            lowest[slot] = min(note.pitch, lowest.get(slot, 127))
        lines.append({slot: pitch % 12 for slot, pitch in lowest.items()})
    assert lines[0] == lines[1]
    (drums,) = parts(score, "drums")
    kicks = [sum(n.pitch == KICK for n in bar) for bar in by_bar(score, drums)]
    assert max(kicks) >= 8


def test_indie_rock_chimes_on_two_clean_guitars() -> None:
    score = piece("indie rock")
    (arpeggio,) = parts(score, "arpeggio", "clean_guitar")
    (strummed,) = parts(score, "chords", "clean_guitar")
    assert arpeggio.pan < 0 < strummed.pan


def test_folk_has_no_drum_kit() -> None:
    for seed in (1, 2, 3):
        score = piece("folk", seed)
        assert not parts(score, "drums")
        assert parts(score, "arpeggio", "steel_guitar")


def test_country_bass_goes_from_root_to_fifth() -> None:
    score = piece("country")
    (bass,) = parts(score, "bass")
    steps: Counter[int] = Counter()
    for bar in by_bar(score, bass):
        if len(bar) >= 2:
            steps[(bar[1].pitch - bar[0].pitch) % 12] += 1
    assert steps.most_common(1)[0][0] == 7


def test_bluegrass_rolls_and_chops_without_drums() -> None:
    score = piece("bluegrass")
    assert not any(part.is_drums for part in score.parts)
    (banjo,) = parts(score, "arpeggio", "banjo")
    assert all(len(bar) >= 15 for bar in by_bar(score, banjo)[:-1])
    chop = parts(score, "chords", "steel_guitar")[0]
    off = [0.3 < place_in_beat(note) < 0.8 for note in chop.notes]
    assert sum(off) > 0.7 * len(off)


def test_swing_walks_and_the_guitar_plays_four() -> None:
    score = piece("swing jazz")
    body = score.n_bars - 2
    (bass,) = parts(score, "bass")
    assert all(len(bar) >= 4 for bar in by_bar(score, bass)[:body])
    (guitar,) = parts(score, "chords", "jazz_guitar")
    for bar in by_bar(score, guitar)[:body]:
        assert len({round(note.start) for note in bar}) == 4


def test_bebop_runs_in_eighths_and_its_head_returns() -> None:
    score = piece("bebop")
    lead = score.parts[0]
    gaps = [b.start - a.start for a, b in zip(lead.notes, lead.notes[1:], strict=False)]
    assert sum(0.3 < gap < 0.7 for gap in gaps) > 0.7 * len(gaps)
    heads = [s.start_bar for s in score.sections if s.name == "head"]
    bars = by_bar(score, lead)
    sung = [[note.pitch for bar in bars[at : at + 4] for note in bar] for at in heads]
    assert len(sung) >= 2
    assert all(other == sung[0] for other in sung)


def test_bebop_solos_are_new_each_time() -> None:
    score = piece("bebop", 1, 120)
    bars = by_bar(score, score.parts[0])
    solos = [s.start_bar for s in score.sections if s.name == "solo"]
    played = {tuple(note.pitch for bar in bars[at : at + 4] for note in bar) for at in solos}
    assert len(played) == len(solos) >= 2


def test_cool_jazz_leaves_room_and_uses_brushes() -> None:
    cool, bop = piece("cool jazz"), piece("bebop")
    (drums,) = parts(cool, "drums")
    assert drums.instrument == "brush_kit"
    rates = [len(score.parts[0].notes) / score.seconds() for score in (cool, bop)]
    assert rates[0] < 0.6 * rates[1]
    assert (5, 4) in STYLES["cool jazz"].metres


def test_bossa_guitar_plays_off_the_beat() -> None:
    score = piece("bossa nova")
    (guitar,) = parts(score, "chords", "nylon_guitar")
    off = [place_in_beat(note) > 0.15 for note in guitar.notes]
    assert sum(off) > 0.4 * len(off)


def test_boogie_plays_eight_to_the_bar() -> None:
    score = piece("boogie")
    (left,) = parts(score, "bass")
    for number, bar in enumerate(by_bar(score, left)[:-1]):
        eighths = {round(2 * (note.start - 4 * number) - 0.15) for note in bar}
        assert eighths == set(range(8)), number


def test_slow_blues_calls_and_is_answered() -> None:
    score = compose("slow blues", 3, seconds=60, mood="sad", scene="")
    lead = by_bar(score, score.parts[0])
    (reply,) = parts(score, "counter")
    answers = by_bar(score, reply)
    asked = [bar for bar in bars_of(score, "chorus") if len(answers[bar]) >= 3]
    assert asked
    assert all(len(lead[bar]) <= 3 for bar in asked)
