import pytest
import torch

from musiclm.errors import ConfigError, ShapeError
from musiclm.nn.quantizer import ResidualVectorQuantizer, VectorQuantizer, effective_codes


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def ready_quantizer(n_q: int = 3, *, decay: float = 0.9) -> ResidualVectorQuantizer:
    quantizer = ResidualVectorQuantizer(4, n_q, 16, decay=decay, dead_below=0.5)
    quantizer.init_from(torch.randn(400, 4, generator=rng()), rng(1))
    return quantizer


def latents(n_batch: int = 2, n_frames: int = 30, seed: int = 2) -> torch.Tensor:
    return torch.randn(n_batch, 4, n_frames, generator=rng(seed))


def test_every_level_lowers_the_error() -> None:
    quantizer, x = ready_quantizer().eval(), latents()
    codes = quantizer.encode(x)
    errors = [float((quantizer.decode(codes[:, :k]) - x).square().mean()) for k in (1, 2, 3)]
    assert errors[0] > errors[1] > errors[2]


def test_encode_of_fewer_levels_is_a_prefix() -> None:
    quantizer, x = ready_quantizer().eval(), latents()
    assert torch.equal(quantizer.encode(x, n_q=2), quantizer.encode(x)[:, :2])


def test_forward_in_evaluation_equals_encode_and_decode_and_changes_nothing() -> None:
    quantizer, x = ready_quantizer().eval(), latents()
    before = {name: tensor.clone() for name, tensor in quantizer.state_dict().items()}
    out = quantizer(x, rng())
    assert torch.equal(out.codes, quantizer.encode(x))
    assert torch.allclose(out.latents, quantizer.decode(out.codes), atol=1e-6)
    assert all(torch.equal(tensor, before[n]) for n, tensor in quantizer.state_dict().items())


def test_gradients_pass_straight_through() -> None:
    quantizer = ready_quantizer().eval()
    x = latents().requires_grad_()
    weights = torch.randn(2, 4, 30, generator=rng(5))
    (quantizer(x, rng()).latents * weights).sum().backward()
    assert x.grad is not None
    assert torch.allclose(x.grad, weights)


def test_commitment_pulls_latents_towards_their_codes() -> None:
    quantizer = ready_quantizer().eval()
    x = latents().requires_grad_()
    before = quantizer(x, rng()).commitment
    before.backward()
    assert x.grad is not None
    moved = (x - 20.0 * x.grad).detach()
    assert quantizer(moved, rng()).commitment < before


def test_levels_are_dropped_and_bypassed_per_item() -> None:
    quantizer, x = ready_quantizer().eval(), latents(n_batch=3)
    out = quantizer(x, rng(), n_levels=torch.tensor([0, 1, 3]))
    assert torch.allclose(out.latents[0], x[0], atol=1e-6)
    for item, n_levels in ((1, 1), (2, 3)):
        expected = quantizer.decode(out.codes[item : item + 1, :n_levels])[0]
        assert torch.allclose(out.latents[item], expected, atol=1e-6)


def test_training_moves_codebooks_towards_the_data() -> None:
    quantizer = ready_quantizer(decay=0.5)
    shifted = latents(8, 50) + 3.0
    before = float((quantizer.decode(quantizer.encode(shifted)) - shifted).square().mean())
    quantizer.train()
    for _ in range(8):
        quantizer(shifted, rng(3))
    after = float((quantizer.decode(quantizer.encode(shifted)) - shifted).square().mean())
    assert after < 0.3 * before


def test_dead_codes_are_revived_from_the_batch() -> None:
    level = VectorQuantizer(2, 8, decay=0.5, dead_below=0.5)
    level.codebook.fill_(100.0)  # Nothing is near them; one of equals takes all.
    vectors = torch.randn(64, 2, generator=rng())
    for _ in range(12):
        level.update(vectors, level.encode(vectors), rng(1))
    assert len(level.encode(vectors).unique()) == 8


def test_first_training_batch_starts_the_codebooks() -> None:
    quantizer = ResidualVectorQuantizer(4, 2, 8)
    assert not bool(quantizer.ready)
    quantizer(latents(), rng())
    assert bool(quantizer.ready)
    assert quantizer.level(0).codebook.abs().sum() > 0


def test_effective_codes_is_the_exponential_of_entropy() -> None:
    codes = torch.tensor([[[0, 1, 2, 3], [5, 5, 5, 5]]])
    assert effective_codes(codes, 8).tolist() == pytest.approx([4.0, 1.0])


def test_shapes_and_ranges_are_checked() -> None:
    quantizer = ready_quantizer().eval()
    with pytest.raises(ShapeError, match=r"latents \[B, 4, T\], got \(1, 5, 2\): features come"):
        quantizer.encode(torch.zeros(1, 5, 2))
    with pytest.raises(ShapeError, match=r"codes \[B, 1 to 3, T\], got \(1, 4, 2\)"):
        quantizer.decode(torch.zeros(1, 4, 2, dtype=torch.int64))
    with pytest.raises(ShapeError, match=r"must be in \[0, 16\), got 0 to 16: remove pad"):
        quantizer.decode(torch.tensor([[[0, 16]]]))
    with pytest.raises(ConfigError, match="n_q must be 1 to 3, got 4"):
        quantizer.encode(latents(), n_q=4)
    with pytest.raises(ShapeError, match=r"vectors \[N, 4\], got \(10, 3\)"):
        quantizer.init_from(torch.zeros(10, 3), rng())
    with pytest.raises(ConfigError, match=r"0 <= decay < 1"):
        ResidualVectorQuantizer(4, 2, 8, decay=1.0)


def test_perplexities_are_those_of_the_codes_of_training() -> None:
    quantizer = ResidualVectorQuantizer(4, 2, 8, decay=0.0, dead_below=0.0)
    rng = torch.Generator().manual_seed(0)
    latents = torch.randn(2, 4, 60, generator=rng)
    quantizer.init_from(latents.transpose(1, 2).flatten(0, 1), rng)
    quantized = quantizer.train()(latents, rng)
    wanted = effective_codes(quantized.codes, 8)
    assert torch.allclose(quantizer.perplexities(), wanted, atol=1e-4)
    assert bool((wanted > 3.0).all())
