"""Music box: a comb and a cylinder, nothing else; in three, sparkling, slowing as it winds down.

One or two combs play tune and broken chords with a machine's even touch. Consecutive fifths and
octaves are avoided between the tune and the notes under it.
"""

from collections.abc import Sequence

from musiclm.corpus.craft.blocks import SIX, WALTZ, Melody, Stretch, Style
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.score import Note, Part
from musiclm.corpus.styles.classical._ground import lay_ground
from musiclm.corpus.styles.classical._stage import Stage, stream
from musiclm.corpus.styles.classical._themes import Idiom
from musiclm.corpus.styles.classical._voices import Rules, Tone

_CELLS = {
    WALTZ: (
        "x-x-x-",
        "x-xxx-",
        "x---x-",
        "xxxxxx",
        "x-xxxx",
        "xxx-x-",
        "x--xx-",
        "x.x.x.",
        "x-----xxxxxx",
    ),
    SIX: ("x-xx-x", "xxxxxx", "x--xxx", "xxxx-x", "x--x--", "x-xxxx"),
}
_ENDS = {WALTZ: ("x-x-..", "x---..", "xxx---"), SIX: ("x--x-.", "xxxx--", "x--x..")}
_COMBS = {
    WALTZ: ("0.1.2.", "0.2.1.", "012.12", "0.1212", "021212"),
    SIX: ("012012", "0.12.1", "012021", "0.1201"),
}
_HARMONY: Bank = {
    "major": {
        "A": (
            "I | V7/2 | I/3 | IV | I/5 | ii | V7 | I",
            "I | I | IV/1 | I | V7/7 | V7 | I | I",
            "I | vi | ii | V7 | I | IV | V7 | I",
            "I | III7 | vi | IV | I/5 | VI7 | ii V7 | I",
        ),
        "B": (
            "V7 | I | V7 | I | vi | II7 | V | V7",
            "IV | I/3 | V7/2 | I | IV | I/3 | II7 | V7",
        ),
        "C": ("vi | iii | vi | III7 | vi | ii | III7 | V7",),
        "I": ("I | V7 | I | V7",),
        "end": ("V7",),
        "final": ("I",),
    },
    "minor": {
        "A": (
            "i | V7/7 | i | iv | i/5 | iim7b5 | V7 | i",
            "i | bVI | bIII | bVII | i | iv | V7 | i",
            "i | iv/1 | V7/7 | i | bVI | bII/4 | V7 | i",
        ),
        "B": (
            "bIII | bVII/2 | bIII | bVI | iv | i/b3 | iim7b5 | V7",
            "bVI | bIII | iv | i | bVI | bIII | V | V7",
        ),
        "C": ("I | V7/7 | I | IV | ii | V7 | I | V7",),
        "I": ("i | V7 | i | V7",),
        "end": ("V7",),
        "final": ("i",),
    },
}


def write(brief: Brief) -> list[Part]:
    """Pin the cylinder."""
    rng = stream(brief, "comb")
    metre = brief.metre
    stage = Stage(brief)
    body = [bar for bar in brief.bars if not bar.is_last]
    comb = rng.choice(("music_box", "music_box", "music_box", "celesta"))
    rules = Rules(76, 94, pull=0.45, leap=0.7, repeat=0.6)
    ground = lay_ground(
        brief,
        Idiom(_CELLS, _ENDS, rules, density=2.8, span=8.0),
        bass=(60, 71),
        inner=((67, 79), (64, 76)),
    )
    lead = stage.staff("lead", comb, pan=-0.1, gain_db=3.0, legato=1.0)
    under = stage.staff("arpeggio", "music_box", pan=0.12, gain_db=0.0, legato=1.0)
    lead.line(_twinkled(ground.tune, rng.choice((0.12, 0.25, 0.35)), brief), 1.05)
    pattern = rng.choice(_COMBS[metre])
    other = rng.choice(_COMBS[metre])
    under.broken(
        [ground.bass, *ground.inner],
        lambda bar: other if bar.name in ("answer", "middle") else pattern,
        0.8,
        bars=body,
        legato=1.6,
    )
    last = brief.bars[-1].start
    under.close(
        [line[-1].pitch for line in (*ground.inner, ground.bass) if line[-1].start >= last],
        0.85,
        roll=0.2,
    )
    # The last teeth pass one by one.
    beat = brief.bars[-1].beats / 4
    for index in (1, 2, 3):
        lead.add(last + index * beat, beat, ground.tune[-1].pitch - (0, 12, 0)[index - 1], 0.6)
    for staff in stage.staffs:
        # Pins strike alike: accents of the bar remain, but no hand swells.
        staff.notes = [
            Note(note.start, note.duration, note.pitch, (74 + note.velocity) // 2)
            for note in staff.notes
        ]
    return stage.parts()


def _twinkled(tune: Sequence[Tone], chance: float, brief: Brief) -> list[Tone]:
    """Long notes of the tune struck again and again, as a comb must that cannot sustain."""
    rng = stream(brief, "pins")
    found = []
    for tone in tune:
        if tone.beats >= 0.99 and rng.random() < chance:
            count = round(tone.beats * (4 if brief.metre == WALTZ else 6))
            length = tone.beats / count
            found += [Tone(tone.start + i * length, length, tone.pitch) for i in range(count)]
        else:
            found.append(tone)
    return found


STYLE = Style(
    name="music box",
    tempo=(60.0, 138.0),
    metres={WALTZ: 3.0, SIX: 1.0},
    modes={"major": 1.6, "minor": 1.2},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("music_box", "celesta", "glockenspiel"),
        cells=_CELLS,
        cadences=_ENDS,
        low=76,
        high=94,
    ),
    layers=(),
    plans=(
        "intro tune answer tune ending",
        "intro tune tune answer tune ending",
        "intro tune answer tune middle tune answer tune ending",
    ),
    stretches={
        "intro": Stretch("I", 2, energy=-0.05, tune=False),
        "tune": Stretch("A", 8),
        "answer": Stretch("B", 8, energy=0.04),
        "middle": Stretch("C", 8, energy=-0.04),
        "ending": Stretch("A", 2, energy=-0.04, tune=False),
    },
    phrase_bars=8,
    energy=0.42,
    arcs={"steady": 3.0, "fade": 1.0},
    tightness=0.97,
    ritard=0.42,
    reverb=(0.2, 0.4),
    brightness=(0.5, 0.7),
    treatments={"natural": 6.0, "lo-fi tape": 1.0, "roomy": 1.5, "dry": 1.0, "bright": 1.0},
    moods={"magical": 2.5, "nostalgic": 2.0, "whimsical": 2.0, "eerie": 1.5, "aggressive": 0.2},
    writer=write,
)
