"""A sentence in, the files of a folder that fit it out, as a user does it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from journeys.outcome import Run

RATE = 24_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three sounds, one of them deeper."""
    place = tmp_path / "music"
    (place / "deep").mkdir(parents=True)
    write(place / "noise.wav", 12, colour=0)
    write(place / "rumble.flac", 2, colour=1)
    write(place / "deep" / "hiss.ogg", 2, colour=2)
    return place


def write(path: Path, seconds: int, *, colour: int) -> None:
    samples = np.random.default_rng(colour).uniform(-0.5, 0.5, seconds * RATE)
    if colour == 1:
        samples = np.cumsum(samples)
    elif colour == 2:
        samples = np.diff(samples, prepend=0)
    soundfile.write(path, 0.5 * samples / np.abs(samples).max(), RATE)


def test_the_main_job(run: Run, model: Path, folder: Path) -> None:
    words = ("search", str(folder), "calm piano", "--model", str(model))
    done = run(*words)
    assert done.code == 0, done.err
    head, *rows = done.out.splitlines()
    assert head == "  #  score   from  file"
    assert [row[:3] for row in rows] == ["  1", "  2", "  3"]
    assert {row.split("  ")[-1] for row in rows} == {
        str(folder / name) for name in ("noise.wav", "rumble.flac", "deep/hiss.ogg")
    }
    scores = [float(row[3:10]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    lines = done.err.splitlines()
    assert lines[0] == f"loading {model}"
    assert lines[1].startswith("clip 1/3: listening 100%, whole ")
    assert lines[-1] == "3 file(s) to search, 3 new or changed, 0 skipped"
    again = run(*words, "-n", "1")
    assert again.out.splitlines() == [head, rows[0]]
    assert again.err.splitlines()[1:] == ["3 file(s) to search, 0 new or changed, 0 skipped"]


def test_json_like_and_quiet(run: Run, model: Path, folder: Path, tmp_path: Path) -> None:
    words = ("search", str(folder), "--model", str(model), "--json", "-q")
    done = run(*words, "--like", str(folder / "deep" / "hiss.ogg"))
    assert (done.code, done.err) == (0, "")
    facts = json.loads(done.out)
    first = facts["results"][0]
    assert first["path"] == str(folder / "deep" / "hiss.ogg")
    assert (first["rank"], first["start_seconds"]) == (1, 0.0)
    assert first["score"] == pytest.approx(1.0, abs=1e-4)
    assert facts["index"] == str(folder / ".musiclm-index")
    assert (facts["n_files"], facts["n_new"], facts["skipped"]) == (3, 3, [])
    assert facts["by"] == "clip"

    mixed = run(*words, "calm piano", "jazz", "--like", str(folder / "noise.wav"), "--by",
                "best-window", "--weight", "0", "--weight", "0", "--weight", "-1")  # fmt: skip
    facts = json.loads(mixed.out)
    assert facts["queries"] == [
        {"prompt": "calm piano", "weight": 0.0},
        {"prompt": "jazz", "weight": 0.0},
        {"like": str(folder / "noise.wav"), "weight": -1.0},
    ]
    assert facts["by"] == "best-window"
    assert facts["results"][-1]["path"] == str(folder / "noise.wav")
    assert facts["results"][-1]["score"] == pytest.approx(-1.0, abs=1e-2)

    place = tmp_path / "kept"
    kept = run(*words, "piano", "--no-recursive", "--index", str(place))
    assert json.loads(kept.out)["n_files"] == 2
    assert place.is_file()


def test_what_is_skipped_is_named_and_counted(run: Run, model: Path, folder: Path) -> None:
    soundfile.write(folder / "silent.wav", np.zeros(RATE), RATE)
    for number in range(11):
        (folder / f"a\x1b{number:02}.wav").write_bytes(b"")
    (folder / ".musiclm-index").write_bytes(b"no index")
    done = run("search", str(folder), "piano", "--model", str(model), "-q")
    assert done.code == 0
    lines = [line.removeprefix("musiclm: warning: ") for line in done.err.splitlines()]
    assert lines[0] == (
        f"{folder}/.musiclm-index is damaged or no index: listening to every file again"
    )
    assert lines[1].startswith(f"skipped {folder}/a\\x1b00.wav: it cannot be read as audio: ")
    assert lines[11:] == ["skipped 2 more: --json names them all"]
    facts = json.loads(run("search", str(folder), "x", "--model", str(model), "-q", "--json").out)
    assert facts["skipped"][-1] == {"path": str(folder / "silent.wav"), "fault": "is silent"}
    assert len(facts["skipped"]) == 12


def test_names_beyond_the_terminal(model: Path, folder: Path) -> None:
    (folder / "noise.wav").rename(folder / "Caf\xe9.wav")
    command = [sys.executable, "-m", "musiclm.cli.main", "search", str(folder), "x", "-q"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, "--model", str(model)], capture_output=True, check=True, env=environment
    )
    assert b"Caf\\xe9.wav" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["nowhere", "piano"], 4, "no folder nowhere: give the path of a folder with sound files"),
        (["a.txt", "piano"], 4, "a.txt is a file: give the path of a folder with sound files"),
        (["empty", "piano"], 4, "no sound file in empty and the folders inside: put WAV, FLAC, Og"),
        (["broken", "piano"], 4, "none of 1 sound file(s) in broken can be searched, the first b"),
        (["music", ""], 4, 'the prompt is empty: describe the music, for example "calm piano"'),
        (["music", "piano", "\a"], 4, "prompt 2: the prompt holds a control character at posit"),
        (["music"], 2, 'Invalid value for PROMPT: give a prompt, for example "calm piano", or --'),
        (["music", "x", *"--weight 1 --weight 2".split()], 4, "expected 1 weight(s), one for each"),
        (["music", "x", "--weight", "0"], 4, "expected 1 weight(s), one for each query, finite a"),
        (["music", "x", "--weight", "nan"], 4, "expected 1 weight(s), one for each query, finite"),
        (["music", "x", "-n", "0"], 2, "Invalid value for '--num-results' / '-n': "),
        (["music", "x", "--by", "ear"], 2, "Invalid value for '--by': "),
        (["music", "--like", "no.wav"], 4, "no audio file no.wav: give the path of a WAV, FLAC,"),
        (["music", "--like", "a.txt"], 4, "a.txt cannot be read as audio: "),
        (["music", "x", "--index", "no/index"], 1, "cannot write no/index: No such file or direct"),
        (["music", "x", "--model", "huge"], 3, 'no model "huge": give a name ('),
    ],
)
def test_bad_input(
    run: Run, model: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, words: list[str],
    code: int, message: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(folder.parent)
    Path("a.txt").write_text("no music")
    Path("empty").mkdir()
    Path("broken").mkdir()
    Path("broken/a.wav").write_bytes(b"")
    done = run("search", "--model", str(model), *words)
    assert done.code == code
    assert done.message.startswith(message)
    assert done.out == ""
    assert not Path("music/.musiclm-index").exists()
