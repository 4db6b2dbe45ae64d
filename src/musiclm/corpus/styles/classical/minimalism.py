"""Minimalism: short cells over a steady pulse, added note by note and shifted against themselves.

Two mallet players start in unison and drift apart by an eighth at a time, a piano and strings
pulse, harmony turns slowly. Patterns share one chord, so parallels between them are part of the
style; there are no voices in the classical sense.
"""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from musiclm.corpus.craft.blocks import COMMON, FIVE, SIX, Bar, Melody, Stretch, Style
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.score import Part
from musiclm.corpus.styles.classical._stage import Staff, Stage, held, stream
from musiclm.corpus.styles.classical._voices import Rules, bass_line, inner_voices, moment
from musiclm.corpus.theory import nearest

_CELL = {COMMON: ("xxxxxxxx",), SIX: ("xxxxxx",), FIVE: ("xxxxxxxxxx",)}
# Sixteenth-free: eighths of a bar, struck or silent; two cells of one bar make a figure.
_FIGURES = {
    8: ("xx.xxx.x", "xxx.xx.x", "x.xx.xxx", "xxxx.xx.", "xxxxxxxx", "x.x.xxxx", "xx.x.xx."),
    6: ("xxxxxx", "xx.xxx", "x.xxx.", "xxx.xx", "xxxx.x"),
    10: ("xx.xx.xxx.", "xxx.xxx.xx", "xxxxxxxxxx", "x.xx.xx.xx", "xxxx.xxx.x"),
}
_HARMONY: Bank = {
    "major": {
        "A": (
            "Iadd9 | Iadd9 | Iadd9 | Iadd9 | vi7 | vi7 | IVmaj7 | IVmaj7",
            "Imaj7 | Imaj7 | Imaj7 | Imaj7 | iii7 | iii7 | iii7 | iii7",
            "Iadd9 | Iadd9 | V/7 | V/7 | vi7 | vi7 | IVadd9 | IVadd9",
        ),
        "B": (
            "vi7 | vi7 | IVadd9 | IVadd9 | I/3 | I/3 | Vsus4 | V",
            "ii7 | ii7 | IVmaj7 | IVmaj7 | vi7 | vi7 | V | V",
        ),
        "C": ("bVIadd9 | bVIadd9 | bIIIadd9 | bIIIadd9 | bVII | bVII | IV | V",),
        "end": ("IVadd9", "V"),
        "final": ("Iadd9", "I"),
    },
    "minor": {
        "A": (
            "iadd9 | iadd9 | iadd9 | iadd9 | bVImaj7 | bVImaj7 | bVImaj7 | bVImaj7",
            "i7 | i7 | i7 | i7 | bIII | bIII | bVII | bVII",
            "iadd9 | iadd9 | v7 | v7 | bVImaj7 | bVImaj7 | iv7 | iv7",
        ),
        "B": (
            "bVImaj7 | bVImaj7 | bIII | bIII | bVII | bVII | iv7 | iv7",
            "iv7 | iv7 | i/b3 | i/b3 | bVImaj7 | bVImaj7 | bVII | bVII",
        ),
        "C": ("bIImaj7 | bIImaj7 | i | i | bIImaj7 | bIImaj7 | bVII | V",),
        "end": ("bVII", "iv7"),
        "final": ("i", "iadd9"),
    },
    "dorian": {
        "A": (
            "i7 | i7 | i7 | i7 | IV/1 | IV/1 | IV/1 | IV/1",
            "iadd9 | iadd9 | IV | IV | bVII | bVII | IV | IV",
        ),
        "B": ("bIII | bIII | IV | IV | bVII | bVII | v7 | v7",),
        "C": ("ii7 | ii7 | bIII | bIII | IV | IV | v7 | v7",),
        "end": ("IV", "bVII"),
        "final": ("iadd9",),
    },
    "lydian": {
        "A": (
            "Imaj7 | Imaj7 | Imaj7 | Imaj7 | II/1 | II/1 | II/1 | II/1",
            "Iadd9 | Iadd9 | II/1 | II/1 | vii7 | vii7 | II | II",
        ),
        "B": ("vi7 | vi7 | II | II | iii7 | iii7 | V | V",),
        "C": ("bIIIadd9 | bIIIadd9 | I | I | bVIadd9 | bVIadd9 | II | II",),
        "end": ("II/1",),
        "final": ("Iadd9",),
    },
}
_PLAYERS = (
    ("marimba", "marimba", "vibraphone"),
    ("marimba", "marimba", "xylophone"),
    ("marimba", "vibraphone", "marimba"),
)


