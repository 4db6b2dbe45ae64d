"""What was heard is kept, believed only if it is whole and of the same weights, and never fatal."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from safetensors.torch import save

from factories import tiny_mulan
from musiclm.mulan.model import Mulan
from musiclm.pipeline.search import AudioIndex, build_index

RATE = 24_000


@pytest.fixture(scope="module")
def mulan() -> Mulan:
    return tiny_mulan()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    (folder / "deep").mkdir(parents=True)
    for seed, name in enumerate(("a.wav", "b.wav", "deep/c.wav")):
        write(folder / name, seed)
    return folder


def write(path: Path, seed: int) -> None:
    samples = np.random.default_rng(seed).uniform(-0.5, 0.5, (seed + 1) * 6_000)
    soundfile.write(path, samples, RATE)


def names(index: AudioIndex) -> list[str]:
    return [path.name for path in index.paths]


def test_only_new_and_changed_files_are_heard(library: Path, mulan: Mulan) -> None:
    first = build_index(library, mulan)
    assert (first.n_new, first.place) == (3, library / ".musiclm-index")
    again = build_index(library, mulan)
    assert (again.n_new, names(again)) == (0, names(first))
    assert torch.equal(again.windows, first.windows)
    assert torch.equal(again.starts, first.starts)

    write(library / "b.wav", 7)  # Another size,
    os.utime(library / "a.wav", ns=(1, 1))  # another time,
    write(library / "new.wav", 8)  # a new file,
    (library / "deep" / "c.wav").unlink()  # and one less.
    changed = build_index(library, mulan)
    assert (changed.n_new, names(changed)) == (3, ["a.wav", "b.wav", "new.wav"])
    torch.testing.assert_close(changed.clips[0], first.clips[0])
    assert not torch.allclose(changed.clips[1], first.clips[1])
    assert build_index(library, mulan).n_new == 0


def test_vanished_files_drop_out_of_the_kept_index(library: Path, mulan: Mulan) -> None:
    build_index(library, mulan)
    before = (library / ".musiclm-index").stat().st_size
    (library / "a.wav").unlink()
    assert names(build_index(library, mulan)) == ["b.wav", "c.wav"]
    assert (library / ".musiclm-index").stat().st_size < before


def test_an_unchanged_folder_is_not_written_to(library: Path, mulan: Mulan) -> None:
    place = build_index(library, mulan).place
    assert place is not None
    os.utime(place, ns=(1, 1))
    build_index(library, mulan)
    assert place.stat().st_mtime_ns == 1


def test_a_moved_folder_takes_its_index_along(library: Path, mulan: Mulan) -> None:
    build_index(library, mulan)
    moved = library.rename(library.with_name("moved"))
    index = build_index(moved, mulan)
    assert (index.n_new, index.paths[0]) == (0, moved / "a.wav")


def test_a_look_at_the_top_keeps_what_lies_deeper(library: Path, mulan: Mulan) -> None:
    build_index(library, mulan)
    write(library / "new.wav", 8)
    top = build_index(library, mulan, recursive=False)
    assert (top.n_new, names(top)) == (1, ["a.wav", "b.wav", "new.wav"])
    whole = build_index(library, mulan)
    assert (whole.n_new, names(whole)) == (0, ["a.wav", "b.wav", "c.wav", "new.wav"])


def test_another_model_listens_again(library: Path, mulan: Mulan) -> None:
    build_index(library, mulan)
    told: list[str] = []
    other = tiny_mulan(seed=1)
    index = build_index(library, other, on_notice=told.append)
    assert index.n_new == 3
    assert told == [f"{index.place} was made with another model: listening to every file again"]
    assert build_index(library, other, on_notice=told.append).n_new == 0
    assert len(told) == 1


def test_a_damaged_index_is_made_again(library: Path, mulan: Mulan) -> None:
    (library / "b.wav").unlink()
    (library / "deep" / "c.wav").unlink()
    good = build_index(library, mulan)
    assert good.place is not None
    content = good.place.read_bytes()
    rng = np.random.default_rng(0)
    flips = [*range(8), *rng.integers(8, len(content), 40).tolist(), len(content) - 1]
    harmed = [
        content[:place] + bytes([content[place] ^ 1 << int(rng.integers(8))]) + content[place + 1 :]
        for place in flips
    ]
    foreign = save({"starts": torch.zeros(1), "windows": torch.zeros(1)})
    harmed += [b"", b"\0" * 100, content[:100], content[:-1], content + b"x", foreign]
    for bad in harmed:
        good.place.write_bytes(bad)
        told: list[str] = []
        index = build_index(library, mulan, on_notice=told.append)
        assert index.n_new == 1
        assert len(told) == 1
        assert told[0].startswith(f"{good.place} ")
        assert told[0].endswith(": listening to every file again")
        assert torch.equal(index.windows, good.windows)
    assert build_index(library, mulan).n_new == 0


def test_a_place_of_ones_own(library: Path, mulan: Mulan, tmp_path: Path) -> None:
    place = tmp_path / "kept"
    assert build_index(library, mulan, cache=place).n_new == 3
    assert build_index(library, mulan, cache=place).n_new == 0
    assert not (library / ".musiclm-index").exists()
    with pytest.raises(OSError, match="No such file or directory"):
        build_index(library, mulan, cache=tmp_path / "nowhere" / "kept")


def test_a_folder_that_cannot_be_written_to(
    library: Path, mulan: Mulan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (library / ".musiclm-index").mkdir()  # Works for root, too, who may write anywhere.
    index = build_index(library, mulan)
    assert index.place is not None
    assert index.place.parent == tmp_path / "cache" / "musiclm"
    assert build_index(library, mulan).n_new == 0

    monkeypatch.setenv("XDG_CACHE_HOME", str(library / "a.wav"))
    told: list[str] = []
    nowhere = build_index(library, mulan, on_notice=told.append)
    assert (nowhere.n_new, nowhere.place) == (3, None)
    assert len(told) == 1
    assert told[0].startswith("the index cannot be kept (")


def test_an_index_that_others_left_in_a_folder_is_read(
    library: Path, mulan: Mulan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_index(library, mulan)

    def refuse(path: Path) -> None:
        if path.parent == library:
            raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("musiclm.pipeline.search_cache.require_writable", refuse)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    index = build_index(library, mulan)
    assert index.n_new == 0
    assert index.place is not None
    assert not index.place.exists()  # There was nothing to add.
    write(library / "new.wav", 8)
    assert build_index(library, mulan).n_new == 1
    assert build_index(library, mulan).n_new == 0


def test_a_full_disk_costs_the_index_and_not_the_answer(library: Path, mulan: Mulan) -> None:
    told: list[str] = []
    index = build_index(library, mulan, cache=Path("/dev/full"), on_notice=told.append)
    assert len(index.paths) == 3
    assert told == ["the index cannot be kept (/dev/full: No space left on device)"]
