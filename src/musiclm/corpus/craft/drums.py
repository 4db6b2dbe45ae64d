"""Drum grooves in, drum notes out: the groove, ghost notes, a fill into the next section, a crash.

A groove maps drum names to rhythms: ``X`` accent, ``x`` normal, ``o`` soft, ``g`` a ghost note that
is only sometimes played. Several bars are joined by ``|``.
"""

from random import Random

from musiclm.corpus.craft.blocks import Bar, Groove, bar_of, events
from musiclm.corpus.score import Note

# General MIDI drum keys.
DRUM_KEYS = {
    "kick": 36,
    "rim": 37,
    "snare": 38,
    "clap": 39,
    "hat": 42,
    "pedal": 44,
    "open": 46,
    "low": 41,
    "floor": 43,
    "mid": 47,
    "high": 50,
    "crash": 49,
    "ride": 51,
    "bell": 53,
    "china": 52,
    "tambourine": 54,
    "cowbell": 56,
    "bongo": 60,
    "bongo_low": 61,
    "conga_mute": 62,
    "conga": 63,
    "conga_low": 64,
    "cabasa": 69,
    "maracas": 70,
    "guiro": 73,
    "claves": 75,
    "block": 76,
    "block_low": 77,
    "triangle": 81,
    "shaker": 82,
}
_LEVELS = {"X": 1.16, "x": 0.98, "o": 0.66, "g": 0.42}

# One bar each; the last beats of a section are replaced by the last beats of one of these.
FILLS: dict[str, tuple[Groove, ...]] = {
    "rock": (
        {"snare": "........x.xxX...", "mid": "............x.x.", "floor": "..............xX"},
        {"snare": "........XxxxX..x", "high": "............x...", "floor": ".............xxX"},
        {"snare": "............XxXx", "kick": "............x.x."},
        {"high": "........xx......", "mid": "..........xx....", "floor": "............xxXX"},
        {"snare": "........x..x..X.", "kick": "........x.x..x.x"},
        {"snare": "........XooxooxX", "hat": "........x...x..."},
        {"high": "............xx..", "floor": "..............Xx", "snare": "........x.xx...."},
        {"snare": "........X.X.XXXX", "kick": "........x.x....."},
        {"mid": "........x..x....", "floor": "..........x..xX.", "snare": "..............x."},
    ),
    "jazz": (
        {"snare": "......x..x.X", "ride": "x..x.xx....."},
        {"snare": "......xxx...", "high": ".........x..", "floor": "..........xX"},
        {"snare": ".........oxX", "kick": "...........x"},
        {"snare": "......o.xo.x", "kick": "......x..x.."},
        {"snare": "......x..oxx", "mid": ".......x....", "floor": "........x..."},
    ),
    "electronic": (
        {"snare": "........x.x.xxxx"},
        {"clap": "............X.XX", "kick": "........x......."},
        {"snare": "............oxxX"},
        {"snare": "........x..x..x.", "open": "..............x."},
        {"clap": "........X.....XX", "kick": "........x.x....."},
    ),
    "latin": (
        {"rim": "........x..x..x.", "high": "............xx.."},
        {"snare": "..........x.xoxX"},
        {"high": "........x.xx....", "low": "............x.xX"},
        {"conga": "........x.xxx.x.", "conga_low": "..............xx"},
    ),
    "march": (
        {"snare": "........XoooXoxX"},
        {"snare": "........xxxxXxXx", "kick": "............X..."},
    ),
    "epic": (
        {"floor": "........X.xxXxXX", "low": "........X...X.X."},
        {"low": "........xxxxXXXX"},
    ),
    "soft": (
        {"snare": "............o.ox"},
        {"mid": "............o...", "floor": "..............o."},
    ),
    "none": ({},),
}
# One beat at the end of a bar inside a section.
_TURNS: tuple[Groove, ...] = (
    {"snare": "............x.ox", "hat": "............x..."},
    {"snare": "............ooxx"},
    {"snare": "............x...", "open": "..............x."},
    {"snare": "............x..x", "kick": "............x.x."},
)
# Compound metres count triplets, so their fills do too.
COMPOUND_FILL: Groove = {"snare": "......xxx...", "high": ".........x..", "floor": "..........xX"}


