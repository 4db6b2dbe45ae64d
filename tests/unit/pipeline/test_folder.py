"""Model folders: found by name or path, verified whole, parts that cannot be swapped."""

import os
import random
import shutil
from pathlib import Path

import pytest

from factories import ACOUSTIC, MULAN, SEMANTIC, tiny_codec, tiny_model, tiny_stage
from musiclm.artifact import sealed_json
from musiclm.config import replace
from musiclm.errors import ArtifactError, ConfigError, ModelNotFoundError, StreamMismatchError
from musiclm.pipeline import folder as module
from musiclm.pipeline.folder import (
    GenerationDefaults,
    assemble_model,
    available_models,
    find_model,
    read_description,
    verify_model,
)
from musiclm.pipeline.load import check_streams, load_model


@pytest.fixture
def model(tiny_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_folder, tmp_path / "tiny"))


def test_a_model_verifies_and_says_what_it_is(model: Path) -> None:
    assert verify_model(model).name == "tiny"
    description, digest = read_description(model)
    assert [part.folder for part in description.components.each] == [
        "mulan", "semantic", "acoustic", "codec",
    ]  # fmt: skip
    assert load_model(model).sha256 == digest


def test_loading_bounds_the_memory_of_kernels(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", raising=False)
    load_model(model)
    assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "64"
    monkeypatch.setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "9")
    load_model(model)
    assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "9"  # Whoever set it knows better.


def test_random_bit_flips_anywhere_are_refused(model: Path) -> None:
    files = sorted(path for path in model.rglob("*") if path.is_file() and path.stat().st_size)
    assert len(files) == 17  # MuLan's card is empty: no bit to flip.
    rng = random.Random(0)
    for number in range(68):
        path = files[number % len(files)]
        intact = path.read_bytes()
        altered = bytearray(intact)
        altered[rng.randrange(len(altered))] ^= 1 << rng.randrange(8)
        path.write_bytes(altered)
        with pytest.raises(ArtifactError, match=path.name):
            verify_model(model)
        path.write_bytes(intact)
    verify_model(model)


def test_a_swapped_component_is_refused(model: Path, tmp_path: Path) -> None:
    other = tiny_codec(seed=5)
    shutil.rmtree(model / "codec")
    other.save(model / "codec")
    for check in (verify_model, load_model):
        with pytest.raises(
            ArtifactError, match=r"codec is another component than model.json names"
        ):
            check(model)


def test_a_missing_component_is_named(model: Path) -> None:
    shutil.rmtree(model / "semantic")
    with pytest.raises(ArtifactError, match=r"no model folder .*semantic: install the package"):
        load_model(model)


@pytest.mark.parametrize("bad", ["../mulan", "/mulan", "", ".hidden"])
def test_components_stay_inside_the_folder(model: Path, bad: str) -> None:
    description, _ = read_description(model)
    values = description.model_dump(mode="json")
    values["components"]["mulan"]["folder"] = bad
    (model / "model.json").write_bytes(sealed_json(values))
    with pytest.raises(ArtifactError, match=r"components.mulan.folder"):
        load_model(model)


def test_a_newer_format_is_named(model: Path) -> None:
    description, _ = read_description(model)
    values = {**description.model_dump(mode="json"), "format_version": 7}
    (model / "model.json").write_bytes(sealed_json(values))
    with pytest.raises(ArtifactError, match=r"has format version 7, this musiclm .* reads 1"):
        load_model(model)


