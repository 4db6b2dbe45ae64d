"""Waveforms ``[B, N]`` in, which of twelve pitch classes sounds strongest out: MusicGen's melody.

The "melody" checkpoints of MusicGen were trained on exactly this picture of a tune, so every step
follows the published extractors: power spectra of Hann windows, a Gaussian filter for each pitch
class, the strongest class of each frame and nothing else. The two published extractors agree in
these steps and differ in what surrounds them: audiocraft always separates the recording first and
takes chroma of vocals and other, while transformers takes the recording as it is unless it is
given separated stems, and cuts it after 30 seconds. They also resample with different filters.

No octave, loudness or rhythm within a frame is kept. A frame without sound counts as C, as in
both of them. Neither reads files (``audio/melody.py``) nor separates (``audio/separation.py``), and
does not fit the number of frames to a model.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from musiclm.audio.spectrogram import hann, stft
from musiclm.errors import AudioError, ConfigError

SAMPLE_RATE = 32_000
"""Of the published models, Hz."""

_A0 = 27.5  # Hz; pitches are counted in octaves from here.
_CENTRE_OCTAVES = 5.0  # A5, 880 Hz, counts most ...
_WIDTH_OCTAVES = 2.0  # ... and two octaves away 61% of it.
_FRAMES_AT_ONCE = 256
_SMALLEST = 1e-6  # Frames weaker than this are not raised to full strength.


def melody_chroma(
    waveform: Float[Tensor, "B N"],
    *,
    sample_rate: int,
    n_chroma: int = 12,
    n_fft: int = 16_384,
    hop_length: int = 4_096,
) -> Float[Tensor, "B T {n_chroma}"]:
    """One for the strongest pitch class of each frame, zero for the others.

    Args:
        waveform: Mono recordings, at least one sample.
        sample_rate: In Hz; 32,000 for the published models.
        n_chroma: Pitch classes of an octave, C first; a multiple of 12.
        n_fft: Window in samples. Shorter recordings get silence on both sides.
        hop_length: Samples between frames; divides ``n_fft``.

    Returns:
        ``T = N // hop_length + 1`` frames, ``N`` being at least ``n_fft``.

    Raises:
        AudioError: Without samples, not finite, or too loud for its spectrum to be finite.
        ConfigError: A size that cannot be.

    Example:
        >>> a4 = torch.sin(torch.arange(32_000) * (2 * torch.pi * 440 / 32_000))
        >>> melody_chroma(a4[None], sample_rate=32_000).argmax(dim=-1)
        tensor([[9, 9, 9, 9, 9, 9, 9, 9]])
    """
    strength = chromagram(
        waveform,
        sample_rate=sample_rate,
        n_chroma=n_chroma,
        n_fft=n_fft,
        hop_length=hop_length,
    )
    return nn.functional.one_hot(strength.argmax(dim=-1), n_chroma).to(strength)


def chromagram(
    waveform: Float[Tensor, "B N"],
    *,
    sample_rate: int,
    n_chroma: int = 12,
    n_fft: int = 16_384,
    hop_length: int = 4_096,
) -> Float[Tensor, "B T {n_chroma}"]:
    """The strength of each pitch class in each frame, 1 for the strongest.

    Arguments, frames and errors are those of ``melody_chroma``. Frames of almost no power (below
    1e-6 after filtering) stay below 1.
    """
    filters = chroma_filters(n_chroma, n_fft, sample_rate).to(waveform)
    if hop_length < 1 or n_fft % hop_length:
        raise ConfigError(f"hop_length must divide n_fft, got {hop_length=} and {n_fft=}")
    n_samples = waveform.shape[-1]
    if n_samples == 0:
        raise AudioError("a melody needs at least one sample, got none: give a longer recording")
    missing = max(0, n_fft - n_samples)
    # The odd sample of silence goes to the end.
    whole = nn.functional.pad(waveform, (missing // 2, missing - missing // 2))
    # Half a window is reflected, so that frame t is centred on sample t * hop_length.
    half = n_fft // 2
    centred = nn.functional.pad(whole, (half, half), mode="reflect")
    weights = filters.T / hann(n_fft).to(waveform).square().sum()
    # A few frames a time, because the windows of ten minutes are a gigabyte.
    strength = torch.cat(
        [
            stft(part, n_fft=n_fft, hop_length=hop_length).abs().square() @ weights
            for part in _parts(centred, n_fft, hop_length)
        ],
        dim=1,
    )
    strength = strength / strength.amax(dim=-1, keepdim=True).clamp(min=_SMALLEST)
    if not bool(torch.isfinite(strength).all()):
        raise AudioError(
            "a melody must be finite and not far beyond full scale (1.0), got a peak of "
            f"{float(waveform.abs().max()):.3g}: scale it, or export it again"
        )
    return strength


def _parts(
    samples: Float[Tensor, "B N"], n_fft: int, hop_length: int
) -> Iterator[Float[Tensor, "B _"]]:
    """The samples under each of so many frames; parts overlap as their windows do."""
    n_frames = (samples.shape[-1] - n_fft) // hop_length + 1
    for first in range(0, n_frames, _FRAMES_AT_ONCE):
        last = min(first + _FRAMES_AT_ONCE, n_frames) - 1
        yield samples[:, first * hop_length : last * hop_length + n_fft]


@lru_cache(maxsize=8)
@torch.inference_mode(False)
def chroma_filters(n_chroma: int, n_fft: int, sample_rate: int) -> Float[Tensor, "n_chroma bins"]:
    """How much each frequency bin of a power spectrum counts for each pitch class, C first.

    A bin counts for the classes around its pitch by a Gaussian, in unequal width: at low pitches,
    where one bin spans several semitones, it is as wide as the bin. The weights of a bin have unit
    Euclidean length before the octaves around 880 Hz are preferred. 440 Hz is A.

    Raises:
        ConfigError: ``n_chroma`` is no multiple of 12, or another size is not positive.
    """
    if n_chroma < 12 or n_chroma % 12 or n_fft < 2 or sample_rate < 1:
        raise ConfigError(
            "chroma filters need n_chroma in multiples of 12, n_fft of 2 and sample_rate of 1 at "
            f"least, got {n_chroma=} {n_fft=} {sample_rate=}"
        )
    # One bin more than a spectrum has: the width of a bin is the way to the next one.
    hertz = np.arange(1, n_fft // 2 + 2) * (sample_rate / n_fft)
    octaves = np.log2(hertz / _A0)
    # Bin 0 has no pitch: it is put 1.5 octaves below bin 1, where it hardly counts.
    octaves = np.concatenate(([octaves[0] - 1.5], octaves))
    width = np.maximum(np.diff(octaves) * n_chroma, 1.0)
    octaves = octaves[:-1]
    classes = np.arange(n_chroma)[:, None]
    half = n_chroma // 2
    distance = np.mod(octaves * n_chroma - classes + half, n_chroma) - half
    filters = np.exp(-2.0 * (distance / width) ** 2)
    filters /= np.sqrt((filters**2).sum(axis=0))
    filters *= np.exp(-0.5 * ((octaves - _CENTRE_OCTAVES) / _WIDTH_OCTAVES) ** 2)
    # Counted from A so far; C is three semitones above.
    from_c = np.roll(filters, -3 * (n_chroma // 12), axis=0)
    return torch.from_numpy(from_c.astype(np.float32))