def write(brief: Brief) -> list[Part]:
    """Set the process going."""
    rng = stream(brief, "process")
    stage = Stage(brief)
    bars = brief.bars
    body = [bar for bar in bars if not bar.is_last]
    seat = rng.choice(_PLAYERS)
    lead = stage.staff("lead", seat[0], pan=-0.3, gain_db=2.0, legato=0.7)
    twin = stage.staff("arpeggio", seat[1], pan=0.3, gain_db=1.5, legato=0.7)
    third = stage.staff("arpeggio", seat[2], pan=0.05, gain_db=-3.0, legato=0.7)
    strings = stage.staff("pad", "slow_strings", pan=0.15, gain_db=-11.0, legato=1.0)
    pulse = stage.staff("chords", "acoustic_grand_piano", pan=-0.1, gain_db=-2.0, legato=0.45)
    bass = stage.staff("bass", rng.choice(("cello", "contrabass")), gain_db=-1.0, legato=0.95)

    units = {COMMON: 8, SIX: 6, FIVE: 10}[brief.metre]
    figures = {name: _figure(rng, units) for name in ("A", "B", "C")}
    lows = bass_line(bars, Rules(33, 50, bass=True, pull=0.15), rng=rng)
    inner = inner_voices(bars, [(64, 76), (57, 69), (52, 64)], [lows], rng=rng)
    for bar in body:
        letter = bar.letter if bar.letter in figures else "A"
        if bar.in_section == 0 and bar.number and bar.name != "ending":
            # Slow metamorphosis: one note of the figure moves whenever a section begins.
            figures[letter] = _changed(figures[letter], rng)
        figure = figures[letter]
        now = _process(bar)
        _play(lead, bar, figure, 0, now.share)
        if now.players > 1:
            _play(twin, bar, figure, now.shift, 1.0, lower=seat[1] == seat[0])
        if now.players > 2:
            _play(third, bar, figure, now.shift * 2 + 3, 1.0, octave=-12)
    full = [bar for bar in body if bar.name not in ("pulse", "pattern")]
    pulse.struck(inner, _CELL[brief.metre][0], 0.62, bars=body)
    strings.struck(inner, "x", 0.6, bars=full)
    held_bass = [bar for bar in body if bar.name != "pulse"]
    bass.struck([lows], "x", 0.85, bars=held_bass)
    last = bars[-1]
    goal = nearest(76, (last.tonic,), 66, 86)
    lead.add(last.start, float(last.beats), goal, 1.0)
    pulse.close(held(inner, last.start), 0.75)
    bass.close(held([lows], last.start), 0.85)
    strings.close(held(inner, last.start), 0.6)
    return stage.parts()


class _Process(NamedTuple):
    """Where in its process the music is."""

    share: float  # of the figure that sounds already
    players: int
    shift: int  # eighths by which the second player is ahead