def test_finding_models(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_model(model) == model
    assert find_model(str(model)) == model
    monkeypatch.setattr(module, "WEIGHTS_FOLDER", model.parent)
    assert available_models() == ["tiny"]
    assert find_model("tiny") == model
    for wrong in ("huge", "x" * 5_000, "a\0b", str(model / "codec")):
        with pytest.raises(
            ModelNotFoundError, match=r"no model .*: give a name \(tiny\) or a folder"
        ):
            find_model(wrong)


def test_assembling_from_a_broken_part_writes_nothing(tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    parts = {name: tiny_folder / name for name in ("mulan", "semantic", "codec")}
    with pytest.raises(ArtifactError, match=r"empty.manifest.json is missing"):
        assemble_model(
            tmp_path / "new", **parts, acoustic=[tmp_path / "empty"], name="n", version="1"
        )
    with pytest.raises(ConfigError, match="name"):
        assemble_model(
            tmp_path / "new", **parts, acoustic=[tiny_folder / "acoustic"], name="a/b", version="1"
        )
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_a_model_of_one_stage_has_no_semantic_one(tmp_path: Path) -> None:
    model = tiny_model(tmp_path, acoustic="musicgen")
    components = verify_model(model).components
    assert components.semantic is None
    assert [part.folder for part in components.each] == ["mulan", "acoustic", "codec"]
    assert [part.folder for part in components.stages] == ["acoustic"]
    loaded = load_model(model)
    assert loaded.semantic is None
    assert loaded.stages == loaded.acoustic
    assert not (model / "semantic").exists()


def test_stages_that_hear_a_plan_need_the_one_who_plans(tiny_folder: Path, tmp_path: Path) -> None:
    assemble_model(
        tmp_path / "headless",
        mulan=tiny_folder / "mulan",
        semantic=None,
        acoustic=[tiny_folder / "acoustic"],
        codec=tiny_folder / "codec",
        name="headless",
        version="0",
    )
    with pytest.raises(StreamMismatchError, match=r'"semantic" tokens, but .* with the stage that'):
        load_model(tmp_path / "headless")


def test_the_order_of_stages_is_that_of_the_data(model: Path) -> None:
    components = read_description(model)[0].components
    assert [part.folder for part in components.stages] == ["semantic", "acoustic"]


def test_defaults_travel(tmp_path: Path) -> None:
    defaults = GenerationDefaults(temperature={"semantic": 0.7}, guidance_scale={"acoustic": 2.0})
    assert read_description(tiny_model(tmp_path, defaults=defaults))[0].defaults == defaults


def test_streams_that_do_not_fit() -> None:
    semantic = tiny_stage("semantic", SEMANTIC, (MULAN,)).config
    acoustic = tiny_stage("acoustic", ACOUSTIC, (MULAN, SEMANTIC)).config
    check_streams(MULAN, [semantic, acoustic], ACOUSTIC)
    with pytest.raises(StreamMismatchError, match='stage "acoustic" needs "semantic" tokens, but'):
        check_streams(MULAN, [acoustic, semantic], ACOUSTIC)
    with pytest.raises(StreamMismatchError, match='no stage makes "acoustic" codes'):
        check_streams(MULAN, [semantic], ACOUSTIC)
    # The finest levels may be missing, but none may be too many.
    check_streams(MULAN, [semantic, acoustic], replace(ACOUSTIC, n_q=12))
    with pytest.raises(StreamMismatchError, match=r"codec: .*n_q 3 against 4"):
        check_streams(MULAN, [semantic, acoustic], replace(ACOUSTIC, n_q=3))
    wider = replace(MULAN, codebook_size=256)
    with pytest.raises(StreamMismatchError, match=r'"semantic", mulan: .*size 16 against 256'):
        check_streams(wider, [semantic, acoustic], ACOUSTIC)


def test_levels_that_do_not_add_up() -> None:
    coarse, fine = ACOUSTIC.levels(0, 2), ACOUSTIC.levels(2, 4)
    semantic = tiny_stage("semantic", SEMANTIC, (MULAN,)).config
    first = tiny_stage("coarse", coarse, (MULAN, SEMANTIC)).config
    second = tiny_stage("fine", fine, (coarse,)).config
    check_streams(MULAN, [semantic, first, second], ACOUSTIC)
    check_streams(MULAN, [semantic, first], ACOUSTIC)
    with pytest.raises(StreamMismatchError, match=r"codec: .*n_q 3 against 4"):
        check_streams(MULAN, [semantic, first, second], ACOUSTIC.levels(0, 3))
    faster = tiny_stage("fine", replace(fine, frame_rate="50"), (coarse,)).config
    with pytest.raises(StreamMismatchError, match=r'stage "fine" adds levels.*frame_rate 25'):
        check_streams(MULAN, [semantic, first, faster], ACOUSTIC)
