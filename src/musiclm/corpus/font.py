"""Parts of a score in, the sound-font performance out: stereo samples of all parts in one pass.

A sound font is a file of recorded instruments. ``tinysoundfont`` plays it faster than a hundred
times real time; it is an optional dependency, imported only here. This file schedules notes and
sets the channels; it neither mixes nor knows where the notes come from.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from musiclm.corpus.font_levels import HAT_KEYS, INSTRUMENT_DB, KIT_DB, RIDE_KEYS
from musiclm.corpus.instruments import Instrument
from musiclm.errors import ConfigError, DataError
from musiclm.tokens.timing import seconds_to_samples

ENVIRONMENT_VARIABLE = "MUSICLM_SOUND_FONT"
_FOLDERS = ("/usr/share/sounds/sf2", "/usr/share/sounds/sf3", "/usr/share/soundfonts")
# The fonts that the gain table was balanced with come first.
_PREFERRED = ("FluidR3_GM.sf2", "MuseScore_General_Full.sf3", "MuseScore_General.sf3")
# Channel volume can only attenuate, so every channel starts this far down and has room to rise.
_HEADROOM_DB = 30.0
# Notes start on a grid of 1.3 ms: far below what is heard, and much faster than exact samples.
_GRID_SAMPLES = 32
_MAX_VOICES = 256
_FLUSH_SECONDS = 0.1
_MAX_CHANNELS = 32


@dataclass(frozen=True, slots=True)
class TimedNote:
    """One note in seconds."""

    start_seconds: float
    end_seconds: float
    pitch: int
    velocity: int  # 1..127


@dataclass(frozen=True, slots=True)
class TimedPart:
    """One instrument's notes in seconds, and where it sits in the mix."""

    instrument: Instrument
    notes: Sequence[TimedNote]
    pan: float  # -1 left .. 1 right
    gain_db: float
    tuning_cents: float = 0.0


def find_sound_font(environment: Mapping[str, str] | None = None) -> Path:
    """Find a General MIDI sound font on this computer.

    Looks at the environment variable ``MUSICLM_SOUND_FONT``, then where Linux distributions keep
    sound fonts.

    Args:
        environment: What to read the variable from; the process environment by default.

    Raises:
        DataError: There is none, or the variable names a file that does not exist.
    """
    named = (os.environ if environment is None else environment).get(ENVIRONMENT_VARIABLE)
    if named:
        return check_sound_font(Path(named))
    found = [
        path
        for folder in _FOLDERS
        for pattern in ("*.sf2", "*.sf3")
        for path in sorted(Path(folder).glob(pattern))
        if path.is_file()
    ]
    if not found:
        raise DataError(
            "no sound font on this computer: install one (`apt-get install fluid-soundfont-gm`), "
            f"name a file in the environment variable {ENVIRONMENT_VARIABLE}, or take "
            "musiclm's own synthesizers with `--sound own`"
        )

    def rank(path: Path) -> int:
        return _PREFERRED.index(path.name) if path.name in _PREFERRED else len(_PREFERRED)

    return min(found, key=rank)


def check_sound_font(path: Path) -> Path:
    """Return ``path`` if a sound font may be there.

    Raises:
        DataError: No such file, or the ending is not that of a sound font.
    """
    if path.suffix.lower() not in (".sf2", ".sf3"):
        raise DataError(f"{path} is no sound font: expected a file ending in .sf2 or .sf3")
    if not path.is_file():
        raise DataError(f"no sound font at {path}: check the path, or use `--sound auto`")
    return path


def play_parts(
    font: Path, parts: Sequence[TimedPart], *, n_samples: int, sample_rate: int
) -> Float[np.ndarray, "2 N"]:
    """Play all parts at once.

    The first call in a process loads the font (a second or more); later calls reuse it, so this
    is for one thread at a time.

    Args:
        font: A sound-font file.
        parts: At most 32; each gets its own channel, a drum kit three.
        n_samples: Length of the result; notes that start later are not played.
        sample_rate: Of the result.

    Raises:
        ConfigError: More than 32 parts.
        DataError: The font cannot be read, or ``tinysoundfont`` is not installed.
    """
    parts = [level for part in parts for level in _levelled(part)]
    if len(parts) > _MAX_CHANNELS:
        raise ConfigError(
            f"a sound font plays {_MAX_CHANNELS} parts at once (a drum kit counts as three), "
            f"got {len(parts)}: drop some"
        )
    synth, font_id = _load(font, sample_rate)
    synth.soundfonts[font_id].reset()
    # Voices that were cut off fade for a hundredth of a second; it must not be in this piece.
    synth.generate_simple(seconds_to_samples(_FLUSH_SECONDS, sample_rate))
    for channel, part in enumerate(parts):
        _set_channel(synth, font_id, channel, part)
    return _render(synth, _events(parts, sample_rate), n_samples)


