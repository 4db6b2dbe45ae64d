"""The clave family: son clave, piano montuno, bass tumbao, mambo riffs and answers of the coro.

Two bars of eighths make one clave. Minor pieces are in 2-3, major ones in 3-2, and everything
here asks ``side`` which of the two bars it is in, so that a piece never crosses its clave.
"""

from collections.abc import Sequence
from random import Random

from musiclm.corpus.craft.blocks import Bar, events
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.patterns import Player
from musiclm.corpus.score import Note
from musiclm.corpus.styles.world._percussion import KEYS, strokes, velocity
from musiclm.corpus.theory import MODES, place, step

CLAVE = ("..x.x...", "x..x..x.")  # the two side, the three side
# The only downbeat of a montuno is on the two side; the rest pushes against the beat.
_MONTUNO = ("x.xx.x.x", ".x.x.x.x")
_CASCARA = ("x.x.xx.x", "x.xx.x.x")
_BELL = ("X.x.X.xx", "X.xxX.x.")
_RIFFS = (
    ("..x.x-.x", "x..x--x."),
    ("x.x.x-..", "x..x..x-"),
    ("..xxx-.x", ".x.x--x-"),
    ("x-..x.xx", "x.xx.xx-"),
    ("..x.x.xx", "x-.x-.x-"),
)
_ANSWERS = (("..x-x-xx", "x--x----"), ("x-x-x-x-", "x--x--x-"), (".xx-x-x-", "x--x--x-"))


def side(bar: Bar, steps: Sequence[int]) -> int:
    """0 in the bar with two strokes of the clave, 1 in the one with three."""
    return (bar.in_section + (4 in steps)) % 2


def montuno(player: Player, bar: Bar) -> None:
    """Octaves and inner voices by turns; the last eighth already has the next bar's chord."""
    if bar.is_last:
        for pitch in player.voicing(bar.spans[-1].chord):
            player.add(bar.start, 1.6, pitch, 1.0, bar)
        return
    hits = events(_MONTUNO[side(bar, player.steps)], bar.beats)
    for index, (beat, _, _) in enumerate(hits):
        early = beat > bar.beats - 0.6
        over = bar.following if early else bar.chord_at(bar.start + beat)
        pitches = player.voicing(over)
        outer = (pitches[-1], pitches[-1] - 12) if index % 2 == 0 else pitches[1:-1]
        level = 1.0 if index % 2 == 0 else 0.84
        for pitch in outer:
            player.add(bar.start + beat, 0.48, pitch, level, bar)


def tumbao(player: Player, bar: Bar) -> None:
    """The bass is silent on one: fifth on the and of two, the next root on four, held over."""
    top = min(player.high, player.low + 17)
    root = place(bar.chord_at(bar.start + 1.5).root, player.low + 7, player.low, top)
    if bar.is_last:
        player.add(bar.start, 1.6, root, 1.1, bar)
        return
    if bar.in_section == 0 and bar.number == 0:
        player.add(bar.start, 1.4, root, 1.05, bar)
    fifth = root + 7 if root + 7 <= top else root - 5
    other = root + 12 if player.rng.random() < 0.25 and root + 12 <= player.high else fifth
    player.add(bar.start + 1.5, 1.4, other if other >= player.low else root, 0.98, bar)
    following = place(bar.following.root, player.low + 7, player.low, top)
    # Held over the bar line, but not into the final stroke.
    player.add(bar.start + 3, 1.0 if bar.to_go == 0 else 2.4, following, 1.08, bar)


def mambo(player: Player, bar: Bar) -> None:
    """Brass riff of two bars in clave, stated all through the section, higher each time round."""
    if bar.is_last:
        for pitch in player.voicing(bar.spans[-1].chord):
            player.add(bar.start, 0.8, pitch, 1.08, bar)
        return
    key = f"mambo:{player.layer.role}:{bar.letter}"
    if key not in player.shared:
        drawn = (
            player.rng.randrange(len(_RIFFS)),
            *(player.rng.choice((-1, 0, 1, 2)) for _ in range(14)),
        )
        player.shared[key] = drawn
    riff, *moves = player.shared[key]
    which = side(bar, player.steps)
    for index, (beat, beats, _) in enumerate(events(_RIFFS[riff][which], bar.beats)):
        over = bar.following if beat > bar.beats - 0.6 else bar.chord_at(bar.start + beat)
        pitches = player.voicing(over)
        move = moves[(index + 7 * which) % len(moves)]
        # A section moves in chords; the walk of its top voice is what one remembers.
        lifted = [step(pitch, move, over.pitch_classes) if move else pitch for pitch in pitches]
        for pitch in lifted:
            player.add(bar.start + beat, beats * 0.8, pitch, 1.06, bar)


def coro(player: Player, bar: Bar) -> None:
    """The answer in bars three and four of each unit, the same words every time."""
    if bar.is_last:
        return
    place_in_unit = bar.in_section % 4
    if place_in_unit < 2:
        return
    key = "coro"
    if key not in player.shared:
        player.shared[key] = (player.rng.randrange(len(_ANSWERS)),)
    rhythm = _ANSWERS[player.shared[key][0]][place_in_unit - 2]
    for beat, beats, _ in events(rhythm, bar.beats):
        for pitch in player.voicing(bar.chord_at(bar.start + beat)):
            player.add(bar.start + beat, beats * 0.9, pitch, 0.98, bar)


def congas_and_clave(brief: Brief, bar: Bar, rng: Random) -> list[Note]:
    """Conga tumbao, the clave itself, maracas; a slap and roll into the next section."""
    if bar.is_last:
        return [
            Note(bar.start, 0.5, KEYS[name], velocity(bar, 1.1)) for name in ("conga_low", "claves")
        ]
    which = side(bar, MODES[brief.mode])
    groove = {
        "claves": CLAVE[which].replace("x", "X"),
        "conga_mute": "o.Xoo.o.",
        "conga": "......xX" if which == 0 else "......Xx",
        "maracas": "xoxoxoxo",
    }
    if which == 1:
        groove["conga_low"] = "...x...."
    if bar.to_go == 0:
        groove["conga"] = "....xxXX"
        groove["conga_low"] = "..x....."
    return strokes(groove, bar, rng)


def timbales(brief: Brief, bar: Bar, rng: Random) -> list[Note]:
    """Cascara on the shell under verses, the mambo bell when the band is hot, a roll between."""
    if bar.is_last:
        names = ("timbale", "kick", "crash")
        return [Note(bar.start, 0.5, KEYS[name], velocity(bar, 1.1)) for name in names]
    which = side(bar, MODES[brief.mode])
    hot = bar.name in ("montuno", "mambo")
    groove = {"cowbell": _BELL[which]} if hot else {"rim": _CASCARA[which]}
    groove["guiro" if hot else "bell"] = "X.xxX.xx" if hot else "........"
    if bar.to_go == 0:
        groove["timbale"] = "...xxxXx"
        groove["timbale_low"] = ".......X"
    notes = strokes(groove, bar, rng)
    if bar.in_section == 0 and bar.intensity > 0.5 and bar.number:
        notes.append(Note(bar.start, 0.5, KEYS["crash"], velocity(bar, 0.9)))
    return notes
