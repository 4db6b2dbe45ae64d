"""Durations in, speed and memory of the whole chain out: what ``musiclm bench`` prints.

Every run is a process of its own, so that its memory and its first token are a user's own and not a
warmed-up loop's. Each duration runs twice: as a file (``MusicLM.generate``, which holds the music)
and as a stream (``MusicLM.stream``, whose pieces are let go). Where the time goes is
``bench_roofline.py``, what small weights cost ``bench_likelihood.py``.
"""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from musiclm.cli.bench_codec import in_fresh_process
from musiclm.cli.machine import peak_memory_bytes

BARS: dict[str, float] = {
    "real_time_factor": 0.5,
    "real_time_factor_aim": 0.25,
    "first_audio_seconds": 1.5,
    "control_seconds": 2.0,
    "peak_memory_bytes": 1.5 * 2**30,
    "loss_nats": 0.01,
}
"""What we want on two cores; all but the aim are at most so much."""

PROMPT = "calm piano with soft strings"
_N_CONTROLS = 3
_QUARTERS = (0.25, 0.5, 0.75, 1.0)


def measure_model(
    folder: Path, *, durations: Sequence[float], threads: Sequence[int], seed: int
) -> list[dict[str, Any]]:
    """Measure every duration with each number of threads, as a file and as a stream.

    Args:
        folder: A model folder.
        durations: Seconds of music.
        threads: Numbers of threads.
        seed: Of the music.

    Raises:
        OSError: A measuring process failed; carries its last line.
    """
    runs = []
    for count in threads:
        for duration in durations:
            task = {
                "model": str(folder),
                "duration": duration,
                "seed": seed,
                "threads": count,
                "stream": False,
            }
            as_file = in_fresh_process(__name__, {**task, "started": time.monotonic()})
            as_stream = in_fresh_process(
                __name__, {**task, "stream": True, "started": time.monotonic()}
            )
            runs.append({"duration_seconds": duration, "threads": count, **as_file, **as_stream})
    return runs


def model_table(runs: Sequence[dict[str, Any]]) -> str:
    """The report for people, in Markdown: a column a run."""
    heads = [
        f"{run['duration_seconds']:g} s, {run['threads']} thread{'s' if run['threads'] > 1 else ''}"
        for run in runs
    ]
    lines = [f"| | {' | '.join(heads)} | bar |", f"| --- |{' ---: |' * (len(runs) + 1)}"]

    def row(label: str, values: Sequence[float], bar: str = "") -> None:
        lines.append(f"| {label} | {' | '.join(f'{value:.3g}' for value in values)} | {bar} |")

    bar = f"{BARS['real_time_factor']:g}, aim {BARS['real_time_factor_aim']:g}"
    row("real-time factor, whole", [run["real_time_factor"] for run in runs], bar)
    for name in runs[0]["stage_seconds"] if runs else ():
        spent = [run["stage_seconds"].get(name, 0.0) / run["duration_seconds"] for run in runs]
        row(f"of it {name}", spent)
    for quarter, _ in enumerate(_QUARTERS):
        values = [run["quarter_real_time_factors"][quarter] for run in runs]
        row(f"real-time factor, quarter {quarter + 1} of the piece", values, "flat")
    for label, key, unit, limit in (
        ("process start to first token, s", "start_to_first_token_seconds", 1, ""),
        ("call to first audio, s", "first_audio_seconds", 1, f"{BARS['first_audio_seconds']:g}"),
        ("planned ahead of what is handed out, s", "planned_ahead_seconds", 1, ""),
        (
            "from asking to hearing a change, s",
            "control_seconds",
            1,
            f"{BARS['control_seconds']:g}",
        ),
        ("longest wait for a piece of a stream, s", "longest_wait_seconds", 1, ""),
        ("peak memory of a file, GiB", "peak_memory_bytes", 2**30, "1.5"),
        ("peak memory of a stream, GiB", "stream_peak_memory_bytes", 2**30, "1.5, flat"),
    ):
        row(label, [run[key] / unit for run in runs], limit)
    grown = memory_growth(runs)
    if grown is not None:
        lines.append(
            f"\nFrom {grown['from_seconds']:g} to {grown['to_seconds']:g} s of music a stream's "
            f"memory grows by {grown['stream_bytes'] / 2**20:.0f} MiB, a file's by "
            f"{grown['file_bytes'] / 2**20:.0f} MiB, of which the samples themselves are "
            f"{grown['samples_bytes'] / 2**20:.0f} MiB."
        )
    return "\n".join(lines)


