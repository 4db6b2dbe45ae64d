"""Chiptune."""

from musiclm.corpus.craft.blocks import COMMON, WALTZ, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony import POP
from musiclm.corpus.craft.rhythms import (
    HOOK,
    LYRICAL,
)

STYLE = Style(
    name="chiptune",
    tempo=(92.0, 184.0),
    metres={COMMON: 4.0, WALTZ: 1.0},
    modes={"major": 1.3, "minor": 1.0, "mixolydian": 0.4, "lydian": 0.3},
    harmony=POP,
    melody=Melody(
        instruments=("square_lead", "square_lead", "saw_lead", "xylophone"),
        cells={
            COMMON: (*HOOK[COMMON][:8], *LYRICAL[COMMON][:10]),
            WALTZ: (*LYRICAL[WALTZ], "x-xxx-x-xxx-"),
        },
        cadences={COMMON: ("x-x-x---", "xxx-x---", "x--x----"), WALTZ: ("x-x---", "xxx---")},
        low=67,
        high=90,
        leaps=0.3,
        ornament=0.12,
        legato=0.7,
    ),
    layers=(
        Layer(
            role="arpeggio",
            instruments=("square_lead",),
            writer="arpeggio",
            patterns={
                COMMON: (
                    "0120120120120120",
                    "0123012301230123",
                    "0213021302130213",
                    "0.1.2.1.0.1.2.1.",
                ),
                WALTZ: ("012012012012", "0.1.2.1.2.1."),
            },
            low=55,
            high=82,
            legato=0.6,
            pan=0.35,
            gain_db=-3.0,
        ),
        Layer(
            role="bass",
            instruments=("saw_lead", "square_lead", "synth_bass"),
            writer="bass",
            patterns={
                COMMON: ("R.8.R.8.R.8.R.8.", "RR8RRR8R", "R.R8.R8.R.R8.R5.", "R-5-8-5-"),
                WALTZ: ("R.8.8.", "R-5-8-"),
            },
            low=36,
            high=60,
            legato=0.6,
        ),
        Layer(
            role="counter",
            instruments=("square_lead", "saw_lead"),
            writer="counter",
            low=57,
            high=74,
            chance=0.5,
            pan=-0.35,
            gain_db=-3.0,
        ),
    ),
    drums=(
        Drums(
            kits=("electronic_kit", "tr808_kit"),
            grooves={
                COMMON: (
                    {
                        "kick": "X.....x.X.......",
                        "snare": "....X.......X...",
                        "hat": "x.x.x.x.x.x.x.x.",
                    },
                    {
                        "kick": "X...x...X...x...",
                        "snare": "..x...x...x...xx",
                        "hat": "o.o.o.o.o.o.o.o.",
                    },
                    {"kick": "X..x..x.x..x..x.", "snare": "....X.......X..x"},
                ),
                WALTZ: ({"kick": "X.....", "snare": "..x.x.", "hat": "xxxxxx"},),
            },
            fills="electronic",
            chance=0.75,
            crash=False,
        ),
    ),
    sections={"A": "level", "B": "bonus", "C": "boss"},
    energy=0.66,
    tightness=1.0,
    ritard=0.0,
    reverb=(0.0, 0.12),
    brightness=(0.55, 0.75),
)
