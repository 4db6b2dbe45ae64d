"""The small decisions of the generate verb."""

from pathlib import Path

import pytest
import torch
import typer

from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform
from musiclm.cli.generate import Places, _slug
from musiclm.cli.options import liked, per_stage
from musiclm.errors import AudioError
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

    def first(output: str | None, n_files: int = 1) -> Path:
        return Places(output, n_files, 7, as_json=False).first("Calm piano")

    assert first(None) == Path("calm-piano-7.wav")
    assert first("a.FLAC") == Path("a.FLAC")
    assert first("a.wav", 10) == Path("a-01.wav")
    assert first(str(tmp_path), 2) == tmp_path / "calm-piano-7.wav"
    assert first("new/") == Path("new/calm-piano-7.wav")
    assert (tmp_path / "new").is_dir()
    for bad in ("a.mp3", "a", ".wav"):
        with pytest.raises(typer.BadParameter, match=r"must end in \.wav, \.flac or \.ogg, or be"):
            first(bad)
    assert sidecar_of(Path("x/out.flac")) == Path("x/out.flac.json")
    assert numbered(Path("x/out.wav"), 2) == [Path("x/out-1.wav"), Path("x/out-2.wav")]


def test_numbers_for_stages() -> None:
    assert per_stage(None, "-t", float) is None
    assert per_stage(["0.9"], "-t", float) == 0.9
    assert per_stage(["a=1", "b=2"], "-t", float) == {"a": 1.0, "b": 2.0}
    for bad in (["x"], ["a="], ["=x"], ["1", "a=2"], ["1", "2"]):
        with pytest.raises(typer.BadParameter):
            per_stage(bad, "-t", float)


def test_recordings_with_weights(tmp_path: Path) -> None:
    torch.manual_seed(0)
    for name in ("a.wav", "b:2.wav", "c:3"):
        write_audio(tmp_path / "x.wav", Waveform(torch.rand(1, 800), 8_000))
        (tmp_path / "x.wav").rename(tmp_path / name)
    place = str(tmp_path)
    given = [f"{place}/a.wav", f"{place}/a.wav:-0.5", f"{place}/b:2.wav", f"{place}/c:3"]
    found = liked(given)
    # A file of that very name wins over a weight.
    assert [weight for _, weight in found] == [1.0, -0.5, 1.0, 1.0]
    assert [sound.path for sound, _ in found] == [given[0], given[0], given[2], given[3]]
    assert found[0][0].sha256 == found[1][0].sha256 != found[2][0].sha256
    with pytest.raises(AudioError, match=r"no audio file .*/d.wav: give the path"):
        liked([f"{place}/d.wav:2"])
