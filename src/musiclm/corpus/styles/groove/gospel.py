"""Gospel: organ and piano that pass through diminished chords, a choir, and keys that rise."""

from random import Random

from musiclm.corpus.craft.blocks import (
    COMMON,
    TWELVE,
    Bar,
    Drums,
    Groove,
    Layer,
    Melody,
    Stretch,
    Style,
)
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.drums import drum_bar
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.machine import settled, strike
from musiclm.corpus.craft.patterns import Player
from musiclm.corpus.score import Note

_HARMONY: Bank = {
    "major": {
        "A": (
            "I I7/3 | IV #ivo7 | I/5 VI7 | ii7 V7",
            "I | I7 | IV iv6 | I/5 V7",
            "I III7/#5 | vi I7/5 | IV #ivo7 | I/5 V7",
            "I IV/1 | I I7 | IV #ivo7 | I/5 II7",
            "I V/7 | vi I7/5 | IV I/3 | ii7 V7sus4",
        ),
        "B": (
            "IV #ivo7 | I/5 VI7 | II7 | V7sus4 V7",
            "IV | V/4 III7/3 | vi II7 | ii7 V7",
            "IV IV/3 | ii7 #iio7 | I/3 VI7 | ii7 V7",
            "IV #ivo7 | I/5 I7 | IV iv6 | I/5 V7",
        ),
        "C": ("vi III7/7 | vi/5 II7 | ii7 V7 | I I7", "iii7 VI7 | ii7 | iii7 VI7 | II7 V7"),
        "end": ("IV #ivo7 I/5 V7", "ii7 V7sus4", "IV iv6"),
        "final": ("I",),
    },
    "minor": {
        "A": (
            "i i/b7 | iv #ivo7 | i/5 | V7",
            "i | iv i/b3 | iim7b5 | V7b9",
            "i V7/7 | i | iv #ivo7 | i/5 V7",
        ),
        "B": (
            "iv bVII7 | bIII bVI | iim7b5 | V7b9",
            "iv #ivo7 | i/5 bVI7 | iim7b5 V7b9 | i",
        ),
        "C": ("bVI bVII | bIII | iv #ivo7 | V7sus4 V7",),
        "end": ("iv V7b9", "iim7b5 V7b9"),
        "final": ("i",),
    },
}
_SWAY: tuple[Groove, ...] = (
    {"kick": "X....xX....x", "snare": "...X.....X..", "ride": "x.xx.xx.xx.x"},
    {"kick": "X..x..X..x..", "snare": "...X.....X.g", "hat": "xoxxoxxoxxox"},
)
_SHOUT: tuple[Groove, ...] = (
    {"kick": "X...x...X...x...", "snare": "..X...X...X...X.", "hat": "x.x.x.x.x.x.x.x."},
    {"kick": "X.....x.X.x.....", "snare": "....X.......X..g", "ride": "x.x.x.x.x.x.x.x."},
)


def _hands(brief: Brief, bar: Bar, rng: Random) -> list[Note]:
    """The kit, claps on two and four, and a tambourine that never rests."""
    compound = brief.metre == TWELVE
    bank = _SWAY if compound else _SHOUT
    groove = bank[settled(brief, "gospel", len(bank))]
    fills = "jazz" if compound else "rock"
    notes = drum_bar(groove, fills, bar, rng, crash=True, compound=compound)
    if bar.is_last:
        # The last chord is rolled on, not left alone.
        return notes + [strike(bar, i / 6, "tambourine", 0.9 - 0.03 * i, 0.15) for i in range(12)]
    for beat in range(bar.beats):
        off = (1 / 3, 2 / 3) if compound else (0.25, 0.5, 0.75)
        if bar.name != "intro":
            level = 1.15 if beat % 2 else 0.8
            notes.append(strike(bar, beat, "tambourine", level))
            notes += [strike(bar, beat + part, "tambourine", 0.6) for part in off]
            if beat % 2:
                notes.append(strike(bar, beat, "clap", 1.0))
    return notes


