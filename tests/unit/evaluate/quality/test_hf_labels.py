"""Classifiers of transformers, as tiny networks of random weights; skipped where it is missing."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from musiclm.audio.waveform import Waveform
from musiclm.errors import ConfigError
from musiclm.evaluate.quality.divergence import paired_divergence
from musiclm.evaluate.quality.hf_labels import load_hf_labeller


@pytest.mark.skipif(find_spec("transformers") is None, reason="transformers is not installed")
def test_a_published_classifier_labels_sounds_and_its_answers_diverge(tmp_path: Path) -> None:
    from transformers import ASTConfig, ASTFeatureExtractor, ASTForAudioClassification

    torch.manual_seed(0)
    config = ASTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_mel_bins=32,
        max_length=128,
        num_labels=5,
    )
    ASTForAudioClassification(config).save_pretrained(tmp_path / "ast")
    reader = ASTFeatureExtractor(num_mel_bins=32, max_length=128)
    reader.save_pretrained(tmp_path / "ast")
    label = load_hf_labeller(f"hf:{tmp_path / 'ast'}")
    sounds = [
        Waveform(0.1 * torch.randn(2, 24_000 * seconds, generator=torch.Generator()), 24_000)
        for seconds in (2, 12)
    ]
    found = [label(sound) for sound in sounds]
    for each in found:
        assert each["labels"].shape == (5,)
        assert each["labels"].sum() == pytest.approx(1.0)
    assert not np.allclose(found[0]["labels"], found[1]["labels"])
    same = paired_divergence(found, found)["labels"]
    assert same.value == pytest.approx(0.0, abs=1e-9)
    assert paired_divergence(found, found[::-1])["labels"].value > 0
    with pytest.raises(ConfigError, match="no encoder can be loaded from"):
        load_hf_labeller(f"hf:{tmp_path / 'nothing'}")


def test_only_published_classifiers_have_names() -> None:
    with pytest.raises(ConfigError, match='labels of "mine" are unknown: write hf:'):
        load_hf_labeller("mine")
