"""Lofi hip hop: a sleepy beat behind dusty seventh chords, played late and heard through tape."""

from musiclm.corpus.craft.blocks import (
    COMMON,
    WALTZ,
    Drums,
    Groove,
    Layer,
    Melody,
    Stretch,
    Style,
)
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.loops import Loop, looped

_HARMONY: Bank = {
    "major": {
        "A": (
            "Imaj9 | vi9 | ii9 | V13",
            "Imaj9 | iii7 | IVmaj9 | iv6",
            "IVmaj9 | iv6 | Imaj9 | Imaj9",
            "Imaj7 | Imaj7 | ii9 | bII7",
        ),
        "B": (
            "IVmaj9 | iv7 bVII9 | Imaj9 | Imaj9",
            "vi9 | II9 | IVmaj9 | iv6",
            "Imaj9 | bIIIo7 | ii9 | V13",
        ),
        "end": ("ii9 V13", "iv6"),
        "final": ("Imaj9", "I69"),
    },
    "minor": {
        "A": (
            "i7 | iv9 | bVImaj9 | V7s9",
            "i7 | bIIImaj9 | bVImaj9 | bVImaj9",
            "iv9 | bVII9 | bIIImaj9 | bVImaj7",
        ),
        "B": ("bVImaj9 | v7 | i7 | i7", "iv9 | i7 | bVImaj7 | V7b9"),
        "end": ("iv9 V7b9", "bVImaj9"),
        "final": ("i7",),
    },
    "dorian": {
        "A": ("i7 | i7 | IV9 | i7", "i7 | v7 | IV9 | i7"),
        "B": ("bVIImaj7 | IV9 | i7 | i7", "bIIImaj7 | IV9 | i7 | i7"),
        "end": ("v7",),
        "final": ("i7",),
    },
}
_BEATS: tuple[Groove, ...] = (
    {"kick": "X.....x...x.....", "snare": "....x.......x...", "hat": "xoxoxoxoxoxoxoxo"},
    {"kick": "X..x......x..x..", "rim": "....X.......X...", "hat": "x.x.x.xox.x.x.x."},
    {"kick": "X......xx.x.....", "snare": "....x..g....x.g.", "shaker": "xoxoxoxoxoxoxoxo"},
)
_BEATS_WALTZ: tuple[Groove, ...] = (
    {"kick": "X.......x...", "rim": "....x...x...", "hat": "xoxoxoxoxoxo"},
)

STYLE = Style(
    name="lofi hip hop",
    tempo=(66.0, 86.0),
    metres={COMMON: 5.0, WALTZ: 0.7},
    modes={"major": 1.0, "minor": 1.0, "dorian": 0.8},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("vibraphone", "jazz_guitar", "kalimba", "ocarina"),
        cells={COMMON: ("x-----x-x-------",), WALTZ: ("x-x---",)},
        cadences={COMMON: ("x-----x-x-------",), WALTZ: ("x-x---",)},
        scale="pentatonic",
        low=62,
        high=80,
        gain_db=1.5,
        writer=looped(
            Loop(
                cells={
                    COMMON: (
                        "x--x--x---......",
                        "..x-x---..x-x---",
                        "x-----x-x-------",
                        "....x-x-x-----x-",
                        "x-xx--x---......",
                        "..x--x--x-------",
                    ),
                    WALTZ: ("x---x-", "x-x---", "..x-x-", "x--x--"),
                },
                bars=4,
                pentatonic=True,
                leaps=0.3,
                thin={"intro": 0.5, "break": 0.6},
                change=0.5,
            )
        ),
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("electric_piano",),
            writer="chords",
            patterns={
                COMMON: (
                    "X---------x-----",
                    "X-----x---------",
                    "X-------..x---x-",
                    "X--x------x-----",
                ),
                WALTZ: ("X---x-", "X-----"),
            },
            low=48,
            high=70,
            size=4,
            strum=0.03,
            pan=-0.15,
            gain_db=3.0,
        ),
        Layer(
            role="bass",
            instruments=("acoustic_bass",),
            writer="bass",
            patterns={
                COMMON: ("R-----R-..5-....", "R--R------R---a-", "R-------..R-5---"),
                WALTZ: ("R---5-", "R-----"),
            },
            low=28,
            high=48,
            gain_db=4.0,
        ),
        Layer(
            role="pad",
            instruments=("warm_pad", "voice_oohs"),
            writer="pad",
            low=52,
            high=72,
            size=3,
            chance=0.5,
            gain_db=-4.0,
            only=("refrain", "break"),
        ),
    ),
    drums=(
        Drums(
            kits=("brush_kit", "jazz_kit"),
            grooves={COMMON: _BEATS, WALTZ: _BEATS_WALTZ},
            fills="soft",
            chance=0.97,
            crash=False,
            gain_db=0.0,
            without=("intro", "break"),
        ),
    ),
    energy=0.42,
    arcs={"steady": 3.0, "waves": 1.0, "fade": 0.6, "arch": 0.6},
    swing=(0.4, 0.9),
    swing_unit=0.25,
    tightness=0.25,
    ritard=0.05,
    reverb=(0.2, 0.35),
    brightness=(0.0, 0.12),
    extras={"vinyl": 0.8, "drive": 0.3},
    plans=(
        "intro loop ending",
        "intro loop refrain ending",
        "intro loop refrain break loop ending",
        "intro loop loop refrain break loop refrain ending",
    ),
    stretches={
        "intro": Stretch("A", 2, energy=-0.1),
        "loop": Stretch("A", 8),
        "refrain": Stretch("B", 8, energy=0.06),
        "break": Stretch("A", 4, energy=-0.12),
        "ending": Stretch("", 2, energy=-0.08),
    },
    ending="fade",
    treatments={"natural": 3.0, "lo-fi tape": 4.0, "dark": 1.0},
    moods={"calm": 2.5, "nostalgic": 2.5, "melancholic": 1.8, "dreamy": 1.8, "energetic": 0.1},
)
