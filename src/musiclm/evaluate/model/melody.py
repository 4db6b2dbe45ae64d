"""Sound in, its melody out, ten milliseconds a frame; and how well two melodies agree.

A model that is asked to sing a given tune, or to go on with one, is judged by whether the tune is
heard in what it made. The melody of a mix is its most salient pitch: harmonics of every candidate
are added up (Salamon and Gomez 2012, without their contours), and the best path through them is
taken. Agreement follows the measures of MIREX melody extraction as ``mir_eval`` defines them. What
this does not do: tell a lead from a loud accompaniment. In a dense mix it errs often, so its
numbers mean something beside the same judge's on real audio only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from musiclm.corpus.annotations import MelodyNote
from musiclm.errors import AudioError, DataError, ShapeError
from musiclm.evaluate.model.cycle import agreement_row
from musiclm.evaluate.model.scores import Row

Array = NDArray[np.float64]

HOP_SECONDS = 0.01
TOLERANCE_CENTS = 50.0
LOWEST_KEY, HIGHEST_KEY = 45, 93  # A2 to A6: where leads play

_WINDOW_SECONDS = 0.085
_BINS_A_KEY = 3  # candidates lie 33 cents apart, nearer than the tolerance
_HARMONICS = 12
_DECAY = 0.9  # of each harmonic against the one below it
_TILT = 0.3  # for each octave up: tunes lie on top, and a pitch an octave too low explains as much
_COMPRESSION = 0.5  # amplitudes count by their root, or one loud harmonic would decide
_STEP_COST = 0.05  # for each key that the melody moves between frames, in shares of the salience
_FARTHEST_KEYS = 12.0  # A leap costs no more than an octave does.
_VOICED_FROM = 0.65  # of the salience that is reached in one frame of twenty
_FRAMES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Melody:
    """A course of pitch, one frame every ten milliseconds.

    A frame may have a pitch though it is not voiced: the guess, had there been a melody.
    """

    hertz: Array  # [frames]; 0 where there is no guess
    voiced: NDArray[np.bool_]  # [frames]

    def __post_init__(self) -> None:
        """Refuse a course whose halves do not match."""
        if self.hertz.ndim != 1 or self.hertz.shape != self.voiced.shape:
            raise ShapeError(
                "a melody needs one pitch and one yes or no a frame, got "
                f"{list(self.hertz.shape)} and {list(self.voiced.shape)}"
            )


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a heard melody compares with the true one; all are shares, 0 to 1."""

    voicing_recall: float  # of voiced frames, that are heard as voiced
    voicing_false_alarm: float  # of unvoiced frames, that are heard as voiced
    raw_pitch: float  # of voiced frames, whose pitch is right within 50 cents, voiced or not
    raw_chroma: float  # the same, octave aside
    overall: float  # of all frames: right pitch and voiced, or rightly unvoiced


def agreement(
    true: Melody, heard: Melody, *, tolerance_cents: float = TOLERANCE_CENTS
) -> Agreement:
    """Compare two courses of pitch frame by frame, as far as the shorter of the two.

    Where nothing is sung, everything that is sung is found (recall 1) and no pitch is right (0), as
    ``mir_eval`` has it.

    Args:
        true: What is right.
        heard: What is judged.
        tolerance_cents: A pitch is right when it is nearer than this.

    Raises:
        DataError: One of them has no frame.

    Example:
        >>> tune = Melody(np.array([220.0, 440.0]), np.array([True, True]))
        >>> octave = Melody(np.array([440.0, 440.0]), np.array([True, False]))
        >>> found = agreement(tune, octave)
        >>> found.raw_pitch, found.raw_chroma, found.voicing_recall
        (0.5, 1.0, 0.5)
    """
    n_frames = min(len(true.hertz), len(heard.hertz))
    if not n_frames:
        raise DataError("melodies are compared frame by frame, one of them has no frame")
    wanted, said = true.hertz[:n_frames], heard.hertz[:n_frames]
    sung, voiced = true.voiced[:n_frames] & (wanted > 0), heard.voiced[:n_frames] & (said > 0)
    guessed = sung & (said > 0)
    cents = np.zeros(n_frames)
    cents[guessed] = 1_200 * np.abs(np.log2(said[guessed] / wanted[guessed]))
    right = guessed & (cents < tolerance_cents)
    # Away from the nearest octave.
    apart = np.abs(cents - 1_200 * np.floor(cents / 1_200 + 0.5))
    same_class = guessed & (apart < tolerance_cents)
    return Agreement(
        voicing_recall=_share(sung & voiced, sung) if sung.any() else 1.0,
        voicing_false_alarm=_share(~sung & voiced, ~sung),
        raw_pitch=_share(right, sung),
        raw_chroma=_share(same_class, sung),
        overall=float(((right & voiced) | (~sung & ~voiced)).mean()),
    )


