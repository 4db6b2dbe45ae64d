"""Samba: surdo on two, tamborim, agogo and ganza in sixteenths, cavaquinho, seven-string bass."""

from musiclm.corpus.craft.blocks import Bar, Drums, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.patterns import Player
from musiclm.corpus.styles.world._ornaments import mordent, scoop
from musiclm.corpus.styles.world._percussion import percussion
from musiclm.corpus.styles.world._tune import Idiom, tune
from musiclm.corpus.theory import place, scale_over, step

_TWO = (2, 4)
_HARMONY: Bank = {
    "major": {
        "A": (
            "I | I | ii7 | V7 | I6 | VI7 | ii7 V7 | I",
            "Imaj7 | #io7 | ii7 | V7 | I6 | IV6 | V7 | I",
            "I | I | VI7 | ii7 | ii7 | V7 | I | I",
            "I | I7 | IV6 | iv6 | I/5 | VI7 | ii7 V7 | I",
            "I6 | IV6 | I6 | V7 | I6 | IV6 | ii7 V7 | I",
        ),
        "B": (
            "IVmaj7 | iv6 | I6 | VI7 | ii7 | V7 | I | I",
            "IV6 | #ivo7 | I/5 | VI7 | ii7 | V7 | I | I",
            "I7 | IV6 | I6 | V7 | I6 | VI7 | ii7 V7 | I",
        ),
        "end": ("V7 I",),
        "final": ("I", "I6"),
    },
    "minor": {
        "A": (
            "i6 | iim7b5 V7 | i6 | i6 | I7 | iv6 | V7 | i",
            "i | iv6 | V7 | i6 | bVImaj7 | iim7b5 | V7 | i",
            "i | i6 | iim7b5 | V7 | i6 | II7 | V7 | i",
        ),
        "B": (
            "iv6 | V7 | i6 | bVImaj7 | iim7b5 | V7 | i | i",
            "I7 | iv6 | V7 | i6 | bVImaj7 | V7 | i | i",
        ),
        "end": ("V7 i",),
        "final": ("i", "i6"),
    },
}
_CELLS = {
    _TWO: (
        "x.xx-xx-",
        "x-x-xx-x",
        ".x-xx-x-",
        "x-xx-x--",
        "..xxx-x-",
        "xx-xx-x-",
        "x--x-xx-",
        ".xxx-x-x",
        "x-xxx-x-",
        "x---.x-x",
        "x-x--x--",
    )
}
_ENDS = {_TWO: ("x-xx----", "xx-x----", "x--x----", ".x-xx---")}

_DRUMS = percussion(
    {
        _TWO: (
            {
                "kick": "X...X...",
                "surdo_mute": "x.......",
                "surdo": "....X..o",
                "bongo": "X.o.o.oo|.o.o.oo.",
                "tambourine": "XooxXoox",
                "shaker": "XogoXogo",
                "agogo!0.65": "x..x....|..x..x..",
                "agogo_low!0.65": "......x.|x.....x.",
                "cuica!0.75": "...x....|......x.",
                "cuica_mute!0.75": "x.....x.|..x.....",
            },
            {
                "kick": "X...X...",
                "surdo_mute": "x.......|x......x",
                "surdo": "....X...|....X.x.",
                "bongo": ".o.oo.o.|X.o.oo.o",
                "tambourine": "XooxXoox",
                "shaker": "XogoXogo",
                "snare!0.6": "XggoXgog",
                "agogo!0.65": "x.x.....|x.....x.",
                "agogo_low!0.65": ".....x.x|...x....",
            },
        )
    },
    fills={
        _TWO: (
            {"surdo": "X..X..X.", "bongo": "xxxxxxXX", "shaker": "XogoXogo"},
            {
                "surdo": "X...X.XX",
                "bongo": "X.XX.XXX",
                "whistle!0.7": "x.......",
                "shaker": "XXXXXXXX",
            },
        )
    },
    final=("surdo", "bongo", "tambourine"),
)


