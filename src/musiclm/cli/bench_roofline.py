"""Where a second of music's computing goes: bytes against bandwidth, parts of a decoding step.

Decoding reads every weight once a step, whatever the number of rows. So the bytes read for a second
of audio, over the bandwidth of the memory that they lie in, bound the speed from above (the
roofline); what a step takes beyond that is attention, the kernels' arithmetic and overhead. The
overhead is what a step of the same depth takes when its matrices are next to nothing.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musiclm.cli.bench_codec import in_fresh_process

if TYPE_CHECKING:
    from musiclm.decode.stage import Stage

_IN_MEMORY_BYTES = 256 * 2**20  # larger than the last cache of any processor it may run on
_IN_CACHE_BYTES = 4 * 2**20  # larger than most second, smaller than most third caches
_N_STEPS = 50
_ROWS = (1, 2, 8)
_GPU_BATCHES = (1, 8, 32, 128)
_GPU_SECONDS = 10.0
_PRODUCTS = ("int8pack", "int4pack", "addmm", "aten::mm", "mkldnn", "linear")
_ATTENTION = ("scaled_dot_product", "baddbmm", "aten::bmm", "_softmax")


def measure_roofline(folder: Path, *, threads: int, seed: int) -> dict[str, Any]:
    """Measure memory and the decoding step of every stage, in a process of its own.

    Args:
        folder: A model folder.
        threads: How many the process may use.
        seed: Of the codes that are decoded.

    Raises:
        OSError: The measuring process failed; carries its last line.
    """
    return in_fresh_process(__name__, {"model": str(folder), "threads": threads, "seed": seed})


def roofline_table(report: dict[str, Any]) -> str:
    """The report for people, in Markdown."""
    memory, stages = report["bandwidth"], report["stages"]
    lines = [
        f"Bandwidth, {report['threads']} thread(s): reading {memory['read_memory']:.0f} GB/s from "
        f"memory, {memory['read_cache']:.0f} GB/s from {_IN_CACHE_BYTES // 2**20} MiB; copying "
        f"{memory['copy_memory']:.0f} GB/s."
        + (
            f" The int8 kernel: {memory['int8_memory']:.0f} and {memory['int8_cache']:.0f} GB/s."
            if "int8_memory" in memory
            else ""
        ),
        "",
        f"| | {' | '.join(stage['stage'] for stage in stages)} |",
        f"| --- |{' ---: |' * len(stages)}",
    ]

    def row(label: str, values: Sequence[float]) -> None:
        lines.append(f"| {label} | {' | '.join(f'{value:.4g}' for value in values)} |")

    row("weights read a step, MB", [stage["weight_bytes"] / 1e6 for stage in stages])
    row("keys and values read a step, MB", [stage["cache_bytes"] / 1e6 for stage in stages])
    row("steps a second of audio", [stage["steps_per_second"] for stage in stages])
    row(
        "weights read for a second of audio, GB",
        [stage["weight_bytes"] * stage["steps_per_second"] / 1e9 for stage in stages],
    )
    for label, key in (
        ("a step takes, µs", "step_us"),
        ("weights alone, from memory", "weights_from_memory_us"),
        ("weights alone, from cache", "weights_from_cache_us"),
        ("keys and values alone, from memory", "cache_from_memory_us"),
        ("part: matrix products", "products_us"),
        ("part: attention", "attention_us"),
        ("part: all other, norms to Python", "other_us"),
        ("the same depth with thin matrices", "thin_us"),
        ("sampling", "sampling_us"),
    ):
        row(label, [stage[key] for stage in stages])
    for rows in _ROWS:
        row(
            f"a step of {rows} row(s), early in a window", [s["rows_us"][str(rows)] for s in stages]
        )
    row(
        "time for a second of audio, s",
        [s["step_us"] * s["steps_per_second"] / 1e6 for s in stages],
    )
    lines += [
        "",
        f"A step as in the middle of a long piece's window, {stages[0]['rows'] if stages else 2} "
        "rows (with and without the prompt, for guidance); the "
        f"least of {_N_STEPS}, because other work on the machine only ever adds.",
    ]
    if report["gpu"]:
        lines += ["", f"| {report['gpu']['name']}, batch | seconds of audio a second |"]
        lines += ["| ---: | ---: |"]
        lines += [f"| {each['batch']} | {each['rate']:.1f} |" for each in report["gpu"]["runs"]]
    return "\n".join(lines)


def weight_bytes(stage: "Stage") -> int:
    """Bytes of the matrices that every decoding step reads; of tables it reads single rows."""
    from torch import nn

    from musiclm.nn.int4 import Int4Linear
    from musiclm.nn.linear import Int8Linear

    total = 0
    for module in stage.model.modules():
        if isinstance(module, nn.Linear | Int8Linear | Int4Linear):
            total += sum(
                tensor.numel() * tensor.element_size()
                for tensor in (*module.parameters(recurse=False), *module.buffers(recurse=False))
            )
    return total


def _measure(task: dict[str, Any]) -> dict[str, Any]:
    """Everything, in this process."""
    import torch

    from musiclm.pipeline.musiclm import MusicLM

    torch.set_num_threads(task["threads"])
    music = MusicLM.from_pretrained(Path(task["model"]))
    memory = bandwidth()
    settings = music.settings()
    stages = []
    for stage in music.stages:
        if stage.config.kind != "masked":
            setting = settings[stage.config.name]
            rows = 1 if setting.guidance_scale == 1.0 else 2
            stages.append(_stage_parts(stage, rows, memory, task["seed"]))
    return {
        "threads": task["threads"],
        "bandwidth": memory,
        "stages": stages,
        "gpu": gpu_throughput(Path(task["model"])) if torch.cuda.is_available() else None,
    }


def bandwidth() -> dict[str, float]:
    """GB/s of reading and copying, and of the int8 kernel, from memory and from a cache."""
    import torch

    from musiclm.nn.linear import int8_kernel_available

    found = {}
    for place, size in (("memory", _IN_MEMORY_BYTES), ("cache", _IN_CACHE_BYTES)):
        n_runs = 5 if place == "memory" else 50
        source = torch.ones(size // 4)
        found[f"read_{place}"] = size / _least_seconds(source.sum, n_runs) / 1e9
        target = torch.empty_like(source)
        found[f"copy_{place}"] = 2 * size / _least_seconds(_copying(target, source), n_runs) / 1e9
        if int8_kernel_available():
            weight = torch.ones(size // 512, 512, dtype=torch.int8)
            scale = torch.ones(size // 512, dtype=torch.bfloat16)
            row = torch.ones(1, 512, dtype=torch.bfloat16)

            def product(
                row: torch.Tensor = row, weight: torch.Tensor = weight, scale: torch.Tensor = scale
            ) -> object:
                return torch._weight_int8pack_mm(row, weight, scale)

            found[f"int8_{place}"] = size / _least_seconds(product, n_runs) / 1e9
    return {name: round(value, 2) for name, value in found.items()}


def _stage_parts(stage: "Stage", rows: int, memory: dict[str, float], seed: int) -> dict[str, Any]:
    """What one decoding step of a stage is made of, in microseconds."""
    from musiclm.config import replace
    from musiclm.decode.stage import Stage

    config, core = stage.config, stage.config.core
    per_frame = config.target.n_q if config.kind == "prefix" else 1
    # A long piece's windows begin with what they carry on: their steps are in the second half.
    middle = int((config.carry_seconds + config.window_seconds) / 2 * config.target.frame_rate)
    element = 4 if stage.device.type == "cpu" else 2
    cache_bytes = rows * core.depth * 2 * core.kv_heads * core.head_dim * element
    cache_bytes *= middle * per_frame
    weights = weight_bytes(stage)
    step_us, profiled = _steps(stage, rows, middle, seed, profiled=True)
    thin_core = replace(core, dim=32 * core.n_heads)
    thin = Stage.create(replace(config, transformer=thin_core)).prepared()
    # Shares of the profiled step: the profiler itself slows every operator down alike.
    whole = sum(profiled.values()) or 1.0
    products, attention = (
        step_us / whole * sum(spent for name, spent in profiled.items() if _is_one_of(name, kinds))
        for kinds in (_PRODUCTS, _ATTENTION)
    )
    return {
        "stage": config.name,
        "rows": rows,
        "weight_bytes": weights,
        "cache_bytes": cache_bytes,
        "steps_per_second": float(config.target.frame_rate * per_frame),
        "step_us": round(step_us, 1),
        "weights_from_memory_us": round(weights / memory["read_memory"] / 1e3, 1),
        "weights_from_cache_us": round(weights / memory["read_cache"] / 1e3, 1),
        "cache_from_memory_us": round(cache_bytes / memory["read_memory"] / 1e3, 1),
        "products_us": round(products, 1),
        "attention_us": round(attention, 1),
        "other_us": round(step_us - products - attention, 1),
        "thin_us": round(_steps(thin, rows, 1, seed)[0], 1),
        "sampling_us": round(_sampling_us(stage), 1),
        "rows_us": {str(count): round(_steps(stage, count, 1, seed)[0], 1) for count in _ROWS},
    }


def _steps(
    stage: "Stage", rows: int, n_known: int, seed: int, *, profiled: bool = False
) -> tuple[float, dict[str, float]]:
    """Microseconds of a step after ``n_known`` frames (the least of many), and of its operators."""
    import torch
    from torch.profiler import ProfilerActivity, profile

    from musiclm.decode.autoregressive import CausalLM
    from musiclm.tokens.timing import frames_over

    model, config = stage.model, stage.config
    if not isinstance(model, CausalLM):  # pragma: no cover - callers leave masked stages out
        raise TypeError("a masked model has no steps")
    rng = torch.Generator().manual_seed(seed)
    n_frames = n_known + 2 * _N_STEPS

    def draw(*shape: int, size: int) -> torch.Tensor:
        return torch.randint(size, shape, generator=rng)

    target = config.target
    conditions = tuple(
        draw(
            rows,
            each.n_q,
            frames_over(n_frames, target.frame_rate, each.frame_rate),
            size=each.codebook_size,
        )
        if each.timed
        else draw(rows, each.n_q, size=each.codebook_size)
        for each in config.conditions
    )
    known = model.steps_from_codes(draw(rows, target.n_q, n_known, size=target.codebook_size))
    spent, by_name = [], {}
    with torch.inference_mode():
        cache = model.new_cache(rows, n_frames)
        _, state = model.prefill(conditions, known[..., :n_known], n_frames=n_frames, cache=cache)
        codes = draw(_N_STEPS, rows, known.shape[1], size=target.codebook_size)
        for step in codes:
            began = time.perf_counter()
            model.step(step, state)
            spent.append(time.perf_counter() - began)
        if profiled:
            n_profiled = min(20, _N_STEPS)
            with profile(activities=[ProfilerActivity.CPU]) as profiler:
                for step in codes[:n_profiled]:
                    model.step(step, state)
            by_name = {
                event.key: event.self_cpu_time_total / n_profiled
                for event in profiler.key_averages()
            }
    return 1e6 * min(spent), by_name


def _sampling_us(stage: "Stage") -> float:
    """Microseconds (the least of many) of choosing the codes of one step."""
    import torch

    from musiclm.decode.sampling import sample

    target = stage.config.target
    cells = target.n_q if stage.config.kind == "delay" else 1
    rng = torch.Generator().manual_seed(0)
    scores = torch.randn(1, cells, target.codebook_size, generator=rng)
    uniforms = torch.rand(1, cells, generator=rng)
    spent = []
    for _ in range(_N_STEPS):
        began = time.perf_counter()
        sample(scores, stage.config.sampling, uniforms)
        spent.append(time.perf_counter() - began)
    return 1e6 * min(spent)


def gpu_throughput(folder: Path) -> dict[str, Any]:  # pragma: no cover - needs a GPU
    """Seconds of audio a second, all stages and the codec, at several batch sizes."""
    import torch

    from musiclm.pipeline.musiclm import MusicLM

    device = torch.device("cuda")
    # Not the int8 rows that a processor decodes with: their kernel is the processor's alone.
    music = MusicLM.from_pretrained(folder, precision="bfloat16")
    for stage in music.stages:
        stage.model.to(device)
    codec = music.codec.to(device)
    rng = torch.Generator().manual_seed(0)
    runs = []
    for batch in _GPU_BATCHES:
        torch.cuda.synchronize()
        began = time.perf_counter()
        made: dict[str, torch.Tensor] = {}
        for stage in music.stages:
            conditions = tuple(
                made[each.name][:, : each.n_q]
                if each.name in made
                else torch.randint(
                    each.codebook_size,
                    (batch, each.n_q, int(_GPU_SECONDS * each.frame_rate) + 1)
                    if each.timed
                    else (batch, each.n_q),
                    generator=rng,
                ).to(device)
                for each in stage.config.conditions
            )
            codes = stage.generate(conditions, _GPU_SECONDS, rng, guidance_scale=3.0)
            before = made.get(stage.config.target.name)
            made[stage.config.target.name] = (
                codes if before is None else torch.cat((before, codes), dim=1)
            )
        with torch.inference_mode():
            codec.decode(made[music.stages[-1].config.target.name][:, : music.codec_levels])
        torch.cuda.synchronize()
        spent = time.perf_counter() - began
        runs.append({"batch": batch, "rate": round(batch * _GPU_SECONDS / spent, 1)})
    return {"name": torch.cuda.get_device_name(), "runs": runs}


def _is_one_of(name: str, parts: Sequence[str]) -> bool:
    return any(part in name for part in parts)


def _copying(target: Any, source: Any) -> Callable[[], object]:
    return lambda: target.copy_(source)


def _least_seconds(work: Callable[[], object], n_runs: int) -> float:
    """The least of several, after one that does not count."""
    work()
    spent = []
    for _ in range(n_runs):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return min(spent)


if __name__ == "__main__":
    print(json.dumps(_measure(json.loads(sys.argv[1]))))
