"""Every recipe that ships loads; every tiny one trains, and its loss falls."""

import json
import math
from fractions import Fraction
from pathlib import Path

import pytest
import torch

from musiclm.artifact import read_manifest
from musiclm.audio.io import read_audio
from musiclm.codec.model import Codec
from musiclm.data.manifest import read_manifest as read_corpus
from musiclm.data.token_shards import ClipTokens, TokenShards, write_index, write_shard
from musiclm.decode.stage import Stage
from musiclm.errors import ArtifactError, ConfigError, DataError
from musiclm.lm.build import build_lm
from musiclm.mulan.model import Mulan
from musiclm.prompt.ensemble import ENSEMBLE_STREAM
from musiclm.prompt.stream import FACTS_STREAM, facts_tokens
from musiclm.prompt.timeline import TIMELINE_STREAM
from musiclm.semantic.tokenizer import SemanticTokenizer
from musiclm.tokens.stream import TokenStream
from musiclm.train.all import plan_parts
from musiclm.train.log import read_metrics
from musiclm.train.parts import PARTS, STAGES, train_part
from musiclm.train.recipe import RECIPE_TYPES, RECIPES, StageRecipe, load_recipe
from musiclm.train.stage_configs import stage_config

SCALES = ("tiny", "small", "paper")
STREAMS = {
    "tiny": (64, 4, 25, 64, 4, 16),
    "small": (1024, 12, 25, 512, 12, 256),
    "paper": (1024, 12, 50, 1024, 12, 1024),
}


def streams_of(scale: str) -> dict[str, TokenStream]:
    size, n_q, rate, n_semantic, n_mulan, mulan_size = STREAMS[scale]
    return {
        "acoustic": TokenStream(
            name="acoustic", codebook_size=size, n_q=n_q, frame_rate=Fraction(rate)
        ),
        "semantic": TokenStream(
            name="semantic", codebook_size=n_semantic, n_q=1, frame_rate=Fraction(25)
        ),
        "mulan": TokenStream(name="mulan", codebook_size=mulan_size, n_q=n_mulan),
        "facts": FACTS_STREAM,
        "timeline": TIMELINE_STREAM,
        "ensemble": ENSEMBLE_STREAM,
    }


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("stage", RECIPE_TYPES)
def test_every_recipe_loads_and_is_short(scale: str, stage: str) -> None:
    load_recipe(scale, stage)
    text = (RECIPES / scale / f"{stage}.toml").read_text()
    assert len(text.splitlines()) <= 60
    assert text.startswith("#"), "a recipe says what it is for in its first line"


def test_no_file_is_no_recipe() -> None:
    assert {path.parent.name for path in RECIPES.glob("*/*.toml")} == set(SCALES)
    for path in RECIPES.glob("*/*.toml"):
        stage, _, variant = path.stem.partition("_")  # small/codec_gpu.toml
        assert stage in RECIPE_TYPES
        if variant:
            load_recipe(path, stage)
    for path in set(RECIPES.rglob("*.toml")) - set(RECIPES.glob("*/*.toml")):
        assert path.parent.parent == RECIPES / "ablations"
        load_recipe(path, path.parent.name)
        assert path.read_text().startswith("#")
        assert len(path.read_text().splitlines()) <= 24


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_of_a_scale_has_a_model(scale: str, stage: str) -> None:
    recipe = load_recipe(scale, stage)
    assert isinstance(recipe, StageRecipe)
    config = stage_config(
        recipe.scale,
        stage,
        streams_of(scale),
        changes=recipe.stage,
        levels=recipe.levels,
        fine_sees_prompt=recipe.fine_sees_prompt,
        with_facts=recipe.with_facts,
    )
    assert config.name == stage
    # The paper's stages know nothing but MuLan's tokens.
    told = stage != "fine" and scale != "paper"
    assert [s.name for s in config.conditions if not s.timed] == (
        ["facts", "mulan"] if told else ["mulan"] if stage != "fine" else []
    )
    assert config.crop_seconds <= 30
    with torch.device("meta"):
        model = build_lm(config.lm)
    n_parameters = sum(parameter.numel() for parameter in model.parameters())
    if scale == "paper" and stage in ("semantic", "coarse", "fine"):
        assert n_parameters == pytest.approx(430e6, rel=0.03)  # MusicLM, sec. 4.2
    if scale == "small":
        assert 8e6 < n_parameters < 35e6


