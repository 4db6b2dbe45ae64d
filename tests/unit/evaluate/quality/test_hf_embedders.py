"""Encoders of transformers, as tiny networks of random weights; skipped where it is missing."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from factories import tiny_music
from musiclm.errors import AudioError, ConfigError
from musiclm.evaluate.quality.embedders import load_embedder

needs_transformers = pytest.mark.skipif(
    find_spec("transformers") is None, reason="transformers is not installed"
)


def write_hubert(folder: Path, *, seed: int = 0, **settings: Any) -> Path:
    from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

    torch.manual_seed(seed)
    config = HubertConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=24,
        conv_dim=(8, 8),
        conv_stride=(16, 20),
        conv_kernel=(16, 20),
        num_feat_extract_layers=2,
        num_conv_pos_embeddings=8,
        num_conv_pos_embedding_groups=2,
    )
    HubertModel(config).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(sampling_rate=16_000).save_pretrained(folder)
    if settings:
        change_config(folder, **settings)
    return folder


def write_encodec(folder: Path, **settings: Any) -> Path:
    from transformers import EncodecConfig, EncodecModel

    torch.manual_seed(0)
    config = EncodecConfig(
        num_filters=2,
        hidden_size=12,
        codebook_size=8,
        codebook_dim=12,
        target_bandwidths=[1.5],
        num_lstm_layers=1,
        **settings,
    )
    EncodecModel(config).save_pretrained(folder)
    return folder


def write_clap(folder: Path, *, hop_length: int = 960) -> Path:
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

    torch.manual_seed(0)
    text = {
        "vocab_size": 20,
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        "max_position_embeddings": 16,
        "projection_dim": 8,
    }
    audio = {
        "spec_size": 64,
        "num_mel_bins": 16,
        "patch_size": 4,
        "patch_stride": [4, 4],
        "patch_embeds_hidden_size": 8,
        "hidden_size": 32,
        "depths": [1, 1, 1],
        "num_attention_heads": [2, 2, 2],
        "window_size": 4,
        "projection_dim": 8,
        "num_classes": 4,
        "enable_fusion": False,
    }
    config = ClapConfig(text_config=text, audio_config=audio, projection_dim=8)
    ClapModel(config).save_pretrained(folder)
    ClapFeatureExtractor(
        feature_size=16,
        sampling_rate=48_000,
        max_length_s=4,
        hop_length=hop_length,
        fft_window_size=1024,
        truncation="rand_trunc",
        padding="repeatpad",
    ).save_pretrained(folder)
    return folder


def change_config(folder: Path, **settings: Any) -> None:
    path = folder / "config.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**values, **settings}), encoding="utf-8")


@needs_transformers
def test_wave_encoders_give_the_mean_hidden_state_of_each_second(tmp_path: Path) -> None:
    from transformers import HubertModel

    folder = write_hubert(tmp_path / "hubert")
    embedder = load_embedder(f"hf:{folder}")
    assert embedder.name == f"hf:{folder}"
    assert (embedder.dimensions, embedder.window_seconds) == (16, 1.0)
    music = tiny_music(3.7, sample_rate=16_000)
    vectors = embedder.embed(music)
    assert vectors.dtype == np.float32
    assert vectors.shape == (3, 16)
    samples = music.mono().samples[:, :48_000]
    heard = (samples - samples.mean()) / (samples.var(unbiased=False) + 1e-7).sqrt()
    with torch.inference_mode():
        hidden = HubertModel.from_pretrained(folder).eval()(heard).last_hidden_state[0]
    middle = hidden[55:95].mean(dim=0)
    assert len(hidden) == 150
    np.testing.assert_allclose(vectors[1], hidden[50:100].mean(dim=0), atol=1e-4)
    assert np.abs(vectors[1] - middle.numpy()).max() < 1.0
    long = embedder.embed(tiny_music(12.2))
    assert long.shape == (12, 16)
    assert np.isfinite(long).all()
    with pytest.raises(AudioError, match="needs 1 s of audio"):
        embedder.embed(tiny_music(0.5))


@needs_transformers
def test_encodec_gives_latents_and_not_codes(tmp_path: Path) -> None:
    from transformers import EncodecModel

    folder = write_encodec(tmp_path / "encodec")
    embedder = load_embedder(f"hf:{folder}")
    assert embedder.dimensions == 12
    music = tiny_music(2.5)
    vectors = embedder.embed(music)
    with torch.inference_mode():
        latents = (
            EncodecModel.from_pretrained(folder)
            .eval()
            .encoder(music.mono().samples[None, :, :48_000])[0]
        )
    assert latents.shape[-1] == 150
    np.testing.assert_allclose(vectors[0], latents[:, :75].mean(dim=1), atol=1e-4)
    np.testing.assert_allclose(vectors[1], latents[:, 75:].mean(dim=1), atol=1e-4)


@needs_transformers
def test_a_stereo_encodec_hears_both_channels_and_no_loudness(tmp_path: Path) -> None:
    folder = write_encodec(
        tmp_path / "stereo",
        audio_channels=2,
        sampling_rate=48_000,
        normalize=True,
        chunk_length_s=1.0,
        norm_type="time_group_norm",
        use_causal_conv=False,
    )
    embedder = load_embedder(f"hf:{folder}")
    music = tiny_music(2.0, sample_rate=48_000)
    music.samples[1] *= 0.2
    vectors = embedder.embed(music)
    assert vectors.shape == (2, 12)
    quiet = tiny_music(2.0, sample_rate=48_000)
    quiet.samples[1] *= 0.2
    quiet.samples.mul_(0.1)
    np.testing.assert_allclose(embedder.embed(quiet), vectors, atol=1e-3)
    assert np.abs(embedder.embed(music.mono()) - vectors).max() > 1e-3


@needs_transformers
def test_clap_gives_unit_vectors_of_whole_windows(tmp_path: Path) -> None:
    embedder = load_embedder(f"hf:{write_clap(tmp_path / 'clap')}")
    assert (embedder.dimensions, embedder.window_seconds) == (8, 4.0)
    music = tiny_music(9.0)
    vectors = embedder.embed(music)
    assert vectors.shape == (4, 8)  # from 0, 2, 4 and 5 s
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    np.testing.assert_array_equal(embedder.embed(music), vectors)
    last = embedder.embed(music.slice(5.0, 9.0))
    np.testing.assert_allclose(last[0], vectors[3], atol=1e-2)
    assert embedder.embed(music.slice(0.0, 1.5)).shape == (1, 8)


@needs_transformers
def test_identity_follows_the_weights(tmp_path: Path) -> None:
    one = load_embedder(f"hf:{write_hubert(tmp_path / 'one')}")
    same = load_embedder(f"hf:{write_hubert(tmp_path / 'same')}")
    other = load_embedder(f"hf:{write_hubert(tmp_path / 'other', seed=1)}")
    assert one.identity == same.identity != other.identity


@needs_transformers
def test_a_plain_mert_is_read_and_one_with_code_of_its_own_refused(tmp_path: Path) -> None:
    plain = write_hubert(tmp_path / "hubert")
    expected = load_embedder(f"hf:{plain}").embed(tiny_music(2.0))
    mert = write_hubert(tmp_path / "mert", model_type="mert_model", deepnorm=False)
    np.testing.assert_array_equal(load_embedder(f"hf:{mert}").embed(tiny_music(2.0)), expected)
    change_config(mert, deepnorm=True)
    with pytest.raises(ConfigError, match="MERT with code of its own, which is not run"):
        load_embedder(f"hf:{mert}")


@needs_transformers
def test_what_transformers_cannot_load_is_said(tmp_path: Path) -> None:
    folder = write_hubert(tmp_path / "vggish", model_type="vggish")
    with pytest.raises(ConfigError, match=r'of the kind "vggish".*for VGGish there is no such'):
        load_embedder(f"hf:{folder}")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"no encoder can be loaded from .*empty: .*config\.json"):
        load_embedder(f"hf:{tmp_path / 'empty'}")
    silent = write_hubert(tmp_path / "silent")
    (silent / "preprocessor_config.json").unlink()
    with pytest.raises(ConfigError, match=r"no encoder can be loaded from .*silent"):
        load_embedder(f"hf:{silent}")
    unfit = write_clap(tmp_path / "unfit", hop_length=100)
    with pytest.raises(ConfigError, match=r"no encoder can be loaded from .*unfit: the wav size"):
        load_embedder(f"hf:{unfit}")


@needs_transformers
def test_random_weights_never_embed(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = write_hubert(tmp_path / "hubert")
    weights = load_file(folder / "model.safetensors")
    lost = next(name for name in weights if "attention" in name)
    del weights[lost]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ConfigError, match=r"lacks 1 weights of its network.*would be random"):
        load_embedder(f"hf:{folder}")


@needs_transformers
def test_pickled_weights_are_not_opened(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    folder = write_hubert(tmp_path / "hubert")
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ConfigError, match="no encoder can be loaded from"):
        load_embedder(f"hf:{folder}")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ConfigError, match=r'needs transformers: pip install "musiclm\[hf\]"'):
        load_embedder("hf:some/encoder")
