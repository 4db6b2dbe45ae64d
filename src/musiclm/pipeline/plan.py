"""What is asked for in time in, the timeline that the stages follow out, a few frames at a time.

The plan is what a user or a prompt says about beats, bars, chords and players, and where the end
is; what nobody says stays code 0, and the stages decide it. A timeline only grows, so controls
change what comes and never what was.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from musiclm.corpus.score import beats_in_bar
from musiclm.errors import GenerationError
from musiclm.prompt.facts import PromptFacts
from musiclm.prompt.timeline import (
    BEAT_TICKS,
    LEVELS,
    LONGEST_BAR,
    TIMELINE_STREAM,
    chord_code,
    density_code,
    frame_times,
    level_of,
    place_codes,
)

SLOWEST_BPM, FASTEST_BPM = 30.0, 300.0
MOST_PLAYERS = 12
FREE = "free"
"""Chords that are left to the model, where usual ones would be drawn."""
RING_SECONDS = 1.2
"""From the last beat to the end, as in all composed music that the stages learn from."""
SHORTEST_WITH_ENDING = 4.0
"""Seconds; what is shorter has no room for an ending and keeps its beat."""
_N_BRIGHTNESS = 16


@dataclass(frozen=True, slots=True)
class Controls:
    """What is said of the music from now on; ``None`` leaves it to the model."""

    tempo: float | None = None  # felt beats a minute, 30 to 300
    beats_per_bar: int | None = None  # felt beats, 1 to 10
    drums: bool | None = None  # whether drums play
    bass: bool | None = None  # whether a bass plays
    density: int | None = None  # parts that sound at once, 0 to 12
    brightness: float | None = None  # 0 dull to 1 bright
    chords: str | None = None  # such as "Am F | C | G": bars, repeated; FREE draws none

    def __post_init__(self) -> None:
        """Refuse what no timeline can say."""
        _within("tempo", self.tempo, SLOWEST_BPM, FASTEST_BPM, "beats a minute")
        _within("beats_per_bar", self.beats_per_bar, 1, LONGEST_BAR, "felt beats")
        _within("density", self.density, 0, MOST_PLAYERS, "parts that sound at once")
        _within("brightness", self.brightness, 0.0, 1.0, "from dull to bright")
        if self.chords is not None and self.chords != FREE:
            chord_bars(self.chords)

    def to_dict(self) -> dict[str, Any]:
        """What is said, as plain values for JSON."""
        return {name: value for name in _NAMES if (value := getattr(self, name)) is not None}

    def changed(self, changes: Mapping[str, Any]) -> "Controls":
        """With some of them changed.

        Raises:
            GenerationError: An unknown control, or a value out of range.
        """
        if unknown := sorted(set(changes) - set(_NAMES)):
            raise GenerationError(f"no control {', '.join(unknown)}: there are {', '.join(_NAMES)}")
        return replace(self, **changes)


_NAMES = ("tempo", "beats_per_bar", "drums", "bass", "density", "brightness", "chords")


def controls_of(facts: PromptFacts) -> Controls:
    """What a prompt says about time.

    Example:
        >>> controls_of(PromptFacts(tempo_bpm=90.0, metre="6/8", absent=("drums",))).to_dict()
        {'tempo': 90.0, 'beats_per_bar': 2, 'drums': False}
    """
    bpm = facts.tempo_bpm
    return Controls(
        tempo=None if bpm is None else min(max(bpm, SLOWEST_BPM), FASTEST_BPM),
        beats_per_bar=None if facts.metre is None else beats_of_metre(facts.metre),
        drums=_plays("drums", facts),
        bass=_plays("bass", facts),
    )


def _plays(group: str, facts: PromptFacts) -> bool | None:
    if group in facts.absent:
        return False
    return True if group in facts.present else None


def beats_of_metre(metre: str) -> int | None:
    """Felt beats of a bar: two of "6/8", three of "3/4"; ``None`` if too many."""
    upper, _, lower = metre.partition("/")
    beats = beats_in_bar((int(upper), int(lower)))
    return beats if beats <= LONGEST_BAR else None


def chord_bars(text: str) -> list[list[str]]:
    """Chords by bar: bars are parted by ``|``, or each chord is a bar where there is none.

    Raises:
        GenerationError: No chord, or one that is no chord symbol.

    Example:
        >>> chord_bars("Am F | C | G"), chord_bars("Am F")
        ([['Am', 'F'], ['C'], ['G']], [['Am'], ['F']])
    """
    bars = [bar.split() for bar in text.split("|")] if "|" in text else [[w] for w in text.split()]
    bars = [bar for bar in bars if bar]
    wrong = [name for bar in bars for name in bar if name[0] not in "ABCDEFGN"]
    if wrong or not bars:
        raise GenerationError(
            f"chords are symbols such as Am, F#m7 or Bb/D, bars parted by |, got {text[:60]!r}"
        )
    return bars


class Timeline:
    """The codes of a piece so far, and where in beat and bar it stands.

    State: ``codes`` ``[1, K, t]``.
    """

    def __init__(self, end_seconds: float | None) -> None:
        """Begin at a bar line.

        Args:
            end_seconds: Length of the piece; ``None`` while it has no end.
        """
        self.codes: Int[Tensor, "1 K T"] = torch.zeros(1, len(LEVELS), 0, dtype=torch.int64)
        self.end_seconds = end_seconds
        self._beats = 0.0  # felt beats since the beginning
        self._bar_began = 0.0  # at which of them the first bar of this metre began

    @property
    def reach(self) -> int:
        """Frames so far: the next ones may still be changed."""
        return self.codes.shape[-1]

    def extend(self, n_frames: int, controls: Controls) -> None:
        """Add frames under the given controls."""
        times = frame_times(self.reach, n_frames)
        rows = np.zeros((len(LEVELS), n_frames), dtype=np.int64)
        rows[level_of("place")] = place_codes(times, self.end_seconds)
        if controls.tempo is not None:
            step = _beats_a_frame(controls.tempo)
            beats = self._beats + step * (np.arange(n_frames) + 0.5)
            last = self._last_beat(step)
            rows[level_of("beat")] = 1 + (beats % 1.0 * BEAT_TICKS).astype(np.int64)
            per_bar = controls.beats_per_bar
            if per_bar is not None:
                place = np.floor(beats - self._bar_began).astype(np.int64)
                rows[level_of("bar")] = 1 + per_bar * (per_bar - 1) // 2 + place % per_bar
            if controls.chords not in (None, FREE):
                bar = per_bar or 4
                rows[level_of("chord")] = _chords(
                    (beats - self._bar_began) / bar,
                    chord_bars(controls.chords),
                    n_bars=(last - self._bar_began) / bar,
                )
            # What rings on after the last beat has neither beat nor chord.
            for name in ("beat", "bar", "chord"):
                rows[level_of(name)][beats >= last] = 0
            self._beats += step * n_frames
        for name in ("drums", "bass"):
            plays = getattr(controls, name)
            rows[level_of(name)] = 0 if plays is None else 1 + int(plays)
        if controls.density is not None:
            rows[level_of("density")] = density_code(controls.density)
        if controls.brightness is not None:
            rows[level_of("brightness")] = 1 + round(controls.brightness * (_N_BRIGHTNESS - 1))
        self.codes = torch.cat((self.codes, torch.from_numpy(rows)[None]), dim=-1)

    def _last_beat(self, step: float) -> float:
        """Where beats end, in beats since the beginning; infinite while no end is known."""
        if self.end_seconds is None or self.end_seconds < SHORTEST_WITH_ENDING:
            return math.inf
        left = (self.end_seconds - RING_SECONDS) * float(TIMELINE_STREAM.frame_rate) - self.reach
        return math.floor(self._beats + step * left + 1e-6)

    def new_metre(self) -> None:
        """Let the next beat be the first of a bar."""
        self._bar_began = float(math.ceil(self._beats - 1e-9))

    def next_bar(self, frame: int, controls: Controls) -> int:
        """First frame of the next bar at or after ``frame``; ``frame`` itself without a beat."""
        if controls.tempo is None:
            return frame
        per_bar, step = controls.beats_per_bar or 4, _beats_a_frame(controls.tempo)
        beats = self._beats + step * (frame - self.reach) - self._bar_began
        bars = math.ceil(beats / per_bar - 1e-6)
        return frame + max(0, math.ceil((bars * per_bar - beats) / step - 1e-6))


def _beats_a_frame(bpm: float) -> float:
    return bpm / 60.0 / float(TIMELINE_STREAM.frame_rate)


def _chords(bars: np.ndarray, chart: list[list[str]], *, n_bars: float) -> np.ndarray:
    """Chords at some places, in bars; the last bar comes home to the first chord.

    Where the end leaves less than half of a bar, the one before comes home already.
    """
    home = max(0.0, n_bars if math.isinf(n_bars) else float(math.ceil(n_bars - 0.5) - 1))
    codes = []
    for place in bars:
        bar = chart[int(place) % len(chart)] if place < home else chart[0][:1]
        codes.append(chord_code(bar[int(place % 1.0 * len(bar))]))
    return np.array(codes, dtype=np.int64)


def _within(name: str, value: float | None, least: float, most: float, what: str) -> None:
    try:
        inside = value is None or least <= value <= most
    except TypeError:
        inside = False
    if not inside:
        raise GenerationError(f"{name} must be {least:g} to {most:g} ({what}), got {value!r:.40}")
