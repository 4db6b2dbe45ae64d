"""Japanese: koto, shakuhachi and shamisen in five tones, slow to fast as jo-ha-kyu, with taiko."""

from musiclm.corpus.craft.blocks import COMMON, Bar, Drums, Layer, Melody, Stretch, Style, events
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.patterns import Player
from musiclm.corpus.styles.world._heterophony import heterophony, tune_in
from musiclm.corpus.styles.world._ornaments import bounce, mordent, scoop, shake
from musiclm.corpus.styles.world._percussion import percussion
from musiclm.corpus.styles.world._tune import Idiom, tune
from musiclm.corpus.theory import nearest, place, step

# Open fifths on the tones of each scale that have one; no thirds anywhere.
_HARMONY: Bank = {
    "in": {
        "A": ("I5 | I5 | IV5 | I5", "I5 | bII5 | I5 | IV5", "I5 | IV5 | bII5 | I5"),
        "B": ("IV5 | IV5 | bII5 | I5", "bII5 | I5 | IV5 | I5"),
        "end": ("bII5 I5",),
        "final": ("I5",),
    },
    "hirajoshi": {
        "A": ("i5 | i5 | bVI5 | i5", "i5 | bVI5 | i5 | i5"),
        "B": ("bVI5 | bVI5 | i5 | i5", "bVI5 | i5 | bVI5 | i5"),
        "end": ("bVI5 i5",),
        "final": ("i5",),
    },
    "yo": {
        "A": ("I5 | I5 | IV5 | I5", "I5 | I5 | V5 | I5", "I5 | IV5 | I5 | I5"),
        "B": ("IV5 | I5 | V5 | I5", "V5 | I5 | IV5 | I5"),
        "end": ("V5 I5", "IV5 I5"),
        "final": ("I5",),
    },
}
_CELLS = {
    COMMON: (
        "x-----x-",
        "x---x-x-",
        "x-------",
        "x-x-----",
        "..x---x-",
        "x---xx--",
        "x--xx---",
        "xx----x-",
        "x-----xx",
    )
}
_ENDS = {COMMON: ("x-x-----", "x-------", "x---x---")}

_TAIKO = percussion(
    {
        COMMON: (
            {
                "low": "X.......X..x....",
                "floor!0.5": "....x.......x.x.",
                "high!0.55": "....x.xx....x.xx",
                "block!0.45": "x...............",
            },
            {
                "low": "X..x..x.X..x..x.",
                "high!0.5": "x.xxx.xxx.xxx.xx",
                "triangle!0.55": "x...x...x...x...",
            },
            {
                "low": "X.....x.X.x.....",
                "high!0.5": "..x.x..x..x.x.xx",
                "block!0.45": "x.......x.......",
            },
        )
    },
    fills={
        COMMON: (
            # Oroshi: strokes that close in on each other.
            {"low": "X...X..X..X.X.XX", "floor": "x...x..x..x.x.xx"},
            {"low": "X.......XxxxXxXX", "high": "....x.x.x.x.xxxx"},
        )
    },
    final=("low", "floor"),
)


def _koto(player: Player, bar: Bar) -> None:
    """Open fifth and octave, falling threes, a sweep across the strings where a section begins."""
    over = bar.spans[0].chord
    root = place(over.root, player.low + 5, player.low, player.low + 14)
    pool = tuple(sorted((player.tonic + s) % 12 for s in player.steps))
    if bar.is_last:
        for rank, pitch in enumerate((root, root + 7, root + 12)):
            player.add(bar.start + 0.12 * rank, bar.beats - 0.12 * rank, pitch, 0.9, bar)
        return
    if bar.in_section == 0 and bar.number:
        top = nearest(player.high - 2, pool, player.low, player.high)
        for index in range(10):
            player.add(
                bar.start + 0.07 * index, 1.2, step(top, -index, pool) if index else top, 0.8, bar
            )
        player.add(bar.start + 1, 3.0, root, 1.0, bar)
        player.add(bar.start + 2, 2.0, root + 12, 0.86, bar)
        return
    player.add(bar.start, 4.0, root, 1.0, bar)
    player.add(bar.start + 1, 2.0, root + 7 if bar.in_section % 2 else root + 12, 0.8, bar)
    if bar.intensity > 0.55:
        # Driving eighths, as in the fast sections of a danmono.
        start = nearest(root + 12, pool, player.low, player.high)
        walk = (0, 1, 0, 2, 1, 0, 1, 2) if bar.in_section % 2 else (2, 1, 0, 1, 2, 3, 2, 1)
        for index, degree in enumerate(walk):
            pitch = step(start, degree, pool) if degree else start
            player.add(bar.start + 0.5 * index, 0.6, pitch, 0.84 if index % 2 else 0.92, bar)
        return
    begin = nearest(root + 19 + player.rng.choice((-3, 0, 3)), pool, player.low, player.high)
    # Kororin: three strings downwards, the last one left to ring.
    for index, (beat, length) in enumerate(((2.0, 0.5), (2.5, 0.5), (3.0, 1.6))):
        pitch = step(begin, -index, pool) if index else begin
        player.add(bar.start + beat, length, pitch, 0.86 - 0.05 * index, bar)


