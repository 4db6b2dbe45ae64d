"""R&B: slow chords of nine and eleven tones, finger snaps, a round synth bass, soft voices."""

from musiclm.corpus.craft.blocks import (
    COMMON,
    SIX,
    Bar,
    Drums,
    Groove,
    Layer,
    Melody,
    Stretch,
    Style,
)
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.craft.patterns import Player

_HARMONY: Bank = {
    "major": {
        "A": (
            "IVmaj9 | iii7 | ii9 | V7sus4",
            "Imaj9 | iii7 VI7s9 | ii9 | V13",
            "IVmaj9 | V7sus4 | iii7 | vi9",
            "Imaj9 | vi9 | ii9 | IVmaj9 V7sus4",
        ),
        "B": (
            "ii9 | iii7 | IVmaj9 | V7sus4",
            "IVmaj9 | III7s9 | vi9 | v7 I9",
            "IVmaj9 | iv7 bVII9 | iii7 vi9 | ii9 V13",
        ),
        "C": ("bVImaj9 | bVII9 | Imaj9 | Imaj9", "vi9 | II9 | ii9 | V7sus4"),
        "end": ("ii9 V13", "IVmaj9 iv6"),
        "final": ("Imaj9", "I69"),
    },
    "minor": {
        "A": (
            "i9 | iv9 | bVImaj9 | V7s9",
            "i9 | bVImaj9 | iv9 | v7",
            "bVImaj9 | v7 | i9 | i9",
            "i11 | i11 | iv9 | bVII13",
        ),
        "B": (
            "iv9 | v7 | bVImaj9 | bVII9",
            "bVImaj9 | bVII9 | v7 | i9",
            "iv9 | bVII13 | bIIImaj9 | V7s9",
        ),
        "C": ("bVImaj9 | bVImaj9 | V7sus4 | V7s9",),
        "end": ("V7s9", "iv9 V7s9"),
        "final": ("i9", "i11"),
    },
}
# Snaps are a rim and a soft clap together.
_BEATS: tuple[Groove, ...] = (
    {
        "kick": "X.....x...x.....",
        "rim": "....X.......X...",
        "clap": "....o.......o...",
        "hat": "o.o.o.o.o.oooo.o",
    },
    {
        "kick": "X..x......x..x..",
        "rim": "....X.......X...",
        "clap": "....o.......o...",
        "shaker": "xoxoxoxoxoxoxoxo",
    },
    {
        "kick": "X......x..x.....|X......x..x..x..",
        "rim": "....X.......X...",
        "clap": "....x.......x...",
        "hat": "o.ooo.o.o.ooo.oo",
    },
)
_BEATS_SIX: tuple[Groove, ...] = (
    {
        "kick": "X.........x.",
        "rim": "......X.....",
        "clap": "......o.....",
        "hat": "o.o.o.o.o.o.",
    },
    {
        "kick": "X...x.....x.",
        "rim": "......X.....",
        "clap": "......o.....",
        "shaker": "xoxoxoxoxoxo",
    },
)


def _falling(player: Player, bar: Bar) -> None:
    """A glissando of chord tones into every fourth bar, or a high tone held."""
    if bar.is_last or bar.to_go % 4:
        return
    pitches = sorted(player.voicing(bar.following))
    ladder = [p + 12 * octave for octave in range(2) for p in pitches]
    count = len(ladder)
    for index, pitch in enumerate(reversed(ladder)):
        late = bar.start + bar.beats - (count - index) * bar.beats / 32
        player.add(late, 0.5, pitch, 0.55 + 0.03 * index, bar)


STYLE = Style(
    name="r&b",
    tempo=(58.0, 84.0),
    metres={COMMON: 3.0, SIX: 1.0},
    modes={"major": 1.0, "minor": 1.2},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("synth_voice", "voice_oohs", "alto_sax"),
        cells={
            COMMON: (
                "x-xx--x-x--x--x-",
                "..x-xxx---x-xx--",
                "x--x--x---------",
                "..xxx-x-..x-x---",
                "x-x-xx----xxx---",
                "x-----xxx-x-----",
                "....x-xxx---x-x-",
            ),
            SIX: ("x-xx-x", "x--x-xxx----", "..xxxx", "x----x", "x-x-xxx-----"),
        },
        cadences={
            COMMON: ("x-x-x-----------", "x--x--x---------", "xxx---------...."),
            SIX: ("x-xx--", "x-----"),
        },
        scale="pentatonic",
        low=60,
        high=79,
        leaps=0.15,
        ornament=0.35,
        gain_db=3.0,
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("fm_electric_piano",),
            writer="chords",
            patterns={
                COMMON: (
                    "X---------x-----",
                    "X-----x-..x-----",
                    "X------x--x---x-",
                    "X---------......",
                ),
                SIX: ("X---x-", "X-----"),
            },
            low=52,
            high=76,
            size=5,
            spread="rootless",
            strum=0.025,
            legato=1.0,
            gain_db=6.0,
        ),
        Layer(
            role="bass",
            instruments=("deep_synth_bass",),
            writer="bass",
            patterns={
                COMMON: (
                    "R-----..R-..5-a-",
                    "R--..R----R---8-",
                    "R-------..R--5a-",
                    "R---..R-R-....7a",
                ),
                SIX: ("R---Ra", "R--..5"),
            },
            low=28,
            high=46,
            legato=0.95,
            gain_db=3.0,
        ),
        Layer(
            role="pad",
            instruments=("warm_pad",),
            writer="pad",
            low=55,
            high=77,
            size=3,
            gain_db=-1.0,
        ),
        Layer(
            role="arpeggio",
            instruments=("clean_guitar",),
            writer="arpeggio",
            patterns={
                COMMON: ("0...2.3...2.1...", "..0.2...3.2.1..."),
                SIX: ("0..2.3", "0.1.2."),
            },
            low=60,
            high=81,
            size=4,
            legato=1.3,
            chance=0.6,
            pan=0.4,
            gain_db=6.0,
            only=("verse", "bridge"),
        ),
        Layer(
            role="effects",
            instruments=("harp", "crystal"),
            writer=_falling,
            low=62,
            high=94,
            size=4,
            legato=1.5,
            pan=-0.3,
            gain_db=-3.0,
            chance=0.7,
        ),
    ),
    drums=(
        Drums(
            kits=("tr808_kit",),
            grooves={COMMON: _BEATS, SIX: _BEATS_SIX},
            fills="soft",
            chance=1.0,
            crash=False,
            gain_db=-1.0,
            without=("intro",),
        ),
    ),
    energy=0.5,
    swing=(0.1, 0.5),
    swing_unit=0.25,
    tightness=0.6,
    ritard=0.08,
    reverb=(0.35, 0.5),
    brightness=(0.22, 0.36),
    plans=(
        "intro verse chorus ending",
        "intro verse chorus bridge chorus ending",
        "intro verse chorus verse chorus bridge chorus+1 ending",
    ),
    stretches={
        "intro": Stretch("A", 2, energy=-0.1, tune=False),
        "verse": Stretch("A", 8, energy=-0.06),
        "chorus": Stretch("B", 8, energy=0.1),
        "bridge": Stretch("C", 4, energy=-0.08, swell=0.15),
        "ending": Stretch("", 2, energy=-0.08),
    },
    ending="ring",
    treatments={"natural": 5.0, "roomy": 1.5, "dark": 0.7},
    moods={"romantic": 3.0, "dreamy": 1.6, "melancholic": 1.4, "sad": 1.2, "epic": 0.2},
)
