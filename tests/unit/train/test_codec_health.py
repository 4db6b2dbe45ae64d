"""After a short real training: codebooks in use, every level worth its bits, losses balanced."""

import pytest
import torch
from torch import Tensor

from musiclm.codec.metrics import log_mel_distance
from musiclm.codec.model import Codec
from musiclm.config import replace
from musiclm.nn.quantizer import effective_codes
from musiclm.train.codec import CodecRecipe, make_state
from musiclm.train.codec_step import _adversarial_step, make_step, reconstruction_loss
from musiclm.train.recipe import load_recipe

STEPS = 60


def recipe(**changes: object) -> CodecRecipe:
    tiny = load_recipe("tiny", "codec")
    assert isinstance(tiny, CodecRecipe)
    adversarial = replace(tiny.adversarial, start=1.0)
    settings = {"threads": 1, "restarts": (0.3, 0.6), "adversarial": adversarial}
    return replace(tiny, **(settings | changes))


def music(number: int) -> Tensor:
    """Eight crops of two-note chords, each note with three partials, over a little noise."""
    rng = torch.Generator().manual_seed(number)
    time = torch.arange(16 * 960) / 24_000
    keys = torch.randint(36, 84, (8, 2, 2), generator=rng)
    pitches = 440.0 * 2.0 ** ((keys - 69) / 12.0)
    waves = sum(torch.sin(2 * torch.pi * pitches[..., None] * k * time) / k for k in (1, 2, 3)).sum(
        dim=2
    )
    gains = 0.02 + 0.1 * torch.rand(8, 2, 1, generator=rng)
    return gains * (waves + 0.1 * torch.randn(waves.shape, generator=rng))


@pytest.fixture(scope="module")
def trained() -> Codec:
    state = make_state(recipe())
    step = make_step(recipe(), music)
    for number in range(STEPS):
        state.step = number
        step(state, music(number), number / STEPS)
    codec = state.modules["codec"]
    assert isinstance(codec, Codec)
    return codec.eval()


def test_every_codebook_is_used(trained: Codec) -> None:
    codes = torch.cat([trained.encode(music(1_000 + number)) for number in range(8)])
    used = effective_codes(codes, 64)
    assert len(used) == 4
    # Dead codebooks keep a handful; how many of 64 a healthy one has after so few steps depends on
    # the processor (30 to 36 on one).
    assert float(used.min()) > 0.4 * 64


def test_every_level_brings_the_sound_nearer(trained: Codec) -> None:
    target = music(2_000)
    codes = trained.encode(target)
    distances = [
        float(log_mel_distance(trained.decode(codes[:, :n]), target, sample_rate=24_000).mean())
        for n in (1, 2, 4)
    ]
    assert distances[0] > distances[1] > distances[2]


def test_critics_and_reconstruction_pull_equally_on_every_item() -> None:
    settings = recipe()
    adversarial = replace(settings.adversarial, weight=0.5, feature_weight=0.0, frames=16, items=8)
    settings = replace(settings, adversarial=adversarial)
    state = make_state(settings)
    target = music(0) * torch.linspace(0.05, 1.0, 8)[:, None, None]  # Quiet items and loud ones.
    leaf = (target + 0.01 * torch.randn(target.shape)).requires_grad_()
    total, _ = reconstruction_loss(leaf, target, settings, state.generator)
    wanted = torch.autograd.grad(total, leaf)[0]
    pushed, _ = _adversarial_step(state, state.modules["critics"], leaf, target, wanted, settings)
    ratios = pushed.flatten(1).norm(dim=1) / wanted.flatten(1).norm(dim=1)
    assert torch.allclose(ratios, torch.full((8,), 0.5), rtol=1e-3)
