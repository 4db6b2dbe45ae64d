"""A score in, how its voices move out: parallels, smoothness, ranges; counted from notes.

A *voice* is a line that a listener can follow: a part that plays one note at a time, or the n-th
note from below of a part that plays chords of a constant size. A *move* is two voices that change
pitch at the same moment in the same direction, neither after a rest of more than a beat. The move
is a parallel fifth (octave) when the voices are a fifth (octave, unison) apart, whole octaves
aside, before and after. A part that doubles another one in octaves or unison is the same voice
played twice, and is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from musiclm.corpus.instruments import INSTRUMENTS
from musiclm.corpus.score import Note, Part, Score
from musiclm.evaluate.corpus.harmony import spans_of

_TOGETHER_BEATS = 0.09  # Players that mean the same moment are less apart than this.
_LONGEST_REST_BEATS = 1.0
_DOUBLED = 0.7  # Share of moves in octaves from which on one part doubles another.
_FEW_MOVES = 6


@dataclass(frozen=True, slots=True)
class Parallels:
    """Moves of pairs of voices, and how many of them are parallel fifths or octaves."""

    n_moves: int  # both voices move in the same direction
    n_all_moves: int  # both voices move, in whatever direction
    n_fifths: int
    n_octaves: int


@dataclass(frozen=True, slots=True)
class _Chord:
    """Notes that one part strikes together, from below."""

    start: float
    end: float
    pitches: tuple[int, ...]


Line = dict[int, tuple[int, int]]  # moment -> (pitch before, pitch now)


def parallels(score: Score) -> Parallels:
    """Count parallel fifths and octaves between all voices of the pitched parts."""
    chords = [_chords(part.notes) for part in score.parts if not part.is_drums and part.notes]
    moments = _moments(chords)
    parts = _without_doublings([_lines(part, moments) for part in chords])
    lines = [line for part in parts for line in part]
    n_moves = n_all = fifths = octaves = 0
    for first, second in combinations(lines, 2):
        for (a, b), (c, d) in _shared(first, second):
            n_all += 1
            if (b > a) != (d > c):
                continue
            n_moves += 1
            before, after = abs(a - c) % 12, abs(b - d) % 12
            # A fifth counts with the upper note a fifth above: 7 semitones, not 5.
            fifths += _fifth(a, c) and _fifth(b, d)
            octaves += before == after == 0
    return Parallels(n_moves, n_all, fifths, octaves)


def _fifth(one: int, other: int) -> bool:
    return abs(one - other) % 12 == 7


def _chords(notes: Sequence[Note]) -> list[_Chord]:
    """Join notes that start together."""
    groups: list[list[Note]] = []
    for note in sorted(notes, key=lambda note: (note.start, note.pitch)):
        if groups and note.start - groups[-1][0].start < _TOGETHER_BEATS:
            groups[-1].append(note)
        else:
            groups.append([note])
    return [
        _Chord(
            group[0].start,
            max(note.end for note in group),
            tuple(sorted({note.pitch for note in group})),
        )
        for group in groups
    ]


def _moments(parts: Sequence[Sequence[_Chord]]) -> dict[float, int]:
    """Number the moments at which anything starts; nearly equal times are one moment."""
    numbers: dict[float, int] = {}
    first = -1.0
    number = -1
    for start in sorted({chord.start for part in parts for chord in part}):
        if number < 0 or start - first >= _TOGETHER_BEATS:
            first, number = start, number + 1
        numbers[start] = number
    return numbers


def _lines(chords: Sequence[_Chord], moments: dict[float, int]) -> list[Line]:
    """The voices of one part: where each moves, from which pitch to which."""
    lines: list[Line] = [{} for _ in range(max(len(chord.pitches) for chord in chords))]
    for before, now in pairwise(chords):
        same_size = len(before.pitches) == len(now.pitches)
        if not same_size or now.start - before.end > _LONGEST_REST_BEATS:
            continue
        for line, old, new in zip(lines, before.pitches, now.pitches, strict=False):
            if old != new:
                line[moments[now.start]] = (old, new)
    return [line for line in lines if line]


def _shared(first: Line, second: Line) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Moves of two lines at the same moments."""
    if len(second) < len(first):
        return [(first[moment], move) for moment, move in second.items() if moment in first]
    return [(move, second[moment]) for moment, move in first.items() if moment in second]


