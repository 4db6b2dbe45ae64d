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
    eye = torch.eye(6)
    loss = contrastive_loss(text, audio, scale=scale, over_clips=eye, over_texts=eye)
    torch.testing.assert_close(loss, expected)


def test_chance_is_the_logarithm_of_the_batch() -> None:
    same, eye = unit(1, 4).expand(8, 4), torch.eye(8)
    loss = contrastive_loss(same, same, scale=torch.tensor(9.0), over_clips=eye, over_texts=eye)
    assert loss.item() == pytest.approx(math.log(8), abs=1e-5)


def test_reaching_soft_targets_costs_nothing() -> None:
    # Two pairs of identical clips: each caption fits two of them.
    alike = torch.block_diag(torch.ones(2, 2), torch.ones(2, 2))
    over_clips, over_texts = soft_targets(1 - alike, sharpness=200.0, own=0.0)
    points = torch.tensor([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]])
    scale, eye = torch.tensor(50.0), torch.eye(4)
    loss = contrastive_loss(
        points, points, scale=scale, over_clips=over_clips, over_texts=over_texts
    )
    assert loss.item() == pytest.approx(0.0, abs=1e-5)
    hard = contrastive_loss(points, points, scale=scale, over_clips=eye, over_texts=eye)
    assert hard.item() == pytest.approx(math.log(2), abs=1e-5)


def test_texts_without_a_clip_take_part_in_both_directions() -> None:
    # Two clips, their captions, a name that fits both, and a twin that fits neither.
    mismatch = torch.tensor([[0.0, 1.0], [1.0, 0.0], [0.0, 0.0], [2.0, 2.0]])
    over_clips, over_texts = soft_targets(mismatch, sharpness=4.0)
    assert over_clips.shape == (4, 2)
    assert over_texts.shape == (2, 4)
    for rows in (over_clips, over_texts):
        torch.testing.assert_close(rows.sum(1), torch.ones(len(rows)))
    assert over_clips[2].tolist() == over_clips[3].tolist() == [0.5, 0.5]
    own, name, twin = over_texts[0, 0], over_texts[0, 2], over_texts[0, 3]
    # A clip's own caption fits a bit better than a name that fits as well.
    assert (own / name).item() == pytest.approx(math.exp(0.5), rel=1e-5)
    assert (name / twin).item() == pytest.approx(math.exp(8.0), rel=1e-4)
    scale = torch.tensor(3.0)
    text, audio = unit(4, 8), unit(2, 8)
    loss = contrastive_loss(text, audio, scale=scale, over_clips=over_clips, over_texts=over_texts)
    logits = scale * text @ audio.T
    by_hand = [
        functional.kl_div(found.log_softmax(-1), wanted, reduction="batchmean")
        for found, wanted in ((logits, over_clips), (logits.T, over_texts))
    ]
    torch.testing.assert_close(loss, sum(by_hand) / 2)


def test_a_little_wrong_costs_a_little() -> None:
    mismatch = torch.tensor([[0.0, 0.4, 1.2], [0.4, 0.0, 1.2], [1.2, 1.2, 0.0]])
    over_clips, _ = soft_targets(mismatch, sharpness=4.0)
    assert over_clips[0, 0] > over_clips[0, 1] > 10 * over_clips[0, 2] > 0
    sharper, _ = soft_targets(mismatch, sharpness=20.0)
    assert sharper[0, 0] > over_clips[0, 0]
    assert torch.equal(mismatch.diagonal(), torch.zeros(3))  # The caller's numbers stay.


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
