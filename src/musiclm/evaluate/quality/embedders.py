"""The name of an embedder in, a function from a sound to vectors out: one door for every metric.

A distance between two sets of audio is a distance in some embedding, and says nothing beyond what
that embedding hears. So several stand behind one function, and a result always names the one it
used: ``mulan`` hears style and instruments over ten seconds, ``semantic`` harmony and rhythm,
``mel`` bare timbre without any network; ``hf:NAME_OR_FOLDER`` takes a published encoder
(``hf_embedders.py``). The first two share weights with the model that they may have to judge, and
may be kind to it. Nothing here reads files, keeps embeddings (``kept.py``) or computes a metric.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from musiclm._version import __version__
from musiclm.artifact import read_manifest
from musiclm.audio.resample import resample
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError, ConfigError
from musiclm.evaluate.frechet import window_statistics
from musiclm.mulan.model import Mulan
from musiclm.pipeline.folder import find_part
from musiclm.semantic.encoder import describe_frames
from musiclm.semantic.tokenizer import SemanticTokenizer
from musiclm.tokens.timing import seconds_to_samples

BUILT_IN = ("mulan", "semantic", "mel")
"""Embedders that need nothing but this package."""
HF_PREFIX = "hf:"
"""What the names of encoders from a hub or folder begin with."""
DEFAULT_MODEL = "small"
"""Whose networks embed where no model is named."""
EMBEDDER_VERSION = 1
"""Part of every identity: raised when the same weights would give other numbers."""

_WINDOWS_AT_ONCE = 8
_MEL_DIMENSIONS = 64
# Spectra of a stretch take a hundred times the memory of its vectors.
_STRETCH_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Embedder:
    """What turns a sound into one vector a window."""

    name: str  # what ``load_embedder`` was asked for
    identity: str  # 64 hex digits: the same numbers come out wherever it is the same
    dimensions: int
    window_seconds: float  # that one vector describes
    embed: Callable[[Waveform], NDArray[np.float32]]  # to [windows, dimensions]; see below
    model_folder: str | Path | None = None  # as given, so that another process can load it again

    # ``embed`` takes any rate and number of channels, and hears the mean of the channels unless an
    # ``hf`` encoder hears two. It raises AudioError where the sound is too short for a window.


def load_embedder(name: str, *, model_folder: str | Path | None = None) -> Embedder:
    """Load an embedder.

    Args:
        name: ``mulan``: unit vectors of MuLan's audio tower over 10 s, every 5 s (shorter sound is
            filled up with silence, so compare only clips of similar length). ``semantic``: mean
            over each whole second of the frames that semantic tokens are clusters of. ``mel``:
            mean and spread of 32 log-mel bands over 1 s, every half second. ``hf:`` and a name or
            folder: see ``hf_embedders.py``.
        model_folder: Model by name or folder whose MuLan or semantic tokenizer embeds, or the
            folder of that part alone; ``DEFAULT_MODEL`` by default. Others do not need it.

    Raises:
        ConfigError: No such embedder, a model without semantic tokenizer, or a missing package.
        ArtifactError: The model is missing or not intact.
    """
    if name.startswith(HF_PREFIX):
        from musiclm.evaluate.quality.hf_embedders import load_hf_embedder

        return load_hf_embedder(name.removeprefix(HF_PREFIX))
    if name == "mel":
        return Embedder(name, identity_of(name), _MEL_DIMENSIONS, 1.0, _mel)
    # As in pipeline/load.py: sounds of many lengths would fill oneDNN's cache with gigabytes.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")
    place = DEFAULT_MODEL if model_folder is None else model_folder
    if name == "mulan":
        return _mulan(find_part(place, "mulan"), model_folder)
    if name == "semantic":
        return _semantic(find_part(place, "tokenizer"), model_folder)
    raise ConfigError(
        f'no embedder "{name:.80}": use {", ".join(BUILT_IN)}, or {HF_PREFIX} and the name or '
        "folder of an encoder"
    )


def identity_of(*facts: str) -> str:
    """64 hex digits that change with any of the facts, with this file's version and the library's.

    The library's, because features and resampling may change with it, and embedding again takes
    minutes.

    Example:
        >>> identity_of("mel") == identity_of("mel"), identity_of("mel") == identity_of("other")
        (True, False)
    """
    text = "\0".join((str(EMBEDDER_VERSION), __version__, *facts))
    return hashlib.sha256(text.encode()).hexdigest()


def mono_at(waveform: Waveform, sample_rate: int) -> Float[Tensor, " N"]:
    """The mean of the channels at another rate, at least a second of it.

    Raises:
        AudioError: Shorter than a second.
    """
    samples = resample(waveform.mono().samples, waveform.sample_rate, sample_rate)[0]
    if len(samples) < sample_rate:
        raise AudioError(f"embedding needs 1 s of audio, got {waveform.seconds:.2f} s")
    return samples.to(torch.float32)


def means_by_second(frames: Float[Tensor, "T D"], n_seconds: int) -> Float[Tensor, "seconds D"]:
    """Mean of the frames of each second; a frame that lies in two counts in both.

    Example:
        >>> means_by_second(torch.tensor([[1.0], [3.0], [5.0], [7.0]]), 2)
        tensor([[2.],
                [6.]])
    """
    return functional.adaptive_avg_pool1d(frames.T[None], n_seconds)[0].T


def _mel(waveform: Waveform) -> NDArray[np.float32]:
    vectors = window_statistics(waveform)
    if not len(vectors):
        raise AudioError(f"embedding needs 1 s of audio, got {waveform.seconds:.2f} s")
    return vectors.astype(np.float32)


def _mulan(folder: Path, model_folder: str | Path | None) -> Embedder:
    mulan = Mulan.load(folder, towers="both")
    tower = mulan.audio
    if tower is None:
        raise ConfigError(f"{folder} holds no audio tower: give a model that was trained with one")

    @torch.inference_mode()
    def embed(waveform: Waveform) -> NDArray[np.float32]:
        # The tower hears the mean of the channels: taken first, windows are half as large.
        windows = mulan.windows(mono_at(waveform, mulan.sample_rate)[None, None])[0]
        parts = torch.split(windows, _WINDOWS_AT_ONCE)
        vectors = torch.cat([tower(tower.features(part)) for part in parts])
        return np.asarray(vectors.numpy(), np.float32)

    config = mulan.config
    identity = identity_of("mulan", read_manifest(folder)[1])
    return Embedder("mulan", identity, config.dim, config.window_seconds, embed, model_folder)


def _semantic(folder: Path, model_folder: str | Path | None) -> Embedder:
    tokenizer = SemanticTokenizer.load(folder)
    rate = tokenizer.sample_rate

    @torch.inference_mode()
    def embed(waveform: Waveform) -> NDArray[np.float32]:
        samples = mono_at(waveform, rate)
        # Whole seconds only: the mean of a rest of a second would be noisier than the others.
        whole = samples[: len(samples) // rate * rate]
        vectors = []
        for part in torch.split(whole, seconds_to_samples(_STRETCH_SECONDS, rate)):
            frames = tokenizer.features(describe_frames(part[None, None], tokenizer.config))
            vectors.append(means_by_second(frames[0], len(part) // rate))
        return np.asarray(torch.cat(vectors).numpy(), np.float32)

    identity = identity_of("semantic", read_manifest(folder)[1])
    return Embedder("semantic", identity, len(tokenizer.feature_mean), 1.0, embed, model_folder)
