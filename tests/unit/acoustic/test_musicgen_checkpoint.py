"""Checkpoints as they lie on disks: several files, older names, tables twice, half precision."""

import hashlib
import logging
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from torch import Tensor

from musiclm.acoustic.checkpoint import is_checkpoint, is_complete, read_checkpoint
from musiclm.acoustic.official import TENSORS, load_stage
from musiclm.acoustic.t5 import TextEncoder
from musiclm.errors import ArtifactError
from musiclm.nn.positions import Sinusoidal

if find_spec("transformers") is None:
    pytest.skip("transformers is not installed", allow_module_level=True)

from safetensors.torch import load_file, save_file

from checkpoints import write_musicgen
from musiclm.pipeline.musicgen_model import MusicGenModel

WEIGHTS = "model.safetensors"
POSITIONS = "decoder.model.decoder.embed_positions.weights"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_musicgen(tmp_path)
    return tmp_path


def rewrite(folder: Path, change: Callable[[dict[str, Tensor]], object]) -> None:
    tensors = load_file(folder / WEIGHTS)
    change(tensors)
    save_file(tensors, folder / WEIGHTS)


def music(folder: Path) -> Tensor:
    model = MusicGenModel.from_pretrained(folder, precision="float32")
    return model.generate("calm piano", duration=1, seed=3).waveform


def test_what_is_a_checkpoint(folder: Path) -> None:
    assert is_checkpoint(folder)
    assert is_complete(folder)
    assert not is_checkpoint(folder / "nowhere")
    assert not is_checkpoint(Path("x\0y"))
    (folder / "manifest.json").write_text("{}")
    assert not is_checkpoint(folder)
    (folder / "manifest.json").unlink()
    for name in ("config.json", "tokenizer.json", WEIGHTS):
        (folder / name).rename(folder / "aside")
        assert not is_complete(folder), name
        (folder / "aside").rename(folder / name)


