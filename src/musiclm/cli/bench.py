"""``musiclm bench [corpus | codec | mulan | musicgen]``: how fast this machine makes music.

The model: the whole chain (``cli/bench_model.py``), where its time goes (``bench_roofline.py``) and
what small weights cost (``bench_likelihood.py``). ``bench corpus`` times building a training corpus
instead, ``bench codec`` (``bench_codec.py``) encoding and decoding, ``bench mulan``
(``bench_mulan.py``) listening, reading and searching, ``bench musicgen`` (``bench_musicgen.py``)
the decoding of a MusicGen checkpoint, by us and by transformers.
"""

import json
import os
import subprocess
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from musiclm.cli.machine import machine_facts, machine_line

DURATIONS = (10.0, 30.0, 120.0)
_IMPORT = (
    "import time; began = time.perf_counter(); import musiclm; print(time.perf_counter() - began)"
)


class What(StrEnum):
    """What to measure."""

    MODEL = "model"
    CORPUS = "corpus"
    CODEC = "codec"
    MULAN = "mulan"
    MUSICGEN = "musicgen"


class Size(StrEnum):
    """Of a MusicGen checkpoint that is made on the spot."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Precision(StrEnum):
    """Of a language model's weights."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    INT8 = "int8"
    INT4 = "int4"


class Part(StrEnum):
    """What of the model."""

    CHAIN = "chain"
    ROOFLINE = "roofline"
    LIKELIHOOD = "likelihood"


