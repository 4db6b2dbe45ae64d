"""Folders that can be compared, folders that cannot, and the drawing of comparisons."""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from listening_folders import write_system

from musiclm.errors import ConfigError, DataError
from musiclm.evaluate.listening.plan import plan_comparisons
from musiclm.evaluate.listening.systems import find_systems, read_prompts, short_names


def test_clips_of_one_name_belong_together(tmp_path: Path) -> None:
    first = write_system(tmp_path / "x" / "clips", ["b", "a", "only here"])
    second = write_system(tmp_path / "y" / "clips", ["a", "b"], suffix=".flac", prompts=False)
    found = find_systems([first, second])
    assert found.names == ("x/clips", "y/clips")
    assert [clip.name for clip in found.clips] == ["a", "b"]
    assert found.clips[0].files == (first / "a.wav", second / "a.flac")
    assert found.clips[0].prompt == "a tone, number a"
    assert found.notes == ("x/clips: 1 clip(s) (only here) not in every folder, left out",)


def test_prompts_from_a_file_win(tmp_path: Path) -> None:
    folders = [write_system(tmp_path / name, ["a", "b", "c"]) for name in ("x", "y")]
    given = tmp_path / "prompts.json"
    given.write_text(json.dumps({"a": " calm ", "b.wav": "loud"}))
    found = find_systems(folders, prompts=read_prompts(given))
    assert [(clip.name, clip.prompt) for clip in found.clips] == [("a", "calm"), ("b", "loud")]
    assert found.notes == ("1 clip(s) (c) without a prompt, left out",)
    assert len(find_systems(folders, prompts=read_prompts(given), need_prompts=False).clips) == 3


def test_names_of_folders_are_as_long_as_they_must_be() -> None:
    folders = [Path("a/b/c"), Path("d/b/c"), Path("e/f")]
    assert short_names(folders) == ("a/b/c", "d/b/c", "f")


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("one system", "a comparison needs two or more folders, got 1"),
        ("twice", "the same folder is given twice"),
        ("missing", "no folder .*nowhere: give the folder of a system's audio"),
        ("empty", "no audio below .*empty: expected .wav"),
        ("nothing common", r"no file name is common to all folders: .* \(x: four; other: z\)"),
        ("two of a name", "one.flac and .*one.wav have one name: keep one of them"),
        ("no prompt", 'none of 4 common clip.s. has a prompt: put NAME.wav.json with a field "pro'),
        ("other prompt", "the clips one were not made of one prompt .*give --prompts"),
        ("bad record", "one.wav.json cannot be read as JSON"),
    ],
)
def test_folders_that_cannot_be_compared(tmp_path: Path, case: str, message: str) -> None:
    x, y = (write_system(tmp_path / n, prompts=case != "no prompt") for n in "xy")
    folders = {
        "one system": [x],
        "twice": [x, y, tmp_path / "y" / "." / ""],
        "missing": [x, tmp_path / "nowhere"],
        "empty": [x, tmp_path / "empty"],
        "nothing common": [x, write_system(tmp_path / "other", ["z"])],
    }.get(case, [x, y])
    (tmp_path / "empty").mkdir()
    if case == "two of a name":
        write_system(x, ["one"], suffix=".flac")
    elif case == "other prompt":
        (y / "one.wav.json").write_text('{"prompt": "another"}')
    elif case == "bad record":
        (y / "one.wav.json").write_text("{")
    with pytest.raises((ConfigError, DataError), match=message):
        find_systems(folders)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read .*: No such file"),
        (b"\xff", "is not JSON"),
        (b"[]", "must hold an object such as"),
        (b"{}", "must hold an object such as"),
        (b'{"a": 1, "b": " "}', r"2 clip\(s\) \(a, b\) whose prompt is no text"),
    ],
)
def test_files_of_prompts_that_are_none(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "prompts.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_prompts(path)


def test_comparisons_are_balanced() -> None:
    planned = plan_comparisons(4, 20, n_pairs=50, seed=3)
    couples = Counter(frozenset((each.a, each.b)) for each in planned)
    assert len(couples) == 6
    assert set(couples.values()) == {8, 9}
    for couple, count in couples.items():
        first = min(couple)
        n_a = sum(each.a == first for each in planned if {each.a, each.b} == couple)
        assert abs(n_a - (count - n_a)) <= 1
    assert len(set(planned)) == 50
    clips = Counter(each.clip for each in planned)
    assert set(clips.values()) == {2, 3}  # 50 comparisons of 20 clips


def test_the_seed_decides() -> None:
    plans = {seed: plan_comparisons(2, 30, n_pairs=20, seed=seed) for seed in range(8)}
    assert plans[0] == plan_comparisons(2, 30, n_pairs=20, seed=0)
    assert len(set(plans.values())) == 8
    # Neither side nor place tells the system.
    first_is_a = [plan[0].a == 0 for plan in plans.values()]
    assert 0 < sum(first_is_a) < 8
    # The pairs of systems come mixed, not one after the other.
    couples = [{each.a, each.b} for each in plan_comparisons(3, 30, n_pairs=30, seed=0)]
    assert sum(one != other for one, other in pairwise(couples)) > 10


def test_every_comparison_comes_once_at_most() -> None:
    planned = plan_comparisons(3, 7, n_pairs=21, seed=0)
    assert len({(each.clip, frozenset((each.a, each.b))) for each in planned}) == 21


@pytest.mark.parametrize("n_pairs", [2, 22])
def test_too_few_or_too_many_comparisons(n_pairs: int) -> None:
    with pytest.raises(ConfigError, match=r"7 common clip\(s\) allow 3 to 21 pairs, got"):
        plan_comparisons(3, 7, n_pairs=n_pairs, seed=0)
