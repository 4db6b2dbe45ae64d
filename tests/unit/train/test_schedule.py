"""The learning rate's shape, at its corners."""

import pytest
import torch
from torch import nn

from musiclm.errors import ConfigError
from musiclm.train.schedule import current_learning_rate, learning_rate, set_learning_rates


def test_the_shape() -> None:
    factor = [
        learning_rate(p, warmup=0.1, decay=0.5, final=0.2)
        for p in (0.0, 0.05, 0.1, 0.5, 0.75, 1.0, 1.3)
    ]
    assert factor == pytest.approx([0.01, 0.505, 1.0, 1.0, 0.6, 0.2, 0.2])
    assert learning_rate(0.0, warmup=0.0) == 1.0
    assert learning_rate(1.0, decay=0.0) == 1.0


@pytest.mark.parametrize("shares", [(-0.1, 0.4), (0.7, 0.4), (0.0, 1.1)])
def test_shares_must_fit(shares: tuple[float, float]) -> None:
    with pytest.raises(ConfigError, match="warmup and decay are shares of a run"):
        learning_rate(0.5, warmup=shares[0], decay=shares[1])


def test_progress_must_be_a_number() -> None:
    with pytest.raises(ConfigError, match="progress must be a number from 0 to 1, got nan"):
        learning_rate(float("nan"))


def test_rates_are_always_shares_of_the_first_rate() -> None:
    layer = nn.Linear(2, 2)
    groups = [{"params": [layer.weight], "lr": 0.4}, {"params": [layer.bias], "base_lr": 2.0}]
    optimizers = {"adamw": torch.optim.AdamW(groups, lr=9.0)}
    for _ in range(2):
        set_learning_rates(optimizers, 0.5)
        assert [group["lr"] for group in optimizers["adamw"].param_groups] == [0.2, 1.0]
    assert current_learning_rate(optimizers) == 0.2
    assert current_learning_rate({}) == 0.0
