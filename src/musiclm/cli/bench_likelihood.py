"""Codes in, what faster number formats cost in likelihood out, for ``musiclm bench``.

The same weights score the same codes in every precision that the machine has, side by side, step by
step as decoding computes, each given the codes before. Codes are the model's own, and held-out
real ones where a tokenized corpus is given.

Weights that are stored as int8 are that in float32 too: what *storing* them so has cost can only be
measured against the artifact of the training run, which keeps floats.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musiclm.cli.bench_codec import in_fresh_process
from musiclm.cli.bench_model import BARS

if TYPE_CHECKING:
    from torch import Tensor

    from musiclm.decode.stage import Stage, StageConfig

_PROMPTS = (
    "calm piano with soft strings",
    "fast techno with a hard kick",
    "slow blues with a saxophone",
    "happy ukulele and hand claps",
)
_OWN_SECONDS = 20.0
_BATCH = 8
"""Windows scored at once: as many as the int8 kernel still takes for decoding."""
_REFERENCE, _TRAINED = "float32", "trained"
_INT4_LOSS_NATS = 0.05
_AGREEMENT, _INT4_AGREEMENT = 0.98, 0.93
"""Share of codes for which a format's most likely code must be float32's."""


def measure_likelihood(
    folder: Path,
    *,
    tokens: Path | None,
    against: Sequence[Path],
    seconds: float,
    threads: int,
    seed: int,
) -> list[dict[str, Any]]:
    """Score every stage of a model in every format, in a process of its own.

    Args:
        folder: A model folder.
        tokens: A tokenized corpus, for held-out codes.
        against: Artifacts of training runs, to be compared with the stages of the same name.
        seconds: Of music that the model makes of each of four prompts; at most 20 are used.
        threads: How many the process may use.
        seed: Of the codes.

    Raises:
        OSError: The measuring process failed; carries its last line.
    """
    task = {
        "model": str(folder),
        "tokens": None if tokens is None else str(tokens),
        "against": [str(each) for each in against],
        "seconds": min(seconds, _OWN_SECONDS),
        "threads": threads,
        "seed": seed,
    }
    found: list[dict[str, Any]] = in_fresh_process(__name__, task)["likelihood"]
    return found


def likelihood_table(rows: Sequence[dict[str, Any]]) -> str:
    """The report for people, in Markdown."""
    lines = [
        "| stage, codes | computed in | nats a code | lost, nats a code | divergence "
        "| same first choice |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        for name, found in row["formats"].items():
            lost = f"{found['lost']:+.5f} ± {found['lost_error']:.5f}"
            lines.append(
                f"| {row['stage']}, {row['n_codes']:,} {row['codes']} | {name} "
                f"| {found['nats']:.4f} | {'' if name == _REFERENCE else lost} "
                f"| {found['divergence']:.5f} | {found['agreement']:.1%} |"
            )
    lines.append(
        f"\nBar: less than {BARS['loss_nats']:g} nats lost (int4: {_INT4_LOSS_NATS:g}), and the "
        f"same most likely code as float32 for {_AGREEMENT:.0%} of the codes (int4: "
        f"{_INT4_AGREEMENT:.0%}). ±: a standard error. Divergence from float32 (Kullback-Leibler) "
        "is what codes that the float32 model draws would lose."
    )
    if any(_TRAINED in row["formats"] for row in rows):
        lines.append(
            "`trained`: the training run's own weights in float32; what storing them for "
            "the model has cost is the negative of their loss."
        )
    return "\n".join(lines)


def in_every_precision(stage: "Stage") -> dict[str, "Stage"]:
    """A float32 stage, by precision: itself and a copy for each other one that the CPU has."""
    from copy import deepcopy

    from musiclm.nn.precision import PRECISIONS, best_precision, convert

    stages = {_REFERENCE: stage}
    for precision in PRECISIONS:
        if precision != _REFERENCE and best_precision(precision) == (precision, None):
            stages[precision] = replace(stage, model=deepcopy(stage.model).eval())
            convert(stages[precision].model, precision)
    return stages


def compare_formats(
    stages: Mapping[str, "Stage"], conditions: tuple["Tensor", ...], codes: "Tensor"
) -> dict[str, dict[str, float]]:
    """Score codes ``[B, K, T]`` with several versions of one stage.

    Args:
        stages: By name; ``float32`` is what the others are compared with.
        conditions: As the stage's model takes them.
        codes: What should have been predicted.

    Returns:
        By name: mean negative log likelihood (``nats``), how much more than the reference
        (``lost``) with its standard error (``lost_error``), ``divergence`` from it, and for which
        share of the codes both find the same code most likely (``agreement``).
    """
    import torch

    runs = [_scores(stage, conditions, codes) for stage in stages.values()]
    nats: dict[str, list[Tensor]] = {name: [] for name in stages}
    apart: dict[str, list[Tensor]] = {name: [] for name in stages}
    same: dict[str, list[Tensor]] = {name: [] for name in stages}
    with torch.inference_mode():
        for each in zip(*runs, strict=True):
            by_name = dict(zip(stages, each, strict=True))
            reference, targets = by_name[_REFERENCE]
            for name, (scores, _) in by_name.items():
                nats[name].append(-scores.gather(1, targets[:, None])[:, 0])
                apart[name].append((reference.exp() * (reference - scores)).sum(dim=1))
                same[name].append(scores.argmax(dim=1) == reference.argmax(dim=1))
    right = torch.cat(nats[_REFERENCE]).double()
    found: dict[str, dict[str, float]] = {}
    for name in stages:
        own = torch.cat(nats[name]).double()
        lost = own - right
        found[name] = {
            "nats": float(own.mean()),
            "lost": float(lost.mean()),
            "lost_error": float(lost.std() / lost.numel() ** 0.5),
            "divergence": float(torch.cat(apart[name]).double().mean()),
            "agreement": float(torch.cat(same[name]).double().mean()),
        }
    return found


def _scores(
    stage: "Stage", conditions: tuple["Tensor", ...], codes: "Tensor"
) -> Iterator[tuple["Tensor", "Tensor"]]:
    """Log probabilities ``[n, V]`` of each step's cells, and the codes that stand there."""
    from musiclm.decode.autoregressive import CausalLM

    model = stage.model
    if not isinstance(model, CausalLM):  # pragma: no cover - callers leave masked stages out
        raise TypeError("a masked model has no steps")
    n_frames = codes.shape[-1]
    steps = model.steps_from_codes(codes)
    cache = model.new_cache(codes.shape[0], n_frames)
    logits, state = model.prefill(conditions, steps[..., :0], n_frames=n_frames, cache=cache)
    for number in range(steps.shape[-1]):
        if number:
            logits = model.step(steps[..., number - 1], state)
        # Cells of a delayed step that hold no code hold a pad, which is above every code.
        real = steps[..., number] < stage.config.target.codebook_size
        yield logits[real].log_softmax(dim=-1), steps[..., number][real]


