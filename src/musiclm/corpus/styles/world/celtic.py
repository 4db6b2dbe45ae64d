"""Celtic: reels and jigs of two strains, each played twice, cuts and rolls, bodhran and guitar."""

from musiclm.corpus.craft.blocks import COMMON, SIX, Drums, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.styles.world._ornaments import cut, roll
from musiclm.corpus.styles.world._percussion import percussion
from musiclm.corpus.styles.world._tune import Idiom, tune

_HARMONY: Bank = {
    "major": {
        "A": (
            "I | I | IV | V | I | I | IV V | I",
            "I | IV | I | V | I | IV | V | I",
            "I | vi | IV | V | I | vi | IV V | I",
        ),
        "B": (
            "vi | IV | I | V | vi | IV | V | I",
            "IV | I | IV | V | IV | I | V | I",
            "I | V | vi | IV | I | V | IV V | I",
        ),
        "end": ("V I", "IV I"),
        "final": ("I5",),
    },
    "mixolydian": {
        "A": (
            "I | I | bVII | bVII | I | I | bVII | I",
            "I | I | IV | bVII | I | IV | bVII | I",
        ),
        "B": (
            "I | IV | I | bVII | I | IV | bVII | I",
            "bVII | bVII | I | I | IV | I | bVII | I",
        ),
        "end": ("bVII I",),
        "final": ("I5",),
    },
    "dorian": {
        "A": (
            "i | i | bVII | bVII | i | i | bVII | i",
            "i | bVII | i | i | i | bVII | v | i",
        ),
        "B": (
            "i | bIII | bVII | IV | i | bIII | bVII | i",
            "bIII | bVII | i | i | bIII | bVII | v | i",
        ),
        "end": ("bVII i",),
        "final": ("i5",),
    },
    "minor": {
        "A": (
            "i | i | bVI | bVII | i | i | bVII | i",
            "i | bVII | bVI | bVII | i | bVI | bVII | i",
        ),
        "B": ("bIII | bVII | i | bVI | bIII | bVII | bVII | i",),
        "end": ("bVII i",),
        "final": ("i5",),
    },
}
# A reel runs in fours, a jig in threes: nearly every bar is full of notes.
_CELLS = {
    COMMON: (
        "xxxxxxxxxxxxxxxx",
        "x-xxxxxxx-xxxxxx",
        "x-xxxxxxxxxxxxxx",
        "x-x-xxxxx-x-xxxx",
        "xxx-xxxxxxx-xxxx",
        "x--xx-xxx--xx-xx",
        "x---xxxxx-xxxxxx",
    ),
    SIX: ("xxxxxx", "x-xxxx", "x-xx-x", "xxxx-x", "x-xxxx", "x--xxx", "xxxx-x"),
}
_ENDS = {
    COMMON: ("xxxxxxxxx-x-x---", "x-xxxxxxx---x---", "xxxxx-x-x---x-xx"),
    SIX: ("xxxx--", "x-xx--", "xxxx-x"),
}

_DRUMS = percussion(
    {
        COMMON: (
            # Bodhran: deep strokes on the beats, rim and skin between them.
            {
                "kick": "X...x...X...x...",
                "low": "X...X...X...X...",
                "conga_low": "..xo.oxo..xo.oxo",
                "rim!0.5": "....x.......x...",
            },
            {
                "kick": "X...x...X...x...",
                "low": "X..xX...X..xX.o.",
                "conga_low": ".oo.oo.o.oo.oo.x",
                "shaker!0.7": "..x...x...x...x.",
            },
        ),
        SIX: (
            {"low": "X..X..", "conga_low": ".ox.ox", "rim!0.5": "...x.."},
            {"low": "X.oX.o|X.oX.x", "conga_low": ".o..ox", "shaker!0.7": "..x..x"},
        ),
    },
    fills={
        COMMON: ({"low": "X..xX..xX.xxX...", "conga_low": ".oo..oo..o..xxxx"},),
        SIX: ({"low": "X.xX.x", "conga_low": ".o..xx"},),
    },
    final=("low",),
)

STYLE = Style(
    name="celtic",
    tempo=(92.0, 126.0),
    metres={COMMON: 1.0, SIX: 1.3},
    modes={"dorian": 1.2, "mixolydian": 1.0, "major": 1.2, "minor": 0.4},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("fiddle", "whistle", "bagpipe", "fiddle", "flute"),
        cells=_CELLS,
        cadences=_ENDS,
        low=64,
        high=86,
        writer=tune(
            Idiom(
                cells=_CELLS,
                ends=_ENDS,
                leaps=0.2,
                ornaments={roll: 0.35, cut: 0.3},
                shortest=0.2,
                legato=0.88,
                lift=(2, 3, 4),
            )
        ),
        gain_db=6.0,
    ),
    layers=(
        Layer(
            role="pad",
            instruments=("bagpipe", "reed_organ"),
            writer="drone",
            low=43,
            high=67,
            chance=0.5,
            enter=0.45,
            gain_db=-5.0,
        ),
        Layer(
            role="chords",
            instruments=("steel_guitar",),
            writer="chords",
            patterns={
                COMMON: ("X-o-X-ooX-o-X-oo", "X---X-o-X---X-o-", "X-ooX-ooX-ooX-oo"),
                SIX: ("X-xX-x", "X-xXxx"),
            },
            low=45,
            high=70,
            size=4,
            strum=0.012,
            legato=0.8,
            enter=0.3,
            pan=-0.35,
            gain_db=1.0,
        ),
        Layer(
            role="arpeggio",
            instruments=("harp",),
            writer="arpeggio",
            patterns={COMMON: ("0-1-2-3-2-1-2-3-", "0-2-1-3-4-3-2-1-"), SIX: ("012321", "021342")},
            low=50,
            high=74,
            pan=0.35,
            gain_db=1.5,
        ),
        Layer(
            role="bass",
            instruments=("cello", "acoustic_bass"),
            writer="bass",
            patterns={COMMON: ("R-------5-------", "R-------R---5---"), SIX: ("R--5--", "R-----")},
            low=31,
            high=52,
            chance=0.8,
            enter=0.35,
        ),
    ),
    drums=(
        Drums(
            kits=("hand_drums", "orchestra_kit"),
            grooves={},
            writer=_DRUMS,
            gain_db=-1.5,
        ),
    ),
    # Strain after strain, each twice; the set then moves on to the same tune a tone higher.
    plans=(
        "lead-in tune tune turn turn ending",
        "lead-in tune tune turn turn tune tune turn turn ending",
        "lead-in tune tune turn turn tune tune turn turn+2 turn ending",
    ),
    stretches={
        "lead-in": Stretch("A", 2, tune=False, energy=-0.1),
        "tune": Stretch("A", 8, energy=-0.06),
        "turn": Stretch("B", 8, energy=0.06),
        "ending": Stretch("", 2),
    },
    phrase_bars=8,
    energy=0.62,
    tightness=0.45,
    ritard=0.08,
    reverb=(0.22, 0.4),
    brightness=(0.55, 0.7),
    treatments={"natural": 3.0, "roomy": 1.2, "cathedral": 0.5, "bright": 0.6},
    moods={"playful": 1.8, "happy": 1.5, "dark": 0.4},
)
