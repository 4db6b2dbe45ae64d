"""``musiclm bench [corpus | codec | mulan]``: how fast this machine makes music, start to samples.

Every duration runs in a fresh process, so that its memory and its first token are a user's own and
not a warmed-up loop's. ``bench corpus`` times building a training corpus instead, ``bench codec``
(``cli/bench_codec.py``) encoding and decoding, ``bench mulan`` (``cli/bench_mulan.py``) listening,
reading and searching.
"""

import json
import subprocess
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from musiclm.cli.machine import machine_facts, machine_line, peak_memory_bytes

_PROMPT = "calm piano with soft strings"
_IMPORT = (
    "import time; began = time.perf_counter(); import musiclm; print(time.perf_counter() - began)"
)


class What(StrEnum):
    """What to measure."""

    MODEL = "model"
    CORPUS = "corpus"
    CODEC = "codec"
    MULAN = "mulan"


def bench(
    what: Annotated[
        What, typer.Argument(help="Generation, building a corpus, the codec, or MuLan.")
    ] = What.MODEL,
    model: Annotated[
        str, typer.Option(help="Name of a model in the box, or a model folder.")
    ] = "small",
    duration: Annotated[
        list[float] | None,
        typer.Option(
            "--duration", "-d", help="Seconds of music; may be repeated. Default: 10, 30."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the music.")] = 0,
    minutes: Annotated[
        float | None,
        typer.Option(help="Of music. Default: 20 for `bench corpus`, else 2."),
    ] = None,
    threads: Annotated[
        list[int] | None,
        typer.Option(min=1, help="For `bench codec` and `mulan`; may be repeated. Default: 1, 2."),
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes, for `bench corpus`.")] = 2,
    sound: Annotated[str, typer.Option(help="As for `corpus build`; for `bench corpus`.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
    started: Annotated[float | None, typer.Option(hidden=True)] = None,
) -> None:
    """Measure how fast this machine makes music, and in how much memory."""
    if what is What.CORPUS:
        measured = _measure_corpus(minutes or 20.0, seed, jobs, sound)
        print(json.dumps(measured, indent=2) if as_json else _corpus_table(measured))
        return
    if what in (What.CODEC, What.MULAN):
        _bench_part(what, model, minutes or 2.0, threads or [1, 2], seed, as_json=as_json)
        return
    from musiclm.pipeline.folder import find_model
    from musiclm.pipeline.request import checked_duration

    folder = find_model(model)
    durations = [checked_duration(each) for each in duration or [10.0, 30.0]]
    if started is not None:  # We are the fresh process.
        print(json.dumps(_measure(folder, durations[0], seed, started)))
        return
    report: dict[str, Any] = {"machine": machine_facts(), "import_seconds": _import_seconds()}
    report["runs"] = [_in_fresh_process(folder, each, seed) for each in durations]
    print(json.dumps(report, indent=2) if as_json else _table(report))


def _bench_part(
    what: What, model: str, minutes: float, threads: list[int], seed: int, *, as_json: bool
) -> None:
    """Measure the codec or the MuLan of a model and print what came out."""
    from musiclm.cli.bench_codec import codec_table, measure_codec
    from musiclm.cli.bench_mulan import measure_mulan, mulan_table
    from musiclm.cli.codec import find_codec
    from musiclm.cli.search import find_mulan

    if not 0 < minutes <= 24 * 60:
        raise typer.BadParameter("give more than 0 and at most 1440", param_hint="--minutes")
    if what is What.CODEC:
        codec = find_codec(model)
        measured = measure_codec(codec, minutes=minutes, threads=threads, seed=seed)
        table = codec_table(measured)
    else:
        mulan = find_mulan(model)
        measured = measure_mulan(mulan, minutes=minutes, threads=threads, seed=seed)
        table = mulan_table(measured)
    machine = machine_facts()
    if as_json:
        print(json.dumps({"machine": machine, **measured}, indent=2))
    else:
        print(f"{machine_line(machine)}\n\n{table}")


def _import_seconds() -> float:
    """Seconds of ``import musiclm`` in a fresh interpreter, the better of two."""
    command = [sys.executable, "-c", _IMPORT]
    runs = [
        float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603
        for _ in range(2)
    ]
    return round(min(runs), 3)


def _in_fresh_process(folder: Path, duration: float, seed: int) -> dict[str, Any]:
    """Measure one duration where nothing is loaded yet.

    Raises:
        OSError: The process failed; carries its last line.
    """
    command = [sys.executable, "-m", "musiclm.cli.main", "bench", "--model", str(folder)]
    command += ["--duration", str(duration), "--seed", str(seed)]
    command += ["--started", repr(time.monotonic())]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise OSError(f"the measuring process failed with exit code {done.returncode}: {last}")
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def _measure(folder: Path, duration: float, seed: int, started: float) -> dict[str, Any]:
    """Load and generate once, in this process."""
    from musiclm.pipeline.musiclm import MusicLM

    music = MusicLM.from_pretrained(folder)
    loaded = time.monotonic() - started
    made = music.generate(_PROMPT, duration=duration, seed=seed)
    timings = made.timings
    return {
        "duration_seconds": duration,
        "model": made.model,
        "start_to_loaded_seconds": round(loaded, 3),
        "start_to_first_token_seconds": round(loaded + timings.first_token_seconds, 3),
        "first_audio_seconds": round(timings.first_audio_seconds, 3),
        "stage_seconds": {name: round(spent, 3) for name, spent in timings.stage_seconds.items()},
        "audio_per_second": {
            **{name: round(duration / spent, 2) for name, spent in timings.stage_seconds.items()},
            "whole": round(duration / timings.total_seconds, 2),
        },
        "real_time_factor": round(timings.real_time_factor, 3),
        "peak_memory_bytes": peak_memory_bytes(),
    }


def _measure_corpus(minutes: float, seed: int, jobs: int, sound: str) -> dict[str, Any]:
    """Build a corpus in a folder that goes away, then time the steps of some pieces alone."""
    from tempfile import TemporaryDirectory

    from musiclm.corpus.build import build_corpus
    from musiclm.corpus.preview import step_seconds
    from musiclm.corpus.render import sound_from_name

    players = sound_from_name(sound)
    with TemporaryDirectory() as folder:
        began = time.perf_counter()
        done = build_corpus(
            Path(folder) / "corpus", hours=minutes / 60, seed=seed, jobs=jobs, sound=players
        )
        spent = time.perf_counter() - began
    steps = step_seconds(pieces=max(1, round(minutes / 2)), seed=seed, sound=players)
    return {
        "machine": machine_facts(),
        "sound": players.name,
        "jobs": jobs,
        "pieces": done.n_done,
        "audio_seconds": round(done.seconds_done, 1),
        "build_seconds": round(spent, 2),
        "times_real_time": round(done.seconds_done / spent, 1),
        "one_process_times_real_time": {
            step: round(steps["audio"] / seconds, 1)
            for step, seconds in steps.items()
            if step != "audio"
        },
    }


def _corpus_table(measured: dict[str, Any]) -> str:
    """The report for people."""
    machine = measured["machine"]
    lines = [
        machine_line(machine),
        f"{measured['pieces']} pieces, {measured['audio_seconds'] / 60:.1f} minutes of music"
        f" in {measured['build_seconds']:.1f} s, {measured['jobs']} processes,"
        f" played by {measured['sound']}",
        f"{'whole build, start of the processes and FLAC included':56}"
        f"{measured['times_real_time']:>8.0f} x real time",
    ]
    for step, times in measured["one_process_times_real_time"].items():
        lines.append(f"{'one process, ' + step:56}{times:>8.0f} x real time")
    return "\n".join(lines)


def _table(report: dict[str, Any]) -> str:
    """The report for people."""
    runs = report["runs"]
    machine = report["machine"]
    lines = [
        machine_line(machine),
        f"import musiclm{report['import_seconds']:>37.2f} s",
        f"{'':40}" + "".join(f"{run['duration_seconds']:>9g} s" for run in runs),
    ]

    def row(label: str, values: list[float], unit: str) -> None:
        lines.append(f"{label:40}" + "".join(f"{value:>9.2f}  " for value in values) + unit)

    for name in runs[0]["audio_per_second"]:
        row(f"audio per second, {name}", [run["audio_per_second"][name] for run in runs], "s/s")
    row("real-time factor", [run["real_time_factor"] for run in runs], "")
    row(
        "process start to first token",
        [run["start_to_first_token_seconds"] for run in runs],
        "s",
    )
    row("call to first decoded audio", [run["first_audio_seconds"] for run in runs], "s")
    row("peak memory", [run["peak_memory_bytes"] / 2**30 for run in runs], "GiB")
    return "\n".join(lines)
