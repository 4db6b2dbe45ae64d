"""Drum keys in, one-shot samples out: drums from sines and noise, deterministic and cached.

Keys are those of the General MIDI drum map. A hit is made once per kit, key and rate; how hard it
is struck is the caller's gain.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from musiclm.tokens.timing import seconds_to_samples

Stroke = Callable[[int, np.random.Generator], NDArray[np.float64]]
"""Sample rate and noise in, one hit out."""


@dataclass(frozen=True, slots=True)
class Kit:
    """What makes a kit differ from the plain one."""

    kick_hz: float = 52.0
    kick_seconds: float = 0.28
    snare_noise: float = 1.0
    snare_seconds: float = 0.2
    hat: float = 1.0  # level of cymbals
    level: float = 0.75
    darkness: float = 0.0  # 0 bright .. 1 dull: brushes and soft mallets
    machine: str = ""  # "808" and "909": as the machines did it; "tabla": two tuned drums


KITS: dict[str, Kit] = {
    "kit": Kit(),
    "kit_power": Kit(
        kick_hz=48.0, kick_seconds=0.34, snare_noise=1.3, snare_seconds=0.28, level=0.75
    ),
    "kit_electronic": Kit(kick_hz=50.0, snare_noise=1.1, hat=0.9, machine="909"),
    "kit_808": Kit(kick_hz=46.0, snare_noise=0.8, snare_seconds=0.16, hat=0.8, machine="808"),
    "kit_hand": Kit(darkness=0.2, kick_hz=70.0, kick_seconds=0.3),
    "kit_tabla": Kit(machine="tabla"),
    "kit_soft": Kit(kick_hz=58.0, kick_seconds=0.2, snare_noise=0.8, level=0.7, darkness=0.3),
    "kit_brush": Kit(
        kick_hz=56.0,
        kick_seconds=0.2,
        snare_noise=1.0,
        snare_seconds=0.26,
        hat=0.6,
        level=0.6,
        darkness=0.6,
    ),
}
"""Every kit of ours."""

_TOM_HZ = {41: 82.0, 43: 98.0, 45: 116.0, 47: 138.0, 48: 160.0, 50: 190.0}
_SKIN_HZ = {60: 420.0, 61: 300.0, 62: 330.0, 63: 290.0, 64: 200.0, 65: 350.0, 66: 260.0}
_WOOD_HZ = {37: 1_700.0, 75: 2_500.0, 76: 1_100.0, 77: 760.0, 56: 560.0, 67: 900.0, 68: 660.0}
_SHAKEN = (54, 69, 70, 73, 74, 82)
# (seconds, level): what is struck all the time must not drown the rest.
_METAL = {
    42: (0.06, 1.6),
    44: (0.05, 1.5),
    46: (0.4, 0.55),
    49: (1.5, 0.45),
    51: (0.9, 0.3),
    52: (1.2, 0.45),
    53: (0.8, 0.35),
    55: (0.8, 0.45),
    57: (1.7, 0.45),
    59: (1.0, 0.35),
    80: (0.15, 0.8),
    81: (0.9, 0.35),
}


@lru_cache(maxsize=1024)
def drum_hit(kit: str, key: int, sample_rate: int) -> NDArray[np.float32]:
    """One stroke at full force; do not write into the result, it is shared."""
    kind = KITS[kit]
    rng = np.random.default_rng(key)
    own = _MACHINES.get(kind.machine, {}).get(key)
    if own is not None:
        hit = own(sample_rate, rng)
    elif kind.machine == "tabla":
        hit = _daya(300.0, 0.12, 0.5, sample_rate, rng)
    elif key in (35, 36):
        hit = _membrane(kind.kick_hz, kind.kick_seconds, 4.5, 0.05, sample_rate, rng)
    elif key in (38, 40):
        hit = _snare(kind, sample_rate, rng)
    elif key == 39:
        hit = _clap(sample_rate, rng)
    elif key in _TOM_HZ:
        hit = 0.8 * _membrane(_TOM_HZ[key], 0.35, 1.6, 0.06, sample_rate, rng)
    elif key in _SKIN_HZ:
        hit = 0.5 * _membrane(_SKIN_HZ[key], 0.16, 1.3, 0.05, sample_rate, rng)
    elif key in _WOOD_HZ:
        hit = 0.7 * _membrane(_WOOD_HZ[key], 0.05, 1.0, 0.1, sample_rate, rng)
    elif key in _SHAKEN:
        hit = 0.6 * _hiss(0.08, (4_000.0, 9_500.0), sample_rate, rng, rise=0.012)
    else:
        seconds, level = _METAL.get(key, (0.1, 1.0))
        hit = kind.hat * level * _metal(seconds, sample_rate, rng)
    if kind.darkness:
        cutoff = min(0.45 * sample_rate, 9_000.0 * (1.0 - 0.75 * kind.darkness))
        hit = signal.sosfilt(signal.butter(1, cutoff, fs=sample_rate, output="sos"), hit)
    finished: NDArray[np.float32] = (kind.level * hit).astype(np.float32)
    finished.setflags(write=False)
    return finished


def _kick_808(sample_rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """A sine that booms for most of a second after a short drop."""
    time = _time(1.1, sample_rate)
    cycles = 47.0 * time + 1.1 * (1.0 - np.exp(-time / 0.012))
    boom = np.sin(2.0 * math.pi * cycles) * np.exp(-time / 0.34)
    click = 0.25 * rng.standard_normal(len(time)) * np.exp(-time / 0.0015)
    return _faded(np.tanh(1.4 * boom) + click, sample_rate)


def _kick_909(sample_rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """A sine that falls four octaves at once, driven, with a hard click."""
    time = _time(0.5, sample_rate)
    cycles = 50.0 * time + 3.4 * (1.0 - np.exp(-time / 0.022))
    body = np.tanh(1.9 * np.sin(2.0 * math.pi * cycles) * np.exp(-time / 0.13))
    click = 0.5 * rng.standard_normal(len(time)) * np.exp(-time / 0.0012)
    return _faded(body + click, sample_rate)


def _snare_machine(tones: tuple[float, float], wires: float, seconds: float) -> Stroke:
    """Two falling tones and high noise."""

    def hit(sample_rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
        time = _time(3.0 * seconds, sample_rate)
        fall = 1.0 + 0.5 * np.exp(-time / 0.008)
        skin = sum(
            np.sin(2.0 * math.pi * hz * np.cumsum(fall) / sample_rate) * level
            for hz, level in zip(tones, (0.7, 0.4), strict=True)
        ) * np.exp(-time / 0.05)
        noise = _hiss(3.0 * seconds, (1_200.0, 9_500.0), sample_rate, rng)
        return _faded(0.7 * skin + 0.7 * wires * noise * np.exp(-time / seconds), sample_rate)

    return hit


def _cowbell(sample_rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Two square waves, a fifth that is none."""
    time = _time(0.4, sample_rate)
    squares = np.sign(np.sin(2.0 * math.pi * 540.0 * time)) + np.sign(
        np.sin(2.0 * math.pi * 800.0 * time)
    )
    band = signal.butter(1, (500.0, 2_500.0), "bandpass", fs=sample_rate, output="sos")
    bell: NDArray[np.float64] = signal.sosfilt(band, squares)
    return _faded(
        0.4 * bell * (0.6 * np.exp(-time / 0.012) + 0.4 * np.exp(-time / 0.1)), sample_rate
    )


