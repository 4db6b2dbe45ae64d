import math

import pytest
import torch
from torch.nn import functional

from musiclm.mulan.loss import (
    LARGEST_SCALE,
    START_SCALE,
    Temperature,
    contrastive_loss,
    recall_at,
    soft_targets,
)


def unit(*shape: int) -> torch.Tensor:
    return functional.normalize(torch.randn(*shape), dim=-1)


def test_hard_targets_give_the_symmetric_cross_entropy() -> None:
    torch.manual_seed(0)
    text, audio, scale = unit(6, 4), unit(6, 4), torch.tensor(5.0)
    logits, own = scale * text @ audio.T, torch.arange(6)
    expected = 0.5 * (
        functional.cross_entropy(logits, own) + functional.cross_entropy(logits.T, own)
    )
    loss = contrastive_loss(text, audio, scale=scale, targets=torch.eye(6))
    torch.testing.assert_close(loss, expected)


def test_chance_is_the_logarithm_of_the_batch() -> None:
    same = unit(1, 4).expand(8, 4)
    loss = contrastive_loss(same, same, scale=torch.tensor(9.0), targets=torch.eye(8))
    assert loss.item() == pytest.approx(math.log(8), abs=1e-5)


def test_reaching_soft_targets_costs_nothing() -> None:
    # Two pairs of identical clips: each caption fits two of them.
    similarity = torch.block_diag(torch.ones(2, 2), torch.ones(2, 2))
    targets = soft_targets(similarity, sharpness=200.0, own=0.0)
    points = torch.tensor([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]])
    loss = contrastive_loss(points, points, scale=torch.tensor(50.0), targets=targets)
    assert loss.item() == pytest.approx(0.0, abs=1e-5)
    hard = contrastive_loss(points, points, scale=torch.tensor(50.0), targets=torch.eye(4))
    assert hard.item() == pytest.approx(math.log(2), abs=1e-5)


def test_the_temperature_starts_at_the_usual_value_and_stays_in_bounds() -> None:
    temperature = Temperature()
    assert temperature().item() == pytest.approx(START_SCALE, rel=1e-5)
    with torch.no_grad():
        temperature.log_scale.fill_(50.0)
    assert temperature().item() == pytest.approx(LARGEST_SCALE, rel=1e-5)


def test_recall_counts_own_answers() -> None:
    queries = torch.eye(3)
    answers = queries[[1, 0, 2]]
    assert recall_at(queries, answers, 1) == pytest.approx(1 / 3)
    assert recall_at(queries, answers, 3) == 1.0
