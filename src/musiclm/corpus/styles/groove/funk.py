"""Funk: all on the one, then sixteenths that interlock: slap bass, clavinet, choked guitar."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Groove, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.machine import machine

_HARMONY: Bank = {
    "dorian": {
        "A": (
            "i7 | i7 | i7 | i7",
            "i7 | i7 | i7 | IV7",
            "i7 | i7 | IV7 | i7",
            "i7 | i7 | i7 bVII | i7",
            "i i7 | i i7 | i i7 | IV9",
        ),
        "B": (
            "IV7 | IV7 | i7 | i7",
            "bIII | IV7 | i7 | i7",
            "iv7 | bVII7 | i7 | i7",
            "i7 | IV9 | i7 | V7s9",
        ),
        "C": ("bVI7 | bVI7 | V7s9 | V7s9", "bVII7 | bVII7 | i7 | i7"),
        "end": ("V7s9", "bVI7 V7s9", "i7"),
        "final": ("i7",),
    },
    "mixolydian": {
        "A": (
            "I7 | I7 | I7 | I7",
            "I7 | I7 | I7 | IV7",
            "I I7 | I I7 | IV7 | I7",
            "I7 | I7 | bVII | I7",
        ),
        "B": ("IV7 | IV7 | I7 | I7", "bIII | IV7 | I7 | I7", "I | IV9 | I7 | V9"),
        "C": ("bVI7 | bVI7 | bVII7 | bVII7", "bIII7 | bIII7 | IV7 | V9"),
        "end": ("V9", "bVI7 V9"),
        "final": ("I9",),
    },
}
_GROOVES: tuple[Groove, ...] = (
    {"kick": "X.x...x..x....x.", "snare": "....X..g.g..X..g", "hat": "xoxoxoxoxoxoxoxo"},
    {
        "kick": "X..x..x...x..x..",
        "snare": ".g..X.g..g.gX...",
        "hat": "xoxoxoxoxoxoxo..",
        "open": "..............x.",
    },
    {
        "kick": "X.x.......xx..x.|X.x...x...x.....",
        "snare": "....X..g.g.gX..g|....X..g.g....X.",
        "hat": "xoxoxoxoxoxoxoxo",
    },
    {
        "kick": "X.....x..xx.....",
        "snare": "....X..g.g..X.gg",
        "hat": "x.xxx.xxx.xxx.x.",
        "open": "......x.......x.",
    },
)
_BREAK: tuple[Groove, ...] = (
    {"kick": "X.x...x..xx...x.", "snare": "....X..x.x..X..x", "cowbell": "x...x...x...x..."},
)

STYLE = Style(
    name="funk",
    tempo=(94.0, 120.0),
    metres={COMMON: 1.0},
    modes={"dorian": 1.0, "mixolydian": 1.0},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("brass_section", "tenor_sax", "alto_sax", "trumpet"),
        cells={
            COMMON: (
                "x-x.x..x..x.x...",
                "..x.x.xx..x.....",
                "x..x..x.x-......",
                "x.xx..x...x.x.x.",
                "....x.x.xx.x..x.",
                "x-----..x.xx.x..",
                "xx.x..x-....x.x.",
            )
        },
        cadences={COMMON: ("x.x.x...........", "x..x..x-........", "x.xx.x..........")},
        scale="pentatonic",
        low=60,
        high=79,
        leaps=0.25,
        chromatic=0.2,
        legato=0.7,
        gain_db=4.0,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("slap_bass",),
            writer="bass",
            patterns={
                COMMON: (
                    "R..r.8.8..R.r.5a",
                    "R.rR..8.R.7.5.R.",
                    "R-.R..r8..R.R.5.",
                    "R.8...R.8..7.R.8",
                    "R-.8.rR..8.r7.Ra",
                )
            },
            low=28,
            high=52,
            legato=0.7,
            gain_db=5.0,
        ),
        Layer(
            role="chords",
            instruments=("muted_guitar",),
            writer="chords",
            patterns={
                COMMON: (
                    "..o.X.ooo.X.oo.o",
                    "o.oXo.oXo.oXo.oX",
                    "ooXooooXooXooXoo",
                    "oo.oX.ooo.oXX.oo",
                )
            },
            low=57,
            high=76,
            size=3,
            strum=0.004,
            legato=0.4,
            pan=0.45,
            gain_db=5.0,
            without=("break",),
        ),
        Layer(
            role="chords",
            instruments=("clavinet",),
            writer="chords",
            patterns={COMMON: ("X..x.X.x..X.x.X.", "x.X..x.X.x.X..x.", "X.x.x..X.X.x..x.")},
            low=48,
            high=67,
            size=3,
            legato=0.5,
            pan=-0.35,
            gain_db=3.5,
        ),
        Layer(
            role="counter",
            instruments=("brass_section",),
            writer="chords",
            patterns={
                COMMON: (
                    "X...............|..........X..X..",
                    "...X..X.........|X-------........",
                    "X.X.............|......X..X......",
                )
            },
            low=58,
            high=79,
            size=4,
            spread="rootless",
            legato=0.6,
            gain_db=0.5,
            only=("chorus", "bridge"),
        ),
    ),
    drums=(
        Drums(
            kits=("standard_kit",),
            grooves={COMMON: _GROOVES},
            chance=1.0,
            gain_db=1.0,
            writer=machine({"": _GROOVES, "break": _BREAK}, fills="rock"),
        ),
    ),
    percussion=(
        Drums(
            kits=("hand_drums",),
            grooves={
                COMMON: (
                    {"conga": "x..xx..x..x.x...", "conga_low": "......x.......x."},
                    {"tambourine": "....x.......x..."},
                )
            },
            fills="none",
            chance=0.35,
            crash=False,
            gain_db=-5.0,
            role="percussion",
            without=("intro",),
        ),
    ),
    energy=0.68,
    swing=(0.0, 0.35),
    swing_unit=0.25,
    tightness=0.7,
    ritard=0.0,
    reverb=(0.04, 0.12),
    brightness=(0.6, 0.8),
    plans=(
        "intro groove chorus ending",
        "intro groove chorus break chorus ending",
        "intro groove chorus groove bridge chorus break chorus ending",
    ),
    stretches={
        "intro": Stretch("A", 2, energy=-0.08, tune=False),
        "groove": Stretch("A", 8, energy=-0.04),
        "chorus": Stretch("B", 8, energy=0.1),
        "bridge": Stretch("C", 4, energy=0.02),
        "break": Stretch("A", 4, energy=-0.15, tune=False),
        "ending": Stretch("", 2, energy=0.05),
    },
    ending="cold",
    treatments={"natural": 4.0, "dry": 3.0, "bright": 1.0},
    moods={"energetic": 2.0, "playful": 2.0, "happy": 1.5, "sad": 0.2, "romantic": 0.5},
)
