import pytest
import torch
from tiny_codecs import tiny_config

from musiclm.codec.bitstream import pack, unpack
from musiclm.errors import ArtifactError, ShapeError


@pytest.mark.parametrize("codebook_size", [2, 3, 64, 1024])
@pytest.mark.parametrize(("n_levels", "n_frames"), [(1, 0), (1, 1), (3, 7)])
def test_round_trip(codebook_size: int, n_levels: int, n_frames: int) -> None:
    config = tiny_config("spectral", codebook_size=codebook_size)
    codes = torch.randint(codebook_size, (n_levels, n_frames))
    n_samples = max(0, n_frames * config.hop_length - 5)
    found = unpack(pack(codes, config, n_samples=n_samples))
    assert torch.equal(found.codes, codes)
    assert (found.codebook_size, found.n_samples) == (codebook_size, n_samples)
    assert (found.sample_rate, found.hop_length) == (800, 32)


def test_a_code_takes_just_its_bits() -> None:
    config = tiny_config("spectral", codebook_size=1024)
    empty = len(pack(torch.zeros(3, 0, dtype=torch.int64), config))
    second = pack(torch.zeros(3, 25, dtype=torch.int64), config)
    assert len(second) - empty == -(-3 * 25 * 10 // 8)


def test_every_altered_byte_is_noticed() -> None:
    data = pack(torch.randint(16, (3, 4)), tiny_config("spectral"))
    for position in range(len(data)):
        altered = bytearray(data)
        altered[position] ^= 1
        with pytest.raises(ArtifactError):
            unpack(bytes(altered))


def test_faults_are_named() -> None:
    config = tiny_config("spectral")
    data = pack(torch.randint(16, (3, 4)), config)
    with pytest.raises(ArtifactError, match='begin with "MLMC"'):
        unpack(b"RIFF" + data[4:])
    with pytest.raises(ArtifactError, match="has version 9, this program reads 1"):
        unpack(data[:4] + b"\x09" + data[5:])
    with pytest.raises(ArtifactError, match=f"should have {len(data)} bytes, got"):
        unpack(data[:-1])
    with pytest.raises(ShapeError, match=r"codes \[1 to 3, T\], got \(4, 2\)"):
        pack(torch.zeros(4, 2, dtype=torch.int64), config)
    with pytest.raises(ShapeError, match=r"must be in \[0, 16\)"):
        pack(torch.full((1, 1), 16), config)
    with pytest.raises(ShapeError, match="hold 32 samples, got n_samples=33"):
        pack(torch.zeros(1, 1, dtype=torch.int64), config, n_samples=33)
