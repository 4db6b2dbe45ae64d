"""Two sets of audio in, the Frechet distance between their log-mel statistics out.

Half-overlapping windows of one second are described by the mean and spread of 32 log-mel bands;
the distance compares the Gaussians that fit the two sets, in float64. No network is involved, so
the number is cheap and cannot be fooled by sharing weights with a model. It is blind to melody,
harmony and form, and no published number can be compared with it (those embed with VGGish or
CLAP). Compare it with its two floors: two halves of the reference, and the reference through the
codec, below which a model that speaks the codec's tokens cannot honestly fall.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray

from musiclm.audio.resample import resample
from musiclm.audio.spectrogram import log_mel
from musiclm.audio.waveform import Waveform
from musiclm.errors import DataError, ShapeError

Array = NDArray[np.float64]

_RATE = 24_000
_HOP = 480  # 20 ms
_N_FFT = 1_920
_N_MELS = 32
_FRAMES = 50  # one second
AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")


@dataclass(frozen=True, slots=True)
class Gaussian:
    """What is left of a set of vectors: their mean, covariance and number."""

    mean: Float[np.ndarray, " D"]
    covariance: Float[np.ndarray, "D D"]
    n_vectors: int


def fit_gaussian(vectors: Float[np.ndarray, "n D"]) -> Gaussian:
    """Mean and unbiased covariance in float64.

    Raises:
        DataError: Fewer vectors than dimensions, so that the covariance would be singular.
    """
    n_vectors, n_features = vectors.shape
    if n_vectors <= n_features:
        raise DataError(
            f"a distance over {n_features} features needs more than {n_features} seconds-long "
            f"windows on each side, got {n_vectors}: give more audio"
        )
    exact = vectors.astype(np.float64)
    return Gaussian(exact.mean(axis=0), np.cov(exact, rowvar=False), n_vectors)


def frechet_distance(first: Gaussian, second: Gaussian) -> float:
    """Squared 2-Wasserstein distance between two Gaussians; 0 when they are the same.

    ``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1^1/2 C2 C1^1/2)^1/2)``; the root is taken of a symmetric
    matrix, so it is real by construction.

    Raises:
        ShapeError: The two have different dimensions.

    Example:
        >>> one = Gaussian(np.zeros(2), np.eye(2), 100)
        >>> moved = Gaussian(np.array([3.0, 4.0]), np.eye(2), 100)
        >>> round(frechet_distance(one, moved), 6)
        25.0
    """
    if first.mean.shape != second.mean.shape:
        raise ShapeError(f"the two sets have {len(first.mean)} and {len(second.mean)} features")
    root = _root(first.covariance)
    product = np.linalg.eigvalsh(root @ second.covariance @ root)
    between = np.sqrt(np.clip(product, 0.0, None)).sum()
    distance = (
        np.square(first.mean - second.mean).sum()
        + np.trace(first.covariance)
        + np.trace(second.covariance)
        - 2.0 * between
    )
    return float(max(distance, 0.0))


def window_statistics(waveform: Waveform) -> Float[np.ndarray, "n D"]:
    """Mean and spread of each log-mel band in every one-second window; loudness evened out."""
    mono = resample(waveform.mono().samples, waveform.sample_rate, _RATE)[0].to(torch.float32)
    mono = mono * (0.1 / mono.square().mean().sqrt().clamp(min=1e-6))
    if len(mono) < _RATE:
        return np.zeros((0, 2 * _N_MELS))
    mel = log_mel(mono, sample_rate=_RATE, n_fft=_N_FFT, hop_length=_HOP, n_mels=_N_MELS)
    bands = mel.numpy().astype(np.float64)
    windows = np.lib.stride_tricks.sliding_window_view(bands, _FRAMES, axis=1)[:, :: _FRAMES // 2]
    stacked: Array = np.concatenate([windows.mean(axis=2), windows.std(axis=2)]).T
    return stacked


def statistics_of(waveforms: Iterable[Waveform]) -> list[Array]:
    """Window statistics of each file, empty ones left out."""
    found = (window_statistics(waveform) for waveform in waveforms)
    return [vectors for vectors in found if len(vectors)]


def distance_between(first: Sequence[Array], second: Sequence[Array]) -> float:
    """Frechet distance between two sets of files, given by their window statistics.

    Raises:
        DataError: Too little audio on a side.
    """
    if not first or not second:
        raise DataError("each side needs audio files of at least one second, one side has none")
    return frechet_distance(
        fit_gaussian(np.concatenate(first)), fit_gaussian(np.concatenate(second))
    )


def split_half_distance(files: Sequence[Array], *, seed: int = 0, n_splits: int = 5) -> float:
    """Mean distance between random halves of one set: what mere chance of selection costs.

    Raises:
        DataError: Too few files or too little audio in a half.
    """
    if len(files) < 2:
        raise DataError(f"halves need at least 2 files, got {len(files)}")
    rng = np.random.default_rng(seed)
    distances = []
    for _ in range(n_splits):
        order = rng.permutation(len(files))
        half = len(files) // 2
        distances.append(
            distance_between([files[i] for i in order[:half]], [files[i] for i in order[half:]])
        )
    return float(np.mean(distances))


def audio_files(place: Path) -> list[Path]:
    """Audio below a folder, or the test split of a corpus folder or manifest; sorted.

    Raises:
        DataError: Nothing there.
    """
    from musiclm.data.manifest import of_split, read_manifest

    corpus = place.parent if place.name == "manifest.jsonl" else place
    if (corpus / "manifest.jsonl").is_file():
        return sorted(clip.audio for clip in of_split(read_manifest(corpus), "test"))
    files = sorted(path for path in place.rglob("*") if path.suffix.lower() in AUDIO_SUFFIXES)
    if not files:
        raise DataError(
            f"no audio below {place}: give a folder of {', '.join(AUDIO_SUFFIXES)} files, "
            "or a corpus folder"
        )
    return files


def _root(covariance: Array) -> Array:
    """Symmetric square root of a symmetric matrix without negative eigenvalues."""
    values, vectors = np.linalg.eigh(covariance)
    root: Array = (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
    return root
