"""A score and its sound in, everything with a time stamp out: beats, chords, tune, who plays when.

What ``facts`` says of a piece as a whole, this says second by second: for training on structure,
for judging a melody or a chord, and for anyone who wants labelled music. All times are seconds
from the beginning of the audio file.
"""

import numpy as np
from pydantic import Field

from musiclm.audio.waveform import Waveform
from musiclm.config import Frozen
from musiclm.corpus.facts import lead_part
from musiclm.corpus.score import Part, Score
from musiclm.tokens.timing import seconds_to_samples

LEVEL_HOP_SECONDS = 1.0
_SILENCE_DBFS = -90.0
# Rests shorter than this belong to the phrase: a player who breathes has not left.
_BREATH_SECONDS = 2.0
_DECIMALS = 3


class TempoMark(Frozen):
    """From when which tempo holds."""

    start: float
    bpm: float
    """Felt beats a minute."""


class KeyMark(Frozen):
    """From when which key holds."""

    start: float
    key: str
    mode: str


class ChordMark(Frozen):
    """A chord of the accompaniment."""

    start: float
    end: float
    symbol: str
    """As on a chart, such as ``Dm7`` or ``G/B``."""


class MelodyNote(Frozen):
    """A note of the lead."""

    start: float
    end: float
    pitch: int
    """MIDI key."""


class Activity(Frozen):
    """When one instrument sounds."""

    instrument: str
    """Key of ``instruments.INSTRUMENTS``."""
    role: str
    spans: list[tuple[float, float]]
    """(start, end), in order; rests under two seconds are part of a span."""


class Annotations(Frozen):
    """What sounds when."""

    beats: list[float] = Field(min_length=1)
    """Every felt beat."""
    beats_per_bar: int = Field(ge=1)
    """The first beat is the first of a bar."""
    tempo: list[TempoMark] = Field(min_length=1)
    keys: list[KeyMark] = Field(min_length=1)
    chords: list[ChordMark]
    melody: list[MelodyNote]
    activity: list[Activity]
    level_hop: float = Field(gt=0)
    """Seconds between the values of ``level_dbfs``."""
    level_dbfs: list[float]
    """RMS level of the mono sum in each hop, dB below full scale: the loudness curve."""


def annotations_of(score: Score, waveform: Waveform) -> Annotations:
    """Read off ``score`` what sounds when, and off ``waveform`` how loud it is.

    Args:
        score: The piece.
        waveform: Its rendering, which begins where the score begins.
    """
    return Annotations(
        beats=[_at(score, beat) for beat in range(score.n_bars * score.beats_per_bar)],
        beats_per_bar=score.beats_per_bar,
        tempo=[
            TempoMark(start=_at(score, beat), bpm=round(bpm, 2))
            for beat, bpm in score.tempo_curve or ((0.0, score.tempo_bpm),)
        ],
        keys=_keys(score),
        chords=[
            ChordMark(
                start=_at(score, chord.start),
                end=_at(score, chord.start + chord.beats),
                symbol=chord.symbol,
            )
            for chord in score.chords
        ],
        melody=[
            MelodyNote(start=_at(score, note.start), end=_at(score, note.end), pitch=note.pitch)
            for note in lead_part(score).notes
        ],
        activity=[
            Activity(instrument=part.instrument, role=part.role, spans=_spans(score, part))
            for part in score.parts
            if part.notes
        ],
        level_hop=LEVEL_HOP_SECONDS,
        level_dbfs=_levels(waveform),
    )


def _at(score: Score, beat: float) -> float:
    return round(score.beat_to_seconds(beat), _DECIMALS)


def _keys(score: Score) -> list[KeyMark]:
    """The home key, and a mark wherever a section leaves it or comes back."""
    marks: list[KeyMark] = []
    for section in score.sections:
        key, mode = section.key or score.key, section.mode or score.mode
        if not marks or (marks[-1].key, marks[-1].mode) != (key, mode):
            start = _at(score, section.start_bar * score.beats_per_bar)
            marks.append(KeyMark(start=start, key=key, mode=mode))
    return marks or [KeyMark(start=0.0, key=score.key, mode=score.mode)]


def _spans(score: Score, part: Part) -> list[tuple[float, float]]:
    """Join notes that follow each other within a breath."""
    spans: list[tuple[float, float]] = []
    for note in part.notes:
        start, end = _at(score, note.start), _at(score, note.end)
        if spans and start - spans[-1][1] < _BREATH_SECONDS:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def _levels(waveform: Waveform) -> list[float]:
    """RMS of every hop; the last one may be short."""
    mono = waveform.mono().samples[0].numpy()
    hop = seconds_to_samples(LEVEL_HOP_SECONDS, waveform.sample_rate)
    powers = [
        float(np.mean(np.square(mono[i : i + hop], dtype=np.float64)))
        for i in range(0, len(mono), hop)
    ]
    floor = 10 ** (_SILENCE_DBFS / 10)
    return [round(10 * float(np.log10(max(floor, power))), 1) for power in powers]
