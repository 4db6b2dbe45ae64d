"""Drummers of pop and rock: a groove for each kind of section, always the same in one piece."""

from collections.abc import Callable, Mapping
from random import Random

from musiclm.corpus.craft.blocks import Bar, Groove, Metre
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.drums import drum_bar
from musiclm.corpus.score import Note


def by_section(
    banks: Mapping[Metre, Mapping[str, tuple[Groove, ...]]],
    fills: str = "rock",
    *,
    crash: bool = True,
) -> Callable[[Brief, Bar, Random], list[Note]]:
    """Make a ``Drums.writer`` that chooses the groove by the name of the section.

    Args:
        banks: Metre -> section name -> grooves to choose from; "" serves sections not named.
        fills: Key of ``craft.drums.FILLS``.
        crash: Whether sections begin with a cymbal.
    """

    def write(brief: Brief, bar: Bar, rng: Random) -> list[Note]:
        bank = banks[brief.metre]
        grooves = bank.get(bar.name) or bank[""]
        # A drummer keeps to one groove in a song: which one follows from what never changes.
        which = (round(brief.tempo) + 5 * brief.tonic + len(brief.bars)) % len(grooves)
        compound = brief.metre[1] == 8
        return drum_bar(grooves[which], fills, bar, rng, crash=crash, compound=compound)

    return write
