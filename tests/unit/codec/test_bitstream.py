"""The file format: exact, and closed to everything that is not exactly it."""

import io
import struct
import zlib

import pytest
import torch

from musiclm.codec.bitstream import (
    BLOCK_FRAMES,
    BitstreamReader,
    BitstreamWriter,
    Header,
    pack,
    unpack,
)
from musiclm.codec.config import CodecConfig
from musiclm.errors import ArtifactError, ShapeError


def header(**changes: object) -> Header:
    values = {
        "n_q": 3,
        "codebook_size": 1024,
        "sample_rate": 800,
        "hop_length": 32,
        "n_channels": 2,
        "codec_id": b"12345678",
    }
    return Header(**(values | changes))  # type: ignore[arg-type]


def some_codes(about: Header, n_frames: int) -> torch.Tensor:
    rng = torch.Generator().manual_seed(n_frames)
    return torch.randint(about.codebook_size, (about.n_q, n_frames), generator=rng)


@pytest.mark.parametrize("codebook_size", [2, 3, 64, 1024, 65_536])
@pytest.mark.parametrize(("n_q", "n_frames"), [(1, 0), (1, 1), (3, 7), (2, 256), (2, 700)])
def test_round_trip(codebook_size: int, n_q: int, n_frames: int) -> None:
    about = header(codebook_size=codebook_size, n_q=n_q)
    codes = some_codes(about, n_frames)
    n_samples = max(0, n_frames * 32 - 5)
    found = unpack(pack(codes, about, n_samples=n_samples))
    assert torch.equal(found.codes, codes)
    assert found.header == about
    assert found.n_samples == n_samples


@pytest.mark.parametrize("sizes", [(700,), (1,) * 30, (255, 1, 1, 600), (0, 256, 0, 512, 3)])
def test_blocks_do_not_depend_on_how_the_codes_came(sizes: tuple[int, ...]) -> None:
    codes = some_codes(header(), sum(sizes))
    memory = io.BytesIO()
    writer = BitstreamWriter(memory, header())
    for piece in codes.split(sizes, dim=1):
        writer.write(piece)
    totals = writer.finish()
    assert memory.getvalue() == pack(codes, header())
    reader = BitstreamReader(io.BytesIO(memory.getvalue()))
    blocks = list(reader.blocks())
    assert torch.equal(torch.cat(blocks, dim=1), codes)
    assert {block.shape[1] for block in blocks[:-1]} <= {BLOCK_FRAMES}
    assert reader.totals == totals


