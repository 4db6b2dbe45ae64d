"""Riffs that come round: a figure invented once a letter, bent to each chord, thinned by section.

Sampled and sequenced music does not sing phrases, it repeats a short figure while everything
around it changes. ``looped`` makes a tune writer of a ``Loop``; it knows no style.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from musiclm.corpus.craft.blocks import Bar, Metre, events
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.patterns import velocity_of
from musiclm.corpus.score import Note
from musiclm.corpus.theory import GAPPED, MINOR_MODES, MODES, nearest, scale_over, step


@dataclass(frozen=True, slots=True)
class Loop:
    """How the riffs of a style go."""

    cells: Mapping[Metre, tuple[str, ...]]  # one-bar rhythms: x onset, X accent, - hold, . rest
    bars: int = 2  # until it comes round
    leaps: float = 0.25  # share of intervals wider than a step
    repeats: float = 0.1  # share of notes that strike the same key again
    pentatonic: bool = False
    legato: float = 0.9
    # Section word -> share of the notes that sound there; 1 where the word is not listed.
    thin: Mapping[str, float] = field(default_factory=dict)
    lift: Mapping[str, int] = field(default_factory=dict)  # section word -> semitones up
    change: float = 0.3  # chance that every second time the last notes turn elsewhere
    level: float = 1.08


@dataclass(frozen=True, slots=True)
class _Step:
    """One note of a riff, in scale steps from the riff's own centre."""

    bar: int
    beat: float
    beats: float
    offset: int
    accent: bool
    rank: float  # the lower, the longer it survives thinning


def looped(loop: Loop) -> Callable[[Brief], list[Note]]:
    """A tune writer that plays one riff a letter, round and round."""

    def write(brief: Brief) -> list[Note]:
        riffs: dict[str, tuple[_Step, ...]] = {}
        notes: list[Note] = []
        for bar in brief.bars:
            if bar.is_last:
                notes.append(_last(brief, bar, notes, loop))
                continue
            if not bar.tune:
                continue
            letter = bar.letter or "A"
            if letter not in riffs:
                riffs[letter] = _invent(loop, brief)
            share = loop.thin.get(bar.name, 1.0)
            notes += _bar(loop, brief, bar, riffs[letter], share)
        return notes

    return write


def _invent(loop: Loop, brief: Brief) -> tuple[_Step, ...]:
    """A walk of steps and a few leaps that stays within a sixth of where it began."""
    rng = brief.rng
    cells = loop.cells[brief.metre]
    first = rng.choice(cells)
    rhythms = [first if i % 2 == 0 and i else rng.choice(cells) for i in range(loop.bars)]
    rhythms[0] = first
    beats = brief.bars[0].beats
    offset = rng.choice((-1, 0, 0, 1, 2))
    steps: list[_Step] = []
    for number, rhythm in enumerate(rhythms):
        for beat, length, character in events(rhythm, beats):
            on_beat = abs(beat - round(beat)) < 0.02
            rank = 0.0 if not steps else rng.random() * (0.6 if on_beat else 1.0)
            steps.append(_Step(number, beat, length, offset, character == "X", rank))
            offset = _onwards(loop, offset, rng)
    return tuple(steps)


def _onwards(loop: Loop, offset: int, rng: Random) -> int:
    if rng.random() < loop.repeats:
        return offset
    # Away from home the walk leans back, so that riffs have a centre.
    up = rng.random() < 0.5 - 0.11 * offset
    wide = (2, 2, 3) if loop.pentatonic else (2, 2, 3, 4)
    width = rng.choice(wide) if rng.random() < loop.leaps else 1
    return max(-4, min(5, offset + (width if up else -width)))


def _bar(loop: Loop, brief: Brief, bar: Bar, riff: tuple[_Step, ...], share: float) -> list[Note]:
    place = bar.in_section % loop.bars
    minor = bar.mode in MINOR_MODES
    gapped = GAPPED["minor pentatonic" if minor else "major pentatonic"]
    scale = gapped if loop.pentatonic else MODES[bar.mode]
    lift = loop.lift.get(bar.name, 0)
    middle = (brief.low + brief.high) // 2 + lift
    low, high = brief.low, brief.high
    centre = nearest(middle, (bar.tonic, (bar.tonic + 7) % 12), low, high)
    turned = (
        bar.in_section % (2 * loop.bars) >= loop.bars
        and place == loop.bars - 1
        and brief.rng.random() < loop.change
    )
    here = [one for one in riff if one.bar == place and one.rank < share]
    notes: list[Note] = []
    before: tuple[int, int] | None = None  # pitch and offset of the note before
    for number, one in enumerate(here):
        start = bar.start + one.beat
        over = bar.chord_at(start)
        pool = scale_over(bar.tonic, scale, over)
        offset = -one.offset if turned and number >= len(here) - 2 else one.offset
        pitch = step(centre, offset, pool) if offset else nearest(centre, pool, low, high)
        settled = tuple(tone for tone in pool if over.bears(tone)) or over.stable
        if one.beats >= 2:
            pitch = nearest(pitch, over.stable, low, high)
        elif one.accent or one.beats >= 0.7 or abs(one.beat - round(one.beat)) < 0.02:
            # Seconds, fourths and sixths may stand; only what rubs against the chord gives way.
            pitch = nearest(pitch, settled, low, high)
        if before is not None and before[0] == pitch and before[1] != offset:
            # A riff that moved must not stand still because two of its notes gave way alike.
            pitch = step(pitch, 1 if offset > before[1] else -1, settled)
        before = (pitch, offset)
        if not low <= pitch <= high:
            pitch = nearest(pitch, pool, low, high)
        beats = one.beats
        for span in bar.spans:
            if start + 0.05 < span.start < start + beats and not span.chord.bears(pitch):
                beats = span.start - start
                break
        level = loop.level * (1.1 if one.accent else 1.0)
        notes.append(Note(start, beats * loop.legato, pitch, velocity_of(bar, start, level)))
    return notes


def _last(brief: Brief, bar: Bar, notes: list[Note], loop: Loop) -> Note:
    """Home, on the first beat."""
    before = notes[-1].pitch if notes else (brief.low + brief.high) // 2
    pitch = nearest(before, (bar.tonic,), brief.low, brief.high)
    return Note(bar.start, float(bar.beats), pitch, velocity_of(bar, bar.start, loop.level))
