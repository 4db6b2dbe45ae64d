"""A reconstruction and its original in, distances out; shared by training and evaluation.

Three families, because each is blind to what another hears. Log-mel distances hear timbre and
loudness, but their bands are too wide for partials above 1 kHz: noise of the right loudness is as
good as a tone to them. The tonal measures hear just that: whether energy stands in lines or is
spread between them, and whether the lines are the original's. The stereo measures hear where
sounds stand.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from musiclm.audio.spectrogram import log_mel, stft
from musiclm.codec.encoder import mid_side
from musiclm.tokens.timing import seconds_to_samples

MULTI_SCALE = {512: 64, 1024: 128, 2048: 256}
"""Window in samples -> mel bands of the multi-scale distance."""
MULTI_SCALE_FLOOR = 1e-6
"""Amplitude floor of the multi-scale distance, 120 dB below a full-scale sine."""
TONAL_WINDOW, TONAL_HOP = 4096, 1024
TONAL_EDGES_HZ = (60.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0, 12_000.0)
"""Edges of the tonal bands; bands above half the sample rate are left out."""
HEARD_RANGE_DB = 50.0
"""Bands further below the loudest band and frame of a clip are not asked about."""
_SILENCE_DB = -80.0
_POWER_FLOOR = 1e-12  # Of one bin: -120 dB, about what 16-bit rounding leaves there.
_BLOCK, _RANK = 32, 8  # Bins of a neighbourhood (188 Hz at 24 kHz); the valley's rank in it.
_VALLEY_OF_NOISE = 0.29  # What that rank reads in white noise, as a share of its mean power.
_RATIO_RANGE_DB = (-10.0, 30.0)  # Noise 30 dB below partials beside it is masked by them.
_MASKED = 1e-3  # The same in logarithms, as a share of the strongest bin's power.
_TONAL_DB = 5.0  # Harmonic-to-noise ratio from which an original has lines to keep.
_PLACE_RANGE_DB, _PLACE_SECONDS = 20.0, 0.2


def log_mel_distance(
    predicted: Float[Tensor, "B C N"], target: Float[Tensor, "B C N"], *, sample_rate: int
) -> Float[Tensor, " B"]:
    """Mean absolute difference of log-mel spectra in nats (1 nat = 8.7 dB) per item.

    80 bands, windows of 1024 samples, hop 256, amplitude floor -80 dB.
    """
    spectra = [
        log_mel(samples, sample_rate=sample_rate, n_fft=1024, hop_length=256, n_mels=80, floor=1e-4)
        for samples in (predicted, target)
    ]
    return (spectra[0] - spectra[1]).abs().mean(dim=(1, 2, 3))


def multi_scale_log_mel(
    samples: Float[Tensor, "B C N"], *, sample_rate: int
) -> tuple[Float[Tensor, "B C _F _T"], ...]:
    """What ``multi_scale_distance`` compares: log-mel amplitudes, one tensor for each window."""
    return tuple(
        log_mel(
            samples,
            sample_rate=sample_rate,
            n_fft=n_fft,
            hop_length=n_fft // 4,
            n_mels=n_mels,
            floor=MULTI_SCALE_FLOOR,
        )
        for n_fft, n_mels in MULTI_SCALE.items()
    )


def multi_scale_distance(
    predicted: tuple[Float[Tensor, "B C _F _T"], ...],
    target: tuple[Float[Tensor, "B C _F _T"], ...],
) -> Float[Tensor, " B"]:
    """Mean absolute difference of log-mel spectra in nats per item, over three windows.

    Windows of 512, 1024 and 2048 samples with 64, 128 and 256 bands and a quarter of overlap
    steps; all channels, bands and frames count alike, and so do the three windows. The floor of
    -120 dB is about what 16-bit rounding leaves in one bin, and it was chosen with the bands so
    that Opus at 6, 12, 24 and 48 kbit/s (``opusenc --hard-cbr``) reads 2.1, 0.7, 0.4 and 0.3
    on a dozen clips of our corpus: an earlier trial on other clips, whose bars we keep, had 2.19,
    0.85, 0.45 and 0.26. A higher floor (-100 dB: 1.9, 0.6, 0.4, 0.25) or fewer bands (64, 80, 128
    at -100 dB: 1.9, 0.6, 0.3, 0.2) are kinder to every codec. It is meant for clips of normal
    loudness: in silence a hiss that nobody hears still counts.

    Args:
        predicted: Of ``multi_scale_log_mel``, so that an original is analysed only once.
        target: The same of the original.
    """
    apart = [
        (ours - theirs).abs().mean(dim=(1, 2, 3))
        for ours, theirs in zip(predicted, target, strict=True)
    ]
    return torch.stack(apart).mean(dim=0)


def si_sdr(
    predicted: Float[Tensor, "B C N"], target: Float[Tensor, "B C N"]
) -> Float[Tensor, " B"]:
    """Scale-invariant signal-to-distortion ratio in dB per item, channels together.

    Codecs at a few kbit/s that sound right can have negative values: phase is not coded.
    """
    estimate, reference = predicted.flatten(1), target.flatten(1)
    power = reference.square().sum(dim=1, keepdim=True).clamp(min=1e-10)
    scaled = (estimate * reference).sum(dim=1, keepdim=True) / power * reference
    error = (estimate - scaled).square().sum(dim=1)
    return 10.0 * torch.log10((scaled.square().sum(dim=1) + 1e-10) / (error + 1e-10))


def side_distance(
    predicted: Float[Tensor, "B C N"], target: Float[Tensor, "B C N"], *, sample_rate: int
) -> Float[Tensor, " B"]:
    """Log-mel distance of the difference of the two channels; 0 for other channel counts."""
    if target.shape[1] != 2:
        return torch.zeros(len(target))
    return log_mel_distance(
        mid_side(predicted)[:, 1:], mid_side(target)[:, 1:], sample_rate=sample_rate
    )


def panning_error(
    predicted: Float[Tensor, "B C N"], target: Float[Tensor, "B C N"], *, sample_rate: int
) -> Float[Tensor, " B"]:
    """Mean error in dB of the level difference between left and right, per item.

    Power of 80 mel bands, averaged over a fifth of a second, where the louder channel of the
    original is at most 50 dB below its loudest band. Two independent noises of equal level differ
    by several decibels at any moment: without the average, mono would come nearer to a wide sound
    than that sound played again. Differences beyond 20 dB count as 20: so hard to one side, more
    cannot be heard. 0 for other channel counts and for silence.
    """
    if target.shape[1] != 2:
        return torch.zeros(len(target))
    ours, theirs = (_band_levels_db(samples, sample_rate) for samples in (predicted, target))
    places = [
        (level[:, 0] - level[:, 1]).clamp(-_PLACE_RANGE_DB, _PLACE_RANGE_DB)
        for level in (ours, theirs)
    ]
    heard = _heard(theirs.amax(dim=1))
    apart = (places[0] - places[1]).abs() * heard
    return apart.sum(dim=(1, 2)) / heard.sum(dim=(1, 2)).clamp(min=1)


def _band_levels_db(samples: Float[Tensor, "B C N"], sample_rate: int) -> Float[Tensor, "B C F T"]:
    """Levels of mel bands over a fifth of a second, twice as often, in dB."""
    hop = 256
    logs = log_mel(samples, sample_rate=sample_rate, n_fft=1024, hop_length=hop, n_mels=80)
    n_frames = min(max(1, seconds_to_samples(_PLACE_SECONDS, sample_rate) // hop), logs.shape[-1])
    power = torch.nn.functional.avg_pool1d(
        torch.exp(2.0 * logs).flatten(0, 1), n_frames, stride=max(1, n_frames // 2)
    )
    return 10.0 * torch.log10(power).view(*logs.shape[:3], -1)


@dataclass(frozen=True, slots=True)
class Tonality:
    """How tonal a sound is, in bands of frequency and frames of a long window."""

    flatness: Float[Tensor, "B C T F"]
    """Log of the geometric over the arithmetic mean of a band's bin powers, nats: 0 is white."""
    harmonic_ratio_db: Float[Tensor, "B C T F"]
    """Power above the valleys between partials over the power of the valleys, -10 to 30 dB."""
    level_db: Float[Tensor, "B C T F"]
    """Of the band, below a full-scale sine."""
    lines: tuple[Float[Tensor, "B C T _F"], ...]
    """For each band, the pattern of its spectral lines: unit vectors, whatever level and tilt."""


