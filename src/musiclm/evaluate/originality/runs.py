"""Tokens of a song and of an index in, the runs of tokens that stand in both out, by exact search.

Every stretch of ``n`` tokens gets a 64-bit hash from running sums, so that all stretches of the
index are compared with all of the song in one pass a length (that two different stretches share
a number is not to be expected in a million songs). A run with slips is sought on the diagonals
(same distance between the places) on which most short exact stretches lie: a very patchy copy can
be missed there, an exact one not.
"""

import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
Hashes = NDArray[np.uint64]

SLIPS = 0.1
"""Share of tokens of a run with slips that may differ."""
LOOSE_SLIPS = 0.3
"""Of a loose run. The same recording 3 dB louder, or coded as Ogg, has 15 % other tokens; begun
half a frame later, 30 % (docs/originality.md)."""

_SEED = 16  # Tokens of the exact stretches that lead to runs with slips.
_SEED_DISTINCT = 4  # Stretches with fewer different tokens are held notes, and are everywhere.
_PER_SEED = 200  # At most so many places of the index a stretch of the song.
_DIAGONALS = 64
_BASE = 0x9E3779B97F4A7C15  # Odd, so that it has an inverse modulo 2 ** 64.
_TABLE_BITS = 20


@dataclass(frozen=True, slots=True)
class Run:
    """Tokens that stand in the song and in the index."""

    song: int  # first frame in the song
    place: int  # first frame in the index, pieces one after another
    n_tokens: int
    n_slips: int  # of them, those that differ


