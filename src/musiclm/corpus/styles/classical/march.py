"""Military march: fanfare, two strains, a trio a fourth up, stinger; brass, piccolo, field drums.

The piccolo doubles the trumpets an octave up or sings over the trio; doublings aside, voices avoid
consecutive fifths and octaves.
"""

from musiclm.corpus.craft.blocks import COMMON, SIX, Bar, Melody, Metre, Stretch, Style
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.score import Part
from musiclm.corpus.styles.classical._ground import during, lay_ground
from musiclm.corpus.styles.classical._stage import Stage, stream
from musiclm.corpus.styles.classical._themes import Idiom
from musiclm.corpus.styles.classical._voices import Rules, free_voice

TWO: Metre = (2, 4)
_CELLS = {
    TWO: (
        "x--x",
        "x-xx",
        "x---",
        "x--xx-x-",
        "x-xxx-x-",
        "xxx-x-x-",
        "x--xx---",
        "x-x-x-xx",
        "x-x-",
    ),
    COMMON: (
        "x---x--xx---x---",
        "x--xx--xx---x---",
        "x---x---x--xx---",
        "x---xxx-x---x---",
        "x--xx---x--xx---",
        "x-x-x-x-x---x---",
        "x-------x---x--x",
        "x-xxx---x-xxx---",
        "x---x-x-x---x-x-",
    ),
    SIX: ("x-xx-x", "x--xxx", "x-xx--", "xxxx-x", "x--x-x", "xxxxxx", "x-x-xx"),
}
_ENDS = {
    TWO: ("x-x.", "x---", "x-x-x-.."),
    COMMON: ("x---x---x---....", "x--xx---x---....", "x---x-x-x---...."),
    SIX: ("x-xx-.", "x--x-.", "xxxx-."),
}
_BROAD = {
    TWO: ("x---", "x-x-", "x--x", "x-xx"),
    COMMON: ("x-------x---x---", "x-----x-x-------", "x-------x-------", "x---x---x-------"),
    SIX: ("x--x--", "x-----", "x--x-x", "x-xx--"),
}
_RULES = Rules(62, 81, pull=0.35, leap=0.55, repeat=0.3)
_OOM = {TWO: "x.x.", COMMON: "x-..x-..", SIX: "x..x.."}
_PAH = {TWO: (".x.x", ".x.x|.xxx"), COMMON: (".x.x.x.x", "..x...x."), SIX: ("..x..x", ".xx.xx")}
_DESCANT = {
    TWO: "x-xxx-x-|xxxxx-..",
    COMMON: "..x-x-xxx-x-x...|x-x-xxxxx-......",
    SIX: ".xxxxx|xxxx-.",
}
_SNARE = {
    TWO: ("x..oxooox.ooxoxo"[:8], "xooxxoxo", "x.xoxooo"),
    COMMON: ("x..oxoxox..oxooo", "X...x.ooX.oox.ox", "xooxxooxxooxxoxo"),
    SIX: ("x.oxoo", "xoox.o", "X.oxxo"),
}
_KICK = {TWO: "X.x.", COMMON: "X...x...", SIX: "X..x.."}
_MAJOR = {
    "A": (
        "I | I | V7/2 | I/3 | IV | I/3 | V7 | I | I | I7/3 | IV | iv/b6 | I/5 | II7 | V7 | I",
        "I | V7/2 | I/3 | IV | I/5 | vi | V7 | I | I | V7/2 | I/3 | IV | #ivo7 | I/5 | V7 | I",
        "I | IV | I | V7 | I | VI7/#1 | ii V7 | I"
        " | III7 | vi | II7 | V | I/3 bIIIo7 | ii V7 | I | I",
    ),
    "B": (
        "vi | III7/#5 | vi | II7 | ii | V7 | I | I | I | V/7 | vi | II7 | I/5 | V7 | I | I",
        "V7 | V7/2 | I/3 | I | V7 | V7/4 | I/3 | I | vi | III7 | vi | IV | I/5 VI7 | ii V7 | I | I",
    ),
    "C": (
        "I | I/3 | V7/2 | I | I | VI7 | II7 | V7 | I | I7/3 | IV | VI7/#1 | ii | I/5 | V7 | I",
        "I | V7/7 | I | I/3 | IV | #ivo7 | I/5 | V7 | I | III7/#5 | vi | IV | I/5 | V7 | I | I",
    ),
    "D": ("VI7 | VI7 | ii | ii | V7 | V7 | I | V7", "i | bVI | iim7b5 | V7 | bVI | bII | V | V7"),
    "I": ("I | V7 | I | V7", "I | IV | I/5 | V7"),
    "end": ("I/5 V7", "IV V7"),
    "final": ("I",),
}
_MINOR = {
    "A": (
        "i | i | V7/2 | i/b3 | iv | i/5 | II7 | V7 | i | I7/3 | iv | bVI | i/5 | V7 | i | i",
        "i | V7/7 | i | iv | bVI | bIII/5 | iim7b5 | V7"
        " | i | iv | bVII7/2 | bIII | iv | V7 | i | i",
    ),
    "B": (
        "bIII | bVII/2 | bIII | bVI | bVII7 | bVII7/2 | bIII | V7"
        " | bVI | bIII/5 | iv | i | bII/4 | V7 | i | i",
    ),
    "D": ("iv | iv | bVII7 | bIII | bVI | iim7b5 | V7 | V7",),
    "I": ("i | V7 | i | V7",),
    "end": ("i/5 V7", "iv V7"),
    "final": ("i", "I"),
}
_HARMONY: Bank = {"major": _MAJOR, "minor": _MINOR}


