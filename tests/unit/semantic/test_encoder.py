import math

import pytest
import torch

from musiclm.errors import ConfigError
from musiclm.semantic.config import PAPER, SMALL, TINY, SemanticConfig
from musiclm.semantic.encoder import SemanticEncoder, describe_frames
from musiclm.semantic.pretrain import BestRq


def tone(hertz: float, n_samples: int = 24_000) -> torch.Tensor:
    time = torch.arange(n_samples) / 24_000
    return 0.5 * torch.sin(2 * math.pi * hertz * time).expand(1, 2, -1)


@pytest.mark.parametrize("n_samples", [1, 959, 960, 961, 24_000, 24_001])
def test_there_is_one_frame_for_every_begun_hop(n_samples: int) -> None:
    frames = describe_frames(torch.randn(1, 2, n_samples), TINY)
    assert frames.shape == (1, math.ceil(n_samples / 960), TINY.n_features)
    assert torch.isfinite(frames).all()


@pytest.mark.parametrize("midi", [57, 60, 64, 81])
def test_a_tone_lights_its_own_semitone(midi: int) -> None:
    frames = describe_frames(tone(440 * 2 ** ((midi - 69) / 12)), SMALL)
    pitches = frames[0, 12, SMALL.stack * SMALL.n_mels :]
    assert int(pitches.argmax()) + SMALL.lowest_pitch == midi


def test_a_click_falls_into_its_own_frame() -> None:
    samples = torch.zeros(1, 1, 9_600)
    samples[..., 5 * 960 + 480] = 1.0
    mel = describe_frames(samples, SMALL)[0, :, : SMALL.stack * SMALL.n_mels]
    assert int(mel.sum(-1).argmax()) == 5


def test_moving_audio_by_whole_hops_moves_the_frames() -> None:
    samples = torch.randn(1, 2, 24_000)
    frames = describe_frames(samples, TINY)
    moved = describe_frames(samples[..., 960 * 5 :], TINY)
    torch.testing.assert_close(moved[:, 4:-4], frames[:, 9:-4], atol=1e-4, rtol=1e-4)


def test_inputs_are_normalised_and_outliers_cut() -> None:
    encoder = SemanticEncoder(TINY)
    inputs = 4.0 + 2.0 * torch.randn(400, TINY.n_features)
    encoder.set_scale(inputs)
    normalised = encoder.normalise(inputs[None])[0]
    assert normalised.mean(0).abs().max() < 1e-4
    torch.testing.assert_close(normalised.std(0), torch.ones(TINY.n_features), atol=0.02, rtol=0)
    assert encoder.normalise(inputs[None] + 1e6).max() == 5.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stack": 7}, "stack=7 must divide hop_length=960"),
        ({"pitch_window": 5000}, "hop_length=960 must divide pitch_window=5000"),
        ({"margin_frames": 250}, "two margins of 250 frames leave nothing of a chunk of 500"),
        ({"n_heads": 3}, "must be an even multiple of n_heads=3"),
        ({"conv_kernel": 4}, "conv_kernel=4 must be odd"),
    ],
)
def test_impossible_settings_are_refused(changes: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SemanticConfig(**changes)


def test_a_config_from_a_file_names_every_fault() -> None:
    with pytest.raises(ConfigError, match="has 2 fault"):
        SemanticConfig.from_mapping({"n_mels": 0, "codebook_size": 1})


def test_the_paper_preset_has_the_published_size() -> None:
    with torch.device("meta"):
        encoder = SemanticEncoder(PAPER)
        model = BestRq(encoder, n_codes=8192, generator=None)
    assert 0.55e9 < sum(p.numel() for p in model.parameters()) < 0.68e9
    assert PAPER.stream.codebook_size == 1024
    assert PAPER.stream.frame_rate == 25


def test_the_small_encoder_is_small() -> None:
    with torch.device("meta"):
        encoder = SemanticEncoder(SMALL)
    assert sum(p.numel() for p in encoder.parameters()) < 4e6
