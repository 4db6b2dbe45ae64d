"""Two processes that train together stay equal, and do what one would with both their batches."""

import os
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing
from safetensors.torch import load_file, save_file
from tests.unit.train.music import write_corpus
from torch import Tensor

from musiclm.codec.model import Codec
from musiclm.config import replace
from musiclm.data.audio_cache import AudioCache
from musiclm.errors import ConfigError
from musiclm.train.codec import CodecRecipe, make_state, train_codec
from musiclm.train.codec_data import make_batches
from musiclm.train.codec_step import make_step
from musiclm.train.fit import Limits, fit
from musiclm.train.log import read_metrics
from musiclm.train.ranks import choose_device
from musiclm.train.recipe import load_recipe
from musiclm.train.state import TrainState

N_RANKS = 2
QUANTIZERS = ("ema", "factorized")


def tiny(**changes: Any) -> CodecRecipe:
    recipe = load_recipe("tiny", "codec")
    assert isinstance(recipe, CodecRecipe)
    small = {
        "threads": 1,
        "device": "cpu",
        "batch_size": 2,
        "crop_frames": 8,
        "windows": (256,),
        "bin_windows": (256,),
        "init_batches": 1,
        "validation_items": 1,
        "validation_frames": 10,
        "adversarial": replace(recipe.adversarial, every=1, frames=4),
    }
    return replace(recipe, **(small | changes))


def with_quantizer(name: str) -> CodecRecipe:
    # Entries die soon here, so that their revival is seen as well.
    return tiny(codec=replace(tiny().codec, quantizer=name, dead_below=1.0))


def one_step_recipe(**changes: Any) -> CodecRecipe:
    # A covariance of twice as many latents is no mean of two covariances.
    recipe = tiny(warmup=0.0, max_norm=1e6, autocast=False, quantize_from=0.5, spread_weight=0.0)
    return replace(recipe, **changes)


def batches() -> tuple[Tensor, Tensor]:
    time = torch.arange(8 * 960) / 24_000
    pitches = torch.tensor([220.0, 331.0, 440.0, 587.0, 660.0, 711.0, 880.0, 997.0])
    waves = 0.3 * torch.sin(2 * torch.pi * pitches[:, None] * time)
    first, second = waves.view(4, 2, -1).split(2)
    return first, second


def gradients_of_one_step(recipe: CodecRecipe, batch: Tensor) -> dict[str, Tensor]:
    """What a step wants of the codec, before any optimizer makes something else of it."""
    state = make_state(recipe)
    state.step = 1  # Not the first one, which looks at other batches to begin with.
    codec = state.modules["codec"]
    before = {name: parameter.detach().clone() for name, parameter in codec.named_parameters()}
    state.optimizers = {"codec_sgd": torch.optim.SGD(codec.parameters(), lr=1.0)}
    metrics = make_step(recipe, lambda _: batch)(state, batch, 0.2)
    assert metrics["items"] == 4
    return {name: before[name] - parameter.detach() for name, parameter in codec.named_parameters()}


def steps_of(recipe: CodecRecipe, folder: Path, run: Path) -> dict[str, Tensor]:
    """Everything that ranks must share after some steps, and the first batch, which they do not."""
    batch_at = make_batches(AudioCache.build(folder / "corpus"), recipe)
    state = make_state(recipe)
    step = make_step(recipe, batch_at)
    times: list[float] = []

    def remembering(state: TrainState, batch: Tensor, progress: float) -> dict[str, Tensor]:
        times.append(progress)
        return step(state, batch, progress)

    # Clocks of ranks differ; what they take for the time must not.
    fit(state, batch_at, remembering, limits=Limits(max_steps=8, max_seconds=1000.0), run=run)
    tensors = {
        f"{name}.{key}": value.clone()
        for name, module in state.modules.items()
        for key, value in module.state_dict().items()
    }
    assert state.ema is not None
    tensors |= {f"ema.{key}": value.clone() for key, value in state.ema.shadow.items()}
    tensors["generator"] = state.generator.get_state()
    return tensors | {"times": torch.tensor(times), "batch": batch_at(0)}


def work(rank: int, folder: Path) -> None:
    """What each of the two processes does."""
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    torch.set_num_threads(1)
    meeting = f"file://{folder / 'meeting'}"
    dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=N_RANKS)
    try:
        # First, so that both find a corpus that nobody has decoded yet.
        limits = Limits(max_steps=4)
        run = folder / "run"
        artifact = train_codec(tiny(), corpus=folder / "corpus", out=run, limits=limits)
        assert (artifact / "manifest.json").exists()
        gradients = gradients_of_one_step(one_step_recipe(), batches()[rank])
        save_file(gradients, folder / f"gradients-{rank}.safetensors")
        for name in QUANTIZERS:
            found = steps_of(with_quantizer(name), folder, folder / name)
            save_file(found, folder / f"{name}-{rank}.safetensors")
    finally:
        dist.destroy_process_group()


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which two processes have done their work."""
    folder = tmp_path_factory.mktemp("together")
    write_corpus(folder / "corpus", seconds=1)
    torch.multiprocessing.spawn(work, args=(folder,), nprocs=N_RANKS)
    return folder


@pytest.mark.parametrize("quantizer", QUANTIZERS)
def test_weights_codebooks_and_generators_stay_equal(done: Path, quantizer: str) -> None:
    first, second = (load_file(done / f"{quantizer}-{rank}.safetensors") for rank in range(N_RANKS))
    assert bool(first["codec.quantizer.ready"])
    assert not torch.equal(first.pop("batch"), second.pop("batch"))
    for key, value in first.items():
        assert torch.equal(value, second[key]), key


def test_two_batches_at_once_are_one_of_twice_the_size(done: Path) -> None:
    expected = gradients_of_one_step(one_step_recipe(batch_size=4), torch.cat(batches()))
    assert max(float(gradient.abs().max()) for gradient in expected.values()) > 1e-2
    for rank in range(N_RANKS):
        found = load_file(done / f"gradients-{rank}.safetensors")
        for name, gradient in expected.items():
            torch.testing.assert_close(found[name], gradient, atol=1e-5, rtol=0, msg=name)


def test_a_run_of_two_is_written_once_and_goes_on_alone(done: Path) -> None:
    run = done / "run"
    assert isinstance(Codec.load(run / "artifact"), Codec)
    assert [line["event"] for line in read_metrics(run) if "event" in line] == ["validation"]
    assert len(list((run / "checkpoints").iterdir())) == 1
    train_codec(tiny(), corpus=done / "corpus", out=run, limits=Limits(max_steps=5))
    assert [line["step"] for line in read_metrics(run) if "event" not in line][-1] == 5


def test_a_gpu_that_is_not_there_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setenv("LOCAL_RANK", "1")
    with pytest.raises(ConfigError, match="process 1 of this machine needs a GPU of its own"):
        choose_device("cuda")
    assert choose_device("cpu") == torch.device("cpu")
