"""Synthwave."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony import POP
from musiclm.corpus.craft.rhythms import HOOK

STYLE = Style(
    name="synthwave",
    tempo=(76.0, 140.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.4, "major": 0.7, "dorian": 0.4},
    harmony=POP,
    melody=Melody(
        instruments=("saw_lead", "square_lead", "synth_brass", "alto_sax", "clean_guitar"),
        cells={
            COMMON: (*HOOK[COMMON][4:6], "x---x-x-", "x--x--x-", "x-----x-", "x-x-x---", "x--xx-x-")
        },
        cadences={COMMON: ("x-x-x---", "x-------", "x--x----")},
        low=62,
        high=84,
        leaps=0.2,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("synth_bass",),
            writer="bass",
            patterns={COMMON: ("RRRRRRRR", "R.RRR.RR.RR8R.RR", "RR8RRR8R", "RRRRRRRRRRRRRR8R")},
            low=28,
            high=52,
            legato=0.75,
            gain_db=-3.0,
        ),
        Layer(
            role="pad",
            instruments=("poly_pad", "synth_strings", "warm_pad"),
            writer="pad",
            low=52,
            high=76,
            size=4,
            gain_db=-2.0,
        ),
        Layer(
            role="arpeggio",
            instruments=("saw_lead", "square_lead", "new_age_pad"),
            writer="arpeggio",
            patterns={COMMON: ("0123210123210121", "0.1.2.3.2.1.2.1.", "0213021302130213")},
            low=60,
            high=84,
            size=4,
            legato=0.6,
            chance=0.75,
            gain_db=-3.0,
            pan=0.3,
        ),
    ),
    drums=(
        Drums(
            kits=("electronic_kit", "power_kit"),
            grooves={
                COMMON: (
                    {
                        "kick": "X...X...X...X...",
                        "snare": "....X.......X...",
                        "hat": "x.x.x.x.x.x.x.x.",
                    },
                    {
                        "kick": "X.....x.X.......",
                        "snare": "....X.......X...",
                        "hat": "xoxoxoxoxoxoxoxo",
                    },
                    {
                        "kick": "X.......X.x.....",
                        "clap": "....X.......X...",
                        "hat": "..x...x...x...x.",
                    },
                )
            },
            fills="rock",
            chance=0.9,
            gain_db=1.0,
        ),
    ),
    energy=0.66,
    tightness=0.95,
    ritard=0.0,
    reverb=(0.3, 0.5),
    brightness=(0.45, 0.7),
    extras={"sidechain": 0.3},
)
