"""Rhythm-section styles: funk, reggae, metal."""

from musiclm.corpus.styles._blocks import COMMON, Drums, Layer, Melody, Style
from musiclm.corpus.styles._harmony import FUNK, METAL, ROCK
from musiclm.corpus.styles._rhythms import HOOK, HOOK_ENDS, RIFF, RIFF_ENDS, SYNCOPATED

FUNK_STYLE = Style(
    name="funk",
    tempo=(80.0, 134.0),
    metres={COMMON: 1.0},
    modes={"dorian": 1.0, "mixolydian": 1.0},
    harmony=FUNK,
    melody=Melody(
        instruments=(
            "alto_sax",
            "trumpet",
            "brass_section",
            "clean_guitar",
            "electric_piano",
            "square_lead",
            "drawbar_organ",
        ),
        cells={COMMON: (*SYNCOPATED[COMMON], *HOOK[COMMON][:4])},
        cadences=HOOK_ENDS,
        scale="pentatonic",
        low=60,
        high=80,
        chromatic=0.2,
        legato=0.7,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("slap_bass", "finger_bass"),
            writer="bass",
            patterns={
                COMMON: (
                    "R..r.8.7..R.r.5a",
                    "R.rR..8.R.7.5.a.",
                    "R..R..r8..7.R.5.",
                    "R...r.R.8..7.5.a",
                )
            },
            low=28,
            high=52,
            legato=0.75,
            gain_db=2.0,
        ),
        Layer(
            role="chords",
            instruments=("clean_guitar",),
            writer="chords",
            patterns={
                COMMON: (
                    "..o.X.ooo.X.oo.o",
                    "o.oXo.oXo.oXo.oX",
                    "..X...o...X..ox.",
                    "ooXooooXooXooXoo",
                )
            },
            low=57,
            high=76,
            size=3,
            spread="rootless",
            strum=0.004,
            legato=0.4,
            pan=0.45,
            gain_db=-1.0,
        ),
        Layer(
            role="chords",
            instruments=("electric_piano", "drawbar_organ"),
            writer="chords",
            patterns={COMMON: ("X..x....X..x..x.", "...X..X....X..X.", "X-----..x..X----")},
            low=52,
            high=72,
            size=4,
            spread="rootless",
            legato=0.6,
            chance=0.75,
            pan=-0.35,
        ),
        Layer(
            role="chords",
            instruments=("brass_section",),
            writer="chords",
            patterns={
                COMMON: ("X...............|..........X..X..", "...X..X.........|X-------........")
            },
            low=57,
            high=77,
            size=4,
            spread="rootless",
            legato=0.6,
            enter=0.62,
            chance=0.6,
            gain_db=-1.0,
        ),
    ),
    drums=(
        Drums(
            kits=("standard_kit", "power_kit"),
            grooves={
                COMMON: (
                    {
                        "kick": "X.x...x..x....x.",
                        "snare": "....X..g.g..X..g",
                        "hat": "xoxoxoxoxoxoxoxo",
                    },
                    {
                        "kick": "X..x..x...x..x..",
                        "snare": ".g..X.g..g.gX...",
                        "hat": "xoxoxoxoxoxoxo..",
                        "open": "..............x.",
                    },
                    {
                        "kick": "X..x..........x.|X.x...x...x.....",
                        "snare": "....X..g.g.gX..g",
                        "hat": "x.xoxoxox.xoxoxo",
                    },
                )
            },
            chance=0.97,
        ),
    ),
    percussion=(
        Drums(
            kits=("standard_kit",),
            grooves={
                COMMON: ({"conga": "x..xx..x", "conga_low": "......x."}, {"cowbell": "x.x.x.xx"})
            },
            fills="none",
            chance=0.3,
            crash=False,
            gain_db=-6.0,
            role="percussion",
        ),
    ),
    energy=0.68,
    swing=(0.0, 0.4),
    swing_unit=0.25,
    tightness=0.65,
    ritard=0.0,
    reverb=(0.08, 0.2),
    brightness=(0.5, 0.7),
)

