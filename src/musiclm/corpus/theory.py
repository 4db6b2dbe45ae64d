"""Keys, modes, Roman numerals, chords, voice leading: pitches in, pitches out.

Numerals are written against the *major* scale of the tonic whatever the mode is, as in jazz and
pop charts: a minor tonic is ``i`` and its submediant is ``bVI``. Upper case has a major third,
lower case a minor one. Pitch classes count semitones above C; pitches are MIDI keys. Nothing here
is random, so the same question always has the same answer (and most answers are cached).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from musiclm.errors import ConfigError

KEY_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

# Semitones above the tonic.
MODES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 9, 11),
    "phrygian dominant": (0, 1, 4, 5, 7, 8, 10),  # hijaz, freygish
    "double harmonic": (0, 1, 4, 5, 7, 8, 11),  # hijaz kar, bhairav
    "hungarian minor": (0, 2, 3, 6, 7, 8, 11),
    "whole tone": (0, 2, 4, 6, 8, 10),
    "octatonic": (0, 1, 3, 4, 6, 7, 9, 10),
    "yo": (0, 2, 5, 7, 9),
    "in": (0, 1, 5, 7, 8),
    "hirajoshi": (0, 2, 3, 7, 8),
    "pelog": (0, 1, 3, 7, 8),
}
# What melodies draw on where the full mode would sound too schooled.
GAPPED: dict[str, tuple[int, ...]] = {
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
}
# Modes that sound minor: a minor third and no major one, or no third under a dark second.
MINOR_MODES = tuple(
    name
    for name, steps in MODES.items()
    if (3 in steps and 4 not in steps) or (1 in steps and not {3, 4} & set(steps))
)

# Semitones above the root; the third is changed for lower-case numerals.
_QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "5": (0, 7),
    "6": (0, 4, 7, 9),
    "69": (0, 4, 7, 9, 14),
    "7": (0, 4, 7, 10),
    "9": (0, 4, 7, 10, 14),
    "13": (0, 4, 10, 14, 21),
    "7b9": (0, 4, 7, 10, 13),
    "7s9": (0, 4, 7, 10, 15),
    "7b5": (0, 4, 6, 10),
    "7s5": (0, 4, 8, 10),
    "7b13": (0, 4, 10, 20),
    "7s11": (0, 4, 10, 14, 18),
    "7sus4": (0, 5, 7, 10),
    "maj7": (0, 4, 7, 11),
    "maj9": (0, 4, 7, 11, 14),
    "maj7s11": (0, 4, 7, 11, 18),
    "9sus4": (0, 5, 7, 10, 14),
    "4": (0, 5, 10),
    "add9": (0, 4, 7, 14),
    "sus4": (0, 5, 7),
    "sus2": (0, 2, 7),
    "o": (0, 3, 6),
    "o7": (0, 3, 6, 9),
    "m7b5": (0, 3, 6, 10),
    "11": (0, 3, 7, 10, 14, 17),
    "+": (0, 4, 8),
}
_DEGREES = {"i": 0, "ii": 2, "iii": 4, "iv": 5, "v": 7, "vi": 9, "vii": 11}
_MAJOR_STEPS = (0, 2, 4, 5, 7, 9, 11)
_NUMERAL = re.compile(r"^([b#]?)([ivIV]+)([a-z0-9+]*)(?:/([b#]?)([ivIV]+))?(?:/([b#]?)([1-7]))?$")
# How a chart writes a chord, by its intervals.
_SUFFIXES: dict[tuple[int, ...], str] = {
    **{intervals: text.replace("s", "#") for text, intervals in _QUALITIES.items()},
    _QUALITIES["sus4"]: "sus4",
    _QUALITIES["sus2"]: "sus2",
    _QUALITIES["7sus4"]: "7sus4",
    _QUALITIES["9sus4"]: "9sus4",
    _QUALITIES["o"]: "dim",
    _QUALITIES["o7"]: "dim7",
    _QUALITIES["m7b5"]: "m7b5",
    _QUALITIES["11"]: "m11",
    _QUALITIES["+"]: "aug",
    _QUALITIES["4"]: "7sus4",
    (0, 3, 7): "m",
    (0, 3, 7, 9): "m6",
    (0, 3, 7, 9, 14): "m69",
    (0, 3, 7, 10): "m7",
    (0, 3, 7, 10, 14): "m9",
    (0, 3, 7, 11): "mmaj7",
    (0, 3, 7, 11, 14): "mmaj9",
    (0, 3, 7, 14): "madd9",
    (0, 3, 10, 14, 21): "m13",
}


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord in absolute pitch classes."""

    root: int  # pitch class 0..11
    intervals: tuple[int, ...]  # semitones above the root, ascending, first one 0
    bass: int  # pitch class that the bass plays; the root unless inverted

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Pitch classes in stacking order, root first."""
        return tuple((self.root + interval) % 12 for interval in self.intervals)

    @property
    def stable(self) -> tuple[int, ...]:
        """Tones, in ascending order, that a tune may rest on.

        A tone a semitone above another one of the chord (the root over a major seventh, say)
        rubs against it when it is held on top, so it is left out.
        """
        tones = self.pitch_classes[:4]
        kept = [tone for tone in tones if (tone - 1) % 12 not in self.pitch_classes]
        return tuple(sorted(kept or tones))

    def bears(self, pitch: int) -> bool:
        """Whether a held pitch sounds settled with this chord: no semitone below or above it."""
        tones = self.pitch_classes
        return pitch % 12 in self.stable or not {(pitch - 1) % 12, (pitch + 1) % 12} & set(tones)

    def tone(self, interval_class: int) -> int:
        """Pitch class of the chord's third (3), fifth (5) or seventh (7), or the nearest to it."""
        wanted = {3: (4, 3, 5, 2), 5: (7, 6, 8), 7: (10, 11, 9, 7)}[interval_class]
        for semitones in wanted:
            if semitones in self.intervals:
                return (self.root + semitones) % 12
        return self.root

    @property
    def symbol(self) -> str:
        """As on a chart.

        Example:
            >>> chord("ii7", tonic=0).symbol, chord("V/7", tonic=0).symbol
            ('Dm7', 'G/B')
        """
        suffix = _SUFFIXES.get(self.intervals)
        if suffix is None:
            suffix = "m" if 3 in self.intervals and 4 not in self.intervals else ""
        bass = f"/{KEY_NAMES[self.bass]}" if self.bass != self.root else ""
        return f"{KEY_NAMES[self.root]}{suffix}{bass}"


