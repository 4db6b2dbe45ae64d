"""House."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony import HOUSE
from musiclm.corpus.craft.rhythms import HOOK, HOOK_ENDS

_CLUB = {"A": "groove", "B": "drop", "C": "breakdown"}

STYLE = Style(
    name="house",
    tempo=(106.0, 136.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.3, "major": 0.9},
    harmony=HOUSE,
    melody=Melody(
        instruments=(
            "saw_lead",
            "electric_piano",
            "acoustic_grand_piano",
            "square_lead",
            "vibraphone",
            "alto_sax",
            "synth_brass",
        ),
        cells=HOOK,
        cadences=HOOK_ENDS,
        scale="pentatonic",
        low=62,
        high=82,
        legato=0.75,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("synth_bass", "finger_bass"),
            writer="bass",
            patterns={
                COMMON: (
                    "..R-..R-..R-..8-",
                    "R..R..R...R.8...",
                    "..R...R...R..R8.",
                    "R.....R..R..5.8.",
                )
            },
            low=28,
            high=52,
            legato=0.8,
            gain_db=1.0,
        ),
        Layer(
            role="chords",
            instruments=("acoustic_grand_piano", "electric_piano", "drawbar_organ", "poly_pad"),
            writer="chords",
            patterns={
                COMMON: (
                    "X..x..x...x..x..",
                    "..X...X...X...X.",
                    "X..X..X..X..x.x.",
                    "..x..x..x..x..x.",
                )
            },
            low=54,
            high=76,
            size=4,
            legato=0.6,
            pan=-0.15,
        ),
        Layer(
            role="pad",
            instruments=("warm_pad", "synth_strings", "sweep_pad"),
            writer="pad",
            low=52,
            high=76,
            chance=0.7,
            gain_db=-4.0,
        ),
        Layer(
            role="arpeggio",
            instruments=("square_lead", "saw_lead", "marimba"),
            writer="arpeggio",
            patterns={COMMON: ("0.2.1.2.3.2.1.2.", "012301230123012.", "0..1..2..3..2.1.")},
            low=64,
            high=88,
            size=4,
            enter=0.68,
            chance=0.5,
            legato=0.5,
            gain_db=-4.0,
            pan=0.35,
        ),
    ),
    drums=(
        Drums(
            kits=("electronic_kit", "tr808_kit"),
            grooves={
                COMMON: (
                    {
                        "kick": "X...X...X...X...",
                        "clap": "....x.......x...",
                        "open": "..x...x...x...x.",
                        "hat!0.5": "x.oox.oox.oox.oo",
                    },
                    {
                        "kick": "X...X...X...X...",
                        "snare": "....x.......x...",
                        "open": "..x...x...x...x.",
                        "shaker": "oxoxoxoxoxoxoxox",
                        "rim!0.6": "...x..x....x....",
                    },
                )
            },
            fills="electronic",
            chance=0.97,
            gain_db=1.0,
        ),
    ),
    percussion=(
        Drums(
            kits=("electronic_kit",),
            grooves={COMMON: ({"conga": "..x..x....x..x.x"}, {"tambourine": "..x...x...x...x."})},
            fills="none",
            chance=0.35,
            crash=False,
            gain_db=-5.0,
            role="percussion",
        ),
    ),
    sections=_CLUB,
    energy=0.68,
    swing=(0.0, 0.35),
    swing_unit=0.25,
    tightness=0.95,
    ritard=0.0,
    reverb=(0.12, 0.3),
    brightness=(0.5, 0.75),
    extras={"sidechain": 0.6},
)
