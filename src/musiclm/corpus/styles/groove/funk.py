"""Funk."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony import FUNK
from musiclm.corpus.craft.rhythms import HOOK, HOOK_ENDS, SYNCOPATED

STYLE = Style(
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
