"""Every instrument the composer may write for: how it sounds, its range, and its names.

Key in, ``Instrument`` out. One table serves the composer (ranges, families), the renderer (General
MIDI program, own voice, gain) and the captions (English and French names), so that the three can
never disagree about what a part is. It knows no notes and makes no sound.
"""

from dataclasses import dataclass

from musiclm.errors import ConfigError

DRUM_BANK = 128
"""Where sound fonts keep their drum kits."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument or drum kit."""

    key: str  # snake case, what scores and facts name
    program: int  # General MIDI program 0..127; for kits the program inside the drum bank
    family: str  # piano, guitar, bass, strings, brass, reed, flute, organ, ... drums
    low: int  # lowest comfortable MIDI pitch
    high: int  # highest comfortable MIDI pitch
    english: str  # as in "a melody on the ..."
    french: str  # the bare noun, with adjectives, without an article
    gender: str  # "m", "f", and with "p" for plurals ("fp"): chooses au, à la, aux, du, de la
    own_voice: str  # which of our own synthesizers plays it, a key of ``audio.synth.VOICES``

    @property
    def is_drums(self) -> bool:
        """Whether pitches are General MIDI drum keys instead of notes."""
        return self.family == "drums"

    @property
    def bank(self) -> int:
        """The sound-font bank: 128 for kits, 0 for everything else."""
        return DRUM_BANK if self.is_drums else 0


