"""Originals and copies in, ViSQOL's guess of what listeners would say out: 1 (bad) to 5.

An optional measure: it takes seconds a clip, and on music it does not always rise with the bitrate
(Opus at 24 kbit/s scored above 48 in a trial). It is reported and never decides alone.
"""

from typing import Protocol

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from musiclm.audio.resample import resample

_RATE = 48_000  # The audio model was fitted at this rate.


class _Listener(Protocol):
    """The part of ``visqol.VisqolApi`` that is used."""

    def measure_from_arrays(
        self, ref_array: NDArray[np.float64], deg_array: NDArray[np.float64], sample_rate: int
    ) -> "_Opinion": ...


class _Opinion(Protocol):
    moslqo: float


class Visqol:
    """ViSQOL in audio mode, on the mean of the channels.

    Raises:
        ImportError: The package is missing; names how to get it.
    """

    def __init__(self) -> None:
        try:
            from visqol import VisqolApi
        except ImportError:
            raise ImportError(
                'ViSQOL is not installed: pip install "musiclm[codec-eval]", or leave out --visqol'
            ) from None
        listener = VisqolApi()
        listener.create(mode="audio")
        self._listener: _Listener = listener

    def __call__(
        self,
        predicted: Float[Tensor, "C N"],
        target: Float[Tensor, "C N"],
        *,
        sample_rate: int,
    ) -> float:
        """Mean opinion score of one clip; NaN where ViSQOL finds nothing to compare."""
        ours, theirs = (
            resample(samples.mean(dim=0, keepdim=True), sample_rate, _RATE)[0].double().numpy()
            for samples in (predicted, target)
        )
        if not theirs.any():
            return float("nan")
        return float(self._listener.measure_from_arrays(theirs, ours, _RATE).moslqo)
