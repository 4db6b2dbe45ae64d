"""Sound in, the key that a listener would name out; and how it relates to the written one.

Spectral peaks are folded into twelve pitch classes after the tuning of the piece is taken out;
each major and minor key is compared with them. The estimator is told nothing about the piece.
Modes count as major or minor by their third; modes without a third have both.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from musiclm.corpus.theory import MODES

Array = NDArray[np.float64]

SYMMETRIC = ("whole tone", "octatonic")
"""Modes without one tonic: no key can be heard in them."""

_WINDOW_SECONDS = 0.34  # 3 Hz a bin: tells semitones apart from about 60 Hz upwards.
_LOWEST_HZ, _HIGHEST_HZ = 55.0, 2_100.0
# How much a pitch class belongs: the scale over the rest, the triad over the scale.
_FOREIGN, _SCALE, _THIRD, _FIFTH, _TONIC = 1.5, 3.0, 4.0, 4.5, 5.0
_END_SECONDS = 3
_THIRD_PARTIAL, _FIFTH_PARTIAL = 0.15, 0.15
_LISTENED_FOR = (
    "major",
    "minor",
    "dorian",
    "phrygian",
    "lydian",
    "mixolydian",
    "harmonic minor",
    "phrygian dominant",
)
_MODAL_DOUBT = 0.03  # What a rarer mode has to fit better by.


def key_of(mono: Array, sample_rate: int) -> tuple[int, str] | None:
    """Tonic pitch class and "major" or "minor"; ``None`` without pitch."""
    return key_of_chroma(chroma_by_second(mono, sample_rate))


def key_of_chroma(chroma: Array) -> tuple[int, str] | None:
    """The key that fits best: all notes against its scale, the ending against its tonic.

    Args:
        chroma: As from ``chroma_by_second``, or some of its seconds.
    """
    level = chroma.sum(axis=1)
    if not len(level) or level.max() <= 0:
        return None
    sounding = chroma[level > 0.1 * level.mean()]
    whole = _shares(sounding)
    # The very last second is an echo.
    end = _shares(sounding[-_END_SECONDS - 1 : -1]) if len(sounding) > 8 else whole
    if float(whole.std()) == 0:
        return None
    heard = (whole - whole.mean()) / whole.std()
    fits = {}
    for mode in _LISTENED_FOR:
        profile = _profile(mode)
        doubt = 0.0 if mode in ("major", "minor") else _MODAL_DOUBT
        for tonic in range(12):
            fits[tonic, mode] = float(heard @ np.roll(profile, tonic)) / 12 + end[tonic] - doubt
    tonic, mode = max(fits, key=lambda key: fits[key])
    return tonic, sides_of(mode)[0]


def _shares(seconds: Array) -> Array:
    """Mean share of each pitch class; every second counts alike, loud or soft."""
    summed = (seconds / (seconds.sum(axis=1, keepdims=True) + 1e-9)).sum(axis=0)
    shares: Array = summed / (summed.sum() + 1e-12)
    return shares


def _profile(mode: str) -> Array:
    steps = MODES[mode]
    profile = np.full(12, _FOREIGN)
    profile[list(steps)] = _SCALE
    profile[steps[2]], profile[7], profile[0] = _THIRD, _FIFTH, _TONIC
    normal: Array = (profile - profile.mean()) / profile.std()
    return normal


def chroma_by_second(mono: Array, sample_rate: int) -> Array:
    """Strength of the twelve pitch classes, C first, in each second of a sound."""
    window = 2 ** round(math.log2(_WINDOW_SECONDS * sample_rate))
    step = window // 4
    padded = np.pad(mono.astype(np.float32), window // 2)
    frames = sliding_window_view(padded, window)[::step]
    taper = np.hanning(window).astype(np.float32)
    # A second at a time: all spectra at once would fill the memory.
    starts = np.arange(0, len(mono), sample_rate)
    found = [
        _peaks(np.abs(np.fft.rfft(frames[first:last] * taper, axis=1)), sample_rate, window)
        for first, last in zip(-(-starts // step), -(-(starts + sample_rate) // step), strict=True)
    ]
    pitch = np.concatenate([pitch for pitch, _ in found])
    weight = np.concatenate([weight for _, weight in found])
    if not len(pitch):
        return np.zeros((len(found), 12))
    # The circular mean of what is left after whole semitones is how far off 440 Hz it is tuned.
    off = float(np.angle(np.sum(weight * np.exp(2j * np.pi * pitch)))) / (2 * np.pi)
    second = np.repeat(np.arange(len(found)), [len(pitch) for pitch, _ in found])
    classes = 12 * second + np.round(pitch - off).astype(int) % 12
    chroma = np.bincount(classes, weight, 12 * len(found)).reshape(-1, 12).astype(np.float64)
    # The third partial of a note sounds a fifth above it, the fifth a major third: they would
    # make every minor chord a little major, and every key a little that of its dominant.
    overtones = _THIRD_PARTIAL * np.roll(chroma, 7, axis=1)
    overtones += _FIFTH_PARTIAL * np.roll(chroma, 4, axis=1)
    played: Array = np.maximum(chroma - overtones, 0.0)
    return played


def _peaks(magnitudes: NDArray[np.float32], sample_rate: int, window: int) -> tuple[Array, Array]:
    """Pitches (MIDI, fractional) and weights of the spectral peaks of some frames."""
    hertz = np.fft.rfftfreq(window, 1 / sample_rate)
    inner = magnitudes[:, 1:-1]
    is_peak = (inner > magnitudes[:, :-2]) & (inner >= magnitudes[:, 2:])
    is_peak &= (hertz[1:-1] > _LOWEST_HZ) & (hertz[1:-1] < _HIGHEST_HZ)
    is_peak &= inner > 0.05 * magnitudes.max(axis=1, keepdims=True)
    rows, columns = np.nonzero(is_peak)
    bins = columns + 1
    left, centre, right = (
        magnitudes[rows, bins + shift].astype(np.float64) for shift in (-1, 0, 1)
    )
    offset = 0.5 * (left - right) / (left - 2 * centre + right - 1e-12)
    pitch = 69 + 12 * np.log2((bins + offset) * sample_rate / window / 440)
    # The root keeps a loud bass note from drowning the chord above it.
    return pitch, np.sqrt(centre)


def sides_of(mode: str) -> tuple[str, ...]:
    """Whether a mode counts as major, minor, or (without a third) as both.

    Example:
        >>> sides_of("dorian"), sides_of("mixolydian"), sides_of("yo")
        (('minor',), ('major',), ('major', 'minor'))
    """
    steps = MODES[mode]
    if 4 in steps and 3 not in steps:
        return ("major",)
    if 3 in steps and 4 not in steps:
        return ("minor",)
    return ("major", "minor")


def relation(heard: tuple[int, str], tonic: int, mode: str) -> str:
    """How a heard key relates to a written one: exact, relative, parallel, fifth or other.

    Example:
        >>> relation((9, "minor"), 0, "major"), relation((2, "minor"), 2, "dorian")
        ('relative', 'exact')
    """
    found = [_relation(heard, tonic, side) for side in sides_of(mode)]
    order = ("exact", "relative", "parallel", "fifth", "other")
    return min(found, key=order.index)


def _relation(heard: tuple[int, str], tonic: int, side: str) -> str:
    apart = (heard[0] - tonic) % 12
    if heard[1] == side:
        return {0: "exact", 5: "fifth", 7: "fifth"}.get(apart, "other")
    if apart == 0:
        return "parallel"
    return "relative" if apart == (9 if side == "major" else 3) else "other"
