"""Disco: four on the floor, open hats between, octaves in the bass, strings that stab and run."""

from musiclm.corpus.craft.blocks import COMMON, Bar, Drums, Groove, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.machine import machine
from musiclm.corpus.craft.patterns import Player
from musiclm.corpus.theory import MODES, nearest, scale_over, step

_HARMONY: Bank = {
    "minor": {
        "A": (
            "i7 | i7 | iv7 | bVII9",
            "i7 | bVImaj7 | iv7 | V7",
            "i7 | v7 | bVImaj7 | bVII",
            "i9 | IV9 | i9 | IV9",
        ),
        "B": (
            "iv7 | bVII9 | bIIImaj7 | bVImaj7",
            "iv7 | v7 | i7 | i7",
            "i | bVII | bVI | V7",
            "bVImaj7 | bVII | v7 | i7",
        ),
        "C": ("bVImaj7 | V7sus4 | bVImaj7 | V7", "iim7b5 | V7 | iim7b5 | V7"),
        "end": ("V7", "iv7 V7"),
        "final": ("i7", "i"),
    },
    "major": {
        "A": (
            "Imaj7 | vi7 | ii7 | V7sus4",
            "I | IV/1 | I | V7sus4",
            "Imaj7 | Imaj7 | ii7 | V9",
            "vi7 | ii7 | V9 | Imaj7",
        ),
        "B": (
            "IVmaj7 | iii7 | ii7 | V9",
            "ii7 | V9 | iii7 | vi7",
            "IV | V | vi7 | V",
        ),
        "C": ("bVImaj7 | bVII9 | Imaj7 | V7sus4", "iv7 | bVII9 | bIIImaj7 | V7sus4"),
        "end": ("V7sus4 V7", "ii7 V9"),
        "final": ("I6", "I"),
    },
}
_FLOOR = "X...X...X...X..."
_FULL: tuple[Groove, ...] = (
    {
        "kick": _FLOOR,
        "snare": "....X.......X...",
        "hat": "x...x...x...x...",
        "open": "..X...X...X...X.",
    },
    {
        "kick": _FLOOR,
        "snare": "....X.......X..g",
        "hat": "xo.oxo.oxo.oxo.o",
        "open": "..X...X...X...X.",
        "tambourine": "x.x.x.x.x.x.x.x.",
    },
)
_BREAK: tuple[Groove, ...] = (
    {
        "kick": _FLOOR,
        "conga": "x..x..x.x.xx..x.",
        "conga_low": ".......x......x.",
        "cowbell": "x.x.x.xx.x.x.x.x",
    },
)


def _strings(player: Player, bar: Bar) -> None:
    """Two bars of held chord, a stab, and a run up the scale into the next phrase."""
    voicing = player.voicing(bar.spans[0].chord)
    if bar.is_last:
        for pitch in voicing:
            player.add(bar.start, bar.beats, pitch, 1.0, bar)
        return
    place = bar.in_section % 4
    if place == 3:
        over = bar.spans[-1].chord
        pool = scale_over(bar.tonic, MODES[bar.mode], over)
        goal = nearest(voicing[-1] + 3, bar.following.stable, player.low, player.high)
        pitches = [goal]
        while len(pitches) < 9:
            pitches.append(step(pitches[-1], -1, pool))
        for index, pitch in enumerate(pitches[:0:-1]):
            at = bar.start + 2 + index / 4
            player.add(at, 0.25, pitch, 0.8 + 0.04 * index, bar)
            player.add(at, 0.25, pitch - 12, 0.7 + 0.04 * index, bar)
        stabs: tuple[float, ...] = (0.0, 0.75)
    elif place == 1:
        stabs = (0.0, 0.75, 1.5, 2.5)
    else:
        for span in bar.spans:
            held = player.voicing(span.chord)
            for pitch in held:
                player.add(span.start, span.beats, pitch, 0.85, bar)
        return
    for stab in stabs:
        for pitch in player.voicing(bar.chord_at(bar.start + stab)):
            player.add(bar.start + stab, 0.4, pitch, 1.08, bar)


