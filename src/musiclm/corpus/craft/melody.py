"""Tunes: a melody plan and the bars of a piece in, a singable line out.

A tune is made as composers are taught to: one or two short motives (a rhythm with a contour) are
stated, repeated or moved in sequence, answered, and closed by a cadence bar. The same phrase
letter brings the same motives back over the same chords, so listeners recognise it; returns are
varied a little. Strong and long notes are chord tones, quick ones move by step between them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, pi, sin
from random import Random

from musiclm.corpus.craft.blocks import Bar, Melody, events
from musiclm.corpus.craft.patterns import velocity_of
from musiclm.corpus.score import Note, beats_in_bar
from musiclm.corpus.theory import GAPPED, MINOR_MODES, MODES, Chord, nearest, scale_over, step

# Which motive each bar of a four-bar unit takes: "=" repeats it, "'" varies its end.
_SCHEMES = (
    ("a", "a'", "b"),
    ("a", "b", "a"),
    ("a", "a", "b"),
    ("a", "b", "b'"),
    ("a", "b", "a'"),
)
# Where the bars of a unit begin, in scale steps above the middle of the register.
_ARCS = ((0, 1, 3), (0, 2, 1), (2, 1, 0), (-1, 1, 2), (1, 0, 2), (0, -1, 2))
_SHAPES = {
    "rise": (1, 1, 1, -1, 1),
    "fall": (-1, -1, 1, -1, -1),
    "arch": (1, 1, -1, -1, -1),
    "dip": (-1, -1, 1, 1, 1),
    "wave": (1, -1, 1, -1, 1),
    "pivot": (0, 1, -1, 0, 1),
}


@dataclass(frozen=True, slots=True)
class Motive:
    """A one-bar rhythm and the scale steps between its notes."""

    rhythm: str
    contour: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Theme:
    """What one phrase letter sings."""

    motives: tuple[Motive, Motive, Motive]
    arc: tuple[int, ...]
    cadence: str


@dataclass(slots=True)
class Singer:
    """Writes the tune of one piece."""

    melody: Melody
    low: int
    high: int
    tonic: int
    mode: str
    metre: tuple[int, int]
    beat_seconds: float
    notes_per_second: float  # how busy the mood wants the tune
    rng: Random
    pitch: int = 0

    def sing(self, bars: Sequence[Bar], phrase_bars: int) -> list[Note]:
        """Write the whole tune.

        Args:
            bars: All bars of the piece; the intro stays silent.
            phrase_bars: Bars of a phrase; units of four (or fewer) bars build it.
        """
        self.pitch = (self.low + self.high) // 2
        themes: dict[str, Theme] = {}
        returns: dict[str, int] = {}
        notes: list[Note] = []
        unit = 4 if phrase_bars % 4 == 0 else phrase_bars
        closing = len(bars) - 2
        body = [bar for bar in bars if bar.tune and bar.number < closing]
        for first in range(0, len(body), unit):
            group = body[first : first + unit]
            letter = group[0].letter
            self.tonic, self.mode = group[0].tonic, group[0].mode
            if letter not in themes:
                themes[letter] = self._invent(unlike=next(iter(themes.values()), None))
            count = returns.get(letter, 0)
            returns[letter] = count + 1
            following = body[first + unit].letter if first + unit < len(body) else ""
            closes = following == "" or count % 2 == 1 or following > letter
            notes += self._phrase(themes[letter], group, count, closes=closes)
        notes += self._ending([bar for bar in bars[closing:] if bar.tune])
        return self._finish(notes)

    def _steps(self) -> tuple[int, ...]:
        minor = self.mode in MINOR_MODES
        if self.melody.scale == "pentatonic":
            return GAPPED["minor pentatonic" if minor else "major pentatonic"]
        if self.melody.scale == "blues":
            return GAPPED["blues"]
        return MODES[self.mode]

    def _pool(self, over: Chord) -> tuple[int, ...]:
        return scale_over(self.tonic, self._steps(), over)

    def _invent(self, *, unlike: Theme | None) -> Theme:
        """Draw motives of the right density; a second theme avoids the first one's rhythm."""
        cells = [
            cell
            for cell in self.melody.cells[self.metre]
            if unlike is None or cell != unlike.motives[0].rhythm
        ]
        first = self._motive(cells)
        others = [cell for cell in cells if cell != first.rhythm] or cells
        second = self._motive(others)
        built = {
            "a": first,
            "b": second,
            "a'": Motive(first.rhythm, _vary(first.contour, self.rng)),
            "b'": Motive(second.rhythm, _vary(second.contour, self.rng)),
        }
        scheme = self.rng.choice(_SCHEMES)
        lift = 0 if unlike is None else self.rng.choice((1, 2, 3))
        return Theme(
            motives=(built[scheme[0]], built[scheme[1]], built[scheme[2]]),
            arc=tuple(height + lift for height in self.rng.choice(_ARCS)),
            cadence=self.rng.choice(self.melody.cadences[self.metre]),
        )

    def _motive(self, cells: Sequence[str]) -> Motive:
        bar_seconds = self.beat_seconds * beats_in_bar(self.metre)
        weights = []
        for cell in cells:
            rate = sum(character == "x" for character in cell) / bar_seconds
            weights.append(0.02 + exp(-(((rate - self.notes_per_second) / 0.8) ** 2)))
        rhythm = self.rng.choices(cells, weights=weights)[0]
        shape = self.rng.choice(list(_SHAPES.values()))
        contour = [0]
        leapt = 0
        for index in range(rhythm.count("x") - 1):
            direction = shape[index % len(shape)]
            if leapt:
                # A leap is answered by a step back.
                direction, leapt = -leapt, 0
            elif direction and self.rng.random() < self.melody.leaps:
                leapt = direction
                direction *= self.rng.choice((2, 2, 3, 4))
            contour.append(direction)
        return Motive(rhythm, tuple(contour))

    def _phrase(self, theme: Theme, bars: Sequence[Bar], count: int, *, closes: bool) -> list[Note]:
        notes: list[Note] = []
        rises = 2 if count >= 2 and bars[0].intensity > 0.6 else 0
        for index, bar in enumerate(bars):
            swell = 1.0 + 0.08 * sin(pi * (index + 0.5) / len(bars))
            if index == len(bars) - 1 and len(bars) > 1:
                notes += self._cadence(theme.cadence, bar, swell, closes=closes)
                continue
            motive = theme.motives[index % 3]
            if count and index and self.rng.random() < 0.25:
                motive = Motive(motive.rhythm, _vary(motive.contour, self.rng))
            start = step(
                self._middle(), theme.arc[index % 3] + rises, self._pool(bar.spans[0].chord)
            )
            notes += self._bar(motive, bar, start, swell, varied=count > 0)
        return notes

    def _middle(self) -> int:
        return (self.low + self.high) // 2

    def _bar(
        self, motive: Motive, bar: Bar, target: int, swell: float, *, varied: bool
    ) -> list[Note]:
        """Set one motive over one bar's chords."""
        notes: list[Note] = []
        previous = self.pitch
        # The bar begins where the arc says, but never further than a fifth from the last note.
        pitch = max(previous - 7, min(previous + 7, target))
        for index, (beat, beats, _) in enumerate(events(motive.rhythm, bar.beats)):
            start = bar.start + beat
            over = bar.chord_at(start)
            if index:
                pitch = step(pitch, motive.contour[index], self._pool(over))
            strong = abs(beat - round(beat)) < 0.02 and (
                index == 0 or beats >= 1 or beat * 2 % bar.beats == 0
            )
            if strong or beats >= 0.7:
                pitch = self._strong(pitch, over, motive.contour[index] if index else 0, notes)
                self._approach(notes, pitch)
            pitch = self._in_range(pitch, over)
            if len(notes) >= 3 and all(note.pitch == pitch for note in notes[-3:]):
                pitch = self._in_range(
                    step(pitch, -1 if pitch > self._middle() else 1, self._pool(over)), over
                )
            notes.append(self._note(bar, start, beats, pitch, swell))
            if varied and beats >= 2.0 and bar.intensity > 0.45 and self.rng.random() < 0.35:
                # A return is decorated: the end of a long note turns to its neighbour.
                shorter = Note(start, beats / 2, pitch, notes[-1].velocity)
                neighbour = self._in_range(
                    step(pitch, self.rng.choice((-1, 1)), self._pool(over)), over
                )
                notes[-1:] = [
                    shorter,
                    self._note(bar, start + beats / 2, beats / 2, neighbour, swell),
                ]
        if notes:
            self.pitch = notes[-1].pitch
        return notes

    def _cadence(self, rhythm: str, bar: Bar, swell: float, *, closes: bool) -> list[Note]:
        """Close a phrase: walk by step into a resting note; open phrases rest off the tonic."""
        hits = events(rhythm, bar.beats)
        last = bar.chord_at(bar.start + hits[-1][0])
        tones = last.stable
        if closes and self.tonic in tones:
            tones = (self.tonic,)
        elif not closes:
            tones = tuple(tone for tone in tones if tone != self.tonic) or tones
        goal = nearest(self.pitch, tuple(sorted(tones)), self.low, self.high)
        side = 1 if self.pitch >= goal else -1
        if not self.low + 4 <= goal <= self.high - 4:
            side = 1 if goal < self._middle() else -1
        notes = []
        for index, (beat, beats, _) in enumerate(hits):
            start = bar.start + beat
            left = len(hits) - 1 - index
            over = bar.chord_at(start)
            pitch = step(goal, side * left, self._pool(over)) if left else goal
            if left and beat == 0:
                pitch = self._chord_tone(pitch, over)
            notes.append(self._note(bar, start, beats, self._in_range(pitch, over), swell))
        self.pitch = goal
        return notes

    def _ending(self, bars: Sequence[Bar]) -> list[Note]:
        """Lead into the last bar, and rest on the tonic."""
        notes: list[Note] = []
        for bar in bars[:-1]:
            self.tonic, self.mode = bar.tonic, bar.mode
            notes += self._cadence(self.melody.cadences[self.metre][0], bar, 1.0, closes=False)
        if bars:
            bar = bars[-1]
            self.tonic, self.mode = bar.tonic, bar.mode
            final = nearest(self.pitch, (self.tonic,), self.low, self.high)
            notes.append(self._note(bar, bar.start, float(bar.beats), final, 1.0))
        return notes

    def _note(self, bar: Bar, start: float, beats: float, pitch: int, swell: float) -> Note:
        for span in bar.spans:
            # A held note ends where a new chord would rub against it.
            if start + 0.05 < span.start < start + beats and not span.chord.bears(pitch):
                beats = span.start - start
                break
        velocity = velocity_of(bar, start, 1.1 * swell)
        return Note(start, beats * self.melody.legato, pitch, velocity)

    def _chord_tone(self, pitch: int, over: Chord) -> int:
        return nearest(pitch, over.stable, self.low, self.high)

    def _strong(self, pitch: int, over: Chord, heading: int, notes: Sequence[Note]) -> int:
        """The nearest chord tone; one further on where the nearest would only repeat the last."""
        tone = self._chord_tone(pitch, over)
        if notes and heading and tone == notes[-1].pitch:
            further = tone + (3 if heading > 0 else -3)
            if self.low <= further <= self.high:
                beyond = step(tone, 1 if heading > 0 else -1, over.stable)
                return beyond if self.low <= beyond <= self.high else tone
        return tone

    def _in_range(self, pitch: int, over: Chord) -> int:
        if self.low <= pitch <= self.high:
            return pitch
        return nearest(pitch, self._pool(over), self.low, self.high)

    def _approach(self, notes: list[Note], goal: int) -> None:
        """Bend the quick note before a strong one to a semitone below or above it."""
        if not notes or notes[-1].duration > 0.55 or self.rng.random() >= self.melody.chromatic:
            return
        before = notes[-1]
        side = 1 if before.pitch > goal else -1
        if self.low <= goal + side <= self.high:
            notes[-1] = Note(before.start, before.duration, goal + side, before.velocity)

    def _finish(self, notes: list[Note]) -> list[Note]:
        """Add grace notes and the second voice, where the style has them."""
        finished = list(notes)
        for note in notes:
            whole = abs(note.start - round(note.start)) < 0.02
            fits = note.start > 1 and note.pitch + 3 <= self.high
            if whole and fits and self.rng.random() < self.melody.ornament:
                length = min(0.12, 0.07 / self.beat_seconds)
                pool = tuple((self.tonic + s) % 12 for s in MODES[self.mode])
                grace = nearest(note.pitch + 2, pool, note.pitch + 1, note.pitch + 3)
                finished.append(
                    Note(note.start - length, length, grace, max(1, note.velocity - 14))
                )
            if self.melody.doubling == "thirds":
                pool = tuple((self.tonic + s) % 12 for s in MODES[self.mode])
                below = step(note.pitch, -2, pool)
                finished.append(Note(note.start, note.duration, below, max(1, note.velocity - 10)))
            elif self.melody.doubling == "octave":
                finished.append(
                    Note(note.start, note.duration, note.pitch - 12, max(1, note.velocity - 12))
                )
        return finished


def _vary(contour: tuple[int, ...], rng: Random) -> tuple[int, ...]:
    """Keep the head of a motive and turn its tail round."""
    if len(contour) < 2:
        return contour
    keep = rng.randint(1, len(contour) - 1)
    return contour[:keep] + tuple(-interval or 1 for interval in contour[keep:])
