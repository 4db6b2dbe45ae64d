"""Samples and their rate in, samples and their rate out: the value that carries sound.

Every function of ours that takes or gives sound to a person passes a ``Waveform``; networks pass
bare ``[B, C, N]`` tensors, because their rate is part of their configuration. This file does not
read files and does not measure loudness: see ``audio/io.py`` and ``audio/loudness.py``.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.errors import AudioError
from musiclm.tokens.timing import Seconds, samples_to_seconds, seconds_to_samples


@dataclass(frozen=True, slots=True)
class Waveform:
    """Sound as float samples, nominally in ``[-1, 1]``.

    Raises:
        AudioError: Not two-dimensional, not floating point, or a rate below 1 Hz.

    Example:
        >>> sound = Waveform(torch.zeros(2, 12_000), 24_000)
        >>> sound.n_channels, sound.seconds
        (2, 0.5)
    """

    samples: Float[Tensor, "C N"]  # amplitude; 1.0 is full scale
    sample_rate: int  # samples per second and channel, Hz

    def __post_init__(self) -> None:
        """Refuse what is no waveform, before it travels."""
        if self.samples.ndim != 2 or not self.samples.is_floating_point():
            raise AudioError(
                "samples must be a float tensor [channels, samples], got "
                f"{self.samples.dtype} {list(self.samples.shape)}: add or take away an axis"
            )
        if self.sample_rate < 1:
            raise AudioError(f"sample_rate must be at least 1 Hz, got {self.sample_rate}")

    @property
    def n_channels(self) -> int:
        """Audio channels: 1 is mono, 2 is stereo (left, right)."""
        return self.samples.shape[0]

    @property
    def n_samples(self) -> int:
        """Samples per channel."""
        return self.samples.shape[1]

    @property
    def seconds(self) -> float:
        """Duration."""
        return samples_to_seconds(self.n_samples, self.sample_rate)

    def mono(self) -> "Waveform":
        """The mean of the channels, one channel."""
        return Waveform(self.samples.mean(dim=0, keepdim=True), self.sample_rate)

    def slice(self, start_seconds: Seconds, end_seconds: Seconds) -> "Waveform":
        """The part from ``start_seconds`` up to ``end_seconds``, as far as there is sound."""
        start = seconds_to_samples(start_seconds, self.sample_rate)
        end = seconds_to_samples(end_seconds, self.sample_rate)
        return Waveform(self.samples[:, start : max(start, end)], self.sample_rate)

    def fade(self, in_seconds: Seconds, out_seconds: Seconds) -> "Waveform":
        """Raise the start and lower the end along half a cosine, so that neither clicks.

        A fade longer than the sound is cut to its length.
        """
        faded = Waveform(self.samples.clone(), self.sample_rate)
        faded.soften(in_seconds, out_seconds)
        return faded

    def soften(self, in_seconds: Seconds, out_seconds: Seconds) -> None:
        """``fade`` in place."""
        faded = self.samples
        n_in = min(seconds_to_samples(in_seconds, self.sample_rate), self.n_samples)
        n_out = min(seconds_to_samples(out_seconds, self.sample_rate), self.n_samples)
        if n_in:
            faded[:, :n_in] *= _rising_cosine(n_in).to(faded)
        if n_out:
            faded[:, -n_out:] *= _rising_cosine(n_out).flip(0).to(faded)

    def peak(self) -> float:
        """Largest absolute sample; 0.0 for no samples."""
        if not self.samples.numel():
            return 0.0
        # Not of the absolute values: they would be a copy, and this may be ten minutes.
        least, most = self.samples.aminmax()
        return max(abs(float(least)), abs(float(most)))


def _rising_cosine(n_samples: int) -> Tensor:
    """From exactly 0 up towards 1 in ``n_samples`` steps."""
    return 0.5 - 0.5 * torch.cos(torch.arange(n_samples) * (torch.pi / n_samples))
