"""Recording, with a stand-in for the package and its device: a test cannot count on either."""

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from musiclm.audio.device import sounddevice_for
from musiclm.audio.microphone import record
from musiclm.errors import AudioError


class PortAudioError(Exception):
    """As sounddevice has it."""


def installed(monkeypatch: pytest.MonkeyPatch, *, rate: float, refuses: bool = False) -> list[Any]:
    """A ``sounddevice`` whose microphone hears a ramp; what it was asked for."""
    asked: list[Any] = []

    def query_devices(*, kind: str) -> dict[str, float]:
        if refuses:
            raise PortAudioError("Error querying device -1")
        assert kind == "input"
        return {"default_samplerate": rate}

    def rec(
        n_samples: int, *, samplerate: int, channels: int, dtype: str, blocking: bool
    ) -> NDArray[np.float32]:
        asked.append((n_samples, samplerate, channels, dtype, blocking))
        return np.linspace(-0.5, 0.5, n_samples, dtype=np.float32)[:, None]

    module = SimpleNamespace(PortAudioError=PortAudioError, query_devices=query_devices, rec=rec)
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return asked


def test_one_channel_at_the_rate_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = installed(monkeypatch, rate=48_000.0)
    heard = record(0.5, 32_000)
    assert asked == [(24_000, 48_000, 1, "float32", True)]
    assert heard.sample_rate == 32_000
    assert heard.samples.shape == (1, 16_000)
    wanted = torch.linspace(-0.5, 0.5, 16_000)
    assert float((heard.samples[0] - wanted)[100:-100].abs().max()) < 1e-3


def test_at_the_devices_own_rate_samples_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, rate=32_000.0)
    assert torch.equal(
        record(1).samples[0], torch.from_numpy(np.linspace(-0.5, 0.5, 32_000, dtype=np.float32))
    )


@pytest.mark.parametrize("seconds", [0, -1.0, 600.1, float("nan"), float("inf")])
def test_a_duration_out_of_range(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    asked = installed(monkeypatch, rate=48_000.0)
    with pytest.raises(AudioError, match="takes more than 0 and up to 600 seconds, got"):
        record(seconds, 32_000)
    assert asked == []


def test_a_rate_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, rate=48_000.0)
    with pytest.raises(AudioError, match="sample_rate must be at least 1 Hz, got 0"):
        record(1.0, 0)


def test_without_a_microphone_there_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, rate=48_000.0, refuses=True)
    with pytest.raises(AudioError) as caught:
        record(1.0)
    assert str(caught.value) == (
        "the microphone cannot be used (Error querying device -1): connect one, allow its use, "
        "or give a recording as a file"
    )


def test_without_the_package_there_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)  # as if it were not installed
    with pytest.raises(AudioError) as caught:
        record(1.0)
    assert str(caught.value) == (
        "recording needs the package sounddevice: pip install 'musiclm[play]', "
        "or give a recording as a file"
    )


def test_without_portaudio_there_is_one_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(AudioError) as caught:
        sounddevice_for("playing", instead="pipe the samples")
    assert str(caught.value) == (
        "playing is not possible here (PortAudio library not found): install PortAudio, "
        "or pipe the samples"
    )
