"""The value that carries sound."""

import pytest
import torch

from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError


def test_parts_and_properties() -> None:
    ramp = Waveform(torch.stack((torch.arange(100.0), -torch.arange(100.0))), 100)
    assert (ramp.n_channels, ramp.n_samples, ramp.seconds, ramp.peak()) == (2, 100, 1.0, 99.0)
    assert torch.equal(ramp.mono().samples, torch.zeros(1, 100))
    part = ramp.slice(0.25, 0.5)
    assert torch.equal(part.samples[0], torch.arange(25.0, 50.0))
    assert ramp.slice(0.9, 5.0).n_samples == 10
    assert ramp.slice(0.5, 0.25).n_samples == 0
    assert ramp.slice(0.5, 0.5).peak() == 0.0


def test_fades_begin_at_zero_and_leave_the_middle() -> None:
    faded = Waveform(torch.ones(1, 100), 100).fade(0.1, 0.2).samples[0]
    assert faded[0] == 0.0
    assert faded[-1] == 0.0
    assert torch.equal(faded[10:80], torch.ones(70))
    assert bool((faded[:10].diff() > 0).all())
    assert bool((faded[80:].diff() < 0).all())
    Waveform(torch.ones(1, 3), 100).fade(1.0, 1.0)  # Longer than the sound: cut, no error.


@pytest.mark.parametrize("bad", [torch.zeros(5), torch.zeros(1, 2, 3), torch.zeros(1, 5).int()])
def test_other_tensors_are_refused(bad: torch.Tensor) -> None:
    # The shape checks of the test run may catch it before our own message does.
    with pytest.raises((AudioError, TypeError)):
        Waveform(bad, 100)


def test_a_rate_below_one_is_refused() -> None:
    with pytest.raises(AudioError, match="sample_rate must be at least 1 Hz, got 0"):
        Waveform(torch.zeros(1, 5), 0)
