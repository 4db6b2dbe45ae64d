import pytest
import torch
from torch import nn

from musiclm.errors import ConfigError, ShapeError
from musiclm.nn.factorized import FactorizedQuantizer


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def latents(n_batch: int = 2, n_frames: int = 30, seed: int = 2) -> torch.Tensor:
    # Few of the features carry most of the power, as in a codec.
    scale = torch.linspace(1.0, 0.1, 12)[None, :, None]
    return torch.randn(n_batch, 12, n_frames, generator=rng(seed)) * scale + 0.5


@torch.no_grad()
def error(quantizer: FactorizedQuantizer, x: torch.Tensor) -> float:
    return float((quantizer.decode(quantizer.encode(x)) - x).square().mean())


def ready_quantizer(n_q: int = 4) -> FactorizedQuantizer:
    torch.manual_seed(0)
    quantizer = FactorizedQuantizer(12, n_q, 32, code_dim=4)
    quantizer.init_from(latents(20).transpose(1, 2).reshape(-1, 12), rng(1))
    return quantizer


def test_started_from_data_every_level_lowers_the_error() -> None:
    quantizer, x = ready_quantizer(), latents()
    codes = quantizer.encode(x)
    with torch.no_grad():
        decoded = [quantizer.decode(codes[:, :k]) for k in (1, 2, 3, 4)]
    powers = [float((some - x).square().mean()) for some in decoded]
    assert powers == sorted(powers, reverse=True)
    assert powers[0] < 0.7 * float(x.var())
    assert powers[3] < 0.3 * float(x.var())


def test_encode_of_fewer_levels_is_a_prefix() -> None:
    quantizer, x = ready_quantizer(), latents()
    assert torch.equal(quantizer.encode(x, n_q=2), quantizer.encode(x)[:, :2])


def test_forward_equals_encode_and_decode() -> None:
    quantizer, x = ready_quantizer(), latents()
    out = quantizer(x, rng())
    assert out.codes.shape == (2, 4, 30)
    assert 0 <= int(out.codes.min()) <= int(out.codes.max()) < 32
    assert torch.equal(out.codes, quantizer.encode(x))
    assert torch.allclose(out.latents, quantizer.decode(out.codes), atol=1e-5)
    left = (quantizer.decode(out.codes) - x).square().mean() / x.square().mean()
    assert torch.allclose(out.residual[-1], left, atol=1e-5)


def test_lookup_asks_for_direction_only() -> None:
    quantizer = ready_quantizer(1)
    level = quantizer.level(0)
    projected = torch.randn(50, 4, generator=rng(3))
    assert torch.equal(level.choose(projected), level.choose(7.0 * projected))


def test_every_parameter_and_the_input_get_gradients() -> None:
    quantizer = ready_quantizer()
    x = latents(20).requires_grad_()
    out = quantizer(x, rng())
    (out.latents.square().mean() + out.commitment).backward()
    for name, parameter in [*quantizer.named_parameters(), ("x", x)]:
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().sum() > 0, name


def test_gradients_pass_straight_to_the_encoder() -> None:
    quantizer, x = ready_quantizer(), latents().requires_grad_()
    weights = torch.randn(2, 12, 30, generator=rng(5))
    (gradient,) = torch.autograd.grad((quantizer(x, rng()).latents * weights).sum(), x)
    assert torch.allclose(gradient, weights)


def test_each_loss_pulls_its_own_side() -> None:
    quantizer, x = ready_quantizer(1), latents(20).requires_grad_()
    codebook = quantizer.level(0).codebook
    pulls = []
    for weight in (1.0, 4.0):
        quantizer.codebook_weight = weight
        loss = quantizer(x, rng()).commitment
        pulls.append(torch.autograd.grad(loss, (x, codebook)))
    assert torch.allclose(pulls[0][0], pulls[1][0])
    assert torch.allclose(4.0 * pulls[0][1], pulls[1][1])


def test_training_follows_the_data_and_stays_there() -> None:
    quantizer = ready_quantizer()  # Four levels of 4 features for 12: enough to cancel each other.
    optimizer = torch.optim.AdamW(quantizer.parameters(), lr=1e-2, weight_decay=0.0)
    before = error(quantizer, latents(8) * 2.0 + 1.0)
    for number in range(150):
        shifted = latents(8, seed=number) * 2.0 + 1.0
        out = quantizer(shifted, rng())
        ((out.latents - shifted).square().mean() + 0.25 * out.commitment).backward()
        optimizer.step()
        optimizer.zero_grad()
    assert error(quantizer, latents(8) * 2.0 + 1.0) < 0.5 * before


def test_levels_are_dropped_and_bypassed_per_item() -> None:
    quantizer, x = ready_quantizer(3), latents(n_batch=3)
    out = quantizer(x, rng(), n_levels=torch.tensor([0, 1, 3]))
    assert torch.equal(out.latents[0], x[0])
    for item, n_levels in ((1, 1), (2, 3)):
        expected = quantizer.decode(out.codes[item : item + 1, :n_levels])[0]
        assert torch.allclose(out.latents[item], expected, atol=1e-5)


def test_first_training_batch_starts_the_levels() -> None:
    quantizer = FactorizedQuantizer(12, 2, 8)
    assert not bool(quantizer.ready)
    quantizer(latents(), rng())
    assert bool(quantizer.ready)


def test_a_space_wider_than_the_latents_is_allowed() -> None:
    quantizer = FactorizedQuantizer(3, 2, 16, code_dim=8)
    x = torch.randn(4, 3, 40, generator=rng())
    assert quantizer(x, rng()).residual[-1] < 0.5


def test_codebooks_are_tables_to_the_optimizers() -> None:
    from musiclm.train.optim import make_optimizers

    quantizer = ready_quantizer()
    muon = make_optimizers(quantizer, learning_rate=1e-3, kind="muon")["muon"]
    held = {id(parameter) for parameter in muon.param_groups[0]["params"]}
    assert id(quantizer.level(0).codebook) not in held
    down = quantizer.level(0).down
    assert isinstance(down, nn.Linear)
    assert id(down.weight) in held


def test_shapes_and_ranges_are_checked() -> None:
    quantizer = ready_quantizer(3)
    with pytest.raises(ShapeError, match=r"latents \[B, 12, T\], got \(1, 5, 2\): features come"):
        quantizer.encode(torch.zeros(1, 5, 2))
    with pytest.raises(ShapeError, match=r"codes \[B, 1 to 3, T\], got \(1, 4, 2\)"):
        quantizer.decode(torch.zeros(1, 4, 2, dtype=torch.int64))
    with pytest.raises(ShapeError, match=r"must be in \[0, 32\), got 0 to 32: remove pad"):
        quantizer.decode(torch.tensor([[[0, 32]]]))
    with pytest.raises(ConfigError, match="n_q must be 1 to 3, got 4"):
        quantizer.encode(latents(), n_q=4)
    with pytest.raises(ShapeError, match=r"vectors \[N, 12\], got \(10, 3\)"):
        quantizer.init_from(torch.zeros(10, 3), rng())
    with pytest.raises(ConfigError, match="codebook_weight > 0, got"):
        FactorizedQuantizer(12, 2, 8, codebook_weight=0.0)
