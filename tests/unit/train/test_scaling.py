"""Variants are trained, measured, kept and compared; on a tiny stage, for a few steps."""

import importlib.util
import json
import math
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.unit.train.token_music import write_tokens

from musiclm.data.token_shards import TokenShards
from musiclm.decode.stage import Stage
from musiclm.errors import ConfigError
from musiclm.lm.sizes import SMALL
from musiclm.train.recipe import load_recipe
from musiclm.train.scaling import markdown, run_variants, sized_core, some_clips
from musiclm.train.variants import SIZES, Budget, Variant, parse_size, read_variants, variant_of

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tokens(tmp_path_factory.mktemp("tokens"))


def compare(variants: list[Variant], tokens: Path, out: Path, **changes: Any) -> list[Any]:
    given: dict[str, Any] = {
        "scale": "tiny", "stage": "semantic", "budget": Budget(max_steps=12),
    }  # fmt: skip
    return run_variants(variants, tokens=tokens, out=out, **given | changes)


def test_sizes_and_settings_are_read_from_text(tmp_path: Path) -> None:
    assert parse_size("384x8") == (384, 8)
    assert variant_of("a-1_b", ["size=64x2", "data_share=0.5", "decay=0.1"]) == Variant(
        "a-1_b", ("decay=0.1",), (64, 2), 0.5
    )
    for size in ("384", "0x8", "axb", "1x2x3"):
        with pytest.raises(ConfigError, match="a size is features x blocks, for example 384x8"):
            parse_size(size)
    with pytest.raises(ConfigError, match="data_share is above 0 and at most 1"):
        variant_of("a", ["data_share=2"])
    with pytest.raises(ConfigError, match="a variant is named with letters"):
        variant_of("../a", [])
    path = tmp_path / "variants.toml"
    path.write_text("[variants]")
    with pytest.raises(ConfigError, match="has no variant"):
        read_variants(path)
    with pytest.raises(ConfigError, match="an equal budget above 0"):
        Budget()
    with pytest.raises(ConfigError, match="an equal budget above 0"):
        Budget(minutes=0.0)


def test_the_variants_that_ship_are_possible() -> None:
    variants = read_variants(ROOT / "scripts" / "stage_variants.toml")
    assert len({variant.name for variant in variants}) == len(variants)
    for variant in variants:
        recipe = load_recipe("small", "acoustic", variant.overrides)
        assert recipe.warmup + recipe.decay <= 1  # type: ignore[attr-defined]
        if variant.size is not None:
            core = sized_core(SMALL, *variant.size)
            work, usual = core.dim**2 * core.depth, SMALL.dim**2 * SMALL.depth
            assert work == pytest.approx(usual, rel=0.05)


def test_cores_of_other_sizes_have_wide_heads() -> None:
    heads = {size: sized_core(SMALL, *parse_size(size)).n_heads for size in SIZES}
    assert heads == {"128x4": 1, "224x6": 2, "384x8": 3, "576x10": 4}
    assert sized_core(SMALL, 128, 4).ff_mult == SMALL.ff_mult
    with pytest.raises(ConfigError, match="an even number of features, got 33"):
        sized_core(SMALL, 33, 2)


def test_a_share_of_the_music_is_spread_evenly(tokens: Path) -> None:
    shards = TokenShards(tokens)
    for share, kept in ((0.4, 2), (0.6, 3), (1e-6, 1), (1.0, 5)):
        clips = some_clips(shards, share).clips
        assert sum(clip.split == "train" for clip in clips) == kept
        assert [clip.split for clip in clips].count("valid") == 1
    assert sum(clip.split == "train" for clip in shards.clips) == 5


def test_larger_sizes_cost_more_and_all_is_written(tokens: Path, tmp_path: Path) -> None:
    sizes = [variant_of(size, [f"size={size}"]) for size in ("16x1", "32x2")]
    said: list[str] = []
    small, large = compare(sizes, tokens, tmp_path, on_variant=said.append)
    assert (small["dim"], small["depth"], large["dim"], large["depth"]) == (16, 1, 32, 2)
    assert large["parameters"] > small["parameters"]
    assert large["flops"] > small["flops"] > 0
    for entry in (small, large):
        assert entry["steps"] == 12
        assert entry["tokens"] == 12 * 8 * 200  # Steps, crops, frames of 8 s.
        assert entry["curve"][-1] == [entry["flops"], entry["loss"]]
        assert 0 < entry["loss"] < 1.2 * math.log(64)
    assert [line.split(":")[0] for line in said] == ["16x1", "32x2"]

    assert json.loads((tmp_path / "scaling.json").read_text()) == [small, large]
    table = (tmp_path / "table.md").read_text().splitlines()
    assert table[2].startswith("| 16x1 | 16 x 1 | ")
    assert sum("**" in line for line in table) == 1
    assert (tmp_path / "scaling.png").read_bytes()[:4] == b"\x89PNG"
    assert not (tmp_path / "16x1" / "checkpoints").exists()
    # What is left of the training is the model.
    stage = Stage.load(tmp_path / "16x1" / "artifact")
    assert (stage.config.core.dim, stage.config.core.depth) == (16, 1)
    card = (tmp_path / "16x1" / "artifact" / "card.md").read_text()
    assert f"| loss | {small['loss']:.3f} |" in card
    assert "12 steps" in card


