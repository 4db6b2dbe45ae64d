"""Tango: bandoneon, violin and piano in marcato and sincopa, no drums, and a chan-chan to end."""

from collections.abc import Callable

from musiclm.corpus.craft.blocks import COMMON, Bar, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.patterns import WRITERS, Player
from musiclm.corpus.styles.world._ornaments import mordent, scoop, turn
from musiclm.corpus.styles.world._tune import Idiom, tune
from musiclm.corpus.theory import place

_HARMONY: Bank = {
    "minor": {
        "A": (
            "i | i | V7 | i | iv | i | V7 | i",
            "i | iv | V7 | i | I7 | iv | V7 | i",
            "i | i/b7 | bVI | V7 | iv | i | II7 | V7",
            "i | iim7b5 | V7 | i | iv | i | V7 | i",
        ),
        "B": (
            "bIII | bVII7 | bIII | V7 | iv | i | V7 | i",
            "iv | i | V7 | i | iv | bVI | II7 | V7",
            "bVI | bIII | iv | i | iv | i | V7 | i",
        ),
        "C": ("I | I | V7 | I | IV | I | V7 | I", "I | VI7 | ii | V7 | iv | I | V7 | I"),
        "end": ("V7 i",),
        "final": ("i",),
    },
    "major": {
        "A": (
            "I | V7 | I | I | I7 | IV | V7 | I",
            "I | #io7 | ii7 | V7 | I | IV | V7 | I",
            "I | VI7 | ii | V7 | iv | I | V7 | I",
        ),
        "B": (
            "vi | III7 | vi | III7 | ii | vi | II7 | V7",
            "iv | I | V7 | I | iv | I | II7 | V7",
        ),
        "C": ("i | iv | V7 | i | iv | i | II7 | V7",),
        "end": ("V7 I",),
        "final": ("I",),
    },
}
_CELLS = {
    COMMON: (
        "x--xx-x-x---x-x-",
        "..x-x-x-x-x-x---",
        ".xxxx-x-x---x---",
        "x-----x-x-x-x-x-",
        "x--x--x-x---....",
        "..xxx---x-x-x---",
        "x---x-x-x-x-xxx-",
        "x-xxx-xxx---x---",
        "x-------..x-x-x-",
        ".xx-x-x-x-------",
    )
}
_ENDS = {COMMON: ("x-x-x-x-x---....", "x--xx-x-x---....", "xxxxx-x-x---....")}


def _with_chan_chan(name: str) -> Callable[[Player, Bar], None]:
    """A common writer that ends as tangos do: a loud chord, a rest, a soft one."""

    def write(player: Player, bar: Bar) -> None:
        if not bar.is_last:
            WRITERS[name](player, bar)
            return
        over = bar.spans[-1].chord
        if name == "bass":
            pitches: tuple[int, ...] = (place(over.root, player.low + 7, player.low, player.high),)
        else:
            pitches = player.voicing(over)
        for pitch in pitches:
            player.add(bar.start, 0.4, pitch, 1.25, bar)
            player.add(bar.start + 1, 2.4, pitch, 0.72, bar)

    return write


_MARCATO = "X.x.X.x."
_SINCOPA = "xX-xX.x."

STYLE = Style(
    name="tango",
    tempo=(108.0, 134.0),
    metres={COMMON: 1.0},
    modes={"minor": 2.2, "harmonic minor": 1.2, "major": 0.5},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("bandoneon", "violin"),
        cells=_CELLS,
        cadences=_ENDS,
        low=60,
        high=82,
        writer=tune(
            Idiom(
                cells=_CELLS,
                ends=_ENDS,
                leaps=0.24,
                variation=0.2,
                ornaments={mordent: 0.1, turn: 0.08, scoop: 0.12},
                legato=0.86,
                lift=(1, 2, 3),
            )
        ),
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("bandoneon",),
            writer=_with_chan_chan("chords"),
            patterns={
                COMMON: (
                    f"{_MARCATO}|{_MARCATO}|{_MARCATO}|{_SINCOPA}",
                    f"{_MARCATO}|{_SINCOPA}",
                    "X..X..X.|X.x.X.x.",
                )
            },
            low=50,
            high=74,
            size=4,
            legato=0.6,
            pan=0.3,
            gain_db=0.5,
        ),
        Layer(
            role="chords",
            instruments=("acoustic_grand_piano",),
            writer=_with_chan_chan("chords"),
            patterns={
                COMMON: (
                    f"{_MARCATO}|{_MARCATO}|{_SINCOPA}|{_MARCATO}",
                    f"{_SINCOPA}|{_MARCATO}",
                    "X..X..X.",
                )
            },
            low=45,
            high=72,
            size=4,
            legato=0.5,
            pan=-0.35,
        ),
        Layer(
            role="bass",
            instruments=("acoustic_bass", "contrabass"),
            writer=_with_chan_chan("bass"),
            patterns={
                COMMON: (
                    "R.5.R.5.",
                    "R.r.5.r.|R.r.5.a.",
                    # Habanera, the older gait.
                    "R--5R.5.",
                )
            },
            low=31,
            high=52,
            legato=0.7,
            gain_db=1.0,
        ),
        Layer(
            role="counter",
            instruments=("violin", "viola"),
            writer="counter",
            low=55,
            high=76,
            only=("cancion", "trio"),
            pan=-0.15,
            gain_db=1.0,
        ),
        Layer(
            role="arpeggio",
            instruments=("bandoneon",),
            writer="arpeggio",
            patterns={COMMON: ("0123432123454321", "4321234543212345")},
            low=57,
            high=80,
            only=("variacion",),
            pan=0.2,
            gain_db=3.0,
            legato=0.8,
        ),
    ),
    plans=(
        "intro tema cancion tema variacion ending",
        "intro tema cancion tema trio tema variacion ending",
        "intro tema tema cancion tema trio cancion variacion ending",
    ),
    stretches={
        "intro": Stretch("A", 4, tune=False, energy=0.05),
        "tema": Stretch("A", 8),
        "cancion": Stretch("B", 8, energy=-0.12, swell=0.12),
        "trio": Stretch("C", 8, energy=-0.05),
        "variacion": Stretch("A", 8, energy=0.16),
        "ending": Stretch("", 2, energy=0.15),
    },
    energy=0.64,
    tightness=0.35,
    ritard=0.0,
    reverb=(0.16, 0.3),
    brightness=(0.4, 0.55),
    treatments={"natural": 3.0, "roomy": 1.0, "lo-fi tape": 0.8, "dry": 0.6, "dark": 0.4},
    moods={"romantic": 1.8, "melancholic": 1.6, "tense": 1.3, "playful": 0.5},
)
