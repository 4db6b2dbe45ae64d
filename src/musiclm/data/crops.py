"""A tokenized corpus in, training batches out: random crops, aligned over all streams.

Streams run at different rates (semantic 25 Hz, acoustic 50 Hz at the paper's scale), so crops
begin only where every stream has the border of a frame. A batch is a pure function of the seed
and the step number: there is no position to save, and resuming costs nothing.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from musiclm.data.ensemble import told_ensemble
from musiclm.data.manifest import Split
from musiclm.data.timeline import told
from musiclm.data.token_shards import (
    AUDIO_WINDOW_HOP_SECONDS,
    AUDIO_WINDOW_SECONDS,
    TokenShards,
)
from musiclm.errors import ConfigError, DataError
from musiclm.prompt.ensemble import ENSEMBLE_STREAM
from musiclm.prompt.stream import FACTS_STREAM, pace_code
from musiclm.prompt.timeline import TIMELINE_STREAM
from musiclm.tokens.stream import TokenStream
from musiclm.tokens.timing import Seconds, convert_frames, frames_to_seconds, whole_frames

_FACT_TOLD = 2 / 3
_PACE_SHARE = 0.5  # of tempi: told in words, slow, medium or fast


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """What one step of a language model learns from."""

    conditions: tuple[Tensor, ...]
    """In the order asked for: untimed ``[B, M]``, timed ``[B, K, T]`` of its own rate."""
    codes: Int[Tensor, "B K T"]


@dataclass(frozen=True, slots=True)
class CropConfig:
    """How crops are drawn."""

    seconds: Seconds
    batch_size: int
    seed: int = 0
    split: Split = "train"
    text_share: float = 0.5
    """Share of items whose MuLan condition comes from a caption; the rest hear a window of the
    clip itself, as in MusicLM, sec. 3.2, which knew no captions in training."""
    facts_share: float = 0.5
    """Share of items that are told hard facts, each fact two times in three."""
    start_share: float = 0.0
    """Share of items that begin where the clip begins, so that generation learns openings."""

    def __post_init__(self) -> None:
        for name in ("text_share", "facts_share", "start_share"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ConfigError(f"{name} is a share from 0 to 1, got {value}")
        if self.batch_size < 1:
            raise ConfigError(f"batch_size must be >= 1, got {self.batch_size}")


class TokenCrops:
    """Draws batches; ``batch_at(step)`` is pure and may run in any thread."""

    def __init__(
        self,
        shards: TokenShards,
        conditions: tuple[TokenStream, ...],
        target: TokenStream,
        config: CropConfig,
    ) -> None:
        """Prepare crops of ``conditions`` and ``target``.

        Levels: a target with fewer levels than the shards has the lowest ones, unless a condition
        is of the same stream; then the target begins where that condition ends (fine after
        coarse).

        Raises:
            DataError: No clip of the split is as long as a crop.
            ConfigError: The crop is shorter than one frame of some stream.
            StreamMismatchError: A stream is not the one that was tokenized.
        """
        shards.require_streams([*conditions, target], where=f"crops of {shards.folder}")
        self.shards, self.config = shards, config
        self.conditions, self.target = conditions, target
        self._first_target_level = sum(s.n_q for s in conditions if s.name == target.name)
        timed = [stream for stream in (*conditions, target) if stream.timed]
        self.grid_rate = _common_rate([stream.frame_rate for stream in timed])
        self.n_grid = whole_frames(config.seconds, self.grid_rate)
        if self.n_grid < 1:
            raise ConfigError(f"a crop of {config.seconds} s is shorter than a frame")
        self._clips, self._n_starts = self._usable(timed)
        # Every position of the corpus is equally likely, so long clips come more often.
        self._cumulative = np.cumsum(self._n_starts)

    def batch_at(self, step: int) -> TokenBatch:
        """The batch of a step number; the same for the same seed, always."""
        rng = np.random.default_rng([self.config.seed, step])
        items = [self._item(rng) for _ in range(self.config.batch_size)]
        conditions = tuple(
            torch.stack([item[index] for item in items]) for index in range(len(self.conditions))
        )
        codes = torch.stack([item[-1] for item in items])
        return TokenBatch(conditions, codes)

    def _item(self, rng: np.random.Generator) -> list[Tensor]:
        position = int(rng.integers(self._cumulative[-1]))
        chosen = int(np.searchsorted(self._cumulative, position, side="right"))
        clip = self._clips[chosen]
        start = position - int(self._cumulative[chosen] - self._n_starts[chosen])
        if rng.random() < self.config.start_share:
            start = 0
        parts = []
        for stream in self.conditions:
            if stream.name == TIMELINE_STREAM.name:
                parts.append(told(self._timed(clip, stream, 0, start), rng))
            elif stream.name == ENSEMBLE_STREAM.name:
                parts.append(told_ensemble(self._timed(clip, stream, 0, start), rng))
            elif stream.timed:
                parts.append(self._timed(clip, stream, 0, start))
            elif stream.name == FACTS_STREAM.name:
                parts.append(self._facts(clip, rng))
            else:
                parts.append(self._mulan(clip, start, rng))
        return [*parts, self._timed(clip, self.target, self._first_target_level, start)]

    def _timed(self, clip: int, stream: TokenStream, level: int, start: int) -> Tensor:
        first = convert_frames(start, self.grid_rate, stream.frame_rate)
        n_frames = convert_frames(self.n_grid, self.grid_rate, stream.frame_rate)
        codes = self.shards.codes(clip, stream.name, first, n_frames)
        return codes[level : level + stream.n_q]

    def _mulan(self, clip: int, start: int, rng: np.random.Generator) -> Tensor:
        entry = self.shards.clips[clip]
        n_texts, n_windows = entry.n_rows("mulan_text"), entry.n_rows("mulan_audio")
        # Drawn in any case: the stream of random numbers must not depend on the corpus.
        from_text, choice = rng.random() < self.config.text_share, rng.random()
        if n_texts and (from_text or not n_windows):
            return self.shards.untimed(clip, "mulan_text", int(choice * n_texts))
        begin = frames_to_seconds(start, self.grid_rate)
        end = frames_to_seconds(start + self.n_grid, self.grid_rate)
        windows = overlapping_windows(begin, end, n_windows)
        return self.shards.untimed(clip, "mulan_audio", windows[int(choice * len(windows))])

    def _facts(self, clip: int, rng: np.random.Generator) -> Tensor:
        """The clip's hard facts, most of them hidden: people rarely say any, hardly ever all."""
        known = self.shards.untimed(clip, "facts", 0)
        # Drawn in any case: the stream of random numbers must not depend on the share.
        told = torch.from_numpy(rng.random(len(known)) < _FACT_TOLD)
        if rng.random() < _PACE_SHARE:
            known[0] = pace_code(int(known[0]))
        return known * told if rng.random() < self.config.facts_share else torch.zeros_like(known)

    def _usable(self, timed: list[TokenStream]) -> tuple[list[int], list[int]]:
        """Clips that are long enough, and in how many places a crop fits into each."""
        for split in (self.config.split, "train"):
            clips, n_starts = [], []
            for index, clip in enumerate(self.shards.clips):
                n_grid = min(
                    math.floor(Fraction(clip.n_rows(s.name)) / s.frame_rate * self.grid_rate)
                    for s in timed
                )
                if clip.split == split and n_grid >= self.n_grid:
                    clips.append(index)
                    n_starts.append(n_grid - self.n_grid + 1)
            if clips:
                return clips, n_starts
        raise DataError(
            f"no clip of {self.shards.folder} is {float(self.config.seconds):g} s long: "
            "use shorter crops or a corpus with longer pieces"
        )


def overlapping_windows(begin_seconds: float, end_seconds: float, n_windows: int) -> range:
    """Numbers of the audio windows whose middle lies inside a crop, or else the nearest one.

    Example:
        >>> list(overlapping_windows(7.0, 17.0, 6))  # middles at 5, 10, 15, ... seconds
        [1, 2]
    """
    middle, hop = AUDIO_WINDOW_SECONDS / 2, AUDIO_WINDOW_HOP_SECONDS
    first = math.ceil((begin_seconds - middle) / hop)
    last = math.floor((end_seconds - middle) / hop)
    if first > last:
        first = last = round(((begin_seconds + end_seconds) / 2 - middle) / hop)
    first = min(max(first, 0), n_windows - 1)
    return range(first, min(max(last, first), n_windows - 1) + 1)


def _common_rate(rates: list[Fraction]) -> Fraction:
    """The highest rate whose frame borders are borders of every stream: the common divisor."""
    rate = rates[0]
    for other in rates[1:]:
        numerator = math.gcd(rate.numerator * other.denominator, other.numerator * rate.denominator)
        rate = Fraction(numerator, rate.denominator * other.denominator)
    return rate
