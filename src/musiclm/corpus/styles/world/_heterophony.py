"""One tune, many hands: a layer that plays the lead's tune in its own register and manner.

Arab takht, Japanese sankyoku and gamelan elaborate one melody together instead of harmonizing it.
"""

from collections.abc import Callable, Mapping

from musiclm.corpus.craft.blocks import Bar
from musiclm.corpus.craft.patterns import Player
from musiclm.corpus.score import Note
from musiclm.corpus.styles.world._ornaments import Ornament
from musiclm.corpus.theory import scale_over, step


def tune_in(player: Player, bar: Bar, *, shortest: float = 0.2) -> list[Note]:
    """What the lead plays in a bar, without the notes too short to be more than ornaments."""
    found = [
        note
        for note in player.tune
        if bar.start - 1e-6 <= note.start < bar.start + bar.beats - 1e-6
    ]
    kept: list[Note] = []
    for index, note in enumerate(found):
        after = found[index + 1].start if index + 1 < len(found) else bar.start + bar.beats
        if note.duration >= shortest or not kept:
            kept.append(
                Note(
                    note.start,
                    max(note.duration, min(after - note.start, 0.5)),
                    note.pitch,
                    note.velocity,
                )
            )
        else:
            # The ornament's time goes to the note it decorates.
            last = kept[-1]
            kept[-1] = Note(last.start, note.end - last.start, last.pitch, last.velocity)
    return kept


def heterophony(
    ornaments: Mapping[Ornament, float], *, octave: int = 0, level: float = 0.9, thin: float = 0.0
) -> Callable[[Player, Bar], None]:
    """A layer writer: the lead's tune, ornamented anew.

    Args:
        ornaments: Chance of each for a note of a third of a beat or longer.
        octave: How many octaves above the lead.
        level: How loud.
        thin: Chance that a note off the beat is left out.
    """

    def write(player: Player, bar: Bar) -> None:
        beat_seconds = 1 / player.beats_per_second
        pool = scale_over(player.tonic, player.steps, bar.spans[0].chord)
        for note in tune_in(player, bar):
            if note.start % 1 > 0.1 and player.rng.random() < thin:
                continue
            pitch = note.pitch + 12 * octave
            while pitch > player.high:
                pitch -= 12
            while pitch < player.low:
                pitch += 12
            made = [Note(note.start, note.duration, pitch, note.velocity)]
            for ornament, chance in ornaments.items():
                drawn = player.rng.random() < chance
                if drawn and len(made) == 1 and note.duration * beat_seconds > 0.2:
                    upper, lower = step(pitch, 1, pool), step(pitch, -1, pool)
                    made = ornament(made[0], upper, lower, beat_seconds)
            for each in made:
                player.add(
                    each.start,
                    each.duration,
                    each.pitch,
                    level * each.velocity / max(1, note.velocity),
                    bar,
                )

    return write
