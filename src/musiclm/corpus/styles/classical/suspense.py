"""Suspense: a pulse in the low strings that never lets go, a clock, a pedal, and a slow rise.

Everything stands on one bass note. Above it a string line climbs step by step through each
section; a few notes of piano ask a question. Consecutive fifths are avoided between pedal, rising
line and tune.
"""

from collections.abc import Sequence
from random import Random

from musiclm.corpus.craft.blocks import COMMON, FIVE, SEVEN, Bar, Melody, Metre, Stretch, Style
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.score import Part
from musiclm.corpus.styles.classical._ground import lay_ground
from musiclm.corpus.styles.classical._stage import Staff, Stage, held, stream
from musiclm.corpus.styles.classical._themes import Idiom
from musiclm.corpus.styles.classical._voices import Rules, moment
from musiclm.corpus.theory import place

_CELLS = {
    COMMON: ("x---x---", "x-x-....", "x-----x-", "..x-x---", "x--xx---", "x-------"),
    FIVE: ("x---x---..", "x-x---....", "x-----x---", "..x-x-x---"),
    SEVEN: ("x---x--", "x-x-...", "x-----x", "..x-x--"),
}
_ENDS = {
    COMMON: ("x-------", "x-x-...."),
    FIVE: ("x-------..", "x-x-......"),
    SEVEN: ("x------", "x-x-..."),
}
# R the pedal note, r softly, u a semitone above it, t a third, f the fifth, 8 the octave.
_PULSES: dict[Metre, tuple[str, ...]] = {
    COMMON: (
        "RrrrRrrrRrrrtrru",
        "R.rrR.rrR.rrR.ut",
        "RrRrtrRrRrRrtrur",
        "R.r.R.r.R.r.t.u.",
        "RrrRrrRrRrrRrrur",
    ),
    FIVE: ("RrRrRrRrur", "R.r.R.r.R.", "RrrRrrRrut"),
    SEVEN: ("RrRrRrr", "RrrRrRu", "R.R.Rru"),
}
_CLOCKS: dict[Metre, tuple[str, str]] = {
    COMMON: ("x...x...x...x...", "..o...o...o...o."),
    FIVE: ("x.x.x.x.x.", ".o.o.o.o.o"),
    SEVEN: ("x.x.x..", ".o.o.oo"),
}
_HARMONY: Bank = {
    "minor": {
        "A": (
            "i | i | bVI/1 | bVI/1 | iv/1 | iv/1 | bII/1 | bII/1",
            "i | i | bII/1 | i | i | bVI/1 | bII/1 | i",
            "i5 | i5 | i | i | bVI/1 | bVI/1 | iio/1 | iio/1",
        ),
        "B": (
            "iv/1 | iv/1 | bVI/1 | bVI/1 | bII/1 | bII/1 | io7 | V/1",
            "i | bVI/1 | iv/1 | bII/1 | i | bVI/1 | io7 | io7",
        ),
        "I": ("i5 | i5 | i | i",),
        "end": ("bII/1", "io7"),
        "final": ("i", "i5"),
    },
}


