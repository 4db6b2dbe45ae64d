"""Minutes of sound in, where something new begins out: boundaries, how many and how strong.

A checkerboard is slid along the diagonal of the self-similarity matrix (Foote 2000): it answers
where what comes is alike, what was is alike, and the two are not. Peaks are boundaries. Music
without form has few and weak ones; a model that loses the thread has many. Where the sections of
composed pieces are known, hit rates within three seconds, as ``mir_eval.segment.detection`` counts
them, say how far the judge itself can be trusted. Sections of half-minute pieces last
seven seconds, which boundaries anywhere hit within three: there F1 is hardly above chance (the same
boundaries against other pieces' sections), and one second tells more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musiclm.audio.waveform import Waveform
from musiclm.corpus.facts import SectionFacts
from musiclm.errors import AudioError, DataError
from musiclm.evaluate.model.clips import Made, Progress
from musiclm.evaluate.model.cycle import agreement_row
from musiclm.evaluate.model.scores import Estimate, Row, difference, mean_estimate
from musiclm.evaluate.model.shape import frames_of, self_similarity

Array = NDArray[np.float64]

HIT_SECONDS = 3.0
KERNEL_SECONDS = 8
"""How far the checkerboard looks to either side; its bell makes the nearest four count most."""

_TAPER = 0.5  # of the kernel: spread of its bell in half-widths
_STRONG_ENOUGH = 0.1  # Peaks lower than this are no boundaries; noise rarely reaches it.
_APART_SECONDS = 3  # Of two peaks nearer than this the higher counts.
_SHORTEST_SECONDS = 2 * KERNEL_SECONDS


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Where something new begins in one piece."""

    times: Array  # seconds, ascending; neither beginning nor end
    strengths: Array  # height of each peak, 0 to 2
    seconds: float  # of the piece

    @property
    def per_minute(self) -> float:
        """How often."""
        return 60.0 * len(self.times) / self.seconds

    @property
    def strength(self) -> float:
        """Mean height of the peaks; NaN without any."""
        return float(self.strengths.mean()) if len(self.strengths) else float("nan")


@dataclass(frozen=True, slots=True)
class Hits:
    """How boundaries compare with the true ones."""

    precision: float  # of those found, that are true
    recall: float  # of the true ones, that are found
    f1: float


def boundaries_of(waveform: Waveform) -> Boundaries:
    """Find the boundaries of a piece.

    Args:
        waveform: At least sixteen seconds: both arms of the checkerboard.

    Raises:
        AudioError: Too short.
    """
    if waveform.seconds < _SHORTEST_SECONDS:
        raise AudioError(
            f"boundaries are sought in at least {_SHORTEST_SECONDS} s of sound, got "
            f"{waveform.seconds:.1f} s: give longer pieces"
        )
    curve = novelty(self_similarity(frames_of(waveform)))
    places = _peaks(curve)
    # A frame is a second; the boundary lies before the first frame of what is new.
    return Boundaries(places.astype(np.float64), curve[places], waveform.seconds)


def boundaries_of_all(
    clips: Sequence[Made | Waveform], *, say: str, on_progress: Progress | None = None
) -> list[Boundaries]:
    """Find the boundaries of pieces one by one.

    Raises:
        AudioError: A piece is too short.
    """
    found: list[Boundaries] = []
    for clip in clips:
        found.append(boundaries_of(clip.waveform() if isinstance(clip, Made) else clip))
        if on_progress:
            on_progress(say, len(found), len(clips))
    return found


def novelty(alike: Array) -> Array:
    """How much each second differs from what was, and how much both sides are one thing.

    Args:
        alike: Self-similarity, ``[seconds, seconds]``; entry ``i`` of the result is about the
            border between seconds ``i - 1`` and ``i``.

    Example:
        >>> two_parts = np.kron(np.eye(2), np.ones((8, 8)))
        >>> int(novelty(two_parts).argmax())
        8
    """
    kernel = _checkerboard(KERNEL_SECONDS)
    # Past either end it sounds as nothing does: neither like nor unlike.
    padded = np.pad(alike, KERNEL_SECONDS)
    width = 2 * KERNEL_SECONDS
    curve = np.array(
        [
            float((padded[place : place + width, place : place + width] * kernel).sum())
            for place in range(len(alike))
        ]
    )
    rising: Array = np.maximum(curve, 0.0)
    return rising


