"""Two waveforms in, named losses out: reconstruction, hinge, feature matching.

Reconstruction comes in two forms: SoundStream's published multi-scale spectral loss, and a cheaper
one for CPUs that looks at a few scales a step and is independent of the level of the music.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from musiclm.audio.spectrogram import mel_density, mel_filters, stft
from musiclm.codec.encoder import COMPRESSION
from musiclm.nn.ranks import n_ranks, own_items

MEL_BANDS = {64: 16, 128: 24, 256: 32, 512: 48, 1024: 64, 2048: 96, 4096: 128}
"""Bands per window: narrow windows cannot tell more apart."""
REFERENCE_RMS = 0.1
"""Pairs are brought to that level, so quiet passages teach as much as loud ones."""
QUIETEST_RMS = 1e-3
"""Below -60 dB a passage is not brought up any further: silence is no lesson in noise."""
LOG_FLOOR = 1e-4
"""Amplitude floor of logarithms after levelling, 60 dB below the mean level."""
BIN_FLOOR = 1e-4
"""The same of single bins."""
_IMAGE_WINDOW, _IMAGE_FRAMES = 512, 14  # Frames of a quarter window: 75 ms at 24 kHz.
_IMAGE_RANGE = 6.0  # Nats of power, 26 dB.


def soundstream_reconstruction(
    predicted: Float[Tensor, "B C N"],
    target: Float[Tensor, "B C N"],
    *,
    sample_rate: int,
    windows: Sequence[int] = (64, 128, 256, 512, 1024, 2048),
    n_mels: int = 64,
) -> Float[Tensor, ""]:
    """SoundStream, sec. III-D: L1 of mel spectra plus weighted L2 of log-mel spectra.

    Summed over bands and windows, averaged over time. The weight of the log term is
    ``sqrt(s / 2)`` for a window of ``s`` samples, the hop is ``s / 4``.
    """
    total = predicted.new_zeros(())
    for n_fft in windows:
        mels = [
            _mel_amplitude(samples, n_fft, n_mels, sample_rate) for samples in (predicted, target)
        ]
        difference = mels[0] - mels[1]
        logs = torch.log(mels[0] + 1e-5) - torch.log(mels[1] + 1e-5)
        total = total + difference.abs().sum(dim=-1).mean()
        # The small constant keeps the gradient of the square root finite at a perfect match.
        total = total + (n_fft / 2) ** 0.5 * (logs.square().sum(dim=-1) + 1e-8).sqrt().mean()
    return total


def level_pair(
    predicted: Float[Tensor, "B C N"], target: Float[Tensor, "B C N"]
) -> tuple[Float[Tensor, "B C N"], Float[Tensor, "B C N"]]:
    """Scale both alike, so that the target of each item has ``REFERENCE_RMS``."""
    rms = target.square().mean(dim=(1, 2), keepdim=True).sqrt().clamp(min=QUIETEST_RMS)
    return predicted * (REFERENCE_RMS / rms), target * (REFERENCE_RMS / rms)


def random_view(
    predicted: Float[Tensor, "B C N"], target: Float[Tensor, "B C N"], rng: torch.Generator
) -> tuple[Float[Tensor, "B N"], Float[Tensor, "B N"]]:
    """One signal per item: left, right, middle or side at random.

    A quarter of the cost of all four in expectation, and the stereo image counts as much as the
    channels do.
    """
    n_batch, n_channels, _ = target.shape
    if n_channels != 2:
        channel = own_items(torch.randint(n_channels, (n_batch * n_ranks(),), generator=rng))
        rows = torch.arange(n_batch)
        return predicted[rows, channel], target[rows, channel]
    half = 0.5**0.5
    views = torch.tensor([[1.0, 0.0], [0.0, 1.0], [half, half], [half, -half]])
    drawn = own_items(torch.randint(4, (n_batch * n_ranks(),), generator=rng))
    weights = views[drawn].to(target)
    return (
        torch.einsum("bc,bcn->bn", weights, predicted),
        torch.einsum("bc,bcn->bn", weights, target),
    )


def mel_loss(
    predicted: Float[Tensor, "B N"],
    target: Float[Tensor, "B N"],
    *,
    sample_rate: int,
    windows: Sequence[int],
) -> Float[Tensor, ""]:
    """L1 between log-mel spectra, averaged over the given windows."""
    total = predicted.new_zeros(())
    for n_fft in windows:
        n_mels = MEL_BANDS.get(n_fft, 64)
        logs = [
            torch.log(_mel_amplitude(samples, n_fft, n_mels, sample_rate) + LOG_FLOOR)
            for samples in (predicted, target)
        ]
        total = total + (logs[0] - logs[1]).abs().mean()
    return total / len(windows)


def image_loss(
    predicted: Float[Tensor, "B 2 N"], target: Float[Tensor, "B 2 N"], *, sample_rate: int
) -> Float[Tensor, ""]:
    """How far the two channels' levels differ from each other otherwise than the target's do, nats.

    Power of 48 mel bands, averaged over about 75 ms, because two independent noises differ by
    several decibels at any moment; soft bands weigh less. Differences beyond 26 dB are one channel
    alone, more is the same.
    """
    powers = []
    for samples in (predicted, target):
        mel = _mel_amplitude(samples, _IMAGE_WINDOW, MEL_BANDS[_IMAGE_WINDOW], sample_rate)
        n_frames = min(_IMAGE_FRAMES, mel.shape[2])
        # Frames last and channels beside bands, as pooling wants them.
        power = mel.square().transpose(2, 3).flatten(1, 2)
        power = nn.functional.avg_pool1d(power, n_frames, stride=max(1, n_frames // 2))
        powers.append(power + LOG_FLOOR**2)
    places = []
    for power in powers:
        left, right = power.log().chunk(2, dim=1)
        places.append(0.5 * (left - right).clamp(-_IMAGE_RANGE, _IMAGE_RANGE))
    left, right = powers[1].chunk(2, dim=1)
    weight = (left + right) ** 0.25
    weight = weight / weight.mean(dim=(1, 2), keepdim=True)
    error: Tensor = (weight * (places[0] - places[1]).abs()).mean()
    return error


@dataclass(frozen=True, slots=True)
class BinLosses:
    """Distances of linear-frequency spectra, bin by bin."""

    magnitude: Float[Tensor, ""]
    """L1 of compressed magnitudes: sharpens what is loud."""
    log: Float[Tensor, ""]
    """L1 of logarithms: a hole between two partials counts as much as a partial, so that with long
    windows tones stay tones and noise stays noise."""
    complex: Float[Tensor, ""]
    """L1 of compressed complex spectra: teaches phase, where phase can be known."""


def bin_losses(
    predicted: Float[Tensor, "B N"],
    target: Float[Tensor, "B N"],
    *,
    n_fft: int,
    sample_rate: int,
    with_phase: bool = True,
) -> BinLosses:
    """Compare spectra of one window size; without phase, ``complex`` is zero and costs nothing.

    Bins count by the share of the mel scale that they cover.
    """
    spectra = [
        stft(samples, n_fft=n_fft, hop_length=n_fft // 4) * (4.0 / n_fft)
        for samples in (predicted, target)
    ]
    powers = [s.real.square() + s.imag.square() for s in spectra]
    compressed = [(power + 1e-10) ** (COMPRESSION / 2.0) for power in powers]
    logs = [0.5 * torch.log(power + BIN_FLOOR**2) for power in powers]
    density = mel_density(n_fft // 2 + 1, n_fft, sample_rate).to(target)
    distance = predicted.new_zeros(())
    if with_phase:
        turned = [
            s * (c * torch.rsqrt(power + 1e-10))
            for s, c, power in zip(spectra, compressed, powers, strict=True)
        ]
        difference = turned[0] - turned[1]
        squares = difference.real.square() + difference.imag.square()
        distance = (density * (squares + 1e-8).sqrt()).mean()
    return BinLosses(
        magnitude=(density * (compressed[0] - compressed[1]).abs()).mean(),
        log=(density * (logs[0] - logs[1]).abs()).mean(),
        complex=distance,
    )


def spread_loss(latents: Float[Tensor, "B D T"]) -> Float[Tensor, ""]:
    """How far the covariance of latents is from that of white ones; 0 at best, ``D`` at worst.

    Latents of a fixed length can please the quantizer by all pointing one way, which leaves
    codebooks unused for most of a run. Squares make this dear and a natural falling off of
    variance nearly free.
    """
    rows = latents.transpose(1, 2).flatten(0, 1)
    centred = rows - rows.mean(dim=0)
    covariance = centred.T @ centred / max(1, len(rows))
    white = torch.eye(len(covariance), device=latents.device)
    return (covariance - white).square().sum() / len(covariance)


def sample_windows(windows: Sequence[int], count: int, rng: torch.Generator) -> list[int]:
    """``count`` of the windows, without repeats."""
    order = torch.randperm(len(windows), generator=rng)[:count].tolist()
    return [windows[index] for index in order]


def discriminator_loss(real: Sequence[Tensor], fake: Sequence[Tensor]) -> Float[Tensor, ""]:
    """Hinge loss of the critics, averaged over critics and time (SoundStream, eq. 1)."""
    losses = [
        nn.functional.relu(1 - r).mean() + nn.functional.relu(1 + f).mean()
        for r, f in zip(real, fake, strict=True)
    ]
    return torch.stack(losses).mean()


def adversarial_loss(fake: Sequence[Tensor]) -> Float[Tensor, ""]:
    """Hinge loss of the generator, averaged over critics and time (SoundStream, eq. 2)."""
    return torch.stack([nn.functional.relu(1 - f).mean() for f in fake]).mean()


def feature_loss(
    real: Sequence[Sequence[Tensor]], fake: Sequence[Sequence[Tensor]], *, relative: bool
) -> Float[Tensor, ""]:
    """L1 between the critics' inner activations (SoundStream, eq. 3).

    Args:
        real: Activations on real audio, by critic and layer.
        fake: Those on decoded audio.
        relative: Divide each layer's by the size of the real ones, which differ between layers.
    """
    losses = []
    for reals, fakes in zip(real, fake, strict=True):
        for r, f in zip(reals, fakes, strict=True):
            target = r.detach().float()
            distance = (f.float() - target).abs().mean()
            losses.append(distance / target.abs().mean().clamp(min=1e-3) if relative else distance)
    return torch.stack(losses).mean()


def _mel_amplitude(samples: Tensor, n_fft: int, n_mels: int, sample_rate: int) -> Tensor:
    spectra = stft(samples, n_fft=n_fft, hop_length=n_fft // 4)
    # abs() of a complex number has no gradient at zero; silence must not stop the training.
    amplitude = (spectra.real.square() + spectra.imag.square() + 1e-9).sqrt() * (4.0 / n_fft)
    filters: Tensor = mel_filters(n_mels, n_fft, sample_rate).to(samples)
    mel: Tensor = amplitude @ filters.T
    return mel
