"""The design of one stage, trained and played by commands, beside the other design in one run."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from musiclm.audio.io import read_audio
from musiclm.cli.main import main
from musiclm.pipeline.folder import read_description
from musiclm.pipeline.musiclm import MusicLM
from musiclm.train.all import train_all
from musiclm.train.log import read_metrics
from musiclm.train.plan import Choices, keep_choices

ONE_STAGE = ["way=musicgen", 'report_prompts=["a calm piano"]', "report_seconds=1.0"]


@pytest.fixture
def run(audio_run: Path, tmp_path: Path) -> Path:
    """A run that lacks tokens and language models."""
    folder = tmp_path / "run"
    for part in ("codec", "mulan", "tokenizer"):
        shutil.copytree(audio_run / part, folder / part)
    keep_choices(folder, Choices())  # The same parts on a machine with a GPU.
    return folder


def test_one_stage_from_tokens_to_music(
    run: Path, corpus: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # One part at a time, stopped early ...
    words = ["--recipe", "tiny", "--out", str(run), "--corpus", str(corpus), "--threads", "1"]
    assert main(["train", "tokens", *words]) == 0
    assert main(["train", "musicgen", *words, "--max-steps", "8"]) == 0
    assert capfd.readouterr().out.splitlines()[-1] == str(run / "musicgen" / "artifact")
    assert not (run / "semantic").exists()

    # ... and all that is left, which goes on where it was.
    def all_of(*settings: str) -> list[str]:
        said: list[str] = []
        model = train_all(
            "tiny", run, corpus=corpus, max_steps=24, overrides=settings, isolate=False,
            on_part=said.append,
        )  # fmt: skip
        return [*said, str(model)]

    *_, model = all_of(*ONE_STAGE)
    assert model == str(run / "model-musicgen")
    steps = [line["step"] for line in read_metrics(run / "musicgen") if "event" not in line]
    assert steps == sorted(set(steps))
    assert steps[-1] == 24
    assert read_description(Path(model))[0].name == "tiny-musicgen"
    assert sorted(path.name for path in Path(model).iterdir() if path.is_dir()) == [
        "acoustic", "codec", "mulan",
    ]  # fmt: skip
    assert "given facts, mulan, timeline, ensemble" in (Path(model) / "card.md").read_text()
    (row,) = json.loads((run / "report-musicgen" / "prompts.json").read_text())
    assert row["seconds"] == 1.0
    again = all_of(*ONE_STAGE)
    assert all(line.endswith("done before") for line in again[:-1])

    # What it is for.
    song = tmp_path / "song.wav"
    words = ["--model", model, "-d", "2", "--seed", "3", "-o", str(song), "-q"]
    assert main(["generate", "calm piano", *words, "--guidance-scale", "musicgen=2"]) == 0
    assert (read_audio(song).n_channels, read_audio(song).seconds) == (2, 2.0)
    capfd.readouterr()
    assert main(["models", model]) == 0
    assert f"intact  {model}" in capfd.readouterr().out

    # The other design on the same tokens, in the same run.
    *said, other = all_of("report_prompts=[]")
    assert other == str(run / "model")
    parts = ("codec", "mulan", "tokenizer", "tokens")
    assert said[:4] == [f"{part}: done before" for part in parts]
    made = [
        MusicLM.from_pretrained(folder).generate("calm piano", duration=1, seed=3)
        for folder in (model, other)
    ]
    assert [list(each.settings["stages"]) for each in made] == [
        ["musicgen"], ["semantic", "acoustic"],
    ]  # fmt: skip
    assert not torch.equal(made[0].waveform, made[1].waveform)
