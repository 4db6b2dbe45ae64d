"""What the MusicGen benchmark makes of measured times, and that contenders are watched well."""

from pathlib import Path
from typing import Any

import pytest
import torch

from musiclm.cli import bench_musicgen, bench_musicgen_contender
from musiclm.cli.bench_musicgen_table import musicgen_table
from musiclm.errors import ConfigError

pytest.importorskip("transformers")

N_FRAMES, TURN = 9, 4
DEPTH, HEADS, WIDTH, CODES = 2, 4, 64, 64


@pytest.fixture(scope="module", params=["mono", "stereo melody"])
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from checkpoints import write_musicgen

    folder = tmp_path_factory.mktemp("checkpoint")
    other = request.param != "mono"
    write_musicgen(folder, width=WIDTH, melody=other, stereo=other)
    return folder


def run_in_turns(
    contender: bench_musicgen_contender.Contender, guidance: float
) -> list[dict[str, Any]]:
    """All answers, with a mark for each time that it waited."""
    answers: list[dict[str, Any]] = []
    bench_musicgen_contender.run(
        contender,
        n_extra=bench_musicgen_contender.extra_passes(contender),
        n_frames=N_FRAMES,
        turn_steps=TURN,
        guidance=guidance,
        wait=lambda: answers.append({"waited": True}),
        answer=answers.append,
    )
    return answers


