"""Indian raga on twelve tones: alap, jor, gat and jhala over a tanpura, with tabla in its tala."""

from musiclm.corpus.craft.blocks import (
    COMMON,
    FIVE,
    SEVEN,
    Bar,
    Drums,
    Layer,
    Melody,
    Stretch,
    Style,
)
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.patterns import Player, velocity_of
from musiclm.corpus.score import Note
from musiclm.corpus.styles.world._free import free_line, rungs
from musiclm.corpus.styles.world._ornaments import mordent, scoop, shake
from musiclm.corpus.styles.world._percussion import percussion
from musiclm.corpus.styles.world._tune import Idiom, Tunesmith
from musiclm.corpus.theory import MODES, nearest, place

# No harmony: these are the tones that a phrase may lean on; only Sa and Pa sound below.
_HARMONY: Bank = {
    "major": {"A": ("I",), "end": ("I",), "final": ("I5",)},
    "minor": {"A": ("i",), "end": ("i",), "final": ("i5",)},
}
_CELLS = {
    COMMON: (
        "x---x-x-x---x-x-",
        "x-x-x---x-x-xxx-",
        "x-xxx-x-x---x---",
        "x---x---x-x-x-x-",
        "x-x-xxx-x-x-x---",
        "x-----x-x-x-x---",
        "..x-x-x-x-xxx-x-",
    ),
    FIVE: ("x---x-x-x---x-x-x---", "x-x-x---x-xxx-x-x---", "x-xxx-x-x-x-x---x-x-"),
    SEVEN: ("x---x-x-x-x-x-", "x-x-x---x-xxx-", "x-xxx-x-x---x-"),
}
_ENDS = {
    COMMON: ("x-x-x-x-x-------", "x-xxx-x-x-------", "x---x-x-x-------"),
    FIVE: ("x-x-x-x-x-x-x-------", "x---x-x-x---x-------"),
    SEVEN: ("x-x-x-x-x-----", "x---x-x-x-----"),
}
_IDIOM = Idiom(
    cells=_CELLS,
    ends=_ENDS,
    leaps=0.06,
    variation=0.4,
    ornaments={shake: 0.22, scoop: 0.2, mordent: 0.12},
    legato=1.0,
    lift=(3, 4),
)
# Bols: na and ta on the rim of the high drum, tin in its middle, ge the low drum, dha both.
_TABLA = percussion(
    {
        COMMON: (
            {  # teental: four bars of four, the low drum silent around the third
                "bongo": "X...x...x...X...|X...x...x...X...|X...........X...|x...x...x...X...",
                "conga": "....x...x.......|....x...x.......|....o...o.......|....x...x.......",
                "conga_low": "X...x...x...x...|X...x...x...x...|................|....x...x...x...",
                "bongo_low!0.55": "..oo..o...oo..oo",
            },
            {  # keherwa, eight
                "bongo": "X.....x...x.x...",
                "conga_low": "X..x........x.x.",
                "conga": "....x...o.......",
                "bongo_low!0.55": "..o.o..o..o..o.o",
            },
        ),
        FIVE: (
            {  # jhaptal, ten in two bars of five
                "bongo": "X...x...x.......x...|X...x...x...x...x...",
                "conga_low": "X.......x...x.......|........x...x.......",
                "conga": "....x.......x...x...|o...o.......x...x...",
                "bongo_low!0.55": "..o...oo..o...oo..o.",
            },
        ),
        SEVEN: (
            {  # rupak: three, two, two, and the first beat empty
                "conga": "x.x...........",
                "bongo": "....x.x.x.x.x.",
                "conga_low": "......X...X...",
                "bongo_low!0.55": ".o.o.o.o.o.ooo",
            },
        ),
    },
    fills={
        # A tihai: one figure three times, and the third one lands on the next downbeat.
        COMMON: ({"bongo": "X.x.x..X.x.x..Xx", "conga_low": "X......X......X."},),
        FIVE: ({"bongo": "X.x.x...X.x.x...X.x.", "conga_low": "X.......X.......X..."},),
        SEVEN: ({"bongo": "X.xx.X.xx.X.xx", "conga_low": "X....X....X..."},),
    },
    final=("conga_low", "bongo"),
)


def _tanpura(player: Player, bar: Bar) -> None:
    """Pa, Sa, Sa and the low Sa, one string a beat without end; each rings into the next."""
    middle = place(player.tonic, player.low + 17, player.low + 10, player.high)
    strings = (middle - 5, middle, middle, middle - 12)
    for beat in range(bar.beats):
        pitch = strings[(bar.number * bar.beats + beat) % 4]
        rings = 2.6 if pitch == middle else 3.4
        left = bar.beats - beat if bar.is_last else rings
        player.add(bar.start + beat, min(rings, left), pitch, 0.86, bar)


