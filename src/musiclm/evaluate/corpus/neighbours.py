"""Tunes in, the two pieces that resemble each other most out: exact, over all pairs.

A tune is cut into runs of eight notes, each written as its seven intervals in semitones, so that
a transposed copy is a copy. Two pieces share as large a part as the smaller one's distinct runs
are found in the other one. Rhythm is not looked at, which makes the measure the stricter one: the
same pitches in another rhythm count as the same. Tunes of few distinct runs (riffs, bells) say
little about copying and are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse

from musiclm.corpus.score import Score

RUN_NOTES = 8
FEWEST_RUNS = 12

Run = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Nearest:
    """The pair of pieces that shares the most."""

    n_pieces: int  # with runs enough to compare
    share: float  # of the smaller piece's runs that the other one also has
    first: int  # positions in what was given
    second: int
    shares: tuple[float, ...]  # of every piece with its nearest neighbour


def melody_runs(score: Score) -> frozenset[Run]:
    """Distinct runs of the first lead's upper line, intervals in semitones."""
    leads = [part for part in score.parts if part.role == "lead" and not part.is_drums]
    found: set[Run] = set()
    for part in leads[:1]:
        line: list[tuple[float, int]] = []
        for note in sorted(part.notes, key=lambda note: (note.start, -note.pitch)):
            # Of notes struck together the highest is heard as the tune.
            if not line or note.start - line[-1][0] > 0.05:
                line.append((note.start, note.pitch))
        steps = [b[1] - a[1] for a, b in pairwise(line)]
        n_steps = RUN_NOTES - 1
        found |= {tuple(steps[i : i + n_steps]) for i in range(len(steps) - n_steps + 1)}
    return frozenset(found)


def nearest_pair(pieces: Sequence[frozenset[Run]]) -> Nearest:
    """Compare every piece with every other one.

    Args:
        pieces: What ``melody_runs`` found, one entry a piece.

    Example:
        >>> tune = frozenset((n, 1, 1, 1, 1, 1, 1) for n in range(20))
        >>> nearest_pair([tune, tune]).share
        1.0
    """
    rich = [index for index, runs in enumerate(pieces) if len(runs) >= FEWEST_RUNS]
    if len(rich) < 2:
        return Nearest(len(rich), 0.0, -1, -1, ())
    numbers: dict[Run, int] = {}
    rows: list[int] = []
    columns: list[int] = []
    for row, index in enumerate(rich):
        for run in sorted(pieces[index]):
            rows.append(row)
            columns.append(numbers.setdefault(run, len(numbers)))
    table = sparse.csr_matrix(
        (np.ones(len(rows), np.int32), (rows, columns)), shape=(len(rich), len(numbers))
    )
    sizes = np.array([len(pieces[index]) for index in rich])
    best = np.zeros(len(rich))
    partner = np.full(len(rich), -1)
    # A block of rows at a time: all pairs at once would fill the memory at many pieces.
    for start in range(0, len(rich), 512):
        common = (table[start : start + 512] @ table.T).toarray().astype(np.float64)
        block = np.arange(len(common))
        common[block, start + block] = 0
        shares = common / np.minimum(sizes[start : start + 512, None], sizes[None])
        best[start : start + 512] = shares.max(axis=1)
        partner[start : start + 512] = shares.argmax(axis=1)
    first = int(best.argmax())
    return Nearest(
        n_pieces=len(rich),
        share=float(best[first]),
        first=rich[first],
        second=rich[int(partner[first])],
        shares=tuple(float(share) for share in best),
    )
