"""Ambient."""

from musiclm.corpus.craft.blocks import COMMON, SIX, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony_art import AMBIENT
from musiclm.corpus.craft.rhythms import (
    SPARSE,
    SPARSE_ENDS,
)

STYLE = Style(
    name="ambient",
    tempo=(48.0, 116.0),
    metres={COMMON: 3.0, SIX: 1.0},
    modes={"lydian": 1.0, "major": 1.0, "minor": 1.0, "dorian": 0.6},
    harmony=AMBIENT,
    melody=Melody(
        instruments=(
            "new_age_pad",
            "electric_piano",
            "vibraphone",
            "pan_flute",
            "celesta",
            "halo_pad",
            "clean_guitar",
            "koto",
        ),
        cells=SPARSE,
        cadences=SPARSE_ENDS,
        scale="pentatonic",
        low=64,
        high=86,
        leaps=0.3,
        legato=1.2,
        gain_db=0.0,
    ),
    layers=(
        Layer(
            role="pad",
            instruments=("warm_pad", "choir_pad", "sweep_pad", "synth_strings", "halo_pad"),
            writer="pad",
            low=48,
            high=74,
            size=4,
            spread="open",
            legato=1.1,
            gain_db=1.5,
        ),
        Layer(
            role="bass",
            instruments=("synth_bass", "warm_pad", "contrabass"),
            writer="bass",
            patterns={COMMON: ("R---", "R-5-"), SIX: ("R-",)},
            low=28,
            high=50,
            chance=0.85,
            legato=1.0,
            gain_db=-2.0,
        ),
        Layer(
            role="arpeggio",
            instruments=("harp", "kalimba", "electric_piano", "music_box", "new_age_pad"),
            writer="arpeggio",
            patterns={
                COMMON: ("0-1-2-3-", "0..2..1...3..2..", "0---2---"),
                SIX: ("0-12-3", "0--2--"),
            },
            low=57,
            high=84,
            size=4,
            chance=0.55,
            legato=1.8,
            gain_db=-4.0,
            pan=-0.35,
        ),
    ),
    drums=(
        Drums(
            kits=("tr808_kit", "electronic_kit"),
            grooves={
                COMMON: (
                    {
                        "kick": "x.........o.....",
                        "rim": "........o.......",
                        "shaker": "..o...o...o...o.",
                    },
                    {"kick": "x.......x.......", "hat": "....o.......o..g"},
                ),
                SIX: ({"kick": "x.....", "shaker": "..o..o"},),
            },
            fills="none",
            chance=0.2,
            crash=False,
            gain_db=-6.0,
        ),
    ),
    sections={"A": "drift", "B": "rise", "C": "clearing"},
    energy=0.36,
    arcs={"arch": 2.0, "steady": 2.0, "fade": 1.0, "build": 1.0},
    tightness=0.4,
    ritard=0.1,
    reverb=(0.6, 0.85),
    brightness=(0.3, 0.5),
)
