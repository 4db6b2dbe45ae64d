"""Checkpoints: whole or not at all, newest valid one, and never the wrong model's."""

import logging
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim import AdamW

from musiclm.errors import ArtifactError
from musiclm.train.checkpoint import (
    list_checkpoints,
    load_checkpoint,
    load_newest_checkpoint,
    save_checkpoint,
)
from musiclm.train.optim import Ema, make_optimizers
from musiclm.train.state import TrainState


def state_of(width: int = 4, *, seed: int = 0, ema: bool = True) -> TrainState:
    torch.manual_seed(seed)
    model = nn.Linear(3, width)
    return TrainState(
        {"model": model},
        make_optimizers(model, learning_rate=0.1),
        torch.Generator().manual_seed(seed),
        ema=Ema(model) if ema else None,
    )


def trained(steps: int) -> TrainState:
    state = state_of()
    for _ in range(steps):
        state.modules["model"](torch.ones(2, 3)).sum().backward()
        state.optimizers["adamw"].step()
        state.step += 1
    state.seconds = 12.5
    return state


def test_everything_comes_back(tmp_path: Path) -> None:
    state = trained(3)
    assert state.ema is not None
    state.ema.update()
    torch.rand(1, generator=state.generator)
    save_checkpoint(state, tmp_path)
    expected_draw = torch.rand(4, generator=state.generator)
    global_draw = torch.rand(4)

    other = state_of(seed=8)
    assert load_newest_checkpoint(other, tmp_path) == tmp_path / "step-000000003"
    assert (other.step, other.seconds) == (3, 12.5)
    assert other.ema is not None
    assert other.ema.updates == 1
    assert torch.equal(torch.rand(4), global_draw)
    assert torch.equal(torch.rand(4, generator=other.generator), expected_draw)
    before, after = (s.optimizers["adamw"].state_dict() for s in (state, other))
    assert before["param_groups"] == after["param_groups"]
    for index, entries in before["state"].items():
        for key, value in entries.items():
            assert torch.equal(value, after["state"][index][key])
    for key, value in state.modules["model"].state_dict().items():
        assert torch.equal(value, other.modules["model"].state_dict()[key])


def test_two_are_kept_and_nothing_half_written_stays(tmp_path: Path) -> None:
    for steps in (1, 2, 3):
        save_checkpoint(trained(steps), tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["step-000000002", "step-000000003"]
    assert sorted(p.name for p in (tmp_path / "step-000000003").iterdir()) == [
        "manifest.json",
        "scalars.json",
        "tensors.safetensors",
    ]


@pytest.mark.parametrize("damage", ["cut", "flip", "no manifest", "scalars", "format"])
def test_a_broken_checkpoint_is_skipped_with_a_warning(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    save_checkpoint(trained(1), tmp_path)
    newest = save_checkpoint(trained(2), tmp_path)
    tensors = newest / "tensors.safetensors"
    content = bytearray(tensors.read_bytes())
    if damage == "cut":
        tensors.write_bytes(content[:-5])
    elif damage == "flip":
        content[-5] ^= 1
        tensors.write_bytes(content)
    elif damage == "no manifest":
        (newest / "manifest.json").unlink()
    elif damage == "scalars":
        (newest / "scalars.json").write_text("{}")
    else:
        text = (newest / "manifest.json").read_text()
        (newest / "manifest.json").write_text(text.replace('version": 1', 'version": 2'))

    state = state_of()
    with caplog.at_level(logging.WARNING):
        load_newest_checkpoint(state, tmp_path)
    assert state.step == 1
    assert f"skipped the broken checkpoint {newest}" in caplog.text
    with pytest.raises(ArtifactError, match=r"step-000000002 is broken"):
        load_checkpoint(state, newest)


def test_no_checkpoint_changes_nothing(tmp_path: Path) -> None:
    state = state_of()
    assert load_newest_checkpoint(state, tmp_path / "absent") is None
    assert list_checkpoints(tmp_path / "absent") == []
    assert state.step == 0


def test_another_models_checkpoint_is_refused_before_anything_changes(tmp_path: Path) -> None:
    save_checkpoint(trained(2), tmp_path)
    wide = state_of(width=5)
    before = wide.modules["model"].weight.detach().clone()  # type: ignore[operator]
    with pytest.raises(ArtifactError, match="belongs to another model: 4 entries differ"):
        load_newest_checkpoint(wide, tmp_path)
    assert torch.equal(wide.modules["model"].weight, before)  # type: ignore[arg-type]

    renamed = state_of()
    renamed.optimizers = {"other": AdamW(renamed.modules["model"].parameters())}
    with pytest.raises(ArtifactError, match=r"optimizers \['adamw'\]"):
        load_newest_checkpoint(renamed, tmp_path)
    with pytest.raises(ArtifactError, match="choose another output folder"):
        load_newest_checkpoint(state_of(ema=False), tmp_path)


def test_shared_and_bfloat16_tensors_survive(tmp_path: Path) -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(3, 3, bias=False).to(torch.bfloat16)
            self.second = nn.Linear(3, 3, bias=False)
            self.second.weight = self.first.weight
            self.register_buffer("count", torch.tensor(7))

    tied = Tied()
    state = TrainState({"m": tied}, {}, torch.Generator())
    save_checkpoint(state, tmp_path)
    other = TrainState({"m": Tied()}, {}, torch.Generator())
    load_newest_checkpoint(other, tmp_path)
    assert torch.equal(other.modules["m"].first.weight, tied.first.weight)  # type: ignore[union-attr, arg-type]
