"""Opus as an opponent: where the program is installed, and what is said where it is not."""

import math
import shutil

import pytest
import torch

from musiclm.audio.waveform import Waveform
from musiclm.errors import ConfigError
from musiclm.evaluate.opus import find_opus, through_opus

needs_opus = pytest.mark.skipif(shutil.which("opusenc") is None, reason="opusenc is missing")


def melody(seconds: float = 1.0, rate: int = 24_000) -> Waveform:
    t = torch.arange(round(seconds * rate)) / rate
    tones = [torch.sin(2 * math.pi * hertz * t**1.1) for hertz in (220.0, 333.0)]
    return Waveform(0.3 * torch.stack(tones), rate)


@needs_opus
def test_bytes_written_are_counted_and_time_is_kept() -> None:
    sound = melody()
    few, many = (through_opus(sound, kbps=kbps) for kbps in (12, 96))
    # The container costs something: more than was asked for, but not much.
    assert 12_000 < few.bits_per_second < 16_000
    assert 96_000 < many.bits_per_second < 102_000
    assert many.waveform.samples.shape == sound.samples.shape
    assert many.waveform.sample_rate == 24_000
    middle = slice(2_000, -2_000)
    error = (many.waveform.samples - sound.samples)[:, middle].norm()
    assert float(error / sound.samples[:, middle].norm()) < 0.1  # No delay is left.


@needs_opus
def test_a_sound_of_any_length_comes_back_as_long() -> None:
    for n_samples in (700, 24_001):
        sound = Waveform(0.1 * torch.ones(1, n_samples), 24_000)
        assert through_opus(sound, kbps=24, tuning="music").waveform.samples.shape == (1, n_samples)


@needs_opus
def test_a_rate_that_opus_does_not_know_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"Opus knows the rates .* got 22050 Hz: resample first"):
        through_opus(melody(rate=22_050), kbps=12)


def test_a_missing_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError, match="needs the program opusenc: apt-get install opus-tools"):
        find_opus()
