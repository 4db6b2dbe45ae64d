"""Samples in, pitch classes and what they say about mode and chords out, whatever the key.

Mel bands blur neighbouring notes, so a picture of them hardly tells major from minor. A long
window does: its bins are folded into twelve pitch classes. What a chord feels like does not depend
on its root, so one small network looks at all twelve rotations.
"""

from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from musiclm.audio.spectrogram import stft

N_PITCH_CLASSES = 12
_LOWEST_HZ, _HIGHEST_HZ = 80.0, 2100.0  # bins are a semitone apart above the first
_SEGMENT_FRAMES = 25  # half a second of 20 ms frames: about a chord


def chroma_frames(
    samples: Float[Tensor, "B N"], *, sample_rate: int, n_fft: int, hop_length: int
) -> Float[Tensor, "B 12 T"]:
    """Strengths of the pitch classes C to B, unit length a frame, ``N // hop_length + 1`` frames.

    Args:
        samples: One channel.
        sample_rate: In Hz.
        n_fft: Window in samples, a multiple of ``hop_length``; long, to tell low notes apart.
        hop_length: Samples between frames.
    """
    half = n_fft // 2
    padded = functional.pad(samples, (half, half))
    amplitude = stft(padded, n_fft=n_fft, hop_length=hop_length).abs()
    folded = amplitude.sqrt() @ _pitch_classes(n_fft, sample_rate).to(samples).T
    return functional.normalize(folded, dim=-1).transpose(1, 2)


@lru_cache(maxsize=8)
@torch.inference_mode(False)
def _pitch_classes(n_fft: int, sample_rate: int) -> Float[Tensor, "12 bins"]:
    """Which pitch class each bin belongs to, by the nearer of its two neighbours."""
    hertz = torch.arange(n_fft // 2 + 1) * (sample_rate / n_fft)
    pitch = 12 * torch.log2(hertz.clamp(min=1.0) / 440.0) + 9  # C is 0
    inside = (hertz >= _LOWEST_HZ) & (hertz <= _HIGHEST_HZ)
    # Octaves hold more and more bins; each octave is to count alike.
    weight = torch.where(inside, 1.0 - 2.0 * (pitch - pitch.round()).abs(), 0.0) / hertz.clamp(1.0)
    table = torch.zeros(N_PITCH_CLASSES, len(hertz))
    table[pitch.round().long() % N_PITCH_CLASSES, torch.arange(len(hertz))] = weight * 100.0
    return table


class HarmonyReader(nn.Module):
    """Pitch classes of a window to one vector that does not change when everything is transposed.

    A segment and the next one are read together, because two chords say more about a mode than
    each alone.
    """

    def __init__(self, width: int, dim: int) -> None:
        super().__init__()
        self.chords = nn.Linear(2 * N_PITCH_CLASSES, width)
        self.scale = nn.Linear(N_PITCH_CLASSES, width)
        self.out = nn.Sequential(nn.Linear(4 * width, dim), nn.GELU(), nn.Linear(dim, dim))

    def forward(self, chroma: Float[Tensor, "B 12 T"]) -> Float[Tensor, "B D"]:
        """Read every rotation, keep the mean and the strongest."""
        segments = functional.avg_pool1d(chroma, min(_SEGMENT_FRAMES, chroma.shape[-1]))
        segments = functional.normalize(segments - segments.mean(1, keepdim=True), dim=1)
        following = torch.cat((segments[..., 1:], segments[..., -1:]), dim=-1)
        scale = functional.normalize(segments.mean(-1), dim=1)
        turned = [(-r) % N_PITCH_CLASSES for r in range(N_PITCH_CLASSES)]
        pairs = torch.stack(
            [torch.cat((segments.roll(r, 1), following.roll(r, 1)), dim=1) for r in turned], dim=1
        )
        chords = functional.gelu(self.chords(pairs.transpose(2, 3))).mean(2)  # [B, 12, W]
        scales = functional.gelu(self.scale(torch.stack([scale.roll(r, 1) for r in turned], dim=1)))
        both = torch.cat((chords, scales), dim=-1)
        read: Tensor = self.out(torch.cat((both.mean(1), both.amax(1)), dim=-1))
        return read
