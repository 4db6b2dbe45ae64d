"""Sound file in, file of codes out, and back, in constant memory: what ``musiclm codec`` does.

Sound is read, resampled, encoded and written block by block, so that a day of it takes no more
memory than ten seconds. A file of codes is verified from end to end before any of it is decoded.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Self

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.artifact import WEIGHTS, read_manifest
from musiclm.audio.blocks import AudioFile, format_by_suffix, to_stereo, write_blocks
from musiclm.audio.files import whole_file
from musiclm.audio.resample import resample_blocks
from musiclm.codec.bitstream import (
    BLOCK_FRAMES,
    CODEC_ID_BYTES,
    BitstreamReader,
    BitstreamWriter,
    Header,
    Totals,
)
from musiclm.codec.config import CodecConfig
from musiclm.codec.model import Codec
from musiclm.errors import ArtifactError, AudioError, ConfigError
from musiclm.tokens.timing import samples_to_seconds, seconds_to_samples

SUFFIX = ".mcodes"
MOST_HOURS = 24.0
"""Longest sound by default: beyond it, a small file is more likely a bomb than music."""

_RATES = (1_000, 768_000)

OnProgress = Callable[[float, float | None], None]
"""Called with the seconds done and the seconds in all, None where no one knows."""


@dataclass(frozen=True, slots=True)
class NamedCodec:
    """A codec, and the name by which its files know it."""

    codec: Codec
    codec_id: bytes  # the first 8 bytes of the SHA-256 of its weights

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read an artifact folder.

        Raises:
            ArtifactError: It is broken, or holds something else.
        """
        codec = Codec.load(folder)
        manifest, _ = read_manifest(folder)
        return cls(codec, bytes.fromhex(manifest["files"][WEIGHTS]["sha256"])[:CODEC_ID_BYTES])


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """What a file of codes is."""

    header: Header
    totals: Totals
    n_bytes: int  # of the file

    @property
    def seconds(self) -> float:
        """Duration of the sound."""
        return samples_to_seconds(self.totals.n_samples, self.header.sample_rate)

    @property
    def file_bits_per_second(self) -> float:
        """Of the whole file, header and checksums included; 0 for no sound."""
        return 8 * self.n_bytes / self.seconds if self.totals.n_samples else 0.0


