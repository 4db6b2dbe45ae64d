"""Chroma of sounds whose pitch is known."""

import math

import pytest
import torch
from torch import Tensor

from musiclm.audio.chroma import chroma_filters, chromagram, melody_chroma
from musiclm.errors import AudioError, ConfigError

RATE = 32_000
C_MAJOR = [0, 2, 4, 5, 7, 9, 11, 0]


def note(semitones_above_c4: int, seconds: float) -> Tensor:
    """A note with four overtones."""
    hertz = 440 * 2 ** ((semitones_above_c4 - 9) / 12)
    time = torch.arange(round(seconds * RATE)) / RATE
    return sum(torch.sin(2 * math.pi * hertz * k * time) / k**2 for k in range(1, 6)) * 0.3


@pytest.mark.parametrize("octave", [-2, 0, 2])
def test_a_c_major_scale_gives_its_pitch_classes_in_order(octave: int) -> None:
    steps = [0, 2, 4, 5, 7, 9, 11, 12]
    scale = torch.cat([note(step + 12 * octave, 1.0) for step in steps])
    heard = melody_chroma(scale[None], sample_rate=RATE)[0].argmax(dim=-1)
    # Frames whose window lies within one note: half a window (0.256 s) off its ends.
    centres = torch.arange(len(heard)) * 4_096 / RATE
    within = ((centres % 1.0) > 0.3) & ((centres % 1.0) < 0.7)
    of_note = heard[within].tolist()
    wanted = [C_MAJOR[int(second)] for second in centres[within]]
    assert of_note == wanted
    assert len(set(wanted)) == 7
    changes = [pitch for i, pitch in enumerate(of_note) if i == 0 or pitch != of_note[i - 1]]
    assert changes == C_MAJOR


def test_a_scale_of_all_twelve_classes_in_any_loudness() -> None:
    scale = torch.cat([note(step, 1.0) for step in range(12)])
    loud, quiet = melody_chroma(torch.stack([scale, scale * 1e-3]), sample_rate=RATE)
    assert torch.equal(loud, quiet)
    # The middle of each note lies at most half a hop from a frame.
    middles = [round((second + 0.5) * RATE / 4_096) for second in range(12)]
    assert loud[middles].argmax(dim=-1).tolist() == list(range(12))


@pytest.mark.parametrize(
    ("n_samples", "n_frames"),
    [(10 * RATE, 79), (30 * RATE, 235), (1, 5), (100, 5), (16_383, 5), (16_384, 5), (20_480, 6)],
)
def test_shapes(n_samples: int, n_frames: int) -> None:
    chroma = melody_chroma(torch.rand(2, n_samples) - 0.5, sample_rate=RATE)
    assert chroma.shape == (2, n_frames, 12)
    assert chroma.dtype == torch.float32
    assert torch.equal(chroma.sum(dim=-1), torch.ones(2, n_frames))
    assert set(chroma.unique().tolist()) == {0.0, 1.0}


def test_silence_counts_as_c() -> None:
    assert melody_chroma(torch.zeros(1, RATE), sample_rate=RATE)[0, :, 0].eq(1).all()


def test_items_of_a_batch_do_not_touch() -> None:
    both = torch.stack([note(4, 2.0), note(9, 2.0)])
    together = melody_chroma(both, sample_rate=RATE)
    assert torch.equal(together[1:], melody_chroma(both[1:], sample_rate=RATE))


def test_strength_is_one_for_the_strongest_and_less_for_the_faintest() -> None:
    strength = chromagram(note(7, 1.0)[None], sample_rate=RATE)
    assert torch.equal(strength.amax(dim=-1), torch.ones(1, 8))
    faint = chromagram(note(7, 1.0)[None] * 1e-9, sample_rate=RATE)
    assert 0 < float(faint.max()) < 1e-3


def test_the_tuning_of_the_filters() -> None:
    filters = chroma_filters(12, 16_384, RATE)
    for semitone in range(-24, 25):
        hertz = 440 * 2 ** (semitone / 12)
        if hertz > 200:  # Below, a bin of 2 Hz is coarse.
            nearest = round(hertz / RATE * 16_384)
            assert int(filters[:, nearest].argmax()) == (9 + semitone) % 12


def test_bad_input_is_refused() -> None:
    with pytest.raises(AudioError, match="a melody needs at least one sample, got none: give"):
        melody_chroma(torch.zeros(1, 0), sample_rate=RATE)
    with pytest.raises(AudioError, match="must be finite and not far beyond full scale"):
        melody_chroma(torch.full((1, 100), math.nan), sample_rate=RATE)
    with pytest.raises(AudioError, match=r"got a peak of 1e\+25: scale it"):
        melody_chroma(torch.full((1, 20_000), 1e25), sample_rate=RATE)
    with pytest.raises(ConfigError, match=r"multiples of 12, .* got n_chroma=13 n_fft=16384"):
        melody_chroma(torch.zeros(1, 9), sample_rate=RATE, n_chroma=13)
    for hop_length in (5_000, 0, -4_096):
        with pytest.raises(ConfigError, match="hop_length must divide n_fft"):
            melody_chroma(torch.zeros(1, 9), sample_rate=RATE, hop_length=hop_length)
