"""Ska: fast up-beats on guitar and piano, a walking bass, and horns that shout in unison."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Groove, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.machine import machine

_HARMONY: Bank = {
    "major": {
        "A": (
            "I | I | vi | V7",
            "I | I | IV | V",
            "I | IV | I | V7",
            "I | I7 | IV | V7",
        ),
        "B": ("IV | V | I | I", "IV | IV | I | V7", "ii | V7 | I | I"),
        "C": ("vi | II7 | ii | V7", "iii | iii | vi | V7"),
        "end": ("V7", "ii7 V7"),
        "final": ("I",),
    },
    "minor": {
        "A": ("i | iv | i | V7", "i | i | bVI | V7", "i | i | iv | V7"),
        "B": ("iv | i | V7 | i", "bVI | bIII | iv | V7", "iv | bVII | bIII | V7"),
        "C": ("bVI | bVI | V7 | V7", "iim7b5 | V7 | i | V7"),
        "end": ("V7", "iv V7"),
        "final": ("i",),
    },
}
_SKANK: tuple[Groove, ...] = (
    {"kick": "X...x...X...x...", "snare": "....X.......X...", "hat": "..X...X...X...X."},
    {
        "kick": "....x.......x...",
        "rim": "....X.......X...",
        "hat": "x.Xox.Xox.Xox.Xo",
        "pedal": "..x...x...x...x.",
    },
    {"kick": "X.......X.x.....", "snare": "....X.......X..o", "ride": "x.x.x.x.x.x.x.x."},
)

STYLE = Style(
    name="ska",
    tempo=(130.0, 172.0),
    metres={COMMON: 1.0},
    modes={"major": 1.4, "minor": 0.8},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("trumpet", "trombone", "brass_section"),
        cells={
            COMMON: (
                "x-x-xxx-",
                "x--xx-x-",
                ".xxxx---",
                "x-xxx-xx",
                "x-x-x---",
                "..x-xxx-",
                "xxx-x-x-",
                "x--x--x-",
            )
        },
        cadences={COMMON: ("x-x-x---", "x--xx---", "xxx-x---")},
        low=58,
        high=77,
        leaps=0.3,
        chromatic=0.15,
        legato=0.8,
        gain_db=2.5,
        doubling="thirds",
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("acoustic_bass", "picked_bass"),
            writer="walking",
            low=28,
            high=50,
            legato=0.85,
            gain_db=4.5,
        ),
        Layer(
            role="chords",
            instruments=("clean_guitar",),
            writer="chords",
            patterns={COMMON: (".X.X.X.X",)},
            low=60,
            high=79,
            size=3,
            strum=0.003,
            legato=0.3,
            pan=0.4,
            gain_db=8.0,
        ),
        Layer(
            role="chords",
            instruments=("honky_tonk_piano", "acoustic_grand_piano"),
            writer="chords",
            patterns={COMMON: (".x.x.x.x",)},
            low=57,
            high=76,
            size=4,
            legato=0.35,
            pan=-0.4,
            gain_db=3.0,
        ),
        Layer(
            role="chords",
            instruments=("percussive_organ",),
            writer="chords",
            patterns={COMMON: (".xxx.xxx.xxx.xxx", "..x...x...x...x.")},
            low=52,
            high=72,
            size=3,
            legato=0.4,
            pan=0.15,
            chance=0.5,
            gain_db=4.0,
        ),
        Layer(
            role="counter",
            instruments=("tenor_sax", "baritone_sax"),
            writer="chords",
            patterns={
                COMMON: (
                    "X.X.............|............X.X.",
                    "......X.X-......|................",
                    "X---............|..X.X.X.........",
                )
            },
            low=44,
            high=65,
            size=1,
            legato=0.7,
            gain_db=7.0,
            only=("intro", "chorus", "ending"),
        ),
    ),
    drums=(
        Drums(
            kits=("standard_kit",),
            grooves={COMMON: _SKANK},
            chance=1.0,
            gain_db=0.0,
            writer=machine({"": _SKANK}, fills="rock"),
        ),
    ),
    energy=0.68,
    swing=(0.0, 0.25),
    tightness=0.55,
    ritard=0.0,
    reverb=(0.08, 0.18),
    brightness=(0.75, 0.95),
    plans=(
        "intro verse chorus ending",
        "intro verse chorus verse chorus ending",
        "intro verse chorus verse chorus bridge verse chorus+2 ending",
    ),
    stretches={
        "intro": Stretch("A", 4, energy=0.02),
        "verse": Stretch("A", 8, energy=-0.06),
        "chorus": Stretch("B", 8, energy=0.1),
        "bridge": Stretch("C", 8, energy=-0.1, swell=0.15),
        "ending": Stretch("", 2, energy=0.05),
    },
    ending="cold",
    treatments={"natural": 5.0, "dry": 1.0, "roomy": 1.0, "bright": 1.0},
    moods={"happy": 2.5, "playful": 2.5, "energetic": 2.0, "dark": 0.2, "dreamy": 0.2},
)