@dataclass(frozen=True, slots=True)
class TonalError:
    """How a reconstruction's tonality differs from its original's, by band.

    NaN in a band that the original leaves silent (or, of ``lines_lost``, without lines): average
    with ``nanmean``.
    """

    flatness: Float[Tensor, "B F"]
    """Mean absolute error in nats."""
    harmonic_ratio_db: Float[Tensor, "B F"]
    """Mean absolute error of the harmonic-to-noise ratio."""
    harmonic_shift_db: Float[Tensor, "B F"]
    """Mean signed error: below 0, partials were lost to noise; above, noise became tones."""
    lines_lost: Float[Tensor, "B F"]
    """1 minus the correlation of the line patterns where the original is tonal: 0, every partial
    is where it was; 1, noise, or partials at other frequencies."""


def tonality(samples: Float[Tensor, "B C N"], *, sample_rate: int) -> Tonality:
    """Measure spectra of linear frequency in windows of 4096 samples (171 ms at 24 kHz).

    The noise floor of a bin is read from the valleys near it: the 8th smallest of the 32 bin powers
    of its block (188 Hz at 24 kHz), scaled so that it gives the mean power of white noise. What
    stands above this floor counts as partials, the floor as noise, both are summed over the band,
    and their ratio is the harmonic-to-noise ratio. Steady partials at least 50 Hz apart read 30 dB,
    white noise about -5 dB, an empty band -10 dB. Partials whose phase wanders from frame to frame
    fill their valleys and read lower: that is what the measure is for. Vibrato and chords of low
    notes read lower too, in the original as in the copy.

    The ratio does not hear whether the partials are the right ones (a decoder may hum a fixed comb
    of lines). The pattern of lines does: log power of each bin minus the mean of its block, so that
    loudness and tilt are gone. In the logarithms of flatness and lines, a bin is at most 30 dB
    below the strongest of its block: deeper valleys are masked, and only computers hear them.
    """
    short = TONAL_WINDOW - samples.shape[-1]
    if short > 0:
        samples = torch.nn.functional.pad(samples, (0, short))
    spectra = stft(samples, n_fft=TONAL_WINDOW, hop_length=TONAL_HOP) * (4.0 / TONAL_WINDOW)
    # The last bin, half the sample rate, is left out: whole blocks remain.
    power = (spectra.real.square() + spectra.imag.square())[..., :-1]
    blocks = power.reshape(*power.shape[:-1], -1, _BLOCK)
    valley = blocks.kthvalue(_RANK, dim=-1, keepdim=True).values / _VALLEY_OF_NOISE
    above = (blocks - valley).clamp(min=0.0).flatten(-2)
    below = valley.expand_as(blocks).flatten(-2)
    strongest = blocks.amax(dim=-1, keepdim=True)
    by_block = torch.log(blocks + _MASKED * strongest + _POWER_FLOOR)
    logs = by_block.flatten(-2)
    pattern = (by_block - by_block.mean(dim=-1, keepdim=True)).flatten(-2)
    flatness, ratio, level, lines = [], [], [], []
    for low, high in tonal_bands(sample_rate):
        bins = slice(
            round(low * TONAL_WINDOW / sample_rate), round(high * TONAL_WINDOW / sample_rate)
        )
        mean = power[..., bins].mean(dim=-1)
        flatness.append(logs[..., bins].mean(dim=-1) - torch.log(mean + _POWER_FLOOR))
        partials = above[..., bins].mean(dim=-1).clamp(min=1e-20)
        noise = below[..., bins].mean(dim=-1) + _POWER_FLOOR
        ratio.append((10.0 * torch.log10(partials / noise)).clamp(*_RATIO_RANGE_DB))
        n_bins = bins.stop - bins.start
        level.append(10.0 * torch.log10(mean * n_bins + _POWER_FLOOR))
        lines.append(torch.nn.functional.normalize(pattern[..., bins], dim=-1))
    return Tonality(
        torch.stack(flatness, dim=-1),
        torch.stack(ratio, dim=-1),
        torch.stack(level, dim=-1),
        tuple(lines),
    )


