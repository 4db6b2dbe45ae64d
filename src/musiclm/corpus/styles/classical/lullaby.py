"""Lullaby: a simple tune that rocks, harp or guitar in broken chords, soft strings, slow and low.

Consecutive fifths and octaves are avoided between tune, bass and inner voices.
"""

from musiclm.corpus.craft.blocks import SIX, WALTZ, Melody, Stretch, Style
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.score import Part
from musiclm.corpus.styles.classical._ground import lay_ground
from musiclm.corpus.styles.classical._stage import Stage, stream
from musiclm.corpus.styles.classical._themes import SCHEMES, Idiom
from musiclm.corpus.styles.classical._voices import Rules, free_voice

_CELLS = {
    WALTZ: ("x---x-", "x-x-x-", "x-----", "x--xx-", "x-xxx-"),
    SIX: ("x-xx-x", "x--x-x", "x--x--", "x-xx--", "x----x"),
}
_ENDS = {WALTZ: ("x-----", "x---..", "x-x---"), SIX: ("x-----", "x--x--", "x----.")}
_ROCK = {
    WALTZ: ("0-1-2-", "0-2-1-", "021212", "0-1-21"),
    SIX: ("0-12-1", "012012", "0-10-1", "012021"),
}
_SIMPLE = {
    **SCHEMES,
    4: ("a a+1 a K", "a b a K", "a a-1 b K"),
    8: ("a b a k a b c K", "a a+1 b k a a+1 b K", "a b a+1 k a b a K"),
}
_HARMONY: Bank = {
    "major": {
        "A": (
            "I | I | IV/1 | I | I | vi | ii7 V7 | I",
            "I | V7/7 | I | IV V | I/3 | IV | V7 | I",
            "I | IV/6 | I/5 | V7 | I | IV | I/5 V7 | I",
            "I | iii | IV | I/3 | ii7 | V7 | I IV | I",
        ),
        "B": (
            "IV | I/3 | V7/2 | I | IV | I/3 | II7/#4 | V7",
            "vi | iii | IV | I/3 | ii | vi | V7sus4 | V7",
        ),
        "I": ("I | I | IV/1 | I",),
        "end": ("V7", "IV iv6"),
        "final": ("I", "Iadd9"),
    },
    "minor": {
        "A": (
            "i | iv/1 | i | V7/7 | i | bVI | iv V7 | i",
            "i | bVII | bVI | V | i/b3 | iv | V7 | i",
            "i | iv | bVII7 | bIII | bVI | iv | V7 | i",
        ),
        "B": (
            "bIII | bVII/2 | bIII | bVI | iv | i/b3 | iim7b5 | V7",
            "bVI | bIII/5 | iv | i | bVI | bVII | bIII | V7",
        ),
        "I": ("i | i | iv/1 | i",),
        "end": ("V7", "iv"),
        "final": ("I", "i"),
    },
}


def write(brief: Brief) -> list[Part]:
    """Rock the cradle."""
    rng = stream(brief, "players")
    metre = brief.metre
    stage = Stage(brief)
    bars = brief.bars
    body = [bar for bar in bars if not bar.is_last]
    who = rng.choice(("flute", "voice_oohs", "clarinet", "voice_oohs", "ocarina"))
    low, high = (67, 84) if who in ("flute", "ocarina") else (60, 77)
    rules = Rules(low, high, pull=0.5, leap=1.2, repeat=0.8, freedom=0.6)
    ground = lay_ground(
        brief,
        Idiom(_CELLS, _ENDS, rules, density=2.0, decorate=0.15, schemes=_SIMPLE, span=6.0),
        bass=(38, 55),
        inner=((57, 70), (52, 65)),
    )
    lead = stage.staff("lead", who, gain_db=4.0, legato=0.98)
    cradle = stage.staff(
        "arpeggio", rng.choice(("harp", "harp", "nylon_guitar")), pan=-0.25, gain_db=0.0, legato=1.3
    )
    strings = stage.staff("pad", "slow_strings", pan=0.2, gain_db=-7.0, legato=1.0)
    bass = stage.staff("bass", "cello", pan=0.15, gain_db=-4.0, legato=1.0)
    lead.line(ground.tune, 0.94)
    rock = rng.choice(_ROCK[metre])
    cradle.broken([ground.bass, *ground.inner], rock, 0.82, bars=body, legato=1.4)
    strings.struck(ground.inner, "x-----", 0.66, bars=[bar for bar in body if not bar.is_intro])
    bass.struck(
        [ground.bass], "x-----", 0.72, bars=[bar for bar in body if bar.in_section or bar.tune]
    )
    if rng.random() < 0.5:
        # Stars: a few high notes at the ends of phrases.
        stars = stage.staff("counter", "celesta", pan=0.35, gain_db=-6.0, legato=1.5)
        resting = [bar for bar in body if bar.in_section % 4 == 3 and bar.tune]
        line = free_voice(
            resting,
            "..x-x-" if metre == WALTZ else "...x-x",
            Rules(79, 93, tones=True, pull=0.1, leap=0.4),
            [ground.bass, ground.tune, *ground.inner],
            rng=rng,
        )
        stars.line(line, 0.7)
    last = bars[-1].start
    finals = [line[-1].pitch for line in (*ground.inner, ground.bass) if line[-1].start >= last]
    cradle.close(finals, 0.75, roll=0.15)
    strings.close(finals[:-1], 0.6)
    bass.close(finals[-1:], 0.7)
    return stage.parts()


STYLE = Style(
    name="lullaby",
    tempo=(50.0, 84.0),
    metres={WALTZ: 2.0, SIX: 3.0},
    modes={"major": 2.2, "minor": 0.8},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("flute", "voice_oohs", "clarinet", "ocarina"),
        cells=_CELLS,
        cadences=_ENDS,
        low=64,
        high=82,
    ),
    layers=(),
    plans=(
        "intro song answer song ending",
        "intro song song answer song ending",
        "intro song answer song answer song+2 ending",
    ),
    stretches={
        "intro": Stretch("I", 4, energy=-0.08, tune=False),
        "song": Stretch("A", 8),
        "answer": Stretch("B", 8, energy=0.05),
        "ending": Stretch("A", 2, energy=-0.06, tune=False),
    },
    phrase_bars=8,
    energy=0.32,
    arcs={"steady": 2.0, "arch": 1.0, "fade": 2.0},
    tightness=0.35,
    ritard=0.28,
    reverb=(0.35, 0.55),
    brightness=(0.3, 0.45),
    treatments={"natural": 6.0, "roomy": 1.5, "lo-fi tape": 0.5, "dark": 1.0},
    moods={
        "tender": 2.5,
        "gentle": 2.5,
        "peaceful": 2.0,
        "calm": 2.0,
        "aggressive": 0.2,
        "angry": 0.2,
    },
    writer=write,
)
