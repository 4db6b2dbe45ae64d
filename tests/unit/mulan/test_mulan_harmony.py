"""Pitch classes land where they belong; the reader hears chords, not keys."""

import pytest
import torch
from torch import Tensor

from musiclm.mulan.audio_tower import tower_features
from musiclm.mulan.config import SMALL, TINY
from musiclm.mulan.harmony import HarmonyReader, chroma_frames

RATE, WINDOW, HOP = 24_000, 7200, 2400


def tones(*pitches: int, seconds: float = 1.0) -> Tensor:
    """Sines of MIDI pitches."""
    time = torch.arange(round(RATE * seconds)) / RATE
    hertz = [440.0 * 2 ** ((pitch - 69) / 12) for pitch in pitches]
    return torch.stack([torch.sin(2 * torch.pi * f * time) for f in hertz]).sum(0)


def chroma(samples: Tensor) -> Tensor:
    return chroma_frames(samples[None], sample_rate=RATE, n_fft=WINDOW, hop_length=HOP)[0]


def progression(*chords: tuple[int, ...]) -> Tensor:
    """Ideal pitch classes of chords, two segments of the reader each."""
    frames = torch.zeros(12, 50 * len(chords))
    for number, chord in enumerate(chords):
        for pitch in chord:
            frames[pitch % 12, 50 * number : 50 * (number + 1)] = 3**-0.5
    return frames


MAJOR = progression((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7))
MINOR = progression((0, 3, 7), (5, 8, 12), (7, 10, 14), (0, 3, 7))


@pytest.fixture
def reader() -> HarmonyReader:
    torch.manual_seed(0)
    return HarmonyReader(16, 32).eval()


@pytest.mark.parametrize("octave", [48, 60, 72, 84])
def test_a_tone_is_its_pitch_class(octave: int) -> None:
    for pitch in range(octave, octave + 12):
        frames = chroma(tones(pitch))
        assert frames.shape == (12, 11)
        assert (frames[:, 1:-1].argmax(0) == pitch % 12).all()
        assert frames[pitch % 12, 5] > 0.9
        torch.testing.assert_close(frames.norm(dim=0), torch.ones(11))


def test_octaves_are_one() -> None:
    low, high = chroma(tones(50))[:, 5], chroma(tones(74))[:, 5]
    assert torch.dot(low, high) > 0.98


@pytest.mark.parametrize("root", range(12))
@pytest.mark.parametrize("third", [3, 4])
def test_a_triad_is_its_three_pitch_classes(root: int, third: int) -> None:
    triad = (60 + root, 60 + root + third, 67 + root)
    middle = chroma(tones(*triad))[:, 5]
    assert set(middle.topk(3).indices.tolist()) == {pitch % 12 for pitch in triad}
    assert middle.topk(4).values[-1] < 0.1 < 0.4 < middle.topk(3).values[-1]


def test_loudness_is_no_matter_and_silence_is_nothing() -> None:
    # Processors add in other orders, which the logarithm of small numbers shows.
    torch.testing.assert_close(
        chroma(0.01 * tones(57, 64)), chroma(tones(57, 64)), atol=1e-4, rtol=1e-3
    )
    assert not chroma(torch.zeros(RATE)).any()


def test_transposing_changes_nothing(reader: HarmonyReader) -> None:
    with torch.no_grad():
        here = reader(MAJOR[None])
        for semitones in range(1, 12):
            there = reader(MAJOR.roll(semitones, 0)[None])
            torch.testing.assert_close(there, here, atol=1e-5, rtol=1e-4)
        # A mere shuffle of the pitch classes is another music.
        assert (reader(MAJOR[torch.randperm(12)][None]) - here).norm() > 1e-2


def test_major_and_minor_differ(reader: HarmonyReader) -> None:
    with torch.no_grad():
        major, minor = reader(torch.stack((MAJOR, MINOR)))
    assert (major - minor).norm() > 1e-2


def test_which_chord_follows_which_matters(reader: HarmonyReader) -> None:
    first = progression((0, 4, 7), (5, 9, 12), (7, 11, 14), (9, 12, 16))
    other = progression((0, 4, 7), (7, 11, 14), (5, 9, 12), (9, 12, 16))
    with torch.no_grad():
        one, two = reader(torch.stack((first, other)))
    assert (one - two).norm() > 1e-3


def test_a_network_can_learn_the_mode_in_any_key(reader: HarmonyReader) -> None:
    head = torch.nn.Linear(32, 1)
    optimizer = torch.optim.Adam([*reader.parameters(), *head.parameters()], lr=3e-3)
    known = torch.stack([MAJOR.roll(r, 0) for r in (0, 5)] + [MINOR.roll(r, 0) for r in (2, 9)])
    modes = torch.tensor([[1.0], [1.0], [0.0], [0.0]])
    for _ in range(60):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(head(reader(known)), modes)
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        heard = head(reader(torch.stack([MAJOR.roll(7, 0), MINOR.roll(4, 0)])))
    assert heard[0].item() > 1 > -1 > heard[1].item()


@pytest.mark.parametrize("n_frames", [1, 24, 25, 60])
def test_any_number_of_frames_is_read(reader: HarmonyReader, n_frames: int) -> None:
    with torch.no_grad():
        assert torch.isfinite(reader(torch.rand(2, 12, n_frames))).all()
        assert torch.isfinite(reader(torch.zeros(2, 12, n_frames))).all()


@pytest.mark.parametrize("config", [TINY.audio, SMALL.audio])
def test_features_end_with_the_pitch_classes(config: object) -> None:
    from musiclm.mulan.config import AudioTowerConfig

    assert isinstance(config, AudioTowerConfig)
    stereo = torch.stack((tones(62), tones(62)))[None]
    features = tower_features(stereo, config, sample_rate=RATE)
    assert features.shape == (1, config.n_mels + 12, RATE // config.hop_length)
    rows = features[0, config.n_mels :]
    assert (rows[:, 10:-10].argmax(0) == 2).all()
    # Slower than the mel: one frame after another is the same.
    slow = rows.unflatten(1, (-1, config.chroma_hops))
    assert torch.equal(slow, slow[..., :1].expand_as(slow))