def write(brief: Brief) -> list[Part]:
    """Drill the band."""
    rng = stream(brief, "players")
    metre = brief.metre
    stage = Stage(brief)
    bars = brief.bars
    ground = lay_ground(
        brief,
        Idiom(_CELLS, _ENDS, _RULES, density=2.8, span=9.0),
        bass=(31, 50),
        inner=((57, 71), (53, 67), (48, 62)),
    )
    body = [bar for bar in bars if not bar.is_last]
    trio = [bar for bar in body if bar.name == "trio"]
    strains = [bar for bar in body if bar.name != "trio" and bar.tune]
    lead = stage.staff(
        "lead",
        rng.choice(("trumpet", "trumpet", "brass_section")),
        pan=-0.2,
        gain_db=3.0,
        legato=0.72,
    )
    piccolo = stage.staff("counter", "piccolo", pan=0.3, gain_db=-6.0, legato=0.6)
    trombone = stage.staff("counter", "trombone", pan=0.35, gain_db=0.0, legato=0.85)
    horns = stage.staff("chords", "french_horn", pan=0.15, gain_db=0.5, legato=0.5)
    tuba = stage.staff("bass", "tuba", gain_db=4.5, legato=0.7)
    kit = stage.staff("drums", "orchestra_kit", gain_db=-2.5)

    lead.line(during(ground.tune, bars), 1.06)
    # Brass alone opens with the harmony; the descant over the trio is the piccolo's great moment.
    fanfare = [bar for bar in body if not bar.tune and bar.name == "intro"]
    call = "xxx-x-.." if metre == COMMON else "x.xx" if metre == TWO else "x.xx.."
    for staff, voices in ((trombone, ground.inner[1:]), (horns, ground.inner[:1])):
        staff.struck(voices, call, 1.0, bars=fanfare)
    if fanfare:
        opening = free_voice(
            fanfare,
            call,
            Rules(64, 79, tones=True, pull=0.1, leap=0.3, repeat=0.2),
            [ground.bass],
            rng=rng,
        )
        lead.line(opening, 1.04)
    descant = free_voice(
        trio[8:],
        _DESCANT[metre],
        Rules(77, 93, pull=0.1, leap=0.6),
        [ground.bass, ground.tune, *ground.inner],
        rng=rng,
    )
    piccolo.line(descant, 0.9)
    loud = [bar for bar in strains if bar.intensity > 0.62]
    piccolo.line(during(ground.tune, [*loud, bars[-1]]), 0.9, shift=12)
    rhythm = _BROAD[metre]
    counter = free_voice(
        [bar for bar in body if bar.tune],
        lambda bar: rhythm[(bar.in_section // 2) % len(rhythm)],
        Rules(48, 66, pull=0.12, repeat=1.5),
        [ground.bass, ground.tune, *ground.inner],
        rng=rng,
    )
    trombone.line(counter, 0.92)
    playing = [bar for bar in body if bar.tune]
    horns.struck(ground.inner, rng.choice(_PAH[metre]), 0.82, bars=playing)
    tuba.struck([ground.bass], _OOM[metre], 1.02, bars=body)
    _drill(stage, kit_bars=body, metre=metre, snare=rng.choice(_SNARE[metre]))
    last = bars[-1].start
    finals = [line[-1].pitch for line in (*ground.inner, ground.bass) if line[-1].start >= last]
    # The stinger: one short chord.
    for staff, pitches in ((horns, finals[:-1]), (tuba, finals[-1:])):
        for pitch in pitches:
            staff.add(last, 1.0, pitch, 1.15, legato=0.7)
    lead.notes = [note for note in lead.notes if note.start < last]
    piccolo.notes = [note for note in piccolo.notes if note.start < last]
    lead.add(last, 1.0, ground.tune[-1].pitch, 1.18, legato=0.7)
    kit.add(last, 0.5, 36, 1.2)
    kit.add(last, 0.5, 57, 1.0)
    return stage.parts()


def _drill(stage: Stage, *, kit_bars: list[Bar], metre: Metre, snare: str) -> None:
    """Field drums: cadence under the strains, softer under the first trio, rolls into sections."""
    kit = stage.staffs[-1]
    marching = [
        bar for bar in kit_bars if bar.drums and (bar.name != "trio" or bar.in_section >= 8)
    ]
    soft = [bar for bar in kit_bars if bar.name == "trio" and bar.in_section < 8]
    rolls = [bar for bar in marching if bar.to_go == 0]
    plain = [bar for bar in marching if bar.to_go]
    kit.beat(plain, {38: snare, 36: _KICK[metre]}, 0.95)
    kit.beat(soft, {36: _KICK[metre], 38: "o" + snare[1:].lower().replace("x", "o")}, 0.7)
    kit.beat(
        rolls,
        {
            38: "oooxoooxoooxxXxX"
            if metre == COMMON
            else "oooxooxX"
            if metre == TWO
            else "oooooooooxxX",
            36: _KICK[metre],
        },
        0.95,
    )
    kit.beat(
        [bar for bar in marching if bar.intensity > 0.6],
        {59: "x..." if metre != SIX else "x....."},
        0.6,
    )
    kit.beat(
        [bar for bar in marching if bar.in_section == 0],
        {57: "X..." if metre != SIX else "X....."},
        0.85,
    )


STYLE = Style(
    name="march",
    tempo=(92.0, 132.0),
    metres={TWO: 2.0, COMMON: 1.5, SIX: 1.2},
    modes={"major": 2.0, "minor": 0.8},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("trumpet", "brass_section", "piccolo"),
        cells=_CELLS,
        cadences=_ENDS,
        low=62,
        high=81,
    ),
    layers=(),
    plans=(
        "intro march strain trio ending",
        "intro march trio trio ending",
        "intro march strain trio break trio ending",
        "intro march march strain strain trio break trio ending",
        "intro march strain march trio break trio ending",
    ),
    stretches={
        "intro": Stretch("I", 4, energy=0.05, tune=False),
        "march": Stretch("A", 16),
        "strain": Stretch("B", 16, energy=0.08),
        "trio": Stretch("C", 16, energy=-0.1, swell=0.3, shift=5, mode="major"),
        "break": Stretch("D", 8, energy=0.1, swell=0.15, shift=5),
        "ending": Stretch("C", 2, energy=0.12, tune=False),
    },
    phrase_bars=16,
    energy=0.68,
    tightness=0.65,
    ritard=0.04,
    ending="cold",
    reverb=(0.15, 0.3),
    brightness=(0.5, 0.7),
    treatments={"natural": 6.0, "dry": 1.5, "bright": 2.0},
    moods={"triumphant": 2.0, "epic": 1.5, "energetic": 1.3, "dreamy": 0.4, "calm": 0.5},
    writer=write,
)
