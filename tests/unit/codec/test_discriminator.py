import pytest
import torch

from musiclm.codec.discriminator import (
    Discriminator,
    DiscriminatorConfig,
    StftDiscriminator,
    WaveformDiscriminator,
)
from musiclm.errors import ConfigError

TINY = DiscriminatorConfig(
    waveform_scales=2,
    waveform_channels=4,
    waveform_max_channels=8,
    stft_windows=(64, 128),
    stft_channels=2,
    stft_stride=(1, 2),
    stft_multipliers=(1, 2),
)


@pytest.mark.parametrize("n_channels", [1, 2])
def test_every_critic_judges_over_time_and_shows_its_layers(n_channels: int) -> None:
    judgements = Discriminator(TINY, n_channels=n_channels)(torch.randn(3, n_channels, 2_048))
    assert len(judgements) == 4
    for judged in judgements:
        assert judged.logits.ndim == 2
        assert len(judged.logits) == 3
        assert judged.logits.shape[1] > 1
    assert [len(judged.features) for judged in judgements] == [6, 6, 3, 3]


def test_every_parameter_gets_a_gradient() -> None:
    critics = Discriminator(TINY, n_channels=2)
    sum(judged.logits.square().mean() for judged in critics(torch.randn(2, 2, 2_048))).backward()
    silent = [
        name
        for name, parameter in critics.named_parameters()
        if parameter.grad is None or not parameter.grad.abs().sum() > 0
    ]
    assert silent == []


def test_the_published_stft_critic_folds_time_by_8_and_frequency_by_64() -> None:
    critic = StftDiscriminator(
        1, window=1024, channels=2, stride=(1, 1), multipliers=(2, 4, 4, 8, 8, 8)
    )
    judged = critic(torch.randn(1, 1, 1024 + 256 * 63))  # 64 frames
    assert judged.features[-1].shape[-2:] == (8, 8)
    assert judged.logits.shape == (1, 8)


def test_the_published_waveform_critic_downsamples_by_256() -> None:
    critic = WaveformDiscriminator(1, channels=16, max_channels=1024)
    widths = [feature.shape[1] for feature in critic(torch.randn(1, 1, 1024)).features]
    assert widths == [16, 64, 256, 1024, 1024, 1024]
    assert critic(torch.randn(1, 1, 1024)).logits.shape == (1, 4)


def test_impossible_sizes_are_named() -> None:
    with pytest.raises(ValueError, match="needs a waveform scale or an STFT window"):
        DiscriminatorConfig(waveform_scales=0, stft_windows=())
    with pytest.raises(ConfigError, match="multiple of 4"):
        DiscriminatorConfig.from_mapping({"waveform_channels": 6})
    with pytest.raises(ConfigError, match="STFT window must be a multiple of 128 samples"):
        DiscriminatorConfig.from_mapping({"stft_windows": [64]})
