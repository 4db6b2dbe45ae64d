"""Waveforms ``[..., N]`` in, spectra ``[..., T, F]`` or log-mel bands ``[..., F, T]`` out.

Frames are cut and overlap-added as whole blocks of one hop, several times faster on a CPU (above
all backwards) than the general strided way; the hop must therefore divide the window. Nothing here
pads in secret: ``frame`` returns only frames that lie wholly inside the samples.
"""

import math
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Complex, Float
from torch import Tensor, nn

from musiclm.errors import ConfigError, ShapeError


@lru_cache(maxsize=64)
@torch.inference_mode(False)
def hann(n_fft: int) -> Float[Tensor, " W"]:
    """The periodic Hann window of ``n_fft`` samples."""
    return torch.hann_window(n_fft, periodic=True)


def frame(samples: Float[Tensor, "... N"], n_fft: int, hop_length: int) -> Float[Tensor, "... T W"]:
    """Overlapping windows of ``n_fft`` samples, one every ``hop_length``, none past the end.

    Raises:
        ConfigError: The hop does not divide the window.
        ShapeError: There are fewer samples than one window.
    """
    if n_fft % hop_length:
        raise ConfigError(f"hop_length must divide n_fft, got {hop_length=} and {n_fft=}")
    n_frames = (samples.shape[-1] - n_fft) // hop_length + 1
    if n_frames < 1:
        raise ShapeError(
            f"expected at least {n_fft} samples for one window, got {samples.shape[-1]}: pad first"
        )
    per_window = n_fft // hop_length
    n_blocks = n_frames + per_window - 1
    whole = samples[..., : n_blocks * hop_length]
    blocks = whole.reshape(*samples.shape[:-1], n_blocks, hop_length)
    shifted = [blocks[..., i : i + n_frames, :] for i in range(per_window)]
    return torch.cat(shifted, dim=-1)


def overlap_add(frames: Float[Tensor, "... T W"], hop_length: int) -> Float[Tensor, "... N"]:
    """Add windows at steps of ``hop_length``; ``N = (T - 1) * hop_length + W``.

    Raises:
        ConfigError: The hop does not divide the window.
    """
    n_frames, n_fft = frames.shape[-2:]
    if n_fft % hop_length:
        raise ConfigError(f"hop_length must divide the window, got {hop_length=} and {n_fft=}")
    per_window = n_fft // hop_length
    blocks = frames.reshape(*frames.shape[:-1], per_window, hop_length)
    total = frames.new_zeros(*frames.shape[:-2], n_frames + per_window - 1, hop_length)
    for i in range(per_window):
        total[..., i : i + n_frames, :] += blocks[..., i, :]
    return total.flatten(-2)


def stft(
    samples: Float[Tensor, "... N"], *, n_fft: int, hop_length: int
) -> Complex[Tensor, "... T F"]:
    """Hann-windowed spectra of the frames wholly inside ``samples``; time before frequency."""
    window = hann(n_fft).to(samples)
    spectra: Tensor = torch.fft.rfft(frame(samples, n_fft, hop_length) * window, dim=-1)
    return spectra


def istft(
    spectra: Complex[Tensor, "... T F"], *, n_fft: int, hop_length: int
) -> Float[Tensor, "... N"]:
    """Least-squares inverse of ``stft``: exact wherever the windows cover a sample.

    The very first and last samples of the span, where the window is zero, come out as zero.
    """
    frames = torch.fft.irfft(spectra, n=n_fft, dim=-1)
    window = hann(n_fft).to(frames)
    weight = overlap_add(window.square().expand(frames.shape[-2], n_fft), hop_length)
    return overlap_add(frames * window, hop_length) / weight.clamp(min=1e-8)


