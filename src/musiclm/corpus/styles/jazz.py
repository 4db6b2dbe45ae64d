"""Swing jazz, bossa nova and slow blues."""

from musiclm.corpus.styles._blocks import COMMON, TWELVE, Drums, Layer, Melody, Style
from musiclm.corpus.styles._harmony import BLUES, BOSSA, JAZZ
from musiclm.corpus.styles._rhythms import (
    RIFF,
    RIFF_ENDS,
    SWING,
    SWING_ENDS,
    SYNCOPATED,
    SYNCOPATED_ENDS,
)

SWING_JAZZ = Style(
    name="swing jazz",
    tempo=(72.0, 196.0),
    metres={COMMON: 1.0},
    modes={"major": 1.3, "minor": 0.9, "dorian": 0.4},
    harmony=JAZZ,
    melody=Melody(
        instruments=(
            "tenor_sax",
            "alto_sax",
            "trumpet",
            "acoustic_grand_piano",
            "jazz_guitar",
            "vibraphone",
            "clarinet",
            "trombone",
        ),
        cells=SWING,
        cadences=SWING_ENDS,
        low=58,
        high=80,
        leaps=0.25,
        chromatic=0.45,
        legato=0.88,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("acoustic_bass",),
            writer="walking",
            low=28,
            high=55,
            legato=0.92,
            gain_db=1.5,
        ),
        Layer(
            role="chords",
            instruments=("acoustic_grand_piano", "electric_piano", "jazz_guitar", "drawbar_organ"),
            writer="chords",
            patterns={
                COMMON: (
                    "X..x....|..x...X.",
                    "...X..x.|X.....x.",
                    "..X....X|...x..x.",
                    "X-.x.X-.|...x.X..",
                    "X..P....|..x....P",
                )
            },
            low=52,
            high=73,
            size=4,
            spread="rootless",
            legato=0.75,
            pan=-0.25,
        ),
    ),
    drums=(
        Drums(
            kits=("jazz_kit", "brush_kit"),
            grooves={
                COMMON: (
                    {
                        "ride": "X..x.oX..x.o",
                        "pedal": "...x.....x..",
                        "kick": "o..o..o..o..",
                        "snare": "..g..g.....g",
                    },
                    {
                        "ride": "X..X..X..X.o|X..x.oX..x.o",
                        "pedal": "...x.....x..",
                        "rim!0.4": ".........x..",
                        "snare": ".....g..g...",
                    },
                    {
                        "ride": "X..x.oX..x.o",
                        "pedal": "...x.....x..",
                        "snare!0.5": "..o........o|.....o..o...",
                        "kick!0.5": ".....o......|...........x",
                    },
                )
            },
            fills="jazz",
            chance=0.85,
            gain_db=-3.0,
        ),
    ),
    phrase_bars=(8, 4),
    sections={"A": "head", "B": "bridge", "C": "solo"},
    energy=0.58,
    swing=(0.6, 1.0),
    tightness=0.3,
    ritard=0.1,
    reverb=(0.15, 0.3),
    brightness=(0.35, 0.55),
)

BOSSA_NOVA = Style(
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

SLOW_BLUES = Style(
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

JAZZ_FAMILY = (SWING_JAZZ, BOSSA_NOVA, SLOW_BLUES)
