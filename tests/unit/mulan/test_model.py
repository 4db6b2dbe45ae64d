from pathlib import Path

import pytest
import torch

from musiclm.artifact import save_artifact
from musiclm.config import replace
from musiclm.errors import ArtifactError, ConfigError, ShapeError
from musiclm.mulan.audio_tower import AudioTower
from musiclm.mulan.config import PAPER, TINY, AudioTowerConfig, MulanConfig, TextTowerConfig
from musiclm.mulan.model import KIND, Mulan
from musiclm.mulan.text_tower import TextTower

CONFIG = MulanConfig(
    window_seconds=2.0,
    hop_seconds=1.0,
    dim=16,
    n_q=3,
    codebook_size=8,
    text=TextTowerConfig(vocab_size=64, dim=16, depth=1, n_heads=2, ff_dim=16),
    audio=AudioTowerConfig(n_mels=16, conv_channels=(4, 8), dim=16, depth=1, n_heads=2, n_lags=20),
)
PROMPTS = ["calm piano", "fast drums and a very loud electric guitar", "waltz"]


@pytest.fixture
def mulan() -> Mulan:
    torch.manual_seed(0)
    model = Mulan(CONFIG).eval()
    rng = torch.Generator().manual_seed(0)
    model.quantizer.init_from(0.3 * torch.randn(64, 16, generator=rng), rng)
    model.set_gap(text_mean=0.1 * torch.randn(16), audio_mean=0.1 * torch.randn(16))
    return model


def test_both_doors_give_unit_vectors_and_tokens_in_range(mulan: Mulan) -> None:
    samples = 0.1 * torch.randn(2, 2, 60_000)
    for embeddings in (mulan.embed_text(PROMPTS), mulan.embed_audio(samples)):
        torch.testing.assert_close(embeddings.norm(dim=-1), torch.ones(len(embeddings)))
    for tokens in (mulan.tokens_from_text(PROMPTS), mulan.tokens_from_audio(samples)):
        assert tokens.dtype == torch.int64
        assert tokens.shape[1] == mulan.stream.n_q == 3
        assert 0 <= int(tokens.min()) <= int(tokens.max()) < 8


def test_a_prompt_is_embedded_bit_for_bit_the_same_in_company(mulan: Mulan) -> None:
    together = mulan.embed_text(PROMPTS)
    for index, prompt in enumerate(PROMPTS):
        assert torch.equal(mulan.embed_text([prompt])[0], together[index])


def test_long_lists_of_prompts_keep_their_order(mulan: Mulan) -> None:
    many = [f"{prompt} {'x ' * (index % 5)}" for index in range(10) for prompt in PROMPTS]
    together = mulan.embed_text(many)
    alone = torch.cat([mulan.embed_text([prompt]) for prompt in many])
    torch.testing.assert_close(together, alone, atol=1e-6, rtol=1e-5)


def test_both_doors_share_the_codebooks(mulan: Mulan) -> None:
    # The same point, seen from the mean of its own modality, gets the same tokens.
    offset = 0.3 * torch.randn(5, 16)
    text = mulan.tokens_from_embeddings(offset + mulan.text_mean, source="text")
    audio = mulan.tokens_from_embeddings(offset + mulan.audio_mean, source="audio")
    assert torch.equal(text, audio)
    crossed = mulan.tokens_from_embeddings(offset + mulan.text_mean, source="audio")
    assert not torch.equal(text, crossed)


@pytest.mark.parametrize(
    ("n_samples", "n_windows"), [(1, 1), (48_000, 1), (48_001, 2), (96_000, 3)]
)
def test_windows_cover_the_clip(mulan: Mulan, n_samples: int, n_windows: int) -> None:
    samples = torch.randn(1, 2, n_samples)
    windows = mulan.windows(samples)
    assert windows.shape == (1, n_windows, 2, 48_000)
    if n_samples >= 48_000:
        assert torch.equal(windows[0, -1], samples[0, :, -48_000:])


