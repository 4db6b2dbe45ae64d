"""Flamenco: the Andalusian cadence, guitar in rasgueado and falseta, palmas in compas, cajon."""

from musiclm.corpus.craft.blocks import COMMON, WALTZ, Bar, Drums, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.patterns import Player
from musiclm.corpus.styles.world._ornaments import mordent, tremolo, turn
from musiclm.corpus.styles.world._percussion import percussion
from musiclm.corpus.styles.world._tune import Idiom, tune
from musiclm.corpus.theory import place

ACCENTS = (2, 5, 7, 9, 11)
"""Accented beats of the twelve of a solea, counted from nought: three, six, eight, ten, twelve."""
# The open strings ring through: chords on the second and third degree keep the tonic.
_ANDALUSIAN = {
    "A": (
        "I | bIImaj7 | bIII6 bIImaj7 | I",
        "I | I | bIImaj7 | I",
        "iv | bIII6 | bIImaj7 | I",
        "I | bIImaj7 | I | I",
    ),
    "B": (
        "iv | bIII6 | bIImaj7 | I",
        "bVI | bIII6 | bIImaj7 | I",
        "iv | iv | bIImaj7 | I",
    ),
    "C": ("bVI | bIII6 | bVI | bIImaj7", "iv | bVI | bIImaj7 | I"),
    "end": ("bIImaj7 I", "bIII6 bIImaj7"),
    "final": ("I",),
}
_HARMONY: Bank = {"minor": _ANDALUSIAN, "major": _ANDALUSIAN}
_CELLS = {
    WALTZ: (
        "x-x-x-xxxxxx",
        "xxxxxxx-x-x-",
        "x---x-x-x---",
        "x-xxx-x-xxx-",
        "xxxxxxxxxxxx",
        "..x-x-x-x-x-",
        "x-----xxxxx-",
    ),
    COMMON: (
        "x-xxx-x-x-x-x---",
        "xxxxxxx-x-x-x---",
        "..x-x-x-xxxxxxx-",
        "x---x-x-x-xxx-x-",
        "x-xxxxxxx---x-x-",
        "x--x--x-x-x-xxx-",
        "xxxxxxxxxxxxxxx-",
    ),
}
_ENDS = {
    WALTZ: ("x-xxx-x-----", "xxxxx-x-----", "x-x-x-x-----"),
    COMMON: ("x-xxx-x-x-------", "xxxxx-x-x---....", "x-x-x-x-x-------"),
}
# The compas in four bars of three, so that twelve beats come round with the harmony.
_PALMAS = percussion(
    {
        WALTZ: (
            {
                "clap": "o.o.X.|o.o.X.|o.X.o.|X.o.X.",
                "conga_low": "x.....|x.....|..x...|x...x.",
                "bongo_low!0.5": "..o.x.|..o.x.|o.x..o|x.o.x.",
                "castanets!0.8": "....xx|....xx|..xx..|xx..xx",
            },
            {
                "clap": "..o.Xo|..o.Xo|o.Xo..|X.o.X.",
                "conga_low": "x...x.|....x.|..x...|x...x.",
                "bongo!0.5": ".o..xo|.o..xo|.oxo..|xo..xo",
            },
        ),
        COMMON: (
            {  # rumba
                "clap": "..x.x.x...x.x.x.",
                "conga_low": "X...o...X.....x.",
                "bongo": "....X.......X...",
                "bongo_low!0.5": "...oo..oo..o..oo",
            },
            {  # tangos
                "clap": "....X.x.X.x.X.x.",
                "conga_low": "X.......x...x...",
                "bongo": "....X...X...X...",
                "conga_mute!0.5": "..o..o.o..o..o.o",
            },
        ),
    },
    fills={
        WALTZ: ({"clap": "X.xxXx", "conga_low": "x.x.X.", "bongo": ".x.x.x"},),
        COMMON: (
            {
                "clap": "X.x.X.x.X.xxX.X.",
                "bongo": "x.xxx.xxx.xxX.X.",
                "conga_low": "X...X...X...X...",
            },
        ),
    },
    final=("conga_low", "clap"),
)


def _rasgueado(player: Player, bar: Bar) -> None:
    """Strummed compas: fans of fingers into the accents, light strokes between them."""
    second = 1 / player.beats_per_second  # of a beat
    if bar.is_last:
        _fan(player, bar, bar.start, min(float(bar.beats), 2.5), 1.2, second)
        return
    twelve = bar.beats == 3
    for beat in range(bar.beats):
        at = bar.start + beat
        number = (bar.in_section % 4) * 3 + beat
        accent = number in ACCENTS if twelve else beat in (0, 2)
        if accent and bar.intensity > 0.35:
            _fan(player, bar, at, 0.9, 1.14, second)
        else:
            _stroke(player, bar, at, 0.45, 0.86 if beat else 0.98, down=True)
        if bar.intensity > 0.45 and not accent:
            _stroke(player, bar, at + 0.5, 0.4, 0.74, down=False)
        elif bar.intensity > 0.6:
            _stroke(player, bar, at + 0.75, 0.25, 0.78, down=False)


