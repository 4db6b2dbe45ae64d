"""Waveforms ``[B, C, N]`` to latents ``[B, D, T]``: loudness, frequency and onsets, no phase.

The network sees what the vocoder's decoder can make: how loud each bin is, how fast it turns, how
the channels lean, and when short windows jump. Absolute phase is left out on purpose, so codes
cannot spend bits on it.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Complex, Float
from torch import Tensor, nn

from musiclm.audio.spectrogram import mel_filters, stft
from musiclm.codec.config import CodecConfig
from musiclm.codec.encoder import LOG_FLOOR
from musiclm.codec.phases import measured_turns
from musiclm.nn.conv import convnext_blocks

LEAN_BANDS = 24
"""Mel bands in which the phase between the channels is shown."""
FURTHEST = 3.0
"""Nats between the channels from which more is the same: 26 dB are one channel alone."""


class VocoderEncoder(nn.Module):
    """Features of long and short windows, folded to the frame rate, through ConvNeXt blocks.

    Latents are normalised per frame without learned scale, as those of the spectral encoder.

    Buffers: ``feature_mean`` and ``feature_std``, of music, set once by ``start_from``.
    """

    filters: Tensor
    noise_filters: Tensor
    lean_filters: Tensor
    place_filters: Tensor
    feature_mean: Tensor
    feature_std: Tensor

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        size = config.vocoder
        self.size = size
        self.hop_length = config.hop_length
        self.latent_dim = config.latent_dim
        rate = config.sample_rate
        for name, n_mels, n_fft in (
            ("filters", size.n_mels, size.n_fft),
            ("noise_filters", size.noise_mels, size.noise_n_fft),
            ("lean_filters", LEAN_BANDS, size.n_fft),
            ("place_filters", max(1, size.place_bands), size.n_fft),
        ):
            self.register_buffer(name, mel_filters(n_mels, n_fft, rate).clone(), persistent=False)
        n_short = size.sub_hop // size.noise_hop * config.n_channels * size.noise_mels
        n_long = config.n_channels * (size.linear_bins + size.n_mels)
        n_features = n_long + n_short + 2 * size.turning_inputs + 2 * LEAN_BANDS
        n_features += size.place_bands
        self.register_buffer("feature_mean", torch.zeros(n_features))
        self.register_buffer("feature_std", torch.ones(n_features))
        self.embed = nn.Linear(n_features, size.sub_dim)
        self.sub_blocks = convnext_blocks(
            size.sub_blocks, size.sub_dim, expansion=size.expansion, kernel_size=size.kernel_size
        )
        self.fold = nn.Linear(size.fold * size.sub_dim, size.dim)
        self.blocks = convnext_blocks(
            size.encoder_blocks, size.dim, expansion=size.expansion, kernel_size=size.kernel_size
        )
        self.norm = nn.LayerNorm(size.dim)
        self.project = nn.Linear(size.dim, config.latent_dim)

    @torch.no_grad()
    def features(self, samples: Float[Tensor, "B C N"]) -> Float[Tensor, "B T D_in"]:
        """What the network sees of each long window."""
        size = self.size
        spectra = spectra_of(samples, size.n_fft, size.sub_hop)
        short = spectra_of(samples, size.noise_n_fft, size.noise_hop)
        turns = measured_turns(spectra, size.sub_hop, size.n_fft)[..., : size.turning_inputs]
        crossed = spectra[:, 0] * spectra[:, 1].conj()
        sizes = _amplitude(crossed) @ self.lean_filters.T + 1e-10
        leans = [part @ self.lean_filters.T / sizes for part in (crossed.real, crossed.imag)]
        if size.place_bands:
            bands = _amplitude(spectra) @ self.place_filters.T
            louder = torch.log(bands[:, 0] + LOG_FLOOR) - torch.log(bands[:, 1] + LOG_FLOOR)
            leans.append(louder.clamp(-FURTHEST, FURTHEST) / FURTHEST)
        if size.mid_side:
            spectra, short = _mid_side(spectra), _mid_side(short)
        amplitude = _amplitude(spectra)
        bands = _amplitude(short) @ self.noise_filters.T
        levels = [
            amplitude[..., : size.linear_bins],
            amplitude @ self.filters.T,
            bands.reshape(*amplitude.shape[:3], -1),  # Short windows of one long one side by side.
        ]
        # A scale of 1/3 brings 11 nats of range near unit variance.
        logs = [(torch.log(level + LOG_FLOOR) + 6.0) / 3.0 for level in levels]
        # A turn's length says how far it can be trusted: fourth root of power, like loudness.
        turns = turns * (2.0 * (_amplitude(turns) + 1e-8) ** -0.75)
        parts = [*(log.transpose(1, 2).flatten(2) for log in logs)]
        parts += [turns.real, turns.imag, *leans]
        return torch.cat(parts, dim=-1)

    def forward(self, samples: Float[Tensor, "B C N"]) -> Float[Tensor, "B D T"]:
        """Encode whole frames."""
        latents = self.project(self._hidden(samples)).float()
        return nn.functional.layer_norm(latents, (self.latent_dim,)).transpose(1, 2)

    @torch.no_grad()
    def start_from(self, batches: Sequence[Float[Tensor, "B C N"]]) -> None:
        """Begin where music is: normalise the features, and project on what differs most.

        A fresh network sees mostly what all frames have in common; its latents are nearly one
        vector, and most of a codebook stays unused for hundreds of steps. Principal components of
        its hidden vectors, halfway to white, fill the codebooks from the first step on. (Wholly
        white, small components are so much enlarged that the first updates break them.)
        """
        features = torch.cat([self.features(batch).flatten(0, 1) for batch in batches])
        self.feature_mean.copy_(features.mean(dim=0))
        self.feature_std.copy_(features.std(dim=0).clamp(min=0.05))
        hidden = torch.cat([self._hidden(batch).flatten(0, 1) for batch in batches]).double()
        mean = hidden.mean(dim=0)
        scales, directions = torch.linalg.eigh(torch.cov((hidden - mean).T))
        largest = directions[:, -self.latent_dim :].T
        deviation = scales[-self.latent_dim :].clamp(min=1e-8).sqrt()
        weight = largest / deviation.sqrt()[:, None]
        self.project.weight.copy_(weight)
        self.project.bias.copy_(-(weight @ mean))

    def _hidden(self, samples: Float[Tensor, "B C N"]) -> Float[Tensor, "B T D"]:
        """What is projected on latents."""
        # The future is a delay: the network is causal, its input is shifted to the past.
        ahead = self.size.encoder_lookahead
        samples = nn.functional.pad(samples, (0, ahead * self.hop_length))
        x = self.embed((self.features(samples) - self.feature_mean) / self.feature_std)
        for block in self.sub_blocks:
            x = block(x)
        x = self.fold(x.unflatten(1, (-1, self.size.fold)).flatten(2))
        for block in self.blocks:
            x = block(x)
        hidden: Tensor = self.norm(x)[:, ahead:]
        return hidden


def _mid_side(spectra: Tensor) -> Tensor:
    """Sum and difference of the channels, of spectra as of samples."""
    left, right = spectra.unbind(dim=1)
    half: float = 0.5**0.5
    return torch.stack((left + right, left - right), dim=1) * half


def _amplitude(spectra: Tensor) -> Tensor:
    # Several times faster on a CPU than abs() of complex numbers.
    return (spectra.real.square() + spectra.imag.square()).sqrt()


def spectra_of(
    samples: Float[Tensor, "B C N"], n_fft: int, hop_length: int
) -> Complex[Tensor, "B C T F"]:
    """Spectra in amplitudes of full scale, one for each hop."""
    side = (n_fft - hop_length) // 2
    padded = nn.functional.pad(samples, (side, side))
    return stft(padded, n_fft=n_fft, hop_length=hop_length) * (4.0 / n_fft)


def amplitudes(
    samples: Float[Tensor, "B C N"], n_fft: int, hop_length: int
) -> Float[Tensor, "B C T F"]:
    """Sizes of ``spectra_of``."""
    return _amplitude(spectra_of(samples, n_fft, hop_length))
