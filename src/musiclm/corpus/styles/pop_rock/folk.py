"""Folk: picked guitars, a tune anyone can sing, no drum kit, a hand drum at most."""

from musiclm.corpus.craft.blocks import COMMON, SIX, WALTZ, Drums, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.rhythms import LYRICAL, LYRICAL_ENDS
from musiclm.corpus.styles.pop_rock._banks import FIRESIDE
from musiclm.corpus.styles.pop_rock._players import answer

STYLE = Style(
    name="folk",
    tempo=(72.0, 132.0),
    metres={COMMON: 3.0, WALTZ: 1.5, SIX: 1.0},
    modes={"major": 1.5, "minor": 0.8, "mixolydian": 0.5, "dorian": 0.6},
    harmony=FIRESIDE,
    plans=(
        "intro verse refrain ending",
        "intro verse verse ending",
        "intro verse verse refrain verse ending",
        "intro verse verse refrain verse refrain ending",
        "intro verse refrain verse refrain interlude verse refrain ending",
        "intro verse verse interlude verse verse bridge verse ending",
        "intro verse refrain verse refrain interlude verse"
        " bridge verse refrain interlude verse refrain ending",
    ),
    stretches={
        "intro": Stretch("A", 2, energy=-0.1, tune=False),
        "verse": Stretch("A", 8, energy=-0.05),
        "refrain": Stretch("B", 8, energy=0.12),
        "interlude": Stretch("A", 4, energy=-0.12, tune=False),
        "bridge": Stretch("C", 8, energy=0.0),
        "ending": Stretch("", 2, energy=-0.1),
    },
    melody=Melody(
        instruments=("harmonica", "harmonica", "recorder", "accordion"),
        cells=LYRICAL,
        cadences=LYRICAL_ENDS,
        scale="pentatonic",
        leaps=0.1,
        low=62,
        high=82,
        ornament=0.08,
    ),
    layers=(
        Layer(
            role="arpeggio",
            instruments=("steel_guitar",),
            writer="arpeggio",
            patterns={
                COMMON: (
                    "0-2-1-2-0-2-1-3-",
                    "0-3-1-2-0-3-1-2-",
                    "0-213-210-213-21",
                    "0-1-2-3-1-2-3-2-",
                ),
                WALTZ: ("0-1-2-1-2-1-", "012321", "0-2-3-2-1-2-"),
                SIX: ("012312", "021321", "012321"),
            },
            low=43,
            high=72,
            size=4,
            legato=1.2,
            pan=-0.35,
            gain_db=3.0,
        ),
        Layer(
            role="chords",
            instruments=("steel_guitar",),
            patterns={
                COMMON: ("X---x-xo.-x-x-xo", "X---x---X-x-.xx-", "X-x-x-x-X-x-x-xo"),
                WALTZ: ("X-x-xo", "X-xox-"),
                SIX: ("X-xx-x", "X-xxox"),
            },
            low=47,
            high=72,
            size=5,
            strum=0.016,
            pan=0.35,
            gain_db=0.0,
            without=("intro", "interlude"),
        ),
        Layer(
            role="bass",
            instruments=("acoustic_bass",),
            writer="bass",
            patterns={
                COMMON: ("R-------5-------", "R-------5-----a-", "R-----R-5-------"),
                WALTZ: ("R-----", "R---5-"),
                SIX: ("R--5--", "R--5-a"),
            },
            low=31,
            high=52,
            chance=0.7,
            without=("intro",),
        ),
        Layer(
            role="counter",
            instruments=("dulcimer", "cello"),
            writer=answer(
                {4: ("....x-xx", "....xxx-", "......xx"), 3: ("..x-xx", "..xxx-"), 2: ("...xxx",)}
            ),
            low=55,
            high=74,
            chance=0.5,
            pan=0.2,
            gain_db=1.0,
            only=("verse", "refrain"),
        ),
    ),
    percussion=(
        Drums(
            kits=("hand_drums",),
            role="percussion",
            grooves={
                COMMON: (
                    {"conga_low": "x.......x.x.....", "tambourine": "....o.......o..."},
                    {"bongo_low": "x.....o.x.......", "shaker": "o.o.o.o.o.o.o.o."},
                ),
                WALTZ: ({"conga_low": "x.....", "tambourine": "..o.o."},),
                SIX: ({"conga_low": "x..o..", "tambourine": "...o..", "shaker": "oooooo"},),
            },
            fills="none",
            chance=0.5,
            crash=False,
            gain_db=-3.0,
            without=("intro", "interlude"),
        ),
    ),
    phrase_bars=8,
    energy=0.5,
    tightness=0.3,
    ritard=0.15,
    reverb=(0.06, 0.18),
    brightness=(0.5, 0.68),
    treatments={"natural": 6.0, "dry": 1.0, "roomy": 1.5, "lo-fi tape": 1.0},
    moods={
        "warm": 2.0,
        "wistful": 1.5,
        "peaceful": 1.5,
        "nostalgic": 1.5,
        "gentle": 1.5,
        "carefree": 1.5,
        "lonely": 1.5,
        "aggressive": 0.05,
        "menacing": 0.1,
        "frantic": 0.1,
        "angry": 0.2,
        "groovy": 0.3,
        "euphoric": 0.3,
    },
)
