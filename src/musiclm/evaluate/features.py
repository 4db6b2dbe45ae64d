"""Ten seconds of sound in, a vector of hand-made features out: what the adherence judge hears.

Nothing here is learned, so that a judge built on it shares nothing with the models it judges:
no MuLan, no codec, no encoder. The vector does not depend on loudness. It says how energy lies
over mel bands and semitones, how it moves (flux, modulation, autocorrelation at musical tempi),
how notes start and decay, and how much of the sound is percussive. It does not use stereo, which
a token model may place differently without being less faithful to its prompt.
"""

import itertools

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from scipy.fft import dct
from scipy.ndimage import median_filter
from torch import Tensor

from musiclm.audio.resample import resample
from musiclm.audio.spectrogram import log_mel
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError

Array = NDArray[np.float64]

FEATURE_VERSION = 1
"""Goes into a judge's settings: features of another version would be read as nonsense."""

MIN_SECONDS = 2.0

_RATE = 24_000
_HOP = 240  # 10 ms
_FRAME_RATE = _RATE // _HOP
_N_FFT = 960
_N_MELS = 64
_LONG_FFT = 8_192  # 2.9 Hz a bin, for semitones
_TEMPI = np.geomspace(40.0, 240.0, 64)
_MODULATIONS = np.geomspace(0.5, 20.0, 17)  # Hz, edges of 16 bands
_LOWEST_NOTE, _N_NOTES = 28, 80  # E1 to D#8
_BEFORE, _AFTER = 5, 25  # frames kept around a strong onset


def features_of(waveform: Waveform) -> NDArray[np.float32]:
    """Describe a sound by about a thousand numbers, each finite.

    Args:
        waveform: At least ``MIN_SECONDS``; compare only vectors of sounds about equally long.

    Raises:
        AudioError: Too short, or not finite.
    """
    mono = _levelled(waveform)
    parts = [_mel_statistics(mono), _notes(mono.numpy().astype(np.float64))]
    vector = np.nan_to_num(np.concatenate(parts))
    return vector.astype(np.float32)


def mel_features_of(waveform: Waveform) -> NDArray[np.float32]:
    """The part of ``features_of`` that log-mel bands tell, without the semitones.

    Raises:
        AudioError: Too short, or not finite.
    """
    vector = np.nan_to_num(_mel_statistics(_levelled(waveform)))
    return vector.astype(np.float32)


def _mel_statistics(mono: Float[Tensor, " N"]) -> Array:
    """How the log-mel bands of a sound at the common rate and level lie and move."""
    mel = log_mel(mono, sample_rate=_RATE, n_fft=_N_FFT, hop_length=_HOP, n_mels=_N_MELS)
    bands = mel.numpy().astype(np.float64)
    rises = np.clip(bands[:, 2:] - bands[:, :-2], 0.0, 4.0)
    return np.concatenate(
        [
            _envelope(bands),
            _motion(rises),
            _pulse(rises),
            _modulation(bands),
            _percussiveness(bands),
            _cepstrum(bands),
            _attacks(bands, rises),
        ]
    )


def _levelled(waveform: Waveform) -> Float[Tensor, " N"]:
    """One channel at the common rate, at the common level."""
    if waveform.seconds < MIN_SECONDS:
        raise AudioError(
            f"a judge needs at least {MIN_SECONDS} s of sound, got {waveform.seconds:.2f} s"
        )
    if not bool(torch.isfinite(waveform.samples).all()):
        raise AudioError("only finite samples can be judged, got NaN or infinity")
    mono = resample(waveform.mono().samples, waveform.sample_rate, _RATE)[0].to(torch.float32)
    level = mono.square().mean().sqrt()
    return mono * (0.1 / level.clamp(min=1e-6))


def _groups(bands: Array, n_groups: int) -> Array:
    """Neighbouring mel bands averaged."""
    grouped: Array = bands.reshape(n_groups, -1, bands.shape[1]).mean(axis=1)
    return grouped


def _envelope(bands: Array) -> Array:
    """How energy lies over the bands, on average, in quiet and in loud moments."""
    low, high = np.percentile(bands, [10, 90], axis=1)
    return np.concatenate([bands.mean(axis=1), bands.std(axis=1), low, high])


def _motion(rises: Array) -> Array:
    """How much new energy arrives, on average and at the strongest onsets."""
    grouped = _groups(rises, 8)
    return np.concatenate([grouped.mean(axis=1), np.percentile(grouped, 97, axis=1)])


