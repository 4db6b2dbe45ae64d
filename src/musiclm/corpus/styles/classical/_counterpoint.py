"""Imitative counterpoint: a subject, its answers and countersubject woven into two or three voices.

The first section states the subject alone; later ones bring it in another voice every two bars, in
the tonic and at the fifth (the chords of the plan are transposed with it), against the
countersubject and a walking bass. Episodes take the head of the subject through a sequence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from musiclm.corpus.craft.blocks import COMMON, TWELVE, WALTZ, Bar, Metre, bar_of, events
from musiclm.corpus.styles.classical._voices import (
    Moment,
    Rules,
    Tone,
    free_voice,
    inner_voices,
    moment,
    write_line,
)
from musiclm.corpus.theory import nearest

_HEADS: Mapping[Metre, tuple[str, ...]] = {
    COMMON: (
        "x-x-x-x-xxxxxxxx",
        ".xxxxxxxx-x-x-x-",
        "x---x---x-x-x-x-",
        "x-xxx-xxx-x-x-x-",
        "x---xxxxx-x-x---",
        "..x-x-x-x---x-x-",
        "x---x-xxx-x-xxxx",
        "x-----xxx-x-x-x-",
    ),
    WALTZ: ("x---x-xxx-x-", "x-xxxxx-x-x-", ".xxxxxx-x-x-", "x-x-x-xxxxxx", "x---x---x-xx"),
    TWELVE: ("x--x-xxxxx-x", "x-xx-xx-xxxx", "xxxxxxx--x-x", "x-xxxxx-xx-x"),
}
_TAILS: Mapping[Metre, tuple[str, ...]] = {
    COMMON: (
        "xxxxxxxxx-x-x---",
        "x-xxx-xxx---x---",
        "xxxxx-x-x-x-x---",
        "x-x-xxxxx-x-x---",
        "x---x-xxx---x---",
    ),
    WALTZ: ("xxxxxxx-x---", "x-x-x-xxx---", "x-xxx-xxx---", "x---x-x-x---"),
    TWELVE: ("xxxxxxx-xx--", "x-xxxxx--x--", "xxxx-xx--x--"),
}
_COUNTERS: Mapping[Metre, tuple[str, ...]] = {
    COMMON: (
        "..x-x-x-x-xxx-x-",
        "x---x-x-x---x-x-",
        "..xxxxxxx-x-x-x-",
        "x-x-x---x-xxx---",
        "....x-x-xxxxx-x-",
    ),
    WALTZ: ("..xxx-x-x-x-", "x---x-x-xxxx", "x-x-x---x-x-"),
    TWELVE: ("x--x-xx--x-x", "...x-xx-xx--", "x-xx--x--x-x"),
}
_WALKS: Mapping[Metre, tuple[str, ...]] = {
    COMMON: ("x-x-x-x-", "xxxxxxxx", "x-xxx-xx"),
    WALTZ: ("x-x-x-", "x-xxx-", "x-x-xx"),
    TWELVE: ("x--x--x--x--", "x-xx-xx-xx-x"),
}
_HELD: Mapping[Metre, tuple[str, ...]] = {
    COMMON: ("x---x---", "-.x-----", "x-----x-"),
    WALTZ: ("x---x-", "x-----"),
    TWELVE: ("x-----x-----", "x--x--x-----"),
}


@dataclass(slots=True)
class Strand:
    """One voice: its range and what it has sung."""

    low: int
    high: int
    line: list[Tone] = field(default_factory=list)

    @property
    def rules(self) -> Rules:
        """Free counterpoint in this range."""
        return Rules(self.low, self.high, pull=0.12, repeat=2.2, leap=0.9, freedom=1.0)


@dataclass(slots=True)
class Weaver:
    """Writes all voices of a piece; the last strand is the bass."""

    strands: Sequence[Strand]
    metre: Metre
    rng: Random
    subject: list[Tone] = field(default_factory=list)  # starts within its two bars
    counter: list[Tone] = field(default_factory=list)
    home: int = 0  # tonic of the subject as stated first
    entries: int = 0

    def weave(self, sections: Sequence[Sequence[Bar]]) -> None:
        """Go through the sections in order."""
        for group in sections:
            if group[0].name == "ending":
                self._close(group)
            elif group[0].letter == "A":
                for at in range(0, len(group), 2):
                    self._entry(group[at : at + 2])
            else:
                self._episode(group)

    def _entry(self, bars: Sequence[Bar]) -> None:
        """The subject in one voice, what goes with it in the others."""
        alone = not self.subject
        if alone:
            self._invent(bars)
            return
        order = self._order()
        which = order[self.entries % len(order)]
        self.entries += 1
        busy: list[Sequence[Tone]] = []
        tonic = (bars[0].spans[0].chord.root - self.home + 6) % 12 - 6
        voice = self.strands[which]
        sung = self._stated(bars, self.subject, voice, tonic, 3.0, busy)
        voice.line += sung
        busy.append(sung)
        bass = len(self.strands) - 1
        partner = next(i for i in (order[(self.entries - 2) % len(order)], 0, 1) if i != which)
        rest = [i for i in range(len(self.strands)) if i != which]
        rest.sort(key=lambda i: (i != bass, i != partner))
        for index in rest:
            strand = self.strands[index]
            if index == bass and len(self.strands) > 2:
                line = self._free(bars, strand, self.rng.choice(_WALKS[self.metre]), busy)
            elif index == partner or len(self.strands) == 2:
                line = self._countered(bars, strand, tonic, busy)
            else:
                line = self._free(bars, strand, self.rng.choice(_HELD[self.metre]), busy)
            strand.line += line
            busy.append(line)

    def _order(self) -> list[int]:
        """Voices take turns with the subject; the bass less often where there are three."""
        return [1, 0, 0, 1, 0, 1] if len(self.strands) == 2 else [1, 0, 2, 1, 0, 2]

    def _invent(self, bars: Sequence[Bar]) -> None:
        """Compose the subject and let the middle voice state it alone."""
        rng = self.rng
        rhythms = [rng.choice(_HEADS[self.metre]), rng.choice(_TAILS[self.metre])]
        strand = self.strands[0]
        middle = (strand.low + strand.high) / 2
        bend = rng.choice(((0, 5, 0), (5, -2, 0), (-2, 4, -1), (0, -4, 2), (4, 0, 5)))
        moments = []
        total = sum(bar.beats for bar in bars)
        for bar, rhythm in zip(bars, rhythms, strict=False):
            for beat, beats, _ in events(bar_of(rhythm, 0), bar.beats):
                place = 2 * (bar.start + beat - bars[0].start) / total
                left = min(1, int(place))
                height = bend[left] + (place - left) * (bend[left + 1] - bend[left])
                moments.append(moment(bar, bar.start + beat, beats, middle + height))
        last = moments[-1]
        goal = nearest(round(middle + bend[2]), (last.tonic,), strand.low, strand.high)
        moments[-1] = last._replace(weight=2, want=float(goal))
        rules = replace(strand.rules, pull=0.45, leap=0.6, freedom=1.6)
        line = write_line(moments, rules, rng=rng)
        self.subject = [t._replace(start=t.start - bars[0].start) for t in line]
        self.home = bars[0].tonic
        strand.line += line

    def _stated(
        self,
        bars: Sequence[Bar],
        theme: Sequence[Tone],
        strand: Strand,
        shift: int,
        pull: float,
        others: Sequence[Sequence[Tone]],
    ) -> list[Tone]:
        """A theme in one voice's register, over whatever chords are there."""
        mean = sum(tone.pitch for tone in theme) / len(theme) + shift
        middle = (strand.low + strand.high) / 2
        shift += 12 * round((middle - mean) / 12)
        moments: list[Moment] = []
        for tone in theme:
            index = int((tone.start + 0.01) // bars[0].beats)
            if index < len(bars):
                start = bars[0].start + tone.start
                moments.append(moment(bars[index], start, tone.beats, tone.pitch + shift))
        low = min(strand.low, min(t.pitch for t in theme) + shift)
        high = max(strand.high, max(t.pitch for t in theme) + shift)
        rules = replace(strand.rules, pull=pull, low=low, high=high, repeat=0.3, strict=0.8)
        return write_line(moments, rules, others, rng=self.rng, before=strand.line)

    def _countered(
        self,
        bars: Sequence[Bar],
        strand: Strand,
        shift: int,
        others: Sequence[Sequence[Tone]],
    ) -> list[Tone]:
        """The countersubject, composed the first time it is needed."""
        if self.counter and self.rng.random() < 0.75:
            line = self._stated(bars, self.counter, strand, shift, 1.2, others)
        else:
            line = self._free(bars, strand, self.rng.choice(_COUNTERS[self.metre]), others)
            self.counter = self.counter or [
                t._replace(start=t.start - bars[0].start, pitch=t.pitch - shift) for t in line
            ]
        return line

    def _free(
        self, bars: Sequence[Bar], strand: Strand, rhythm: str, others: Sequence[Sequence[Tone]]
    ) -> list[Tone]:
        near = [line[-24:] for line in others]
        return free_voice(bars, rhythm, strand.rules, near, rng=self.rng, before=strand.line)

    def _episode(self, bars: Sequence[Bar]) -> None:
        """The head of the subject in sequence, thrown from voice to voice over a walking bass."""
        head = [tone for tone in self.subject if tone.start < bars[0].beats - 0.01]
        uppers = [0, 1]
        first = self.rng.choice(uppers)
        step = self.rng.choice((-2, -2, -1, 2))
        walk = self.rng.choice(_WALKS[self.metre])
        reply = self.rng.choice(_COUNTERS[self.metre])
        for number, bar in enumerate(bars):
            busy: list[Sequence[Tone]] = []
            bass = len(self.strands) - 1
            leader = uppers[(first + number) % 2]
            if bass not in uppers:
                line = self._free([bar], self.strands[bass], walk, busy)
                self.strands[bass].line += line
                busy.append(line)
            strand = self.strands[leader]
            drift = round(1.8 * step * (number // 2)) + 2
            sung = self._stated([bar], head, strand, drift, 1.0, busy)
            strand.line += sung
            busy.append(sung)
            for index in range(len(self.strands)):
                if index != leader and (index != bass or bass in uppers):
                    other = self.strands[index]
                    line = self._free([bar], other, walk if index == bass else reply, busy)
                    other.line += line
                    busy.append(line)

    def _close(self, bars: Sequence[Bar]) -> None:
        """A plain cadence, all voices together."""
        bass = self.strands[-1]
        rules = replace(bass.rules, bass=True, repeat=0.5)
        ends = [moment(b, s.start, s.beats, 45.0) for b in bars for s in b.spans]
        bass.line += write_line(ends, rules, rng=self.rng, before=bass.line)
        top = self.strands[0]
        near = top.line[-1].pitch if top.line else 72
        goal = nearest(near, (bars[-1].tonic,), top.low, top.high)
        wants = [m._replace(want=goal + 1.0) for m in ends[:-1]] + [
            ends[-1]._replace(want=float(goal))
        ]
        tones = replace(top.rules, tones=True, pull=3.0, repeat=0.2)
        tail = write_line(wants, tones, [bass.line[-4:]], rng=self.rng, before=top.line)
        top.line += tail
        written = [bass.line[-len(ends) :], tail]
        for strand in self.strands[1:-1]:
            (line,) = inner_voices(bars, [(strand.low, strand.high)], written, rng=self.rng)
            strand.line += line
            written.append(line)
