"""Windows of samples pushed in as they come, finished samples out: overlap-add for streams.

Decoding a whole file is one push and a finish, so a stream equals it by construction.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.audio.spectrogram import hann, overlap_add


class OverlapAdd:
    """Least-squares synthesis of Hann-windowed frames ``[..., T, W]``.

    State: sums and weights of the samples that coming frames still reach. ``T`` frames give
    ``T * hop_length`` samples in all, since half the overlap is cut off at either end.
    """

    def __init__(self, n_fft: int, hop_length: int) -> None:
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.side = (n_fft - hop_length) // 2
        self._skip = self.side
        self._sums: Tensor | None = None
        self._weights: Tensor | None = None

    def push(self, frames: Float[Tensor, "... T W"]) -> Float[Tensor, "... N"]:
        """Add frames; returns the samples that no later frame reaches."""
        window = hann(self.n_fft).to(frames)
        sums = overlap_add(frames * window, self.hop_length)
        weights = overlap_add(window.square().expand(frames.shape[-2:]), self.hop_length)
        if self._sums is not None and self._weights is not None:
            tail = self.n_fft - self.hop_length
            sums[..., :tail] += self._sums
            weights[:tail] += self._weights
        done = frames.shape[-2] * self.hop_length
        self._sums, self._weights = sums[..., done:], weights[done:]
        return self._trim(sums[..., :done] / weights[:done].clamp(min=1e-8))

    def finish(self) -> Float[Tensor, "... N"]:
        """The samples after the last frame's hop, once no frame comes any more."""
        if self._sums is None or self._weights is None:
            return torch.zeros(0)
        rest = self._trim(self._sums / self._weights.clamp(min=1e-8))
        self._sums = self._weights = None
        return rest[..., : max(0, rest.shape[-1] - self.side)]

    def _trim(self, samples: Tensor) -> Tensor:
        cut = min(self._skip, samples.shape[-1])
        self._skip -= cut
        return samples[..., cut:]
