"""Ways from semantic tokens to sound in, one distance each out: which acoustic path is better?

Every path gets the same held-out MuLan and semantic tokens, so only the acoustic stages differ. The
reference is what the codec makes of the clips' own codes: distance 0 would be as good as it gets.
"""

import time
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from musiclm.audio.waveform import Waveform
from musiclm.codec.model import Codec
from musiclm.data.crops import CropConfig, TokenCrops
from musiclm.data.token_shards import TokenShards
from musiclm.decode.stage import Stage
from musiclm.evaluate.frechet import distance_between, statistics_of

_CLIPS_AT_ONCE = 4


@torch.inference_mode()
def compare_paths(
    paths: Mapping[str, Sequence[Stage]],
    codec: Codec,
    shards: TokenShards,
    *,
    n_clips: int = 16,
    seconds: float = 8.0,
    seed: int = 0,
) -> list[dict[str, str | float]]:
    """One row a path, and one for other real clips: how far real music is from itself.

    Args:
        paths: Stages by name of the path, in the order in which they run.
        codec: Turns codes into sound.
        shards: A tokenized corpus with held-out clips.
        n_clips: Clips a path; the Frechet distance is biased upward when there are few.
        seconds: Of each clip.
        seed: Of crops and codes.

    Returns:
        Rows of ``path``, ``frechet`` and ``seconds per second`` (of audio, acoustic stages only).
    """
    streams = shards.streams
    names = ("facts", "mulan", "timeline", "ensemble", "semantic")
    conditions = tuple(streams[name] for name in names)
    crops = TokenCrops(
        shards,
        conditions,
        streams["acoustic"],
        CropConfig(seconds=seconds, batch_size=n_clips, seed=seed, split="valid", text_share=0.0),
    )
    batch, other = crops.batch_at(0), crops.batch_at(1)
    reference = statistics_of(_decode(codec, batch.codes))
    floor = distance_between(reference, statistics_of(_decode(codec, other.codes)))
    rows: list[dict[str, str | float]] = [
        {"path": "other real clips", "frechet": floor, "seconds per second": 0.0}
    ]
    given = dict(zip((stream.name for stream in conditions), batch.conditions, strict=True))
    for name, stages in paths.items():
        rng = torch.Generator().manual_seed(seed)
        began = time.perf_counter()
        codes = _generate(stages, given, seconds, rng)
        spent = time.perf_counter() - began
        rows.append(
            {
                "path": name,
                "frechet": distance_between(reference, statistics_of(_decode(codec, codes))),
                "seconds per second": spent / (seconds * n_clips),
            }
        )
    return rows


def _generate(
    stages: Sequence[Stage], given: Mapping[str, Tensor], seconds: float, rng: torch.Generator
) -> Tensor:
    made = dict(given)
    for stage in stages:
        conditions = tuple(made[stream.name] for stream in stage.config.conditions)
        codes = stage.generate(conditions, seconds, rng)
        name = stage.config.target.name
        made[name] = torch.cat((made[name], codes), dim=1) if name in made else codes
    return made["acoustic"]


def _decode(codec: Codec, codes: Tensor) -> list[Waveform]:
    parts = [codec.decode(part) for part in torch.split(codes, _CLIPS_AT_ONCE)]
    return [Waveform(samples.clamp(-1, 1), codec.sample_rate) for samples in torch.cat(parts)]
