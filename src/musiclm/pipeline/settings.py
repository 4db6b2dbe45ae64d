"""A caller's wishes, the model's defaults and the stages' own in, one setting a stage out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from musiclm.config import replace
from musiclm.decode.sampling import SamplingConfig
from musiclm.decode.stage import Stage
from musiclm.pipeline.folder import GenerationDefaults
from musiclm.pipeline.request import (
    PerStage,
    by_stage,
    checked_guidance,
    checked_temperature,
    checked_top_k,
)


@dataclass(frozen=True, slots=True)
class StageSettings:
    """How one stage draws its tokens."""

    sampling: SamplingConfig  # temperature, top-k, top-p
    guidance_scale: float  # 1 is none

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            **self.sampling.model_dump(mode="json"),
            "guidance_scale": self.guidance_scale,
        }


def stage_settings(
    stages: Sequence[Stage],
    defaults: GenerationDefaults,
    *,
    temperature: PerStage | None,
    top_k: PerStage | None,
    guidance_scale: PerStage | None,
) -> dict[str, StageSettings]:
    """One setting by stage name: the caller's, else the model's, else the stage's own.

    Raises:
        GenerationError: A number out of range, or a name that is no stage.
    """
    names = [stage.config.name for stage in stages]
    temperatures = {**defaults.temperature, **by_stage(temperature, names, what="temperature")}
    top_ks = {**defaults.top_k, **by_stage(top_k, names, what="top-k")}
    scales = {**defaults.guidance_scale, **by_stage(guidance_scale, names, what="guidance scale")}
    settings: dict[str, StageSettings] = {}
    for stage in stages:
        name = stage.config.name
        heat = checked_temperature(temperatures.get(name, stage.config.temperature))
        settings[name] = StageSettings(
            # Whatever else the stage was tuned to, its top-p, stays.
            sampling=replace(
                stage.config.sampling,
                temperature=heat or 1.0,
                top_k=checked_top_k(top_ks.get(name, stage.config.top_k)),
                greedy=heat == 0,
            ),
            guidance_scale=checked_guidance(scales.get(name, 1.0)),
        )
    return settings