def melody_of_notes(notes: Iterable[MelodyNote], seconds: float) -> Melody:
    """What a written tune sounds like: the highest note where several sound.

    Args:
        notes: In seconds, such as ``Annotations.melody``.
        seconds: Of the course; notes past it are left out.

    Example:
        >>> note = MelodyNote(start=0.01, end=0.03, pitch=69)
        >>> melody_of_notes([note], 0.05).hertz
        array([  0., 440., 440.,   0.,   0.])
    """
    keys = np.zeros(max(0, round(seconds / HOP_SECONDS)))
    for note in notes:
        place = slice(round(note.start / HOP_SECONDS), round(note.end / HOP_SECONDS))
        keys[place] = np.maximum(keys[place], note.pitch)
    return Melody(np.where(keys > 0, _hertz(keys), 0.0), keys > 0)


def melody_of(mono: Array, sample_rate: int) -> Melody:
    """The most salient pitch of a sound, frame by frame.

    Args:
        mono: Samples of one channel.
        sample_rate: In Hz.

    Raises:
        AudioError: Shorter than a window of 85 ms.
    """
    if len(mono) < _WINDOW_SECONDS * sample_rate:
        raise AudioError(
            f"a melody needs at least {1_000 * _WINDOW_SECONDS:.0f} ms of sound, got "
            f"{1_000 * len(mono) / sample_rate:.0f} ms"
        )
    found = salience(mono, sample_rate)
    path = _best_path(found)
    strength = found[np.arange(len(path)), path]
    loudest = float(np.percentile(strength, 95))
    keys = LOWEST_KEY + path / _BINS_A_KEY
    return Melody(_hertz(keys), (strength > _VOICED_FROM * loudest) & (strength > 1e-9))


