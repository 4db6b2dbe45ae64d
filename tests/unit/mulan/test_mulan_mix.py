"""Prompts with weights: where a mixture lies on the sphere."""

import pytest
import torch

from factories import tiny_mulan
from musiclm.errors import ShapeError
from musiclm.mulan.model import Mulan


@pytest.fixture(scope="module")
def mulan() -> Mulan:
    return tiny_mulan()


def _agreement(mulan: Mulan, point: torch.Tensor, text: str) -> float:
    centred = mulan.embed_text([text])[0] - mulan.text_mean
    return float(torch.cosine_similarity(point - mulan.text_mean, centred, dim=0))


def test_one_prompt_of_any_weight_is_itself(mulan: Mulan) -> None:
    embedding = mulan.embed_text(["calm piano"])
    for weight in (0.5, 1.0, 7.0):
        assert torch.allclose(mulan.mix(embedding, [weight]), embedding[0], atol=1e-5)


def test_weights_pull_and_negative_weights_push(mulan: Mulan) -> None:
    both = mulan.embed_text(["calm piano", "loud drums"])
    alone = mulan.mix(both[:1], [1.0])
    towards = mulan.mix(both, [1.0, 0.5])
    away = mulan.mix(both, [1.0, -0.5])
    drums = [_agreement(mulan, point, "loud drums") for point in (towards, alone, away)]
    assert drums[0] > drums[1] > drums[2]
    # Only relations count.
    assert torch.allclose(towards, mulan.mix(both, [2.0, 1.0]), atol=1e-5)


def test_a_mixture_is_as_far_from_the_mean_as_what_is_wanted(mulan: Mulan) -> None:
    both = mulan.embed_text(["calm piano", "loud drums"])
    radius = (both - mulan.text_mean).norm(dim=-1)
    mixed = mulan.mix(both, [1.0, -0.9])
    assert torch.isclose((mixed - mulan.text_mean).norm(), radius[0], atol=1e-5)


@pytest.mark.parametrize("weights", [[1.0], [-1.0, 0.0], [0.0, 0.0]])
def test_weights_that_say_nothing_are_refused(mulan: Mulan, weights: list[float]) -> None:
    with pytest.raises(ShapeError, match="a weight for each of 2 prompts"):
        mulan.mix(mulan.embed_text(["calm piano", "loud drums"]), weights)