@lru_cache(maxsize=4096)
def chord(numeral: str, tonic: int) -> Chord:
    """Read a Roman numeral against a tonic pitch class.

    A slash and a digit name the bass as a degree of the tonic's major scale: ``V/7`` is the
    dominant with the leading note below, ``IV/1`` the subdominant over a pedal. A slash and a
    numeral borrow the chord from the key of that degree: ``V7/V``, ``viio7/vi``, ``ii7/bIII``.

    Raises:
        ConfigError: The numeral is not one.

    Example:
        >>> chord("V7", tonic=0)
        Chord(root=7, intervals=(0, 4, 7, 10), bass=7)
        >>> chord("bVImaj7", tonic=9).root, chord("I/3", tonic=2).bass
        (5, 6)
        >>> chord("V7/V", tonic=0) == chord("II7", tonic=0)
        True
    """
    match = _NUMERAL.match(numeral)
    quality = match.group(3) if match else None
    known = {*_DEGREES, "none"}
    if (
        match is None
        or quality not in _QUALITIES
        or {match.group(2).lower(), (match.group(5) or "none").lower()} - known
    ):
        raise ConfigError(
            f"{numeral!r} is not a chord: expected a numeral such as ii7, bVII, V/7 or V7/ii"
            f" with a quality among {', '.join(filter(None, _QUALITIES))}"
        )
    accidental, roman, _, of_accidental, of, bass_accidental, bass_degree = match.groups()
    root = (tonic + _DEGREES[roman.lower()] + _shift(accidental)) % 12
    if of:
        root = (root + _DEGREES[of.lower()] + _shift(of_accidental)) % 12
    intervals = _QUALITIES[quality]
    if roman.islower() and quality not in ("5", "11"):
        intervals = tuple(3 if interval == 4 else interval for interval in intervals)
    bass = root
    if bass_degree:
        bass = (tonic + _MAJOR_STEPS[int(bass_degree) - 1] + _shift(bass_accidental)) % 12
    return Chord(root, intervals, bass)


def _shift(accidental: str) -> int:
    return {"": 0, "b": -1, "#": 1}[accidental]


@lru_cache(maxsize=4096)
def scale_over(tonic: int, steps: tuple[int, ...], over: Chord) -> tuple[int, ...]:
    """Pitch classes that a melody may use over a chord: the scale, bent to hold the chord tones.

    A foreign chord tone replaces the scale note a semitone away (the leading note over the
    dominant in minor, for example); in a gapped scale it is added where nothing is near.

    Example:
        >>> 8 in scale_over(9, MODES["minor"], chord("V7", 9))  # G sharp over E7 in A minor
        True
    """
    pool = {(tonic + step) % 12 for step in steps}
    for pitch_class in over.pitch_classes:
        if pitch_class in pool:
            continue
        for neighbour in ((pitch_class - 1) % 12, (pitch_class + 1) % 12):
            if neighbour in pool and neighbour not in over.pitch_classes:
                pool.discard(neighbour)
                break
        pool.add(pitch_class)
    return tuple(sorted(pool))


