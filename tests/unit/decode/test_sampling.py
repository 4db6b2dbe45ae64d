import pytest
import torch

from musiclm.decode.guidance import guide, guided_batch, guided_rows
from musiclm.decode.sampling import SamplingConfig, draw_uniforms, item_generators, sample
from musiclm.errors import GenerationError

PROBABILITIES = torch.tensor([0.5, 0.1, 0.3, 0.1])
LOGITS = PROBABILITIES.log()


def _shares(config: SamplingConfig) -> list[float]:
    """Exact shares: uniforms on a fine grid instead of random ones."""
    uniforms = (torch.arange(10_000) + 0.5) / 10_000
    drawn = sample(LOGITS.expand(10_000, 4), config, uniforms)
    return [round(float((drawn == code).float().mean()), 3) for code in range(4)]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (SamplingConfig(), [0.5, 0.1, 0.3, 0.1]),
        (SamplingConfig(top_k=2), [0.625, 0.0, 0.375, 0.0]),
        (SamplingConfig(top_p=0.5), [1.0, 0.0, 0.0, 0.0]),
        (SamplingConfig(top_p=0.6), [0.625, 0.0, 0.375, 0.0]),
        (SamplingConfig(top_k=9), [0.5, 0.1, 0.3, 0.1]),
        (SamplingConfig(greedy=True), [1.0, 0.0, 0.0, 0.0]),
        # Halving the temperature squares the odds: 25 : 1 : 9 : 1.
        (SamplingConfig(temperature=0.5), [0.694, 0.028, 0.25, 0.028]),
    ],
)
def test_shares_are_those_of_the_distribution(
    config: SamplingConfig, expected: list[float]
) -> None:
    assert _shares(config) == pytest.approx(expected, abs=0.002)


def test_extreme_uniforms_give_codes_with_mass() -> None:
    logits = torch.tensor([0.0, 0.0, -torch.inf, -torch.inf])
    for config in (SamplingConfig(), SamplingConfig(top_k=3), SamplingConfig(top_p=0.9)):
        assert int(sample(logits, config, torch.tensor(0.0))) in (0, 1)
        assert int(sample(logits, config, torch.tensor(1.0 - 1e-7))) in (0, 1)


def test_an_item_draws_the_same_in_any_batch() -> None:
    def uniforms(n_items: int) -> torch.Tensor:
        rngs = item_generators(torch.Generator().manual_seed(7), n_items)
        return draw_uniforms(rngs, (3, 2), torch.device("cpu"))

    assert torch.equal(uniforms(1)[0], uniforms(4)[0])
    assert not torch.equal(uniforms(4)[0], uniforms(4)[1])


def test_guidance_exaggerates_the_difference() -> None:
    with_conditions, without = torch.randn(2, 3), torch.randn(2, 3)
    both = torch.cat((with_conditions, without))
    torch.testing.assert_close(guide(both, 3.0), without + 3 * (with_conditions - without))
    torch.testing.assert_close(guide(both, 0.0), without)


def test_scale_one_adds_no_rows() -> None:
    conditions = (torch.zeros(2, 3, dtype=torch.int64),)
    rows, drop = guided_batch(conditions, 2, 1.0)
    assert rows is conditions
    assert drop is None
    assert guided_rows(conditions[0], 1.0) is conditions[0]
    assert guide(conditions[0].float(), 1.0).shape == (2, 3)
    rows, drop = guided_batch(conditions, 2, 2.0)
    assert rows[0].shape == (4, 3)
    assert drop is not None
    assert drop.tolist() == [False, False, True, True]


@pytest.mark.parametrize("scale", [-1.0, float("inf"), float("nan")])
def test_impossible_scales_are_refused(scale: float) -> None:
    with pytest.raises(GenerationError, match="guidance_scale must be >= 0 and finite"):
        guided_batch((), 1, scale)
