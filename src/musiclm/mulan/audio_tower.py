"""A window of music in, a point on the unit sphere out: the audio half of the joint embedding.

Four things reach the embedding: timbre from a log-mel picture shrunk by 2-D convolutions, its
order in time from a small transformer, the tempo from an autocorrelation of onsets, and mode and
chords from pitch classes; the last two a small network would otherwise have to discover. Every
window has the same length; cutting longer audio into windows is the business of ``model.py``.
"""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from musiclm.audio.spectrogram import log_mel
from musiclm.errors import ShapeError
from musiclm.mulan.config import AudioTowerConfig
from musiclm.mulan.harmony import HarmonyReader, chroma_frames

_N_ONSET_BANDS = 4


class AudioTower(nn.Module):
    """Windows of features (log-mel bands, then pitch classes) to unit vectors.

    Buffers: ``mel_mean`` and ``mel_std``, one a band, set from training data by ``set_scale``.
    """

    mel_mean: Tensor
    mel_std: Tensor

    def __init__(
        self,
        config: AudioTowerConfig,
        *,
        sample_rate: int,
        window_samples: int,
        joint_dim: int,
    ) -> None:
        super().__init__()
        self.config = config
        self.sample_rate = sample_rate
        self.window_samples = window_samples
        self.n_frames = window_samples // config.hop_length
        self.register_buffer("mel_mean", torch.zeros(config.n_mels))
        self.register_buffer("mel_std", torch.ones(config.n_mels))
        channels = (1, *config.conv_channels)
        self.convolutions = nn.ModuleList(
            nn.Sequential(_convolution(index, before, after), nn.GroupNorm(1, after), nn.GELU())
            for index, (before, after) in enumerate(pairwise(channels))
        )
        # A quarter of the frames after the first convolution, an eighth after the second.
        n_positions = (self.n_frames - 4) // 4 + 1
        if len(config.conv_channels) > 1:
            n_positions = (n_positions - 1) // 2 + 1
        n_bands = config.n_mels // 2 ** len(config.conv_channels)
        self.embed = nn.Linear(channels[-1] * n_bands, config.dim)
        self.positions = nn.Parameter(0.02 * torch.randn(n_positions, config.dim))
        self.rhythm = nn.Sequential(
            nn.Linear(_N_ONSET_BANDS * config.n_lags, config.dim),
            nn.GELU(),
            nn.Linear(config.dim, config.dim),
        )
        self.harmony = HarmonyReader(config.dim // 4, config.dim) if config.chroma_hops else None
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                config.dim,
                config.n_heads,
                4 * config.dim,
                dropout=0.0,
                activation="gelu",
                batch_first=True,
                norm_first=True,
            )
            for _ in range(config.depth)
        )
        self.norm = nn.LayerNorm(config.dim)
        # Mean and maximum over time: what lasts, and what happens at least once.
        self.project = nn.Linear(2 * config.dim, joint_dim)

    def features(self, samples: Float[Tensor, "B C N"]) -> Float[Tensor, "B F T"]:
        """What ``forward`` reads of the mid signal, ``N // hop_length`` frames."""
        # One by one: the spectra of a batch do not fit the cache, and take four times as long.
        return torch.cat(
            [
                tower_features(one, self.config, sample_rate=self.sample_rate)
                for one in torch.split(samples, 1)
            ]
        )

    def set_scale(self, features: Float[Tensor, "F T"]) -> None:
        """Normalise every mel band by its mean and deviation in these (training) features."""
        mel = features[: self.config.n_mels].float()
        self.mel_mean.copy_(mel.mean(1))
        self.mel_std.copy_(mel.std(1).clamp(min=0.1))

    def forward(self, features: Float[Tensor, "B F T"]) -> Float[Tensor, "B D"]:
        """Unit vectors in the joint space.

        Raises:
            ShapeError: The windows have another length than the tower was made for.
        """
        n_mels, n_features = self.config.n_mels, self.config.n_features
        if features.shape[1:] != (n_features, self.n_frames):
            raise ShapeError(
                f"expected windows of {n_features} features and {self.n_frames} "
                f"frames, got {tuple(features.shape[1:])}: cut or pad them with Mulan.windows"
            )
        mel, chroma = features[:, :n_mels], features[:, n_mels:]
        mel = (mel - self.mel_mean[:, None]) / self.mel_std[:, None]
        # Channels last is 1.6 times as fast on a CPU.
        picture = mel.unsqueeze(1).contiguous(memory_format=torch.channels_last)
        for convolution in self.convolutions:
            picture = convolution(picture)
        frames = self.embed(picture.flatten(1, 2).transpose(1, 2)) + self.positions
        rhythm = self.rhythm(onset_autocorrelation(mel, n_lags=self.config.n_lags))
        told = [rhythm] if self.harmony is None else [rhythm, self.harmony(chroma)]
        hidden = torch.cat((frames, torch.stack(told, dim=1)), dim=1)
        for layer in self.layers:
            hidden = layer(hidden)
        hidden = self.norm(hidden)
        pooled = torch.cat((hidden.mean(1), hidden.amax(1)), dim=-1)
        return functional.normalize(self.project(pooled).float(), dim=-1)


