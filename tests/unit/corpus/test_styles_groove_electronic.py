"""Groove and electronic styles: each composes in all it promises and keeps its hallmark.

Every hallmark is asked of its own style, where it must hold for every seed, and of another style,
where it must not: a hallmark that all music has says nothing.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

from musiclm.corpus.compose import STYLES, compose
from musiclm.corpus.craft.drums import DRUM_KEYS
from musiclm.corpus.score import Note, Part, Score
from musiclm.corpus.styles import FAMILIES
from musiclm.corpus.theory import KEY_NAMES

NAMES = [style.name for family in ("groove", "electronic") for style in FAMILIES[family]]
EVERY_STYLE = pytest.mark.parametrize("name", NAMES)
SEEDS = (0, 1, 2)


@cache
def piece(name: str, seed: int, seconds: float = 45.0) -> Score:
    """Scores are frozen, so tests share them."""
    return compose(name, seed, seconds=seconds)


def parts(score: Score, role: str, *instruments: str) -> list[Part]:
    return [
        part
        for part in score.parts
        if part.role == role and (not instruments or part.instrument in instruments)
    ]


def bars_named(score: Score, *names: str) -> list[int]:
    """Numbers of the bars of these sections, without the last of each, where fills stand."""
    return [
        bar
        for section in score.sections
        if section.name in names
        for bar in range(section.start_bar, section.start_bar + section.n_bars - 1)
    ]


def in_bar(score: Score, notes: tuple[Note, ...], bar: int) -> list[tuple[float, Note]]:
    """The notes of a bar, each with its beat in it; players may be a little early or late."""
    beats = score.beats_per_bar
    first = bar * beats
    return [
        (note.start - first, note)
        for note in notes
        if first - 0.06 <= note.start < first + beats - 0.06
    ]


def strikes(score: Score, bar: int, *drums: str) -> set[float]:
    """Where in a bar drums are struck, to the nearest quarter of a beat."""
    keys = {DRUM_KEYS[drum] for drum in drums}
    return {
        round(4 * beat) / 4
        for part in parts(score, "drums")
        for beat, note in in_bar(score, part.notes, bar)
        if note.pitch in keys
    }


# Hallmarks: what a listener would name a style by.


def four_on_the_floor(score: Score) -> bool:
    bars = bars_named(score, "drop", "groove", "verse", "chorus")
    return all({0, 1, 2, 3} <= strikes(score, bar, "kick") for bar in bars)


def snare_on_three_alone(score: Score) -> bool:
    return all(
        2.0 in strikes(score, bar, "snare", "clap")
        and not strikes(score, bar, "snare", "clap") & {0.0, 1.0, 3.0}
        for bar in bars_named(score, "drop", "verse", "hook")
    )


def backbeat(score: Score) -> bool:
    return all(
        {1.0, 3.0} <= strikes(score, bar, "snare", "clap", "rim")
        for bar in bars_named(score, "drop", "verse", "hook", "chorus", "loop", "stage")
    )


def wobbles(score: Score) -> bool:
    """The bass changes its speed from beat to beat within most bars of a drop."""
    bass = parts(score, "bass", "wobble_bass")
    if not bass:
        return False
    speeds = [
        Counter(int(beat + 0.06) for beat, _ in in_bar(score, bass[0].notes, bar))
        for bar in bars_named(score, "drop")
    ]
    return sum(len(set(speed.values())) >= 2 for speed in speeds) >= 0.8 * len(speeds)


def rolling_hats(score: Score) -> bool:
    hats = sorted(
        note.start
        for part in parts(score, "drums")
        for note in part.notes
        if note.pitch == DRUM_KEYS["hat"]
    )
    quick = sum(b - a < 0.2 for a, b in pairwise(hats))
    return quick >= 2 * score.n_bars


def upbeats(score: Score) -> bool:
    """Some player of chords strikes between the beats and never on them."""
    body = 4 * (score.n_bars - 1) - 0.1
    return any(
        len(found) > score.n_bars and all(0.4 < start % 1 < 0.9 for start in found)
        for part in parts(score, "chords")
        for found in [{round(n.start, 2) for n in part.notes if n.start < body}]
    )


def walks(score: Score) -> bool:
    bass = parts(score, "bass")[0].notes
    bars = bars_named(score, "verse", "chorus", "drop", "groove")
    full = sum({0, 1, 2, 3} <= {round(b) for b, _ in in_bar(score, bass, bar)} for bar in bars)
    moved = [a.pitch != b.pitch for a, b in pairwise(bass)]
    return full >= 0.9 * len(bars) and sum(moved) > 0.6 * len(moved)


def octave_bass(score: Score) -> bool:
    bass = parts(score, "bass")[0].notes
    jumps = [abs(a.pitch - b.pitch) for a, b in pairwise(bass)]
    return jumps.count(12) > 0.5 * len(jumps)


def on_the_one(score: Score) -> bool:
    """Bass and kick together on every first beat, and sixteenths off it."""
    bass = parts(score, "bass", "slap_bass")
    bars = bars_named(score, "groove", "chorus")
    return bool(bass) and all(
        any(abs(beat) < 0.06 for beat, _ in in_bar(score, bass[0].notes, bar))
        and 0.0 in strikes(score, bar, "kick")
        and any(0.15 < beat % 0.5 < 0.4 for beat, _ in in_bar(score, bass[0].notes, bar))
        for bar in bars
    )


def tambourine_backbeat(score: Score) -> bool:
    return all(
        {1.0, 3.0} <= strikes(score, bar, "tambourine")
        for bar in bars_named(score, "verse", "chorus")
    ) and bool(parts(score, "counter", "brass_section"))


def passes_through_diminished(score: Score) -> bool:
    return any(
        tuple(sorted((pitch - chord.root) % 12 for pitch in chord.pitch_classes)) == (0, 3, 6, 9)
        for chord in score.chords
    )


def loops(score: Score) -> bool:
    """The tune has the same rhythm every second bar."""
    lead = score.parts[0].notes
    alike = []
    for section in score.sections:
        for bar in range(section.start_bar, section.start_bar + section.n_bars - 2):
            here, there = (
                sorted({round(4 * beat) for beat, _ in in_bar(score, lead, one)})
                for one in (bar, bar + 2)
            )
            alike.append(here == there)
    return sum(alike) >= 0.8 * len(alike)


def dusty_and_late(score: Score) -> bool:
    return score.swing >= 0.4 and score.production["vinyl"] >= 0.6


def rich_chords(score: Score) -> bool:
    beats = sum(chord.beats for chord in score.chords)
    rich = sum(chord.beats for chord in score.chords if len(chord.pitch_classes) >= 5)
    return rich > 0.5 * beats


def bass_between_the_kicks(score: Score) -> bool:
    bass = parts(score, "bass")[0].notes
    return all(
        all(abs(beat - round(beat)) > 0.1 for beat, _ in in_bar(score, bass, bar))
        for bar in bars_named(score, "drop")
    )


def builds(score: Score) -> bool:
    """A snare roll gets denser through its section, and the drop follows."""
    found = False
    for section, after in pairwise(score.sections):
        if section.name != "build":
            continue
        counts = [
            sum(
                note.pitch == DRUM_KEYS["snare"]
                for part in parts(score, "drums")
                for _, note in in_bar(score, part.notes, bar)
            )
            for bar in range(section.start_bar, section.start_bar + section.n_bars)
        ]
        if counts != sorted(counts) or counts[-1] < 2 * counts[0] or after.name == "build":
            return False
        found = True
    return found


def two_step(score: Score) -> bool:
    return score.tempo_bpm >= 160 and all(
        0.0 in strikes(score, bar, "kick")
        and {1.0} <= strikes(score, bar, "snare")
        and len(strikes(score, bar, "kick") - {0.0, 1.0, 2.0, 3.0}) >= 1
        for bar in bars_named(score, "groove", "drop")
    )


def slow_sequence(score: Score) -> bool:
    """Sixteen steps that hardly change from one bar to the next, but do over the piece."""
    bars = bars_named(score, "groove", "drop")
    for part in parts(score, "arpeggio", "acid_bass"):
        steps = [
            frozenset(round(4 * beat) for beat, _ in in_bar(score, part.notes, bar)) for bar in bars
        ]
        shared = [len(a & b) / len(a | b) for a, b in pairwise(steps)]
        return min(shared) > 0.6 and sum(shared) / len(shared) > 0.85 and steps[0] != steps[-1]
    return False


def eighth_note_bass(score: Score) -> bool:
    bass = parts(score, "bass", "synth_bass")
    bars = bars_named(score, "verse", "chorus", "drop")
    return bool(bass) and all(
        {0.0, 1.0, 2.0, 3.0} <= {round(4 * beat) / 4 for beat, _ in found} and len(found) >= 8
        for found in (in_bar(score, bass[0].notes, bar) for bar in bars)
    )


def only_chips(score: Score) -> bool:
    return all(part.is_drums or part.instrument.startswith("chip_") for part in score.parts)


def no_drums(score: Score) -> bool:
    return not any(part.is_drums for part in score.parts)


def pedal_throughout(score: Score) -> bool:
    """The tonic sounds low in every bar."""
    tonic = KEY_NAMES.index(score.key)
    lows = [n for part in parts(score, "bass") for n in part.notes if n.pitch % 12 == tonic]
    middles = [(bar + 0.5) * score.beats_per_bar for bar in range(score.n_bars)]
    return all(any(n.start < middle < n.end for n in lows) for middle in middles)


HALLMARKS: list[tuple[str, Callable[[Score], bool], str]] = [
    ("house", four_on_the_floor, "drum and bass"),
    ("techno", four_on_the_floor, "hip hop"),
    ("trance", four_on_the_floor, "dubstep"),
    ("disco", four_on_the_floor, "soul"),
    ("disco", octave_bass, "reggae"),
    ("techno", slow_sequence, "house"),
    ("trance", bass_between_the_kicks, "dubstep"),
    ("trance", builds, "disco"),
    ("dubstep", builds, "funk"),
    ("dubstep", snare_on_three_alone, "drum and bass"),
    ("dubstep", wobbles, "trance"),
    ("drum and bass", two_step, "house"),
    ("trap", snare_on_three_alone, "hip hop"),
    ("trap", rolling_hats, "lofi hip hop"),
    ("hip hop", backbeat, "reggae"),
    ("hip hop", loops, "soul"),
    ("lofi hip hop", dusty_and_late, "hip hop"),
    ("r&b", rich_chords, "reggae"),
    ("soul", tambourine_backbeat, "funk"),
    ("funk", on_the_one, "reggae"),
    ("reggae", upbeats, "disco"),
    ("ska", upbeats, "funk"),
    ("ska", walks, "reggae"),
    ("gospel", passes_through_diminished, "funk"),
    ("synthwave", eighth_note_bass, "trap"),
    ("chiptune", only_chips, "synthwave"),
    ("ambient", no_drums, "house"),
    ("drone", no_drums, "techno"),
    ("drone", pedal_throughout, "synthwave"),
]


@pytest.mark.parametrize(
    ("name", "hallmark", "other"),
    [pytest.param(*row, id=f"{row[0]}-{row[1].__name__}") for row in HALLMARKS],
)
def test_a_style_has_its_hallmark_and_another_has_not(
    name: str, hallmark: Callable[[Score], bool], other: str
) -> None:
    # Hallmarks are counted in bars of four beats, except where none is needed.
    for seed in SEEDS:
        assert hallmark(piece(name, seed)), seed
    assert not all(hallmark(piece(other, seed)) for seed in SEEDS)


@EVERY_STYLE
def test_every_style_has_a_hallmark(name: str) -> None:
    assert name in {row[0] for row in HALLMARKS}


@EVERY_STYLE
def test_all_metres_and_modes_compose(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    style = STYLES[name]
    for metre in style.metres:
        for mode in style.modes:
            narrow = replace(style, metres={metre: 1.0}, modes={mode: 1.0})
            monkeypatch.setitem(STYLES, name, narrow)
            score = compose(name, 3, seconds=24)
            assert (score.metre, score.mode) == (metre, mode)
            assert score.parts[0].role == "lead"
            assert len(score.parts) >= 4


@EVERY_STYLE
def test_the_same_seed_writes_the_same_piece(name: str) -> None:
    assert compose(name, 5, seconds=20) == compose(name, 5, seconds=20)
    assert compose(name, 5, seconds=20).parts != compose(name, 6, seconds=20).parts


@EVERY_STYLE
def test_tunes_fit_the_harmony(name: str) -> None:
    for seed in SEEDS:
        score = piece(name, seed)
        starts = [chord.start for chord in score.chords]
        fits = []
        for note in score.parts[0].notes:
            at = max(i for i, start in enumerate(starts) if start <= note.start + 0.1 or not i)
            chord = score.chords[at]
            fits.append(note.pitch % 12 in {*chord.pitch_classes, *chord.scale})
        assert sum(fits) >= 0.9 * len(fits)


@EVERY_STYLE
def test_short_and_long_pieces_have_a_form(name: str) -> None:
    short, long = piece(name, 1, 30.0), piece(name, 1, 240.0)
    assert 22 <= short.seconds() <= 42
    assert 200 <= long.seconds() <= 280
    words = {section.name for section in long.sections}
    assert words <= set(STYLES[name].stretches)
    assert long.sections[-1].name == short.sections[-1].name == "ending"
    # Four minutes hold nearly everything the style can do, thirty seconds more than one thing.
    assert len(words) >= min(4, len(STYLES[name].stretches))
    assert len({section.name for section in short.sections}) >= 3
    assert len({section.intensity for section in long.sections}) >= 3


def test_gospel_ends_in_a_higher_key() -> None:
    scores = [piece("gospel", seed, 90.0) for seed in range(4)]
    assert sum(score.sections[0].key != score.sections[-1].key for score in scores) >= 3
