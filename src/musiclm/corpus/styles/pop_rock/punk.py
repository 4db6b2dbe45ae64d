"""Punk: downstrokes from the first beat to the last, few notes shouted, over before long."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Stretch, Style
from musiclm.corpus.styles.pop_rock._banks import PUNK
from musiclm.corpus.styles.pop_rock._kit import by_section

_VERSE = (
    {"kick": "X..xX..x", "snare": "..X...X.", "hat": "XxXxXxXx"},
    {"kick": "X.x.X.x.", "snare": ".X.X.X.X", "hat": "X.X.X.X."},
    {"kick": "X...X.x.", "snare": "..X...X.", "open": "X.X.X.X."},
)
_CHORUS = (
    {"kick": "X..xX..x", "snare": "..X...X.", "ride": "XxXxXxXx", "crash!0.7": "X......."},
    {"kick": "X.x.X.x.", "snare": ".X.X.X.X", "crash": "X...X..."},
)
_BREAK = ({"floor": "XxxxXxxx", "kick": "X...X..."}, {"floor": "XxxXxxXx", "snare": "......X."})

STYLE = Style(
    name="punk",
    tempo=(160.0, 200.0),
    metres={COMMON: 1.0},
    modes={"major": 2.0, "minor": 1.0},
    harmony=PUNK,
    plans=(
        "count verse chorus verse chorus ending",
        "intro verse chorus break chorus ending",
        "count verse chorus verse chorus break chorus ending",
        "count verse verse chorus verse chorus solo chorus chorus ending",
        "intro verse chorus verse chorus break verse chorus+2 chorus ending",
        "intro verse verse chorus verse verse chorus solo"
        " break verse chorus solo chorus+2 chorus chorus ending",
    ),
    stretches={
        "count": Stretch("A", 2, tune=False),
        "intro": Stretch("B", 4, tune=False),
        "verse": Stretch("A", 8, energy=-0.02),
        "chorus": Stretch("B", 8, energy=0.1),
        "break": Stretch("C", 4, energy=-0.12, swell=0.2),
        "solo": Stretch("B", 8, energy=0.08),
        "ending": Stretch("", 2, energy=0.1),
    },
    melody=Melody(
        instruments=("charang_lead", "distortion_guitar", "charang_lead"),
        cells={
            COMMON: (
                "x-x-x-x-",
                "x-x-xxx-",
                "xxx-x-x-",
                "x-x-x---",
                "..x-x-x-",
                "x--xx-x-",
                "xx.xx.x-",
                "x-xxx-x-",
            )
        },
        cadences={COMMON: ("x-x-x---", "x-x-x-..", "xxx-x-..", "x---x...")},
        scale="pentatonic",
        low=62,
        high=79,
        leaps=0.12,
        legato=0.82,
        gain_db=3.5,
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("distortion_guitar",),
            patterns={COMMON: ("XXXXXXXX", "XxxxXxxx", "XxXxXxXx")},
            low=40,
            high=66,
            size=3,
            spread="power",
            legato=0.82,
            pan=-0.7,
            gain_db=1.5,
            without=("count", "break"),
        ),
        Layer(
            role="chords",
            instruments=("overdriven_guitar",),
            patterns={COMMON: ("XXXXXXXX", "XxxxXxxx", "X-XXX-XX")},
            low=47,
            high=71,
            size=3,
            legato=0.82,
            pan=0.7,
            gain_db=1.5,
            without=("count",),
        ),
        Layer(
            role="bass",
            instruments=("picked_bass",),
            writer="bass",
            patterns={COMMON: ("RRRRRRRR", "RRRRRRRa", "RRRRRRaa")},
            low=28,
            high=48,
            legato=0.85,
            gain_db=2.5,
        ),
    ),
    drums=(
        Drums(
            kits=("standard_kit",),
            grooves={COMMON: (*_VERSE, *_CHORUS)},
            writer=by_section(
                {COMMON: {"chorus": _CHORUS, "solo": _CHORUS, "break": _BREAK, "": _VERSE}}
            ),
            gain_db=-1.0,
        ),
    ),
    energy=0.88,
    arcs={"steady": 3.0, "build": 1.0},
    tightness=0.5,
    ritard=0.0,
    reverb=(0.02, 0.1),
    brightness=(0.68, 0.85),
    extras={"drive": 0.5},
    ending="cold",
    treatments={"natural": 4.0, "dry": 4.0, "bright": 1.0, "lo-fi tape": 0.5},
    moods={
        "rebellious": 4.0,
        "angry": 3.0,
        "defiant": 3.0,
        "energetic": 3.0,
        "restless": 2.0,
        "frantic": 2.0,
        "bold": 2.0,
        "serene": 0.02,
        "peaceful": 0.02,
        "calm": 0.02,
        "gentle": 0.02,
        "tender": 0.02,
        "spiritual": 0.02,
        "romantic": 0.1,
        "dreamy": 0.05,
        "solemn": 0.05,
        "relaxed": 0.05,
        "sensual": 0.05,
        "sad": 0.3,
    },
)
