"""Files: sound and tags come back, and a failure leaves nothing under the final name."""

import io
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from musiclm.audio.io import decode_samples, encode_audio, read_audio, write_audio, write_file
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError


def noise(n_samples: int = 1000, n_channels: int = 2) -> Waveform:
    rng = torch.Generator().manual_seed(0)
    return Waveform(torch.rand(n_channels, n_samples, generator=rng) * 1.8 - 0.9, 24_000)


@pytest.mark.parametrize("suffix", ["wav", "flac", "WAV"])
def test_samples_come_back_to_half_a_step(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    write_audio(path, noise(70_000))  # More than one block.
    back = read_audio(path)
    assert back.sample_rate == 24_000
    assert back.samples.shape == (2, 70_000)
    assert float((back.samples - noise(70_000).samples).abs().max()) <= 0.5001 / 32_768
    assert soundfile.info(path).subtype == "PCM_16"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_what_is_read_is_written_again_bit_for_bit(tmp_path: Path) -> None:
    write_audio(tmp_path / "a.wav", noise())
    write_audio(tmp_path / "b.wav", read_audio(tmp_path / "a.wav"))
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_parts_channels_and_rates(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    write_audio(path, noise(24_000))
    whole = read_audio(path)
    part = read_audio(path, start_seconds=0.25, seconds=0.5)
    assert torch.equal(part.samples, whole.samples[:, 6_000:18_000])
    assert read_audio(path, start_seconds=0.75, seconds=9).n_samples == 6_000
    assert torch.equal(read_audio(path, n_channels=1).samples[0], whole.samples.mean(dim=0))
    assert read_audio(path, sample_rate=48_000).samples.shape == (2, 48_000)
    with pytest.raises(AudioError, match="has 2 channels, wanted 3: mix it down before"):
        read_audio(path, n_channels=3)
    write_audio(path, noise(n_channels=1))
    assert read_audio(path, n_channels=2).samples.shape == (2, 1000)


def test_tags_in_wav_and_flac() -> None:
    tags = {"title": "été", "comment": "AI-generated " + "x" * 3000, "software": "musiclm"}
    wav = encode_audio(noise(1001, 1), tags=tags)
    assert struct.unpack("<I", wav[4:8])[0] == len(wav) - 8
    for four, text in (("INAM", tags["title"]), ("ICMT", tags["comment"]), ("ISFT", "musiclm")):
        at = wav.index(four.encode())
        size = struct.unpack("<I", wav[at + 4 : at + 8])[0]
        assert wav[at + 8 : at + 8 + size] == text.encode() + b"\0"
    with soundfile.SoundFile(io.BytesIO(wav)) as file:
        assert file.frames == 1001
    with soundfile.SoundFile(io.BytesIO(encode_audio(noise(), format="flac", tags=tags))) as file:
        assert file.title == "été"
        assert file.comment == tags["comment"]
        assert file.software.startswith("musiclm")
    short = encode_audio(noise(), tags={"title": "a", "comment": "b"})
    with soundfile.SoundFile(io.BytesIO(short)) as file:
        assert (file.title, file.comment) == ("a", "b")


def test_full_scale_is_clipped_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_audio(tmp_path / "a.wav", Waveform(torch.tensor([[1.0, -1.0, 1.5, -1.5]]), 8_000))
    assert "peak 1.500 is above full scale and is clipped" in caplog.text
    frames, _ = soundfile.read(tmp_path / "a.wav", dtype="int16")
    assert frames.tolist() == [32_767, -32_768, 32_767, -32_768]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_is_refused(tmp_path: Path, value: float) -> None:
    with pytest.raises(AudioError, match="samples must be finite to be written"):
        write_audio(tmp_path / "a.wav", Waveform(torch.tensor([[0.0, value]]), 8_000))
    assert list(tmp_path.iterdir()) == []


def test_other_refusals(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r'must end in .wav, .flac or .ogg, got "a.mp3"'):
        write_audio(tmp_path / "a.mp3", noise())
    with pytest.raises(AudioError, match="there are no samples to write"):
        write_audio(tmp_path / "a.wav", Waveform(torch.zeros(2, 0), 8_000))
    with pytest.raises(AudioError, match=r"unknown tag\(s\) mood: use title"):
        write_audio(tmp_path / "a.wav", noise(), tags={"mood": "calm"})
    with pytest.raises(AudioError, match="no audio file"):
        read_audio(tmp_path / "a.wav")
    (tmp_path / "a.wav").write_bytes(b"RIFF but not really")
    with pytest.raises(AudioError, match="cannot be read as audio"):
        read_audio(tmp_path / "a.wav")
    write_audio(tmp_path / "a.wav", noise())
    with pytest.raises(AudioError, match=r"holds no samples after 1.0 seconds"):
        read_audio(tmp_path / "a.wav", start_seconds=1.0)
    soundfile.write(tmp_path / "b.wav", [0.0, float("nan")], 8_000, subtype="FLOAT")
    with pytest.raises(AudioError, match="holds samples that are not finite"):
        read_audio(tmp_path / "b.wav")
    soundfile.write(tmp_path / "c.wav", [0.0] * 4000, 8_000, subtype="IMA_ADPCM")
    with pytest.raises(AudioError, match="encoded as IMA_ADPCM, which is refused"):
        read_audio(tmp_path / "c.wav")


def test_a_file_object_gets_the_same_bytes(tmp_path: Path) -> None:
    memory = io.BytesIO()
    write_audio(memory, noise())
    write_audio(tmp_path / "a.wav", noise())
    assert memory.getvalue() == (tmp_path / "a.wav").read_bytes()


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync") if call == "fsync" else (Path, "replace")), fail)
    with pytest.raises(OSError, match="No space left"):
        write_audio(path, noise())
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.wav"]


def test_devices_and_links_are_written_through(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        write_file(Path("/dev/full"), b"x" * 10)
    assert Path("/dev/full").is_char_device()
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_samples_of_a_file_inside_a_file(tmp_path: Path) -> None:
    content = encode_audio(noise(), format="flac")
    decoded = decode_samples(content)
    write_audio(tmp_path / "a.flac", noise())
    beside, _ = soundfile.read(tmp_path / "a.flac", dtype="int16", always_2d=True)
    assert decoded.dtype == np.int16
    assert (decoded == beside).all()
    with pytest.raises(AudioError, match="these bytes cannot be read as audio"):
        decode_samples(b"no sound at all")
