"""The stage that decides what happens: MuLan tokens in, semantic tokens out.

MusicLM, sec. 3.2 and 4: windows of 30 s; a longer piece slides on by 15 s, prompted with the last
15 s, under the same condition. Temperature 1.0, no top-k: structure wants variety.

With conditions in time (beats, bars, the way to the end, who plays) the model is a ``DelayLM`` of
one level, because that adds them to the frame where they hold instead of putting all in front.
"""

from musiclm.decode.stage import StageConfig
from musiclm.errors import ConfigError
from musiclm.prompt.ensemble import steady
from musiclm.tokens.stream import TokenStream


def semantic_stage(
    scale: str,
    *,
    prompt: tuple[TokenStream, ...],
    semantic: TokenStream,
    timed: tuple[TokenStream, ...] = (),
) -> StageConfig:
    """The semantic stage of a scale.

    Args:
        scale: ``tiny``, ``small`` or ``paper``.
        prompt: What a prompt becomes: MuLan tokens, and hard facts if wanted.
        semantic: The target.
        timed: What is known of each moment, if anything: a timeline, an ensemble.

    Raises:
        ConfigError: There is no such scale.
    """
    if scale not in ("tiny", "small", "paper"):
        raise ConfigError(f'no scale "{scale}": choose tiny, small or paper')
    tiny = scale == "tiny"
    return StageConfig(
        name="semantic",
        kind="delay" if timed else "prefix",
        conditions=(*prompt, *timed),
        target=semantic,
        size="tiny" if tiny else "small_semantic" if scale == "small" else "paper",
        condition_lookahead=2 if timed else 0,
        steady_conditions=steady(timed),
        window_seconds=8.0 if tiny else 30.0,
        carry_seconds=4.0 if tiny else 15.0,
        crop_seconds=8.0 if tiny else 30.0,
        temperature=1.0,
        # Cutting off the unlikeliest codes costs no variety and saves a small model from itself.
        top_p=0.98 if scale == "small" else 1.0,
    )
