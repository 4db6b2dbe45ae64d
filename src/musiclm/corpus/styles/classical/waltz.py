"""Waltz."""

from musiclm.corpus.craft.blocks import WALTZ, Drums, Layer, Melody, Style
from musiclm.corpus.craft.harmony_art import CLASSICAL
from musiclm.corpus.craft.rhythms import LYRICAL, LYRICAL_ENDS

STYLE = Style(
    name="waltz",
    tempo=(84.0, 188.0),
    metres={WALTZ: 1.0},
    modes={"major": 1.3, "minor": 1.0},
    harmony=CLASSICAL,
    melody=Melody(
        instruments=(
            "accordion",
            "violin",
            "clarinet",
            "string_ensemble",
            "acoustic_grand_piano",
            "flute",
            "oboe",
        ),
        cells=LYRICAL,
        cadences=LYRICAL_ENDS,
        low=64,
        high=86,
        leaps=0.25,
        ornament=0.1,
        chromatic=0.15,
    ),
    layers=(
        Layer(
            role="bass",
            instruments=("contrabass", "acoustic_bass", "tuba", "acoustic_grand_piano"),
            writer="bass",
            patterns={WALTZ: ("R-....", "R-....|5-....")},
            low=28,
            high=52,
            gain_db=1.0,
        ),
        Layer(
            role="chords",
            instruments=("acoustic_grand_piano", "accordion", "pizzicato_strings", "nylon_guitar"),
            writer="chords",
            patterns={WALTZ: ("..x.x.", "..X-x-", "..x.xx")},
            low=53,
            high=74,
            legato=0.6,
            pan=-0.2,
        ),
        Layer(
            role="counter",
            instruments=("cello", "french_horn", "viola", "bassoon"),
            writer="counter",
            low=48,
            high=68,
            chance=0.5,
            enter=0.4,
            pan=0.3,
        ),
        Layer(
            role="pad",
            instruments=("string_ensemble",),
            writer="pad",
            low=55,
            high=76,
            enter=0.6,
            chance=0.4,
            gain_db=-3.0,
        ),
    ),
    drums=(
        Drums(
            kits=("brush_kit", "orchestra_kit", "jazz_kit"),
            grooves={
                WALTZ: (
                    {"kick": "x.....", "snare": "..o.o.", "triangle": "....o."},
                    {"kick": "x.....", "pedal": "..x.x.", "ride!0.5": "x.oxo."},
                )
            },
            fills="none",
            chance=0.4,
            crash=False,
            gain_db=-3.0,
        ),
    ),
    phrase_bars=(8, 4),
    sections={"A": "waltz", "B": "second waltz", "C": "trio"},
    energy=0.55,
    tightness=0.3,
    ritard=0.22,
    reverb=(0.25, 0.45),
    brightness=(0.45, 0.6),
)
