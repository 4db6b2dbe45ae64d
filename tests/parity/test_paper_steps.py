"""Every network of the papers, at its published size, takes one optimizer step on a CPU.

Short crops and batches of one: what is shown is that nothing but time and memory is missing. The
largest (600 million parameters) needs about 6 GB.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import TypeVar

import pytest
import torch
from torch import Tensor, nn

from musiclm.acoustic.coarse import coarse_stage
from musiclm.acoustic.fine import fine_stage
from musiclm.config import replace
from musiclm.decode.stage import StageConfig
from musiclm.lm.build import build_lm
from musiclm.lm.loss import train_loss
from musiclm.mulan.audio_tower import AudioTower, tower_features
from musiclm.mulan.config import PAPER as MULAN
from musiclm.mulan.loss import Temperature, contrastive_loss
from musiclm.mulan.text_tower import TextTower
from musiclm.semantic.config import PAPER as SEMANTIC
from musiclm.semantic.encoder import SemanticEncoder, describe_frames
from musiclm.semantic.pretrain import BestRq, span_mask
from musiclm.semantic.stage import semantic_stage
from musiclm.tokens.stream import TokenStream
from musiclm.train.codec import CodecRecipe, make_state
from musiclm.train.codec_step import make_step
from musiclm.train.recipe import load_recipe

pytestmark = pytest.mark.slow

RATE = 24_000
Module = TypeVar("Module", bound=nn.Module)
MULAN_TOKENS = TokenStream(name="mulan", codebook_size=1024, n_q=12)
SEMANTIC_TOKENS = TokenStream(name="semantic", codebook_size=1024, n_q=1, frame_rate=Fraction(25))
CODES = TokenStream(name="acoustic", codebook_size=1024, n_q=12, frame_rate=Fraction(50))


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def music(seconds: float, n_batch: int = 1) -> Tensor:
    """Tones that swell and noise, mono."""
    time = torch.arange(round(RATE * seconds)) / RATE
    pitches = torch.tensor([220.0, 277.2, 329.6, 440.0])[:n_batch, None, None]
    tones = 0.3 * torch.sin(2 * torch.pi * pitches * time) * torch.sin(3 * time).abs()
    return tones + 0.02 * torch.randn(tones.shape, generator=rng())


def n_parameters(modules: Iterable[nn.Module]) -> int:
    return sum(p.numel() for module in modules for p in module.parameters())


def wake(model: Module) -> Module:
    """Fill what starts at zero: behind it, nothing would get a gradient in the first step."""
    for parameter in model.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.02)
    return model


def take_step(modules: list[nn.Module], loss: Tensor, *, untouched: tuple[str, ...] = ()) -> None:
    """Backward and plain SGD; every weight but ``untouched`` must get a gradient and move."""
    assert torch.isfinite(loss)
    loss.backward()
    named = [item for module in modules for item in module.named_parameters()]
    largest: dict[str, tuple[Tensor, int, float]] = {}
    for name, parameter in named:
        if name in untouched:
            continue
        assert parameter.grad is not None, name
        place = int(parameter.grad.abs().argmax())
        assert torch.isfinite(parameter.grad.flatten()[place]), name
        largest[name] = (parameter, place, float(parameter.detach().flatten()[place]))
    torch.optim.SGD([parameter for parameter, _, _ in largest.values()], lr=1.0).step()
    still = [
        name
        for name, (parameter, place, before) in largest.items()
        if float(parameter.detach().flatten()[place]) == before
    ]
    assert not still


def test_soundstream_and_its_critics() -> None:
    recipe = load_recipe("paper", "codec")
    assert isinstance(recipe, CodecRecipe)
    recipe = replace(recipe, batch_size=1, crop_frames=25)
    state = make_state(recipe)
    before = {
        f"{kind}.{name}": parameter.detach().clone()
        for kind, module in state.modules.items()
        for name, parameter in module.named_parameters()
    }
    batch = music(0.5)
    numbers = make_step(recipe, lambda _: batch)(state, batch, 0.5)
    assert all(torch.isfinite(value).all() for value in numbers.values())
    assert numbers["skipped"] == 0
    assert {"critics", "adversarial", "features", "commitment"} <= numbers.keys()
    still = [
        f"{kind}.{name}"
        for kind, module in state.modules.items()
        for name, parameter in module.named_parameters()
        if torch.equal(parameter, before[f"{kind}.{name}"])
        # Logits of fresh critics lie inside the hinge: real and fake cancel in their bias.
        and not (kind == "critics" and name.endswith("last.bias"))
    ]
    assert not still


def test_mulan() -> None:
    # Windows of 1 s: the positions of the tower follow the window, nothing else does.
    audio = wake(
        AudioTower(MULAN.audio, sample_rate=RATE, window_samples=RATE, joint_dim=MULAN.dim)
    )
    text = wake(TextTower(MULAN.text, joint_dim=MULAN.dim))
    assert n_parameters([audio, text]) == pytest.approx(197e6, rel=0.05)
    temperature = Temperature()
    features = tower_features(music(1.0, n_batch=2), MULAN.audio, sample_rate=RATE)
    audio.set_scale(features[0])
    ids = torch.randint(MULAN.text.vocab_size, (2, 12), generator=rng())
    loss = contrastive_loss(
        text(ids, torch.ones_like(ids, dtype=torch.bool)),
        audio(features),
        scale=temperature(),
        over_clips=torch.eye(2),
        over_texts=torch.eye(2),
    )
    take_step([audio, text, temperature], loss)


def test_semantic_encoder_of_the_size_of_w2v_bert() -> None:
    encoder = SemanticEncoder(SEMANTIC)
    inputs = describe_frames(music(1.0), SEMANTIC)
    encoder.set_scale(inputs[0])
    model = wake(BestRq(encoder, n_codes=8192, generator=rng()))
    assert n_parameters([model]) == pytest.approx(600e6, rel=0.15)
    masked = span_mask(1, inputs.shape[1], start_probability=0.05, span=10, generator=rng())
    noise = 0.1 * torch.randn(inputs.shape, generator=rng())
    take_step([model], model(inputs, masked, noise)["loss"])


@pytest.mark.parametrize("name", ["semantic", "coarse", "fine"])
def test_stage_of_430_million_parameters(name: str) -> None:
    stages: dict[str, StageConfig] = {
        "semantic": semantic_stage("paper", prompt=(MULAN_TOKENS,), semantic=SEMANTIC_TOKENS),
        "coarse": coarse_stage(
            "paper", prompt=(MULAN_TOKENS,), semantic=SEMANTIC_TOKENS, acoustic=CODES
        ),
        "fine": fine_stage("paper", acoustic=CODES),
    }
    config = stages[name].lm
    # Half a second: 12 frames of semantic tokens, 4 frames where each has several levels.
    n_frames = 12 if name == "semantic" else 4
    conditions = []
    for stream in config.conditions:
        frames = round(n_frames * stream.frame_rate / config.target.frame_rate)
        shape = (1, stream.n_q, frames) if stream.timed else (1, stream.n_q)
        conditions.append(torch.randint(stream.codebook_size, shape, generator=rng()))
    codes = torch.randint(
        config.target.codebook_size, (1, config.target.n_q, n_frames), generator=rng()
    )
    model = build_lm(config).train()
    wake(model)
    losses = train_loss(model, tuple(conditions), codes, rng(), drop_probability=0.0)
    # What stands for a dropped description is learned only where one is dropped.
    null = tuple(n for n, _ in model.named_parameters() if n.endswith(".null"))
    take_step([model], losses["loss"], untouched=null)
