"""The rhythm section of jazz and blues: comping, basses, drummers who listen.

Functions are (or make) writers: ``Layer.writer`` takes a player and a bar, ``Drums.writer`` a
brief, a bar and randomness.
"""

from collections.abc import Callable, Mapping
from random import Random

from musiclm.corpus.craft.blocks import Bar, Span, events
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.drums import DRUM_KEYS, drum_bar
from musiclm.corpus.craft.patterns import WRITERS, Player, split
from musiclm.corpus.score import Note
from musiclm.corpus.theory import place

LayerWriter = Callable[[Player, Bar], None]
DrumWriter = Callable[[Brief, Bar, Random], list[Note]]


def comp(rhythms: Mapping[int, tuple[str, ...]], *, held: float = 0.0) -> LayerWriter:
    """Make a player of chords who never plays two bars alike.

    Args:
        rhythms: Felt beats of a bar -> rhythms to draw from; ``P`` is the next bar's chord early.
        held: Chance that a chord is held on instead of struck short.
    """

    def write(player: Player, bar: Bar) -> None:
        if bar.is_last:
            for rank, pitch in enumerate(player.voicing(bar.spans[-1].chord)):
                player.add(bar.start + 0.03 * rank, bar.beats - 0.1, pitch, 0.84, bar)
            return
        for start, beats, character in events(player.rng.choice(rhythms[bar.beats]), bar.beats):
            at = bar.start + start
            early = [Span(at, beats, bar.following)] if character == "P" else []
            for piece in (early or split(bar, at, beats))[:1]:
                length = bar.start + bar.beats - at if player.rng.random() < held else piece.beats
                length = min(length, piece.end - at if not early else length)
                level = 1.0 if character in "XP" else 0.84
                for pitch in player.voicing(piece.chord):
                    player.add(at, length, pitch, level, bar)

    return write


def two_then_four(player: Player, bar: Bar) -> None:
    """A bass in half notes under the tune, walking under solos; an ostinato in five."""
    if bar.is_last:
        root = place(bar.spans[-1].chord.root, player.low + 7, player.low, player.high)
        player.add(bar.start, bar.beats, root, 1.0, bar)
    elif bar.name == "solo" and bar.beats != 5:
        WRITERS["walking"](player, bar)
    else:
        WRITERS["bass"](player, bar)


# Semitones above the root, eight to the bar.
_LEFT_HANDS: tuple[tuple[tuple[int, ...], ...], ...] = (
    ((0,), (4,), (7,), (9,), (10,), (9,), (7,), (4,)),
    ((0, 7), (0, 7), (0, 9), (0, 9), (0, 10), (0, 10), (0, 9), (0, 9)),
    ((0,), (12,), (4,), (16,), (7,), (19,), (9,), (21,)),
    ((0, 7), (0, 7), (0, 9), (0, 7), (0, 10), (0, 7), (0, 9), (0, 7)),
    ((0,), (0,), (4,), (4,), (7,), (7,), (9,), (10,)),
    ((0,), (12,), (10,), (12,), (9,), (12,), (7,), (12,)),
)


def eight_to_the_bar(player: Player, bar: Bar) -> None:
    """The left hand of boogie: one figure, eighths without a stop, moved to every chord."""
    if bar.is_last:
        root = place(bar.spans[-1].chord.root, player.low + 5, player.low, player.low + 11)
        for interval in (0, 12):
            player.add(bar.start, 1.5, root + interval, 1.05, bar)
        return
    if bar.name == "stop" and bar.in_section % 4 != 3:
        # Stop time: one stroke, and the floor belongs to the right hand.
        root = place(bar.spans[0].chord.root, player.low + 5, player.low, player.low + 11)
        for interval in (0, 7, 12):
            player.add(bar.start, 0.8, root + interval, 1.15, bar)
        return
    if "left hand" not in player.shared:
        player.shared["left hand"] = (player.rng.randrange(len(_LEFT_HANDS)),)
    figure = _LEFT_HANDS[player.shared["left hand"][0]]
    for slot in range(2 * bar.beats):
        start = bar.start + slot / 2
        over = bar.chord_at(start)
        root = place(over.root, player.low + 5, player.low, player.low + 11)
        for interval in figure[slot % 8]:
            # Minor chords bend the third of the figure.
            bent = interval - 1 if interval % 12 == 4 and 4 not in over.intervals else interval
            player.add(start, 0.5, root + bent, 1.08 if slot % 2 == 0 else 0.92, bar)


def bop_drums(brief: Brief, bar: Bar, rng: Random) -> list[Note]:
    """A ride that swings, the hat on two and four, a left hand that answers, bombs of the bass.

    Off-beats are written on the half beat: the swing of the piece puts them where they belong.
    """
    if bar.is_last:
        return drum_bar({"kick": "X"}, "none", bar, rng, crash=True, compound=False)
    notes: list[Note] = []

    def hit(name: str, beat: float, level: float) -> None:
        velocity = max(1, min(127, round((52 + 46 * bar.intensity) * level)))
        notes.append(Note(bar.start + beat, 0.4, DRUM_KEYS[name], velocity))

    solo = bar.to_go == 0 and rng.random() < 0.5
    for beat in range(bar.beats):
        hit("ride", beat, 1.05 if beat % 2 else 0.95)
        if beat % 2 and rng.random() < 0.9:
            hit("ride", beat + 0.5, 0.72)
        if beat % 2:
            hit("pedal", beat, 0.8)
        if not solo:
            hit("kick", beat, 0.4)
        if rng.random() < (0.85 if solo and beat >= bar.beats - 2 else 0.25 * bar.intensity + 0.06):
            hit("snare", beat + 0.5, 1.0 if solo else rng.choice((0.5, 0.62, 0.85)))
        if solo and beat >= bar.beats - 2:
            hit(rng.choice(("snare", "high", "floor")), beat, 1.0)
        elif rng.random() < 0.1 * bar.intensity:
            hit("kick", beat + 0.5, 1.1)
    if bar.in_section == 0 and bar.intensity > 0.5:
        hit("crash", 0, 0.9)
    return notes
