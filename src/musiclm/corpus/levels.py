"""How loud a player records each instrument, measured once, so that a score's balance is its own.

Sound fonts record a piano 20 dB above a hi-hat and a pad 15 dB below a trumpet, each font in its
own way. Here every instrument plays a few notes of its range and every drum a stroke, and what
brings them to one loudness is remembered for the life of the process: no table per font, and a
font that nobody knew before is balanced like the others.
"""

import math
from collections.abc import Mapping

import numpy as np

from musiclm.audio.tones import KeyNote, TonesOf, play_tones
from musiclm.corpus.instruments import Instrument
from musiclm.corpus.master import loudness_lufs
from musiclm.tokens.timing import seconds_to_samples

REFERENCE_LUFS = -23.0
"""Of every instrument at moderate force."""
_VELOCITY = 92
_NOTE_SECONDS = 0.45
_PLACES = (0.2, 0.4, 0.55, 0.75)  # of the range, where the notes of the test are
_MOST_DB = 24.0
_MOST_DRUM_DB = 15.0

# Loudness of a stroke against the bass drum's, in dB: what is struck often must be soft.
_STROKES: Mapping[tuple[int, ...], float] = {
    (35, 36): 0.0,
    (38, 40): -0.5,
    (37, 39): -3.0,
    (42, 44): -8.5,
    (46,): -6.5,
    (51, 53, 59): -7.5,
    (49, 52, 55, 57): -3.0,
    (41, 43, 45, 47, 48, 50, 86, 87): -1.0,
    (60, 61, 62, 63, 64, 65, 66): -3.0,
    (54, 69, 70, 73, 74, 82): -10.0,
    (56, 67, 68, 75, 76, 77, 85): -8.0,
    (80, 81): -12.0,
}
_STROKE_DB = {key: level for keys, level in _STROKES.items() for key in keys}
_OTHER_STROKE_DB = -6.0
# Its keys are timpani and concert cymbals, not the drums of the General MIDI map.
_OWN_MAP = ("orchestra_kit",)


class Levels:
    """The gains of one player."""

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._known: dict[tuple[str, int], float] = {}

    def gain_db(self, instrument: Instrument, tones_of: TonesOf, key: int | None = None) -> float:
        """What brings an instrument, or one drum of a kit, to ``REFERENCE_LUFS``.

        Args:
            instrument: Who plays.
            tones_of: How.
            key: Of the drum; ``None`` for pitched instruments.
        """
        name = (instrument.key, -1 if key is None else key)
        if name not in self._known:
            if key is None:
                self._known[name] = self._pitched(instrument, tones_of)
            elif instrument.key in _OWN_MAP:
                strokes = [self._stroke(tones_of, drum) for drum in (36, 38)]
                self._known[name] = sum(strokes) / len(strokes)
            else:
                wanted = _STROKE_DB.get(key, _OTHER_STROKE_DB)
                self._known[name] = self._stroke(tones_of, key) + wanted
        return self._known[name]

    def _pitched(self, instrument: Instrument, tones_of: TonesOf) -> float:
        """A few notes, one after the other."""
        span = instrument.high - instrument.low
        notes = [
            KeyNote(index * _NOTE_SECONDS, (index + 0.95) * _NOTE_SECONDS, key, _VELOCITY)
            for index, key in enumerate(round(instrument.low + span * place) for place in _PLACES)
        ]
        loudness = self._loudness(tones_of, notes, _NOTE_SECONDS * len(notes))
        return max(-_MOST_DB, min(_MOST_DB, REFERENCE_LUFS - loudness))

    def _stroke(self, tones_of: TonesOf, key: int) -> float:
        """One stroke, as loud as its first half second."""
        loudness = self._loudness(tones_of, [KeyNote(0.0, 0.4, key, _VELOCITY)], 0.5)
        return max(-_MOST_DRUM_DB, min(_MOST_DRUM_DB, REFERENCE_LUFS - loudness))

    def _loudness(self, tones_of: TonesOf, notes: list[KeyNote], seconds: float) -> float:
        """Of a phrase; what cannot be heard needs no gain."""
        sound = play_tones(
            tones_of,
            notes,
            n_samples=seconds_to_samples(seconds, self._sample_rate),
            sample_rate=self._sample_rate,
        )
        loudness = loudness_lufs(sound, sample_rate=self._sample_rate)
        return loudness if math.isfinite(loudness) else REFERENCE_LUFS


def decibels(gain_db: float) -> np.float32:
    """Decibels as a factor."""
    return np.float32(10.0 ** (gain_db / 20.0))
