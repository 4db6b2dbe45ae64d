"""The small decisions of the generate verb."""

from pathlib import Path

import pytest
import typer

from musiclm.cli.generate import _per_stage, _slug, _targets
from musiclm.pipeline.generation import numbered, sidecar_of


@pytest.mark.parametrize(
    ("prompt", "slug"),
    [
        ("Jazz mélancolique, au piano!", "jazz-melancolique-au-piano"),
        ("../../etc/passwd", "etc-passwd"),
        ("カリンバ", "music"),
        ("$(rm -rf ~); `x`", "rm-rf-x"),
        ("a" * 500, "a" * 48),
        ("-o", "o"),
    ],
)
def test_names_that_need_no_quotes(prompt: str, slug: str) -> None:
    assert _slug(prompt) == slug


def test_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert _targets(None, ["Calm piano"], 7) == [Path("calm-piano-7.wav")]
    assert _targets("a.FLAC", ["x"], 7) == [Path("a.FLAC")]
    assert _targets("a.wav", ["x"] * 10, 7)[0] == Path("a-01.wav")
    assert _targets(str(tmp_path), ["x", "x"], 7) == [tmp_path / "x-7.wav", tmp_path / "x-8.wav"]
    assert _targets("new/", ["x"], 7) == [Path("new/x-7.wav")]
    assert (tmp_path / "new").is_dir()
    for bad in ("a.mp3", "a", ".wav"):
        with pytest.raises(
            typer.BadParameter, match=r"must end in \.wav or \.flac, or be a folder"
        ):
            _targets(bad, ["x"], 7)
    assert sidecar_of(Path("x/out.flac")) == Path("x/out.flac.json")
    assert numbered(Path("x/out.wav"), 2) == [Path("x/out-1.wav"), Path("x/out-2.wav")]


def test_numbers_for_stages() -> None:
    assert _per_stage(None, "-t", float) is None
    assert _per_stage(["0.9"], "-t", float) == 0.9
    assert _per_stage(["a=1", "b=2"], "-t", float) == {"a": 1.0, "b": 2.0}
    for bad in (["x"], ["a="], ["=x"], ["1", "a=2"], ["1", "2"]):
        with pytest.raises(typer.BadParameter):
            _per_stage(bad, "-t", float)
