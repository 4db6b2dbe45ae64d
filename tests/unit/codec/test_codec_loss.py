import pytest
import torch

from musiclm.codec import loss as losses


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pair() -> tuple[torch.Tensor, torch.Tensor]:
    target = 0.1 * torch.randn(2, 2, 8_000, generator=rng())
    return target + 0.05 * torch.randn(2, 2, 8_000, generator=rng(1)), target


def test_reconstruction_losses_vanish_at_the_target_only() -> None:
    predicted, target = pair()
    for loss in (
        lambda p: losses.soundstream_reconstruction(p, target, sample_rate=24_000),
        lambda p: losses.mel_loss(p[:, 0], target[:, 0], sample_rate=24_000, windows=(64, 2048)),
        lambda p: losses.bin_losses(p[:, 0], target[:, 0], n_fft=512, sample_rate=24_000).magnitude,
        lambda p: losses.bin_losses(p[:, 0], target[:, 0], n_fft=512, sample_rate=24_000).complex,
        lambda p: losses.bin_losses(p[:, 0], target[:, 0], n_fft=4096, sample_rate=24_000).log,
    ):
        assert float(loss(target)) < 0.02 * float(loss(predicted))


def test_only_the_complex_loss_sees_phase() -> None:
    _, target = pair()
    bins = losses.bin_losses(-target[:, 0], target[:, 0], n_fft=512, sample_rate=24_000)
    assert float(bins.magnitude) == pytest.approx(0.0, abs=1e-6)
    assert float(bins.log) == pytest.approx(0.0, abs=1e-6)
    assert float(bins.complex) > 0.1
    blind = losses.bin_losses(
        -target[:, 0], target[:, 0], n_fft=512, sample_rate=24_000, with_phase=False
    )
    assert float(blind.complex) == 0.0


def test_the_logarithmic_loss_hears_noise_between_partials() -> None:
    time = torch.arange(48_000) / 24_000
    tones = sum(0.05 * torch.sin(2 * torch.pi * 1000 * k * time) for k in range(1, 6))[None]
    noisy = tones + 0.005 * torch.randn(tones.shape, generator=rng())
    bins = losses.bin_losses(noisy, tones, n_fft=4096, sample_rate=24_000)
    assert float(bins.log) > 4.0 * float(bins.magnitude)


def test_levelling_makes_losses_independent_of_gain() -> None:
    predicted, target = pair()
    values = []
    for gain in (1.0, 0.05):
        p, t = losses.level_pair(gain * predicted, gain * target)
        values.append(float(losses.mel_loss(p[:, 0], t[:, 0], sample_rate=24_000, windows=(512,))))
    assert values[0] == pytest.approx(values[1], rel=1e-3)


def test_levelling_leaves_silence_silent() -> None:
    p, t = losses.level_pair(torch.full((1, 2, 100), 1e-6), torch.zeros(1, 2, 100))
    assert float(p.abs().max()) == pytest.approx(1e-4)
    assert float(t.abs().max()) == 0.0


def test_views_are_left_right_middle_or_side() -> None:
    target = torch.randn(200, 2, 3, generator=rng())
    left, right = target.unbind(1)
    options = torch.stack((left, right, (left + right) / 2**0.5, (left - right) / 2**0.5))
    view, same = losses.random_view(target, target, rng(1))
    assert torch.equal(view, same)
    chosen = (options - view).abs().amax(dim=2).argmin(dim=0)
    assert (options - view).abs().amax(dim=2).amin(dim=0).max() < 1e-6
    assert sorted(chosen.unique().tolist()) == [0, 1, 2, 3]
    mono, _ = losses.random_view(target[:, :1], target[:, :1], rng(1))
    assert torch.equal(mono, left)


def test_silence_gives_finite_gradients() -> None:
    predicted = torch.zeros(1, 2, 8_192, requires_grad=True)
    target = torch.zeros(1, 2, 8_192)
    p, t = losses.level_pair(predicted, target)
    bins = losses.bin_losses(p[:, 0], t[:, 0], n_fft=512, sample_rate=24_000)
    mel = losses.mel_loss(p[:, 0], t[:, 0], sample_rate=24_000, windows=(64, 4096))
    published = losses.soundstream_reconstruction(predicted, target, sample_rate=24_000)
    (bins.magnitude + bins.log + bins.complex + mel + published).backward()
    assert predicted.grad is not None
    assert torch.isfinite(predicted.grad).all()


def test_hinge_losses_have_their_published_values() -> None:
    real, fake = [torch.tensor([[2.0, 0.5]])], [torch.tensor([[-2.0, 0.0]])]
    # Real: (0 + 0.5) / 2; fake: (0 + 1) / 2; generator: (3 + 1) / 2.
    assert float(losses.discriminator_loss(real, fake)) == pytest.approx(0.75)
    assert float(losses.adversarial_loss(fake)) == pytest.approx(2.0)


def test_feature_loss_is_relative_on_request_and_spares_the_real_side() -> None:
    real = torch.full((2, 3), 4.0, requires_grad=True)
    fake = torch.full((2, 3), 3.0, requires_grad=True)
    absolute = losses.feature_loss([[real]], [[fake]], relative=False)
    relative = losses.feature_loss([[real]], [[fake]], relative=True)
    assert (float(absolute.detach()), float(relative.detach())) == (1.0, 0.25)
    relative.backward()
    assert real.grad is None
    assert fake.grad is not None


def test_latents_that_point_one_way_are_spread_out() -> None:
    white = torch.randn(4, 8, 500, generator=rng())
    one_way = white[:, :1] * torch.ones(8)[:, None]
    assert float(losses.spread_loss(white)) < 0.05
    assert float(losses.spread_loss(one_way)) == pytest.approx(7.0, rel=0.2)


def test_windows_are_drawn_without_repeats() -> None:
    drawn = [losses.sample_windows((64, 128, 256), 2, rng(seed)) for seed in range(20)]
    assert all(len(set(windows)) == 2 for windows in drawn)
    assert {window for windows in drawn for window in windows} == {64, 128, 256}


def test_the_image_loss_hears_which_channel_is_louder_and_nothing_else() -> None:
    _, target = pair()
    panned = target * torch.tensor([1.0, 0.1])[:, None]
    again = panned * 3.0
    swapped = panned.flip(1)
    far = losses.image_loss(swapped, panned, sample_rate=24_000)
    assert float(losses.image_loss(again, panned, sample_rate=24_000)) < 0.05 * float(far)
    # 20 dB to one side instead of the other are 40 dB, or 4.6 nats.
    assert float(far) == pytest.approx(4.6, rel=0.1)
    alone = target * torch.tensor([1.0, 0.0])[:, None]
    assert float(losses.image_loss(panned, alone, sample_rate=24_000)) < 1.0


def test_the_image_loss_forgives_two_noises_for_being_two() -> None:
    ours, theirs = torch.randn(2, 1, 2, 48_000, generator=rng(3)) * 0.1
    assert float(losses.image_loss(ours, theirs, sample_rate=24_000)) < 0.35