def test_what_is_finished_is_kept_and_another_question_is_refused(
    tokens: Path, tmp_path: Path
) -> None:
    slow = variant_of("slow", ["learning_rate=1e-4"])
    (first,) = compare([slow], tokens, tmp_path)
    before = (tmp_path / "slow" / "result.json").stat().st_mtime_ns
    again = compare([slow, variant_of("fast", [])], tokens, tmp_path)
    assert again[0] == first
    assert (tmp_path / "slow" / "result.json").stat().st_mtime_ns == before
    assert again[1]["loss"] < first["loss"]
    with pytest.raises(ConfigError, match="was trained with another budget: delete that folder"):
        compare([slow], tokens, tmp_path, budget=Budget(max_steps=13))
    with pytest.raises(ConfigError, match="was trained with another data_share"):
        compare([variant_of("slow", ["learning_rate=1e-4", "data_share=0.5"])], tokens, tmp_path)
    with pytest.raises(ConfigError, match="with another recipe"):
        compare([variant_of("slow", ["learning_rate=1e-3"])], tokens, tmp_path)


def test_equal_compute_is_fewer_steps_of_a_larger_model(tokens: Path, tmp_path: Path) -> None:
    sizes = [variant_of(size, [f"size={size}"]) for size in ("16x1", "32x2")]
    small, large = compare(sizes, tokens, tmp_path, budget=Budget(flops=1.5e9))
    assert small["steps"] > large["steps"]
    for entry in (small, large):
        assert entry["flops"] == pytest.approx(1.5e9, abs=entry["flops_per_step"] / 2)


def test_impossible_comparisons_are_explained_before_any_training(
    tokens: Path, tmp_path: Path
) -> None:
    fine = variant_of("fine", [])
    with pytest.raises(ConfigError, match="held-out loss: set validation_batches >= 1"):
        compare([fine, variant_of("blind", ["validation_batches=0"])], tokens, tmp_path)
    with pytest.raises(ConfigError, match="two variants have the same name"):
        compare([fine, fine], tokens, tmp_path)
    with pytest.raises(ConfigError, match='"codec" is no token language model'):
        compare([fine], tokens, tmp_path, stage="codec")
    assert list(tmp_path.iterdir()) == []


def test_the_table_marks_the_best() -> None:
    common = {"dim": 8, "depth": 1, "parameters": 1e6, "steps": 5, "seconds": 60.0,
              "flops": 1e15, "tokens": 2e6, "training_loss": 1.0}  # fmt: skip
    table = markdown([{**common, "name": "a", "loss": 2.0}, {**common, "name": "b", "loss": 1.5}])
    assert table.splitlines()[2:] == [
        "| a | 8 x 1 | 1.00 | 5 | 1.0 | 1.00e+15 | 2 | 1.000 | 2.000 |",
        "| b | 8 x 1 | 1.00 | 5 | 1.0 | 1.00e+15 | 2 | 1.000 | **1.500** |",
    ]


def the_search() -> ModuleType:
    path = ROOT / "scripts" / "stage_search.py"
    spec = importlib.util.spec_from_file_location("stage_search", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["stage_search"] = module
    spec.loader.exec_module(module)
    return module


def test_the_whole_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    search = the_search()
    write_tokens(tmp_path / "run" / "tokens")
    variants = tmp_path / "variants.toml"
    variants.write_text('[variants]\nbase = []\nadamw = ["optimizer=adamw"]\n')
    words = [str(tmp_path / "run"), str(tmp_path / "out"), "--recipe", "tiny", "--threads", "1"]
    words += ["--stage", "semantic", "--max-steps", "3", "--variants", str(variants)]
    assert search.main([*words, "--only", "adamw"]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines()[2].startswith("| adamw | 64 x 2 | ")
    assert "adamw: " in shown.err
    with pytest.raises(SystemExit):
        search.main([*words, "--only", "choir"])
    assert "no variant choir" in capsys.readouterr().err
    assert search.main([str(tmp_path), str(tmp_path / "out"), "--max-steps", "1"]) == 1
    assert "no tokenized corpus at" in capsys.readouterr().err
