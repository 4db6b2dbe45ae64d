"""The benchmark of the whole chain: every number it prints comes from a real, tiny model."""

import json
from pathlib import Path

import pytest
import torch

from factories import ACOUSTIC, MULAN, SEMANTIC, tiny_acoustic, tiny_model, tiny_stage
from musiclm.cli import bench_likelihood, bench_roofline
from musiclm.cli.bench_likelihood import compare_formats, in_every_precision, likelihood_table
from musiclm.cli.bench_model import memory_growth, model_table, quarter_factors
from musiclm.cli.main import main
from musiclm.errors import StreamMismatchError
from musiclm.lm.loss import cross_entropy_per_level
from musiclm.nn.linear import int8_kernel_available
from musiclm.nn.precision import PRECISIONS, best_precision
from musiclm.prompt.stream import FACTS_STREAM


def _run(duration: float, *, stream: float, file: float) -> dict[str, object]:
    return {
        "duration_seconds": duration,
        "threads": 1,
        "stage_seconds": {"mulan": 0.1, "semantic": duration / 10},
        "real_time_factor": 0.3,
        "quarter_real_time_factors": [0.1, 0.2, 0.3, 0.4],
        "start_to_first_token_seconds": 3.0,
        "first_audio_seconds": 0.9,
        "control_seconds": 1.2,
        "planned_ahead_seconds": 0.2,
        "longest_wait_seconds": 0.8,
        "bytes_per_second": 192_000,
        "stream_peak_memory_bytes": stream * 2**20,
        "peak_memory_bytes": file * 2**20,
    }


def test_the_whole_report_of_a_tiny_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tiny_model(tmp_path)
    words = ["bench", "--model", str(model), "-d", "2", "--threads", "1", "--json"]
    words += ["--part", "chain", "--part", "likelihood", "--against", str(tmp_path / "stage-0")]
    assert main(words) == 0
    report = json.loads(capsys.readouterr().out)
    (run,) = report["runs"]
    assert (run["model"], run["duration_seconds"], run["threads"]) == ("tiny", 2.0, 1)
    assert set(run["audio_per_second"]) == {"mulan", "semantic", "acoustic", "codec", "whole"}
    assert 0 < run["start_to_loaded_seconds"] < run["start_to_first_token_seconds"]
    assert 0 < run["first_audio_seconds"] <= run["longest_wait_seconds"]
    # A second is planned at a time, and what is planned is played nearly at once.
    assert 0 <= run["planned_ahead_seconds"] < run["control_seconds"] < 2
    quarters = run["quarter_real_time_factors"]
    assert sum(quarters) / 4 <= run["real_time_factor"] + 1e-3
    assert min(run["peak_memory_bytes"], run["stream_peak_memory_bytes"]) > 50e6
    assert report["memory_growth"] is None
    assert "roofline" not in report

    by_stage = {row["stage"]: row for row in report["likelihood"]}
    assert set(by_stage) == {"semantic", "acoustic"}
    assert by_stage["acoustic"]["n_codes"] == 4 * 4 * 50
    formats = by_stage["acoustic"]["formats"]
    # The tiny artifact is stored in float32, so that the model's own weights are the trained ones.
    assert formats["trained"]["lost"] == 0
    assert 0 < formats["bfloat16"]["divergence"] < 0.01
    assert "trained" not in by_stage["semantic"]["formats"]


def test_the_roofline_of_a_tiny_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        bench_roofline, "in_fresh_process", lambda _, task: bench_roofline._measure(task)
    )
    monkeypatch.setattr(bench_roofline, "_IN_MEMORY_BYTES", 2**23)
    monkeypatch.setattr(bench_roofline, "_IN_CACHE_BYTES", 2**18)
    model = tiny_model(tmp_path)
    words = ["bench", "--model", str(model), "--threads", "1", "--part", "roofline"]
    assert main(words) == 0
    table = capsys.readouterr().out
    assert "| | semantic | acoustic |" in table
    report = bench_roofline._measure({"model": str(model), "threads": 1, "seed": 0})
    assert report["gpu"] is None or report["gpu"]["runs"]
    semantic, acoustic = report["stages"]
    assert (semantic["stage"], acoustic["stage"]) == ("semantic", "acoustic")
    assert semantic["steps_per_second"] == 25
    for stage in report["stages"]:
        parts = stage["products_us"] + stage["attention_us"] + stage["other_us"]
        assert parts == pytest.approx(stage["step_us"], abs=1)
        assert 0 < stage["products_us"] < stage["step_us"]
        assert 0 < stage["attention_us"] < stage["step_us"]
        assert set(stage["rows_us"]) == {"1", "2", "8"}


def test_weights_read_a_step_are_matrices_and_not_tables() -> None:
    stage = tiny_stage("semantic", SEMANTIC, (MULAN, FACTS_STREAM), kind="delay")
    core = 2 * (64 * 192 + 64 * 64 + 64 * 256 + 128 * 64)  # qkv, out, gate and value, down
    assert bench_roofline.weight_bytes(stage) == 4 * (core + 64 * 64)
    if int8_kernel_available():
        small = stage.prepared(precision="int8")
        n_rows = 2 * (192 + 64 + 256 + 64) + 64  # each has a scale of two bytes
        assert bench_roofline.weight_bytes(small) == core + 64 * 64 + 2 * n_rows


