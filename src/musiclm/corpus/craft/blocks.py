"""What a style is made of: layers of instruments with patterns, harmony and form, all data.

Rhythms are strings that spread evenly over one bar, so that sixteen characters in 4/4 are
sixteenths and twelve are triplets: ``x---x-x-``. ``-`` holds, ``.`` rests, and what other
characters mean is the business of the writer that plays the layer (``patterns``, ``drums``).
Several bars are joined by ``|``. Nothing here writes notes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, TypeVar

from musiclm.corpus.theory import Chord

if TYPE_CHECKING:
    from musiclm.corpus.craft.brief import Brief
    from musiclm.corpus.craft.patterns import Player
    from musiclm.corpus.score import Note, Part

T = TypeVar("T")

Metre = tuple[int, int]
Weighted = Mapping[str, float]
# metre -> patterns to choose from, each a string of one or more bars
Patterns = Mapping[Metre, tuple[str, ...]]
# one drum sound -> pattern
Groove = Mapping[str, str]

COMMON: Metre = (4, 4)
WALTZ: Metre = (3, 4)
FIVE: Metre = (5, 4)
SEVEN: Metre = (7, 8)  # counted in eighths: seven felt beats a bar
SIX: Metre = (6, 8)
TWELVE: Metre = (12, 8)


@dataclass(frozen=True, slots=True)
class Layer:
    """One instrument of a style and how it plays."""

    role: str
    instruments: tuple[str, ...]  # one is drawn per piece
    patterns: Patterns = field(default_factory=dict)
    # key of patterns.WRITERS, or a function of the style's own
    writer: "str | Callable[[Player, Bar], None]" = "chords"
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
    only: tuple[str, ...] = ()  # names of the sections it plays in; empty: all
    without: tuple[str, ...] = ()  # names of sections it is silent in


@dataclass(frozen=True, slots=True)
class Drums:
    """A drum kit: grooves by metre, fills, and when it plays."""

    kits: tuple[str, ...]
    grooves: Mapping[Metre, tuple[Groove, ...]]
    fills: str = "rock"  # key of drums.FILLS
    chance: float = 1.0
    enter: float = 0.2
    crash: bool = True
    gain_db: float = 0.0
    role: str = "drums"
    # Writes one bar instead of a groove from the bank.
    writer: "Callable[[Brief, Bar, Random], list[Note]] | None" = None
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


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
    only: tuple[str, ...] = ()  # names of the sections it sounds in; empty: all but the intro
    without: tuple[str, ...] = ()
    # Writes the whole tune instead of the Singer; every bar of the piece is given.
    writer: "Callable[[Brief], list[Note]] | None" = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """One kind of section: what ``Style.plans`` spell forms with."""

    letter: str  # whose chords and tune it brings; "" has those of the next stretch
    bars: int = 8
    energy: float = 0.0  # added to the style's and the mood's
    swell: float = 0.0  # energy gained (or lost) from its first bar to its last
    shift: int = 0  # semitones above the home key, here only
    mode: str = ""  # another mode here, such as "major" in a trio; empty: the home mode
    tune: bool = True  # whether the lead sounds
    drums: bool = True  # whether kits may sound


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
    phrase_bars: int = 4  # bars of a phrase
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
    reverb: tuple[float, float] = (0.2, 0.4)
    brightness: tuple[float, float] = (0.4, 0.6)
    extras: Mapping[str, float] = field(default_factory=dict)  # more production values
    # Forms in words, for pieces of any length: "intro verse chorus verse chorus+2 ending". A word
    # is a key of ``stretches``; "+2" plays it and all that follows two semitones higher.
    plans: tuple[str, ...] = ()
    stretches: Mapping[str, Stretch] = field(default_factory=dict)
    ending: str = "ring"  # "ring" holds the last chord, "cold" stops short, "fade" dies away
    treatments: Weighted = field(default_factory=lambda: {"natural": 1.0})  # see mix.TREATMENTS
    moods: Weighted = field(default_factory=dict)  # mood -> factor; unnamed ones have 1
    # Writes every part of the piece from the plan, where layers and tunes cannot say it.
    writer: "Callable[[Brief], list[Part]] | None" = None


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
    letter: str  # whose chords and tune it brings; "" in sections that borrow them
    in_section: int  # bar number within the section
    to_go: int  # bars left in the section after this one
    intensity: float
    is_last: bool
    is_intro: bool = False
    tonic: int = 0  # pitch class of the key here
    mode: str = "major"  # of the key here
    name: str = ""  # of the section
    tune: bool = True  # whether the lead sounds
    drums: bool = True  # whether kits may sound

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
