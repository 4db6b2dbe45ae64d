"""Notes in, mono samples out: our own synthesizers, deterministic and small.

They serve tests, the tiny recipes, and corpora on machines without a sound font. One engine plays
every pitched voice: a wave table split into three bands of harmonics (body, middle, edge), each
band with its own decay, which is how plucked, struck, blown and bowed sounds differ to the ear;
voices that ring inharmonically (bells, bars) are sums of partials instead. Drums are in
``audio/drum_synth.py``. Nothing here knows scores, stereo or mixing.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray

from musiclm.audio.drum_synth import KITS, drum_hit
from musiclm.audio.waveform import Waveform
from musiclm.errors import ConfigError
from musiclm.tokens.timing import seconds_to_samples

_TABLE_SIZE = 4096
_BAND_EDGES = (2, 7)  # harmonics 1-2, 3-7 and 8 upwards
_MAX_HARMONICS = 48
_VIBRATO_DELAY_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Voice:
    """How a pitched voice sounds."""

    level: float  # evens out loudness between voices
    harmonics: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None
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


def _rolloff(power: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Harmonics that fall like ``1 / n ** power``."""
    return lambda n: n**-power


def _odd(power: float, even: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Mostly odd harmonics, as in clarinets and square waves."""
    return lambda n: n**-power * np.where(n % 2 == 1, 1.0, even)


def _plucked(position: float, power: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """A string plucked at a share ``position`` of its length."""
    return lambda n: np.abs(np.sin(np.pi * n * position)) * n**-power


def _peaks(
    *peaks: tuple[float, float], power: float
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
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
        0.30,
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
        0.34,
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
        0.26,
        _plucked(0.11, 0.85),
        attack=0.0015,
        decays=(1.5, 3.2, 7.0),
        release=0.1,
        knock=0.05,
        tracking=0.4,
    ),
    "distorted": Voice(
        0.20, _rolloff(1.0), attack=0.004, decays=(0.35, 0.5, 0.9), release=0.05, drive=4.0
    ),
    "bass_pluck": Voice(
        0.55, _plucked(0.22, 1.3), attack=0.004, decays=(0.9, 3.0, 9.0), release=0.06, knock=0.03
    ),
    "bass_synth": Voice(0.42, _rolloff(1.0), attack=0.003, decays=(0.3, 4.0, 9.0), release=0.04),
    "bowed": Voice(
        0.24,
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
        0.20,
        _peaks((3, 0.9), (6, 0.5), power=0.95),
        attack=0.03,
        release=0.06,
        vibrato_cents=6,
        edge_attack=0.06,
    ),
    "brass_soft": Voice(
        0.30,
        _peaks((2, 0.6), power=1.6),
        attack=0.05,
        release=0.1,
        vibrato_cents=4,
        edge_attack=0.1,
    ),
    "reed": Voice(
        0.22,
        _peaks((3, 0.8), (5, 0.6), power=1.05),
        attack=0.03,
        release=0.06,
        vibrato_cents=11,
        breath=0.025,
    ),
    "hollow": Voice(
        0.28, _odd(1.15, 0.08), attack=0.03, release=0.06, vibrato_cents=6, breath=0.02
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
        0.36, _peaks((2, 0.3), power=2.3), attack=0.05, release=0.07, vibrato_cents=10, breath=0.07
    ),
    "organ": Voice(
        0.24, _drawbars, attack=0.006, release=0.03, vibrato_cents=5, vibrato_hz=6.4, knock=0.03
    ),
    "pipe": Voice(
        0.22,
        _peaks((2, 0.8), (4, 0.7), (8, 0.5), power=1.3),
        attack=0.05,
        release=0.25,
        unison=2,
        detune_cents=4,
        breath=0.015,
    ),
    "pad": Voice(
        0.22, _rolloff(1.6), attack=0.35, release=0.5, unison=3, detune_cents=11, edge_attack=0.6
    ),
    "pad_bright": Voice(
        0.18, _rolloff(1.1), attack=0.25, release=0.5, unison=3, detune_cents=13, edge_attack=0.5
    ),
    "voice": Voice(
        0.24,
        _peaks((3, 1.6), (5, 0.7), power=1.5),
        attack=0.12,
        release=0.2,
        vibrato_cents=12,
        unison=3,
        detune_cents=12,
        breath=0.03,
    ),
    "square": Voice(0.20, _odd(1.0, 0.0), attack=0.002, release=0.02),
    "saw": Voice(
        0.18,
        _rolloff(1.0),
        attack=0.004,
        decays=(0.1, 0.4, 1.2),
        release=0.08,
        unison=2,
        detune_cents=9,
        vibrato_cents=5,
    ),
    "bell": Voice(
        0.30,
        partials=((1.0, 1.0, 2.2), (2.76, 0.4, 4.0), (5.4, 0.22, 8.0), (8.9, 0.1, 14.0)),
        attack=0.001,
        release=0.4,
    ),
    "mallet": Voice(
        0.34,
        partials=((1.0, 1.0, 1.4), (4.0, 0.3, 6.0), (9.9, 0.08, 18.0)),
        attack=0.002,
        release=0.25,
        knock=0.02,
    ),
    "wood": Voice(
        0.42,
        partials=((1.0, 1.0, 6.0), (3.93, 0.35, 14.0), (9.2, 0.12, 30.0)),
        attack=0.001,
        release=0.15,
        knock=0.06,
    ),
    "timpani": Voice(
        0.55,
        partials=((1.0, 1.0, 2.4), (1.5, 0.5, 3.2), (1.98, 0.3, 4.0), (2.44, 0.15, 6.0)),
        attack=0.003,
        release=0.4,
        knock=0.12,
    ),
}
"""Every pitched voice; ``audio.drum_synth.KITS`` lists the kits."""


def play_notes(
    voice: str,
    *,
    starts_seconds: Sequence[float],
    ends_seconds: Sequence[float],
    pitches: Sequence[float],
    velocities: Sequence[int],
    n_samples: int,
    sample_rate: int,
    rng: np.random.Generator,
) -> Float[np.ndarray, " N"]:
    """Play the notes of one part.

    Args:
        voice: A key of ``VOICES``, or of ``KITS``: then pitches are General MIDI drum keys.
        starts_seconds: When each note begins.
        ends_seconds: When each key is let go; drums ring regardless.
        pitches: MIDI pitches; fractions detune.
        velocities: 1..127.
        n_samples: Length of the result; what would sound later is cut.
        sample_rate: Hz.
        rng: Draws phases and noise.

    Raises:
        ConfigError: No such voice.
    """
    if voice not in VOICES and voice not in KITS:
        known = ", ".join(sorted([*VOICES, *KITS]))
        raise ConfigError(f"no voice {voice!r}: choose one of {known}")
    out = np.zeros(n_samples, np.float32)
    noise = _noise(sample_rate)
    for start, end, pitch, velocity in zip(
        starts_seconds, ends_seconds, pitches, velocities, strict=True
    ):
        first = seconds_to_samples(max(0.0, start), sample_rate)
        if first >= n_samples:
            continue
        if voice in KITS:
            sound = drum_hit(voice, round(pitch), sample_rate)
        else:
            held = max(0.02, end - start)
            phase = rng.random(VOICES[voice].unison)
            offset = int(rng.integers(len(noise) // 2))
            sound = _note(VOICES[voice], pitch, velocity, held, sample_rate, phase, noise[offset:])
        length = min(len(sound), n_samples - first)
        # Loudness grows faster than velocity, as on most instruments.
        gain = np.float32((velocity / 127) ** 1.6)
        out[first : first + length] += gain * sound[:length]
    return out


def tone(hz: float, *, seconds: float, sample_rate: int = 24_000, level: float = 0.5) -> Waveform:
    """A mono sine with soft edges, for tests and examples.

    Example:
        >>> tone(440.0, seconds=0.5).n_samples
        12000
    """
    time = torch.arange(seconds_to_samples(seconds, sample_rate), dtype=torch.float64) / sample_rate
    samples = (level * torch.sin(2 * math.pi * hz * time)).float()
    return Waveform(samples[None], sample_rate).fade(0.005, 0.005)


def _note(
    voice: Voice,
    pitch: float,
    velocity: int,
    held_seconds: float,
    sample_rate: int,
    phases: NDArray[np.float64],
    noise: NDArray[np.float32],
) -> NDArray[np.float32]:
    """One note at full velocity; velocity only decides how bright it is."""
    hz = 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)
    n_held = seconds_to_samples(held_seconds, sample_rate)
    n = n_held + seconds_to_samples(5.0 * voice.release, sample_rate)
    time = np.arange(n, dtype=np.float32) / np.float32(sample_rate)
    hurry = 2.0 ** (voice.tracking * max(-1.5, (pitch - 60.0) / 12.0))
    if voice.partials:
        sound = _partials(voice, hz, time, hurry, sample_rate)
    else:
        sound = _bands(voice, hz, time, hurry, sample_rate, velocity, phases)
    if voice.drive:
        sound = np.tanh(np.float32(voice.drive) * sound).astype(np.float32)
    if voice.breath:
        sound += np.float32(voice.breath) * np.resize(noise, n)
    if voice.knock:
        n_knock = min(n, seconds_to_samples(0.03, sample_rate))
        fall = np.exp(-time[:n_knock] / np.float32(0.006))
        sound[:n_knock] += np.float32(6.0 * voice.knock) * fall * noise[:n_knock]
    n_attack = min(n, max(1, seconds_to_samples(voice.attack, sample_rate)))
    sound[:n_attack] *= np.linspace(0.0, 1.0, n_attack, dtype=np.float32)
    sound[n_held:] *= np.exp(-time[: n - n_held] / np.float32(voice.release))
    return np.float32(voice.level) * sound


def _bands(
    voice: Voice,
    hz: float,
    time: NDArray[np.float32],
    hurry: float,
    sample_rate: int,
    velocity: int,
    phases: NDArray[np.float64],
) -> NDArray[np.float32]:
    """The wave table in three bands, with decays, vibrato and unison."""
    tables = _tables(voice, min(_MAX_HARMONICS, max(1, int(0.45 * sample_rate / hz))))
    cycles = hz * time.astype(np.float64)
    if voice.vibrato_cents:
        # The integral of a sine deviation; it sets in after the attack, as players do it.
        rate = 2.0 * math.pi * voice.vibrato_hz
        depth = hz * (2.0 ** (voice.vibrato_cents / 1200.0) - 1.0) / rate
        cycles -= depth * np.cos(rate * time) * np.minimum(1.0, time / _VIBRATO_DELAY_SECONDS)
    # Soft notes are duller: the edge falls with velocity.
    edge = 0.35 + 0.65 * velocity / 127.0
    envelopes = [
        np.float32(level) * np.exp(np.float32(-decay * hurry) * time)
        for level, decay in zip((1.0, edge**0.5, edge), voice.decays, strict=True)
    ]
    if voice.edge_attack:
        rise = 1.0 - np.exp(-time / np.float32(voice.edge_attack))
        envelopes[1] = envelopes[1] * (np.float32(0.5) + np.float32(0.5) * rise)
        envelopes[2] = envelopes[2] * rise
    sound = np.zeros(len(time), np.float32)
    for copy, phase in enumerate(phases):
        spread = 2.0 * copy / max(1, len(phases) - 1) - 1.0 if len(phases) > 1 else 0.0
        ratio = 2.0 ** (spread * voice.detune_cents / 1200.0)
        index = ((cycles * ratio + phase) * _TABLE_SIZE).astype(np.int64) & (_TABLE_SIZE - 1)
        for table, envelope in zip(tables, envelopes, strict=True):
            sound += table[index] * envelope
    return sound / np.float32(math.sqrt(len(phases)))


def _partials(
    voice: Voice, hz: float, time: NDArray[np.float32], hurry: float, sample_rate: int
) -> NDArray[np.float32]:
    """A sum of decaying sines; those above the Nyquist frequency are left out."""
    sound = np.zeros(len(time), np.float32)
    for ratio, level, decay in voice.partials:
        if ratio * hz < 0.46 * sample_rate:
            angle = np.float32(2.0 * math.pi * ratio * hz) * time
            sound += np.float32(level) * np.sin(angle) * np.exp(np.float32(-decay * hurry) * time)
    return sound


@lru_cache(maxsize=512)
def _tables(voice: Voice, n_harmonics: int) -> tuple[NDArray[np.float32], ...]:
    """One cycle of each band; scaled so that all bands together have unit power."""
    assert voice.harmonics is not None  # noqa: S101  (voices have partials or harmonics)
    numbers = np.arange(1, n_harmonics + 1, dtype=np.float64)
    levels = voice.harmonics(numbers)
    levels = levels / np.sqrt((levels**2).sum() / 2.0) / 2.0
    # Spread phases keep the peaks low without changing the sound.
    phases = np.pi * numbers * (numbers - 1) / n_harmonics
    cycle = 2.0 * np.pi * np.arange(_TABLE_SIZE) / _TABLE_SIZE
    waves = levels[:, None] * np.sin(numbers[:, None] * cycle + phases[:, None])
    low, middle = _BAND_EDGES
    bands = (waves[:low], waves[low:middle], waves[middle:])
    return tuple(band.sum(axis=0).astype(np.float32) for band in bands)


@lru_cache(maxsize=4)
def _noise(sample_rate: int) -> NDArray[np.float32]:
    """Two seconds of breath: noise without its lowest and highest parts."""
    n = 2 * sample_rate
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(n))
    hz = np.fft.rfftfreq(n, 1.0 / sample_rate)
    spectrum *= hz / (hz + 400.0) / (1.0 + (hz / 5_000.0) ** 2)
    noise = np.fft.irfft(spectrum, n)
    return (noise / noise.std()).astype(np.float32)
