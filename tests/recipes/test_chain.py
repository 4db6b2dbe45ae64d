"""From nothing to music: the whole tiny chain, interrupted and resumed on the way."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from musiclm.audio.io import read_audio
from musiclm.errors import ConfigError
from musiclm.pipeline.musiclm import MusicLM
from musiclm.train.all import train_all
from musiclm.train.fit import TrainingError
from musiclm.train.log import read_metrics
from musiclm.train.plan import Choices, keep_choices


def keep_choices_of_two_cores(run: Path) -> None:
    run.mkdir(parents=True)
    keep_choices(run, Choices())


@pytest.mark.slow
@pytest.mark.timeout(900)  # Two minutes on a quiet machine; a dozen processes start.
def test_the_tiny_chain_makes_music_from_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    run = tmp_path / "run"
    overrides = ["corpus.hours=0.03", 'report_prompts=["a calm piano"]', "report_seconds=6.0"]
    # Before the first part, so that a GPU's machine makes the same parts.
    keep_choices_of_two_cores(run)

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


@pytest.mark.slow
@pytest.mark.timeout(1800)  # Four minutes on a quiet machine.
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_composing_beside_the_codec_ends_with_its_parent_and_goes_on(
    tmp_path: Path, number: signal.Signals
) -> None:
    run = tmp_path / "run"
    overrides = ["corpus.hours=0.1", "report_prompts=[]"]
    code = (
        "import signal, sys; from pathlib import Path; from musiclm.train.all import train_all;"
        "signal.signal(signal.SIGINT, signal.default_int_handler);"
        "train_all('tiny', Path(sys.argv[1]), max_steps=10**6, overlap='on', "
        f"overrides={overrides})"
    )
    # A group of its own: the signal below reaches the parent alone, unlike Ctrl-C.
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(run)], start_new_session=True, stderr=subprocess.DEVNULL
    )
    while not (run / "codec" / "metrics.jsonl").exists():
        assert process.poll() is None
        time.sleep(0.2)
    process.send_signal(number)
    assert process.wait() != 0
    while _group_lives(process.pid):  # Else the test's own timeout ends it.
        time.sleep(0.2)
    assert list((run / "codec" / "checkpoints").iterdir())
    assert not (run / "corpus" / "done.json").exists()
    assert (run / "corpus" / "manifest.jsonl").exists()
    learned = read_metrics(run / "codec")[-1]["step"]

    if number == signal.SIGINT:
        said: list[str] = []
        train_all("tiny", run, max_steps=learned + 1, overrides=overrides, on_part=said.append)
        assert said[0] == "opening: done before"
        begun = [line.partition(":")[0] for line in said if "begins" in line]
        assert begun == ["corpus", "codec", "mulan", "tokenizer", "tokens", "semantic", "acoustic"]
        assert "corpus: begins in the background" in said
        assert (run / "model" / "model.json").exists()


def _group_lives(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True