def test_a_code_takes_just_its_bits() -> None:
    empty = len(pack(some_codes(header(), 0), header()))
    second = pack(some_codes(header(), 25), header())
    assert len(second) - empty == 6 + -(-3 * 25 * 10 // 8)
    assert empty < 50
    assert header().bits_per_second == 3 * 10 * 25


def test_a_thousand_altered_bytes_are_noticed() -> None:
    data = pack(some_codes(header(), 600), header())
    rng = torch.Generator().manual_seed(0)
    for _ in range(1000):
        at, flip = (int(torch.randint(top, (1,), generator=rng)) for top in (len(data), 255))
        altered = bytearray(data)
        altered[at] ^= flip + 1
        with pytest.raises(ArtifactError):
            unpack(bytes(altered))


def test_every_truncation_and_every_addition_is_noticed() -> None:
    data = pack(some_codes(header(), 300), header())
    for n_bytes in range(len(data)):
        with pytest.raises(ArtifactError, match="is cut off in"):
            unpack(data[:n_bytes])
    with pytest.raises(ArtifactError, match="goes on after its end"):
        unpack(data + b"\0")


def test_blocks_that_are_lost_doubled_or_moved_are_noticed() -> None:
    data = pack(some_codes(header(), 3 * 256), header())
    size = 2 + 256 * 3 * 10 // 8 + 4
    start = len(data) - 14 - 3 * size
    head, end = data[:start], data[-14:]
    one, two, three = (data[start + n * size : start + (n + 1) * size] for n in range(3))
    assert torch.equal(unpack(head + one + two + three + end).codes, some_codes(header(), 768))
    for blocks in ((one, three), (one, one, two, three), (two, one, three), (one, two)):
        with pytest.raises(ArtifactError, match="was altered: the checksum of"):
            unpack(head + b"".join(blocks) + end)


def test_garbage_is_refused() -> None:
    rng = torch.Generator().manual_seed(0)
    whole = pack(some_codes(header(), 9), header())
    for trial in range(300):
        n_bytes = int(torch.randint(400, (1,), generator=rng))
        noise = bytes(torch.randint(256, (n_bytes,), generator=rng).tolist())
        prefix = (b"", b"MLMC", b"MLMC\x02", whole[:33])[trial % 4]
        with pytest.raises(ArtifactError):
            unpack(prefix + noise)


def sealed(*parts: bytes) -> bytes:
    """A file whose checksums are right, whatever it says."""
    data, checksum = b"", 0
    for part in parts:
        checksum = zlib.crc32(part, checksum)
        data += part + struct.pack("<I", checksum)
    return data


def head(n_q: int = 1, top: int = 1, rate: int = 8_000, hop: int = 2, n_channels: int = 2) -> bytes:
    return struct.pack("<4sBBHIIB8s", b"MLMC", 2, n_q, top, rate, hop, n_channels, b"12345678")


def end(n_frames: int, missing: int) -> bytes:
    return struct.pack("<HII", 0, n_frames, missing)


FRAME = b"\x01\0\x01"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([head(n_q=0)], "written wrongly: levels must be from 1 to 64, got 0"),
        ([head(n_q=65)], "levels must be from 1 to 64, got 65"),
        ([head(top=0)], "codebook size must be from 2 to 65536, got 1"),
        ([head(rate=0)], "sample rate must be from 1 to 768000, got 0"),
        ([head(hop=2**32 - 1)], "hop must be from 1 to 65536"),
        ([head(n_channels=200)], "channels must be from 1 to 2, got 200"),
        ([head(), b"\xff\xff"], "the block after frame 0 would have 65535 frames"),
        ([head(top=2), b"\x01\0\x03", end(1, 0)], "holds codes beyond its codebook of 3"),
        ([head(), FRAME, end(2, 0)], "holds 1 frames and states 2, 0 samples"),
        ([head(), FRAME, end(1, 2)], "holds 1 frames and states 1, 2 samples"),
        ([head(), end(0, 1)], "holds 0 frames and states 0, 1 samples"),
    ],
)
def test_numbers_are_bounded_even_where_the_checksums_are_right(
    parts: list[bytes], message: str
) -> None:
    assert unpack(sealed(head(), FRAME, end(1, 1))).n_samples == 1
    with pytest.raises(ArtifactError, match=message):
        unpack(sealed(*parts))


def test_other_versions_are_refused_with_the_fix() -> None:
    data = pack(some_codes(header(), 4), header())
    with pytest.raises(ArtifactError, match='begin with "MLMC"'):
        unpack(b"RIFF" + data[4:])
    with pytest.raises(ArtifactError, match="version 9, this program reads 2: update it"):
        unpack(data[:4] + b"\x09" + data[5:])
    with pytest.raises(ArtifactError, match=r"version 1, .* reads 2: encode the sound again with"):
        unpack(data[:4] + b"\x01" + data[5:])


def test_a_disk_that_fails_is_named() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(ArtifactError, match=r"cannot be read \(Input/output error\)"):
        BitstreamReader(Broken())


def test_mistakes_of_callers_are_named() -> None:
    with pytest.raises(ShapeError, match=r"codes \[3, T\], got \(4, 2\)"):
        pack(torch.zeros(4, 2, dtype=torch.int64), header())
    with pytest.raises(ShapeError, match=r"must be in \[0, 16\)"):
        pack(torch.full((3, 1), 16), header(codebook_size=16))
    with pytest.raises(ShapeError, match=r"2 frames of 32 samples end .*, got n_samples=65"):
        pack(some_codes(header(), 2), header(), n_samples=65)
    with pytest.raises(ShapeError, match="got n_samples=32"):
        pack(some_codes(header(), 2), header(), n_samples=32)
    with pytest.raises(ShapeError, match="codec id must be from 8 to 8, got 3"):
        header(codec_id=b"abc")
    with pytest.raises(ShapeError, match="levels must be from 1 to 12, got 13"):
        Header.of(CodecConfig(), codec_id=b"12345678", n_q=13, n_channels=2)
    made = Header.of(CodecConfig(), codec_id=b"12345678", n_q=4, n_channels=1)
    assert (made.n_q, made.codebook_size, made.n_channels) == (4, 1024, 1)
