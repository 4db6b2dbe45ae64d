"""Facts in, a random handful of them out: what one caption is going to say.

People who ask for music name a few things and leave the rest open. Training on captions that
always list everything would teach a model to expect everything, so each caption mentions its own
subset. Which words it uses is the business of the languages.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from musiclm.corpus.facts import Facts
from musiclm.corpus.instruments import INSTRUMENTS

Register = Literal["tags", "short", "sentence", "scene", "technical"]
Language = Literal["en", "fr"]
REGISTERS: tuple[Register, ...] = ("tags", "short", "sentence", "scene", "technical")


@dataclass(frozen=True, slots=True)
class Mention:
    """What a caption says; None and False mean "not a word about it"."""

    style: str | None
    mood: str | None
    lead: str | None  # instrument key
    others: tuple[str, ...]  # further pitched instruments, most prominent first
    tempo: Literal["word", "bpm"] | None
    drums: bool | None  # True: there are some, False: there are none
    kit: str | None  # which kit, only where drums are mentioned
    key: bool
    metre: bool
    dynamics: bool


def draw_mention(facts: Facts, register: Register, rng: np.random.Generator) -> Mention:
    """Choose which facts a caption of this register names.

    At least one of style, mood and lead is named. Technical captions name measurable facts more
    often, short ones name fewer.
    """
    technical = register == "technical"
    terse = 0.75 if register in ("tags", "short") else 1.0

    def chance(probability: float) -> bool:
        return bool(rng.random() < probability)

    style = chance(0.62)
    mood = chance(0.3 if technical else 0.55)
    lead = chance(0.62)
    if not (style or mood or lead):
        style, mood, lead = (index == rng.integers(3) for index in range(3))
    if not (style or mood or lead):  # three independent draws may all miss
        lead = True
    pitched = [
        key for key in facts.instruments if key != facts.lead and not INSTRUMENTS[key].is_drums
    ]
    n_others = int(rng.integers(0, 3)) if chance(0.5 * terse) else 0
    kits = [key for key in facts.instruments if INSTRUMENTS[key].is_drums]
    drums = facts.drums if chance(0.42 * (1.0 if terse == 1.0 else 0.9)) else None
    tempo: Literal["word", "bpm"] | None = None
    if chance(0.75 if technical else 0.5):
        tempo = "bpm" if chance(0.8 if technical else 0.25) else "word"
    return Mention(
        style=facts.style if style else None,
        mood=facts.mood if mood else None,
        lead=facts.lead if lead else None,
        others=tuple(pitched[:n_others]),
        tempo=tempo,
        drums=drums,
        kit=kits[0] if drums and kits and chance(0.4) else None,
        key=chance(0.65 if technical else 0.12 * terse),
        metre=chance(0.4 if technical else 0.05),
        dynamics=chance(0.2 * terse),
    )