def _melodic() -> tuple[Instrument, ...]:
    """The pitched instruments, in the order of General MIDI."""
    i = Instrument
    return (
        i("acoustic_grand_piano", 0, "piano", 28, 100, "piano", "piano", "m", "piano"),
        i(
            "electric_piano",
            4,
            "piano",
            33,
            93,
            "electric piano",
            "piano électrique",
            "m",
            "epiano",
        ),
        i("harpsichord", 6, "piano", 33, 89, "harpsichord", "clavecin", "m", "pluck_bright"),
        i("celesta", 8, "mallet", 60, 103, "celesta", "célesta", "m", "bell"),
        i("glockenspiel", 9, "mallet", 72, 103, "glockenspiel", "glockenspiel", "m", "bell"),
        i("music_box", 10, "mallet", 60, 96, "music box", "boîte à musique", "f", "bell"),
        i("vibraphone", 11, "mallet", 53, 89, "vibraphone", "vibraphone", "m", "mallet"),
        i("marimba", 12, "mallet", 45, 91, "marimba", "marimba", "m", "wood"),
        i("xylophone", 13, "mallet", 65, 103, "xylophone", "xylophone", "m", "wood"),
        i("drawbar_organ", 16, "organ", 36, 96, "organ", "orgue Hammond", "m", "organ"),
        i("rock_organ", 18, "organ", 36, 96, "rock organ", "orgue rock", "m", "organ"),
        i("church_organ", 19, "organ", 36, 96, "church organ", "orgue d'église", "m", "pipe"),
        i("accordion", 21, "reed", 53, 93, "accordion", "accordéon", "m", "free_reed"),
        i("harmonica", 22, "reed", 60, 89, "harmonica", "harmonica", "m", "free_reed"),
        i("nylon_guitar", 24, "guitar", 40, 83, "nylon guitar", "guitare classique", "f", "pluck"),
        i(
            "steel_guitar",
            25,
            "guitar",
            40,
            84,
            "acoustic guitar",
            "guitare acoustique",
            "f",
            "pluck_bright",
        ),
        i("jazz_guitar", 26, "guitar", 40, 84, "jazz guitar", "guitare jazz", "f", "pluck"),
        i(
            "clean_guitar",
            27,
            "guitar",
            40,
            86,
            "clean electric guitar",
            "guitare électrique claire",
            "f",
            "pluck_bright",
        ),
        i(
            "overdriven_guitar",
            29,
            "guitar",
            40,
            86,
            "overdriven guitar",
            "guitare saturée",
            "f",
            "distorted",
        ),
        i(
            "distortion_guitar",
            30,
            "guitar",
            40,
            86,
            "distorted guitar",
            "guitare électrique saturée",
            "f",
            "distorted",
        ),
        i("acoustic_bass", 32, "bass", 28, 60, "double bass", "contrebasse", "f", "bass_pluck"),
        i(
            "finger_bass",
            33,
            "bass",
            28,
            60,
            "electric bass",
            "basse électrique",
            "f",
            "bass_pluck",
        ),
        i("slap_bass", 36, "bass", 28, 62, "slap bass", "basse slap", "f", "bass_pluck"),
        i("synth_bass", 38, "bass", 24, 60, "synth bass", "basse synthé", "f", "bass_synth"),
        i("violin", 40, "strings", 55, 96, "violin", "violon", "m", "bowed"),
        i("viola", 41, "strings", 48, 86, "viola", "alto", "m", "bowed"),
        i("cello", 42, "strings", 36, 76, "cello", "violoncelle", "m", "bowed"),
        i(
            "contrabass",
            43,
            "strings",
            28,
            62,
            "bowed double bass",
            "contrebasse à l'archet",
            "f",
            "bowed",
        ),
        i(
            "tremolo_strings",
            44,
            "strings",
            36,
            91,
            "tremolo strings",
            "cordes en trémolo",
            "fp",
            "ensemble",
        ),
        i(
            "pizzicato_strings",
            45,
            "strings",
            36,
            91,
            "pizzicato strings",
            "cordes pincées",
            "fp",
            "pluck",
        ),
        i("harp", 46, "plucked", 31, 96, "harp", "harpe", "f", "pluck"),
        i("timpani", 47, "mallet", 38, 57, "timpani", "timbales", "fp", "timpani"),
        i("string_ensemble", 48, "strings", 36, 96, "strings", "cordes", "fp", "ensemble"),
        i(
            "synth_strings",
            50,
            "strings",
            36,
            96,
            "synth strings",
            "cordes synthétiques",
            "fp",
            "ensemble",
        ),
        i("choir_aahs", 52, "choir", 43, 81, "choir", "chœur", "m", "voice"),
        i("trumpet", 56, "brass", 54, 84, "trumpet", "trompette", "f", "brass"),
        i("trombone", 57, "brass", 40, 72, "trombone", "trombone", "m", "brass"),
        i("tuba", 58, "brass", 28, 58, "tuba", "tuba", "m", "brass"),
        i("french_horn", 60, "brass", 41, 77, "french horn", "cor", "m", "brass_soft"),
        i(
            "brass_section",
            61,
            "brass",
            41,
            84,
            "brass section",
            "section de cuivres",
            "f",
            "brass",
        ),
        i("synth_brass", 62, "brass", 36, 84, "synth brass", "cuivres synthétiques", "mp", "brass"),
        i("soprano_sax", 64, "reed", 56, 87, "soprano saxophone", "saxophone soprano", "m", "reed"),
        i("alto_sax", 65, "reed", 49, 80, "alto saxophone", "saxophone alto", "m", "reed"),
        i("tenor_sax", 66, "reed", 44, 75, "tenor saxophone", "saxophone ténor", "m", "reed"),
        i("oboe", 68, "reed", 58, 91, "oboe", "hautbois", "m", "reed"),
        i("english_horn", 69, "reed", 52, 81, "english horn", "cor anglais", "m", "reed"),
        i("bassoon", 70, "reed", 34, 72, "bassoon", "basson", "m", "reed"),
        i("clarinet", 71, "reed", 50, 91, "clarinet", "clarinette", "f", "hollow"),
        i("piccolo", 72, "flute", 74, 102, "piccolo", "piccolo", "m", "flute"),
        i("flute", 73, "flute", 60, 96, "flute", "flûte", "f", "flute"),
        i("recorder", 74, "flute", 60, 96, "recorder", "flûte à bec", "f", "flute"),
        i("pan_flute", 75, "flute", 60, 96, "pan flute", "flûte de pan", "f", "flute"),
        i(
            "square_lead",
            80,
            "synth_lead",
            36,
            96,
            "square-wave synth",
            "synthé carré",
            "m",
            "square",
        ),
        i("saw_lead", 81, "synth_lead", 36, 96, "saw lead synth", "synthé lead", "m", "saw"),
        i(
            "new_age_pad",
            88,
            "synth_pad",
            36,
            96,
            "shimmering pad",
            "nappe cristalline",
            "f",
            "pad_bright",
        ),
        i("warm_pad", 89, "synth_pad", 36, 96, "warm synth pad", "nappe chaude", "f", "pad"),
        i("poly_pad", 90, "synth_pad", 36, 96, "synth pad", "nappe de synthé", "f", "pad_bright"),
        i("choir_pad", 91, "synth_pad", 36, 96, "choir pad", "nappe de chœur", "f", "voice"),
        i("halo_pad", 94, "synth_pad", 36, 96, "halo pad", "nappe aérienne", "f", "pad_bright"),
        i("sweep_pad", 95, "synth_pad", 36, 96, "sweeping pad", "nappe ondulante", "f", "pad"),
        i("sitar", 104, "plucked", 48, 77, "sitar", "sitar", "m", "pluck_bright"),
        i("banjo", 105, "plucked", 48, 84, "banjo", "banjo", "m", "pluck_bright"),
        i("koto", 107, "plucked", 48, 84, "koto", "koto", "m", "pluck_bright"),
        i("kalimba", 108, "mallet", 55, 88, "kalimba", "kalimba", "f", "wood"),
        i("bright_piano", 1, "piano", 28, 100, "bright piano", "piano brillant", "m", "piano"),
        i(
            "honky_tonk_piano",
            3,
            "piano",
            33,
            96,
            "honky-tonk piano",
            "piano bastringue",
            "m",
            "piano",
        ),
        i(
            "fm_electric_piano",
            5,
            "piano",
            33,
            96,
            "FM electric piano",
            "piano électrique FM",
            "m",
            "epiano",
        ),
        i("clavinet", 7, "piano", 36, 89, "clavinet", "clavinet", "m", "pluck_bright"),
        i(
            "tubular_bells",
            14,
            "mallet",
            60,
            77,
            "tubular bells",
            "cloches tubulaires",
            "fp",
            "bell",
        ),
        i("dulcimer", 15, "plucked", 50, 86, "hammered dulcimer", "tympanon", "m", "pluck_bright"),
        i(
            "percussive_organ",
            17,
            "organ",
            36,
            96,
            "percussive organ",
            "orgue percussif",
            "m",
            "organ",
        ),
        i("reed_organ", 20, "organ", 41, 89, "reed organ", "harmonium", "m", "free_reed"),
        i("bandoneon", 23, "reed", 45, 89, "bandoneon", "bandonéon", "m", "free_reed"),
        i("muted_guitar", 28, "guitar", 40, 86, "muted guitar", "guitare étouffée", "f", "pluck"),
        i("picked_bass", 34, "bass", 28, 55, "picked bass", "basse au médiator", "f", "bass_pluck"),
        i(
            "fretless_bass",
            35,
            "bass",
            28,
            60,
            "fretless bass",
            "basse fretless",
            "f",
            "bass_pluck",
        ),
        i(
            "deep_synth_bass",
            39,
            "bass",
            26,
            55,
            "deep synth bass",
            "basse synthé profonde",
            "f",
            "bass_synth",
        ),
        i("slow_strings", 49, "strings", 36, 91, "slow strings", "cordes lentes", "fp", "ensemble"),
        i("voice_oohs", 53, "choir", 48, 79, "soft voices", "voix douces", "fp", "voice"),
        i("synth_voice", 54, "choir", 48, 84, "synth voice", "voix de synthé", "f", "voice"),
        i("muted_trumpet", 59, "brass", 55, 82, "muted trumpet", "trompette bouchée", "f", "brass"),
        i("baritone_sax", 67, "reed", 36, 69, "baritone sax", "saxophone baryton", "m", "reed"),
        i("shakuhachi", 77, "flute", 55, 86, "shakuhachi", "shakuhachi", "m", "flute"),
        i("whistle", 78, "flute", 72, 98, "tin whistle", "flûte irlandaise", "f", "flute"),
        i("ocarina", 79, "flute", 60, 89, "ocarina", "ocarina", "m", "flute"),
        i(
            "calliope_lead",
            82,
            "synth_lead",
            48,
            96,
            "calliope synth",
            "synthé calliope",
            "m",
            "square",
        ),
        i(
            "charang_lead",
            84,
            "synth_lead",
            40,
            91,
            "edgy synth lead",
            "synthé mordant",
            "m",
            "saw",
        ),
        i(
            "fifths_lead",
            86,
            "synth_lead",
            40,
            91,
            "synth in fifths",
            "synthé en quintes",
            "m",
            "saw",
        ),
        i("bowed_pad", 92, "synth_pad", 36, 91, "bowed glass pad", "nappe de verre", "f", "pad"),
        i(
            "metallic_pad",
            93,
            "synth_pad",
            36,
            91,
            "metallic pad",
            "nappe métallique",
            "f",
            "pad_bright",
        ),
        i("crystal", 98, "synth_pad", 48, 96, "crystal synth", "synthé cristallin", "m", "bell"),
        i(
            "atmosphere",
            99,
            "synth_pad",
            36,
            91,
            "atmospheric synth",
            "synthé d'ambiance",
            "m",
            "pad",
        ),
        i("shamisen", 106, "plucked", 50, 82, "shamisen", "shamisen", "m", "pluck_bright"),
        i("bagpipe", 109, "reed", 55, 79, "bagpipe", "cornemuse", "f", "free_reed"),
        i("fiddle", 110, "strings", 55, 93, "fiddle", "violon folk", "m", "bowed"),
        i("shanai", 111, "reed", 55, 84, "shehnai", "shehnai", "m", "reed"),
        i("steel_drums", 114, "mallet", 52, 88, "steel drums", "steel drums", "mp", "mallet"),
        i("supersaw_lead", 81, "synth_lead", 48, 96, "supersaw lead", "lead supersaw", "m", "saw"),
        i("pluck_synth", 80, "synth_lead", 48, 96, "plucked synth", "synthé pincé", "m", "square"),
        i("acid_bass", 38, "bass", 28, 60, "acid bass", "basse acid", "f", "bass_synth"),
        i("sub_bass", 39, "bass", 24, 50, "sub bass", "sub basse", "f", "bass_synth"),
        i("reese_bass", 39, "bass", 26, 52, "Reese bass", "basse Reese", "f", "bass_synth"),
        i("wobble_bass", 39, "bass", 26, 52, "wobble bass", "basse wobble", "f", "bass_synth"),
        i(
            "chip_pulse",
            80,
            "synth_lead",
            45,
            98,
            "8-bit pulse wave",
            "onde carrée 8 bits",
            "f",
            "square",
        ),
        i(
            "chip_triangle",
            80,
            "bass",
            28,
            76,
            "8-bit triangle wave",
            "onde triangle 8 bits",
            "f",
            "square",
        ),
        i("fm_bell", 98, "mallet", 55, 98, "FM bells", "cloches FM", "fp", "bell"),
        i("oud", 105, "plucked", 43, 79, "oud", "oud", "m", "pluck"),
        i("tanpura", 104, "plucked", 36, 72, "tanpura", "tanpura", "m", "pluck"),
        i("bonang", 14, "mallet", 55, 89, "bonang gongs", "bonang", "m", "bell"),
        i("saron", 9, "mallet", 55, 84, "saron", "saron", "m", "bell"),
        i("gong", 14, "mallet", 28, 60, "great gong", "grand gong", "m", "bell"),
    )


