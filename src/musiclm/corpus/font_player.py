"""Keys of a sound font in, stereo tones out, and whole parts made of them.

A tone is what a key sounds as long as it is held; it is made once (resampled, filtered, shaped by
its envelopes) and kept, and every note that needs it is a copy of its beginning and a release.
That is what makes minutes of music take a second. Lengths and forces are rounded before a tone is
made, so what is heard never depends on what was kept. Levels, places and rooms are the mix's.
"""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray

from musiclm.audio.filters import low_pass
from musiclm.audio.tones import Kept, Tone, dying_away, length_step
from musiclm.corpus.soundfont import Envelope, SoundFont, Wobble, Zone, open_sound_font
from musiclm.tokens.timing import seconds_to_samples

_FORCE_STEP = 16
_LONGEST_RELEASE = 3.0
_SHORTEST_RELEASE = 0.02  # anything faster clicks
_FALL_DB = 96.0  # what an envelope means by "all the way"
_KEPT_TONE_BYTES = 200_000_000
_KEPT_WAVE_BYTES = 50_000_000
_KEPT_RECORDING_BYTES = 150_000_000


class TonePlayer:
    """One sound font at one rate, and the tones already made."""

    def __init__(self, font: SoundFont, sample_rate: int) -> None:
        self.font = font
        self.sample_rate = sample_rate
        self._tones: Kept[tuple[Tone, ...]] = Kept(_KEPT_TONE_BYTES)
        self._waves: Kept[NDArray[np.float32]] = Kept(_KEPT_WAVE_BYTES)
        self._recordings: Kept[tuple[NDArray[np.int16], int]] = Kept(_KEPT_RECORDING_BYTES)
        self._resolved: dict[tuple[int, int, int, int], list[Zone]] = {}

    def tones(
        self, bank: int, program: int, key: int, velocity: int, held_seconds: float
    ) -> tuple[Tone, ...]:
        """What a key sounds when it is held so long and let go, or until it has died away.

        Args:
            bank: Of the font.
            program: Of the bank; a font without it plays the bank's first one.
            key: MIDI key.
            velocity: 1..127; near ones sound alike, how loud they are is the caller's business.
            held_seconds: How long the key is held.
        """
        force = min(127, _FORCE_STEP * (velocity // _FORCE_STEP) + _FORCE_STEP // 2)
        zones = self._zones(bank, program, key, force)
        if not zones:
            return ()
        release = max(_heard_release(zone) for zone in zones)
        step = length_step(held_seconds + release)
        name = (bank, program, key, force, step)
        kept = self._tones.get(name)
        if kept is None:
            kept = tuple(self._make(zones, step))
            self._tones.keep(name, kept, sum(tone.samples.nbytes for tone in kept))
        return kept

    def _zones(self, bank: int, program: int, key: int, force: int) -> list[Zone]:
        """The zones of a key, looked up once."""
        name = (bank, program, key, force)
        if name not in self._resolved:
            there = program if self.font.has(bank, program) else 0
            self._resolved[name] = self.font.zones(bank, there, key, force)
        return self._resolved[name]

    def _make(self, zones: Sequence[Zone], seconds: float) -> Iterator[Tone]:
        """The zones that end alike, together in stereo."""
        groups: dict[tuple[float, int], list[Zone]] = {}
        for zone in zones:
            groups.setdefault((zone.envelope.release, zone.choke), []).append(zone)
        for (_, choke), alike in groups.items():
            sides = [(zone, self._zone(zone, seconds)) for zone in alike]
            stereo = np.zeros((2, max(len(mono) for _, mono in sides)), np.float32)
            for zone, mono in sides:
                angle = (1.0 + zone.pan) * math.pi / 4.0
                gain = 10.0 ** (zone.gain_db / 20.0)
                stereo[0, : len(mono)] += np.float32(gain * math.cos(angle)) * mono
                stereo[1, : len(mono)] += np.float32(gain * math.sin(angle)) * mono
            dying_away(stereo, seconds, self.sample_rate)
            stereo.setflags(write=False)
            yield Tone(stereo, _heard_release(alike[0]), choke)

    def _zone(self, zone: Zone, seconds: float) -> NDArray[np.float32]:
        """One zone as held: pitch, filter and loudness over time."""
        rate = self.sample_rate
        time = np.arange(seconds_to_samples(seconds, rate), dtype=np.float32) / np.float32(rate)
        moved = zone.movement_pitch or zone.movement_filter
        movement = _shape(zone.movement, time, 1.0, linear=True) if moved else None
        cents = _wobble(zone.vibrato, time, zone.vibrato.cents)
        cents = _sum(cents, _wobble(zone.tremolo, time, zone.tremolo.cents))
        if movement is not None and zone.movement_pitch:
            cents = _sum(cents, np.float32(zone.movement_pitch) * movement)
        sound = self._pitched(zone, seconds, cents)
        time = time[: len(sound)]
        octaves = np.float32(math.log2(zone.cutoff_hertz))
        sweep = _wobble(zone.tremolo, time, zone.tremolo.filter_cents)
        if movement is not None and zone.movement_filter:
            sweep = _sum(sweep, np.float32(zone.movement_filter) * movement[: len(sound)])
        sound = low_pass(
            sound,
            octaves if sweep is None else octaves + sweep / np.float32(1_200.0),
            resonance_db=zone.resonance_db,
            sample_rate=rate,
        )
        level = _shape(zone.envelope, time, -zone.envelope.sustain, linear=False)
        swell = _wobble(zone.tremolo, time, zone.tremolo.decibels)
        if swell is not None:
            level = level * np.power(np.float32(10.0), swell / np.float32(20.0))
        return sound * level

    def _pitched(
        self, zone: Zone, seconds: float, cents: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        """The recording at the wanted pitch, looped to the wanted length."""
        ratio = 2.0 ** (zone.semitones / 12.0)
        if cents is None:
            return self._wave(zone, ratio, seconds)
        bend = np.power(np.float32(2.0), cents / np.float32(1_200.0)).astype(np.float64)
        positions = np.cumsum(bend) - bend[0]
        reach = length_step(float(positions[-1]) / self.sample_rate)
        wave = self._wave(zone, ratio, reach)
        inside = positions[: int(np.searchsorted(positions, len(wave) - 1))]
        return np.asarray(np.interp(inside, np.arange(len(wave)), wave), np.float32)

    def _wave(self, zone: Zone, ratio: float, seconds: float) -> NDArray[np.float32]:
        """A recording at ``ratio`` times its pitch, at our rate."""
        name = (zone.sample, zone.start_offset, *(zone.loop or (-1, -1)), ratio, seconds)
        kept = self._waves.get(name)
        if kept is None:
            recording, rate = self._recording(zone.sample)
            step = ratio * rate / self.sample_rate  # samples of the recording for one of ours
            needed = int(seconds * self.sample_rate * step) + 64
            source = _unrolled(recording[zone.start_offset :], zone, needed)
            resampled = soxr.resample(source, step, 1.0, quality="MQ")
            kept = np.ascontiguousarray(resampled[: seconds_to_samples(seconds, self.sample_rate)])
            self._waves.keep(name, kept, kept.nbytes)
        return kept

    def _recording(self, sample: int) -> tuple[NDArray[np.int16], int]:
        """A decoded recording: decoding again and again is slow where they are compressed."""
        kept = self._recordings.get(sample)
        if kept is None:
            kept = self.font.recording(sample)
            self._recordings.keep(sample, kept, kept[0].nbytes)
        return kept


@lru_cache(maxsize=16)
def player_of(path: Path, sample_rate: int) -> TonePlayer:
    """The player of a font; kept for the life of the process."""
    return TonePlayer(open_sound_font(path), sample_rate)


def _heard_release(zone: Zone) -> float:
    """Seconds from letting go to silence: 60 dB down is gone, the format's time is for 96."""
    heard = 60.0 / _FALL_DB * min(zone.envelope.release, _LONGEST_RELEASE)
    return max(_SHORTEST_RELEASE, heard)


def _unrolled(recording: NDArray[np.int16], zone: Zone, needed: int) -> NDArray[np.float32]:
    """At least ``needed`` samples where the loop gives them, else all there is."""
    if zone.loop is None:
        return _floats(recording[:needed])
    start, end = (max(0, point - zone.start_offset) for point in zone.loop)
    end = min(end, len(recording))
    if end - start < 2 or needed <= end:
        return _floats(recording[:needed])
    times = -(-(needed - end) // (end - start))
    looped = np.tile(recording[start:end], times)
    return _floats(np.concatenate([recording[:end], looped])[:needed])


def _floats(recording: NDArray[np.int16]) -> NDArray[np.float32]:
    """Between -1 and 1."""
    return np.asarray(recording, np.float32) / np.float32(32_768)


def _shape(
    envelope: Envelope, time: NDArray[np.float32], sustain: float, *, linear: bool
) -> NDArray[np.float32]:
    """An envelope as held: 0..1, falling along a line or along decibels.

    Args:
        envelope: Times; its own ``sustain`` counts when ``linear``.
        time: Seconds since the key was struck.
        sustain: In decibels below full, negative; ignored when ``linear``.
        linear: Whether the fall is a line.
    """
    top = envelope.delay + envelope.attack
    falling = np.maximum(time - np.float32(top + envelope.hold), 0) / np.float32(envelope.decay)
    if linear:
        shape = np.maximum(1.0 - falling, np.float32(envelope.sustain))
    else:
        decibels = np.maximum(np.float32(-_FALL_DB) * falling, np.float32(sustain))
        shape = np.exp(decibels * np.float32(math.log(10.0) / 20.0))
    # Recordings that begin loud have no attack of their own: a moment keeps them from clicking.
    attack = max(envelope.attack, 0.0015)
    n_rise = int(np.searchsorted(time, np.float32(envelope.delay + attack)))
    shape[:n_rise] *= np.maximum(0.0, (time[:n_rise] - envelope.delay) / attack)
    return np.asarray(shape, np.float32)


def _wobble(wobble: Wobble, time: NDArray[np.float32], depth: float) -> NDArray[np.float32] | None:
    """A triangle that sets in after its delay, as high as ``depth``; None where nothing moves."""
    if not depth or wobble.delay > 10.0:
        return None
    cycles = np.maximum(time - np.float32(wobble.delay), 0.0) * np.float32(wobble.hertz)
    return np.asarray(depth * (1.0 - 4.0 * np.abs((cycles + 0.25) % 1.0 - 0.5)), np.float32)


def _sum(
    first: NDArray[np.float32] | None, second: NDArray[np.float32] | None
) -> NDArray[np.float32] | None:
    """Add two movements, either of which may be none."""
    if first is None or second is None:
        return second if first is None else first
    return first + second
