"""Cumbia: guacharaca, chords off the beat, a bass of three steps, accordion on top."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.styles.world._ornaments import mordent, turn
from musiclm.corpus.styles.world._percussion import percussion
from musiclm.corpus.styles.world._tune import Idiom, tune

_HARMONY: Bank = {
    "minor": {
        "A": (
            "i | i | V7 | i",
            "i | bVII | bVI V7 | i",
            "i | iv | V7 | i",
            "i | iv | i | V7 i",
            "i | bIII | bVII | i",
        ),
        "B": ("bIII | bVII | V7 | i", "iv | i | V7 | i", "bVI | bIII | V7 | i"),
        "end": ("V7 i", "iv i"),
        "final": ("i",),
    },
    "major": {
        "A": ("I | IV | V7 | I", "I | IV | I | V7 I", "I | I | V7 | I", "I | vi | IV V7 | I"),
        "B": ("IV | I | V7 | I", "IV | I | IV V7 | I", "vi | IV | V7 | I"),
        "end": ("V7 I", "IV I"),
        "final": ("I",),
    },
}
_CELLS = {
    COMMON: (
        "x-x-x-x-x-x-x---",
        "..x-x-x-x-x-x---",
        "x-xxx-x-..x-x-x-",
        "x---x-x-x-x-x---",
        "..xxx-x-x---x-x-",
        "x-x-xxx-x-x-x---",
        "x--xx-x-x--xx-x-",
        ".xx-x-x-.xx-x---",
        "x-x---x-x-x---x-",
        "..x-..x-..x-x-x-",
    )
}
_ENDS = {COMMON: ("x-x-x-x-x---....", "x-x-x---x---....", "..x-x-x-x---....")}

_DRUMS = percussion(
    {
        COMMON: (
            {
                "guiro": "X.xoX.xoX.xoX.xo",
                "conga": "..X...X...X...X.",
                "conga_low": "X.....x.X.....xx",
                "bongo!0.5": "...x.x.....x.x.x",
                "cowbell!0.6": "x...x...x...x...",
                "kick": "x.......x.......",
            },
            {
                "guiro": "X.xxX.xxX.xxX.xx",
                "conga": "..X...X...X...Xx",
                "conga_low": "X.......X..x....",
                "bongo_low!0.5": "....x..x....x..x",
                "maracas": "..x...x...x...x.",
                "kick": "x.......x.....o.",
            },
        )
    },
    fills={
        COMMON: (
            {
                "guiro": "X.xoX.xoX.xo....",
                "conga": "..X...X.xxx.X.X.",
                "timbale": "........x.xxXxXx",
                "kick": "x.......x.......",
            },
            {
                "guiro": "X.xoX.xoX.xoX.xo",
                "timbale_low": "....x..x..x.X...",
                "conga_low": "X.......x.x.x.xx",
            },
        )
    },
    final=("conga_low", "kick", "cowbell"),
)

STYLE = Style(
    name="cumbia",
    tempo=(80.0, 105.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.8, "major": 1.0},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("accordion", "accordion", "clarinet"),
        cells=_CELLS,
        cadences=_ENDS,
        low=62,
        high=84,
        writer=tune(
            Idiom(
                cells=_CELLS,
                ends=_ENDS,
                leaps=0.2,
                variation=0.12,
                ornaments={mordent: 0.14, turn: 0.06},
                legato=0.78,
                lift=(1, 2, 3),
            )
        ),
        gain_db=2.5,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("finger_bass", "synth_bass"),
            writer="bass",
            patterns={
                COMMON: (
                    "R---5-8-R---3-8-",
                    "R---5-8-R---5-8-",
                    "R---3-8-R---3-a-",
                    "R---R-5-R---8-5-",
                )
            },
            low=29,
            high=52,
            legato=0.8,
            gain_db=3.0,
        ),
        Layer(
            role="chords",
            instruments=("accordion", "reed_organ"),
            writer="chords",
            patterns={COMMON: ("..x...x...x...x.", "..X...X...X...Xx")},
            low=55,
            high=76,
            size=3,
            legato=0.5,
            pan=0.3,
            gain_db=6.5,
        ),
        Layer(
            role="chords",
            instruments=("clean_guitar",),
            writer="arpeggio",
            patterns={COMMON: ("..2.1.2...2.1.2.", "0.2.1.2.0.2.1.2.")},
            low=55,
            high=79,
            legato=0.6,
            chance=0.7,
            enter=0.4,
            pan=-0.35,
            gain_db=8.0,
        ),
        Layer(
            role="counter",
            instruments=("brass_section", "trombone"),
            writer="chords",
            patterns={COMMON: ("x.x.....x.x.....", "..xxx-.....xx-..", "x-......xxx-....")},
            low=55,
            high=76,
            size=3,
            legato=0.7,
            only=("coro", "intro"),
            chance=0.6,
            gain_db=3.0,
        ),
    ),
    drums=(Drums(kits=("hand_drums",), grooves={}, writer=_DRUMS, gain_db=-1.0),),
    plans=(
        "intro estrofa coro estrofa coro ending",
        "intro estrofa estrofa coro puente estrofa coro coro ending",
    ),
    stretches={
        "intro": Stretch("A", 4, tune=False),
        "estrofa": Stretch("A", 8, energy=-0.06),
        "coro": Stretch("B", 8, energy=0.1),
        "puente": Stretch("A", 4, tune=False, energy=-0.12),
        "ending": Stretch("", 2),
    },
    energy=0.66,
    tightness=0.6,
    ritard=0.0,
    reverb=(0.15, 0.28),
    brightness=(0.45, 0.6),
    treatments={"natural": 3.0, "lo-fi tape": 1.0, "dry": 0.6, "bright": 0.6},
    moods={"happy": 1.8, "playful": 1.6, "nostalgic": 1.2, "tense": 0.5},
)
