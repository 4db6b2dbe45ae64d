"""Orchestral film: a heroic theme over an ostinato, builds, and keys that jump by thirds.

Low strings drive, horns and trumpets sing, choir and full brass join at the climax; timpani, a
bass drum and taiko underneath. Horn and violin octaves double on purpose.
"""

from collections.abc import Sequence

from musiclm.corpus.craft.blocks import COMMON, SIX, WALTZ, Bar, Melody, Stretch, Style
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.score import Part
from musiclm.corpus.styles.classical._ground import during, lay_ground
from musiclm.corpus.styles.classical._stage import Stage, stream
from musiclm.corpus.styles.classical._themes import Idiom
from musiclm.corpus.styles.classical._voices import Rules, free_voice
from musiclm.corpus.theory import place

_CELLS = {
    COMMON: (
        "x---x---",
        "x-----x-",
        "x--xx---",
        "x-------",
        "x---xxx-",
        "x-x-x---",
        "x--xx-x-",
        "x-----xx",
        "x---x--x",
    ),
    WALTZ: ("x-----", "x---x-", "x-x-x-", "x--xx-", "x---xx"),
    SIX: ("x--x--", "x-xx--", "x-----", "x-xx-x", "x--x-x"),
}
_ENDS = {
    COMMON: ("x-------", "x---x---", "x-x-x---"),
    WALTZ: ("x-----", "x-x---"),
    SIX: ("x-----", "x--x--"),
}
_RULES = Rules(58, 79, pull=0.35, leap=0.45, repeat=0.8)
_OSTINATI = {
    COMMON: (
        "0010021000100210",
        "0121012101210121",
        "00100100",
        "0012001200120012",
        "0102010201020102",
    ),
    WALTZ: ("001002001020", "010201020102", "001010"),
    SIX: ("001001", "012012", "001002001020"),
}
_LONG = {COMMON: "x-------", WALTZ: "x-----", SIX: "x-----"}
_HITS = {
    COMMON: ("X-----X-", "X--X----", "X-------"),
    WALTZ: ("X-----", "X---X-"),
    SIX: ("X-----", "X--X--"),
}
_TAIKO = {
    COMMON: ("X..x..x.X..x..xx", "X.....x.X...x.x.", "X..X..X...x.x.x."),
    WALTZ: ("X...xxX..x..", "X..x..X.x.x."),
    SIX: ("X.xX.x", "X..X.xX..Xxx"),
}
_TIMPANI = {COMMON: "X...........x.x.|X.......X.....xx", WALTZ: "X.........xx", SIX: "X..x.."}
_HARMONY: Bank = {
    "minor": {
        "A": (
            "i | bVI | bIII | bVII | i | bVI | iv | V",
            "i | i/b7 | bVI | V | i | bIII | iv | V",
            "i | bVI | i | iv | bVI | bIII | bII | V",
            "i | bIII | bVII | iv | i | bVI | bVII | i",
        ),
        "B": (
            "bVI | bVII | i | bIII | bVI | bVII | I | I",
            "bVI | bIII | iv | i | bVI | bIII | V | V",
            "iv | bVI | bIII | bVII | iv | bVI | V7sus4 | V",
        ),
        "C": (
            "i | biii | i | biii | bvi | i | bII | V",
            "i | bvi | i | bvi | iv | bii | bVI | V",
        ),
        "D": (
            "i | i | bII/1 | bII/1 | bVI | bVI | V | V",
            "i5 | i5 | bVI | bVI | iv | iv | V7sus4 | V",
        ),
        "I": ("i5 | i5 | bVI/1 | bVI/1", "i | i | bII/1 | i"),
        "end": ("bVI bVII", "V", "iv bVI"),
        "final": ("I", "i"),
    },
    "major": {
        "A": (
            "I | bVII/1 | IV/1 | I | vi | bVI | bVII | V",
            "I | V/7 | vi | IV | I/3 | IV | ii | V",
            "I | iii | IV | bVI | I | vi | bVII | V",
            "I | IV/1 | II/1 | IV | I | vi | IV | V",
        ),
        "B": (
            "vi | IV | I/3 | V | vi | bVI | bVII | I",
            "bVI | bIII | bVII | IV | bVI | bVII | V7sus4 | V",
            "IV | V | vi | I/3 | IV | bVI | bVII | V",
        ),
        "C": ("I | bVI | bIII | bVII | I | bVI | III | V", "vi | iv | I | VI | ii | bVI | bII | V"),
        "D": ("I5 | I5 | bVI/1 | bVI/1 | iv | iv | V7sus4 | V",),
        "I": ("I5 | I5 | IV/1 | IV/1", "I | II/1 | I | II/1"),
        "end": ("bVI bVII", "V7sus4 V"),
        "final": ("I",),
    },
    "lydian": {
        "A": ("I | II/1 | vii | V | I | II/1 | vi | II", "I | II | iii | V | vi | II | bVII | V"),
        "B": ("vi | II | V | I | bVI | bVII | I | II", "iii | II | vi | V | bVI | bVII | II | V"),
        "C": ("I | bIII | I | bIII | bVI | bVII | V | V",),
        "D": ("I5 | I5 | II/1 | II/1 | bVI | bVI | V7sus4 | V",),
        "I": ("I | II/1 | I | II/1",),
        "end": ("bVI bVII", "II"),
        "final": ("I",),
    },
}


