"""Sound files in blocks of samples, and blocks of samples out to sound files: constant memory.

The only file that knows libsndfile as a stream; ``audio/io.py`` reads and writes whole files.
Reading accepts a short list of encodings (libsndfile's rarer decoders have a history of memory
errors) and believes no header: lengths are counted, not trusted, and nothing is allocated by them.
"""

import contextlib
import errno
import logging
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import soundfile
import torch
from jaxtyping import Float, Int16
from torch import Tensor

from musiclm.audio.files import whole_file
from musiclm.errors import AudioError

BLOCK_SAMPLES = 65_536
"""Samples a channel in one call: libsndfile's encoders overflow their stack on long writes."""
MOST_CHANNELS = 8
"""As many as the common surround layouts have; more is refused."""

_FULL_SCALE = 32_768
_LARGEST_WAV = 4_000_000_000  # Bytes; RF64, the WAV of 64-bit lengths, goes on from there.
_UNKNOWN_LENGTH = 2**62  # What libsndfile says where a FLAC stream does not tell is beyond it.
_SAFE_SUBTYPES = frozenset(
    "PCM_S8 PCM_U8 PCM_16 PCM_24 PCM_32 FLOAT DOUBLE VORBIS OPUS MPEG_LAYER_III".split()
)
_FORMATS = {".wav": ("WAV", "PCM_16"), ".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "VORBIS")}

_HALF = 0.5**0.5
_LEFT, _RIGHT, _BOTH, _NONE = (1.0, 0.0), (0.0, 1.0), (_HALF, _HALF), (0.0, 0.0)
_REAR_LEFT, _REAR_RIGHT = (_HALF, 0.0), (0.0, _HALF)
_LAYOUTS = {
    3: (_LEFT, _RIGHT, _BOTH),
    4: (_LEFT, _RIGHT, _REAR_LEFT, _REAR_RIGHT),
    5: (_LEFT, _RIGHT, _BOTH, _REAR_LEFT, _REAR_RIGHT),
    6: (_LEFT, _RIGHT, _BOTH, _NONE, _REAR_LEFT, _REAR_RIGHT),
    7: (_LEFT, _RIGHT, _BOTH, _NONE, (0.5, 0.5), _REAR_LEFT, _REAR_RIGHT),
    8: (_LEFT, _RIGHT, _BOTH, _NONE, _REAR_LEFT, _REAR_RIGHT, _REAR_LEFT, _REAR_RIGHT),
}
"""Weights of each channel in left and right, in the order of WAV and FLAC (ITU-R BS.775)."""

_log = logging.getLogger(__name__)


class _Forward(soundfile.SoundFile):  # type: ignore[misc]
    """A file that is read from front to back.

    Otherwise soundfile seeks after every block, which MP3 does inexactly, and FLAC of untold
    length not at all.
    """

    def seekable(self) -> bool:
        return False


class AudioFile:
    """A sound file that is open for reading, to be used in a ``with`` statement.

    Raises:
        AudioError: Missing, unreadable, of a refused encoding or more than 8 channels.
    """

    def __init__(self, path: Path) -> None:
        if path.is_dir():
            raise AudioError(f"{path} is a folder: give the path of a WAV, FLAC, Ogg or MP3 file")
        if not path.is_file():
            raise AudioError(f"no audio file {path}: give the path of a WAV, FLAC, Ogg or MP3 file")
        self.path = path
        try:
            self._file = _Forward(path)
        except soundfile.LibsndfileError as error:
            raise self._unreadable(error) from None
        except TypeError:  # So soundfile says that a name in .raw means samples without a header.
            raise AudioError(
                f"{path} cannot be read as audio: its name says it has no header: rename it"
            ) from None
        with contextlib.ExitStack() as stack:
            stack.callback(self._file.close)
            self._check()
            stack.pop_all()

    def _check(self) -> None:
        subtype, n_channels = self._file.subtype, int(self._file.channels)
        if subtype not in _SAFE_SUBTYPES:
            raise AudioError(
                f"{self.path} is encoded as {subtype}, which is refused: convert it to FLAC"
            )
        if n_channels > MOST_CHANNELS:
            raise AudioError(
                f"{self.path} has {n_channels} channels, at most {MOST_CHANNELS} are read: "
                "mix it down before"
            )
        self.sample_rate = int(self._file.samplerate)
        """In Hz."""
        self.n_channels = n_channels
        """1 to 8."""
        frames = int(self._file.frames)
        self.n_samples = frames if 0 <= frames < _UNKNOWN_LENGTH else None
        """Length that the header states, which may be a lie; None where it states none."""
        self.ordered_as_wav = self._file.format != "OGG"
        """Whether more than two channels come in the order of WAV and FLAC."""

    def __enter__(self) -> Self:
        """The file itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self._file.close()

    def blocks(self, *, start: int = 0, most: int | None = None) -> Iterator[Float[Tensor, "C _"]]:
        """The samples, at most 65,536 at a time.

        Args:
            start: Where to begin, in samples.
            most: Stop after so many samples; at the end of the file by default.

        Raises:
            AudioError: Damaged, cut off before the length that it states, or not finite.
        """
        n_read = 0
        try:
            if start:
                self._file.seek(start if self.n_samples is None else min(start, self.n_samples))
            while most is None or n_read < most:
                wanted = BLOCK_SAMPLES if most is None else min(BLOCK_SAMPLES, most - n_read)
                frames = self._file.read(wanted, dtype="float32", always_2d=True)
                if not len(frames):
                    break
                if not np.isfinite(frames).all():
                    raise AudioError(
                        f"{self.path} holds samples that are not finite: export it again"
                    )
                n_read += len(frames)
                yield torch.from_numpy(np.ascontiguousarray(frames.T))
        except soundfile.LibsndfileError as error:
            raise self._unreadable(error) from None
        stated = self.n_samples or 0
        # The length of an MP3 is often an estimate.
        if most is None and start + n_read < stated and self._file.subtype != "MPEG_LAYER_III":
            raise AudioError(
                f"{self.path} is cut off: it states {stated} samples and holds "
                f"{start + n_read}: copy or export it again"
            )

    def _unreadable(self, error: soundfile.LibsndfileError) -> AudioError:
        return AudioError(f"{self.path} cannot be read as audio: {error.error_string}")


class AudioWriter:
    """A sound file that is open for writing; made by ``write_blocks``."""

    def __init__(self, file: soundfile.SoundFile, path: Path, *, whole_numbers: bool) -> None:
        self._file = file
        self._path = path
        self._whole_numbers = whole_numbers
        self.peak = 0.0
        """Largest absolute sample so far, before clipping."""

    def write(self, samples: Float[Tensor, "C n"]) -> None:
        """Append samples; those beyond full scale are clipped.

        Raises:
            AudioError: Not finite.
            OSError: The disk is full.
        """
        whole = samples.detach().to("cpu", torch.float32)
        for start in range(0, whole.shape[1], BLOCK_SAMPLES):
            block = whole[:, start : start + BLOCK_SAMPLES]
            if not bool(torch.isfinite(block).all()):
                raise AudioError("samples must be finite to be written, got NaN or infinity")
            self.peak = max(self.peak, float(block.abs().max()))
            frames = int16_frames(block) if self._whole_numbers else block.clamp(-1, 1).T
            self._file.write(np.ascontiguousarray(frames.numpy()))


@contextlib.contextmanager
def write_blocks(
    path: Path, *, sample_rate: int, n_channels: int, n_samples: int
) -> Iterator[AudioWriter]:
    """Open a sound file for writing block by block; it appears under its name when it is whole.

    Args:
        path: ``.wav`` and ``.flac`` keep 16 bits a sample, ``.ogg`` is Vorbis.
        sample_rate: In Hz.
        n_channels: Audio channels.
        n_samples: How many will come: beyond 4 GB a WAV must say so in its first bytes (RF64).

    Raises:
        AudioError: Another suffix.
        OSError: The folder is missing, not writable, or full.
    """
    kind, subtype = format_by_suffix(path)
    if kind == "WAV" and n_samples * n_channels * 2 > _LARGEST_WAV:
        kind = "RF64"
    with whole_file(path) as place:
        place.touch()  # Says what is wrong with the place; libsndfile only says "System error".
        try:
            with soundfile.SoundFile(
                place, "w", sample_rate, n_channels, format=kind, subtype=subtype
            ) as file:
                writer = AudioWriter(file, path, whole_numbers=subtype == "PCM_16")
                yield writer
        except (soundfile.LibsndfileError, AssertionError) as error:
            reason = getattr(error, "error_string", "a block was not taken")
            raise OSError(
                errno.EIO, f"the disk took no more ({reason.rstrip('.')})", str(path)
            ) from None
    if writer.peak > 1.0:
        _log.warning("peak %.3f is above full scale and is clipped", writer.peak)


def format_by_suffix(path: Path) -> tuple[str, str]:
    """Container and encoding that a suffix stands for, as libsndfile calls them.

    Raises:
        AudioError: Neither ``.wav``, ``.flac`` nor ``.ogg``.
    """
    found = _FORMATS.get(path.suffix.lower())
    if found is None:
        raise AudioError(f'the output must end in .wav, .flac or .ogg, got "{path.name}"')
    return found


def int16_frames(samples: Float[Tensor, "C n"]) -> Int16[Tensor, "n C"]:
    """16-bit samples, rounded to the nearest step and clipped at full scale."""
    whole = (samples * _FULL_SCALE).round().clamp(-_FULL_SCALE, _FULL_SCALE - 1)
    return whole.to(torch.int16).T


def to_stereo(samples: Float[Tensor, "C n"]) -> Float[Tensor, "2 n"]:
    """Double mono, keep stereo, mix 3 to 8 channels down as ITU-R BS.775 does.

    Centre and surrounds enter at -3 dB and the subwoofer not at all; the sum is scaled so that
    full scale in every channel is full scale again.

    Raises:
        AudioError: More than 8 channels.

    Example:
        >>> torch.allclose(to_stereo(torch.ones(6, 1)), torch.ones(2, 1))
        True
    """
    n_channels = samples.shape[0]
    if n_channels == 1:
        return samples.expand(2, -1)
    if n_channels == 2:
        return samples
    if n_channels not in _LAYOUTS:
        raise AudioError(f"{n_channels} channels cannot be mixed down: give 1 to {MOST_CHANNELS}")
    weights = samples.new_tensor(_LAYOUTS[n_channels]).T
    return (weights / weights.sum(dim=1, keepdim=True)) @ samples
