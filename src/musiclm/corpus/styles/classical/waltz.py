"""Viennese waltz: strains of sixteen bars over oom-pah-pah, a trio in the subdominant, a coda.

Violins (doubled in octaves by a wind where it is loud), a cello that sings against them, horns and
pizzicato after the beat. Doublings aside, voices avoid consecutive fifths and octaves.
"""

from musiclm.corpus.craft.blocks import WALTZ, Melody, Stretch, Style
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.score import Part
from musiclm.corpus.styles.classical._ground import during, lay_ground
from musiclm.corpus.styles.classical._stage import Stage, stream
from musiclm.corpus.styles.classical._themes import Idiom
from musiclm.corpus.styles.classical._voices import Rules, free_voice

_CELLS = {
    WALTZ: (
        "x---x-",
        "x-x-x-",
        "x-----",
        "x-xxx-",
        "..x-x-",
        "x--xx-",
        "x---xx",
        "xxxxxx",
        ".xxxxx",
        "x-x...",
        "x-xxxx",
        "....x-",
    )
}
_ENDS = {WALTZ: ("x---..", "x-x-..", "x-x-x-", "x-....")}
_RULES = Rules(64, 86, pull=0.4, leap=0.8, repeat=0.9)
_CHROMATIC = {
    "A": (
        "I | I | I | V7 | V7 | V7 | V7 | I | I | I7/3 | IV | #ivo7 | I/5 | VI7 | ii V7 | I",
        "I | I/3 | bIIIo7 | ii | V7 | V7/4 | V7 | I | I | vi | II7/#4 | V | ii | V7 | I IV | I",
        "I | V7/7 | I7/b7 | IV/6 | iv/b6 | I/5 | II7 | V7"
        " | I | V7/7 | VI7 | ii | ii/4 | I/5 | V7 | I",
    ),
    "B": (
        "V7 | V7 | I | I | V7 | V7 | I | I | III7 | vi | II7 | V | V7/4 | I/3 | V7 | I",
        "IV | IV | I/3 | I | II7 | II7 | V | V7 | IV | iv/b6 | I/5 | VI7 | ii | V7 | I | I",
    ),
    "C": (
        "I | I | IV | IV | V7 | V7 | I | I | vi | iii | IV | I/3 | ii | V7 | I | I",
        "I | vi | ii | V7 | I | VI7/#1 | ii | V7 | I7 | IV | iv | I/5 | II7 | V7 | I | I",
    ),
    "I": ("V | V | V7 | V7", "ii7 | II7/#4 | V | V7"),
    "end": ("I/5 V7", "V7"),
    "final": ("I",),
}
_SOMBRE = {
    "A": (
        "i | i | V7/7 | V7 | V7/2 | V7 | i | i | I7/3 | iv | iv | i/b3 | iim7b5/4 | V7 | i | i",
        "i | V/7 | i/b7 | IV/6 | bVI | i/5 | V7 | V7 | i | I7 | iv | bII/4 | i/5 | V7 | i | i",
        "i | iv | V7 | i | bVI | bIII/5 | iim7b5 | V7"
        " | i | iv | bVII7 | bIII | bVI | iv V7 | i | i",
    ),
    "B": (
        "bIII | bIII | bVII7/2 | bVII7 | bVII7 | bVII7 | bIII | V7"
        " | i | iv | V7 | i | bVI | V7 | i | i",
        "bVI | bIII | iv | bIII | bVI | bIII/5 | V7 | V7"
        " | I7 | iv | bVII7 | bIII | iim7b5 | V7 | i | i",
    ),
    "C": (
        "bVI | bVI | bIII | bIII | bVII7 | bVII7 | bIII | bIII"
        " | iv | iv | i | i | II7 | V7 | i | i",
    ),
    "I": ("V | V | V7 | V7", "iv | #ivo7 | V | V7"),
    "end": ("i/5 V7", "V7"),
    "final": ("i",),
}
_HARMONY: Bank = {"major": _CHROMATIC, "minor": _SOMBRE}


