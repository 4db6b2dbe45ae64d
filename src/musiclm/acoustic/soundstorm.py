"""Both acoustic stages replaced by one masked model that fills all frames at once (SoundStorm).

Passes per level: SoundStorm found 16 for the first and 1 for the others enough for speech and
expects that music needs more, hence a few for the lower levels here.
"""

from musiclm.decode.parallel import ParallelConfig
from musiclm.decode.stage import StageConfig
from musiclm.errors import ConfigError
from musiclm.tokens.stream import TokenStream


def soundstorm_stage(
    scale: str, *, prompt: tuple[TokenStream, ...], semantic: TokenStream, acoustic: TokenStream
) -> StageConfig:
    """The parallel acoustic model of a scale.

    Args:
        scale: ``tiny``, ``small`` or ``paper`` (SoundStorm's iterations there).
        prompt: What a prompt becomes: MuLan tokens, and hard facts if wanted.
        semantic: The next condition, over the same time as the target.
        acoustic: The target, all levels.

    Raises:
        ConfigError: There is no such scale.
    """
    if scale not in ("tiny", "small", "paper"):
        raise ConfigError(f'no scale "{scale}": choose tiny, small or paper')
    tiny = scale == "tiny"
    return StageConfig(
        name="soundstorm",
        kind="masked",
        conditions=(*prompt, semantic),
        target=acoustic,
        size="tiny" if tiny else "small_masked" if scale == "small" else "paper_masked",
        window_seconds=4.0 if tiny else 10.0,
        carry_seconds=2.0 if tiny else 4.0,
        crop_seconds=4.0 if tiny else 10.0,
        temperature=1.0,
        parallel=ParallelConfig(iterations=(16, 1) if scale == "paper" else (16, 4, 2, 2, 1)),
    )
