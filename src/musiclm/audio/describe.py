"""A waveform in, a row of numbers out: listening without ears.

The numbers say how long, how loud, how noisy, how busy, how fast, in which key and how wide a
sound is. They need no trained model, so they can judge one. They do not say whether it is good.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from musiclm.audio.loudness import SILENCE_DBFS, integrated_loudness
from musiclm.audio.resample import resample
from musiclm.audio.waveform import Waveform
from musiclm.errors import AudioError

Array = NDArray[np.float64]

NOTE_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

_RATE = 24_000  # Everything is measured at this rate, so that numbers compare across files.
_HOP = 240  # 10 ms: fine enough for the onsets of the fastest music.
_WINDOW = 1_024
_LONG_WINDOW = 8_192  # 2.9 Hz a bin: tells semitones apart from about 100 Hz upwards.
_ONSETS_A_SECOND = 100
_SLOWEST_BPM, _FASTEST_BPM = 40.0, 220.0

_LOWEST_KEY_FIT = 0.5  # Correlations measured here: noise 0.29, clicks 0.40, scales 0.84 and above.

# How well each pitch class fits a major and a minor key, tonic first: ratings of listeners in
# Krumhansl and Kessler 1982.
_MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])


@dataclass(frozen=True, slots=True)
class Description:
    """What can be measured of a sound."""

    seconds: float  # duration
    loudness_lufs: float  # integrated, BS.1770; -inf for silence
    peak_dbfs: float  # highest sample; -inf for silence
    silence_fraction: float  # share of 50 ms frames below -60 dBFS, 0 to 1
    onsets_per_second: float  # notes and hits that begin
    spectral_flatness: float  # 0 for a pure tone to 0.56 for white noise; mean of sounding frames
    spectral_centroid_hz: float  # brightness: mean frequency weighted by magnitude
    tempo_bpm: float | None  # the most likely beat; may be half or double; None without a pulse
    key: str | None  # "C major", "F# minor"; None without pitch
    stereo_width: float  # energy of left minus right: 0 mono, 0.5 unrelated, 1 opposite


def describe(waveform: Waveform) -> Description:
    """Measure a mono or stereo sound of any length and rate.

    Raises:
        AudioError: No samples, or samples that are not finite.

    Example:
        >>> time = torch.arange(48_000) / 24_000
        >>> tone = Waveform(torch.sin(2 * torch.pi * 1_000 * time)[None], 24_000)
        >>> round(describe(tone).spectral_centroid_hz, -2)
        1000.0
    """
    if waveform.n_samples == 0 or not bool(torch.isfinite(waveform.samples).all()):
        raise AudioError("only finite samples can be described, at least one")
    at_rate = resample(waveform.samples, waveform.sample_rate, _RATE)
    mono = at_rate.mean(dim=0).to("cpu", torch.float64).numpy()
    magnitudes = _magnitudes(mono, _WINDOW, _HOP)
    sounding = np.sqrt((magnitudes**2).mean(axis=1)) > 1e-3
    onsets = _onsets(_onset_strength(magnitudes, compression=0.5))
    peak = waveform.peak()
    return Description(
        seconds=waveform.seconds,
        loudness_lufs=integrated_loudness(waveform),
        peak_dbfs=20 * math.log10(peak) if peak > 0 else -math.inf,
        silence_fraction=_silence_fraction(at_rate.to("cpu", torch.float64).numpy()),
        onsets_per_second=len(onsets) / waveform.seconds,
        spectral_flatness=_flatness(magnitudes[sounding]),
        spectral_centroid_hz=_centroid(magnitudes[sounding]),
        # Four onsets are the fewest that can show a pulse.
        tempo_bpm=_tempo(_onset_strength(magnitudes, compression=0.8)) if len(onsets) > 3 else None,
        key=_key(mono) if sounding.any() else None,
        stereo_width=_stereo_width(waveform.samples.to("cpu", torch.float64).numpy()),
    )


def _magnitudes(mono: Array, window: int, hop: int) -> Array:
    """Magnitude spectra, one row a frame, centred by zeros at both ends."""
    padded = np.pad(mono, window // 2)
    frames = sliding_window_view(padded, window)[::hop]
    spectra: Array = np.abs(np.fft.rfft(frames * np.hanning(window), axis=1))
    return spectra


def _silence_fraction(channels: Array) -> float:
    """Share of 50 ms frames in which no channel rises above the limit of silence."""
    size = _RATE // 20
    n_frames = max(1, channels.shape[1] // size)
    framed = channels[:, : n_frames * size].reshape(len(channels), n_frames, -1)
    level = np.sqrt((framed**2).mean(axis=2)).max(axis=0)
    return float((level < 10 ** (SILENCE_DBFS / 20)).mean())


def _flatness(magnitudes: Array) -> float:
    """Geometric over arithmetic mean of the power from 50 Hz to 10 kHz."""
    if not len(magnitudes):
        return 0.0
    first, last = (round(hz * _WINDOW / _RATE) for hz in (50, 10_000))
    power = magnitudes[:, first:last] ** 2 + 1e-10
    return float((np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1)).mean())


def _centroid(magnitudes: Array) -> float:
    """Mean frequency weighted by magnitude; 0 for silence."""
    if not len(magnitudes):
        return 0.0
    frequencies = np.fft.rfftfreq(_WINDOW, 1 / _RATE)
    return float((magnitudes @ frequencies / magnitudes.sum(axis=1)).mean())


def _onset_strength(magnitudes: Array, *, compression: float) -> Array:
    """How much each frame adds to the ones before, in logarithmic bands (spectral flux)."""
    edges = np.unique(np.geomspace(2, magnitudes.shape[1], 25).astype(int))
    bands = np.add.reduceat(magnitudes, edges[:-1], axis=1)
    loud = bands**compression
    # Two frames back: a window of 43 ms spreads an attack over four frames.
    rise = np.maximum(loud[2:] - loud[:-2], 0).mean(axis=1)
    strength: Array = np.concatenate(([0.0, 0.0], rise))
    return strength


def _onsets(strength: Array) -> NDArray[np.int64]:
    """Frames where the strength peaks well above its surroundings, at least 50 ms apart."""
    wide = 2 * (_ONSETS_A_SECOND // 10) + 1
    around = sliding_window_view(np.pad(strength, wide // 2), wide)
    narrow = sliding_window_view(np.pad(strength, 3), 7)
    high = (strength > 1.8 * around.mean(axis=1)) & (strength > 0.1 * strength.max())
    peaks = (strength == narrow.max(axis=1)) & high
    found: list[int] = []
    for frame in np.flatnonzero(peaks):
        if not found or frame - found[-1] >= _ONSETS_A_SECOND // 20:
            found.append(int(frame))
    return np.array(found, dtype=np.int64)


def _tempo(strength: Array) -> float | None:
    """The pulse whose multiples best explain when onsets repeat (autocorrelation)."""
    if len(strength) < 2 * _ONSETS_A_SECOND:
        return None
    # Against its surroundings of 4 s, so that a soft part counts as much as a loud one.
    around = np.convolve(strength, np.ones(4 * _ONSETS_A_SECOND), "same")[: len(strength)]
    flux = strength / (around + 0.1 * around.max() + 1e-9)
    flux = flux - flux.mean()
    spectrum = np.fft.rfft(flux, 2 * len(flux))
    repeats = np.fft.irfft(np.abs(spectrum) ** 2)[: len(flux)]
    # Fewer pairs are left at long lags; without this they would count too little.
    repeats = repeats / np.arange(len(flux), 0, -1)
    repeats = repeats[: max(len(flux) // 2, _ONSETS_A_SECOND)] / (repeats[0] + 1e-12)
    bpm = np.geomspace(_SLOWEST_BPM, _FASTEST_BPM, 1_000)
    # In short sound the slowest pulses do not come round even once.
    bpm = bpm[60 * _ONSETS_A_SECOND / bpm <= len(repeats) - 1]
    lag = 60 * _ONSETS_A_SECOND / bpm

    def at(lags: Array) -> Array:
        values: Array = np.interp(lags, np.arange(len(repeats)), repeats, right=np.nan)
        return values

    found = [at(lag * multiple) for multiple in (1, 2, 3, 4)]
    multiples = np.nanmean(np.stack(found), axis=0)
    # Repeats at a half or a third of the lag that are as strong say that the pulse is faster.
    parts = np.maximum(at(lag / 2), at(lag / 3))
    faster = 2 * np.clip(parts - 0.8 * at(lag), 0, 0.2)
    likely = np.exp(-0.5 * (np.log2(bpm / 115) / 1.1) ** 2)  # People tap near 115.
    score = (multiples - faster) * likely
    best = int(np.argmax(np.nan_to_num(score, nan=-1.0)))
    return float(bpm[best]) if multiples[best] > 0.1 else None


def _key(mono: Array) -> str | None:
    """The major or minor key whose profile correlates best with the pitch classes heard."""
    magnitudes = _magnitudes(mono, _LONG_WINDOW, _LONG_WINDOW // 4)
    frequencies = np.fft.rfftfreq(_LONG_WINDOW, 1 / _RATE)
    within = (frequencies > 60) & (frequencies < 2_100)
    # Spectral peaks only: the slopes between them would smear into the neighbouring semitones.
    inner = magnitudes[:, 1:-1]
    peaks = np.zeros_like(magnitudes)
    is_peak = (inner > magnitudes[:, :-2]) & (inner >= magnitudes[:, 2:])
    peaks[:, 1:-1] = np.where(is_peak, inner, 0)
    peaks[:, ~within] = 0
    rows, bins = np.nonzero(peaks > 0.05 * magnitudes.max(axis=1, keepdims=True))
    if not len(rows):
        return None
    left, centre, right = (magnitudes[rows, bins + shift] for shift in (-1, 0, 1))
    offset = 0.5 * (left - right) / (left - 2 * centre + right - 1e-12)
    pitch = 69 + 12 * np.log2((bins + offset) * _RATE / _LONG_WINDOW / 440)
    # The root keeps a loud bass note from drowning the chord above it.
    chroma = np.bincount(np.round(pitch).astype(int) % 12, weights=np.sqrt(centre), minlength=12)
    if chroma.std() == 0:
        return None
    fits = {
        f"{NOTE_NAMES[tonic]} {mode}": float(np.corrcoef(chroma, np.roll(profile, tonic))[0, 1])
        for tonic in range(12)
        for mode, profile in (("major", _MAJOR), ("minor", _MINOR))
    }
    best = max(fits, key=lambda name: fits[name])
    return best if fits[best] > _LOWEST_KEY_FIT else None


def _stereo_width(channels: Array) -> float:
    """Energy of the difference of left and right over that of sum and difference."""
    if len(channels) != 2:
        return 0.0
    middle, side = channels.sum(axis=0), channels[0] - channels[1]
    total = float((middle**2).sum() + (side**2).sum())
    return float((side**2).sum()) / total if total > 0 else 0.0
