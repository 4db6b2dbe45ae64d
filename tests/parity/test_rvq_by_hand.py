"""Residual vector quantization against the definition, written as plain loops."""

import torch

from musiclm.nn.quantizer import ResidualVectorQuantizer


def test_encode_and_decode_equal_brute_force() -> None:
    rng = torch.Generator().manual_seed(0)
    quantizer = ResidualVectorQuantizer(5, 4, 12).eval()
    quantizer.init_from(torch.randn(200, 5, generator=rng), rng)
    latents = torch.randn(2, 5, 9, generator=rng)

    codes = torch.zeros(2, 4, 9, dtype=torch.int64)
    decoded = torch.zeros(2, 5, 9)
    for item in range(2):
        for frame in range(9):
            rest = latents[item, :, frame].clone()
            for level in range(4):
                table = quantizer.level(level).codebook
                distances = [float((rest - entry).square().sum()) for entry in table]
                code = min(range(12), key=distances.__getitem__)
                codes[item, level, frame] = code
                decoded[item, :, frame] += table[code]
                rest -= table[code]

    assert torch.equal(quantizer.encode(latents), codes)
    assert torch.allclose(quantizer.decode(codes), decoded, atol=1e-5)


def test_moving_averages_equal_their_recurrence() -> None:
    rng = torch.Generator().manual_seed(1)
    quantizer = ResidualVectorQuantizer(3, 1, 4, decay=0.9, dead_below=0.0)
    quantizer.init_from(torch.randn(50, 3, generator=rng), rng)
    level = quantizer.level(0)
    counts, sums = level.counts.clone(), level.sums.clone()
    for seed in range(5):
        latents = torch.randn(1, 3, 20, generator=torch.Generator().manual_seed(seed))
        codes = quantizer.encode(latents)[0, 0]
        for entry in range(4):
            chosen = latents[0, :, codes == entry]
            counts[entry] = 0.9 * counts[entry] + 0.1 * chosen.shape[1]
            sums[entry] = 0.9 * sums[entry] + 0.1 * chosen.sum(dim=1)
        quantizer(latents, rng)
        assert torch.allclose(level.codebook, sums / counts[:, None], atol=1e-5)