def _fills_of_the_organ(player: Player, bar: Bar) -> None:
    """Held chords, with a run through the chord where the choir breathes."""
    if bar.is_last or bar.to_go % 4 != 0:
        for span in bar.spans:
            for pitch in player.voicing(span.chord):
                player.add(span.start, span.beats, pitch, 0.85, bar)
        return
    for span in bar.spans:
        voicing = player.voicing(span.chord)
        for pitch in voicing[:-1]:
            player.add(span.start, span.beats, pitch, 0.82, bar)
        figure = (*voicing, voicing[0] + 12, *voicing[::-1])
        count = min(len(figure), round(span.beats * 3))
        for index in range(count):
            at = span.start + index * span.beats / count
            player.add(at, span.beats / count, figure[index] + 12, 0.9, bar)


STYLE = Style(
    name="gospel",
    tempo=(58.0, 112.0),
    metres={TWELVE: 2.0, COMMON: 1.2},
    modes={"major": 2.0, "minor": 0.5},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("choir_aahs",),
        cells={
            COMMON: (
                "x-x-xxx-",
                "x--xx-x-",
                "..x-x-xx",
                "x---x-x-",
                "x-xxx---",
                ".xxxx-x-",
                "x-----x-",
            ),
            TWELVE: (
                "x--x-xx--x--",
                "x-xx-xx-----",
                "...x-xx-xx--",
                "x--xxxx-----",
                "x-----x-xx--",
                "x--x--x--x-x",
            ),
        },
        cadences={
            COMMON: ("x-x-x---", "x---x---", "x-------"),
            TWELVE: ("x--x--x-----", "x-----x-----", "x-xx-xx-----"),
        },
        low=58,
        high=76,
        leaps=0.15,
        ornament=0.1,
        gain_db=4.0,
        doubling="thirds",
    ),
    layers=(
        Layer(
            role="pad",
            instruments=("rock_organ", "drawbar_organ"),
            writer=_fills_of_the_organ,
            low=50,
            high=90,
            size=4,
            legato=0.98,
            pan=0.3,
            gain_db=3.0,
        ),
        Layer(
            role="chords",
            instruments=("acoustic_grand_piano",),
            writer="chords",
            patterns={
                COMMON: (
                    "X--x--x-X--x--x-",
                    "X.xxX.xxX.xxX.xx",
                    "X-x-X-xxX-x-X-x-",
                ),
                TWELVE: ("X-xx-xX-xx-x", "XxxXxxXxxXxx", "X-xX-xX-xX-x"),
            },
            low=52,
            high=79,
            size=4,
            legato=0.9,
            pan=-0.3,
            gain_db=3.0,
        ),
        Layer(
            role="bass",
            instruments=("fretless_bass", "finger_bass"),
            writer="bass",
            patterns={
                COMMON: ("R-.RR-5a", "R--5R-8a", "R-R-5-Ra"),
                TWELVE: ("R--R-5R--5-a", "R----5R--8-a", "R-RR-5R-R5-a"),
            },
            low=28,
            high=48,
            legato=0.9,
            gain_db=2.0,
        ),
        Layer(
            role="counter",
            instruments=("choir_aahs",),
            writer="pad",
            low=50,
            high=70,
            size=3,
            gain_db=2.0,
            only=("chorus", "vamp", "ending"),
        ),
    ),
    drums=(
        Drums(
            kits=("standard_kit",),
            grooves={COMMON: _SHOUT, TWELVE: _SWAY},
            chance=1.0,
            gain_db=-1.0,
            writer=_hands,
        ),
    ),
    energy=0.62,
    swing=(0.0, 0.0),
    tightness=0.4,
    ritard=0.2,
    reverb=(0.55, 0.7),
    brightness=(0.5, 0.65),
    plans=(
        "intro verse ending",
        "intro verse chorus ending",
        "intro verse chorus chorus+1 ending",
        "intro verse chorus verse chorus vamp+1 vamp+1 ending",
        "intro verse verse chorus verse chorus bridge chorus+1 vamp+1 vamp+1 ending",
    ),
    stretches={
        "intro": Stretch("A", 2, energy=-0.1, tune=False),
        "verse": Stretch("A", 8, energy=-0.1),
        "chorus": Stretch("B", 8, energy=0.1),
        "bridge": Stretch("C", 4, energy=0.0, swell=0.15),
        "vamp": Stretch("B", 4, energy=0.2),
        "ending": Stretch("", 2, energy=0.1),
    },
    ending="ring",
    treatments={"natural": 4.0, "roomy": 2.0, "cathedral": 1.0},
    moods={"happy": 1.8, "hopeful": 2.5, "epic": 1.3, "romantic": 0.8, "dark": 0.1, "tense": 0.1},
)
