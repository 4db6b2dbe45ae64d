"""Part-writing: the moments of one voice and the voices already written in, its pitches out.

One search serves tunes, basses, inner voices and counterpoint. It walks from moment to moment and
keeps the few best lines so far, judged as a teacher of species counterpoint would: chord tones on
strong beats, other tones reached and left by step, leaps answered by a step back, leading notes
that rise, no bare clash with another voice, and no consecutive fifths, octaves or unisons, neither
from one moment to the next nor from beat to beat. What a style wants beyond that (a contour, a
subject, a sequence) it asks for by the pitch wanted at each moment.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from musiclm.corpus.craft.blocks import Bar, bar_of, events
from musiclm.corpus.theory import MODES, Chord, scale_over

_EPS = 1e-6
_BEAM = 8
# What an interval costs by its semitones: steps are free, then ever dearer; tritones and sevenths
# are hard to sing.
_LEAPS = (0.0, 0.0, 0.0, 0.7, 0.8, 1.3, 3.5, 1.6, 2.4, 2.6, 6.0, 9.0, 3.2)
_FAR = 14.0
_CONSECUTIVE = 30.0


class Tone(NamedTuple):
    """One written note, before anybody plays it."""

    start: float  # beats
    beats: float
    pitch: int


class Moment(NamedTuple):
    """When a voice begins a note, and what is allowed there."""

    start: float  # beats
    beats: float
    chord: Chord
    pool: tuple[int, ...]  # pitch classes of the scale over the chord
    weight: int  # 0 off the beat, 1 on a beat, 2 on the downbeat, a new chord or a long note
    tonic: int
    want: float | None = None  # pitch asked for


@dataclass(frozen=True, slots=True)
class Rules:
    """What one voice may do, and what it likes."""

    low: int
    high: int
    tones: bool = False  # chord tones only
    bass: bool = False  # the chord's bass note only
    pull: float = 0.5  # cost of a semitone away from the pitch wanted
    leap: float = 1.0  # factor on the cost of leaps
    repeat: float = 1.2  # cost of the same pitch again
    freedom: float = 0.8  # how much chance decides
    strict: float = 1.0  # factor on what other voices forbid
    reach: int = 12  # widest interval
    under: bool = False  # stays below the last of the other voices


class _Other(NamedTuple):
    """Another voice at one moment."""

    before: int | None  # sounding just before
    now: int | None
    shared: int  # the last earlier moment at which both voices struck together, or -1
    there: int  # the other's pitch then


def sounding(line: Sequence[Tone], starts: Sequence[float], beat: float) -> int | None:
    """The pitch of ``line`` at ``beat``; a rest of up to a beat still counts as its last pitch."""
    index = bisect_right(starts, beat + _EPS) - 1
    if index < 0:
        return None
    tone = line[index]
    return tone.pitch if tone.start + tone.beats + 1.0 > beat else None


def moment(bar: Bar, start: float, beats: float, want: float | None = None) -> Moment:
    """What a note of ``beats`` at ``start`` in ``bar`` has to fit."""
    over = bar.chord_at(start)
    on_beat = abs(start - round(start)) < 0.02
    opens = any(abs(span.start - start) < 0.02 for span in bar.spans)
    weight = 2 if opens or (on_beat and beats >= 1.5) else 1 if on_beat else 0
    pool = scale_over(bar.tonic, MODES[bar.mode], over)
    return Moment(start, beats, over, pool, weight, bar.tonic, want)


def write_line(
    moments: Sequence[Moment],
    rules: Rules,
    others: Iterable[Sequence[Tone]] = (),
    *,
    rng: Random,
    before: Sequence[Tone] = (),
) -> list[Tone]:
    """Find a good line.

    Args:
        moments: When notes begin, in order.
        rules: Range and habits of the voice.
        others: Voices already written, which this one must not clash or run parallel with.
        rng: Breaks what the rules leave open.
        before: What the voice has sung so far.
    """
    context = list(before[-6:])
    lead = len(context)
    times = [*(tone.start for tone in context), *(here.start for here in moments)]
    company = [_meet(times, other)[lead:] for other in others if other]
    beam: list[tuple[float, tuple[int, ...]]] = [(0.0, tuple(tone.pitch for tone in context))]
    for index, here in enumerate(moments):
        near = [other[index] for other in company]
        previous = moments[index - 1] if index else None
        choices = [
            (p, _still(here, p, rules, near) + rng.random() * rules.freedom)
            for p in _candidates(here, rules)
        ]
        grown: dict[tuple[int, ...], tuple[float, tuple[int, ...]]] = {}
        for cost, path in beam:
            for pitch, still in choices:
                if path and abs(pitch - path[-1]) > rules.reach and index:
                    continue
                total = cost + still + _move(here, previous, pitch, path, rules, near)
                key = (path[-1] if path else -1, pitch)
                known = grown.get(key)
                if known is None or total < known[0]:
                    grown[key] = (total, (*path, pitch))
        if not grown:
            for cost, path in beam:
                pitch = min(choices, key=lambda c: abs(c[0] - path[-1]))[0]
                grown[(path[-1], pitch)] = (cost + 20.0, (*path, pitch))
        beam = sorted(grown.values())[:_BEAM]
    best = beam[0][1][lead:]
    return [Tone(m.start, m.beats, pitch) for m, pitch in zip(moments, best, strict=True)]


def _candidates(here: Moment, rules: Rules) -> list[int]:
    if rules.bass:
        allowed: tuple[int, ...] = (here.chord.bass,)
    elif rules.tones:
        allowed = here.chord.pitch_classes
    else:
        allowed = (*here.pool, *here.chord.pitch_classes)
    low, high = rules.low, rules.high
    if here.want is not None and not rules.bass:
        # Nothing far from the wish would win, so it need not be tried.
        middle = min(high - 5, max(low + 5, round(here.want)))
        low, high = max(low, middle - 7), min(high, middle + 7)
    found = [pitch for pitch in range(low, high + 1) if pitch % 12 in allowed]
    return found or [pitch for pitch in range(rules.low, rules.high + 1) if pitch % 12 in allowed]


def _meet(times: Sequence[float], other: Sequence[Tone]) -> list[_Other]:
    """What another voice does around each moment."""
    starts = [tone.start for tone in other]
    met = []
    shared, there = -1, 0
    for index, time in enumerate(times):
        now = sounding(other, starts, time)
        earlier = sounding(other, starts, time - 0.02)
        met.append(_Other(earlier, now, shared, there))
        at = bisect_right(starts, time + _EPS) - 1
        if at >= 0 and abs(starts[at] - time) < 0.02:
            shared, there = index, other[at].pitch
    return met


def _still(here: Moment, pitch: int, rules: Rules, near: Sequence[_Other]) -> float:
    """What a pitch costs at a moment, wherever the line comes from."""
    tones = here.chord.pitch_classes
    pitch_class = pitch % 12
    cost = 0.0
    if pitch_class not in tones:
        cost += (0.2, 2.0, 7.0)[here.weight] + (1.5 if here.beats >= 1.0 else 0.0)
    elif here.weight == 2 and not here.chord.bears(pitch):
        cost += 1.0
    if here.want is not None:
        cost += rules.pull * abs(pitch - here.want)
    if pitch < rules.low + 2 or pitch > rules.high - 2:
        cost += 0.6
    heard = []
    if rules.under and near and near[-1].now is not None and pitch >= near[-1].now:
        cost += 8.0
    for other in near:
        if other.now is None:
            continue
        heard.append(other.now % 12)
        distance = abs(pitch - other.now)
        interval = distance % 12
        if interval in (1, 11):
            cost += (1.2, 3.0, 4.0)[here.weight] * rules.strict
        elif interval == 2 and distance < 12:
            cost += 0.8 * rules.strict
        elif distance == 0:
            cost += 2.0 * rules.strict
        elif interval == 0:
            cost += 0.6 * rules.strict
    if heard:
        third, leading = here.chord.tone(3), (here.tonic + 11) % 12
        if third not in heard and pitch_class == third:
            cost -= 1.5
        if rules.tones and pitch_class in heard:
            # Doubled roots are solid, doubled fifths plain, doubled thirds and sevenths thick.
            cost += (0.3, 1.2, 0.7, 3.0, 3.0, 3.0)[min(5, tones.index(pitch_class))]
        if pitch_class in heard and pitch_class == leading:
            cost += 3.0 * rules.strict
    return cost


def _move(
    here: Moment,
    previous: Moment | None,
    pitch: int,
    path: tuple[int, ...],
    rules: Rules,
    near: Sequence[_Other],
) -> float:
    """What it costs to go on from a line to a pitch."""
    if not path:
        return 0.0
    last = path[-1]
    moved = pitch - last
    size = abs(moved)
    cost = rules.leap * (_LEAPS[size] if size < len(_LEAPS) else _FAR)
    if size == 0:
        cost += rules.repeat
    by_step = 1 <= size <= 2
    if not by_step and not rules.bass:
        if pitch % 12 not in here.chord.pitch_classes:
            cost += 5.0
        if previous is not None and last % 12 not in previous.chord.pitch_classes:
            cost += 5.0
    tonic = here.tonic
    if size == 3 and {pitch % 12, last % 12} == {(tonic + 8) % 12, (tonic + 11) % 12}:
        cost += 4.0  # the augmented second of harmonic minor
    if (
        previous is not None
        and last % 12 == (tonic + 11) % 12
        and here.chord is not previous.chord
        and moved != 1
        and not rules.bass
    ):
        cost += 1.5
    if len(path) > 1:
        came = last - path[-2]
        if abs(came) >= 5 and moved * came > 0:
            cost += 3.0 if size > 2 else 0.8
        if pitch == path[-2]:
            cost += 0.5
            if len(path) > 3 and path[-3] == last and path[-4] == pitch:
                cost += 2.5  # a trill by accident
            if size == 0:
                cost += rules.repeat
    for other in near:
        if other.now is None:
            continue
        gap = abs(pitch - other.now) % 12
        if gap not in (0, 7):
            continue
        before = other.before
        if before is not None and before != other.now and size:
            if abs(last - before) % 12 == gap:
                cost += _CONSECUTIVE * rules.strict
            elif (other.now - before) * moved > 0 and size > 2:
                cost += 0.8 * rules.strict
        if 0 <= other.shared:
            mine = path[other.shared]
            both = mine != pitch and other.there != other.now
            if both and abs(mine - other.there) % 12 == gap:
                cost += 0.5 * _CONSECUTIVE * rules.strict
    return cost


def bass_line(bars: Sequence[Bar], rules: Rules, *, rng: Random) -> list[Tone]:
    """One bass note a chord: the note each chord asks for, in octaves that make a line."""
    return write_line(span_moments(bars, (rules.low + rules.high) / 2), rules, rng=rng)


def span_moments(bars: Sequence[Bar], want: float | None = None) -> list[Moment]:
    """A moment at every chord of ``bars``."""
    return [
        moment(bar, span.start, span.beats, want)._replace(weight=2)
        for bar in bars
        for span in bar.spans
    ]


def inner_voices(
    bars: Sequence[Bar],
    ranges: Sequence[tuple[int, int]],
    others: Sequence[Sequence[Tone]],
    *,
    rng: Random,
    pull: float = 0.08,
) -> list[list[Tone]]:
    """Voices that fill the chords one note a chord, each minding all that are there already."""
    written: list[Sequence[Tone]] = list(others)
    found = []
    for number, (low, high) in enumerate(ranges):
        rules = Rules(
            low,
            high,
            tones=True,
            pull=pull,
            repeat=0.0,
            leap=1.6,
            freedom=0.4,
            under=number > 0,
        )
        line = write_line(span_moments(bars, (low + high) / 2), rules, written, rng=rng)
        written.append(line)
        found.append(line)
    return found


def free_voice(
    bars: Sequence[Bar],
    pattern: str | Callable[[Bar], str],
    rules: Rules,
    others: Iterable[Sequence[Tone]],
    *,
    rng: Random,
    want: Callable[[float], float | None] | None = None,
    before: Sequence[Tone] = (),
) -> list[Tone]:
    """A voice of its own in the rhythm of ``pattern``: countermelodies, walking basses, descants.

    Args:
        bars: Where it sings.
        pattern: Rhythm of each bar, or a function that gives it; an empty one rests.
        rules: Range and habits.
        others: Voices to mind.
        rng: Breaks what the rules leave open.
        want: The pitch to aim at for a beat; the middle of the range where not given.
        before: What the voice has sung so far.
    """
    middle = (rules.low + rules.high) / 2
    moments = []
    for bar in bars:
        text = pattern if isinstance(pattern, str) else pattern(bar)
        for beat, beats, _ in events(bar_of(text, bar.in_section), bar.beats) if text else ():
            start = bar.start + beat
            aim = want(start) if want else middle
            moments.append(moment(bar, start, beats, aim))
    return write_line(moments, rules, others, rng=rng, before=before)


def imitate(
    bars: Sequence[Bar],
    model: Sequence[Tone],
    *,
    delay: float,
    shift: int,
    rules: Rules,
    others: Iterable[Sequence[Tone]],
    rng: Random,
) -> list[Tone]:
    """Answer ``model`` some beats later and some semitones away, bent to fit the chords there."""
    first, last = bars[0].start, bars[-1].start + bars[-1].beats
    beats = bars[0].beats
    moments = []
    for tone in model:
        start = tone.start + delay
        if (
            first - 0.01 <= start
            and start + tone.beats <= last + 0.01
            and tone.start >= first - 0.01
        ):
            bar = bars[min(len(bars) - 1, int((start - first + 0.01) // beats))]
            moments.append(moment(bar, start, tone.beats, tone.pitch + shift))
    return write_line(moments, rules, others, rng=rng) if moments else []


def sections_of(bars: Sequence[Bar]) -> list[list[Bar]]:
    """The bars of each section."""
    groups: list[list[Bar]] = []
    for bar in bars:
        if groups and groups[-1][-1].section == bar.section:
            groups[-1].append(bar)
        else:
            groups.append([bar])
    return groups
