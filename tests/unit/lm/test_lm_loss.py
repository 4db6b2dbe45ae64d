import math

import pytest
import torch

from lm_models import ACOUSTIC, codes, conditions, config, model
from musiclm.errors import ConfigError
from musiclm.lm.build import build_lm
from musiclm.lm.config import LMKind
from musiclm.lm.loss import (
    cross_entropy_per_level,
    linear_cross_entropy,
    soundstorm_masks,
    train_loss,
)
from musiclm.lm.masked_lm import MaskedLM


def _rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_linear_cross_entropy_equals_the_long_way(smoothing: float) -> None:
    hidden = torch.randn(7, 5, requires_grad=True)
    weight = torch.randn(11, 5, requires_grad=True)
    targets = torch.randint(11, (7,))
    ours = linear_cross_entropy(hidden, weight, targets, label_smoothing=smoothing)
    got = torch.autograd.grad(3 * ours, (hidden, weight))
    long = torch.nn.functional.cross_entropy(hidden @ weight.T, targets, label_smoothing=smoothing)
    expected = torch.autograd.grad(3 * long, (hidden, weight))
    torch.testing.assert_close(ours, long)
    torch.testing.assert_close(got, expected)


def test_uniform_logits_cost_the_log_of_the_codebook() -> None:
    target = codes(ACOUSTIC, 2, 5)
    losses = cross_entropy_per_level(torch.zeros(2, 3, 5, 10), target)
    assert set(losses) == {"loss", "loss/level_0", "loss/level_1", "loss/level_2"}
    for value in losses.values():
        assert float(value) == pytest.approx(math.log(10), abs=1e-5)


def test_weights_and_masks_decide_what_counts() -> None:
    target = codes(ACOUSTIC, 1, 4)
    logits = torch.randn(1, 3, 4, 10)
    mask = torch.zeros(1, 3, 4, dtype=torch.bool)
    mask[0, 0, :3] = True
    mask[0, 2, 0] = True
    losses = cross_entropy_per_level(logits, target, mask, level_weights=(1.0, 5.0, 3.0))
    assert set(losses) == {"loss", "loss/level_0", "loss/level_2"}
    # Three cells of weight 1 and one of weight 3: half and half.
    expected = (losses["loss/level_0"] + losses["loss/level_2"]) / 2
    torch.testing.assert_close(losses["loss"], expected)


@pytest.mark.parametrize("kind", ["prefix", "delay"])
def test_train_loss_is_the_cross_entropy_of_forward(kind: LMKind) -> None:
    lm = model(config(kind))
    given, target = conditions(lm.config, 2, 5), codes(ACOUSTIC, 2, 5)
    fast = train_loss(lm, given, target, _rng(), drop_probability=0.0)
    slow = cross_entropy_per_level(lm(given, target), target)
    assert fast.keys() == slow.keys()
    for key, value in slow.items():
        torch.testing.assert_close(fast[key], value)


def test_train_loss_of_a_masked_model_scores_hidden_cells_only() -> None:
    lm = model(config("masked"))
    assert isinstance(lm, MaskedLM)
    given, target = conditions(lm.config, 3, 6), codes(ACOUSTIC, 3, 6)
    fast = train_loss(lm, given, target, _rng(5), drop_probability=0.0)
    hide, scored = soundstorm_masks(target.shape, _rng(5))
    logits = lm(given, target.masked_fill(hide, lm.mask_id))
    slow = cross_entropy_per_level(logits, target, scored)
    torch.testing.assert_close(fast["loss"], slow["loss"])


@pytest.mark.parametrize("kind", ["prefix", "delay", "masked"])
def test_dropping_follows_the_generator(kind: LMKind) -> None:
    lm = model(config(kind))
    given, target = conditions(lm.config, 4, 4), codes(ACOUSTIC, 4, 4)

    def loss(seed: int, probability: float) -> float:
        losses = train_loss(lm, given, target, _rng(seed), drop_probability=probability)
        return float(losses["loss"].detach())

    assert loss(0, 0.5) == loss(0, 0.5)
    assert len({loss(seed, 0.5) for seed in range(6)}) > 1


@pytest.mark.parametrize("kind", ["prefix", "delay", "masked"])
def test_every_parameter_gets_a_gradient(kind: LMKind) -> None:
    lm = model(config(kind)).train()
    for batch in range(8):
        given = tuple(
            (tokens + batch) % stream.codebook_size
            for stream, tokens in zip(
                lm.config.conditions, conditions(lm.config, 4, 8), strict=True
            )
        )
        target = codes(ACOUSTIC, 4, 8, seed=batch)
        train_loss(lm, given, target, _rng(batch), drop_probability=0.5)["loss"].backward()
    for name, parameter in lm.named_parameters():
        assert parameter.grad is not None, name
        assert bool(parameter.grad.isfinite().all()), name
        assert bool(parameter.grad.any()), name


@pytest.mark.parametrize("kind", ["prefix", "delay", "masked"])
def test_one_batch_can_be_learned_by_heart(kind: LMKind) -> None:
    torch.manual_seed(0)
    lm = build_lm(config(kind))
    given, target = conditions(lm.config, 2, 6), codes(ACOUSTIC, 2, 6)
    optimizer = torch.optim.AdamW(lm.parameters(), lr=0.02)
    rng, history = _rng(), []
    # A masked model meets other masks every time, which takes longer to learn.
    for _ in range(60 if kind != "masked" else 120):
        loss = train_loss(lm, given, target, rng, drop_probability=0.0)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(float(loss.detach()))
    assert history[0] > 2.0  # ln 10 = 2.30
    assert sum(history[-10:]) / 10 < (0.6 if kind != "masked" else 1.2)


def test_soundstorm_masks_keep_their_rules() -> None:
    hide, scored = soundstorm_masks((200, 4, 20), _rng())
    assert bool((scored <= hide).all())
    levels = scored.any(dim=2)
    assert bool((levels.sum(dim=1) == 1).all())
    level = levels.int().argmax(dim=1)
    assert set(level.tolist()) == {0, 1, 2, 3}
    for item in range(200):
        q = int(level[item])
        assert not bool(hide[item, :q].any())
        if q < 3:
            # Finer levels are hidden from a boundary to the end, all of them alike.
            finer = hide[item, q + 1 :]
            assert bool((finer == finer[:1]).all())
            begin = int(finer[0].int().argmax())
            assert bool(finer[:, begin:].all())
            assert not bool(scored[item, q, :begin].any())
    share = float(scored.sum() / scored.shape[0] / 20)
    # Half of the frames come after the boundary, and E[cos u] = 2 / pi of those are hidden.
    assert share == pytest.approx(1 / math.pi, abs=0.07)


def test_impossible_settings_are_refused() -> None:
    lm = model(config("delay"))
    given, target = conditions(lm.config, 1, 3), codes(ACOUSTIC, 1, 3)
    with pytest.raises(ConfigError, match=r"drop_probability must be in \[0, 1\), got 1.0"):
        train_loss(lm, given, target, _rng(), drop_probability=1.0)
    with pytest.raises(ConfigError, match="level_weights has 2 entries for 3 levels"):
        train_loss(lm, given, target, _rng(), level_weights=(1.0, 1.0))
    nothing = torch.zeros(1, 3, 3, dtype=torch.bool)
    with pytest.raises(ConfigError, match="no cell counts"):
        cross_entropy_per_level(torch.zeros(1, 3, 3, 10), target, nothing)
