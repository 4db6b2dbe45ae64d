"""Celtic."""

from musiclm.corpus.craft.blocks import COMMON, SIX, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony_art import FOLK
from musiclm.corpus.craft.rhythms import REEL, REEL_ENDS

STYLE = Style(
    name="celtic",
    tempo=(84.0, 148.0),
    metres={COMMON: 1.0, SIX: 1.4},
    modes={"dorian": 1.0, "mixolydian": 1.0, "major": 1.0, "minor": 0.6},
    harmony=FOLK,
    melody=Melody(
        instruments=("violin", "recorder", "flute", "piccolo", "accordion", "harp"),
        cells=REEL,
        cadences=REEL_ENDS,
        low=64,
        high=86,
        leaps=0.22,
        ornament=0.3,
        legato=0.85,
    ),
    layers=(
        Layer(
            role="pad",
            instruments=("accordion", "string_ensemble", "church_organ"),
            writer="drone",
            low=43,
            high=62,
            chance=0.6,
            gain_db=-4.0,
        ),
        Layer(
            role="chords",
            instruments=("steel_guitar", "banjo", "harp"),
            writer="chords",
            patterns={COMMON: ("X-x-x-xoX-x-x-xo", "X--x--x-X--x--x-"), SIX: ("X-xX-x", "X-xXxx")},
            low=48,
            high=72,
            size=4,
            strum=0.012,
            pan=-0.3,
            gain_db=-3.0,
        ),
        Layer(
            role="counter",
            instruments=("cello", "viola"),
            writer="counter",
            low=48,
            high=67,
            chance=0.4,
            pan=0.3,
        ),
        Layer(
            role="bass",
            instruments=("acoustic_bass", "cello", "contrabass"),
            writer="bass",
            patterns={COMMON: ("R---5---", "R---8---"), SIX: ("R--5--", "R-----")},
            low=31,
            high=55,
            chance=0.75,
        ),
    ),
    drums=(
        Drums(
            kits=("orchestra_kit", "standard_kit"),
            grooves={
                COMMON: (
                    {"low": "X..x..x.X..x..xo", "tambourine": "....x.......x..."},
                    {"low": "X.ooX.ooX.ooX.xx", "tambourine": "..x...x...x...x."},
                ),
                SIX: ({"low": "X.ox.o", "tambourine": "...x.."}, {"low": "XooXox"}),
            },
            fills="none",
            chance=0.55,
            crash=False,
        ),
    ),
    sections={"A": "tune", "B": "turn", "C": "bridge"},
    energy=0.6,
    tightness=0.45,
    ritard=0.1,
    reverb=(0.25, 0.45),
    brightness=(0.5, 0.7),
)
