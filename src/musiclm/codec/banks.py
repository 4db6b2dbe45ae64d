"""Loudness, turns, leans and noise in, waveforms ``[B, C, N]`` out: the vocoder's synthesis.

Nothing is learned here. Two banks are added: *tones*, long windows whose phases are counted, and
*noise*, short windows that filter white noise. Both go on from one call to the next.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from musiclm.audio.spectrogram import stft
from musiclm.codec.config import VocoderConfig
from musiclm.codec.overlap import OverlapAdd
from musiclm.codec.phases import bin_turns, centred_factors, integrate_phases, peak_owners

NOISE_WINDOWS = 2000
"""Windows of white noise before it repeats: ten seconds at the default sizes."""


@dataclass(frozen=True, slots=True)
class Sheets:
    """What the network asks of the two banks."""

    levels: Float[Tensor, "B C T F"]
    """Amplitudes of the tones' bins, 1 for a full-scale sine."""
    turns: Float[Tensor, "B T F 2"]
    """Direction by which bins turn beyond their centre's own turn; not normalised."""
    leans: Float[Tensor, "B T F 2"]
    """Direction of the left channel's phase against the right one's; not normalised."""
    noise: Float[Tensor, "B 3 T_n F_n"]
    """Gains of the noise: left, right, and their coherence in ``[-1, 1]``."""

    def frames(self, begin: int, end: int, fold: int, noise_fold: int) -> "Sheets":
        """The part that belongs to frames ``begin`` to ``end`` of the stream."""
        tones, noise = slice(begin * fold, end * fold), slice(begin * noise_fold, end * noise_fold)
        return Sheets(
            levels=self.levels[:, :, tones],
            turns=self.turns[:, tones],
            leans=self.leans[:, tones],
            noise=self.noise[:, :, noise],
        )


class Banks:
    """Sheets in as they come, samples out.

    With ``soft_ends`` the sound rises and falls within a hop of the noise's windows, 5 ms: counted
    phases may begin anywhere, and a tone that begins at its crest clicks.

    State: phases of the last window, the number of the next window of noise, both overlaps,
    samples of the noise that wait for those of the tones, and how much of the rise is done.
    """

    def __init__(
        self, size: VocoderConfig, *, noise_from: int = 0, soft_ends: bool = False
    ) -> None:
        self.size = size
        rise = torch.arange(1, size.noise_hop + 1) / (size.noise_hop + 1)
        self._fall = (0.5 + 0.5 * torch.cos(math.pi * rise)) if soft_ends else rise[:0]
        self._rise = self._fall.flip(0)
        self._tones = OverlapAdd(size.n_fft, size.sub_hop)
        self._noises = OverlapAdd(size.noise_n_fft, size.noise_hop)
        self._phases: Tensor | None = None
        self._noise_at = noise_from
        self._waiting: Tensor | None = None

    def push(self, sheets: Sheets) -> Float[Tensor, "B C N"]:
        """Add windows; returns the samples that no later window reaches."""
        size = self.size
        tones = torch.fft.irfft(self._tone_spectra(sheets), n=size.n_fft) * (size.n_fft / 4)
        noises = torch.fft.irfft(self._noise_spectra(sheets), n=size.noise_n_fft)
        return self._risen(self._joined(self._tones.push(tones), self._noises.push(noises)))

    def finish(self) -> Float[Tensor, "B C N"]:
        """The samples that are left once no window comes any more."""
        rest = self._risen(self._joined(self._tones.finish(), self._noises.finish()))
        # What no window reaches any more is longer than the fall: half a long window's overlap.
        n_falling = min(len(self._fall), rest.shape[-1])
        head, tail = rest.tensor_split([rest.shape[-1] - n_falling], dim=-1)
        return torch.cat((head, tail * self._fall[len(self._fall) - n_falling :].to(rest)), dim=-1)

    def _risen(self, samples: Tensor) -> Tensor:
        """The first samples of all, made to rise from silence."""
        n_rising = min(len(self._rise), samples.shape[-1])
        if n_rising == 0:
            return samples
        gains, self._rise = self._rise[:n_rising], self._rise[n_rising:]
        head, tail = samples.tensor_split([n_rising], dim=-1)
        return torch.cat((head * gains.to(samples), tail), dim=-1)

    def _joined(self, tones: Tensor, noises: Tensor) -> Tensor:
        # Short windows are finished sooner than long ones.
        if self._waiting is not None:
            noises = torch.cat((self._waiting, noises), dim=-1)
        n_samples = tones.shape[-1]
        self._waiting = noises[..., n_samples:]
        return tones + noises[..., :n_samples]

    def _tone_spectra(self, sheets: Sheets) -> Complex[Tensor, "B C T F"]:
        size, levels = self.size, sheets.levels
        n_bins = levels.shape[-1]
        with torch.no_grad():
            angles = torch.atan2(sheets.turns[..., 1], sheets.turns[..., 0])
            angles = angles + bin_turns(size.n_fft, size.sub_hop, n_bins).to(angles)
            owners = peak_owners(levels.square().sum(dim=1))
            if self._phases is None:
                self._phases = torch.zeros_like(angles[:, 0])
            phases = integrate_phases(angles, owners, self._phases)
            self._phases = phases[:, -1]
            right = centred_factors(phases)
        scale = torch.rsqrt(sheets.leans.square().sum(dim=-1, keepdim=True) + 1e-4)
        lean = torch.view_as_complex((sheets.leans * scale).contiguous())
        return torch.stack((levels[:, 0] * (right * lean), levels[:, 1] * right), dim=1)

    def _noise_spectra(self, sheets: Sheets) -> Complex[Tensor, "B C T F"]:
        left, right, coherence = sheets.noise.unbind(dim=1)
        bank = white_noise(self.size.noise_n_fft, self.size.noise_hop).to(left.device)
        n_windows = left.shape[1]
        at = (self._noise_at + torch.arange(n_windows, device=left.device)) % bank.shape[1]
        self._noise_at = (self._noise_at + n_windows) % bank.shape[1]
        common, apart = bank[:, at]
        # Half a turn of the parameter's circle: coherence 1 is mono, 0 independent, -1 opposite.
        together = ((1.0 + coherence) / 2.0 + 1e-6).sqrt()
        against = ((1.0 - coherence) / 2.0 + 1e-6).sqrt()
        return torch.stack(
            (
                left * (common * together + apart * against),
                right * (common * together - apart * against),
            ),
            dim=1,
        )


@lru_cache(maxsize=4)
@torch.inference_mode(False)
def white_noise(n_fft: int, hop_length: int) -> Complex[Tensor, "2 T F"]:
    """Spectra of two independent white noises of unit variance that repeat without a seam.

    The same on every machine: it is part of what a codec's weights mean.
    """
    n_samples = NOISE_WINDOWS * hop_length
    rng = torch.Generator().manual_seed(0)
    noise = torch.randn(2, n_samples, generator=rng)
    around = torch.cat((noise, noise[:, : n_fft - hop_length]), dim=1)
    return stft(around, n_fft=n_fft, hop_length=hop_length)
