"""Name of a stage and the streams of a tokenized corpus in, its ``StageConfig`` out."""

from collections.abc import Mapping
from typing import Any

from musiclm.acoustic.coarse import coarse_stage
from musiclm.acoustic.fine import fine_stage
from musiclm.acoustic.musicgen import delay_stage
from musiclm.acoustic.soundstorm import soundstorm_stage
from musiclm.config import replace
from musiclm.decode.stage import StageConfig
from musiclm.errors import ConfigError
from musiclm.semantic.stage import semantic_stage
from musiclm.tokens.stream import TokenStream


def stage_config(
    scale: str,
    name: str,
    streams: Mapping[str, TokenStream],
    *,
    changes: Mapping[str, Any] | None = None,
    levels: int | None = None,
    fine_sees_mulan: bool = False,
) -> StageConfig:
    """What a stage is, for the streams that a corpus was tokenized into.

    Args:
        scale: ``tiny``, ``small`` or ``paper``.
        name: ``semantic``, ``acoustic`` (delayed), ``coarse``, ``fine`` or ``soundstorm``.
        streams: ``mulan``, ``semantic`` and ``acoustic``.
        changes: Fields that a recipe sets differently.
        levels: Acoustic levels to model, from the coarsest; all when ``None``.
        fine_sees_mulan: Whether the fine stage is told the description too; the paper does not
            say, and AudioLM's was not.

    Raises:
        ConfigError: No such stage or scale, or an impossible change.
        StreamMismatchError: The codec has fewer levels.
    """
    mulan, semantic, acoustic = streams["mulan"], streams["semantic"], streams["acoustic"]
    acoustic = acoustic.levels(0, levels or acoustic.n_q)
    if name == "semantic":
        config = semantic_stage(scale, mulan=mulan, semantic=semantic)
    elif name == "acoustic":
        config = delay_stage(scale, mulan=mulan, semantic=semantic, acoustic=acoustic)
    elif name == "coarse":
        config = coarse_stage(scale, mulan=mulan, semantic=semantic, acoustic=acoustic)
    elif name == "fine":
        config = fine_stage(scale, acoustic=acoustic, mulan=mulan if fine_sees_mulan else None)
    elif name == "soundstorm":
        config = soundstorm_stage(scale, mulan=mulan, semantic=semantic, acoustic=acoustic)
    else:
        raise ConfigError(
            f'no stage "{name}": choose semantic, acoustic, coarse, fine or soundstorm'
        )
    return replace(config, **changes) if changes else config
