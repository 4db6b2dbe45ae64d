"""Romantic piano: a solo piano that sings over wide broken chords, chromatic and free in time.

Nocturne, prelude, ballade or song without words; the right hand thickens to octaves and sixths at
the climax (on purpose; otherwise consecutive fifths and octaves are avoided). No other instrument.
"""

from collections.abc import Sequence

from musiclm.corpus.craft.blocks import COMMON, SIX, TWELVE, WALTZ, Bar, Melody, Stretch, Style
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.score import Part
from musiclm.corpus.styles.classical._ground import Ground, lay_ground
from musiclm.corpus.styles.classical._stage import Staff, Stage, held, hits, stream
from musiclm.corpus.styles.classical._themes import Idiom
from musiclm.corpus.styles.classical._voices import Rules
from musiclm.corpus.theory import nearest

_CELLS = {
    COMMON: (
        "x---x-x-",
        "x-----x-",
        "x--xx---",
        "x---x---",
        "x-----xx",
        "..x-x-x-",
        "x-xxx---",
        "x---xxxx",
        "x-------x-x-x-x-",
        "x-----------xxxx",
        "x---------x-x-xx",
    ),
    WALTZ: ("x---x-", "x--xx-", "x-----", "x-xxx-", "..x-x-", "x-x-xx", "x---xxx-xxx-"),
    SIX: ("x--x-x", "x-xx-x", "x----x", "x-----", "x--xxx", "..xx-x", "x-xxxx"),
    TWELVE: (
        "x-----x--x-x",
        "x--x-xx-----",
        "x-----x-xx-x",
        "x--------xxx",
        "...x-xx--x--",
        "x-----xxxxxx",
        "x--x--x-----",
    ),
}
_ENDS = {
    COMMON: ("x-------", "x---x-..", "x-x-x---"),
    WALTZ: ("x-----", "x-x---", "x---.."),
    SIX: ("x-----", "x--x--", "x-x---"),
    TWELVE: ("x-----x-----", "x--x--x-----", "x-----------"),
}
# Voices of the left hand: 0 the bass, 1 and 2 the tenor and alto above it, 3 the bass an octave up.
_HANDS = {
    COMMON: (
        "01234321",
        "0123432101234321",
        "01210121",
        "0-1-2-1-",
        "012432102124321 ".strip() + "2",
    ),
    WALTZ: ("012321", "0-1-2-", "012343", "0.12.."),
    SIX: ("012321", "012343", "01232101234321"[:12], "0-1-2-"),
    TWELVE: ("012343012343", "012321012321", "012432012432"),
}
_RULES = Rules(64, 86, pull=0.4, leap=0.6, repeat=0.9)
_HARMONY: Bank = {
    "major": {
        "A": (
            "I | I | ii7/1 | V7/1 | I | VI7b9 | ii V7 | I",
            "I | bVI7 V7 | I | III7 | vi | iv6 | I/5 V7 | I",
            "Iadd9 | #io7 | ii7 | V7 | iii III7 | vi bVI7 | I/5 V7 | I",
            "I | V/7 | vi II7/#4 | V | IV | iv | I/5 V7b9 | I",
            "I | I+ | IV/1 | iv/1 | I | II7 | ii7b5 V7 | I".replace("ii7b5", "iim7b5"),
        ),
        "B": (
            "iii | III7 | vi | II7 | ii | iim7b5 | I/5 | V7",
            "bVI | bIII/5 | iv/6 V7/b6 | bVI | bVI7 | I/5 | II7 | V7".replace(
                "iv/6 V7/b6", "bII bIII7"
            ),
            "iv | bVII7 | bIII | bVI | bII | V7 | I | V7",
        ),
        "C": (
            "i | iv | V7 | i | bVI | bII/4 | i/5 V7 | i",
            "i | i/b7 | bVI | bIII | bII | bVI7 | V7sus4 | V7",
        ),
        "I": ("I | ii7/1 | I | V7",),
        "end": ("iv6 I/5", "V7b9", "bII/4 V7"),
        "final": ("I",),
    },
    "minor": {
        "A": (
            "i | i/b7 | bVI | iim7b5 V7 | i | iv | bII/4 V7 | i",
            "i | V7/7 | I7/b7 | iv/6 iv/b6 | i/5 | bVI7 | V7 | i".replace(
                "iv/6 iv/b6", "IV/6 iv/b6"
            ),
            "i | #ivo7 | V7 | i | bVI | bII/4 | i/5 V7 | i",
            "i | VI7b9 | iim7b5 | V7b9 | i | bVI | bVI7 V7 | i".replace("VI7b9", "I7/3").replace(
                "iim7b5 | V7b9", "iv | V7b9"
            ),
            "i | bVII/2 | bIII | bVI | iv | II7/#4 | V7sus4 V7 | i",
        ),
        "B": (
            "bIII | bVII7/2 | bIII | V7 | bVI | bIII/5 | iv V7/b6 | V7".replace("V7/b6", "bVI7"),
            "bVI | bVI | bII | bII | iv | i/5 | II7 | V7",
            "iv | bVII7 | bIII | bVI | bII | iim7b5 | V7sus4 | V7",
        ),
        "C": (
            "I | I | iv/1 | I | IV | iv | I/5 V7 | I",
            "bVI | bVI7/b5 | bII/4 | bII | bVI | bIII7 | V7 | V7".replace("bVI7/b5", "bVI7"),
        ),
        "I": ("i | iv/1 | i | V7",),
        "end": ("bII/4 V7", "iv6", "i/5 V7b9"),
        "final": ("i", "I"),
    },
}


