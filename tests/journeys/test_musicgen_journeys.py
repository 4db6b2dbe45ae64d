"""MusicGen through every verb that makes music."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from journeys.outcome import Run
from musiclm.audio.io import read_audio, write_audio
from musiclm.audio.waveform import Waveform

if find_spec("transformers") is None:
    pytest.skip("transformers is not installed", allow_module_level=True)

from checkpoints import write_musicgen


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("musicgen")
    write_musicgen(folder, melody=True)
    (folder / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\n")
    return str(folder)


def test_every_option_of_generate(run: Run, checkpoint: str, tmp_path: Path) -> None:
    tune, made = tmp_path / "tune.wav", tmp_path / "made.flac"
    write_audio(tune, Waveform(torch.randn(1, 8_000) * 0.1, 8_000))
    done = run(
        "generate", "calm piano", "-o", str(made), "-d", "1", "--seed", "7",
        "--negative-prompt", "vocals", "--melody", str(tune), "--continue-from", str(tune),
        "--bpm", "96", "--key", "Dm", "--metre", "3/4", "--chords", "Am F | C | G",
        "--no-drums", "--bass", "--density", "0", "--brightness", "0.9",
        "--temperature", "0.9", "--top-k", "50", "--guidance-scale", "2.5",
        "--model", checkpoint, "--quantize", "none", "--json", "-q",
    )  # fmt: skip
    assert done.code == 0, done.err
    facts = json.loads(done.out)
    assert facts["understood"]["said"] == [
        {
            "sentence": "calm piano, 96 bpm, in D minor, 3/4 time, no drums, with bass, sparse, "
            "bright, chords Am F C G",
            "away_from": "vocals",
        }
    ]
    assert facts["licence"] == "CC-BY-NC-4.0"
    assert facts["settings"]["stages"]["musicgen"]["guidance_scale"] == 2.5
    assert json.loads(Path(f"{made}.json").read_bytes())["licence"] == "CC-BY-NC-4.0"
    kept = read_audio(made)
    assert kept.sample_rate == 32_000
    assert kept.n_samples == 64_000


def test_several_samples_are_ranked_and_numbered(run: Run, checkpoint: str, tmp_path: Path) -> None:
    done = run("generate", "piano", "-o", str(tmp_path / "a.wav"), "-d", "1", "--seed", "7",
               "--num-samples", "2", "--model", checkpoint)  # fmt: skip
    assert done.code == 0, done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a-1.wav", "a-1.wav.json", "a-2.wav", "a-2.wav.json",
    ]  # fmt: skip
    assert "seed 7" in done.err


def test_a_record_makes_the_same_file(run: Run, checkpoint: str, tmp_path: Path) -> None:
    first, second = tmp_path / "a.wav", tmp_path / "b.wav"
    words = ("generate", "piano", "-o", str(first), "-d", "1.3", "--seed", "7")
    assert run(*words, "--model", checkpoint).code == 0
    done = run("replay", f"{first}.json", "-o", str(second))
    assert done.code == 0, done.err
    assert "bytes may differ" not in done.err
    assert first.read_bytes() == second.read_bytes()


def test_a_story(run: Run, checkpoint: str, tmp_path: Path) -> None:
    score = tmp_path / "score.toml"
    score.write_text(
        'duration = 2.0\nseed = 3\nbpm = 90\n[[cue]]\nat = 0\nprompt = "calm piano"\n'
        '[[cue]]\nat = 1.0\nprompt = "fast drums"\n'
    )
    made = tmp_path / "a.wav"
    done = run("story", str(score), "-o", str(made), "--model", checkpoint)
    assert done.code == 0, done.err
    assert "   1.00 s  fast drums, 90 bpm" in done.err
    assert "goes on" not in done.err
    assert read_audio(made).seconds == 2.0


def test_playing_into_a_pipe(run: Run, checkpoint: str, tmp_path: Path) -> None:
    tune = tmp_path / "tune.wav"
    write_audio(tune, Waveform(torch.randn(1, 8_000) * 0.1, 8_000))
    words = ("play", "piano", "-o", "-", "-d", "2", "--seed", "3", "--model", checkpoint)
    done = run(*words, "--melody", str(tune))
    assert done.code == 0, done.err


def test_lines_steer_what_is_played(run: Run, checkpoint: str) -> None:
    words = ("play", "piano", "-o", "-", "--seed", "3", "--model", checkpoint, "--control", "-")
    done = run(*words, stdin=b"prompt fast drums\ntempo 120\nend 1\n")
    assert done.code == 0, done.err
    assert "prompt: fast drums" in done.err
    assert "MusicGen cannot be told tempo on the way: say it in a prompt" in done.err
    assert "coming to an end" in done.err
