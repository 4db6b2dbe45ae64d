"""Players of pop and rock who need more than a pattern: answers, banjo rolls, riffs, solos.

Each function here is (or makes) a ``Layer.writer``: a player and a bar in, notes out.
"""

from collections.abc import Callable, Mapping

from musiclm.corpus.craft.blocks import Bar, events
from musiclm.corpus.craft.patterns import Player
from musiclm.corpus.theory import (
    GAPPED,
    MINOR_MODES,
    MODES,
    Chord,
    nearest,
    place,
    scale_over,
    step,
)

Writer = Callable[[Player, Bar], None]

# How a run heads for its goal: scale steps away from it, counted back from the last note.
_RUNS = (
    (0, 1, 2, 3, 4, 3, 4, 5),
    (0, 1, 0, 1, 2, 1, 2, 3),
    (0, 1, 2, 1, 0, 1, 2, 3),
    (0, -1, 1, 2, 3, 2, 3, 4),
    (0, 1, 2, 3, 2, 1, 2, 3),
)


def gapped_pool(bar: Bar, over: Chord) -> tuple[int, ...]:
    """The pentatonic scale of the key in force, bent to the chord."""
    minor = bar.mode in MINOR_MODES
    return scale_over(bar.tonic, GAPPED["minor pentatonic" if minor else "major pentatonic"], over)


def answer(rhythms: Mapping[int, tuple[str, ...]], *, every: int = 4) -> Writer:
    """Make a player who fills the end of every ``every``-th bar, while the tune rests.

    Args:
        rhythms: Felt beats of a bar -> rhythms of one bar; what they leave empty stays empty.
        every: Bars of the phrase that is answered.
    """

    def write(player: Player, bar: Bar) -> None:
        if bar.is_last:
            goal = nearest(_middle(player), bar.spans[-1].chord.stable, player.low, player.high)
            player.add(bar.start, bar.beats, goal, 0.8, bar)
            return
        if bar.in_section % every != every - 1:
            return
        onsets = [note.start for note in player.tune if 0 <= note.start - bar.start < bar.beats]
        # Held notes of the tune may be filled, moving ones not.
        free = max(onsets) + 0.9 if onsets else bar.start
        hits = [
            hit
            for hit in events(player.rng.choice(rhythms[bar.beats]), bar.beats)
            if bar.start + hit[0] >= free
        ]
        run = player.rng.choice(_RUNS)
        side = player.rng.choice((-1, 1))
        goal = nearest(
            (player.line or _middle(player)) - side * 3,
            bar.following.stable,
            player.low,
            player.high,
        )
        for index, (beat, beats, _) in enumerate(hits):
            start = bar.start + beat
            away = run[(len(hits) - 1 - index) % len(run)]
            pool = gapped_pool(bar, bar.chord_at(start))
            pitch = nearest(
                step(goal, side * away, pool) if away else goal, pool, player.low, player.high
            )
            player.add(start, beats, pitch, 0.92, bar)
            player.line = pitch

    return write


def _middle(player: Player) -> int:
    return (player.low + player.high) // 2


# Strings of the right hand, sixteen to four beats: 0 root, 1 third, 2 fifth, D the short drone.
_ROLLS = (
    "012D10D0012D10D0",
    "01D01D010120D010",
    "0D10210D0D10210D",
    "010D0120010D1020",
    "01201D010120D01D",
)


def roll(player: Player, bar: Bar) -> None:
    """A banjo: sixteenths without a stop, three fingers over the chord and the drone string."""
    if bar.is_last:
        for rank, pitch in enumerate(player.voicing(bar.spans[-1].chord)):
            player.add(bar.start + 0.12 * rank, 1.5, pitch, 0.95, bar)
        return
    memory = f"roll:{bar.letter}"
    if memory not in player.shared:
        player.shared[memory] = (
            player.rng.randrange(len(_ROLLS)),
            player.rng.randrange(len(_ROLLS)),
        )
    which = player.shared[memory][bar.in_section % 2]
    for slot in range(4 * bar.beats):
        start = bar.start + slot / 4
        over = bar.chord_at(start)
        root = place(over.root, player.low + 8, player.low, player.high - 9)
        strings = (
            root,
            root + (over.tone(3) - over.root) % 12,
            root + (over.tone(5) - over.root) % 12,
        )
        finger = _ROLLS[which][slot % 16]
        pitch = _drone(player, bar, over) if finger == "D" else strings[int(finger)]
        player.add(start, 0.5, pitch, 1.06 if slot % 4 == 0 else 0.84, bar)


def _drone(player: Player, bar: Bar, over: Chord) -> int:
    """The short string: the tonic of the key where the chord has it, else the root."""
    tone = bar.tonic if bar.tonic in over.pitch_classes else over.root
    return place(tone, player.high - 3, player.low, player.high)


