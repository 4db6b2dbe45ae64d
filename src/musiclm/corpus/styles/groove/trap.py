"""Trap: hats that stutter and roll over a half-time clap, long 808 notes that slide, dark bells."""

from random import Random

from musiclm.corpus.craft.blocks import (
    COMMON,
    Bar,
    Drums,
    Groove,
    Layer,
    Melody,
    Stretch,
    Style,
    pick,
)
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.drums import drum_bar
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.loops import Loop, looped
from musiclm.corpus.craft.machine import settled, strike
from musiclm.corpus.craft.patterns import Player
from musiclm.corpus.score import Note
from musiclm.corpus.theory import place

_HARMONY: Bank = {
    "minor": {
        "A": (
            "i | i | bVI | bVI",
            "i | bVI | iv | v",
            "i | i | bVI | bVII",
            "i | iv | i | v",
        ),
        "B": ("i | bVI | bIII | bVII", "bVI | bVI | i | i", "iv | bVI | i | i"),
        "end": ("bVI", "v"),
        "final": ("i",),
    },
    "harmonic minor": {
        "A": ("i | i | bVI | V", "i | iv | i | V", "i | bVI | iv | V"),
        "B": ("iv | i | V | i", "bVI | V | i | i"),
        "end": ("V",),
        "final": ("i",),
    },
    "phrygian": {
        "A": ("i | i | bII | i", "i | bII | i | bII"),
        "B": ("bII | i | bII | bIII", "i | i | bIII | bII"),
        "end": ("bII",),
        "final": ("i",),
    },
}
# Where kicks fall: sparse, and never quite where the ear expects the next one.
_KICKS: tuple[Groove, ...] = (
    {"kick": "X.....x.......x.|X.....x...x....."},
    {"kick": "X..x......x.....|X..x......x..x.."},
    {
        "kick": "X.........x..x..|X.....x.........",
    },
    {"kick": "X......x..x.....|X......x......x."},
)
# Strokes within a beat: eighths, sixteenths, triplets of three kinds and a roll.
_STUTTERS = {4: 5.0, 3: 1.0, 6: 2.0, 8: 1.6, 12: 0.5}


def _rolls(brief: Brief, bar: Bar, rng: Random) -> list[Note]:
    """Clap on three, a sparse kick, and hats in eighths that break into rolls."""
    groove = _KICKS[settled(brief, f"kick{bar.letter}", len(_KICKS))]
    if bar.is_last:
        return drum_bar(groove, "none", bar, rng, crash=True, compound=False)
    notes: list[Note] = []
    if bar.name != "intro":
        notes += drum_bar(groove, "none", bar, rng, crash=bar.name == "hook", compound=False)
        notes.append(strike(bar, 2.0, "clap", 1.15))
        notes.append(strike(bar, 2.0, "snare", 1.0))
        if bar.in_section % 4 == 3:
            notes.append(strike(bar, 3.5, "snare", 0.7))
    # Some beats always roll in this piece, others only where the drummer feels like it.
    habit = settled(brief, "roll", 4)
    for beat in range(bar.beats):
        rolls = (beat == habit and bar.in_section % 2 == 1) or rng.random() < 0.22
        if not rolls:
            notes += [strike(bar, beat + half, "hat", 0.95 - 0.4 * half) for half in (0.0, 0.5)]
            continue
        count = pick(_STUTTERS, rng)
        rises = rng.random() < 0.5
        for stroke in range(count):
            share = stroke / count
            level = 0.55 + 0.45 * (share if rises else 1 - share)
            notes.append(strike(bar, beat + share, "hat", level, 0.8 / count))
    if bar.in_section % 4 == 3:
        notes.append(strike(bar, 1.5, "open", 0.8))
    return notes


