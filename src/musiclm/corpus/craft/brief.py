"""What a writer of a style's own is told about the piece: its plan, and the randomness to use."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from musiclm.corpus.craft.blocks import Bar, Metre, Style
from musiclm.corpus.craft.moods import Mood


@dataclass(frozen=True, slots=True)
class Brief:
    """One piece before its notes: everything that is settled when the writing begins."""

    style: Style
    mood: Mood
    bars: Sequence[Bar]  # all of them; each carries its chords, energy, tonic and mode
    phrase_bars: int
    tonic: int  # pitch class of the home key
    mode: str  # of the home key
    metre: Metre
    tempo: float  # felt beats per minute
    rng: Random  # a stream of the writer's own
    low: int = 0  # register wanted of a tune, within the instrument's range
    high: int = 127
    instrument: str = ""  # key of INSTRUMENTS that plays the tune
