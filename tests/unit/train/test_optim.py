"""Optimizers cover each parameter once, bad gradients do nothing, averages are averages."""

import pytest
import torch
from torch import nn

from musiclm.errors import ConfigError
from musiclm.train.optim import Ema, apply_gradients, make_optimizers


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.level_embeddings = nn.ModuleList([nn.Embedding(5, 8)])
        self.hidden = nn.Linear(8, 8)
        self.conv = nn.Conv1d(8, 8, 3)
        self.norm = nn.LayerNorm(8)
        self.heads = nn.ModuleList([nn.Linear(8, 5)])
        self.null_condition = nn.Parameter(torch.zeros(1, 8))
        self.frozen = nn.Linear(8, 8).requires_grad_(False)


def names_in(optimizer: torch.optim.Optimizer, model: nn.Module) -> set[str]:
    names = {id(p): name for name, p in model.named_parameters()}
    return {names[id(p)] for group in optimizer.param_groups for p in group["params"]}


def test_muon_gets_hidden_matrices_only_and_everything_is_covered_once() -> None:
    model = Model()
    optimizers = make_optimizers(model, learning_rate=0.1, weight_decay=0.2, kind="muon")
    assert names_in(optimizers["muon"], model) == {"hidden.weight"}
    covered = [p for o in optimizers.values() for g in o.param_groups for p in g["params"]]
    trainable = [p for p in model.parameters() if p.requires_grad]
    assert len(covered) == len({id(p) for p in covered}) == len(trainable)

    decayed, plain = optimizers["adamw"].param_groups
    assert (decayed["weight_decay"], plain["weight_decay"]) == (0.2, 0.0)
    assert {id(p) for p in decayed["params"]} == {id(model.conv.weight)}
    assert all(g["base_lr"] == 0.1 for o in optimizers.values() for g in o.param_groups)
    assert set(make_optimizers(model, learning_rate=0.1)) == {"adamw"}

    slow = make_optimizers(model, learning_rate=0.1, table_learning_rate=0.01)["adamw"]
    assert [group["base_lr"] for group in slow.param_groups] == [0.1, 0.01]
    assert [group["lr"] for group in slow.param_groups] == [0.1, 0.01]


def test_wrong_settings_are_explained() -> None:
    with pytest.raises(ConfigError, match="no trainable parameter"):
        make_optimizers(nn.Linear(2, 2).requires_grad_(False), learning_rate=0.1)
    with pytest.raises(ConfigError, match=r"ema decay must be in \[0, 1\), got 1.0"):
        Ema(nn.Linear(2, 2), 1.0)


@pytest.mark.parametrize("kind", ["adamw", "muon"])
def test_both_kinds_descend(kind: str) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 16, bias=False), nn.Tanh(), nn.Linear(16, 8, bias=False))
    optimizers = make_optimizers(model, learning_rate=0.01, kind=kind)  # type: ignore[arg-type]
    inputs = torch.randn(64, 8)
    losses = []
    for _ in range(60):
        loss = (model(inputs) - inputs.roll(1, 1)).square().mean()
        apply_gradients(loss, list(model.parameters()), optimizers)
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]


def test_gradients_are_clipped_and_cleared() -> None:
    weight = nn.Parameter(torch.tensor([3.0, 4.0]))
    optimizers = {"sgd": torch.optim.SGD([weight], lr=1.0)}
    done = apply_gradients((weight * weight).sum() / 2, [weight], optimizers, max_norm=1.0)
    assert float(done["gradient_norm"]) == pytest.approx(5.0)
    assert float(done["skipped"]) == 0
    assert torch.allclose(weight, torch.tensor([2.4, 3.2]), atol=1e-5)
    assert weight.grad is None


@pytest.mark.parametrize("where", ["loss", "gradient"])
def test_numbers_that_are_not_finite_change_nothing(where: str) -> None:
    weight = nn.Parameter(torch.zeros(2))
    optimizers = {"sgd": torch.optim.SGD([weight], lr=1.0)}
    # The square root of zero is finite, its gradient is not.
    loss = weight.sum() / 0 if where == "loss" else weight.abs().sqrt().sum()
    done = apply_gradients(loss, [weight], optimizers)
    assert float(done["skipped"]) == 1
    assert torch.equal(weight, torch.zeros(2))
    assert weight.grad is None


def test_the_average_follows_and_swaps_in_and_out() -> None:
    model = nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        model.weight.fill_(0.0)
    ema = Ema(model, decay=0.9)
    with torch.no_grad():
        model.weight.fill_(1.0)
    ema.update()  # The first updates average over little: 2 of 11 parts are old.
    assert torch.allclose(ema.shadow["weight"], torch.tensor(1 - 2 / 11))
    for _ in range(200):
        ema.update()
    assert torch.allclose(ema.shadow["weight"], torch.tensor(1.0), atol=1e-4)

    with torch.no_grad():
        model.weight.fill_(5.0)
    with ema.swapped():
        assert torch.allclose(model.weight, torch.tensor(1.0), atol=1e-4)
    assert torch.equal(model.weight, torch.full((1, 2), 5.0))
    other = nn.Linear(2, 1, bias=False)
    ema.copy_to(other)
    assert torch.equal(other.weight, ema.shadow["weight"])