class RunFinder:
    """Finds runs of a song in an index of many pieces; made once for an index.

    State: ``tokens``, those of all pieces, and a mark that no song has after each piece.
    """

    def __init__(self, tokens: NDArray[np.uint16], lengths: list[int]) -> None:
        """Join the pieces, with a mark between them that matches nothing.

        Args:
            tokens: Of all pieces, one after another.
            lengths: Tokens of each piece.
        """
        self._ends = np.cumsum(np.array(lengths, dtype=np.int64))
        self.tokens = np.insert(tokens.astype(np.int32), self._ends, -1)
        self._sums, self._scales = _running(self.tokens)
        self._hidden = (0, 0)

    def without(self, piece: int) -> "RunFinder":
        """The same without one piece, whose own runs shall not be found."""
        last = int(self._ends[piece]) + piece
        first = 0 if piece == 0 else int(self._ends[piece - 1]) + piece
        other = copy.copy(self)
        # Marks instead of tokens, so that places stay as they are.
        other.tokens = self.tokens.copy()
        other.tokens[first:last] = -1
        other._hidden = (first, last)
        return other

    def longest_exact(self, song: NDArray[np.uint16]) -> Run | None:
        """The longest run without slips, or nothing where no token stands in both."""
        own = song.astype(np.int32)
        sums, scales = _running(own)
        candidates: Places | None = None
        found, low, high, size = None, 0, len(own), 1
        while low < high:
            # Twice as long while that goes well, then halving: longer runs begin only where
            # shorter ones do, so that there is ever less to look at.
            size = min(high, max(low + 1, 2 * low if high == len(own) else (low + high + 1) // 2))
            pairs = self._common(sums, scales, len(own), size, candidates)
            if pairs is None:
                high = size - 1
                continue
            low, candidates = size, pairs[1]
            found = Run(int(pairs[0]), int(pairs[1][0]), size, 0)
        return None if found is None else self._bare(found)

    def longest_with_slips(self, song: NDArray[np.uint16], share: float = SLIPS) -> Run | None:
        """The longest run of which at most a share differs, on the likeliest diagonals."""
        own = song.astype(np.int32)
        best: Run | None = None
        for diagonal in self._diagonals(own):
            first = max(0, -diagonal)
            n = min(len(own) - first, len(self.tokens) - (first + diagonal))
            there = self.tokens[first + diagonal : first + diagonal + n]
            # Beyond a mark lies another piece: as good as infinitely many slips.
            steps = np.where(own[first : first + n] == there, -share, 1 - share)
            steps[there < 0] = n + 1.0
            begin, end = _longest_below_zero(steps)
            if end - begin > (0 if best is None else best.n_tokens):
                slips = int((own[first + begin : first + end] != there[begin:end]).sum())
                best = Run(first + begin, first + begin + diagonal, end - begin, slips)
        return None if best is None else self._bare(best)

    def exact_of(self, song: NDArray[np.uint16], n_tokens: int) -> Places:
        """Frames of the song at which an exact run of so many tokens begins."""
        own = song.astype(np.int32)
        if len(own) < n_tokens:
            return np.zeros(0, np.int64)
        sums, scales = _running(own)
        hashes = _hashes(sums, scales, np.arange(len(own) - n_tokens + 1), n_tokens)
        known, order = np.unique(hashes, return_inverse=True)
        places = self._places_of(known, n_tokens, None)
        met = np.isin(known, _hashes(self._sums, self._scales, places, n_tokens))
        return np.flatnonzero(met[order])

    def _common(
        self, sums: Hashes, scales: Hashes, n_song: int, size: int, candidates: Places | None
    ) -> tuple[int, Places] | None:
        """A place in the song, and the places in the index that have runs of this size."""
        if n_song < size:
            return None
        own = _hashes(sums, scales, np.arange(n_song - size + 1), size)
        known, first = np.unique(own, return_index=True)
        places = self._places_of(known, size, candidates)
        if not len(places):
            return None
        hashed = _hashes(self._sums, self._scales, places[:1], size)
        return int(first[np.searchsorted(known, hashed[0])]), places

    def _places_of(self, known: Hashes, size: int, candidates: Places | None) -> Places:
        """Places of the index whose runs of this size have one of the hashes."""
        n_starts = len(self.tokens) - size + 1
        if n_starts < 1:
            return np.zeros(0, np.int64)
        if candidates is None:
            hashes = (self._sums[size:] - self._sums[:-size]) * self._scales[:n_starts]
            candidates = np.arange(n_starts)
        else:
            candidates = candidates[candidates < n_starts]
            hashes = _hashes(self._sums, self._scales, candidates, size)
        shift = np.uint64(64 - _TABLE_BITS)
        # A small table first: almost all of the index is dismissed by one look.
        table = np.zeros(1 << _TABLE_BITS, bool)
        table[known >> shift] = True
        likely = np.flatnonzero(table[hashes >> shift])
        hashes, candidates = hashes[likely], candidates[likely]
        at = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
        places: Places = candidates[known[at] == hashes]
        first, last = self._hidden
        return places if first == last else places[(places < first) | (places >= last)]

    def _diagonals(self, own: NDArray[np.int32]) -> list[int]:
        """Distances between index and song at which most short stretches agree."""
        if len(own) < _SEED:
            return []
        sums, scales = _running(own)
        windows = np.sort(np.lib.stride_tricks.sliding_window_view(own, _SEED), axis=1)
        telling = np.flatnonzero((np.diff(windows, axis=1) > 0).sum(1) + 1 >= _SEED_DISTINCT)
        if not len(telling):
            return []
        hashes = _hashes(sums, scales, telling, _SEED)
        places = self._places_of(np.unique(hashes), _SEED, None)
        there = _hashes(self._sums, self._scales, places, _SEED)
        order = np.argsort(there, kind="stable")
        there, places = there[order], places[order]
        low = np.searchsorted(there, hashes, side="left")
        high = np.searchsorted(there, hashes, side="right")
        counts = np.minimum(high - low, _PER_SEED)
        total = int(counts.sum())
        if not total:
            return []
        which = np.repeat(np.arange(len(telling)), counts)
        inner = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
        # Evenly among the places of a common stretch, not the first ones only.
        spread = inner * (high - low)[which] // counts[which]
        found, votes = np.unique(places[low[which] + spread] - telling[which], return_counts=True)
        chosen = np.argsort(-votes, kind="stable")[:_DIAGONALS]
        return [int(each) for each in found[chosen]]

    def _bare(self, run: Run) -> Run:
        """The same run with its place counted without the marks between pieces."""
        marks = int(np.searchsorted(self._ends + np.arange(len(self._ends)), run.place))
        return Run(run.song, run.place - marks, run.n_tokens, run.n_slips)


def _running(tokens: NDArray[np.int32]) -> tuple[Hashes, Hashes]:
    """Running sums of scaled random numbers of tokens, and what undoes the scale at each place."""
    # One more than 16 bits can name: marks (-1) have the last number, and no token has it.
    numbers = np.random.default_rng(0).integers(0, 2**64, (1 << 16) + 1, dtype=np.uint64)
    values = numbers[tokens]
    sums = np.zeros(len(tokens) + 1, np.uint64)
    np.cumsum(values * _powers(_BASE, len(tokens)), out=sums[1:])
    return sums, _powers(pow(_BASE, -1, 2**64), len(tokens) + 1)


def _powers(base: int, n: int) -> Hashes:
    factors = np.full(n, base, np.uint64)
    factors[:1] = 1
    powers: Hashes = np.cumprod(factors, dtype=np.uint64)
    return powers


def _hashes(sums: Hashes, scales: Hashes, places: Places, size: int) -> Hashes:
    """One number for each run of ``size`` tokens: equal runs, equal numbers."""
    hashes: Hashes = (sums[places + size] - sums[places]) * scales[places]
    return hashes


def _longest_below_zero(steps: NDArray[np.float64]) -> tuple[int, int]:
    """First and end of the longest stretch whose steps add up to nothing or less."""
    sums = np.concatenate(([0.0], np.cumsum(steps)))
    # The least sum from each place on; it rises, so that the last place below is found by halving.
    least = np.minimum.accumulate(sums[::-1])[::-1]
    ends = np.searchsorted(least, sums + 1e-9, side="right") - 1
    lengths = ends - np.arange(len(sums))
    begin = int(lengths.argmax())
    return begin, int(ends[begin])
