"""Techno."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony import TECHNO
from musiclm.corpus.craft.rhythms import HOOK, HOOK_ENDS

_CLUB = {"A": "groove", "B": "drop", "C": "breakdown"}

STYLE = Style(
    name="techno",
    tempo=(110.0, 150.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.2, "phrygian": 0.9},
    harmony=TECHNO,
    melody=Melody(
        instruments=("saw_lead", "square_lead", "synth_brass", "vibraphone", "xylophone"),
        cells=HOOK,
        cadences=HOOK_ENDS,
        low=55,
        high=75,
        leaps=0.08,
        legato=0.5,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("synth_bass",),
            writer="bass",
            patterns={
                COMMON: (
                    "..RR..RR..RR..RR",
                    ".RRR.RRR.RRR.RRR",
                    "..R...R...R...R.",
                    "R..R..R.R..R..8.",
                )
            },
            low=26,
            high=46,
            legato=0.7,
            gain_db=-3.0,
        ),
        Layer(
            role="arpeggio",
            instruments=("square_lead", "saw_lead", "synth_bass"),
            writer="arpeggio",
            patterns={
                COMMON: (
                    "0010200100102001",
                    "0120120120120120",
                    "0.1.0.2.0.1.0.3.",
                    "00.100.200.100.3",
                )
            },
            low=48,
            high=72,
            size=3,
            legato=0.5,
            pan=0.2,
            gain_db=-1.0,
        ),
        Layer(
            role="chords",
            instruments=("synth_brass", "poly_pad", "synth_strings"),
            writer="chords",
            patterns={COMMON: ("...X......X.....", "X...............", "......x.......x.")},
            low=52,
            high=72,
            legato=0.7,
            chance=0.7,
            pan=-0.3,
        ),
        Layer(
            role="pad",
            instruments=("sweep_pad", "halo_pad", "choir_pad"),
            writer="pad",
            low=48,
            high=70,
            chance=0.5,
            gain_db=-5.0,
        ),
    ),
    drums=(
        Drums(
            kits=("electronic_kit", "tr808_kit"),
            grooves={
                COMMON: (
                    {
                        "kick": "X...X...X...X...",
                        "hat": "..x...x...x...x.",
                        "clap!0.5": "....o.......x...",
                        "ride!0.75": "x.x.x.x.x.x.x.x.",
                    },
                    {
                        "kick": "X...X...X...X..o",
                        "hat": "xoxoxoxoxoxoxoxo",
                        "open": "..x...x...x...x.",
                        "rim": "...x..x...x..x..",
                        "low!0.6": ".......x.......x",
                    },
                )
            },
            fills="electronic",
            chance=1.0,
            gain_db=2.0,
        ),
    ),
    sections=_CLUB,
    energy=0.72,
    arcs={"build": 2.0, "steady": 1.0, "waves": 1.5},
    tightness=1.0,
    ritard=0.0,
    reverb=(0.15, 0.35),
    brightness=(0.4, 0.7),
    extras={"sidechain": 0.5, "drive": 0.3},
)
