"""Techno: one sequence of sixteen steps that changes slowly over a kick that never does."""

from musiclm.corpus.craft.blocks import COMMON, Bar, Drums, Groove, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.loops import Loop, looped
from musiclm.corpus.craft.machine import machine
from musiclm.corpus.craft.patterns import Player
from musiclm.corpus.theory import MODES, nearest, place, scale_over

_HARMONY: Bank = {
    "minor": {
        "A": ("i | i | i | i", "i7 | i7 | i7 | bVI", "i | i | i | iv"),
        "B": ("i | i | bVI | i", "i | bVII | i | i", "i | i | iv | i"),
        "C": ("bVI | bVI | i | i", "iv | iv | i | i"),
        "end": ("i",),
        "final": ("i",),
    },
    "phrygian": {
        "A": ("i | i | i | i", "i | i | i | bII", "i | i | bII | i"),
        "B": ("i | bII | i | i", "i | i | bII | bIII"),
        "C": ("bII | bII | i | i",),
        "end": ("i",),
        "final": ("i",),
    },
}
_STEPS = 16


def _sequence(player: Player, bar: Bar) -> None:
    """Sixteen steps with accents, rests and octaves; every fourth bar one step is turned."""
    rng = player.rng
    memory = "techno C" if bar.letter == "C" else "techno A"
    steps = player.shared.get(memory)
    if steps is None:
        # -1 rests; tens say octave and accent, ones which tone of the scale.
        drawn = rng.choices((-1, 0, 10, 2, 4, 6, 1), (5, 9, 3, 2, 2, 1, 1), k=_STEPS)
        steps = (0, *drawn[1:])
    elif bar.number % 4 == 0:
        turned = list(steps)
        turned[rng.randrange(1, _STEPS)] = rng.choice((-1, 0, 0, 10, 2, 4))
        steps = tuple(turned)
    player.shared[memory] = steps
    if bar.is_last:
        home = place(bar.tonic, player.low + 10, player.low, player.high)
        player.add(bar.start, 1.0, home, 1.0, bar)
        return
    unit = bar.beats / _STEPS
    for index, code in enumerate(steps):
        if code < 0:
            continue
        start = bar.start + index * unit
        over = bar.chord_at(start)
        root = place(over.root, player.low + 10, player.low, player.high - 12)
        octave, degree = divmod(code, 10)
        pool = scale_over(bar.tonic, MODES[bar.mode], over)
        wanted = root + (0, 2, 3, 5, 7, 8, 10)[degree] + 12 * octave
        pitch = nearest(wanted, pool, player.low, player.high)
        accent = 1.16 if index % 4 == 0 else 1.02 if octave else 0.86
        # A slide is a step that is held into the next one.
        held = 1.6 if steps[(index + 1) % _STEPS] >= 0 and index % 8 == 6 else 0.7
        player.add(start, unit * held, pitch, accent, bar)


_FLOOR = "X...X...X...X..."
_FULL: tuple[Groove, ...] = (
    {
        "kick": _FLOOR,
        "open": "..x...x...x...x.",
        "hat": "xoooxoooxoooxooo",
        "clap": "....x.......x...",
        "rim": "...x......x..x..",
    },
    {
        "kick": "X...X...X...X...",
        "hat": "X...x...X...x...",
        "open": "..x...x...x...x.",
        "clap": "....o.......x...",
        "low": "..........o..o..",
    },
    {
        "kick": _FLOOR,
        "ride": "..X...X...X...X.",
        "hat": "x.o.x.o.x.o.x.o.",
        "floor": ".......x..x....x",
        "clap": "............x...",
    },
)
_BARE: tuple[Groove, ...] = ({"kick": _FLOOR, "hat": "..o...o...o...o."},)
_TOPS: tuple[Groove, ...] = ({"hat": "oxoooxoooxoooxoo", "rim": "...x......x..x.."},)

STYLE = Style(
    name="techno",
    tempo=(126.0, 142.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.2, "phrygian": 0.9},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("metallic_pad", "square_lead", "charang_lead"),
        cells={COMMON: ("x--x--x---------",)},
        cadences={COMMON: ("x--x--x---------",)},
        low=55,
        high=72,
        legato=0.4,
        gain_db=4.0,
        pan=0.15,
        writer=looped(
            Loop(
                cells={
                    COMMON: (
                        "X.....x.......x.",
                        "...X......X.....",
                        "X..x..x.........",
                        "......X...x..x..",
                        "..X.......X..x..",
                    )
                },
                bars=2,
                leaps=0.4,
                repeats=0.4,
                legato=0.45,
                thin={"intro": 0.3, "outro": 0.4},
                change=0.15,
            )
        ),
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("deep_synth_bass", "sub_bass"),
            writer="bass",
            patterns={COMMON: ("..RR..RR..RR..RR", ".RRR.RRR.RRR.RRR", "..Rr..Rr..Rr..Rr")},
            low=26,
            high=43,
            legato=0.8,
            gain_db=1.0,
            without=("break",),
        ),
        Layer(
            role="arpeggio",
            instruments=("acid_bass",),
            writer=_sequence,
            low=34,
            high=60,
            legato=1.0,
            gain_db=5.5,
        ),
        Layer(
            role="pad",
            instruments=("sweep_pad", "bowed_pad"),
            writer="pad",
            low=48,
            high=67,
            size=2,
            spread="open",
            gain_db=3.0,
            only=("intro", "break", "build", "ending"),
        ),
    ),
    drums=(
        Drums(
            kits=("tr808_kit", "electronic_kit"),
            grooves={COMMON: _FULL},
            fills="none",
            chance=1.0,
            crash=False,
            gain_db=2.5,
            writer=machine(
                {"": _FULL, "intro": _BARE, "outro": _BARE, "ending": _BARE, "break": _TOPS},
                steady=True,
                fills="none",
                crash=False,
            ),
        ),
    ),
    energy=0.72,
    arcs={"build": 2.0, "steady": 1.0, "waves": 1.0},
    tightness=1.0,
    ritard=0.0,
    reverb=(0.2, 0.4),
    brightness=(0.3, 0.45),
    extras={"sidechain": 0.5, "drive": 0.5},
    plans=(
        "intro groove drop ending",
        "intro groove break drop ending",
        "intro groove drop break build drop groove outro ending",
    ),
    stretches={
        "intro": Stretch("A", 2, energy=-0.15, swell=0.1),
        "groove": Stretch("A", 8, energy=-0.04),
        "drop": Stretch("B", 8, energy=0.14),
        "break": Stretch("C", 4, energy=-0.22),
        "build": Stretch("A", 4, energy=-0.1, swell=0.22),
        "outro": Stretch("A", 4, energy=-0.1, swell=-0.1),
        "ending": Stretch("", 2, energy=-0.05),
    },
    ending="cold",
    treatments={"natural": 4.0, "dark": 2.5, "dry": 1.0},
    moods={"dark": 2.5, "tense": 2.0, "mysterious": 1.6, "energetic": 1.6, "romantic": 0.2},
)