def tonal_bands(sample_rate: int) -> tuple[tuple[float, float], ...]:
    """Lower and upper edge in Hz of each band of ``tonality``.

    Example:
        >>> tonal_bands(4_000)
        ((60.0, 500.0), (500.0, 1000.0), (1000.0, 2000.0))
    """
    edges = [edge for edge in TONAL_EDGES_HZ if edge < sample_rate / 2]
    edges.append(min(TONAL_EDGES_HZ[-1], sample_rate / 2))
    return tuple((low, high) for low, high in pairwise(edges) if high > low)


def tonal_error(predicted: Tonality, target: Tonality) -> TonalError:
    """Compare two sounds where the original is heard.

    A band of a frame counts when the original has it at most 50 dB below its loudest band and
    frame; all that count weigh the same, so that quiet overtones are asked about too.
    """
    shift = predicted.harmonic_ratio_db - target.harmonic_ratio_db
    alike = [
        (ours * theirs).sum(dim=-1)
        for ours, theirs in zip(predicted.lines, target.lines, strict=True)
    ]
    heard = _heard(target.level_db)
    tonal = heard & (target.harmonic_ratio_db >= _TONAL_DB)
    return TonalError(
        _mean_where(heard, (predicted.flatness - target.flatness).abs()),
        _mean_where(heard, shift.abs()),
        _mean_where(heard, shift),
        _mean_where(tonal, 1.0 - torch.stack(alike, dim=-1)),
    )


def _heard(level_db: Float[Tensor, "B ..."]) -> Bool[Tensor, "B ..."]:
    """Where an original is at most 50 dB below its loudest, and no silence."""
    loudest = level_db.flatten(1).amax(dim=1).view(-1, *([1] * (level_db.ndim - 1)))
    return (level_db > loudest - HEARD_RANGE_DB) & (level_db > _SILENCE_DB)


def _mean_where(
    chosen: Bool[Tensor, "B C T F"], values: Float[Tensor, "B C T F"]
) -> Float[Tensor, "B F"]:
    """Mean over channels and frames of what was chosen; NaN where nothing was."""
    return (values * chosen).sum(dim=(1, 2)) / chosen.sum(dim=(1, 2))
