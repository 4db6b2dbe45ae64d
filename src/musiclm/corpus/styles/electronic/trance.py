"""Trance: a bass that rolls between the kicks, gated saws, long builds, tunes for raised arms."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Groove, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.machine import machine

_HARMONY: Bank = {
    "minor": {
        "A": (
            "i | bVI | bIII | bVII",
            "i | bVII | bVI | bVII",
            "i | iv | bVI | bVII",
            "i | v | bVI | bVII",
        ),
        "B": (
            "i | bVI | bIII | bVII",
            "bVI | bVII | i | bIII",
            "i | bIII | bVII | bVI",
            "bVI | bIII | bVII | i",
        ),
        "C": ("bVI | bVII | i | i", "iv | bVI | bVII | bVII", "bVImaj7 | bIII | iv | V"),
        "end": ("bVII", "bVI bVII"),
        "final": ("i",),
    },
    "major": {
        "A": ("vi | IV | I | V", "I | V | vi | IV"),
        "B": ("IV | V | vi | I", "I | V | vi | IV"),
        "C": ("IV | IV | vi | V",),
        "end": ("IV V", "V"),
        "final": ("I",),
    },
}
_FLOOR = "X...X...X...X..."
_FULL: tuple[Groove, ...] = (
    {
        "kick": _FLOOR,
        "clap": "....X.......X...",
        "open": "..X...X...X...X.",
        "hat": "xoxoxoxoxoxoxoxo",
    },
    {
        "kick": _FLOOR,
        "snare": "....X.......X...",
        "open": "..X...X...X...X.",
        "ride!0.7": "x.x.x.x.x.x.x.x.",
        "shaker": "oxoxoxoxoxoxoxox",
    },
)
_BARE: tuple[Groove, ...] = ({"kick": _FLOOR, "open": "..x...x...x...x."},)
_AIR: tuple[Groove, ...] = ({"hat": "o...o...o...o...", "shaker": "..o...o...o...o."},)

STYLE = Style(
    name="trance",
    tempo=(130.0, 142.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.6, "major": 0.5},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("supersaw_lead",),
        cells={
            COMMON: (
                "x--x--x-x---x---",
                "x--x--x--x--x-x-",
                "x-----x---x-x---",
                "x--x--x-----x-x-",
                "x---x---x--x--x-",
                "..x-x-x-..x-x-x-",
            )
        },
        cadences={COMMON: ("x--x--x---------", "x---x---x-------", "x-----------x-x-")},
        low=66,
        high=86,
        leaps=0.3,
        legato=0.95,
        gain_db=3.0,
        doubling="octave",
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("synth_bass",),
            writer="bass",
            patterns={COMMON: ("..R...R...R...R.", ".RRR.RRR.RRR.RRR", ".RR8.RR8.RR8.RR8")},
            low=31,
            high=50,
            legato=0.8,
            gain_db=2.5,
            without=("break", "build"),
        ),
        Layer(
            role="chords",
            instruments=("supersaw_lead", "saw_lead"),
            writer="chords",
            # A gate: held chords cut to a rhythm.
            patterns={COMMON: ("X.xX.xX.X.xX.xX.", "XxX.XxX.XxX.XxX.", "X.XX.XX.X.XX.XX.")},
            low=57,
            high=79,
            size=4,
            legato=0.75,
            gain_db=4.0,
            enter=0.3,
            without=("intro", "break", "outro"),
        ),
        Layer(
            role="arpeggio",
            instruments=("pluck_synth",),
            writer="arpeggio",
            patterns={
                COMMON: (
                    "0123412301234123",
                    "0214021402140214",
                    "0.2.1.3.0.2.1.3.",
                    "4321432143214321",
                )
            },
            low=62,
            high=88,
            size=4,
            legato=0.6,
            pan=0.3,
            gain_db=6.0,
        ),
        Layer(
            role="pad",
            instruments=("warm_pad", "choir_pad", "synth_strings"),
            writer="pad",
            low=52,
            high=76,
            size=4,
            spread="open",
            gain_db=-1.0,
        ),
    ),
    drums=(
        Drums(
            kits=("electronic_kit",),
            grooves={COMMON: _FULL},
            chance=1.0,
            gain_db=1.5,
            writer=machine(
                {"": _FULL, "intro": _BARE, "outro": _BARE, "ending": _BARE, "break": _AIR},
                rolls=("build",),
                steady=True,
            ),
        ),
    ),
    energy=0.68,
    tightness=1.0,
    ritard=0.0,
    reverb=(0.4, 0.55),
    brightness=(0.65, 0.85),
    extras={"sidechain": 0.7},
    plans=(
        "intro build drop ending",
        "intro break build drop ending",
        "intro groove break build drop outro ending",
        "intro groove drop break build drop drop outro ending",
        "intro groove break build drop groove break build drop+2 outro ending",
    ),
    stretches={
        "intro": Stretch("A", 2, energy=-0.2, swell=0.1),
        "groove": Stretch("A", 8, energy=-0.05),
        "break": Stretch("C", 8, energy=-0.3),
        "build": Stretch("A", 4, energy=-0.12, swell=0.3),
        "drop": Stretch("B", 8, energy=0.18),
        "outro": Stretch("A", 4, energy=-0.15, swell=-0.1),
        "ending": Stretch("", 2),
    },
    ending="ring",
    treatments={"natural": 4.0, "bright": 2.0, "roomy": 1.0},
    moods={"hopeful": 2.0, "epic": 2.0, "energetic": 2.0, "dreamy": 1.4, "playful": 0.4},
)
