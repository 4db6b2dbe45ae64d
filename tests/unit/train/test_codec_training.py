"""A codec learns one batch by heart, and a run of a few steps ends, resumes and is measured."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.unit.train.music import write_corpus
from torch import Tensor

from musiclm.codec.model import Codec
from musiclm.config import replace
from musiclm.data.audio_cache import AudioCache
from musiclm.train.codec import CodecRecipe, make_state, train_codec
from musiclm.train.codec_data import make_batches, validation_batch
from musiclm.train.codec_step import draw_levels, make_step
from musiclm.train.fit import Limits, fit
from musiclm.train.recipe import load_recipe
from musiclm.train.state import TrainState

STEPS = Limits(max_steps=6)


def tiny(**changes: Any) -> CodecRecipe:
    recipe = load_recipe("tiny", "codec")
    assert isinstance(recipe, CodecRecipe)
    small = {
        "threads": 1,
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


def batch() -> Tensor:
    time = torch.arange(8 * 960) / 24_000
    waves = [0.3 * torch.sin(2 * torch.pi * pitch * time) for pitch in (220, 331, 440, 587)]
    return torch.stack(waves).view(2, 2, -1)


def metrics_of(run: Path) -> list[dict[str, Any]]:
    lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_one_batch_is_learned_by_heart(optimizer: str) -> None:
    recipe = tiny(optimizer=optimizer, bypass=0.0, all_levels=1.0, warmup=0.0)
    state = make_state(recipe)
    step = make_step(recipe, lambda _: batch())
    losses = []
    for number in range(30):
        state.step = number
        losses.append(float(step(state, batch(), 0.3)["loss"]))
    assert sum(losses[-5:]) < 0.75 * sum(losses[:5])
    codec = state.modules["codec"]
    assert isinstance(codec, Codec)
    assert bool(codec.quantizer.ready)


def test_critics_join_when_the_recipe_says_so() -> None:
    recipe = tiny()
    state = make_state(recipe)
    step = make_step(recipe, lambda _: batch())
    before = [parameter.detach().clone() for parameter in state.modules["critics"].parameters()]
    alone = step(state, batch(), 0.69)
    assert "critics" not in alone
    assert all(map(torch.equal, before, state.modules["critics"].parameters()))
    judged = step(state, batch(), 0.7)
    assert {"critics", "adversarial", "features"} <= judged.keys()
    moved = [
        not torch.equal(old, new)
        for old, new in zip(before, state.modules["critics"].parameters(), strict=True)
        if new.ndim > 1  # Biases of the logits: real and fake pull them to both sides alike.
    ]
    assert moved
    assert all(moved)


def test_a_batch_without_numbers_changes_no_weight_of_the_codec() -> None:
    recipe = tiny()
    state = make_state(recipe)
    state.step = 1  # The first step of all starts the outer layers from data.
    before = [parameter.detach().clone() for parameter in state.modules["codec"].parameters()]
    metrics = make_step(recipe, lambda _: batch())(state, batch() * torch.nan, 0.0)
    assert metrics["skipped"] == 1
    assert all(map(torch.equal, before, state.modules["codec"].parameters()))


def test_codebooks_start_again_when_the_recipe_says_so() -> None:
    recipe = tiny(restarts=(0.5, 0.6))
    state = make_state(recipe)
    step = make_step(recipe, lambda _: batch())
    codec = state.modules["codec"]
    assert isinstance(codec, Codec)
    starts = []
    for progress in (0.0, 0.3, 0.4, 0.5, 0.55, 0.65, 0.66):
        step(state, batch(), progress)
        starts.append(int(codec.codebook_starts))
    assert starts == [0, 1, 1, 2, 2, 3, 3]


def test_the_first_step_starts_the_outer_layers_from_data() -> None:
    recipe = tiny()
    state = make_state(recipe)
    codec = state.modules["codec"]
    assert isinstance(codec, Codec)
    step = make_step(recipe, lambda _: batch())
    with torch.no_grad():
        fresh = float((codec.decoder(codec.encoder(batch())) - batch()).square().mean())
    assert float(codec.encoder.feature_std.mean()) == 1.0
    step(state, batch(), 0.0)
    assert float(codec.encoder.feature_std.mean()) != 1.0
    with torch.no_grad():
        levels = codec.decoder.sheets(codec.encoder(batch())).levels
    # Pure tones: a regression knows at once which bins are loud.
    loudest = levels.mean(dim=(0, 2)).flatten().argmax() % codec.decoder.n_bins
    assert fresh > 0
    assert 15 < int(loudest) < 50


def test_levels_are_all_a_prefix_or_none() -> None:
    recipe = tiny(batch_size=4000, bypass=0.25, all_levels=0.5)
    levels = draw_levels(recipe, torch.Generator().manual_seed(0))
    shares = torch.bincount(levels, minlength=5) / 4000
    # A quarter bypasses; of the rest half draws from 1 to 4, and half has all four.
    expected = torch.tensor([0.25, 0.09375, 0.09375, 0.09375, 0.46875])
    torch.testing.assert_close(shares, expected, atol=0.03, rtol=0)


def test_crops_are_a_pure_function_of_the_step_and_never_clip(tmp_path: Path) -> None:
    cache = AudioCache.build(write_corpus(tmp_path / "corpus", seconds=1))
    recipe = tiny(batch_size=4, gain_db=(0.0, 40.0))
    batch_at = make_batches(cache, recipe)
    assert torch.equal(batch_at(3), batch_at(3))
    assert not torch.equal(batch_at(3), batch_at(4))
    assert batch_at(3).shape == (4, 2, 8 * 960)
    assert all(float(batch_at(number).abs().max()) <= 1.0 for number in range(5))
    assert validation_batch(cache, recipe).shape == (1, 2, 9600)


def test_usual_gains_stay_near_the_loudness_of_the_mix(tmp_path: Path) -> None:
    cache = AudioCache.build(write_corpus(tmp_path / "corpus", seconds=1))

    def spread_db(**changes: float) -> float:
        batch_at = make_batches(cache, tiny(batch_size=8, gain_db=(-40.0, 4.0), **changes))
        rms = torch.cat([batch_at(number) for number in range(4)]).square().mean(dim=(1, 2)).sqrt()
        return float(20.0 * torch.log10(rms.max() / rms.min()))

    assert spread_db(usual_gain=1.0) < 20.0 < 30.0 < spread_db()


def test_a_short_run_ends_in_an_artifact_and_its_measurements(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", seconds=1)
    folder = train_codec(tiny(), corpus=corpus, out=tmp_path / "run", limits=STEPS)
    assert folder == tmp_path / "run" / "artifact"
    codec = Codec.load(folder)
    assert codec.config == tiny().codec
    codes = codec.encode(batch())
    assert codes.shape == (2, 4, 8)
    assert torch.isfinite(codec.decode(codes[:, :2])).all()
    measured = [line for line in metrics_of(tmp_path / "run") if line.get("event")][-1]
    assert {"mel_distance_1", "mel_distance_2", "mel_distance_4"} <= measured.keys()
    assert 0 < measured["mel_distance_4"] < 10
    assert 1 <= measured["trained_codes_0"] <= codec.config.codebook_size


def test_an_interrupted_run_goes_on_to_the_same_codec(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", seconds=1)
    recipe = tiny()
    whole = train_codec(recipe, corpus=corpus, out=tmp_path / "whole", limits=STEPS)
    batch_at = make_batches(AudioCache.build(corpus), recipe)
    step = make_step(recipe, batch_at)

    def interrupted(state: TrainState, crops: Tensor, progress: float) -> dict[str, Tensor]:
        if state.step == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return step(state, crops, progress)

    with pytest.raises(KeyboardInterrupt):
        fit(make_state(recipe), batch_at, interrupted, limits=STEPS, run=tmp_path / "cut")
    torch.manual_seed(999)
    resumed = train_codec(recipe, corpus=corpus, out=tmp_path / "cut", limits=STEPS)
    expected, got = (Codec.load(folder).state_dict() for folder in (whole, resumed))
    for name, tensor in expected.items():
        if name.endswith((".counts", ".sums")):
            continue  # Not in the artifact.
        assert torch.equal(tensor, got[name]), name


def test_a_run_too_short_for_codebooks_is_refused(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", seconds=1)
    with pytest.raises(ValueError, match="ended before its codebooks started"):
        train_codec(
            tiny(quantize_from=1.0), corpus=corpus, out=tmp_path / "run", limits=Limits(max_steps=1)
        )