def _shamisen(player: Player, bar: Bar) -> None:
    """Dry strokes around the tune, doubled on the open string."""
    pool = tuple(sorted((player.tonic + s) % 12 for s in player.steps))
    open_string = place(player.tonic, player.low + 4, player.low, player.high)
    if bar.is_last:
        player.add(bar.start, 1.0, open_string, 1.05, bar)
        return
    rhythm = ("x.xxx.x.", "x.x.xxx.", "xxx.x.x.")[bar.section % 3]
    sung = tune_in(player, bar)
    near = sung[0].pitch if sung else open_string + 7
    near = nearest(near, pool, player.low + 3, player.high - 3)
    for index, (beat, beats, _) in enumerate(events(rhythm, bar.beats)):
        here = [note.pitch for note in sung if note.start <= bar.start + beat + 0.1]
        pitch = nearest(here[-1] if here else near, pool, player.low, player.high)
        if index % 2:
            pitch = step(pitch, player.rng.choice((-1, 1)), pool)
        player.add(bar.start + beat, beats * 0.7, pitch, 1.04 if index == 0 else 0.9, bar)
        if index == 0:
            player.add(bar.start, beats, open_string, 0.85, bar)


STYLE = Style(
    name="japanese",
    tempo=(58.0, 96.0),
    metres={COMMON: 1.0},
    modes={"in": 1.4, "hirajoshi": 1.2, "yo": 1.2},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("shakuhachi", "shakuhachi", "koto"),
        cells=_CELLS,
        cadences=_ENDS,
        low=62,
        high=82,
        writer=tune(
            Idiom(
                cells=_CELLS,
                ends=_ENDS,
                leaps=0.12,
                variation=0.2,
                ornaments={scoop: 0.3, bounce: 0.06, shake: 0.1, mordent: 0.1},
                shortest=0.4,
                free=("jo",),
                legato=1.0,
                lift=(1, 2),
            )
        ),
        gain_db=2.5,
    ),
    layers=(
        Layer(
            role="arpeggio",
            instruments=("koto",),
            writer=_koto,
            low=48,
            high=84,
            legato=1.0,
            pan=-0.3,
            gain_db=3.5,
        ),
        Layer(
            role="counter",
            instruments=("shamisen",),
            writer=_shamisen,
            low=50,
            high=79,
            only=("ha", "kyu", "ending"),
            enter=0.4,
            pan=0.35,
            gain_db=1.5,
        ),
        Layer(
            role="counter",
            instruments=("koto", "shakuhachi"),
            writer=heterophony({mordent: 0.15}, level=0.8, thin=0.25),
            low=60,
            high=84,
            only=("ha", "kyu"),
            pan=0.1,
        ),
    ),
    drums=(
        Drums(
            kits=("orchestra_kit",),
            grooves={},
            writer=_TAIKO,
            only=("ha", "kyu", "ending"),
            gain_db=-4.5,
        ),
    ),
    plans=(
        "jo dan ha kyu ending",
        "jo dan dan ha dan ha kyu ending",
        "jo dan ha dan ha kyu kyu ending",
    ),
    stretches={
        "jo": Stretch("A", 4, energy=-0.22),
        "dan": Stretch("A", 8, energy=-0.1),
        "ha": Stretch("B", 8, energy=0.06, swell=0.1),
        "kyu": Stretch("A", 8, energy=0.18, swell=0.15),
        "ending": Stretch("", 2, energy=-0.1),
    },
    energy=0.5,
    arcs={"build": 3.0, "arch": 1.0},
    tightness=0.35,
    ritard=0.25,
    reverb=(0.28, 0.45),
    brightness=(0.5, 0.65),
    treatments={"natural": 3.0, "roomy": 1.4, "cathedral": 0.7, "dry": 0.4},
    moods={"contemplative": 1.8, "serene": 1.8, "wistful": 1.4, "heroic": 1.2, "groovy": 0.3},
)
