"""Clips with the facts and captions of composed pieces, for tests of MuLan's texts."""

from functools import cache
from pathlib import Path

import numpy as np

from musiclm.corpus.captions import captions_of
from musiclm.corpus.compose import STYLES, compose
from musiclm.corpus.facts import facts_of
from musiclm.corpus.record import ClipCaption
from musiclm.data.manifest import Clip


@cache
def composed_clips() -> tuple[Clip, ...]:
    """A piece of every sixth style, with two dozen stored captions each."""
    clips = []
    for number, style in enumerate(sorted(STYLES)[::6]):
        facts = facts_of(compose(style, seed=number, seconds=12))
        captions = captions_of(facts, np.random.default_rng(number), n=24)
        clips.append(
            Clip(
                id=f"{number:06d}",
                audio=Path(f"{number}.flac"),
                seconds=facts.seconds,
                split="train",
                facts=facts.model_dump(mode="json"),
                captions=tuple(
                    ClipCaption(c.text, c.language, c.register, dict(c.states), c.pattern)
                    for c in captions
                ),
            )
        )
    return tuple(clips)
