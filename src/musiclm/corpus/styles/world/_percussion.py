"""Hand percussion: grooves with the whole General MIDI drum map, in cycles of any length.

Grooves are written as in ``craft.drums``: ``X`` accent, ``x`` normal, ``o`` soft, ``g`` a ghost
that is only sometimes played; ``name!0.5`` needs that much energy; ``|`` joins bars of a cycle.
Here a fill replaces the whole last bar of a section, and the last bar has a stroke or two of its
own, since drummers of these traditions end with a figure and not with a crash.
"""

from collections.abc import Callable, Mapping
from random import Random

from musiclm.corpus.craft.blocks import Bar, Groove, Metre, bar_of, events
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.drums import DRUM_KEYS
from musiclm.corpus.score import Note

KEYS: Mapping[str, int] = {
    **DRUM_KEYS,
    "tambour": 54,
    "vibraslap": 58,
    "timbale": 65,
    "timbale_low": 66,
    "agogo": 67,
    "agogo_low": 68,
    "whistle": 71,
    "guiro_long": 74,
    "cuica_mute": 78,
    "cuica": 79,
    "castanets": 85,
    "surdo_mute": 86,
    "surdo": 87,
}
_LEVELS = {"X": 1.16, "x": 0.96, "o": 0.68, "g": 0.46}

Writer = Callable[[Brief, Bar, Random], list[Note]]


def percussion(
    banks: Mapping[Metre, tuple[Groove, ...]],
    *,
    fills: Mapping[Metre, tuple[Groove, ...]] | None = None,
    final: tuple[str, ...] = (),
) -> Writer:
    """A drum writer over grooves; a piece keeps the groove it began with.

    Args:
        banks: Grooves by metre.
        fills: What the last bar of a section may be instead.
        final: Drums struck together on the last downbeat; the groove's first drum when empty.
    """

    def write(brief: Brief, bar: Bar, rng: Random) -> list[Note]:
        bank = banks[brief.metre]
        # Settled by the piece, not by the bar: tonic and tempo are draws of the whole piece.
        groove = bank[(brief.tonic + round(brief.tempo)) % len(bank)]
        if bar.is_last:
            names = final or (next(iter(groove)).partition("!")[0],)
            return [Note(bar.start, 0.5, KEYS[name], velocity(bar, 1.0)) for name in names]
        options = (fills or {}).get(brief.metre, ())
        if options and bar.to_go == 0 and bar.in_section and rng.random() < 0.7:
            groove = rng.choice(options)
        return strokes(groove, bar, rng)

    return write


def strokes(groove: Groove, bar: Bar, rng: Random) -> list[Note]:
    """One bar of a groove."""
    notes = []
    for drum, rhythm in groove.items():
        name, _, needs = drum.partition("!")
        if needs and bar.intensity < float(needs):
            continue
        for beat, duration, character in events(bar_of(rhythm, bar.in_section), bar.beats):
            if character == "g" and rng.random() < 0.45:
                continue
            level = _LEVELS[character]
            notes.append(
                Note(bar.start + beat, min(duration, 0.5), KEYS[name], velocity(bar, level))
            )
    return notes


def velocity(bar: Bar, level: float) -> int:
    """MIDI velocity of a stroke in a bar."""
    return max(1, min(127, round((54 + 44 * bar.intensity) * level)))
