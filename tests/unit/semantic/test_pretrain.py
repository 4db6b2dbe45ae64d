import math

import torch

from musiclm.semantic.config import TINY
from musiclm.semantic.encoder import SemanticEncoder
from musiclm.semantic.pretrain import N_CODEBOOKS, BestRq, span_mask


def make_model() -> BestRq:
    torch.manual_seed(0)
    rng = torch.Generator().manual_seed(0)
    return BestRq(SemanticEncoder(TINY), n_codes=32, generator=rng)


def make_batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(1)
    inputs = torch.randn(2, 40, TINY.n_features, generator=rng)
    masked = span_mask(2, 40, start_probability=0.1, span=4, generator=rng)
    return inputs, masked, 0.1 * torch.randn(inputs.shape, generator=rng)


def test_every_trainable_parameter_gets_a_gradient_that_changes_it() -> None:
    model, batch = make_model(), make_batch()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    # Output matrices start at zero and hide what lies before them from the very first gradient.
    for _ in range(2):
        optimizer.zero_grad()
        model(*batch)["loss"].backward()
        optimizer.step()
    model(*batch)["loss"].backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_it_learns_one_batch_well_below_chance() -> None:
    model, batch = make_model(), make_batch()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    first = model(*batch)["loss"].item()
    for _ in range(60):
        optimizer.zero_grad()
        numbers = model(*batch)
        numbers["loss"].backward()
        optimizer.step()
    assert abs(first - math.log(32)) < 1.0
    assert numbers["loss"].item() < 0.5 * math.log(32)


def test_codes_are_used_evenly_on_normalised_input() -> None:
    model = make_model()
    labels = model.labels(torch.randn(4, 500, TINY.n_features))
    assert labels.shape == (4, N_CODEBOOKS, 500)
    for level in range(N_CODEBOOKS):
        share = torch.bincount(labels[:, level].flatten(), minlength=32) / 2000
        assert (share > 0).sum() > 28
        assert share.max() < 0.2


def test_half_of_the_codebooks_hear_mel_and_half_semitones() -> None:
    model = make_model()
    frames = torch.randn(1, 50, TINY.n_features)
    changed = frames.clone()
    changed[..., TINY.stack * TINY.n_mels :] = torch.randn(1, 50, TINY.n_pitches)
    same = (model.labels(frames) == model.labels(changed)).all(-1)[0]
    assert same.tolist() == [True, True, False, False]


def test_hidden_frames_are_not_heard() -> None:
    model = make_model().eval()
    inputs, masked, noise = make_batch()
    changed = torch.where(masked.unsqueeze(-1), inputs + 1.0, inputs)
    heard = []
    for version in (inputs, changed):
        normalised = model.encoder.normalise(version)
        heard.append(torch.where(masked.unsqueeze(-1), noise, normalised))
    assert torch.equal(*heard)
    # But the labels do come from the hidden frames.
    assert model(inputs, masked, noise)["loss"] != model(changed, masked, noise)["loss"]


def test_masks_are_spans_of_about_the_wanted_share() -> None:
    rng = torch.Generator().manual_seed(0)
    masked = span_mask(16, 500, start_probability=0.05, span=12, generator=rng)
    assert 0.38 < masked.float().mean() < 0.54
    # A span ends early only at the end of the crop.
    lone = span_mask(1, 40, start_probability=1e-9, span=5, generator=rng)
    assert lone.nonzero()[:, 1].tolist() == [20, 21, 22, 23, 24]
