"""Our pitched voices as data: spectrum, envelope and movement of each.

What the numbers mean is in ``Voice``; how they become sound is in ``audio/synth.py``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Spectrum = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Harmonic numbers 1, 2, ... in, their levels out."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How a pitched voice sounds."""

    level: float  # evens out loudness between voices
    harmonics: Spectrum | None = None
    partials: tuple[tuple[float, float, float], ...] = ()  # (frequency ratio, level, decay 1/s)
    attack: float = 0.004  # seconds to full level
    decays: tuple[float, float, float] = (0.0, 0.0, 0.0)  # 1/s of body, middle, edge
    edge_attack: float = 0.0  # seconds by which the edge arrives later: brass, pads
    release: float = 0.06  # seconds to fall by 1/e after the note
    vibrato_cents: float = 0.0
    vibrato_hz: float = 5.3
    unison: int = 1  # detuned copies
    detune_cents: float = 0.0
    breath: float = 0.0  # share of noise
    knock: float = 0.0  # noise of the attack: hammer, pick, bow
    drive: float = 0.0  # > 0: overdriven
    tracking: float = 0.0  # how much faster high notes decay, per octave above middle C


def _rolloff(power: float) -> Spectrum:
    """Harmonics that fall like ``1 / n ** power``."""
    return lambda n: n**-power


def _odd(power: float, even: float) -> Spectrum:
    """Mostly odd harmonics, as in clarinets and square waves."""
    return lambda n: n**-power * np.where(n % 2 == 1, 1.0, even)


def _plucked(position: float, power: float) -> Spectrum:
    """A string plucked at a share ``position`` of its length."""
    return lambda n: np.abs(np.sin(np.pi * n * position)) * n**-power


def _peaks(*peaks: tuple[float, float], power: float) -> Spectrum:
    """A falling spectrum with bumps at some harmonics, as formants make."""

    def amplitudes(n: NDArray[np.float64]) -> NDArray[np.float64]:
        bumps = sum(gain * np.exp(-0.5 * ((n - at) / 1.2) ** 2) for at, gain in peaks)
        found: NDArray[np.float64] = n**-power * (1.0 + bumps)
        return found

    return amplitudes