REGGAE = Style(
    name="reggae",
    tempo=(62.0, 116.0),
    metres={COMMON: 1.0},
    modes={"major": 1.2, "minor": 1.0, "mixolydian": 0.5},
    harmony=ROCK,
    melody=Melody(
        instruments=(
            "drawbar_organ",
            "trombone",
            "clean_guitar",
            "tenor_sax",
            "harmonica",
            "flute",
        ),
        cells={COMMON: (*SYNCOPATED[COMMON], *RIFF[COMMON][:4])},
        cadences=RIFF_ENDS,
        scale="pentatonic",
        low=60,
        high=79,
        legato=0.85,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("finger_bass",),
            writer="bass",
            patterns={
                COMMON: (
                    "R-..R-5-..8-5-3-",
                    "....R-3-5---R-..",
                    "R--R--5-..3-R-..",
                    "R-..5-R-..R-3-5-",
                )
            },
            low=28,
            high=50,
            gain_db=3.0,
        ),
        Layer(
            role="chords",
            instruments=("clean_guitar",),
            writer="chords",
            patterns={COMMON: ("..X...X...X...X.", "..Xo..X...Xo..X.")},
            low=57,
            high=77,
            size=3,
            strum=0.004,
            legato=0.45,
            pan=0.4,
        ),
        Layer(
            role="chords",
            instruments=("drawbar_organ", "electric_piano"),
            writer="chords",
            patterns={COMMON: ("..xx.xx...xx.xx.", ".x.x.x.x.x.x.x.x", "..x-..x-..x-..x-")},
            low=52,
            high=72,
            legato=0.55,
            pan=-0.4,
            chance=0.85,
            gain_db=-1.0,
        ),
        Layer(
            role="counter",
            instruments=("brass_section", "trombone"),
            writer="counter",
            low=53,
            high=70,
            enter=0.6,
            chance=0.4,
        ),
    ),
    drums=(
        Drums(
            kits=("standard_kit",),
            grooves={
                COMMON: (
                    # One drop: nothing on one, everything on three.
                    {
                        "kick": "........X.......",
                        "rim": "........X.....g.",
                        "hat": "x.xox.xox.xox.xo",
                    },
                    # Rockers and steppers.
                    {
                        "kick": "X.......X.......",
                        "rim": "....x..o....x...",
                        "hat": "x.xox.xox.xoxoxo",
                    },
                    {
                        "kick": "X...X...X...X...",
                        "rim": "........X..o..o.",
                        "hat": "x.xox.xox.xox.xo",
                    },
                )
            },
            fills="latin",
            chance=0.95,
        ),
    ),
    percussion=(
        Drums(
            kits=("standard_kit",),
            grooves={COMMON: ({"bongo": "..x...xx..x...x."}, {"shaker": "xoxoxoxoxoxoxoxo"})},
            fills="none",
            chance=0.3,
            crash=False,
            gain_db=-6.0,
            role="percussion",
        ),
    ),
    energy=0.56,
    swing=(0.2, 0.7),
    swing_unit=0.25,
    tightness=0.5,
    ritard=0.06,
    reverb=(0.2, 0.4),
    brightness=(0.35, 0.55),
)

METAL_STYLE = Style(
    name="metal",
    tempo=(92.0, 192.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.2, "phrygian": 1.0},
    harmony=METAL,
    melody=Melody(
        instruments=("distortion_guitar", "overdriven_guitar", "saw_lead", "choir_aahs"),
        cells={COMMON: (*RIFF[COMMON], "xxxxxxxx", "x-xxx-xxx-xxx-x-")},
        cadences=RIFF_ENDS,
        low=62,
        high=84,
        leaps=0.15,
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("distortion_guitar",),
            writer="chords",
            patterns={
                COMMON: (
                    "XooXooXoXooXooXo",
                    "XxxxXxxxXxxxXxxx",
                    "X-xxX-xxX-xxX-xx",
                    "X---..xxX---xxxx",
                    "XooXooXooXooX-X-",
                )
            },
            low=38,
            high=62,
            size=3,
            spread="power",
            legato=0.8,
            pan=-0.6,
        ),
        Layer(
            role="chords",
            instruments=("distortion_guitar", "overdriven_guitar"),
            writer="chords",
            patterns={COMMON: ("X-------X-------", "X--X--X-X--X--X-", "X---------------")},
            low=40,
            high=65,
            size=3,
            spread="power",
            pan=0.6,
        ),
        Layer(
            role="bass",
            instruments=("finger_bass",),
            writer="bass",
            patterns={COMMON: ("RRRRRRRR", "RrrRrrRrRrrRrrRr", "R-RRR-RR", "RrrrRrrrRrrrRrrr")},
            low=28,
            high=48,
            legato=0.9,
            gain_db=1.0,
        ),
        Layer(
            role="pad",
            instruments=("choir_aahs", "string_ensemble", "church_organ"),
            writer="pad",
            low=52,
            high=74,
            enter=0.7,
            chance=0.3,
            gain_db=-4.0,
        ),
    ),
    drums=(
        Drums(
            kits=("power_kit", "standard_kit"),
            grooves={
                COMMON: (
                    {
                        "kick": "XxxxXxxxXxxxXxxx",
                        "snare": "....X.......X...",
                        "ride": "X.x.X.x.X.x.X.x.",
                    },
                    {
                        "kick": "X..X..X.X..X..X.",
                        "snare": "....X.......X...",
                        "hat": "X...X...X...X...",
                    },
                    {
                        "kick": "X.x.X.x.X.x.X.x.",
                        "snare": "..X...X...X...X.",
                        "crash!0.8": "X.......X.......",
                        "hat": "x.x.x.x.x.x.x.x.",
                    },
                    {
                        "kick": "X.....xxX.....xx",
                        "snare": "........X.......",
                        "china": "X...X...X...X...",
                    },
                )
            },
            chance=1.0,
            gain_db=1.0,
        ),
    ),
    energy=0.82,
    arcs={"steady": 2.0, "build": 1.0, "waves": 1.0},
    tightness=0.8,
    ritard=0.08,
    reverb=(0.08, 0.2),
    brightness=(0.5, 0.7),
    extras={"drive": 0.5},
)

GROOVE_FAMILY = (FUNK_STYLE, REGGAE, METAL_STYLE)
