"""Ambient: chords that breathe for bars, a few far notes that come back, no drums."""

from musiclm.corpus.craft.blocks import COMMON, FIVE, SIX, Bar, Layer, Melody, Stretch, Style
from musiclm.corpus.craft.harmony import AMBIENT
from musiclm.corpus.craft.loops import Loop, looped
from musiclm.corpus.craft.patterns import Player


def _breath(player: Player, bar: Bar) -> None:
    """A pad whose voices enter one after the other and overlap into the next chord."""
    for span in bar.spans:
        voicing = player.voicing(span.chord)
        apart = 0.0 if bar.is_last else min(0.5, span.beats / 8)
        for rank, pitch in enumerate(voicing):
            late = apart * rank
            player.add(span.start + late, span.beats - late, pitch, 0.72 + 0.04 * rank, bar)


def _echoes(player: Player, bar: Bar) -> None:
    """A high chord tone now and then, answered twice by its own fainter echo."""
    rng = player.rng
    if bar.is_last or rng.random() < 0.35:
        return
    start = bar.start + rng.choice((0.0, 0.5, 1.0, 1.5)) * bar.beats / 4
    over = bar.chord_at(start)
    pitches = player.voicing(over)
    pitch = pitches[rng.randrange(len(pitches))]
    for echo, level in enumerate((0.9, 0.6, 0.4)):
        at = start + 0.75 * echo * bar.beats / 4
        if at < bar.start + bar.beats and pitch % 12 in bar.chord_at(at).pitch_classes:
            player.add(at, 0.7, pitch, level, bar)


STYLE = Style(
    name="ambient",
    tempo=(54.0, 84.0),
    metres={COMMON: 3.0, SIX: 1.0, FIVE: 0.5},
    modes={"lydian": 1.0, "major": 1.0, "minor": 1.0, "dorian": 0.6},
    harmony=AMBIENT,
    melody=Melody(
        instruments=("acoustic_grand_piano", "crystal", "fm_electric_piano", "vibraphone"),
        cells={COMMON: ("x-------",), SIX: ("x-----",), FIVE: ("x----",)},
        cadences={COMMON: ("x-------",), SIX: ("x-----",), FIVE: ("x----",)},
        scale="pentatonic",
        low=66,
        high=86,
        legato=1.1,
        gain_db=0.0,
        writer=looped(
            Loop(
                cells={
                    COMMON: (
                        "x-----x-",
                        "x---x---",
                        "..x-----",
                        "x-x-----",
                        "x--x--x-",
                        "....x-x-",
                    ),
                    SIX: ("x-----", "x--x--", "...x-x", "x-x---"),
                    FIVE: ("x-----x---", "..x---x---", "x---------", "x-x-------"),
                },
                bars=4,
                leaps=0.45,
                repeats=0.05,
                pentatonic=True,
                legato=1.15,
                thin={"intro": 0.7, "clearing": 0.8},
                lift={"clearing": 7},
                change=0.5,
            )
        ),
    ),
    layers=(
        Layer(
            role="pad",
            instruments=("new_age_pad", "warm_pad", "halo_pad"),
            writer=_breath,
            low=48,
            high=76,
            size=4,
            spread="open",
            legato=1.05,
            gain_db=3.0,
        ),
        Layer(
            role="pad",
            instruments=("slow_strings", "choir_pad", "synth_voice"),
            writer="pad",
            low=60,
            high=84,
            size=3,
            legato=1.0,
            chance=0.7,
            pan=0.3,
            gain_db=0.0,
            without=("intro",),
        ),
        Layer(
            role="bass",
            instruments=("warm_pad", "deep_synth_bass"),
            writer="bass",
            patterns={COMMON: ("R---", "R-5-"), SIX: ("R-",), FIVE: ("R----",)},
            low=33,
            high=50,
            legato=1.0,
            gain_db=-1.0,
        ),
        Layer(
            role="arpeggio",
            instruments=("harp", "kalimba", "fm_bell"),
            writer=_echoes,
            low=67,
            high=90,
            size=4,
            legato=1.5,
            chance=0.8,
            gain_db=4.0,
            pan=-0.4,
        ),
    ),
    energy=0.36,
    arcs={"arch": 2.0, "steady": 2.0, "fade": 1.0, "build": 1.0},
    tightness=0.4,
    ritard=0.15,
    reverb=(0.7, 0.95),
    brightness=(0.4, 0.6),
    plans=(
        "intro drift ending",
        "intro drift rise ending",
        "intro drift rise drift ending",
        "intro drift rise clearing drift rise ending",
    ),
    stretches={
        "intro": Stretch("A", 2, energy=-0.1, swell=0.08),
        "drift": Stretch("A", 8),
        "rise": Stretch("B", 8, energy=0.02, swell=0.14),
        "clearing": Stretch("C", 4, energy=-0.1),
        "ending": Stretch("", 2, energy=-0.08),
    },
    ending="fade",
    treatments={"natural": 3.0, "cathedral": 2.0, "roomy": 1.0, "lo-fi tape": 0.7},
    moods={"calm": 3.0, "dreamy": 3.0, "mysterious": 1.4, "energetic": 0.1, "playful": 0.3},
)
