"""Pop ballad: electric piano and strings, a big slow beat, and the last chorus a step higher."""

from musiclm.corpus.craft.blocks import (
    COMMON,
    TWELVE,
    Drums,
    Layer,
    Melody,
    Stretch,
    Style,
)
from musiclm.corpus.craft.rhythms import LYRICAL_ENDS
from musiclm.corpus.styles.pop_rock._banks import POWER_BALLAD
from musiclm.corpus.styles.pop_rock._kit import by_section
from musiclm.corpus.styles.pop_rock._players import answer

_QUIET_FOUR = {"kick": "x.....x.x.......", "rim": "....x.......x...", "hat": "o.o.o.o.o.o.o.o."}
_BIG_FOUR = (
    {"kick": "X......xX.x.....", "snare": "....X.......X...", "hat": "x.o.x.o.x.o.x.o."},
    {"kick": "X.....x.X.......", "snare": "....X.......X..g", "ride": "x.o.x.o.x.o.x.o."},
    {"kick": "X..x....X.x.....", "snare": "....X.......X...", "hat": "xooxxooxxooxxoox"},
)
_QUIET_TWELVE = {"kick": "x.....x.....", "rim": "...x.....x..", "hat": "oooooooooooo"}
_BIG_TWELVE = ({"kick": "X....xX.....", "snare": "...X.....X..", "hat": "xooxooxooxoo"},)

STYLE = Style(
    name="pop ballad",
    tempo=(60.0, 92.0),
    metres={COMMON: 4.0, TWELVE: 1.0},
    modes={"major": 1.6, "minor": 1.0},
    harmony=POWER_BALLAD,
    plans=(
        "intro verse chorus ending",
        "intro verse climb chorus ending",
        "intro verse chorus verse chorus ending",
        "intro verse climb chorus verse climb chorus bridge chorus+2 ending",
        "intro verse chorus verse chorus solo chorus+2 chorus ending",
        "intro verse verse climb chorus verse climb chorus solo bridge chorus+1 chorus ending",
    ),
    stretches={
        "intro": Stretch("", 4, energy=-0.12, tune=False),
        "verse": Stretch("A", 8, energy=-0.12),
        "climb": Stretch("D", 4, energy=0.0, swell=0.12),
        "chorus": Stretch("B", 8, energy=0.18),
        "bridge": Stretch("C", 8, energy=-0.02, swell=0.25),
        "solo": Stretch("C", 8, energy=0.16),
        "ending": Stretch("", 2, energy=-0.14),
    },
    melody=Melody(
        instruments=("voice_oohs", "soprano_sax", "voice_oohs", "alto_sax"),
        cells={
            COMMON: (
                "..x-x-xxx-x-x---",
                "x---x-x-x--x--x-",
                "x--x--x---x-x-x-",
                "..x-xxx-x-------",
                "x-x-x-x-x---x-x-",
                "x-----x-x--x--x-",
                "..xxx-x-x-----x-",
                "x---------x-x-x-",
            ),
            TWELVE: (
                "x--x-xx--x--",
                "x-xx-xx-----",
                "...x-xx-xx--",
                "x-----x-xx-x",
                "xxxx--x--x-x",
                "x-xx--x-x---",
            ),
        },
        cadences={
            COMMON: (*LYRICAL_ENDS[COMMON], "x-x-x-----------", "..x-x-x---------"),
            TWELVE: LYRICAL_ENDS[TWELVE],
        },
        low=63,
        high=83,
        leaps=0.22,
        ornament=0.1,
        legato=0.97,
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("fm_electric_piano",),
            patterns={
                COMMON: (
                    "X---x---x---x-x-",
                    "X-----x-x---x---",
                    "X---x---X-----x-",
                    "X-x-x-x-X-x-x-x-",
                ),
                TWELVE: ("x--x--x--x--", "X-xx-xX-xx-x", "X-----x--x--"),
            },
            low=45,
            high=69,
            size=4,
            legato=1.1,
            pan=-0.15,
            gain_db=0.0,
        ),
        Layer(
            role="arpeggio",
            instruments=("clean_guitar", "steel_guitar"),
            writer="arpeggio",
            patterns={
                COMMON: ("0-2-1-3-2-1-3-2-", "--0-1-2---3-2-1-", "0-1-2-3-2-1-2-3-"),
                TWELVE: ("012321012321", "021321021321"),
            },
            low=52,
            high=76,
            size=4,
            legato=1.3,
            pan=0.4,
            without=("intro",),
            chance=0.8,
        ),
        Layer(
            role="bass",
            instruments=("fretless_bass", "finger_bass"),
            writer="bass",
            patterns={
                COMMON: ("R-----R-5-----a-", "R-------R---5-a-", "R-----5-R-------"),
                TWELVE: ("R-----R--5-a", "R-----5--R--"),
            },
            low=29,
            high=50,
            without=("intro",),
        ),
        Layer(
            role="pad",
            instruments=("slow_strings", "string_ensemble"),
            writer="pad",
            low=52,
            high=79,
            size=4,
            gain_db=-1.5,
            only=("climb", "chorus", "bridge", "solo", "ending"),
        ),
        Layer(
            role="counter",
            instruments=("overdriven_guitar", "french_horn", "overdriven_guitar"),
            writer=answer({4: ("........x-xxx-x-", "......x-x-x-x---", "........xxxxx---")}),
            low=57,
            high=76,
            chance=0.7,
            gain_db=-1.0,
            pan=0.3,
            only=("chorus", "solo", "bridge"),
        ),
    ),
    drums=(
        Drums(
            kits=("power_kit", "standard_kit"),
            grooves={
                COMMON: (_QUIET_FOUR, *_BIG_FOUR),
                TWELVE: (_QUIET_TWELVE, *_BIG_TWELVE),
            },
            writer=by_section(
                {
                    COMMON: {"verse": (_QUIET_FOUR,), "climb": (_QUIET_FOUR,), "": _BIG_FOUR},
                    TWELVE: {"verse": (_QUIET_TWELVE,), "climb": (_QUIET_TWELVE,), "": _BIG_TWELVE},
                }
            ),
            without=("intro",),
            gain_db=-0.5,
        ),
    ),
    phrase_bars=8,
    energy=0.58,
    tightness=0.5,
    ritard=0.2,
    reverb=(0.35, 0.55),
    brightness=(0.5, 0.65),
    treatments={"natural": 6.0, "roomy": 2.0, "bright": 1.0},
    moods={
        "romantic": 2.5,
        "sentimental": 2.0,
        "longing": 2.0,
        "hopeful": 1.5,
        "bittersweet": 1.5,
        "uplifting": 1.5,
        "angry": 0.1,
        "aggressive": 0.05,
        "menacing": 0.05,
        "eerie": 0.1,
        "frantic": 0.05,
    },
)
