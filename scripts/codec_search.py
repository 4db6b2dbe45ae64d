"""Which codec learns most in a given time: `codec_search.py CORPUS OUT --minutes 20`.

Trains every recipe of a folder for the same wall time on one thread each, measures all of them on
the same held-out crops, and prints one table, best first at equal bitrate (`OUT/table.md`, and
everything in `OUT/report.json`). Any prefix of levels decodes, so each codec is compared at the
largest prefix that fits the bitrate. Run it again after an interrupt: finished candidates are
kept, an unfinished one goes on. With `--max-steps` instead of `--minutes` all get the same steps.
"""

import argparse
import json
import multiprocessing
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from musiclm.codec.metrics import (
    log_mel_distance,
    multi_scale_distance,
    multi_scale_log_mel,
    panning_error,
    side_distance,
    tonal_error,
    tonality,
)
from musiclm.codec.model import Codec
from musiclm.data.audio_cache import AudioCache
from musiclm.errors import MusicLMError
from musiclm.nn.quantizer import effective_codes
from musiclm.tokens.timing import seconds_to_samples
from musiclm.train.codec import CodecRecipe
from musiclm.train.log import read_metrics
from musiclm.train.parts import train_part
from musiclm.train.recipe import RECIPES, load_recipe, recipe_hash

CANDIDATES = RECIPES / "ablations" / "codec"
TOLERANCE = 1.01
"""A prefix may exceed the bitrate by one percent: 11 levels of 2048 codes are 3.03 kbit/s."""
COSTS = ("levels", "bits_per_second")
"""What a row of a quality report says besides qualities."""


