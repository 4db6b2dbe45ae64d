"""Metal."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony import METAL
from musiclm.corpus.craft.rhythms import RIFF, RIFF_ENDS

STYLE = Style(
    name="metal",
    tempo=(92.0, 192.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.2, "phrygian": 1.0},
    harmony=METAL,
    melody=Melody(
        instruments=("distortion_guitar", "overdriven_guitar", "saw_lead", "choir_aahs"),
        cells={COMMON: (*RIFF[COMMON], "xxxxxxxx", "x-xxx-xxx-xxx-x-")},
        cadences=RIFF_ENDS,
        low=62,
        high=84,
        leaps=0.15,
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("distortion_guitar",),
            writer="chords",
            patterns={
                COMMON: (
                    "XooXooXoXooXooXo",
                    "XxxxXxxxXxxxXxxx",
                    "X-xxX-xxX-xxX-xx",
                    "X---..xxX---xxxx",
                    "XooXooXooXooX-X-",
                )
            },
            low=38,
            high=62,
            size=3,
            spread="power",
            legato=0.8,
            pan=-0.6,
        ),
        Layer(
            role="chords",
            instruments=("distortion_guitar", "overdriven_guitar"),
            writer="chords",
            patterns={COMMON: ("X-------X-------", "X--X--X-X--X--X-", "X---------------")},
            low=40,
            high=65,
            size=3,
            spread="power",
            pan=0.6,
        ),
        Layer(
            role="bass",
            instruments=("finger_bass",),
            writer="bass",
            patterns={COMMON: ("RRRRRRRR", "RrrRrrRrRrrRrrRr", "R-RRR-RR", "RrrrRrrrRrrrRrrr")},
            low=28,
            high=48,
            legato=0.9,
            gain_db=1.0,
        ),
        Layer(
            role="pad",
            instruments=("choir_aahs", "string_ensemble", "church_organ"),
            writer="pad",
            low=52,
            high=74,
            enter=0.7,
            chance=0.3,
            gain_db=-4.0,
        ),
    ),
    drums=(
        Drums(
            kits=("power_kit", "standard_kit"),
            grooves={
                COMMON: (
                    {
                        "kick": "XxxxXxxxXxxxXxxx",
                        "snare": "....X.......X...",
                        "ride": "X.x.X.x.X.x.X.x.",
                    },
                    {
                        "kick": "X..X..X.X..X..X.",
                        "snare": "....X.......X...",
                        "hat": "X...X...X...X...",
                    },
                    {
                        "kick": "X.x.X.x.X.x.X.x.",
                        "snare": "..X...X...X...X.",
                        "crash!0.8": "X.......X.......",
                        "hat": "x.x.x.x.x.x.x.x.",
                    },
                    {
                        "kick": "X.....xxX.....xx",
                        "snare": "........X.......",
                        "china": "X...X...X...X...",
                    },
                )
            },
            chance=1.0,
            gain_db=1.0,
        ),
    ),
    energy=0.82,
    arcs={"steady": 2.0, "build": 1.0, "waves": 1.0},
    tightness=0.8,
    ritard=0.08,
    reverb=(0.08, 0.2),
    brightness=(0.5, 0.7),
    extras={"drive": 0.5},
)
