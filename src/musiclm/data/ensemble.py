"""Annotations of a piece in, who plays when out; and what of it a crop is told."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from musiclm.corpus.annotations import Annotations
from musiclm.prompt.ensemble import (
    ENSEMBLE_STREAM,
    FAMILIES,
    LEVELS,
    SILENT,
    SOUNDS,
    family_of,
    instrument_code,
    level_of,
    style_code,
)
from musiclm.prompt.timeline import frame_times
from musiclm.tokens.timing import seconds_to_frames

_STYLE_TOLD = 0.5
# Of players: how often crops are told none of them, or every family that sounds or rests.
_NONE_TOLD, _ALL_TOLD = 0.3, 0.35
_SILENT_TOLD = 0.15  # of families that rest, where only some are told: "no piano" is rare
_NAMED = 0.7  # how often the instrument is told and not just its family
_HELD = 0.6  # how often a crop is told who plays in it at all instead of when
_HEARD_SHARE = 0.15  # of a crop; who plays less than that is not in it


def ensemble_of(
    annotations: Annotations | None,
    *,
    style: str | None,
    prominent: Sequence[str],
    seconds: float,
) -> Int[Tensor, "K T"]:
    """Everything that is known of who plays, for each frame of ``ENSEMBLE_STREAM``.

    Args:
        annotations: Of the piece; without them only its style is known.
        style: Of the piece, if known.
        prominent: Its instruments, the most prominent first: which of a family is named where
            several sound.
        seconds: Its length.
    """
    n_frames = seconds_to_frames(seconds, ENSEMBLE_STREAM.frame_rate)
    times = frame_times(0, n_frames)
    codes = np.zeros((len(LEVELS), n_frames), dtype=np.int64)
    codes[0] = style_code(style) if style else 0
    if annotations is None:
        return torch.from_numpy(codes)
    codes[1:] = SILENT
    rank = {name: place for place, name in enumerate(prominent)}
    # The most prominent last, so that it has the last word.
    parts = sorted(annotations.activity, key=lambda part: -rank.get(part.instrument, len(rank)))
    for part in parts:
        level = level_of(family_of(part.instrument))
        for start, end in part.spans:
            codes[level, (times >= start) & (times < end)] = instrument_code(part.instrument)
    return torch.from_numpy(codes)


def told_ensemble(codes: Int[Tensor, "K T"], rng: np.random.Generator) -> Int[Tensor, "K T"]:
    """What a crop's model is told of who plays: as people do, some of it, often nothing.

    A prompt names players and not when they rest, so most crops are told one thing throughout.
    """
    # Drawn in any case: the stream of random numbers must not depend on what is told.
    tells_style, tells_players, held = rng.random() < _STYLE_TOLD, rng.random(), rng.random()
    share, draws, named = rng.random(), rng.random(len(LEVELS)), rng.random(len(LEVELS))
    result = torch.zeros_like(codes)
    if tells_style:
        result[0] = codes[0]
    if tells_players < _NONE_TOLD:
        return result
    everyone = tells_players < _NONE_TOLD + _ALL_TOLD
    for name in FAMILIES:
        level = level_of(name)
        own = codes[level]
        sounding = own[own >= SOUNDS]
        sounds = len(sounding) > _HEARD_SHARE * own.shape[-1]
        if held < _HELD and int(own.max()) > 0:
            own = torch.full_like(own, int(sounding.mode().values) if sounds else SILENT)
        if named[level] >= _NAMED:
            own = own.clamp(max=SOUNDS)
        if everyone or draws[level] < (share if sounds else _SILENT_TOLD):
            result[level] = own
    return result