def phase_advance(n_fft: int, hop_length: int, n_frames: int) -> Complex[Tensor, "T F"]:
    """Unit factors by which a sine at the centre of each bin turns from frame to frame.

    Dividing an STFT by them makes the phase of steady tones nearly constant. They repeat after
    ``n_fft / hop_length`` frames.
    """
    period = _one_turn(n_fft, hop_length)
    return period[torch.arange(n_frames) % len(period)]


@lru_cache(maxsize=16)
@torch.inference_mode(False)
def _one_turn(n_fft: int, hop_length: int) -> Complex[Tensor, "T F"]:
    frames = torch.arange(n_fft // math.gcd(n_fft, hop_length))
    turns = frames[:, None] * torch.arange(n_fft // 2 + 1) * hop_length % n_fft
    angle = turns.double() * (2.0 * math.pi / n_fft)
    return torch.polar(torch.ones_like(angle), angle).to(torch.complex64)


@lru_cache(maxsize=64)
@torch.inference_mode(False)
def mel_filters(n_mels: int, n_fft: int, sample_rate: int) -> Float[Tensor, "F bins"]:
    """Triangular filters of unit peak, evenly spaced on the mel scale from 0 to half the rate.

    Narrow filters at low frequencies would fall between two bins and stay empty: each filter
    keeps at least the bin nearest to its centre.

    Raises:
        ConfigError: A size is not positive.
    """
    if n_mels < 1 or n_fft < 2 or sample_rate < 1:
        raise ConfigError(f"mel filters need positive sizes, got {n_mels=} {n_fft=} {sample_rate=}")
    top = 2595.0 * np.log10(1.0 + sample_rate / 2 / 700.0)
    edges = 700.0 * (10.0 ** (np.linspace(0.0, top, n_mels + 2) / 2595.0) - 1.0)
    bins = np.arange(n_fft // 2 + 1) * (sample_rate / n_fft)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    filters = np.maximum(0.0, np.minimum(rising, falling))
    empty = np.flatnonzero(filters.sum(axis=1) == 0)
    filters[empty, np.abs(bins - edges[1:-1][empty, None]).argmin(axis=1)] = 1.0
    return torch.from_numpy(filters.astype(np.float32))


@lru_cache(maxsize=64)
@torch.inference_mode(False)
def mel_density(n_bins: int, n_fft: int, sample_rate: int) -> Float[Tensor, " F"]:
    """The share of the mel scale that each of the lowest bins covers, times their number."""
    density = 1.0 / (700.0 + torch.arange(n_bins) * (sample_rate / n_fft))
    return density / density.mean()


def log_mel(
    samples: Float[Tensor, "... N"],
    *,
    sample_rate: int,
    n_fft: int,
    hop_length: int,
    n_mels: int,
    floor: float = 1e-5,
) -> Float[Tensor, "... F T"]:
    """Natural logarithm of mel-band amplitudes, with a floor.

    Half a window is reflected onto (zeros, where the input is too short to reflect) both ends, so
    that frame ``t`` is centred on sample ``t * hop_length`` and ``T = N // hop_length + 1``. A
    full-scale sine gives about 0.

    Args:
        samples: Audio in ``[-1, 1]``.
        sample_rate: In Hz.
        n_fft: Window in samples.
        hop_length: Samples between frames; divides ``n_fft``.
        n_mels: Bands.
        floor: Added to amplitudes; 1e-5 is -100 dB below a full-scale sine.
    """
    half = n_fft // 2
    mode = "reflect" if samples.shape[-1] > half else "constant"
    flat = samples.reshape(-1, 1, samples.shape[-1])
    padded = nn.functional.pad(flat, (half, half), mode=mode)
    padded = padded.reshape(*samples.shape[:-1], padded.shape[-1])
    amplitude = stft(padded, n_fft=n_fft, hop_length=hop_length).abs() * (4.0 / n_fft)
    filters = mel_filters(n_mels, n_fft, sample_rate).to(samples)
    return torch.log(amplitude @ filters.T + floor).transpose(-1, -2)
