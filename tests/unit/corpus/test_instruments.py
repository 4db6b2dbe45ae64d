import pytest

from musiclm.audio.drum_synth import KITS
from musiclm.audio.machines import MACHINES
from musiclm.audio.voices import VOICES
from musiclm.corpus.instruments import DRUM_BANK, INSTRUMENTS, SYNTHESIZED, instrument_of
from musiclm.errors import ConfigError

FAMILIES = set(
    "piano guitar bass strings brass reed flute organ synth_lead synth_pad mallet choir plucked "
    "drums".split()
)


@pytest.mark.parametrize("key", INSTRUMENTS)
def test_every_instrument_can_be_written_for_and_played(key: str) -> None:
    instrument = INSTRUMENTS[key]
    assert instrument.key == key
    assert instrument.family in FAMILIES
    assert 0 <= instrument.program <= 127
    assert 0 <= instrument.low < instrument.high <= 127
    assert instrument.high - instrument.low >= 12, "a tune needs an octave"


@pytest.mark.parametrize("key", INSTRUMENTS)
def test_every_instrument_has_a_voice(key: str) -> None:
    instrument = INSTRUMENTS[key]
    assert instrument.own_voice in (KITS if instrument.is_drums else {*VOICES, *MACHINES})
    assert instrument.bank == (DRUM_BANK if instrument.is_drums else 0)


def test_no_two_instruments_share_a_preset() -> None:
    shared = SYNTHESIZED | {"hand_drums"}  # congas and bongos are keys of the standard kit
    presets = [(i.bank, i.program) for i in INSTRUMENTS.values() if i.key not in shared]
    assert len(set(presets)) == len(presets)


def test_an_unknown_instrument_is_refused_with_the_list() -> None:
    with pytest.raises(ConfigError, match=r"no instrument 'theremin': choose one of accordion, "):
        instrument_of("theremin")
