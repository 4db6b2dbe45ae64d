"""Lines as improvisers play them: chords and a rhythm in, a run of notes out.

A line aims at a chord tone on every beat and fills the way there: by the scale, by a chord tone
where the way is long, by the semitone below where the idiom is chromatic. Heads come from the
same hand, but return as they were; solos are new each time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from random import Random

from musiclm.corpus.craft.blocks import Bar, pick
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.melody import Singer
from musiclm.corpus.craft.patterns import Player, velocity_of
from musiclm.corpus.score import Note
from musiclm.corpus.theory import GAPPED, MODES, Chord, nearest, scale_over, step

Writer = Callable[[Brief], list[Note]]


@dataclass(frozen=True, slots=True)
class Idiom:
    """How lines of one style go. A figure is the rhythm of one beat: x onset, - held, . rest."""

    starts: tuple[str, ...]  # figures that begin a phrase
    middles: Mapping[str, float]  # figures inside a phrase, by weight
    ends: tuple[str, ...]  # figures that end one
    phrase: tuple[int, int]  # beats of a phrase
    rests: tuple[int, int]  # beats between phrases
    silence: str = ".."  # a beat of rest
    chromatic: float = 0.15  # chance of approaching a beat from a semitone away
    scale: str = "mode"  # or "blues"
    turns: float = 0.25  # chance of turning round at a beat
    crushed: float = 0.0  # chance of a grace note a semitone below a note on the beat
    thirds: bool = False  # whether strong notes get a chord tone below
    legato: float = 0.92

    def figures(self, n_beats: int, rng: Random) -> list[str]:
        """The rhythm of some beats: phrases, and the breath between them."""
        found: list[str] = []
        while len(found) < n_beats:
            length = rng.randint(*self.phrase)
            inside = [pick(self.middles, rng) for _ in range(max(0, length - 2))]
            found += [rng.choice(self.starts), *inside, rng.choice(self.ends)]
            found += [self.silence] * rng.randint(*self.rests)
        return found[:n_beats]


@dataclass(slots=True)
class Improviser:
    """Plays lines over the bars of one piece, and remembers where it is."""

    idiom: Idiom
    low: int
    high: int
    rng: Random
    goal: int = 0  # the note that the next beat is to have
    way: int = 1  # up or down

    def play(self, bar: Bar, figures: Sequence[str]) -> list[Note]:
        """One bar in the given rhythm, a figure a beat."""
        notes: list[Note] = []
        for index, figure in enumerate(figures[: bar.beats]):
            beat = bar.start + index
            over = bar.chord_at(beat)
            last = index + 1 == bar.beats
            after = bar.following if last else bar.chord_at(beat + 1)
            here = nearest(self.goal or self._middle(), self._tones(bar, over), self.low, self.high)
            # The hand waits where it is while nothing is struck.
            moves = "x" in figure
            self.goal = self._aim(here, self._tones(bar, after)) if moves else here
            unit = 1 / len(figure)
            inside = self._fill(bar, over, here, len(figure) - 1)
            for slot, character in enumerate(figure):
                start = beat + slot * unit
                if character == "-" and notes and start - notes[-1].end < 0.3 * unit + 0.2:
                    before = notes[-1]
                    longer = (start + unit - before.start) * self.idiom.legato
                    notes[-1] = replace(before, duration=longer)
                elif character == "x":
                    pitch = inside[slot - 1] if slot else here
                    # The off-beat at the top of a line gets the accent.
                    level = 1.12 if slot == 0 else 1.04 if pitch > here else 0.96
                    velocity = velocity_of(bar, start, level)
                    notes.append(Note(start, unit * self.idiom.legato, pitch, velocity))
        if self.idiom.crushed:
            notes += self._crushes(bar, notes)
        if self.idiom.thirds:
            notes += self._below(bar, notes)
        return notes

    def rest_on_tonic(self, bar: Bar) -> Note:
        """The last note of the piece."""
        pitch = nearest(self.goal or self._middle(), (bar.tonic,), self.low, self.high)
        return Note(bar.start, bar.beats * 0.95, pitch, velocity_of(bar, bar.start, 1.05))

    def _middle(self) -> int:
        return (self.low + self.high) // 2

    def _pool(self, bar: Bar, over: Chord) -> tuple[int, ...]:
        steps = GAPPED["blues"] if self.idiom.scale == "blues" else MODES[bar.mode]
        return scale_over(bar.tonic, steps, over)

    def _tones(self, bar: Bar, over: Chord) -> tuple[int, ...]:
        """What a beat may rest on: the chord up to its ninth; in a blues, its scale as well."""
        if self.idiom.scale == "blues":
            return tuple(sorted({*over.stable, *self._pool(bar, over)} - {(bar.tonic + 6) % 12}))
        return tuple(sorted({*over.stable, *over.pitch_classes[4:5]}))

    def _aim(self, here: int, tones: tuple[int, ...]) -> int:
        """A tone for the next beat: a small leap on in the direction of the line."""
        if self.rng.random() < self.idiom.turns:
            self.way = -self.way
        if here > self.high - 4:
            self.way = -1
        elif here < self.low + 4:
            self.way = 1
        wish = here + self.way * self.rng.choice((2, 3, 3, 4, 5))
        goal = nearest(max(self.low, min(self.high, wish)), tones, self.low, self.high)
        return goal if goal != here or self.rng.random() < 0.3 else self._beyond(here, tones)

    def _beyond(self, here: int, tones: tuple[int, ...]) -> int:
        further = step(here, self.way, tones)
        if not self.low <= further <= self.high:
            self.way = -self.way
            further = step(here, self.way, tones)
        return max(self.low, min(self.high, further))

    def _fill(self, bar: Bar, over: Chord, here: int, count: int) -> list[int]:
        """The notes between this beat and the next one."""
        if not count:
            return []
        pool = self._pool(bar, over)
        distance = self.goal - here
        side = 1 if distance >= 0 else -1
        last = self._approach(here, distance, side, pool, over)
        filled = [last]
        while len(filled) < count:
            # Triplets walk down to their last note by the scale.
            filled.insert(0, self._inside(step(filled[0], -side, pool), pool))
        return filled

    def _approach(
        self, here: int, distance: int, side: int, pool: tuple[int, ...], over: Chord
    ) -> int:
        size = abs(distance)
        if self.rng.random() < self.idiom.chromatic:
            semitone = self.goal - side if size != 1 else self.goal + side
            return max(self.low, min(self.high, semitone))
        between = range(min(here, self.goal) + 1, max(here, self.goal))
        scale = [pitch for pitch in between if pitch % 12 in pool]
        if size >= 5:
            tones = [pitch for pitch in scale if pitch % 12 in over.pitch_classes]
            return self.rng.choice(tones or scale or [here])
        if scale and self.rng.random() < 0.8:
            return self.rng.choice(scale)
        # Next door: go past the goal and fall back into it, or swing back first.
        beyond = self.rng.random() < 0.6
        pitch = step(self.goal, side, pool) if beyond else step(here, -side, pool)
        if not self.low <= pitch <= self.high:
            pitch = step(here, side if self.low <= here < self._middle() else -side, pool)
        return self._inside(pitch, pool)

    def _inside(self, pitch: int, pool: tuple[int, ...]) -> int:
        if self.low <= pitch <= self.high:
            return pitch
        return nearest(pitch, pool, self.low, self.high)

    def _crushes(self, bar: Bar, notes: Sequence[Note]) -> list[Note]:
        """The key next door, let go at once: a blue third, or a flat fifth on its way up."""
        added = []
        for note in notes:
            blue = (note.pitch - 1 - bar.tonic) % 12 in (3, 6)
            on_beat = abs(note.start - round(note.start)) < 0.02 and note.start > 0.1
            if blue and on_beat and self.rng.random() < self.idiom.crushed:
                softer = max(1, note.velocity - 12)
                added.append(Note(note.start - 0.09, 0.09, note.pitch - 1, softer))
        return added

    def _below(self, bar: Bar, notes: Sequence[Note]) -> list[Note]:
        """A chord tone a third to a fifth under the notes on the beat."""
        added = []
        for note in notes:
            over = bar.chord_at(note.start)
            under = nearest(note.pitch - 4, over.pitch_classes, note.pitch - 7, note.pitch - 3)
            if abs(note.start - round(note.start)) < 0.02 and under >= self.low - 7:
                added.append(replace(note, pitch=under, velocity=max(1, note.velocity - 10)))
        return added


def heads_and_solos(
    head: Idiom | None, solo: Idiom, *, solos: tuple[str, ...] = ("solo",)
) -> Writer:
    """Make a ``Melody.writer``: a head that returns as it was, and solos that never do.

    Args:
        head: The idiom of the head; ``None`` leaves it to the Singer and the cells of the style.
        solo: The idiom of the solos.
        solos: Names of the sections that are improvised.
    """

    def write(brief: Brief) -> list[Note]:
        notes: list[Note] = []
        if head is None:
            sung = [replace(bar, tune=bar.tune and bar.name not in solos) for bar in brief.bars]
            notes += _sing(brief, sung)
        seeds: dict[str, int] = {}
        soloist = Improviser(solo, brief.low, brief.high, brief.rng)
        for _, group in groupby(brief.bars, key=lambda bar: bar.section):
            bars = [bar for bar in group if bar.tune]
            if not bars or (head is None and bars[0].name not in solos):
                continue
            player = soloist
            plan = solo.figures(len(bars) * bars[0].beats, brief.rng)
            if head is not None and bars[0].name not in solos:
                letter = bars[0].letter
                seeds.setdefault(letter, brief.rng.getrandbits(32))
                player = Improviser(head, brief.low, brief.high, Random(seeds[letter]))
                plan = _theme(head, bars, player.rng)
            for index, bar in enumerate(bars):
                if bar.is_last:
                    notes.append(player.rest_on_tonic(bar))
                else:
                    notes += player.play(bar, plan[index * bar.beats : (index + 1) * bar.beats])
            soloist.goal = player.goal
        return sorted(notes, key=lambda note: (note.start, note.pitch))

    return write


def _sing(brief: Brief, bars: Sequence[Bar]) -> list[Note]:
    """Leave the head to the Singer."""
    melody = brief.style.melody
    singer = Singer(
        melody=melody,
        low=brief.low,
        high=brief.high,
        tonic=brief.tonic,
        mode=brief.mode,
        metre=brief.metre,
        beat_seconds=60 / brief.tempo,
        notes_per_second=2.1 + 0.9 * brief.mood.density,
        rng=brief.rng,
    )
    return singer.sing(bars, brief.phrase_bars)


def _theme(idiom: Idiom, bars: Sequence[Bar], rng: Random) -> list[str]:
    """The rhythm of a head: two bars that come back, with an answer and a close."""
    beats = 2 * bars[0].beats
    call = idiom.figures(beats, rng)
    answer = idiom.figures(beats, rng)
    close = idiom.figures(beats, rng)
    plan: list[str] = []
    while len(plan) < len(bars) * bars[0].beats:
        plan += [*call, *answer, *call, *close]
    return plan


def soloist(idiom: Idiom) -> Callable[[Player, Bar], None]:
    """Make a ``Layer.writer`` that improvises in the sections in which the layer plays."""

    def write(player: Player, bar: Bar) -> None:
        hand = Improviser(idiom, player.low, player.high, player.rng, goal=player.line)
        if bar.is_last:
            player.notes.append(hand.rest_on_tonic(bar))
            return
        player.notes += hand.play(bar, idiom.figures(bar.beats, player.rng))
        player.line = hand.goal

    return write


def calls(call: Idiom, solo: Idiom, *, solos: tuple[str, ...] = ("solo",)) -> Writer:
    """Make a ``Melody.writer`` of blues: two lines alike and a third that answers them.

    Each line of four bars calls for two, settles in the third and leaves the rest to ``reply``.

    Args:
        call: The idiom of the sung lines.
        solo: The idiom of solos, which take more of each line.
        solos: Names of the sections that are solos.
    """

    def write(brief: Brief) -> list[Note]:
        notes: list[Note] = []
        player = Improviser(call, brief.low, brief.high, brief.rng)
        plans: dict[str, list[str]] = {}
        for _, group in groupby(brief.bars, key=lambda bar: bar.section):
            for bar in [bar for bar in group if bar.tune]:
                idiom = solo if bar.name in solos else call
                player.idiom = idiom
                if bar.is_last:
                    notes.append(player.rest_on_tonic(bar))
                    continue
                line, place = divmod(bar.in_section, 4)
                if place == 0:
                    # The second line says again what the first one said.
                    kept = f"{bar.name}{line % 3 // 2}" if idiom is call else ""
                    plan = plans.get(kept) or _line(idiom, bar.beats, brief.rng)
                    plans[kept or " "] = plan
                    player.goal = (brief.low + brief.high) // 2 + (4 if line % 3 == 2 else 0)
                notes += player.play(bar, plan[place * bar.beats : (place + 1) * bar.beats])
        return sorted(notes, key=lambda note: (note.start, note.pitch))

    return write


def _line(idiom: Idiom, beats: int, rng: Random) -> list[str]:
    """Four bars: two of call, a close, and a breath with a pickup at its end."""
    sung = [*idiom.figures(2 * beats, rng), rng.choice(idiom.ends)]
    sung += [idiom.silence] * (4 * beats - len(sung))
    sung[-1] = rng.choice(idiom.starts)
    return sung


def reply(idiom: Idiom) -> Callable[[Player, Bar], None]:
    """Make a ``Layer.writer`` that answers in the second half of every line of four bars."""

    def write(player: Player, bar: Bar) -> None:
        hand = Improviser(idiom, player.low, player.high, player.rng, goal=player.line)
        place = bar.in_section % 4
        if bar.is_last:
            player.notes.append(hand.rest_on_tonic(bar))
        elif place >= 2:
            waits = bar.beats // 2 if place == 2 else 0
            figures = [idiom.silence] * waits + idiom.figures(bar.beats - waits, player.rng)
            if place == 3:
                figures[-1] = idiom.silence
            player.notes += hand.play(bar, figures)
            player.line = hand.goal

    return write
