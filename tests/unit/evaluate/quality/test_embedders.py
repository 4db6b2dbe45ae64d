import json
from pathlib import Path

import numpy as np
import pytest
import torch

from factories import tiny_model, tiny_mulan, tiny_music, tiny_tokenizer
from musiclm.config import replace
from musiclm.errors import ArtifactError, AudioError, ConfigError, ModelNotFoundError
from musiclm.evaluate.frechet import window_statistics
from musiclm.evaluate.quality.embedders import (
    BUILT_IN,
    EMBEDDER_VERSION,
    identity_of,
    load_embedder,
    means_by_second,
)
from musiclm.pipeline.folder import MODEL
from musiclm.semantic.config import TINY
from musiclm.semantic.encoder import describe_frames
from musiclm.semantic.tokenizer import SemanticTokenizer


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"), tokenizer=tiny_tokenizer())


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_embedder_takes_any_sound_of_a_second(model: Path, name: str) -> None:
    embedder = load_embedder(name, model_folder=model)
    assert embedder.name == name
    assert embedder.model_folder == (None if name == "mel" else model)
    vectors = {}
    for sample_rate in (16_000, 24_000, 44_100):
        stereo = tiny_music(3.0, sample_rate=sample_rate)
        both, mono = embedder.embed(stereo), embedder.embed(stereo.mono())
        assert both.dtype == np.float32
        assert both.shape[1] == embedder.dimensions
        assert np.isfinite(both).all()
        np.testing.assert_allclose(both, mono, atol=1e-3)
        np.testing.assert_array_equal(both, embedder.embed(stereo))
        vectors[sample_rate] = both
    assert vectors[16_000].shape == vectors[44_100].shape
    other = embedder.embed(tiny_music(3.0, seed=9).slice(0.2, 2.2))
    assert np.abs(other[0] - vectors[24_000][0]).max() > 1e-3
    assert len(embedder.embed(tiny_music(1.0))) == 1
    with pytest.raises(AudioError, match=r"needs 1 s of audio, got 0\.90 s"):
        embedder.embed(tiny_music(0.9))


def test_mulan_gives_one_unit_vector_a_window(tmp_path: Path) -> None:
    mulan = tiny_mulan()
    mulan.save(tmp_path / "mulan")
    embedder = load_embedder("mulan", model_folder=tmp_path / "mulan")
    assert embedder.window_seconds == 10.0
    music = tiny_music(22.0)
    vectors = embedder.embed(music)
    assert vectors.shape == (4, mulan.config.dim)
    for row, start in zip(vectors, (0.0, 5.0, 10.0, 12.0), strict=True):
        part = music.slice(start, start + 10.0)
        np.testing.assert_allclose(row, mulan.embed_audio(part.samples[None])[0], atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_semantic_gives_the_mean_features_of_each_second(model: Path) -> None:
    tokenizer = tiny_tokenizer()
    embedder = load_embedder("semantic", model_folder=model)
    music = tiny_music(4.6)
    vectors = embedder.embed(music)
    heard = music.mono().samples[None, :, : 4 * 24_000]
    frames = tokenizer.features(describe_frames(heard, tokenizer.config))[0].numpy()
    expected = [frames[25 * second : 25 * (second + 1)].mean(axis=0) for second in range(4)]
    np.testing.assert_allclose(vectors, expected, atol=1e-5)


def test_semantic_hears_long_sound_to_its_end_in_stretches(tmp_path: Path) -> None:
    torch.manual_seed(0)
    tokenizer = SemanticTokenizer(replace(TINY, codebook_size=16))
    tokenizer.save(tmp_path / "layer")
    embedder = load_embedder("semantic", model_folder=tmp_path / "layer")
    music = tiny_music(62.5)
    music.samples[:, 61 * 24_000 :] = 0.0
    vectors = embedder.embed(music)
    assert vectors.shape == (62, TINY.dim)
    assert np.abs(vectors[60] - vectors[61]).max() > 0.1
    np.testing.assert_allclose(vectors[:60], embedder.embed(music.slice(0, 60)), atol=1e-5)


def test_mel_is_what_the_frechet_distance_has_always_used() -> None:
    embedder = load_embedder("mel")
    music = tiny_music(3.0)
    np.testing.assert_allclose(embedder.embed(music), window_statistics(music), rtol=1e-6)


def test_an_identity_stands_for_weights(model: Path, tmp_path: Path) -> None:
    tiny_mulan(seed=1).save(tmp_path / "mulan")
    tiny_mulan(seed=0).save(tmp_path / "again")
    first = load_embedder("mulan", model_folder=model).identity
    assert load_embedder("mulan", model_folder=tmp_path / "again").identity == first
    assert load_embedder("mulan", model_folder=tmp_path / "mulan").identity != first
    identities = {load_embedder(name, model_folder=model).identity for name in BUILT_IN}
    assert len(identities) == 3
    assert all(len(each) == 64 for each in identities)


def test_an_identity_changes_with_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = identity_of("a", "b")
    assert before != identity_of("ab")
    monkeypatch.setattr("musiclm.evaluate.quality.embedders.EMBEDDER_VERSION", EMBEDDER_VERSION + 1)
    assert identity_of("a", "b") != before


def test_the_models_in_the_box_embed_where_none_is_named() -> None:
    embedder = load_embedder("mulan")
    assert embedder.dimensions == 128
    assert embedder.embed(tiny_music(2.0)).shape == (1, 128)


def test_what_cannot_embed_is_refused(model: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='no embedder "vggish": use mulan, semantic, mel, or hf:'):
        load_embedder("vggish")
    with pytest.raises(ModelNotFoundError, match="no model"):
        load_embedder("mulan", model_folder=tmp_path / "missing")
    with pytest.raises(ModelNotFoundError, match="no model"):
        load_embedder("semantic", model_folder=tmp_path / "missing")
    with pytest.raises(ConfigError, match='"tiny" has no tokenizer'):
        load_embedder("semantic", model_folder=tiny_model(tmp_path / "mute"))
    tiny_mulan().save(tmp_path / "mulan")
    with pytest.raises(ArtifactError, match='holds a "mulan", expected a "semantic_tokenizer"'):
        load_embedder("semantic", model_folder=tmp_path / "mulan")
    place = json.loads((model / MODEL).read_text(encoding="utf-8"))["components"]["tokenizer"]
    other = tiny_model(tmp_path / "swapped", tokenizer=tiny_tokenizer())
    tiny_tokenizer(seed=5).save(other / place["folder"])
    with pytest.raises(ArtifactError, match="another component than"):
        load_embedder("semantic", model_folder=other)


def test_frames_that_lie_in_two_seconds_count_in_both() -> None:
    frames = torch.arange(5.0)[:, None]
    torch.testing.assert_close(means_by_second(frames, 2), torch.tensor([[1.0], [3.0]]))