def _fan(player: Player, bar: Bar, at: float, beats: float, level: float, second: float) -> None:
    """Four fingers one after the other, the last one on the beat's weight."""
    gap = min(0.16, 0.055 / second)
    for finger in range(3):
        _stroke(
            player, bar, at + finger * gap, gap, level * (0.72 + 0.1 * finger), down=finger % 2 == 0
        )
    _stroke(player, bar, at + 3 * gap, beats - 3 * gap, level, down=True)


def _stroke(player: Player, bar: Bar, at: float, beats: float, level: float, *, down: bool) -> None:
    pitches = player.voicing(bar.chord_at(at))
    spread = 0.006 * player.beats_per_second
    for rank, pitch in enumerate(pitches if down else pitches[::-1][:3]):
        player.add(at + spread * rank, max(0.05, beats - spread * rank), pitch, level, bar)


def _thumb(player: Player, bar: Bar) -> None:
    """The thumb's bass notes: the root, and a run down to the next one as the cadence falls."""
    top = player.low + 14
    root = place(bar.spans[0].chord.bass, player.low + 5, player.low, top)
    player.add(bar.start, bar.beats if bar.is_last else 1.6, root, 1.0, bar)
    if bar.is_last:
        return
    for span in bar.spans[1:]:
        player.add(span.start, span.beats, place(span.chord.bass, root, player.low, top), 0.95, bar)
    if len(bar.spans) == 1:
        fifth = root + 7 if root + 7 <= top + 4 else root - 5
        player.add(bar.start + bar.beats - 1, 0.9, fifth, 0.8, bar)


STYLE = Style(
    name="flamenco",
    tempo=(96.0, 152.0),
    metres={WALTZ: 1.3, COMMON: 1.0},
    modes={"phrygian": 1.2, "phrygian dominant": 1.2},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("nylon_guitar",),
        cells=_CELLS,
        cadences=_ENDS,
        low=58,
        high=80,
        writer=tune(
            Idiom(
                cells=_CELLS,
                ends=_ENDS,
                leaps=0.08,
                variation=0.25,
                ornaments={tremolo: 0.25, mordent: 0.15, turn: 0.1},
                shortest=0.3,
                free=("toque",),
                legato=0.92,
                lift=(1, 2, 3),
            )
        ),
        gain_db=4.0,
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("nylon_guitar",),
            writer=_rasgueado,
            low=45,
            high=72,
            size=5,
            without=("toque",),
            pan=-0.35,
            gain_db=1.0,
        ),
        Layer(
            role="arpeggio",
            instruments=("nylon_guitar",),
            writer="arpeggio",
            patterns={WALTZ: ("012321", "013231"), COMMON: ("01232123", "02132131")},
            low=45,
            high=72,
            size=4,
            only=("toque", "falseta"),
            pan=0.3,
            gain_db=3.5,
        ),
        Layer(
            role="bass",
            instruments=("acoustic_bass", "nylon_guitar"),
            writer=_thumb,
            low=36,
            high=57,
            without=("toque",),
            legato=0.85,
        ),
    ),
    drums=(Drums(kits=("hand_drums",), grooves={}, writer=_PALMAS, gain_db=1.5),),
    plans=(
        "toque compas falseta copla falseta remate ending",
        "toque compas falseta copla compas falseta copla remate ending",
    ),
    stretches={
        "toque": Stretch("A", 4, energy=-0.25, drums=False),
        "compas": Stretch("A", 4, tune=False, energy=0.05),
        "falseta": Stretch("A", 8, energy=-0.06),
        "copla": Stretch("B", 8, energy=0.06),
        "remate": Stretch("A", 4, energy=0.18, swell=0.1),
        "ending": Stretch("", 2, energy=0.15),
    },
    energy=0.64,
    tightness=0.35,
    ritard=0.0,
    reverb=(0.16, 0.3),
    brightness=(0.5, 0.65),
    treatments={"natural": 3.0, "roomy": 1.2, "dry": 0.8, "bright": 0.5},
    moods={"longing": 1.6, "tense": 1.4, "energetic": 1.3, "calm": 0.4},
)
