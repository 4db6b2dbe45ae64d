"""Lullaby."""

from musiclm.corpus.craft.blocks import COMMON, SIX, WALTZ, Layer, Melody, Style
from musiclm.corpus.craft.harmony_art import FOLK
from musiclm.corpus.craft.rhythms import LYRICAL, LYRICAL_ENDS

STYLE = Style(
    name="lullaby",
    tempo=(56.0, 106.0),
    metres={WALTZ: 2.0, SIX: 2.0, COMMON: 1.0},
    modes={"major": 2.0, "minor": 0.8, "lydian": 0.2},
    harmony=FOLK,
    melody=Melody(
        instruments=("music_box", "celesta", "glockenspiel", "kalimba", "flute", "vibraphone"),
        cells=LYRICAL,
        cadences=LYRICAL_ENDS,
        low=72,
        high=91,
        leaps=0.12,
        legato=1.1,
    ),
    layers=(
        Layer(
            role="arpeggio",
            instruments=("music_box", "harp", "celesta", "nylon_guitar"),
            writer="arpeggio",
            patterns={
                COMMON: ("0-1-2-1-", "0-2-1-2-"),
                WALTZ: ("0-1-2-", "0-2-1-", "012121"),
                SIX: ("0-12-1", "012121"),
            },
            low=55,
            high=79,
            size=3,
            legato=1.3,
        ),
        Layer(
            role="pad",
            instruments=("warm_pad", "string_ensemble", "choir_pad"),
            writer="pad",
            low=48,
            high=69,
            chance=0.6,
            gain_db=-5.0,
        ),
        Layer(
            role="bass",
            instruments=("acoustic_grand_piano", "harp", "pizzicato_strings"),
            writer="bass",
            patterns={COMMON: ("R-------",), WALTZ: ("R-----",), SIX: ("R-----", "R--5--")},
            low=36,
            high=57,
            chance=0.7,
            gain_db=-5.0,
        ),
    ),
    sections={"A": "theme", "B": "answer", "C": "middle"},
    energy=0.36,
    arcs={"steady": 2.0, "arch": 1.0, "fade": 2.0},
    tightness=0.4,
    ritard=0.3,
    reverb=(0.35, 0.55),
    brightness=(0.4, 0.6),
)
