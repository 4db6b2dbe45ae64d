"""Dance electronics: house, techno, synthwave."""

from musiclm.corpus.styles._blocks import COMMON, Drums, Layer, Melody, Style
from musiclm.corpus.styles._harmony import HOUSE, POP, TECHNO
from musiclm.corpus.styles._rhythms import HOOK, HOOK_ENDS

_CLUB = {"A": "groove", "B": "drop", "C": "breakdown"}

HOUSE_STYLE = Style(
    name="house",
    tempo=(106.0, 136.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.3, "major": 0.9},
    harmony=HOUSE,
    melody=Melody(
        instruments=(
            "saw_lead",
            "electric_piano",
            "acoustic_grand_piano",
            "square_lead",
            "vibraphone",
            "alto_sax",
            "synth_brass",
        ),
        cells=HOOK,
        cadences=HOOK_ENDS,
        scale="pentatonic",
        low=62,
        high=82,
        legato=0.75,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("synth_bass", "finger_bass"),
            writer="bass",
            patterns={
                COMMON: (
                    "..R-..R-..R-..8-",
                    "R..R..R...R.8...",
                    "..R...R...R..R8.",
                    "R.....R..R..5.8.",
                )
            },
            low=28,
            high=52,
            legato=0.8,
            gain_db=1.0,
        ),
        Layer(
            role="chords",
            instruments=("acoustic_grand_piano", "electric_piano", "drawbar_organ", "poly_pad"),
            writer="chords",
            patterns={
                COMMON: (
                    "X..x..x...x..x..",
                    "..X...X...X...X.",
                    "X..X..X..X..x.x.",
                    "..x..x..x..x..x.",
                )
            },
            low=54,
            high=76,
            size=4,
            legato=0.6,
            pan=-0.15,
        ),
        Layer(
            role="pad",
            instruments=("warm_pad", "synth_strings", "sweep_pad"),
            writer="pad",
            low=52,
            high=76,
            chance=0.7,
            gain_db=-4.0,
        ),
        Layer(
            role="arpeggio",
            instruments=("square_lead", "saw_lead", "marimba"),
            writer="arpeggio",
            patterns={COMMON: ("0.2.1.2.3.2.1.2.", "012301230123012.", "0..1..2..3..2.1.")},
            low=64,
            high=88,
            size=4,
            enter=0.68,
            chance=0.5,
            legato=0.5,
            gain_db=-4.0,
            pan=0.35,
        ),
    ),
    drums=(
        Drums(
            kits=("electronic_kit", "tr808_kit"),
            grooves={
                COMMON: (
                    {
                        "kick": "X...X...X...X...",
                        "clap": "....x.......x...",
                        "open": "..x...x...x...x.",
                        "hat!0.5": "x.oox.oox.oox.oo",
                    },
                    {
                        "kick": "X...X...X...X...",
                        "snare": "....x.......x...",
                        "open": "..x...x...x...x.",
                        "shaker": "oxoxoxoxoxoxoxox",
                        "rim!0.6": "...x..x....x....",
                    },
                )
            },
            fills="electronic",
            chance=0.97,
            gain_db=1.0,
        ),
    ),
    percussion=(
        Drums(
            kits=("electronic_kit",),
            grooves={COMMON: ({"conga": "..x..x....x..x.x"}, {"tambourine": "..x...x...x...x."})},
            fills="none",
            chance=0.35,
            crash=False,
            gain_db=-5.0,
            role="percussion",
        ),
    ),
    sections=_CLUB,
    energy=0.68,
    swing=(0.0, 0.35),
    swing_unit=0.25,
    tightness=0.95,
    ritard=0.0,
    reverb=(0.12, 0.3),
    brightness=(0.5, 0.75),
    extras={"sidechain": 0.6},
)

TECHNO_STYLE = Style(
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

SYNTHWAVE = Style(
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

ELECTRONIC = (HOUSE_STYLE, TECHNO_STYLE, SYNTHWAVE)
