"""Impressionism: arabesques of a flute over harp and veiled strings that move in parallel chords.

Planing (whole chords sliding in parallel, fifths and octaves included) is the idiom, so the rule
against consecutive fifths is suspended here. Scales are lydian, whole tone, dorian and mixolydian;
dominants do not resolve, colours do the work.
"""

from collections.abc import Sequence
from random import Random

from musiclm.corpus.craft.blocks import COMMON, SIX, WALTZ, Bar, Melody, Stretch, Style
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.score import Part
from musiclm.corpus.styles.classical._ground import during, lay_ground
from musiclm.corpus.styles.classical._stage import Staff, Stage, stream
from musiclm.corpus.styles.classical._themes import Idiom
from musiclm.corpus.styles.classical._voices import Rules, Tone, moment
from musiclm.corpus.theory import MODES, place, step

_CELLS = {
    COMMON: (
        "x-----xxxxx-----",
        "x-----------xxxx",
        "x--x--xxxx--",
        "x-----x-xx--",
        "x---xxx-x---",
        "..x-x-x-x---",
        "x-------xxxxxxxx",
        "xxxxx-----x---x-",
        "x-----x--x--",
        "x---x---",
    ),
    WALTZ: ("x---xxxxx---", "x-xxx-", "x-----", "x---xx", "xxxx--x-----", "..xxx-", "x--x--xxx"),
    SIX: ("x--xxx", "x-----", "xxxxxx------", "x-xx--", "..xxxx", "x----x", "x-----xxxx--"),
}
_ENDS = {
    COMMON: ("x-------", "x-x-----", "x--x--------"),
    WALTZ: ("x-----", "x-x---"),
    SIX: ("x-----", "x-x---"),
}
_HARMONY: Bank = {
    "lydian": {
        "A": (
            "Imaj9 | Imaj9 | II9/1 | II9/1 | Imaj9 | bVII9 | vii7 | Imaj9",
            "Iadd9 | II/1 | Iadd9 | II/1 | bIIImaj7 | bIIImaj7 | II9 | Iadd9",
            "Imaj7 | vii7 | vi7 | vii7 | Imaj9 | II9 | bVIImaj7 | Imaj9",
        ),
        "B": (
            "vi9 | v9 | iv9 | bIIImaj9 | vi9 | v9 | II9 | II9",
            "bVI9 | bVII9 | I9 | bVII9 | bVI9 | bV9 | IV9 | II9",
        ),
        "I": ("Imaj9 | II/1 | Imaj9 | II/1",),
        "end": ("II9", "bVII9"),
        "final": ("Iadd9", "I6"),
    },
    "dorian": {
        "A": (
            "i9 | IV9 | i9 | IV9 | bIIImaj9 | bVIImaj7 | IV9 | i9",
            "iadd9 | ii7 | bIIImaj7 | ii7 | iadd9 | bVIImaj9 | IV | iadd9",
        ),
        "B": (
            "bVIImaj9 | bVImaj9 | bVmaj9 | IVmaj9 | bVIImaj9 | bVImaj9 | IV9 | IV9",
            "iv9 | v9 | vi9 | v9 | iv9 | bIII9 | II9 | IV9",
        ),
        "I": ("i9 | IV/1 | i9 | IV/1",),
        "end": ("IV9", "bVIImaj7"),
        "final": ("iadd9", "i6"),
    },
    "mixolydian": {
        "A": (
            "I9 | I9 | bVIImaj7 | bVIImaj7 | v9 | IVmaj9 | bVIImaj9 | Iadd9",
            "I6 | bVIImaj7 | v7 | IVmaj7 | I9 | bIII9 | IV9 | I9",
        ),
        "B": (
            "bIII9 | bII9 | I9 | bII9 | bIII9 | IV9 | bV9 | bVII9",
            "IVmaj9 | v9 | bVImaj9 | bVIImaj9 | IVmaj9 | bIIImaj9 | bIImaj9 | v9",
        ),
        "I": ("I9 | bVII/1 | I9 | bVII/1",),
        "end": ("bVIImaj7", "v9"),
        "final": ("I6", "Iadd9"),
    },
    "whole tone": {
        "A": (
            "I+ | I+ | II+/1 | II+/1 | I+ | bVI+ | bVII+ | I+",
            "I9 | II9 | I9 | bVII9 | I+ | II+ | bVII9 | I+",
        ),
        "B": ("II+ | I+ | bVII+ | bVI+ | II+ | I+ | bVII9 | bVII9",),
        "I": ("I+ | II+/1 | I+ | II+/1",),
        "end": ("bVII+", "II+"),
        "final": ("I", "Iadd9"),
    },
}
_FINE = {COMMON: 16, WALTZ: 12, SIX: 12}


