"""Country: two-step bass, a train of brushes, picked guitar, a fiddle that answers the tune."""

from musiclm.corpus.craft.blocks import COMMON, WALTZ, Drums, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.lines import Idiom, soloist
from musiclm.corpus.styles.pop_rock._banks import COUNTRY
from musiclm.corpus.styles.pop_rock._kit import by_section
from musiclm.corpus.styles.pop_rock._players import answer

_TRAIN = (
    {"kick": "X...x...X...x...", "snare": "oxoxXoxoxoxoXoxo"},
    {"kick": "X...x...X...x...", "snare": "ooxoXoxoooxoXoxx", "pedal": "....x.......x..."},
)
_TWO_STEP = (
    {"kick": "x.......x.......", "snare": "....x.......x...", "hat": "x.o.x.o.x.o.x.o."},
    {"kick": "x.....o.x.......", "rim": "....X.......X...", "hat": "x.x.x.x.x.x.x.x."},
)
_WALTZ = (
    {"kick": "x.....", "rim": "..x.x.", "hat": "o.o.o."},
    {"kick": "x.....", "snare": "..o.o.", "pedal": "..x.x."},
)

_PICKING = Idiom(
    starts=("x-", "xx", ".x"),
    middles={"xx": 6.0, "x-": 1.5, ".x": 1.0, "x-xx": 1.5},
    ends=("x-", "xx", "x."),
    phrase=(4, 8),
    rests=(0, 1),
    chromatic=0.08,
    turns=0.35,
    legato=0.8,
)

STYLE = Style(
    name="country",
    tempo=(88.0, 136.0),
    metres={COMMON: 4.0, WALTZ: 1.0},
    modes={"major": 3.0, "mixolydian": 0.6, "minor": 0.4},
    harmony=COUNTRY,
    plans=(
        "intro verse chorus ending",
        "intro verse chorus solo chorus ending",
        "intro verse chorus verse chorus solo chorus ending",
        "intro verse verse chorus verse chorus solo chorus+2 ending",
        "intro verse chorus solo verse chorus bridge chorus+2 tag ending",
        "intro verse verse chorus solo verse chorus bridge solo verse chorus tag ending",
    ),
    stretches={
        "intro": Stretch("", 4, energy=-0.04, tune=False),
        "verse": Stretch("A", 8, energy=-0.06),
        "chorus": Stretch("B", 8, energy=0.1),
        "solo": Stretch("A", 8, energy=0.04, tune=False),
        "bridge": Stretch("C", 8, energy=-0.02),
        "tag": Stretch("B", 4, energy=0.06),
        "ending": Stretch("", 2),
    },
    melody=Melody(
        instruments=("steel_guitar", "harmonica", "fiddle"),
        cells={
            COMMON: (
                "x---x-x-",
                "x-x-x-xx",
                "xxx-x-x-",
                "x--xx-x-",
                "..x-x-x-",
                "x-xxx---",
                "x-x-x---",
                ".xxxx-x-",
                "xxx-xxx-",
            ),
            WALTZ: ("x---x-", "x-x-x-", "x--xx-", "x-xxx-", "xxx-x-", "x-----"),
        },
        cadences={COMMON: ("x-x-x---", "x-x-....", "xxx-x..."), WALTZ: ("x-x---", "x-----")},
        scale="pentatonic",
        low=60,
        high=81,
        leaps=0.2,
        ornament=0.25,
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("steel_guitar",),
            patterns={
                COMMON: (".-x-.-x-", ".-xx.-xx", ".-xo.-xx"),
                WALTZ: (".-x-x-", ".-xxx-"),
            },
            low=52,
            high=74,
            size=4,
            strum=0.012,
            legato=0.7,
            pan=-0.35,
            gain_db=2.0,
        ),
        Layer(
            role="bass",
            instruments=("finger_bass", "acoustic_bass"),
            writer="bass",
            patterns={
                COMMON: ("R-.-5-.-", "R-.-5-aa", "R-.-5-.-|R-.-5-aa"),
                WALTZ: ("R---..", "R---5-"),
            },
            low=28,
            high=50,
            legato=0.85,
            gain_db=1.5,
        ),
        Layer(
            role="arpeggio",
            instruments=("clean_guitar",),
            writer="arpeggio",
            patterns={
                COMMON: ("0.2.1.3.0.2.1.2.", "..1.2.3...1.2.1.", "0.2310.20.2310.2"),
                WALTZ: ("0.2.1.3.2.1.", "..1.2.1.2.1."),
            },
            low=55,
            high=79,
            size=4,
            legato=0.45,
            pan=0.45,
            gain_db=5.0,
        ),
        Layer(
            role="counter",
            instruments=("fiddle",),
            writer=answer(
                {
                    4: ("....xxxx", "....x-xx", "........xxxxx-x-", "......xx"),
                    3: ("..xxxx", "..x-xx"),
                },
                every=2,
            ),
            low=64,
            high=86,
            pan=0.3,
            gain_db=2.0,
            only=("verse", "chorus", "bridge", "ending"),
        ),
        Layer(
            role="lead",
            instruments=("clean_guitar", "fiddle", "honky_tonk_piano"),
            writer=soloist(_PICKING),
            low=60,
            high=82,
            gain_db=3.0,
            only=("solo",),
        ),
        Layer(
            role="chords",
            instruments=("honky_tonk_piano",),
            patterns={
                COMMON: ("..x...x.", "x-.xx-.x", "........x-x-x-xx"),
                WALTZ: ("..x.x.",),
            },
            low=60,
            high=81,
            size=3,
            legato=0.7,
            chance=0.5,
            gain_db=-1.0,
            pan=-0.1,
            only=("chorus", "solo", "tag", "ending"),
        ),
    ),
    drums=(
        Drums(
            kits=("brush_kit", "standard_kit"),
            grooves={COMMON: (*_TRAIN, *_TWO_STEP), WALTZ: _WALTZ},
            writer=by_section(
                {COMMON: {"": (*_TRAIN, *_TWO_STEP)}, WALTZ: {"": _WALTZ}}, "soft", crash=False
            ),
        ),
    ),
    phrase_bars=8,
    energy=0.6,
    tightness=0.5,
    ritard=0.08,
    reverb=(0.1, 0.25),
    brightness=(0.55, 0.72),
    treatments={"natural": 6.0, "dry": 2.0, "bright": 1.0, "roomy": 1.0},
    moods={
        "happy": 1.5,
        "carefree": 2.0,
        "cheerful": 1.5,
        "lonely": 1.5,
        "longing": 1.5,
        "confident": 1.5,
        "nostalgic": 1.5,
        "eerie": 0.05,
        "menacing": 0.1,
        "ominous": 0.1,
        "magical": 0.2,
        "hypnotic": 0.2,
        "frantic": 0.2,
        "cold": 0.2,
    },
)
