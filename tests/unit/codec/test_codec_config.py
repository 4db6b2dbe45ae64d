from fractions import Fraction

import pytest

from musiclm.codec.config import CodecConfig, SoundStreamConfig, SpectralConfig
from musiclm.errors import ConfigError


def test_the_default_is_three_kilobits_of_stereo() -> None:
    config = CodecConfig()
    assert config.hop_length == 960
    assert config.stream.frame_rate == Fraction(25)
    assert config.stream.bits_per_second == 3000.0
    assert config.stream.name == "acoustic"


def test_soundstream_of_musiclm_has_50_frames_a_second() -> None:
    config = CodecConfig(architecture="soundstream", n_channels=1, latent_dim=256)
    assert config.hop_length == 480
    assert config.stream.frame_rate == Fraction(50)
    assert config.stream.bits_per_second == 6000.0


def test_json_round_trip() -> None:
    config = CodecConfig(soundstream=SoundStreamConfig(strides=(2, 4, 5, 8)), n_q=3)
    assert CodecConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"spectral": {"n_fft": 960, "sub_hop": 250}}, "n_fft must be a multiple of sub_hop"),
        ({"spectral": {"n_fft": 240, "sub_hop": 240}}, "at least twice it"),
        ({"spectral": {"complex_bins": 482}}, "complex_bins at most n_fft / 2"),
        (
            {"n_channels": 3, "architecture": "spectral"},
            "mid_side is for one or two channels, got n_channels=3",
        ),
        ({"n_channels": 1}, r'"vocoder" codes stereo, got n_channels=1: double a mono signal'),
        ({"vocoder": {"noise_hop": 100, "noise_n_fft": 500}}, "noise_hop=100 must divide sub_hop"),
        ({"vocoder": {"n_fft": 1920, "sub_hop": 1920}}, "at least twice it"),
        ({"vocoder": {"tone_bins": 962}}, "962 bins were asked for, n_fft=1920 has 961"),
        ({"n_q": 0}, "n_q"),
    ],
)
def test_impossible_settings_are_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        CodecConfig.from_mapping(values)


def test_three_channels_are_possible_without_mid_side() -> None:
    assert (
        CodecConfig(
            architecture="spectral", n_channels=3, spectral=SpectralConfig(mid_side=False)
        ).n_channels
        == 3
    )
