"""Runs against a slow and simple search."""

import numpy as np
import pytest

from musiclm.evaluate.originality.runs import RunFinder


def pieces(n: int = 6, length: int = 300, *, codes: int = 40) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(codes, size=length).astype(np.uint16) for _ in range(n)]


def finder_of(rows: list[np.ndarray]) -> RunFinder:
    return RunFinder(np.concatenate(rows), [len(row) for row in rows])


def longest_by_hand(song: np.ndarray, rows: list[np.ndarray]) -> int:
    best = 0
    for row in rows:
        before = np.zeros(len(row) + 1, int)
        for token in song:
            now = np.zeros_like(before)
            now[1:] = np.where(row == token, before[:-1] + 1, 0)
            best, before = max(best, int(now.max())), now
    return best


@pytest.mark.parametrize("seed", range(5))
def test_the_longest_run_is_that_of_a_search_by_hand(seed: int) -> None:
    rows = pieces(codes=3)
    song = np.random.default_rng(10 + seed).integers(3, size=90).astype(np.uint16)
    run = finder_of(rows).longest_exact(song)
    assert run is not None
    assert run.n_tokens == longest_by_hand(song, rows)
    whole = np.concatenate(rows)
    there = whole[run.place : run.place + run.n_tokens]
    assert np.array_equal(song[run.song : run.song + run.n_tokens], there)


def test_a_copy_is_found_where_it_lies_and_ends_with_its_piece() -> None:
    rows = pieces()
    song = np.concatenate([rows[0][:20], rows[3][100:], rows[4][:5]])
    finder = finder_of(rows)
    run = finder.longest_exact(song)
    assert run is not None
    # Piece 4 follows piece 3 in the index too, but no run goes on from piece to piece.
    assert (run.song, run.place, run.n_tokens) == (20, 3 * 300 + 100, 200)
    assert finder.exact_of(song, 125).tolist() == list(range(20, 96))
    assert not len(finder.exact_of(song, 201))
    assert not len(finder.exact_of(song[:50], 125))


def test_a_copy_with_slips_is_found_until_they_are_too_many() -> None:
    rows = pieces()
    finder = finder_of(rows)
    song = rows[2][50:250].copy()
    song[10::20] = 40  # One in twenty.
    run = finder.longest_with_slips(song)
    assert run is not None
    assert (run.song, run.place, run.n_tokens, run.n_slips) == (0, 650, 200, 10)
    exact = finder.longest_exact(song)
    assert exact is not None
    assert exact.n_tokens == 19
    song[::4] = 40
    worse = finder.longest_with_slips(song)
    assert worse is None or worse.n_tokens < 125


def test_a_run_with_slips_does_not_go_on_from_piece_to_piece() -> None:
    rows = pieces()
    song = np.concatenate([rows[2][200:], [40], rows[3][:100]]).astype(np.uint16)
    run = finder_of(rows).longest_with_slips(song)
    assert run is not None
    assert 100 <= run.n_tokens < 115


def test_held_notes_lead_to_no_run_with_slips_but_to_an_exact_one() -> None:
    rows = [np.full(300, 7, np.uint16), *pieces()]
    song = np.full(150, 7, np.uint16)
    finder = finder_of(rows)
    assert finder.longest_with_slips(song) is None
    run = finder.longest_exact(song)
    assert run is not None
    assert run.n_tokens == 150


def test_nothing_in_common_is_nothing() -> None:
    finder = finder_of(pieces())
    song = np.full(200, 99, np.uint16)
    assert finder.longest_exact(song) is None
    assert finder.longest_with_slips(song) is None
    assert finder.longest_with_slips(song[:5]) is None


def test_without_a_piece_its_own_runs_are_not_found() -> None:
    rows = pieces()
    finder = finder_of(rows)
    others = finder.without(2)
    assert len(finder.exact_of(rows[2], 125)) == 176
    assert not len(others.exact_of(rows[2], 125))
    run = others.longest_exact(rows[2])
    assert run is not None
    assert run.n_tokens < 10
    assert others.longest_with_slips(rows[2]) is None
    assert len(others.exact_of(rows[3], 125)) == 176
