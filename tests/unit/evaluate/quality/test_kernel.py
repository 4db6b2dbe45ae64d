import numpy as np
import pytest

from musiclm.errors import DataError, ShapeError
from musiclm.evaluate.quality import kernel
from musiclm.evaluate.quality.kernel import kernel_distance, median_distance
from musiclm.evaluate.quality.vectors import at_most, blocks, windows_from


def test_equal_distributions_are_on_average_nothing_apart() -> None:
    rng = np.random.default_rng(0)
    found = [kernel_distance(*rng.standard_normal((2, 40, 5)), bandwidth=3.0) for _ in range(40)]
    values = np.array([each.value for each in found], float)
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(len(values))
    assert (values < 0).mean() > 0.3  # unbiased: below 0 about half the time


def test_windows_of_one_file_do_not_bias_it() -> None:
    rng = np.random.default_rng(0)
    values = []
    for _ in range(40):
        own = rng.standard_normal((2, 25, 1, 4))
        known, new = own + 0.1 * rng.standard_normal((2, 25, 6, 4))
        values.append(kernel_distance(list(known), list(new), bandwidth=2.0).value)
    mean, deviation = np.mean(np.array(values, float)), np.std(np.array(values, float))
    assert abs(mean) < 3 * deviation / np.sqrt(len(values))


def test_it_grows_with_what_differs_and_its_interval_follows() -> None:
    rng = np.random.default_rng(1)
    known, new = rng.standard_normal((2, 80, 3, 4))
    found = [kernel_distance(list(known), list(new + s), seed=2) for s in (0.0, 0.5, 1.0, 2.0)]
    values = [each.value or 0.0 for each in found]
    assert values == sorted(values)
    assert found[2].low is not None
    assert found[2].high is not None
    assert 0 < found[2].low < values[2] < found[2].high
    assert found == [
        kernel_distance(list(known), list(new + s), seed=2) for s in (0.0, 0.5, 1.0, 2.0)
    ]


def test_p_values_tell_sets_apart_only_where_they_differ() -> None:
    rng = np.random.default_rng(2)
    known, new = rng.standard_normal((2, 40, 3))
    assert kernel_distance(known, new).p_value is None
    same = kernel_distance(known, new, n_permutations=200).p_value
    other = kernel_distance(known, new + 1.0, n_permutations=200).p_value
    assert same is not None
    assert same > 0.05
    assert other == pytest.approx(1 / 201)


def test_large_sets_are_thinned_out_and_small_blocks_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(3)
    known, new = rng.standard_normal((2, 50, 4, 3))
    found = kernel_distance(list(known), list(new), most_windows=120)
    assert (found.n_reference, found.n_made) == (120, 120)
    assert [part.stop for part in blocks(10, 4, most_cells=16)] == [4, 8, 10]
    kept = at_most(windows_from(list(known), name="made"), 30, seed=1)
    assert kept.n_windows == 30
    assert kept.n_files == len(set(kept.file_of.tolist()))
    whole = kernel_distance(list(known), list(new))
    monkeypatch.setattr(kernel, "MOST_FILES", 60)
    without_files = kernel_distance(list(known), list(new))
    assert without_files.value == pytest.approx(whole.value, abs=1e-12)
    assert without_files.low is None
    assert "up to 60 files in all" in without_files.warnings[0]


def test_what_cannot_be_told_is_withheld_or_refused() -> None:
    rng = np.random.default_rng(0)
    sound = rng.standard_normal((20, 2))
    alone = kernel_distance([sound], sound)
    assert alone.value is None
    assert "two files on each side" in alone.warnings[0]
    silent = kernel_distance(np.zeros((20, 2)), sound)
    assert silent.value is None
    assert "silence perhaps" in silent.warnings[0]
    assert median_distance(windows_from(sound[:1], name="made")) == 0.0
    with pytest.raises(DataError, match="no embedded window"):
        kernel_distance([], sound)
    with pytest.raises(ShapeError, match="2 and 3 features"):
        kernel_distance(sound, np.zeros((4, 3)))
