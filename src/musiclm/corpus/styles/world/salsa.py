"""Salsa: clave, montuno, tumbao, coro and answer, a mambo of brass."""

from musiclm.corpus.craft.blocks import COMMON, Drums, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import Bank
from musiclm.corpus.styles.world import _clave
from musiclm.corpus.styles.world._ornaments import mordent, scoop
from musiclm.corpus.styles.world._tune import Idiom, tune

_HARMONY: Bank = {
    "major": {
        "A": (
            "I | IV | V7 | I | I | IV | V7 | I",
            "I6 | I6 | ii7 | V7 | I6 | VI7 | ii7 V7 | I6",
            "I | I7 | IV | iv6 | I6 | V7 | I6 | I6",
        ),
        "B": ("I | IV | V7 | I", "I | IV | I | V7", "I6 | ii7 V7 | I6 | V7"),
        "C": ("I | I | IV | V7", "bVIImaj7 | IV | I | I", "IV | I | V7 | I"),
        "end": ("V7 I6",),
        "final": ("I6", "I"),
    },
    "minor": {
        "A": (
            "i | iv | V7 | i | i | iv | V7 | i",
            "i | bVII7 | bVImaj7 | V7 | i | iv | V7 | i",
            "i7 | iv7 | bVII7 | bIIImaj7 | bVImaj7 | iim7b5 | V7 | i",
        ),
        "B": ("i | iv | V7 | i", "i | i | V7 | i", "i | iv | i | V7"),
        "C": ("i7 | IV7 | i7 | IV7", "iv | i | V7 | i", "i | i | bVI7 V7 | i"),
        "end": ("V7 i",),
        "final": ("i6", "i"),
    },
}
_CELLS = {
    COMMON: (
        "x-x-x-xx",
        "x--x--x-",
        ".xx-x-x-",
        "..x-x-xx",
        "x-xxx-x-",
        "x--xx---",
        "..xxx-x-",
        "xxx-x--x",
        ".x-x-x--",
        "x-x--xx-",
        "..x--x--",
    )
}
_ENDS = {COMMON: ("x--x----", "x-x-x---", ".xx-x---", "x--x--x-")}

STYLE = Style(
    name="salsa",
    tempo=(160.0, 200.0),
    metres={COMMON: 1.0},
    modes={"minor": 1.6, "major": 1.0},
    harmony=_HARMONY,
    melody=Melody(
        instruments=("trumpet", "trombone", "flute"),
        cells=_CELLS,
        cadences=_ENDS,
        low=58,
        high=80,
        writer=tune(
            Idiom(
                cells=_CELLS,
                ends=_ENDS,
                leaps=0.22,
                variation=0.2,
                ornaments={scoop: 0.12, mordent: 0.06},
                calls=("montuno",),
                legato=0.82,
                lift=(1, 2, 3),
            )
        ),
        gain_db=1.5,
    ),
    layers=(
        Layer(
            role="chords",
            instruments=("acoustic_grand_piano", "bright_piano"),
            writer=_clave.montuno,
            low=55,
            high=84,
            size=4,
            pan=-0.3,
            gain_db=3.5,
        ),
        Layer(
            role="bass",
            instruments=("acoustic_bass", "fretless_bass"),
            writer=_clave.tumbao,
            low=31,
            high=55,
            gain_db=1.5,
        ),
        Layer(
            role="counter",
            instruments=("brass_section",),
            writer=_clave.mambo,
            low=55,
            high=80,
            size=3,
            only=("intro", "mambo", "ending"),
            pan=0.3,
            gain_db=1.0,
        ),
        Layer(
            role="counter",
            instruments=("voice_oohs", "trombone"),
            writer=_clave.coro,
            low=55,
            high=74,
            size=2,
            only=("montuno",),
            pan=0.15,
            gain_db=2.0,
        ),
    ),
    drums=(Drums(kits=("hand_drums",), grooves={}, writer=_clave.congas_and_clave, gain_db=0.0),),
    percussion=(
        Drums(
            kits=("standard_kit",),
            grooves={},
            writer=_clave.timbales,
            role="percussion",
            gain_db=-4.0,
        ),
    ),
    plans=(
        "intro verse verse montuno mambo montuno ending",
        "intro verse montuno mambo montuno mambo montuno ending",
        "intro verse montuno mambo verse montuno mambo+2 montuno ending",
    ),
    stretches={
        "intro": Stretch("B", 4, tune=False),
        "verse": Stretch("A", 8, energy=-0.08),
        "montuno": Stretch("B", 8, energy=0.06),
        "mambo": Stretch("C", 4, energy=0.16),
        "ending": Stretch("", 2, energy=0.1),
    },
    energy=0.72,
    tightness=0.5,
    ritard=0.0,
    ending="cold",
    reverb=(0.14, 0.26),
    brightness=(0.55, 0.7),
    treatments={"natural": 3.0, "bright": 1.4, "roomy": 0.8, "lo-fi tape": 0.3},
    moods={"happy": 2.0, "energetic": 2.0, "romantic": 1.3, "calm": 0.2},
)
