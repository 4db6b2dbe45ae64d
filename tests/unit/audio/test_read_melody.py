"""Melodies from files and from memory, and every message for a bad one."""

import math
import struct
from pathlib import Path

import pytest
import soundfile
import torch
from torch import Tensor

from musiclm.audio.io import write_audio
from musiclm.audio.melody import MelodySource, read_melody
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError


def tune(n_channels: int = 1, seconds: float = 1.0, rate: int = 44_100) -> Waveform:
    time = torch.arange(round(seconds * rate)) / rate
    return Waveform(0.5 * torch.sin(2 * math.pi * 440 * time).repeat(n_channels, 1), rate)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
def test_a_file_becomes_mono_at_the_rate_of_the_models(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_audio(path, tune(n_channels=2))
    for source in (path, str(path)):
        melody = read_melody(source)
        assert melody.waveform.samples.shape == (1, 32_000)
        assert melody.waveform.sample_rate == 32_000
        assert not melody.silent
        wanted = tune(rate=32_000).samples[:, 500:-500]
        # Vorbis is lossy.
        assert float((melody.waveform.samples[:, 500:-500] - wanted).abs().max()) < 0.05


def test_samples_from_memory() -> None:
    wave = tune(2)
    left, right = wave.samples[0], wave.samples[0] * 0.5
    samples = torch.stack([left, right])
    from_waveform = read_melody(Waveform(samples, 44_100), sample_rate=44_100).waveform
    assert torch.equal(from_waveform.samples, samples.mean(dim=0, keepdim=True))
    from_pair = read_melody((samples, 44_100), sample_rate=44_100).waveform
    assert torch.equal(from_pair.samples, from_waveform.samples)
    one_axis = read_melody((left, 44_100), sample_rate=44_100).waveform
    assert torch.equal(one_axis.samples[0], left)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_any_float_becomes_float32(dtype: torch.dtype) -> None:
    given = tune(2).samples.to(dtype)
    for rate in (44_100, 32_000):
        assert (
            read_melody((given, 44_100), sample_rate=rate).waveform.samples.dtype is torch.float32
        )


def test_silence_is_allowed_and_told() -> None:
    assert read_melody((torch.zeros(2, 5_000), 32_000)).silent
    assert read_melody((torch.full((5_000,), 5e-4), 32_000)).silent
    assert not read_melody((torch.full((5_000,), 5e-3), 32_000)).silent
    left = tune(1).samples
    # Nothing is left of it in mono.
    assert read_melody((torch.cat([left, -left]), 44_100)).silent


@pytest.mark.parametrize("rate", [8_000, 32_000, 192_000])
def test_one_sample_is_enough(rate: int) -> None:
    assert read_melody((torch.ones(1), rate)).waveform.n_samples >= 1


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ((torch.zeros(1, 0), 32_000), "the melody holds no samples: give a recording of a tune"),
        ((torch.zeros(0), 32_000), "the melody holds no samples"),
        ((torch.zeros(6, 10), 32_000), "has 6 channels, a melody has 1 or 2: mix it down before"),
        ((torch.zeros(0, 10), 32_000), "has 0 channels, a melody has 1 or 2"),
        ((torch.tensor([0.0, math.nan]), 32_000), "the melody holds samples that are not finite"),
        ((torch.tensor([0.0, -math.inf]), 32_000), "holds samples that are not finite"),
        ((torch.tensor([1e300]).double() * 1e300, 32_000), "not finite"),
        ((torch.zeros(6_001), 10), "longer than 600 seconds, the longest melody that is read: cut"),
        ((torch.zeros(10), 0), "sample_rate must be at least 1 Hz, got 0"),
        ("nowhere.wav", "no audio file nowhere.wav: give the path"),
    ],
)
def test_bad_melodies(source: MelodySource, message: str) -> None:
    with pytest.raises(AudioError) as caught:
        read_melody(source)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_exactly_the_longest_is_read() -> None:
    assert read_melody((torch.zeros(6_000), 10), sample_rate=10).waveform.n_samples == 6_000


def test_a_wanted_rate_that_is_none() -> None:
    with pytest.raises(AudioError, match="sample rates must be at least 1 Hz, got 44100 and 0"):
        read_melody(tune(), sample_rate=0)


def write(path: Path, samples: Tensor, rate: int) -> Path:
    soundfile.write(path, samples.T.numpy(), rate, subtype="FLOAT")
    return path


def test_bad_files(tmp_path: Path) -> None:
    # The faults of what is refused by its header, or early, are not reached.
    six = write(tmp_path / "six.wav", torch.full((6, 100), math.nan), 8_000)
    with pytest.raises(AudioError, match=r"six\.wav has 6 channels, a melody has 1 or 2"):
        read_melody(six)
    empty = write(tmp_path / "empty.wav", torch.zeros(1, 0), 8_000)
    with pytest.raises(AudioError, match=r"empty\.wav holds no samples: give a recording"):
        read_melody(empty)
    broken = write(tmp_path / "nan.wav", torch.full((1, 100), math.nan), 8_000)
    with pytest.raises(AudioError, match=r"nan\.wav holds samples that are not finite"):
        read_melody(broken)
    samples = torch.zeros(1, 70_000)
    samples[0, -1] = math.nan
    long = write(tmp_path / "long.wav", samples, 50)
    with pytest.raises(AudioError, match=r"long\.wav is longer than 600 seconds"):
        read_melody(long)
    with pytest.raises(AudioError, match="is a folder: give the path"):
        read_melody(tmp_path)
    text = tmp_path / "text.wav"
    text.write_text("no sound")
    with pytest.raises(AudioError, match=r"text\.wav cannot be read as audio"):
        read_melody(text)


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    whole = tmp_path / "whole.flac"
    rng = torch.Generator().manual_seed(0)
    write_audio(whole, Waveform(torch.rand(1, 100_000, generator=rng) - 0.5, 32_000))
    cut = tmp_path / "cut.flac"
    cut.write_bytes(whole.read_bytes()[:50_000])
    with pytest.raises(AudioError, match=r"cut\.flac (is cut off|cannot be read)"):
        read_melody(cut)


def test_a_header_that_promises_two_gigabytes_costs_no_memory(tmp_path: Path) -> None:
    path = write(tmp_path / "lie.wav", torch.zeros(1, 100), 8_000)
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = struct.pack("<I", 2**31)
    path.write_bytes(content)
    # 75 hours are promised, and not refused: what counts is what is there.
    assert read_melody(path, sample_rate=8_000).waveform.n_samples == 100
