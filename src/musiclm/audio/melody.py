"""A recording from anywhere in, one channel at a wanted rate out: the tune that music shall follow.

What can be wrong with a melody that a person gives is said here, in one message each. It does not
take the tune out of the recording: see ``audio/chroma.py``.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.audio.blocks import AudioFile
from musiclm.audio.chroma import SAMPLE_RATE
from musiclm.audio.loudness import is_silent
from musiclm.audio.resample import resample_blocks
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError
from musiclm.tokens.timing import seconds_to_samples

LONGEST_SECONDS = 600
"""As long as the longest piece that is made."""
MOST_CHANNELS = 2
"""Beyond stereo it is not told which channels carry the tune."""

MelodySource = (
    Path | str | Waveform | tuple[Float[Tensor, " N"], int] | tuple[Float[Tensor, "C N"], int]
)
"""A file, a waveform, or samples and their rate in Hz."""


@dataclass(frozen=True, slots=True)
class Melody:
    """A recording that is ready for its tune to be taken."""

    waveform: Waveform  # mono, float32, on the CPU
    silent: bool  # whether nothing in it can be heard, so that no tune will be found


def read_melody(source: MelodySource, *, sample_rate: int = SAMPLE_RATE) -> Melody:
    """Read a recording, mix it to mono and bring it to a sample rate.

    Args:
        source: WAV, FLAC, Ogg or MP3 file, or samples; at most 600 seconds and two channels.
        sample_rate: Rate wanted, Hz.

    Raises:
        AudioError: Missing or unreadable; no samples; more than two channels; longer than 600
            seconds; not finite; a rate below 1 Hz.

    Example:
        >>> melody = read_melody((torch.zeros(2, 48_000), 48_000))
        >>> melody.waveform.samples.shape, melody.silent
        (torch.Size([1, 32000]), True)
    """
    if isinstance(source, str | os.PathLike):
        name = str(source)
        given = _from_file(Path(source))
    else:
        name = "the melody"
        given = source if isinstance(source, Waveform) else _from_samples(*source)
    if given.n_samples == 0:
        raise AudioError(f"{name} holds no samples: give a recording of a tune")
    _check_channels(given.n_channels, name)
    if given.n_samples > seconds_to_samples(LONGEST_SECONDS, given.sample_rate):
        raise _too_long(name)
    samples = given.samples.detach().to("cpu", torch.float32)
    if not bool(torch.isfinite(samples).all()):
        raise AudioError(
            f"{name} holds samples that are not finite (NaN, or beyond float32): export it again"
        )
    mono = samples.mean(dim=0, keepdim=True)
    # By blocks, because then even one sample of a higher rate does not become none.
    at_rate = resample_blocks([mono], given.sample_rate, sample_rate)
    melody = Waveform(torch.cat(list(at_rate), dim=1), sample_rate)
    return Melody(melody, silent=is_silent(melody))


def _from_file(path: Path) -> Waveform:
    """All of a file, but no more memory than the longest melody needs."""
    with AudioFile(path) as file:
        _check_channels(file.n_channels, str(path))
        most = seconds_to_samples(LONGEST_SECONDS, file.sample_rate)
        blocks = [torch.zeros(file.n_channels, 0)]
        n_read = 0
        for block in file.blocks():
            blocks.append(block)
            n_read += block.shape[1]
            if n_read > most:
                raise _too_long(str(path))
        return Waveform(torch.cat(blocks, dim=1), file.sample_rate)


def _from_samples(samples: Tensor, sample_rate: int) -> Waveform:
    """Samples without an axis for channels are mono."""
    return Waveform(samples[None] if samples.ndim == 1 else samples, sample_rate)


def _check_channels(n_channels: int, name: str) -> None:
    if not 1 <= n_channels <= MOST_CHANNELS:
        raise AudioError(
            f"{name} has {n_channels} channels, a melody has 1 or {MOST_CHANNELS}: mix it down "
            "before"
        )


def _too_long(name: str) -> AudioError:
    return AudioError(
        f"{name} is longer than {LONGEST_SECONDS} seconds, the longest melody that is read: cut "
        "out the part that is wanted"
    )