def write(brief: Brief) -> list[Part]:
    """Mix the colours."""
    rng = stream(brief, "colours")
    stage = Stage(brief)
    bars = brief.bars
    body = [bar for bar in bars if not bar.is_last]
    voice = rng.choice(("flute", "flute", "flute", "clarinet", "oboe"))
    low, high = (65, 88) if voice == "flute" else (62, 82)
    rules = Rules(low, high, pull=0.5, leap=0.55, repeat=1.4, freedom=1.4)
    ground = lay_ground(
        brief,
        Idiom(_CELLS, _ENDS, rules, density=1.9, decorate=0.4, span=10.0),
        bass=(33, 50),
        inner=((58, 72),),
    )
    lead = stage.staff("lead", voice, pan=-0.1, gain_db=4.0, legato=1.0)
    veil = stage.staff(
        "pad", rng.choice(("tremolo_strings", "slow_strings")), pan=0.15, gain_db=-7.0, legato=1.0
    )
    harp = stage.staff("arpeggio", "harp", pan=0.3, gain_db=1.0, legato=1.8)
    celesta = stage.staff("counter", "celesta", pan=-0.35, gain_db=-4.0, legato=1.5)
    horn = stage.staff("counter", "french_horn", pan=0.2, gain_db=-5.0, legato=1.0)
    bass = stage.staff("bass", "contrabass", pan=0.1, gain_db=-2.0, legato=1.0)

    lead.line(ground.tune, 1.0)
    _plane(veil, [bar for bar in body if bar.name != "glitter"])
    _waves(harp, body, rng, _FINE[brief.metre])
    shimmering = [bar for bar in body if bar.name in ("sea", "glitter")]
    _shadow(celesta, during(ground.tune, shimmering))
    horn.struck([ground.inner[0]], "x", 0.7, bars=[bar for bar in body if bar.name == "sea"])
    bass.struck([ground.bass], "x", 0.8, bars=[bar for bar in body if bar.name != "glitter"])
    last = bars[-1]
    over = last.spans[-1].chord
    root = place(over.root, 41, 31, 50)
    bass.close([root], 0.75)
    shape = [root + 12, *(root + 24 + interval for interval in over.intervals[1:])]
    veil.close(shape, 0.6)
    harp.close([root, root + 7, *shape, root + 36], 0.7, roll=0.12)
    stage.sway(0.08)
    return stage.parts()


def _plane(veil: Staff, bars: Sequence[Bar]) -> None:
    """Every chord in the same shape: the whole block slides to the nearest next root."""
    root = 55
    for bar in bars:
        for span in bar.spans:
            root = place(span.chord.root, root, 48, 64)
            for interval in span.chord.intervals[:5]:
                veil.add(span.start, span.beats, root + interval, 0.66)


def _waves(harp: Staff, bars: Sequence[Bar], rng: Random, fine: int) -> None:
    """Broken chords that rise and fall over three octaves; a glissando into each section."""
    shapes = [
        (0, 1, 2, 3, 4, 5, 6, 7, 8, 7, 6, 5, 4, 3, 2, 1),
        (0, 2, 1, 3, 2, 4, 3, 5, 4, 6, 5, 7, 6, 5, 4, 3),
    ]
    shape = rng.choice(shapes)
    for bar in bars:
        busy = bar.name in ("sea", "glitter") or bar.intensity > 0.5
        units = fine if busy else fine // 2
        size = bar.beats / units
        gliss = bar.to_go == 0 and rng.random() < 0.7
        over = bar.chord_at(bar.start)
        low = place(over.root, 48, 43, 54)
        ladder = [p for p in range(low, low + 42) if p % 12 in over.pitch_classes]
        for index in range(units // 2 if gliss else units):
            start = bar.start + index * size
            here = bar.chord_at(start)
            if here is not over:
                over = here
                low = place(over.root, 48, 43, 54)
                ladder = [p for p in range(low, low + 42) if p % 12 in over.pitch_classes]
            pitch = ladder[min(shape[index % 16], len(ladder) - 1)]
            harp.add(start, size, pitch, 0.82 if index % 4 == 0 else 0.7)
        if gliss:
            pool = moment(bar, bar.start + bar.beats / 2, 1.0).pool
            run = [p for p in range(low + 5, 96) if p % 12 in pool][:16]
            half = bar.beats / 2
            for index, pitch in enumerate(run):
                harp.add(
                    bar.start + half * (1 + index / len(run)),
                    half / len(run),
                    pitch,
                    0.5 + 0.02 * index,
                )


def _shadow(celesta: Staff, tune: Sequence[Tone]) -> None:
    """The tune in parallel triads of the scale, an octave higher."""
    for tone in tune:
        bar = celesta.bar_at(tone.start)
        pool = tuple(sorted((bar.tonic + degree) % 12 for degree in MODES[bar.mode]))
        if tone.beats < 0.3:
            continue
        for pitch in (tone.pitch, step(tone.pitch, -2, pool), step(tone.pitch, -4, pool)):
            celesta.add(tone.start, tone.beats, pitch + 12, 0.72)


STYLE = Style(
    name="impressionism",
    tempo=(50.0, 92.0),
    metres={COMMON: 2.0, WALTZ: 1.0, SIX: 1.5},
    modes={"lydian": 2.0, "dorian": 1.2, "mixolydian": 1.5, "whole tone": 0.5},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("flute", "clarinet", "oboe"), cells=_CELLS, cadences=_ENDS, low=65, high=88
    ),
    layers=(),
    plans=(
        "mist arabesque sea arabesque ending",
        "mist arabesque glitter sea arabesque ending",
        "mist arabesque sea glitter arabesque+3 sea arabesque ending",
    ),
    stretches={
        "mist": Stretch("I", 4, energy=-0.15, tune=False),
        "arabesque": Stretch("A", 8),
        "sea": Stretch("B", 8, energy=0.1, swell=0.25),
        "glitter": Stretch("A", 8, energy=0.04, shift=3),
        "ending": Stretch("A", 2, energy=-0.15, tune=False),
    },
    phrase_bars=8,
    energy=0.42,
    arcs={"waves": 2.0, "arch": 3.0, "fade": 1.0},
    tightness=0.25,
    ritard=0.25,
    reverb=(0.5, 0.7),
    brightness=(0.4, 0.55),
    treatments={"natural": 6.0, "roomy": 2.0, "cathedral": 1.0, "dark": 0.7},
    moods={"dreamy": 2.5, "serene": 2.0, "magical": 2.0, "aggressive": 0.2, "angry": 0.2},
    writer=write,
)
