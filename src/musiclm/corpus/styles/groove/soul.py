"""Soul: a backbeat with tambourine, horns that answer, a bass that sings, a last chorus higher."""

from musiclm.corpus.craft.blocks import (
    COMMON,
    TWELVE,
    Drums,
    Groove,
    Layer,
    Melody,
    Stretch,
    Style,
)
from musiclm.corpus.craft.harmony import Bank

_HARMONY: Bank = {
    "major": {
        "A": (
            "I | iii7 | IVmaj7 | V",
            "I | vi7 | ii7 | V7sus4 V7",
            "I | I7 | IV | iv6",
            "Imaj7 | ii7 | iii7 | IVmaj7 V",
            "I | IV I/3 | ii7 | V7sus4",
        ),
        "B": (
            "IV | I/3 | ii7 V7 | I I7",
            "vi7 | II7 | ii7 | V7",
            "IVmaj7 | V | iii7 | vi7",
            "IV | #ivo7 | I/5 VI7 | ii7 V7",
        ),
        "C": ("bVI | bVII | I | I", "iii7 | VI7 | ii7 | V7sus4 V7", "iv7 | bVII7 | I | V7"),
        "end": ("IV V7", "ii7 V7sus4", "IV iv6"),
        "final": ("I", "I6"),
    },
    "minor": {
        "A": (
            "i7 | iv7 | i7 | v7",
            "i | i/b7 | bVImaj7 | V7",
            "i7 | bIIImaj7 | iv7 | V7s9",
        ),
        "B": (
            "bVImaj7 | bVII | i7 | i7",
            "iv7 | bVII7 | bIIImaj7 | V7",
            "iv7 | i7 | bVImaj7 | V7s9",
        ),
        "C": ("bIIImaj7 | iv7 | bVImaj7 | V7",),
        "end": ("V7s9", "iv7 V7"),
        "final": ("i7", "i"),
    },
}
_GROOVES: tuple[Groove, ...] = (
    {
        "kick": "X.....x.X.x.....",
        "snare": "....X.......X...",
        "hat": "x.x.x.x.x.x.x.x.",
        "tambourine": "....X.......X...",
    },
    {
        # All four beats on the snare, as dance floors of the sixties had it.
        "kick": "X.x.....X.x.....",
        "snare": "X...X...X...X...",
        "tambourine": "x.x.X.x.x.x.X.x.",
    },
    {
        "kick": "X..x..x...x.....",
        "snare": "....X..g....X.g.",
        "ride": "x.x.x.x.x.x.x.x.",
        "tambourine": "....X.......X...",
    },
)
_SLOW: tuple[Groove, ...] = (
    {
        "kick": "X....xx.....",
        "snare": "...X.....X..",
        "hat": "xoxxoxxoxxox",
        "tambourine": "...x.....x..",
    },
    {
        "kick": "X.....x....x",
        "rim": "...X.....X..",
        "ride": "x.xx.xx.xx.x",
        "tambourine": "...x.....x..",
    },
)

STYLE = Style(
    name="soul",
    tempo=(66.0, 124.0),
    metres={COMMON: 3.0, TWELVE: 1.0},
    modes={"major": 1.6, "minor": 0.7},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("tenor_sax", "tenor_sax", "trumpet", "voice_oohs"),
        cells={
            COMMON: (
                "x---x-x-",
                "x--x--x---x-x---",
                "..x-x-x-",
                "x-----x-x---x---",
                "x--xx-x-",
                "..x---x---x--x--",
                "x-xx--x-x-------",
                ".xxxx---",
            ),
            TWELVE: ("x--x-xx--x--", "x-xx-xx-----", "...x-xx-xx--", "x--xxxx-----"),
        },
        cadences={
            COMMON: ("x--x--x---------", "x-x-x---", "x-------"),
            TWELVE: ("x--x--x-----", "x-xx-xx-----"),
        },
        scale="pentatonic",
        low=55,
        high=75,
        leaps=0.2,
        ornament=0.2,
        gain_db=3.0,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("finger_bass",),
            writer="bass",
            patterns={
                COMMON: (
                    "R-.R..5-8-.7..5a",
                    "R-.RR-5-..8-7-5a",
                    "R--R--5-8--5--3a",
                    "R...R.5.8...3.5a",
                ),
                TWELVE: ("R--..5R--5-a", "R-...RR--3-a"),
            },
            low=28,
            high=50,
            legato=0.85,
            gain_db=3.0,
        ),
        Layer(
            role="chords",
            instruments=("acoustic_grand_piano",),
            writer="chords",
            patterns={
                COMMON: ("X---x---X---x---", "x.x.x.x.x.x.x.x.", "X--x--x-X--x--x-"),
                TWELVE: ("xxxxxxxxxxxx", "X-xX-xX-xX-x"),
            },
            low=55,
            high=76,
            size=3,
            legato=0.8,
            pan=-0.3,
            gain_db=2.5,
        ),
        Layer(
            role="chords",
            instruments=("clean_guitar",),
            writer="chords",
            patterns={
                COMMON: ("....X.......X...", "....X.......X..x"),
                TWELVE: ("...X.....X..",),
            },
            low=60,
            high=79,
            size=3,
            strum=0.006,
            legato=0.4,
            pan=0.45,
            gain_db=6.0,
        ),
        Layer(
            role="pad",
            instruments=("drawbar_organ",),
            writer="pad",
            low=52,
            high=72,
            size=3,
            gain_db=3.5,
            chance=0.8,
            pan=0.2,
        ),
        Layer(
            role="counter",
            instruments=("brass_section",),
            writer="chords",
            patterns={
                COMMON: (
                    "..........X..X..|X-------........",
                    "X.......X-......|..........X.X.X.",
                    "............X.X.|X--X............",
                ),
                TWELVE: (".........X.X|X-----......", "......X-X---|............"),
            },
            low=57,
            high=77,
            size=4,
            legato=0.7,
            gain_db=3.0,
            only=("intro", "chorus", "ending"),
        ),
        Layer(
            role="pad",
            instruments=("string_ensemble",),
            writer="pad",
            low=64,
            high=86,
            size=2,
            chance=0.6,
            gain_db=-0.5,
            only=("chorus", "bridge"),
        ),
    ),
    drums=(
        Drums(
            kits=("standard_kit",),
            grooves={COMMON: _GROOVES, TWELVE: _SLOW},
            fills="rock",
            chance=1.0,
            gain_db=-0.5,
        ),
    ),
    energy=0.6,
    swing=(0.0, 0.3),
    swing_unit=0.25,
    tightness=0.5,
    ritard=0.08,
    reverb=(0.28, 0.42),
    brightness=(0.3, 0.42),
    extras={"drive": 0.25},
    plans=(
        "intro verse chorus ending",
        "intro verse chorus verse chorus+2 ending",
        "intro verse chorus verse chorus bridge chorus+1 ending",
        "intro verse verse chorus verse chorus bridge chorus chorus+2 ending",
    ),
    stretches={
        "intro": Stretch("A", 2, energy=-0.05, tune=False),
        "verse": Stretch("A", 8, energy=-0.1),
        "chorus": Stretch("B", 8, energy=0.12),
        "bridge": Stretch("C", 4, energy=-0.06, swell=0.15),
        "ending": Stretch("", 2, energy=0.02),
    },
    ending="ring",
    treatments={"natural": 5.0, "lo-fi tape": 1.0, "roomy": 1.5},
    moods={"romantic": 2.0, "happy": 1.5, "hopeful": 1.6, "nostalgic": 1.5, "tense": 0.2},
)