def _without_doublings(parts: Sequence[list[Line]]) -> list[list[Line]]:
    """Leave out lines that go in octaves with a line of an earlier part, and within a part."""
    kept: list[list[Line]] = []
    for lines in parts:
        own: list[Line] = []
        for line in lines:
            others = [other for part in [*kept, own] for other in part]
            if not any(_doubles(line, other) for other in others):
                own.append(line)
        kept.append(own)
    return kept


def _doubles(line: Line, other: Line) -> bool:
    """Whether two lines keep an octave or unison wherever they move together."""
    moves = _shared(line, other)
    if len(moves) < min(_FEW_MOVES, len(line)):
        return False
    same = sum((a - c) % 12 == 0 and (b - d) % 12 == 0 for (a, b), (c, d) in moves)
    return same >= _DOUBLED * len(moves)


def voice_motion(score: Score) -> tuple[float, int]:
    """Semitones that a voice of the chord and pad parts moves at a change of chord.

    The voicing of a chord is every pitch that a part strikes while it sounds. Voicings of equal
    size move note by note from below; otherwise each note goes to the nearest one.

    Returns:
        The sum over all voices and changes, and how many there are.
    """
    spans = [span for span in spans_of(score) if span.pitch_classes]
    total, n_voices = 0.0, 0
    for part in score.parts:
        if part.role not in ("chords", "pad") or part.is_drums:
            continue
        previous: tuple[int, ...] = ()
        pending = iter(sorted(part.notes, key=lambda note: note.start))
        note = next(pending, None)
        old_symbol: tuple[int, ...] = ()
        for span in spans:
            struck: set[int] = set()
            while note and note.start < span.start + span.beats - _TOGETHER_BEATS:
                if note.start >= span.start - _TOGETHER_BEATS:
                    struck.add(note.pitch)
                note = next(pending, None)
            voicing = tuple(sorted(struck))
            if previous and voicing and old_symbol != span.pitch_classes:
                moved = _moved(previous, voicing)
                total += sum(moved)
                n_voices += len(moved)
            if voicing:
                previous, old_symbol = voicing, span.pitch_classes
    return total, n_voices


def root_motion(score: Score) -> tuple[float, int]:
    """Semitones that roots move at changes of chord: what chords moved as blocks would take.

    Returns:
        The sum, and the number of changes.
    """
    spans = [span for span in spans_of(score) if span.pitch_classes]
    steps = [
        min((b.root - a.root) % 12, (a.root - b.root) % 12)
        for a, b in pairwise(spans)
        if a.pitch_classes != b.pitch_classes
    ]
    return float(sum(steps)), len(steps)


def _moved(before: tuple[int, ...], after: tuple[int, ...]) -> list[float]:
    if len(before) == len(after):
        return [float(abs(a - b)) for a, b in zip(before, after, strict=True)]
    return [float(min(abs(a - b) for b in before)) for a in after]


def out_of_range(score: Score) -> list[str]:
    """Pitched notes that their instrument cannot play, as ``flute 45``, one entry a note."""
    return [
        f"{part.instrument} {note.pitch}"
        for part in score.parts
        if not part.is_drums
        for note in part.notes
        if not _can_play(part, note)
    ]


def _can_play(part: Part, note: Note) -> bool:
    instrument = INSTRUMENTS[part.instrument]
    return instrument.low <= note.pitch <= instrument.high


def struck_beats(score: Score) -> float:
    """Share of the felt beats on which some note begins: what a beat needs to be heard."""
    n_beats = score.n_bars * score.beats_per_bar
    struck = {
        round(note.start)
        for part in score.parts
        for note in part.notes
        if abs(note.start - round(note.start)) < _TOGETHER_BEATS
    }
    return sum(beat in struck for beat in range(n_beats)) / n_beats if n_beats else 0.0