def memory_growth(runs: Sequence[dict[str, Any]]) -> dict[str, float] | None:
    """What the longest run holds more than the shortest of at least 30 s; None without two."""
    first = [run for run in runs if run["threads"] == runs[0]["threads"]]
    long = sorted(
        (run for run in first if run["duration_seconds"] >= 30),
        key=lambda run: float(run["duration_seconds"]),
    )
    if len(long) < 2:
        return None
    low, high = long[0], long[-1]
    seconds = high["duration_seconds"] - low["duration_seconds"]
    return {
        "from_seconds": low["duration_seconds"],
        "to_seconds": high["duration_seconds"],
        "stream_bytes": high["stream_peak_memory_bytes"] - low["stream_peak_memory_bytes"],
        "file_bytes": high["peak_memory_bytes"] - low["peak_memory_bytes"],
        "samples_bytes": seconds * high["bytes_per_second"],
    }


def quarter_factors(reports: Sequence[tuple[float, float]], seconds: float) -> list[float]:
    """Computing seconds for a second of music in each quarter of a piece.

    Args:
        reports: Share of the piece that is done, and when, in seconds; rising.
        seconds: Length of the piece.

    Example:
        >>> quarter_factors([(0.5, 1.0), (1.0, 4.0)], 8.0)
        [0.25, 0.25, 0.75, 0.75]
    """
    import numpy as np

    done, when = zip((0.0, 0.0), *reports, strict=True)
    borders = np.interp((0.0, *_QUARTERS), done, when)
    return [round(float(spent) / (seconds / 4), 4) for spent in np.diff(borders)]


def _measure(task: dict[str, Any]) -> dict[str, Any]:
    """Load and make music once, in this process."""
    import torch

    from musiclm.pipeline.musiclm import MusicLM

    torch.set_num_threads(task["threads"])
    music = MusicLM.from_pretrained(Path(task["model"]))
    loaded = time.monotonic() - task["started"]
    measure = _as_stream if task["stream"] else _as_file
    return measure(music, task["duration"], task["seed"], loaded)


def _as_file(music: Any, duration: float, seed: int, loaded: float) -> dict[str, Any]:
    """The whole piece, finished in memory."""
    reports: list[tuple[float, float]] = []
    made = music.generate(
        PROMPT,
        duration=duration,
        seed=seed,
        on_progress=lambda at: reports.append((at.clip_fraction, at.elapsed_seconds)),
    )
    timings = made.timings
    return {
        "model": made.model,
        "model_version": made.model_version,
        "start_to_loaded_seconds": round(loaded, 3),
        "start_to_first_token_seconds": round(loaded + timings.first_token_seconds, 3),
        "stage_seconds": {name: round(spent, 3) for name, spent in timings.stage_seconds.items()},
        "audio_per_second": {
            **{name: round(duration / spent, 2) for name, spent in timings.stage_seconds.items()},
            "whole": round(duration / timings.total_seconds, 2),
        },
        "real_time_factor": round(timings.real_time_factor, 4),
        "quarter_real_time_factors": quarter_factors(reports, duration),
        "retries": sum(made.retries),
        "bytes_per_second": made.sample_rate * made.waveform.shape[1] * 4,
        "peak_memory_bytes": peak_memory_bytes(),
    }


def _as_stream(music: Any, duration: float, seed: int, _: float) -> dict[str, Any]:
    """Piece after piece, each forgotten; in the first ones something is asked for on the way."""
    called = time.perf_counter()
    stream = music.stream(PROMPT, duration=duration, seed=seed)
    waits: list[float] = []
    ahead: list[float] = []
    heard: list[float] = []
    before = 0.0
    while next(stream, None) is not None:
        waits.append(time.perf_counter() - called)
        if len(ahead) < _N_CONTROLS and stream.position < duration - 1:
            # What is asked for now takes effect where the plan ends. Who asks has, at worst, only
            # begun to listen to the piece that was handed out last.
            stream.set_controls(brightness=len(ahead) % 2)
            ahead.append(stream.events[-1].seconds - stream.position)
            heard.append(stream.events[-1].seconds - before)
        before = stream.position
        called = time.perf_counter()
    return {
        "first_audio_seconds": round(waits[0], 3),
        "longest_wait_seconds": round(max(waits), 3),
        "planned_ahead_seconds": round(max(ahead, default=0.0), 3),
        "control_seconds": round(max(heard, default=0.0), 3),
        "stream_peak_memory_bytes": peak_memory_bytes(),
    }


if __name__ == "__main__":
    print(json.dumps(_measure(json.loads(sys.argv[1]))))
