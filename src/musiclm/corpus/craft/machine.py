"""A drum machine: grooves by section word, rolls that build, and the choices that last a piece.

``machine`` turns grooves into a writer for ``Drums.writer``. A piece keeps its groove in all
sections of one word and letter, as a programmer would; only fills and ghost notes are drawn anew.
"""

from collections.abc import Callable, Mapping
from random import Random
from zlib import crc32

from musiclm.corpus.craft.blocks import Bar, Groove, bar_of, events
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.drums import DRUM_KEYS, drum_bar
from musiclm.corpus.score import Note

DrumWriter = Callable[[Brief, Bar, Random], list[Note]]


def settled(brief: Brief, salt: str, count: int) -> int:
    """A number under ``count`` that stays the same throughout one piece."""
    piece = f"{salt}|{brief.tonic}|{brief.mode}|{brief.tempo}|{len(brief.bars)}|{brief.mood.pace}"
    return crc32(piece.encode()) // 7 % count


def machine(
    grooves: Mapping[str, tuple[Groove, ...]],
    *,
    fills: str = "electronic",
    crash: bool = True,
    rolls: tuple[str, ...] = (),
    kick_in_rolls: bool = True,
    steady: bool = False,
) -> DrumWriter:
    """A writer of drums from grooves by section word.

    Args:
        grooves: Section word -> grooves of which a piece keeps one; "" serves all other words.
        fills: Key of ``drums.FILLS``.
        crash: Whether sections begin with a cymbal.
        rolls: Section words in which a snare roll builds up instead of a groove.
        kick_in_rolls: Whether the kick goes on under the roll.
        steady: Whether the kick goes on under fills too, as on dance floors.
    """

    def write(brief: Brief, bar: Bar, rng: Random) -> list[Note]:
        if bar.name in rolls and not bar.is_last:
            return roll(bar, kick=kick_in_rolls)
        bank = grooves.get(bar.name) or grooves[""]
        groove = bank[settled(brief, f"groove{bar.letter}", len(bank))]
        compound = brief.metre[1] == 8
        notes = drum_bar(groove, fills, bar, rng, crash=crash, compound=compound)
        if steady and not bar.is_last:
            notes = [note for note in notes if note.pitch != DRUM_KEYS["kick"]]
            found = events(bar_of(groove.get("kick", "."), bar.in_section), bar.beats)
            notes += [strike(bar, at, "kick", 1.16 if c == "X" else 0.8) for at, _, c in found]
        return notes

    return write


def strike(bar: Bar, beat: float, drum: str, level: float, length: float = 0.25) -> Note:
    """One stroke ``beat`` beats into the bar, as loud as the section wants."""
    velocity = max(1, min(127, round((52 + 46 * bar.intensity) * level)))
    return Note(bar.start + beat, length, DRUM_KEYS[drum], velocity)


def roll(bar: Bar, *, kick: bool) -> list[Note]:
    """One bar of a snare roll that runs through its whole section: faster, louder, then a gap."""
    total = bar.in_section + bar.to_go + 1
    notes: list[Note] = []
    for beat in range(bar.beats):
        progress = (bar.in_section + beat / bar.beats) / total
        last = bar.to_go == 0 and beat == bar.beats - 1
        rate = 1 if progress < 0.25 else 2 if progress < 0.5 else 4 if progress < 0.85 else 8
        level = 0.4 + 0.5 * progress
        # The last half beat is a breath: what follows lands the harder.
        strokes = rate // 2 if last and rate > 1 else rate
        notes += [strike(bar, beat + i / rate, "snare", level, 0.12) for i in range(strokes)]
        if kick and not last:
            notes.append(strike(bar, beat, "kick", 0.95))
    return notes
