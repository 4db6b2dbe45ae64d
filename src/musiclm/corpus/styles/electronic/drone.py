"""Drone: one note held under slow swells of its overtones; nothing is struck, nothing hurries."""

from collections.abc import Callable

from musiclm.corpus.craft.blocks import COMMON, WALTZ, Bar, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.patterns import Player, velocity_of
from musiclm.corpus.score import Note
from musiclm.corpus.theory import MODES, nearest, place, step

_HARMONY: Bank = {
    "minor": {
        "A": ("i | i | i | i", "i | iadd9 | i | i", "i | i | bVI/1 | i"),
        "B": ("i | iv/1 | i | i", "i | bVII/1 | i | i", "iadd9 | i | bVI/1 | iadd9"),
        "end": ("i",),
        "final": ("i",),
    },
    "dorian": {
        "A": ("i | i | IV/1 | i", "i | iadd9 | i | i"),
        "B": ("i | bVII/1 | i | i", "i | IV/1 | IV/1 | i"),
        "end": ("i",),
        "final": ("i",),
    },
    "major": {
        "A": ("I | I | Iadd9 | I", "I | I | IV/1 | I"),
        "B": ("Iadd9 | IV/1 | I | I", "I | vi/1 | I | I"),
        "end": ("I",),
        "final": ("I",),
    },
    "phrygian": {
        "A": ("i | i | i | i", "i | i | bII/1 | i"),
        "B": ("i | bII/1 | i | i", "i | bvii/1 | i | i"),
        "end": ("i",),
        "final": ("i",),
    },
}


def _pedal(player: Player, bar: Bar) -> None:
    """Tonic and fifth without an end: bowed anew every bar, never let go."""
    root = place(bar.tonic, player.low + 6, player.low, player.high)
    player.add(bar.start, bar.beats, root, 0.95, bar)
    if root + 7 <= player.high:
        player.add(bar.start, bar.beats, root + 7, 0.7, bar)


def _swell(which: int, every: int) -> Callable[[Player, Bar], None]:
    """A layer of two tones that swells in over several bars and leaves again.

    Each bar is struck anew with another force: sound fonts have no pedal for loudness, and pads
    with slow attacks melt the strokes into one swell.
    """

    def write(player: Player, bar: Bar) -> None:
        place_in = (bar.number + which) % every
        level = (0.55, 0.8, 1.0, 0.85, 0.65, 0.5)[min(5, place_in)]
        over = bar.spans[0].chord
        voicing = player.voicing(over)
        # The low pedal has a major third among its overtones: the mode needs its own third.
        third = place(over.tone(3), (player.low + player.high) // 2, player.low, player.high)
        for pitch in sorted({voicing[which % len(voicing)], third}):
            player.add(bar.start, bar.beats, pitch, level, bar)

    return write


def _overtones(brief: Brief) -> list[Note]:
    """Long high tones that wander by step from one overtone of the pedal to the next."""
    notes: list[Note] = []
    rng = brief.rng
    pitch = (brief.low + brief.high) // 2
    for bar in brief.bars:
        scale = tuple((bar.tonic + degree) % 12 for degree in MODES[bar.mode])
        over = bar.spans[0].chord
        if bar.is_last:
            pitch = nearest(pitch, (bar.tonic,), brief.low, brief.high)
            notes.append(Note(bar.start, float(bar.beats), pitch, velocity_of(bar, bar.start, 0.9)))
            continue
        if not bar.tune:
            continue
        centre = (brief.low + brief.high) // 2
        away = 1 if pitch < centre else -1
        wished = pitch + away * rng.choice((2, 3, 4, 5, -2, -3))
        pitch = nearest(wished, over.stable, brief.low, brief.high)
        # Half of the bars lean: a neighbour first, then the tone it wants.
        if rng.random() < 0.4:
            leaning = step(pitch, rng.choice((1, -1)), scale)
            if brief.low <= leaning <= brief.high:
                half = bar.beats / 2
                velocity = velocity_of(bar, bar.start, 0.85)
                notes.append(Note(bar.start, half, leaning, velocity))
                notes.append(Note(bar.start + half, half, pitch, velocity))
                continue
        notes.append(Note(bar.start, float(bar.beats), pitch, velocity_of(bar, bar.start, 0.9)))
    return notes


STYLE = Style(
    name="drone",
    tempo=(50.0, 60.0),
    metres={COMMON: 3.0, WALTZ: 1.0},
    modes={"minor": 1.2, "dorian": 0.8, "major": 0.6, "phrygian": 0.8},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("bowed_pad", "cello", "reed_organ"),
        cells={COMMON: ("x---",), WALTZ: ("x--",)},
        cadences={COMMON: ("x---",), WALTZ: ("x--",)},
        low=50,
        high=67,
        legato=1.0,
        gain_db=-2.0,
        writer=_overtones,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("sub_bass", "contrabass"),
            writer=_pedal,
            low=26,
            high=46,
            legato=1.01,
            gain_db=3.0,
        ),
        Layer(
            role="pad",
            instruments=("church_organ", "reed_organ", "tanpura"),
            writer=_pedal,
            low=38,
            high=57,
            legato=1.01,
            gain_db=2.0,
        ),
        Layer(
            role="pad",
            instruments=("sweep_pad", "metallic_pad"),
            writer=_swell(0, 6),
            low=46,
            high=65,
            size=3,
            spread="open",
            legato=1.01,
            pan=-0.4,
        ),
        Layer(
            role="pad",
            instruments=("choir_pad", "slow_strings"),
            writer=_swell(1, 5),
            low=50,
            high=69,
            size=3,
            legato=1.01,
            pan=0.4,
            gain_db=2.0,
        ),
    ),
    energy=0.42,
    arcs={"arch": 2.0, "steady": 1.0, "build": 1.0},
    tightness=0.3,
    ritard=0.0,
    reverb=(0.8, 1.0),
    brightness=(0.05, 0.25),
    extras={"drive": 0.35},
    plans=("hum swell ending", "hum swell hum ending", "hum swell hum swell swell hum ending"),
    stretches={
        "hum": Stretch("A", 4, energy=-0.06, swell=0.06),
        "swell": Stretch("B", 8, energy=-0.02, swell=0.22),
        "ending": Stretch("", 2, energy=-0.05),
    },
    ending="fade",
    treatments={"natural": 3.0, "cathedral": 2.0, "dark": 2.0},
    moods={"dark": 2.0, "mysterious": 2.5, "calm": 1.5, "tense": 1.3, "happy": 0.1},
)
