"""Afrobeat: a long vamp of interlocking ostinatos, horn riffs over it, and a drummer of his own."""

from collections.abc import Callable, Mapping

from musiclm.corpus.craft.blocks import (
    COMMON,
    TWELVE,
    Bar,
    Drums,
    Layer,
    Melody,
    Metre,
    Stretch,
    Style,
    events,
)
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.patterns import Player
from musiclm.corpus.styles.world._ornaments import mordent, scoop
from musiclm.corpus.styles.world._percussion import percussion
from musiclm.corpus.styles.world._tune import Idiom, tune
from musiclm.corpus.theory import GAPPED, nearest, place, step

_VAMP: Mapping[str, tuple[str, ...]] = {
    "A": ("i | i7 | i | i7", "i7 | i7 | i | IV7", "i | i | i7 | i7"),
    "B": ("i | i | IV7 | i", "i7 | i7 | v7 | i", "IV9 | IV9 | i | i"),
    "end": ("i",),
    "final": ("i",),
}
_HARMONY: Bank = {
    "dorian": _VAMP,
    "minor": {
        "A": ("i | i7 | i | i7", "i | i7 | i | iv7", "i | i | i | bVII"),
        "B": ("iv7 | iv7 | i | i", "bVI | bVII | i | i"),
        "end": ("i",),
        "final": ("i",),
    },
}
_CELLS = {
    COMMON: (
        "x-xx--x-x-x-....",
        "..x-x-xxx---x-..",
        "x--x--x-..x-x---",
        "xx-x-x..x-xx----",
        "..xx-xx-x-x---..",
        "x-----x-xx-x-x--",
        "....x-x-xxx-x---",
    ),
    TWELVE: (
        "x-xx-x-xx---",
        "..xx-xx-x-x-",
        "x--xx-x-x---",
        "x-x-xx-x----",
        "...xxxx-x-x-",
    ),
}
_ENDS = {
    COMMON: ("x-x-x---........", "x--x--x-----....", "..xxx---x-......"),
    TWELVE: ("x-x-x-......", "x--x-----...", "..xxx-......"),
}
# Two bars of bass and two of guitar; what the first guitar leaves empty the second one fills.
_BASS: Mapping[Metre, tuple[str, ...]] = {
    COMMON: (
        "x-..x-x...x-..x-|x-..x-x.....x-x-",
        "x--x..x-....x.x-|..x-x.x-....x-x-",
        "x-x-....x.x-x-..|x-x-....x-..x-x-",
    ),
    TWELVE: ("x-.x-.x.x-..|x-.x-.x-x-x-", "x.x-..x-.x-.|x.x-..x-x-.."),
}
_GUITAR: Mapping[Metre, tuple[str, ...]] = {
    COMMON: ("x.xx.x.xx.x.xx.x", "xx.x.xx.xx.x.x.x", "x.x.xx.x.xx.x.x."),
    TWELVE: ("x.xx.xx.xx.x", "xx.x.xx.x.x."),
}
_HORNS: Mapping[Metre, tuple[str, ...]] = {
    # Twelve notes in four bars, more or less: long enough to remember, short enough to dance.
    COMMON: (
        "x-x-x-..x--x--x-|x-----..........|x-x-x-..x--x--x-|x---x---........",
        "..x-x-x-x-x-..x-|..x-----........|..x-x-x-x---x-x-|x-------........",
        "x--x--x-..x-x-..|........x-x-x---|x--x--x-..x-x-..|x-----..........",
    ),
    TWELVE: (
        "x-xx-x-x----|x-----......|x-xx-x-x----|x--x--......",
        "..x-x-x-x-x-|x-----......|..x-x-x-x-x-|x-----......",
    ),
}


_MARKER: Mapping[Metre, tuple[str, ...]] = {COMMON: ("x" * 16,), TWELVE: ("x" * 12,)}


def _settled(player: Player, what: str, count: int, choices: tuple[int, ...]) -> tuple[int, ...]:
    """A few draws made once and kept for the piece: an ostinato is one because it stays."""
    key = f"{what}:{player.layer.instruments[0]}"
    if key not in player.shared:
        player.shared[key] = tuple(player.rng.choice(choices) for _ in range(count))
    return player.shared[key]


def _metre(player: Player) -> Metre:
    """The metre of the piece, told by the marker pattern that every layer here carries."""
    return TWELVE if player.patterns.get("A") == _MARKER[TWELVE][0] else COMMON


