"""Sound by blocks: the same samples as at once, no header believed, nothing half written."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from musiclm.audio.blocks import BLOCK_SAMPLES, AudioFile, to_stereo, write_blocks
from musiclm.audio.resample import resample, resample_blocks
from musiclm.errors import AudioError


def noise(n_samples: int, n_channels: int = 2) -> torch.Tensor:
    rng = torch.Generator().manual_seed(n_samples)
    return torch.rand(n_channels, n_samples, generator=rng) * 1.8 - 0.9


def write(path: Path, samples: torch.Tensor, rate: int = 24_000, **how: str) -> Path:
    """By soundfile alone; in blocks, for its encoders overflow their stack on long writes."""
    with soundfile.SoundFile(path, "w", rate, samples.shape[0], **how) as file:
        for start in range(0, samples.shape[1], BLOCK_SAMPLES):
            file.write(samples[:, start : start + BLOCK_SAMPLES].T.numpy())
    return path


KINDS = {
    "a.wav": {"subtype": "PCM_24"},
    "b.wav": {"subtype": "FLOAT"},
    "c.flac": {"subtype": "PCM_16"},
    "d.ogg": {"subtype": "VORBIS"},
    "e.ogg": {"subtype": "OPUS"},
    "f.mp3": {"format": "MP3", "subtype": "MPEG_LAYER_III"},
    "g.aiff": {"subtype": "PCM_16"},
    "h.w64": {"subtype": "PCM_24"},
}


@pytest.mark.parametrize("name", list(KINDS))
def test_blocks_joined_are_the_file(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, noise(150_000), **KINDS[name])
    with AudioFile(path) as file:
        assert (file.sample_rate, file.n_channels, file.n_samples) == (24_000, 2, 150_000)
        blocks = list(file.blocks())
    assert {block.shape[1] for block in blocks[:-1]} == {BLOCK_SAMPLES}
    whole, _ = soundfile.read(path, dtype="float32")
    assert np.allclose(torch.cat(blocks, dim=1).T.numpy(), whole, atol=1e-6)
    with AudioFile(path) as file:
        part = torch.cat(list(file.blocks(start=70_000, most=70_000)), dim=1)
    tolerance = {"e.ogg": 0.2, "f.mp3": 0.2}.get(name, 1e-6)  # They forget the past at a seek.
    assert np.allclose(part.T.numpy(), whole[70_000:140_000], atol=tolerance)


def lying_flac(path: Path, stated: int) -> Path:
    """Write ``stated`` into the 36 bits of a FLAC header that say how many samples follow."""
    content = bytearray(path.read_bytes())
    content[21] = (content[21] & 0xF0) | (stated >> 32)
    content[22:26] = (stated & 0xFFFF_FFFF).to_bytes(4, "big")
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("stated", "found"), [(0, 100_000), (50, 50), (100_000, 100_000)])
def test_a_flac_that_states_no_length_or_less(tmp_path: Path, stated: int, found: int) -> None:
    path = lying_flac(write(tmp_path / "a.flac", noise(100_000)), stated)
    with AudioFile(path) as file:
        assert file.n_samples == (stated or None)
        assert sum(block.shape[1] for block in file.blocks()) == found


@pytest.mark.parametrize("stated", [100_001, 10**9, 2**36 - 1])
def test_a_flac_that_states_more_is_cut_off(tmp_path: Path, stated: int) -> None:
    path = lying_flac(write(tmp_path / "a.flac", noise(100_000)), stated)
    with AudioFile(path) as file, pytest.raises(AudioError, match=f"cut off: it states {stated} s"):
        list(file.blocks())


def test_a_folder_a_name_without_header_and_channels_without_end(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="is a folder: give the path of a WAV"):
        AudioFile(tmp_path)
    (tmp_path / "a.raw").write_bytes(bytes(1000))
    with pytest.raises(AudioError, match="its name says it has no header: rename it"):
        AudioFile(tmp_path / "a.raw")
    path = write(tmp_path / "a.wav", noise(10, n_channels=200), 8_000)
    with pytest.raises(AudioError, match="has 200 channels, at most 8 are read: mix it down"):
        AudioFile(path)


@pytest.mark.parametrize(
    ("name", "n_samples"),
    # libsndfile dies of writing that much Vorbis in one call.
    [("a.wav", 300_000), ("a.flac", 300_000), ("a.ogg", 2_700_000)],
)
def test_what_is_written_by_blocks(tmp_path: Path, name: str, n_samples: int) -> None:
    samples = noise(n_samples)
    with write_blocks(
        tmp_path / name, sample_rate=24_000, n_channels=2, n_samples=n_samples
    ) as out:
        out.write(samples[:, :99_999])
        out.write(samples[:, 99_999:])
        out.write(samples[:, :0])
    with AudioFile(tmp_path / name) as file:
        n_read, worst = 0, 0.0
        for block in file.blocks():
            expected = samples[:, n_read : n_read + block.shape[1]]
            worst = max(worst, float((block - expected).abs().max()))
            n_read += block.shape[1]
    assert n_read == n_samples
    assert name == "a.ogg" or worst <= 0.5001 / 32_768
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_more_than_a_wav_can_state_becomes_rf64(tmp_path: Path) -> None:
    for n_samples, kind in ((999_999_999, "WAV"), (1_000_000_001, "RF64")):
        with write_blocks(
            tmp_path / "a.wav", sample_rate=24_000, n_channels=2, n_samples=n_samples
        ) as out:
            out.write(noise(5))
        assert soundfile.info(tmp_path / "a.wav").format == kind


def test_what_fails_leaves_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.wav"
    how = {"sample_rate": 8_000, "n_channels": 1, "n_samples": 9}
    with pytest.raises(AudioError, match=r'end in .wav, .flac or .ogg, got "a.mp3"'):
        write_blocks(tmp_path / "a.mp3", **how).__enter__()
    with pytest.raises(AudioError, match="must be finite"), write_blocks(path, **how) as out:
        out.write(torch.tensor([[0.0, float("nan")]]))
    with pytest.raises(KeyboardInterrupt), write_blocks(path, **how):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OSError, match="No such file or directory") as caught:
        write_blocks(tmp_path / "nowhere" / "a.wav", **how).__enter__()
    assert caught.value.filename == str(tmp_path / "nowhere" / "a.wav")
    with write_blocks(path, **how) as out:
        out.write(torch.tensor([[2.0, -2.0]]))
    assert soundfile.read(path, dtype="int16")[0].tolist() == [32_767, -32_768]
    assert "peak 2.000 is above full scale and is clipped" in caplog.text


@pytest.mark.parametrize("from_rate", [8_000, 24_000, 44_100, 192_000])
@pytest.mark.parametrize("size", [1, 777, 10_000])
def test_resampling_by_blocks_is_resampling(from_rate: int, size: int) -> None:
    samples = noise(3_000 if size == 1 else 30_001)
    pieces = [samples[:, n : n + size] for n in range(0, samples.shape[1], size)]
    joined = torch.cat(list(resample_blocks(pieces, from_rate, 24_000)), dim=1)
    expected = resample(samples, from_rate, 24_000)
    assert joined.shape == expected.shape
    assert torch.allclose(joined, expected, atol=1e-6)


def test_one_sample_never_becomes_none() -> None:
    one = torch.ones(2, 1)
    assert torch.cat(list(resample_blocks([one], 192_000, 24_000)), dim=1).shape == (2, 1)
    assert torch.cat(list(resample_blocks([one], 8_000, 24_000)), dim=1).shape == (2, 3)
    assert list(resample_blocks([], 8_000, 24_000)) == []
    assert list(resample_blocks([one[:, :0]], 8_000, 24_000)) == []
    with pytest.raises(AudioError, match="at least 1 Hz, got 0 and 8000"):
        list(resample_blocks([one], 0, 8_000))


def test_mixing_down_keeps_sides_and_full_scale() -> None:
    mono, stereo = torch.rand(1, 4), torch.rand(2, 4)
    assert torch.equal(to_stereo(mono), mono.expand(2, 4))
    assert torch.equal(to_stereo(stereo), stereo)
    for n_channels in range(3, 9):
        assert torch.allclose(to_stereo(torch.ones(n_channels, 1)), torch.ones(2, 1))
    surround = torch.eye(6)  # Each channel alone: left, right, centre, subwoofer, rear.
    left, right = to_stereo(surround)
    assert torch.allclose(left, torch.tensor([1, 0, 0.5**0.5, 0, 0.5**0.5, 0]) / (1 + 2**0.5))
    assert torch.allclose(right, left[[1, 0, 2, 3, 5, 4]])
    with pytest.raises(AudioError, match="9 channels cannot be mixed down: give 1 to 8"):
        to_stereo(torch.ones(9, 1))
