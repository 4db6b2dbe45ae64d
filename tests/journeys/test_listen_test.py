"""Two folders of music in, what listeners prefer out: made, served, answered, scored."""

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner, Result

from musiclm.cli.listen_test import app
from musiclm.errors import AudioError, ConfigError, DataError, MusicLMError

RATE = 8_000
NAMES = ("one", "two", "three", "four", "five", "six", "seven", "eight")


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def write(folder: Path, names: Sequence[str] = NAMES) -> Path:
    folder.mkdir()
    for number, name in enumerate(names):
        tone = 0.1 * np.sin(np.arange(RATE) * 0.1 * (number + 1))
        soundfile.write(folder / f"{name}.wav", tone, RATE)
        (folder / f"{name}.wav.json").write_text(json.dumps({"prompt": f"a tone called {name}"}))
    return folder


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    return [write(tmp_path / name) for name in ("sparrow", "magpie")]


def test_the_main_job(folders: list[Path], tmp_path: Path) -> None:
    made = run("make", *folders, "--out", tmp_path / "test", "--pairs", 8, "--seed", 3)
    assert made.exit_code == 0, made.output
    assert made.stdout.splitlines() == [
        "8 pair(s) of sparrow, magpie",
        "loudness: -20 LUFS, or less where peaks forbid it; equal in a pair",
        f"page: {tmp_path / 'test' / 'page' / 'index.html'}",
        f"key, not for raters: {tmp_path / 'test' / 'key.json'}",
    ]
    # Two raters who always prefer the magpie, one of whom stops early.
    key = json.loads((tmp_path / "test" / "key.json").read_text())
    ratings = [
        {"trial": each["id"], "rating": 5 if each["b"] == "magpie" else 1} for each in key["trials"]
    ]
    answers = tmp_path / "answers"
    answers.mkdir()
    for rater, said in enumerate([ratings, ratings[:6]]):
        document = {
            "schema_version": 1,
            "test_id": key["test_id"],
            "rater": f"{rater:016x}",
            "started": "2026-01-01T10:00:00.000Z",
            "finished": "2026-01-01T10:20:00.000Z",
            "answers": said,
        }
        (answers / f"answers-{rater}.json").write_text(json.dumps(document))
    (answers / "broken.json").write_text("{")

    scored = run("score", tmp_path / "test", answers, "--json", tmp_path / "score.json")
    assert scored.exit_code == 0, scored.output
    assert "2 rater(s), 14 rating(s) of 8 pair(s)" in scored.stdout
    assert "| magpie | 14 | 14 | 0 | 0 | 1.00 | 1.00 |" in scored.stdout
    # Eight of eight: the smallest p that eight pairs can have is 2 / 2^8.
    row = "| sparrow | magpie | 8 | 0 | 0 | 14 | -2.00 | 0.0078 | 0.0078 | yes |"
    assert row in scored.stdout
    assert "- " + str(answers / "answers-1.json") + ": 2 pair(s) not rated" in scored.stdout
    assert "- " + str(answers / "broken.json") + ": it has 1 fault(s)" in scored.stdout
    values = json.loads((tmp_path / "score.json").read_text())
    assert values["pairs"][0]["p_value"] == 2 / 2**8
    assert values["systems"][0]["system"] == "magpie"
    assert values["agreement"] == {"n_shared": 6, "alpha": 1.0, "same_side": 1.0}


