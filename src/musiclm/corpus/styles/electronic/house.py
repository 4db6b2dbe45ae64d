"""House: four on the floor, piano stabs, a synth bass between the kicks, hats off the beat."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Groove, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.loops import Loop, looped
from musiclm.corpus.craft.machine import machine

_HARMONY: Bank = {
    "minor": {
        "A": (
            "i | i7 | bVImaj7 | bVII",
            "i7 | v7 | bVImaj7 | iv7",
            "i | i7 | bVII | iv7",
            "i7 bVImaj7 | bVII v7 | i7 bVImaj7 | iv7 v7",
        ),
        "B": ("iv9 | v7 | i7 | i7", "bVImaj7 | v7 | i7 | i7", "iv7 | bVII | i | i7"),
        "C": ("bVImaj9 | bVImaj9 | iv9 | v7", "iv9 | iv9 | bVImaj7 | bVII"),
        "end": ("bVII", "v7"),
        "final": ("i7",),
    },
    "dorian": {
        "A": ("i | i7 | IV | i7", "i7 | v7 | IV | i7", "i7 IV | i7 IV | i7 IV | bVII IV"),
        "B": ("bIII | IV | i7 | i7", "v7 | IV | i | i7"),
        "end": ("v7",),
        "final": ("i7",),
    },
    "major": {
        "A": (
            "Iadd9 | vi7 | IVmaj7 | V7sus4",
            "Iadd9 | IVmaj7 | vi7 | V",
            "Iadd9 | Iadd9 | vi7 | IVmaj7",
        ),
        "B": ("IVmaj7 | V7sus4 | Iadd9 | Iadd9", "ii9 | V7sus4 | Iadd9 | Iadd9"),
        "C": ("IVmaj9 | IVmaj9 | vi9 | V7sus4",),
        "end": ("V7sus4", "IVmaj7 V"),
        "final": ("Iadd9",),
    },
}
_FLOOR = "X...X...X...X..."
_FULL: tuple[Groove, ...] = (
    {
        "kick": _FLOOR,
        "clap": "....X.......X...",
        "open": "..X...X...X...X.",
        "hat": "x.oox.oox.oox.oo",
    },
    {
        "kick": _FLOOR,
        "clap": "....X.......X...",
        "open": "..X...X...X...X.",
        "shaker": "oxoxoxoxoxoxoxox",
        "rim": "...x..x....x..x.",
    },
    {
        "kick": _FLOOR,
        "snare": "....x.......x..g",
        "clap": "....X.......X...",
        "open": "..X...X...X...X.",
        "tambourine": "xoxoxoxoxoxoxoxo",
    },
)
_KICK_AND_HAT: tuple[Groove, ...] = ({"kick": _FLOOR, "open": "..x...x...x...x."},)
_BREATH: tuple[Groove, ...] = (
    {"hat": "..x...x...x...x.", "shaker": "oxoxoxoxoxoxoxox", "clap": "............x..."},
)

STYLE = Style(
    name="house",
    tempo=(118.0, 128.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.3, "dorian": 0.7, "major": 0.9},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("synth_voice", "synth_voice", "vibraphone", "alto_sax", "pluck_synth"),
        cells={COMMON: ("x--x--x---------",)},
        cadences={COMMON: ("x--x--x---------",)},
        scale="pentatonic",
        low=62,
        high=82,
        legato=0.75,
        gain_db=4.5,
        writer=looped(
            Loop(
                cells={
                    COMMON: (
                        "X--x--x---......",
                        "..X-..x-x--x----",
                        "X-x-..x---..x-x-",
                        "x--X--x-..x-....",
                        "....X--x--x-x---",
                    )
                },
                bars=2,
                pentatonic=True,
                repeats=0.25,
                legato=0.8,
                thin={"intro": 0.35, "break": 0.8, "outro": 0.4},
            )
        ),
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("deep_synth_bass", "synth_bass"),
            writer="bass",
            patterns={
                COMMON: (
                    "..R...R...R...8.",
                    "..R..R8...R..R..",
                    "R..R..8...R.5.8.",
                    "..RR..8...RR..5.",
                )
            },
            low=33,
            high=52,
            legato=0.8,
            gain_db=4.0,
            without=("break",),
        ),
        Layer(
            role="chords",
            instruments=("bright_piano",),
            writer="chords",
            patterns={
                COMMON: (
                    "X..x..x...x..x..",
                    "X..X..X...X.x...",
                    "..X..X..x..X..x.",
                    "X--.X-.x..X-.x..|X--.X-.x..X.X.X.",
                )
            },
            low=55,
            high=77,
            size=4,
            legato=0.6,
            pan=-0.1,
            gain_db=5.5,
            without=("intro",),
        ),
        Layer(
            role="chords",
            instruments=("drawbar_organ",),
            writer="chords",
            patterns={COMMON: ("..x...x...x...x.", "..x..x....x..x..")},
            low=55,
            high=74,
            size=3,
            spread="rootless",
            legato=0.5,
            pan=0.35,
            chance=0.5,
            gain_db=-3.0,
            only=("intro", "groove", "drop"),
        ),
        Layer(
            role="pad",
            instruments=("synth_strings", "string_ensemble"),
            writer="pad",
            low=60,
            high=82,
            chance=0.8,
            gain_db=-1.0,
            only=("break", "build", "drop"),
        ),
    ),
    drums=(
        Drums(
            kits=("electronic_kit",),
            grooves={COMMON: _FULL},
            fills="electronic",
            chance=1.0,
            gain_db=1.0,
            writer=machine(
                {
                    "": _FULL,
                    "intro": _KICK_AND_HAT,
                    "outro": _KICK_AND_HAT,
                    "ending": _KICK_AND_HAT,
                    "break": _BREATH,
                },
                rolls=("build",),
                steady=True,
            ),
        ),
    ),
    percussion=(
        Drums(
            kits=("hand_drums",),
            grooves={
                COMMON: (
                    {"conga": "..x..x....x..x.x", "conga_low": ".......x......x."},
                    {"bongo": "x..x..x.x..x.xx.", "cowbell": "x...........x..."},
                )
            },
            fills="none",
            chance=0.5,
            crash=False,
            gain_db=-5.0,
            role="percussion",
            only=("groove", "drop"),
        ),
    ),
    energy=0.66,
    swing=(0.0, 0.3),
    swing_unit=0.25,
    tightness=0.95,
    ritard=0.0,
    reverb=(0.12, 0.28),
    brightness=(0.75, 0.95),
    extras={"sidechain": 0.8},
    plans=(
        "intro groove drop ending",
        "intro groove break drop ending",
        "intro groove drop break build drop outro ending",
        "intro groove drop break drop groove drop outro ending",
    ),
    stretches={
        "intro": Stretch("A", 2, energy=-0.15, swell=0.08),
        "groove": Stretch("A", 8),
        "drop": Stretch("B", 8, energy=0.14),
        "break": Stretch("C", 4, energy=-0.2),
        "build": Stretch("C", 4, energy=-0.05, swell=0.2),
        "outro": Stretch("A", 4, energy=-0.12, swell=-0.1),
        "ending": Stretch("", 2, energy=-0.05),
    },
    ending="cold",
    treatments={"natural": 4.0, "bright": 2.0, "dry": 1.0},
    moods={"happy": 1.6, "energetic": 2.0, "hopeful": 1.3, "calm": 0.5, "sad": 0.5},
)
