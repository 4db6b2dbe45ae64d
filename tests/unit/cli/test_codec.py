"""What ``musiclm codec`` says, and what it refuses before it costs anything."""

import json
from pathlib import Path

import pytest
import torch

from factories import tiny_codec
from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform
from musiclm.cli.main import main


@pytest.fixture(scope="module")
def codec(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A codec folder alone, which ``--model`` takes too."""
    folder = tmp_path_factory.mktemp("codec") / "codec"
    tiny_codec().save(folder)
    return str(folder)


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.wav"
    write_audio(path, Waveform(torch.rand(1, 4_000) - 0.5, 8_000))
    return path


def test_a_song_there_and_back(codec: str, song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    codes = song.with_suffix(".mcodes")
    assert main(["codec", "encode", str(song), "--model", codec, "--kbps", "0.5", "--json"]) == 0
    caught = capsys.readouterr()
    facts = json.loads(caught.out)
    assert facts["path"] == str(codes)
    assert (facts["levels"], facts["seconds"], facts["n_channels"]) == (3, 0.5, 1)
    assert facts["bytes"] == codes.stat().st_size
    assert f"{codes}: 0.50 s in " in caught.err
    assert "3 levels, 0.45 kbit/s, " in caught.err

    assert main(["codec", "info", str(codes), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == facts
    assert main(["codec", "info", str(codes)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{codes}: intact, 0.5 s, mono, 24000 Hz"
    assert said[1] == "3 levels of 64 codes, 13 frames, 0.45 kbit/s"
    assert said[3] == f"codec {facts['codec']}"

    out = song.with_name("back.flac")
    words = [
        "codec",
        "decode",
        str(codes),
        "-o",
        str(out),
        "--model",
        codec,
        "-q",
        "--threads",
        "1",
    ]
    assert main(words) == 0
    assert capsys.readouterr() == ("", "")
    assert out.is_file()


def test_without_a_name_the_file_lies_beside_and_the_original_stays(codec: str, song: Path) -> None:
    before = song.read_bytes()
    assert main(["codec", "encode", str(song), "--model", codec, "--levels", "1"]) == 0
    assert main(["codec", "decode", str(song.with_suffix(".mcodes")), "--model", codec]) == 0
    names = sorted(path.name for path in song.parent.iterdir())
    assert names == ["song.decoded.wav", "song.mcodes", "song.wav"]
    assert song.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["encode", "{}", "--levels", "2", "--kbps", "1"], 2, "give --levels or --kbps, not both"),
        (["encode", "{}", "--levels", "0"], 2, "Invalid value for '--levels'"),
        (["encode", "{}", "--levels", "5"], 4, "this codec has 1 to 4 levels, asked for 5"),
        (["encode", "{}", "--kbps", "0.1"], 4, "one level takes 0.15 kbit/s, asked for 0.1"),
        (["encode", "{}", "--kbps", "nan"], 4, "one level takes 0.15 kbit/s, asked for nan"),
        (["encode", "{}", "--max-hours", "nan"], 2, "give a number of hours above 0"),
        (["encode", "{}", "--max-hours", "0.0001"], 4, "is longer than 0.0001 hours: cut it"),
        (["encode", "{}", "-o", "{}"], 2, 'the output must end in .mcodes, got "song.wav"'),
        (["encode", "nowhere.wav"], 4, "no file nowhere.wav: give the path of what to read"),
        (["encode", "{}", "-o", "nowhere/a.mcodes"], 1, "cannot write nowhere/a.mcodes: No such"),
        (["encode", "{}", "--model", "huge"], 3, 'no model "huge": give a name ('),
        (["decode", "{}", "-o", "a.mp3"], 2, 'must end in .wav, .flac or .ogg, got "a.mp3"'),
        (["decode", "{}", "-o", "a.wav"], 3, 'song.wav: not a file of codes: expected it to begin'),
        (["decode", "nowhere.mcodes"], 4, "no file nowhere.mcodes: give the path"),
        (["info", "{}"], 3, "song.wav: not a file of codes"),
        (["info", "nowhere"], 3, "no file of codes nowhere: give what `musiclm codec encode`"),
    ],
)  # fmt: skip
def test_what_is_refused(
    codec: str, song: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    words: list[str], code: int, message: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(song.parent)
    before = song.read_bytes()
    given = [word.format(song) for word in words]
    if words[0] != "info" and "--model" not in words:
        given += ["--model", codec]
    assert main(["codec", *given]) == code
    said = capsys.readouterr().err
    assert said.startswith("musiclm: ")
    assert message in said
    assert said.count("\n") == 1
    assert [path.name for path in song.parent.iterdir()] == ["song.wav"]
    assert song.read_bytes() == before
