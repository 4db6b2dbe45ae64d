"""Facts in, captions out: draws a language, a register and a subset of facts for each caption."""

from dataclasses import dataclass

import numpy as np

from musiclm.corpus.captions import en, fr
from musiclm.corpus.captions.mention import REGISTERS, Language, Register, draw_mention
from musiclm.corpus.facts import Facts
from musiclm.errors import ConfigError

_WEIGHTS = (0.26, 0.26, 0.24, 0.12, 0.12)  # of the registers, in their order
_TRIES = 6


@dataclass(frozen=True, slots=True)
class Caption:
    """One description of a piece."""

    text: str
    language: Language
    register: Register


def captions_of(facts: Facts, rng: np.random.Generator, *, n: int = 8) -> list[Caption]:
    """Write ``n`` captions, English and French in turn, as different as the draw allows.

    Every register comes in each language when ``n`` is 10 or more.

    Args:
        facts: What is true of the piece; nothing else is ever claimed.
        rng: Decides everything; the same state gives the same captions.
        n: How many.

    Raises:
        ConfigError: ``n`` is negative.
    """
    if n < 0:
        raise ConfigError(f"n captions must be >= 0, got {n}")
    captions: list[Caption] = []
    seen: set[str] = set()
    for index in range(n):
        language: Language = "en" if index % 2 == 0 else "fr"
        turn = index // 2
        if turn < len(REGISTERS):
            register = REGISTERS[turn]
        else:
            register = REGISTERS[int(rng.choice(len(REGISTERS), p=_WEIGHTS))]
        for _ in range(_TRIES):
            text = write_caption(facts, language, register, rng)
            if text not in seen:
                break
        seen.add(text)
        captions.append(Caption(text, language, register))
    return captions


def write_caption(
    facts: Facts, language: Language, register: Register, rng: np.random.Generator
) -> str:
    """One caption of a given kind."""
    mention = draw_mention(facts, register, rng)
    write = en.write if language == "en" else fr.write
    return write(facts, mention, register, rng)
