"""Whole audio files in, waveforms out, and back.

Writing encodes in memory, so that it can go to a socket as well as to a file. For sound that is
too long for memory, and for what is accepted for reading, see ``audio/blocks.py``.
"""

import io
import logging
import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray

from musiclm.audio.blocks import BLOCK_SAMPLES, AudioFile, int16_frames
from musiclm.audio.files import write_file
from musiclm.audio.resample import resample
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError
from musiclm.tokens.timing import Seconds, seconds_to_samples

__all__ = [
    "AudioFormat",
    "Sink",
    "decode_samples",
    "encode_audio",
    "format_of",
    "read_audio",
    "write_audio",
    "write_file",
]

AudioFormat = Literal["wav", "flac", "ogg"]


@runtime_checkable
class Sink(Protocol):
    """Where bytes can go: an open binary file, a socket's file, a ``BytesIO``."""

    def write(self, content: bytes, /) -> object:
        """Take all of ``content``."""

    def flush(self) -> object:
        """Pass on what was taken."""


_SUFFIXES: dict[str, AudioFormat] = {".wav": "wav", ".flac": "flac", ".ogg": "ogg"}
_RIFF_TAGS = {
    "title": b"INAM",
    "artist": b"IART",
    "comment": b"ICMT",
    "software": b"ISFT",
    "date": b"ICRD",
    "album": b"IPRD",
    "genre": b"IGNR",
    "copyright": b"ICOP",
}

_log = logging.getLogger(__name__)


def read_audio(
    path: Path,
    *,
    sample_rate: int | None = None,
    n_channels: int | None = None,
    start_seconds: Seconds = 0.0,
    seconds: Seconds | None = None,
) -> Waveform:
    """Read a file, or a part of it.

    Args:
        path: WAV, FLAC, Ogg or MP3.
        sample_rate: Rate wanted, Hz; the file's own by default.
        n_channels: 1 mixes down, 2 doubles mono; the file's own by default.
        start_seconds: Where to begin in the file.
        seconds: How much to read; to the end by default. A shorter rest is no error.

    Raises:
        AudioError: Missing, unreadable, cut off, of a refused encoding, empty, or not finite.
    """
    with AudioFile(path) as file:
        rate = file.sample_rate
        most = None if seconds is None else seconds_to_samples(seconds, rate)
        blocks = list(file.blocks(start=seconds_to_samples(start_seconds, rate), most=most))
    if not blocks:
        raise AudioError(f"{path} holds no samples after {float(start_seconds)} seconds")
    samples = torch.cat(blocks, dim=1)
    samples = _with_channels(samples, n_channels, path)
    if sample_rate is not None:
        samples, rate = resample(samples, rate, sample_rate), sample_rate
    return Waveform(samples, rate)