def _bass(player: Player, bar: Bar) -> None:
    """Two bars that return for ever: root on one, then fifths, sevenths and rests."""
    over = bar.spans[0].chord
    root = place(over.root, player.low + 6, player.low, player.low + 13)
    if bar.is_last:
        player.add(bar.start, bar.beats, root, 1.0, bar)
        return
    bank = _BASS[_metre(player)]
    which, *tones = _settled(player, "bass", 18, (0, 1, 2, 3, 4, 5))
    rhythm = bank[which % len(bank)].split("|")[bar.in_section % 2]
    ladder = (0, 0, 7, 10, 12, 12)
    for index, (beat, beats, _) in enumerate(events(rhythm, bar.beats)):
        interval = 0 if index == 0 else ladder[tones[(index + 8 * (bar.in_section % 2)) % 17]]
        if (root + interval) % 12 not in over.pitch_classes:
            interval = 7
        pitch = root + interval
        player.add(bar.start + beat, beats, pitch if pitch <= player.high else root, 1.0, bar)


def _guitar(*, second: bool) -> Callable[[Player, Bar], None]:
    def write(player: Player, bar: Bar) -> None:
        """A single-note figure of one bar; the two guitars never strike together but on one."""
        over = bar.spans[0].chord
        if bar.is_last:
            for pitch in player.voicing(over):
                player.add(bar.start, bar.beats / 2, pitch, 0.8, bar)
            return
        bank = _GUITAR[_metre(player)]
        if "guitars" not in player.shared:
            player.shared["guitars"] = (player.rng.randrange(len(bank)),)
        rhythm = bank[player.shared["guitars"][0] % len(bank)]
        if second:
            rhythm = "x" + "".join("x" if mark == "." else "." for mark in rhythm[1:])
        moves = _settled(player, "guitar", 16, (-2, -1, 0, 1, 2))
        pool = tuple(sorted((bar.tonic + s) % 12 for s in GAPPED["minor pentatonic"]))
        base = place(over.root, (player.low + player.high) // 2, player.low, player.high)
        for index, (beat, beats, _) in enumerate(events(rhythm, bar.beats)):
            pitch = step(base, moves[index % 16], pool) if moves[index % 16] else base
            player.add(bar.start + beat, beats, pitch, 0.96 if beat % 1 else 1.04, bar)

    return write


def _horns(player: Player, bar: Bar) -> None:
    """The riff, in unison first and in chords where the music is loud."""
    over = bar.spans[0].chord
    if bar.is_last:
        for pitch in player.voicing(over):
            player.add(bar.start, bar.beats * 0.75, pitch, 1.05, bar)
        return
    bank = _HORNS[_metre(player)]
    which, *moves = _settled(player, f"horns{bar.letter}", 26, (-2, -1, -1, 0, 1, 1, 2))
    rhythm = bank[which % len(bank)].split("|")[bar.in_section % 4]
    pool = tuple(sorted((bar.tonic + s) % 12 for s in GAPPED["minor pentatonic"]))
    middle = (player.low + player.high) // 2
    pitch = nearest(middle + 3, (bar.tonic,), player.low, player.high)
    offset = 12 * (bar.in_section % 4 == 1) + 6 * (bar.in_section % 4 == 3)
    for index, (beat, beats, _) in enumerate(events(rhythm, bar.beats)):
        move = moves[(index + offset) % 25]
        pitch = nearest(step(pitch, move, pool) if move else pitch, pool, player.low, player.high)
        player.add(bar.start + beat, beats, pitch, 1.08, bar)
        if bar.intensity > 0.7 and beats >= 0.5:
            below = nearest(pitch - 5, over.pitch_classes, player.low, player.high)
            if below != pitch:
                player.add(bar.start + beat, beats, below, 0.98, bar)


_DRUMS = percussion(
    {
        COMMON: (
            {
                "kick": "x..x..x...x.x...|x..x..x...x..x..",
                "snare": "....g..x.g..X..g|....x..g.x..g.Xg",
                "hat": "x.xxx.x.x.xxx.x.",
                "open": "......x.......x.",
            },
            {
                "kick": "x.....x..x..x...|x.....x..x....x.",
                "snare": "...g..x..g..X.g.",
                "hat": "xoxoxoxoxoxoxoxo",
                "open": "..x.......x.....",
            },
        ),
        TWELVE: (
            {
                "kick": "x..x.....x.x",
                "snare": "...g.xg..X.g",
                "hat": "x.xxx.x.xx.x",
                "open": ".....x......",
            },
        ),
    },
    fills={
        COMMON: (
            {"kick": "x..x..x.........", "snare": "....g..x.xx.X.xX", "floor": "..........xx..x."},
            {"kick": "x..x....x...x...", "snare": "..x..xx...x.xx.X", "hat": "x.x.x.x.x......."},
        ),
        TWELVE: ({"kick": "x..x........", "snare": "...x.xx.xXxX", "floor": "........x..x"},),
    },
    final=("kick", "snare", "open"),
)
_PERCUSSION = percussion(
    {
        COMMON: (
            {
                "cabasa": "X.xxX.xxX.xxX.xx",
                "block": "x..x..x...x.x...",
                "conga": "....x.....xx..x.",
                "conga_low!0.4": "x......x.....x..",
            },
            {
                "cabasa": "XoxoXoxoXoxoXoxo",
                "block": "x..x...x..x.x...",
                "conga": "..x...xx..x...xx",
                "conga_low!0.4": "x...x...x...x...",
            },
        ),
        TWELVE: (
            {
                "cabasa": "X.xX.xX.xX.x",
                "agogo": "x.x.xx.x.x.x",
                "conga": "..x..x..x.xx",
                "conga_low!0.4": "x.....x.....",
            },
        ),
    },
    final=("cabasa", "conga_low"),
)

STYLE = Style(
    name="afrobeat",
    tempo=(100.0, 125.0),
    metres={COMMON: 2.5, TWELVE: 0.8},
    modes={"dorian": 1.6, "minor": 1.0},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("tenor_sax", "trumpet", "alto_sax"),
        cells=_CELLS,
        cadences=_ENDS,
        low=56,
        high=77,
        writer=tune(
            Idiom(
                cells=_CELLS,
                ends=_ENDS,
                leaps=0.25,
                variation=0.35,
                gapped="minor pentatonic",
                ornaments={scoop: 0.15, mordent: 0.08},
                legato=0.85,
                lift=(1, 2, 3),
            )
        ),
        gain_db=1.0,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("finger_bass",),
            writer=_bass,
            patterns=_MARKER,
            low=28,
            high=52,
            legato=0.8,
            gain_db=2.5,
        ),
        Layer(
            role="arpeggio",
            instruments=("clean_guitar",),
            writer=_guitar(second=False),
            patterns=_MARKER,
            low=55,
            high=76,
            legato=0.55,
            pan=-0.55,
            gain_db=9.0,
        ),
        Layer(
            role="arpeggio",
            instruments=("muted_guitar",),
            writer=_guitar(second=True),
            patterns=_MARKER,
            low=48,
            high=69,
            legato=0.5,
            pan=0.55,
            gain_db=2.0,
        ),
        Layer(
            role="chords",
            instruments=("rock_organ", "electric_piano"),
            writer="chords",
            patterns={
                COMMON: (
                    "....X-....X-....",
                    "..x...x-....x-..",
                    "X--.............|......X-X-......",
                ),
                TWELVE: ("...X-....X-.", "x-.........."),
            },
            low=55,
            high=76,
            size=4,
            spread="rootless",
            legato=0.7,
            enter=0.35,
            pan=0.15,
            gain_db=2.5,
        ),
        Layer(
            role="counter",
            instruments=("brass_section",),
            writer=_horns,
            patterns=_MARKER,
            low=55,
            high=79,
            size=3,
            only=("groove", "horns", "ending"),
            legato=0.8,
            pan=-0.1,
            gain_db=3.0,
        ),
        Layer(
            role="counter",
            instruments=("baritone_sax",),
            writer=_horns,
            patterns=_MARKER,
            low=40,
            high=62,
            size=1,
            only=("horns", "ending"),
            legato=0.8,
            pan=0.25,
        ),
    ),
    drums=(Drums(kits=("standard_kit",), grooves={}, writer=_DRUMS, gain_db=0.5),),
    percussion=(
        Drums(
            kits=("hand_drums",),
            grooves={},
            writer=_PERCUSSION,
            role="percussion",
            gain_db=-1.0,
        ),
    ),
    plans=(
        "groove theme horns solo horns ending",
        "groove theme horns solo solo horns theme horns ending",
    ),
    stretches={
        "groove": Stretch("A", 4, tune=False, energy=-0.15, swell=0.1),
        "theme": Stretch("A", 8, energy=-0.05),
        "solo": Stretch("A", 8, energy=0.04, swell=0.1),
        "horns": Stretch("B", 8, energy=0.14),
        "ending": Stretch("", 2, energy=0.1),
    },
    energy=0.68,
    tightness=0.5,
    ritard=0.0,
    ending="cold",
    reverb=(0.12, 0.24),
    brightness=(0.45, 0.6),
    treatments={"natural": 3.0, "lo-fi tape": 1.0, "dry": 1.2, "roomy": 0.4},
    moods={"energetic": 2.0, "happy": 1.2, "dark": 0.8, "calm": 0.2},
)
