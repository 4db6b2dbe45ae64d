import pytest
import torch

from musiclm.errors import ConfigError, DataError
from musiclm.nn.kmeans import kmeans, nearest


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_kmeans_finds_the_centres_of_separate_clusters() -> None:
    centres = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])
    data = (centres[:, None] + 0.1 * torch.randn(4, 50, 2, generator=rng())).flatten(0, 1)
    found = kmeans(data, 4, rng(1))
    assert torch.cdist(centres, found).min(dim=1).values.max() < 0.1


def test_nearest_in_chunks_equals_brute_force(monkeypatch: pytest.MonkeyPatch) -> None:
    data, centroids = torch.randn(100, 5, generator=rng()), torch.randn(7, 5, generator=rng(1))
    monkeypatch.setattr("musiclm.nn.kmeans.CHUNK_DISTANCES", 7 * 9)  # 9 rows at a time
    codes, squared = nearest(data, centroids)
    distances = torch.cdist(data, centroids).square()
    assert torch.equal(codes, distances.argmin(dim=1))
    assert torch.allclose(squared, distances.amin(dim=1), atol=1e-4)


def test_more_iterations_never_serve_the_data_worse() -> None:
    data = torch.randn(300, 8, generator=rng())
    errors = [
        float(nearest(data, kmeans(data, 10, rng(3), iterations=n))[1].mean()) for n in (0, 2, 10)
    ]
    assert errors[0] > errors[1] > errors[2]


def test_no_centroid_stays_empty_while_there_are_vectors() -> None:
    # All but a few vectors coincide: most of the initial centroids start on the same spot.
    data = torch.cat((torch.zeros(200, 2), torch.randn(20, 2, generator=rng()) + 5.0))
    codes, _ = nearest(data, kmeans(data, 8, rng(4)))
    assert len(codes.unique()) == 8


def test_fewer_vectors_than_centroids_are_repeated() -> None:
    data = torch.tensor([[1.0], [2.0]])
    assert kmeans(data, 5, rng(), iterations=0).shape == (5, 1)


def test_fit_on_a_part_still_finds_the_clusters() -> None:
    data = torch.cat((torch.zeros(500, 1), torch.ones(500, 1)))
    found = kmeans(data, 2, rng(), fit_on=50)
    assert sorted(found.flatten().tolist()) == pytest.approx([0.0, 1.0])


def test_the_same_generator_state_gives_the_same_centroids() -> None:
    data = torch.randn(60, 3, generator=rng())
    assert torch.equal(kmeans(data, 4, rng(9)), kmeans(data, 4, rng(9)))
    assert not torch.equal(kmeans(data, 4, rng(9)), kmeans(data, 4, rng(10)))


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ConfigError, match="k >= 1 and iterations >= 0, got k=0"):
        kmeans(torch.zeros(3, 1), 0, rng())
    with pytest.raises(DataError, match=r"needs finite vectors, got \(1, 1\)"):
        kmeans(torch.tensor([[float("nan")]]), 1, rng())
    with pytest.raises(DataError, match="needs finite vectors"):
        kmeans(torch.zeros(0, 2), 1, rng())
