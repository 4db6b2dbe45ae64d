"""Artifacts: what is saved comes back, and anything altered is refused before it is parsed."""

import random
from pathlib import Path

import pytest
import torch

from musiclm import artifact as module
from musiclm.artifact import load_artifact, save_artifact, verify_artifact
from musiclm.config import Frozen
from musiclm.errors import ArtifactError


class Size(Frozen):
    """A configuration with one setting."""

    dim: int = 4


def tensors() -> dict[str, torch.Tensor]:
    rng = torch.Generator().manual_seed(0)
    return {
        "big": torch.randn(64, 80, generator=rng),
        "table.kept": torch.randn(64, 80, generator=rng),
        "bias": torch.randn(5, generator=rng),
        "count": torch.tensor([3], dtype=torch.int64),
        "huge": torch.tensor([1e6]),
    }


def save(folder: Path, storage: str = "float32") -> Path:
    save_artifact(
        folder,
        kind="toy",
        config=Size(dim=7),
        tensors=tensors(),
        card="# Toy\n",
        storage=storage,  # type: ignore[arg-type]
        int8_exclude=("table.*",),
        extra_files={"words.json": b'{"a": 1}'},
    )
    return folder


def test_float32_comes_back_bit_for_bit(tmp_path: Path) -> None:
    loaded = load_artifact(save(tmp_path / "toy"), kind="toy")
    assert loaded.tensors.keys() == tensors().keys()
    for name, tensor in tensors().items():
        assert torch.equal(loaded.tensors[name], tensor), name
    assert Size.from_json(loaded.config_json) == Size(dim=7)
    assert loaded.extra["words.json"].read_bytes() == b'{"a": 1}'
    assert (tmp_path / "toy" / "card.md").read_text() == "# Toy\n"
    assert loaded.sha256 == verify_artifact(tmp_path / "toy")


def test_int8_rows_err_by_half_a_step_of_their_own_row(tmp_path: Path) -> None:
    folder = save(tmp_path / "toy", "int8")
    loaded = load_artifact(folder, kind="toy").tensors
    big = tensors()["big"]
    half_step = big.abs().amax(dim=1, keepdim=True) / 127 / 2
    assert bool(((loaded["big"] - big).abs() <= half_step * 1.001).all())
    assert not torch.equal(loaded["big"], big)
    # Excluded by pattern, too small, or too large for float16: kept finer.
    assert torch.equal(loaded["table.kept"], tensors()["table.kept"].half().float())
    assert torch.equal(loaded["bias"], tensors()["bias"].half().float())
    assert loaded["huge"].item() == 1e6
    assert loaded["count"].dtype == torch.int64
    assert all(t.dtype == torch.float32 for n, t in loaded.items() if n != "count")
    small = (folder / "weights.safetensors").stat().st_size
    assert small < (save(tmp_path / "full") / "weights.safetensors").stat().st_size / 2


def test_a_row_of_zeros_survives_int8(tmp_path: Path) -> None:
    save_artifact(
        tmp_path / "toy",
        kind="toy",
        config=Size(),
        tensors={"zero": torch.zeros(64, 64)},
        card="",
        storage="int8",
    )
    assert torch.equal(
        load_artifact(tmp_path / "toy", kind="toy").tensors["zero"], torch.zeros(64, 64)
    )


def test_200_random_bit_flips_are_all_refused(tmp_path: Path) -> None:
    folder = save(tmp_path / "toy", "int8")
    files = sorted(folder.iterdir())
    assert len(files) == 5
    rng = random.Random(1)
    for number in range(200):
        path = files[number % len(files)]
        intact = path.read_bytes()
        altered = bytearray(intact)
        altered[rng.randrange(len(altered))] ^= 1 << rng.randrange(8)
        path.write_bytes(altered)
        with pytest.raises(ArtifactError, match=path.name):
            load_artifact(folder, kind="toy")
        path.write_bytes(intact)
    load_artifact(folder, kind="toy")


@pytest.mark.parametrize("name", ["config.json", "weights.safetensors", "card.md", "words.json"])
def test_a_missing_cut_or_linked_file_is_named(tmp_path: Path, name: str) -> None:
    folder = save(tmp_path / "toy")
    path = folder / name
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    expected = f"{name} has {len(content) - 1} bytes, expected {len(content)}: install"
    with pytest.raises(ArtifactError, match=expected):
        load_artifact(folder, kind="toy")
    path.unlink()
    with pytest.raises(ArtifactError, match=f"{name} is missing: install the package or download"):
        load_artifact(folder, kind="toy")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(content)
    path.symlink_to(elsewhere)
    with pytest.raises(ArtifactError, match=f"{name} is a link"):
        load_artifact(folder, kind="toy")


def test_every_truncation_of_the_manifest_is_refused(tmp_path: Path) -> None:
    folder = save(tmp_path / "toy")
    path = folder / "manifest.json"
    content = path.read_bytes()
    for size in range(len(content)):
        path.write_bytes(content[:size])
        with pytest.raises(ArtifactError, match=r"manifest.json was altered"):
            load_artifact(folder, kind="toy")


@pytest.mark.parametrize("name", ["/etc/passwd", "../toy2/config.json", "..", "a/b", "a\\b", ""])
def test_a_manifest_cannot_name_files_elsewhere(tmp_path: Path, name: str) -> None:
    folder = save(tmp_path / "toy")
    manifest, _ = module.read_manifest(folder)
    # A well-sealed manifest: written by someone who knows the format.
    manifest["files"][name] = manifest["files"]["card.md"]
    (folder / "manifest.json").write_bytes(module.sealed_json(manifest))
    with pytest.raises(ArtifactError, match="which is no file of a model"):
        load_artifact(folder, kind="toy")


def test_kind_version_and_folder_are_checked(tmp_path: Path) -> None:
    folder = save(tmp_path / "toy")
    with pytest.raises(ArtifactError, match='holds a "toy", expected a "codec"'):
        load_artifact(folder, kind="codec")
    manifest, _ = module.read_manifest(folder)
    newer = module.sealed_json({**manifest, "format_version": 99})
    (folder / "manifest.json").write_bytes(newer)
    with pytest.raises(ArtifactError, match=r"format version 99, this musiclm .* reads 1: use"):
        load_artifact(folder, kind="toy")
    with pytest.raises(ArtifactError, match="no model folder"):
        load_artifact(tmp_path / "nowhere", kind="toy")


def test_what_cannot_be_saved_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    bad = {"w": torch.tensor([float("nan")])}
    with pytest.raises(ArtifactError, match='tensor "w" is not finite'):
        save_artifact(tmp_path / "x", kind="toy", config=Size(), tensors=bad, card="")
    with pytest.raises(ArtifactError, match="needs a plain name"):
        save_artifact(
            tmp_path / "x", kind="toy", config=Size(), tensors={}, card="",
            extra_files={"../x": b""},
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_a_save_that_fails_half_way_leaves_the_old_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save(tmp_path / "toy")
    before = verify_artifact(folder)
    calls = 0

    def full_disk(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        save(folder, "int8")
    assert verify_artifact(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


def test_shared_and_strided_tensors_are_stored_on_their_own(tmp_path: Path) -> None:
    base = torch.arange(12.0).view(3, 4)
    both = {"a": base, "b": base.T}
    save_artifact(tmp_path / "toy", kind="toy", config=Size(), tensors=both, card="")
    loaded = load_artifact(tmp_path / "toy", kind="toy").tensors
    assert torch.equal(loaded["b"], base.T)
