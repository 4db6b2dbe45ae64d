"""March."""

from musiclm.corpus.craft.blocks import COMMON, SIX, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony_art import CLASSICAL
from musiclm.corpus.craft.rhythms import MARTIAL, MARTIAL_ENDS

STYLE = Style(
    name="march",
    tempo=(74.0, 146.0),
    metres={COMMON: 3.0, SIX: 1.0},
    modes={"major": 1.6, "minor": 0.8},
    harmony=CLASSICAL,
    melody=Melody(
        instruments=("trumpet", "piccolo", "brass_section", "clarinet", "french_horn", "trombone"),
        cells=MARTIAL,
        cadences=MARTIAL_ENDS,
        low=60,
        high=81,
        leaps=0.3,
        legato=0.75,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("tuba", "trombone", "contrabass"),
            writer="bass",
            patterns={COMMON: ("R-..5-..", "R.5.8.5.", "R.5.R.5a"), SIX: ("R-.5-.", "R..5..")},
            low=29,
            high=53,
            legato=0.7,
            gain_db=2.0,
        ),
        Layer(
            role="chords",
            instruments=("french_horn", "trombone", "brass_section", "clarinet"),
            writer="chords",
            patterns={
                COMMON: (".x.x.x.x", "..x...x.", ".x.xxx.x"),
                SIX: ("..x..x", ".xx.xx"),
            },
            low=52,
            high=72,
            legato=0.55,
            pan=-0.25,
        ),
        Layer(
            role="counter",
            instruments=("trombone", "french_horn", "bassoon"),
            writer="counter",
            low=48,
            high=67,
            enter=0.5,
            chance=0.6,
            pan=0.3,
            gain_db=1.0,
        ),
        Layer(
            role="arpeggio",
            instruments=("piccolo", "flute", "glockenspiel"),
            writer="arpeggio",
            patterns={COMMON: ("0.12..10....2.1.", "2-1-0-1-"), SIX: ("012210", "0.12..")},
            low=74,
            high=93,
            enter=0.66,
            chance=0.45,
            legato=0.6,
            gain_db=-5.0,
        ),
    ),
    drums=(
        Drums(
            kits=("orchestra_kit", "standard_kit"),
            grooves={
                COMMON: (
                    {
                        "kick": "X.......X.......",
                        "snare": "x..oxoxox..oxooo",
                        "crash!0.7": "X...............",
                    },
                    {"kick": "X...x...X...x...", "snare": "..o.x.oo..o.x.ox"},
                    {"kick": "X.......X.......", "snare": "xooxxooxxooxx.x."},
                ),
                SIX: ({"kick": "X..x..", "snare": "x.oxoo", "crash!0.7": "X....."},),
            },
            fills="march",
            chance=0.85,
            gain_db=-1.0,
        ),
    ),
    sections={"A": "march", "B": "second strain", "C": "trio"},
    energy=0.7,
    tightness=0.6,
    ritard=0.05,
    reverb=(0.2, 0.4),
    brightness=(0.5, 0.7),
)
