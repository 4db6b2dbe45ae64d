"""The loop: limits, purity of batches, resuming bit for bit, bad numbers, signals."""

import os
import signal
import threading
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from musiclm.errors import ConfigError
from musiclm.train.fit import Limits, TrainingError, fit
from musiclm.train.log import read_metrics
from musiclm.train.optim import Ema, apply_gradients, make_optimizers
from musiclm.train.schedule import learning_rate, set_learning_rates
from musiclm.train.state import TrainState

Batch = tuple[Tensor, Tensor]


def new_state() -> TrainState:
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.Dropout(0.2), nn.Linear(12, 1))
    optimizers = make_optimizers(model, learning_rate=1e-2, weight_decay=0.1, kind="muon")
    generator = torch.Generator().manual_seed(5)
    return TrainState({"model": model}, optimizers, generator, ema=Ema(model, 0.9))


def batch_at(number: int) -> Batch:
    inputs = torch.randn(8, 6, generator=torch.Generator().manual_seed(number))
    return inputs, inputs.square().sum(1, keepdim=True)


def step(state: TrainState, batch: Batch, progress: float) -> dict[str, Tensor]:
    set_learning_rates(state.optimizers, learning_rate(progress))
    model = state.modules["model"]
    inputs, wanted = batch
    noise = 0.1 * torch.randn(inputs.shape, generator=state.generator)
    loss = (model(inputs + noise) - wanted).square().mean()
    done = apply_gradients(loss, list(model.parameters()), state.optimizers)
    assert state.ema is not None
    state.ema.update()
    return {"loss": loss.detach(), "items": torch.tensor(8.0), **done}


def tensors_of(state: TrainState) -> dict[str, Tensor]:
    assert state.ema is not None
    found = {f"model/{k}": v for k, v in state.modules["model"].state_dict().items()}
    found |= {f"ema/{k}": v for k, v in state.ema.shadow.items()}
    for name, optimizer in state.optimizers.items():
        for index, entries in optimizer.state_dict()["state"].items():
            found |= {f"{name}/{index}/{k}": torch.as_tensor(v) for k, v in entries.items()}
    found["generator"] = state.generator.get_state()
    return found


def run_to(folder: Path, max_steps: int, *, stop_at: int | None = None) -> TrainState:
    """Train, dying without any warning when ``stop_at`` steps are done."""

    class Killed(BaseException):
        pass

    def mortal(state: TrainState, batch: Batch, progress: float) -> dict[str, Tensor]:
        if state.step == stop_at:
            raise Killed
        return step(state, batch, progress)

    state = new_state()
    if stop_at is None:
        fit(state, batch_at, step, limits=Limits(max_steps=max_steps), run=folder)
    else:
        with pytest.raises(Killed):
            # A checkpoint after every step: the newest one is from just before the death.
            fit(
                state,
                batch_at,
                mortal,
                limits=Limits(max_steps=max_steps),
                run=folder,
                checkpoint_seconds=0.0,
            )
    return state


@pytest.mark.parametrize("stop_at", [1, 7, 19])
def test_a_killed_run_goes_on_bit_for_bit(tmp_path: Path, stop_at: int) -> None:
    whole = run_to(tmp_path / "whole", 20)
    run_to(tmp_path / "killed", 20, stop_at=stop_at)
    torch.manual_seed(999)  # The new process knows nothing of the old one's generator.
    resumed = run_to(tmp_path / "killed", 20)
    assert resumed.step == whole.step == 20
    expected, got = tensors_of(whole), tensors_of(resumed)
    assert expected.keys() == got.keys()
    for key, value in expected.items():
        assert torch.equal(value, got[key]), key


def test_training_learns_and_fills_its_folder(tmp_path: Path) -> None:
    state = new_state()
    before = float(step(new_state(), batch_at(0), 0.5)["loss"])
    fit(state, batch_at, step, limits=Limits(max_steps=300), run=tmp_path, log_seconds=0.0)
    lines = read_metrics(tmp_path)
    assert [line["step"] for line in lines] == list(range(1, 301))
    late = [line["loss"] for line in lines[-50:]]
    assert sum(late) / len(late) < 0.7 * before
    assert lines[-1]["learning_rate"] < 1e-3 < lines[100]["learning_rate"]
    assert {"seconds", "progress", "gradient_norm", "items_per_second"} <= lines[0].keys()
    assert (tmp_path / "loss.png").stat().st_size > 1000
    assert [p.name for p in (tmp_path / "checkpoints").iterdir()] == ["step-000000300"]


def test_each_step_gets_the_batch_of_its_number(tmp_path: Path) -> None:
    for prefetch in (0, 3):
        seen: list[tuple[int, int]] = []

        def look(state: TrainState, batch: int, progress: float) -> dict[str, Tensor]:
            seen.append((state.step, batch))  # noqa: B023
            return {"loss": torch.tensor(1.0)}

        run = tmp_path / str(prefetch)
        fit(new_state(), int, look, limits=Limits(max_steps=4), run=run, prefetch=prefetch)
        fit(new_state(), int, look, limits=Limits(max_steps=9), run=run, prefetch=prefetch)
        assert seen == [(n, n) for n in range(9)]


