"""A sound-font file in (SF2, or SF3 with compressed samples), its zones and samples out.

A zone is one recording and how to play it: pitch, loop, envelopes, filter. A key of an instrument
usually sounds two zones, left and right. What the format calls generators and modulators is
resolved here, so that the player reads plain seconds, hertz and decibels. Samples of an SF2 file
stay on disk until they are heard, shared by all processes; those of an SF3 file are decoded on
first use. Nothing here makes sound.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musiclm.audio.io import decode_samples
from musiclm.errors import DataError

# SoundFont 2.04, section 8.1.3: defaults that are not zero.
_TIMES = (21, 23, 25, 26, 27, 28, 30, 33, 34, 35, 36, 38)
_DEFAULTS = {**dict.fromkeys(_TIMES, -12_000), 8: 13_500, 46: -1, 47: -1, 56: 100, 58: -1}
_KEY_RANGE, _VELOCITY_RANGE, _INSTRUMENT, _SAMPLE = 43, 44, 41, 53
# What a preset may not change, only an instrument (section 8.5).
_NOT_ADDED = (0, 1, 2, 3, 4, 12, 41, 43, 44, 45, 46, 47, 50, 53, 54, 57, 58)
# Attenuation of real hardware is 0.4 of what the format says, and fonts were balanced on it.
_ATTENUATION_DB = 0.04
_OGG = 0x10
_VELOCITY_SOURCE, _KEY_SOURCE = 2, 3
_FILTER_GENERATOR, _ATTENUATION_GENERATOR = 8, 48
_SOFT_IS_DULL = (0x0102, _FILTER_GENERATOR, -2_400, 0)  # default modulator, section 8.4.2

_RECORDS = {
    b"phdr": "<20sHHHIII",
    b"pbag": "<HH",
    b"pmod": "<HHhHH",
    b"pgen": "<Hh",
    b"inst": "<20sH",
    b"ibag": "<HH",
    b"imod": "<HHhHH",
    b"igen": "<Hh",
    b"shdr": "<20sIIIIIBbHH",
}

_Modulator = tuple[int, int, int, int]  # source, generator, amount, source of the amount


@dataclass(frozen=True, slots=True)
class Envelope:
    """Delay, attack, hold and decay in seconds, the level that is held, and the release."""

    delay: float
    attack: float
    hold: float
    decay: float  # seconds for the whole range; as in the format, less when it stops earlier
    sustain: float  # dB below full for loudness; 0..1 for the other envelope
    release: float


@dataclass(frozen=True, slots=True)
class Wobble:
    """A low-frequency oscillation."""

    delay: float  # seconds
    hertz: float
    cents: float  # of pitch
    decibels: float = 0.0  # of loudness
    filter_cents: float = 0.0


@dataclass(frozen=True, slots=True)
class Zone:
    """One recording and how a key plays it."""

    sample: int  # which recording of the font
    start_offset: int  # samples to leave out at its start
    loop: tuple[int, int] | None  # in samples of the recording
    loops_until_release: bool
    semitones: float  # above the pitch of the recording
    gain_db: float
    pan: float  # -1 left .. 1 right
    cutoff_hertz: float
    resonance_db: float
    envelope: Envelope  # of loudness
    movement: Envelope  # of pitch and filter
    movement_pitch: float  # cents at its top
    movement_filter: float  # cents at its top
    vibrato: Wobble
    tremolo: Wobble
    choke: int  # a note silences ringing ones of the same class; 0: none


@dataclass(frozen=True, slots=True)
class _Raw:
    """A zone as stored: what the preset and the instrument say about it."""

    keys: tuple[int, int]
    velocities: tuple[int, int]
    generators: Mapping[int, int]
    modulators: tuple[_Modulator, ...]


@dataclass(slots=True)
class SoundFont:
    """An opened sound font."""

    path: Path
    _samples: NDArray[np.int16]
    _bytes: NDArray[np.uint8]
    _tables: Mapping[bytes, list[Any]]
    _zones: dict[tuple[int, int], list[_Raw]] = field(default_factory=dict)

    def has(self, bank: int, program: int) -> bool:
        """Whether there is such a preset."""
        return bool(self._preset(bank, program))

    def zones(self, bank: int, program: int, key: int, velocity: int) -> list[Zone]:
        """What sounds when a key is struck."""
        return [
            self._resolve(raw, key, velocity)
            for raw in self._preset(bank, program)
            if raw.keys[0] <= key <= raw.keys[1]
            and raw.velocities[0] <= velocity <= raw.velocities[1]
        ]

    def recording(self, sample: int) -> tuple[NDArray[np.int16], int]:
        """The samples of a recording, and their rate in hertz."""
        _, start, end, _, _, rate, _, _, _, kind = self._tables[b"shdr"][sample]
        if kind & _OGG:
            decoded = decode_samples(self._bytes[start:end].tobytes())
            return np.ascontiguousarray(decoded[:, 0]), int(rate)
        return self._samples[start:end], int(rate)

    def _preset(self, bank: int, program: int) -> list[_Raw]:
        """All zones of a preset, read once."""
        if (bank, program) not in self._zones:
            self._zones[bank, program] = list(self._read_preset(bank, program))
        return self._zones[bank, program]

    def _read_preset(self, bank: int, program: int) -> Iterator[_Raw]:
        headers = self._tables[b"phdr"]
        for header, after in pairwise(headers):
            if (header[2], header[1]) != (bank, program):
                continue
            for outer in self._bags(b"p", header[3], after[3], _INSTRUMENT):
                first = self._tables[b"inst"][outer.generators[_INSTRUMENT]][1]
                last = self._tables[b"inst"][outer.generators[_INSTRUMENT] + 1][1]
                for inner in self._bags(b"i", first, last, _SAMPLE):
                    raw = _combine(outer, inner)
                    if raw.keys[0] <= raw.keys[1] and raw.velocities[0] <= raw.velocities[1]:
                        yield raw
            return

    def _bags(self, level: bytes, first: int, last: int, target: int) -> Iterator[_Raw]:
        """The zones of a preset or an instrument; a first one without target speaks for all."""
        bags = self._tables[level + b"bag"]
        common: dict[int, int] = {}
        common_modulators: dict[tuple[int, int, int], int] = {}
        for index in range(first, last):
            generators = dict(common)
            first_word, last_word = bags[index][0], bags[index + 1][0]
            generators.update(self._tables[level + b"gen"][first_word:last_word])
            modulators = dict(common_modulators)
            for source, to, amount, by, _ in self._tables[level + b"mod"][
                bags[index][1] : bags[index + 1][1]
            ]:
                modulators[source, to, by] = amount
            if target not in generators:
                if index == first:
                    common, common_modulators = generators, modulators
                continue
            yield _Raw(
                _range(generators.get(_KEY_RANGE)),
                _range(generators.get(_VELOCITY_RANGE)),
                generators,
                tuple((source, to, amount, by) for (source, to, by), amount in modulators.items()),
            )

    def _resolve(self, raw: _Raw, key: int, velocity: int) -> Zone:
        """Numbers of the format to plain units, for one key and force."""
        g = {**_DEFAULTS, **raw.generators}
        for source, to, amount, by in raw.modulators:
            # How force becomes loudness is ours to say: the same for every instrument.
            if to != _ATTENUATION_GENERATOR and by == 0:
                g[to] = g.get(to, 0) + round(amount * _mapped(source, key, velocity))

        def get(number: int) -> int:
            return g.get(number, 0)

        header = self._tables[b"shdr"][g[_SAMPLE]]
        _, start, _, loop_start, loop_end, _, root, correction, _, kind = header
        root = g[58] if g[58] >= 0 else (root if root <= 127 else 60)
        base = 0 if kind & _OGG else start  # an SF3 loop counts from the start of its recording
        loop = (
            loop_start - base + get(2) + 32_768 * get(45),
            loop_end - base + get(3) + 32_768 * get(50),
        )
        mode = get(54) & 3
        pressed = g[46] if g[46] >= 0 else key
        return Zone(
            sample=g[_SAMPLE],
            start_offset=max(0, get(0) + 32_768 * get(4)),
            loop=loop if mode in (1, 3) and loop[1] - loop[0] >= 2 else None,
            loops_until_release=mode == 3,
            semitones=(pressed - root) * g[56] / 100 + get(51) + (get(52) + correction) / 100,
            gain_db=-_ATTENUATION_DB * max(0, get(48)),
            pan=max(-1.0, min(1.0, get(17) / 500)),
            cutoff_hertz=_hertz(max(1_500, min(13_500, g[8]))),
            resonance_db=max(0.0, get(9) / 10),
            envelope=Envelope(
                _seconds(g[33]),
                _seconds(g[34]),
                _seconds(g[35] + get(39) * (60 - key)),
                _seconds(g[36] + get(40) * (60 - key)),
                max(0.0, min(96.0, get(37) / 10)),
                _seconds(g[38]),
            ),
            movement=Envelope(
                _seconds(g[25]),
                _seconds(g[26]),
                _seconds(g[27] + get(31) * (60 - key)),
                _seconds(g[28] + get(32) * (60 - key)),
                1.0 - max(0.0, min(1.0, get(29) / 1_000)),
                _seconds(g[30]),
            ),
            movement_pitch=float(get(7)),
            movement_filter=float(get(11)),
            vibrato=Wobble(_seconds(g[23]), _hertz(get(24)), float(get(6))),
            tremolo=Wobble(
                _seconds(g[21]), _hertz(get(22)), float(get(5)), get(13) / 10, float(get(10))
            ),
            choke=get(57),
        )


@lru_cache(maxsize=8)
def open_sound_font(path: Path) -> SoundFont:
    """Read the directory of a font; the recordings stay on disk. Opened fonts are kept.

    Raises:
        DataError: The file is no sound font.
    """
    try:
        memory = np.memmap(path, np.uint8, "r")
        chunks = dict(_chunks(memory))
        tables = {
            name: list(struct.iter_unpack(record, memory[slice(*chunks[name])].tobytes()))
            for name, record in _RECORDS.items()
        }
        start, end = chunks[b"smpl"]
        even = memory[start : start + (end - start) // 2 * 2]
        samples = np.asarray(even).view("<i2")
    except (OSError, KeyError, ValueError, struct.error) as error:
        raise DataError(f"cannot read the sound font {path}: {error!r}") from None
    return SoundFont(path, samples, np.asarray(even), tables)


def _chunks(memory: NDArray[np.uint8]) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Every chunk inside the three lists of a sound font: name, and first and last byte."""
    if memory[:4].tobytes() != b"RIFF" or memory[8:12].tobytes() != b"sfbk":
        raise ValueError("it does not begin with RIFF ... sfbk")
    here = 12
    while here + 8 <= len(memory):
        name = memory[here : here + 4].tobytes()
        size = int.from_bytes(memory[here + 4 : here + 8].tobytes(), "little")
        if name == b"LIST":
            here += 12  # Step into the list.
            continue
        yield name, (here + 8, min(len(memory), here + 8 + size))
        here += 8 + size
        # Chunks begin at even bytes, but some writers of SF3 forget it.
        here += size % 2 if memory[here : here + 4].tobytes().isalnum() is False else 0


