"""Chiptune: two pulse waves, a triangle and noise; chords are arpeggios too fast to count."""

from musiclm.corpus.craft.blocks import COMMON, WALTZ, Drums, Groove, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.machine import machine

_HARMONY: Bank = {
    "major": {
        "A": (
            "I | V | vi | IV",
            "I | IV | V | I",
            "I I/3 | IV #ivo | I/5 vi | ii V",
            "I | bVII | IV | V",
            "I | III7 | vi | IV V",
        ),
        "B": (
            "IV | V | iii | vi",
            "vi | IV | V | I",
            "bVI | bVII | I | I",
            "IV | IV | I | V",
        ),
        "C": ("vi | III | vi | II V", "bVI | bIII | bVII | V", "i | bVI | bVII | V"),
        "end": ("V", "bVI bVII", "IV V"),
        "final": ("I",),
    },
    "minor": {
        "A": (
            "i | i | bVI | bVII",
            "i | bVII | bVI | V",
            "i | i | iv | V",
            "i | iv | V | i",
        ),
        "B": (
            "bVI | bVII | i | i",
            "bIII | bVII | iv | V",
            "iv | bVII | bIII | bVI V",
        ),
        "C": ("i | bII | i | V7", "io7 | io7 | bVI | V", "bVI | bVII | I | I"),
        "end": ("V", "bVI bVII"),
        "final": ("i",),
    },
    "mixolydian": {
        "A": ("I | bVII | IV | I", "I | bVII | I | bVII"),
        "B": ("v | IV | bVII | I", "IV | bVII | I | I"),
        "end": ("bVII",),
        "final": ("I",),
    },
}
_NOISE: tuple[Groove, ...] = (
    {"kick": "X.....x.X.......", "snare": "....X.......X...", "hat": "X.o.X.o.X.o.X.o."},
    {"kick": "X...X...X...X...", "snare": "....X.......X.xx", "hat": "X.o.X.o.X.o.X.o."},
    {"kick": "X...x.x.X...x.x.", "snare": "....X.......X..x", "hat": "XoxoXoxoXoxoXoxo"},
    {"kick": "X.......X.x.....", "snare": "....X..x....X.xx", "hat": "XoooXoooXoooXooo"},
)
_NOISE_WALTZ: tuple[Groove, ...] = (
    {"kick": "X...........", "snare": "....x...x...", "hat": "X.o.X.o.X.o."},
    {"kick": "X.........x.", "snare": "....x...x...", "hat": "XoooXoooXooo"},
)
_beat = machine({"": _NOISE, "boss": _NOISE[2:]}, crash=False)
_beat_waltz = machine({"": _NOISE_WALTZ}, fills="none", crash=False)

STYLE = Style(
    name="chiptune",
    tempo=(112.0, 180.0),
    metres={COMMON: 4.0, WALTZ: 1.0},
    modes={"major": 1.3, "minor": 1.0, "mixolydian": 0.4},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("chip_pulse",),
        cells={
            COMMON: (
                "x-xx--x---x-x---",
                "x--x--x--x--x-x-",
                "x-x-x-xx-x-xx---",
                "x-xxx-x-",
                "x-x-xxx-",
                "xxx-xxx-x-x-x-x-",
                "x---x-xx",
                "x--xx-x-",
                "x-.xx-.xx-.x-x-.",
                "xxxxx-x-x---x-x-",
            ),
            WALTZ: ("x-xxx-", "x-x-xx", "x--xx-", "x-xxx-x-xxx-", "xxx-x-"),
        },
        cadences={COMMON: ("x-x-x---", "xxx-x---", "x--x----"), WALTZ: ("x-x---", "xxx---")},
        low=67,
        high=88,
        leaps=0.3,
        ornament=0.15,
        legato=0.75,
        gain_db=2.0,
    ),
    layers=(
        Layer(
            role="arpeggio",
            instruments=("chip_pulse",),
            writer="arpeggio",
            patterns={
                # Thirty-seconds: the chord is one sound that glitters.
                COMMON: (
                    "01201201201201201201201201201201",
                    "01230123012301230123012301230123",
                    "01210121012101210121012101210121",
                    "0123012301230123",
                ),
                WALTZ: ("012012012012012012012012", "012012012012"),
            },
            low=55,
            high=82,
            legato=0.9,
            pan=0.3,
            gain_db=5.5,
        ),
        Layer(
            role="bass",
            instruments=("chip_triangle",),
            writer="bass",
            patterns={
                COMMON: (
                    "R.8.R.8.R.8.R.8.",
                    "RR8RRR8R",
                    "R.8.R.88R.8.R.5.",
                    "R-5-8-5-",
                    "R.rR8.8.R.rR8.8.",
                ),
                WALTZ: ("R.8.8.", "R-5-8-", "R.5.8."),
            },
            low=36,
            high=60,
            legato=0.7,
            gain_db=3.0,
        ),
        Layer(
            role="counter",
            instruments=("chip_pulse",),
            writer="counter",
            low=60,
            high=79,
            chance=0.6,
            pan=-0.35,
            gain_db=3.5,
            only=("stage", "bonus", "boss"),
        ),
    ),
    drums=(
        Drums(
            kits=("tr808_kit",),
            grooves={COMMON: _NOISE, WALTZ: _NOISE_WALTZ},
            fills="electronic",
            chance=0.95,
            crash=False,
            gain_db=-3.0,
            writer=lambda brief, bar, rng: (_beat_waltz if brief.metre == WALTZ else _beat)(
                brief, bar, rng
            ),
        ),
    ),
    energy=0.66,
    tightness=1.0,
    ritard=0.0,
    reverb=(0.0, 0.06),
    brightness=(0.6, 0.8),
    plans=(
        "intro stage bonus stage ending",
        "intro stage bonus boss bonus+2 ending",
        "intro stage stage bonus boss stage bonus boss bonus+2 ending",
        "intro stage bonus stage+2 bonus boss stage bonus ending",
    ),
    stretches={
        "intro": Stretch("A", 2, energy=-0.1, tune=False),
        "stage": Stretch("A", 8),
        "bonus": Stretch("B", 8, energy=0.1),
        "boss": Stretch("C", 4, energy=0.16),
        "ending": Stretch("", 2),
    },
    ending="cold",
    treatments={"dry": 3.0, "natural": 3.0},
    moods={"playful": 2.5, "happy": 1.8, "energetic": 1.6, "romantic": 0.3, "calm": 0.4},
)
