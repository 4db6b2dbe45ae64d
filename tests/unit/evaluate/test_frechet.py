from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import sqrtm
from sounds import beats

from musiclm.audio.io import write_audio
from musiclm.errors import DataError, ShapeError
from musiclm.evaluate.frechet import (
    Gaussian,
    audio_files,
    distance_between,
    fit_gaussian,
    frechet_distance,
    split_half_distance,
    window_statistics,
)


def random_gaussian(seed: int, n: int = 6) -> Gaussian:
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal((n, n))
    return Gaussian(rng.standard_normal(n), factor @ factor.T, 100)


@pytest.mark.parametrize("seed", range(5))
def test_distance_equals_the_textbook_formula(seed: int) -> None:
    one, two = random_gaussian(seed), random_gaussian(seed + 100)
    root = sqrtm(one.covariance @ two.covariance).real
    expected = (
        np.square(one.mean - two.mean).sum()
        + np.trace(one.covariance + two.covariance)
        - 2 * np.trace(root)
    )
    assert frechet_distance(one, two) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(one, two) == pytest.approx(frechet_distance(two, one), rel=1e-9)


def test_distance_of_diagonal_gaussians_has_a_closed_form() -> None:
    one = Gaussian(np.array([1.0, 2.0]), np.diag([4.0, 9.0]), 10)
    two = Gaussian(np.array([0.0, 4.0]), np.diag([1.0, 25.0]), 10)
    # (1 - 0)^2 + (2 - 4)^2 + (2 - 1)^2 + (3 - 5)^2
    assert frechet_distance(one, two) == pytest.approx(10.0)


def test_distance_to_itself_is_zero_even_where_the_covariance_is_singular() -> None:
    flat = Gaussian(np.zeros(3), np.diag([1.0, 0.0, 0.0]), 10)
    assert frechet_distance(flat, flat) == pytest.approx(0.0, abs=1e-9)


def test_samples_of_known_gaussians_give_their_distance() -> None:
    rng = np.random.default_rng(0)
    one = fit_gaussian(rng.standard_normal((40_000, 3)))
    two = fit_gaussian(2.0 * rng.standard_normal((40_000, 3)) + 1.0)
    assert frechet_distance(one, two) == pytest.approx(3 * 1.0 + 3 * 1.0, rel=0.03)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(DataError, match=r"needs more than 5 .* got 3"):
        fit_gaussian(np.zeros((3, 5)))
    with pytest.raises(ShapeError, match="6 and 4 features"):
        frechet_distance(random_gaussian(0), random_gaussian(0, n=4))
    with pytest.raises(DataError, match="one side has none"):
        distance_between([], [np.zeros((5, 2))])
    with pytest.raises(DataError, match="at least 2 files, got 1"):
        split_half_distance([np.zeros((5, 2))])


def test_other_music_is_further_away_than_more_of_the_same() -> None:
    same = [
        window_statistics(beats(bpm=90 + i, hertz=300 + 9 * i, noisy=True, seconds=20, seed=i))
        for i in range(8)
    ]
    other = [
        window_statistics(beats(bpm=90 + i, hertz=900 + 9 * i, noisy=False, seconds=20, seed=i))
        for i in range(4)
    ]
    assert same[0].shape == (39, 64)
    assert distance_between(same, other) > 3 * split_half_distance(same)


def test_audio_is_found_in_folders_and_its_absence_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no audio below"):
        audio_files(tmp_path)
    (tmp_path / "deep").mkdir()
    for name in ("b.wav", "deep/a.flac"):
        write_audio(tmp_path / name, beats(bpm=100, hertz=300, noisy=False, seconds=1))
    assert audio_files(tmp_path) == [tmp_path / "b.wav", tmp_path / "deep" / "a.flac"]
