"""Baroque: trio sonata, two-part invention or organ fugue, in real counterpoint.

See ``_counterpoint``: a subject and its answers, countersubject, sequences through the circle of
fifths, and a walking continuo; consecutive fifths and octaves are avoided by the search.
"""

from musiclm.corpus.craft.blocks import COMMON, TWELVE, WALTZ, Melody, Stretch, Style
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.score import Note, Part
from musiclm.corpus.styles.classical._counterpoint import Strand, Weaver
from musiclm.corpus.styles.classical._stage import Staff, Stage, stream
from musiclm.corpus.styles.classical._voices import inner_voices, sections_of

_DEGREES = ("I", "bII", "II", "bIII", "III", "IV", "#IV", "V", "bVI", "VI", "bVII", "VII")
_BASSES = ("1", "b2", "2", "b3", "3", "4", "#4", "5", "b6", "6", "b7", "7")
_CELL = {COMMON: ("x---",), WALTZ: ("x--",), TWELVE: ("x-----",)}


def at_the_fifth(numeral: str) -> str:
    """The same chord in the key of the dominant.

    Example:
        >>> at_the_fifth("V7/7"), at_the_fifth("iv"), at_the_fifth("i")
        ('II7/#4', 'i', 'v')
    """
    chord, _, bass = numeral.partition("/")
    body = chord.lstrip("b#")
    size = next(n for n in (3, 2, 1) if body[:n].lower() in ("i ii iii iv v vi vii").split())
    name = chord[: len(chord) - len(body)] + body[:size].upper()
    moved = _DEGREES[(_DEGREES.index(name) + 7) % 12]
    if body[0].islower():
        moved = moved.lower()
    found = moved + body[size:]
    return f"{found}/{_BASSES[(_BASSES.index(bass) + 7) % 12]}" if bass else found


def _exposition(subject: str) -> str:
    """Subject and answer, twice."""
    bars = [[at_the_fifth(chord) for chord in bar.split()] for bar in subject.split(" | ")]
    answer = " | ".join(" ".join(bar) for bar in bars)
    return f"{subject} | {answer} | {subject} | {answer}"


_HARMONY: Bank = {
    "major": {
        "A": tuple(
            _exposition(subject)
            for subject in (
                "I | V7 I",
                "I IV | V7 I",
                "I V/7 | V7 I",
                "I vi | V7 I",
                "I ii/4 | V7 I",
            )
        ),
        "E": (
            "I IV | viio iii | vi ii | V7 I",
            "vi ii | V7 I | IV viio | III7 vi",
            "I VI7 | ii V7 | I IV | II7 V7",
            "iii vi | ii V7 | I IV | ii V7",
        ),
        "P": ("V | ii/4 V | V7 | I/5 V7", "I/5 V | II7/#4 V | vi ii/4 | I/5 V7"),
        "end": ("I/5 V7", "ii/4 V7", "IV V7"),
        "final": ("I",),
    },
    "minor": {
        "A": tuple(
            _exposition(subject)
            for subject in (
                "i | V7 i",
                "i iv | V7 i",
                "i V/7 | V7 i",
                "i iim7b5/4 | V7 i",
                "i bVI | V7 i",
            )
        ),
        "E": (
            "i iv | bVII bIII | bVI iio | V7 i",
            "iv bVII7 | bIII bVI | iim7b5 V7 | i V7",
            "i I7/3 | iv bVII7/2 | bIII bVI | iim7b5 V7",
            "bIII bVI | iio V | i iv | II7/#4 V7",
        ),
        "P": ("V | iv/b6 V | V7 | i/5 V7", "i/5 V | II7/#4 V | bVI iim7b5/4 | i/5 V7"),
        "end": ("i/5 V7", "iim7b5/4 V7", "iv V7"),
        "final": ("I", "i", "I"),
    },
}
_CONTINUO = {COMMON: "x-x-x-x-", WALTZ: "x-x-x-", TWELVE: "x--x--x--x--"}