@lru_cache(maxsize=1)
def _load(font: Path, sample_rate: int) -> tuple[Any, int]:
    """One loaded synthesizer per process."""
    try:
        import tinysoundfont
    except ImportError:
        raise DataError(
            "playing a sound font needs the package tinysoundfont: run "
            "`pip install --no-deps tinysoundfont`, or use `--sound own`"
        ) from None
    synth = tinysoundfont.Synth(samplerate=sample_rate)
    try:
        return synth, synth.sfload(str(font), max_voices=_MAX_VOICES)
    except Exception as error:  # the library raises bare RuntimeErrors
        raise DataError(f"cannot read the sound font {font}: {error}") from None


def _levelled(part: TimedPart) -> list[TimedPart]:
    """Even out the recording levels; a kit becomes skins, hats and rides with their own."""
    if not part.instrument.is_drums:
        correction = INSTRUMENT_DB.get(part.instrument.key, 0.0)
        return [replace(part, gain_db=part.gain_db + correction)]
    kit = KIT_DB.get(part.instrument.key, KIT_DB["standard_kit"])
    hats = [note for note in part.notes if note.pitch in HAT_KEYS]
    rides = [note for note in part.notes if note.pitch in RIDE_KEYS]
    skins = [note for note in part.notes if note.pitch not in HAT_KEYS + RIDE_KEYS]
    return [
        replace(part, notes=notes, gain_db=part.gain_db + kit.whole + extra)
        for notes, extra in ((skins, 0.0), (hats, kit.hats), (rides, kit.rides))
        if notes
    ]


def _set_channel(synth: Any, font_id: int, channel: int, part: TimedPart) -> None:
    """Choose the instrument, its place and its level."""
    instrument = part.instrument
    program = instrument.program
    if synth.sfpreset_name(font_id, instrument.bank, program) is None:
        program = 0  # a font without this preset still has a piano or a standard kit
    synth.program_select(channel, font_id, instrument.bank, program, instrument.is_drums)
    # The synthesizer cubes the 14-bit volume, so the cube root gives the gain that we mean.
    gain_db = min(0.0, part.gain_db - _HEADROOM_DB)
    _set_14_bits(synth, channel, 7, 10 ** (gain_db / 60))
    _set_14_bits(synth, channel, 10, (1 + max(-1.0, min(1.0, part.pan))) / 2)
    synth.set_tuning(channel, part.tuning_cents / 100)


def _set_14_bits(synth: Any, channel: int, control: int, value: float) -> None:
    """Set a MIDI controller (coarse, and fine at ``control + 32``) from 0..1."""
    bits = round(value * 16383)
    synth.control_change(channel, control, bits >> 7)
    synth.control_change(channel, control + 32, bits & 127)


def _events(parts: Sequence[TimedPart], sample_rate: int) -> list[tuple[int, bool, int, int, int]]:
    """(sample, is_on, channel, pitch, velocity) in time order; offs come before ons."""
    events = []
    for channel, part in enumerate(parts):
        for note in part.notes:
            start, end = (
                _GRID_SAMPLES * round(seconds_to_samples(seconds, sample_rate) / _GRID_SAMPLES)
                for seconds in (max(0.0, note.start_seconds), max(0.0, note.end_seconds))
            )
            events.append((start, True, channel, note.pitch, note.velocity))
            events.append((max(end, start + _GRID_SAMPLES), False, channel, note.pitch, 0))
    return sorted(events)


def _render(
    synth: Any, events: Sequence[tuple[int, bool, int, int, int]], n_samples: int
) -> NDArray[np.float32]:
    """Alternate between sounding and switching notes."""
    interleaved = np.zeros((n_samples, 2), np.float32)
    memory = interleaved.data.cast("B")
    n_bytes = interleaved.itemsize * 2
    done = 0
    for sample, is_on, channel, pitch, velocity in events:
        if sample >= n_samples:
            break
        if sample > done:
            synth.generate_simple(sample - done, buffer=memory[done * n_bytes : sample * n_bytes])
            done = sample
        if is_on:
            synth.noteon(channel, pitch, velocity)
        else:
            synth.noteoff(channel, pitch)
    synth.generate_simple(n_samples - done, buffer=memory[done * n_bytes :])
    return np.ascontiguousarray(interleaved.T)
