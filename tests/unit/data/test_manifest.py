"""Manifests: what a clip is, and what is said about a broken line."""

import json
from pathlib import Path
from typing import Any

import pytest

from musiclm.data.manifest import of_split, read_manifest
from musiclm.errors import DataError


def line(**changes: Any) -> str:
    values: dict[str, Any] = {
        "id": "000001",
        "audio": "audio/000/000001.flac",
        "midi": "midi/000/000001.mid",
        "seconds": 31.5,
        "split": "train",
        "facts": {"style": "waltz"},
        "captions": [{"text": "a waltz", "language": "en", "register": "short"}],
    }
    return json.dumps({k: v for k, v in (values | changes).items() if v is not None})


def write(folder: Path, *lines: str) -> Path:
    (folder / "manifest.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def test_a_clip_is_read(tmp_path: Path) -> None:
    (clip,) = read_manifest(write(tmp_path, line(), ""))
    assert (clip.id, clip.seconds, clip.split) == ("000001", 31.5, "train")
    assert clip.audio == tmp_path / "audio/000/000001.flac"
    assert clip.facts == {"style": "waltz"}
    assert clip.captions[0].text == "a waltz"


def test_splits(tmp_path: Path) -> None:
    clips = read_manifest(write(tmp_path, line(), line(id="2", split="valid")))
    assert [clip.id for clip in of_split(clips, "valid")] == ["2"]
    assert [clip.id for clip in of_split(clips, "test")] == ["000001"]  # Lent: there is none.


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("{", "line 2: not a clip: the line: Invalid JSON"),
        (line(seconds=None), "line 2: not a clip: seconds: Field required"),
        (line(seconds=0), r"line 2: .*seconds: Input should be greater than 0 \(got 0\)"),
        (line(split="dev"), "line 2: .*split: Input should be 'train', 'valid' or 'test'"),
        (line(audio="../x.flac"), 'line 2: .*the path "../x.flac" leaves the corpus folder'),
        (line(audio="/x.flac"), 'line 2: .*the path "/x.flac" leaves the corpus folder'),
        (line(captions=[3]), r"line 2: .*captions.0: .*\(got 3\)"),
        (line(speed=3), "line 2: not a clip: speed: Extra inputs are not permitted"),
        (line(unseen=["key"]), "line 2: .*unseen.0: Input should be 'style' or 'font'"),
        (line(), 'line 2: the id "000001" appears twice'),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, broken: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_manifest(write(tmp_path, line(), broken))


def test_missing_and_empty_manifests(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no corpus at .*: make one with `musiclm corpus build"):
        read_manifest(tmp_path)
    with pytest.raises(DataError, match="lists no clip: build the corpus again"):
        read_manifest(write(tmp_path, ""))