def write(brief: Brief) -> list[Part]:
    """Weave the voices, then seat the players."""
    rng = stream(brief, "kind")
    kind = rng.choices(("trio", "invention", "fugue"), weights=(5, 3, 2))[0]
    if kind == "invention":
        strands = [Strand(64, 86), Strand(43, 64)]
    elif kind == "trio":
        strands = [Strand(65, 84), Strand(62, 79), Strand(38, 60)]
    else:
        strands = [Strand(64, 84), Strand(56, 73), Strand(38, 57)]
    Weaver(strands, brief.metre, stream(brief, "voices")).weave(sections_of(brief.bars))
    stage = Stage(brief)
    if kind == "trio":
        pair = rng.choice(
            (
                ("violin", "violin"),
                ("recorder", "violin"),
                ("oboe", "violin"),
                ("recorder", "oboe"),
                ("flute", "violin"),
            )
        )
        players = [
            stage.staff("lead", pair[0], pan=-0.35, gain_db=3.0, legato=0.86),
            stage.staff("counter", pair[1], pan=0.35, gain_db=1.0, legato=0.86),
            stage.staff("bass", "cello", pan=0.1, gain_db=1.0, legato=0.8),
        ]
        chords = stage.staff("chords", "harpsichord", gain_db=-1.0, legato=0.8)
        right = inner_voices(
            brief.bars,
            [(60, 72), (55, 67)],
            [s.line for s in strands],
            rng=stream(brief, "continuo"),
        )
        chords.struck(right, _CONTINUO[brief.metre], 0.72)
        chords.close([line[-1].pitch for line in right], 0.7, roll=0.1)
        doubled = stage.staff("bass", "harpsichord", gain_db=-4.0, legato=0.8)
        doubled.line(strands[2].line, 0.8)
    elif kind == "invention":
        players = [
            stage.staff("lead", "harpsichord", pan=-0.15, gain_db=2.0, legato=0.85),
            stage.staff("bass", "harpsichord", pan=0.15, gain_db=1.0, legato=0.85),
        ]
    else:
        players = [
            stage.staff("lead", "church_organ", pan=-0.1, gain_db=2.0, legato=0.97),
            stage.staff("counter", "church_organ", pan=0.1, gain_db=0.0, legato=0.97),
            stage.staff("bass", "church_organ", gain_db=1.0, legato=0.97),
        ]
    for player, strand in zip(players, strands, strict=True):
        player.line(strand.line, 1.0)
        _even(player, kind)
    _grace(players[0], brief, rng.choice((0.05, 0.12, 0.2)))
    return stage.parts()


def _even(staff: Staff, kind: str) -> None:
    """Terraces instead of swells: plucked strings and pipes know no crescendo."""
    share = 3 if kind == "trio" else 1
    staff.notes = [
        Note(n.start, n.duration, n.pitch, (share * n.velocity + (4 - share) * 80) // 4)
        for n in staff.notes
    ]


def _grace(staff: Staff, brief: Brief, chance: float) -> None:
    """Mordents on long notes: the note, its upper neighbour, the note."""
    rng = stream(brief, "graces")
    found: list[Note] = []
    for note in staff.notes:
        bar = staff.bar_at(note.start)
        if note.duration < 0.7 or rng.random() >= chance or bar.name == "ending":
            found.append(note)
            continue
        pool = {
            (bar.tonic + step) % 12 for step in (0, 2, 4 if bar.mode == "major" else 3, 5, 7, 11)
        }
        above = next(
            (p for p in (note.pitch + 2, note.pitch + 1) if p % 12 in pool), note.pitch + 2
        )
        short = min(0.14, note.duration / 4)
        found += [
            Note(note.start, short * 0.95, note.pitch, note.velocity),
            Note(note.start + short, short * 0.95, above, max(1, note.velocity - 12)),
            Note(note.start + 2 * short, note.duration - 2 * short, note.pitch, note.velocity),
        ]
    staff.notes = found


STYLE = Style(
    name="baroque",
    tempo=(62.0, 116.0),
    metres={COMMON: 3.0, WALTZ: 1.0, TWELVE: 0.6},
    modes={"major": 1.0, "minor": 1.2},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("violin", "recorder", "oboe", "harpsichord", "church_organ"),
        cells=_CELL,
        cadences=_CELL,
        low=64,
        high=86,
    ),
    layers=(),
    plans=(
        "subject exposition episode entries pedal ending",
        "subject exposition episode dominant episode entries pedal ending",
        "subject exposition episode dominant episode subdominant episode entries pedal ending",
        "subject exposition entries episode subdominant episode dominant episode entries ending",
    ),
    stretches={
        "subject": Stretch("A", 2, energy=-0.15),
        "exposition": Stretch("A", 8),
        "episode": Stretch("E", 4, energy=0.02),
        "entries": Stretch("A", 4, energy=0.1),
        "dominant": Stretch("A", 4, energy=0.05, shift=7),
        "subdominant": Stretch("A", 4, energy=0.03, shift=5),
        "pedal": Stretch("P", 4, energy=0.1, swell=0.15),
        "ending": Stretch("A", 2, energy=0.12, tune=False),
    },
    phrase_bars=8,
    energy=0.55,
    arcs={"steady": 3.0, "build": 1.0, "arch": 1.0},
    tightness=0.6,
    ritard=0.22,
    reverb=(0.3, 0.45),
    brightness=(0.5, 0.65),
    treatments={"natural": 6.0, "cathedral": 1.5, "roomy": 1.5, "dry": 0.7},
    moods={"solemn": 1.5, "joyful": 1.3, "dreamy": 0.5, "groovy": 0.4},
    writer=write,
)
