"""Gamelan-like: a balungan of sarons, bonangs that interlock, gongs that count the cycle."""

from collections.abc import Callable

from musiclm.corpus.craft.blocks import COMMON, Bar, Drums, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.brief import Brief
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.patterns import Player, velocity_of
from musiclm.corpus.score import Note
from musiclm.corpus.styles.world._percussion import percussion
from musiclm.corpus.theory import MODES, nearest, place, step

CYCLE = 4
"""Bars (gatra) from one stroke of the great gong to the next."""
# Approaches to the last tone of a gatra, in scale steps from it: three beats, then the tone itself.
_GATRA = (
    (1, 0, 1),
    (-1, 0, -1),
    (3, 2, 1),
    (-3, -2, -1),
    (1, 2, 1),
    (0, 2, 1),
    (-2, -1, 1),
    (2, 1, -1),
    (0, 1, 2),
    (2, 0, 1),
    (-2, 0, -1),
    (1, -1, 1),
    (3, 1, 2),
    (0, -1, -2),
)
_TONE = {"A": ("I5",), "B": ("I5",), "C": ("I5",), "end": ("I5",), "final": ("I5",)}
_HARMONY: Bank = {"major": _TONE, "minor": _TONE}
# Four strokes a beat: which of the scale steps above the balungan tone sounds.
_FIGURES = ((0, 1, 2, 1), (2, 1, 0, 1), (0, 1, 0, 2), (1, 2, 1, 0), (0, 2, 1, 2))

_KENDANG = percussion(
    {
        COMMON: (
            {
                "conga_low": "x.....x...x.X...",
                "bongo": "..x.x....x....x.",
                "conga_mute": "....o..o.o..o.oo",
            },
            {
                "conga_low": "x..x......x.x...",
                "bongo": "......xx..x...x.",
                "conga_mute": "..o.o..o.o.o..o.",
            },
        )
    },
    fills={
        COMMON: (
            {"conga_low": "x.x.x.xxX.xxX.X.", "bongo": "..x.x.x..x...x.x"},
            {"conga_low": "X..x..X..x..X.X.", "bongo": ".xx.xx.xx.xx.x.x"},
        )
    },
    final=("conga_low",),
)


