"""Swing jazz: a walking bass, a guitar on every beat, a sung head, horns that riff behind."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.lines import Idiom, heads_and_solos, soloist
from musiclm.corpus.craft.rhythms import SWING, SWING_ENDS
from musiclm.corpus.styles.jazz_blues._banks import DANCE_BAND

_SOLO = Idiom(
    starts=("x-", ".x", "xx"),
    middles={"xx": 5.0, "x-": 3.0, "-x": 1.5, ".x": 1.5, "--": 0.5},
    ends=("x-", "xx", "x."),
    phrase=(4, 8),
    rests=(1, 2),
    chromatic=0.12,
    turns=0.3,
    legato=0.9,
)

STYLE = Style(
    name="swing jazz",
    tempo=(108.0, 176.0),
    metres={COMMON: 1.0},
    modes={"major": 1.5, "minor": 0.9, "dorian": 0.3},
    harmony=DANCE_BAND,
    plans=(
        "intro head ending",
        "intro head bridge ending",
        "intro head solo head ending",
        "intro head head bridge head shout ending",
        "intro head bridge head solo trade shout head ending",
        "intro head head bridge head solo solo trade solo shout bridge head+2 ending",
        "intro head head bridge head solo solo trade solo shout trade shout head bridge"
        " head+1 ending",
    ),
    stretches={
        "intro": Stretch("C", 4, energy=-0.06, tune=False),
        "head": Stretch("A", 8, energy=-0.04),
        "bridge": Stretch("B", 8),
        "solo": Stretch("A", 8, energy=0.04),
        "trade": Stretch("B", 8, energy=0.06, tune=False),
        "shout": Stretch("A", 8, energy=0.2),
        "ending": Stretch("", 2, energy=0.04),
    },
    melody=Melody(
        instruments=("clarinet", "tenor_sax", "trombone", "clarinet"),
        cells=SWING,
        cadences=SWING_ENDS,
        low=58,
        high=80,
        leaps=0.25,
        chromatic=0.3,
        legato=0.88,
        writer=heads_and_solos(None, _SOLO),
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
            instruments=("jazz_guitar",),
            patterns={COMMON: ("x.X.x.X.", "X.x.X.x.")},
            low=50,
            high=70,
            size=4,
            strum=0.008,
            legato=0.55,
            pan=-0.4,
            gain_db=2.0,
        ),
        Layer(
            role="chords",
            instruments=("brass_section",),
            patterns={
                COMMON: (
                    "..X..X..|......X.",
                    "X.....X.|...X....",
                    ".X.X....|.X.X..X.",
                    "...X-...|..XX....",
                    "X--X....|........",
                )
            },
            low=52,
            high=76,
            size=4,
            spread="rootless",
            legato=0.6,
            pan=0.3,
            gain_db=1.0,
            only=("intro", "bridge", "solo", "shout", "trade", "ending"),
        ),
        Layer(
            role="lead",
            instruments=("trumpet", "acoustic_grand_piano", "alto_sax"),
            writer=soloist(_SOLO),
            low=60,
            high=80,
            legato=0.88,
            pan=0.15,
            gain_db=3.0,
            only=("trade",),
        ),
        Layer(
            role="counter",
            instruments=("alto_sax", "baritone_sax"),
            writer="counter",
            low=50,
            high=66,
            chance=0.5,
            pan=0.4,
            only=("bridge", "shout"),
        ),
    ),
    drums=(
        Drums(
            kits=("jazz_kit",),
            grooves={
                COMMON: (
                    {
                        "ride": "X.XxX.Xx",
                        "pedal": "..x...x.",
                        "kick": "o.o.o.o.",
                        "snare!0.5": ".....g.g",
                    },
                    {"hat": "x.oxx.ox", "pedal": "..x...x.", "kick": "o.o.o.o.", "rim": "......x."},
                    {
                        "ride": "X.XxX.Xx",
                        "pedal": "..x...x.",
                        "kick": "x.o.x.o.",
                        "snare!0.6": ".....o..|...o...o",
                    },
                )
            },
            fills="jazz",
            gain_db=-1.0,
        ),
    ),
    phrase_bars=8,
    energy=0.6,
    swing=(0.65, 1.0),
    tightness=0.4,
    ritard=0.08,
    reverb=(0.15, 0.3),
    brightness=(0.4, 0.55),
    treatments={"natural": 6.0, "lo-fi tape": 2.0, "roomy": 1.5, "dry": 0.7},
    moods={
        "happy": 1.5,
        "playful": 1.5,
        "festive": 2.0,
        "nostalgic": 2.0,
        "confident": 2.0,
        "groovy": 1.5,
        "carefree": 1.5,
        "menacing": 0.1,
        "eerie": 0.05,
        "spiritual": 0.1,
        "aggressive": 0.1,
        "bleak": 0.1,
        "ominous": 0.1,
        "solemn": 0.1,
    },
)
