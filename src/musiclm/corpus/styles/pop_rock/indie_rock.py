"""Indie rock: two chiming clean guitars, a bass that sings, dancing hats, a hook up high."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Stretch, Style
from musiclm.corpus.styles.pop_rock._banks import INDIE
from musiclm.corpus.styles.pop_rock._kit import by_section

_VERSE = (
    {"kick": "X.......X.x.....", "snare": "....x.......x...", "hat": "x.o.x.o.x.o.x.oo"},
    {"kick": "X...X...X...X...", "snare": "....x.......x...", "hat": "..X...X...X...X."},
    {"kick": "X..x..x...x.....", "snare": "....x.......x..g", "hat": "xoxoxoxoxoxoxoxo"},
)
_CHORUS = (
    {
        "kick": "X...X...X...X...",
        "snare": "....X.......X...",
        "open": "..X...X...X...X.",
        "tambourine": "xoxoxoxoxoxoxoxo",
    },
    {
        "kick": "X..x..x.X..x....",
        "snare": "....X.......X...",
        "ride": "X.x.X.x.X.x.X.x.",
        "tambourine": "....X.......X...",
    },
)
_BREAK = (
    {"kick": "X.......X.......", "tambourine": "x.o.x.o.x.o.x.o."},
    {"floor": "x..x..x.x..x..x.", "tambourine": "....x.......x..."},
)

STYLE = Style(
    name="indie rock",
    tempo=(112.0, 156.0),
    metres={COMMON: 1.0},
    modes={"major": 1.6, "minor": 1.0, "mixolydian": 0.6},
    harmony=INDIE,
    plans=(
        "intro verse chorus ending",
        "intro verse chorus verse chorus ending",
        "intro verse hook verse chorus ending",
        "intro verse chorus verse chorus break bridge chorus ending",
        "intro verse verse chorus hook verse chorus bridge chorus chorus ending",
        "intro verse chorus hook verse chorus break chorus+2 hook ending",
        "intro verse verse chorus hook verse verse chorus break"
        " bridge chorus hook verse break bridge chorus chorus ending",
    ),
    stretches={
        "intro": Stretch("E", 4, energy=-0.12, tune=False),
        "verse": Stretch("A", 8, energy=-0.08),
        "chorus": Stretch("B", 8, energy=0.14),
        "hook": Stretch("E", 4, energy=0.04),
        "break": Stretch("E", 4, energy=-0.25, swell=0.15),
        "bridge": Stretch("C", 8, energy=-0.04, swell=0.22),
        "ending": Stretch("", 2, energy=-0.02),
    },
    melody=Melody(
        instruments=("clean_guitar", "synth_voice", "square_lead"),
        cells={
            COMMON: (
                "x-x-x--x--x-x---",
                "..x-x-x-x--x--x-",
                "x--x--x-x-------",
                "x-----x-x-x-x---",
                "x-x-x-x---x-x-x-",
                "..x---x---x-x---",
                "x--x--x--x--x-x-",
                "x---x---x-x---x-",
                "xxx-x-x-x-------",
            )
        },
        cadences={COMMON: ("x--x--x---------", "x-x-x-----------", "x---x-----......")},
        low=64,
        high=84,
        leaps=0.28,
        legato=0.9,
        gain_db=2.0,
    ),
    layers=(
        Layer(
            role="arpeggio",
            instruments=("clean_guitar",),
            writer="arpeggio",
            patterns={
                COMMON: (
                    "0213021302130213",
                    "3-2-1-3-2-1-3-2-",
                    "0-3-2-3-1-3-2-3-",
                    "0123021301230213",
                    "3-.3-.3-3-.2-.2-",
                )
            },
            low=55,
            high=81,
            size=4,
            legato=1.2,
            pan=-0.55,
            gain_db=2.0,
        ),
        Layer(
            role="chords",
            instruments=("clean_guitar",),
            patterns={
                COMMON: (
                    "X-.xX-.x.xX-x-xo",
                    "..X-..X-..X-..Xx",
                    "XoxoXoxoXoxoXoxo",
                    "X--x--x-X--x--x-",
                )
            },
            low=52,
            high=76,
            size=4,
            strum=0.008,
            legato=0.6,
            pan=0.55,
            gain_db=0.5,
            without=("intro", "break"),
        ),
        Layer(
            role="chords",
            instruments=("overdriven_guitar",),
            patterns={COMMON: ("X-------X-------", "XxxxxxxxXxxxxxxx", "X-----X-----X---")},
            low=43,
            high=67,
            size=3,
            spread="power",
            gain_db=-3.0,
            chance=0.6,
            only=("chorus", "bridge"),
        ),
        Layer(
            role="bass",
            instruments=("picked_bass", "fretless_bass"),
            writer="bass",
            patterns={
                COMMON: (
                    "R-R-R-R-5-5-8-a-",
                    "R--R--8-R--5--a-",
                    "R-8-R-8-R-8-5-a-",
                    "R---R-3-5---3-a-",
                )
            },
            low=30,
            high=55,
            legato=0.9,
            gain_db=0.0,
            without=("break",),
        ),
        Layer(
            role="pad",
            instruments=("reed_organ", "poly_pad", "drawbar_organ"),
            writer="pad",
            low=57,
            high=79,
            chance=0.6,
            gain_db=-3.0,
            only=("chorus", "bridge", "break"),
        ),
        Layer(
            role="counter",
            instruments=("glockenspiel",),
            writer="arpeggio",
            patterns={COMMON: ("2---1---3---1---", "3-----2-----1---", "2--1--3---------")},
            low=76,
            high=96,
            size=3,
            chance=0.5,
            gain_db=-2.0,
            pan=0.25,
            only=("hook", "chorus", "ending"),
        ),
    ),
    drums=(
        Drums(
            kits=("standard_kit",),
            grooves={COMMON: (*_VERSE, *_CHORUS)},
            writer=by_section(
                {COMMON: {"chorus": _CHORUS, "hook": _CHORUS, "break": _BREAK, "": _VERSE}}
            ),
            without=("intro",),
            gain_db=-1.5,
        ),
    ),
    energy=0.62,
    tightness=0.45,
    ritard=0.05,
    reverb=(0.2, 0.4),
    brightness=(0.55, 0.75),
    treatments={"natural": 5.0, "roomy": 2.0, "lo-fi tape": 1.5, "bright": 1.0},
    moods={
        "carefree": 1.5,
        "nostalgic": 1.5,
        "bittersweet": 2.0,
        "restless": 1.5,
        "wistful": 1.5,
        "quirky": 1.5,
        "uplifting": 1.5,
        "menacing": 0.1,
        "aggressive": 0.2,
        "solemn": 0.2,
        "eerie": 0.2,
        "majestic": 0.3,
    },
)
