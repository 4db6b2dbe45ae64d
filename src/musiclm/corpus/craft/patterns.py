"""Accompaniment: a layer, its pattern and a bar of chords in, notes out.

Characters of a pattern by writer:

* ``chords``: ``X`` accent, ``x``, ``o`` soft, ``P`` the next bar's chord played early
* ``arpeggio``: ``0``-``9`` which voice of the voicing, counted from below, octaves above after
* ``bass``: ``R`` root, ``3``, ``5``, ``7``, ``8`` octave, ``a`` step towards the next chord,
  ``N`` the next root played early, ``r`` a soft ghost of the root
* ``pad``, ``counter``, ``drone`` and ``walking`` need none
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from musiclm.corpus.craft.blocks import Bar, Layer, Span, bar_of, events
from musiclm.corpus.score import Note
from musiclm.corpus.theory import MODES, Chord, nearest, place, scale_over, voice

_LOUDNESS = {"X": 1.14, "o": 0.72, "r": 0.62, "P": 1.06, "R": 1.05, "8": 0.97, "a": 0.92}


@dataclass(slots=True)
class Player:
    """One layer while it is being written: what it remembers from bar to bar."""

    layer: Layer
    patterns: dict[str, str]  # by phrase letter
    low: int
    high: int
    tonic: int  # of the bar being written
    steps: tuple[int, ...]  # of its mode
    beats_per_second: float
    rng: Random
    shared: dict[str, tuple[int, ...]]  # voicing memory of layers that play one chord together
    previous: tuple[int, ...] = ()
    line: int = 0  # last pitch of a bass or counter line
    tune: Sequence[Note] = ()  # what the lead plays, in order
    notes: list[Note] = field(default_factory=list)

    def add(self, start: float, beats: float, pitch: int, level: float, bar: Bar) -> None:
        """Write one note; ``level`` scales the velocity that the bar's intensity gives."""
        # An octave away is better than a hole in the chord.
        while pitch < self.low and pitch + 12 <= self.high:
            pitch += 12
        while pitch > self.high and pitch - 12 >= self.low:
            pitch -= 12
        if self.low <= pitch <= self.high and beats > 0.02:
            velocity = velocity_of(bar, start, level)
            self.notes.append(Note(start, beats * self.layer.legato, pitch, velocity))

    def voicing(self, over: Chord) -> tuple[int, ...]:
        """The next voicing, as near to the last as the range allows."""
        layer = self.layer
        self.previous = voice(over, self.previous, self.low, self.high, layer.size, layer.spread)
        return self.previous


def velocity_of(bar: Bar, start: float, level: float) -> int:
    """MIDI velocity from the section's energy and the place in the bar."""
    in_bar = start - bar.start
    on_beat = abs(in_bar - round(in_bar)) < 0.02
    accent = 1.06 if in_bar < 0.02 else 1.0 if on_beat else 0.94
    return max(1, min(127, round((46 + 52 * bar.intensity) * level * accent)))


def split(bar: Bar, start: float, beats: float) -> list[Span]:
    """Cut a held note where the harmony changes, so that nothing sounds against the new chord."""
    pieces = []
    for span in bar.spans:
        low, high = max(start, span.start), min(start + beats, span.end)
        if high - low > 0.02:
            pieces.append(Span(low, high - low, span.chord))
    return pieces


def play_bar(player: Player, bar: Bar) -> None:
    """Write one bar of a layer."""
    writer = player.layer.writer
    player.tonic, player.steps = bar.tonic, MODES[bar.mode]
    if callable(writer):
        writer(player, bar)
    elif bar.is_last:
        _final(player, bar, writer)
    else:
        WRITERS[writer](player, bar)


def _hits(player: Player, bar: Bar) -> list[tuple[float, float, str]]:
    pattern = player.patterns.get(bar.letter) or player.patterns["A"]
    found = events(bar_of(pattern, bar.in_section), bar.beats)
    return [(bar.start + beat, duration, character) for beat, duration, character in found]


def _chords(player: Player, bar: Bar) -> None:
    delay = player.layer.strum * player.beats_per_second
    for index, (start, beats, character) in enumerate(_hits(player, bar)):
        if character == "P":
            pieces = [Span(start, beats, bar.following)]
        else:
            pieces = split(bar, start, beats)
        for piece in pieces:
            pitches = player.voicing(piece.chord)
            # A player strums down on the beat and up off it.
            downwards = index % 2 == 0
            for rank, pitch in enumerate(pitches if downwards else pitches[::-1]):
                late = min(delay * rank, piece.beats * 0.4)
                level = _LOUDNESS.get(character, 0.94) * (1.0 if downwards else 0.93)
                player.add(piece.start + late, piece.beats - late, pitch, level * 0.9, bar)


def _arpeggio(player: Player, bar: Bar) -> None:
    for start, beats, character in _hits(player, bar):
        for piece in split(bar, start, beats)[:1]:
            if bar.chord_at(piece.start) is not None:
                # Voice once per chord, not per note, or the hand would wander.
                pitches = player.shared.get(f"{id(player)}:{bar.number}:{piece.chord}")
                if pitches is None:
                    pitches = player.voicing(piece.chord)
                    player.shared[f"{id(player)}:{bar.number}:{piece.chord}"] = pitches
                octave, index = divmod(int(character), len(pitches))
                pitch = pitches[index] + 12 * octave
                player.add(piece.start, beats, pitch, 0.86 if octave == 0 else 0.82, bar)


