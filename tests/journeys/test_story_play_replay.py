"""A score in, a piece out; music while it is made; a clip made again: as users do it."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from factories import tiny_model, tiny_music, tiny_tokenizer
from journeys.outcome import Run
from musiclm.audio.io import write_audio
from musiclm.pipeline.live import pcm16
from musiclm.pipeline.musiclm import MusicLM

COMMAND = [sys.executable, "-m", "musiclm.cli.main"]

SCORE = """
duration = 4.0
transition = "cut"
seed = 7
[[cue]]
at = 0
prompt = "calm piano"
[[cue]]
at = 2.0
prompt = "the drums enter"
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that can go on from recordings too."""
    folder = tiny_model(tmp_path_factory.mktemp("model"), tokenizer=tiny_tokenizer())
    return folder


def test_a_story(run: Run, model: Path, tmp_path: Path) -> None:
    (tmp_path / "score.toml").write_text(SCORE)
    out = tmp_path / "out.wav"
    done = run("story", str(tmp_path / "score.toml"), "-o", str(out), "--model", str(model))
    assert done.code == 0, done.err
    assert done.out == ""
    assert soundfile.info(out).frames == 96_000
    lines = done.err.splitlines()
    assert lines[0] == "seed 7"
    assert "   0.00 s  calm piano" in lines
    assert "   2.00 s  the drums enter" in lines
    facts = json.loads((tmp_path / "out.wav.json").read_text())
    assert facts["prompt"] == "calm piano; then the drums enter"
    prompts = [event for event in facts["events"] if event["what"] == "prompt"]
    assert [event["seconds"] for event in prompts] == [0.0, 2.0]
    other = run("story", str(tmp_path / "score.toml"), "-o", str(tmp_path / "b.wav"), "--seed", "8",
                "--model", str(model), "-q", "--json")  # fmt: skip
    assert (other.code, other.err) == (0, "")
    assert json.loads(other.out)["seed"] == 8
    assert (tmp_path / "b.wav").read_bytes() != out.read_bytes()


def test_scores_that_are_none(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "score.toml"
    for content, message in (
        (None, f"no file {path}: give the path of a TOML file"),
        ("duration = ", f"{path} is not valid TOML"),
        ("duration = 4.0", f"{path} has 1 fault(s):; cue: Field required"),
        (SCORE.replace("4.0", "9999"), f"{path} has 1 fault(s):; duration: Input should be less"),
    ):
        if content is not None:
            path.write_text(content)
        done = run("story", str(path), "-o", str(tmp_path / "a.wav"))
        assert done.code == 4
        assert done.message.startswith(message)
        assert not (tmp_path / "a.wav").exists()


@pytest.mark.parametrize(
    "words",
    [
        [
            "generate",
            "piano, 90 bpm",
            "-d",
            "1.5",
            "--top-k",
            "9",
            "--chords",
            "Am F | C",
            "--drums",
        ],
        ["generate", "piano", "-d", "1", "--num-samples", "2"],
        ["generate", "piano", "-d", "1", "--num-samples", "2", "--vary", "acoustic"],
        ["generate", "piano", "-d", "1", "--num-samples", "3", "--keep", "best"],
        ["generate", "piano", "-d", "1", "--continue-from", "song.wav"],
        ["generate", "-d", "1", "--like", "song.wav:0.5"],
        ["story", "score.toml"],
    ],
)
def test_a_replay_is_the_same_bytes(
    run: Run, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_audio(tmp_path / "song.wav", tiny_music(2.0))
    (tmp_path / "score.toml").write_text(SCORE)
    made = run(*words, "-o", "made/", "--seed", "7", "--model", str(whole), "-q")
    assert made.code == 0, made.err
    for record in sorted((tmp_path / "made").glob("*.json")):
        done = run("replay", str(record), "-o", "again.wav", "--model", str(whole), "-q")
        assert (done.code, done.out, done.err) == (0, "", "")
        assert Path("again.wav").read_bytes() == record.with_suffix("").read_bytes()
    assert len(list((tmp_path / "made").glob("*.wav"))) == (2 if "2" in words else 1)


def test_replays_that_warn_or_fail(
    run: Run, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_audio(tmp_path / "song.wav", tiny_music(2.0))
    made = run("generate", "piano", "-d", "1", "--continue-from", "song.wav", "-o", "a.wav",
               "--model", str(whole), "-q")  # fmt: skip
    assert made.code == 0, made.err
    record = tmp_path / "a.wav.json"
    facts = json.loads(record.read_text())
    record.write_text(json.dumps({**facts, "torch_version": "1.0"}))
    done = run("replay", "a.wav.json", "-o", "b.wav", "--model", str(whole), "-q")
    assert done.code == 0
    assert done.message.startswith("warning: bytes may differ, for torch (1.0 then, ")
    unknown = run("replay", "a.wav.json", "-o", "c.wav")
    assert unknown.code == 3
    assert unknown.message.startswith('no model "tiny": give a name (')
    (tmp_path / "song.wav").unlink()
    gone = run("replay", "a.wav.json", "-o", "c.wav", "--model", str(whole))
    assert gone.code == 4
    assert gone.message.startswith("no recording song.wav, which this clip was made with: put it")
    wrong = run("replay", "b.wav", "-o", "c.wav", "--model", str(whole))
    assert wrong.code == 4
    assert wrong.message.startswith("b.wav is no record of a clip: give the path of the .json")
    assert not (tmp_path / "c.wav").exists()


def test_the_best_of_several(run: Run, model: Path, tmp_path: Path) -> None:
    words = ["generate", "piano", "-d", "1", "--num-samples", "3", "--seed", "3"]
    words += ["--model", str(model), "--json"]
    every = run(*words, "-o", str(tmp_path / "all") + "/")
    best = run(*words, "-o", str(tmp_path / "best.wav"), "--keep", "best")
    assert every.code == best.code == 0, best.err
    merits = {
        facts["seed"]: facts["merit"]["total"] for facts in map(json.loads, every.out.splitlines())
    }
    kept = json.loads(best.out)
    assert merits[kept["seed"]] == max(merits.values())
    assert len(merits) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all", "best.wav", "best.wav.json"]
    assert f"1. seed {kept['seed']} (merit " in best.err


def test_variations_have_names_of_their_own(run: Run, model: Path, tmp_path: Path) -> None:
    done = run("generate", "piano", "-d", "1", "--num-samples", "2", "--vary", "acoustic", "--seed",
               "3", "-o", f"{tmp_path}/", "--model", str(model), "-q")  # fmt: skip
    assert done.code == 0, done.err
    wavs = sorted(path.name for path in tmp_path.glob("*.wav"))
    assert wavs == ["piano-3-1.wav", "piano-3-2.wav"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--vary", "acoustic"], 2, "Invalid value for --vary: give --num-samples 2 or more with"),
        (["--keep", "worst"], 2, "Invalid value for '--keep'"),
        (["--chords", "h"], 4, "chords are symbols such as Am, F#m7 or Bb/D"),
        (["--density", "13"], 4, "density must be 0 to 12"),
        (["--brightness", "2"], 4, "brightness must be 0 to 1"),
        (["--like", "none.wav:2"], 4, "no audio file none.wav: give the path"),
        (["--continue-from", "none.wav"], 4, "no audio file none.wav: give the path"),
    ],
)
def test_options_that_are_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int,
    message: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    done = run("generate", "piano", *words, "--model", "nowhere")
    assert done.code == code
    assert done.message.startswith(message)
    assert list(tmp_path.iterdir()) == []


def test_playing_into_a_pipe(model: Path) -> None:
    command = [*COMMAND, "play", "calm piano", "-d", "2", "--seed", "5", "--model", str(model)]
    done = subprocess.run(command, capture_output=True, check=True)
    music = MusicLM.from_pretrained(model)
    samples = torch.cat(list(music.stream("calm piano", duration=2, seed=5)), dim=-1)
    assert done.stdout == pcm16(samples)
    assert len(np.frombuffer(done.stdout, dtype="<i2")) == 2 * 48_000
    assert b"seed 5" in done.stderr


def test_playing_until_it_is_told_to_end(model: Path) -> None:
    command = [*COMMAND, "play", "calm piano", "--control", "-", "--model", str(model)]
    lines = b"tempo 90\ndrums maybe\nprompt wild jazz\nend 2\n"
    done = subprocess.run(command, capture_output=True, check=True, input=lines)
    said = done.stderr.decode()
    assert "playing until Ctrl-C" in said
    assert "tempo: 90" in said
    assert "musiclm: warning: drums takes on, off or auto, got 'maybe'" in said
    assert "prompt: wild jazz" in said
    assert "coming to an end" in said
    n_samples = len(done.stdout) // 4
    assert len(done.stdout) % 4 == 0
    # However late the lines came: the end is a whole number of planned seconds and two more.
    assert n_samples >= 48_000
    assert n_samples % 24_000 == 0


def test_ctrl_c_ends_the_music_cleanly(model: Path) -> None:
    command = [*COMMAND, "play", "calm piano", "--model", str(model)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert len(process.stdout.read(1_000)) == 1_000
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        said = process.stderr.read().decode()
    assert process.returncode == 0, said
    assert said.splitlines()[-1].startswith("stopped after ")
    assert "Traceback" not in said


def test_a_listener_that_leaves(model: Path) -> None:
    command = [*COMMAND, "play", "calm piano", "--model", str(model), "-q"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1_000)
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (1, b"")


class Terminal:
    """A standard output that says it is one."""

    def isatty(self) -> bool:
        return True

    def flush(self) -> None:
        pass


def test_without_sounddevice_there_is_one_message(
    run: Run, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)  # as if it were not installed
    monkeypatch.setattr(sys, "stdout", Terminal())
    done = run("play", "calm piano", "--model", str(model))
    assert done.code == 4
    assert done.message.startswith(
        "playing needs the package sounddevice: pip install 'musiclm[play]', or pipe"
    )


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["piano", "-o", "a.wav"], 2, "Invalid value for -o: the only value is -"),
        (["piano", "--control", "x"], 2, "Invalid value for --control: the only value is -"),
        ([], 4, "the prompt is empty"),
        (["piano", "-d", "0"], 4, "duration must be from 1 to 600 seconds, got 0"),
        (["piano", "--model", "nowhere"], 3, 'no model "nowhere"'),
    ],
)
def test_what_cannot_be_played(run: Run, words: list[str], code: int, message: str) -> None:
    done = run("play", *words)
    assert (done.code, done.out) == (code, "")
    assert done.message.startswith(message)
