"""FLOPs by formula against FLOPs that PyTorch counts while a real model learns."""

from typing import Any

import pytest
import torch
from tests.factories import ACOUSTIC as TINY_CODES
from tests.factories import MULAN as TINY_MULAN
from tests.lm_models import ACOUSTIC, codes, conditions, config, model
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from musiclm.config import replace
from musiclm.decode.stage import StageConfig
from musiclm.errors import ConfigError
from musiclm.lm.loss import train_loss
from musiclm.train.flops import cost_lines, matmul_parameters, measure_peak, training_cost

N_BATCH, N_FRAMES = 3, 50


def counted(kind: Any, **changes: Any) -> int:
    """FLOPs of one training step of a real model, counted operation by operation."""
    lm_config = config(kind, **changes)
    lm = model(lm_config).train()
    given = conditions(lm_config, N_BATCH, N_FRAMES)
    # In plain products: the counter does not know the CPU's fused attention.
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        losses = train_loss(
            lm, given, codes(ACOUSTIC, N_BATCH, N_FRAMES), torch.Generator().manual_seed(0)
        )
        losses["loss"].backward()  # type: ignore[no-untyped-call]
    return int(counter.get_total_flops())


@pytest.mark.parametrize("kind", ["prefix", "delay"])
def test_the_formula_is_what_a_step_does(kind: Any) -> None:
    lm_config = config(kind)
    cost = training_cost(
        lm_config, crop_seconds=N_FRAMES / 25, batch_size=N_BATCH, steps=1, seconds=1.0
    )
    # The model multiplies all positions with all; half of that is masked, and not useful work.
    core = lm_config.transformer
    masked = N_BATCH * 12 * core.depth * core.dim * cost.positions**2 / 2
    assert cost.flops_per_step + masked == pytest.approx(counted(kind), rel=1e-6)


def test_a_masked_model_is_scored_on_a_few_cells() -> None:
    cost = training_cost(
        config("masked"), crop_seconds=N_FRAMES / 25, batch_size=N_BATCH, steps=1, seconds=1.0
    )
    assert cost.positions == N_FRAMES
    # Which cells is drawn, and the depthwise convolution is counted in another way.
    assert cost.flops_per_step == pytest.approx(counted("masked"), rel=0.1)


def test_positions_are_those_that_the_models_see() -> None:
    # MuLan 3 and semantic 50 in front, BOS, three codes a frame but for the last code.
    lengths = {
        kind: training_cost(config(kind), crop_seconds=2.0, batch_size=1, steps=1, seconds=1.0)
        for kind in ("prefix", "delay")
    }
    assert lengths["prefix"].positions == 3 + 50 + 1 + 150 - 1
    assert lengths["delay"].positions == 3 + 50 + 2
    looked_at = replace(config("delay").transformer, cross_attention=True)
    beside = training_cost(
        config("delay", transformer=looked_at), crop_seconds=2.0, batch_size=1, steps=1, seconds=1.0
    )
    assert beside.positions == 52


def test_what_a_training_got_through() -> None:
    cost = training_cost(config("delay"), crop_seconds=2.0, batch_size=4, steps=100, seconds=50.0)
    assert cost.tokens == 100 * 4 * 50 * 3
    assert cost.music_seconds == 800.0
    assert cost.flops == 100 * cost.flops_per_step
    assert cost.flops_per_second == 2 * cost.flops_per_step
    assert cost.utilisation(8 * cost.flops_per_step) == 0.25
    core, heads = matmul_parameters(config("delay"))
    assert (cost.core_parameters, cost.head_parameters) == (core, heads)
    assert heads == 3 * 10 * 16
    # Two blocks: queries, keys, values, output, and three matrices of twice the width.
    assert core == 2 * (4 * 16 * 16 + 3 * 16 * 32)


@pytest.mark.parametrize("wrong", [{"batch_size": 0}, {"steps": -1}, {"seconds": -1.0}])
def test_impossible_trainings_are_explained(wrong: dict[str, Any]) -> None:
    given: dict[str, Any] = {"batch_size": 1, "steps": 1, "seconds": 1.0} | wrong
    with pytest.raises(ConfigError, match="a training has batch_size >= 1, steps >= 0 and"):
        training_cost(config("delay"), crop_seconds=2.0, **given)


def test_the_peak_is_measured_and_the_card_says_what_was_used() -> None:
    assert measure_peak(torch.device("cpu"), torch.float32, size=32, rounds=2) > 0
    stage = StageConfig(
        name="acoustic",
        kind="delay",
        conditions=(TINY_MULAN,),
        target=TINY_CODES,
        size="tiny",
        window_seconds=4.0,
        carry_seconds=2.0,
        crop_seconds=4.0,
    )
    per_step = training_cost(
        stage.lm, crop_seconds=4.0, batch_size=5, steps=1, seconds=0.0
    ).flops_per_step
    lines = cost_lines(
        stage, batch_size=5, steps=500, seconds=10.0, bfloat16=False, peak=100 * per_step
    )
    assert lines[0] == (
        "- 1 million codes, 2.78 hours of music counting repeats"  # 500 * 5 * 100 * 4 codes
    )
    assert f"{500 * per_step:.2e} FLOPs" in lines[1]
    assert "(107 positions a crop, 5 crops)" in lines[1]
    assert lines[2].startswith("- 50% of the ")
    assert "in float32 on " in lines[2]
    assert "1 CPU thread" in lines[2] or torch.cuda.is_available() or torch.get_num_threads() > 1
    measured = cost_lines(stage, batch_size=5, steps=500, seconds=10.0, bfloat16=True)
    assert "in bfloat16 on " in measured[2]