def _sliding(player: Player, bar: Bar) -> None:
    """Long low notes with the kick; into a new root the pitch runs there by semitones."""
    low, top = player.low, player.high
    span = bar.spans[-1]
    root = place(span.chord.bass, low + 8, low, top)
    player.line = root
    if bar.is_last:
        player.add(bar.start, bar.beats, root, 1.1, bar)
        return
    memory = f"808{bar.letter}{bar.in_section % 2}"
    if memory not in player.shared:
        choices = ((0, 6, 10), (0, 10), (0, 3, 10), (0, 7, 11), (0, 6, 14))
        player.shared[memory] = player.rng.choice(choices)
    cuts = player.shared[memory]
    target = place(bar.following.bass, root, low, top)
    slides = bar.in_section % 2 == 1 and target != root
    if not slides and bar.in_section % 4 == 1 and root + 12 <= top + 5:
        # Nowhere to go: slide up an octave and fall back.
        target, slides = min(root + 12, top), root + 5 <= top
    end = 15 if slides else 16
    for index, first in enumerate(cuts):
        if first >= end:
            continue
        last = min(cuts[index + 1] if index + 1 < len(cuts) else end, end)
        player.add(bar.start + first / 4, (last - first) / 4 - 0.03, root, 1.12, bar)
    if slides:
        way = 1 if target > root else -1
        pitches = list(range(root, target, way))[-6:]
        for index, pitch in enumerate(pitches):
            at = bar.start + 3.75 + 0.25 * index / len(pitches)
            player.add(at, 0.25 / len(pitches) + 0.02, pitch, 0.95, bar)


STYLE = Style(
    name="trap",
    tempo=(130.0, 150.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.2, "harmonic minor": 0.9, "phrygian": 0.5},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("fm_bell", "music_box", "celesta"),
        cells={COMMON: ("x-----x-x-------",)},
        cadences={COMMON: ("x-----x-x-------",)},
        low=70,
        high=88,
        legato=1.0,
        gain_db=6.0,
        writer=looped(
            Loop(
                cells={
                    COMMON: (
                        "X-----x-----x---",
                        "X---x---x---x---",
                        "X-x-x---....x---",
                        "x-----x---x-x---",
                        "X--x--x---x-----",
                        "....x---x-x-x---",
                    )
                },
                bars=2,
                leaps=0.4,
                repeats=0.15,
                legato=1.2,
                thin={"verse": 0.8},
                lift={"bridge": 5},
                change=0.25,
            )
        ),
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("sub_bass",),
            writer=_sliding,
            low=31,
            high=50,
            legato=1.0,
            gain_db=5.0,
            without=("intro", "bridge"),
        ),
        Layer(
            role="pad",
            instruments=("choir_pad", "choir_aahs"),
            writer="pad",
            low=50,
            high=70,
            size=3,
            gain_db=6.0,
            without=("verse",),
        ),
        Layer(
            role="chords",
            instruments=("tremolo_strings", "pizzicato_strings"),
            writer="chords",
            patterns={COMMON: ("X-x-x-x-X-x-x-x-", "X---x-x-X---x-x-", "x.x.x.x.x.x.x.x.")},
            low=55,
            high=74,
            size=2,
            legato=0.6,
            pan=0.35,
            chance=0.6,
            gain_db=3.0,
            only=("hook",),
        ),
    ),
    drums=(
        Drums(
            kits=("tr808_kit",),
            grooves={COMMON: _KICKS},
            fills="none",
            chance=1.0,
            gain_db=2.5,
            writer=_rolls,
            without=("bridge",),
        ),
    ),
    energy=0.62,
    tightness=1.0,
    ritard=0.0,
    reverb=(0.08, 0.18),
    brightness=(0.75, 0.95),
    extras={"drive": 0.4},
    plans=(
        "intro hook ending",
        "intro verse hook ending",
        "intro hook verse hook bridge hook ending",
        "intro hook verse hook verse bridge hook hook ending",
    ),
    stretches={
        "intro": Stretch("B", 4, energy=-0.15),
        "verse": Stretch("A", 8),
        "hook": Stretch("B", 8, energy=0.12),
        "bridge": Stretch("A", 4, energy=-0.2),
        "ending": Stretch("", 2),
    },
    ending="cold",
    treatments={"natural": 4.0, "dark": 2.0, "dry": 1.5},
    moods={"dark": 2.5, "tense": 1.8, "mysterious": 1.5, "sad": 1.2, "happy": 0.3},
)
