"""A score in, how its tunes sit on its harmony out: counted from notes, without sound.

A melody note *fits* when its pitch class belongs to the chord or to the scale that sounds at its
onset, or for most of its length (anticipations belong to the chord that they anticipate). The
composer says which chords and scales sound, so the share of all twelve pitch classes that they
allow is given beside it: that is what random notes would reach.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from musiclm.corpus.score import ChordSpan, Note, Score
from musiclm.corpus.theory import KEY_NAMES, MODES

# Players are a few hundredths of a beat early or late; that does not change their chord.
_EARLY_BEATS = 0.08


@dataclass(frozen=True, slots=True)
class MelodyFit:
    """How many notes of the tunes fit."""

    n_notes: int
    n_fit: int  # in the sounding chord or scale
    n_chord_tones: int  # in the sounding chord
    chance: float  # share of the twelve pitch classes that fit, averaged over the notes

    @property
    def share(self) -> float | None:
        """Fitting notes of all; ``None`` without a tune."""
        return self.n_fit / self.n_notes if self.n_notes else None


def melody_fit(score: Score) -> MelodyFit:
    """Compare every note of the leads with the chord and scale under it."""
    spans = spans_of(score)
    starts = [span.start for span in spans]
    n_notes = n_fit = n_chord = allowed = 0
    for note in _melody(score):
        under = _spans_under(note, spans, starts)
        pitch_class = note.pitch % 12
        n_notes += 1
        n_chord += any(pitch_class in span.pitch_classes for span in under)
        n_fit += any(pitch_class in _allowed(span) for span in under)
        allowed += len(_allowed(under[0]))
    chance = allowed / (12 * n_notes) if n_notes else 0.0
    return MelodyFit(n_notes, n_fit, n_chord, chance)


def spans_of(score: Score) -> Sequence[ChordSpan]:
    """The chords of a score; one bare scale a section where the composer wrote none."""
    if score.chords:
        return sorted(score.chords, key=lambda span: span.start)
    spans = []
    for section in score.sections:
        tonic = KEY_NAMES.index(section.key or score.key)
        steps = MODES[section.mode or score.mode]
        scale = tuple(sorted((tonic + step) % 12 for step in steps))
        start = float(section.start_bar * score.beats_per_bar)
        beats = float(section.n_bars * score.beats_per_bar)
        spans.append(ChordSpan(start, beats, "", tonic, (), scale))
    return spans


def _melody(score: Score) -> Iterator[Note]:
    for part in score.parts:
        if part.role == "lead" and not part.is_drums:
            yield from part.notes


def _allowed(span: ChordSpan) -> set[int]:
    return {*span.pitch_classes, *span.scale}


def _spans_under(
    note: Note, spans: Sequence[ChordSpan], starts: Sequence[float]
) -> tuple[ChordSpan, ...]:
    """The chord at the onset, and the one that sounds through most of the note."""
    first = max(0, bisect_right(starts, note.start + _EARLY_BEATS) - 1)
    last = max(first, bisect_right(starts, note.end) - 1)

    def shared(span: ChordSpan) -> float:
        return min(note.end, span.start + span.beats) - max(note.start, span.start)

    return spans[first], max(spans[first : last + 1], key=shared)
