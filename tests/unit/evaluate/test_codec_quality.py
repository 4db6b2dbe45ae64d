import math

import pytest
import torch

from musiclm.codec.config import CodecConfig, SpectralConfig
from musiclm.codec.model import Codec
from musiclm.errors import ConfigError
from musiclm.evaluate.codec_quality import CodecQuality, measure_codec


def codec_of_noise() -> Codec:
    config = CodecConfig(
        sample_rate=8_000,
        latent_dim=6,
        n_q=3,
        codebook_size=16,
        spectral=SpectralConfig(
            n_fft=320,
            sub_hop=80,
            complex_bins=6,
            n_mels=6,
            sub_dim=8,
            dim=12,
            encoder_blocks=1,
            decoder_blocks=1,
            decoder_sub_blocks=1,
        ),
    )
    codec = Codec(config)
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        latents = codec.encoder(torch.randn(2, 2, 16_000, generator=rng))
    codec.quantizer.init_from(latents.transpose(1, 2).flatten(0, 1), rng)
    return codec


def measured() -> CodecQuality:
    clips = 0.1 * torch.randn(2, 2, 4_000, generator=torch.Generator().manual_seed(1))
    return measure_codec(codec_of_noise(), clips, levels=(1, 2, 12))


def test_levels_cost_and_codes_are_counted() -> None:
    found = measured()
    assert [row.levels for row in found.by_levels] == [1, 2, 3]
    assert [row.bits_per_second for row in found.by_levels] == pytest.approx([100.0, 200.0, 300.0])
    assert (found.n_clips, found.seconds) == (2, 1.0)
    assert len(found.effective_codes) == 3
    assert all(1.0 <= used <= 16.0 for used in found.effective_codes)
    assert all(math.isfinite(row.log_mel_distance) for row in found.by_levels)


def test_the_report_holds_every_number() -> None:
    found = measured()
    assert found.to_dict()["by_levels"][0]["levels"] == 1  # type: ignore[index]
    table = found.to_markdown().splitlines()
    assert len(table) == 2 + 3
    assert table[2].startswith("| 1 | 0.10 |")


def test_nothing_to_measure_is_refused() -> None:
    with pytest.raises(ConfigError, match="expected clips and levels >= 1, got 0 clips"):
        measure_codec(codec_of_noise(), torch.zeros(0, 2, 100))
