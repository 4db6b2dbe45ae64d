"""Folk."""

from musiclm.corpus.craft.blocks import COMMON, SIX, WALTZ, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony_art import FOLK
from musiclm.corpus.craft.rhythms import LYRICAL, LYRICAL_ENDS

STYLE = Style(
    name="folk",
    tempo=(72.0, 138.0),
    metres={COMMON: 3.0, WALTZ: 1.0, SIX: 1.0},
    modes={"major": 1.5, "minor": 0.8, "mixolydian": 0.5, "dorian": 0.4},
    harmony=FOLK,
    melody=Melody(
        instruments=("harmonica", "violin", "flute", "steel_guitar", "accordion", "banjo"),
        cells=LYRICAL,
        cadences=LYRICAL_ENDS,
        scale="pentatonic",
        low=62,
        high=84,
        ornament=0.08,
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("steel_guitar", "nylon_guitar"),
            writer="chords",
            patterns={
                COMMON: ("X---x-xo.-x-x-xo", "X---x---X-x-.xx-", "X-x-x-x-X-x-x-xo"),
                WALTZ: ("X-x-xo", "X-xox-"),
                SIX: ("X-xx-x", "X-xxox"),
            },
            low=45,
            high=70,
            size=5,
            strum=0.014,
            pan=-0.3,
            gain_db=-2.0,
        ),
        Layer(
            role="arpeggio",
            instruments=("nylon_guitar", "banjo", "steel_guitar"),
            writer="arpeggio",
            patterns={
                COMMON: ("0-2-1-2-0-2-1-3-", "0213021302130213", "0-1-2-3-1-2-3-2-"),
                WALTZ: ("0-1-2-1-2-1-", "012321"),
                SIX: ("012312", "021321"),
            },
            low=50,
            high=76,
            size=4,
            chance=0.6,
            pan=0.3,
            gain_db=-1.0,
        ),
        Layer(
            role="bass",
            instruments=("acoustic_bass", "finger_bass"),
            writer="bass",
            patterns={
                COMMON: ("R---5---", "R---5-a-", "R-.R5---"),
                WALTZ: ("R-----", "R---5-"),
                SIX: ("R--5--", "R--5-a"),
            },
            low=31,
            high=55,
            chance=0.8,
        ),
    ),
    drums=(
        Drums(
            kits=("standard_kit", "brush_kit"),
            grooves={
                COMMON: (
                    {
                        "kick": "x.......x.......",
                        "tambourine": "....x.......x.o.",
                        "shaker": "o.o.o.o.o.o.o.o.",
                    },
                    {
                        "kick": "x.....x.x.......",
                        "snare": "....x..g....x...",
                        "shaker": "oooooooooooooooo",
                    },
                ),
                WALTZ: ({"kick": "x.....", "tambourine": "..x.x.", "shaker": "oooooo"},),
                SIX: ({"kick": "x..x..", "tambourine": "..x..x", "shaker": "oooooo"},),
            },
            fills="soft",
            chance=0.45,
            crash=False,
        ),
    ),
    energy=0.55,
    tightness=0.35,
    ritard=0.15,
    reverb=(0.15, 0.35),
    brightness=(0.45, 0.65),
)