def _daya(
    hz: float, ring: float, snap: float, sample_rate: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """The small drum of a tabla: its loaded skin rings in harmonics, a note and not a thud."""
    time = _time(max(0.2, 4.0 * ring), sample_rate)
    tones = sum(
        level * np.sin(2.0 * math.pi * hz * ratio * time) * np.exp(-time * ratio**0.7 / ring)
        for ratio, level in ((1.0, 1.0), (2.0, 0.8), (3.01, 0.45), (4.02, 0.25), (5.0, 0.12))
    )
    stroke = snap * rng.standard_normal(len(time)) * np.exp(-time / 0.004)
    return _faded(0.4 * tones + stroke, sample_rate)


def _baya(
    hz: float, glide: float, seconds: float, sample_rate: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """The big drum of a tabla: the heel of the hand bends its pitch upwards."""
    time = _time(3.5 * seconds, sample_rate)
    bend = 1.0 + glide * (1.0 - np.exp(-time / 0.09))
    cycles = np.cumsum(hz * bend) / sample_rate
    body = np.sin(2.0 * math.pi * cycles) + 0.3 * np.sin(4.0 * math.pi * cycles + 0.5)
    slap = 0.3 * rng.standard_normal(len(time)) * np.exp(-time / 0.006)
    return _faded(0.7 * body * np.exp(-time / seconds) + slap, sample_rate)


def _faded(hit: NDArray[np.float64], sample_rate: int) -> NDArray[np.float64]:
    """Without a click at the end."""
    n_fade = min(len(hit), seconds_to_samples(0.02, sample_rate))
    hit[-n_fade:] *= np.linspace(1.0, 0.0, n_fade)
    return hit


def _na(ring: float, snap: float, hz: float = 294.0) -> Stroke:
    """A stroke of the small drum."""
    return lambda sample_rate, rng: _daya(hz, ring, snap, sample_rate, rng)


def _ge(hz: float, glide: float, seconds: float) -> Stroke:
    """A stroke of the big drum."""
    return lambda sample_rate, rng: _baya(hz, glide, seconds, sample_rate, rng)


_TABLA_STROKES = {
    # ge open, ge bent far, ke closed: the big drum
    **dict.fromkeys((35, 36, 64, 66, 43, 41), _ge(82.0, 0.35, 0.22)),
    **dict.fromkeys((63, 45, 47), _ge(96.0, 0.7, 0.2)),
    **dict.fromkeys((37, 62, 77, 39), _ge(130.0, 0.0, 0.03)),
    # na, tin, te: the small drum at its rim, open, closed
    **dict.fromkeys((38, 40, 60, 48, 50), _na(0.22, 0.35)),
    **dict.fromkeys((54, 65, 75), _na(0.4, 0.12)),
    **dict.fromkeys((61, 42, 44, 46, 76), _na(0.035, 0.7, 330.0)),
}

_MACHINES: Mapping[str, Mapping[int, Stroke]] = {
    "808": {
        35: _kick_808,
        36: _kick_808,
        38: _snare_machine((176.0, 330.0), 0.45, 0.09),
        40: _snare_machine((190.0, 350.0), 0.6, 0.12),
        56: _cowbell,
    },
    "909": {
        35: _kick_909,
        36: _kick_909,
        38: _snare_machine((186.0, 349.0), 0.8, 0.13),
        40: _snare_machine((220.0, 400.0), 0.9, 0.17),
    },
    "tabla": _TABLA_STROKES,
}


def _membrane(
    hz: float,
    seconds: float,
    drop: float,
    click: float,
    sample_rate: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """A skin: a sine that falls from ``drop`` times its pitch, and the click of the stick."""
    time = _time(2.2 * seconds, sample_rate)
    fall = 0.025
    cycles = hz * (time + (drop - 1.0) * fall * (1.0 - np.exp(-time / fall)))
    body = np.sin(2.0 * math.pi * cycles) * np.exp(-time / (0.45 * seconds))
    return body + click * 4.0 * rng.standard_normal(len(time)) * np.exp(-time / 0.003)


def _snare(kit: Kit, sample_rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Two modes of the skin, and the rattle of the wires."""
    time = _time(2.5 * kit.snare_seconds, sample_rate)
    skin = np.sin(2.0 * math.pi * 185.0 * time) + 0.6 * np.sin(2.0 * math.pi * 330.0 * time)
    wires = _hiss(2.5 * kit.snare_seconds, (900.0, 9_500.0), sample_rate, rng)
    wires = wires * np.exp(-time / (0.4 * kit.snare_seconds))
    return 0.4 * skin * np.exp(-time / 0.06) + 0.55 * kit.snare_noise * wires


def _clap(sample_rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Several hands, never quite together."""
    hiss = _hiss(0.3, (800.0, 6_000.0), sample_rate, rng)
    time = _time(0.3, sample_rate)
    hands = sum(
        np.where(time >= delay, np.exp(-np.maximum(0.0, time - delay) / fall), 0.0)
        for delay, fall in ((0.0, 0.006), (0.011, 0.006), (0.021, 0.006), (0.03, 0.06))
    )
    clap: NDArray[np.float64] = 0.45 * hiss * hands
    return clap


def _metal(seconds: float, sample_rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Cymbals: clashing square waves and hiss, without lows."""
    time = _time(2.0 * seconds, sample_rate)
    clash = sum(
        np.sign(np.sin(2.0 * math.pi * hz * time + phase))
        for hz, phase in zip(
            (2_050.0, 3_070.0, 3_693.0, 4_180.0, 5_420.0, 8_010.0),
            rng.uniform(0, 6, 6),
            strict=True,
        )
    )
    mixed = 0.12 * clash + 0.5 * rng.standard_normal(len(time))
    edge = min(5_000.0, 0.3 * sample_rate)
    high = signal.butter(2, edge, "highpass", fs=sample_rate, output="sos")
    ringing: NDArray[np.float64] = signal.sosfilt(high, mixed) * np.exp(-time / (0.4 * seconds))
    return 0.45 * ringing


def _hiss(
    seconds: float,
    band: tuple[float, float],
    sample_rate: int,
    rng: np.random.Generator,
    rise: float = 0.001,
) -> NDArray[np.float64]:
    """Noise between two frequencies with a short rise."""
    time = _time(seconds, sample_rate)
    high = min(band[1], 0.45 * sample_rate)
    low = min(band[0], 0.4 * high)
    sos = signal.butter(1, (low, high), "bandpass", fs=sample_rate, output="sos")
    hiss: NDArray[np.float64] = signal.sosfilt(sos, rng.standard_normal(len(time)))
    return hiss * np.minimum(1.0, time / rise) * np.exp(-time / (0.4 * seconds))


def _time(seconds: float, sample_rate: int) -> NDArray[np.float64]:
    """Seconds since the stroke."""
    return np.arange(seconds_to_samples(seconds, sample_rate)) / sample_rate