def write(brief: Brief) -> list[Part]:
    """Score the scenes."""
    rng = stream(brief, "players")
    metre = brief.metre
    stage = Stage(brief)
    bars = brief.bars
    ground = lay_ground(
        brief,
        Idiom(_CELLS, _ENDS, _RULES, density=1.5, span=10.0),
        bass=(31, 48),
        inner=((60, 76), (55, 71), (48, 64)),
    )
    body = [bar for bar in bars if not bar.is_last]
    first = rng.choice(("french_horn", "french_horn", "trumpet"))
    lead = stage.staff("lead", first, pan=-0.15, gain_db=4.0, legato=1.0)
    violins = stage.staff("counter", "string_ensemble", pan=-0.3, gain_db=-1.0, legato=1.0)
    drive = stage.staff("arpeggio", "string_ensemble", pan=0.2, gain_db=-2.0, legato=0.5)
    pad = stage.staff(
        "pad", rng.choice(("tremolo_strings", "slow_strings")), pan=0.1, gain_db=-7.0, legato=1.0
    )
    bass = stage.staff("bass", "contrabass", pan=0.2, gain_db=2.0)
    cellos = stage.staff("bass", "cello", pan=0.3, gain_db=-1.0, legato=0.55)
    brass = stage.staff("chords", "brass_section", pan=0.25, gain_db=-3.0)
    choir = stage.staff("pad", "choir_aahs", gain_db=-5.0, legato=1.0)
    timpani = stage.staff("effects", "timpani", gain_db=-1.0)
    kit = stage.staff("drums", "orchestra_kit", gain_db=-1.0)

    calm = [bar for bar in body if bar.name in ("intro", "quiet")]
    strong = [bar for bar in body if bar.name not in ("intro", "quiet")]
    full = [bar for bar in strong if bar.intensity > 0.72 or bar.name == "climax"]
    lead.line(ground.tune, 1.08)
    violins.line(during(ground.tune, full), 0.95, shift=12)
    soaring = [bar for bar in strong if bar not in full and bar.tune]
    violins.line(
        free_voice(
            soaring,
            _LONG[metre],
            Rules(67, 86, pull=0.12, repeat=2.0),
            [ground.bass, ground.tune, *ground.inner],
            rng=rng,
        ),
        0.72,
    )
    ostinato = rng.choice(_OSTINATI[metre])
    drive.broken(ground.inner, ostinato, 0.86, bars=[bar for bar in body if bar.intensity > 0.4])
    pad.struck(ground.inner, _LONG[metre], 0.8, bars=[*calm, *full])
    bass.struck([ground.bass], _LONG[metre], 0.95, bars=body)
    cellos.struck(
        [ground.bass],
        ostinato.replace("1", "o").replace("2", "o").replace("0", "x"),
        0.86,
        bars=strong,
    )
    brass.struck(ground.inner, rng.choice(_HITS[metre]), 0.92, bars=full)
    if rng.random() < 0.7:
        choir.struck(ground.inner[:2], _LONG[metre], 0.85, bars=full)
    _thunder(
        stage,
        timpani_bars=full,
        strong=strong,
        taiko=rng.choice(_TAIKO[metre]),
        roll=_TIMPANI[metre],
    )
    last = bars[-1].start
    finals = [line[-1].pitch for line in (*ground.inner, ground.bass) if line[-1].start >= last]
    for staff, pitches, level in (
        (bass, finals[-1:], 1.0),
        (brass, finals[:-1], 0.95),
        (pad, finals[:-1], 0.9),
        (choir, finals[:2], 0.85),
    ):
        if staff.notes:
            staff.close(pitches, level)
    timpani.add(last, 2.0, place(bars[-1].spans[-1].chord.root, 45, 38, 57), 1.1)
    kit.add(last, 1.0, 36, 1.15)
    kit.add(last, 1.0, 57, 1.0)
    return stage.parts()


