from pathlib import Path

import pytest
import torch

from musiclm.artifact import save_artifact
from musiclm.config import replace
from musiclm.errors import ArtifactError, ConfigError, ShapeError
from musiclm.semantic.config import TINY
from musiclm.semantic.encoder import describe_frames
from musiclm.semantic.tokenizer import KIND, SemanticTokenizer


def noise(n_samples: int, *, n_batch: int = 1) -> torch.Tensor:
    rng = torch.Generator().manual_seed(n_samples)
    # Loudness moves, so that frames differ.
    swell = 0.5 + 0.5 * torch.sin(torch.arange(n_samples) / 3000)
    return 0.2 * swell * torch.randn(n_batch, 2, n_samples, generator=rng)


@pytest.fixture(scope="module")
def tokenizer() -> SemanticTokenizer:
    torch.manual_seed(0)
    tokenizer = SemanticTokenizer(replace(TINY, codebook_size=16)).eval()
    for parameter in tokenizer.parameters():
        # Untrained layers pass their input on; give attention and convolution something to do.
        torch.nn.init.normal_(parameter, std=0.15)
    inputs = describe_frames(noise(96_000), TINY)
    tokenizer.encoder.set_scale(inputs[0])
    tokenizer.fit_centroids(tokenizer.features(inputs)[0], torch.Generator().manual_seed(0))
    return tokenizer


@pytest.mark.parametrize("n_samples", [1, 960, 961, 47_999, 48_000])
def test_tokens_cover_every_begun_frame(tokenizer: SemanticTokenizer, n_samples: int) -> None:
    tokens = tokenizer.encode(noise(n_samples))
    assert tokens.shape == (1, 1, -(-n_samples // 960))
    assert tokens.dtype == torch.int64
    assert 0 <= int(tokens.min()) <= int(tokens.max()) < 16


def test_tokens_differ_and_are_deterministic(tokenizer: SemanticTokenizer) -> None:
    samples = noise(96_000)
    tokens = tokenizer.encode(samples)
    assert len(tokens.unique()) > 8
    assert torch.equal(tokens, tokenizer.encode(samples))


def test_a_clip_is_tokenized_the_same_beside_another(tokenizer: SemanticTokenizer) -> None:
    pair = noise(48_000, n_batch=2)
    together = tokenizer.encode(pair)
    alone = torch.cat([tokenizer.encode(pair[:1]), tokenizer.encode(pair[1:])])
    assert (together == alone).float().mean() > 0.98


def test_long_audio_gives_nearly_the_tokens_of_one_pass(tokenizer: SemanticTokenizer) -> None:
    samples = noise(960 * 300)
    whole = tokenizer.encode(samples)
    chunked = SemanticTokenizer(
        replace(tokenizer.config, chunk_frames=120, margin_frames=40)
    ).eval()
    chunked.load_state_dict(tokenizer.state_dict())
    chunked_whole = SemanticTokenizer(replace(tokenizer.config, chunk_frames=600)).eval()
    chunked_whole.load_state_dict(tokenizer.state_dict())
    reference = chunked_whole.encode(samples)
    assert whole.shape == chunked.encode(samples).shape == reference.shape == (1, 1, 300)
    assert (chunked.encode(samples) == reference).float().mean() > 0.9
    assert (whole == reference).float().mean() > 0.9


@pytest.mark.parametrize("n_frames", [121, 159, 160, 161, 241, 333])
def test_chunks_leave_no_frame_out(tokenizer: SemanticTokenizer, n_frames: int) -> None:
    chunked = SemanticTokenizer(
        replace(tokenizer.config, chunk_frames=120, margin_frames=40)
    ).eval()
    chunked.load_state_dict(tokenizer.state_dict())
    features = chunked.features(torch.randn(2, n_frames, TINY.n_features))
    assert features.shape == (2, n_frames, TINY.dim)
    assert torch.isfinite(features).all()
    # The output of a frame depends on that frame, wherever the chunks lie.
    inputs = torch.randn(1, n_frames, TINY.n_features)
    last = inputs.clone()
    last[:, -1] += 3.0
    before, after = chunked.features(inputs), chunked.features(last)
    assert (before - after)[0, -1].abs().max() > 1e-3
    torch.testing.assert_close(before[0, : n_frames - 120], after[0, : n_frames - 120])


def test_centroids_are_of_normalised_features(tokenizer: SemanticTokenizer) -> None:
    features = tokenizer.features(describe_frames(noise(96_000), TINY))[0]
    assert features.mean(0).abs().max() < 0.05
    torch.testing.assert_close(features.std(0), torch.ones(TINY.dim), atol=0.05, rtol=0)


def test_saving_and_loading_is_bit_equal(tokenizer: SemanticTokenizer, tmp_path: Path) -> None:
    tokenizer.save(tmp_path / "t", card="a card")
    loaded = SemanticTokenizer.load(tmp_path / "t")
    samples = noise(48_000)
    assert torch.equal(loaded.encode(samples), tokenizer.encode(samples))
    assert loaded.stream == tokenizer.stream
    assert loaded.sample_rate == 24_000
    assert not loaded.training


def test_weights_that_do_not_fit_are_refused(tokenizer: SemanticTokenizer, tmp_path: Path) -> None:
    config = replace(tokenizer.config, codebook_size=32)
    tensors = tokenizer.state_dict()
    save_artifact(tmp_path / "t", kind=KIND, config=config, tensors=tensors, card="")
    with pytest.raises(ArtifactError, match=r"tensors do not fit config\.json"):
        SemanticTokenizer.load(tmp_path / "t")


def test_callers_are_told_what_is_wrong(tokenizer: SemanticTokenizer) -> None:
    with pytest.raises(
        ShapeError, match=r"expected audio \[B, C, N\] with samples, got \(1, 2, 0\)"
    ):
        tokenizer.encode(torch.zeros(1, 2, 0))
    with pytest.raises(ConfigError, match="has no centroids: train it"):
        SemanticTokenizer(TINY).encode(torch.zeros(1, 2, 960))
