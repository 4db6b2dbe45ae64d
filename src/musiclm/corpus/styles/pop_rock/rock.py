"""Rock: two guitars, a driving eighth-note bass, a straight backbeat, a solo over the riff."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import ROCK
from musiclm.corpus.craft.lines import Idiom, soloist
from musiclm.corpus.craft.rhythms import RIFF, RIFF_ENDS
from musiclm.corpus.styles.pop_rock._kit import by_section
from musiclm.corpus.styles.pop_rock._players import answer

_VERSE = (
    {"kick": "X...x...", "snare": "..X...X.", "hat": "XoxoXoxo"},
    {"kick": "X..xx...", "snare": "..X...X.", "hat": "XoxoXoxo"},
    {"kick": "X.....x.x.x.....", "snare": "....X..g.g..X..g", "hat": "X.x.X.x.X.x.X.x."},
)
_CHORUS = (
    {"kick": "X.....x.x.x.....", "snare": "....X.......X...", "ride": "X.x.X.x.X.x.X.x."},
    {"kick": "X..x..x.x.......", "snare": "....X.......X...", "open": "X...X...X...X..."},
    {
        "kick": "X...x.x.X.x.....",
        "snare": "....X.......X..x",
        "crash": "X.......X.......",
        "open": "....x.......x...",
    },
)
_BREAK = ({"kick": "X.......X.......", "floor": "....x.......x.xx", "pedal": "x...x...x...x..."},)

_SOLO = Idiom(
    starts=("x-", ".x", "xx"),
    middles={"xx": 5.0, "x-": 2.0, "--": 1.0, "xxxx": 1.0, ".x": 1.0},
    ends=("x-", "--", "xx"),
    phrase=(4, 8),
    rests=(0, 1),
    chromatic=0.03,
    turns=0.3,
)

STYLE = Style(
    name="rock",
    tempo=(92.0, 152.0),
    metres={COMMON: 1.0},
    modes={"major": 1.0, "minor": 1.0, "mixolydian": 1.0},
    harmony=ROCK,
    plans=(
        "intro verse chorus ending",
        "intro verse verse chorus ending",
        "intro verse chorus verse chorus ending",
        "intro verse verse chorus verse chorus solo chorus ending",
        "intro verse chorus verse chorus break solo chorus+2 ending",
        "intro verse verse chorus solo verse chorus break verse solo chorus chorus ending",
    ),
    stretches={
        "intro": Stretch("A", 4, energy=-0.04, tune=False),
        "verse": Stretch("A", 8, energy=-0.06),
        "chorus": Stretch("B", 8, energy=0.14),
        "solo": Stretch("A", 8, energy=0.12, tune=False),
        "break": Stretch("C", 4, energy=-0.2, swell=0.25),
        "ending": Stretch("", 2, energy=0.08),
    },
    melody=Melody(
        instruments=("overdriven_guitar", "overdriven_guitar", "rock_organ"),
        cells=RIFF,
        cadences=RIFF_ENDS,
        scale="pentatonic",
        low=60,
        high=82,
        leaps=0.2,
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("overdriven_guitar",),
            patterns={COMMON: ("X-xxX-xx", "XxxxXxxx", "X--X--X-", "X-x-.xX-", "X-------")},
            low=40,
            high=67,
            size=3,
            spread="power",
            legato=0.85,
            pan=-0.5,
            gain_db=0.0,
            without=("break",),
        ),
        Layer(
            role="chords",
            instruments=("clean_guitar", "steel_guitar"),
            patterns={COMMON: ("X---x-x-", "X-x-X-x-", "X--x-xx-", "X-xxx-xx")},
            low=50,
            high=74,
            size=4,
            strum=0.01,
            pan=0.5,
            gain_db=-3.0,
            chance=0.8,
        ),
        Layer(
            role="bass",
            instruments=("finger_bass",),
            writer="bass",
            patterns={COMMON: ("RRRRRRRR", "R-RRR-Ra", "R--R--5a", "R-R-R-5a")},
            low=28,
            high=50,
            legato=0.9,
            gain_db=1.0,
        ),
        Layer(
            role="lead",
            instruments=("overdriven_guitar",),
            writer=soloist(_SOLO),
            low=62,
            high=86,
            gain_db=3.0,
            only=("solo",),
        ),
        Layer(
            role="pad",
            instruments=("rock_organ", "drawbar_organ"),
            writer="pad",
            low=52,
            high=74,
            chance=0.45,
            gain_db=-4.0,
            pan=0.2,
            only=("chorus", "solo", "break", "ending"),
        ),
        Layer(
            role="counter",
            instruments=("overdriven_guitar",),
            writer=answer({4: ("....xxxx", "........xxxxx-x-", "....x-xx")}),
            low=60,
            high=82,
            chance=0.4,
            pan=-0.2,
            only=("verse", "chorus"),
        ),
    ),
    drums=(
        Drums(
            kits=("standard_kit",),
            grooves={COMMON: (*_VERSE, *_CHORUS)},
            writer=by_section(
                {COMMON: {"chorus": _CHORUS, "solo": _CHORUS, "break": _BREAK, "": _VERSE}}
            ),
            gain_db=-0.5,
        ),
    ),
    energy=0.74,
    tightness=0.6,
    ritard=0.06,
    reverb=(0.1, 0.25),
    brightness=(0.5, 0.7),
    treatments={"natural": 6.0, "roomy": 1.5, "bright": 1.0, "dry": 1.0},
    moods={
        "energetic": 2.0,
        "confident": 1.5,
        "rebellious": 1.5,
        "bold": 1.5,
        "determined": 1.5,
        "serene": 0.1,
        "peaceful": 0.1,
        "gentle": 0.1,
        "tender": 0.2,
        "calm": 0.2,
        "sensual": 0.3,
        "eerie": 0.2,
    },
)