def write(brief: Brief) -> list[Part]:
    """Two hands."""
    rng = stream(brief, "hands")
    stage = Stage(brief)
    bars = brief.bars
    body = [bar for bar in bars if not bar.is_last]
    ground = lay_ground(
        brief,
        Idiom(_CELLS, _ENDS, _RULES, density=2.3, decorate=0.45, span=11.0),
        bass=(29, 48),
        inner=((58, 70), (52, 64), (46, 58)),
    )
    right = stage.staff("lead", "acoustic_grand_piano", pan=0.08, gain_db=3.0, legato=1.0)
    left = stage.staff("arpeggio", "acoustic_grand_piano", pan=-0.12, gain_db=-1.5, legato=1.0)
    inside = stage.staff("counter", "acoustic_grand_piano", pan=0.05, gain_db=2.0, legato=1.0)
    right.line(ground.tune, 1.1)
    _thicken(inside, ground, [bar for bar in body if bar.intensity > 0.62 and bar.tune])
    bank = _HANDS[brief.metre]
    first, second = rng.choice(bank), rng.choice(bank)
    _roll(left, ground, body, first, second)
    last = bars[-1].start
    low = ground.bass[-1].pitch
    left.close(
        [low, *(line[-1].pitch for line in ground.inner if line[-1].start >= last)], 0.8, roll=0.18
    )
    if low - 12 >= 28:
        left.add(last, float(bars[-1].beats), low - 12, 0.8, legato=1.0)
    stage.sway(rng.uniform(0.05, 0.12))
    return stage.parts()


def _roll(left: Staff, ground: Ground, bars: Sequence[Bar], first: str, second: str) -> None:
    """Wide broken chords, held by the pedal until the harmony changes."""
    voices = [ground.bass, *reversed(ground.inner)]
    for bar, start, _, character in hits(
        bars, lambda bar: second if bar.name in ("agitato", "far") else first
    ):
        span = next(s for s in reversed(bar.spans) if start >= s.start - 1e-6)
        chord = held(voices, start)
        if abs(start - span.start) < 0.02:
            # The bass speaks first whatever the figure wants.
            index = 0
        else:
            index = int(character) if character.isdigit() else 0
        octave, place = divmod(index, len(chord))
        pitch = chord[place] + 12 * octave
        level = 0.9 if index == 0 else 0.74
        left.add(start, min(span.end - start, 2.5), pitch, level)


def _thicken(right: Staff, ground: Ground, bars: Sequence[Bar]) -> None:
    """Octaves under long notes of a climax, and a sixth or third between."""
    numbers = {bar.number for bar in bars}
    beats = right.bars[0].beats
    for tone in ground.tune:
        bar = right.bar_at(tone.start)
        if bar.number not in numbers or tone.beats < 0.7 or int(tone.start // beats) != bar.number:
            continue
        right.add(tone.start, tone.beats, tone.pitch - 12, 0.94)
        chord = bar.chord_at(tone.start).pitch_classes
        between = nearest(tone.pitch - 6, chord, tone.pitch - 9, tone.pitch - 3)
        if between % 12 in chord:
            right.add(tone.start, tone.beats, between, 0.8)


STYLE = Style(
    name="romantic piano",
    tempo=(50.0, 116.0),
    metres={COMMON: 1.5, WALTZ: 1.0, SIX: 1.5, TWELVE: 1.5},
    modes={"major": 1.0, "minor": 1.3},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("acoustic_grand_piano",),
        cells=_CELLS,
        cadences=_ENDS,
        low=64,
        high=86,
    ),
    layers=(),
    plans=(
        "intro theme agitato theme ending",
        "intro theme theme agitato theme coda ending",
        "intro theme agitato far theme agitato theme coda ending",
    ),
    stretches={
        "intro": Stretch("I", 2, energy=-0.12, tune=False),
        "theme": Stretch("A", 8, swell=0.12),
        "agitato": Stretch("B", 8, energy=0.14, swell=0.3),
        "far": Stretch("C", 8, energy=-0.1, shift=8, mode="major"),
        "coda": Stretch("A", 4, energy=0.06, swell=-0.3),
        "ending": Stretch("A", 2, energy=-0.12, tune=False),
    },
    phrase_bars=8,
    energy=0.46,
    arcs={"arch": 3.0, "waves": 2.0, "fade": 1.0, "build": 1.0},
    tightness=0.25,
    ritard=0.32,
    reverb=(0.3, 0.5),
    brightness=(0.35, 0.5),
    treatments={"natural": 6.0, "roomy": 2.0, "dark": 1.0, "dry": 0.7},
    moods={"romantic": 2.0, "melancholic": 1.7, "longing": 1.7, "wistful": 1.5, "groovy": 0.3},
    writer=write,
)