def drum_bar(
    groove: Groove,
    fills: str,
    bar: Bar,
    rng: Random,
    *,
    crash: bool,
    compound: bool,
) -> list[Note]:
    """Write one bar of drums.

    Args:
        groove: The rhythms of this section.
        fills: Key of ``FILLS``.
        bar: The bar; its energy sets the level, its place decides on fill and crash.
        rng: Decides ghost notes and which fill.
        crash: Whether sections begin with a cymbal.
        compound: Whether beats divide in three.
    """
    if bar.is_last:
        return _final_hit(groove, bar, crash=crash)
    begins_fill = bar.start + bar.beats
    notes: list[Note] = []
    if bar.to_go == 0 and fills != "none" and rng.random() < 0.85:
        # Half a bar where there is energy, one beat where there is not.
        length = max(1.0, float(bar.beats // 2)) if bar.intensity > 0.5 else 1.0
        begins_fill -= length
        fill = COMPOUND_FILL if compound else rng.choice(FILLS[fills])
        notes += _fill(fill, bar, begins_fill)
    elif bar.in_section % 4 == 3 and bar.to_go and fills not in ("none", "march"):
        # Between the big fills drummers mark every fourth bar a little.
        if "snare" in groove and bar.intensity > 0.35 and not compound and rng.random() < 0.3:
            begins_fill -= 1.0
            notes += _fill(rng.choice(_TURNS), bar, begins_fill)
    notes += [note for note in _hits(groove, bar, rng) if note.start < begins_fill - 1e-6]
    if crash and bar.in_section == 0 and bar.intensity > 0.45:
        notes.append(Note(bar.start, 1.0, DRUM_KEYS["crash"], _velocity(bar, 1.0)))
    return notes


def _fill(fill: Groove, bar: Bar, begins: float) -> list[Note]:
    """The end of a fill of four quarters, set against the end of the bar."""
    notes = []
    # In seven the eighth is the beat, so four quarters are eight of them.
    span = 8.0 if bar.beats == 7 else 4.0
    offset = bar.start + bar.beats - span
    for name, rhythm in fill.items():
        unit = span / len(rhythm)
        for index, character in enumerate(rhythm):
            start = offset + index * unit
            if character not in "-." and start >= begins - 1e-6:
                level = _velocity(bar, _LEVELS[character])
                notes.append(Note(start, min(unit, 0.5), DRUM_KEYS[name], level))
    return notes


def _hits(groove: Groove, bar: Bar, rng: Random) -> list[Note]:
    notes = []
    for drum, rhythm in groove.items():
        # Parts of the kit drop out where the music is quiet: "snare!" needs energy.
        name, _, needs = drum.partition("!")
        if needs and bar.intensity < float(needs):
            continue
        for beat, duration, character in events(bar_of(rhythm, bar.in_section), bar.beats):
            if character == "g" and rng.random() < 0.45:
                continue
            velocity = _velocity(bar, _LEVELS[character])
            length = min(duration, 0.5)
            notes.append(Note(bar.start + beat, length, DRUM_KEYS[name], velocity))
    return notes


def _final_hit(groove: Groove, bar: Bar, *, crash: bool) -> list[Note]:
    """The last downbeat, and nothing after it."""
    names = {drum.partition("!")[0] for drum in groove} & {"kick", "low", "conga_low", "triangle"}
    names = names or {next(iter(groove)).partition("!")[0]}
    if crash:
        names.add("crash")
    return [Note(bar.start, 1.0, DRUM_KEYS[name], _velocity(bar, 0.95)) for name in sorted(names)]


def _velocity(bar: Bar, level: float) -> int:
    return max(1, min(127, round((52 + 46 * bar.intensity) * level)))