@dataclass(frozen=True, slots=True)
class Job:
    """One candidate, and how it is trained and measured; travels to another process."""

    recipe: Path
    corpus: Path
    out: Path
    minutes: float | None
    max_steps: int | None
    clips: int
    seconds: float

    @property
    def name(self) -> str:
        return self.recipe.stem


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, help="folder with manifest.jsonl")
    parser.add_argument("out", type=Path, help="gets one run folder a candidate, and the table")
    parser.add_argument("--minutes", type=float, help="wall time each candidate trains for")
    parser.add_argument("--max-steps", type=int, help="steps each trains for, instead of minutes")
    parser.add_argument("--jobs", type=int, default=1, help="candidates at a time")
    parser.add_argument("--only", default="", help="names of candidates, commas between them")
    parser.add_argument("--candidates", type=Path, default=CANDIDATES, help="folder of recipes")
    parser.add_argument("--bitrates", type=numbers, default=(3000.0, 1500.0, 6000.0))
    parser.add_argument("--clips", type=int, default=12, help="held-out crops")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a crop")
    given = parser.parse_args(arguments)
    if (given.minutes is None) == (given.max_steps is None):
        parser.error("give either --minutes or --max-steps")
    wanted = set(filter(None, given.only.split(",")))
    recipes = sorted(given.candidates.glob("*.toml"))
    unknown = wanted - {recipe.stem for recipe in recipes}
    if not recipes or unknown:
        parser.error(f"no candidate {', '.join(sorted(unknown)) or 'at all'} in {given.candidates}")
    jobs = [
        Job(
            recipe, given.corpus, given.out,
            given.minutes, given.max_steps, given.clips, given.seconds,
        )
        for recipe in recipes
        if not wanted or recipe.stem in wanted
    ]  # fmt: skip
    prepare_audio(jobs)
    given.out.mkdir(parents=True, exist_ok=True)
    found = run_all(jobs, at_once=given.jobs)
    failed = [entry for entry in found if "error" in entry]
    rows = ranked([entry for entry in found if "error" not in entry], given.bitrates[0])
    report = {"candidates": rows, "failed": failed, "bitrates": given.bitrates}
    (given.out / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    table = markdown(rows, given.bitrates)
    table += "".join(f"\n{entry['name']} failed: {entry['error']}\n" for entry in failed)
    (given.out / "table.md").write_text(table, encoding="utf-8")
    print(table)
    sys.exit(1 if failed else 0)


def numbers(text: str) -> tuple[float, ...]:
    """``"3000,1500"`` as numbers; the first one decides the order of the table."""
    return tuple(float(part) for part in text.split(","))


def recipe_of(job: Job) -> CodecRecipe:
    recipe = load_recipe(job.recipe, "codec", ["threads=1"])
    if not isinstance(recipe, CodecRecipe):
        raise TypeError(f"{job.recipe} is no recipe of a codec")
    return recipe


def prepare_audio(jobs: Sequence[Job]) -> None:
    """Decode the corpus before processes start that would all do it; find faults in recipes."""
    for job in jobs:
        codec = recipe_of(job).codec
        AudioCache.build(job.corpus, sample_rate=codec.sample_rate, n_channels=codec.n_channels)


def run_all(jobs: Sequence[Job], *, at_once: int) -> list[dict[str, Any]]:
    """What became of every candidate, in the order in which they ended."""
    os.environ["OMP_NUM_THREADS"] = "1"  # The processes below inherit it.
    found = []
    context = multiprocessing.get_context("spawn")
    # A process for each candidate: what one leaves in memory cannot slow down the next.
    with ProcessPoolExecutor(at_once, mp_context=context, max_tasks_per_child=1) as pool:
        names = {pool.submit(run_one, job): job.name for job in jobs}
        for future in as_completed(names):
            try:
                entry = future.result()
            except BrokenProcessPool:  # Killed from outside, perhaps for memory.
                entry = {"name": names[future], "error": "its process, or one beside it, died"}
            found.append(entry)
            print(f"{entry['name']}: {entry.get('error', 'done')}", file=sys.stderr, flush=True)
    return found


def run_one(job: Job) -> dict[str, Any]:
    """Train and measure one candidate, or read what an earlier call found."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    path = job.out / job.name / "measured.json"
    try:
        asked = {
            "recipe": recipe_hash(recipe_of(job)),
            "clips": job.clips,
            "seconds": job.seconds,
            "limits": _limits(job),
        }
        if path.exists():
            kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if kept["asked"] == asked:
                return kept
        train(job)
        entry = {"name": job.name, "asked": asked, **measure(job)}
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(entry, indent=1) + "\n", encoding="utf-8")
        partial.replace(path)
        return entry
    except MusicLMError as error:
        return {"name": job.name, "error": str(error)}
    except Exception:  # One candidate's fault must not cost the hours of the others.
        return {"name": job.name, "error": traceback.format_exc()}


def _limits(job: Job) -> dict[str, Any]:
    seconds = None if job.minutes is None else 60.0 * job.minutes
    return {"max_steps": job.max_steps, "max_seconds": seconds}


def train(job: Job) -> None:
    """Train, unless that is done.

    Raises:
        MusicLMError: It was done with another recipe, or with other limits: rates that have
            fallen to zero say nothing about a longer run.
    """
    run = job.out / job.name
    resolved = run / "codec" / "recipe.resolved.json"
    limits = _limits(job)
    if resolved.exists():
        before = json.loads(resolved.read_text(encoding="utf-8"))
        if before["limits"] != limits or before["recipe_hash"] != recipe_hash(recipe_of(job)):
            raise MusicLMError(
                f"{run} was trained for {before['limits']}, not {limits}, or with another recipe: "
                "delete that folder or choose another OUT"
            )
        if (run / "codec" / "artifact" / "manifest.json").exists():
            return
    train_part("codec", recipe_of(job), scale=job.name, run=run, corpus=job.corpus, **limits)


@torch.no_grad()
def measure(job: Job) -> dict[str, Any]:
    """Costs, and qualities at every number of levels, of a trained candidate."""
    run = job.out / job.name
    codec = Codec.load(run / "codec" / "artifact")
    crops = held_out(job, codec)
    stream = codec.stream
    codes = [codec.encode(crop) for crop in torch.split(crops, 1)]
    lines = [line for line in read_metrics(run / "codec") if "event" not in line]
    seconds = float(lines[-1]["seconds"])
    speeds = {
        "encode_real_time": _real_time(lambda: codec.encode(crops[:1]), crops, codec.sample_rate),
        "decode_real_time": _real_time(lambda: codec.decode(codes[0]), crops, codec.sample_rate),
    }
    return {
        "steps": lines[-1]["step"],
        "train_seconds": seconds,
        "parameters": sum(p.numel() for p in codec.parameters()) + _codebook_entries(codec),
        "frame_rate": float(stream.frame_rate),
        "n_q": stream.n_q,
        "codebook_size": stream.codebook_size,
        "bits_per_second": stream.bits_per_second,
        "tokens_per_second": float(stream.frame_rate) * stream.n_q,
        **speeds,
        "effective_codes": effective_codes(torch.cat(codes), stream.codebook_size).tolist(),
        "by_levels": [
            {
                "levels": levels,
                "bits_per_second": stream.levels(0, levels).bits_per_second,
                **qualities(codec, crops, [code[:, :levels] for code in codes]),
            }
            for levels in range(1, stream.n_q + 1)
        ],
    }


def qualities(codec: Codec, crops: torch.Tensor, codes: Sequence[torch.Tensor]) -> dict[str, float]:
    """Means over crops, decoded one at a time; 0 is a perfect copy."""
    rate = codec.sample_rate
    found: dict[str, list[torch.Tensor]] = {}
    for crop, code in zip(torch.split(crops, 1), codes, strict=True):
        decoded = codec.decode(code)[..., : crop.shape[-1]]
        tonal = tonal_error(tonality(decoded, sample_rate=rate), tonality(crop, sample_rate=rate))
        scales = [multi_scale_log_mel(sound, sample_rate=rate) for sound in (decoded, crop)]
        values = {
            "log_mel_distance": log_mel_distance(decoded, crop, sample_rate=rate),
            "multi_scale_distance": multi_scale_distance(*scales),
            "side_distance": side_distance(decoded, crop, sample_rate=rate),
            "panning_error_db": panning_error(decoded, crop, sample_rate=rate),
            "harmonic_error_db": tonal.harmonic_ratio_db,
            "harmonic_shift_db": tonal.harmonic_shift_db,
            "lines_lost": tonal.lines_lost,
        }
        for name, value in values.items():
            found.setdefault(name, []).append(value.flatten())
    # Bands in which a crop has nothing to compare say nan.
    return {name: round(float(torch.cat(parts).nanmean()), 4) for name, parts in found.items()}


def held_out(job: Job, codec: Codec) -> torch.Tensor:
    """Crops of clips that no training saw: the same seconds of music for every candidate."""
    cache = AudioCache.build(job.corpus, sample_rate=codec.sample_rate, n_channels=codec.n_channels)
    n_samples = seconds_to_samples(job.seconds, codec.sample_rate)
    halves = [cache.indices("valid"), cache.indices("test")]  # Test may have a sound of its own.
    rng = np.random.default_rng(0)
    crops = []
    for number in range(job.clips):
        indices = halves[number % 2]
        clip = indices[number * len(indices) // job.clips]
        last = max(0, cache.clips[clip].n_samples - n_samples)
        crops.append(cache.crop(clip, int(rng.random() * (last + 1)), n_samples))
    return torch.stack(crops)


def _real_time(run: Callable[[], object], crops: torch.Tensor, sample_rate: int) -> float:
    """Seconds of audio a CPU second, one thread; others may use the machine meanwhile."""
    run()
    begin = time.process_time()
    rounds = 3
    for _ in range(rounds):
        run()
    spent = max(time.process_time() - begin, 1e-6)
    return round(rounds * crops.shape[-1] / sample_rate / spent, 2)


def _codebook_entries(codec: Codec) -> int:
    """Numbers in codebooks that follow the data: no parameters to torch, but part of the codec."""
    return sum(
        tensor.numel() for name, tensor in codec.named_buffers() if name.endswith(".codebook")
    )


def at_bitrate(entry: dict[str, Any], bits_per_second: float) -> dict[str, Any] | None:
    """The row of the largest prefix of levels within a bitrate, ``None`` if there is none."""
    fitting = [
        row for row in entry["by_levels"] if row["bits_per_second"] <= TOLERANCE * bits_per_second
    ]
    return max(fitting, key=lambda row: float(row["bits_per_second"]), default=None)


def ranked(entries: Sequence[dict[str, Any]], bits_per_second: float) -> list[dict[str, Any]]:
    """Best first: smallest log-mel distance at the bitrate; those that cannot go so low last."""

    def distance(entry: dict[str, Any]) -> tuple[float, str]:
        row = at_bitrate(entry, bits_per_second)
        return (float("inf") if row is None else row["log_mel_distance"], entry["name"])

    return sorted(entries, key=distance)


def markdown(entries: Sequence[dict[str, Any]], bitrates: Sequence[float]) -> str:
    """One row a candidate; every quality that was measured, at the first bitrate."""
    first, *others = bitrates
    measured = entries[0]["by_levels"][0] if entries else {}
    names = [key for key in measured if key not in COSTS]
    head = ["candidate", "frames/s x levels x codes", "kbit/s", "tokens/s", "M numbers", "steps"]
    head += [f"{key.replace('_', ' ')} at {first / 1000:g} kbit/s" for key in names]
    head += [f"log mel distance at {rate / 1000:g}" for rate in others]
    head += ["codes in use, first and last level", "encode", "decode"]
    lines = [head, ["---"] + ["---:"] * (len(head) - 1)]
    for entry in entries:
        row = at_bitrate(entry, first) or {}
        used = entry["effective_codes"]
        lines.append(
            [
                entry["name"],
                f"{entry['frame_rate']:g} x {entry['n_q']} x {entry['codebook_size']}",
                f"{entry['bits_per_second'] / 1000:.2f}",
                f"{entry['tokens_per_second']:g}",
                f"{entry['parameters'] / 1e6:.1f}",
                str(entry["steps"]),
                *(_number(row.get(key)) for key in names),
                *(
                    _number((at_bitrate(entry, rate) or {}).get("log_mel_distance"))
                    for rate in others
                ),
                f"{used[0]:.0f}, {used[-1]:.0f}",
                f"{entry['encode_real_time']:.0f} x",
                f"{entry['decode_real_time']:.0f} x",
            ]
        )
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
