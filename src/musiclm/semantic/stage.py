"""The stage that decides what happens: MuLan tokens in, semantic tokens out.

MusicLM, sec. 3.2 and 4: windows of 30 s; a longer piece slides on by 15 s, prompted with the last
15 s, under the same condition. Temperature 1.0, no top-k: structure wants variety.

With a timeline (beats, bars, the way to the end) the model is a ``DelayLM`` of one level, because
that adds timed conditions to the frame where they hold instead of putting all of them in front.
"""

from musiclm.decode.stage import StageConfig
from musiclm.errors import ConfigError
from musiclm.tokens.stream import TokenStream


def semantic_stage(
    scale: str,
    *,
    prompt: tuple[TokenStream, ...],
    semantic: TokenStream,
    timeline: TokenStream | None = None,
) -> StageConfig:
    """The semantic stage of a scale.

    Args:
        scale: ``tiny``, ``small`` or ``paper``.
        prompt: What a prompt becomes: MuLan tokens, and hard facts if wanted.
        semantic: The target.
        timeline: What is known of each moment, if anything.

    Raises:
        ConfigError: There is no such scale.
    """
    if scale not in ("tiny", "small", "paper"):
        raise ConfigError(f'no scale "{scale}": choose tiny, small or paper')
    tiny = scale == "tiny"
    return StageConfig(
        name="semantic",
        kind="prefix" if timeline is None else "delay",
        conditions=prompt if timeline is None else (*prompt, timeline),
        target=semantic,
        size="tiny" if tiny else "small_semantic" if scale == "small" else "paper",
        condition_lookahead=0 if timeline is None else 2,
        window_seconds=8.0 if tiny else 30.0,
        carry_seconds=4.0 if tiny else 15.0,
        crop_seconds=8.0 if tiny else 30.0,
        temperature=1.0,
        # Cutting off the unlikeliest codes costs no variety and saves a small model from itself.
        top_p=0.98 if scale == "small" else 1.0,
    )
