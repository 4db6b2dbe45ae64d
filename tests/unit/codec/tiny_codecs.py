"""Tiny codecs of every architecture, with codebooks started from their own latents."""

from typing import Any

import torch

from musiclm.codec.config import CodecConfig, SoundStreamConfig, SpectralConfig, VocoderConfig
from musiclm.codec.model import Codec

SPECTRAL = SpectralConfig(
    n_fft=32,
    sub_hop=8,
    fold=4,
    complex_bins=6,
    n_mels=6,
    sub_dim=8,
    dim=12,
    kernel_size=3,
    encoder_blocks=1,
    decoder_blocks=2,
    decoder_sub_blocks=2,
)
VOCODER = VocoderConfig(
    n_fft=32,
    sub_hop=8,
    fold=4,
    noise_n_fft=16,
    noise_hop=4,
    tone_bins=14,
    linear_bins=8,
    turning_inputs=6,
    n_mels=6,
    noise_mels=4,
    sub_dim=8,
    noise_dim=6,
    dim=12,
    kernel_size=3,
    encoder_blocks=1,
    decoder_blocks=2,
)
SOUNDSTREAM = SoundStreamConfig(channels=2, strides=(2, 4), kernel_size=3)


def tiny_config(architecture: str, **changes: Any) -> CodecConfig:
    values: dict[str, Any] = {
        "architecture": architecture,
        "sample_rate": 800,
        "n_channels": 2,
        "latent_dim": 6,
        "n_q": 3,
        "codebook_size": 16,
        "dead_below": 0.1,
        "spectral": SPECTRAL,
        "vocoder": VOCODER,
        "soundstream": SOUNDSTREAM,
    }
    return CodecConfig(**(values | changes))


def noise(config: CodecConfig, n_frames: int, *, n_batch: int = 2, seed: int = 0) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    shape = (n_batch, config.n_channels, n_frames * config.hop_length)
    return 0.3 * torch.randn(shape, generator=rng)


def tiny_codec(architecture: str, **changes: Any) -> Codec:
    config = tiny_config(architecture, **changes)
    torch.manual_seed(0)
    codec = Codec(config).eval()
    with torch.no_grad():
        latents = codec.encoder(noise(config, 50, n_batch=4, seed=1))
    rows = latents.transpose(1, 2).flatten(0, 1)
    codec.quantizer.init_from(rows, torch.Generator().manual_seed(2))
    return codec