def _combine(outer: _Raw, inner: _Raw) -> _Raw:
    """A preset's zone and an instrument's zone, both at once."""
    generators = dict(inner.generators)
    for number, amount in outer.generators.items():
        if number not in _NOT_ADDED:
            generators[number] = generators.get(number, _DEFAULTS.get(number, 0)) + amount
    written = {(source, to) for source, to, _, _ in inner.modulators}
    default = () if _SOFT_IS_DULL[:2] in written else (_SOFT_IS_DULL,)
    return _Raw(
        (max(outer.keys[0], inner.keys[0]), min(outer.keys[1], inner.keys[1])),
        (
            max(outer.velocities[0], inner.velocities[0]),
            min(outer.velocities[1], inner.velocities[1]),
        ),
        generators,
        (*default, *inner.modulators, *outer.modulators),
    )


def _range(amount: int | None) -> tuple[int, int]:
    """Two bytes in one number: lowest and highest."""
    return (0, 127) if amount is None else (amount & 0xFF, (amount >> 8) & 0xFF)


def _mapped(source: int, key: int, velocity: int) -> float:
    """What a modulator's source says now; controllers that nobody moves say nothing."""
    if source & 0x80:
        return 0.0
    kind = source & 0x7F
    if kind == 0:
        return 1.0
    if kind not in (_VELOCITY_SOURCE, _KEY_SOURCE):
        return 0.0
    value = (velocity if kind == _VELOCITY_SOURCE else key) / 127
    if source & 0x100:
        value = 1.0 - value
    shape = source >> 10
    if shape == 1:  # concave: 96 dB over the range, section 9.5.3
        value = 1.0 if value >= 1.0 else min(1.0, -20.0 / 96.0 * np.log10((1.0 - value) ** 2))
    elif shape == 2:  # convex
        value = 0.0 if value <= 0.0 else max(0.0, 1.0 + 20.0 / 96.0 * np.log10(value**2))
    elif shape == 3:
        value = float(value >= 0.5)
    return float(2.0 * value - 1.0 if source & 0x200 else value)


def _seconds(timecents: float) -> float:
    """Timecents to seconds; the format's "no time at all" is a millisecond."""
    return float(2.0 ** (max(-12_000.0, min(8_000.0, timecents)) / 1_200.0))


def _hertz(cents: float) -> float:
    """Absolute cents to hertz."""
    return float(8.176 * 2.0 ** (cents / 1_200.0))
