"""The fine stage: coarse levels in, the remaining levels out.

MusicLM, sec. 4: crops of 3 s, levels 5-12, temperature 0.4. It does not say whether this stage
sees MuLan tokens; AudioLM's fine stage sees coarse codes only, and so does ours unless ``prompt``
is given. Blocks of 3 s follow each other with 1 s carried, so that no border is audible.
"""

from musiclm.acoustic.config import n_coarse_levels
from musiclm.decode.stage import StageConfig
from musiclm.errors import ConfigError
from musiclm.tokens.stream import TokenStream


def fine_stage(
    scale: str, *, acoustic: TokenStream, prompt: tuple[TokenStream, ...] = ()
) -> StageConfig:
    """The fine stage of a scale.

    Args:
        scale: ``tiny``, ``small`` or ``paper``.
        acoustic: All levels of the codec; the lowest third is the condition, the rest the target.
        prompt: What a prompt becomes, if this stage is to know it.

    Raises:
        ConfigError: There is no such scale, or the codec has one level only.
    """
    if scale not in ("tiny", "small", "paper"):
        raise ConfigError(f'no scale "{scale}": choose tiny, small or paper')
    if acoustic.n_q < 2:
        raise ConfigError("a codec of one level has no fine stage: use the coarse stage alone")
    n_coarse = n_coarse_levels(acoustic)
    coarse = acoustic.levels(0, n_coarse)
    return StageConfig(
        name="fine",
        kind="prefix",
        conditions=(*prompt, coarse),
        target=acoustic.levels(n_coarse, acoustic.n_q),
        size="tiny" if scale == "tiny" else "small" if scale == "small" else "paper",
        window_seconds=3.0,
        carry_seconds=1.0,
        crop_seconds=3.0,
        temperature=0.4,
    )