def test_progress_grows_from_zero_to_nearly_one(tmp_path: Path) -> None:
    seen: list[float] = []

    def look(state: TrainState, batch: int, progress: float) -> dict[str, Tensor]:
        seen.append(progress)
        return {"loss": torch.tensor(1.0)}

    fit(new_state(), int, look, limits=Limits(max_steps=4), run=tmp_path)
    assert seen == [0.0, 0.25, 0.5, 0.75]


def test_a_time_limit_ends_the_run_and_a_finished_run_does_nothing(tmp_path: Path) -> None:
    state = new_state()
    fit(state, batch_at, step, limits=Limits(max_seconds=0.2), run=tmp_path)
    assert state.step > 0
    assert state.seconds >= 0.2

    again = new_state()
    fit(again, batch_at, step, limits=Limits(max_seconds=0.2), run=tmp_path)
    assert again.step == state.step


def test_limits_explain_themselves() -> None:
    with pytest.raises(ConfigError, match="a run needs an end: give max_steps or max_seconds"):
        Limits()
    with pytest.raises(ConfigError, match="max_steps must be > 0, got 0"):
        Limits(max_steps=0)
    assert Limits(max_steps=10, max_seconds=100.0).progress(5, 10.0) == 0.5
    assert Limits(max_steps=10, max_seconds=100.0).progress(5, 1000.0) == 1.0


def test_a_bad_step_changes_nothing_and_many_end_the_run(tmp_path: Path) -> None:
    def sometimes(number: int) -> Batch:
        inputs, wanted = batch_at(number)
        return inputs, wanted * (float("nan") if number == 2 else 1.0)

    weights: list[Tensor] = []

    def watch(state: TrainState, batch: Batch, progress: float) -> dict[str, Tensor]:
        metrics = step(state, batch, progress)
        weights.append(state.modules["model"][0].weight.detach().clone())  # type: ignore[index]
        return metrics

    one, many = tmp_path / "one", tmp_path / "many"
    fit(new_state(), sometimes, watch, limits=Limits(max_steps=4), run=one, log_seconds=0.0)
    assert torch.equal(weights[1], weights[2])
    assert not torch.equal(weights[2], weights[3])
    assert [line["skipped"] for line in read_metrics(one)] == [0, 0, 1, 0]
    assert "loss" not in read_metrics(one)[2]

    def always(number: int) -> Batch:
        return torch.full((8, 6), float("inf")), torch.zeros(8, 1)

    with pytest.raises(TrainingError, match="3 steps in a row gave a loss or gradient that is not"):
        fit(
            new_state(), always, step, limits=Limits(max_steps=9), run=many,
            max_bad_steps=3, checkpoint_seconds=0.0,
        )  # fmt: skip
    assert not (many / "checkpoints").exists()


def test_a_fault_of_the_data_surfaces_and_no_thread_stays(tmp_path: Path) -> None:
    def broken(number: int) -> Batch:
        if number == 3:
            raise OSError("the disk is gone")
        return batch_at(number)

    with pytest.raises(OSError, match="the disk is gone"):
        fit(new_state(), broken, step, limits=Limits(max_steps=9), run=tmp_path)
    assert "musiclm-batches" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_a_checkpoint_to_go_on_from(tmp_path: Path, number: signal.Signals) -> None:
    handler = signal.getsignal(number)

    def interrupted(state: TrainState, batch: Batch, progress: float) -> dict[str, Tensor]:
        if state.step == 5:
            os.kill(os.getpid(), number)
        return step(state, batch, progress)

    with pytest.raises(KeyboardInterrupt):
        fit(new_state(), batch_at, interrupted, limits=Limits(max_steps=20), run=tmp_path)
    assert signal.getsignal(number) is handler
    assert [p.name for p in (tmp_path / "checkpoints").iterdir()] == ["step-000000006"]
    resumed = run_to(tmp_path, 20)
    whole = run_to(tmp_path / "whole", 20)
    assert all(torch.equal(v, tensors_of(resumed)[k]) for k, v in tensors_of(whole).items())


def test_validation_is_logged_and_leaves_the_randomness_alone(tmp_path: Path) -> None:
    def validate(state: TrainState) -> dict[str, float]:
        torch.rand(100)
        return {"loss": 0.5}

    watched = new_state()
    fit(
        watched, batch_at, step, limits=Limits(max_steps=10), run=tmp_path / "watched",
        validate=validate, validate_seconds=0.0,
    )  # fmt: skip
    plain = run_to(tmp_path / "plain", 10)
    assert all(torch.equal(v, tensors_of(watched)[k]) for k, v in tensors_of(plain).items())
    events = [line for line in read_metrics(tmp_path / "watched") if "event" in line]
    assert len(events) == 11
    assert events[-1] == {
        "event": "validation",
        "step": 10,
        "seconds": events[-1]["seconds"],
        "loss": 0.5,
    }