def _kits() -> tuple[Instrument, ...]:
    """The drum kits; their programs are those of the Roland layout that sound fonts follow."""
    i = Instrument
    return (
        i("standard_kit", 0, "drums", 27, 87, "drums", "batterie", "f", "kit"),
        i("power_kit", 16, "drums", 27, 87, "heavy drums", "grosse batterie", "f", "kit_power"),
        i(
            "electronic_kit",
            24,
            "drums",
            27,
            87,
            "electronic drums",
            "batterie électronique",
            "f",
            "kit_electronic",
        ),
        i(
            "tr808_kit",
            25,
            "drums",
            27,
            87,
            "808 drum machine",
            "boîte à rythmes 808",
            "f",
            "kit_808",
        ),
        i("jazz_kit", 32, "drums", 27, 87, "jazz drums", "batterie jazz", "f", "kit_soft"),
        i(
            "brush_kit",
            40,
            "drums",
            27,
            87,
            "brushed drums",
            "batterie aux balais",
            "f",
            "kit_brush",
        ),
        i(
            "orchestra_kit",
            48,
            "drums",
            27,
            87,
            "orchestral percussion",
            "percussions d'orchestre",
            "fp",
            "kit_power",
        ),
        i("hand_drums", 0, "drums", 27, 87, "hand drums", "percussions à main", "fp", "kit_brush"),
        i("tabla", 0, "drums", 27, 87, "tabla", "tabla", "m", "kit_brush"),
    )


INSTRUMENTS: dict[str, Instrument] = {
    instrument.key: instrument for instrument in (*_melodic(), *_kits())
}
"""Every instrument by its key."""


def instrument_of(key: str) -> Instrument:
    """Look up an instrument.

    Raises:
        ConfigError: No instrument has this key.

    Example:
        >>> instrument_of("cello").french
        'violoncelle'
    """
    try:
        return INSTRUMENTS[key]
    except KeyError:
        known = ", ".join(sorted(INSTRUMENTS))
        raise ConfigError(f"no instrument {key!r}: choose one of {known}") from None
