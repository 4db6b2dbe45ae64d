"""Swing jazz."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony import JAZZ
from musiclm.corpus.craft.rhythms import (
    SWING,
    SWING_ENDS,
)

STYLE = Style(
    name="swing jazz",
    tempo=(72.0, 196.0),
    metres={COMMON: 1.0},
    modes={"major": 1.3, "minor": 0.9, "dorian": 0.4},
    harmony=JAZZ,
    melody=Melody(
        instruments=(
            "tenor_sax",
            "alto_sax",
            "trumpet",
            "acoustic_grand_piano",
            "jazz_guitar",
            "vibraphone",
            "clarinet",
            "trombone",
        ),
        cells=SWING,
        cadences=SWING_ENDS,
        low=58,
        high=80,
        leaps=0.25,
        chromatic=0.45,
        legato=0.88,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("acoustic_bass",),
            writer="walking",
            low=28,
            high=55,
            legato=0.92,
            gain_db=1.5,
        ),
        Layer(
            role="chords",
            instruments=("acoustic_grand_piano", "electric_piano", "jazz_guitar", "drawbar_organ"),
            writer="chords",
            patterns={
                COMMON: (
                    "X..x....|..x...X.",
                    "...X..x.|X.....x.",
                    "..X....X|...x..x.",
                    "X-.x.X-.|...x.X..",
                    "X..P....|..x....P",
                )
            },
            low=52,
            high=73,
            size=4,
            spread="rootless",
            legato=0.75,
            pan=-0.25,
        ),
    ),
    drums=(
        Drums(
            kits=("jazz_kit", "brush_kit"),
            grooves={
                COMMON: (
                    {
                        "ride": "X..x.oX..x.o",
                        "pedal": "...x.....x..",
                        "kick": "o..o..o..o..",
                        "snare": "..g..g.....g",
                    },
                    {
                        "ride": "X..X..X..X.o|X..x.oX..x.o",
                        "pedal": "...x.....x..",
                        "rim!0.4": ".........x..",
                        "snare": ".....g..g...",
                    },
                    {
                        "ride": "X..x.oX..x.o",
                        "pedal": "...x.....x..",
                        "snare!0.5": "..o........o|.....o..o...",
                        "kick!0.5": ".....o......|...........x",
                    },
                )
            },
            fills="jazz",
            chance=0.85,
            gain_db=-3.0,
        ),
    ),
    phrase_bars=(8, 4),
    sections={"A": "head", "B": "bridge", "C": "solo"},
    energy=0.58,
    swing=(0.6, 1.0),
    tightness=0.3,
    ritard=0.1,
    reverb=(0.15, 0.3),
    brightness=(0.35, 0.55),
)
