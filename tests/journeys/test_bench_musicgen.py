"""``musiclm bench musicgen`` from the command line, on a tiny checkpoint."""

import json
from pathlib import Path

import pytest

from journeys.outcome import Run

pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from checkpoints import write_musicgen

    folder = tmp_path_factory.mktemp("checkpoint")
    write_musicgen(folder, width=64)
    return folder


def test_both_take_turns_and_the_report_says_who_was_faster(run: Run, checkpoint: Path) -> None:
    words = ["bench", "musicgen", "--model", str(checkpoint), "-d", "0.24", "--threads", "1"]
    done = run(*words, "--against", "transformers", "--precision", "bfloat16", "--json")
    assert done.code == 0
    report = json.loads(done.out)
    assert report["model"] == str(checkpoint)
    (measured,) = report["runs"]
    assert (measured["seconds"], measured["turn_steps"]) == (0.24, 3)
    assert measured["bandwidth"]["read_memory"] > 0
    ours, float32, bfloat16 = measured["contenders"]
    assert [(each["side"], each["precision"]) for each in (ours, float32, bfloat16)] == [
        ("musiclm", "bfloat16"),
        ("transformers", "float32"),
        ("transformers", "bfloat16"),
    ]
    for name in ("guided", "unguided"):
        assert ours["runs"][name]["n_steps"] == bfloat16["runs"][name]["n_steps"] == 15
        assert float32["runs"][name]["n_steps"] == 7  # a third of twelve frames, and the delays
        assert len(ours["runs"][name]["turns_ms"]) == 4
        assert ours["runs"][name]["ratio"] > 0
    assert float32["read_bytes"] == 2 * bfloat16["read_bytes"] == 2 * ours["read_bytes"]
    assert all(50e6 < each["peak_memory_bytes"] < 4e9 for each in (ours, float32, bfloat16))


def test_losses_are_scored_on_own_and_on_recorded_codes(
    run: Run, checkpoint: Path, tmp_path: Path
) -> None:
    from musiclm.cli.bench_codec import write_music

    write_music(tmp_path / "a.wav", 1.0, seed=0)
    words = ["bench", "musicgen", "--model", str(checkpoint), "-d", "0.5", "--threads", "1"]
    done = run(*words, "--likelihood", "--audio", str(tmp_path))
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[1] == f"MusicGen: {checkpoint}"
    for codes in ("400 own", "100 recorded"):
        rows = [line.split(" | ") for line in lines if f"| MusicGen, {codes} |" in line]
        assert [row[1] for row in rows][:2] == ["float32", "bfloat16"]
        assert all(0.5 < float(row[2]) < 20 for row in rows)
        assert rows[0][5].startswith("100.0%")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-d", "31"], "give one, above 0 and at most 30"),
        (["-d", "1", "-d", "2"], "give one, above 0 and at most 30"),
        (["--against", "audiocraft"], "bench musicgen takes: transformers"),
        (["--audio", "."], "give a folder, with --likelihood"),
    ],
)
def test_what_cannot_be_measured_is_refused_at_once(run: Run, words: list[str], said: str) -> None:
    done = run("bench", "musicgen", *words)
    assert done.code == 2
    assert said in done.message


def test_a_folder_that_is_no_checkpoint_is_one_line(run: Run, tmp_path: Path) -> None:
    done = run("bench", "musicgen", "--model", str(tmp_path))
    assert done.code != 0
    assert f"{tmp_path / 'config.json'} is missing" in done.message


def test_a_contender_that_fails_says_which_and_why(
    run: Run, tmp_path: Path, checkpoint: Path
) -> None:
    # What is only read by the contenders themselves: the tokenizer.
    for path in checkpoint.iterdir():
        if not path.name.startswith(("tokenizer", "special")):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    words = ["bench", "musicgen", "--model", str(tmp_path), "--precision", "float32"]
    done = run(*words, "-d", "0.1", "--threads", "1")
    assert done.code == 4
    assert done.message.startswith("the process of musiclm in float32 ended with exit code 1: ")
    assert "holds no tokenizer" in done.message