def bench(
    what: Annotated[
        What,
        typer.Argument(help="Generation, building a corpus, the codec, MuLan, or MusicGen."),
    ] = What.MODEL,
    model: Annotated[
        str | None,
        typer.Option(
            help="Name of a model in the box, or a model folder. Default: small; for `bench "
            "musicgen` a folder or a name on the hub, by default random weights."
        ),
    ] = None,
    duration: Annotated[
        list[float] | None,
        typer.Option(
            "--duration",
            "-d",
            help="Seconds of music; may be repeated. Default: 10, 30, 120; for `bench musicgen` "
            "30, which is also the most.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the music.")] = 0,
    minutes: Annotated[
        float | None,
        typer.Option(help="Of music. Default: 20 for `bench corpus`, else 2."),
    ] = None,
    threads: Annotated[
        list[int] | None,
        typer.Option(
            min=1, help="May be repeated. Default: 1 and 2; for the model, 2 or what there is."
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes, for `bench corpus`.")] = 2,
    sound: Annotated[str, typer.Option(help="As for `corpus build`; for `bench corpus`.")] = "auto",
    tokens: Annotated[
        Path | None,
        typer.Option(help="Tokenized corpus: score its held-out codes too, for the model."),
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            help="Artifact of a training run with float weights; may be repeated. For `bench "
            "musicgen`: transformers."
        ),
    ] = None,
    parts: Annotated[
        list[Part] | None,
        typer.Option("--part", help="Of the model's report; may be repeated. Default: all."),
    ] = None,
    size: Annotated[
        Size, typer.Option(help="Of the random weights of `bench musicgen`.")
    ] = Size.SMALL,
    precision: Annotated[
        list[Precision] | None,
        typer.Option(
            help="For `bench musicgen`; may be repeated. Default: all that this machine has, "
            "float32 for a third of the duration."
        ),
    ] = None,
    likelihood: Annotated[
        bool,
        typer.Option(
            "--likelihood", help="What `bench musicgen` measures: not speed, but nats lost."
        ),
    ] = False,
    audio: Annotated[
        Path | None,
        typer.Option(help="Folder of recordings; `bench musicgen --likelihood` scores them too."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Measure how fast this machine makes music, and in how much memory."""
    if what is What.CORPUS:
        measured = _measure_corpus(minutes or 20.0, seed, jobs, sound)
        print(json.dumps(measured, indent=2) if as_json else _corpus_table(measured))
        return
    if what in (What.CODEC, What.MULAN):
        _bench_part(
            what, model or "small", minutes or 2.0, threads or [1, 2], seed, as_json=as_json
        )
        return
    if what is What.MUSICGEN:
        from musiclm.cli.bench_musicgen_table import musicgen_report

        measured = _measure_musicgen(
            model,
            size=size,
            durations=duration or [],
            threads=threads or [min(2, os.cpu_count() or 1)],
            seed=seed,
            against=against or [],
            precisions=[each.value for each in precision or []],
            likelihood=likelihood,
            audio=audio,
        )
        print(json.dumps(measured, indent=2) if as_json else musicgen_report(measured))
        return
    from musiclm.pipeline.folder import find_model
    from musiclm.pipeline.request import checked_duration

    report = measure_speed(
        find_model(model or "small"),
        durations=[checked_duration(each) for each in duration or DURATIONS],
        threads=threads or [min(2, os.cpu_count() or 1)],
        seed=seed,
        parts=parts or list(Part),
        tokens=tokens,
        against=against or [],
    )
    print(json.dumps(report, indent=2) if as_json else speed_report(report))


def measure_speed(
    folder: Path,
    *,
    durations: list[float],
    threads: list[int],
    seed: int,
    parts: list[Part],
    tokens: Path | None,
    against: list[Path],
) -> dict[str, Any]:
    """The parts of the model's report that are wanted."""
    from musiclm.cli.bench_likelihood import measure_likelihood
    from musiclm.cli.bench_model import BARS, measure_model, memory_growth
    from musiclm.cli.bench_roofline import measure_roofline

    report: dict[str, Any] = {"machine": machine_facts(), "bars": BARS}
    if Part.CHAIN in parts:
        report["import_seconds"] = _import_seconds()
        report["runs"] = measure_model(folder, durations=durations, threads=threads, seed=seed)
        report["memory_growth"] = memory_growth(report["runs"])
    if Part.ROOFLINE in parts:
        report["roofline"] = [
            measure_roofline(folder, threads=count, seed=seed) for count in threads
        ]
    if Part.LIKELIHOOD in parts:
        report["likelihood"] = measure_likelihood(
            folder,
            tokens=tokens,
            against=against,
            seconds=max(durations),
            threads=max(threads),
            seed=seed,
        )
    return report


def speed_report(report: dict[str, Any]) -> str:
    """The same for people."""
    from musiclm.cli.bench_likelihood import likelihood_table
    from musiclm.cli.bench_model import model_table
    from musiclm.cli.bench_roofline import roofline_table

    sections = [machine_line(report["machine"])]
    if "runs" in report:
        sections[0] += f"\nimport musiclm: {report['import_seconds']:.2f} s"
        sections.append(model_table(report["runs"]))
    sections += [roofline_table(each) for each in report.get("roofline", [])]
    if "likelihood" in report:
        sections.append(likelihood_table(report["likelihood"]))
    return "\n\n".join(sections)


def _bench_part(
    what: What, model: str, minutes: float, threads: list[int], seed: int, *, as_json: bool
) -> None:
    """Measure the codec or the MuLan of a model and print what came out."""
    from musiclm.cli.bench_codec import codec_table, measure_codec
    from musiclm.cli.bench_mulan import measure_mulan, mulan_table
    from musiclm.pipeline.folder import find_part

    if not 0 < minutes <= 24 * 60:
        raise typer.BadParameter("give more than 0 and at most 1440", param_hint="--minutes")
    if what is What.CODEC:
        codec = find_part(model, "codec")
        measured = measure_codec(codec, minutes=minutes, threads=threads, seed=seed)
        table = codec_table(measured)
    else:
        mulan = find_part(model, "mulan")
        measured = measure_mulan(mulan, minutes=minutes, threads=threads, seed=seed)
        table = mulan_table(measured)
    machine = machine_facts()
    if as_json:
        print(json.dumps({"machine": machine, **measured}, indent=2))
    else:
        print(f"{machine_line(machine)}\n\n{table}")


def _measure_musicgen(
    model: str | None,
    *,
    size: Size,
    durations: list[float],
    threads: list[int],
    seed: int,
    against: list[Path],
    precisions: list[str],
    likelihood: bool,
    audio: Path | None,
) -> dict[str, Any]:
    """Check what was asked for, then measure it on one checkpoint."""
    from musiclm.cli.bench_musicgen import LARGEST_SECONDS, checkpoint_at, measure_musicgen
    from musiclm.cli.bench_musicgen_likelihood import LIKELIHOOD_SECONDS, measure_losses

    if len(durations) > 1 or not all(0 < each <= LARGEST_SECONDS for each in durations):
        raise typer.BadParameter(
            f"give one, above 0 and at most {LARGEST_SECONDS:g}", param_hint="--duration"
        )
    if any(str(each) != "transformers" for each in against):
        raise typer.BadParameter("bench musicgen takes: transformers", param_hint="--against")
    if audio is not None and not (likelihood and audio.is_dir()):
        raise typer.BadParameter("give a folder, with --likelihood", param_hint="--audio")
    with checkpoint_at(model, size.value, seed) as (folder, about):
        measured: dict[str, Any] = {"machine": machine_facts(), "model": about}
        if likelihood:
            seconds = durations[0] if durations else LIKELIHOOD_SECONDS
            measured["likelihood"] = measure_losses(
                folder, seconds=seconds, audio=audio, threads=max(threads), seed=seed
            )
            return measured
        measured["runs"] = [
            measure_musicgen(
                folder,
                seconds=durations[0] if durations else LARGEST_SECONDS,
                threads=count,
                seed=seed,
                against_transformers=bool(against),
                precisions=precisions,
            )
            for count in threads
        ]
    return measured


def _import_seconds() -> float:
    """Seconds of ``import musiclm`` in a fresh interpreter, the better of two."""
    command = [sys.executable, "-c", _IMPORT]
    runs = [
        float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603
        for _ in range(2)
    ]
    return round(min(runs), 3)


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
