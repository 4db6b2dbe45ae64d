"""Bossa nova."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony import BOSSA
from musiclm.corpus.craft.rhythms import (
    SYNCOPATED,
    SYNCOPATED_ENDS,
)

STYLE = Style(
    name="bossa nova",
    tempo=(80.0, 160.0),
    metres={COMMON: 1.0},
    modes={"major": 1.2, "minor": 1.0},
    harmony=BOSSA,
    melody=Melody(
        instruments=(
            "flute",
            "nylon_guitar",
            "tenor_sax",
            "vibraphone",
            "electric_piano",
            "clarinet",
        ),
        cells=SYNCOPATED,
        cadences=SYNCOPATED_ENDS,
        low=60,
        high=82,
        leaps=0.18,
        chromatic=0.2,
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("nylon_guitar",),
            writer="chords",
            patterns={
                COMMON: (
                    "x--x--x---x--x--|..x--x--x--x--P-",
                    "x-..x-.x-.x-..P-",
                    "x--x--x-..x--x--",
                )
            },
            low=48,
            high=70,
            size=4,
            spread="rootless",
            strum=0.004,
            legato=0.8,
            pan=-0.3,
        ),
        Layer(
            role="bass",
            instruments=("acoustic_bass", "finger_bass"),
            writer="bass",
            patterns={COMMON: ("R--5----5--R----", "R-----5-5-----N-", "R--.5---5--.R---")},
            low=29,
            high=53,
        ),
        Layer(
            role="pad",
            instruments=("string_ensemble", "warm_pad"),
            writer="pad",
            low=55,
            high=76,
            size=3,
            spread="rootless",
            chance=0.3,
            enter=0.45,
            gain_db=-5.0,
            pan=0.3,
        ),
        Layer(
            role="counter",
            instruments=("vibraphone", "electric_piano", "trombone"),
            writer="counter",
            low=53,
            high=70,
            chance=0.3,
            pan=0.35,
        ),
    ),
    drums=(
        Drums(
            kits=("jazz_kit", "brush_kit", "standard_kit"),
            grooves={
                COMMON: (
                    {
                        "rim": "x..x..x...x..x..",
                        "kick": "x..xx..xx..xx..x",
                        "hat": "xoxoxoxoxoxoxoxo",
                    },
                    {
                        "rim": "x..x..x...x..x..|..x...x...x..x..",
                        "kick": "x..ox..ox..ox..o",
                        "shaker": "xooxxooxxooxxoox",
                    },
                )
            },
            fills="latin",
            chance=0.8,
            crash=False,
            gain_db=-3.0,
        ),
    ),
    phrase_bars=(8, 4),
    sections={"A": "theme", "B": "bridge", "C": "interlude"},
    energy=0.5,
    tightness=0.4,
    ritard=0.12,
    reverb=(0.18, 0.35),
    brightness=(0.4, 0.55),
)
