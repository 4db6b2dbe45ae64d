import numpy as np
import pytest

from musiclm.errors import DataError, ShapeError
from musiclm.evaluate.frechet import fit_gaussian, frechet_distance
from musiclm.evaluate.quality.frechet_limit import file_influences, frechet_limit
from musiclm.evaluate.quality.vectors import windows_from


def files_of(
    n_files: int, n_windows: int, width: int, *, seed: int, shift: float = 0.0, scale: float = 1.0
) -> list[np.ndarray]:
    """Files whose windows share most of what they are; each window has unit variance."""
    rng = np.random.default_rng(seed)
    own = np.sqrt(0.7) * rng.standard_normal((n_files, 1, width))
    windows = own + np.sqrt(0.3) * rng.standard_normal((n_files, n_windows, width))
    return list(shift + scale * windows)


def test_the_limit_is_nearer_to_the_truth_than_the_plain_value() -> None:
    rng = np.random.default_rng(0)
    one, same = rng.standard_normal((2, 600, 40))
    alike = frechet_limit(one, same)
    assert alike.plain is not None
    assert alike.plain > 1.2
    assert alike.limit == pytest.approx(0.0, abs=0.4)
    apart = frechet_limit(one, 0.5 + 1.5 * same)
    truth = 40 * 0.5**2 + 40 * 0.5**2
    assert apart.limit == pytest.approx(truth, rel=0.05)
    assert apart.plain is not None
    assert apart.plain > truth + 1.2
    assert apart.r_squared is not None
    assert apart.r_squared > 0.98
    assert apart.slope is not None
    assert apart.slope > 0


def test_windows_of_one_file_do_not_pass_for_independent_ones() -> None:
    known = files_of(150, 10, 12, seed=0)
    new = files_of(150, 10, 12, seed=1, shift=0.5)
    found = frechet_limit(known, new)
    truth = 12 * 0.5**2
    assert found.low is not None
    assert found.high is not None
    assert found.low < truth < found.high
    # As if every window were independent: what the bias of the files leaves is not taken away.
    rng = np.random.default_rng(0)
    loose = frechet_limit(rng.permutation(np.concatenate(known)), np.concatenate(new))
    assert loose.limit is not None
    assert found.limit is not None
    assert abs(found.limit - truth) < abs(loose.limit - truth)
    assert found.high - found.low > 1.5 * (loose.high or 0.0) - 1.5 * (loose.low or 0.0)


def test_sizes_fall_and_numbers_repeat() -> None:
    known, new = files_of(60, 4, 8, seed=0), files_of(80, 4, 8, seed=1)
    found = frechet_limit(known, new, seed=3)
    assert found == frechet_limit(known, new, seed=3)
    assert found.sizes[0] == 320
    assert list(found.sizes) == sorted(found.sizes, reverse=True)
    assert len(found.distances) == len(found.sizes) == 6
    assert found.distances[0] == found.plain
    assert (found.n_reference, found.n_made, found.n_dimensions) == (240, 320, 8)
    assert (found.n_reference_files, found.n_made_files) == (60, 80)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    truth = 6 * 0.6**2
    held = 0
    for seed in range(40):
        known = files_of(60, 3, 6, seed=2 * seed)
        new = files_of(60, 3, 6, seed=2 * seed + 1, shift=0.6)
        found = frechet_limit(known, new, seed=seed)
        held += (found.low or 0.0) <= truth <= (found.high or 0.0)
    assert 34 <= held <= 40


def test_influences_foretell_what_leaving_a_file_out_does() -> None:
    known, new = files_of(40, 6, 5, seed=0), files_of(40, 6, 5, seed=1, shift=0.4, scale=1.3)
    one, other = fit_gaussian(np.concatenate(known)), fit_gaussian(np.concatenate(new))
    whole = frechet_distance(one, other)
    pulls = file_influences(windows_from(new, name="made"), other, one)
    assert pulls.sum() == pytest.approx(0.0, abs=1e-9)
    told, seen = [], []
    for place in range(len(new)):
        rest = fit_gaussian(np.concatenate(new[:place] + new[place + 1 :]))
        seen.append(frechet_distance(one, rest) - whole)
        told.append(-pulls[place] * len(new) / (len(new) - 1))
    assert np.corrcoef(told, seen)[0, 1] > 0.99
    assert np.std(told) == pytest.approx(np.std(seen), rel=0.05)


def test_too_few_windows_withhold_the_number_and_say_so() -> None:
    rng = np.random.default_rng(0)
    few = frechet_limit(rng.standard_normal((30, 40)), rng.standard_normal((900, 40)))
    assert few.plain is None
    assert few.limit is None
    assert "needs more than 40 windows on each side, there are 30" in few.warnings[0]
    some = frechet_limit(rng.standard_normal((60, 40)), rng.standard_normal((900, 40)))
    assert some.plain is not None
    assert some.limit is None
    assert "needs 134 windows of 8 files on each side" in some.warnings[0]
    one_file = frechet_limit([rng.standard_normal((500, 2))], rng.standard_normal((900, 2)))
    assert one_file.plain is not None
    assert one_file.limit is None
    assert "500 windows of 1 files" in one_file.warnings[0]


def test_sets_that_are_the_same_warn_instead_of_failing() -> None:
    silence = np.zeros((200, 3))
    found = frechet_limit(silence, silence)
    assert found.plain == pytest.approx(0.0, abs=1e-9)
    assert found.limit == pytest.approx(0.0, abs=1e-9)
    assert found.r_squared is None
    line = np.random.default_rng(0).standard_normal((200, 1))
    assert frechet_limit(line, line + 2.0).limit == pytest.approx(4.0, abs=0.3)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(DataError, match="the made set has no embedded window"):
        frechet_limit(np.zeros((5, 2)), [])
    with pytest.raises(DataError, match="the reference set has embeddings that are not finite"):
        frechet_limit([np.array([[np.nan, 0.0]])], np.zeros((5, 2)))
    with pytest.raises(ShapeError, match="2 and 3 features"):
        frechet_limit(np.zeros((5, 2)), np.zeros((5, 3)))
    with pytest.raises(ShapeError, match="of one width"):
        frechet_limit([np.zeros((5, 2)), np.zeros((5, 3))], np.zeros((5, 3)))
