"""Step by step with a cache gives the numbers of one teacher-forced pass."""

import pytest
import torch

from lm_models import ACOUSTIC, MULAN, SLOW, codes, conditions, config, model
from musiclm.config import replace
from musiclm.lm.config import LMConfig
from musiclm.lm.delay_lm import DelayLM
from musiclm.lm.prefix_lm import PrefixLM

N_FRAMES = 7


def _configs() -> dict[str, LMConfig]:
    prefix, delay = config("prefix"), config("delay")
    grouped = replace(prefix.transformer, n_kv_heads=1, positions="t5")
    across = replace(delay.transformer, cross_attention=True, positions="sinusoidal")
    return {
        "prefix": prefix,
        "prefix, grouped heads, t5": replace(prefix, transformer=grouped),
        "prefix, slow condition": config("prefix", conditions=(SLOW,)),
        "delay": delay,
        "delay, cross-attention": replace(delay, transformer=across),
        "delay, slow condition": config("delay", conditions=(MULAN, SLOW)),
        "delay, no condition": config("delay", conditions=()),
    }


@pytest.mark.parametrize("name", list(_configs()))
@pytest.mark.parametrize("n_known", [0, 4])
def test_steps_equal_the_whole(name: str, n_known: int) -> None:
    lm = model(_configs()[name])
    assert isinstance(lm, PrefixLM | DelayLM)
    n_frames = N_FRAMES + 1 if "slow" in name else N_FRAMES
    given = conditions(lm.config, 2, n_frames)
    target = codes(ACOUSTIC, 2, n_frames)
    drop = torch.tensor([False, True]) if any(not s.timed for s in lm.config.conditions) else None
    with torch.no_grad():
        whole = lm(given, target, drop=drop)
        steps = lm.steps_from_codes(target)
        cache = lm.new_cache(2, n_frames)
        logits, state = lm.prefill(
            given, steps[..., :n_known], n_frames=n_frames, cache=cache, drop=drop
        )
        by_step = [logits]
        by_step += [lm.step(cells, state) for cells in steps[..., n_known:-1].unbind(-1)]
    # The cache was allocated to the last position, no more and no less.
    assert cache.length == cache.max_length
    for offset, logits in enumerate(by_step):
        for cell in range(logits.shape[1]):
            level, frame = _cell(lm, n_known + offset, cell)
            if 0 <= frame < n_frames:
                torch.testing.assert_close(
                    logits[:, cell], whole[:, level, frame], atol=1e-5, rtol=1e-5
                )


def _cell(lm: PrefixLM | DelayLM, step: int, cell: int) -> tuple[int, int]:
    """Level and frame that a cell of a step predicts."""
    if isinstance(lm, PrefixLM):
        return step % ACOUSTIC.n_q, step // ACOUSTIC.n_q
    return cell, step - cell


@pytest.mark.parametrize("kind", ["prefix", "delay"])
def test_steps_and_codes_are_inverse_and_whole_frames_are_counted(kind: str) -> None:
    lm = model(_configs()[kind])
    assert isinstance(lm, PrefixLM | DelayLM)
    target = codes(ACOUSTIC, 2, N_FRAMES)
    steps = lm.steps_from_codes(target)
    assert torch.equal(lm.codes_from_steps(steps), target)
    assert lm.n_complete_frames(steps.shape[-1]) == N_FRAMES
    for n_steps in range(steps.shape[-1]):
        n_frames = lm.n_complete_frames(n_steps)
        if n_frames and n_frames != lm.n_complete_frames(n_steps - 1):
            part = lm.codes_from_steps(steps[..., :n_steps])
            assert torch.equal(part, target[..., :n_frames])