def _pad(player: Player, bar: Bar) -> None:
    for span in bar.spans:
        for pitch in player.voicing(span.chord):
            player.add(span.start, span.beats, pitch, 0.74, bar)


def _drone(player: Player, bar: Bar) -> None:
    root = place(player.tonic, player.low + 4, player.low, player.high)
    for pitch in (root, root + 7):
        player.add(bar.start, bar.beats, pitch, 0.7, bar)


def _counter(player: Player, bar: Bar) -> None:
    """Thirds and sevenths that move by step under the tune: a line of its own, slow and sung."""
    for span in bar.spans:
        guides = tuple({span.chord.tone(3), span.chord.tone(7), span.chord.tone(5)})
        near = player.line or (player.low + player.high) // 2
        player.line = nearest(near, tuple(sorted(guides)), player.low, player.high)
        if span.beats >= 3 and player.rng.random() < 0.4:
            half = span.beats / 2
            pool = scale_over(player.tonic, player.steps, span.chord)
            passing = nearest(
                player.line + player.rng.choice((-2, 2)), pool, player.low, player.high
            )
            player.add(span.start, half, player.line, 0.8, bar)
            player.add(span.start + half, half, passing, 0.76, bar)
        else:
            player.add(span.start, span.beats, player.line, 0.8, bar)


def _bass(player: Player, bar: Bar) -> None:
    for start, beats, character in _hits(player, bar):
        for index, piece in enumerate(split(bar, start, beats)):
            tone = character if index == 0 else "R"
            pitch = _bass_tone(player, bar, piece, tone)
            player.line = pitch if tone == "R" else player.line
            player.add(piece.start, piece.beats, pitch, 1.05 * _LOUDNESS.get(tone, 0.95), bar)


def _bass_tone(player: Player, bar: Bar, piece: Span, character: str) -> int:
    """The pitch of one bass character over one chord."""
    home = player.line or player.low + 7
    top = min(player.high, player.low + 19)
    root = place(piece.chord.bass, (home + player.low + 8) // 2, player.low, top)
    if character in "Rr":
        return root
    if character == "8":
        return root + 12 if root + 12 <= player.high else root
    if character in "357":
        pitch_class = piece.chord.tone(int(character))
        above = root + (pitch_class - root) % 12
        return above if above <= player.high else above - 12
    target = place(bar.following.bass, root, player.low, top)
    if character == "N":
        return target
    # A whole or half step from the side on which the line already is.
    pool = scale_over(player.tonic, player.steps, bar.following)
    side = -1 if target > root else 1
    for distance in (2, 1):
        if (target + side * distance) % 12 in pool:
            return max(player.low, min(player.high, target + side * distance))
    return max(player.low, target + side)


def _walking(player: Player, bar: Bar) -> None:
    """A note a beat: root on the change, chord tones and scale between, a step into the next."""
    line = player.line or player.low + 12
    top = min(player.high, player.low + 22)
    for position, span in enumerate(bar.spans):
        after = bar.spans[position + 1].chord if position + 1 < len(bar.spans) else bar.following
        count = max(1, round(span.beats))
        line = place(span.chord.bass, line, player.low, top)
        target = place(after.bass, line, player.low, top)
        pool = scale_over(player.tonic, player.steps, span.chord)
        for beat in range(count):
            if beat and beat == count - 1:
                below = target - 1 if line <= target else target + 1
                line = below if player.low <= below <= top else target + 2
            elif beat:
                # Head for the target by chord tones on the strong beat, by scale elsewhere.
                heading = 1 if target >= line else -1
                if player.rng.random() < 0.25 and player.low + 3 < line < top - 3:
                    heading = -heading
                tones = span.chord.pitch_classes if beat % 2 == 0 else pool
                wished = line + heading * player.rng.choice((2, 3, 4))
                moved = nearest(max(player.low, min(top, wished)), tones, player.low, top)
                line = (
                    moved if moved != line else nearest(line + 2 * heading, pool, player.low, top)
                )
            level = 1.02 if beat % 2 else 0.96
            player.add(span.start + beat, 1.0, line, level, bar)
        if count >= 2 and player.rng.random() < 0.12:
            player.add(span.start + count - 1 + 0.5, 0.5, line, 0.7, bar)
    player.line = line


def _final(player: Player, bar: Bar, writer: str) -> None:
    """The last chord, held: together in the low and sustained parts, rolled in plucked ones."""
    layer = player.layer
    ending = bar.spans[-1].chord
    if writer in ("bass", "walking"):
        player.add(
            bar.start,
            bar.beats,
            place(ending.root, player.low + 7, player.low, player.high),
            1,
            bar,
        )
    elif writer == "drone":
        _drone(player, bar)
    elif writer == "counter":
        pitch = place(ending.tone(3), player.line or 60, player.low, player.high)
        player.add(bar.start, bar.beats, pitch, 0.8, bar)
    else:
        roll = (0.09 if writer == "arpeggio" else layer.strum) * player.beats_per_second
        for rank, pitch in enumerate(player.voicing(ending)):
            player.add(bar.start + roll * rank, bar.beats - roll * rank, pitch, 0.84, bar)


WRITERS: dict[str, Callable[[Player, Bar], None]] = {
    "chords": _chords,
    "arpeggio": _arpeggio,
    "pad": _pad,
    "drone": _drone,
    "counter": _counter,
    "bass": _bass,
    "walking": _walking,
}