def decode_samples(content: bytes) -> NDArray[np.int16]:
    """Decode a sound file that lies inside another file, as sound fonts hold Ogg files.

    Args:
        content: The whole bytes of a WAV, FLAC or Ogg file.

    Returns:
        16-bit samples ``[N, C]``, at the file's own rate.

    Raises:
        AudioError: These bytes are no such file.
    """
    try:
        samples, _ = soundfile.read(io.BytesIO(content), dtype="int16", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise AudioError(f"these bytes cannot be read as audio: {error.error_string}") from None
    decoded: NDArray[np.int16] = samples
    return decoded


def write_audio(
    target: Path | Sink,
    waveform: Waveform,
    *,
    format: AudioFormat | None = None,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Write an audio file, 16 bits a sample; beyond full scale it clips and logs a warning.

    Args:
        target: A path, replaced only when everything is written, or a binary file object.
        waveform: Finite samples, at least one.
        format: ``"wav"``, ``"flac"``, or ``"ogg"``, which loses what is hardly heard; by default
            the suffix of the path (WAV for a file object).
        tags: Facts for the file's own tags: title, artist, comment, software, date, album,
            genre, copyright. Written as WAV INFO, FLAC or Ogg comments, UTF-8.

    Raises:
        AudioError: Not finite, empty, an unknown suffix, format or tag.
        OSError: The target cannot be written.
    """
    # In memory first: libsndfile swallows what a full disk says, and writes a broken file.
    encoded = _encoded(waveform, format=format or format_of(target), tags=tags).getbuffer()
    if isinstance(target, Path):
        write_file(target, encoded)
    else:
        target.write(bytes(encoded))
        target.flush()


def encode_audio(
    waveform: Waveform,
    *,
    format: AudioFormat = "wav",
    tags: Mapping[str, str] | None = None,
    quality: float = 0.4,
) -> bytes:
    """The bytes of an audio file, see ``write_audio``.

    Args:
        waveform: As for ``write_audio``.
        format: As for ``write_audio``.
        tags: As for ``write_audio``.
        quality: Of Ogg Vorbis, 0 to 1; 0.4 is about 100 kbit/s of stereo music.
    """
    return _encoded(waveform, format=format, tags=tags, quality=quality).getvalue()


def _encoded(
    waveform: Waveform,
    *,
    format: AudioFormat,
    tags: Mapping[str, str] | None,
    quality: float = 0.4,
) -> io.BytesIO:
    """An audio file in memory, without a copy."""
    samples = waveform.samples.detach().to("cpu", torch.float32)
    if waveform.n_samples == 0:
        raise AudioError("there are no samples to write: generate at least one")
    if not math.isfinite(peak := waveform.peak()):
        raise AudioError("samples must be finite to be written, got NaN or infinity")
    if peak > 1.0:
        _log.warning("peak %.3f is above full scale and is clipped: normalize before", peak)
    if unknown := sorted(set(tags or {}) - set(_RIFF_TAGS)):
        raise AudioError(f"unknown tag(s) {', '.join(unknown)}: use {', '.join(_RIFF_TAGS)}")
    file = io.BytesIO()
    with soundfile.SoundFile(
        file,
        "w",
        samplerate=waveform.sample_rate,
        channels=waveform.n_channels,
        format=format.upper(),
        subtype="VORBIS" if format == "ogg" else "PCM_16",
        **({"compression_level": 1.0 - quality} if format == "ogg" else {}),
    ) as sound:
        for tag, text in (tags or {}).items() if format != "wav" else ():
            setattr(sound, tag, text)
        # In blocks to save memory; and one long block overflows the stack of the Vorbis encoder.
        for start in range(0, waveform.n_samples, BLOCK_SAMPLES):
            frames = int16_frames(samples[:, start : start + BLOCK_SAMPLES])
            sound.write(np.ascontiguousarray(frames.numpy()))
    if tags and format == "wav":
        _add_info(file, tags)
    return file


def format_of(target: Path | Sink) -> AudioFormat:
    """The format that a path's suffix names; WAV for a file object.

    Raises:
        AudioError: The suffix is none of ``.wav``, ``.flac`` and ``.ogg``.
    """
    if not isinstance(target, Path):
        return "wav"
    suffix = target.suffix.lower()
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    raise AudioError(f'the output must end in .wav, .flac or .ogg, got "{target.name}"')


def _add_info(file: io.BytesIO, tags: Mapping[str, str]) -> None:
    """Append the tags as a RIFF INFO list (libsndfile drops tags of more than 2,048 bytes)."""
    info = b"INFO"
    for tag, text in tags.items():
        content = text.replace("\0", " ").encode() + b"\0"
        info += _chunk(_RIFF_TAGS[tag], content)
    end = file.seek(0, io.SEEK_END)
    file.write(bytes(end % 2) + _chunk(b"LIST", info))
    size = file.tell() - 8
    file.seek(4)
    file.write(struct.pack("<I", size))
    file.seek(0, io.SEEK_END)


def _chunk(name: bytes, content: bytes) -> bytes:
    """A RIFF chunk: name, length, content, and a byte more if the length is odd."""
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def _with_channels(samples: torch.Tensor, n_channels: int | None, path: Path) -> torch.Tensor:
    """Mix down to mono, or double mono; other changes have no single right answer."""
    have = samples.shape[0]
    if n_channels is None or n_channels == have:
        return samples
    if n_channels == 1:
        return samples.mean(dim=0, keepdim=True)
    if have == 1:
        return samples.repeat(n_channels, 1)
    raise AudioError(f"{path} has {have} channels, wanted {n_channels}: mix it down before")
