"""Tunes in periods and sentences: bars with their chords in, a melody that develops out.

A phrase is planned by bars: ``a`` states a motive (a rhythm and a contour found by search over the
chords), ``a+1`` repeats it a scale step higher, ``a'`` keeps its rhythm and turns its contour
upside down, ``k`` is a half cadence and ``K`` a full one. The letter of a section keeps its theme
for the whole piece, in whatever key it returns; returns are decorated, never copied blindly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp
from random import Random

from musiclm.corpus.craft.blocks import Bar, Metre, bar_of, events
from musiclm.corpus.score import beats_in_bar
from musiclm.corpus.styles.classical._voices import Rules, Tone, moment, write_line
from musiclm.corpus.theory import nearest, step

# Bars of a phrase by its length.
SCHEMES: Mapping[int, tuple[str, ...]] = {
    1: ("a",),
    2: ("a K", "a b"),
    3: ("a a+1 K", "a b K"),
    4: ("a b a K", "a a+1 b K", "a a-1 b K", "a b b-1 K", "a a' b K", "a b c K"),
    5: ("a b a b K", "a a+1 b b-1 K"),
    6: ("a b a b+1 c K", "a a+1 a+2 b c K", "a b c c-1 c-2 K"),
    7: ("a b a b c d K",),
    8: (
        "a b a k a b c K",
        "a b a+1 b+1 c c-1 d K",
        "a a+1 b k a a+1 c K",
        "a b c k a b d K",
        "a a' b k c c-1 a K",
        "a b a' k c c+1 b K",
        "a a-1 a-2 k b b-1 c K",
    ),
}
_ARCS = ((0, 2, 4, 1), (0, 3, 1, 4), (2, 4, 3, 0), (0, -2, 2, 4), (1, 4, 5, 2), (3, 1, 4, 0))


@dataclass(frozen=True, slots=True)
class Idiom:
    """How the tunes of a style move."""

    cells: Mapping[Metre, tuple[str, ...]]
    ends: Mapping[Metre, tuple[str, ...]]
    rules: Rules
    density: float = 2.2  # notes a second that feel at home
    decorate: float = 0.3  # chance that a bar of a return is ornamented
    schemes: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: SCHEMES)
    span: float = 7.0  # semitones between the valleys and peaks of a phrase


@dataclass(slots=True)
class Tunesmith:
    """Writes the tune of one piece, phrase by phrase, and remembers its themes."""

    idiom: Idiom
    metre: Metre
    beat_seconds: float
    density: float  # added by the mood, notes a second
    rng: Random
    themes: dict[str, list[list[Tone]]] = field(default_factory=dict)
    homes: dict[str, int] = field(default_factory=dict)
    last: list[Tone] = field(default_factory=list)
    shift: int = 0
    _labels: list[str] = field(default_factory=list)  # of the phrase in work
    _arc: tuple[int, ...] = (0, 2, 4, 1)

    def sing(
        self, bars: Sequence[Bar], others: Sequence[Sequence[Tone]] = (), *, shift: int = 0
    ) -> list[Tone]:
        """The tune over ``bars``; bars without a letter or a tune rest, the last bar comes home.

        Args:
            bars: All bars of the piece.
            others: Voices that are there already, the bass as a rule.
            shift: Octaves, in semitones, by which another register takes the tune.
        """
        line: list[Tone] = []
        self.shift = shift
        for phrase in phrases(bars):
            line += self._phrase(phrase, others)
        return line

    def _phrase(self, bars: Sequence[Bar], others: Sequence[Sequence[Tone]]) -> list[Tone]:
        # Sections of thirty-two bars bring their two halves again instead of ever new themes.
        key = f"{bars[0].letter}{bars[0].in_section // 8 % 2}/{len(bars)}"
        returns = key in self.themes
        shapes = self.themes[key] if returns else self._plan(bars)
        shift = 0
        if returns:
            shift = (bars[0].tonic - self.homes[key] + 6) % 12 - 6 + self.shift
        pull = 1.6 if returns else self.idiom.rules.pull
        rules = self._rules(pull)
        line: list[Tone] = []
        motives: dict[str, list[Tone]] = {}
        closes = bars[-1].to_go == 0 or bars[-1].is_last
        for index, bar in enumerate(bars):
            shape = shapes[index]
            label = "" if returns else self._labels[index]
            wants: list[float | None] = (
                [float(tone.pitch + shift) for tone in shape] if returns else []
            )
            hits = [(tone.start, tone.beats) for tone in shape]
            if not returns:
                wants = self._wanted(label, hits, index, len(bars), motives)
            if returns and index and self.rng.random() < self.idiom.decorate:
                hits, wants = self._decorated(hits, wants)
            if not returns and label in ("k", "K"):
                goal = self._goal(bar, closes, wants)
                near = self.last[-1].pitch if self.last else goal
                side = 1.8 if near >= goal else -1.8
                wants = [goal + side * left for left in range(len(hits) - 1, -1, -1)]
            moments = [
                moment(bar, bar.start + at, beats, want)
                for (at, beats), want in zip(hits, wants, strict=True)
            ]
            if index == len(bars) - 1 and moments:
                moments[-1] = moments[-1]._replace(weight=2, want=self._goal(bar, closes, wants))
            sequence = returns or label[:1] in motives
            found = write_line(
                moments,
                self._rules(1.2) if sequence and not returns else rules,
                [_around(other, bar) for other in others],
                rng=self.rng,
                before=self.last,
            )
            self.last = [*self.last, *found][-6:]
            motives.setdefault(label[:1], [t._replace(start=t.start - bar.start) for t in found])
            line += found
        if not returns:
            self.homes[key] = bars[0].tonic
            self.themes[key] = [
                [
                    t._replace(start=t.start - bar.start, pitch=t.pitch - self.shift)
                    for t in line
                    if bar.start - 0.01 <= t.start < bar.start + bar.beats - 0.01
                ]
                for bar in bars
            ]
        return line

    def _rules(self, pull: float) -> Rules:
        rules = self.idiom.rules
        return replace(rules, low=rules.low + self.shift, high=rules.high + self.shift, pull=pull)

    def _plan(self, bars: Sequence[Bar]) -> list[list[Tone]]:
        """Rhythms of a new theme, bar by bar; pitches are still open."""
        known = self.idiom.schemes.get(len(bars)) or SCHEMES.get(len(bars))
        self._labels = (
            self.rng.choice(list(known)).split()
            if known
            else ["abca"[i % 4] for i in range(len(bars))]
        )
        rhythms: dict[str, str] = {}
        used: set[str] = set()
        shapes = []
        for label in self._labels:
            name = label[0]
            if name not in rhythms:
                bank = self.idiom.ends if name in "kK" else self.idiom.cells
                options = [c for c in bank[self.metre] if c not in used] or list(bank[self.metre])
                rhythms[name] = self._rhythm(options, ends=name in "kK")
                used.add(rhythms[name])
            beats = bars[0].beats
            shapes.append(
                [Tone(at, length, 0) for at, length, _ in events(bar_of(rhythms[name], 0), beats)]
            )
        return shapes

    def _rhythm(self, options: Sequence[str], *, ends: bool) -> str:
        if ends:
            return self.rng.choice(options)
        seconds = self.beat_seconds * beats_in_bar(self.metre)
        wanted = self.idiom.density + self.density
        weights = [
            0.03 + exp(-(((cell.count("x") / seconds - wanted) / 0.8) ** 2)) for cell in options
        ]
        return self.rng.choices(list(options), weights=weights)[0]

    def _wanted(
        self,
        label: str,
        hits: Sequence[tuple[float, float]],
        index: int,
        count: int,
        motives: Mapping[str, Sequence[Tone]],
    ) -> list[float | None]:
        """Pitches to aim at: the motive moved by the label, or the arc of the phrase."""
        low, high = self.idiom.rules.low + self.shift, self.idiom.rules.high + self.shift
        name, change = label[0], label[1:]
        if motives.get(name):
            source = [tone.pitch for tone in motives[name]]
            if change == "'":
                pivot = source[0]
                return [float(2 * pivot - pitch) for pitch in source]
            by = 1.8 * int(change or 0)
            return [pitch + by for pitch in source]
        if index == 0:
            self._arc = self.rng.choice(_ARCS)
        place = 3.0 * index / max(1, count - 1)
        left = min(2, int(place))
        height = self._arc[left] + (place - left) * (self._arc[left + 1] - self._arc[left])
        middle = (low + high) / 2 - 2
        base = middle + (height - 2) * self.idiom.span / 5
        bend = self.rng.choice((-1, 0, 1, 1))
        half = max(1, len(hits) - 1)
        drift = self.rng.uniform(-3.0, 3.0)
        return [
            base + drift * (i / half - 0.5) + 2.5 * bend * (1 - abs(2 * i / half - 1))
            for i in range(len(hits))
        ]

    def _goal(self, bar: Bar, closes: bool, wants: Sequence[float | None]) -> float:
        """Where a phrase comes to rest: the tonic at the end of a section, its chord elsewhere."""
        low, high = self.idiom.rules.low + self.shift, self.idiom.rules.high + self.shift
        near = self.last[-1].pitch if self.last else (low + high) // 2
        stable = bar.spans[-1].chord.stable
        if closes and bar.tonic in stable:
            stable = (bar.tonic,)
        return float(nearest(near, stable, low, high))

    def _decorated(
        self, hits: list[tuple[float, float]], wants: list[float | None]
    ) -> tuple[list[tuple[float, float]], list[float | None]]:
        """Split one long note into two or three that turn around it."""
        long = [i for i, (_, beats) in enumerate(hits) if beats >= 0.99]
        if not long:
            return hits, wants
        index = self.rng.choice(long)
        at, beats = hits[index]
        want = wants[index]
        turn = None if want is None else want + self.rng.choice((-2.0, 2.0))
        if beats >= 1.99 or self.rng.random() < 0.5:
            cut: list[tuple[float, float]] = [(at, beats / 2), (at + beats / 2, beats / 2)]
            aims = [want, turn]
        else:
            cut = [(at, beats / 2), (at + beats / 2, beats / 4), (at + 0.75 * beats, beats / 4)]
            aims = [want, turn, want]
        return [*hits[:index], *cut, *hits[index + 1 :]], [
            *wants[:index],
            *aims,
            *wants[index + 1 :],
        ]


def phrases(bars: Sequence[Bar]) -> list[list[Bar]]:
    """Bars with a tune in phrases of eight, four or what is left, never across sections."""
    groups: list[list[Bar]] = []
    for bar in bars:
        if not bar.letter or not bar.tune or bar.name == "ending":
            continue
        fresh = not groups or groups[-1][-1].section != bar.section
        if fresh or len(groups[-1]) == 8 or groups[-1][-1].number != bar.number - 1:
            groups.append([bar])
        else:
            groups[-1].append(bar)
    return groups


def ending(bars: Sequence[Bar], line: Sequence[Tone], rules: Rules) -> list[Tone]:
    """The cadence of the bars called "ending": by step to the tonic."""
    tail = [bar for bar in bars if bar.name == "ending"]
    if not tail:
        return []
    near = line[-1].pitch if line else (rules.low + rules.high) // 2
    final = nearest(near, (tail[-1].tonic,), rules.low + 1, rules.high - 1)
    tones: list[Tone] = []
    for bar in tail[:-1]:
        for span in bar.spans:
            pool = moment(bar, span.start, span.beats).pool
            side = 1 if near >= final else -1
            pitch = step(final, side, pool)
            tones.append(
                Tone(
                    span.start, span.beats, nearest(pitch, span.chord.stable, rules.low, rules.high)
                )
            )
    last = tail[-1]
    return [*tones, Tone(last.start, float(last.beats), final)]


def _around(line: Sequence[Tone], bar: Bar) -> list[Tone]:
    """The tones of another voice that matter in one bar."""
    return [t for t in line if bar.start - 4 <= t.start < bar.start + bar.beats]