@pytest.mark.parametrize("scale", SCALES)
def test_every_scale_has_a_plan(scale: str) -> None:
    recipe, parts = plan_parts(scale)
    names = [part.name for part in parts]
    assert names[:5] == ["corpus", "codec", "mulan", "tokenizer", "tokens"]
    assert all(names.index(need) < names.index(part.name) for part in parts for need in part.needs)
    assert recipe.report_prompts


def test_a_plan_explains_wrong_settings() -> None:
    with pytest.raises(ConfigError, match="no such part; with `all`, settings begin with one of"):
        plan_parts("tiny", overrides=["chorus.batch_size=3"])
    with pytest.raises(ConfigError, match=r"minutes in all\.toml must be > 0 for codec"):
        plan_parts(
            "tiny", overrides=["minutes={mulan = 1, tokenizer = 1, semantic = 1, acoustic = 1}"]
        )
    _, parts = plan_parts("tiny", overrides=["way=hierarchy", "coarse.batch_size=3"])
    by_name = {part.name: part.recipe for part in parts}
    assert isinstance(by_name["coarse"], StageRecipe)
    assert by_name["coarse"].batch_size == 3
    assert "acoustic" not in by_name


def make_tokens(folder: Path) -> Path:
    """Tokens with rules that a language model can learn: a scale up, levels that follow it."""
    streams = streams_of("tiny")
    clips = []
    for number in range(6):
        frames = torch.arange(900)
        semantic = ((frames // 4 + 7 * number) % 32)[None]
        levels = [(semantic[0] + level * (frames % 3)) % 64 for level in range(4)]
        mulan = torch.full((3, 4), number)
        facts = torch.tensor([facts_tokens(tempo_bpm=60 + 20 * number, drums=number % 2 == 0)])
        clips.append(
            ClipTokens(
                id=str(number),
                split="valid" if number == 5 else "train",
                acoustic=torch.stack(levels),
                semantic=semantic,
                mulan_audio=mulan,
                mulan_text=mulan,
                facts=facts,
                timeline=(1 + frames[:450] % 24).expand(TIMELINE_STREAM.n_q, -1),
                ensemble=(frames[:450] % 5).expand(ENSEMBLE_STREAM.n_q, -1),
            )
        )
    write_shard(folder, 0, clips)
    write_index(folder, streams, n_shards=1, fingerprint="0" * 64)
    return folder


@pytest.mark.parametrize("stage", STAGES)
def test_tiny_stages_learn(tmp_path: Path, stage: str) -> None:
    make_tokens(tmp_path / "tokens")
    recipe = load_recipe("tiny", stage, ["batch_size=4"])
    artifact = train_part(stage, recipe, scale="tiny", run=tmp_path, max_steps=40)
    out = tmp_path / stage
    held_out = [line for line in read_metrics(out) if line.get("event") == "validation"]
    assert held_out[-1]["loss"] < 0.5 * math.log(64)  # 64 codes, and what guessing costs.

    loaded = Stage.load(artifact, precision="float32")
    assert loaded.config.name == stage
    card = (artifact / "card.md").read_text()
    assert "40 steps" in card
    assert "| loss |" in card
    assert (out / "loss.png").exists()


def test_the_artifact_is_the_averaged_model_that_was_validated(tmp_path: Path) -> None:
    from musiclm.train.stage import prepare_stage

    make_tokens(tmp_path / "tokens")
    recipe = load_recipe("tiny", "acoustic", ["batch_size=2", "storage=float32"])
    assert isinstance(recipe, StageRecipe)
    train_part("acoustic", recipe, scale="tiny", run=tmp_path, max_steps=6)
    logged = [line for line in read_metrics(tmp_path / "acoustic") if "event" in line][-1]
    again = prepare_stage(recipe, name="acoustic", shards=TokenShards(tmp_path / "tokens"))
    stage = Stage.load(tmp_path / "acoustic" / "artifact", precision="float32")
    again.model.load_state_dict(stage.model.state_dict())
    again.state.ema = None
    assert again.validate is not None
    assert again.validate(again.state)["loss"] == pytest.approx(logged["loss"], abs=1e-4)


@pytest.mark.parametrize("part", ["codec", "mulan", "tokenizer"])
def test_tiny_models_of_audio_learn(audio_run: Path, part: str) -> None:
    lines = [line for line in read_metrics(audio_run / part) if "event" not in line]
    key = "mel" if part == "codec" else "loss"
    assert lines[-1][key] < lines[0][key]
    read_manifest(audio_run / part / "artifact")
    resolved = json.loads((audio_run / part / "recipe.resolved.json").read_text())
    assert resolved["limits"]["max_steps"] == 24


def test_tokens_are_what_the_tokenizers_say(audio_run: Path, corpus: Path) -> None:
    recipe = load_recipe("tiny", "tokens", ["clips_per_shard=2"])
    progress: list[tuple[int, int]] = []

    def tokenize() -> TokenShards:
        folder = train_part(
            "tokens", recipe, scale="tiny", run=audio_run, corpus=corpus,
            on_progress=lambda done, total: progress.append((done, total)),
        )  # fmt: skip
        return TokenShards(folder)

    shards = tokenize()
    clips = read_corpus(corpus)
    assert [clip.id for clip in shards.clips] == [clip.id for clip in clips]
    assert progress == [(n + 1, len(clips)) for n in range(len(clips))]
    codec = Codec.load(audio_run / "codec/artifact")
    tokenizer = SemanticTokenizer.load(audio_run / "tokenizer/artifact")
    mulan = Mulan.load(audio_run / "mulan/artifact", towers="both")
    assert shards.streams == {
        "acoustic": codec.stream, "semantic": tokenizer.stream, "mulan": mulan.stream,
        "facts": FACTS_STREAM,
        "timeline": TIMELINE_STREAM,
        "ensemble": ENSEMBLE_STREAM,
    }  # fmt: skip
    last = len(clips) - 1
    samples = read_audio(clips[last].audio, sample_rate=codec.sample_rate).samples
    with torch.inference_mode():
        for name, own in (("acoustic", codec), ("semantic", tokenizer)):
            codes = own.encode(samples[None])[0]
            assert torch.equal(shards.codes(last, name, 0, codes.shape[1]), codes)
        texts = [caption.text for caption in clips[last].captions]
        said = mulan.tokens_from_text(texts[:1])
        window = 10 * mulan.sample_rate
        heard = mulan.tokens_from_audio(samples[None, :, :window])
    assert torch.equal(shards.untimed(last, "mulan_text", 0), said[0])
    assert torch.equal(shards.untimed(last, "mulan_audio", 0), heard[0])
    assert shards.clips[last].n_rows("mulan_text") > len(set(texts))
    for index, clip in enumerate(clips):
        stated = {name: clip.facts[name] for name in ("tempo_bpm", "metre", "drums")}
        if not clip.facts["modulates"]:
            stated |= {name: clip.facts[name] for name in ("key", "mode")}
        assert shards.clips[index].n_rows("facts") == 1
        assert shards.untimed(index, "facts", 0).tolist() == list(facts_tokens(**stated))

    # A killed tokenization goes on: what is missing comes back, what is there stays.
    folder = audio_run / "tokens"
    before = {path.name: path.read_bytes() for path in folder.glob("shard-*")}
    kept = (folder / "shard-00000.safetensors").stat().st_mtime_ns
    (folder / "shard-00001.json").unlink()
    (folder / "tokens.json").unlink()
    tokenize()
    assert {path.name: path.read_bytes() for path in folder.glob("shard-*")} == before
    assert (folder / "shard-00000.safetensors").stat().st_mtime_ns == kept


def test_missing_things_are_explained(tmp_path: Path) -> None:
    for part in PARTS:
        recipe = load_recipe("tiny", part)
        wanted = "needs tokens" if part in STAGES else "needs a corpus"
        with pytest.raises(DataError, match=rf"training {part} {wanted}, and .* has none: "):
            train_part(part, recipe, scale="tiny", run=tmp_path, max_steps=1)
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "manifest.jsonl").write_text("")
    with pytest.raises(
        ArtifactError,
        match=r"tokens needs the codec, and there is none at .*: train it first with "
        r"`musiclm train codec --recipe tiny --out ",
    ):
        train_part("tokens", load_recipe("tiny", "tokens"), scale="tiny", run=tmp_path)
    with pytest.raises(ConfigError, match='no part "choir" to train: choose one of codec'):
        train_part("choir", load_recipe("tiny", "tokens"), scale="tiny", run=tmp_path)
