"""The shape of the space, and its map."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mulan_pool import noise

from factories import tiny_mulan
from musiclm.errors import ConfigError
from musiclm.evaluate.mulan.estimate import draws_of
from musiclm.evaluate.mulan.map import draw_map, neighbour_map, principal_components
from musiclm.evaluate.mulan.space import (
    codes_in_use,
    modality_gap,
    own_cosine,
    space,
    token_agreement,
)
from musiclm.mulan.config import TINY
from musiclm.mulan.model import Mulan

DRAWS = draws_of(200, seed=0)


def test_cosine_of_pairs_and_of_strangers() -> None:
    vectors = noise(200, 64)
    found = own_cosine(vectors, 3 * vectors, DRAWS)
    assert found.value == pytest.approx(1.0)
    assert found.chance == pytest.approx(0.0, abs=0.01)


def test_gap_is_the_displacement_and_none_is_noise() -> None:
    text, audio = 0.1 * noise(200, 64), 0.1 * noise(200, 64, seed=1)
    shift = np.zeros(64)
    shift[0] = 0.5
    apart = modality_gap(text + shift, audio, DRAWS)
    assert apart.value == pytest.approx(0.5, abs=0.03)
    assert apart.interval[0] < apart.value < apart.interval[1]
    together = modality_gap(text, audio, DRAWS)
    assert together.chance is not None
    assert together.value == pytest.approx(together.chance, rel=0.4)


def test_tokens_that_agree_and_tokens_that_do_not() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(8, size=(200, 2))
    other = codes.copy()
    other[:, 1] = rng.integers(8, size=200)
    found = token_agreement(codes, other, DRAWS)
    assert found["space/tokens/level_0"].value == 1.0
    for level in range(2):
        assert found[f"space/tokens/level_{level}"].chance == pytest.approx(1 / 8, abs=0.02)
    assert found["space/tokens/level_1"].value == pytest.approx(1 / 8, abs=0.07)
    assert found["space/tokens/equal"].value == pytest.approx(
        (1 + found["space/tokens/level_1"].value) / 2
    )


def test_codes_in_use() -> None:
    assert codes_in_use(np.zeros(200, dtype=np.int64), DRAWS).value == 1.0
    assert codes_in_use(np.arange(200) % 4, DRAWS).value == pytest.approx(4.0)
    low, high = codes_in_use(np.arange(200) % 50, DRAWS).interval
    assert low < 50 < high


def test_means_close_the_gap_and_codebooks_keep_directions() -> None:
    mulan = tiny_mulan()
    text, audio = noise(200, TINY.dim), noise(200, TINY.dim, seed=1)
    text[:, 0] += 1.0
    mulan.set_gap(
        text_mean=torch.from_numpy(text.mean(axis=0)).float(),
        audio_mean=torch.from_numpy(audio.mean(axis=0)).float(),
    )
    found = space(mulan, text, audio, DRAWS)
    assert found["space/gap/before"].value > 0.8
    assert found["space/gap/after"].value < 1e-6
    for source in ("text", "audio"):
        again = found[f"space/quantized/{source}"]
        assert again.chance is not None
        assert 0.5 < again.value <= 1.0
        assert again.chance < 0.1
    assert len([name for name in found if name.startswith("space/tokens/level_")]) == TINY.n_q


def test_empty_codebooks_are_said() -> None:
    with pytest.raises(ConfigError, match="codebooks are empty"):
        space(Mulan(TINY), noise(5, TINY.dim), noise(5, TINY.dim), draws_of(5, seed=0))


def test_principal_components_find_the_long_direction() -> None:
    points = np.random.default_rng(0).standard_normal((100, 3)) * [1.0, 9.0, 3.0]
    found = principal_components(points, 2)
    centred = points - points.mean(axis=0)
    assert np.abs(np.corrcoef(found[:, 0], centred[:, 1])[0, 1]) > 0.99
    assert np.abs(np.corrcoef(found[:, 1], centred[:, 2])[0, 1]) > 0.98


def test_map_keeps_neighbours_and_is_the_same_each_time() -> None:
    rng = np.random.default_rng(0)
    centres = noise(6, 20) * 3
    points = np.repeat(centres, 15, axis=0) + 0.1 * rng.standard_normal((90, 20))
    places = neighbour_map(points)
    assert np.isfinite(places).all()
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    group = np.arange(90) // 15
    assert (group[apart.argmin(axis=1)] == group).mean() > 0.95
    assert np.array_equal(places, neighbour_map(points))


def test_map_is_a_picture(tmp_path: Path) -> None:
    target = tmp_path / "new" / "map.png"
    draw_map(target, noise(8), noise(8, seed=1), ["world", "jazz_blues"] * 4)
    assert target.read_bytes().startswith(b"\x89PNG")
