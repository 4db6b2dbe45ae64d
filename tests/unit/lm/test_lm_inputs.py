from typing import Any

import pytest
import torch

from lm_models import ACOUSTIC, CORE, MULAN, SEMANTIC, codes, conditions, config, model
from musiclm.config import replace
from musiclm.errors import ShapeError
from musiclm.lm.build import build_lm
from musiclm.lm.config import LMConfig, LMKind
from musiclm.lm.embed import LevelEmbedding, LevelHeads, UntimedEmbedding


def test_levels_are_summed_from_their_own_tables() -> None:
    embedding = LevelEmbedding(3, 10, 4)
    some = codes(ACOUSTIC, 2, 5)
    some[0, 1, 2] = ACOUSTIC.pad_id
    tables = embedding.table.weight.view(3, 11, 4)
    expected = sum(tables[level][some[:, level]] for level in range(3))
    torch.testing.assert_close(embedding(some), expected)
    flat = embedding.flat(some)
    torch.testing.assert_close(flat.view(2, 5, 3, 4).sum(dim=2), expected)
    torch.testing.assert_close(embedding.one(some[:, 2, 1], 2)[:, 0], tables[2][some[:, 2, 1]])


def test_heads_of_one_level_are_a_part_of_all() -> None:
    heads = LevelHeads(3, 10, 4)
    hidden = torch.randn(2, 4)
    whole = heads(hidden)
    assert whole.shape == (2, 3, 10)
    for level, weight in enumerate(heads.weights()):
        torch.testing.assert_close(heads.level(hidden, level), whole[:, level])
        torch.testing.assert_close(hidden @ weight.T, whole[:, level])


def test_the_null_replaces_dropped_items_only() -> None:
    embedding = UntimedEmbedding(MULAN, 4)
    tokens = codes(MULAN, 2, 0)
    dropped = embedding(tokens, torch.tensor([False, True]))
    torch.testing.assert_close(dropped[0], embedding(tokens, None)[0])
    torch.testing.assert_close(dropped[1], embedding.null)


@pytest.mark.parametrize("kind", ["prefix", "delay", "masked"])
def test_logits_are_aligned_with_codes(kind: LMKind) -> None:
    lm = model(config(kind))
    logits = lm(conditions(lm.config, 2, 5), codes(ACOUSTIC, 2, 5))
    assert logits.shape == (2, 3, 5, 10)


@pytest.mark.parametrize("kind", ["prefix", "delay", "masked"])
def test_wrong_tensors_are_named(kind: LMKind) -> None:
    lm = model(config(kind))
    mulan, semantic = conditions(lm.config, 2, 5)
    target = codes(ACOUSTIC, 2, 5)
    with pytest.raises(ShapeError, match=r"got 1 conditions but the model has 2 \(mulan, seman"):
        lm((mulan,), target)
    with pytest.raises(ShapeError, match=r'"mulan" is \[B, M\] with 3 levels, got shape \(2, 2\)'):
        lm((mulan[:, :2], semantic), target)
    with pytest.raises(ShapeError, match='"semantic" has 1 items but the target has 2'):
        lm((mulan, semantic[:1]), target)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target": MULAN}, 'target stream "mulan" needs a frame_rate above 0'),
        (
            {"kind": "masked", "transformer": CORE},
            "transformer.causal=True does not fit kind='masked'",
        ),
        ({"condition_lookahead": 1}, "condition_lookahead is for kind='delay' only"),
        (
            {"transformer": replace(CORE, cross_attention=True)},
            "cross_attention is for kind='delay' only",
        ),
        (
            {
                "kind": "delay",
                "conditions": (SEMANTIC,),
                "transformer": replace(CORE, cross_attention=True),
            },
            "cross_attention needs a condition without time axis",
        ),
    ],
)
def test_impossible_models_are_refused(changes: dict[str, Any], message: str) -> None:
    values = {"kind": "prefix"} | changes
    kind = values.pop("kind")
    # Built in Python, pydantic wraps our error; both are ValueErrors with our words.
    with pytest.raises(ValueError, match=message):
        config(kind, **values)


def test_configs_survive_json() -> None:
    before = config("delay")
    assert LMConfig.from_json(before.to_json()) == before


def test_same_seed_same_weights() -> None:
    torch.manual_seed(3)
    one = build_lm(config("delay")).state_dict()
    torch.manual_seed(3)
    two = build_lm(config("delay")).state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)
