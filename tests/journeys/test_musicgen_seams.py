"""``musiclm evaluate seams``: clips of MusicGen in, what changes where its windows meet out."""

import json
import math
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

from journeys.outcome import Run
from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform

if find_spec("transformers") is None:
    pytest.skip("transformers is not installed", allow_module_level=True)

from checkpoints import write_musicgen

RATE = 8_000


def clip(folder: Path, name: str, *events: tuple[str, float], louder_from: float = 99.0) -> Path:
    """A minute of a chord that jumps somewhere, and its record."""
    time = torch.arange(60 * RATE) / RATE
    chord = sum(torch.sin(2 * math.pi * pitch * time) for pitch in (220.0, 277.0, 330.0))
    beat = 0.6 + 0.4 * torch.cos(2 * math.pi * 2 * time)
    sound = 0.02 * chord * beat * (1.0 + 3.0 * (time >= louder_from))
    path = folder / f"{name}.wav"
    write_audio(path, Waveform(sound[None], RATE))
    told = [{"what": what, "seconds": seconds, "detail": ""} for what, seconds in events]
    Path(f"{path}.json").write_text(json.dumps({"events": told}))
    return path


def seams(path: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(path.read_bytes())
    return found


def test_a_jump_where_windows_meet_is_measured(run: Run, tmp_path: Path) -> None:
    clip(tmp_path, "a", ("prompt", 0.0), ("window", 30.0), ("window", 48.0), louder_from=30.0)
    clip(tmp_path, "b", ("prompt", 0.0), ("window", 30.0), ("window", 48.0))
    done = run("evaluate", "seams", str(tmp_path), "--out", str(tmp_path / "numbers"))
    assert done.code == 0, done.err
    assert "| change of level, dB | 4 |" in done.out
    found = seams(tmp_path / "numbers")
    assert found["n_clips"] == 2
    level = found["seams"]["jump_db"]
    assert level["at seams"]["value"] == pytest.approx(12.0 / 4, abs=0.3)
    assert level["inside windows"]["value"] < 0.3


def test_changes_that_were_wanted_are_no_seams(run: Run, tmp_path: Path) -> None:
    path = clip(
        tmp_path, "a", ("prompt", 0.0), ("prompt", 20.0), ("window", 20.0), ("window", 38.0),
        louder_from=20.0,
    )  # fmt: skip
    done = run("evaluate", "seams", str(path))
    assert done.code == 0, done.err
    assert "| change of level, dB | 1 |" in done.out


def test_a_clip_of_musicgen(run: Run, tmp_path: Path) -> None:
    write_musicgen(tmp_path / "model", depth=1, width=16, heads=2, hidden=16)
    made = tmp_path / "a.wav"
    done = run("generate", "piano", "-d", "32", "--seed", "1", "-q", "-o", str(made),
               "--model", str(tmp_path / "model"), "--guidance-scale", "1")  # fmt: skip
    assert done.code == 0, done.err
    done = run("evaluate", "seams", str(made))
    assert done.code == 0, done.err
    assert "| click (steepest sample within 20 ms, dB above the steepest around) | 1 |" in done.out


def test_what_cannot_be_measured(run: Run, tmp_path: Path) -> None:
    short = clip(tmp_path, "short", ("prompt", 0.0))
    done = run("evaluate", "seams", str(short))
    assert done.code == 4
    assert done.message.startswith("no window took over in any of 1 clips: make some with MusicGen")
    done = run("evaluate", "seams", str(tmp_path / "none.wav"))
    assert (done.code, done.message[:8]) == (4, "no file ")
    Path(f"{short}.json").write_text('{"events": [1]}')
    assert "does not say what took effect when" in run("evaluate", "seams", str(short)).message
    Path(f"{short}.json").unlink()
    assert run("evaluate", "seams", str(short)).message.startswith(f"no record {short}.json beside")