def section_times(sections: Sequence[SectionFacts]) -> Array:
    """Where the sections of a composed piece begin, the first aside, seconds."""
    return np.array([section.start_seconds for section in sections[1:]], dtype=np.float64)


def hits(true: Array, found: Array, *, within_seconds: float = HIT_SECONDS) -> Hits:
    """Boundaries found against true ones, each paired at most once.

    Beginning and end of a piece are in neither set: anyone finds them (``trim=True`` there).

    Args:
        true: Seconds, ascending.
        found: Seconds, ascending.
        within_seconds: Farther apart than this is no hit.

    Returns:
        All 0 where either set is empty.

    Example:
        >>> hits(np.array([10.0, 20.0]), np.array([9.0, 11.0, 30.0])).recall
        0.5
    """
    if not len(true) or not len(found):
        return Hits(0.0, 0.0, 0.0)
    # On a line, pairing from the left is as good as the best pairing.
    pairs = here = there = 0
    while here < len(true) and there < len(found):
        if abs(true[here] - found[there]) <= within_seconds:
            pairs += 1
            here += 1
            there += 1
        elif found[there] < true[here]:
            there += 1
        else:
            here += 1
    precision, recall = pairs / len(found), pairs / len(true)
    f1 = 2 * precision * recall / (precision + recall) if pairs else 0.0
    return Hits(precision, recall, f1)


def hits_row(
    true: Sequence[Array],
    found: Sequence[Boundaries],
    *,
    within_seconds: float = HIT_SECONDS,
    seed: int = 0,
) -> Row:
    """Mean F1 over pieces whose sections are known: the judge's own ceiling.

    Chance is the same against the sections of other pieces, stretched to the piece's length.

    Args:
        true: From ``section_times``, one a piece.
        found: One a piece.
        within_seconds: Farther apart than this is no hit.
        seed: Of resamples and shufflings.

    Raises:
        DataError: No piece, or not one answer for each.
    """
    if not found or len(true) != len(found):
        raise DataError(f"expected sections for each of {len(found)} pieces, got {len(true)}")
    table = np.array(
        [
            [
                hits(
                    times * (each.seconds / other.seconds),
                    each.times,
                    within_seconds=within_seconds,
                ).f1
                for times, other in zip(true, found, strict=True)
            ]
            for each in found
        ]
    )
    return agreement_row(f"boundaries within {within_seconds:g} s (F1)", table, seed=seed)


def novelty_estimates(
    generated: Sequence[Boundaries], composed: Sequence[Boundaries], *, seed: int = 0
) -> dict[str, dict[str, Estimate]]:
    """Rate and strength of boundaries of two sets, and generated less composed.

    Raises:
        DataError: A set is empty, or has no boundary in any piece.
    """
    found = {}
    for name, title in (
        ("per_minute", "boundaries a minute"),
        ("strength", "strength of boundaries (novelty)"),
    ):
        made, real = (
            np.array([getattr(each, name) for each in pieces], dtype=np.float64)
            for pieces in (generated, composed)
        )
        found[title] = {
            "generated": mean_estimate(made, seed=seed),
            "composed": mean_estimate(real, seed=seed),
            "difference": difference(made, real, seed=seed),
        }
    return found


def _checkerboard(half: int) -> Array:
    """Plus where both are on one side, minus across, under a bell; each sign adds up to 1."""
    steps = (np.arange(2 * half) - half + 0.5) / half
    arm = np.sign(steps) * np.exp(-0.5 * np.square(steps / _TAPER))
    weights = np.outer(arm, arm)
    # That a second is like itself says nothing.
    np.fill_diagonal(weights, 0.0)
    plus, minus = np.maximum(weights, 0.0), np.maximum(-weights, 0.0)
    kernel: Array = plus / plus.sum() - minus / minus.sum()
    return kernel


def _peaks(curve: Array) -> NDArray[np.int64]:
    """Places that are higher than all around and high enough."""
    chosen: list[int] = []
    for place in np.argsort(-curve, kind="stable"):
        if curve[place] < _STRONG_ENOUGH:
            break
        inside = _APART_SECONDS <= place <= len(curve) - _APART_SECONDS
        if inside and all(abs(place - other) >= _APART_SECONDS for other in chosen):
            around = curve[max(0, place - 1) : place + 2]
            if curve[place] == around.max():
                chosen.append(int(place))
    return np.array(sorted(chosen), dtype=np.int64)
