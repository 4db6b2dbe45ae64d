"""A model and kept tokens in, the same pieces without a coherent semantic plan out.

MusicLM's ablation trains an acoustic stage that sees no semantic tokens. That makes another model
(``musiclm train musicgen``), which the other suites measure like any. Here what the semantic stage
gives is taken away from one model in two other ways, and the same acoustic stages sound it:
*shuffled*, blocks of two seconds of the plan in another order, so that every moment is as likely as
before but nothing follows; *forgetful*, every five seconds planned anew under the same conditions
without hearing what came before. Where a stage is told a timeline (beats, bars), it still is: what
falls is what the plan alone carries.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from musiclm.audio.io import write_audio
from musiclm.decode.stage import Stage
from musiclm.errors import DataError
from musiclm.evaluate.model.cases import Case
from musiclm.evaluate.model.clips import Made, Progress, identity, named
from musiclm.evaluate.model.scores import Estimate, interval_text, mean_estimate
from musiclm.evaluate.model.shape import Shape
from musiclm.evaluate.model.structure import column, shapes
from musiclm.evaluate.model.work import planner_of
from musiclm.evaluate.report import Cell, markdown_table
from musiclm.pipeline.finish import finish
from musiclm.pipeline.musiclm import MusicLM
from musiclm.pipeline.settings import StageSettings, stage_settings
from musiclm.tokens.timing import convert_frames, frames_to_seconds, seconds_to_frames

BLOCK_SECONDS = 2.0
FORGETFUL_SECONDS = 5.0
MEASURES = {
    "key_stability": "windows with the piece's key",
    "returns": "returns (self-similarity above shuffled)",
    "beat_stability": "windows with the piece's tempo",
    "beat_strength": "beat strength",
}

Tokens = Mapping[str, Tensor]
Plan = Callable[[MusicLM, Tokens, torch.Generator], Tensor]
"""A model, the tokens of a piece and random numbers in, other semantic tokens out."""


@dataclass(frozen=True, slots=True)
class Ablation:
    """Shapes of the same pieces with and without a coherent plan."""

    whole: tuple[Shape, ...]
    without: Mapping[str, tuple[Shape, ...]]

    def results(self, *, seed: int = 0) -> dict[str, Any]:
        """Plain values."""
        return {
            "n": len(self.whole),
            "estimates": {
                way: {name: _plain(self._loss(way, name, seed)) for name in MEASURES}
                for way in self.without
            },
            "whole": [asdict(shape) for shape in self.whole],
            "without": {
                way: [asdict(shape) for shape in found] for way, found in self.without.items()
            },
        }

    def table(self, *, seed: int = 0) -> str:
        """Each measure with the plan, and what is lost without it, piece by piece."""
        rows: list[dict[str, Cell]] = []
        for name, title in MEASURES.items():
            row: dict[str, Cell] = {
                "measure": title,
                "with the plan": _cell(_mean(column(self.whole, name), seed)),
            }
            for way in self.without:
                row[way] = _cell(_mean(column(self.without[way], name), seed))
                row[f"lost: {way}"] = _cell(self._loss(way, name, seed))
            rows.append(row)
        return markdown_table(rows)

    def _loss(self, way: str, name: str, seed: int) -> Estimate | None:
        """Mean loss over pieces: each is compared with itself."""
        return _mean(column(self.whole, name) - column(self.without[way], name), seed)


def measure_ablation(
    model: MusicLM,
    cases: Sequence[Case],
    whole: Sequence[Made],
    folder: Path,
    *,
    seconds: float,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> Ablation:
    """Sound every piece again without its plan, and measure all.

    Args:
        model: Who made the pieces.
        cases: Their prompts.
        whole: The pieces, with tokens.
        folder: Where the new ones are kept.
        seconds: Of a piece.
        seed: Of the first new piece.
        on_progress: Told how far this is.

    Raises:
        ConfigError: The model plans nothing: it has no semantic stage.
        DataError: A piece has no tokens.
    """
    planner_of(model)
    without = {}
    for way, plan in PLANS.items():
        made = []
        for index, (case, piece) in enumerate(zip(cases, whole, strict=True)):
            facts = {**identity(model), "seconds": seconds, "without": way}
            audio = folder / way / f"{index:04d}-{named(facts, case.text, seed + index)}.flac"
            if not audio.exists():
                audio.parent.mkdir(parents=True, exist_ok=True)
                streams = piece.streams()
                if "semantic" not in streams:
                    raise DataError(f"{piece.audio} has no tokens beside it: make it again")
                rng = torch.Generator().manual_seed(seed + index)
                plan_tokens = plan(model, streams, rng)
                samples = resound(model, {**streams, "semantic": plan_tokens}, seconds, rng).clone()
                write_audio(
                    audio, finish(samples, sample_rate=model.sample_rate, seconds=seconds)[0]
                )
            made.append(Made(audio, None))
            if on_progress:
                on_progress(f"without a plan ({way})", index + 1, len(cases))
        without[way] = tuple(shapes(made, seed=seed, say=f"structure ({way})"))
    return Ablation(tuple(shapes(whole, seed=seed, say="structure (whole)")), without)


def shuffled_plan(model: MusicLM, streams: Tokens, rng: torch.Generator) -> Int[Tensor, "B 1 T"]:
    """Blocks of two seconds of the plan in a random order; a shorter rest stays last."""
    codes = streams["semantic"].to(torch.int64)
    size = seconds_to_frames(BLOCK_SECONDS, planner_of(model).config.target.frame_rate)
    n_blocks = codes.shape[-1] // size
    order = torch.randperm(n_blocks, generator=rng)
    blocks = codes[..., : n_blocks * size].reshape(*codes.shape[:-1], n_blocks, size)
    return torch.cat((blocks[..., order, :].flatten(-2), codes[..., n_blocks * size :]), dim=-1)


def forgetful_plan(model: MusicLM, streams: Tokens, rng: torch.Generator) -> Int[Tensor, "B 1 T"]:
    """Five seconds at a time, each planned as if nothing had come before."""
    stage = planner_of(model)
    rate = stage.config.target.frame_rate
    n_frames = streams["semantic"].shape[-1]
    size = seconds_to_frames(FORGETFUL_SECONDS, rate)
    setting = _settings(model)[stage.config.name]
    parts = []
    for first in range(0, n_frames, size):
        length = min(size, n_frames - first)
        parts.append(
            stage.generate(
                _conditions(stage, streams, first=first),
                frames_to_seconds(length, rate),
                rng,
                sampling=setting.sampling,
                guidance_scale=setting.guidance_scale,
            )[..., :length]
        )
    return torch.cat(parts, dim=-1)


PLANS: Mapping[str, Plan] = {"shuffled": shuffled_plan, "forgetful": forgetful_plan}
"""Ways of taking the plan away."""


@torch.inference_mode()
def resound(
    model: MusicLM, streams: Tokens, seconds: float, rng: torch.Generator
) -> Float[Tensor, "C N"]:
    """Run the acoustic stages and the codec over given semantic tokens."""
    tokens = {name: tensor for name, tensor in streams.items() if name != "acoustic"}
    for stage in model.acoustic:
        setting = _settings(model)[stage.config.name]
        codes = stage.generate(
            _conditions(stage, tokens),
            seconds,
            rng,
            sampling=setting.sampling,
            guidance_scale=setting.guidance_scale,
        )
        lower = tokens.get("acoustic")
        tokens["acoustic"] = codes if lower is None else torch.cat((lower, codes), dim=1)
    samples: Tensor = model.codec.decode(tokens["acoustic"][:, : model.defaults.codec_levels])
    return samples[0].float()


def _conditions(stage: Stage, streams: Tokens, *, first: int = 0) -> tuple[Tensor, ...]:
    """What a stage is given, timed streams from a frame of its target on."""
    target = stage.config.target
    found = []
    for stream in stage.config.conditions:
        tokens = streams[stream.name].to(torch.int64)
        if stream.timed and first:
            tokens = tokens[..., convert_frames(first, target.frame_rate, stream.frame_rate) :]
        found.append(tokens)
    return tuple(found)


def _settings(model: MusicLM) -> dict[str, StageSettings]:
    """As ``MusicLM.generate`` has them when nobody says otherwise."""
    return stage_settings(
        model.stages, model.defaults, temperature=None, top_k=None, guidance_scale=None
    )


def _mean(values: np.ndarray, seed: int) -> Estimate | None:
    return mean_estimate(values, seed=seed) if np.isfinite(values).any() else None


def _plain(estimate: Estimate | None) -> dict[str, float] | None:
    return None if estimate is None else asdict(estimate)


def _cell(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate.value:.2f} ({interval_text(estimate)})"
