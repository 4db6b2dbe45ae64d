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
    fine_sees_prompt: bool = False,
    with_facts: bool = True,
    with_timeline: bool = True,
    with_ensemble: bool = True,
    with_semantic: bool = True,
) -> StageConfig:
    """What a stage is, for the streams that a corpus was tokenized into.

    Args:
        scale: ``tiny``, ``small`` or ``paper``.
        name: ``semantic``, ``acoustic`` (delayed), ``coarse``, ``fine``, ``soundstorm``, or
            ``musicgen``, which is the delayed stage alone: it hears the description and what is
            known of each moment, never semantic tokens.
        streams: ``mulan``, ``semantic`` and ``acoustic``; ``facts``, ``timeline`` and
            ``ensemble`` if used.
        changes: Fields that a recipe sets differently.
        levels: Acoustic levels to model, from the coarsest; all when ``None``.
        fine_sees_prompt: Whether the fine stage is told the description too; the paper does not
            say, and AudioLM's was not.
        with_facts: Whether tempo, key, metre and drums are conditions of their own.
        with_timeline: Whether beats, bars, the end and who plays are a condition in time; of the
            semantic stage and the delayed ones, which can add it frame by frame.
        with_ensemble: Whether style and players are another one, of the same stages.
        with_semantic: Whether the delayed acoustic stage hears semantic tokens; without them it
            is what ``musicgen`` is, under another name.

    Raises:
        ConfigError: No such stage or scale, or an impossible change.
        StreamMismatchError: The codec has fewer levels.
    """
    semantic, acoustic = streams["semantic"], streams["acoustic"]
    # Facts stand first: what follows them is as far from the target as in a stage without.
    prompt = tuple(streams[name] for name in ("facts", "mulan") if name == "mulan" or with_facts)
    acoustic = acoustic.levels(0, levels or acoustic.n_q)
    used = {"timeline": with_timeline, "ensemble": with_ensemble}
    hears_time = name in ("semantic", "acoustic", "musicgen")
    timed = tuple(streams[each] for each, wanted in used.items() if wanted and hears_time)
    if name == "semantic":
        config = semantic_stage(scale, prompt=prompt, semantic=semantic, timed=timed)
    elif name in ("acoustic", "musicgen"):
        plan = semantic if with_semantic and name == "acoustic" else None
        config = delay_stage(scale, prompt=prompt, semantic=plan, acoustic=acoustic, timed=timed)
        # A name of its own, like ``soundstorm``: guidance and temperature that were found for the
        # stage with a plan are not those of the stage without, and both lie in one run.
        config = replace(config, name=name)
    elif name == "coarse":
        config = coarse_stage(scale, prompt=prompt, semantic=semantic, acoustic=acoustic)
    elif name == "fine":
        config = fine_stage(scale, acoustic=acoustic, prompt=prompt if fine_sees_prompt else ())
    elif name == "soundstorm":
        config = soundstorm_stage(scale, prompt=prompt, semantic=semantic, acoustic=acoustic)
    else:
        raise ConfigError(
            f'no stage "{name}": choose semantic, acoustic, coarse, fine, soundstorm or musicgen'
        )
    return replace(config, **changes) if changes else config
