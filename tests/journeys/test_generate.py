"""A sentence in, a file out: the main job as a user does it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from journeys.outcome import Run


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_main_job(run: Run, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.wav"
    done = run(
        "generate", "jazz mélancolique", "-o", str(out), "-d", "1.5", "--model", str(model),
        "--seed", "7",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert done.out == ""
    assert names(tmp_path) == ["out.wav", "out.wav.json"]
    info = soundfile.info(out)
    assert (info.samplerate, info.channels, info.frames) == (24_000, 2, 36_000)
    lines = done.err.splitlines()
    assert lines[0] == "seed 7"
    assert any("composing 0%, whole 0%, real-time factor" in line for line in lines)
    assert "1.5 s of music in" in lines[-1]
    assert lines[-1].endswith("seed 7")
    facts = json.loads((tmp_path / "out.wav.json").read_text(encoding="utf-8"))
    assert (facts["prompt"], facts["seed"]) == ("jazz mélancolique", 7)


def test_same_seed_same_bytes_and_the_printed_seed_repeats(
    run: Run, model: Path, tmp_path: Path
) -> None:
    def make(name: str, *more: str) -> bytes:
        out = tmp_path / name
        done = run("generate", "piano", "-o", str(out), "-d", "1", "--model", str(model), *more)
        assert done.code == 0
        seeds.append(done.err.splitlines()[0].removeprefix("seed "))
        return out.read_bytes()

    seeds: list[str] = []
    first = make("a.wav")
    assert make("b.wav", "--seed", seeds[0]) == first
    assert make("c.wav") != first


def test_standard_output_takes_the_audio(model: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "musiclm.cli.main", "generate", "-", "-o", "-", "-d", "1"]
    command += ["--model", str(model), "--seed", "1"]
    done = subprocess.run(command, input="piano calmé\n".encode(), capture_output=True, check=True)
    assert done.stdout[:4] == b"RIFF"
    (tmp_path / "a.wav").write_bytes(done.stdout)
    assert soundfile.info(tmp_path / "a.wav").frames == 24_000
    assert b"seed 1" in done.stderr
    assert b"\x1b" not in done.stderr  # No terminal, no colours.


def test_json_and_quiet(run: Run, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.flac"
    done = run(
        "generate", "piano", "-o", str(out), "-d", "1", "--model", str(model), "--seed", "1",
        "--json", "--quiet",
    )  # fmt: skip
    assert (done.code, done.err) == (0, "")
    facts = json.loads(done.out)
    assert facts["path"] == str(out)
    assert facts["seed"] == 1
    assert soundfile.info(out).format == "FLAC"


def test_several_prompts_make_numbered_files(run: Run, model: Path, tmp_path: Path) -> None:
    words = ["-d", "1", "--model", str(model), "--seed", "3", "-q"]
    done = run("generate", "piano", "-", "-o", str(tmp_path / "x.wav"), *words, stdin=b"jazz")
    assert done.code == 0, done.err
    assert names(tmp_path) == ["x-1.wav", "x-1.wav.json", "x-2.wav", "x-2.wav.json"]
    second = json.loads((tmp_path / "x-2.wav.json").read_text())
    assert (second["prompt"], second["seed"]) == ("jazz", 4)
    alone = run("generate", "jazz", "-o", str(tmp_path / "y.wav"), "-d", "1", "--model", str(model),
                "--seed", "4", "-q")  # fmt: skip
    assert alone.code == 0
    assert (tmp_path / "y.wav").read_bytes() == (tmp_path / "x-2.wav").read_bytes()


def test_a_prompt_file_into_a_folder(run: Run, model: Path, tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("# two\nJazz mélancolique!\n\nカリンバ\n", encoding="utf-8")
    done = run("generate", "--prompt-file", str(prompts), "-o", str(tmp_path / "new") + "/",
               "-d", "1", "--model", str(model), "--seed", "3")  # fmt: skip
    assert done.code == 0, done.err
    wavs = [name for name in names(tmp_path / "new") if name.endswith(".wav")]
    assert wavs == ["jazz-melancolique-3.wav", "music-4.wav"]
    assert "clip 2/2: " in done.err


def test_options_by_stage(run: Run, model: Path, tmp_path: Path) -> None:
    done = run(
        "generate", "piano", "-o", str(tmp_path / "a.wav"), "-d", "1", "--model", str(model),
        "--temperature", "semantic=0.5", "--temperature", "acoustic=0.8", "--top-k", "5",
        "--guidance-scale", "acoustic=2", "--num-samples", "2", "--json", "-q",
    )  # fmt: skip
    assert done.code == 0, done.err
    first, second = (json.loads(line) for line in done.out.splitlines())
    assert second["seed"] == first["seed"] + 1
    stages = first["settings"]["stages"]
    assert (stages["semantic"]["temperature"], stages["acoustic"]["temperature"]) == (0.5, 0.8)
    assert stages["acoustic"]["top_k"] == 5
    assert stages["acoustic"]["guidance_scale"] == 2.0


def test_models_doctor_and_version(run: Run, model: Path) -> None:
    from musiclm import __version__

    assert run("--version").out == f"musiclm {__version__}\n"
    listed = run("models", str(model), "--json")
    assert json.loads(listed.out)[-1] | {"bytes": 0} == {
        "folder": str(model), "bytes": 0, "name": "tiny", "version": "0", "intact": True,
    }  # fmt: skip
    healthy = run("doctor", "--model", str(model))
    assert healthy.code == 0
    assert "ok       model: tiny 0" in healthy.out
    sick = run("doctor", "--model", "nowhere", "--json")
    assert sick.code == 1
    assert json.loads(sick.out)[-1]["state"] == "missing"


def test_bench(run: Run, model: Path) -> None:
    ballast = bytearray(2 * 2**30)  # A child must not be charged with the memory of its parent.
    ballast[::4096] = b"x" * len(ballast[::4096])
    words = ["-d", "1", "--part", "chain", "--threads", "1", "--json"]
    done = run("bench", "--model", str(model), *words)
    assert done.code == 0, done.err
    report = json.loads(done.out)
    (measured,) = report["runs"]
    assert set(measured["audio_per_second"]) == {"mulan", "semantic", "acoustic", "codec", "whole"}
    assert 0 < measured["start_to_loaded_seconds"] < measured["start_to_first_token_seconds"]
    assert 50e6 < measured["peak_memory_bytes"] < 2 * 2**30
    assert 0 < report["import_seconds"] < 5


def test_help_and_import_stay_light() -> None:
    code = (
        "import sys, musiclm; from musiclm.cli.main import main; "
        "main(['--help']); main(['generate', '--help']); "
        "print([m for m in ('torch', 'numpy', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    for verb in (
        "generate",
        "train",
        "corpus",
        "tokenize",
        "evaluate",
        "bench",
        "doctor",
        "models",
    ):
        assert verb in done.stdout


@pytest.mark.parametrize("words", [[], ["--help"], ["generate", "--help"]])
def test_help_tells_how(run: Run, words: list[str]) -> None:
    done = run(*words)
    assert done.code == (0 if words else 2)
    assert "Usage: musiclm" in done.out + done.err
