"""Cool jazz: brushes, a muted trumpet or a vibraphone, chords that float, room between notes."""

from musiclm.corpus.craft.blocks import COMMON, FIVE, WALTZ, Drums, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.lines import Idiom, heads_and_solos
from musiclm.corpus.styles.jazz_blues._banks import COOL
from musiclm.corpus.styles.jazz_blues._rhythm import comp, two_then_four

_HEAD = Idiom(
    starts=("x-", ".x", "xx"),
    middles={"x-": 4.0, "--": 3.0, "xx": 3.0, "-x": 2.0, ".x": 1.0},
    ends=("x-", "--", "x-"),
    phrase=(4, 6),
    rests=(1, 2),
    chromatic=0.04,
    turns=0.35,
    legato=0.96,
)
_SOLO = Idiom(
    starts=("x-", ".x", "xx"),
    middles={"x-": 3.0, "--": 1.5, "xx": 6.0, "-x": 1.5, ".x": 1.0},
    ends=("x-", "xx", "--"),
    phrase=(4, 8),
    rests=(1, 3),
    chromatic=0.08,
    turns=0.3,
    legato=0.94,
)

STYLE = Style(
    name="cool jazz",
    tempo=(84.0, 144.0),
    metres={COMMON: 2.0, FIVE: 1.5, WALTZ: 1.0},
    modes={"dorian": 1.5, "major": 1.0, "minor": 0.8},
    harmony=COOL,
    plans=(
        "intro head ending",
        "intro head solo ending",
        "intro head bridge head solo ending",
        "intro head head bridge head solo solo head ending",
        "intro head bridge head solo solo answer solo head bridge head ending",
    ),
    stretches={
        "intro": Stretch("A", 4, energy=-0.12, tune=False),
        "head": Stretch("A", 8, energy=-0.04),
        "bridge": Stretch("B", 8, energy=0.04),
        "solo": Stretch("A", 8, energy=0.08),
        "answer": Stretch("B", 8, energy=0.02),
        "ending": Stretch("", 2, energy=-0.1),
    },
    melody=Melody(
        instruments=("muted_trumpet", "vibraphone", "muted_trumpet"),
        cells={
            COMMON: ("x---x-x-",),
            FIVE: ("x---x-x---",),
            WALTZ: ("x---x-",),
        },
        cadences={COMMON: ("x-x-----",), FIVE: ("x-x-------",), WALTZ: ("x-----",)},
        low=61,
        high=82,
        writer=heads_and_solos(_HEAD, _SOLO, solos=("solo", "answer")),
        gain_db=3.0,
        pan=0.15,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("acoustic_bass",),
            writer=two_then_four,
            patterns={
                COMMON: ("R---5---", "R---R-5-", "R---3-5-"),
                FIVE: ("R--5--R-5-", "R--R--5-7-", "R-5-8-R-5-"),
                WALTZ: ("R-----", "R---5-"),
            },
            low=28,
            high=53,
            legato=0.95,
            gain_db=2.5,
        ),
        Layer(
            role="chords",
            instruments=("vibraphone", "jazz_guitar"),
            writer=comp(
                {
                    4: ("X-------", "..X-----", "X-----x-", "...X----", "X--x----", "...X--P-"),
                    5: ("X--x--X---", "X-----X---", "..X---x---", "X--x------"),
                    3: ("X-----", "..X---", "X--x--", "..x-x-"),
                },
                held=0.5,
            ),
            low=49,
            high=69,
            size=4,
            spread="rootless",
            strum=0.0,
            legato=0.95,
            pan=-0.35,
            gain_db=0.0,
        ),
        Layer(
            role="counter",
            instruments=("baritone_sax", "french_horn"),
            writer="counter",
            low=48,
            high=66,
            chance=0.5,
            gain_db=-1.0,
            pan=0.4,
            only=("bridge", "answer"),
        ),
    ),
    drums=(
        Drums(
            kits=("brush_kit",),
            grooves={
                COMMON: (
                    {"snare": "x.oox.oo", "pedal": "..x...x.", "kick!0.5": "o......."},
                    {"ride": "o.oox.oo", "pedal": "..x...x.", "snare": "..g..g.."},
                ),
                FIVE: (
                    {"ride": "x..xx.x.x.", "pedal": "....x...x.", "kick": "o..o..o..."},
                    {"snare": "x.oox.o.x.", "pedal": "......x...", "kick": "o.....o..."},
                ),
                WALTZ: (
                    {"ride": "x.x.xo", "pedal": "..x...", "snare": "....g."},
                    {"snare": "x.oxo.", "pedal": "..x...", "kick": "o....."},
                ),
            },
            fills="soft",
            crash=False,
            gain_db=-1.0,
        ),
    ),
    phrase_bars=8,
    energy=0.42,
    swing=(0.3, 0.8),
    tightness=0.3,
    ritard=0.12,
    reverb=(0.25, 0.42),
    brightness=(0.3, 0.45),
    treatments={"natural": 6.0, "roomy": 2.0, "dark": 1.5, "lo-fi tape": 0.5},
    moods={
        "relaxed": 2.0,
        "contemplative": 2.0,
        "mysterious": 1.5,
        "nostalgic": 1.5,
        "sensual": 1.5,
        "lonely": 1.5,
        "cold": 1.5,
        "aggressive": 0.05,
        "angry": 0.05,
        "frantic": 0.05,
        "festive": 0.1,
        "heroic": 0.1,
        "euphoric": 0.1,
        "triumphant": 0.1,
    },
)
