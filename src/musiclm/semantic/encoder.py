"""Audio in, one feature vector per token frame out: what the semantic tokens are clusters of.

Each frame of 40 ms is described twice. Four stacked log-mel frames of 10 ms hold timbre and
onsets; semitone bands over a longer window hold harmony and melody, which mel bands blur. Frame
``t`` is centred on samples ``[t * hop, (t + 1) * hop)``. A Conformer then looks at the music around
each frame. Its training is in ``pretrain.py``, its clusters in ``tokenizer.py``.
"""

from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from musiclm.audio.spectrogram import mel_filters, stft
from musiclm.nn.transformer import Transformer, TransformerConfig
from musiclm.semantic.config import SemanticConfig

_MEL_FLOOR = 1e-4
# Higher than for mel: between the partials of a note lies noise that should count as nothing.
_PITCH_FLOOR = 1e-3


class SemanticEncoder(nn.Module):
    """Frame descriptions ``[B, T, F]`` to features ``[B, T, D]`` of the layer that is clustered.

    Buffers: ``input_mean`` and ``input_std``, one per number, set from training data.
    """

    input_mean: Tensor
    input_std: Tensor

    def __init__(self, config: SemanticConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("input_mean", torch.zeros(config.n_features))
        self.register_buffer("input_std", torch.ones(config.n_features))
        self.embed = nn.Linear(config.n_features, config.dim)
        self.layers = Transformer(transformer_config(config, config.depth))

    def set_scale(self, inputs: Float[Tensor, "T F"]) -> None:
        """Normalise each number by its mean and deviation over these (training) frames.

        BEST-RQ needs it: without, the random codebook collapses onto a few codes.
        """
        self.input_mean.copy_(inputs.mean(0))
        self.input_std.copy_(inputs.std(0).clamp(min=1e-2))

    def normalise(self, inputs: Float[Tensor, "B T F"]) -> Float[Tensor, "B T F"]:
        """Zero mean, unit variance, outliers cut."""
        return ((inputs - self.input_mean) / self.input_std).clamp(-5.0, 5.0)

    def forward(self, normalised: Float[Tensor, "B T F"]) -> Float[Tensor, "B T D"]:
        """Features of normalised descriptions."""
        hidden: Tensor = self.layers(self.embed(normalised))
        return hidden


def transformer_config(config: SemanticConfig, depth: int) -> TransformerConfig:
    """``depth`` Conformer layers that look both ways."""
    return TransformerConfig(
        dim=config.dim,
        depth=depth,
        n_heads=config.n_heads,
        ff_mult=config.ff_mult,
        causal=False,
        positions="rotary",
        conv_kernel=config.conv_kernel,
    )


def describe_frames(
    samples: Float[Tensor, "B C N"], config: SemanticConfig
) -> Float[Tensor, "B T F"]:
    """Stacked log-mel and semitone bands of the mid signal, ``T = ceil(N / hop_length)``.

    Half windows of silence are added on both ends, and the last frame is filled up with silence.
    """
    mid = samples.mean(1)
    hop = config.hop_length
    n_frames = -(-mid.shape[-1] // hop)
    mid = functional.pad(mid, (0, n_frames * hop - mid.shape[-1]))
    mel = _bands(
        mid,
        window=config.mel_window,
        hop=hop // config.stack,
        filters=mel_filters(config.n_mels, config.mel_window, config.sample_rate),
        floor=_MEL_FLOOR,
    )
    pitches = _bands(
        mid,
        window=config.pitch_window,
        hop=hop,
        filters=_pitch_filters(
            config.n_pitches, config.lowest_pitch, config.pitch_window, config.sample_rate
        ),
        floor=_PITCH_FLOOR,
    )
    return torch.cat((mel.reshape(len(mel), n_frames, -1), pitches), dim=-1)


def _bands(
    mid: Float[Tensor, "B N"],
    *,
    window: int,
    hop: int,
    filters: Float[Tensor, "F bins"],
    floor: float,
) -> Float[Tensor, "B T F"]:
    """Log amplitudes of bands; frame ``t`` is centred on its own ``hop`` samples."""
    before = (window - hop) // 2
    padded = functional.pad(mid, (before, window - hop - before))
    amplitude = stft(padded, n_fft=window, hop_length=hop).abs() * (4.0 / window)
    return torch.log(amplitude @ filters.T.to(amplitude) + floor)


@lru_cache(maxsize=8)
@torch.inference_mode(False)
def _pitch_filters(
    n_pitches: int, lowest: int, window: int, sample_rate: int
) -> Float[Tensor, "F bins"]:
    """Triangles of unit peak around each semitone, never narrower than one bin."""
    spacing = sample_rate / window
    bins = torch.arange(window // 2 + 1) * spacing
    pitches = torch.arange(lowest, lowest + n_pitches)
    centres = 440.0 * 2.0 ** ((pitches - 69) / 12.0)
    width = (centres * (2 ** (1 / 12) - 1)).clamp(min=spacing)
    return (1 - (bins - centres[:, None]).abs() / width[:, None]).clamp(min=0.0)