@lru_cache(maxsize=8192)
def nearest(pitch: int, pitch_classes: tuple[int, ...], low: int, high: int) -> int:
    """The pitch in ``low..high`` nearest to ``pitch`` whose class is allowed; ties go down.

    Example:
        >>> nearest(61, (0, 4, 7), 48, 72)
        60
    """
    best = [p for p in range(low, high + 1) if p % 12 in pitch_classes]
    if not best:
        return min(max(pitch, low), high)
    return min(best, key=lambda p: (abs(p - pitch), p))


@lru_cache(maxsize=8192)
def step(pitch: int, steps: int, pitch_classes: tuple[int, ...]) -> int:
    """Walk ``steps`` scale steps up or down from ``pitch``, which need not be in the scale.

    Example:
        >>> step(60, 2, (0, 2, 4, 5, 7, 9, 11)), step(60, -1, (0, 2, 4, 5, 7, 9, 11))
        (64, 59)
    """
    direction = 1 if steps > 0 else -1
    for _ in range(abs(steps)):
        pitch += direction
        while pitch % 12 not in pitch_classes:
            pitch += direction
    return pitch


def place(pitch_class: int, near: int, low: int, high: int) -> int:
    """The pitch of one class nearest to ``near`` inside a range.

    Example:
        >>> place(7, near=40, low=28, high=52)
        43
    """
    return nearest(near, (pitch_class % 12,), low, high)


@lru_cache(maxsize=16384)
def voice(
    over: Chord,
    previous: tuple[int, ...],
    low: int,
    high: int,
    size: int,
    spread: str = "close",
) -> tuple[int, ...]:
    """Voice a chord with the least motion from the previous voicing.

    Args:
        over: The chord to voice.
        previous: The voicing before; empty at the beginning, when the middle is sought.
        low: Lowest pitch allowed.
        high: Highest pitch allowed.
        size: Number of voices; chords with fewer tones double, richer ones drop.
        spread: ``close``, ``open`` (second voice from the top an octave lower), ``rootless``
            (the bass has the root) or ``power`` (root, fifth, octave).

    Returns:
        Ascending pitches.

    Example:
        >>> c = voice(chord("I", 0), (), 55, 72, 3)
        >>> f = voice(chord("IV", 0), c, 55, 72, 3)
        >>> max(abs(a - b) for a, b in zip(c, f, strict=True)) <= 2
        True
    """
    if spread == "power":
        root = place(over.root, low + 6, low, max(low + 11, high - 12))
        return (root, root + 7, root + 12)[:size]
    classes = _voices(over, size, rootless=spread == "rootless")
    candidates = []
    for start in range(len(classes)):
        # Chords with fewer tones than voices start again from the bottom tone.
        order = [classes[(start + voice) % len(classes)] for voice in range(size)]
        for bottom in range(low, high + 1):
            if bottom % 12 != order[0]:
                continue
            stack = [bottom]
            for pitch_class in order[1:]:
                stack.append(stack[-1] + 1 + (pitch_class - stack[-1] - 1) % 12)
            if spread == "open" and len(stack) >= 3:
                stack[-2] -= 12
                stack.sort()
            if stack[0] >= low and stack[-1] <= high:
                candidates.append(tuple(stack))
    if not candidates:
        return tuple(sorted(place(c, (low + high) // 2, low, high) for c in set(classes)))
    middle = (low + high) / 2
    return min(candidates, key=lambda c: (_motion(previous, c, middle), c))


def _voices(over: Chord, size: int, *, rootless: bool) -> tuple[int, ...]:
    """At most ``size`` pitch classes; the fifth is the first to go, then the root."""
    classes = list(over.pitch_classes)
    if rootless and len(classes) > size:
        classes.pop(0)
    while len(classes) > size:
        fifth = (over.root + 7) % 12
        classes.remove(fifth if fifth in classes and len(classes) > 3 else classes[0])
    # Within one octave, or a ninth would push the tones above it an octave up.
    return tuple(sorted(classes, key=lambda tone: (tone - classes[0]) % 12))


def _motion(previous: Sequence[int], voicing: Sequence[int], middle: float) -> float:
    """Semitones moved, plus a pull to the middle so that voicings do not drift away."""
    centre = sum(voicing) / len(voicing)
    pull = 0.25 * abs(centre - middle)
    if not previous:
        return abs(centre - middle)
    if len(previous) == len(voicing):
        moved: float = sum(abs(a - b) for a, b in zip(previous, voicing, strict=True))
    else:
        moved = sum(min(abs(a - b) for b in previous) for a in voicing)
    return moved + pull


def largest_gap(pitches: Sequence[int]) -> int:
    """The widest melodic interval, in semitones.

    Example:
        >>> largest_gap([60, 62, 67])
        5
    """
    return max((abs(b - a) for a, b in pairwise(pitches)), default=0)
