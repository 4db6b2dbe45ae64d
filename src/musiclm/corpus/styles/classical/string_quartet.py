"""String quartet."""

from musiclm.corpus.craft.blocks import COMMON, SIX, WALTZ, Layer, Melody, Style
from musiclm.corpus.craft.harmony_art import CLASSICAL
from musiclm.corpus.craft.rhythms import LYRICAL, LYRICAL_ENDS

STYLE = Style(
    name="string quartet",
    tempo=(60.0, 144.0),
    metres={COMMON: 3.0, WALTZ: 2.0, SIX: 1.0},
    modes={"major": 1.0, "minor": 1.0},
    harmony=CLASSICAL,
    melody=Melody(
        instruments=("violin", "violin", "violin", "viola", "cello"),
        cells=LYRICAL,
        cadences=LYRICAL_ENDS,
        low=64,
        high=88,
        leaps=0.2,
        ornament=0.05,
        pan=-0.35,
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("violin",),
            writer="inner1",
            patterns={
                COMMON: ("x---x---", ".x.x.x.x", "x-xxx-xx", "xxxxxxxx", "x-------"),
                WALTZ: (".-x-x-", "x-----", "..x-x-", "x-xxxx"),
                SIX: ("x--x--", ".xx.xx", "xxxxxx"),
            },
            low=55,
            high=79,
            pan=-0.12,
            gain_db=1.0,
        ),
        Layer(
            role="chords",
            instruments=("viola",),
            writer="inner0",
            patterns={
                COMMON: ("x---x---", ".x.x.x.x", "x-------", "x-xxx-xx"),
                WALTZ: ("..x-x-", "x-----", "x-x-x-"),
                SIX: ("x--x--", ".xx.xx", "x-----"),
            },
            low=48,
            high=72,
            pan=0.12,
            gain_db=1.0,
        ),
        Layer(
            role="bass",
            instruments=("cello",),
            writer="bass",
            patterns={
                COMMON: ("R---5---", "R-------", "R-5-8-5a", "R-.-5-a-"),
                WALTZ: ("R-----", "R---a-", "R-5-8-"),
                SIX: ("R--5--", "R-----"),
            },
            low=36,
            high=57,
            pan=0.35,
            gain_db=1.0,
        ),
    ),
    sections={"A": "theme", "B": "answer", "C": "minore"},
    energy=0.5,
    tightness=0.2,
    ritard=0.2,
    reverb=(0.35, 0.5),
    brightness=(0.4, 0.6),
)
