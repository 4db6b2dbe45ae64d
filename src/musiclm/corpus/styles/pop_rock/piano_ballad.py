"""Piano ballad."""

from musiclm.corpus.craft.blocks import COMMON, SIX, WALTZ, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony import BALLAD
from musiclm.corpus.craft.rhythms import LYRICAL, LYRICAL_ENDS

STYLE = Style(
    name="piano ballad",
    tempo=(54.0, 112.0),
    metres={COMMON: 4.0, SIX: 1.0, WALTZ: 1.0},
    modes={"major": 1.4, "minor": 1.0},
    harmony=BALLAD,
    melody=Melody(
        instruments=(
            "acoustic_grand_piano",
            "acoustic_grand_piano",
            "violin",
            "flute",
            "cello",
            "clarinet",
            "oboe",
            "soprano_sax",
        ),
        cells=LYRICAL,
        cadences=LYRICAL_ENDS,
        low=62,
        high=84,
        leaps=0.2,
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("acoustic_grand_piano",),
            writer="arpeggio",
            patterns={
                COMMON: ("0-1-2-3-2-1-2-1-", "0-1-2---1-2---1-", "01232123", "0-2-3-2-1-2-3-2-"),
                WALTZ: ("0-1-2-3-2-1-", "012321", "0---1-2-1-2-"),
                SIX: ("012321", "013212"),
            },
            low=46,
            high=74,
            size=4,
            legato=1.4,
        ),
        Layer(
            role="bass",
            instruments=("acoustic_grand_piano",),
            writer="bass",
            patterns={
                COMMON: ("R-------5-------", "R---------------", "R-----5-8-------"),
                WALTZ: ("R-----", "R---5-"),
                SIX: ("R-----", "R--5--"),
            },
            low=31,
            high=55,
            legato=1.0,
            gain_db=-2.0,
        ),
        Layer(
            role="pad",
            instruments=("string_ensemble", "warm_pad"),
            writer="pad",
            low=50,
            high=74,
            enter=0.62,
            chance=0.45,
            gain_db=-3.0,
        ),
        Layer(
            role="counter",
            instruments=("cello", "viola", "french_horn"),
            writer="counter",
            low=48,
            high=65,
            enter=0.55,
            chance=0.3,
            pan=0.25,
        ),
    ),
    drums=(
        Drums(
            kits=("brush_kit", "standard_kit"),
            grooves={
                COMMON: (
                    {
                        "kick": "x.......x.o.....",
                        "rim": "....x.......x...",
                        "hat": "o.o.o.o.o.o.o.o.",
                    },
                    {
                        "kick": "x.....x.x.......",
                        "snare": "....o.......o..g",
                        "ride": "o...o...o...o...",
                    },
                ),
                WALTZ: ({"kick": "x.....", "rim": "..x.x.", "hat": "o.o.o."},),
                SIX: ({"kick": "x..", "snare": "...o..", "hat": "oooooo"},),
            },
            fills="soft",
            chance=0.22,
            crash=False,
            gain_db=-4.0,
        ),
    ),
    energy=0.5,
    tightness=0.25,
    ritard=0.25,
    reverb=(0.3, 0.5),
)
