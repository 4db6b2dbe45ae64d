"""Written parts in, performed parts out: swing, feel, dynamics, endings, and playable ranges.

Whoever wrote the notes, what leaves here is playable: inside the instrument's range and the piece,
no key struck while it is still down, and no hole of silence in the middle.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import pi, sin
from random import Random

from musiclm.corpus.craft.blocks import Bar, Span, Style
from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.score import DRUM_ROLES, Note, Part
from musiclm.corpus.theory import place

_FADE_SECONDS = 12.0
_FADE_SHARE = 0.22
# Seconds until a held note of a decaying instrument can no longer be heard.
_DECAY_SECONDS = {"drums": 0.4, "mallet": 1.2, "plucked": 1.2, "guitar": 2.2, "piano": 2.8}
_LONGEST_GAP_SECONDS = 1.4
_SHORTEST_FILL = 0.25  # beats
# Seconds that players of a role sit behind the beat when they are relaxed.
_LAID_BACK = {"lead": 0.006, "counter": 0.006, "chords": 0.004, "bass": 0.002, "pad": 0.0}


@dataclass(frozen=True, slots=True)
class Stage:
    """What all players of a performance share."""

    style: Style
    bars: Sequence[Bar]
    tempo: float  # felt beats per minute
    swing: float

    @property
    def n_beats(self) -> float:
        """Length of the piece."""
        return self.bars[-1].start + self.bars[-1].beats


def perform(parts: Sequence[Part], stage: Stage, rng: Random) -> tuple[Part, ...]:
    """Play the written parts as people do, and make them playable."""
    played = [_played(part, stage, rng) for part in parts]
    return tuple(part for part in _without_holes(played, stage) if part.notes)


def _played(part: Part, stage: Stage, rng: Random) -> Part:
    style = stage.style
    loose = 1.0 - style.tightness
    per_second = stage.tempo / 60  # beats
    wobble = 0.009 * loose * per_second
    behind = _LAID_BACK.get(part.role, 0.0) * loose * per_second + rng.gauss(0, 0.2 * wobble)
    accent = rng.uniform(0.5, 1.5) * (1.5 + 3.0 * loose)
    low, high = (27, 87) if part.role in DRUM_ROLES else _range(part)
    factors = _dynamics(stage)
    beats = stage.bars[0].beats
    end_of_piece = stage.n_beats
    stop = _stop(stage)
    drift = 0.0
    last_start = -1.0
    nudge = 0.0
    notes = []
    for note in sorted(part.notes, key=lambda one: (one.start, one.pitch)):
        if note.start >= end_of_piece or note.start < -0.5:
            continue
        # Notes struck together move together, and unevenness drifts rather than jumps.
        if note.start - last_start > 0.01:
            drift = 0.6 * drift + rng.gauss(0, 2.0 + 2.0 * loose)
            nudge = behind + rng.gauss(0, wobble)
            last_start = note.start
        start = max(0.0, _swung(note.start, stage.swing, style.swing_unit) + nudge)
        end = min(end_of_piece, _swung(note.end, stage.swing, style.swing_unit) + 0.5 * nudge)
        if stop is not None and note.start >= stop[0] - 0.01:
            end = min(end, start + stop[1])
        in_bar = note.start % beats
        stress = 1.0 if in_bar < 0.02 else 0.3 if abs(in_bar - round(in_bar)) < 0.02 else -0.5
        bar = min(int(note.start // beats), len(factors) - 1) if note.start > 0 else 0
        wished = note.velocity * factors[bar] + accent * stress + drift
        velocity = max(1, min(127, round(wished + rng.gauss(0, 0.8 + loose))))
        if end - start > 0.01:
            pitch = _folded(note.pitch, low, high)
            notes.append(Note(round(start, 5), round(end - start, 5), pitch, velocity))
    return replace(part, notes=_apart(notes))


def _range(part: Part) -> tuple[int, int]:
    instrument = INSTRUMENTS[part.instrument]
    return instrument.low, instrument.high


def _folded(pitch: int, low: int, high: int) -> int:
    """The same note in another octave where the instrument has it; else its nearest end."""
    if low <= pitch <= high:
        return pitch
    octaves = -(-(low - pitch) // 12) if pitch < low else -(-(pitch - high) // 12)
    moved = pitch + 12 * octaves if pitch < low else pitch - 12 * octaves
    return moved if low <= moved <= high else min(high, max(low, moved))


def _dynamics(stage: Stage) -> list[float]:
    """A velocity factor for every bar: phrases swell, sections lead on, a fade dies away."""
    bars = stage.bars
    factors = []
    seconds_a_bar = bars[0].beats * 60 / stage.tempo
    fading = max(2.0, min(_FADE_SECONDS / seconds_a_bar, len(bars) * _FADE_SHARE))
    for index, bar in enumerate(bars):
        factor = 1.0 + 0.04 * sin(pi * (bar.in_section % 4 + 0.5) / 4) - 0.02
        if bar.to_go < 2 and index + bar.to_go + 1 < len(bars):
            # Into a louder section grow, into a softer one let go.
            step = bars[index + bar.to_go + 1].intensity - bar.intensity
            factor += max(-0.08, min(0.1, 0.35 * step)) / (1 + bar.to_go)
        if stage.style.ending == "fade":
            left = (len(bars) - index - 0.5) / fading
            factor *= min(1.0, 0.08 + 0.92 * left)
        factors.append(factor)
    return factors


def _stop(stage: Stage) -> tuple[float, float] | None:
    """A cold ending: from which beat on, and how long notes may last at most."""
    if stage.style.ending != "cold":
        return None
    return stage.bars[-1].start, min(1.0, 0.6 * stage.tempo / 60)


def _swung(beat: float, swing: float, unit: float) -> float:
    """Move the second half of every pair of ``unit`` notes late; full swing makes triplets."""
    if swing <= 0:
        return beat
    pair = 2 * unit
    whole, inside = divmod(beat + 1e-9, pair)
    middle = 0.5 + swing / 6
    share = inside / pair
    bent = share * 2 * middle if share < 0.5 else middle + (share - 0.5) * 2 * (1 - middle)
    return (whole + bent) * pair


def _apart(notes: Sequence[Note]) -> tuple[Note, ...]:
    """Order notes, end each before its key is struck again, and drop doubled strokes."""
    ordered = sorted(notes, key=lambda note: (note.start, note.pitch))
    last: dict[int, int] = {}
    kept: list[Note | None] = []
    for note in ordered:
        before = last.get(note.pitch)
        earlier = kept[before] if before is not None else None
        if before is not None and earlier is not None and earlier.end > note.start:
            if note.start - earlier.start < 0.03:
                continue
            kept[before] = replace(earlier, duration=round(note.start - earlier.start - 0.002, 5))
        last[note.pitch] = len(kept)
        kept.append(note)
    return tuple(note for note in kept if note is not None)


def _without_holes(parts: Sequence[Part], stage: Stage) -> list[Part]:
    """Strike the chord again wherever nothing would sound for a second and a half."""
    per_second = stage.tempo / 60
    heard = sorted(
        (note.start, note.start + min(note.duration, _audible(part, note) * per_second))
        for part in parts
        for note in part.notes
    )
    if not heard:
        return list(parts)
    holes: list[tuple[float, float]] = []
    until = 0.0
    for start, end in heard:
        if start - until > _LONGEST_GAP_SECONDS * per_second:
            holes.append((until, start))
        until = max(until, end)
    if not holes:
        return list(parts)
    return _filled(parts, stage, holes)


def _audible(part: Part, note: Note) -> float:
    """Seconds for which a note can be heard if it is held; low strings ring longer."""
    if part.role in DRUM_ROLES:
        return _DECAY_SECONDS["drums"]
    seconds = _DECAY_SECONDS.get(INSTRUMENTS[part.instrument].family, 60.0)
    return seconds * (1.4 if note.pitch < 60 else 0.8 if note.pitch > 84 else 1.0)


def _filled(
    parts: Sequence[Part], stage: Stage, holes: Sequence[tuple[float, float]]
) -> list[Part]:
    pitched = [index for index, part in enumerate(parts) if part.role not in DRUM_ROLES]
    if not pitched:
        return list(parts)
    rank = ("pad", "chords", "arpeggio", "bass", "counter", "lead")
    best = min(pitched, key=lambda i: rank.index(parts[i].role) if parts[i].role in rank else 9)
    part = parts[best]
    low, high = _range(part)
    step = 1.2 * stage.tempo / 60
    added: list[Note] = []
    for start, end in holes:
        for bar, span in _spans_within(stage.bars, start, end):
            at, until = max(start, span.start), min(end, span.end)
            tones = (span.chord.bass,) if part.role == "bass" else span.chord.pitch_classes[:3]
            velocity = max(20, round(30 + 30 * bar.intensity))
            while at < until - _SHORTEST_FILL:
                length = min(until - at, step) if _decays(part) else until - at
                for tone in tones:
                    pitch = place(tone, (low + high) // 2, low, high)
                    added.append(Note(round(at, 5), round(length, 5), pitch, velocity))
                at += length
    filled = list(parts)
    filled[best] = replace(part, notes=_apart([*part.notes, *added]))
    return filled


def _spans_within(bars: Sequence[Bar], start: float, end: float) -> Iterator[tuple[Bar, Span]]:
    """The chords that sound in a stretch of beats, each with its bar."""
    for bar in bars:
        for span in bar.spans:
            if span.start < end and span.end > start:
                yield bar, span


def _decays(part: Part) -> bool:
    return INSTRUMENTS[part.instrument].family in _DECAY_SECONDS
