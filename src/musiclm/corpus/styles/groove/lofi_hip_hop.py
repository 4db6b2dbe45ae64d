"""Lofi hip hop."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony import JAZZ
from musiclm.corpus.craft.rhythms import (
    SYNCOPATED,
    SYNCOPATED_ENDS,
)

STYLE = Style(
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
