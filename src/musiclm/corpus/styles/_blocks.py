"""What a style is made of: layers of instruments with patterns, harmony and form, all data.

Rhythms are strings that spread evenly over one bar, so that sixteen characters in 4/4 are
sixteenths and twelve are triplets: ``x---x-x-``. ``-`` holds, ``.`` rests, and what other
characters mean is the business of the writer that plays the layer (``_patterns``, ``_drums``).
Several bars are joined by ``|``. Nothing here writes notes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import TypeVar

from musiclm.corpus.theory import Chord

T = TypeVar("T")

Metre = tuple[int, int]
Weighted = Mapping[str, float]
# metre -> patterns to choose from, each a string of one or more bars
Patterns = Mapping[Metre, tuple[str, ...]]
# one drum sound -> pattern
Groove = Mapping[str, str]

COMMON: Metre = (4, 4)
WALTZ: Metre = (3, 4)
SIX: Metre = (6, 8)
TWELVE: Metre = (12, 8)


@dataclass(frozen=True, slots=True)
class Layer:
    """One instrument of a style and how it plays."""

    role: str
    instruments: tuple[str, ...]  # one is drawn per piece
    patterns: Patterns = field(default_factory=dict)
    writer: str = "chords"  # key of _patterns.WRITERS; drums and melodies have their own engines
    low: int = 48  # lowest pitch wanted, before the instrument's own range cuts in
    high: int = 76
    size: int = 3  # voices of a voicing
    spread: str = "close"  # see theory.voice
    enter: float = 0.0  # plays in sections at least this intense
    leave: float = 2.0  # and no more intense than this
    chance: float = 1.0  # of being in the piece at all
    gain_db: float = 0.0
    pan: float = 0.0
    strum: float = 0.0  # seconds between the voices of a chord
    legato: float = 0.95  # sounding share of the written duration


@dataclass(frozen=True, slots=True)
class Drums:
    """A drum kit: grooves by metre, fills, and when it plays."""

    kits: tuple[str, ...]
    grooves: Mapping[Metre, tuple[Groove, ...]]
    fills: str = "rock"  # key of _drums.FILLS
    chance: float = 1.0
    enter: float = 0.2
    crash: bool = True
    gain_db: float = 0.0
    role: str = "drums"


@dataclass(frozen=True, slots=True)
class Melody:
    """How tunes of a style go."""

    instruments: tuple[str, ...]
    cells: Mapping[Metre, tuple[str, ...]]  # one-bar rhythms: x onset, - hold, . rest
    cadences: Mapping[Metre, tuple[str, ...]]  # the bar that closes a phrase
    scale: str = "mode"  # mode, pentatonic or blues
    low: int = 60
    high: int = 84
    leaps: float = 0.15  # share of intervals wider than a step
    chromatic: float = 0.0  # chance of a chromatic approach to a strong note
    ornament: float = 0.0  # chance of a grace note on a strong note
    legato: float = 0.92
    gain_db: float = 3.0
    pan: float = 0.0
    doubling: str | None = None  # "thirds" or "octave": a second line by the same part


@dataclass(frozen=True, slots=True)
class Style:
    """Everything that makes pieces of one style belong together."""

    name: str
    tempo: tuple[float, float]  # felt beats per minute, slowest and fastest
    metres: Mapping[Metre, float]
    modes: Weighted  # mode -> weight before the mood has its say
    harmony: Mapping[str, Mapping[str, tuple[str, ...]]]  # "major"/"minor"/mode -> letter -> bank
    melody: Melody
    layers: tuple[Layer, ...]
    drums: tuple[Drums, ...] = ()
    percussion: tuple[Drums, ...] = ()
    forms: tuple[str, ...] = ()  # letters of phrases; empty: the common ones
    phrase_bars: tuple[int, ...] = (4,)  # lengths of a phrase, the preferred first
    sections: Mapping[str, str] = field(
        default_factory=lambda: {"A": "verse", "B": "chorus", "C": "bridge"}
    )
    energy: float = 0.6  # resting intensity
    arcs: Weighted = field(
        default_factory=lambda: {
            "arch": 2.0,
            "build": 1.0,
            "steady": 1.0,
            "waves": 2.0,
            "fade": 0.5,
        }
    )
    swing: tuple[float, float] = (0.0, 0.0)
    swing_unit: float = 0.5  # beats: 0.5 swings eighths, 0.25 sixteenths
    tightness: float = 0.6  # 1 machine, 0 loose
    ritard: float = 0.12  # share by which the last bars slow down
    final: str = ""  # numeral of the last chord; empty: the tonic of the mode
    reverb: tuple[float, float] = (0.2, 0.4)
    brightness: tuple[float, float] = (0.4, 0.6)
    extras: Mapping[str, float] = field(default_factory=dict)  # more production values


@dataclass(frozen=True, slots=True)
class Span:
    """One chord and how long it lasts."""

    start: float  # beats from the beginning of the piece
    beats: float
    chord: Chord

    @property
    def end(self) -> float:
        """Where the next chord begins."""
        return self.start + self.beats


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the plan, which every writer fills with notes."""

    number: int
    start: float  # beats
    beats: int
    spans: tuple[Span, ...]
    following: Chord  # the first chord of the next bar
    section: int  # index of the section
    letter: str  # phrase letter, "" in intro and ending
    in_section: int  # bar number within the section
    to_go: int  # bars left in the section after this one
    intensity: float
    is_last: bool
    is_intro: bool = False

    def chord_at(self, beat: float) -> Chord:
        """The chord that sounds at an absolute beat."""
        for span in reversed(self.spans):
            if beat >= span.start - 1e-6:
                return span.chord
        return self.spans[0].chord


@lru_cache(maxsize=4096)
def events(pattern: str, beats: int) -> tuple[tuple[float, float, str], ...]:
    """Split a one-bar pattern into (beat in bar, duration in beats, character).

    Example:
        >>> events("x-x.", 4)
        ((0.0, 2.0, 'x'), (2.0, 1.0, 'x'))
    """
    unit = beats / len(pattern)
    found: list[tuple[float, float, str]] = []
    holding = False
    for index, character in enumerate(pattern):
        if character == "-":
            if holding:
                start, duration, onset = found[-1]
                found[-1] = (start, duration + unit, onset)
        elif character == ".":
            holding = False
        else:
            found.append((index * unit, unit, character))
            holding = True
    return tuple(found)


def bar_of(pattern: str, number: int) -> str:
    """The bar of a ``|`` separated pattern that is played in bar ``number``."""
    bars = pattern.split("|")
    return bars[number % len(bars)]


def pick(weights: Mapping[T, float], rng: Random) -> T:
    """Draw a key by weight, in the order in which the mapping was written."""
    return rng.choices(list(weights), weights=list(weights.values()))[0]
