"""One acoustic stage instead of two: all levels of a frame in one delayed step (MusicGen).

Twelve levels at 25 frames a second are 25 steps a second here and 300 for flattened stages, which
is what makes this the stage of the model in the box. Semantic tokens are added frame by frame; a
lookahead of two frames tells level 0, the first to be decided, what the next 80 ms hold.
"""

from musiclm.decode.stage import StageConfig
from musiclm.errors import ConfigError
from musiclm.prompt.ensemble import steady
from musiclm.tokens.stream import TokenStream


def delay_stage(
    scale: str,
    *,
    prompt: tuple[TokenStream, ...],
    semantic: TokenStream | None,
    acoustic: TokenStream,
    timed: tuple[TokenStream, ...] = (),
) -> StageConfig:
    """The one-stage acoustic model of a scale.

    Args:
        scale: ``tiny``, ``small`` or ``paper``.
        prompt: What a prompt becomes: MuLan tokens, and hard facts if wanted.
        semantic: The next condition, over the same time as the target; ``None`` for a stage that
            is told no plan.
        acoustic: The target, all levels.
        timed: What is known of each moment, if anything: a timeline, an ensemble.

    Raises:
        ConfigError: There is no such scale.
    """
    if scale not in ("tiny", "small", "paper"):
        raise ConfigError(f'no scale "{scale}": choose tiny, small or paper')
    tiny = scale == "tiny"
    return StageConfig(
        name="acoustic",
        kind="delay",
        conditions=(*prompt, *((semantic,) if semantic else ()), *timed),
        target=acoustic,
        size="tiny" if tiny else "small" if scale == "small" else "paper",
        condition_lookahead=2,
        steady_conditions=steady(timed),
        window_seconds=4.0 if tiny else 10.0,
        carry_seconds=2.0 if tiny else 4.0,
        crop_seconds=4.0 if tiny else 10.0,
        temperature=1.0,
        # No top-k (MusicGen: 250): with real semantic tokens all 1024 codes came closer to real
        # music in log-mel distance, because the fine levels of this codec are nearly noise.
    )
