"""An index of a folder, and a song that is checked against it, as a user does it."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from factories import tiny_model, tiny_tokenizer
from journeys.outcome import Run

RATE = 24_000


@pytest.fixture(scope="module")
def hearing_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("hearing"), tokenizer=tiny_tokenizer())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "music"
    place.mkdir()
    for number in range(3):
        write(place / f"{number}.wav", 12, seed=number)
    return place


def write(path: Path, seconds: int, *, seed: int) -> None:
    """Random chords, four a second."""
    rng = np.random.default_rng(seed)
    times = np.arange(RATE // 4) / RATE
    samples = [
        0.1 * np.exp(-6 * times) * np.sin(2 * np.pi * 220 * 2 ** (rng.integers(25) / 12) * times)
        for _ in range(4 * seconds)
    ]
    soundfile.write(path, np.concatenate(samples), RATE)


def test_the_main_job(run: Run, hearing_model: Path, folder: Path, tmp_path: Path) -> None:
    model = ("--model", str(hearing_model))
    place = str(tmp_path / "index")
    (folder / "broken.wav").write_bytes(b"")
    made = run("originality-index", "--audio", str(folder), "--out", place, *model)
    assert made.code == 0, made.err
    assert made.out.startswith("3 pieces, 0.01 hours, 6 windows, ")
    assert made.out.endswith("kB an hour), from music\n")
    assert "listening 4/4" in made.err
    assert "warning: left out: " in made.err

    report = tmp_path / "report.json"
    words = ("check-originality", "--index", place, *model)
    done = run(*words, str(folder / "1.wav"), "--json", str(report), "--nearest", "6")
    assert done.code == 0, done.err
    assert done.out.startswith("1.wav: copied: five seconds or more stand in the index token by")
    facts = json.loads(report.read_text())
    assert facts["verdict"] == "copied"
    assert facts["longest_exact"]["piece"] == "1.wav"
    assert facts["longest_exact"]["n_tokens"] == 300
    assert facts["windows"][0]["nearest"][0]["piece"] == "1.wav"
    assert facts["thresholds"]["calibration"]["n_pieces"] == 3
    assert facts["limits"].startswith("Absence of a match says nothing about music outside")

    write(tmp_path / "other.wav", 12, seed=99)
    other = run(*words, str(tmp_path / "other.wav"))
    assert other.code == 0, other.err
    assert not other.out.startswith(("other.wav: copied", "other.wav: nearly copied"))


def test_bad_input(
    run: Run, model: Path, hearing_model: Path, folder: Path, tmp_path: Path
) -> None:
    known = ("--model", str(hearing_model))
    song, place = str(folder / "0.wav"), str(tmp_path / "index")
    missing = run("check-originality", song, "--index", place, *known)
    assert (missing.code, missing.message.split(":")[0]) == (3, f"no index {place}")
    assert run("originality-index", "--audio", str(folder), "--out", place, *known, "-q").code == 0

    def fails(code: int, message: str, *words: str) -> None:
        done = run(*words)
        assert (done.code, done.out) == (code, ""), done.err
        assert done.message.startswith(message)

    check = ("check-originality", "--index", place, *known)
    fails(4, "no audio file no.wav", *check, "no.wav")
    write(tmp_path / "short.wav", 3, seed=0)
    fails(4, f"{tmp_path / 'short.wav'} has 3.00 s of sound", *check, str(tmp_path / "short.wav"))
    soundfile.write(tmp_path / "silent.wav", np.zeros(8 * RATE), RATE)
    fails(4, f"{tmp_path / 'silent.wav'} is silent", *check, str(tmp_path / "silent.wav"))
    fails(1, "cannot write no/report.json", *check, song, "--json", "no/report.json")
    fails(2, "Invalid value for '--nearest'", *check, song, "--nearest", "0")
    make = ("originality-index", "--out", place, *known)
    fails(4, "an index is made of --tokens FOLDER or of --audio FOLDER: give one", *make)
    fails(4, "no tokenized corpus at ", *make, "--tokens", str(folder))
    fails(4, f"{model} has no semantic tokenizer", *make[:3], "--audio", str(folder), "--model",
          str(model))  # fmt: skip
