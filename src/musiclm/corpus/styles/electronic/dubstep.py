"""Dubstep: half time, one huge snare a bar, and a bass that wobbles in changing rhythms."""

from musiclm.corpus.craft.blocks import COMMON, Bar, Drums, Groove, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.loops import Loop, looped
from musiclm.corpus.craft.machine import machine
from musiclm.corpus.craft.patterns import Player
from musiclm.corpus.theory import MODES, place, scale_over, step

_HARMONY: Bank = {
    "minor": {
        "A": ("i | i | bVI | bVII", "i | i | bVI | v", "i | bVI | bIII | bVII"),
        "B": ("i | i | i | bVI", "i | i | bVI | bVII", "i | i | bIII | bII"),
        "C": ("bVI | bVII | i | i", "iv | bVI | i | v"),
        "end": ("bVII", "bVI"),
        "final": ("i",),
    },
    "phrygian": {
        "A": ("i | i | bII | i", "i | bVI | bII | i"),
        "B": ("i | i | i | bII", "i | i | bIII | bII"),
        "end": ("bII",),
        "final": ("i",),
    },
}
# Strokes a beat of the wobble, one number a beat; a rhythm is kept for two bars.
_RATES = (
    (2, 2, 4, 4),
    (1, 3, 3, 4),
    (3, 3, 2, 6),
    (4, 4, 2, 1),
    (2, 6, 4, 3),
    (1, 1, 4, 6),
    (4, 2, 4, 8),
)


def _wobble(player: Player, bar: Bar) -> None:
    """The bass sounds in short strokes whose speed changes from beat to beat."""
    rng = player.rng
    top = min(player.high, player.low + 17)
    if bar.is_last:
        player.add(bar.start, 2.0, place(bar.tonic, player.low + 6, player.low, top), 1.1, bar)
        return
    memory = f"wobble{bar.letter}{bar.in_section // 2 % 2}"
    if memory not in player.shared:
        player.shared[memory] = rng.choice(_RATES)
    rates = player.shared[memory]
    if bar.in_section % 2:
        rates = (*rates[2:], *rates[:2])
    pool = scale_over(bar.tonic, MODES[bar.mode], bar.spans[0].chord)
    for beat in range(bar.beats):
        start = bar.start + beat
        over = bar.chord_at(start)
        root = place(over.bass, player.low + 6, player.low, top)
        rate = rates[beat % len(rates)]
        # The snare stands alone: the bass keeps off the first half of the third beat.
        skipped = 0.5 if beat == 2 else 0.0
        for stroke in range(rate):
            if stroke / rate < skipped:
                continue
            late = beat == bar.beats - 1 and stroke == rate - 1 and rng.random() < 0.5
            pitch = step(root, rng.choice((1, 2, -1)), pool) if late else root
            pitch = pitch if player.low <= pitch <= top else root
            level = 1.15 if stroke == 0 else 0.9 + 0.12 * (stroke % 2)
            player.add(start + stroke / rate, 0.85 / rate, pitch, level, bar)


_FULL: tuple[Groove, ...] = (
    {
        "kick": "X.....x.......x.",
        "snare": "........X.......",
        "clap": "........X.......",
        "hat": "x.x.x.x.x.x.xoxo",
    },
    {
        "kick": "X..x............|X.....x...x.....",
        "snare": "........X.......",
        "clap": "........X.......",
        "hat": "..x...x...x..xx.",
    },
    {
        "kick": "X.........x.....|X..x.......x....",
        "snare": "........X.......|........X......g",
        "clap": "........X.......",
        "shaker": "xoxoxoxoxoxoxoxo",
    },
)
_BARE: tuple[Groove, ...] = (
    {"kick": "X...............", "rim": "........x.......", "hat": "..o...o...o...o."},
)

STYLE = Style(
    name="dubstep",
    tempo=(138.0, 144.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.4, "phrygian": 0.8},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("saw_lead", "charang_lead"),
        cells={COMMON: ("x-------x---x---",)},
        cadences={COMMON: ("x-------x---x---",)},
        low=60,
        high=80,
        legato=0.85,
        gain_db=1.0,
        writer=looped(
            Loop(
                cells={
                    COMMON: (
                        "X-----x---x-----",
                        "X-------..x-x---",
                        "X--x--x-....x---",
                        "....x---x-x-----",
                    )
                },
                bars=2,
                leaps=0.35,
                thin={"intro": 0.7, "drop": 0.55, "outro": 0.6},
            )
        ),
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("wobble_bass",),
            writer=_wobble,
            low=28,
            high=50,
            gain_db=5.0,
            without=("intro", "break", "build", "outro"),
        ),
        Layer(
            role="bass",
            instruments=("sub_bass",),
            writer="bass",
            patterns={COMMON: ("R-------........", "R-------..R-----", "R---------------")},
            low=25,
            high=42,
            legato=0.95,
            gain_db=1.0,
        ),
        Layer(
            role="pad",
            instruments=("bowed_pad", "choir_pad"),
            writer="pad",
            low=50,
            high=72,
            size=3,
            spread="open",
            gain_db=5.0,
            without=("drop",),
        ),
        Layer(
            role="chords",
            instruments=("synth_brass",),
            writer="chords",
            patterns={COMMON: ("X--.............|................", "......X-........")},
            low=55,
            high=74,
            size=3,
            legato=0.6,
            only=("drop",),
            chance=0.7,
            gain_db=5.0,
        ),
    ),
    drums=(
        Drums(
            kits=("power_kit",),
            grooves={COMMON: _FULL},
            chance=1.0,
            gain_db=2.0,
            writer=machine(
                {"": _FULL, "intro": _BARE, "break": _BARE, "outro": _BARE},
                fills="none",
                rolls=("build",),
            ),
        ),
    ),
    energy=0.7,
    tightness=1.0,
    ritard=0.0,
    reverb=(0.25, 0.4),
    brightness=(0.2, 0.35),
    extras={"sidechain": 0.4, "drive": 0.6},
    plans=(
        "intro build drop ending",
        "intro build drop break build drop ending",
        "intro verse build drop break build drop outro ending",
    ),
    stretches={
        "intro": Stretch("A", 4, energy=-0.25, swell=0.1),
        "verse": Stretch("A", 8, energy=-0.1),
        "build": Stretch("A", 4, energy=-0.12, swell=0.3),
        "drop": Stretch("B", 8, energy=0.2),
        "break": Stretch("C", 4, energy=-0.28),
        "outro": Stretch("A", 4, energy=-0.2, swell=-0.1),
        "ending": Stretch("", 2, energy=0.05),
    },
    ending="cold",
    treatments={"natural": 4.0, "dark": 2.0, "dry": 1.0},
    moods={"dark": 2.5, "tense": 2.5, "energetic": 1.6, "epic": 1.4, "romantic": 0.2},
)