def _drawbars(n: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hammond-like: a few harmonics, nothing above."""
    bars = {1: 1.0, 2: 0.8, 3: 0.55, 4: 0.3, 6: 0.15, 8: 0.2}
    return np.array([bars.get(int(k), 0.0) for k in n])


VOICES: dict[str, Voice] = {
    "piano": Voice(
        0.29,
        _plucked(0.125, 1.35),
        attack=0.003,
        decays=(0.9, 2.2, 6.0),
        release=0.12,
        knock=0.06,
        unison=2,
        detune_cents=1.2,
        tracking=0.6,
    ),
    "epiano": Voice(
        0.19,
        partials=((1.0, 1.0, 1.0), (2.0, 0.22, 1.6), (3.0, 0.08, 2.5), (14.0, 0.12, 14.0)),
        release=0.1,
    ),
    "pluck": Voice(
        0.34,
        _plucked(0.2, 1.15),
        attack=0.002,
        decays=(1.6, 4.0, 11.0),
        release=0.12,
        knock=0.05,
        tracking=0.4,
    ),
    "pluck_bright": Voice(
        0.37,
        _plucked(0.11, 0.85),
        attack=0.0015,
        decays=(1.5, 3.2, 7.0),
        release=0.1,
        knock=0.05,
        tracking=0.4,
    ),
    "distorted": Voice(
        0.13, _rolloff(1.0), attack=0.004, decays=(0.35, 0.5, 0.9), release=0.05, drive=4.0
    ),
    "bass_pluck": Voice(
        0.40, _plucked(0.22, 1.3), attack=0.004, decays=(0.9, 3.0, 9.0), release=0.06, knock=0.03
    ),
    "bass_synth": Voice(0.36, _rolloff(1.0), attack=0.003, decays=(0.3, 4.0, 9.0), release=0.04),
    "bowed": Voice(
        0.19,
        _peaks((4, 0.8), (8, 0.7), power=1.15),
        attack=0.07,
        release=0.09,
        vibrato_cents=14,
        edge_attack=0.08,
        breath=0.02,
    ),
    "ensemble": Voice(
        0.17,
        _peaks((4, 0.6), power=1.2),
        attack=0.14,
        release=0.22,
        vibrato_cents=7,
        unison=3,
        detune_cents=9,
        edge_attack=0.1,
    ),
    "brass": Voice(
        0.19,
        _peaks((3, 0.9), (6, 0.5), power=0.95),
        attack=0.03,
        release=0.06,
        vibrato_cents=6,
        edge_attack=0.06,
    ),
    "brass_soft": Voice(
        0.19,
        _peaks((2, 0.6), power=1.6),
        attack=0.05,
        release=0.1,
        vibrato_cents=4,
        edge_attack=0.1,
    ),
    "reed": Voice(
        0.19,
        _peaks((3, 0.8), (5, 0.6), power=1.05),
        attack=0.03,
        release=0.06,
        vibrato_cents=11,
        breath=0.025,
    ),
    "hollow": Voice(
        0.19, _odd(1.15, 0.08), attack=0.03, release=0.06, vibrato_cents=6, breath=0.02
    ),
    "free_reed": Voice(
        0.18,
        _peaks((3, 0.5), (7, 0.5), power=0.9),
        attack=0.04,
        release=0.06,
        unison=2,
        detune_cents=9,
    ),
    "flute": Voice(
        0.19, _peaks((2, 0.3), power=2.3), attack=0.05, release=0.07, vibrato_cents=10, breath=0.07
    ),
    "organ": Voice(
        0.19, _drawbars, attack=0.006, release=0.03, vibrato_cents=5, vibrato_hz=6.4, knock=0.03
    ),
    "pipe": Voice(
        0.18,
        _peaks((2, 0.8), (4, 0.7), (8, 0.5), power=1.3),
        attack=0.05,
        release=0.25,
        unison=2,
        detune_cents=4,
        breath=0.015,
    ),
    "pad": Voice(
        0.18, _rolloff(1.6), attack=0.35, release=0.5, unison=3, detune_cents=11, edge_attack=0.6
    ),
    "pad_bright": Voice(
        0.17, _rolloff(1.1), attack=0.25, release=0.5, unison=3, detune_cents=13, edge_attack=0.5
    ),
    "voice": Voice(
        0.19,
        _peaks((3, 1.6), (5, 0.7), power=1.5),
        attack=0.12,
        release=0.2,
        vibrato_cents=12,
        unison=3,
        detune_cents=12,
        breath=0.03,
    ),
    "square": Voice(0.17, _odd(1.0, 0.0), attack=0.002, release=0.02),
    "saw": Voice(
        0.20,
        _rolloff(1.0),
        attack=0.004,
        decays=(0.1, 0.4, 1.2),
        release=0.08,
        unison=2,
        detune_cents=9,
        vibrato_cents=5,
    ),
    "bell": Voice(
        0.21,
        partials=((1.0, 1.0, 2.2), (2.76, 0.4, 4.0), (5.4, 0.22, 8.0), (8.9, 0.1, 14.0)),
        attack=0.001,
        release=0.4,
    ),
    "mallet": Voice(
        0.21,
        partials=((1.0, 1.0, 1.4), (4.0, 0.3, 6.0), (9.9, 0.08, 18.0)),
        attack=0.002,
        release=0.25,
        knock=0.02,
    ),
    "wood": Voice(
        0.40,
        partials=((1.0, 1.0, 6.0), (3.93, 0.35, 14.0), (9.2, 0.12, 30.0)),
        attack=0.001,
        release=0.15,
        knock=0.06,
    ),
    "timpani": Voice(
        0.28,
        partials=((1.0, 1.0, 2.4), (1.5, 0.5, 3.2), (1.98, 0.3, 4.0), (2.44, 0.15, 6.0)),
        attack=0.003,
        release=0.4,
        knock=0.12,
    ),
}
"""Every pitched voice; ``audio.drum_synth.KITS`` lists the kits."""
