"""The coarse stage: MuLan and semantic tokens in, the lowest levels of the codec out.

MusicLM, sec. 4: crops of 10 s, levels 1-4, temperature 0.95. How long pieces are windowed is not
published; we carry 4 s, as a prompt long enough to fix timbre (AudioLM used 3 s).
"""

from musiclm.acoustic.config import n_coarse_levels
from musiclm.decode.stage import StageConfig
from musiclm.errors import ConfigError
from musiclm.tokens.stream import TokenStream


def coarse_stage(
    scale: str, *, prompt: tuple[TokenStream, ...], semantic: TokenStream, acoustic: TokenStream
) -> StageConfig:
    """The coarse stage of a scale.

    Args:
        scale: ``tiny``, ``small`` or ``paper``.
        prompt: What a prompt becomes: MuLan tokens, and hard facts if wanted.
        semantic: The next condition, over the same time as the target.
        acoustic: All levels of the codec; the target is its lowest third.

    Raises:
        ConfigError: There is no such scale.
    """
    if scale not in ("tiny", "small", "paper"):
        raise ConfigError(f'no scale "{scale}": choose tiny, small or paper')
    tiny = scale == "tiny"
    return StageConfig(
        name="coarse",
        kind="prefix",
        conditions=(*prompt, semantic),
        target=acoustic.levels(0, n_coarse_levels(acoustic)),
        size="tiny" if tiny else "small" if scale == "small" else "paper",
        window_seconds=4.0 if tiny else 10.0,
        carry_seconds=2.0 if tiny else 4.0,
        crop_seconds=4.0 if tiny else 10.0,
        temperature=0.95,
    )
