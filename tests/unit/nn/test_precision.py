import weakref
from copy import deepcopy

import pytest
import torch
from torch import nn

from musiclm.errors import ConfigError
from musiclm.lm.embed import LevelHeads
from musiclm.nn import linear, precision
from musiclm.nn.int4 import Int4Linear, int4_kernel_available
from musiclm.nn.linear import Int8Linear, int8_kernel_available
from musiclm.nn.precision import (
    PRECISIONS,
    Precision,
    best_precision,
    convert,
    packed_formats,
    packed_linear,
    precision_of,
)
from musiclm.nn.transformer import Transformer, TransformerConfig

AVAILABLE = [each for each in PRECISIONS if best_precision(each)[0] == each]
needs_kernels = pytest.mark.skipif(
    not (int8_kernel_available() and int4_kernel_available()), reason="this build lacks a kernel"
)


class _Model(nn.Module):
    """A core, heads and a layer of each kind that stays floating."""

    def __init__(self) -> None:
        super().__init__()
        self.core = Transformer(
            TransformerConfig(dim=64, depth=3, n_heads=2, ff_mult=2.0, max_positions=32)
        )
        self.heads = LevelHeads(2, 16, 64)
        self.biased = nn.Linear(64, 64)
        self.narrow = nn.Linear(16, 64, bias=False)
        self.odd = nn.Linear(64, 40, bias=False)
        for parameter in self.core.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = self.core(self.biased(x.to(self.biased.weight.dtype)))
        return torch.cat((self.heads(hidden[:, -1]).flatten(1), self.odd(hidden[:, -1])), dim=1)


@pytest.mark.parametrize("chosen", AVAILABLE)
@torch.no_grad()
def test_converted_models_compute_nearly_the_same(chosen: Precision) -> None:
    model = _Model().eval()
    x = torch.randn(2, 5, 64)
    exact = model(x)
    copy = deepcopy(model)
    convert(copy, chosen)
    limit = {"float32": 0.0, "bfloat16": 0.02, "int8": 0.04, "int4": 0.2}[chosen]
    for each in (copy, deepcopy(copy)):
        found = each(x).float()
        assert float((found - exact).norm() / exact.norm()) <= limit
    assert next(copy.parameters()).dtype == (
        torch.float32 if chosen == "float32" else torch.bfloat16
    )
    assert model.biased.weight.dtype == torch.float32
    assert (precision_of(model), precision_of(copy)) == ("float32", chosen)


@needs_kernels
def test_every_matrix_has_the_format_that_it_can_have() -> None:
    with torch.device("meta"):
        model = _Model()
    assert packed_formats(model, "bfloat16") == packed_formats(model, "float32") == {}
    small, smaller = packed_formats(model, "int8"), packed_formats(model, "int4")
    assert set(small.values()) == {"int8"}
    assert set(small) == set(smaller)
    assert len(small) == 3 * 4 + 2
    assert not {"biased", "narrow"} & set(small)
    finer = {name for name, kind in smaller.items() if kind == "int8"}
    assert {"heads.linear", "odd"} < finer
    assert all(name.startswith("core.blocks.0.") for name in finer - {"heads.linear", "odd"})
    assert len(finer) == 4 + 2
    # A core on its own is as careful with its first block.
    alone = packed_formats(model.core, "int4")
    assert {name for name, kind in alone.items() if kind == "int8"} == {
        name.removeprefix("core.") for name in finer if name.startswith("core.")
    }


@needs_kernels
@torch.no_grad()
def test_heads_of_one_level_are_a_part_of_all_in_every_precision() -> None:
    for chosen in ("int8", "int4"):
        heads = nn.ModuleList([LevelHeads(3, 32, 64)])
        convert(heads, chosen)
        assert isinstance(heads[0].linear, Int8Linear)
        hidden = torch.randn(2, 64).bfloat16()
        whole = heads[0](hidden)
        for level in range(3):
            torch.testing.assert_close(heads[0].level(hidden, level), whole[:, level])


@needs_kernels
def test_float_weights_are_let_go_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    model = nn.Sequential(*(nn.Linear(64, 64, bias=False) for _ in range(4)))
    weights = [weakref.ref(each.weight) for each in model]
    alive = []

    def counting(weight: torch.Tensor, kind: Precision) -> nn.Module:
        alive.append(sum(each() is not None for each in weights))
        return packed_linear(weight, kind)

    monkeypatch.setattr(precision, "packed_linear", counting)
    convert(model, "int4")
    assert alive == [4, 3, 2, 1]
    assert all(isinstance(each, Int4Linear) for each in model)


def test_what_a_machine_lacks_is_replaced_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "preferred_dtype", lambda _: torch.bfloat16)
    monkeypatch.setattr(precision, "int8_kernel_available", lambda: True)
    monkeypatch.setattr(precision, "int4_kernel_available", lambda: False)
    why = "this PyTorch has no int4 kernel for this CPU: computing in "
    assert best_precision() == ("int8", None)
    assert best_precision("int8") == ("int8", None)
    assert best_precision("int4") == ("int8", why + "int8")
    assert best_precision("int4", "cuda") == (
        "bfloat16",
        "int4 weights are for CPUs, and this is a cuda device: computing in bfloat16",
    )
    monkeypatch.setattr(precision, "int8_kernel_available", lambda: False)
    assert best_precision() == ("bfloat16", None)
    assert best_precision("int4") == ("bfloat16", why + "bfloat16")
    monkeypatch.setattr(precision, "preferred_dtype", lambda _: torch.float32)
    assert best_precision() == ("float32", None)
    assert best_precision("int4") == ("float32", why + "float32")
    assert best_precision("bfloat16") == ("bfloat16", None)  # slow, but it can be had
    assert best_precision("bfloat16", "cuda") == (
        "float32",
        "this cuda device does not multiply bfloat16: computing in float32",
    )
    for chosen in ("int8", "int4"):
        with pytest.raises(ConfigError, match=f'no {chosen} CPU kernel: choose precision "bfl'):
            convert(_Model(), chosen)


@pytest.mark.skipif(not int4_kernel_available(), reason="this build has no int4 kernel")
def test_without_int8_the_sensitive_matrices_stay_floating(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(linear, "int8_kernel_available", lambda: False)
    model = _Model()
    convert(model, "int4")
    assert type(model.heads.linear) is nn.Linear
    kinds = {type(each) for each in model.core.modules() if hasattr(each, "packed")}
    assert kinds == {Int4Linear}
    hidden = torch.randn(2, 64).bfloat16()
    assert model.heads.level(hidden, 1).dtype == torch.bfloat16


@needs_kernels
def test_a_model_is_converted_once() -> None:
    model = _Model()
    convert(model, "int4")
    with pytest.raises(ConfigError, match="has int8 or int4 weights already: load it again"):
        convert(model, "float32")
    with pytest.raises(ConfigError, match='only int8 and int4 weights are packed, got "float32"'):
        packed_linear(torch.ones(64, 64), "float32")
