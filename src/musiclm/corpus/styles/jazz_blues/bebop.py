"""Bebop: fast changes, lines in eighths that never stop to think, head, solos, head."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.lines import Idiom, heads_and_solos, soloist
from musiclm.corpus.styles.jazz_blues._banks import RHYTHM_CHANGES
from musiclm.corpus.styles.jazz_blues._rhythm import bop_drums, comp

_HEAD = Idiom(
    starts=(".x", "xx", "xx"),
    middles={"xx": 8.0, "x-": 1.0, ".x": 1.0},
    ends=("xx", "x.", "xx"),
    phrase=(4, 9),
    rests=(1, 2),
    chromatic=0.1,
    turns=0.3,
    legato=0.86,
)
_SOLO = Idiom(
    starts=(".x", "xx"),
    middles={"xx": 14.0, "x-": 1.0},
    ends=("xx", "x."),
    phrase=(6, 15),
    rests=(1, 2),
    chromatic=0.11,
    turns=0.24,
    legato=0.88,
)
_COMPING = {
    4: (
        "X..x....",
        "...X....",
        ".x...x..",
        "..X..x..",
        "X.......",
        "...x..P.",
        ".X.....P",
        "........",
        "X..X..X.",
        "..x....P",
    )
}

STYLE = Style(
    name="bebop",
    tempo=(160.0, 200.0),
    metres={COMMON: 1.0},
    modes={"major": 1.5, "minor": 1.0},
    harmony=RHYTHM_CHANGES,
    plans=(
        "pickup head solo head ending",
        "pickup head solo solo head ending",
        "pickup head head bridge head solo head ending",
        "pickup head head bridge head solo solo turn solo piano head bridge head ending",
        "pickup head head bridge head solo solo turn solo piano piano solo solo turn solo"
        " head head bridge head ending",
    ),
    stretches={
        "pickup": Stretch("", 2, energy=-0.05, tune=False),
        "head": Stretch("A", 8),
        "bridge": Stretch("B", 8, energy=0.04),
        "solo": Stretch("A", 8, energy=0.06),
        "turn": Stretch("B", 8, energy=0.1),
        "piano": Stretch("A", 8, energy=-0.04, tune=False),
        "ending": Stretch("", 2, energy=0.05),
    },
    melody=Melody(
        instruments=("alto_sax", "alto_sax", "trumpet", "tenor_sax"),
        cells={COMMON: ("xxxxxxxx",)},
        cadences={COMMON: ("xxx-....",)},
        low=62,
        high=84,
        writer=heads_and_solos(_HEAD, _SOLO, solos=("solo", "turn")),
        gain_db=3.0,
        pan=0.1,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("acoustic_bass",),
            writer="walking",
            low=33,
            high=58,
            legato=0.9,
            gain_db=2.0,
        ),
        Layer(
            role="chords",
            instruments=("acoustic_grand_piano",),
            writer=comp(_COMPING),
            low=48,
            high=68,
            size=4,
            spread="rootless",
            legato=0.6,
            pan=-0.35,
            gain_db=1.0,
        ),
        Layer(
            role="lead",
            instruments=("acoustic_grand_piano",),
            writer=soloist(_SOLO),
            low=62,
            high=86,
            legato=0.85,
            pan=-0.35,
            gain_db=2.0,
            only=("piano",),
        ),
    ),
    drums=(
        Drums(
            kits=("jazz_kit",),
            grooves={COMMON: ({"ride": "X.XxX.Xx", "pedal": "..x...x."},)},
            writer=bop_drums,
            fills="jazz",
            gain_db=1.5,
        ),
    ),
    phrase_bars=8,
    energy=0.68,
    arcs={"steady": 2.0, "arch": 1.0, "build": 1.0},
    swing=(0.25, 0.6),
    tightness=0.4,
    ritard=0.0,
    reverb=(0.08, 0.2),
    brightness=(0.42, 0.6),
    ending="cold",
    treatments={"natural": 6.0, "dry": 2.0, "lo-fi tape": 0.7, "roomy": 1.0},
    moods={
        "restless": 2.0,
        "energetic": 2.0,
        "frantic": 1.5,
        "playful": 1.5,
        "confident": 1.5,
        "quirky": 1.5,
        "serene": 0.05,
        "peaceful": 0.05,
        "spiritual": 0.1,
        "solemn": 0.05,
        "calm": 0.1,
        "gentle": 0.1,
        "menacing": 0.2,
        "bleak": 0.2,
    },
)
