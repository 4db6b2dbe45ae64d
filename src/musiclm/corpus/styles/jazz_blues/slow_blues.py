"""Slow blues."""

from musiclm.corpus.craft.blocks import COMMON, TWELVE, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony import BLUES
from musiclm.corpus.craft.rhythms import (
    RIFF,
    RIFF_ENDS,
)

STYLE = Style(
    name="slow blues",
    tempo=(50.0, 100.0),
    metres={TWELVE: 3.0, COMMON: 1.0},
    modes={"major": 1.4, "minor": 0.8},
    harmony=BLUES,
    melody=Melody(
        instruments=(
            "overdriven_guitar",
            "clean_guitar",
            "harmonica",
            "tenor_sax",
            "acoustic_grand_piano",
            "rock_organ",
        ),
        cells=RIFF,
        cadences=RIFF_ENDS,
        scale="blues",
        low=57,
        high=79,
        leaps=0.2,
        chromatic=0.15,
        ornament=0.2,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("finger_bass", "acoustic_bass"),
            writer="bass",
            patterns={
                TWELVE: ("R--3--5--3-a", "R--R-r5--5-a", "R-rR--5--7-a"),
                COMMON: ("R-3-5-a-", "R-R-5-7-", "R-8-7-5a"),
            },
            low=28,
            high=55,
        ),
        Layer(
            role="chords",
            instruments=("electric_piano", "acoustic_grand_piano", "drawbar_organ"),
            writer="chords",
            patterns={
                TWELVE: ("x--x--x--x--", "xxxxxxxxxxxx", "...X-....X-.", "X-----..x--."),
                COMMON: (".x.x.x.x", "X---.x-.", "..X-..X-"),
            },
            low=50,
            high=71,
            size=4,
            spread="rootless",
            legato=0.7,
            pan=-0.3,
        ),
        Layer(
            role="chords",
            instruments=("clean_guitar", "jazz_guitar"),
            writer="chords",
            patterns={
                TWELVE: ("...X.....X..", "...x-x...x-x"),
                COMMON: ("..X...X.", "..x-..X."),
            },
            low=52,
            high=74,
            size=3,
            spread="rootless",
            strum=0.008,
            legato=0.5,
            chance=0.55,
            pan=0.4,
        ),
    ),
    drums=(
        Drums(
            kits=("standard_kit", "brush_kit", "jazz_kit"),
            grooves={
                TWELVE: (
                    {"kick": "x.....x..o..", "snare": "...X.....X..", "hat": "xoxxoxxoxxox"},
                    {"kick": "x....xx.....", "snare": "...X....gX..", "ride": "x.xx.xx.xx.x"},
                ),
                COMMON: (
                    {"kick": "x...x..o", "snare": "..X...X.", "hat": "xoxoxoxo"},
                    {"kick": "x..xx...", "snare": "..X..gX.", "ride": "xxxxxxxx"},
                ),
            },
            fills="jazz",
            chance=0.85,
            gain_db=-1.0,
        ),
    ),
    phrase_bars=(12, 8, 4),
    sections={"A": "chorus", "B": "second chorus", "C": "break"},
    forms=("A", "AA", "AAA", "AB", "AAB"),
    energy=0.58,
    swing=(0.0, 0.0),
    tightness=0.3,
    ritard=0.2,
    reverb=(0.18, 0.35),
    brightness=(0.35, 0.55),
)