def salience(mono: Array, sample_rate: int) -> Array:
    """How strongly each candidate pitch sounds, ``[frames, candidates]``, 33 cents apart.

    Every candidate adds up its first twelve harmonics, the higher the less.
    """
    size = round(_WINDOW_SECONDS * sample_rate)
    # Padded fourfold: candidates are read between the bins of the window.
    n_fft = 4 * 2 ** int(np.ceil(np.log2(size)))
    padded = np.pad(mono.astype(np.float32), (size // 2, size))
    starts = np.round(
        np.arange(int(len(mono) / sample_rate / HOP_SECONDS)) * HOP_SECONDS * sample_rate
    ).astype(int)
    frames = sliding_window_view(padded, size)
    taper = np.hanning(size).astype(np.float32)
    candidates = _hertz(np.arange(LOWEST_KEY, HIGHEST_KEY, 1 / _BINS_A_KEY))
    places, weights = _harmonics_of(candidates, sample_rate, n_fft)
    found = [
        np.einsum(
            "thc,hc->tc",
            (np.abs(np.fft.rfft(frames[block] * taper, n_fft, axis=1)) ** _COMPRESSION)[:, places],
            weights,
        )
        for block in np.array_split(starts, max(1, len(starts) // _FRAMES_AT_ONCE))
    ]
    whole: Array = np.concatenate(found).astype(np.float64)
    return whole


def melody_row(
    measure: str,
    true: Sequence[Melody],
    heard: Sequence[Melody],
    *,
    real: Sequence[Melody] | None = None,
    seed: int = 0,
) -> Row:
    """Mean raw pitch or raw chroma accuracy, beside chance: the same clips, other tunes.

    Args:
        measure: ``raw_pitch`` or ``raw_chroma``.
        true: The tunes that were asked for, one a clip.
        heard: In the clips.
        real: In real audio of the same tunes, one a tune.
        seed: Of resamples and shufflings.

    Raises:
        DataError: Another measure, no clip, or not one answer for each tune.
    """
    if measure not in _TITLES:
        raise DataError(f"no row of {measure}: choose {' or '.join(_TITLES)}")
    for each in (heard, real):
        if each is not None and len(each) != len(true):
            raise DataError(f"expected a melody for each of {len(true)} tunes, got {len(each)}")
    table = np.array(
        [[getattr(agreement(tune, each), measure) for tune in true] for each in heard],
        dtype=np.float64,
    )
    ceiling = None
    if real is not None:
        ceiling = np.array(
            [
                getattr(agreement(tune, each), measure)
                for tune, each in zip(true, real, strict=True)
            ],
            dtype=np.float64,
        )
    return agreement_row(_TITLES[measure], table, ceiling=ceiling, seed=seed)


def mean_agreement(found: Sequence[Agreement]) -> Agreement:
    """The mean of each measure over clips; NaN values do not count.

    Raises:
        DataError: No clip.
    """
    if not found:
        raise DataError("a mean needs at least one clip, got none")
    return Agreement(*(float(np.nanmean([getattr(each, n) for each in found])) for n in _NAMES))


_TITLES = {"raw_pitch": "melody, raw pitch accuracy", "raw_chroma": "melody, raw chroma accuracy"}
_NAMES = ("voicing_recall", "voicing_false_alarm", "raw_pitch", "raw_chroma", "overall")


def _hertz(keys: Array) -> Array:
    found: Array = 440.0 * 2.0 ** ((keys - 69.0) / 12)
    return found


def _harmonics_of(
    candidates: Array, sample_rate: int, n_fft: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Bins of the harmonics of each candidate and what they count, ``[harmonics, candidates]``."""
    order = np.arange(1, _HARMONICS + 1)[:, None]
    bins = np.round(order * candidates * n_fft / sample_rate).astype(np.int64)
    above = np.log2(candidates / candidates[0])
    weights = np.where(bins <= n_fft // 2, _DECAY ** (order - 1) * np.exp(_TILT * above), 0.0)
    return np.minimum(bins, n_fft // 2), weights.astype(np.float32)


def _best_path(found: Array) -> NDArray[np.int64]:
    """The way through all frames that is most salient and leaps least (Viterbi)."""
    n_frames, n_candidates = found.shape
    scale = found.max(axis=1, keepdims=True)
    gain = found / (scale + 1e-12)
    apart = np.abs(np.subtract.outer(np.arange(n_candidates), np.arange(n_candidates)))
    cost = _STEP_COST * np.minimum(apart / _BINS_A_KEY, _FARTHEST_KEYS)
    best = gain[0]
    came = np.zeros((n_frames, n_candidates), np.int64)
    for frame in range(1, n_frames):
        reached = best[None, :] - cost
        came[frame] = reached.argmax(axis=1)
        best = reached[np.arange(n_candidates), came[frame]] + gain[frame]
    path = np.zeros(n_frames, np.int64)
    path[-1] = int(best.argmax())
    for frame in range(n_frames - 1, 0, -1):
        path[frame - 1] = came[frame, path[frame]]
    return path


def _share(some: NDArray[np.bool_], of: NDArray[np.bool_]) -> float:
    """Share of some frames among others; 0 where there are none."""
    n_frames = int(of.sum())
    return float(some.sum()) / n_frames if n_frames else 0.0