def _balungan(brief: Brief) -> list[Note]:
    """The skeleton: one tone a beat, every gatra heading for the tone that the next bar opens on.

    What Javanese notation writes as the fourth beat falls on the downbeat here, so that the goal
    of a gatra, and the gong at the end of a cycle, sound on one.
    """
    pool = tuple(sorted((brief.tonic + s) % 12 for s in MODES[brief.mode]))
    home = nearest((brief.low + brief.high) // 2 - 2, (brief.tonic,), brief.low, brief.high)
    melodies: dict[str, list[tuple[int, tuple[int, ...]]]] = {}
    notes: list[Note] = []

    def strike(bar: Bar, beat: float, degree: int, beats: float) -> None:
        pitch = step(home, degree, pool) if degree else home
        pitch = nearest(pitch, pool, brief.low, brief.high)
        start = bar.start + beat
        notes.append(Note(start, beats, pitch, velocity_of(bar, start, 1.08)))

    goal = 0
    section = 0
    for bar in brief.bars:
        strike(bar, 0.0, goal, float(bar.beats) if bar.is_last else 1.0)
        if bar.is_last:
            break
        letter = bar.letter or "A"
        if letter not in melodies:
            melodies[letter] = _gongan(brief, lift=len(melodies))
        gatra = bar.in_section % len(melodies[letter])
        if bar.section != section and brief.rng.random() < 0.5:
            # A return takes another way to one of its goals.
            varied = brief.rng.randrange(len(melodies[letter]))
            kept = melodies[letter][varied][0]
            melodies[letter][varied] = (kept, brief.rng.choice(_GATRA))
        section = bar.section
        goal, approach = melodies[letter][gatra]
        # Sections that were cut short still end where the gong waits.
        if bar.to_go == 0 or brief.bars[bar.number + 1].is_last:
            goal = 0
        for beat, degree in enumerate(approach, start=1):
            strike(bar, float(beat), max(-3, min(5, goal + degree)), 1.0)
    return notes


def _gongan(brief: Brief, *, lift: int) -> list[tuple[int, tuple[int, ...]]]:
    """Two cycles of four gatra: question, answer, further off, and home to the gong tone."""
    high = 1 if lift else 0
    found: list[tuple[int, tuple[int, ...]]] = []
    for _ in range(2):
        first = brief.rng.choice((1, 2, -1)) + high
        goals = (first, brief.rng.choice((first, 2, 3, -2)), brief.rng.choice((-1, 1, 2)) + high, 0)
        found += [(goal, brief.rng.choice(_GATRA)) for goal in goals]
    return found


def _tones(player: Player, bar: Bar) -> list[int]:
    """The balungan of a bar, a tone a beat."""
    found = [n for n in player.tune if bar.start - 0.01 <= n.start < bar.start + bar.beats - 0.01]
    tones = [note.pitch for note in found] or [place(player.tonic, 66, 55, 84)]
    return (tones * bar.beats)[: bar.beats]


def _kotekan(*, polos: bool) -> Callable[[Player, Bar], None]:
    """One of two players whose strokes fit together like fingers: never both, never neither."""

    def write(player: Player, bar: Bar) -> None:
        pool = tuple(sorted((player.tonic + s) % 12 for s in player.steps))
        tones = _tones(player, bar)
        if bar.is_last:
            pitch = nearest(tones[0] + 12, pool, player.low, player.high)
            player.add(bar.start, bar.beats, pitch, 0.9, bar)
            return
        figure = _FIGURES[(bar.section + (bar.in_section // 2) % 2) % len(_FIGURES)]
        for beat, tone in enumerate(tones):
            base = nearest(tone + 12, pool, player.low, player.high - 5)
            for stroke, degree in enumerate(figure):
                if (stroke % 2 == 0) == polos:
                    pitch = step(base, degree, pool) if degree else base
                    at = bar.start + beat + stroke / 4
                    player.add(at, 0.45, pitch, 0.9 if stroke == 0 else 0.8, bar)

    return write


def _slenthem(player: Player, bar: Bar) -> None:
    """The balungan an octave lower and half as often, left to ring."""
    tones = _tones(player, bar)
    for beat in (0,) if bar.is_last else (0, 2):
        pitch = tones[beat] - 12
        while pitch < player.low:
            pitch += 12
        player.add(bar.start + beat, bar.beats if bar.is_last else 2.0, pitch, 0.9, bar)


def _gongs(player: Player, bar: Bar) -> None:
    """Gong on the first beat of a cycle, kenong on that of every gatra, kempul half way."""
    great = place(player.tonic, player.low + 5, player.low, player.low + 13)
    kempul = place(player.tonic + 7, great + 16, player.low + 12, player.high)
    if bar.is_last or bar.in_section % CYCLE == 0:
        player.add(bar.start, 8.0 if not bar.is_last else bar.beats, great, 1.2, bar)
    elif bar.in_section % CYCLE == 2:
        player.add(bar.start, 3.5, kempul, 0.95, bar)
    if not bar.is_last:
        player.add(bar.start + 2, 2.0, kempul, 0.8, bar)


def _kenong(player: Player, bar: Bar) -> None:
    """Kenong where a gatra arrives, the little kethuk between the beats."""
    goal = nearest(
        _tones(player, bar)[0], (player.tonic, (player.tonic + 7) % 12), player.low, player.high
    )
    player.add(bar.start, 3.0, goal, 1.0, bar)
    if bar.is_last:
        return
    kethuk = place(player.tonic, player.low + 4, player.low, player.high)
    for beat in (1, 3):
        player.add(bar.start + beat, 0.3, kethuk, 0.7, bar)


def _suling(player: Player, bar: Bar) -> None:
    """A bamboo flute that floats over the beat, and comes down where the gong falls."""
    pool = tuple(sorted((player.tonic + s) % 12 for s in player.steps))
    tones = _tones(player, bar)
    goal = nearest(tones[0] + 12, pool, player.low, player.high)
    if bar.is_last or bar.in_section % 2 == 0:
        player.add(bar.start, bar.beats * 0.9, goal, 0.85, bar)
        return
    at = bar.start + 0.5
    for degree, length in ((2, 0.75), (3, 0.25), (2, 0.5), (1, 0.75), (2, 0.25), (1, 1.0)):
        player.add(at, length, step(goal, degree, pool), 0.82, bar)
        at += length


STYLE = Style(
    name="gamelan",
    tempo=(76.0, 124.0),
    metres={COMMON: 1.0},
    modes={"pelog": 1.6, "yo": 1.0},  # yo has the steps of slendro on twelve tones
    harmony=_HARMONY,
    melody=Melody(
        instruments=("saron",),
        cells={},
        cadences={},
        low=60,
        high=80,
        writer=_balungan,
        gain_db=1.5,
    ),
    layers=(
        Layer(
            role="arpeggio",
            instruments=("bonang",),
            writer=_kotekan(polos=True),
            low=67,
            high=89,
            pan=-0.5,
            gain_db=1.5,
            without=("buka",),
        ),
        Layer(
            role="arpeggio",
            instruments=("bonang",),
            writer=_kotekan(polos=False),
            low=67,
            high=89,
            pan=0.5,
            gain_db=1.5,
            without=("buka",),
        ),
        Layer(
            role="bass",
            instruments=("gong",),
            writer=_gongs,
            low=30,
            high=60,
            legato=1.0,
            gain_db=3.0,
        ),
        Layer(
            role="counter",
            instruments=("vibraphone",),  # struck softly, as a slenthem
            writer=_slenthem,
            low=53,
            high=72,
            legato=1.0,
            pan=-0.15,
            gain_db=0.0,
        ),
        Layer(
            role="chords",
            instruments=("bonang",),
            writer=_kenong,
            low=58,
            high=77,
            legato=1.0,
            pan=0.2,
        ),
        Layer(
            role="counter",
            instruments=("recorder",),  # as a suling
            writer=_suling,
            low=70,
            high=92,
            only=("ngelik", "lagu"),
            chance=0.6,
            leave=0.75,
            pan=0.1,
            gain_db=-1.0,
        ),
    ),
    drums=(Drums(kits=("hand_drums",), grooves={}, writer=_KENDANG, gain_db=-1.0),),
    plans=(
        "buka lagu ngelik lagu ending",
        "buka lagu lagu ngelik lagu ngelik lagu ending",
    ),
    stretches={
        "buka": Stretch("A", 4, energy=-0.2, drums=False),
        "lagu": Stretch("A", 8),
        "ngelik": Stretch("B", 8, energy=0.08),
        "ending": Stretch("", 2, energy=-0.05),
    },
    energy=0.6,
    arcs={"steady": 2.0, "arch": 1.0, "waves": 1.0},
    tightness=0.6,
    ritard=0.3,
    reverb=(0.3, 0.45),
    brightness=(0.5, 0.62),
    treatments={"natural": 3.0, "roomy": 1.5, "cathedral": 0.6, "dark": 0.4},
    moods={"hypnotic": 2.0, "mysterious": 1.6, "magical": 1.6, "contemplative": 1.4},
)