# Sixteen to a bar: o a muted root, X an accent that moves, - held, . silence.
_RIFFS = (
    "XooXooXoXooXooX-",
    "XoooXoooX-ooX-X-",
    "X-ooX-ooX-ooX-oo",
    "ooX-ooX-ooX-X-X-",
    "X.ooX.ooXoooX-X-",
    "XooX-ooXooX-X-X-",
    "oooooooooooXoXoX",
)
# Where the accents go, in scale steps above the root.
_RIFF_STEPS = (
    (0, 0, 2, 0, 1, 0),
    (0, 2, 0, 4, 2, 0),
    (0, 0, 0, 2, 1, 0),
    (0, 4, 0, 2, 0, 2),
    (0, 0, 4, 5, 4, 0),
    (0, 2, 0, 3, 2, 0),
)
_SUSTAINED = ("X-------X-------", "X-----X-----X---", "X--X--X-X--X--X-")


def riff(player: Player, bar: Bar) -> None:
    """A heavy guitar or bass: the riff of this letter, or power chords held under the chorus.

    All players of a piece find the riff in what they share, so guitars and bass are one.
    """
    thick = player.layer.size > 1
    if bar.is_last:
        _power(player, bar.start, bar.beats, _root(player, bar.spans[-1].chord), 1.1, bar, thick)
        return
    rhythm, steps = _riff_of(player, bar)
    accent = 0
    for start, beats, stroke in events(rhythm, bar.beats):
        over = bar.chord_at(bar.start + start)
        root = _root(player, over)
        if stroke == "o":
            player.add(bar.start + start, beats * 0.6, root, 0.74, bar)
            continue
        pool = scale_over(bar.tonic, MODES[bar.mode], over)
        moved = steps[accent % len(steps)] if bar.letter not in ("B", "C") else 0
        pitch = step(root, moved, pool) if moved else root
        # What leaves the root is played in single notes, or the key would blur.
        _power(player, bar.start + start, beats, pitch, 1.12, bar, thick and not moved)
        accent += 1


def _riff_of(player: Player, bar: Bar) -> tuple[str, tuple[int, ...]]:
    """The rhythm and the moves of one letter, drawn by whoever comes to it first."""
    letter = bar.letter or "A"
    memory = f"riff:{letter}"
    if memory not in player.shared:
        bank = _SUSTAINED if letter in ("B", "C") else _RIFFS
        player.shared[memory] = (
            player.rng.randrange(len(bank)),
            player.rng.randrange(len(bank)),
            player.rng.randrange(len(_RIFF_STEPS)),
        )
    first, second, moves = player.shared[memory]
    bank = _SUSTAINED if letter in ("B", "C") else _RIFFS
    # Three bars of the riff and one that turns it round.
    return bank[second if bar.in_section % 4 == 3 else first], _RIFF_STEPS[moves]


def _root(player: Player, over: Chord) -> int:
    return place(over.root, player.low + 5, player.low, player.low + 11)


def _power(
    player: Player, start: float, beats: float, root: int, level: float, bar: Bar, thick: bool
) -> None:
    for interval in (0, 7, 12) if thick else (0,):
        player.add(start, beats, root + interval, level, bar)


def shred(player: Player, bar: Bar) -> None:
    """A guitar solo in sixteenths: runs, pedal notes and sweeps, a long note to breathe."""
    line = player.line or _middle(player)
    for beat in range(bar.beats):
        start = bar.start + beat
        over = bar.chord_at(start)
        tones = over.stable
        pool = scale_over(bar.tonic, MODES[bar.mode], over)
        line = nearest(line, tones, player.low, player.high)
        closes = bar.in_section % 4 == 3 and beat >= bar.beats - 2
        if bar.is_last or closes:
            # The end of a phrase rests on a chord tone.
            rest = bar.beats - beat
            player.add(start, rest, line, 1.1, bar)
            break
        rising = line < player.low + 6 or (line < player.high - 8 and player.rng.random() < 0.5)
        way = 1 if rising else -1
        kind = player.rng.random()
        if kind < 0.5:
            moves = (0, 1, 2, 3)
        elif kind < 0.75:
            moves = (0, 2, 1, 3)
        else:
            moves = (0, 1, 0, 2)
        pitch = line
        for slot, move in enumerate(moves):
            pitch = nearest(
                step(line, way * move, pool) if move else line, pool, player.low, player.high
            )
            player.add(start + slot / 4, 0.25, pitch, 1.08 if slot == 0 else 0.96, bar)
        line = step(pitch, way, pool)
        line = max(player.low, min(player.high, line))
    player.line = line