def test_a_long_clip_is_the_mean_of_its_windows(mulan: Mulan) -> None:
    samples = 0.1 * torch.randn(1, 2, 96_000)
    parts = torch.cat(
        [mulan.embed_audio(samples[..., at : at + 48_000]) for at in (0, 24_000, 48_000)]
    )
    expected = torch.nn.functional.normalize(parts.mean(0), dim=0)
    torch.testing.assert_close(mulan.embed_audio(samples)[0], expected, atol=1e-5, rtol=1e-4)


def test_saving_and_loading_is_bit_equal(mulan: Mulan, tmp_path: Path) -> None:
    mulan.save(tmp_path / "mulan", card="a card")
    loaded = Mulan.load(tmp_path / "mulan")
    samples = 0.1 * torch.randn(1, 2, 60_000)
    assert torch.equal(loaded.embed_text(PROMPTS), mulan.embed_text(PROMPTS))
    assert torch.equal(loaded.tokens_from_audio(samples), mulan.tokens_from_audio(samples))
    assert not loaded.training


def test_the_text_tower_loads_alone(mulan: Mulan, tmp_path: Path) -> None:
    mulan.save(tmp_path / "mulan")
    loaded = Mulan.load(tmp_path / "mulan", towers="text")
    assert torch.equal(loaded.tokens_from_text(PROMPTS), mulan.tokens_from_text(PROMPTS))
    with pytest.raises(ConfigError, match="was loaded without its audio tower"):
        loaded.embed_audio(torch.zeros(1, 2, 48_000))


def test_int8_storage_stays_close(mulan: Mulan, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = Mulan(replace(TINY, dim=16)).eval()
    model.save(tmp_path / "mulan", storage="int8")
    loaded = Mulan.load(tmp_path / "mulan")
    assert not torch.equal(loaded.text.words.weight, model.text.words.weight)
    similarity = (loaded.embed_text(PROMPTS) * model.embed_text(PROMPTS)).sum(-1)
    assert similarity.min() > 0.999


def test_weights_that_do_not_fit_are_refused(mulan: Mulan, tmp_path: Path) -> None:
    tensors = mulan.state_dict()
    del tensors["text.project.weight"]
    save_artifact(tmp_path / "a", kind=KIND, config=CONFIG, tensors=tensors, card="")
    with pytest.raises(ArtifactError, match=r"lacks \['text.project.weight'\]"):
        Mulan.load(tmp_path / "a")
    other = replace(CONFIG, dim=8)
    save_artifact(tmp_path / "b", kind=KIND, config=other, tensors=mulan.state_dict(), card="")
    with pytest.raises(ArtifactError, match=r"tensors do not fit config\.json"):
        Mulan.load(tmp_path / "b")


def test_callers_are_told_what_is_wrong(mulan: Mulan) -> None:
    with pytest.raises(ShapeError, match="expected a list with at least one prompt"):
        mulan.embed_text([])
    with pytest.raises(ShapeError, match="expected a list with at least one prompt"):
        mulan.embed_text("piano")
    with pytest.raises(
        ShapeError, match=r"expected audio \[B, C, N\] with samples, got \(1, 2, 0\)"
    ):
        mulan.embed_audio(torch.zeros(1, 2, 0))
    with pytest.raises(ConfigError, match="codebooks are empty"):
        Mulan(CONFIG).tokens_from_text(["piano"])


def test_the_paper_preset_has_the_published_sizes() -> None:
    with torch.device("meta"):
        text = TextTower(PAPER.text, joint_dim=PAPER.dim)
        audio = AudioTower(
            PAPER.audio, sample_rate=24_000, window_samples=240_000, joint_dim=PAPER.dim
        )
    n_text = sum(p.numel() for p in text.parameters())
    n_audio = sum(p.numel() for p in audio.parameters())
    assert 105e6 < n_text < 112e6  # BERT-base
    assert 80e6 < n_audio < 95e6  # ViT-Base
    assert PAPER.stream.n_q == 12
    assert PAPER.stream.codebook_size == 1024