def _process(bar: Bar) -> _Process:
    """The opening builds the figure up; phases move one eighth every two bars."""
    if bar.name == "pulse":
        return _Process(0.3 + 0.1 * bar.in_section, 1, 0)
    if bar.name == "pattern":
        total = max(1, bar.in_section + bar.to_go)
        return _Process(min(1.0, 0.5 + 0.7 * bar.in_section / total), 1 + (bar.in_section >= 2), 0)
    if bar.name == "phase":
        return _Process(1.0, 2, bar.in_section // 2)
    if bar.name == "ending":
        return _Process(1.0, 1, 0)
    return _Process(1.0, 3, 2 + bar.in_section // 4)


def _figure(rng: Random, units: int) -> list[tuple[int, int]]:
    """A figure of one bar: the eighth and which step of the chord's scale, in playing order."""
    rhythm = rng.choice(_FIGURES[units])
    places = [index for index, character in enumerate(rhythm) if character == "x"]
    height = rng.choice((0, 1, 2))
    figure = []
    for place in places:
        figure.append((place, height))
        turn = rng.choice((-2, -1, 1, 1, 2, 3))
        height = height + turn if 0 <= height + turn <= 5 else height - turn
        height = max(0, min(5, height))
    if len({step for _, step in figure}) < 3:
        return _figure(rng, units)
    return figure


def _changed(figure: Sequence[tuple[int, int]], rng: Random) -> list[tuple[int, int]]:
    """The figure with one of its notes on another step."""
    index = rng.randrange(len(figure))
    place, height = figure[index]
    moved = rng.choice([step for step in range(6) if step != height])
    return [*figure[:index], (place, moved), *figure[index + 1 :]]


def _play(
    staff: Staff,
    bar: Bar,
    figure: Sequence[tuple[int, int]],
    shift: int,
    share: float,
    *,
    octave: int = 0,
    lower: bool = False,
) -> None:
    """One bar of the figure, turned by ``shift`` eighths; only its first ``share`` sounds."""
    units = bar.beats * 2 if bar.beats != 2 else 6
    eighth = bar.beats / units
    known = sorted(figure, key=lambda item: (item[0] % 4 != 0, item[0] % 2, item[0]))
    allowed = {place for place, _ in known[: max(2, round(share * len(known)))]}
    for place, height in figure:
        if place not in allowed:
            continue
        start = bar.start + ((place - shift) % units) * eighth
        pitch = _ladder(bar, start)[height] + octave
        accent = 1.05 if place == figure[0][0] else 0.92
        staff.add(start, eighth, pitch - (12 if lower and height > 3 else 0), accent)


def _ladder(bar: Bar, start: float) -> list[int]:
    """Six tones to climb over a chord: its own, and the second where it has few."""
    over = bar.chord_at(start)
    tones = set(over.pitch_classes)
    if len(tones) < 4:
        pool = moment(bar, start, 0.5).pool
        second = (over.root + 2) % 12
        tones.add(
            second
            if second in pool
            else (over.root + 9) % 12
            if (over.root + 9) % 12 in pool
            else over.root
        )
    low = nearest(67, tuple(sorted(tones)), 62, 74)
    found = [pitch for pitch in range(low, low + 30) if pitch % 12 in tones]
    return found[:6]


STYLE = Style(
    name="minimalism",
    tempo=(96.0, 152.0),
    metres={COMMON: 2.0, SIX: 1.0, FIVE: 0.6},
    modes={"major": 1.2, "minor": 1.0, "dorian": 1.0, "lydian": 0.8},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("marimba",),
        cells=_CELL,
        cadences=_CELL,
        low=62,
        high=88,
    ),
    layers=(),
    plans=(
        "pulse pattern phase bloom phase ending",
        "pulse pattern phase bloom turn bloom phase ending",
    ),
    stretches={
        "pulse": Stretch("A", 4, energy=-0.15, swell=0.15),
        "pattern": Stretch("A", 8, energy=-0.08, swell=0.12),
        "phase": Stretch("A", 8, energy=0.0),
        "bloom": Stretch("B", 8, energy=0.12, swell=0.15),
        "turn": Stretch("C", 8, energy=0.05),
        "ending": Stretch("A", 2, energy=-0.1, swell=-0.1),
    },
    phrase_bars=8,
    energy=0.5,
    arcs={"build": 2.0, "arch": 2.0, "steady": 2.0},
    tightness=0.92,
    ritard=0.0,
    reverb=(0.1, 0.22),
    brightness=(0.55, 0.7),
    treatments={"natural": 6.0, "dry": 2.0, "bright": 1.5},
    moods={"hypnotic": 3.0, "contemplative": 1.5, "restless": 1.5, "aggressive": 0.4},
    writer=write,
)
