"""Frame descriptions in, harmony and rhythm out: twelve pitch classes and eight bands of onsets.

What a semantic token should say is what is *played*; how it sounds is already said by the MuLan
tokens. Measured against the notes of held-out pieces, clusters of these twenty numbers tell three
times as much of bass, chord, melody and onsets as clusters of an encoder layer after some minutes
of training on two cores (docs/experiments/semantic.md): that layer groups frames by piece and
timbre. Both side by side keep nearly all of that, and the layer's sense of who is playing. With an
accelerator and hours of training the layer alone may do.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from musiclm.semantic.config import SemanticConfig

N_PITCH_CLASSES = 12
N_ONSET_BANDS = 8
# Relative to harmony; at 0.7 onsets are told well and chords hardly worse than without onsets.
_ONSET_WEIGHT = 0.7
_SMOOTHING = 3


def harmony_and_rhythm(
    inputs: Float[Tensor, "B T F"], config: SemanticConfig
) -> Float[Tensor, "B T D"]:
    """Loudness of the pitch classes relative to each other, and how fast bands grow louder."""
    n_mel = config.stack * config.n_mels
    return torch.cat((_chroma(inputs[..., n_mel:]), _onsets(inputs[..., :n_mel], config)), dim=-1)


def feature_weights() -> Float[Tensor, " D"]:
    """What each normalised number counts in distances: both groups by their share, not size."""
    chroma = torch.full((N_PITCH_CLASSES,), N_PITCH_CLASSES**-0.5)
    onsets = torch.full((N_ONSET_BANDS,), _ONSET_WEIGHT * N_ONSET_BANDS**-0.5)
    return torch.cat((chroma, onsets))


def _chroma(pitches: Float[Tensor, "B T F"]) -> Float[Tensor, "B T D"]:
    """Octaves added up, the frame's own level removed, smoothed over 120 ms."""
    octaves = pitches.exp().reshape(*pitches.shape[:2], -1, N_PITCH_CLASSES)
    levels = octaves.sum(2).log()
    relative = levels - levels.mean(-1, keepdim=True)
    smoothed = functional.avg_pool1d(
        relative.transpose(1, 2),
        _SMOOTHING,
        stride=1,
        padding=_SMOOTHING // 2,
        count_include_pad=False,
    )
    return smoothed.transpose(1, 2)


def _onsets(mel: Float[Tensor, "B T F"], config: SemanticConfig) -> Float[Tensor, "B T D"]:
    """The steepest rise of each band between neighbouring mel frames, averaged in groups."""
    n_batch, n_frames, _ = mel.shape
    fine = mel.reshape(n_batch, n_frames * config.stack, config.n_mels)
    rise = functional.relu(fine.diff(dim=1, prepend=fine[:, :1]))
    steepest = rise.reshape(n_batch, n_frames, config.stack, config.n_mels).amax(2)
    return steepest.reshape(n_batch, n_frames, N_ONSET_BANDS, -1).mean(-1)
