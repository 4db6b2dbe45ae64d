"""A score in, a stereo waveform out: played by a sound font or by our own synthesizers, then mixed.

The same score, sound, rate and seed always give the same samples. Who plays is a ``Sound``;
how it is mixed follows ``score.production``. Writing files is the business of ``build.py``.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from musiclm.audio.synth import play_notes
from musiclm.audio.waveform import Waveform
from musiclm.corpus.font import (
    TimedNote,
    TimedPart,
    check_sound_font,
    find_sound_font,
    play_parts,
)
from musiclm.corpus.instruments import instrument_of
from musiclm.corpus.mix import brighten, duck, echo, master, saturate, wear
from musiclm.corpus.score import Score
from musiclm.tokens.timing import seconds_to_samples

LOUDNESS_TARGET_DB = -16.0
TAIL_SECONDS = 1.2
_FADE_SECONDS = 0.8
_DETUNE_CENTS = 4.0
_DEFAULT_PRODUCTION = {
    "reverb": 0.3,
    "brightness": 0.5,
    "sidechain": 0.0,
    "drive": 0.0,
    "vinyl": 0.0,
}
# Drums stand closer: full echo on a kick would drown the bass.
_DRUM_SEND = 0.4
_KICK_KEYS = (35, 36)


@dataclass(frozen=True, slots=True)
class Sound:
    """Who plays: a sound-font file, or our own synthesizers where there is none."""

    font: Path | None = None

    @property
    def name(self) -> str:
        """``own``, or the file name of the font: what a corpus records."""
        return "own" if self.font is None else self.font.name


OWN_SOUND = Sound()


def sound_from_name(name: str) -> Sound:
    """``own``, ``auto`` (the best sound font of this computer) or the path of a sound font.

    Raises:
        DataError: No font found, or no such file.
    """
    if name == "own":
        return OWN_SOUND
    if name == "auto":
        return Sound(find_sound_font())
    return Sound(check_sound_font(Path(name)))


def render(score: Score, *, sound: Sound, sample_rate: int = 24_000, seed: int = 0) -> Waveform:
    """Play and mix ``score``.

    Args:
        score: What to play; its length plus a tail becomes the length of the waveform.
        sound: Who plays.
        sample_rate: Of the result, in Hz.
        seed: Draws the room and each player's small detuning, together with ``score.seed``.

    Raises:
        ConfigError: An instrument is unknown, or there are more than 16 parts.
        DataError: The sound font cannot be read.
    """
    rng = np.random.default_rng([seed, score.seed])
    parts = timed_parts(score, rng)
    n_samples = seconds_to_samples(score.seconds() + TAIL_SECONDS, sample_rate)
    drums, band = (
        _play(
            [part for part in parts if part.instrument.is_drums == wanted],
            sound=sound,
            n_samples=n_samples,
            sample_rate=sample_rate,
            rng=rng,
        )
        for wanted in (True, False)
    )
    production = _DEFAULT_PRODUCTION | score.production
    band = duck(
        band,
        onsets_seconds=_kicks(parts),
        depth=production["sidechain"],
        sample_rate=sample_rate,
    )
    wet = echo(
        band + np.float32(_DRUM_SEND) * drums,
        amount=production["reverb"],
        sample_rate=sample_rate,
        rng=rng,
    )
    driven = saturate(band + drums + wet, amount=production["drive"])
    worn = wear(driven, amount=production["vinyl"], sample_rate=sample_rate, rng=rng)
    coloured = brighten(worn, brightness=production["brightness"], sample_rate=sample_rate)
    mixed = master(
        coloured,
        loudness_target_db=LOUDNESS_TARGET_DB + _loudness_offset_db(score),
        fade_seconds=_FADE_SECONDS,
        sample_rate=sample_rate,
    )
    return Waveform(torch.from_numpy(np.ascontiguousarray(mixed, np.float32)), sample_rate)


def timed_parts(score: Score, rng: np.random.Generator) -> list[TimedPart]:
    """The parts of ``score`` in seconds, each player a few cents off the common pitch."""
    return [
        TimedPart(
            instrument=instrument_of(part.instrument),
            notes=[
                TimedNote(
                    score.beat_to_seconds(note.start),
                    score.beat_to_seconds(note.end),
                    note.pitch,
                    note.velocity,
                )
                for note in part.notes
            ],
            pan=part.pan,
            gain_db=part.gain_db,
            tuning_cents=float(rng.uniform(-_DETUNE_CENTS, _DETUNE_CENTS)),
        )
        for part in score.parts
    ]


def _loudness_offset_db(score: Score) -> float:
    """Quiet pieces stay a little quieter, so that "soft" and "loud" are true of the file."""
    n_bars = score.n_bars
    if not n_bars:
        return 0.0
    mean = sum(section.intensity * section.n_bars for section in score.sections) / n_bars
    return max(-3.0, min(2.0, 8.0 * (mean - 0.6)))


def _kicks(parts: list[TimedPart]) -> list[float]:
    """When bass drums strike, in seconds."""
    return sorted(
        note.start_seconds
        for part in parts
        if part.instrument.is_drums
        for note in part.notes
        if note.pitch in _KICK_KEYS
    )


def _play(
    parts: list[TimedPart],
    *,
    sound: Sound,
    n_samples: int,
    sample_rate: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Some of the parts together, dry."""
    if not parts:
        return np.zeros((2, n_samples), np.float32)
    if sound.font is None:
        return _play_own(parts, n_samples=n_samples, sample_rate=sample_rate, rng=rng)
    return play_parts(sound.font, parts, n_samples=n_samples, sample_rate=sample_rate)


def _play_own(
    parts: list[TimedPart], *, n_samples: int, sample_rate: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Each part on its own synthesizer, placed with constant power."""
    mixed = np.zeros((2, n_samples), np.float32)
    for part in parts:
        if not part.notes:
            continue
        mono = play_notes(
            part.instrument.own_voice,
            starts_seconds=[note.start_seconds for note in part.notes],
            ends_seconds=[note.end_seconds for note in part.notes],
            pitches=[note.pitch + part.tuning_cents / 100 for note in part.notes],
            velocities=[note.velocity for note in part.notes],
            n_samples=n_samples,
            sample_rate=sample_rate,
            rng=rng,
        )
        angle = (1 + max(-1.0, min(1.0, part.pan))) * np.pi / 4
        gain = 10.0 ** (part.gain_db / 20)
        mixed[0] += np.float32(gain * np.cos(angle)) * mono
        mixed[1] += np.float32(gain * np.sin(angle)) * mono
    return mixed
