"""Synthesizers that are no imitation: detuned saws, FM, plucked strings, struck metal, chips.

Each is a function of frequency, time and force that returns stereo samples as held; ``MACHINES``
lists them. How notes are made of them is the business of ``audio/synth.py``.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray
from scipy import ndimage

from musiclm.audio.filters import low_pass

Samples = NDArray[np.float32]
_TABLE_SIZE = 4096


@dataclass(frozen=True, slots=True)
class Sounding:
    """What a machine is asked for."""

    hertz: float
    force: float  # 0 soft .. 1 hard
    time: Samples  # seconds since the key was struck
    sample_rate: int
    rng: np.random.Generator

    @property
    def octave(self) -> float:
        """Logarithm of the frequency to base 2."""
        return math.log2(self.hertz)


@dataclass(frozen=True, slots=True)
class Machine:
    """A synthesizer and how its keys end."""

    make: Callable[[Sounding], Samples]  # stereo, as held
    release_seconds: float


# --- subtractive ---------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _table(shape: str, n_harmonics: int) -> Samples:
    """One cycle without anything above the last harmonic."""
    n = np.arange(1, n_harmonics + 1)
    if shape == "saw":
        levels = 1.0 / n
    elif shape == "square":
        levels = (n % 2) / n
    else:  # a pulse of a share of the cycle, as in "pulse 0.25"
        levels = np.sin(np.pi * n * float(shape.split()[1])) / n
    cycle = 2.0 * np.pi * np.arange(_TABLE_SIZE) / _TABLE_SIZE
    wave = (levels[:, None] * np.sin(n[:, None] * cycle)).sum(axis=0)
    return np.asarray(0.6 * wave, np.float32)


def _wave(ask: Sounding, shape: str, cents: float = 0.0, vibrato: Samples | None = None) -> Samples:
    """A table read at the pitch, ``cents`` away, from anywhere in its cycle."""
    hertz = ask.hertz * 2.0 ** (cents / 1200.0)
    table = _table(shape, max(1, min(128, int(0.45 * ask.sample_rate / hertz))))
    cycles = hertz * ask.time.astype(np.float64) + ask.rng.random()
    if vibrato is not None:
        cycles += vibrato
    return np.asarray(
        table[(cycles * _TABLE_SIZE).astype(np.int64) & (_TABLE_SIZE - 1)], np.float32
    )


def _filtered(ask: Sounding, sound: Samples, octaves: Samples | float, resonance: float) -> Samples:
    """Stereo through the same low-pass."""
    return np.stack(
        [
            low_pass(side, octaves, resonance_db=resonance, sample_rate=ask.sample_rate)
            for side in sound
        ]
    )


def _rise(ask: Sounding, seconds: float) -> Samples:
    """From nothing to everything."""
    return np.asarray(np.minimum(1.0, ask.time / np.float32(seconds)), np.float32)


def _fall(ask: Sounding, seconds: float) -> Samples:
    """Down by 1/e in ``seconds``."""
    return np.asarray(np.exp(-ask.time / np.float32(seconds)), np.float32)


def _supersaw(ask: Sounding) -> Samples:
    """Seven saws across the stereo picture: trance."""
    sound = np.zeros((2, len(ask.time)), np.float32)
    for index, cents in enumerate((-19.0, -12.0, -5.5, 0.0, 6.0, 12.5, 18.0)):
        place = (index / 6 - 0.5) * 1.4 if index % 2 else -(index / 6 - 0.5) * 1.4
        saw = _wave(ask, "saw", cents)
        sound[0] += np.float32(0.5 - 0.5 * place) * saw
        sound[1] += np.float32(0.5 + 0.5 * place) * saw
    path = ask.octave + 2.2 + 1.6 * ask.force + 0.9 * _fall(ask, 0.15)
    return 0.5 * _filtered(ask, sound, path, 1.0) * _rise(ask, 0.006)


def _synth_pluck(ask: Sounding) -> Samples:
    """Two saws behind a filter that shuts at once."""
    sound = np.stack([_wave(ask, "saw", -6.0), _wave(ask, "saw", 6.0)])
    sound += np.float32(0.5) * _wave(ask, "square", 1200.0)
    path = ask.octave + 0.8 + (2.2 + 1.8 * ask.force) * _fall(ask, 0.13)
    return _filtered(ask, sound, path, 4.0) * _rise(ask, 0.003) * _fall(ask, 0.45)


def _acid(ask: Sounding) -> Samples:
    """One saw, a filter that sings, and a little dirt; hard notes squelch."""
    saw = _wave(ask, "saw")
    path = math.log2(260.0) + (1.0 + 3.2 * ask.force) * _fall(ask, 0.16)
    sung = low_pass(saw, path.astype(np.float32), resonance_db=15.0, sample_rate=ask.sample_rate)
    driven = np.tanh(np.float32(2.2) * sung) * _rise(ask, 0.003) * _fall(ask, 0.9)
    return np.broadcast_to(driven, (2, len(driven)))


def _sub(ask: Sounding) -> Samples:
    """A sine that speakers feel, with just enough edge for small ones."""
    cycles = ask.hertz * ask.time.astype(np.float64)
    cycles += 0.6 * (1.0 - np.exp(-ask.time / 0.02))  # the pitch drops into the note
    sine = np.sin(2.0 * np.pi * cycles).astype(np.float32)
    warm = np.tanh(np.float32(1.2 + 0.9 * ask.force) * sine) * _rise(ask, 0.006)
    return np.broadcast_to(warm * _fall(ask, 2.5), (2, len(warm)))


def _reese(ask: Sounding) -> Samples:
    """Saws that beat against each other behind a slow filter."""
    middle = _wave(ask, "saw")
    sides = np.stack([_wave(ask, "saw", -17.0), _wave(ask, "saw", 19.0)])
    sound = np.float32(0.6) * middle + np.float32(0.7) * sides[::-1] + np.float32(0.5) * sides
    move = np.sin(2.0 * np.pi * 0.31 * ask.time + 1.0).astype(np.float32)
    path = math.log2(520.0) + 0.6 * ask.force + 0.7 * move
    deep = _filtered(ask, sound, path, 4.0)
    return np.asarray(np.tanh(np.float32(1.3) * deep) * _rise(ask, 0.008), np.float32)


def _wobble(ask: Sounding) -> Samples:
    """A growl whose filter opens and shuts in time with about 140 beats a minute."""
    sound = np.stack([_wave(ask, "saw", -7.0), _wave(ask, "saw", 7.0)])
    sound += np.float32(0.7) * _wave(ask, "square", -1200.0)
    rate = (2.333, 4.667, 7.0)[int(3.0 * min(0.999, ask.force))]
    wobble = (0.5 - 0.5 * np.cos(2.0 * np.pi * rate * ask.time)).astype(np.float32)
    path = math.log2(130.0) + 4.2 * wobble**0.8
    growl = np.tanh(np.float32(2.5) * _filtered(ask, sound, path, 8.0)) * _rise(ask, 0.005)
    cycles = np.sin(2.0 * np.pi * ask.hertz * ask.time).astype(np.float32)
    return np.asarray(growl + np.float32(0.5) * cycles, np.float32)


# --- chips ---------------------------------------------------------------------------------------


def _chip_pulse(ask: Sounding) -> Samples:
    """The pulse wave of an old console: three widths, fifteen levels, late vibrato."""
    shape = ("pulse 0.5", "pulse 0.25", "pulse 0.125")[int(3.0 * min(0.999, ask.force))]
    late = np.clip((ask.time - 0.25) / 0.2, 0.0, 1.0)
    vibrato = 0.012 * ask.hertz / 6.0 / (2.0 * np.pi) * late * np.sin(2.0 * np.pi * 6.0 * ask.time)
    sound = _wave(ask, shape, vibrato=vibrato)
    frame = np.floor(ask.time * 60.0)  # levels change sixty times a second
    level = np.maximum(6.0, 15.0 - np.floor(frame / 5.0)) / 15.0
    chip = sound * level.astype(np.float32) * _rise(ask, 0.001)
    return np.broadcast_to(chip, (2, len(chip)))


def _chip_triangle(ask: Sounding) -> Samples:
    """A triangle of sixteen steps, always equally loud."""
    cycles = ask.hertz * ask.time.astype(np.float64)
    triangle = 2.0 * np.abs(2.0 * (cycles % 1.0) - 1.0) - 1.0
    steps = (np.round(7.5 * triangle) / 7.5).astype(np.float32) * _rise(ask, 0.001)
    return np.broadcast_to(np.float32(0.7) * steps, (2, len(steps)))


# --- frequency modulation ------------------------------------------------------------------------


def _fm(ask: Sounding, ratio: float, index: Samples | float, cents: float = 0.0) -> Samples:
    """One sine bending another."""
    cycles = ask.hertz * 2.0 ** (cents / 1200.0) * ask.time.astype(np.float64)
    if ratio * ask.hertz > 0.4 * ask.sample_rate:
        index = 0.0
    bent = 2.0 * np.pi * cycles + index * np.sin(2.0 * np.pi * ratio * cycles)
    return np.asarray(np.sin(bent), np.float32)


def _fm_bell(ask: Sounding) -> Samples:
    """Two pairs of sines, bright when struck."""
    index = (0.8 + 1.6 * ask.force) * _fall(ask, 0.5)
    body = np.stack([_fm(ask, 3.5, index, -3.0), _fm(ask, 3.5, index, 3.0)]) * _fall(ask, 1.1)
    strike = _fm(ask, 7.07, 1.2 * index) * _fall(ask, 0.18)
    return (body + np.float32(0.35) * strike) * _rise(ask, 0.001)


def _fm_epiano(ask: Sounding) -> Samples:
    """The electric piano of the eighties: a round body and a tine."""
    body = _fm(ask, 1.0, (0.3 + 1.3 * ask.force) * _fall(ask, 0.7), -4.0)
    wide = _fm(ask, 1.0, (0.3 + 1.3 * ask.force) * _fall(ask, 0.7), 4.0)
    tine = _fm(ask, 14.0, (0.2 + 0.9 * ask.force) * _fall(ask, 0.12)) * _fall(ask, 0.35)
    sound = np.stack([body, wide]) + np.float32(0.22) * tine
    return sound * _fall(ask, 1.6) * _rise(ask, 0.002)


# --- plucked strings -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _String:
    """A string and the box it is on."""

    seconds: float  # a middle string rings, to 60 dB down
    damping: float  # 0 bright .. 0.5 dull: how fast the highs die
    pluck: float  # where, as a share of its length
    softness: float  # cutoff of the pluck in octaves above the note
    courses: tuple[float, ...] = (0.0,)  # cents of the strings struck together
    body: tuple[tuple[float, float, float], ...] = ()  # (hertz, gain, seconds) of the box
    buzz: float = 0.0  # a flat bridge: sitar, tanpura


def _plucked(string: _String) -> Callable[[Sounding], Samples]:
    """Karplus and Strong: a burst of noise in a loop as long as the string."""

    def make(ask: Sounding) -> Samples:
        sides = []
        # Struck alike: strings that begin against each other would cancel in mono.
        chance = ask.rng.random(ask.sample_rate // 8)
        for number in (0, 1):
            cents = string.courses[number % len(string.courses)]
            sides.append(_loop(ask, string, ask.hertz * 2.0 ** (cents / 1200.0), chance))
        sound = np.stack(sides)
        sound = np.float32(0.75) * sound + np.float32(0.25) * sound[::-1]
        if string.buzz:
            # The bridge cuts the wave's foot; later, when the string swings less, not so much.
            foot = np.maximum(0.0, sound - np.float32(0.12)) - np.float32(0.1) * np.abs(sound)
            buzz = np.float32(string.buzz) * np.tanh(4.0 * foot) * _fall(ask, 0.8)
            # What is left without its slow part, which would push the speaker to one side.
            sound = sound + buzz - ndimage.uniform_filter1d(buzz, ask.sample_rate // 20)
        for hertz, gain, seconds in string.body:
            ring = np.sin(2.0 * np.pi * hertz * ask.time) * _fall(ask, seconds)
            sound = sound + np.float32(0.5 * gain) * ring.astype(np.float32)
        return sound * _rise(ask, 0.0015)

    return make


def _loop(ask: Sounding, string: _String, hertz: float, chance: NDArray[np.float64]) -> Samples:
    """One string: a loop of whole samples, computed a period at a time, then tuned by resampling.

    Tuning inside the loop would damp some pitches more than others.
    """
    period = math.ceil(ask.sample_rate / hertz)
    whole = period - 1  # the filter in the loop delays by one sample more
    speed = period * hertz / ask.sample_rate
    # As dull at any pitch and rate, a second later.
    damping = min(0.24, string.damping * 220.0 / hertz * (ask.sample_rate / 24_000) ** 2)
    seconds = string.seconds * (220.0 / hertz) ** 0.4
    kept = 10.0 ** (-3.0 / (hertz * seconds))
    taps = np.array([damping, 1.0 - 2.0 * damping, damping], np.float32) * np.float32(kept)
    n_samples = math.ceil(len(ask.time) * speed) + 64
    room = whole + len(taps)
    out = np.zeros(room + n_samples + whole, np.float32)
    # Harmonics as the place of the pluck gives them, with phases of chance: no key is without one.
    number = np.arange(period // 2 + 1)
    levels = np.abs(np.sin(np.pi * number * string.pluck)) / np.maximum(1, number) ** 0.8
    phases = np.exp(2j * np.pi * chance[: len(number)])
    burst = np.fft.irfft(levels * phases, period).astype(np.float32)
    bright = math.log2(hertz) + string.softness + 1.2 * ask.force
    burst = low_pass(burst, bright, resonance_db=0.0, sample_rate=ask.sample_rate)
    burst /= np.float32(np.sqrt(np.mean(burst**2)) + 1e-6)
    out[room : room + len(burst)] = burst
    for start in range(room + len(burst), room + n_samples, whole):
        block = out[start - whole : start] * taps[0]
        for lag in range(1, len(taps)):
            block += taps[lag] * out[start - whole - lag : start - lag]
        out[start : start + whole] = block
    tuned = soxr.resample(out[room : room + n_samples], speed, 1.0, quality="HQ")
    return np.asarray(np.float32(0.3) * tuned[: len(ask.time)], np.float32)


# --- struck metal --------------------------------------------------------------------------------


def _struck(
    partials: tuple[tuple[float, float, float], ...], *, beat: float, bloom: float = 0.001
) -> Callable[[Sounding], Samples]:
    """Sines that ring at ratios of their own, in pairs that beat; left and right differ.

    Args:
        partials: (ratio, level, seconds to 1/e at middle C).
        beat: Hertz between the two of a pair.
        bloom: Seconds in which the upper ones arrive.
    """

    def make(ask: Sounding) -> Samples:
        sound = np.zeros((2, len(ask.time)), np.float32)
        hurry = (ask.hertz / 261.6) ** 0.4
        arrive = (1.0 - np.exp(-ask.time / np.float32(bloom))).astype(np.float32)
        for number, (ratio, level, seconds) in enumerate(partials):
            hertz = ratio * ask.hertz
            if hertz > 0.45 * ask.sample_rate:
                continue
            loud = level if number == 0 else level * (0.4 + 0.6 * ask.force)
            shape = np.float32(loud) * _fall(ask, seconds / hurry)
            shape = shape if number == 0 else shape * arrive
            for side, away in ((0, -0.5), (1, 0.5)):
                angle = 2.0 * np.pi * (hertz + away * beat) * ask.time.astype(np.float64)
                sound[side] += shape * np.sin(angle + number).astype(np.float32)
        both = np.float32(0.35) * sound + np.float32(0.25) * sound[::-1]
        return both * _rise(ask, 0.0015)

    return make


MACHINES: Mapping[str, Machine] = {
    "supersaw": Machine(_supersaw, 0.35),
    "synth_pluck": Machine(_synth_pluck, 0.3),
    "acid": Machine(_acid, 0.06),
    "sub": Machine(_sub, 0.1),
    "reese": Machine(_reese, 0.1),
    "wobble": Machine(_wobble, 0.07),
    "chip_pulse": Machine(_chip_pulse, 0.025),
    "chip_triangle": Machine(_chip_triangle, 0.02),
    "fm_bell": Machine(_fm_bell, 1.4),
    "fm_epiano": Machine(_fm_epiano, 0.25),
    "oud": Machine(
        _plucked(
            _String(2.2, 0.09, 0.12, 2.6, (-3.0, 4.0), ((112.0, 0.2, 0.05), (236.0, 0.15, 0.04)))
        ),
        0.25,
    ),
    "tanpura": Machine(_plucked(_String(9.0, 0.03, 0.35, 3.2, (-1.5, 1.5), buzz=0.9)), 2.5),
    "sitar": Machine(_plucked(_String(4.5, 0.03, 0.1, 4.0, (-2.0, 2.0), buzz=0.8)), 0.5),
    "banjo": Machine(
        _plucked(_String(1.1, 0.035, 0.08, 4.5, body=((320.0, 0.15, 0.02), (710.0, 0.1, 0.012)))),
        0.15,
    ),
    "koto": Machine(_plucked(_String(3.0, 0.035, 0.09, 3.8, (0.0, 1.5))), 0.6),
    "harp": Machine(_plucked(_String(4.0, 0.07, 0.3, 2.6, (0.0, 1.0))), 0.9),
    "clav": Machine(_plucked(_String(1.6, 0.015, 0.13, 4.5)), 0.05),
    "bonang": Machine(
        _struck(
            ((1.0, 1.0, 0.7), (1.52, 0.45, 0.35), (2.43, 0.3, 0.25), (3.9, 0.2, 0.1)), beat=5.0
        ),
        0.6,
    ),
    "saron": Machine(
        _struck(
            ((1.0, 1.0, 1.0), (2.72, 0.5, 0.35), (5.2, 0.3, 0.15), (8.4, 0.15, 0.06)), beat=7.0
        ),
        0.5,
    ),
    "gong": Machine(
        _struck(
            (
                (1.0, 1.0, 4.0), (1.47, 0.5, 3.0), (2.09, 0.5, 2.6), (2.56, 0.35, 2.0),
                (3.36, 0.3, 1.6), (4.2, 0.25, 1.2), (5.43, 0.2, 0.9), (6.9, 0.15, 0.6),
            ),
            beat=1.7, bloom=0.15,
        ),
        3.0,
    ),
    "steel_pan": Machine(
        _struck(((1.0, 1.0, 0.6), (2.0, 0.6, 0.4), (3.01, 0.35, 0.25), (4.02, 0.2, 0.15)),
                beat=1.2, bloom=0.012),
        0.4,
    ),
    "tube": Machine(
        _struck(
            ((1.0, 1.0, 2.4), (1.5, 0.45, 1.8), (2.01, 0.5, 1.5), (2.6, 0.35, 1.0),
             (3.3, 0.25, 0.7)),
            beat=0.8,
        ),
        1.5,
    ),
}  # fmt: skip
"""Every machine by name."""