@dataclass(frozen=True, slots=True)
class _Heard:
    """Codes to score and what belongs to them."""

    about: str
    conditions: tuple["Tensor", ...]
    codes: "Tensor"


def _measure(task: Mapping[str, Any]) -> dict[str, Any]:
    """Every stage, in this process."""
    import torch

    from musiclm.decode.stage import Stage
    from musiclm.pipeline.folder import read_description
    from musiclm.pipeline.musiclm import MusicLM

    torch.set_num_threads(task["threads"])
    folder = Path(task["model"])
    made = MusicLM.from_pretrained(folder).generate(
        list(_PROMPTS), duration=task["seconds"], seed=task["seed"]
    )
    trained = {}
    for place in task["against"]:
        stage = Stage.load(Path(place), precision="float32")
        trained[stage.config.name] = stage
    components = read_description(folder)[0].components
    rows = []
    parts = [] if components.semantic is None else [components.semantic]
    for part in (*parts, *components.acoustic):
        stage = Stage.load(folder / part.folder, precision="float32")
        config = stage.config
        if config.kind == "masked":
            continue
        stages = in_every_precision(stage)
        if config.name in trained:
            _require_alike(config, trained[config.name].config)
            stages[_TRAINED] = trained[config.name]
        rows += [
            {
                "stage": config.name,
                "codes": heard.about,
                "n_codes": heard.codes.numel(),
                "formats": compare_formats(stages, heard.conditions, heard.codes),
            }
            for heard in _codes_of(config, made.tokens, task["tokens"], task["seed"])
        ]
    return {"likelihood": rows}


def _require_alike(own: "StageConfig", other: "StageConfig") -> None:
    """Refuse to compare stages that do not hear and write the same.

    Raises:
        StreamMismatchError: They differ.
    """
    from musiclm.errors import StreamMismatchError

    if (own.conditions, own.target) != (other.conditions, other.target):
        raise StreamMismatchError(
            f'--against names a stage "{other.name}" with other streams than the model\'s: '
            "give the artifact of the run that the model was assembled from"
        )


def _codes_of(
    config: "StageConfig", own: Mapping[str, "Tensor"], tokens: str | None, seed: int
) -> Iterator[_Heard]:
    """What a stage is scored on."""
    yield _own_codes(config, own)
    if tokens is None:
        return
    from musiclm.data.crops import CropConfig, TokenCrops
    from musiclm.data.token_shards import TokenShards

    crop = CropConfig(seconds=config.crop_seconds, batch_size=_BATCH, seed=seed, split="valid")
    crops = TokenCrops(TokenShards(Path(tokens)), config.conditions, config.target, crop)
    batch = crops.batch_at(0)
    yield _Heard("held-out", batch.conditions, batch.codes)


def _own_codes(config: "StageConfig", tokens: Mapping[str, "Tensor"]) -> _Heard:
    """The model's own codes, in windows as long as the stage's, the first ``_BATCH`` of them."""
    import torch

    from musiclm.decode.windows import Window, cut_condition
    from musiclm.tokens.timing import seconds_to_frames

    rate, target = config.target.frame_rate, config.target
    n_whole = tokens[target.name].shape[-1]
    n_frames = min(n_whole, seconds_to_frames(config.window_seconds, rate))
    windows = [Window(start, 0, n_frames) for start in range(0, n_whole - n_frames + 1, n_frames)]
    lowest = sum(stream.n_q for stream in config.conditions if stream.name == target.name)
    conditions = []
    for stream in config.conditions:
        known = tokens[stream.name]
        if stream.timed:
            known = torch.cat(
                [
                    cut_condition(
                        known[:, : stream.n_q], each, from_rate=stream.frame_rate, to_rate=rate
                    )
                    for each in windows
                ]
            )
        else:
            known = known.repeat(len(windows), 1)
        conditions.append(known[:_BATCH])
    levels = tokens[target.name][:, lowest : lowest + target.n_q]
    codes = torch.cat([levels[..., each.start : each.end] for each in windows])[:_BATCH]
    return _Heard("own", tuple(conditions), codes)


if __name__ == "__main__":
    print(json.dumps(_measure(json.loads(sys.argv[1]))))
