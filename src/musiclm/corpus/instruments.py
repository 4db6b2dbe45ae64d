"""Every instrument the composer may write for: how it sounds and its range.

Key in, ``Instrument`` out. One table serves the composer (ranges, families), the renderer (General
MIDI program, own voice) and the captions, so that they can never disagree about what a part is.
It knows no notes and makes no sound; what instruments are called is the business of ``captions``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from musiclm.errors import ConfigError

DRUM_BANK = 128
"""Where sound fonts keep their drum kits."""

# key, General MIDI program, lowest and highest comfortable pitch, own voice.
_TABLE = """
# piano
acoustic_grand_piano    0  28 100 piano
electric_piano          4  33  93 epiano
harpsichord             6  33  89 pluck_bright
bright_piano            1  28 100 piano
honky_tonk_piano        3  33  96 piano
fm_electric_piano       5  33  96 fm_epiano
clavinet                7  36  89 clav
# mallet
celesta                 8  60 103 bell
glockenspiel            9  72 103 bell
music_box              10  60  96 bell
vibraphone             11  53  89 mallet
marimba                12  45  91 wood
xylophone              13  65 103 wood
timpani                47  38  57 timpani
kalimba               108  55  88 wood
tubular_bells          14  60  77 tube
steel_drums           114  52  88 steel_pan
fm_bell                98  55  98 fm_bell
bonang                 14  55  89 bonang
saron                   9  55  84 saron
gong                   14  28  60 gong
# organ
drawbar_organ          16  36  96 organ
rock_organ             18  36  96 organ
church_organ           19  36  96 pipe
percussive_organ       17  36  96 organ
reed_organ             20  41  89 free_reed
# reed
accordion              21  53  93 free_reed
harmonica              22  60  89 free_reed
soprano_sax            64  56  87 reed
alto_sax               65  49  80 reed
tenor_sax              66  44  75 reed
oboe                   68  58  91 reed
english_horn           69  52  81 reed
bassoon                70  34  72 reed
clarinet               71  50  91 hollow
bandoneon              23  45  89 free_reed
baritone_sax           67  36  69 reed
bagpipe               109  55  79 free_reed
shanai                111  55  84 reed
# guitar
nylon_guitar           24  40  83 pluck
steel_guitar           25  40  84 pluck_bright
jazz_guitar            26  40  84 pluck
clean_guitar           27  40  86 pluck_bright
overdriven_guitar      29  40  86 distorted
distortion_guitar      30  40  86 distorted
muted_guitar           28  40  86 pluck
# bass
acoustic_bass          32  28  60 bass_pluck
finger_bass            33  28  60 bass_pluck
slap_bass              36  28  62 bass_pluck
synth_bass             38  24  60 bass_synth
picked_bass            34  28  55 bass_pluck
fretless_bass          35  28  60 bass_pluck
deep_synth_bass        39  26  55 bass_synth
acid_bass              38  28  60 acid
sub_bass               39  24  50 sub
reese_bass             39  26  52 reese
wobble_bass            39  26  52 wobble
chip_triangle          80  28  76 chip_triangle
# strings
violin                 40  55  96 bowed
viola                  41  48  86 bowed
cello                  42  36  76 bowed
contrabass             43  28  62 bowed
tremolo_strings        44  36  91 ensemble
pizzicato_strings      45  36  91 pluck
string_ensemble        48  36  96 ensemble
synth_strings          50  36  96 ensemble
slow_strings           49  36  91 ensemble
fiddle                110  55  93 bowed
# plucked
harp                   46  31  96 harp
sitar                 104  48  77 sitar
banjo                 105  48  84 banjo
koto                  107  48  84 koto
dulcimer               15  50  86 koto
shamisen              106  50  82 banjo
oud                   105  43  79 oud
tanpura               104  36  72 tanpura
# choir
choir_aahs             52  43  81 voice
voice_oohs             53  48  79 voice
synth_voice            54  48  84 voice
# brass
trumpet                56  54  84 brass
trombone               57  40  72 brass
tuba                   58  28  58 brass
french_horn            60  41  77 brass_soft
brass_section          61  41  84 brass
synth_brass            62  36  84 brass
muted_trumpet          59  55  82 brass
# flute
piccolo                72  74 102 flute
flute                  73  60  96 flute
recorder               74  60  96 flute
pan_flute              75  60  96 flute
shakuhachi             77  55  86 flute
whistle                78  72  98 flute
ocarina                79  60  89 flute
# synth_lead
square_lead            80  36  96 square
saw_lead               81  36  96 saw
calliope_lead          82  48  96 square
charang_lead           84  40  91 saw
fifths_lead            86  40  91 saw
supersaw_lead          81  48  96 supersaw
pluck_synth            80  48  96 synth_pluck
chip_pulse             80  45  98 chip_pulse
# synth_pad
new_age_pad            88  36  96 pad_bright
warm_pad               89  36  96 pad
poly_pad               90  36  96 pad_bright
choir_pad              91  36  96 voice
halo_pad               94  36  96 pad_bright
sweep_pad              95  36  96 pad
bowed_pad              92  36  91 pad
metallic_pad           93  36  91 pad_bright
crystal                98  48  96 bell
atmosphere             99  36  91 pad
# drums
standard_kit            0  27  87 kit
power_kit              16  27  87 kit_power
electronic_kit         24  27  87 kit_electronic
tr808_kit              25  27  87 kit_808
jazz_kit               32  27  87 kit_soft
brush_kit              40  27  87 kit_brush
orchestra_kit          48  27  87 kit_power
hand_drums              0  27  87 kit_hand
tabla                   0  27  87 kit_tabla
"""

SYNTHESIZED = frozenset(
    "supersaw_lead pluck_synth acid_bass sub_bass reese_bass wobble_bass chip_pulse chip_triangle"
    " fm_bell oud tanpura bonang saron gong tabla".split()
)
"""Always played by our own synthesizers: General MIDI has nothing of the kind."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument or drum kit."""

    key: str  # snake case, what scores and facts name
    program: int  # General MIDI program 0..127; for kits the program inside the drum bank
    family: str  # piano, guitar, bass, strings, brass, reed, flute, organ, ... drums
    low: int  # lowest comfortable MIDI pitch
    high: int  # highest comfortable MIDI pitch
    own_voice: str  # which of our synthesizers plays it: ``audio.voices.VOICES`` or ``KITS``

    @property
    def is_drums(self) -> bool:
        """Whether pitches are General MIDI drum keys instead of notes."""
        return self.family == "drums"

    @property
    def bank(self) -> int:
        """The sound-font bank: 128 for kits, 0 for everything else."""
        return DRUM_BANK if self.is_drums else 0


def _read(table: str) -> Iterator[Instrument]:
    """Instruments line by line; a line with ``#`` names the family of those below it."""
    family = ""
    for line in table.strip().splitlines():
        if line.startswith("#"):
            family = line[1:].strip()
            continue
        key, program, low, high, own_voice = line.split()
        yield Instrument(key, int(program), family, int(low), int(high), own_voice)


INSTRUMENTS: dict[str, Instrument] = {instrument.key: instrument for instrument in _read(_TABLE)}
"""Every instrument by its key."""


def instrument_of(key: str) -> Instrument:
    """Look up an instrument.

    Raises:
        ConfigError: No instrument has this key.

    Example:
        >>> instrument_of("cello").family
        'strings'
    """
    try:
        return INSTRUMENTS[key]
    except KeyError:
        known = ", ".join(sorted(INSTRUMENTS))
        raise ConfigError(f"no instrument {key!r}: choose one of {known}") from None
