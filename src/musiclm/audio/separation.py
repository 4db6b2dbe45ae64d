"""A recording in, the same without drums and bass out: what is left for a melody to be found in.

Published MusicGen separates every melody before it takes chroma, because a loud bass or kick would
win most frames. Here it happens only where a caller asks for it: the network is the optional
package ``demucs``, which fetches its weights from the internet at first use and unpickles them,
and nothing else in this package does either.

Untried: this file was written from the package's published interface, and has never been run with
its weights.
"""

import importlib
from typing import Any

import torch

from musiclm.audio.blocks import to_stereo
from musiclm.audio.resample import resample
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError

_NETWORK = "htdemucs"  # The one that MusicGen's melodies were separated by.
_KEPT = ("vocals", "other")


def separate_accompaniment(waveform: Waveform) -> Waveform:
    """Take drums and bass away with demucs; one channel is left, at the same rate.

    Untried, see the head of this file.

    Args:
        waveform: Up to 8 channels, which are mixed to stereo.

    Raises:
        AudioError: demucs is not installed.
    """
    pretrained, apply = _demucs("demucs.pretrained"), _demucs("demucs.apply")
    network = pretrained.get_model(_NETWORK)
    stereo = to_stereo(resample(waveform.samples, waveform.sample_rate, network.samplerate))
    with torch.no_grad():
        stems = apply.apply_model(network, stereo[None], device="cpu")[0]
    kept = stems[[network.sources.index(name) for name in _KEPT]].sum(dim=0)
    mono = kept.mean(dim=0, keepdim=True)
    return Waveform(resample(mono, network.samplerate, waveform.sample_rate), waveform.sample_rate)


def _demucs(name: str) -> Any:
    """A module of demucs, or how to get it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise AudioError(
            f"separating needs the package demucs ({error}): pip install demucs, or leave the "
            "separation out"
        ) from None