def _convolution(index: int, before: int, after: int) -> nn.Conv2d:
    """Halve the bands; take every fourth frame first, then every second, then all.

    Most of the work is in the first two, so frames are dropped early; 80 ms are still fine enough
    for onsets, and the tempo has its own way in.
    """
    if index == 0:
        convolution = nn.Conv2d(before, after, (5, 8), stride=(2, 4), padding=2)
    else:
        convolution = nn.Conv2d(before, after, 3, stride=(2, 2 if index == 1 else 1), padding=1)
    convolution.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return convolution


def tower_features(
    samples: Float[Tensor, "B C N"], config: AudioTowerConfig, *, sample_rate: int
) -> Float[Tensor, "B F T"]:
    """Log-mel and pitch classes of the mean of the channels, ``N // hop_length`` frames.

    Pitch classes come more slowly (``chroma_hops``) and are repeated to the frames of the mel.
    """
    mono = samples.mean(1)
    mel = log_mel(
        mono,
        sample_rate=sample_rate,
        n_fft=config.n_fft,
        hop_length=config.hop_length,
        n_mels=config.n_mels,
    )
    n_frames = samples.shape[-1] // config.hop_length
    if not config.chroma_hops:
        return _fitted(mel, n_frames)
    slow_hop = config.chroma_hops * config.hop_length
    chroma = chroma_frames(
        mono, sample_rate=sample_rate, n_fft=3 * slow_hop, hop_length=slow_hop
    ).repeat_interleave(config.chroma_hops, dim=-1)
    return torch.cat((_fitted(mel, n_frames), _fitted(chroma, n_frames)), dim=1)


def _fitted(rows: Float[Tensor, "B F T"], n_frames: int) -> Float[Tensor, "B F T2"]:
    """Cut, or the last frame repeated."""
    missing = n_frames - rows.shape[-1]
    if missing > 0:
        rows = torch.cat((rows, rows[..., -1:].expand(-1, -1, missing)), dim=-1)
    return rows[..., :n_frames]


def onset_autocorrelation(mel: Float[Tensor, "B F T"], *, n_lags: int) -> Float[Tensor, "B D"]:
    """How much the rise of energy in four groups of bands repeats after 1 to ``n_lags`` frames.

    Returns:
        ``4 * n_lags`` values in about ``[-1, 1]``, one group of bands after another.
    """
    # float32 even under autocast: differences of powers lose everything in bfloat16.
    with torch.autocast(mel.device.type, enabled=False):
        rise = functional.relu(mel.float().diff(dim=-1))
        bands = torch.stack([part.mean(1) for part in rise.chunk(_N_ONSET_BANDS, dim=1)], dim=1)
        bands = bands - bands.mean(-1, keepdim=True)
        spectrum = torch.fft.rfft(bands, n=2 * mel.shape[-1])
        correlation = torch.fft.irfft(spectrum.abs().square())
        power = correlation[..., :1].clamp(min=1e-4)
        lags: Tensor = correlation[..., 1 : n_lags + 1] / power
        return lags.flatten(1)
