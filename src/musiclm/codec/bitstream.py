"""Codes ``[K, T]`` in, bytes out, and back: the codec as a file format, written and read in blocks.

Version 2, little-endian::

    header   "MLMC", version, levels, codebook size - 1, sample rate, hop, channels, codec id, CRC
    block    number of frames (1 to 1,024), their codes with just the bits they need, CRC
    ...
    end      0, frames in all, samples missing in the last frame, CRC

Each CRC-32 goes on from the one before, so that a block that is altered, lost, doubled or moved is
noticed at that block. The codec id is the beginning of the SHA-256 of the codec's weights: codes
mean nothing to another codec. Everything is checked before it is believed, no allocation depends on
a number that was not bounded before, and nothing is executed. Entropy coding is left out: the codes
of a trained codec use most of their entries.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from musiclm.codec.config import CodecConfig
from musiclm.errors import ArtifactError, ShapeError

MAGIC = b"MLMC"
VERSION = 2
CODEC_ID_BYTES = 8
BLOCK_FRAMES = 256
"""Frames that the writer puts in a block: 6 bytes around 10 s of codes, about 5 bits a second."""
MOST_BLOCK_FRAMES = 1_024
"""Frames that a block may hold."""

_HEADER = struct.Struct("<4sBBHIIB8s")
_BLOCK = struct.Struct("<H")
_END = struct.Struct("<HII")
_CHECKSUM = struct.Struct("<I")
_MOST_LEVELS, _HIGHEST_RATE, _LONGEST_HOP, _MOST_CHANNELS = 64, 768_000, 65_536, 2
_MOST_FRAMES = 2**32 - 1


@runtime_checkable
class Target(Protocol):
    """Where bytes go one after the other: a file, a pipe, a ``BytesIO``."""

    def write(self, content: bytes, /) -> object:
        """Take all of ``content``."""


@runtime_checkable
class Source(Protocol):
    """Where bytes come from one after the other."""

    def read(self, n_bytes: int, /) -> bytes:
        """The next bytes; fewer only at the end."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the first bytes of a file say.

    Raises:
        ShapeError: A number is out of range.
    """

    n_q: int  # quantizer levels a frame, 1 to 64
    codebook_size: int  # codes per level, 2 to 65,536
    sample_rate: int  # of the codec, in Hz
    hop_length: int  # samples a frame
    n_channels: int  # of the sound that was encoded: 1 or 2
    codec_id: bytes  # the first 8 bytes of the SHA-256 of the codec's weights

    def __post_init__(self) -> None:
        """Bound every number, whether it comes from a caller or from a file."""
        bounds = (
            ("levels", self.n_q, 1, _MOST_LEVELS),
            ("codebook size", self.codebook_size, 2, 65_536),
            ("sample rate", self.sample_rate, 1, _HIGHEST_RATE),
            ("hop", self.hop_length, 1, _LONGEST_HOP),
            ("channels", self.n_channels, 1, _MOST_CHANNELS),
            ("codec id", len(self.codec_id), CODEC_ID_BYTES, CODEC_ID_BYTES),
        )
        for name, value, least, most in bounds:
            if not least <= value <= most:
                raise ShapeError(f"{name} must be from {least} to {most}, got {value}")

    @classmethod
    def of(cls, config: CodecConfig, *, codec_id: bytes, n_q: int, n_channels: int) -> "Header":
        """The header of what a codec writes.

        Args:
            config: Of the codec.
            codec_id: The first 8 bytes of the SHA-256 of its weights.
            n_q: Leading levels that are kept.
            n_channels: Of the sound that is encoded.

        Raises:
            ShapeError: The codec has no such levels, or a number is out of range.
        """
        if not 1 <= n_q <= config.n_q:
            raise ShapeError(f"levels must be from 1 to {config.n_q}, got {n_q}")
        return cls(
            n_q, config.codebook_size, config.sample_rate, config.hop_length, n_channels, codec_id
        )

    @property
    def bits_per_second(self) -> float:
        """Of the codes, at the bits that they take here."""
        return self.n_q * self.bits_per_code * self.sample_rate / self.hop_length

    @property
    def bits_per_code(self) -> int:
        """Whole bits."""
        return (self.codebook_size - 1).bit_length()

    def payload_bytes(self, n_frames: int) -> int:
        """Bytes that the codes of so many frames take."""
        return -(-n_frames * self.n_q * self.bits_per_code // 8)


@dataclass(frozen=True, slots=True)
class Totals:
    """What the last bytes of a file say."""

    n_frames: int  # frames in all
    n_samples: int  # length of the sound before padding to whole frames, at the codec's rate


class BitstreamWriter:
    """Writes a header at once, codes as they come, and the end when it is told the length."""

    def __init__(self, file: Target, header: Header) -> None:
        self._file = file
        self._header = header
        self._waiting = torch.zeros(header.n_q, 0, dtype=torch.int64)
        self._n_frames = 0
        self._checksum = 0
        self._put(
            _HEADER.pack(
                MAGIC,
                VERSION,
                header.n_q,
                header.codebook_size - 1,
                header.sample_rate,
                header.hop_length,
                header.n_channels,
                header.codec_id,
            )
        )

    def write(self, codes: Int[Tensor, "K t"]) -> None:
        """Append frames.

        Raises:
            ShapeError: Other levels than the header says, or a code outside the codebook.
        """
        header = self._header
        if codes.ndim != 2 or len(codes) != header.n_q:
            raise ShapeError(
                f"expected codes [{header.n_q}, T], got {tuple(codes.shape)}: "
                "pack the items of a batch one by one"
            )
        if codes.numel() and not 0 <= int(codes.min()) <= int(codes.max()) < header.codebook_size:
            raise ShapeError(
                f"codes must be in [0, {header.codebook_size}): remove pad and mask ids first"
            )
        *whole, self._waiting = _blocks(torch.cat((self._waiting, codes.cpu()), dim=1))
        for block in whole:
            self._put_block(block)

    def finish(self, n_samples: int | None = None) -> Totals:
        """Write what is left, and the end.

        Args:
            n_samples: Length of the sound; by default the last frame is full.

        Raises:
            ShapeError: Not a length that ends in the last frame.
        """
        if self._waiting.shape[1]:
            self._put_block(self._waiting)
        room = self._n_frames * self._header.hop_length
        n_samples = room if n_samples is None else n_samples
        missing = room - n_samples
        if not 0 <= missing < max(1, min(self._header.hop_length, room)):
            raise ShapeError(
                f"{self._n_frames} frames of {self._header.hop_length} samples end with the last "
                f"one, got n_samples={n_samples}"
            )
        self._put(_END.pack(0, self._n_frames, missing))
        return Totals(self._n_frames, n_samples)

    def _put_block(self, codes: Int[Tensor, "K t"]) -> None:
        if self._n_frames + codes.shape[1] > _MOST_FRAMES:
            raise ShapeError(f"a code file holds at most {_MOST_FRAMES} frames: cut the sound")
        self._n_frames += codes.shape[1]
        flat = codes.T.reshape(-1).numpy().astype(np.uint32)
        bits = (flat[:, None] >> np.arange(self._header.bits_per_code, dtype=np.uint32)) & 1
        payload = np.packbits(bits.astype(np.uint8).reshape(-1), bitorder="little").tobytes()
        self._put(_BLOCK.pack(codes.shape[1]) + payload)

    def _put(self, content: bytes) -> None:
        self._checksum = zlib.crc32(content, self._checksum)
        self._file.write(content + _CHECKSUM.pack(self._checksum))


class BitstreamReader:
    """Reads the header at once, then the blocks; the totals are known when they have ended.

    Raises:
        ArtifactError: Another format or version, cut off, or altered.
    """

    def __init__(self, file: Source) -> None:
        self._file = file
        self._checksum = 0
        first = self._exactly(len(MAGIC) + 1, "the header")
        if first[: len(MAGIC)] != MAGIC:
            raise ArtifactError('not a file of codes: expected it to begin with "MLMC"')
        version = first[-1]
        if version != VERSION:
            fix = "encode the sound again with it" if version < VERSION else "update it"
            raise ArtifactError(
                f"the file of codes has version {version}, this program reads {VERSION}: {fix}"
            )
        content = first + self._exactly(_HEADER.size - len(first), "the header")
        self._check(content, "the header")
        _, _, n_q, top, rate, hop, n_channels, codec_id = _HEADER.unpack(content)
        try:
            self.header = Header(n_q, top + 1, rate, hop, n_channels, codec_id)
        except ShapeError as error:
            raise ArtifactError(f"the file of codes was written wrongly: {error}") from None
        self.totals: Totals | None = None

    def blocks(self) -> Iterator[Int[Tensor, "K _"]]:
        """Codes of at most 1,024 frames at a time, each block verified before it is given.

        Raises:
            ArtifactError: Cut off, altered, or followed by more.
        """
        header, n_frames = self.header, 0
        while True:
            where = f"the block after frame {n_frames}"
            start = self._exactly(_BLOCK.size, where)
            (size,) = _BLOCK.unpack(start)
            if size == 0:
                break
            if size > MOST_BLOCK_FRAMES:
                raise ArtifactError(
                    f"the file of codes was altered: {where} would have {size} frames, "
                    f"at most {MOST_BLOCK_FRAMES} are allowed"
                )
            payload = self._exactly(header.payload_bytes(size), where)
            self._check(start + payload, where)
            yield self._codes(payload, size)
            n_frames += size
        end = start + self._exactly(_END.size - len(start), "the end")
        self._check(end, "the end")
        _, stated, missing = _END.unpack(end)
        room = n_frames * header.hop_length
        if stated != n_frames or missing >= max(1, min(header.hop_length, room)):
            raise ArtifactError(
                f"the file of codes was written wrongly: it holds {n_frames} frames and states "
                f"{stated}, {missing} samples of the last one missing"
            )
        if self._read(1):
            raise ArtifactError("the file of codes goes on after its end: it was altered")
        self.totals = Totals(n_frames, room - missing)

    def _codes(self, payload: bytes, n_frames: int) -> Int[Tensor, "K t"]:
        header, n_bits = self.header, self.header.bits_per_code
        n_values = header.n_q * n_frames
        packed = np.frombuffer(payload, dtype=np.uint8)
        bits = np.unpackbits(packed, count=n_values * n_bits, bitorder="little").astype(np.int64)
        values = (bits.reshape(-1, n_bits) << np.arange(n_bits)).sum(axis=1)
        if values.max() >= header.codebook_size:
            raise ArtifactError(
                f"the file of codes holds codes beyond its codebook of {header.codebook_size}"
            )
        return torch.from_numpy(values.reshape(n_frames, header.n_q).T.copy())

    def _check(self, content: bytes, where: str) -> None:
        """Compare the running checksum with the one that follows in the file."""
        self._checksum = zlib.crc32(content, self._checksum)
        (stated,) = _CHECKSUM.unpack(self._exactly(_CHECKSUM.size, where))
        if stated != self._checksum:
            raise ArtifactError(f"the file of codes was altered: the checksum of {where} differs")

    def _exactly(self, n_bytes: int, where: str) -> bytes:
        content = self._read(n_bytes)
        if len(content) != n_bytes:
            raise ArtifactError(f"the file of codes is cut off in {where}: copy or encode it again")
        return content

    def _read(self, n_bytes: int) -> bytes:
        try:
            return self._file.read(n_bytes)
        except OSError as error:
            raise ArtifactError(f"the file of codes cannot be read ({error.strerror})") from None


@dataclass(frozen=True, slots=True)
class Bitstream:
    """What a packed file holds, as a whole."""

    header: Header
    codes: Int[Tensor, "K T"]  # in [0, codebook_size)
    n_samples: int  # length before padding to whole frames


def pack(codes: Int[Tensor, "K T"], header: Header, *, n_samples: int | None = None) -> bytes:
    """The bytes of a whole file; see ``BitstreamWriter``, whose ``ShapeError`` it raises."""
    memory = io.BytesIO()
    writer = BitstreamWriter(memory, header)
    writer.write(codes)
    writer.finish(n_samples)
    return memory.getvalue()


def unpack(data: bytes) -> Bitstream:
    """Read what ``pack`` wrote; see ``BitstreamReader``, whose ``ArtifactError`` it raises."""
    reader = BitstreamReader(io.BytesIO(data))
    codes = torch.cat(
        [torch.zeros(reader.header.n_q, 0, dtype=torch.int64), *reader.blocks()], dim=1
    )
    if reader.totals is None:
        raise ArtifactError("the file of codes has no end: copy or encode it again")
    return Bitstream(reader.header, codes, reader.totals.n_samples)


def _blocks(codes: Int[Tensor, "K T"]) -> list[Tensor]:
    """Blocks of ``BLOCK_FRAMES``, and a last one that is shorter, maybe empty."""
    starts = range(0, codes.shape[1] // BLOCK_FRAMES * BLOCK_FRAMES + 1, BLOCK_FRAMES)
    return [codes[:, start : start + BLOCK_FRAMES] for start in starts]
