"""No model sees its own future, and each sees all that it may see."""

import pytest
import torch

from lm_models import ACOUSTIC, MULAN, SLOW, codes, conditions, config, model
from musiclm.config import replace
from musiclm.decode.stage import StageConfig
from musiclm.lm.config import LMConfig, LMKind
from musiclm.lm.loss import TokenLM

N_FRAMES = 6


def _changed_cells(lm: TokenLM, level: int, frame: int) -> set[tuple[int, int]]:
    """Which logits move when one target code does."""
    given = conditions(lm.config, 1, N_FRAMES)
    before = codes(lm.config.target, 1, N_FRAMES)
    after = before.clone()
    after[0, level, frame] = (after[0, level, frame] + 1) % lm.config.target.codebook_size
    with torch.no_grad():
        moved = (lm(given, before) - lm(given, after)).abs().amax(dim=-1)[0] > 1e-6
    return {(k, t) for k, t in moved.nonzero().tolist()}


def _cells() -> list[tuple[int, int]]:
    return [(k, t) for k in range(ACOUSTIC.n_q) for t in range(N_FRAMES)]


def _prefix_step(level: int, frame: int) -> int:
    return frame * ACOUSTIC.n_q + level


def _delay_step(level: int, frame: int) -> int:
    return frame + level


@pytest.mark.parametrize("core", ["rotary", "t5", "sinusoidal", "none"])
@pytest.mark.parametrize("kind", ["prefix", "delay"])
def test_a_code_moves_exactly_the_logits_of_later_steps(kind: LMKind, core: str) -> None:
    base = config(kind)
    lm = model(replace(base, transformer=replace(base.transformer, positions=core)))
    step = _prefix_step if kind == "prefix" else _delay_step
    for level, frame in ((0, 0), (1, 2), (2, 3), (0, 5)):
        later = {cell for cell in _cells() if step(*cell) > step(level, frame)}
        assert _changed_cells(lm, level, frame) == later, (level, frame)


def test_cross_attention_is_causal_too() -> None:
    base = config("delay")
    lm = model(replace(base, transformer=replace(base.transformer, cross_attention=True)))
    later = {cell for cell in _cells() if _delay_step(*cell) > _delay_step(1, 2)}
    assert _changed_cells(lm, 1, 2) == later


def test_a_masked_model_sees_both_sides() -> None:
    lm = model(config("masked"))
    moved = _changed_cells(lm, 1, 3)
    # The convolution and attention reach every frame, before and after.
    assert moved == set(_cells())


@pytest.mark.parametrize("lookahead", [0, 2])
def test_a_timed_condition_is_heard_from_its_frame_less_the_lookahead(lookahead: int) -> None:
    lm = model(config("delay", condition_lookahead=lookahead))
    mulan, semantic = conditions(lm.config, 1, N_FRAMES)
    other = semantic.clone()
    other[0, 0, 4] = (other[0, 0, 4] + 1) % 12
    target = codes(ACOUSTIC, 1, N_FRAMES)
    with torch.no_grad():
        moved = (lm((mulan, semantic), target) - lm((mulan, other), target)).abs().amax(-1)[0]
    first = {level: (moved[level] > 1e-6).nonzero()[0].item() for level in range(ACOUSTIC.n_q)}
    # Level k of frame t is decided in step t + k.
    assert first == {level: max(4 - lookahead - level, 0) for level in range(ACOUSTIC.n_q)}


@pytest.mark.parametrize("kind", ["prefix", "delay", "masked"])
def test_every_condition_is_heard(kind: LMKind) -> None:
    lm = model(config(kind, conditions=(MULAN, SLOW)))
    given = conditions(lm.config, 1, N_FRAMES)
    target = codes(ACOUSTIC, 1, N_FRAMES)
    with torch.no_grad():
        before = lm(given, target)
        for index in range(2):
            other = list(given)
            other[index] = (given[index] + 1) % lm.config.conditions[index].codebook_size
            assert not torch.allclose(lm(tuple(other), target), before, atol=1e-3)


@pytest.mark.parametrize("kind", ["prefix", "delay", "masked"])
def test_dropped_items_do_not_hear_untimed_conditions_and_others_do(kind: LMKind) -> None:
    lm = model(config(kind))
    mulan, semantic = conditions(lm.config, 2, N_FRAMES)
    target = codes(ACOUSTIC, 2, N_FRAMES)
    drop = torch.tensor([True, False])
    with torch.no_grad():
        one = lm((mulan, semantic), target, drop=drop)
        two = lm(((mulan + 1) % 8, semantic), target, drop=drop)
        full = lm((mulan, semantic), target)
    torch.testing.assert_close(one[0], two[0])
    assert not torch.allclose(one[1], two[1], atol=1e-3)
    torch.testing.assert_close(one[1], full[1])
    assert not torch.allclose(one[0], full[0], atol=1e-3)


def test_stage_configs_keep_causality() -> None:
    """A stage's language model is causal unless it is masked, whatever its size."""
    for kind in ("prefix", "delay", "masked"):
        stage = StageConfig(
            name="stage",
            kind=kind,
            conditions=(MULAN,),
            target=ACOUSTIC,
            size="tiny",
            window_seconds=2.0,
            carry_seconds=1.0,
            crop_seconds=1.0,
        )
        assert isinstance(stage.lm, LMConfig)
        assert stage.lm.transformer.causal == (kind != "masked")
