"""An orchestra to write for: lines and chords of a piece in, playable parts out.

Knows who plays, how loud a bar is and where phrases swell; what is played comes from the style.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import pi, sin
from random import Random

from musiclm.corpus.craft.blocks import Bar, bar_of, events
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.patterns import velocity_of
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.score import Note, Part
from musiclm.corpus.styles.classical._voices import Tone

Pattern = str | Callable[[Bar], str]  # a rhythm, or one for each bar; "" rests
# Characters of an accompaniment: accent, normal, soft.
_LEVELS = {"X": 1.1, "x": 0.94, "o": 0.78}


@dataclass(slots=True)
class Staff:
    """One player's page."""

    role: str
    instrument: str
    bars: Sequence[Bar]
    pan: float
    gain_db: float
    legato: float
    compound: bool = False  # beats divide in three
    notes: list[Note] = field(default_factory=list)

    def add(
        self, start: float, beats: float, pitch: int, level: float = 1.0, *, legato: float = 0.0
    ) -> None:
        """Write one note, moved by octaves into the instrument's range if need be."""
        bar = self.bar_at(start)
        instrument = INSTRUMENTS[self.instrument]
        while pitch < instrument.low:
            pitch += 12
        while pitch > instrument.high:
            pitch -= 12
        # A phrase breathes: it swells towards its middle.
        swell = 1.0 + 0.06 * sin(pi * ((bar.in_section % 4) + (start - bar.start) / bar.beats) / 4)
        if self.compound and abs(start - round(start)) > 0.02:
            # Threes must be felt as threes, or a bar of 6/8 is heard as one of 3/4.
            level *= 0.88
        length = max(0.03, beats * (legato or self.legato))
        self.notes.append(Note(start, length, pitch, velocity_of(bar, start, level * swell)))

    def bar_at(self, start: float) -> Bar:
        """The bar of an absolute beat."""
        index = int((start + 0.02) // self.bars[0].beats)
        return self.bars[max(0, min(len(self.bars) - 1, index))]

    def line(
        self,
        tones: Sequence[Tone],
        level: float = 1.0,
        *,
        shift: int = 0,
        legato: float = 0.0,
    ) -> None:
        """Play a line ``shift`` semitones higher."""
        for tone in tones:
            self.add(tone.start, tone.beats, tone.pitch + shift, level, legato=legato)

    def struck(
        self,
        voices: Sequence[Sequence[Tone]],
        pattern: Pattern,
        level: float = 0.9,
        *,
        bars: Sequence[Bar] = (),
        shift: int = 0,
    ) -> None:
        """Strike what ``voices`` hold in a rhythm; notes end where the harmony changes."""
        for bar, start, beats, character in hits(bars or self.bars, pattern):
            for pitch in held(voices, start):
                loud = level * _LEVELS.get(character, 0.94)
                self.add(start, _within(bar, start, beats), pitch + shift, loud)

    def broken(
        self,
        voices: Sequence[Sequence[Tone]],
        pattern: Pattern,
        level: float = 0.86,
        *,
        bars: Sequence[Bar] = (),
        legato: float = 0.0,
    ) -> None:
        """Break the chord that ``voices`` hold: digits count its tones from below, then octaves."""
        for bar, start, beats, character in hits(bars or self.bars, pattern):
            chord = held(voices, start)
            if not chord or not character.isdigit():
                continue
            octave, index = divmod(int(character), len(chord))
            pitch = chord[index] + 12 * octave
            self.add(start, _within(bar, start, beats, loose=True), pitch, level, legato=legato)

    def beat(self, bars: Sequence[Bar], grooves: Mapping[int, Pattern], level: float = 1.0) -> None:
        """Strike drum keys in rhythms of their own; ``X`` accents, ``o`` is soft."""
        for key, pattern in grooves.items():
            for _, start, beats, character in hits(bars, pattern):
                loud = {"X": 1.15, "o": 0.68}.get(character, 0.95)
                self.add(start, min(beats, 0.5), key, level * loud, legato=1.0)

    def close(self, pitches: Sequence[int], level: float = 0.9, roll: float = 0.0) -> None:
        """Hold a chord through the last bar, from below upwards, ``roll`` beats apart."""
        bar = self.bars[-1]
        for rank, pitch in enumerate(sorted(pitches)):
            late = min(roll * rank, 0.5 * bar.beats)
            self.add(bar.start + late, bar.beats - late, pitch, level, legato=1.0)


@dataclass(slots=True)
class Stage:
    """All players of one piece."""

    brief: Brief
    staffs: list[Staff] = field(default_factory=list)

    def staff(
        self,
        role: str,
        instrument: str,
        *,
        pan: float = 0.0,
        gain_db: float = 0.0,
        legato: float = 0.95,
    ) -> Staff:
        """Seat one more player; the lead is seated first."""
        numerator, denominator = self.brief.metre
        compound = denominator == 8 and numerator % 3 == 0
        staff = Staff(role, instrument, self.brief.bars, pan, gain_db, legato, compound)
        self.staffs.append(staff)
        return staff

    def sway(self, depth: float, bars: int = 4) -> None:
        """Rubato: all players press on in the middle of each phrase and linger at its end.

        Args:
            depth: Beats by which the middle of a phrase runs ahead.
            bars: Length of a phrase.
        """
        length = float(bars * self.brief.bars[0].beats)
        whole = (len(self.brief.bars) // bars) * length

        def warped(beat: float) -> float:
            if beat >= whole:
                return beat
            return beat - depth * sin(pi * (beat % length) / length) ** 2

        for staff in self.staffs:
            moved = []
            for note in staff.notes:
                start, end = warped(note.start), warped(note.end)
                moved.append(Note(start, max(0.03, end - start), note.pitch, note.velocity))
            staff.notes = moved

    def parts(self) -> list[Part]:
        """What was written, each part in the order of time."""
        return [
            Part(
                staff.role,
                staff.instrument,
                tuple(sorted(staff.notes, key=lambda note: (note.start, note.pitch))),
                staff.pan,
                staff.gain_db,
            )
            for staff in self.staffs
            if staff.notes
        ]


def hits(bars: Sequence[Bar], pattern: Pattern) -> list[tuple[Bar, float, float, str]]:
    """Onsets of a pattern in ``bars``; the last bar of a piece is not for patterns."""
    found = []
    for bar in bars:
        text = pattern if isinstance(pattern, str) else pattern(bar)
        if text and not bar.is_last:
            for beat, beats, character in events(bar_of(text, bar.in_section), bar.beats):
                found.append((bar, bar.start + beat, beats, character))
    return found


def held(voices: Sequence[Sequence[Tone]], beat: float) -> list[int]:
    """What voices sound at a beat, from below, without doubled pitches."""
    found = {
        voice[index].pitch
        for voice in voices
        if (index := bisect_right(voice, beat + 1e-6, key=lambda tone: tone.start) - 1) >= 0
    }
    return sorted(found)


def _within(bar: Bar, start: float, beats: float, *, loose: bool = False) -> float:
    """Cut a length where the harmony changes; ``loose`` lets a quarter of a beat ring over."""
    for span in bar.spans:
        if start + 0.02 < span.start < start + beats:
            return span.start - start
    return beats if loose else min(beats, bar.start + bar.beats - start)


def stream(brief: Brief, name: str) -> Random:
    """A stream of its own for one concern, so that one voice does not rewrite another."""
    return Random(f"{brief.rng.getrandbits(32)}{name}")
