"""Metal: riffs that guitars and bass play as one, double kick, dark modes, a solo in sixteenths."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.rhythms import RIFF, RIFF_ENDS
from musiclm.corpus.styles.pop_rock._banks import HEAVY
from musiclm.corpus.styles.pop_rock._kit import by_section
from musiclm.corpus.styles.pop_rock._players import riff, shred

_RIFF = (
    {"kick": "XooXooXoXooXooXo", "snare": "....X.......X...", "open": "X...X...X...X..."},
    {"kick": "X.o.X.o.X.o.X.o.", "snare": "..X...X...X...X.", "hat": "x.x.x.x.x.x.x.x."},
    {"kick": "XoooXoooXoooXooo", "snare": "........X.......", "china": "X...X...X...X..."},
)
_CHORUS = (
    {"kick": "XoooXoooXoooXooo", "snare": "....X.......X...", "ride": "X.x.X.x.X.x.X.x."},
    {"kick": "XoooXoooXoooXooo", "snare": "........X.......", "crash": "X.......X......."},
)
_SOLO = (
    {"kick": "XoooXoooXoooXooo", "snare": "....X.......X...", "bell": "X...X...X...X..."},
    {"kick": "X.o.X.o.X.o.X.o.", "snare": ".X.X.X.X.X.X.X.X", "ride": "X.X.X.X.X.X.X.X."},
)
_HALF = ({"kick": "X.....xxX.....xx", "snare": "........X.......", "china": "X...X...X...X..."},)

STYLE = Style(
    name="metal",
    tempo=(100.0, 186.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.2, "phrygian": 1.0, "harmonic minor": 1.0},
    harmony=HEAVY,
    plans=(
        "intro riff verse chorus ending",
        "intro verse chorus solo chorus ending",
        "intro riff verse chorus half solo chorus ending",
        "intro riff verse riff chorus verse chorus half solo chorus riff ending",
        "intro riff verse chorus riff verse chorus solo half chorus ending",
        "intro verse chorus riff verse chorus half solo chorus chorus ending",
        "intro riff verse verse chorus riff verse chorus half"
        " solo solo riff verse chorus half chorus riff ending",
    ),
    stretches={
        "intro": Stretch("A", 4, energy=-0.05, tune=False),
        "riff": Stretch("A", 4, energy=0.0, tune=False),
        "verse": Stretch("A", 8, energy=-0.04),
        "chorus": Stretch("B", 8, energy=0.12),
        "half": Stretch("C", 4, energy=-0.05),
        "solo": Stretch("E", 8, energy=0.14, tune=False),
        "ending": Stretch("", 2, energy=0.1),
    },
    melody=Melody(
        instruments=("distortion_guitar",),
        cells={
            COMMON: (
                *RIFF[COMMON],
                "x---x---x-x-x---",
                "x-----x-x-------",
                "x-xxx-xxx-xxx-x-",
            )
        },
        cadences=RIFF_ENDS,
        low=62,
        high=84,
        leaps=0.15,
        gain_db=2.0,
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("distortion_guitar",),
            writer=riff,
            low=40,
            high=66,
            size=3,
            legato=0.9,
            pan=-0.75,
            gain_db=2.0,
        ),
        Layer(
            role="chords",
            instruments=("distortion_guitar", "overdriven_guitar"),
            writer=riff,
            low=40,
            high=66,
            size=3,
            legato=0.9,
            pan=0.75,
            gain_db=2.0,
        ),
        Layer(
            role="bass",
            instruments=("picked_bass",),
            writer=riff,
            low=28,
            high=50,
            size=1,
            legato=0.95,
            gain_db=3.5,
        ),
        Layer(
            role="lead",
            instruments=("distortion_guitar",),
            writer=shred,
            low=62,
            high=86,
            gain_db=2.0,
            pan=0.1,
            only=("solo",),
        ),
        Layer(
            role="pad",
            instruments=("choir_aahs", "string_ensemble"),
            writer="pad",
            low=52,
            high=74,
            chance=0.6,
            gain_db=0.0,
            only=("chorus", "half", "solo", "ending"),
        ),
    ),
    drums=(
        Drums(
            kits=("standard_kit",),
            grooves={COMMON: (*_RIFF, *_CHORUS)},
            writer=by_section(
                {COMMON: {"chorus": _CHORUS, "solo": _SOLO, "half": _HALF, "": _RIFF}}
            ),
            gain_db=-3.0,
        ),
    ),
    energy=0.86,
    arcs={"steady": 2.0, "build": 1.0},
    tightness=0.85,
    ritard=0.0,
    reverb=(0.06, 0.18),
    brightness=(0.35, 0.52),
    extras={"drive": 0.5},
    ending="cold",
    treatments={"natural": 6.0, "dark": 2.0, "dry": 1.0},
    moods={
        "aggressive": 4.0,
        "angry": 3.0,
        "menacing": 3.0,
        "dark": 2.0,
        "epic": 2.0,
        "heroic": 1.5,
        "defiant": 2.0,
        "desperate": 1.5,
        "carefree": 0.05,
        "peaceful": 0.02,
        "serene": 0.02,
        "gentle": 0.02,
        "tender": 0.02,
        "warm": 0.05,
        "relaxed": 0.02,
        "calm": 0.05,
        "playful": 0.1,
        "cheerful": 0.1,
        "sensual": 0.05,
        "romantic": 0.1,
        "dreamy": 0.1,
    },
)