def test_several_files_are_one(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    parts = tmp_path_factory.mktemp("parts")
    write_musicgen(parts, shard="40KB")
    assert len(list(parts.glob("model-*.safetensors"))) > 2
    one, several = read_checkpoint(folder), read_checkpoint(parts)
    assert one.places.keys() == several.places.keys()
    assert one.sha256 != several.sha256
    assert torch.equal(music(folder), music(parts))


def test_a_tensor_in_two_files_is_refused(tmp_path: Path) -> None:
    write_musicgen(tmp_path, shard="40KB")
    first, second = sorted(tmp_path.glob("model-*.safetensors"))[:2]
    both = load_file(second)
    name, tensor = next(iter(load_file(first).items()))
    save_file({**both, name: tensor}, second)
    with pytest.raises(ArtifactError, match=f"{name} stands in two files of "):
        read_checkpoint(tmp_path)


def test_every_tensor_of_ours_has_a_source(folder: Path) -> None:
    """The table names all that the stage holds, and nothing that it does not."""
    names = load_stage(read_checkpoint(folder)).model.state_dict()
    stems = {name.rpartition(".")[0].replace("vectors.0.", "vectors.text.") for name in names}
    rows = {re.sub(r"blocks\.\d+", "blocks.{block}", stem) + ".*" for stem in stems}
    assert rows | {"vectors.chroma.linear.*"} == set(TENSORS)


def old_norms(tensors: dict[str, Tensor]) -> None:
    """Weight norms of EnCodec as the published files name them."""
    for old, new in (("original0", "weight_g"), ("original1", "weight_v")):
        for name in [each for each in tensors if each.endswith(f"parametrizations.weight.{old}")]:
            renamed = name.replace(f"parametrizations.weight.{old}", new)
            tensors[renamed] = tensors.pop(name)


def test_older_names_of_norms(folder: Path) -> None:
    before = music(folder)
    rewrite(folder, old_norms)
    assert any(name.endswith("weight_g") for name in read_checkpoint(folder).places)
    assert torch.equal(music(folder), before)


def test_the_table_of_positions_in_the_file(folder: Path) -> None:
    before = music(folder)
    table = Sinusoidal(32, max_positions=2_048).table
    # Published in half precision too.
    for stored in (table.clone(), table.half()):
        rewrite(folder, lambda held, it=stored: held.update({POSITIONS: it}))  # type: ignore[misc]
        assert torch.equal(music(folder), before)
    rewrite(folder, lambda held: held.update({POSITIONS: table.roll(1, dims=0)}))
    with pytest.raises(ArtifactError, match="holds other positions than MusicGen's"):
        load_stage(read_checkpoint(folder))


def test_words_of_t5_twice_or_under_the_other_name(folder: Path) -> None:
    before = music(folder)
    shared, again = "text_encoder.shared.weight", "text_encoder.encoder.embed_tokens.weight"
    rewrite(folder, lambda held: held.update({again: held[shared].clone()}))
    assert torch.equal(music(folder), before)
    rewrite(folder, lambda held: held.pop(shared))
    assert torch.equal(music(folder), before)
    rewrite(folder, lambda held: held.pop(again))
    with pytest.raises(ArtifactError, match=r"T5 should hold shared.weight \[18, 24\], got none"):
        TextEncoder.load(read_checkpoint(folder))


def test_half_precision_files(folder: Path) -> None:
    def halve(held: dict[str, Tensor]) -> None:
        held.update(
            {name: value.half() for name, value in held.items() if value.is_floating_point()}
        )

    rewrite(folder, halve)
    assert bool(torch.isfinite(music(folder)).all())
    assert load_stage(read_checkpoint(folder)).model.embedding.table.weight.dtype == torch.float32


def test_vectors_of_the_models_own_width(tmp_path: Path) -> None:
    """Without a matrix between them, T5's vectors are taken as they are."""
    write_musicgen(tmp_path, text_width=32)
    checkpoint = read_checkpoint(tmp_path)
    names = [name for name in checkpoint.places if "enc_to_dec" in name]
    stage = load_stage(checkpoint)
    (text,) = stage.model.vectors
    assert names == []
    assert torch.equal(text.linear.weight, torch.eye(32))
    assert not text.linear.bias.any()


def test_the_checksum_is_of_config_and_weights(folder: Path) -> None:
    digest = hashlib.sha256((folder / "config.json").read_bytes())
    digest.update(hashlib.sha256((folder / WEIGHTS).read_bytes()).digest())
    assert read_checkpoint(folder).sha256 == digest.hexdigest()


@pytest.mark.parametrize("style", ["{sum}  {name}", "{sum} *{name}", "{sum}  ./{name}"])
def test_sums_in_every_style(folder: Path, style: str) -> None:
    found = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    sums = folder / "SHA256SUMS"
    sums.write_text(style.format(sum=found, name=WEIGHTS) + "\n")
    read_checkpoint(folder)
    sums.write_text(style.format(sum="0" * 64, name=WEIGHTS) + "\n")
    with pytest.raises(ArtifactError, match="was altered"):
        read_checkpoint(folder)
    sums.write_text(style.format(sum="0" * 64, name="other.file") + "\n")
    read_checkpoint(folder)


def test_text_vectors(folder: Path) -> None:
    encoder = TextEncoder.load(read_checkpoint(folder))
    assert encoder.dim == 24
    several = encoder.vectors(["calm piano", "", "fast techno with drums and violin"])
    assert several.shape == (3, 7, 24)
    torch.testing.assert_close(several[:1, :3], encoder.vectors(["calm piano"]))
    assert not several[0, 3:].any()
    assert not several[1].any()
    assert not encoder.vectors([" \n"]).any()


def test_the_longest_prompts_are_read_quietly(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    encoder = TextEncoder.load(read_checkpoint(folder))
    encoder.tokenizer.model_max_length = 512
    assert encoder.vectors(["piano " * 700]).shape == (1, 701, 24)
    assert caplog.messages == []
