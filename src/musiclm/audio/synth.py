"""A key and a force in, a tone out: our own synthesizers, deterministic and kept once made.

They play what no sound font has, and everything on machines without one. Imitations of acoustic
instruments are a wave table split into three bands of harmonics (body, middle, edge), each with
its own decay, which is how plucked, struck, blown and bowed sounds differ to the ear; they are
listed in ``audio/voices.py``. Synthesizers proper are in ``audio/machines.py``, drums in
``audio/drum_synth.py``. Nothing here knows scores or mixing.
"""

import math
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray

from musiclm.audio.drum_synth import KITS, drum_hit
from musiclm.audio.machines import MACHINES, Sounding
from musiclm.audio.tones import Kept, Tone, TonesOf, dying_away, length_step
from musiclm.audio.voices import VOICES, Voice
from musiclm.audio.waveform import Waveform
from musiclm.errors import ConfigError
from musiclm.tokens.timing import seconds_to_samples

_TABLE_SIZE = 4096
_BAND_EDGES = (2, 7)  # harmonics 1-2, 3-7 and 8 upwards
_MAX_HARMONICS = 48
_VIBRATO_DELAY_SECONDS = 0.25
_FORCE_STEP = 16  # near forces sound alike
_HATS = (42, 44, 46)
_KEPT: Kept[tuple[Tone, ...]] = Kept(120_000_000)

Stereo = Float[np.ndarray, "2 N"]


def own_tones(voice: str, sample_rate: int) -> TonesOf:
    """Who makes the tones of one of our voices.

    Args:
        voice: A key of ``VOICES``, ``MACHINES`` or ``KITS``; keys of a kit are General MIDI drums.
        sample_rate: Hz.

    Raises:
        ConfigError: No such voice.
    """
    if voice in KITS:
        return lambda key, _velocity, _held: (_drum(voice, round(key), sample_rate),)
    if voice in MACHINES:
        release = MACHINES[voice].release_seconds
    elif voice in VOICES:
        release = 5.0 * VOICES[voice].release
    else:
        known = ", ".join(sorted([*VOICES, *MACHINES, *KITS]))
        raise ConfigError(f"no voice {voice!r}: choose one of {known}")

    def tones(key: float, velocity: int, held_seconds: float) -> tuple[Tone, ...]:
        force = min(127, _FORCE_STEP * (velocity // _FORCE_STEP) + _FORCE_STEP // 2)
        step = length_step(held_seconds + release)
        name = (voice, round(100 * key), force, step, sample_rate)
        kept = _KEPT.get(name)
        if kept is None:
            samples = _held(voice, round(100 * key), force, step, sample_rate)
            kept = (Tone(samples, release),)
            _KEPT.keep(name, kept, samples.nbytes)
        return kept

    return tones


def _held(voice: str, cents: int, force: int, seconds: float, sample_rate: int) -> Stereo:
    """What a key sounds while it is held; the same every time."""
    rng = np.random.default_rng([cents, force])
    time = np.arange(seconds_to_samples(seconds, sample_rate), dtype=np.float32)
    time /= np.float32(sample_rate)
    hertz = 440.0 * 2.0 ** ((cents / 100.0 - 69.0) / 12.0)
    if voice in MACHINES:
        ask = Sounding(hertz, force / 127.0, time, sample_rate, rng)
        samples = np.array(MACHINES[voice].make(ask), np.float32)
        dying_away(samples, seconds, sample_rate)
    else:
        mono = _note(VOICES[voice], cents / 100.0, force, time, sample_rate, rng)
        dying_away(mono, seconds, sample_rate)
        samples = np.broadcast_to(mono, (2, len(mono)))
    samples.setflags(write=False)
    return samples


def _drum(kit: str, key: int, sample_rate: int) -> Tone:
    """One stroke; hats silence each other."""
    hit = drum_hit(kit, key, sample_rate)
    return Tone(np.broadcast_to(hit, (2, len(hit))), 0.3, choke=int(key in _HATS))


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
    time: NDArray[np.float32],
    sample_rate: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """One held note at full velocity; velocity only decides how bright it is."""
    hz = 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)
    n = len(time)
    phases = rng.random(voice.unison)
    noise = _noise(sample_rate)[int(rng.integers(sample_rate)) :]
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
