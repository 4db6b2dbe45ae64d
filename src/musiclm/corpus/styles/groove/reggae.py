"""Reggae: the guitar off the beat, nothing on the one, and a bass that is the tune."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Groove, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.machine import machine

_HARMONY: Bank = {
    "major": {
        "A": ("I | IV | I | V", "I | ii | IV | I", "I | vi | IV | V", "I | IV | V | IV"),
        "B": ("IV | V | I | vi", "vi | ii | IV | V", "ii | V | I | I"),
        "C": ("iii | vi | ii | V", "bVII | IV | I | I"),
        "end": ("V", "IV V"),
        "final": ("I",),
    },
    "minor": {
        "A": ("i | i | iv | i", "i | bVII | i | bVII", "i | iv | bVII | i", "i | v | i | v"),
        "B": ("iv | v | i | i", "bVI | bVII | i | i", "iv | bVII | bIII | bVI"),
        "C": ("bVI | bVI | v | v", "bIII | bVII | iv | v"),
        "end": ("v", "bVII"),
        "final": ("i",),
    },
    "mixolydian": {
        "A": ("I | I | bVII | I", "I | bVII | IV | I"),
        "B": ("IV | I | bVII | I", "v | IV | I | I"),
        "end": ("bVII",),
        "final": ("I",),
    },
}
_DROPS: tuple[Groove, ...] = (
    # One drop: nothing on one, everything on three.
    {"kick": "........X.......", "rim": "........X.....g.", "hat": "x.xox.xox.xox.xo"},
    {"kick": "........X.......", "snare": "........X..o..o.", "hat": "..x...x...x...x."},
    # Steppers: the kick walks on every beat.
    {"kick": "X...X...X...X...", "rim": "........X..o..o.", "hat": "x.xox.xox.xox.xo"},
)
_DUB: tuple[Groove, ...] = ({"kick": "........X.......", "rim": "........X...o.o."},)

STYLE = Style(
    name="reggae",
    tempo=(64.0, 92.0),
    metres={COMMON: 1.0},
    modes={"major": 1.2, "minor": 1.2, "mixolydian": 0.4},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("harmonica", "trombone", "voice_oohs", "harmonica"),
        cells={
            COMMON: (
                "x--x--x---x-x---",
                "..x---x---x--x--",
                "x-----x-x-----x-",
                "..x-x--x--x-x---",
                "....x--x--x-x---",
                "x--x----x-------",
                "..x-x-x-",
                "x---x-x---------",
            )
        },
        cadences={COMMON: ("x--x--x-----....", "x---x---....", "x-x-x---........")},
        scale="pentatonic",
        low=58,
        high=77,
        legato=0.88,
        gain_db=2.0,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("finger_bass",),
            writer="bass",
            patterns={
                COMMON: (
                    "R-..R-5-..8-5-3-",
                    "....R-3-5---R-..",
                    "R--R--5-..3-R-..",
                    "..R-5-8-..5-3-R-",
                    "R-..3-5-..R-R-..",
                )
            },
            low=28,
            high=48,
            legato=0.9,
            gain_db=6.0,
        ),
        Layer(
            role="chords",
            instruments=("muted_guitar", "clean_guitar"),
            writer="chords",
            # Felt in four, the chop falls between the beats.
            patterns={COMMON: ("..X...X...X...X.", "..Xo..X...Xo..X.")},
            low=57,
            high=77,
            size=3,
            strum=0.004,
            legato=0.35,
            pan=0.4,
            gain_db=7.5,
            without=("dub",),
        ),
        Layer(
            role="chords",
            instruments=("drawbar_organ",),
            writer="chords",
            # The bubble: left hand before and after each chop of the guitar.
            patterns={COMMON: (".oxo.oxo.oxo.oxo", "..xx..xx..xx..xx", ".x.x.x.x.x.x.x.x")},
            low=50,
            high=70,
            legato=0.5,
            pan=-0.4,
            gain_db=5.5,
        ),
        Layer(
            role="counter",
            instruments=("brass_section",),
            writer="chords",
            patterns={
                COMMON: (
                    "X-----..........|................|..........X-X-|X---............",
                    "................|....X--X--X-....",
                )
            },
            low=55,
            high=72,
            size=3,
            legato=0.85,
            gain_db=0.0,
            chance=0.6,
            only=("chorus", "bridge"),
        ),
    ),
    drums=(
        Drums(
            kits=("standard_kit",),
            grooves={COMMON: _DROPS},
            chance=1.0,
            writer=machine({"": _DROPS, "dub": _DUB}, fills="latin"),
        ),
    ),
    percussion=(
        Drums(
            kits=("hand_drums",),
            grooves={COMMON: ({"bongo": "..x...xx..x...x."}, {"shaker": "o.x.o.x.o.x.o.x."})},
            fills="none",
            chance=0.4,
            crash=False,
            gain_db=-5.0,
            role="percussion",
        ),
    ),
    energy=0.54,
    swing=(0.15, 0.5),
    swing_unit=0.25,
    tightness=0.55,
    ritard=0.04,
    reverb=(0.5, 0.68),
    brightness=(0.35, 0.5),
    plans=(
        "intro verse chorus ending",
        "intro verse chorus dub verse ending",
        "intro verse chorus verse bridge chorus dub chorus ending",
    ),
    stretches={
        "intro": Stretch("A", 2, energy=-0.05, tune=False),
        "verse": Stretch("A", 8, energy=-0.05),
        "chorus": Stretch("B", 8, energy=0.08),
        "bridge": Stretch("C", 4, energy=0.0),
        "dub": Stretch("A", 4, energy=-0.15),
        "ending": Stretch("", 2, energy=-0.02),
    },
    ending="ring",
    treatments={"natural": 5.0, "roomy": 1.5, "dark": 1.0, "lo-fi tape": 1.0},
    moods={"calm": 1.6, "happy": 1.8, "hopeful": 1.5, "tense": 0.3, "epic": 0.2},
)
