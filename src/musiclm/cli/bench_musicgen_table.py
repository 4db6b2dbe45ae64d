"""What ``bench_musicgen.py`` measured in, Markdown for people out, with what we want beside it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

RATIO_BARS: Mapping[str, float] = {"bfloat16": 1.3, "int8": 3.0, "int4": 4.0}
"""How many times faster than transformers in bfloat16, at least."""
REAL_TIME_AIM = 1.0
"""Seconds of computing for a second of music, with guidance, at most."""
INT8_BYTES_BAR = 2**30
"""Weights and caches of the int8 language model, at most."""
GROWTH_BAR = 0.2
"""How much more a step may take at the end of 1,500 than at their beginning, at most."""

_RUNS = {"guided": "with", "unguided": "without"}
_STEPS_OF_GROWTH = 1400  # of fewer the bar says nothing
_MIB = 2**20


def musicgen_report(measured: Mapping[str, Any]) -> str:
    """All that ``musiclm bench musicgen`` measured, for people."""
    from musiclm.cli.bench_likelihood import likelihood_table
    from musiclm.cli.machine import machine_line

    sections = [f"{machine_line(measured['machine'])}\nMusicGen: {measured['model']}"]
    sections += [musicgen_table(each) for each in measured.get("runs", [])]
    if "likelihood" in measured:
        sections.append(likelihood_table(measured["likelihood"]))
    return "\n\n".join(sections)


def musicgen_table(report: Mapping[str, Any]) -> str:
    """One report of ``measure_musicgen`` for people, in Markdown."""
    contenders = report["contenders"]
    sections = [
        _speed(contenders, report["threads"]),
        _memory(contenders),
        _roofline(contenders, report["bandwidth"]["read_memory"]),
        _positions(contenders),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections)


def least_ms(read_bytes: int, cache_bytes: int, gigabytes_a_second: float) -> float:
    """What a step takes at least: reading its bytes from memory.

    Example:
        >>> least_ms(400_000_000, 100_000_000, 25.0)
        20.0
    """
    return (read_bytes + cache_bytes) / gigabytes_a_second / 1e6


def _speed(contenders: Sequence[Mapping[str, Any]], threads: int) -> list[str]:
    lines = [
        f"Speed, {threads} thread(s):",
        "",
        "| | guidance | steps | a step, ms (quartiles) | RTF | first step, s "
        "| faster than transformers in bfloat16 |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, contender, run in _runs(contenders):
        low, high = run["step_ms_quartiles"]
        real_time = f"{run['real_time_factor']:.2f}"
        if _RUNS["guided"] == name and contender["side"] == "musiclm":
            real_time += _verdict(run["real_time_factor"] <= REAL_TIME_AIM, f"aim {REAL_TIME_AIM}")
        ratio = ""
        if "ratio" in run:
            ratio = f"{run['ratio']:.2f} x"
            bar = RATIO_BARS.get(contender["precision"])
            ratio += "" if bar is None else _verdict(run["ratio"] >= bar, f"bar {bar:g}")
        lines.append(
            f"| {_label(contender)} | {name} | {run['n_steps']:,} "
            f"| {run['step_ms']:.2f} ({low:.2f} to {high:.2f}) | {real_time} "
            f"| {run['first_seconds']:.2f} | {ratio} |"
        )
    return [
        *lines,
        "",
        "RTF: seconds of computing for a second of music (50 steps), without the codec. A step: "
        "logits, guidance and sampling; the median of turns of a second of music, which all take "
        "in alternation, and their quartiles. First step: all from the call to the first logits, "
        "with the text encoder.",
    ]


def _memory(contenders: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [
        "Memory, MiB, with guidance:",
        "",
        "| | process at most | language model | its weights | its keys and values | steps |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for contender in contenders:
        run, whole = contender["runs"]["guided"], contender["language_model_bytes"]
        together = f"{whole / _MIB:,.0f}"
        if contender["side"] == "musiclm" and contender["precision"] == "int8":
            together += _verdict(whole < INT8_BYTES_BAR, f"bar {INT8_BYTES_BAR / _MIB:,.0f}")
        lines.append(
            f"| {_label(contender)} | {contender['peak_memory_bytes'] / _MIB:,.0f} | {together} "
            f"| {contender['weight_bytes'] / _MIB:,.0f} | {run['cache_bytes'] / _MIB:,.0f} "
            f"| {run['n_steps']:,} |"
        )
    return [
        *lines,
        "",
        "The process: Python, the libraries, loading, text encoder and codec too, and of files "
        "what of them was in memory.",
    ]


def _roofline(contenders: Sequence[Mapping[str, Any]], gigabytes_a_second: float) -> list[str]:
    lines = [
        f"Roofline, reading {gigabytes_a_second:.1f} GB/s from memory:",
        "",
        "| | guidance | weights read a step, MB | keys and values, MB | at least, ms | takes, ms "
        "| of what is possible |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, contender, run in _runs(contenders):
        least = least_ms(contender["read_bytes"], run["cache_read_bytes"], gigabytes_a_second)
        lines.append(
            f"| {_label(contender)} | {name} | {contender['read_bytes'] / 1e6:,.0f} "
            f"| {run['cache_read_bytes'] / 1e6:,.0f} | {least:.2f} | {run['step_ms']:.2f} "
            f"| {least / run['step_ms']:.0%} |"
        )
    return [
        *lines,
        "",
        "Every matrix is read once a step, whatever the number of rows, but those of the text's "
        "keys and values, which are computed once; keys and values as in the middle of the run.",
    ]


def _positions(contenders: Sequence[Mapping[str, Any]]) -> list[str]:
    tables: dict[tuple[tuple[int, int], ...], list[str]] = {}
    for name, contender, run in _runs(contenders):
        places = tuple((place["from"], place["to"]) for place in run["by_position"])
        growth = f"{run['growth']:+.0%}"
        if contender["side"] == "musiclm" and run["n_steps"] >= _STEPS_OF_GROWTH:
            growth += _verdict(run["growth"] <= GROWTH_BAR, f"bar {GROWTH_BAR:+.0%}")
        values = " | ".join(f"{place['ms']:.2f}" for place in run["by_position"])
        row = f"| {_label(contender)} | {name} | {values} | {growth} |"
        tables.setdefault(places, []).append(row)
    lines = ["A step by its place in the music, ms:"]
    for places, rows in tables.items():
        ranges = " | ".join(f"{start:,} to {end:,}" for start, end in places)
        lines += [
            "",
            f"| | guidance | {ranges} | last against first |",
            f"| --- | --- |{' ---: |' * (len(places) + 1)}",
            *rows,
        ]
    return lines


def _runs(
    contenders: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Every run: with guidance or without, whose, and what was measured."""
    for key, name in _RUNS.items():
        for contender in contenders:
            yield name, contender, contender["runs"][key]


def _label(contender: Mapping[str, Any]) -> str:
    return f"{contender['side']}, {contender['precision']}"


def _verdict(met: bool, bar: str) -> str:
    return f" ({bar}: {'met' if met else 'missed'})"