STYLE = Style(
    name="disco",
    tempo=(112.0, 128.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.2, "major": 1.0},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("trumpet", "alto_sax", "flute"),
        cells={
            COMMON: (
                "x--x--x-x---x---",
                "x-x-x-x-x-x-x---",
                "x---x--x--x-x---",
                "..x-x-x-x---x-x-",
                "x-xx-x-xx---x---",
                "x-----x-x-x-x---",
                "x--x--x---------",
            )
        },
        cadences={COMMON: ("x-x-x-----------", "x--x--x---------", "x---x---x-------")},
        low=65,
        high=86,
        leaps=0.2,
        gain_db=4.5,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("finger_bass",),
            writer="bass",
            patterns={
                COMMON: (
                    "R.8.R.8.R.8.R.8.",
                    "R.8.R.8.R.8.5.8a",
                    "R.8.R.8.R.8.5.8.",
                    "R.88R.88R.88R.8a",
                )
            },
            low=28,
            high=58,
            legato=0.75,
            gain_db=3.0,
        ),
        Layer(
            role="chords",
            instruments=("clean_guitar",),
            writer="chords",
            patterns={COMMON: ("xoXoxoXoxoXoxoXo", "x.Xox.Xox.Xox.Xo", "o.Xxo.Xxo.Xxo.Xx")},
            low=60,
            high=79,
            size=3,
            spread="rootless",
            strum=0.003,
            legato=0.4,
            pan=0.5,
            gain_db=5.5,
        ),
        Layer(
            role="chords",
            instruments=("electric_piano",),
            writer="chords",
            patterns={COMMON: ("X--x--x---x--x--", "x.x.x.x.x.x.x.x.")},
            low=52,
            high=72,
            size=4,
            legato=0.7,
            pan=-0.4,
            gain_db=1.0,
        ),
        Layer(
            role="counter",
            instruments=("string_ensemble",),
            writer=_strings,
            low=57,
            high=91,
            size=3,
            legato=0.95,
            gain_db=5.5,
            without=("break",),
        ),
        Layer(
            role="chords",
            instruments=("brass_section",),
            writer="chords",
            patterns={
                COMMON: ("............X.X.|X...............", "X..X..X.........|................")
            },
            low=57,
            high=77,
            size=4,
            legato=0.6,
            chance=0.8,
            gain_db=0.0,
            only=("chorus",),
        ),
    ),
    drums=(
        Drums(
            kits=("standard_kit",),
            grooves={COMMON: _FULL},
            chance=1.0,
            gain_db=1.0,
            writer=machine({"": _FULL, "break": _BREAK}, steady=True, fills="rock"),
        ),
    ),
    percussion=(
        Drums(
            kits=("hand_drums",),
            grooves={COMMON: ({"conga": "x.x..x.xx.x..x.x", "conga_low": "...x......x....."},)},
            fills="none",
            chance=0.7,
            crash=False,
            gain_db=-3.0,
            role="percussion",
        ),
    ),
    energy=0.68,
    tightness=0.8,
    ritard=0.0,
    reverb=(0.3, 0.42),
    brightness=(0.4, 0.55),
    plans=(
        "intro verse chorus ending",
        "intro verse chorus break chorus ending",
        "intro verse chorus verse chorus break chorus+2 ending",
        "intro verse chorus verse chorus bridge break chorus chorus+2 ending",
    ),
    stretches={
        "intro": Stretch("A", 4, energy=-0.08, tune=False),
        "verse": Stretch("A", 8, energy=-0.06),
        "chorus": Stretch("B", 8, energy=0.12),
        "bridge": Stretch("C", 4, energy=0.0, swell=0.15),
        "break": Stretch("A", 4, energy=-0.14),
        "ending": Stretch("", 2, energy=0.05),
    },
    ending="ring",
    treatments={"natural": 4.0, "bright": 2.0, "roomy": 1.0},
    moods={"happy": 2.0, "energetic": 2.0, "romantic": 1.3, "playful": 1.3, "dark": 0.3},
)
