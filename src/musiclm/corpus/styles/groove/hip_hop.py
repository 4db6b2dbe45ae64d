"""Hip hop: boom bap, hard drums under a short loop that sounds lifted from an old record."""

from random import Random

from musiclm.corpus.craft.blocks import COMMON, Bar, Drums, Groove, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.loops import Loop, looped
from musiclm.corpus.craft.machine import machine
from musiclm.corpus.craft.patterns import Player
from musiclm.corpus.score import Note

_HARMONY: Bank = {
    "minor": {
        "A": (
            "i7 | i7 | iv7 | iv7",
            "i | bVI | i | bVI",
            "i7 | bVImaj7 | i7 | V7",
            "i7 iv7 | i7 V7 | i7 iv7 | i7 V7",
            "i | i/b7 | bVImaj7 | V7",
        ),
        "B": ("iv7 | i7 | iv7 | V7s9", "bVImaj7 | V7 | i7 | i7", "bVI | bVII | i | i"),
        "end": ("i7", "V7"),
        "final": ("i7", "i"),
    },
    "dorian": {
        "A": ("i7 | IV7 | i7 | IV7", "i9 | i9 | IV9 | IV9", "i7 ii7 | bIIImaj7 ii7 | i7 ii7 | i7"),
        "B": ("bIIImaj7 | IV7 | i7 | i7", "v7 | IV7 | i7 | i7"),
        "end": ("v7",),
        "final": ("i7",),
    },
}
_BOOM_BAP: tuple[Groove, ...] = (
    {"kick": "X.....x..xX.....", "snare": "....X.......X...", "hat": "x.x.x.x.x.x.x.x."},
    {
        "kick": "X..x....x.X.....|X..x...xx.X...x.",
        "snare": "....X.......X..g",
        "hat": "x.x.x.xxx.x.x.x.",
    },
    {
        "kick": "Xx......x.X..x..",
        "snare": "....X..g....X...",
        "hat": "x.x.x.x.x.x.x...",
        "open": "..............x.",
    },
    {
        "kick": "X.......xx....x.|X.....x.x.X.....",
        "snare": "....X.......X...",
        "ride": "x.x.x.x.x.x.x.x.",
    },
)
_boom_bap = machine({"": _BOOM_BAP}, fills="none", crash=False)
_DROPS = ((12, 16), (8, 16), (0, 4), (14, 16))


def _beat(brief: Brief, bar: Bar, rng: Random) -> list[Note]:
    """The loop, and now and then a hole: the producer's hand on the mute button."""
    notes = _boom_bap(brief, bar, rng)
    if bar.to_go == 0 and not bar.is_last and rng.random() < 0.7:
        first, last = (bar.start + edge / 4 for edge in rng.choice(_DROPS))
        notes = [note for note in notes if not first - 0.01 <= note.start < last - 0.01]
    return notes


def _chop(player: Player, bar: Bar) -> None:
    """Chords as a sampler plays them: one voicing, cut off hard, and cut differently at times."""
    if bar.is_last:
        for pitch in player.voicing(bar.spans[-1].chord):
            player.add(bar.start, bar.beats, pitch, 0.95, bar)
        return
    memory = f"chop{bar.letter}{bar.in_section % 2}"
    cuts = player.shared.get(memory)
    if cuts is None:
        cuts = player.rng.choice(
            ((0, 6, 10), (0, 3, 8, 11), (0, 8, 14), (0, 4, 7, 12), (2, 8, 10), (0, 10))
        )
        player.shared[memory] = cuts
    edges = (*cuts, 16)
    for first, last in zip(cuts, edges[1:], strict=True):
        start = bar.start + first / 4
        over = bar.chord_at(start)
        beats = min((last - first) / 4 - 0.06, 1.4)
        for pitch in player.voicing(over):
            player.add(start, beats, pitch, 1.0 if first % 4 == 0 else 0.88, bar)


STYLE = Style(
    name="hip hop",
    tempo=(84.0, 98.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.3, "dorian": 0.8},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("flute", "muted_trumpet", "pizzicato_strings", "soprano_sax"),
        cells={COMMON: ("x-----x-x-------",)},
        cadences={COMMON: ("x-----x-x-------",)},
        low=62,
        high=80,
        legato=0.8,
        gain_db=0.5,
        writer=looped(
            Loop(
                cells={
                    COMMON: (
                        "X-x-x---....x-x-",
                        "....X--x--x-x---",
                        "X--x--x-........",
                        "x-xx..x-x---..x-",
                        "..x-x-X---......",
                        "X-----x-x-x-....",
                    )
                },
                bars=2,
                pentatonic=True,
                leaps=0.3,
                repeats=0.15,
                legato=0.8,
                thin={"intro": 0.6, "verse": 0.75},
                change=0.2,
            )
        ),
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("acoustic_grand_piano",),
            writer=_chop,
            low=50,
            high=71,
            size=4,
            legato=1.0,
            pan=-0.1,
            gain_db=2.0,
        ),
        Layer(
            role="bass",
            instruments=("picked_bass", "synth_bass"),
            writer="bass",
            patterns={
                COMMON: (
                    "R--...R--.R-..5-",
                    "R..R..R.R...5.a.",
                    "R-----R.....R-8.",
                    "R.R...5.R.....a.",
                )
            },
            low=28,
            high=45,
            legato=0.85,
            gain_db=4.0,
        ),
        Layer(
            role="counter",
            instruments=("string_ensemble",),
            writer="chords",
            patterns={
                COMMON: ("X-x-x-x-........|................", "X-------........|....X-X-X-......")
            },
            low=60,
            high=79,
            size=2,
            legato=0.8,
            pan=0.3,
            gain_db=0.0,
            only=("hook",),
        ),
    ),
    drums=(
        Drums(
            kits=("power_kit", "standard_kit"),
            grooves={COMMON: _BOOM_BAP},
            fills="none",
            chance=1.0,
            crash=False,
            gain_db=4.0,
            writer=_beat,
            without=("intro",),
        ),
    ),
    energy=0.66,
    swing=(0.25, 0.6),
    swing_unit=0.25,
    tightness=0.75,
    ritard=0.0,
    reverb=(0.02, 0.1),
    brightness=(0.15, 0.28),
    extras={"vinyl": 0.55, "drive": 0.6},
    plans=(
        "intro verse hook ending",
        "intro verse hook verse ending",
        "intro verse hook verse hook verse hook ending",
    ),
    stretches={
        "intro": Stretch("A", 2, energy=-0.12),
        "verse": Stretch("A", 8),
        "hook": Stretch("B", 8, energy=0.1),
        "ending": Stretch("", 2, energy=0.0),
    },
    ending="cold",
    treatments={"natural": 4.0, "dry": 3.0, "lo-fi tape": 1.0},
    moods={"dark": 1.4, "nostalgic": 1.3, "playful": 1.2, "energetic": 1.3, "romantic": 0.4},
)