def _thunder(
    stage: Stage,
    *,
    timpani_bars: Sequence[Bar],
    strong: Sequence[Bar],
    taiko: str,
    roll: str,
) -> None:
    """Timpani on the roots, taiko and bass drum under the strong scenes, cymbals on arrivals."""
    timpani, kit = stage.staffs[-2], stage.staffs[-1]
    for bar in timpani_bars:
        root = place(bar.spans[0].chord.bass, 45, 38, 57)
        timpani.add(bar.start, 1.0, root, 1.05)
        if bar.to_go == 0:
            # A roll that grows into the next section.
            for index in range(bar.beats * 4):
                level = 0.5 + 0.6 * index / (bar.beats * 4)
                timpani.add(bar.start + index / 4, 0.25, root, level)
    kit.beat([bar for bar in strong if bar.intensity > 0.5], {35: taiko}, 0.95)
    kit.beat(timpani_bars, {36: roll, 38: "............oxxX" if len(roll) > 12 else ""}, 0.9)
    kit.beat(
        [bar for bar in strong if bar.in_section == 0 and bar.intensity > 0.55],
        {57: "X" + "." * 11},
        0.95,
    )


STYLE = Style(
    name="orchestral film",
    tempo=(66.0, 150.0),
    metres={COMMON: 3.0, WALTZ: 0.7, SIX: 1.0},
    modes={"minor": 1.5, "major": 1.0, "lydian": 0.5},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("french_horn", "trumpet", "string_ensemble"),
        cells=_CELLS,
        cadences=_ENDS,
        low=58,
        high=79,
    ),
    layers=(),
    plans=(
        "intro theme climax ending",
        "intro theme quiet build climax ending",
        "intro theme theme rise quiet build climax ending",
        "intro theme rise chase quiet theme build climax+3 climax ending",
        "intro quiet theme rise build climax theme+4 climax ending",
    ),
    stretches={
        "intro": Stretch("I", 4, energy=-0.22, swell=0.15, tune=False),
        "theme": Stretch("A", 8),
        "rise": Stretch("B", 8, energy=0.1, swell=0.15),
        "quiet": Stretch("A", 8, energy=-0.25),
        "chase": Stretch("C", 8, energy=0.12),
        "build": Stretch("D", 8, energy=-0.02, swell=0.5),
        "climax": Stretch("B", 8, energy=0.26),
        "ending": Stretch("B", 2, energy=0.26, tune=False),
    },
    phrase_bars=8,
    energy=0.58,
    arcs={"build": 3.0, "arch": 2.0, "waves": 1.0},
    tightness=0.45,
    ritard=0.18,
    reverb=(0.5, 0.7),
    brightness=(0.4, 0.6),
    treatments={"natural": 6.0, "cathedral": 2.0, "roomy": 1.0, "dark": 0.7},
    moods={"epic": 2.5, "heroic": 2.5, "triumphant": 2.0, "majestic": 2.0, "adventurous": 2.0},
    writer=write,
)
