"""Unmetred lines: taqsim, alap, doina, falseta; a scale and some seconds in, phrases out.

Phrases are runs that head for a resting tone and stay there, with breaths too short to be a
silence. They are timed in seconds, since nobody counts beats in them.
"""

from collections.abc import Sequence
from random import Random

from musiclm.corpus.score import Note
from musiclm.corpus.theory import MODES


def rungs(tonic: int, mode: str, low: int, high: int) -> tuple[int, ...]:
    """All pitches of a mode in a range.

    Example:
        >>> rungs(0, "hirajoshi", 60, 72)
        (60, 62, 63, 67, 68, 72)
    """
    classes = {(tonic + step) % 12 for step in MODES[mode]}
    return tuple(pitch for pitch in range(low, high + 1) if pitch % 12 in classes)


def free_line(
    rng: Random,
    ladder: Sequence[int],
    rests: Sequence[int],
    *,
    start: float,
    end: float,
    begin: int,
    beat_seconds: float,
    loudness: float,
    haste: float = 1.0,
) -> list[Note]:
    """Phrases from ``start`` to ``end``.

    Args:
        rng: Draws everything.
        ladder: Pitches allowed, ascending.
        rests: Pitch classes to come to rest on, the final one first.
        start: Beats.
        end: Beats.
        begin: A pitch to begin near.
        beat_seconds: Seconds of a beat.
        loudness: Mean velocity.
        haste: 1 for taqsim and falseta, less for a slow alap.
    """
    at = start
    index = _near(ladder, begin)
    notes: list[Note] = []
    span = max(0.01, end - start)
    while end - at > 0.25 / beat_seconds:
        left = (end - at) * beat_seconds
        # The line opens low, climbs over its first two thirds, and comes home.
        height = min(1.0, 1.6 * (at - start) / span) if left > 3.5 else 0.35
        goals = [i for i, pitch in enumerate(ladder) if pitch % 12 in rests]
        if left < 3.5:
            goals = [i for i in goals if ladder[i] % 12 == rests[0]] or goals
        wished = index + round((height - 0.45) * 6) + rng.choice((-2, -1, 0, 1, 2))
        goal = min(goals, key=lambda i: (abs(i - wished), i))
        for place in _path(rng, index, goal, len(ladder)):
            length = rng.choice((0.13, 0.13, 0.17, 0.24, 0.34)) / haste / beat_seconds
            if at + length > end - 0.3 / beat_seconds:
                break
            notes.append(Note(at, length * 0.96, ladder[place], _touch(rng, loudness - 6)))
            index = place
            at += length
        index = goal
        length = min(end - at, rng.uniform(0.6, 1.3) / haste / beat_seconds)
        if end - at - length < 0.8 / beat_seconds:
            length = end - at
        if length > 0.05:
            breath = min(0.2 / beat_seconds, length * 0.15)
            notes.append(Note(at, length - breath, ladder[goal], _touch(rng, loudness + 4)))
        at += length
    return notes


def _path(rng: Random, index: int, goal: int, count: int) -> list[int]:
    """Steps from one rung towards another, overshooting and turning back on the way."""
    path = []
    here = index
    for _ in range(rng.randint(3, 8)):
        way = 1 if goal > here else -1 if goal < here else rng.choice((-1, 1))
        if rng.random() < 0.28:
            way = -way
        here = max(0, min(count - 1, here + way * rng.choice((1, 1, 1, 1, 2))))
        path.append(here)
    while abs(here - goal) > 2:
        here += 1 if goal > here else -1
        path.append(here)
    return path


def _near(ladder: Sequence[int], pitch: int) -> int:
    return min(range(len(ladder)), key=lambda i: (abs(ladder[i] - pitch), i))


def _touch(rng: Random, loudness: float) -> int:
    return max(1, min(127, round(loudness + rng.uniform(-7, 7))))
