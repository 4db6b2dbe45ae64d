import numpy as np
import pytest
import torch
from sounds import beats

from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError
from musiclm.evaluate.features import features_of


def distance(first: Waveform, second: Waveform) -> float:
    return float(np.abs(features_of(first) - features_of(second)).mean())


def test_loudness_and_balance_do_not_matter() -> None:
    sound = beats(bpm=120, hertz=330, noisy=True)
    quiet = Waveform(sound.samples * 0.1, sound.sample_rate)
    mono = sound.mono()
    assert distance(sound, quiet) < 0.02
    assert distance(sound, mono) < 1e-5


@pytest.mark.parametrize(
    "other",
    [
        beats(bpm=80, hertz=330, noisy=True),
        beats(bpm=120, hertz=330, noisy=False),
        beats(bpm=120, hertz=1_500, noisy=True),
    ],
    ids=["tempo", "noise", "pitch"],
)
def test_what_is_heard_matters(other: Waveform) -> None:
    sound = beats(bpm=120, hertz=330, noisy=True)
    twin = beats(bpm=120, hertz=330, noisy=True, seed=5)
    assert distance(sound, other) > 1.2 * distance(sound, twin)


def test_every_feature_is_finite_even_for_silence_and_at_any_rate() -> None:
    silence = Waveform(torch.zeros(1, 3 * 24_000), 24_000)
    constant = Waveform(torch.ones(2, 3 * 16_000), 16_000)
    assert np.isfinite(features_of(silence)).all()
    assert features_of(silence).shape == features_of(constant).shape
    assert np.isfinite(features_of(constant)).all()


def test_sounds_that_cannot_be_judged_are_refused() -> None:
    with pytest.raises(AudioError, match=r"at least 2\.0 s of sound, got 1\.00 s"):
        features_of(Waveform(torch.zeros(1, 24_000), 24_000))
    broken = torch.zeros(1, 72_000)
    broken[0, 5] = float("nan")
    with pytest.raises(AudioError, match="got NaN or infinity"):
        features_of(Waveform(broken, 24_000))
