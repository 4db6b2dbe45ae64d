"""Notes in, mono samples out: our own synthesizers, deterministic and small.

They serve tests, the tiny recipes, and corpora on machines without a sound font. One engine plays
every pitched voice: a wave table split into three bands of harmonics (body, middle, edge), each
band with its own decay, which is how plucked, struck, blown and bowed sounds differ to the ear;
voices that ring inharmonically (bells, bars) are sums of partials instead. The voices are listed
in ``audio/voices.py``, drums are in ``audio/drum_synth.py``. Nothing here knows scores, stereo or
mixing.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray

from musiclm.audio.drum_synth import KITS, drum_hit
from musiclm.audio.voices import VOICES, Voice
from musiclm.audio.waveform import Waveform
from musiclm.errors import ConfigError
from musiclm.tokens.timing import seconds_to_samples

_TABLE_SIZE = 4096
_BAND_EDGES = (2, 7)  # harmonics 1-2, 3-7 and 8 upwards
_MAX_HARMONICS = 48
_VIBRATO_DELAY_SECONDS = 0.25


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
    breath: NDArray[np.float32] = (noise / noise.std()).astype(np.float32)
    return breath