def _baixaria(player: Player, bar: Bar) -> None:
    """Thumb of the seven-string guitar: root, fifth on the surdo's two, runs into the next."""
    top = min(player.high, player.low + 17)
    over = bar.spans[0].chord
    root = place(over.bass, player.low + 8, player.low, top)
    if bar.is_last:
        player.add(bar.start, 1.5, root, 1.1, bar)
        return
    player.add(bar.start, 0.9, root, 0.92, bar)
    after = bar.spans[-1].chord
    if bar.in_section % 4 == 3 and not bar.to_go == 0:
        target = place(bar.following.bass, root, player.low, top)
        pool = scale_over(bar.tonic, player.steps, after)
        way = 1 if target < root else -1
        for count in range(4):
            pitch = step(target, way * (4 - count), pool)
            player.add(bar.start + 1 + 0.25 * count, 0.25, pitch, 0.98, bar)
        return
    low = place(after.tone(5) if len(bar.spans) == 1 else after.bass, root - 4, player.low, top)
    player.add(bar.start + 0.75, 0.25, low, 0.8, bar)
    player.add(bar.start + 1, 0.9, low, 1.06, bar)


STYLE = Style(
    name="samba",
    tempo=(92.0, 128.0),
    metres={_TWO: 1.0},
    modes={"major": 1.5, "minor": 1.0},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("flute", "clarinet", "trombone"),
        cells=_CELLS,
        cadences=_ENDS,
        low=62,
        high=86,
        writer=tune(
            Idiom(
                cells=_CELLS,
                ends=_ENDS,
                leaps=0.2,
                variation=0.2,
                ornaments={mordent: 0.08, scoop: 0.08},
                legato=0.85,
            )
        ),
        gain_db=3.0,
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("steel_guitar",),  # played as a cavaquinho, high and short
            writer="chords",
            patterns={_TWO: ("X.xoX.xo|.xoxX.xo", "XoxoX.xo|XoxoXoxo", "X.xx.X.x|.X.xX.x.")},
            low=64,
            high=84,
            size=4,
            strum=0.006,
            legato=0.5,
            pan=-0.35,
            gain_db=3.5,
        ),
        Layer(
            role="bass",
            instruments=("nylon_guitar",),
            writer=_baixaria,
            low=40,
            high=62,
            pan=0.25,
            gain_db=3.0,
        ),
        Layer(
            role="chords",
            instruments=("nylon_guitar",),
            writer="chords",
            patterns={_TWO: ("..x..x.x|.x..x.x.", ".x.x..x.|..x..x.x")},
            low=52,
            high=70,
            size=3,
            spread="rootless",
            legato=0.7,
            pan=0.3,
            gain_db=3.5,
        ),
        Layer(
            role="counter",
            instruments=("voice_oohs", "trombone"),
            writer="counter",
            low=53,
            high=70,
            only=("refrao",),
            gain_db=4.0,
        ),
    ),
    drums=(Drums(kits=("standard_kit",), grooves={}, writer=_DRUMS, gain_db=-3.0),),
    plans=(
        "intro primeira refrao primeira refrao ending",
        "intro primeira primeira refrao segunda refrao refrao ending",
        "batucada primeira refrao primeira refrao batucada segunda refrao+2 refrao ending",
    ),
    stretches={
        "intro": Stretch("A", 4, tune=False),
        "batucada": Stretch("A", 4, tune=False, energy=0.15),
        "primeira": Stretch("A", 8, energy=-0.08),
        "segunda": Stretch("A", 8),
        "refrao": Stretch("B", 8, energy=0.1),
        "ending": Stretch("", 2, energy=0.1),
    },
    phrase_bars=8,
    energy=0.72,
    tightness=0.5,
    ritard=0.0,
    reverb=(0.12, 0.25),
    brightness=(0.6, 0.78),
    treatments={"natural": 3.0, "bright": 1.5, "dry": 0.8, "roomy": 0.5},
    moods={"happy": 2.2, "energetic": 1.8, "playful": 1.5, "dark": 0.3},
)