def _pulse(rises: Array) -> Array:
    """How strongly onsets repeat at each tempo, in four registers and all together."""
    flux = np.vstack([_groups(rises, 4), rises.mean(axis=0)])
    flux = flux - flux.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(flux, 2 * flux.shape[1], axis=1)
    repeats = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, : flux.shape[1]]
    repeats = repeats / np.arange(flux.shape[1], 0, -1)
    repeats = repeats / (repeats[:, :1] + 1e-9)
    frames = np.arange(flux.shape[1])
    lags = 60.0 * _FRAME_RATE / _TEMPI
    at_tempi = np.concatenate([np.interp(lags, frames, row) for row in repeats])
    multiples = [np.interp(lags * m, frames, repeats[-1], right=0.0) for m in (1, 2, 4)]
    comb = np.mean(multiples, axis=0)
    return np.concatenate([at_tempi, comb, comb - comb.mean()])


def _modulation(bands: Array) -> Array:
    """How fast the energy of eight registers goes up and down, 0.5 to 20 Hz."""
    grouped = _groups(bands, 8)
    moving = (grouped - grouped.mean(axis=1, keepdims=True)) * np.hanning(grouped.shape[1])
    power = np.abs(np.fft.rfft(moving, axis=1)) ** 2
    frequencies = np.fft.rfftfreq(grouped.shape[1], 1 / _FRAME_RATE)
    columns = []
    for low, high in itertools.pairwise(_MODULATIONS):
        inside = (frequencies >= low) & (frequencies < high)
        nearest = np.argmin(np.abs(frequencies - low))
        columns.append(power[:, inside].mean(axis=1) if inside.any() else power[:, nearest])
    loud: Array = np.log(np.stack(columns, axis=1) + 1e-3)
    return loud.ravel()


def _percussiveness(bands: Array) -> Array:
    """Share of energy that is short and wide (hits) rather than long and narrow (tones)."""
    amplitude = np.exp(_groups(bands, 32))
    tones = median_filter(amplitude, size=(1, 25)) ** 2
    hits = median_filter(amplitude, size=(7, 1)) ** 2
    share = _groups(hits / (hits + tones + 1e-9), 8)
    return np.concatenate([share.mean(axis=1), np.percentile(share, 95, axis=1)])


def _cepstrum(bands: Array) -> Array:
    """How timbre varies: spread of cepstral coefficients and of their differences."""
    cepstrum = dct(bands, axis=0, norm="ortho")[1:21]
    return np.concatenate([cepstrum.std(axis=1), np.diff(cepstrum, n=2, axis=1).std(axis=1)])


def _attacks(bands: Array, rises: Array) -> Array:
    """The mean course of four registers around their sixteen strongest onsets."""
    grouped = _groups(bands, 4)
    courses = []
    for envelope, strength in zip(grouped, _groups(rises, 4), strict=True):
        inside = strength[_BEFORE : len(strength) - _AFTER]
        strongest = np.argsort(inside)[-16:] + _BEFORE + 1
        around = strongest[:, None] + np.arange(-_BEFORE, _AFTER)[None]
        course = envelope[np.clip(around, 0, len(envelope) - 1)].mean(axis=0)
        courses.append(course - course.mean())
    return np.concatenate(courses)


def _notes(mono: Array) -> Array:
    """How energy lies over semitones, and at which intervals it repeats (harmonics, chords)."""
    hop = _LONG_FFT // 4
    frames = np.lib.stride_tricks.sliding_window_view(mono, _LONG_FFT)[::hop]
    magnitudes = np.abs(np.fft.rfft(frames * np.hanning(_LONG_FFT), axis=1))
    frequencies = np.fft.rfftfreq(_LONG_FFT, 1 / _RATE)[1:]
    note = np.round(69 + 12 * np.log2(frequencies / 440)).astype(int) - _LOWEST_NOTE
    inside = (note >= 0) & (note < _N_NOTES)
    energy = np.zeros((len(magnitudes), _N_NOTES))
    np.add.at(energy.T, note[inside], (magnitudes[:, 1:][:, inside] ** 2).T)
    loud = np.log(energy + 1e-3)
    mean = loud.mean(axis=0)
    sharp = loud - median_filter(loud, size=(1, 7))  # peaks above their surroundings
    sharp_mean = sharp.mean(axis=0) - sharp.mean()
    intervals = [float(np.mean(sharp_mean[: _N_NOTES - i] * sharp_mean[i:])) for i in range(29)]
    return np.concatenate([mean, sharp.std(axis=0), np.array(intervals)])
