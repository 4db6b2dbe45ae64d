"""Tunes: a melody plan and the bars of a piece in, a singable line out.

A tune is made as composers are taught to: short motives (``motive``) are stated, repeated or moved
in sequence, answered, and closed by a cadence. The same phrase letter brings the same theme back,
so listeners recognise it; returns are varied a little. Strong and long notes are chord tones, quick
ones move by step between them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import pi, sin
from random import Random

from musiclm.corpus.craft.blocks import Bar, Melody, events
from musiclm.corpus.craft.motive import Motive, Theme, Turn, Workshop
from musiclm.corpus.craft.patterns import velocity_of
from musiclm.corpus.score import Note, beats_in_bar
from musiclm.corpus.theory import GAPPED, MINOR_MODES, MODES, Chord, nearest, scale_over, step


@dataclass(slots=True)
class Singer:
    """Writes the tune of one piece."""

    melody: Melody
    low: int
    high: int
    tonic: int  # of the bar being written
    mode: str
    metre: tuple[int, int]
    beat_seconds: float
    notes_per_second: float  # how busy the mood wants the tune
    rng: Random
    pitch: int = 0
    themes: dict[str, Theme] = field(default_factory=dict)
    heard: dict[str, int] = field(default_factory=dict)  # how often a letter has been sung

    def sing(self, bars: Sequence[Bar], phrase_bars: int) -> list[Note]:
        """Write the whole tune.

        Args:
            bars: All bars of the piece; those without ``tune`` stay silent.
            phrase_bars: Bars of a phrase, where a section is longer than themes divide.
        """
        self.pitch = self._middle()
        closing = len(bars) - 2
        body = [bar for bar in bars if bar.tune and bar.number < closing]
        notes: list[Note] = []
        sections = [list(group) for _, group in groupby(body, key=lambda bar: bar.section)]
        for index, section in enumerate(sections):
            following = sections[index + 1][0].letter if index + 1 < len(sections) else ""
            self._section(section, phrase_bars, following, notes)
        self._ending([bar for bar in bars[closing:] if bar.tune], notes)
        return notes

    def _section(
        self, bars: Sequence[Bar], phrase_bars: int, following: str, notes: list[Note]
    ) -> None:
        """Sing one section, in rounds of the phrase where it has several."""
        theme = self._theme(bars[0].letter)
        rounds = [bars]
        if len(bars) > phrase_bars >= 8 and len(bars) % phrase_bars == 0:
            rounds = [bars[i : i + phrase_bars] for i in range(0, len(bars), phrase_bars)]
        for number, group in enumerate(rounds):
            first = 0
            split = theme.split(len(group))
            for index, length in enumerate(split):
                unit = group[first : first + length]
                first += length
                last = index == len(split) - 1
                closes = last and (number == len(rounds) - 1 or following != unit[0].letter)
                self._unit(theme, index, unit, notes, closes=closes or (index % 2 == 1 and last))

    def _theme(self, letter: str) -> Theme:
        if letter not in self.themes:
            workshop = Workshop(
                cells=self.melody.cells[self.metre],
                cadences=self.melody.cadences[self.metre],
                leaps=self.melody.leaps,
                notes_per_second=self.notes_per_second,
                bar_seconds=self.beat_seconds * beats_in_bar(self.metre),
                rng=self.rng,
            )
            self.themes[letter] = workshop.theme(next(iter(self.themes.values()), None))
        return self.themes[letter]

    def _unit(
        self,
        theme: Theme,
        index: int,
        bars: Sequence[Bar],
        notes: list[Note],
        *,
        closes: bool,
    ) -> None:
        """Sing one unit: its motives over these chords, a pick-up before, grace notes after."""
        self.tonic, self.mode = bars[0].tonic, bars[0].mode
        memory = f"{bars[0].letter}{index}"
        count = self.heard.get(memory, 0)
        self.heard[memory] = count + 1
        # Later refrains reach higher where there is strength for it.
        rises = 2 if count >= 2 and bars[0].intensity > 0.6 else 0
        written: list[Note] = []
        for number, (bar, turn) in enumerate(zip(bars, theme.unit(index, len(bars)), strict=True)):
            self.tonic, self.mode = bar.tonic, bar.mode
            swell = 1.0 + 0.08 * sin(pi * (number + 0.5) / len(bars))
            if turn.kind == "rest":
                continue
            if turn.kind == "cadence" and (len(bars) > 1 or closes):
                rhythm = theme.cadences[closes]
                written += self._cadence(rhythm, bar, swell, closes=closes)
                continue
            written += self._bar(self._changed(turn, count, number), bar, turn, rises, swell, count)
        if written:
            self._pickup(theme, bars[0], written, notes)
            notes += self._finish(written)

    def _changed(self, turn: Turn, count: int, number: int) -> Motive:
        """Returns vary a bar here and there, never the first."""
        if count and number and self.rng.random() < min(0.45, 0.15 + 0.1 * count):
            return turn.motive.varied(self.rng)
        return turn.motive

    def _steps(self) -> tuple[int, ...]:
        minor = self.mode in MINOR_MODES
        if self.melody.scale == "pentatonic":
            return GAPPED["minor pentatonic" if minor else "major pentatonic"]
        if self.melody.scale == "blues":
            return GAPPED["blues"]
        return MODES[self.mode]

    def _pool(self, over: Chord) -> tuple[int, ...]:
        return scale_over(self.tonic, self._steps(), over)

    def _middle(self) -> int:
        return (self.low + self.high) // 2

    def _bar(
        self, motive: Motive, bar: Bar, turn: Turn, rises: int, swell: float, count: int
    ) -> list[Note]:
        """Set one motive over one bar's chords."""
        notes: list[Note] = []
        previous = self.pitch
        pool = self._pool(bar.spans[0].chord)
        target = step(self._middle(), round(turn.height) + rises, pool)
        # The bar begins where the theme says, but never further than a fifth from the last note.
        pitch = max(previous - 7, min(previous + 7, target))
        for index, (beat, beats, _) in enumerate(events(motive.rhythm, bar.beats)):
            start = bar.start + beat
            over = bar.chord_at(start)
            heading = motive.contour[index] if index else 0
            if index:
                pitch = step(pitch, self._narrowed(heading), self._pool(over))
            if self._must_settle(motive, index, beat, beats, bar, pitch):
                pitch = self._strong(pitch, over, heading, notes)
                self._approach(notes, pitch)
            pitch = self._in_range(pitch, over)
            if len(notes) >= 3 and all(note.pitch == pitch for note in notes[-3:]):
                pitch = self._in_range(
                    step(pitch, -1 if pitch > self._middle() else 1, self._pool(over)), over
                )
            notes.append(self._note(bar, start, beats, pitch, swell))
            if count and beats >= 2.0 and bar.intensity > 0.45 and self.rng.random() < 0.35:
                self._turn_to_neighbour(bar, notes, beats, swell)
        if notes:
            self.pitch = notes[-1].pitch
        return notes

    def _narrowed(self, heading: int) -> int:
        """Steps of gapped scales are wide already, so leaps take fewer of them."""
        if self.melody.scale == "mode" or abs(heading) <= 2:
            return heading
        return 2 if heading > 0 else -2

    def _must_settle(
        self, motive: Motive, index: int, beat: float, beats: float, bar: Bar, pitch: int
    ) -> bool:
        """Whether a note has to be a chord tone; the others may pass, if they pass by step."""
        if index == 0 or beats >= 1.4:
            return True
        on_beat = abs(beat - round(beat)) < 0.02
        if on_beat and beat * 2 % bar.beats == 0:
            return True
        leaps_on = index + 1 < len(motive.contour) and abs(motive.contour[index + 1]) != 1
        rubs = not bar.chord_at(bar.start + beat).bears(pitch)
        return beats >= 0.7 and (leaps_on or rubs)

    def _turn_to_neighbour(self, bar: Bar, notes: list[Note], beats: float, swell: float) -> None:
        """A return is decorated: the end of a long note turns to its neighbour."""
        held = notes[-1]
        over = bar.chord_at(held.start + beats / 2)
        moved = step(held.pitch, self.rng.choice((-1, 1)), self._pool(over))
        second = self._note(
            bar, held.start + beats / 2, beats / 2, self._in_range(moved, over), swell
        )
        notes[-1:] = [Note(held.start, beats / 2, held.pitch, held.velocity), second]

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

    def _pickup(self, theme: Theme, bar: Bar, written: Sequence[Note], notes: list[Note]) -> None:
        """A few quick notes before the bar that lead into its first note, where there is room."""
        first = written[0]
        if not theme.pickup or first.start - bar.start > 0.3 or self.rng.random() < 0.2:
            return
        # Seven eighths count eighths; elsewhere quick notes halve or third the beat.
        numerator, denominator = self.metre
        compound = denominator == 8 and numerator % 3 == 0
        unit = 1.0 if denominator == 8 and not compound else 1 / 3 if compound else 0.5
        start = first.start - unit * theme.pickup
        if start < 0 or (notes and notes[-1].start > start - 0.4):
            return
        if notes and notes[-1].end > start:
            held = notes[-1]
            notes[-1] = Note(held.start, start - held.start - 0.02, held.pitch, held.velocity)
        pool = self._pool(bar.spans[0].chord)
        side = -1 if notes and notes[-1].pitch <= first.pitch else 1
        if not self.low + 5 < first.pitch < self.high - 5:
            side = -1 if first.pitch > self._middle() else 1
        for index in range(theme.pickup):
            pitch = step(first.pitch, side * (theme.pickup - index), pool)
            velocity = max(1, round(first.velocity * 0.88))
            length = unit * self.melody.legato
            at = start + unit * index
            notes.append(Note(at, length, max(self.low, min(self.high, pitch)), velocity))

    def _ending(self, bars: Sequence[Bar], notes: list[Note]) -> None:
        """Lead into the last bar, and rest on the tonic."""
        for bar in bars[:-1]:
            self.tonic, self.mode = bar.tonic, bar.mode
            rhythm = self.melody.cadences[self.metre][0]
            notes += self._finish(self._cadence(rhythm, bar, 1.0, closes=False))
        if bars:
            bar = bars[-1]
            self.tonic, self.mode = bar.tonic, bar.mode
            final = nearest(self.pitch, (self.tonic,), self.low, self.high)
            notes += self._finish([self._note(bar, bar.start, float(bar.beats), final, 1.0)])

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
            beyond = step(tone, 1 if heading > 0 else -1, over.stable)
            near = abs(beyond - tone) <= 5 and self.low <= beyond <= self.high
            return beyond if near and self.rng.random() < 0.75 else tone
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
        pool = tuple((self.tonic + s) % 12 for s in MODES[self.mode])
        for note in notes:
            whole = abs(note.start - round(note.start)) < 0.02
            fits = note.start > 1 and note.pitch + 3 <= self.high
            if whole and fits and self.rng.random() < self.melody.ornament:
                length = min(0.12, 0.07 / self.beat_seconds)
                grace = nearest(note.pitch + 2, pool, note.pitch + 1, note.pitch + 3)
                finished.append(
                    Note(note.start - length, length, grace, max(1, note.velocity - 14))
                )
            if self.melody.doubling == "thirds":
                below = step(note.pitch, -2, pool)
                finished.append(Note(note.start, note.duration, below, max(1, note.velocity - 10)))
            elif self.melody.doubling == "octave":
                finished.append(
                    Note(note.start, note.duration, note.pitch - 12, max(1, note.velocity - 12))
                )
        return finished
