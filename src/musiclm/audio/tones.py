"""Tones in, parts out: notes are copies of a tone's beginning, each with a release.

A tone is what one key sounds while it is held, stereo, as long as anybody needs it. Whoever makes
tones (our synthesizers, the sound-font player) rounds pitch, force and length first and keeps what
it made; here they become music. Nothing here knows where a tone comes from.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

T = TypeVar("T")

LONGEST_SECONDS = 90.0
"""Of any tone; a note that is held longer dies away by then."""
LOUDNESS_POWER = 1.6
"""Loudness grows faster than velocity, as on most instruments."""
_RELEASE_DB = 60.0
_CHOKE_SECONDS = 0.03


@dataclass(frozen=True, slots=True)
class Tone:
    """What a key sounds while it is held."""

    samples: Float[np.ndarray, "2 N"]  # read-only: tones are shared
    release_seconds: float  # from letting go to silence
    choke: int = 0  # a new tone of the same class silences this one; 0: none does
    gain: float = 1.0


class KeyNote(NamedTuple):
    """A note of one part, in seconds."""

    start: float
    end: float
    key: float  # MIDI key; fractions detune where the player can
    velocity: int  # 1..127


TonesOf = Callable[[float, int, float], Sequence[Tone]]
"""Key, velocity and seconds held in; all tones that sound together out."""


@dataclass(frozen=True, slots=True)
class _Sounding:
    """A tone with its time."""

    tone: Tone
    start: float
    end: float
    velocity: int


class Kept(Generic[T]):
    """Things that were expensive to make, the latest used within so many bytes."""

    def __init__(self, n_bytes: int) -> None:
        self._room = n_bytes
        self._there: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()

    def get(self, name: Hashable) -> T | None:
        """What was kept under ``name``, if it still is."""
        if name not in self._there:
            return None
        self._there.move_to_end(name)
        return self._there[name][0]

    def keep(self, name: Hashable, thing: T, n_bytes: int) -> None:
        """Keep ``thing`` and let go of what was not used for longest."""
        self._there[name] = (thing, n_bytes)
        self._room -= n_bytes
        while self._room < 0 and len(self._there) > 1:
            _, (_, freed) = self._there.popitem(last=False)
            self._room += freed


def length_step(seconds: float) -> float:
    """The next of the lengths that tones come in: a quarter of a second, 0.35, half, 0.71 ..."""
    steps = math.ceil(2.0 * math.log2(max(seconds, 1e-3) / 0.25) - 1e-9)
    return min(LONGEST_SECONDS, float(0.25 * 2.0 ** (max(0, steps) / 2.0)))


def dying_away(samples: NDArray[np.float32], seconds: float, sample_rate: int) -> None:
    """End a tone of the longest length softly, in place; shorter ones end with their release."""
    if seconds >= LONGEST_SECONDS:
        n_fall = min(samples.shape[-1], 4 * sample_rate)
        samples[..., -n_fall:] *= np.linspace(1.0, 0.0, n_fall, dtype=np.float32)


def play_tones(
    tones_of: TonesOf,
    notes: Sequence[KeyNote],
    *,
    n_samples: int,
    sample_rate: int,
    ring_seconds: float = 0.0,
) -> Float[np.ndarray, "2 N"]:
    """Play the notes of one part.

    Args:
        tones_of: Who makes the tones.
        notes: Ordered by start.
        n_samples: Length of the result; what would sound later is cut.
        sample_rate: Hz.
        ring_seconds: A note sounds at least this long, whatever its end: drums ring.
    """
    sounding: list[_Sounding] = []
    newest: dict[int, int] = {}  # class -> what a new tone of it silences
    for note in notes:
        held = max(0.02, note.end - note.start, ring_seconds)
        for tone in tones_of(note.key, note.velocity, held):
            if tone.choke:
                older = newest.get(tone.choke)
                if older is not None and sounding[older].start < note.start - 0.005:
                    silenced = replace(sounding[older].tone, release_seconds=_CHOKE_SECONDS)
                    end = min(sounding[older].end, note.start)
                    sounding[older] = replace(sounding[older], tone=silenced, end=end)
                newest[tone.choke] = len(sounding)
            sounding.append(_Sounding(tone, note.start, note.start + held, note.velocity))
    out = np.zeros((2, n_samples), np.float32)
    for one in sounding:
        _add(out, one, sample_rate)
    return out


def _add(out: NDArray[np.float32], one: _Sounding, sample_rate: int) -> None:
    """Add a note: the tone as long as it is held, then its release."""
    # Plain arithmetic: thousands of notes, and nobody hears a sample.
    first = round(max(0.0, one.start) * sample_rate)
    room = out.shape[1] - first
    if room <= 0:
        return
    gain = np.float32(one.tone.gain * (one.velocity / 127) ** LOUDNESS_POWER)
    samples = one.tone.samples
    n_held = min(samples.shape[1], room, max(1, round((one.end - one.start) * sample_rate)))
    out[:, first : first + n_held] += samples[:, :n_held] * gain
    fall = _release(max(2, round(one.tone.release_seconds * sample_rate)))
    n_fall = min(len(fall), samples.shape[1] - n_held, room - n_held)
    if n_fall > 0:
        here = first + n_held
        tail = samples[:, n_held : n_held + n_fall] * (gain * fall[:n_fall])
        out[:, here : here + n_fall] += tail


@lru_cache(maxsize=256)
def _release(n_samples: int) -> NDArray[np.float32]:
    """From 1 down 60 dB along decibels, bent a little so that it ends at exactly 0."""
    floor = 10.0 ** (-_RELEASE_DB / 20.0)
    fall = np.exp(np.linspace(0.0, math.log(floor), n_samples))
    bent: NDArray[np.float32] = ((fall - floor) / (1.0 - floor)).astype(np.float32)
    return bent
