"""Decoded samples in, samples fit for a listener out: length, loudness, ends, and a last check."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from musiclm.audio.loudness import is_silent, loudness_gain
from musiclm.audio.waveform import Waveform
from musiclm.errors import GenerationError
from musiclm.tokens.timing import seconds_to_samples

TARGET_LUFS = -14.0
CEILING_DBTP = -1.1
"""A tenth of a decibel under the promised -1 dBTP: 16 bits and other meters round differently."""

FADE_IN_SECONDS = 0.004
FADE_OUT_SECONDS = 0.06
"""Long enough that an ending cut out of a note does not click, short enough to go unnoticed."""


def finish(
    samples: Float[Tensor, "C N_decoded"], *, sample_rate: int, seconds: float
) -> tuple[Waveform, bool]:
    """Cut to length, normalize loudness, soften both ends.

    Works in place, because ten minutes of samples need not be in memory twice: ``samples`` are the
    result afterwards.

    Args:
        samples: What the codec decoded, on the CPU; at least ``seconds`` long.
        sample_rate: Its rate, Hz.
        seconds: Duration wanted; exact to the sample.

    Returns:
        The waveform, and whether it is silent (below -60 dBFS throughout).

    Raises:
        GenerationError: The samples are not finite, or too few.
    """
    n_samples = seconds_to_samples(seconds, sample_rate)
    if samples.shape[1] < n_samples:
        raise GenerationError(
            f"the codec made {samples.shape[1]} samples of {n_samples}: the model folder's parts "
            "do not fit together"
        )
    cut = Waveform(samples[:, :n_samples].to(torch.float32), sample_rate)
    if not math.isfinite(cut.peak()):
        raise GenerationError(
            "the model made samples that are not finite: try another seed or a lower temperature"
        )
    # A constant offset costs headroom and clicks at both ends; music has none.
    cut.samples.sub_(cut.samples.mean(dim=1, keepdim=True))
    cut.soften(FADE_IN_SECONDS, FADE_OUT_SECONDS)
    if is_silent(cut):
        return cut, True
    cut.samples.mul_(loudness_gain(cut, target_lufs=TARGET_LUFS, ceiling_dbtp=CEILING_DBTP))
    return cut, False
