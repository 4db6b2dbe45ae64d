"""From nothing to music: the whole tiny chain, interrupted and resumed on the way."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from musiclm.audio.io import read_audio
from musiclm.errors import ConfigError
from musiclm.pipeline.musiclm import MusicLM
from musiclm.train.all import train_all
from musiclm.train.fit import TrainingError


@pytest.mark.slow
@pytest.mark.timeout(900)  # Two minutes on a quiet machine; a dozen processes start.
def test_the_tiny_chain_makes_music_from_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    run = tmp_path / "run"
    overrides = ["corpus.hours=0.03", 'report_prompts=["a calm piano"]', "report_seconds=6.0"]

    # The acoustic stage cannot work; everything before it must survive that.
    with pytest.raises(TrainingError, match=r"the part acoustic failed: no clip of .* is 900 s"):
        train_all(
            "tiny", run, max_steps=12,
            overrides=[*overrides, "acoustic.stage.crop_seconds=900.0"], on_part=said.append,
        )  # fmt: skip
    assert [line for line in said if "done in" in line][-1].startswith("semantic: done in")
    shutil.rmtree(run / "acoustic")

    said.clear()
    model = train_all("tiny", run, max_steps=12, overrides=overrides, on_part=said.append)
    assert said[:6] == [
        f"{part}: done before"
        for part in ("corpus", "codec", "mulan", "tokenizer", "tokens", "semantic")
    ]
    heard = read_audio(run / "report" / "00.wav")
    assert (heard.n_channels, heard.seconds) == (2, 6.0)
    (row,) = json.loads((run / "report" / "prompts.json").read_text())
    assert row["prompt"] == "a calm piano"
    assert row["seconds"] == 6.0

    music = MusicLM.from_pretrained(model).generate("a fast dance with drums", duration=2, seed=1)
    again = MusicLM.from_pretrained(model).generate("a fast dance with drums", duration=2, seed=1)
    assert torch.equal(music.waveform, again.waveform)

    said.clear()
    train_all("tiny", run, max_steps=12, overrides=overrides, on_part=said.append)
    assert all(line.endswith("done before") for line in said)
    with pytest.raises(
        ConfigError, match=r"codec was made with other settings or from other parts"
    ):
        train_all("tiny", run, max_steps=12, overrides=[*overrides, "codec.batch_size=2"])
