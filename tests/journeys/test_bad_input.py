"""The catalogue of what users get wrong: one line, the right code, nothing left behind."""

import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from journeys.outcome import Run

COMMAND = [sys.executable, "-m", "musiclm.cli.main", "generate"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder; every test ends by looking at it."""
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("", 'the prompt is empty: describe the music, for example "calm piano"'),
        ("   \n", "the prompt is empty"),
        ("x" * 1_000_000, "the prompt has 1,000,000 characters, at most 2,000 are read: shorten"),
        ("a\x00b", "the prompt holds a control character at position 2 (U+0000): remove it"),
        ("\x1b[2Jboo", "the prompt holds a control character at position 1 (U+001B): remove it"),
        ("jazz \ud83c", "the prompt holds a broken character at position 6 (U+D83C): write it as"),
    ],
)
def test_prompts(run: Run, folder: Path, model: Path, prompt: str, message: str) -> None:
    done = run("generate", prompt, "-o", str(folder / "a.wav"), "--model", str(model))
    assert done.code == 4
    assert done.message.startswith(message)
    assert len(done.message) < 200
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the prompt is empty"),
        (b"caf\xe9", "standard input is not valid UTF-8 (byte 4): save it as UTF-8"),
        (b"x" * 1_000_001, "standard input holds more than 1,000,000 bytes: give prompts of one"),
        (b"x" * 1_000_000, "the prompt has 1,000,000 characters, at most 2,000"),
    ],
)
def test_standard_input(run: Run, folder: Path, content: bytes, message: str) -> None:
    done = run("generate", "-", "-o", str(folder / "a.wav"), stdin=content)
    assert done.code == 4
    assert done.message.startswith(message)


def test_prompt_files(run: Run, folder: Path) -> None:
    prompts = folder / "prompts.txt"
    for content, message in (
        (None, f"no prompt file {prompts}: give its path"),
        (b"\n# only a comment\n", f"{prompts} holds no prompt: write one a line"),
        (b"piano\n\xff\n", f"{prompts} is not valid UTF-8 (byte 7): save it as UTF-8"),
        (b"piano\na\x07\n", "prompt 2: the prompt holds a control character at position 2"),
    ):
        if content is not None:
            prompts.write_bytes(content)
        done = run("generate", "--prompt-file", str(prompts), "-o", str(folder / "a.wav"))
        assert done.code == 4
        assert done.message.startswith(message)


@pytest.mark.parametrize("seconds", ["0", "-1", "0.5", "601", "1e9", "nan", "inf", "-inf"])
def test_durations(run: Run, folder: Path, seconds: str) -> None:
    done = run("generate", "piano", "-o", str(folder / "a.wav"), "-d", seconds)
    assert done.code == 4
    assert done.message.startswith("duration must be from 1 to 600 seconds, got ")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--seed", "-1"], 4, "seed must be a whole number from 0 to 9223372036854775807, got -1"),
        (["--num-samples", "0"], 4, "num_samples must be from 1 to 1000, got 0"),
        (["--temperature", "-2"], 4, "temperature must be from 0 to 10, got -2: 1 is usual"),
        (["--temperature", "nan"], 4, "temperature must be from 0 to 10, got nan"),
        (["--guidance-scale", "99"], 4, "guidance scale must be from 0 to 20, got 99: 1 means"),
        (["--top-k", "1.5"], 4, "top-k must be a whole number from 0 (all), got 1.5"),
        (
            ["--temperature", "hot"],
            2,
            "Invalid value for --temperature: expected a number or STAGE",
        ),
        (
            ["--temperature", "1", "--temperature", "semantic=1"],
            2,
            "Invalid value for --temperatur",
        ),
        (["--duration", "long"], 2, "Invalid value for '--duration'"),
        (["--sed", "1"], 2, "No such option: --sed"),
        (
            ["-o", "out.mp3"],
            2,
            "Invalid value for -o: the output must end in .wav, .flac or",
        ),
        (["-o", "-", "--json"], 2, "Invalid value for -o: standard output takes the audio and no"),
        (["-o", "-", "second prompt"], 2, "Invalid value for -o: standard output takes one clip"),
        (["--model", "huge"], 3, 'no model "huge": give a name ('),
        (["--model", "/dev/null"], 3, 'no model "/dev/null": give a name ('),
    ],
)
def test_options(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int,
    message: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(folder)
    done = run("generate", "piano", *words)
    assert done.code == code
    assert done.message.startswith(message)
    assert list(folder.iterdir()) == []


def test_no_prompt_and_no_such_verb(run: Run) -> None:
    done = run("generate")
    assert done.code == 2
    assert done.message.startswith("Invalid value for PROMPT: give at least one prompt, for exam")
    done = run("dance", "piano")
    assert done.code == 2
    assert done.message == "No such command 'dance'. (see musiclm --help)"


def test_unknown_stage(run: Run, folder: Path, model: Path) -> None:
    done = run("generate", "piano", "-o", str(folder / "a.wav"), "--model", str(model),
               "--temperature", "fine=1")  # fmt: skip
    assert done.code == 4
    assert done.message == (
        "temperature given for fine: this model has the stages semantic, acoustic"
    )


@pytest.mark.parametrize("harm", ["missing", "cut", "altered", "linked"])
@pytest.mark.parametrize(
    "name",
    ["model.json", "codec/weights.safetensors", "mulan/manifest.json", "acoustic/config.json"],
)
def test_harmed_models(run: Run, folder: Path, model: Path, harm: str, name: str) -> None:
    harmed = Path(shutil.copytree(model, folder / "model"))
    path = harmed / name
    content = path.read_bytes()
    if harm == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif harm == "altered":
        path.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    else:
        path.unlink()
        if harm == "linked":
            path.symlink_to(model / name)
    done = run("generate", "piano", "-o", str(folder / "a.wav"), "--model", str(harmed), "-d", "1")
    assert done.code == 3
    expected = {
        "missing": "is missing: install the package or download the model again",
        "cut": "",
        "altered": "was altered (its SHA-256 differs): install the package or download",
        "linked": "is a link, which a model folder must not hold",
    }[harm]
    if name == "model.json" and harm == "missing":
        assert done.message.startswith(f'no model "{harmed}": give a name')
    else:
        assert str(path) in done.message
        assert expected in done.message
    assert not (folder / "a.wav").exists()


def test_a_card_says_it_is_too_short(run: Run, folder: Path, model: Path) -> None:
    harmed = Path(shutil.copytree(model, folder / "model"))
    (harmed / "codec" / "card.md").write_bytes(b"")
    done = run("generate", "piano", "-o", str(folder / "a.wav"), "--model", str(harmed), "-d", "1")
    assert done.code == 3
    assert "card.md has 0 bytes, expected " in done.message


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("nowhere/a.wav", "No such file or directory: make the folder first"),
        ("file/a.wav", "Not a directory: a file stands where a folder should be"),
        ("x" * 300 + ".wav", "File name too long: choose another place"),
    ],
)
def test_unwritable_places_are_found_before_the_work(
    run: Run, folder: Path, place: str, message: str
) -> None:
    (folder / "file").write_bytes(b"")
    # The model does not exist: had we come that far, the code would be 3.
    done = run("generate", "piano", "-o", str(folder / place), "--model", "nowhere")
    assert done.code == 1
    assert done.message == f"cannot write {folder / place}: {message}"
    assert [path.name for path in folder.iterdir()] == ["file"]


def test_a_full_device(run: Run, folder: Path, model: Path) -> None:
    (folder / "a.wav").symlink_to("/dev/full")
    done = run("generate", "piano", "-o", str(folder / "a.wav"), "-d", "1", "--model", str(model))
    assert done.code == 1
    assert done.message == (
        f"cannot write {folder / 'a.wav'}: No space left on device: "
        "free some space or choose another folder"
    )
    assert [path.name for path in folder.iterdir()] == ["a.wav"]


def start(folder: Path, model: Path, *words: str, **more) -> "subprocess.Popen[bytes]":  # type: ignore[no-untyped-def]
    command = [*COMMAND, "piano", "--model", str(model), "--seed", "1", *words]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, env=environment, **more)


def test_a_full_standard_output(folder: Path, model: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        process = start(folder, model, "-o", "-", "-d", "1", "-q", stdout=full)
        _, err = process.communicate()
    assert process.returncode == 1
    assert err.decode().splitlines() == [
        "musiclm: cannot write: No space left on device: free some space or choose another folder"
    ]


def test_a_disk_that_fills_up_half_way(folder: Path, model: Path) -> None:
    def allow_20_kilobytes() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    # 1 s of stereo is 96 kB.
    process = start(folder, model, "-o", "a.wav", "-d", "1", "-q", preexec_fn=allow_20_kilobytes)
    _, err = process.communicate()
    assert process.returncode == 1
    assert err.decode().splitlines() == [
        "musiclm: cannot write a.wav: File too large: choose a disk that allows larger files"
    ]
    assert list(folder.iterdir()) == []


def test_a_reader_that_leaves(folder: Path, model: Path) -> None:
    process = start(folder, model, "-o", "-", "-d", "1", "-q", stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate()
    assert (process.returncode, err) == (1, b"")


def test_bytes_that_are_no_utf8(folder: Path, model: Path) -> None:
    command: list[bytes | str] = [*COMMAND, b"caf\xe9", "-o", "a.wav", "--model", str(model)]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert done.returncode == 4
    assert done.stderr == (
        b"musiclm: the prompt holds a broken character at position 4 (U+DCE9): "
        b"write it as valid UTF-8\n"
    )


@pytest.mark.parametrize("moment", ["loading", "composing"])
def test_ctrl_c(folder: Path, model: Path, moment: str) -> None:
    # Long enough that the moment has not passed when the signal arrives.
    with start(folder, model, "-o", "a.wav", "-d", "120") as process:
        assert process.stderr is not None
        said = b""
        while moment.encode() not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert rest.decode().splitlines()[-1] == "musiclm: stopped"
    assert b"Traceback" not in rest
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("moment", ["begun", "composed", "fsync", "replace"])
def test_ctrl_c_at_short_moments(
    run: Run, folder: Path, model: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Moments too short to hit from outside: the signal comes from within."""
    from musiclm.cli.progress import Lines

    def interrupt(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    if moment == "fsync":
        monkeypatch.setattr(os, "fsync", interrupt)
    elif moment == "replace":
        monkeypatch.setattr(Path, "replace", interrupt)
    else:
        report = Lines.report

        def at_moment(self, progress) -> None:  # type: ignore[no-untyped-def]
            report(self, progress)
            if progress.clip_fraction == {"begun": 0.0, "composed": 1.0}[moment]:
                interrupt()

        monkeypatch.setattr(Lines, "report", at_moment)
    done = run("generate", "piano", "-o", str(folder / "a.wav"), "-d", "1", "--model", str(model))
    assert done.code == 130
    assert done.message == "stopped"
    assert list(folder.iterdir()) == []


def test_a_fault_of_ours_is_one_line_too(
    run: Run, folder: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("it\nbroke \x1b[31m")

    monkeypatch.setattr("musiclm.pipeline.listen.finish", broken)
    done = run("generate", "piano", "-o", str(folder / "a.wav"), "-d", "1", "--model", str(model))
    assert done.code == 1
    assert done.message == (
        "unexpected RuntimeError: it; broke \\x1b[31m: this is a fault of musiclm, please report "
        "it with the output under MUSICLM_TRACEBACK=1"
    )


def test_running_out_of_memory(
    run: Run, folder: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def greedy(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("musiclm.pipeline.listen.finish", greedy)
    done = run("generate", "piano", "-o", str(folder / "a.wav"), "-d", "1", "--model", str(model))
    assert (done.code, done.message) == (1, "out of memory: ask for a shorter duration")
