"""Written music in, seconds or MIDI out: parts, notes, sections and tempo of one piece.

A ``Score`` is what the composer writes, the renderer plays and the captions describe. A *beat* is
what a listener taps: a quarter note in 3/4 or 4/4, a dotted quarter in 6/8 or 12/8 (so a bar of
6/8 has two beats of three eighths each, and ``tempo_bpm`` is always the felt tempo). Note times
are performed times: swing and the small human unevenness are already in them. Nothing here makes
sound or knows how music is composed.
"""

import json
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import mido

from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.errors import ConfigError, DataError

ROLES = (
    "lead",
    "chords",
    "bass",
    "pad",
    "arpeggio",
    "counter",
    "drums",
    "percussion",
    "effects",
)
DRUM_ROLES = ("drums", "percussion")
TICKS_PER_QUARTER = 480
_DRUM_CHANNEL = 9


@dataclass(frozen=True, slots=True)
class Note:
    """One note as performed."""

    start: float  # felt beats from the beginning of the piece
    duration: float  # felt beats, > 0
    pitch: int  # MIDI key 0..127; in drum parts a General MIDI drum key
    velocity: int  # 1..127

    @property
    def end(self) -> float:
        """Where the note stops, in felt beats."""
        return self.start + self.duration


@dataclass(frozen=True, slots=True)
class Part:
    """One instrument's notes from the first bar to the last."""

    role: str  # one of ROLES
    instrument: str  # key of instruments.INSTRUMENTS
    notes: tuple[Note, ...]  # ordered by start
    pan: float = 0.0  # -1 left .. 1 right
    gain_db: float = 0.0  # on top of what the velocities say

    @property
    def is_drums(self) -> bool:
        """Whether pitches are drum keys."""
        return INSTRUMENTS[self.instrument].family == "drums"


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of bars with a name and a level of energy."""

    name: str  # "intro", "a", "b", "build", "drop", "bridge", "ending"...
    start_bar: int
    n_bars: int
    intensity: float  # 0 barely there .. 1 everything plays
    key: str = ""  # tonic here; empty: the key of the piece
    mode: str = ""  # mode here; empty: the mode of the piece


@dataclass(frozen=True, slots=True)
class ChordSpan:
    """A chord and when it sounds."""

    start: float  # felt beats
    beats: float
    symbol: str  # as on a chart: "Dm7", "G/B"
    root: int  # pitch class 0..11
    pitch_classes: tuple[int, ...]  # root first
    scale: tuple[int, ...]  # pitch classes a tune may use over it, ascending


@dataclass(frozen=True, slots=True)
class Score:
    """A whole piece: everything that playing it and talking about it needs."""

    title: str
    style: str
    mood: str
    tempo_bpm: float  # felt beats per minute of the body of the piece
    tempo_curve: tuple[tuple[float, float], ...]  # (beat, bpm) steps, first one at beat 0
    key: str  # tonic, such as "D" or "F#"
    mode: str  # "major", "minor", "dorian", ...
    metre: tuple[int, int]
    swing: float  # 0 straight .. 1 triplet swing; already in the note times
    parts: tuple[Part, ...]
    sections: tuple[Section, ...]
    seed: int
    production: dict[str, float] = field(default_factory=dict)  # "reverb", "brightness", ... 0..1
    treatment: str = "natural"  # key of mix.TREATMENTS
    scene: str = ""  # key of moods.SCENES; empty: music for no scene in particular
    chords: tuple[ChordSpan, ...] = ()
    ending: str = "ring"  # "ring" holds the last chord, "cold" stops short, "fade" dies away

    @property
    def beats_per_bar(self) -> int:
        """Felt beats in a bar: 6/8 has two, 12/8 four, any other metre its numerator."""
        return beats_in_bar(self.metre)

    @property
    def n_bars(self) -> int:
        """Bars of all sections."""
        return sum(section.n_bars for section in self.sections)

    @property
    def n_beats(self) -> float:
        """Length in felt beats: the sections, or the last note where it rings on longer."""
        written = float(self.n_bars * self.beats_per_bar)
        return max([written, *(note.end for part in self.parts for note in part.notes)])

    def seconds(self) -> float:
        """Length in seconds at the tempo curve."""
        return self.beat_to_seconds(self.n_beats)

    def beat_to_seconds(self, beat: float) -> float:
        """Seconds from the beginning to ``beat``; the tempo holds between steps of the curve."""
        seconds = 0.0
        steps = self.tempo_curve or ((0.0, self.tempo_bpm),)
        for index, (start, bpm) in enumerate(steps):
            if beat <= start and index:
                break
            end = steps[index + 1][0] if index + 1 < len(steps) else beat
            seconds += (min(end, beat) - start) * 60.0 / bpm
        return seconds

    def to_midi(self) -> mido.MidiFile:
        """The piece as a General MIDI file that ``from_midi`` reads back.

        Drum parts share channel 10 as General MIDI wants; their kits then differ only in the
        text events that ``from_midi`` reads.

        Raises:
            ConfigError: More than 15 pitched parts.
        """
        ticks = _ticks_per_beat(self.metre)
        file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_QUARTER, charset="utf-8")
        file.tracks.append(self._conductor_track(ticks))
        free = [channel for channel in range(16) if channel != _DRUM_CHANNEL]
        if sum(not part.is_drums for part in self.parts) > len(free):
            raise ConfigError(
                f"MIDI has 15 channels for pitched parts, got {len(self.parts)} parts: drop some"
            )
        for part in self.parts:
            channel = _DRUM_CHANNEL if part.is_drums else free.pop(0)
            file.tracks.append(_part_track(part, channel, ticks))
        return file

    def _conductor_track(self, ticks: int) -> mido.MidiTrack:
        """Title, metre, tempo steps, and everything MIDI has no word for, as JSON text."""
        facts = {
            "style": self.style,
            "mood": self.mood,
            "tempo_bpm": self.tempo_bpm,
            "tempo_curve": self.tempo_curve,
            "key": self.key,
            "mode": self.mode,
            "swing": self.swing,
            "seed": self.seed,
            "sections": [asdict(section) for section in self.sections],
            "production": self.production,
            "treatment": self.treatment,
            "scene": self.scene,
            "chords": [asdict(chord) for chord in self.chords],
            "ending": self.ending,
        }
        track = mido.MidiTrack()
        track.append(mido.MetaMessage("track_name", name=self.title))
        track.append(mido.MetaMessage("text", text=json.dumps(facts)))
        numerator, denominator = self.metre
        track.append(
            mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator)
        )
        now = 0
        for beat, bpm in self.tempo_curve or ((0.0, self.tempo_bpm),):
            tick = round(beat * ticks)
            # MIDI counts quarters: a dotted-quarter beat lasts ticks / TICKS_PER_QUARTER of them.
            tempo = round(60e6 / bpm * TICKS_PER_QUARTER / ticks)
            track.append(mido.MetaMessage("set_tempo", tempo=tempo, time=tick - now))
            now = tick
        return track


def beats_in_bar(metre: tuple[int, int]) -> int:
    """Felt beats of one bar.

    Example:
        >>> beats_in_bar((4, 4)), beats_in_bar((6, 8)), beats_in_bar((12, 8))
        (4, 2, 4)
    """
    numerator, denominator = metre
    compound = denominator == 8 and numerator % 3 == 0
    return numerator // 3 if compound else numerator


def from_midi(source: Path | mido.MidiFile) -> Score:
    """Read back a file that ``Score.to_midi`` wrote; times come back to the nearest MIDI tick.

    Raises:
        DataError: The file holds no musiclm facts.
    """
    file = source if isinstance(source, mido.MidiFile) else mido.MidiFile(source, charset="utf-8")
    conductor = file.tracks[0]
    try:
        facts = json.loads(next(m.text for m in conductor if m.type == "text"))
        metre = next(m for m in conductor if m.type == "time_signature")
        signature = (metre.numerator, metre.denominator)
        ticks = _ticks_per_beat(signature)
        return Score(
            title=next(m.name for m in conductor if m.type == "track_name"),
            metre=signature,
            tempo_curve=tuple((beat, bpm) for beat, bpm in facts.pop("tempo_curve")),
            sections=tuple(Section(**section) for section in facts.pop("sections")),
            chords=tuple(_chord_span(entry) for entry in facts.pop("chords")),
            parts=tuple(_part_from_track(track, ticks) for track in file.tracks[1:]),
            **facts,
        )
    except (StopIteration, KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{file.filename or 'this MIDI file'} was not written by musiclm ({error!r}):"
            " only files from Score.to_midi can be read back"
        ) from None


def _chord_span(entry: dict[str, Any]) -> ChordSpan:
    """JSON knows no tuples."""
    tuples = {name: tuple(entry[name]) for name in ("pitch_classes", "scale")}
    return ChordSpan(**{**entry, **tuples})


def _ticks_per_beat(metre: tuple[int, int]) -> int:
    """MIDI ticks of one felt beat: a dotted quarter is one and a half quarters."""
    numerator, denominator = metre
    beats = beats_in_bar(metre)
    return TICKS_PER_QUARTER * 4 * numerator // (denominator * beats)


def _part_track(part: Part, channel: int, ticks: int) -> mido.MidiTrack:
    """One part as a track: program, pan, level, then notes in time order."""
    about = {
        "role": part.role,
        "instrument": part.instrument,
        "pan": part.pan,
        "gain_db": part.gain_db,
    }
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("track_name", name=f"{part.role}: {part.instrument}"))
    track.append(mido.MetaMessage("text", text=json.dumps(about)))
    program = INSTRUMENTS[part.instrument].program
    track.append(mido.Message("program_change", channel=channel, program=program))
    pan = round(63.5 + 63.5 * part.pan)
    # General MIDI volume is 40 log10(v / 127) dB; 100 is the usual resting level.
    volume = max(1, min(127, round(100 * 10 ** (part.gain_db / 40))))
    for control, value in ((10, pan), (7, volume)):
        track.append(mido.Message("control_change", channel=channel, control=control, value=value))
    # Offs sort before ons at the same tick, so that a repeated key is not cut at birth.
    events = []
    for note in part.notes:
        start = round(note.start * ticks)
        end = max(start + 1, round(note.end * ticks))
        events.append((start, 1, note.pitch, note.velocity))
        events.append((end, 0, note.pitch, 0))
    now = 0
    for tick, is_on, pitch, velocity in sorted(events):
        kind = "note_on" if is_on else "note_off"
        track.append(
            mido.Message(kind, channel=channel, note=pitch, velocity=velocity, time=tick - now)
        )
        now = tick
    return track


def _part_from_track(track: mido.MidiTrack, ticks: int) -> Part:
    """Undo ``_part_track``; the earliest sounding note of a key ends first."""
    about = json.loads(next(m.text for m in track if m.type == "text"))
    sounding: dict[int, list[tuple[int, int]]] = defaultdict(list)
    notes = []
    now = 0
    for message in track:
        now += message.time
        if message.type == "note_on":
            sounding[message.note].append((now, message.velocity))
        elif message.type == "note_off":
            start, velocity = sounding[message.note].pop(0)
            notes.append(Note(start / ticks, (now - start) / ticks, message.note, velocity))
    notes.sort(key=lambda note: (note.start, note.pitch))
    return Part(notes=tuple(notes), **about)