def _sing(brief: Brief) -> list[Note]:
    """Alap and jor out of time, slow and then less so; gat in the tala; jhala on the high Sa."""
    timed = [bar for bar in brief.bars if bar.name not in ("alap", "jor")]
    free = [bar for bar in brief.bars if bar.name in ("alap", "jor")]
    smith = Tunesmith(_IDIOM, brief)
    notes: list[Note] = []
    sections: dict[int, list[Bar]] = {}
    for bar in free:
        sections.setdefault(bar.section, []).append(bar)
    begin = place(brief.tonic, brief.low + 4, brief.low, brief.high)
    for bars in sections.values():
        first, last = bars[0], bars[-1]
        slow = first.name == "alap"
        # The alap opens around Sa and earns the upper octave bar by bar.
        top = brief.low + 14 if slow else brief.high
        line = free_line(
            brief.rng,
            rungs(brief.tonic, brief.mode, brief.low, min(top, brief.high)),
            (brief.tonic, (brief.tonic + 7) % 12, (brief.tonic + MODES[brief.mode][2]) % 12),
            start=first.start,
            end=last.start + last.beats,
            begin=begin,
            beat_seconds=60 / brief.tempo,
            loudness=50 + 44 * first.intensity,
            haste=0.55 if slow else 1.05,
        )
        notes += smith.decorate(line)
        begin = line[-1].pitch if line else begin
    smith.pitch = begin
    notes += smith.sing(timed)
    return sorted(_with_chikari(notes, brief), key=lambda note: note.start)


def _with_chikari(notes: list[Note], brief: Brief) -> list[Note]:
    """In the jhala the melody string is answered by the high Sa in running strokes."""
    spans = [(bar.start, bar.start + bar.beats, bar) for bar in brief.bars if bar.name == "jhala"]
    made: list[Note] = []
    for note in notes:
        bar = next((b for start, end, b in spans if start - 1e-6 <= note.start < end), None)
        if bar is None or note.duration < 0.4:
            made.append(note)
            continue
        made.append(Note(note.start, 0.24, note.pitch, note.velocity))
        high = nearest(note.pitch + 8, (brief.tonic,), note.pitch + 1, note.pitch + 12)
        while high > brief.high:
            high -= 12
        count = max(1, round(note.duration / 0.25) - 1)
        for index in range(count):
            at = note.start + 0.25 * (index + 1)
            made.append(Note(at, 0.24, high, velocity_of(bar, at, 0.8)))
    return made


STYLE = Style(
    name="raga",
    tempo=(72.0, 132.0),
    metres={COMMON: 2.4, FIVE: 0.6, SEVEN: 0.6},
    modes={
        "lydian": 1.2,
        "double harmonic": 1.0,
        "dorian": 1.0,
        "mixolydian": 0.6,
        "phrygian": 0.7,
    },
    harmony=_HARMONY,
    melody=Melody(
        instruments=("sitar", "sitar", "sitar", "shanai"),
        cells=_CELLS,
        cadences=_ENDS,
        low=52,
        high=76,
        writer=_sing,
        gain_db=2.5,
    ),
    layers=(
        Layer(
            role="pad",
            instruments=("tanpura",),
            writer=_tanpura,
            low=36,
            high=64,
            legato=1.0,
            gain_db=4.5,
        ),
    ),
    drums=(Drums(kits=("tabla",), grooves={}, writer=_TABLA, enter=0.0, gain_db=-3.0),),
    plans=(
        "alap gat antara jhala ending",
        "alap jor gat antara gat antara jhala ending",
    ),
    stretches={
        "alap": Stretch("A", 8, energy=-0.25, swell=0.1, drums=False),
        "jor": Stretch("A", 8, energy=-0.12, swell=0.1, drums=False),
        "gat": Stretch("A", 8, energy=-0.02),
        "antara": Stretch("B", 8, energy=0.06),
        "jhala": Stretch("A", 8, energy=0.14, swell=0.2),
        "ending": Stretch("", 2, energy=0.1),
    },
    energy=0.55,
    arcs={"build": 3.0, "steady": 1.0},
    tightness=0.4,
    ritard=0.1,
    reverb=(0.22, 0.38),
    brightness=(0.5, 0.65),
    treatments={"natural": 3.0, "roomy": 1.3, "cathedral": 0.4, "dry": 0.4},
    moods={
        "contemplative": 1.8,
        "spiritual": 2.0,
        "peaceful": 1.5,
        "hypnotic": 1.5,
        "playful": 0.5,
    },
)
