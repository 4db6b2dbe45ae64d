"""Rock."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony import ROCK
from musiclm.corpus.craft.rhythms import RIFF, RIFF_ENDS

STYLE = Style(
    name="rock",
    tempo=(84.0, 168.0),
    metres={COMMON: 1.0},
    modes={"major": 1.0, "minor": 1.0, "mixolydian": 0.8},
    harmony=ROCK,
    melody=Melody(
        instruments=(
            "overdriven_guitar",
            "distortion_guitar",
            "clean_guitar",
            "rock_organ",
            "acoustic_grand_piano",
            "saw_lead",
        ),
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
            instruments=("overdriven_guitar", "distortion_guitar"),
            writer="chords",
            patterns={COMMON: ("X-xxX-xx", "XxxxXxxx", "X--X--X-", "X-x-.xX-", "X-------")},
            low=40,
            high=67,
            size=3,
            spread="power",
            legato=0.85,
            pan=-0.5,
            gain_db=-1.0,
        ),
        Layer(
            role="chords",
            instruments=("clean_guitar", "overdriven_guitar", "steel_guitar"),
            writer="chords",
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
            role="pad",
            instruments=("rock_organ", "drawbar_organ"),
            writer="pad",
            low=52,
            high=74,
            chance=0.3,
            enter=0.5,
            gain_db=-4.0,
            pan=0.2,
        ),
    ),
    drums=(
        Drums(
            kits=("standard_kit", "power_kit"),
            grooves={
                COMMON: (
                    {"kick": "X...x...", "snare": "..X...X.", "hat": "XoxoXoxo"},
                    {"kick": "X..xx...", "snare": "..X...X.", "hat": "XoxoXoxo"},
                    {
                        "kick": "X.....x.x.x.....",
                        "snare": "....X..g.g..X..g",
                        "ride": "X.x.X.x.X.x.X.x.",
                    },
                    {
                        "kick": "X..x..x.x.......",
                        "snare": "....X.......X...",
                        "open!0.7": "X...X...X...X...",
                        "hat": "x.x.x.x.x.x.x.x.",
                    },
                )
            },
            fills="rock",
            chance=0.97,
            gain_db=1.0,
        ),
    ),
    energy=0.72,
    tightness=0.6,
    ritard=0.08,
    reverb=(0.1, 0.25),
    brightness=(0.5, 0.7),
)
