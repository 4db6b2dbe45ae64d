"""A clip and its tempo in, how many beats a bar of it has out: three, four, five or seven.

Whatever marks bars (the bass drum, a change of chord, a pattern that comes round) is more alike a
whole bar later than some other number of beats later. So onsets, low onsets and the spectrum are
compared with themselves two to twelve beats later, and the metre whose multiples stand out most is
heard. Two beats a bar count as four: nobody hears the difference in a recording, and 6/8 has two
felt beats. Nothing is learned and MuLan has no part in it; only how much more it takes to say
five or seven than three or four was set on composed pieces. The tempo
is best given: heard alone it may be that of bars or of half-beats, and then the count is of those.
In ten seconds of composed music five and seven are mostly missed, and heard as four.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from musiclm.audio.spectrogram import log_mel
from musiclm.audio.waveform import Waveform
from musiclm.corpus.score import beats_in_bar
from musiclm.errors import ConfigError, DataError
from musiclm.evaluate.corpus.tempo import onset_strength, tempo_of
from musiclm.evaluate.model.scores import Row, share_row

Array = NDArray[np.float64]

METRES = (3, 4, 5, 7)
"""Beats in a bar that are told apart; 4 stands for 2, too."""

_DOUBT = {3: 0.0, 4: 0.0, 5: 0.06, 7: 0.1}  # What a rarer metre has to stand out more by.
_FARTHEST_BEATS = 12
_ONSETS_A_SECOND, _SPECTRA_A_SECOND = 100, 50
_LOW_HERTZ = 180.0
_BANDS = 40
_WINDOW_SECONDS = 0.08
_LOOSENESS = 0.015  # of a lag: tempo is never exact
_LONGEST_SHARE = 0.85  # of a clip: too few pairs lie farther apart


def metre_class(metre: tuple[int, int]) -> int:
    """What is heard of a written metre; for all others than ``METRES`` the number of its beats.

    Example:
        >>> [metre_class(each) for each in ((4, 4), (2, 4), (6, 8), (3, 4))]
        [4, 4, 4, 3]
    """
    beats = beats_in_bar(metre)
    return 4 if beats == 2 else beats


def metre_of(waveform: Waveform, tempo_bpm: float | None = None) -> int | None:
    """Beats in a bar of a clip.

    Args:
        waveform: Ten seconds or more; at slow tempi less tells little.
        tempo_bpm: Felt beats a minute, where a prompt states them; otherwise they are heard.

    Returns:
        One of ``METRES``; ``None`` where no tempo is heard or nothing is repeated.

    Raises:
        ConfigError: The tempo is not above 0.
    """
    found = metre_scores(waveform, tempo_bpm)
    if found is None:
        return None
    return max(METRES, key=lambda metre: found[metre] - _DOUBT[metre])


def metre_scores(waveform: Waveform, tempo_bpm: float | None = None) -> dict[int, float] | None:
    """How much bars of each length stand out, about -1 to 1.

    Args:
        waveform: The clip.
        tempo_bpm: As for ``metre_of``.

    Returns:
        ``None`` where no tempo is heard or the clip is shorter than three bars of three.

    Raises:
        ConfigError: The tempo is not above 0.
    """
    if tempo_bpm is not None and not tempo_bpm > 0:
        raise ConfigError(f"tempo_bpm must be above 0, got {tempo_bpm}")
    mono = waveform.samples.mean(dim=0).double().numpy()
    rate = waveform.sample_rate
    bpm = tempo_bpm or tempo_of(mono, rate)
    if bpm is None or waveform.seconds * bpm / 60 < 3 * METRES[0]:
        return None
    marks = [
        _likeness_by_beat(marks, per_second, 60 / bpm)
        for marks, per_second in (
            (onset_strength(mono, rate)[:, None], _ONSETS_A_SECOND),
            (onset_strength(_low(mono, rate), rate)[:, None], _ONSETS_A_SECOND),
            (_spectra(mono, rate), _SPECTRA_A_SECOND),
        )
    ]
    return {
        metre: float(np.mean([_outstanding(each, metre) for each in marks])) for metre in METRES
    }


def metre_row(
    wanted: Sequence[int],
    heard: Sequence[int | None],
    *,
    real: Sequence[int | None] | None = None,
    seed: int = 0,
) -> Row:
    """How often the metre is right.

    Four is so common that always saying four scores high: chance shows how high.

    Args:
        wanted: Of ``metre_class``, one a clip.
        heard: Of ``metre_of``, one a clip.
        real: The same of real audio.
        seed: Of resamples and shufflings.

    Raises:
        DataError: No clip, or not one answer for each.
    """
    if real is not None and len(real) != len(wanted):
        raise DataError(f"expected a real answer for each of {len(wanted)} clips, got {len(real)}")
    return share_row(
        "metre (beats in a bar)", wanted, heard, lambda w, h: w == h, real=real, seed=seed
    )


def recall_by_metre(wanted: Sequence[int], heard: Sequence[int | None]) -> dict[int, float]:
    """Share of right answers for each metre that is wanted: what the rare ones need.

    Raises:
        DataError: Not one answer for each clip.

    Example:
        >>> recall_by_metre([3, 3, 4], [3, 4, 4])
        {3: 0.5, 4: 1.0}
    """
    if len(wanted) != len(heard):
        raise DataError(f"expected an answer for each of {len(wanted)} clips, got {len(heard)}")
    return {
        metre: float(np.mean([h == w for w, h in zip(wanted, heard, strict=True) if w == metre]))
        for metre in sorted(set(wanted))
    }


def _low(mono: Array, sample_rate: int) -> Array:
    """What the bass and the bass drum play."""
    filtered: Array = sosfilt(butter(4, _LOW_HERTZ, fs=sample_rate, output="sos"), mono)
    return filtered


def _spectra(mono: Array, sample_rate: int) -> Array:
    """Log-mel bands, ``[frames, bands]``."""
    bands = log_mel(
        torch.from_numpy(np.ascontiguousarray(mono, np.float32)),
        sample_rate=sample_rate,
        n_fft=round(_WINDOW_SECONDS * sample_rate),
        hop_length=sample_rate // _SPECTRA_A_SECOND,
        n_mels=_BANDS,
    )
    frames: Array = bands.numpy().T.astype(np.float64)
    return frames


def _likeness_by_beat(marks: Array, per_second: int, beat_seconds: float) -> Array:
    """Autocorrelation one to twelve beats later, ``[beats]``; NaN past the end of the clip."""
    centred = marks - marks.mean(axis=0)
    n_frames = len(centred)
    spectrum = np.fft.rfft(centred, 2 * n_frames, axis=0)
    alike = np.fft.irfft(np.square(np.abs(spectrum)).sum(axis=1))[:n_frames]
    # Fewer pairs are left at long lags; without this they would count too little.
    alike = alike / np.arange(n_frames, 0, -1)
    alike = alike / (alike[0] + 1e-12)
    found = np.full(_FARTHEST_BEATS, math.nan)
    for place in range(_FARTHEST_BEATS):
        lag = (place + 1) * beat_seconds * per_second
        first, last = int(lag * (1 - _LOOSENESS)), math.ceil(lag * (1 + _LOOSENESS))
        if last + 1 < _LONGEST_SHARE * n_frames:
            found[place] = alike[first : last + 1].max()
    return found


def _outstanding(alike: Array, metre: int) -> float:
    """How much more alike it is whole bars later than other numbers of beats; 0 if not to tell."""
    beats = np.arange(1, len(alike) + 1)
    # The very next beat is alike whatever the metre.
    known = np.isfinite(alike) & (beats >= 2)
    whole, other = known & (beats % metre == 0), known & (beats % metre != 0)
    if not whole.any() or not other.any():
        return 0.0
    return float(alike[whole].mean() - alike[other].mean())