def write(brief: Brief) -> list[Part]:
    """Orchestrate the strains."""
    rng = stream(brief, "players")
    stage = Stage(brief)
    ground = lay_ground(
        brief,
        Idiom(_CELLS, _ENDS, _RULES, density=2.4),
        bass=(31, 50),
        inner=((60, 74), (55, 69), (50, 64)),
    )
    bars = brief.bars
    body = [bar for bar in bars if not bar.is_last]
    lead = stage.staff("lead", "string_ensemble", pan=-0.25, gain_db=4.0)
    wind = rng.choice(("flute", "clarinet", "flute"))
    double = stage.staff("counter", wind, pan=0.1, gain_db=-2.0)
    cello = stage.staff("counter", "cello", pan=0.3, gain_db=-1.0, legato=1.0)
    after = stage.staff("chords", "french_horn", pan=0.25, gain_db=-3.0, legato=0.5)
    plucked = stage.staff("chords", "pizzicato_strings", pan=-0.1, gain_db=-1.0, legato=0.5)
    bass = stage.staff("bass", "contrabass", pan=0.1, gain_db=2.0, legato=0.6)
    kit = stage.staff("percussion", "orchestra_kit", gain_db=-5.0)

    lead.line(ground.tune, 1.08)
    loud = [bar for bar in body if bar.intensity > 0.6]
    double.line(during(ground.tune, [*loud, bars[-1]]), 0.9, shift=0 if wind == "clarinet" else 12)
    sung = [
        bar
        for bar in body
        if bar.name in ("second", "trio") or bar.intensity <= 0.6 or bar.is_intro
    ]
    cello.line(
        free_voice(
            sung,
            lambda bar: "x-----" if bar.in_section % 2 else "x---x-",
            Rules(48, 67, pull=0.15, repeat=2.0),
            [ground.bass, ground.tune, *ground.inner],
            rng=rng,
        ),
        0.85,
    )
    pah = rng.choice(("..x.x.", "..X.x.", "..x.x.|..x.xx"))
    after.struck(ground.inner, pah, 0.8, bars=[bar for bar in body if bar.intensity > 0.42])
    plucked.struck(ground.inner, "..x.x.", 0.85, bars=body)
    bass.struck([ground.bass], "x-....", 1.0, bars=body)
    light = [bar for bar in body if not bar.is_intro]
    kit.beat(light, {36: "X.....", 38: "..o.o.", 81: "....o.|......"}, 0.9)
    if rng.random() < 0.6:
        kit.beat([bar for bar in light if bar.in_section == 0], {57: "x....."}, 0.7)
    # The last bar: a chord for all, a flourish less.
    last = bars[-1].start
    finals = [line[-1].pitch for line in (*ground.inner, ground.bass) if line[-1].start >= last]
    bass.close(finals[-1:], 1.0)
    plucked.close(finals[:-1], 0.9)
    after.close(finals[:-1], 0.85)
    return stage.parts()


STYLE = Style(
    name="waltz",
    tempo=(108.0, 192.0),
    metres={WALTZ: 1.0},
    modes={"major": 1.8, "minor": 1.0},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("string_ensemble",),
        cells=_CELLS,
        cadences=_ENDS,
        low=64,
        high=86,
    ),
    layers=(),
    plans=(
        "intro waltz second waltz ending",
        "intro waltz trio waltz ending",
        "intro waltz second waltz trio waltz coda ending",
        "intro waltz waltz second trio trio waltz ending",
        "intro waltz second trio second waltz coda ending",
    ),
    stretches={
        "intro": Stretch("I", 4, energy=-0.15, swell=0.15, tune=False),
        "waltz": Stretch("A", 16),
        "second": Stretch("B", 16, energy=0.1),
        "trio": Stretch("C", 16, energy=-0.12, shift=5),
        "coda": Stretch("A", 8, energy=0.15, swell=0.15),
        "ending": Stretch("A", 2, energy=0.1, tune=False),
    },
    phrase_bars=16,
    energy=0.58,
    tightness=0.3,
    ritard=0.2,
    reverb=(0.3, 0.45),
    brightness=(0.45, 0.6),
    treatments={"natural": 6.0, "roomy": 2.0, "bright": 1.0},
    moods={"playful": 1.5, "romantic": 1.5, "nostalgic": 1.3, "dark": 0.5},
    writer=write,
)
