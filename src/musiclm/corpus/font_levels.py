"""How loud General MIDI sound fonts recorded each instrument, and what evens it out.

Measured on FluidR3 with the same phrase for every instrument, loudness weighted like the ear, so
that equal velocities mean equal loudness and a score's balance is the composer's. Kits also need
their cymbals corrected: closed hats come 20 dB below the snare.
"""

from dataclasses import dataclass

INSTRUMENT_DB: dict[str, float] = {
    "acoustic_grand_piano": 10.0,
    "electric_piano": 4.5,
    "harpsichord": -1.5,
    "celesta": 4.5,
    "glockenspiel": -0.5,
    "music_box": -1.0,
    "vibraphone": 9.0,
    "marimba": 7.5,
    "xylophone": 12,
    "drawbar_organ": 1.0,
    "rock_organ": -4.0,
    "church_organ": -4.0,
    "accordion": 4.5,
    "harmonica": 4.5,
    "nylon_guitar": -1.5,
    "steel_guitar": 0.0,
    "jazz_guitar": -1.5,
    "clean_guitar": -1.0,
    "overdriven_guitar": -3.5,
    "distortion_guitar": -7.0,
    "acoustic_bass": 1.5,
    "finger_bass": -1.0,
    "slap_bass": 3.0,
    "synth_bass": 11.5,
    "violin": 1.0,
    "viola": 2.0,
    "cello": 3.5,
    "contrabass": 8.0,
    "tremolo_strings": 1.5,
    "pizzicato_strings": 1.0,
    "harp": 3.0,
    "timpani": 12,
    "string_ensemble": -0.5,
    "synth_strings": 2.0,
    "choir_aahs": 2.0,
    "trumpet": -3.5,
    "trombone": -7.0,
    "tuba": -5.5,
    "french_horn": -5.0,
    "brass_section": -2.5,
    "synth_brass": 3.0,
    "soprano_sax": -3.5,
    "alto_sax": -3.0,
    "tenor_sax": -3.0,
    "oboe": -1.5,
    "english_horn": 1.0,
    "bassoon": 0.5,
    "clarinet": -4.5,
    "piccolo": 1.5,
    "flute": 0.5,
    "recorder": 2.5,
    "pan_flute": 0.0,
    "square_lead": 4.5,
    "saw_lead": 3.5,
    "new_age_pad": 14.0,
    "warm_pad": 6.0,
    "poly_pad": -3.5,
    "choir_pad": 2.0,
    "halo_pad": -2.5,
    "sweep_pad": -7.0,
    "sitar": -1.5,
    "banjo": 1.0,
    "koto": 2.0,
    "kalimba": 4.0,
}
"""Added to an instrument's channel."""


@dataclass(frozen=True, slots=True)
class KitLevels:
    """Corrections inside a kit, in dB on top of the kit's own."""

    whole: float
    hats: float
    rides: float


HAT_KEYS = (42, 44, 46)
RIDE_KEYS = (51, 53, 59)

KIT_DB: dict[str, KitLevels] = {
    "standard_kit": KitLevels(9.0, 10.0, 9.0),
    "power_kit": KitLevels(0.5, 14.0, 6.0),
    "electronic_kit": KitLevels(2.0, 13.0, 4.0),
    "tr808_kit": KitLevels(-3.5, -7.0, -9.0),
    "jazz_kit": KitLevels(3.0, 13.0, 9.0),
    "brush_kit": KitLevels(4.0, 9.0, 7.0),
    "orchestra_kit": KitLevels(7.0, 0.0, 0.0),
}
"""Kits by instrument key."""
