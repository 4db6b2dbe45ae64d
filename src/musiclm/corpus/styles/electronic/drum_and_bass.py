"""Drum and bass: breakbeats at full speed over a slow, growling bass and wide chords."""

from random import Random

from musiclm.corpus.craft.blocks import COMMON, Bar, Drums, Groove, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.loops import Loop, looped
from musiclm.corpus.craft.machine import machine, strike
from musiclm.corpus.score import Note

_HARMONY: Bank = {
    "minor": {
        "A": (
            "i | i7 | bVImaj7 | bVImaj7",
            "i7 | i7 | bVI | bVII",
            "i | bIII | bVImaj7 | bVII",
        ),
        "B": ("bVImaj7 | bVII | i | i7", "bVI | bVI | i7 | i7", "i7 | i7 | bII | i7"),
        "C": ("bVImaj9 | iv9 | i9 | v7",),
        "end": ("bVII", "bVImaj7"),
        "final": ("i9",),
    },
    "dorian": {
        "A": ("i7 | i7 | IV | IV", "i7 | bVII | IV | i7"),
        "B": ("bIII | IV | i7 | i7", "bVII | IV | i | i7"),
        "end": ("v7",),
        "final": ("i9",),
    },
}
_BREAKS: tuple[Groove, ...] = (
    {
        "kick": "X.........X.....",
        "snare": "....X..g.g..X..g",
        "hat": "X.xoX.xoX.xoX.xo",
    },
    {
        "kick": "X.X.......X.....|X.X.......X..x..",
        "snare": "....X..o.o..X...|....X..o.o....X.",
        "ride": "x.x.x.x.x.x.x.x.",
    },
    {
        "kick": "X.........X.....|X.x.......X.....",
        "snare": "....X..g....X.g.",
        "hat": "XoxoXoxoXoxoXoxo",
        "shaker": "..x...x...x...x.",
    },
)
_HALF: tuple[Groove, ...] = (
    {"kick": "X...............", "snare": "........X.......", "hat": "x.o.x.o.x.o.x.o."},
)
_TOPS: tuple[Groove, ...] = ({"hat": "x.o.x.o.x.o.x.o.", "rim": "....o.......o..."},)
_plain = machine({"": _BREAKS, "intro": _TOPS, "break": _HALF, "outro": _TOPS}, fills="none")
# A break cut to pieces and put together anew: which strokes close a section.
_CHOPS = ("X.xxX.xxX.xxXxxx", "XxX.xxX.XxX.xxXX", "X..xX..xXxXxXXXX")


def _chopped(brief: Brief, bar: Bar, rng: Random) -> list[Note]:
    """The groove, with the snare of its second half cut up where a section ends."""
    notes = _plain(brief, bar, rng)
    if bar.to_go or bar.is_last or bar.name in ("intro", "break", "outro"):
        return notes
    half = bar.start + bar.beats / 2
    notes = [note for note in notes if note.start < half - 0.01]
    for index, character in enumerate(rng.choice(_CHOPS)):
        if index >= 8 and character != ".":
            level = 1.12 if character == "X" else 0.8
            notes.append(strike(bar, index / 4, "snare", level, 0.2))
    notes.append(strike(bar, 2.0, "kick", 1.1))
    return notes


STYLE = Style(
    name="drum and bass",
    tempo=(168.0, 178.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.4, "dorian": 0.8},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("fm_electric_piano", "synth_voice", "crystal"),
        cells={COMMON: ("x-------x---x---",)},
        cadences={COMMON: ("x-------x---x---",)},
        low=64,
        high=84,
        legato=0.95,
        gain_db=6.0,
        writer=looped(
            Loop(
                cells={
                    COMMON: (
                        "X-----x-----x---",
                        "X-----------x-x-",
                        "..X---x---x-----",
                        "X---x-----x-----",
                        "X--x--x---------",
                    )
                },
                bars=4,
                leaps=0.35,
                pentatonic=True,
                legato=1.0,
                thin={"intro": 0.6, "outro": 0.5},
            )
        ),
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("reese_bass",),
            writer="bass",
            patterns={
                COMMON: (
                    "R---------......|R-----..R---a---",
                    "R-----R---......|..R-----R-----5-",
                    "R--R----..R-----|R--R----..8-7-5-",
                    "R---------------|R-------5---7---",
                )
            },
            low=28,
            high=46,
            legato=0.95,
            gain_db=4.5,
            without=("intro",),
        ),
        Layer(
            role="pad",
            instruments=("atmosphere", "halo_pad"),
            writer="pad",
            low=55,
            high=79,
            size=4,
            spread="open",
            gain_db=6.5,
        ),
        Layer(
            role="chords",
            instruments=("electric_piano",),
            writer="chords",
            patterns={COMMON: ("X-----x---------|......x---......", "..X---....X-----")},
            low=55,
            high=76,
            size=4,
            spread="rootless",
            legato=0.9,
            chance=0.6,
            pan=-0.3,
            only=("break", "groove"),
            gain_db=2.0,
        ),
    ),
    drums=(
        Drums(
            kits=("standard_kit", "power_kit"),
            grooves={COMMON: _BREAKS},
            chance=1.0,
            gain_db=2.5,
            writer=_chopped,
        ),
    ),
    energy=0.72,
    tightness=0.9,
    ritard=0.0,
    reverb=(0.25, 0.4),
    brightness=(0.5, 0.7),
    extras={"sidechain": 0.3, "drive": 0.3},
    plans=(
        "intro drop ending",
        "intro groove drop ending",
        "intro groove drop break drop ending",
        "intro groove drop break build drop groove drop outro ending",
    ),
    stretches={
        "intro": Stretch("A", 4, energy=-0.25, swell=0.1),
        "groove": Stretch("A", 8),
        "drop": Stretch("B", 16, energy=0.14),
        "break": Stretch("C", 8, energy=-0.28),
        "build": Stretch("A", 4, energy=-0.1, swell=0.25),
        "outro": Stretch("A", 4, energy=-0.2, swell=-0.1),
        "ending": Stretch("", 2, energy=-0.05),
    },
    ending="ring",
    treatments={"natural": 4.0, "bright": 1.0, "dark": 1.0},
    moods={"energetic": 2.5, "dark": 1.6, "tense": 1.6, "dreamy": 1.2, "romantic": 0.4},
)