@pytest.mark.parametrize("kind", ["delay", "coarse_fine"])
def test_scores_by_steps_are_the_cross_entropy(kind: str) -> None:
    stage = tiny_acoustic("delay" if kind == "delay" else "coarse_fine")[-1]
    rng = torch.Generator().manual_seed(0)
    target, n_frames = stage.config.target, 12
    conditions = tuple(
        torch.randint(
            each.codebook_size,
            (2, each.n_q, n_frames) if each.timed else (2, each.n_q),
            generator=rng,
        )
        for each in stage.config.conditions
    )
    codes = torch.randint(target.codebook_size, (2, target.n_q, n_frames), generator=rng)
    half = stage.prepared(precision="bfloat16")
    found = compare_formats({"float32": stage, "bfloat16": half}, conditions, codes)
    with torch.no_grad():
        right = cross_entropy_per_level(stage.model(conditions, codes), codes)["loss"]
    assert found["float32"]["nats"] == pytest.approx(float(right), abs=1e-4)
    assert found["float32"]["lost"] == found["float32"]["divergence"] == 0
    assert found["bfloat16"]["lost"] == pytest.approx(
        found["bfloat16"]["nats"] - found["float32"]["nats"], abs=1e-6
    )
    assert 0 < found["bfloat16"]["divergence"] < 0.01
    assert 0.9 < found["bfloat16"]["agreement"] <= found["float32"]["agreement"] == 1


def test_a_stage_is_compared_in_every_precision_there_is() -> None:
    (stage,) = tiny_acoustic("delay")
    stages = in_every_precision(stage)
    assert stages["float32"] is stage
    assert set(stages) == {each for each in PRECISIONS if best_precision(each)[0] == each}
    kinds = {
        name: {str(each.dtype).removeprefix("torch.") for each in made.model.state_dict().values()}
        for name, made in stages.items()
    }
    assert kinds["float32"] == {"float32"}
    assert kinds["bfloat16"] == {"bfloat16"}
    assert kinds.get("int8", {"bfloat16", "int8"}) == {"bfloat16", "int8"}
    assert "uint8" in kinds.get("int4", {"uint8"})
    assert "uint8" not in kinds.get("int8", {"int8"})


def test_own_codes_are_cut_into_the_stages_windows() -> None:
    (stage,) = tiny_acoustic("delay")  # windows of 2 s are 50 frames
    n_frames = 120
    tokens = {
        "mulan": torch.arange(4)[None].repeat(3, 1),
        "facts": torch.zeros(3, 4, dtype=torch.int64),
        "semantic": torch.arange(n_frames).repeat(3, 1, 1),
        "timeline": torch.zeros(3, 9, n_frames, dtype=torch.int64),
        "ensemble": torch.zeros(3, 15, n_frames, dtype=torch.int64),
        "acoustic": torch.arange(n_frames).repeat(3, 4, 1),
    }
    heard = bench_likelihood._own_codes(stage.config, tokens)
    assert heard.codes.shape == (6, 4, 50)
    assert heard.codes[:, 0, 0].tolist() == [0, 0, 0, 50, 50, 50]
    mulan, _, semantic, timeline, ensemble = heard.conditions
    assert torch.equal(semantic[:, 0], heard.codes[:, 0])
    assert mulan.shape == (6, 4)
    assert timeline.shape == (6, 9, 50)
    assert ensemble.shape == (6, 15, 50)


def test_a_stage_of_other_streams_is_refused() -> None:
    own = tiny_stage("acoustic", ACOUSTIC, (MULAN, SEMANTIC)).config
    other = tiny_stage("acoustic", ACOUSTIC, (MULAN, FACTS_STREAM, SEMANTIC)).config
    with pytest.raises(StreamMismatchError, match='"acoustic" with other streams than'):
        bench_likelihood._require_alike(own, other)


def test_quarters_are_between_reports() -> None:
    # Reports come about once a second of music, not at the quarters' borders.
    reports = [(0.2, 2.0), (0.6, 4.0), (1.0, 8.0)]
    assert quarter_factors(reports, 8.0) == pytest.approx([1.125, 0.625, 1.0, 1.25])


def test_memory_grows_from_half_a_minute_on() -> None:
    runs = [
        _run(10, stream=400, file=400),
        _run(30, stream=500, file=520),
        _run(600, stream=510, file=900),
    ]
    grown = memory_growth(runs)
    assert grown == {
        "from_seconds": 30,
        "to_seconds": 600,
        "stream_bytes": 10 * 2**20,
        "file_bytes": 380 * 2**20,
        "samples_bytes": 570 * 192_000,
    }
    assert memory_growth(runs[:2]) is None
    lines = model_table(runs).splitlines()
    assert lines[0] == "| | 10 s, 1 thread | 30 s, 1 thread | 600 s, 1 thread | bar |"
    assert "| of it semantic | 0.1 | 0.1 | 0.1 |  |" in lines
    assert "| call to first audio, s | 0.9 | 0.9 | 0.9 | 1.5 |" in lines
    assert "a stream's memory grows by 10 MiB, a file's by 380 MiB" in lines[-1]


def test_the_table_of_likelihood_says_what_was_lost() -> None:
    exact = {"nats": 2.0, "lost": 0.0, "lost_error": 0.0, "divergence": 0.0, "agreement": 1.0}
    rough = {
        "nats": 2.002,
        "lost": 0.002,
        "lost_error": 0.0005,
        "divergence": 0.001,
        "agreement": 0.987,
    }
    row = {"stage": "semantic", "codes": "own", "n_codes": 2000}
    table = likelihood_table([{**row, "formats": {"float32": exact, "int8": rough}}])
    assert "| semantic, 2,000 own | float32 | 2.0000 |  | 0.00000 | 100.0% |" in table
    lost = "2.0020 | +0.00200 ± 0.00050 | 0.00100 | 98.7% |"
    assert f"| semantic, 2,000 own | int8 | {lost}" in table
    assert "same most likely code as float32 for 98% of the codes (int4: 93%)" in table
    assert "trained" not in table
    trained = likelihood_table([{**row, "formats": {"float32": exact, "trained": rough}}])
    assert "`trained`: the training run's own weights" in trained
