"""Tunes of oral traditions: strains that repeat, sequences, open and closed cadences, ornaments.

The common ``Singer`` varies its returns; dance tunes and songs handed down by ear come back note
for note, with other ornaments. A strain is a rhythm and a walk in scale degrees for each of its
bars, so it follows the harmony, the mode and the key wherever it is sung.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp
from random import Random

from musiclm.corpus.craft.blocks import Bar, Metre, events
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.patterns import velocity_of
from musiclm.corpus.score import Note
from musiclm.corpus.styles.world._free import free_line, rungs
from musiclm.corpus.styles.world._ornaments import Ornament
from musiclm.corpus.theory import GAPPED, MODES, Chord, nearest, scale_over, step

# What the three bars before the cadence of a unit do: a letter is a motive, + and - move it.
_SCHEMES = ("a b a", "a a+ b", "a a- b", "a b c", "a a b", "a b b-", "a b+ a", "a a+ a++")
_ARCS = ((0, 2, 4), (4, 3, 1), (0, 4, 2), (2, 4, 3), (4, 2, 0), (2, 1, 4), (0, 1, 2), (4, 5, 2))
_WALKS = (
    (1, 1, 1, -1),
    (-1, -1, 1, -1),
    (1, -1, 1, 1),
    (-1, 1, 1, -1, -1),
    (1, 1, -1, -1, -1),
    (-1, -1, -1, 1, 1),
    (0, 1, -1, 1),
    (2, -1, -1, 1),
)
_GREATEST_LEAP = 9  # semitones between neighbours


@dataclass(frozen=True, slots=True)
class Idiom:
    """How the tunes of one tradition go."""

    cells: Mapping[Metre, tuple[str, ...]]  # one-bar rhythms: x onset, - hold, . rest
    ends: Mapping[Metre, tuple[str, ...]]  # the bar that closes a unit
    unit: int = 4  # bars from one cadence to the next
    leaps: float = 0.15
    variation: float = 0.0  # chance that a bar of a returning strain turns out differently
    gapped: str = ""  # key of theory.GAPPED, where tunes leave tones of the mode out
    ornaments: Mapping[Ornament, float] = field(default_factory=dict)  # chance for a note that fits
    shortest: float = 0.24  # seconds that a note needs to be ornamented
    calls: tuple[str, ...] = ()  # sections in which others answer in the last bar of each unit
    free: tuple[str, ...] = ()  # sections that are sung out of time: see _free
    legato: float = 0.9
    lift: tuple[int, ...] = (2, 3, 4)  # degrees that later strains lie higher


@dataclass(frozen=True, slots=True)
class Motive:
    """A one-bar rhythm and the scale steps between its notes."""

    rhythm: str
    walk: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Strain:
    """What one letter sings: motives with the degree that each begins on, and two cadences."""

    bars: tuple[tuple[Motive, int], ...]
    opened: str
    closed: str


def tune(idiom: Idiom) -> Callable[[Brief], list[Note]]:
    """A melody writer for ``Melody.writer``."""

    def write(brief: Brief) -> list[Note]:
        return Tunesmith(idiom, brief).write()

    return write


class Tunesmith:
    """Writes the tune of one piece."""

    def __init__(self, idiom: Idiom, brief: Brief) -> None:
        self.idiom, self.brief, self.rng = idiom, brief, brief.rng
        self.low, self.high = brief.low, brief.high
        self.middle = (brief.low + brief.high) // 2
        self.beat_seconds = 60 / brief.tempo
        self.pitch = self.middle
        self.strains: dict[str, Strain] = {}

    def write(self) -> list[Note]:
        """Sing every section that wants a tune."""
        return self.sing(self.brief.bars)

    def sing(self, bars: Sequence[Bar]) -> list[Note]:
        """Sing some of the bars, ornaments included."""
        notes: list[Note] = []
        sections: dict[int, list[Bar]] = {}
        for bar in bars:
            if bar.tune and not bar.is_intro:
                sections.setdefault(bar.section, []).append(bar)
        for group in sections.values():
            notes += self._section(group)
        return self.decorate(notes)

    def pool(self, bar: Bar, over: Chord) -> tuple[int, ...]:
        """Pitch classes of the tune over one chord."""
        gapped = self.idiom.gapped
        return scale_over(bar.tonic, GAPPED[gapped] if gapped else MODES[bar.mode], over)

    def _section(self, bars: Sequence[Bar]) -> list[Note]:
        if bars[0].name in self.idiom.free:
            return self._free(bars)
        notes: list[Note] = []
        body = [bar for bar in bars if not bar.is_last]
        letter = bars[0].letter or "A"
        again = letter in self.strains
        if not again:
            self.strains[letter] = self._invent()
        strain = self.strains[letter]
        unit = self.idiom.unit
        for first in range(0, len(body), unit):
            group = body[first : first + unit]
            closes = first + unit >= len(body) or (first // unit) % 2 == 1
            sung = len(group)
            if group[0].name in self.idiom.calls:
                sung = max(1, len(group) - 1)
            for index, bar in enumerate(group[:sung]):
                if index == sung - 1 and sung > 1:
                    notes += self._cadence(strain.closed if closes else strain.opened, bar, closes)
                else:
                    motive, degree = strain.bars[index % len(strain.bars)]
                    if again and self.rng.random() < self.idiom.variation:
                        motive = Motive(motive.rhythm, _turned(motive.walk, self.rng))
                    notes += self._bar(motive, bar, degree)
        if bars[-1].is_last:
            notes.append(self._final(bars[-1]))
        return notes

    def _invent(self) -> Strain:
        cells, ends = self.idiom.cells[self.brief.metre], self.idiom.ends[self.brief.metre]
        taken = {bar[0].rhythm for strain in self.strains.values() for bar in strain.bars[:1]}
        fresh = [cell for cell in cells if cell not in taken] or list(cells)
        motives = {"a": self._motive(fresh)}
        motives["b"] = self._motive([c for c in cells if c != motives["a"].rhythm] or list(cells))
        motives["c"] = self._motive(cells)
        lift = self.rng.choice(self.idiom.lift) if self.strains else 0
        arc = self.rng.choice(_ARCS)
        bars = []
        scheme = self.rng.choice(_SCHEMES).split()
        begun: dict[str, int] = {}
        for index in range(max(1, self.idiom.unit - 1)):
            word = scheme[index % 3]
            name, moved = word[0], word.count("+") - word.count("-")
            # A motive comes back where it was, or moved in sequence: that is what makes it one.
            degree = begun.setdefault(name, arc[index % 3]) + moved * self.rng.choice((1, 1, 2))
            bars.append((motives[name], degree + lift))
        return Strain(tuple(bars), self.rng.choice(ends), self.rng.choice(ends))

    def _motive(self, cells: Sequence[str]) -> Motive:
        bar_seconds = self.beat_seconds * self.brief.bars[0].beats
        rates = [cell.count("x") / bar_seconds for cell in cells]
        wanted = sum(rates) / len(rates) * (1 + 0.2 * self.brief.mood.density)
        weights = [0.05 + exp(-(((rate - wanted) / (0.45 * wanted)) ** 2)) for rate in rates]
        rhythm = self.rng.choices(list(cells), weights=weights)[0]
        shape = self.rng.choice(_WALKS)
        offset = self.rng.randrange(len(shape))
        walk: list[int] = []
        back = 0
        for index in range(rhythm.count("x") - 1):
            move = shape[(index + offset) % len(shape)]
            if back:
                move, back = -back, 0
            elif move and self.rng.random() < self.idiom.leaps:
                back = 1 if move > 0 else -1
                move = back * self.rng.choice((2, 2, 3, 4))
            walk.append(move)
        return Motive(rhythm, tuple(walk))

    def _bar(self, motive: Motive, bar: Bar, degree: int) -> list[Note]:
        notes: list[Note] = []
        home = nearest(self.middle - 4, (bar.tonic,), self.low, self.high)
        pitch = step(home, degree, self.pool(bar, bar.spans[0].chord))
        for index, (beat, beats, _) in enumerate(events(motive.rhythm, bar.beats)):
            start = bar.start + beat
            over = bar.chord_at(start)
            pool = self.pool(bar, over)
            if index:
                pitch = step(pitch, motive.walk[index - 1], pool)
            on_beat = abs(beat - round(beat)) < 0.02
            if on_beat and (index == 0 or beats >= 1 or beat * 2 % bar.beats == 0):
                pool = over.stable
            pitch = self._within(pitch, pool)
            if len(notes) >= 2 and all(note.pitch == pitch for note in notes[-2:]):
                side = -1 if pitch > self.middle else 1
                pitch = self._within(step(pitch, side, self.pool(bar, over)), self.pool(bar, over))
            notes.append(self.note(bar, start, beats, pitch))
            self.pitch = pitch
        return notes

    def _cadence(self, rhythm: str, bar: Bar, closes: bool) -> list[Note]:
        """Walk by step into a resting note: the tonic, or another chord tone if more follows."""
        hits = events(rhythm, bar.beats)
        last = bar.chord_at(bar.start + hits[-1][0])
        tones = tuple(tone for tone in last.stable if (tone == bar.tonic) == closes) or last.stable
        goal = self._within(self.pitch, tones)
        side = 1 if self.pitch >= goal else -1
        notes = []
        for index, (beat, beats, _) in enumerate(hits):
            over = bar.chord_at(bar.start + beat)
            left = len(hits) - 1 - index
            # Long approaches swing about the goal instead of marching to it.
            away = (0, 1, 2, 1, -1, 1, 2, 3)[left % 8]
            pitch = self._within(
                step(goal, side * away, self.pool(bar, over)), self.pool(bar, over)
            )
            notes.append(self.note(bar, bar.start + beat, beats, pitch))
            self.pitch = pitch
        return notes

    def _free(self, bars: Sequence[Bar]) -> list[Note]:
        first, last = bars[0], bars[-1]
        notes = free_line(
            self.rng,
            rungs(first.tonic, first.mode, self.low, self.high),
            (first.tonic, (first.tonic + 7) % 12, (first.tonic + MODES[first.mode][2]) % 12),
            start=first.start,
            end=last.start + last.beats,
            begin=self.pitch,
            beat_seconds=self.beat_seconds,
            loudness=52 + 46 * first.intensity,
        )
        self.pitch = notes[-1].pitch if notes else self.pitch
        return notes

    def _final(self, bar: Bar) -> Note:
        self.pitch = self._within(self.pitch, (bar.tonic,))
        return self.note(bar, bar.start, float(bar.beats), self.pitch)

    def _within(self, pitch: int, pool: tuple[int, ...]) -> int:
        """The nearest allowed pitch in range that is no wild leap from the last one."""
        for leap in (_GREATEST_LEAP, 12):
            low, high = max(self.low, self.pitch - leap), min(self.high, self.pitch + leap)
            found = nearest(max(low, min(high, pitch)), pool, low, high)
            if found % 12 in pool:
                return found
        return nearest(pitch, pool, self.low, self.high)

    def note(self, bar: Bar, start: float, beats: float, pitch: int) -> Note:
        """One note, ended where a new chord would rub against it."""
        for span in bar.spans:
            if start + 0.05 < span.start < start + beats and not span.chord.bears(pitch):
                beats = span.start - start
                break
        legato = min(1.0, self.idiom.legato * self.brief.mood.staccato)
        return Note(start, beats * legato, pitch, velocity_of(bar, start, 1.1))

    def decorate(self, notes: Sequence[Note]) -> list[Note]:
        """Let the player's fingers at the tune; each note has at most one ornament."""
        starts = [bar.start for bar in self.brief.bars]
        decorated: list[Note] = []
        for note in notes:
            bar = self.brief.bars[bisect_right(starts, note.start + 1e-6) - 1]
            made = [note]
            fits = note.duration * self.beat_seconds >= self.idiom.shortest and not bar.is_last
            for ornament, chance in self.idiom.ornaments.items():
                drawn = self.rng.random() < chance
                if fits and drawn and len(made) == 1:
                    pool = self.pool(bar, bar.chord_at(note.start))
                    upper, lower = step(note.pitch, 1, pool), step(note.pitch, -1, pool)
                    # At the edge of the register both neighbours are on the inner side.
                    upper = upper if upper <= self.high else lower
                    lower = lower if lower >= self.low else upper
                    made = ornament(note, upper, lower, self.beat_seconds)
            decorated += made
        return decorated


def _turned(walk: tuple[int, ...], rng: Random) -> tuple[int, ...]:
    """Keep the head of a walk and turn its tail round."""
    if len(walk) < 2:
        return walk
    keep = rng.randint(1, len(walk) - 1)
    return walk[:keep] + tuple(-move or 1 for move in walk[keep:])
