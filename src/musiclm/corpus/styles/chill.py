"""Bedroom electronics: lo-fi hip hop, chiptune, ambient pads."""

from musiclm.corpus.styles._blocks import COMMON, SIX, WALTZ, Drums, Layer, Melody, Style
from musiclm.corpus.styles._harmony import JAZZ, POP
from musiclm.corpus.styles._harmony_art import AMBIENT
from musiclm.corpus.styles._rhythms import (
    HOOK,
    LYRICAL,
    SPARSE,
    SPARSE_ENDS,
    SYNCOPATED,
    SYNCOPATED_ENDS,
)

LOFI = Style(
    name="lofi hip hop",
    tempo=(60.0, 108.0),
    metres={COMMON: 1.0},
    modes={"major": 1.0, "minor": 1.0, "dorian": 0.8},
    harmony=JAZZ,
    melody=Melody(
        instruments=(
            "electric_piano",
            "vibraphone",
            "jazz_guitar",
            "flute",
            "acoustic_grand_piano",
            "kalimba",
            "trumpet",
        ),
        cells={COMMON: (*SYNCOPATED[COMMON], "x-----x-x-------", "..x-x---..x-x---")},
        cadences=SYNCOPATED_ENDS,
        scale="pentatonic",
        low=62,
        high=82,
        gain_db=3.0,
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("electric_piano", "acoustic_grand_piano", "jazz_guitar"),
            writer="chords",
            patterns={
                COMMON: (
                    "X---------x-----",
                    "X-----x---------",
                    "X-------..x---x-",
                    "X--x------x-----",
                )
            },
            low=50,
            high=73,
            size=4,
            spread="rootless",
            strum=0.02,
            pan=-0.15,
            gain_db=-0.5,
        ),
        Layer(
            role="bass",
            instruments=("finger_bass", "acoustic_bass", "synth_bass"),
            writer="bass",
            patterns={COMMON: ("R-----R-..5-....", "R--R------R---a-", "R-------..R-5---")},
            low=28,
            high=50,
            gain_db=-0.5,
        ),
        Layer(
            role="pad",
            instruments=("warm_pad", "string_ensemble", "halo_pad"),
            writer="pad",
            low=52,
            high=74,
            chance=0.4,
            gain_db=-5.0,
        ),
    ),
    drums=(
        Drums(
            kits=("tr808_kit", "standard_kit", "brush_kit", "electronic_kit"),
            grooves={
                COMMON: (
                    {
                        "kick": "X.....x...x.....",
                        "snare": "....x.......x...",
                        "hat": "xoxoxoxoxoxoxoxo",
                    },
                    {
                        "kick": "X..x......x..x..",
                        "rim": "....X.......X...",
                        "hat": "x.x.x.xox.x.x.x.",
                    },
                    {
                        "kick": "X......xx.x.....",
                        "snare": "....x..g....x.g.",
                        "shaker": "xoxoxoxoxoxoxoxo",
                    },
                )
            },
            fills="soft",
            chance=0.88,
            crash=False,
            gain_db=-1.5,
        ),
    ),
    sections={"A": "loop", "B": "second loop", "C": "break"},
    energy=0.44,
    arcs={"steady": 3.0, "waves": 1.0, "fade": 0.6, "arch": 0.6},
    swing=(0.3, 0.9),
    swing_unit=0.25,
    tightness=0.3,
    ritard=0.05,
    reverb=(0.15, 0.3),
    brightness=(0.12, 0.3),
    extras={"vinyl": 0.5},
)

CHIPTUNE = Style(
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

AMBIENT_STYLE = Style(
    name="ambient",
    tempo=(48.0, 116.0),
    metres={COMMON: 3.0, SIX: 1.0},
    modes={"lydian": 1.0, "major": 1.0, "minor": 1.0, "dorian": 0.6},
    harmony=AMBIENT,
    melody=Melody(
        instruments=(
            "new_age_pad",
            "electric_piano",
            "vibraphone",
            "pan_flute",
            "celesta",
            "halo_pad",
            "clean_guitar",
            "koto",
        ),
        cells=SPARSE,
        cadences=SPARSE_ENDS,
        scale="pentatonic",
        low=64,
        high=86,
        leaps=0.3,
        legato=1.2,
        gain_db=0.0,
    ),
    layers=(
        Layer(
            role="pad",
            instruments=("warm_pad", "choir_pad", "sweep_pad", "synth_strings", "halo_pad"),
            writer="pad",
            low=48,
            high=74,
            size=4,
            spread="open",
            legato=1.1,
            gain_db=1.5,
        ),
        Layer(
            role="bass",
            instruments=("synth_bass", "warm_pad", "contrabass"),
            writer="bass",
            patterns={COMMON: ("R---", "R-5-"), SIX: ("R-",)},
            low=28,
            high=50,
            chance=0.85,
            legato=1.0,
            gain_db=-2.0,
        ),
        Layer(
            role="arpeggio",
            instruments=("harp", "kalimba", "electric_piano", "music_box", "new_age_pad"),
            writer="arpeggio",
            patterns={
                COMMON: ("0-1-2-3-", "0..2..1...3..2..", "0---2---"),
                SIX: ("0-12-3", "0--2--"),
            },
            low=57,
            high=84,
            size=4,
            chance=0.55,
            legato=1.8,
            gain_db=-4.0,
            pan=-0.35,
        ),
    ),
    drums=(
        Drums(
            kits=("tr808_kit", "electronic_kit"),
            grooves={
                COMMON: (
                    {
                        "kick": "x.........o.....",
                        "rim": "........o.......",
                        "shaker": "..o...o...o...o.",
                    },
                    {"kick": "x.......x.......", "hat": "....o.......o..g"},
                ),
                SIX: ({"kick": "x.....", "shaker": "..o..o"},),
            },
            fills="none",
            chance=0.2,
            crash=False,
            gain_db=-6.0,
        ),
    ),
    sections={"A": "drift", "B": "rise", "C": "clearing"},
    energy=0.36,
    arcs={"arch": 2.0, "steady": 2.0, "fade": 1.0, "build": 1.0},
    tightness=0.4,
    ritard=0.1,
    reverb=(0.6, 0.85),
    brightness=(0.3, 0.5),
)

CHILL = (LOFI, CHIPTUNE, AMBIENT_STYLE)
