"""Harmony and rhythm of a frame, and the tokenizers that cluster them."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from musiclm.config import replace
from musiclm.errors import ConfigError
from musiclm.semantic.config import SMALL, TINY, SemanticConfig
from musiclm.semantic.encoder import describe_frames
from musiclm.semantic.harmony import (
    N_ONSET_BANDS,
    N_PITCH_CLASSES,
    feature_weights,
    harmony_and_rhythm,
)
from musiclm.semantic.tokenizer import SemanticTokenizer

HARMONY = replace(TINY, clusters="harmony")
N_FEATURES = N_PITCH_CLASSES + N_ONSET_BANDS


def tone(pitch: int, n_samples: int = 24_000) -> Tensor:
    time = torch.arange(n_samples) / 24_000
    wave = 0.3 * torch.sin(2 * torch.pi * 440.0 * 2 ** ((pitch - 69) / 12) * time)
    return wave.expand(1, 2, -1)


def features_of(samples: Tensor, config: SemanticConfig = SMALL) -> Tensor:
    return harmony_and_rhythm(describe_frames(samples, config), config)[0]


@pytest.mark.parametrize("pitch", [57, 60, 64, 66, 71, 81])
def test_a_pure_tone_is_loudest_in_its_pitch_class(pitch: int) -> None:
    chroma = features_of(tone(pitch))[3:-3, :N_PITCH_CLASSES]
    # Band 0 is ``lowest_pitch``: classes count from there.
    assert set(chroma.argmax(-1).tolist()) == {(pitch - SMALL.lowest_pitch) % 12}


def test_octaves_are_one_pitch_class_and_loudness_hardly_counts() -> None:
    low, high, quiet = (
        features_of(samples)[12, :N_PITCH_CLASSES]
        for samples in (tone(60), tone(72), 0.25 * tone(60))
    )
    assert low.argmax() == high.argmax() == quiet.argmax()
    assert low.mean().abs() < 1e-5
    assert torch.corrcoef(torch.stack((low, quiet)))[0, 1] > 0.9


def test_a_click_raises_the_onsets_of_its_frame_only() -> None:
    samples = tone(60).clone()
    # In the middle of frame 12.
    samples[..., 12 * 960 + 480 : 12 * 960 + 500] += 0.5
    onsets = features_of(samples)[:, N_PITCH_CLASSES:]
    calm = features_of(tone(60))[:, N_PITCH_CLASSES:]
    more = (onsets - calm).mean(-1)
    assert more[11:14].argmax() == 1
    assert more[12] > 0.5
    away = torch.cat((more[3:11], more[14:-3]))
    assert away.abs().max() < 0.05 * more[12]


def test_silence_has_no_onsets_and_no_harmony() -> None:
    features = features_of(torch.zeros(1, 2, 9_600))
    assert features.abs().max() < 1e-4


def test_both_groups_count_by_their_share_and_not_their_size() -> None:
    weights = feature_weights()
    assert weights.shape == (N_FEATURES,)
    assert float(weights[:N_PITCH_CLASSES].square().sum()) == pytest.approx(1.0)
    assert float(weights[N_PITCH_CLASSES:].square().sum()) == pytest.approx(0.49)


def fitted(clusters: str) -> SemanticTokenizer:
    torch.manual_seed(0)
    config = replace(TINY, clusters=clusters, codebook_size=8)
    tokenizer = SemanticTokenizer(config).eval()
    melody = torch.cat([tone(pitch, 9_600) for pitch in (60, 64, 67, 72, 65, 69)], dim=-1)
    inputs = describe_frames(melody, config)
    if tokenizer.encoder is not None:
        tokenizer.encoder.set_scale(inputs[0])
    tokenizer.fit_centroids(tokenizer.features(inputs)[0], torch.Generator().manual_seed(0))
    return tokenizer


@pytest.mark.parametrize(
    ("clusters", "dim"),
    [("layer", TINY.dim), ("harmony", N_FEATURES), ("both", TINY.dim + N_FEATURES)],
)
def test_every_kind_of_cluster_is_saved_and_loaded(clusters: str, dim: int, tmp_path: Path) -> None:
    tokenizer = fitted(clusters)
    assert (tokenizer.encoder is None) == (clusters == "harmony")
    assert tokenizer.centroids.shape == (8, dim)
    assert tokenizer.feature_std.shape == (dim,)
    tokenizer.save(tmp_path / "t")
    loaded = SemanticTokenizer.load(tmp_path / "t")
    assert loaded.config == tokenizer.config
    samples = torch.cat((tone(60, 9_601), tone(67, 9_600)), dim=-1)
    tokens = tokenizer.encode(samples)
    assert tokens.shape == (1, 1, 21)  # 20 whole frames and one sample.
    assert torch.equal(loaded.encode(samples), tokens)


def test_without_an_encoder_notes_still_get_tokens_of_their_own() -> None:
    tokens = fitted("harmony").encode(torch.cat((tone(60, 19_200), tone(67, 19_200)), dim=-1))
    # Three frames at the ends and at the change hear silence or both.
    first, second = set(tokens[0, 0, 3:17].tolist()), set(tokens[0, 0, 23:37].tolist())
    assert not first & second


def test_bands_must_be_whole_octaves_and_eight_groups() -> None:
    with pytest.raises(
        ConfigError, match=r'clusters = "harmony" needs whole octaves and eight groups of bands'
    ):
        SemanticConfig.from_mapping(HARMONY.model_dump() | {"n_pitches": 50})
