"""What music it is and who plays, as numbers, frame by frame: style and families of instruments.

The joint embedding of a sentence keeps its mood and loses its oboe. So styles and instruments that
are named reach the stages as they are, in a stream beside the timeline: one level says the style,
one level a family says whether it sounds and which of its instruments is most prominent. Code 0
says nothing. The lists below give the codes: what is new goes to the end, or models mishear.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from musiclm.errors import ConfigError
from musiclm.tokens.stream import TokenStream

STYLES: tuple[str, ...] = tuple(
    style.strip()
    for style in """
    baroque, horror, impressionism, lullaby, march, minimalism, music box, orchestral film,
    romantic piano, string quartet, suspense, waltz, ambient, chiptune, drone, drum and bass,
    dubstep, house, synthwave, techno, trance, disco, funk, gospel, hip hop, lofi hip hop, r&b,
    reggae, ska, soul, trap, bebop, boogie, bossa nova, cool jazz, slow blues, swing jazz,
    bluegrass, country, folk, indie rock, metal, piano ballad, pop ballad, punk, rock, afrobeat,
    celtic, cumbia, flamenco, gamelan, japanese, klezmer, maqam, raga, salsa, samba, tango
    """.split(",")
)
"""In the order of their codes."""

FAMILIES: Mapping[str, tuple[str, ...]] = {
    family: tuple(names.split())
    for family, names in {
        "piano": "acoustic_grand_piano electric_piano harpsichord bright_piano honky_tonk_piano"
        " fm_electric_piano clavinet",
        "mallet": "celesta glockenspiel music_box vibraphone marimba xylophone timpani kalimba"
        " tubular_bells steel_drums fm_bell bonang saron gong",
        "organ": "drawbar_organ rock_organ church_organ percussive_organ reed_organ",
        "reed": "accordion harmonica soprano_sax alto_sax tenor_sax oboe english_horn bassoon"
        " clarinet bandoneon baritone_sax bagpipe shanai",
        "guitar": "nylon_guitar steel_guitar jazz_guitar clean_guitar overdriven_guitar"
        " distortion_guitar muted_guitar",
        "bass": "acoustic_bass finger_bass slap_bass synth_bass picked_bass fretless_bass"
        " deep_synth_bass acid_bass sub_bass reese_bass wobble_bass chip_triangle",
        "strings": "violin viola cello contrabass tremolo_strings pizzicato_strings"
        " string_ensemble synth_strings slow_strings fiddle",
        "plucked": "harp sitar banjo koto dulcimer shamisen oud tanpura",
        "choir": "choir_aahs voice_oohs synth_voice",
        "brass": "trumpet trombone tuba french_horn brass_section synth_brass muted_trumpet",
        "flute": "piccolo flute recorder pan_flute shakuhachi whistle ocarina",
        "synth_lead": "square_lead saw_lead calliope_lead charang_lead fifths_lead"
        " supersaw_lead pluck_synth chip_pulse",
        "synth_pad": "new_age_pad warm_pad poly_pad choir_pad halo_pad sweep_pad bowed_pad"
        " metallic_pad crystal atmosphere",
        "drums": "standard_kit power_kit electronic_kit tr808_kit jazz_kit brush_kit"
        " orchestra_kit hand_drums tabla",
    }.items()
}
"""Families of instruments and what belongs to each, in the order of their codes."""

LEVELS = ("style", *FAMILIES)
"""What each level of the stream says."""
ENSEMBLE_STREAM = TokenStream(
    name="ensemble", codebook_size=64, n_q=len(LEVELS), frame_rate=Fraction(25)
)
"""Levels in the order of ``LEVELS``."""
SILENT, SOUNDS = 1, 2
"""Codes of a family: it rests, or some instrument of it sounds; higher ones say which."""

_FAMILY_OF = {name: family for family, names in FAMILIES.items() for name in names}


def steady(streams: Iterable[TokenStream]) -> tuple[str, ...]:
    """Names of those streams that a lookahead has nothing to tell of."""
    return tuple(stream.name for stream in streams if stream.name == ENSEMBLE_STREAM.name)


def level_of(name: str) -> int:
    """Place of a level in the stream.

    Example:
        >>> level_of("style"), level_of("piano")
        (0, 1)
    """
    return LEVELS.index(name)


def style_code(style: str) -> int:
    """Code of a style; 0 for one that has none.

    Example:
        >>> style_code("tango"), style_code("yodelling")
        (58, 0)
    """
    return 1 + STYLES.index(style) if style in STYLES else 0


def family_of(instrument: str) -> str:
    """The family of an instrument, or of a family.

    Raises:
        ConfigError: It has no code.

    Example:
        >>> family_of("oboe"), family_of("guitar")
        ('reed', 'guitar')
    """
    if instrument in FAMILIES:
        return instrument
    if instrument not in _FAMILY_OF:
        raise ConfigError(f"no instrument {instrument!r} among those of prompt/ensemble.py")
    return _FAMILY_OF[instrument]


def instrument_code(instrument: str) -> int:
    """Code of an instrument in the level of its family; that of a family says only that it sounds.

    Raises:
        ConfigError: It has no code.

    Example:
        >>> instrument_code("electric_piano"), instrument_code("piano")
        (4, 2)
    """
    family = family_of(instrument)
    return SOUNDS if instrument == family else SOUNDS + 1 + FAMILIES[family].index(instrument)


def ensemble_codes(
    *, style: str | None = None, playing: Iterable[str] = (), resting: Iterable[str] = ()
) -> Int[Tensor, " K"]:
    """What is told of a moment.

    Args:
        style: One of ``STYLES``, or nothing.
        playing: Instruments, or families; of several of one family the first counts, and an
            instrument says more than its family.
        resting: Families that do not sound; one that plays wins.

    Raises:
        ConfigError: An instrument that has no code.

    Example:
        >>> codes = ensemble_codes(style="waltz", playing=["strings", "cello"], resting=["organ"])
        >>> [int(codes[level_of(name)]) for name in ("style", "strings", "organ", "choir")]
        [12, 5, 1, 0]
    """
    codes = torch.zeros(len(LEVELS), dtype=torch.int64)
    codes[0] = style_code(style) if style else 0
    for family in resting:
        codes[level_of(family)] = SILENT
    for name in playing:
        level = level_of(family_of(name))
        if int(codes[level]) <= SOUNDS:
            codes[level] = instrument_code(name)
    return codes


def said_of(codes: Int[Tensor, " K"]) -> dict[str, Any]:
    """What codes say, in words, for records; the inverse of ``ensemble_codes``.

    Example:
        >>> said_of(ensemble_codes(style="waltz", playing=["cello", "piano"], resting=["organ"]))
        {'style': 'waltz', 'playing': ['piano', 'cello'], 'resting': ['organ']}
    """
    style = int(codes[0])
    playing, resting = [], []
    for family, names in FAMILIES.items():
        code = int(codes[level_of(family)])
        if code == SILENT:
            resting.append(family)
        elif code >= SOUNDS:
            playing.append(family if code == SOUNDS else names[code - SOUNDS - 1])
    said = {"style": STYLES[style - 1] if style else None, "playing": playing, "resting": resting}
    return {name: value for name, value in said.items() if value}