def write(brief: Brief) -> list[Part]:
    """Wind the clock."""
    rng = stream(brief, "clock")
    stage = Stage(brief)
    metre = brief.metre
    bars = brief.bars
    body = [bar for bar in bars if not bar.is_last]
    who = rng.choice(("acoustic_grand_piano", "acoustic_grand_piano", "vibraphone", "bassoon"))
    low, high = (55, 74) if who == "bassoon" else (67, 86)
    rules = Rules(low, high, pull=0.5, leap=0.7, repeat=1.2, freedom=1.0)
    ground = lay_ground(
        brief, Idiom(_CELLS, _ENDS, rules, density=1.1, decorate=0.2), bass=(31, 42), inner=()
    )
    lead = stage.staff("lead", who, pan=0.2, gain_db=2.0, legato=1.1)
    pulse = stage.staff("arpeggio", "cello", pan=-0.2, gain_db=3.5, legato=0.45)
    plucked = stage.staff("arpeggio", "pizzicato_strings", pan=0.3, gain_db=1.0, legato=0.5)
    basses = stage.staff("bass", "contrabass", pan=0.1, gain_db=1.0, legato=1.0)
    rise = stage.staff("pad", "tremolo_strings", pan=0.25, gain_db=-4.0, legato=1.0)
    brass = stage.staff("chords", "trombone", pan=-0.1, gain_db=-4.0, legato=1.0)
    drum = stage.staff("effects", "timpani", gain_db=0.0)
    clock = stage.staff("percussion", "standard_kit", gain_db=-1.0)

    lead.line(ground.tune, 0.92)
    figure, other = rng.choice(_PULSES[metre]), rng.choice(_PULSES[metre])
    for bar in body:
        _throb(pulse, bar, other if bar.name in ("chase", "rise") else figure)
        basses.add(bar.start, float(bar.beats), held([ground.bass], bar.start)[0], 0.84)
    _pluck(plucked, [bar for bar in body if not bar.is_intro or bar.in_section], rng)
    first, second = _CLOCKS[metre]
    ticking = [bar for bar in body if bar.name != "hush" or bar.in_section % 2 == 0]
    tick, tock = rng.choice(((76, 77), (37, 76), (75, 77)))
    clock.beat(ticking, {tick: first, tock: second}, 0.9)
    clock.beat(
        [b for b in body if b.name == "chase"],
        {42: "xoxo" * 4 if metre == COMMON else "xo" * (len(first) // 2)},
        0.7,
    )
    _climb(rise, body, rng)
    _menace(body, brass=brass, drum=drum)
    last = bars[-1]
    root = place(last.tonic, 36, 31, 43)
    basses.close([root], 0.95)
    pulse.add(last.start, 1.0, root + 12 if root < 36 else root, 1.1)
    rise.close([place(last.tonic, 67, 60, 74)], 0.6)
    drum.add(last.start, 2.0, place(last.tonic, 43, 38, 57), 1.0)
    return stage.parts()


def _throb(pulse: Staff, bar: Bar, figure: str) -> None:
    """One bar of the low pulse."""
    size = bar.beats / len(figure)
    root = place(bar.spans[0].chord.bass, 41, 36, 48)
    third = 3 if (bar.tonic + 3) % 12 in moment(bar, bar.start, 1.0).pool else 5
    above = {"R": 0, "r": 0, "u": 1, "t": third, "f": 7, "8": 12}
    for index, character in enumerate(figure):
        if character != ".":
            level = 1.08 if character == "R" else 0.86 if character == "r" else 0.98
            pulse.add(bar.start + index * size, size, root + above[character], level)


def _pluck(plucked: Staff, bars: Sequence[Bar], rng: Random) -> None:
    """Third and fifth of the harmony between the beats: the minor colour over the bare pedal."""
    late = rng.choice((0.5, 0.25, 0.5))
    for bar in bars:
        for beat in range(bar.beats):
            over = bar.chord_at(bar.start + beat)
            if bar.name == "hush" and beat % 2:
                continue
            tones = (over.tone(3), over.tone(5)) if over.root == bar.tonic else over.pitch_classes
            for pitch_class in tones[:2]:
                pitch = place(pitch_class, 65, 58, 72)
                plucked.add(bar.start + beat + late, 0.5, pitch, 0.8 if beat else 0.9)


def _climb(rise: Staff, bars: Sequence[Bar], rng: Random) -> None:
    """A line that climbs the scale through every section, doubled a sixth or third below it."""
    pitch = 60
    for bar in bars:
        if bar.in_section == 0:
            pitch = place(bar.tonic + rng.choice((0, 3, 7)), 62, 55, 67)
        pool = moment(bar, bar.start, 1.0).pool
        if bar.in_section % 2 == 0 and bar.in_section:
            pitch = next(p for p in range(pitch + 1, pitch + 4) if p % 12 in pool)
        span = bar.spans[0].chord
        under = next(
            (p for p in range(pitch - 3, pitch - 10, -1) if p % 12 in (span.tone(3), span.root)),
            pitch,
        )
        grow = 0.5 + 0.45 * bar.in_section / (bar.in_section + bar.to_go + 1)
        rise.add(bar.start, float(bar.beats), pitch, grow)
        if under != pitch:
            rise.add(bar.start, float(bar.beats), under, grow * 0.9)


def _menace(bars: Sequence[Bar], *, brass: Staff, drum: Staff) -> None:
    """Low brass that swells into section ends; a drum on arrivals."""
    for bar in bars:
        root = place(bar.spans[0].chord.bass, 46, 40, 52)
        if bar.to_go < 2 and bar.name != "hush":
            brass.add(bar.start, float(bar.beats), root, 0.8 + 0.2 * (1 - bar.to_go))
            brass.add(bar.start, float(bar.beats), root + 7 - (bar.to_go == 0), 0.75)
        if bar.in_section == 0 and bar.number:
            drum.add(bar.start, 2.0, place(bar.spans[0].chord.bass, 43, 38, 57), 1.15)
        if bar.to_go == 0 and bar.intensity > 0.5:
            count = bar.beats * 2
            for index in range(count):
                start = bar.start + bar.beats * index / count
                drum.add(
                    start,
                    0.3,
                    place(bar.spans[0].chord.bass, 43, 38, 57),
                    0.5 + 0.5 * index / count,
                )


STYLE = Style(
    name="suspense",
    tempo=(84.0, 138.0),
    metres={COMMON: 3.0, FIVE: 1.0, SEVEN: 1.0},
    modes={"minor": 1.5, "phrygian": 1.0, "harmonic minor": 0.6},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("acoustic_grand_piano", "vibraphone", "bassoon"),
        cells=_CELLS,
        cadences=_ENDS,
        low=67,
        high=86,
    ),
    layers=(),
    plans=(
        "intro question rise hush question rise ending",
        "intro question rise chase ending",
        "intro question rise hush question chase hush rise chase ending",
    ),
    stretches={
        "intro": Stretch("I", 4, energy=-0.15, swell=0.1, tune=False),
        "question": Stretch("A", 8),
        "rise": Stretch("B", 8, energy=0.08, swell=0.4),
        "hush": Stretch("A", 4, energy=-0.2),
        "chase": Stretch("B", 8, energy=0.25, shift=3),
        "ending": Stretch("A", 2, energy=0.1, tune=False),
    },
    phrase_bars=8,
    energy=0.5,
    arcs={"build": 4.0, "waves": 1.0},
    tightness=0.75,
    ritard=0.0,
    reverb=(0.2, 0.35),
    brightness=(0.35, 0.5),
    treatments={"natural": 6.0, "dark": 2.0, "dry": 1.0, "roomy": 1.0},
    moods={
        "suspenseful": 4.0,
        "tense": 3.0,
        "mysterious": 2.0,
        "anxious": 2.5,
        "ominous": 2.0,
        "urgent": 1.5,
        "happy": 0.05,
        "joyful": 0.05,
        "cheerful": 0.05,
        "festive": 0.05,
        "peaceful": 0.1,
    },
    writer=write,
)
