"""Drum keys in, one-shot samples out: drums from sines and noise, deterministic and cached.

Keys are those of the General MIDI drum map. A hit is made once per kit, key and rate; how hard it
is struck is the caller's gain.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from musiclm.tokens.timing import seconds_to_samples


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


KITS: dict[str, Kit] = {
    "kit": Kit(),
    "kit_power": Kit(
        kick_hz=48.0, kick_seconds=0.34, snare_noise=1.3, snare_seconds=0.28, level=0.75
    ),
    "kit_electronic": Kit(kick_hz=50.0, kick_seconds=0.3, snare_noise=1.1, hat=0.9),
    "kit_808": Kit(kick_hz=46.0, kick_seconds=0.7, snare_noise=0.8, snare_seconds=0.16, hat=0.8),
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
KITS["kit_tabla"] = KITS["kit_hand"] = KITS["kit_soft"]
"""Every kit of ours."""

_TOM_HZ = {41: 82.0, 43: 98.0, 45: 116.0, 47: 138.0, 48: 160.0, 50: 190.0}
_SKIN_HZ = {60: 420.0, 61: 300.0, 62: 330.0, 63: 290.0, 64: 200.0, 65: 350.0, 66: 260.0}
_WOOD_HZ = {37: 1_700.0, 75: 2_500.0, 76: 1_100.0, 77: 760.0, 56: 560.0, 67: 900.0, 68: 660.0}
_SHAKEN = (54, 69, 70, 82)
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
    if key in (35, 36):
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
