"""Reggae."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony import ROCK
from musiclm.corpus.craft.rhythms import RIFF, RIFF_ENDS, SYNCOPATED

STYLE = Style(
    name="reggae",
    tempo=(62.0, 116.0),
    metres={COMMON: 1.0},
    modes={"major": 1.2, "minor": 1.0, "mixolydian": 0.5},
    harmony=ROCK,
    melody=Melody(
        instruments=(
            "drawbar_organ",
            "trombone",
            "clean_guitar",
            "tenor_sax",
            "harmonica",
            "flute",
        ),
        cells={COMMON: (*SYNCOPATED[COMMON], *RIFF[COMMON][:4])},
        cadences=RIFF_ENDS,
        scale="pentatonic",
        low=60,
        high=79,
        legato=0.85,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("finger_bass",),
            writer="bass",
            patterns={
                COMMON: (
                    "R-..R-5-..8-5-3-",
                    "....R-3-5---R-..",
                    "R--R--5-..3-R-..",
                    "R-..5-R-..R-3-5-",
                )
            },
            low=28,
            high=50,
            gain_db=3.0,
        ),
        Layer(
            role="chords",
            instruments=("clean_guitar",),
            writer="chords",
            patterns={COMMON: ("..X...X...X...X.", "..Xo..X...Xo..X.")},
            low=57,
            high=77,
            size=3,
            strum=0.004,
            legato=0.45,
            pan=0.4,
        ),
        Layer(
            role="chords",
            instruments=("drawbar_organ", "electric_piano"),
            writer="chords",
            patterns={COMMON: ("..xx.xx...xx.xx.", ".x.x.x.x.x.x.x.x", "..x-..x-..x-..x-")},
            low=52,
            high=72,
            legato=0.55,
            pan=-0.4,
            chance=0.85,
            gain_db=-1.0,
        ),
        Layer(
            role="counter",
            instruments=("brass_section", "trombone"),
            writer="counter",
            low=53,
            high=70,
            enter=0.6,
            chance=0.4,
        ),
    ),
    drums=(
        Drums(
            kits=("standard_kit",),
            grooves={
                COMMON: (
                    # One drop: nothing on one, everything on three.
                    {
                        "kick": "........X.......",
                        "rim": "........X.....g.",
                        "hat": "x.xox.xox.xox.xo",
                    },
                    # Rockers and steppers.
                    {
                        "kick": "X.......X.......",
                        "rim": "....x..o....x...",
                        "hat": "x.xox.xox.xoxoxo",
                    },
                    {
                        "kick": "X...X...X...X...",
                        "rim": "........X..o..o.",
                        "hat": "x.xox.xox.xox.xo",
                    },
                )
            },
            fills="latin",
            chance=0.95,
        ),
    ),
    percussion=(
        Drums(
            kits=("standard_kit",),
            grooves={COMMON: ({"bongo": "..x...xx..x...x."}, {"shaker": "xoxoxoxoxoxoxoxo"})},
            fills="none",
            chance=0.3,
            crash=False,
            gain_db=-6.0,
            role="percussion",
        ),
    ),
    energy=0.56,
    swing=(0.2, 0.7),
    swing_unit=0.25,
    tightness=0.5,
    ritard=0.06,
    reverb=(0.2, 0.4),
    brightness=(0.35, 0.55),
)
