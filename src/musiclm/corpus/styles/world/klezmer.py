"""Klezmer: clarinet that laughs and sobs over oom-pah, freygish strains, a doina to begin with."""

from musiclm.corpus.craft.blocks import WALTZ, Bar, Drums, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.patterns import Player
from musiclm.corpus.styles.world._ornaments import krekhts, mordent, scoop, turn
from musiclm.corpus.styles.world._percussion import percussion
from musiclm.corpus.styles.world._tune import Idiom, tune

_TWO = (2, 4)
_FREYGISH = {
    "A": (
        "I | I | bII | I | I | iv | bvii | I",
        "I | I | I | bII | bII | bvii | I | I",
        "I | iv | I | bII | iv | bII | bvii | I",
    ),
    "B": (
        "iv | iv | I | I | iv | bII | bvii | I",
        "bII | bII | I | I | bvii | bvii | I | I",
        "bvii | I | bvii | I | iv | bII | bvii | I",
    ),
    "C": ("iv | bVII7 | bIII | iv | bII | bII | bvii | I", "bII | iv | I | I | bvii | bII | I | I"),
    "end": ("bvii I", "bII I"),
    "final": ("I",),
}
_MINOR = {
    "A": (
        "i | i | V7 | i | iv | i | V7 | i",
        "i | i | iv | i | i | V7 | V7 | i",
        "i | iv | i | i | i | iv | V7 | i",
    ),
    "B": (
        "bIII | bIII | V7 | i | iv | i | V7 | i",
        "iv | i | iv | i | bVI | iv | V7 | i",
        "bIII | bVII7 | bIII | i | iv | i | V7 | i",
    ),
    "C": ("I | I | iv | I | bVII7 | bIII | V7 | i",),
    "end": ("V7 i",),
    "final": ("i",),
}
_HARMONY: Bank = {
    "phrygian dominant": _FREYGISH,
    "harmonic minor": _MINOR,
    "major": _FREYGISH,
    "minor": _MINOR,
}
_CELLS = {
    _TWO: (
        "x-xxx-x-",
        "xxxxx-x-",
        "x-x-x-xx",
        "x--xx-x-",
        "xxxxxxxx",
        "x-xxx---",
        "x---xxxx",
        "xx.xx.x-",
        "x--x--x-",
    ),
    WALTZ: ("x---x-", "x-x-xx", "x---xx", "xxx-x-", "x-xxx-", "x-----"),
}
_ENDS = {_TWO: ("x-x-x---", "xxx-x---", "x--xx---"), WALTZ: ("x---x-", "x-----", "x-x-x-")}

_DRUMS = percussion(
    {
        _TWO: (
            # Poyk and cymbal keep the oom-pah; the snare leans on three and three and two.
            {"kick": "X...X...", "pedal": "..x...x.", "snare": "X..x..x.|o..x..xo"},
            {"kick": "X...X...", "bell!0.6": "..x...x.", "snare": "..X.ooX.|..X.ooXx"},
            {"kick": "X..x..x.", "snare": "..x.x..x", "tambourine": "..x...x."},
        ),
        WALTZ: ({"kick": "X.....", "snare": "....x.|...ox.", "pedal": "..o.o."},),
    },
    fills={
        _TWO: (
            {"kick": "X...X...", "snare": "XxxxXXXX"},
            {"kick": "X.......", "snare": "X..X..XX", "bell": "......x."},
        ),
        WALTZ: ({"kick": "X.....", "snare": "..xxXx"},),
    },
    final=("kick", "snare", "crash"),
)


def _tsimbl(player: Player, bar: Bar) -> None:
    """Hammered dulcimer: broken chords in sixteenths, or a tremolo under the doina."""
    if bar.is_last:
        for pitch in player.voicing(bar.spans[-1].chord):
            player.add(bar.start, bar.beats * 0.6, pitch, 0.95, bar)
        return
    free = bar.name == "doina"
    for span in bar.spans:
        pitches = player.voicing(span.chord)
        count = round(span.beats * 4)
        for index in range(count):
            if free:
                pitch = pitches[(0, 2, 1, 2)[index % 4] % len(pitches)]
                level = 0.74 + 0.1 * (index % 8 == 0)
            elif index % 4 == 0:
                continue
            else:
                pitch = pitches[(0, 1, 2, 1)[index % 4] % len(pitches)]
                level = 0.84
            player.add(span.start + index / 4, 0.25, pitch, level, bar)


STYLE = Style(
    name="klezmer",
    tempo=(92.0, 138.0),
    metres={_TWO: 3.0, WALTZ: 0.5},
    modes={"phrygian dominant": 1.6, "harmonic minor": 1.2},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("clarinet", "clarinet", "fiddle"),
        cells=_CELLS,
        cadences=_ENDS,
        low=62,
        high=84,
        writer=tune(
            Idiom(
                cells=_CELLS,
                ends=_ENDS,
                leaps=0.14,
                variation=0.08,
                ornaments={krekhts: 0.3, mordent: 0.16, scoop: 0.1, turn: 0.08},
                shortest=0.18,
                free=("doina",),
                legato=0.85,
            )
        ),
        gain_db=3.0,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("tuba", "contrabass"),
            writer="bass",
            patterns={_TWO: ("R...5...", "R...5...|R...8..."), WALTZ: ("R.....", "R...5.")},
            low=29,
            high=50,
            legato=0.75,
            without=("doina",),
            gain_db=3.5,
        ),
        Layer(
            role="chords",
            instruments=("accordion",),
            writer="chords",
            patterns={_TWO: ("..x...x.", "..X...Xo"), WALTZ: ("....x.", "..x.x.")},
            low=55,
            high=74,
            size=3,
            legato=0.45,
            without=("doina",),
            pan=0.3,
            gain_db=8.0,
        ),
        Layer(
            role="pad",
            instruments=("accordion",),
            writer="pad",
            low=50,
            high=69,
            size=3,
            only=("doina",),
            pan=0.3,
            gain_db=4.0,
        ),
        Layer(
            role="arpeggio",
            instruments=("dulcimer",),
            writer=_tsimbl,
            low=55,
            high=76,
            size=3,
            legato=0.9,
            pan=-0.4,
            gain_db=1.0,
        ),
        Layer(
            role="counter",
            instruments=("trombone", "viola"),
            writer="counter",
            low=45,
            high=64,
            enter=0.5,
            chance=0.7,
            without=("doina",),
            pan=0.1,
        ),
    ),
    drums=(
        Drums(
            kits=("orchestra_kit", "standard_kit"),
            grooves={},
            writer=_DRUMS,
            without=("doina",),
            gain_db=-5.0,
        ),
    ),
    plans=(
        "vorspiel tants tants kehre kehre ending",
        "doina tants tants kehre kehre dritte tants kehre ending",
        "doina tants kehre tants dritte kehre ending",
    ),
    stretches={
        "doina": Stretch("A", 8, energy=-0.25, drums=False),
        "vorspiel": Stretch("A", 4, tune=False, energy=-0.1),
        "tants": Stretch("A", 8),
        "kehre": Stretch("B", 8, energy=0.1),
        "dritte": Stretch("C", 8, energy=0.05),
        "ending": Stretch("", 2, energy=0.12),
    },
    phrase_bars=8,
    energy=0.66,
    tightness=0.35,
    ritard=0.0,
    ending="cold",
    reverb=(0.14, 0.28),
    brightness=(0.45, 0.6),
    treatments={"natural": 3.0, "roomy": 1.2, "lo-fi tape": 0.8, "dry": 0.5},
    moods={"playful": 2.0, "happy": 1.3, "melancholic": 1.3, "energetic": 1.4},
)
