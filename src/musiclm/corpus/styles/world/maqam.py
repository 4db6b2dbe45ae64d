"""Arab maqam on twelve tones: a taqsim out of time, then a takht in heterophony over an iqa."""

from musiclm.corpus.craft.blocks import (
    COMMON,
    FIVE,
    SEVEN,
    Bar,
    Drums,
    Layer,
    Melody,
    Stretch,
    Style,
)
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.patterns import Player
from musiclm.corpus.styles.world._heterophony import heterophony
from musiclm.corpus.styles.world._ornaments import mordent, shake, tremolo, turn
from musiclm.corpus.styles.world._percussion import percussion
from musiclm.corpus.styles.world._tune import Idiom, tune
from musiclm.corpus.theory import place

# No harmony: these are the tones that the tune leans on; only the tonic sounds below.
_HARMONY: Bank = {
    "major": {"A": ("I",), "end": ("I",), "final": ("I5",)},
    "minor": {"A": ("i",), "end": ("i",), "final": ("i5",)},
}
_CELLS = {
    COMMON: (
        "x-xxx-x-x-x-x---",
        "x---x-xxx-x-x---",
        "x-x-xxxxx---x-x-",
        "..x-x-x-x-xxx---",
        "x--xx-x-x-x-xxx-",
        "xxxxx-x-x---x---",
        "x-----x-xxx-x-x-",
        "x-x-x---xxxxx---",
    ),
    FIVE: (
        "x-----x-x-x-xxx-x---",
        "x-xxx-x-x---x-x-x---",
        "x---x-x-x-xxx-x-x---",
        "x-x-x-xxx-x-x---x-x-",
    ),
    SEVEN: ("x-x-xxx-x-x-x-", "x---x-x-xxx-x-", "x-xxx-x---x-x-", "x-x-x-x-xxx-x-"),
}
_ENDS = {
    COMMON: ("x-xxx-x-x-------", "x-x-xxx-x---....", "xxxxx-x-x-------"),
    FIVE: ("x-xxx-x-x-x-x-------", "x---x-x-xxx-x-------"),
    SEVEN: ("x-x-x-x-x-----", "x-xxx-x-x-----"),
}
# Dum on the low drum, tak on the high one, riq between them.
_DRUMS = percussion(
    {
        COMMON: (
            {  # maqsum
                "conga_low": "X.......X.......",
                "bongo": "..X...X.....X...",
                "conga_mute!0.5": "....o.....oo..oo",
                "tambourine!0.4": "x.ooX.oox.ooX.oo",
            },
            {  # saidi
                "conga_low": "X.....X.X.......",
                "bongo": "..X.........X...",
                "conga_mute!0.5": "....oo....oo..oo",
                "tambourine!0.4": "x.oox.ooX.oox.oo",
            },
            {  # wahda
                "conga_low": "X.......o.......",
                "bongo": "......X.....X.X.",
                "conga_mute!0.5": "...oo..oo..o...o",
                "tambourine!0.4": "x.o.X.o.x.o.X.o.",
            },
        ),
        FIVE: (
            {  # samai thaqil, ten eighths
                "conga_low": "X.........X.X.......",
                "bongo": "......X.......X.....",
                "conga_mute!0.5": "....oo..oo......oo.o",
                "tambourine!0.4": "x.o.o.x.o.x.x.x.o.o.",
            },
        ),
        SEVEN: (
            {  # dawr hindi
                "conga_low": "X.....X.......",
                "bongo": "..X.X.....X...",
                "conga_mute!0.5": ".......oo..o.o",
                "tambourine!0.4": "xoxoxoxoxoxoxo",
            },
        ),
    },
    fills={
        COMMON: (
            {"conga_low": "X.......X.......", "bongo": "..X.xxX.xxX.xxXX"},
            {"conga_low": "X..X..X.X.......", "bongo": ".xx.xx.x..xxXxXx"},
        )
    },
    final=("conga_low", "tambourine"),
)


def _tonic_below(player: Player, bar: Bar) -> None:
    """The tonic, held and struck again on the strong beats; nothing else moves down there."""
    root = place(player.tonic, player.low + 6, player.low, player.high)
    if bar.is_last:
        player.add(bar.start, bar.beats, root, 0.9, bar)
        return
    if not bar.drums:
        player.add(bar.start, bar.beats, root, 0.72, bar)
        return
    half = bar.beats // 2
    player.add(bar.start, half, root, 0.92, bar)
    player.add(bar.start + half, bar.beats - half, root, 0.8, bar)


STYLE = Style(
    name="maqam",
    tempo=(84.0, 124.0),
    metres={COMMON: 2.4, FIVE: 0.9, SEVEN: 0.5},
    modes={
        "phrygian dominant": 1.6,
        "double harmonic": 1.0,
        "harmonic minor": 1.0,
        "hungarian minor": 0.7,
    },
    harmony=_HARMONY,
    melody=Melody(
        instruments=("oud", "oud", "violin", "dulcimer"),
        cells=_CELLS,
        cadences=_ENDS,
        low=55,
        high=76,
        writer=tune(
            Idiom(
                cells=_CELLS,
                ends=_ENDS,
                leaps=0.05,
                variation=0.12,
                ornaments={turn: 0.16, mordent: 0.16, tremolo: 0.14, shake: 0.08},
                free=("taqsim",),
                legato=0.95,
                lift=(2, 3, 4),
            )
        ),
        gain_db=2.5,
    ),
    layers=(
        Layer(
            role="counter",
            instruments=("oud", "dulcimer"),
            writer=heterophony({tremolo: 0.3, mordent: 0.1}, level=0.86),
            low=48,
            high=79,
            without=("taqsim",),
            pan=-0.4,
            gain_db=2.0,
        ),
        Layer(
            role="counter",
            instruments=("flute",),  # played as a nay
            writer=heterophony({turn: 0.2, shake: 0.12}, octave=1, level=0.8, thin=0.3),
            low=62,
            high=88,
            without=("taqsim", "khana"),
            pan=0.35,
            gain_db=0.5,
        ),
        Layer(
            role="counter",
            instruments=("string_ensemble", "violin"),
            writer=heterophony({mordent: 0.08}, level=0.78),
            low=55,
            high=84,
            only=("taslim", "ending"),
            enter=0.4,
            pan=0.15,
            gain_db=0.5,
        ),
        Layer(
            role="bass",
            instruments=("cello", "contrabass"),
            writer=_tonic_below,
            low=36,
            high=55,
            gain_db=-2.0,
        ),
    ),
    drums=(Drums(kits=("hand_drums",), grooves={}, writer=_DRUMS, gain_db=2.0),),
    plans=(
        "taqsim khana taslim khana taslim ending",
        "taqsim dulab khana taslim hijazkar taslim khana taslim ending",
    ),
    stretches={
        "taqsim": Stretch("A", 8, energy=-0.2, drums=False),
        "dulab": Stretch("A", 4, energy=-0.05),
        "khana": Stretch("A", 8, energy=-0.05),
        "taslim": Stretch("B", 8, energy=0.1),
        "hijazkar": Stretch("C", 8, mode="double harmonic"),
        "ending": Stretch("", 2),
    },
    energy=0.6,
    tightness=0.4,
    ritard=0.12,
    reverb=(0.2, 0.36),
    brightness=(0.45, 0.6),
    treatments={"natural": 3.0, "roomy": 1.2, "dry": 0.6, "dark": 0.5, "lo-fi tape": 0.4},
    moods={"mysterious": 1.8, "longing": 1.5, "festive": 1.3, "playful": 0.8},
)
