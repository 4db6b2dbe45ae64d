"""Ornaments: one written note in, the notes a player makes of it out; all stay in the scale.

Each takes the note, the scale tones above and below it, and seconds a beat, since ornaments are as
fast as fingers and not as the tempo.
"""

from collections.abc import Callable
from dataclasses import replace

from musiclm.corpus.score import Note

Ornament = Callable[[Note, int, int, float], list[Note]]


def _softer(note: Note, amount: int) -> int:
    return max(1, note.velocity - amount)


def cut(note: Note, upper: int, lower: int, beat_seconds: float) -> list[Note]:
    """A flick of the finger above, on the beat: pipes, whistles and fiddles."""
    length = min(0.045 / beat_seconds, note.duration / 3)
    flick = Note(note.start, length, upper, _softer(note, 12))
    return [flick, replace(note, start=note.start + length, duration=note.duration - length)]


def roll(note: Note, upper: int, lower: int, beat_seconds: float) -> list[Note]:
    """The note, above, the note, below, the note: a long note of a jig."""
    part = note.duration / 5
    pitches = (note.pitch, upper, note.pitch, lower, note.pitch)
    lengths = (1.5, 0.6, 1.0, 0.6, 1.3)
    notes, at = [], note.start
    for index, (pitch, length) in enumerate(zip(pitches, lengths, strict=True)):
        notes.append(
            Note(at, part * length, pitch, note.velocity if index == 0 else note.velocity - 6)
        )
        at += part * length
    return [replace(each, velocity=max(1, each.velocity)) for each in notes]


def krekhts(note: Note, upper: int, lower: int, beat_seconds: float) -> list[Note]:
    """A sob: the note breaks off into a short one above."""
    length = min(0.09 / beat_seconds, note.duration / 3)
    sob = Note(note.end - length, length * 0.7, upper, _softer(note, 22))
    return [replace(note, duration=note.duration - length), sob]


def mordent(note: Note, upper: int, lower: int, beat_seconds: float) -> list[Note]:
    """The note, above, and back at once."""
    length = min(0.07 / beat_seconds, note.duration / 4)
    return [
        replace(note, duration=length),
        Note(note.start + length, length, upper, _softer(note, 10)),
        replace(note, start=note.start + 2 * length, duration=note.duration - 2 * length),
    ]


def turn(note: Note, upper: int, lower: int, beat_seconds: float) -> list[Note]:
    """Above, the note, below, the note, then resting on it."""
    length = min(0.085 / beat_seconds, note.duration / 6)
    pitches = (upper, note.pitch, lower)
    head = [
        Note(note.start + index * length, length, pitch, _softer(note, 8))
        for index, pitch in enumerate(pitches)
    ]
    used = length * len(pitches)
    return [*head, replace(note, start=note.start + used, duration=note.duration - used)]


def shake(note: Note, upper: int, lower: int, beat_seconds: float) -> list[Note]:
    """A slow oscillation with the tone above, then the note: gamaka, andolan."""
    period = 0.13 / beat_seconds
    count = min(3, int(note.duration * 0.6 / (2 * period)))
    if count < 1:
        return [note]
    notes = []
    for index in range(count):
        at = note.start + 2 * index * period
        notes.append(Note(at, period, note.pitch, _softer(note, 2 * index)))
        notes.append(Note(at + period, period, upper, _softer(note, 10)))
    used = 2 * count * period
    rest = replace(note, start=note.start + used, duration=note.duration - used)
    return [*notes, replace(rest, velocity=_softer(note, 4))]


def tremolo(note: Note, upper: int, lower: int, beat_seconds: float) -> list[Note]:
    """The same string struck on and on: risha, tsimbl, picado."""
    count = max(1, round(note.duration * beat_seconds / 0.085))
    part = note.duration / count
    return [
        Note(
            note.start + index * part,
            part * 0.95,
            note.pitch,
            _softer(note, 14 if index % 2 else 6 * (index > 0)),
        )
        for index in range(count)
    ]


def bounce(note: Note, upper: int, lower: int, beat_seconds: float) -> list[Note]:
    """Strokes that fall closer and closer like a ball, and softer."""
    notes, at, gap, soft = [], note.start, min(note.duration * 0.3, 0.36 / beat_seconds), 0
    while at + gap < note.end and gap * beat_seconds > 0.06:
        notes.append(Note(at, gap * 0.95, note.pitch, _softer(note, soft)))
        at += gap
        gap *= 0.8
        soft += 5
    return notes or [note]


def scoop(note: Note, upper: int, lower: int, beat_seconds: float) -> list[Note]:
    """Slide up into the note from the tone below."""
    length = min(0.08 / beat_seconds, note.duration / 3)
    below = Note(note.start, length, lower, _softer(note, 14))
    return [below, replace(note, start=note.start + length, duration=note.duration - length)]
