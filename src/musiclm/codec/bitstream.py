"""Codes ``[K, T]`` in, bytes out, and back: the codec as a file format.

A fixed header, then the codes frame by frame with just the bits they need, then a checksum.
Everything is checked before it is believed; nothing is executed. Entropy coding is left out:
the codes of a trained codec use most of their entries.
"""

import struct
import zlib
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from musiclm.codec.config import CodecConfig
from musiclm.errors import ArtifactError, ShapeError

MAGIC = b"MLMC"
VERSION = 1
_HEADER = struct.Struct("<4sBBHIHIQ")
"""Magic, version, levels, codebook size - 1, sample rate, hop, frames, samples."""
_CHECKSUM = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Bitstream:
    """What a packed file holds."""

    codes: Int[Tensor, "K T"]
    """In ``[0, codebook_size)``."""
    codebook_size: int
    """Codes per level."""
    sample_rate: int
    """In Hz."""
    hop_length: int
    """Samples a frame."""
    n_samples: int
    """Length before padding to whole frames."""


def pack(codes: Int[Tensor, "K T"], config: CodecConfig, *, n_samples: int | None = None) -> bytes:
    """Write codes of any number of leading levels.

    Args:
        codes: One item, lowest levels first.
        config: Of the codec that made them.
        n_samples: Length of the audio, when it does not fill the last frame.

    Raises:
        ShapeError: Not ``[K, T]`` with at most ``n_q`` levels, a code outside the codebook, or
            ``n_samples`` beyond the frames.
    """
    size, hop = config.codebook_size, config.hop_length
    if codes.ndim != 2 or not 1 <= len(codes) <= config.n_q:
        raise ShapeError(
            f"expected codes [1 to {config.n_q}, T], got {tuple(codes.shape)}: "
            "pack the items of a batch one by one"
        )
    if codes.numel() and not 0 <= int(codes.min()) <= int(codes.max()) < size:
        raise ShapeError(f"codes must be in [0, {size}): remove pad and mask ids first")
    n_levels, n_frames = codes.shape
    n_samples = n_frames * hop if n_samples is None else n_samples
    if not 0 <= n_samples <= n_frames * hop:
        raise ShapeError(
            f"{n_frames} frames hold {n_frames * hop} samples, got n_samples={n_samples}"
        )
    header = _HEADER.pack(
        MAGIC, VERSION, n_levels, size - 1, config.sample_rate, hop, n_frames, n_samples
    )
    flat = codes.T.reshape(-1).cpu().numpy().astype(np.uint32)
    bits = (flat[:, None] >> np.arange(_n_bits(size), dtype=np.uint32)) & 1
    body = header + np.packbits(bits.astype(np.uint8).reshape(-1), bitorder="little").tobytes()
    return body + _CHECKSUM.pack(zlib.crc32(body))


def unpack(data: bytes) -> Bitstream:
    """Read what ``pack`` wrote.

    Raises:
        ArtifactError: Another format or version, cut off, or altered.
    """
    if len(data) < _HEADER.size + _CHECKSUM.size or data[:4] != MAGIC:
        raise ArtifactError('not a packed code stream: expected it to begin with "MLMC"')
    _, version, n_levels, top, rate, hop, n_frames, n_samples = _HEADER.unpack_from(data)
    if version != VERSION:
        raise ArtifactError(
            f"the code stream has version {version}, this program reads {VERSION}: update it"
        )
    size = top + 1
    n_values = n_levels * n_frames * _n_bits(size)
    expected = _HEADER.size + -(-n_values // 8) + _CHECKSUM.size
    if len(data) != expected:
        raise ArtifactError(f"the code stream should have {expected} bytes, got {len(data)}")
    body, (checksum,) = data[: -_CHECKSUM.size], _CHECKSUM.unpack(data[-_CHECKSUM.size :])
    if zlib.crc32(body) != checksum:
        raise ArtifactError("the code stream was altered: its checksum differs")
    payload = np.frombuffer(body, dtype=np.uint8, offset=_HEADER.size)
    bits = np.unpackbits(payload, count=n_values, bitorder="little").astype(np.int64)
    values = (bits.reshape(-1, _n_bits(size)) << np.arange(_n_bits(size))).sum(axis=1)
    if values.size and values.max() >= size:
        raise ArtifactError(f"the code stream holds codes beyond its codebook of {size}")
    return Bitstream(
        codes=torch.from_numpy(values.reshape(n_frames, n_levels).T.copy()),
        codebook_size=size,
        sample_rate=rate,
        hop_length=hop,
        n_samples=n_samples,
    )


def _n_bits(codebook_size: int) -> int:
    return (codebook_size - 1).bit_length()
