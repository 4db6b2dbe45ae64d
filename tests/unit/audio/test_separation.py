"""Separation without its package; with it, it needs weights that are not here."""

import sys

import pytest
import torch

from musiclm.audio.separation import separate_accompaniment
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError


def test_without_demucs_there_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "demucs", None)  # as if it were not installed
    monkeypatch.setitem(sys.modules, "demucs.pretrained", None)
    with pytest.raises(AudioError) as caught:
        separate_accompaniment(Waveform(torch.zeros(1, 100), 32_000))
    message = str(caught.value)
    assert message.startswith("separating needs the package demucs (")
    assert message.endswith("): pip install demucs, or leave the separation out")
    assert "\n" not in message