@pytest.mark.parametrize("side", ["musiclm", "transformers"])
def test_every_step_is_timed_once_and_waits_after_its_turn(checkpoint: Path, side: str) -> None:
    load = getattr(
        bench_musicgen_contender, {"musiclm": "load_ours", "transformers": "load_theirs"}[side]
    )
    contender = load(checkpoint, "float32", 0)
    n_steps = N_FRAMES + 3
    assert contender.max_delay == 3
    sizes = []
    for guidance in (3.0, 1.0):
        answers = run_in_turns(contender, guidance)
        assert list(answers[0]) == ["first_seconds"]
        assert [list(each) for each in answers[1::2]] == [["waited"]] * (len(answers) // 2)
        turns = answers[2::2]
        assert [len(each["seconds"]) for each in turns] == [TURN, TURN, n_steps - 1 - 2 * TURN]
        assert all(seconds > 0 for each in turns for seconds in each["seconds"])
        assert ["ended" in each for each in turns] == [False, False, True]
        sizes.append(turns[-1]["ended"])
    with_guidance, without = sizes
    # Two rows read twice what one reads; a row without a text also has to hide its filler.
    assert with_guidance["cache_bytes"] == 2 * without["cache_bytes"] > 0
    least = 2 * without["context_bytes"]
    assert least <= with_guidance["context_bytes"] <= 1.1 * least
    assert without["peak_memory_bytes"] > 50e6
    # A second run is a whole one too: no hook of the first was left.
    assert len(run_in_turns(contender, 1.0)) == 7


def test_both_sides_hold_the_same_keys_and_read_the_same_weights(tmp_path: Path) -> None:
    from checkpoints import write_musicgen

    write_musicgen(tmp_path, width=WIDTH, depth=DEPTH, heads=HEADS, hidden=96, codes=CODES)
    ours = bench_musicgen_contender.load_ours(tmp_path, "float32", 0)
    theirs = bench_musicgen_contender.load_theirs(tmp_path, "float32", 0)
    # Self-attention, queries and output of cross-attention, feed-forward, norms; then the heads.
    block = (4 + 2) * WIDTH**2 + 2 * WIDTH * 96 + 3 * 2 * WIDTH
    expected = 4 * (DEPTH * block + 2 * WIDTH + 4 * CODES * WIDTH)
    assert bench_musicgen_contender.read_bytes(theirs) == expected
    assert bench_musicgen_contender.read_bytes(ours) == expected
    n_steps = N_FRAMES + 3
    for contender in (ours, theirs):
        ended = run_in_turns(contender, 1.0)[-1]["ended"]
        assert ended["cache_bytes"] == 4 * DEPTH * 2 * WIDTH * n_steps
        # The prompt is five words, of which the tokenizer makes six tokens.
        assert ended["context_bytes"] == 4 * DEPTH * 2 * WIDTH * 6


def test_memory_is_counted_once() -> None:
    class Holder:
        def __init__(self) -> None:
            self.tensor = torch.zeros(10)
            self.parts = [self.tensor[:5], {"other": (torch.zeros(3, dtype=torch.int8),)}]
            self.kind = torch.nn.Linear

    holder = Holder()
    assert bench_musicgen_contender.tensor_bytes([holder, holder.tensor]) == 43


def test_a_run_comes_to_turns_places_and_a_real_time_factor() -> None:
    # Four whole turns and a rest that no turn is made of; the second half is twice as slow.
    spent = [0.010] * 8 + [0.020] * 8 + [0.5]
    found = bench_musicgen.summary(0.3, spent, 4)
    assert found["turns_ms"] == [10.0, 10.0, 20.0, 20.0]
    assert found["step_ms"] == 15.0
    assert found["step_ms_quartiles"] == [10.0, 20.0]
    assert found["real_time_factor"] == 0.75
    assert (found["n_steps"], found["first_seconds"]) == (18, 0.3)
    slower = bench_musicgen.summary(0.3, [0.010] * 750 + [0.013] * 750, 50)
    places = [(each["from"], each["to"]) for each in slower["by_position"]]
    assert places == [(50, 150), (388, 488), (725, 825), (1062, 1162), (1400, 1500)]
    assert [each["ms"] for each in slower["by_position"]] == [10.0, 10.0, 12.25, 13.0, 13.0]
    assert slower["growth"] == 0.3
    assert bench_musicgen.summary(0.3, [0.010], 4)["turns_ms"] == [10.0]


def contender(side: str, precision: str, turns: list[float], n_steps: int) -> dict[str, Any]:
    """What a process reports."""
    spent = [turn / 1e3 for turn in turns for _ in range(n_steps // len(turns))]
    run = {
        **bench_musicgen.summary(0.2, spent, n_steps // len(turns)),
        "cache_bytes": 300 * 2**20,
        "cache_read_bytes": 100_000_000,
    }
    return {
        "side": side,
        "precision": precision,
        "load_seconds": 1.0,
        "weight_bytes": 500 * 2**20,
        "read_bytes": 400_000_000,
        "peak_memory_bytes": 900 * 2**20,
        "language_model_bytes": 800 * 2**20,
        "runs": {"guided": dict(run), "unguided": dict(run)},
    }


def test_the_table_says_what_was_met_and_what_was_missed() -> None:
    contenders = bench_musicgen.compared(
        [
            contender("musiclm", "int8", [20.0, 30.0], 1500),
            contender("musiclm", "int4", [22.0, 22.0], 1500),
            contender("transformers", "bfloat16", [66.0, 84.0], 1500),
        ]
    )
    # Turn by turn, each in its own place: 66 / 20 and 84 / 30.
    assert contenders[0]["runs"]["guided"]["ratio"] == 3.05
    assert "ratio" not in contenders[2]["runs"]["guided"]
    report = {"threads": 2, "bandwidth": {"read_memory": 25.0}, "contenders": contenders}
    lines = musicgen_table(report).splitlines()
    assert lines[0] == "Speed, 2 thread(s):"
    (int8,) = [line for line in lines if line.startswith("| musiclm, int8 | with | 1,501")]
    assert "| 1.25 (aim 1.0: missed) | 0.20 | 3.05 x (bar 3: met) |" in int8
    (int4,) = [line for line in lines if line.startswith("| musiclm, int4 | with | 1,501")]
    assert "| 3.41 x (bar 4: missed) |" in int4
    assert "| musiclm, int8 | 900 | 800 (bar 1,024: met) | 500 | 300 | 1,501 |" in lines
    assert "| musiclm, int4 | without | 400 | 100 | 20.00 | 22.00 | 91% |" in lines
    (growing,) = [line for line in lines if line.startswith("| musiclm, int8 | with | 20.00")]
    assert growing.endswith("| 30.00 | +50% (bar +20%: missed) |")
    (steady,) = [line for line in lines if line.startswith("| musiclm, int4 | with | 22.00")]
    assert steady.endswith("| 22.00 | +0% (bar +20%: met) |")
    (theirs,) = [line for line in lines if line.startswith("| transformers, bfloat16 | with | 66")]
    assert theirs.endswith("| 84.00 | +27% |")


def test_a_precision_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from musiclm.nn import precision

    monkeypatch.setattr(precision, "int4_kernel_available", lambda: False)
    assert "int4" not in bench_musicgen._our_precisions([])
    assert bench_musicgen._our_precisions(["bfloat16"]) == ["bfloat16"]
    with pytest.raises(ConfigError, match="--precision int4: this PyTorch has no int4 kernel"):
        bench_musicgen._our_precisions(["int4"])
