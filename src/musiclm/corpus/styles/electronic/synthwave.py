"""Synthwave: eighth-note synth bass, wide pads, running arpeggios, a gated snare, a neon tune."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Groove, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.machine import machine

_HARMONY: Bank = {
    "minor": {
        "A": (
            "i | bVI | bIII | bVII",
            "i | bVII | bVI | bVI",
            "i | bVI | iv | bVII",
            "i | bIII | bVII | iv",
        ),
        "B": (
            "bVI | bVII | i | bIII",
            "bVI | bVII | v | i",
            "iv | bVII | bIII | bVI",
            "bIII | bVII | bVI | bVII",
        ),
        "C": ("bVImaj7 | bVImaj7 | bVII | bVII", "iv7 | i | bVImaj7 | V"),
        "end": ("bVI bVII", "bVII"),
        "final": ("i",),
    },
    "major": {
        "A": ("I | vi | IV | V", "I | iii | IV | iv", "I | V/7 | vi | IV"),
        "B": ("IV | V | vi | I/3", "IV | V | iii | vi", "bVI | bVII | I | I"),
        "C": ("bVImaj7 | bVII | I | I", "ii7 | IVmaj7 | vi | V7sus4"),
        "end": ("IV V", "bVI bVII"),
        "final": ("I",),
    },
    "dorian": {
        "A": ("i | IV | i | bVII", "i | bVII | IV | IV"),
        "B": ("bIII | IV | i | i", "bIII | bVII | IV | i"),
        "end": ("bVII",),
        "final": ("i",),
    },
}
_BEAT: tuple[Groove, ...] = (
    {
        "kick": "X...X...X...X...",
        "snare": "....X.......X...",
        "hat": "x.x.x.x.x.x.x.x.",
    },
    {
        "kick": "X.....x.X.......",
        "snare": "....X.......X...",
        "hat": "xoxoxoxoxoxoxoxo",
    },
    {
        "kick": "X.......X.x.....",
        "snare": "....X.......X...",
        "clap": "....x.......x...",
        "hat": "x.x.x.x.x.x.x.x.",
    },
)
_PULSE: tuple[Groove, ...] = ({"kick": "X.......X.......", "hat": "..o...o...o...o."},)

STYLE = Style(
    name="synthwave",
    tempo=(84.0, 118.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.4, "major": 0.7, "dorian": 0.4},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("saw_lead", "saw_lead", "square_lead", "synth_brass"),
        cells={
            COMMON: (
                "x---x-x-",
                "x--x--x-",
                "x-----x-",
                "x-x-x---",
                "x--xx-x-",
                "x-------",
                "x---xxx-",
                "x--x----",
            )
        },
        cadences={COMMON: ("x-x-x---", "x-------", "x--x----")},
        low=62,
        high=84,
        leaps=0.2,
        gain_db=2.0,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("synth_bass",),
            writer="bass",
            patterns={
                COMMON: (
                    "RRRRRRRR",
                    "R.RRR.RRR.R8R.RR",
                    "RR8RRR8R",
                    "R.R8R.R8R.R8R.R8",
                )
            },
            low=28,
            high=50,
            legato=0.75,
            gain_db=1.0,
            without=("intro",),
        ),
        Layer(
            role="pad",
            instruments=("poly_pad",),
            writer="pad",
            low=52,
            high=76,
            size=4,
            gain_db=5.5,
        ),
        Layer(
            role="arpeggio",
            instruments=("square_lead", "pluck_synth"),
            writer="arpeggio",
            patterns={COMMON: ("0123210123210121", "0.1.2.3.4.3.2.1.", "0213021302130213")},
            low=60,
            high=84,
            size=4,
            legato=0.6,
            chance=0.9,
            gain_db=5.0,
            pan=0.35,
            without=("verse",),
        ),
        Layer(
            role="chords",
            instruments=("synth_brass",),
            writer="chords",
            patterns={COMMON: ("X--X--X-........", "X-----------X-X-")},
            low=57,
            high=76,
            size=3,
            legato=0.8,
            pan=-0.3,
            gain_db=-3.0,
            chance=0.6,
            only=("chorus",),
        ),
    ),
    drums=(
        Drums(
            kits=("power_kit",),
            grooves={COMMON: _BEAT},
            chance=1.0,
            gain_db=1.5,
            writer=machine({"": _BEAT, "intro": _PULSE, "bridge": _PULSE}, fills="rock"),
        ),
    ),
    energy=0.62,
    tightness=0.95,
    ritard=0.0,
    reverb=(0.6, 0.8),
    brightness=(0.65, 0.85),
    extras={"sidechain": 0.3},
    plans=(
        "intro verse chorus ending",
        "intro verse chorus bridge chorus ending",
        "intro verse chorus verse chorus bridge chorus+2 outro ending",
        "intro verse verse chorus verse chorus bridge chorus chorus outro ending",
    ),
    stretches={
        "intro": Stretch("A", 4, energy=-0.18, swell=0.1, tune=False),
        "verse": Stretch("A", 8, energy=-0.06),
        "chorus": Stretch("B", 8, energy=0.14),
        "bridge": Stretch("C", 4, energy=-0.2, swell=0.15),
        "outro": Stretch("A", 4, energy=-0.15, swell=-0.1),
        "ending": Stretch("", 2, energy=-0.05),
    },
    ending="ring",
    treatments={"natural": 4.0, "roomy": 1.5, "lo-fi tape": 1.0, "bright": 0.7},
    moods={"nostalgic": 2.5, "dreamy": 1.6, "dark": 1.3, "energetic": 1.2, "playful": 0.5},
)