def test_serving_until_ctrl_c(folders: list[Path], tmp_path: Path) -> None:
    run("make", *folders, "--out", tmp_path / "test", "--pairs", 2)
    command = [sys.executable, "-c", "from musiclm.cli.listen_test import app; app()"]
    server = subprocess.Popen(
        [*command, "serve", str(tmp_path / "test")], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout
        url, rest = server.stdout.readline().split(" ", 1)
        assert rest == "(Ctrl-C ends)\n"
        with urllib.request.urlopen(url, timeout=60) as page:  # noqa: S310
            assert b"Which clip fits the text better?" in page.read()
        test_id = json.loads((tmp_path / "test" / "page" / "test.json").read_text())["test_id"]
        document = {
            "test_id": test_id,
            "rater": "0" * 16,
            "started": "2026-01-01T10:00:00Z",
            "finished": "2026-01-01T10:20:00Z",
            "answers": [{"trial": "0002", "rating": 3}],
        }
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(  # noqa: S310
            f"{url}answers", json.dumps(document).encode(), headers
        )
        with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310
            assert reply.status == 201
        kept = server.stdout.readline()
        assert kept.endswith(".json: 1 of 2 pair(s) rated\n")
        server.send_signal(signal.SIGINT)
        rest, _ = server.communicate(timeout=60)
    finally:
        server.kill()
        server.wait()
    assert rest == f"stopped; 1 answer file(s) in {tmp_path / 'test' / 'answers'}\n"
    assert server.returncode == 0
    scored = run("score", tmp_path / "test", tmp_path / "test" / "answers")
    assert "1 rater(s), 1 rating(s) of 2 pair(s)" in scored.stdout


def test_three_systems_by_quality_as_loud_as_they_are(tmp_path: Path) -> None:
    folders = [write(tmp_path / name, NAMES[:3]) for name in ("a", "b", "c")]
    made = run(
        "make", *folders, "--out", tmp_path / "test", "--pairs", 6, "--question", "quality",
        "--keep-loudness", "--seconds", 0.7,
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    assert "loudness: as it was" in made.stdout
    key = json.loads((tmp_path / "test" / "key.json").read_text())
    assert (key["kind"], key["loudness_lufs"], len(key["trials"])) == ("quality", None, 6)


@pytest.mark.parametrize(
    ("words", "fault", "message"),
    [
        (["make", "sparrow"], ConfigError, "a comparison needs two or more folders, got 1"),
        (["make", "sparrow", "sparrow"], ConfigError, "the same folder is given twice"),
        (["make", "sparrow", "none"], DataError, "no folder none: give the folder of a system's"),
        (["make", "sparrow", "empty"], DataError, "no audio below empty: expected .wav"),
        (["make", "sparrow", "other"], DataError, "no file name is common to all folders"),
        (["make", "sparrow", "broken"], AudioError, "broken/one.wav cannot be read as audio"),
        (["make", "sparrow", "magpie", "--pairs", "9"], ConfigError, "allow 1 to 8 pairs, got 9"),
        (["make", "sparrow", "magpie", "--out", "empty"], ConfigError, "empty is there already"),
        (["make", "sparrow", "magpie", "--prompts", "x"], DataError, "cannot read x: No such file"),
        (["serve", "empty"], DataError, "no file empty/page/test.json: give the folder that"),
        (["score", "empty", "x.json"], DataError, "no file empty/key.json: give the folder that"),
    ],
)
def test_bad_input(
    folders: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    fault: type[MusicLMError],
    message: str,
) -> None:
    monkeypatch.chdir(folders[0].parent)
    Path("empty").mkdir()
    write(Path("other"), ["elsewhere"])
    write(Path("broken"), ["one"])
    Path("broken/one.wav").write_bytes(b"no music")
    if words[0] == "make":
        words = [*words, *([] if "--out" in words else ["--out", "out"])]
        words += [] if "--pairs" in words else ["--pairs", "1"]
    done = run(*words)
    assert isinstance(done.exception, fault)
    assert message in str(done.exception)
    assert not Path("out").exists()


def test_wrong_usage(folders: list[Path], tmp_path: Path) -> None:
    for words in (
        ["--loudness", "-20", "--keep-loudness"],
        ["--pairs", "0"],
        ["--question", "beauty"],
    ):
        assert run("make", *folders, "--out", tmp_path / "out", *words).exit_code == 2