def levels_for(config: CodecConfig, bits_per_second: float) -> int:
    """The most levels whose codes do not exceed a bitrate.

    Raises:
        ConfigError: Even one level does.
    """
    one = Header.of(config, codec_id=bytes(CODEC_ID_BYTES), n_q=1, n_channels=1).bits_per_second
    if not bits_per_second >= one:
        raise ConfigError(
            f"one level takes {one / 1000:g} kbit/s, asked for {bits_per_second / 1000:g}: "
            f"give {one / 1000:g} to {config.n_q * one / 1000:g}"
        )
    return int(min(config.n_q, bits_per_second // one))


def encode_file(
    named: NamedCodec,
    source: Path,
    target: Path,
    *,
    n_q: int | None = None,
    most_seconds: float = MOST_HOURS * 3600,
    on_progress: OnProgress | None = None,
) -> CodeFacts:
    """Encode a sound file of any length, rate and up to 8 channels.

    Mono is doubled for a stereo codec and comes back as mono; 3 to 8 channels are mixed down to
    two (``to_stereo``).

    Args:
        named: The codec.
        source: WAV, FLAC, Ogg or MP3.
        target: The file of codes; appears when it is whole.
        n_q: Leading levels to keep; all by default.
        most_seconds: Longer sound is refused, before it is decoded where its header tells.
        on_progress: Told after every block of about ten seconds.

    Raises:
        AudioError: Unreadable, empty, cut off, not finite, too long, of too many channels.
        ConfigError: The codec has no such levels.
        OSError: The target cannot be written.
    """
    codec = named.codec
    n_q = codec.config.n_q if n_q is None else n_q
    if not 1 <= n_q <= codec.config.n_q:
        raise ConfigError(f"this codec has 1 to {codec.config.n_q} levels, asked for {n_q}")
    with AudioFile(source) as audio:
        _check_source(audio, codec, most_seconds)
        rate = codec.sample_rate
        n_channels = min(2, audio.n_channels, codec.n_channels)
        header = Header.of(codec.config, codec_id=named.codec_id, n_q=n_q, n_channels=n_channels)
        counter = _Counter(most_seconds, audio, on_progress)
        fitting = (_fit_channels(block, codec.n_channels) for block in counter.count())
        samples = resample_blocks(fitting, audio.sample_rate, rate)
        with whole_file(target) as place, place.open("wb") as file:
            writer = BitstreamWriter(file, header)
            chunks = _rechunk(samples, BLOCK_FRAMES * codec.hop_length)
            for codes in codec.stream_encode((chunk[None] for chunk in chunks), n_q=n_q):
                writer.write(codes[0])
            if counter.n_samples == 0:
                raise AudioError(f"{source} holds no samples: give a file with sound")
            exact = Fraction(counter.n_samples, audio.sample_rate)
            totals = writer.finish(max(1, seconds_to_samples(exact, rate)))
            n_bytes = file.tell()
    return CodeFacts(header, totals, n_bytes)


def decode_file(
    named: NamedCodec, source: Path, target: Path, *, on_progress: OnProgress | None = None
) -> CodeFacts:
    """Decode a file of codes to sound at the codec's rate, mono where mono was encoded.

    Args:
        named: The codec that made the codes.
        source: The file of codes, verified whole before anything is decoded.
        target: ``.wav``, ``.flac`` or ``.ogg``; appears when it is whole.
        on_progress: Told after every block of about ten seconds.

    Raises:
        ArtifactError: Not a file of codes, altered, cut off, or of another codec.
        AudioError: Another suffix.
        OSError: The target cannot be written.
    """
    format_by_suffix(target)
    facts = read_facts(source)
    header, codec = facts.header, named.codec
    _check_codec(header, named, source)
    left = facts.totals.n_samples
    if left == 0:
        raise ArtifactError(f"{source} holds no sound: encode again")
    writing = write_blocks(
        target, sample_rate=codec.sample_rate, n_channels=header.n_channels, n_samples=left
    )
    with source.open("rb") as file, writing as out:
        chunks = _rechunk(BitstreamReader(file).blocks(), BLOCK_FRAMES)
        for piece in codec.stream_decode(chunk[None] for chunk in chunks):
            samples = piece[0, :, :left]
            left -= samples.shape[1]
            if header.n_channels < samples.shape[0]:
                samples = samples.mean(dim=0, keepdim=True)
            out.write(samples)
            if on_progress:
                on_progress(
                    samples_to_seconds(facts.totals.n_samples - left, codec.sample_rate),
                    facts.seconds,
                )
    return facts


def read_facts(path: Path) -> CodeFacts:
    """Verify every byte of a file of codes, in constant memory and without a codec.

    Raises:
        ArtifactError: No file, another format or version, cut off, or altered; names the file.
    """
    if not path.is_file():
        raise ArtifactError(f"no file of codes {path}: give what `musiclm codec encode` wrote")
    try:
        with path.open("rb") as file:
            reader = BitstreamReader(file)
            for _ in reader.blocks():
                pass
            n_bytes = file.tell()
    except ArtifactError as error:
        raise ArtifactError(f"{path}: {error}") from None
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read ({error.strerror})") from None
    if reader.totals is None:
        raise ArtifactError(f"{path} has no end: copy or encode it again")
    return CodeFacts(reader.header, reader.totals, n_bytes)


def _check_source(audio: AudioFile, codec: Codec, most_seconds: float) -> None:
    """Refuse by the header alone what would be refused in the end."""
    slowest, fastest = _RATES
    if not slowest <= audio.sample_rate <= fastest:
        raise AudioError(
            f"{audio.path} has a sample rate of {audio.sample_rate} Hz, "
            f"{slowest} to {fastest} are read: resample it before"
        )
    if codec.n_channels > 2:
        raise ConfigError(f"files hold codes of mono and stereo codecs, got {codec.n_channels}")
    if audio.n_channels > 2 and not audio.ordered_as_wav:
        raise AudioError(
            f"{audio.path} has {audio.n_channels} channels in an Ogg file, whose order is not "
            "known: convert it to FLAC"
        )
    if audio.n_samples is not None:
        _check_length(audio, audio.n_samples, most_seconds)


def _check_length(audio: AudioFile, n_samples: int, most_seconds: float) -> None:
    seconds = samples_to_seconds(n_samples, audio.sample_rate)
    if seconds > most_seconds:
        raise AudioError(
            f"{audio.path} is longer than {most_seconds / 3600:g} hours: cut it, or allow more"
        )


class _Counter:
    """Passes blocks on, counts their samples, and stops what states less than it holds."""

    def __init__(
        self, most_seconds: float, audio: AudioFile, on_progress: OnProgress | None
    ) -> None:
        self._most_seconds = most_seconds
        self._audio = audio
        self._on_progress = on_progress
        self.n_samples = 0

    def count(self) -> Iterator[Tensor]:
        audio, stated = self._audio, self._audio.n_samples
        whole = None if stated is None else samples_to_seconds(stated, audio.sample_rate)
        for block in audio.blocks():
            self.n_samples += block.shape[1]
            _check_length(audio, self.n_samples, self._most_seconds)
            yield block
            if self._on_progress:
                self._on_progress(samples_to_seconds(self.n_samples, audio.sample_rate), whole)


def _check_codec(header: Header, named: NamedCodec, source: Path) -> None:
    """Refuse codes that this codec did not make.

    Raises:
        ArtifactError: Says how to decode them.
    """
    config = named.codec.config
    fits = (
        header.codec_id == named.codec_id
        and header.codebook_size == config.codebook_size
        and header.sample_rate == config.sample_rate
        and header.hop_length == config.hop_length
        and header.n_q <= config.n_q
    )
    if not fits:
        raise ArtifactError(
            f"{source} was encoded by codec {header.codec_id.hex()}, this one is "
            f"{named.codec_id.hex()}: name the model that encoded it with --model, or encode again"
        )


def _fit_channels(samples: Float[Tensor, "C n"], n_channels: int) -> Float[Tensor, "C_out n"]:
    """As many channels as the codec has: one or two."""
    stereo = to_stereo(samples)
    return stereo if n_channels == 2 else stereo.mean(dim=0, keepdim=True)


def _rechunk(blocks: Iterable[Tensor], size: int) -> Iterator[Tensor]:
    """Join or cut along the last axis to ``size``; the last one may be shorter.

    A network repeats its past for every chunk, so small ones would cost several times the work.
    """
    waiting: list[Tensor] = []
    n_waiting = 0
    for block in blocks:
        waiting.append(block)
        n_waiting += block.shape[-1]
        if n_waiting < size:
            continue
        joined = torch.cat(waiting, dim=-1)
        n_whole = n_waiting // size * size
        for start in range(0, n_whole, size):
            yield joined[..., start : start + size]
        waiting, n_waiting = [joined[..., n_whole:]], n_waiting - n_whole
    if n_waiting:
        yield torch.cat(waiting, dim=-1)
