"""Pieces of a tiny model of random weights, sounded again without their plan."""

from pathlib import Path

import pytest
import torch

from factories import tiny_model
from musiclm.audio.io import write_audio
from musiclm.errors import ConfigError, DataError
from musiclm.evaluate.model.ablation import (
    forgetful_plan,
    measure_ablation,
    resound,
    shuffled_plan,
)
from musiclm.evaluate.model.cases import Case, Wanted
from musiclm.evaluate.model.clips import Made, generated
from musiclm.pipeline.musiclm import MusicLM

SECONDS = 20.0


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> MusicLM:
    return MusicLM.from_pretrained(tiny_model(tmp_path_factory.mktemp("model")))


@pytest.fixture(scope="module")
def piece(model: MusicLM, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("pieces")
    return generated(model, [case()], folder, seconds=SECONDS, seed=0, with_tokens=True)[0]


def case() -> Case:
    return Case("calm piano", "en", "bare", Wanted(), "ambient", 0, 25.0, 0.0, SECONDS)


def test_shuffling_keeps_all_tokens_in_blocks_of_two_seconds(model: MusicLM, piece: Made) -> None:
    streams = piece.streams()
    shuffled = shuffled_plan(model, streams, torch.Generator().manual_seed(1))
    plan = streams["semantic"]
    assert not torch.equal(shuffled, plan)
    assert torch.equal(shuffled.sort().values, plan.sort().values)
    blocks = {tuple(row) for row in plan[0, 0].view(-1, 50).tolist()}
    assert {tuple(row) for row in shuffled[0, 0].view(-1, 50).tolist()} == blocks


def test_a_forgetful_plan_is_as_long_and_another(model: MusicLM, piece: Made) -> None:
    streams = piece.streams()
    forgetful = forgetful_plan(model, streams, torch.Generator().manual_seed(1))
    assert forgetful.shape == streams["semantic"].shape
    assert not torch.equal(forgetful, streams["semantic"])


def test_resounding_a_plan_is_music_of_the_same_length(model: MusicLM, piece: Made) -> None:
    samples = resound(model, piece.streams(), SECONDS, torch.Generator().manual_seed(1))
    assert samples.shape == (2, SECONDS * model.sample_rate)


def test_the_table_says_what_is_lost_and_pieces_are_made_once(
    model: MusicLM, piece: Made, tmp_path: Path
) -> None:
    words = ([case()], [piece], tmp_path)
    found = measure_ablation(model, *words, seconds=SECONDS)
    assert set(found.without) == {"shuffled", "forgetful"}
    assert "lost: shuffled" in found.table()
    assert found.results()["n"] == 1
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.flac")}
    assert len(kept) == 2
    assert measure_ablation(model, *words, seconds=SECONDS).table() == found.table()
    assert kept == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.flac")}


def test_a_piece_without_tokens_is_refused(model: MusicLM, piece: Made, tmp_path: Path) -> None:
    write_audio(tmp_path / "bare.flac", piece.waveform())
    bare = Made(tmp_path / "bare.flac", None)
    with pytest.raises(DataError, match="no tokens beside it"):
        measure_ablation(model, [case()], [bare], tmp_path, seconds=SECONDS)


def test_a_model_that_plans_nothing_cannot_lose_its_plan(piece: Made, tmp_path: Path) -> None:
    model = MusicLM.from_pretrained(tiny_model(tmp_path, acoustic="musicgen"))
    with pytest.raises(ConfigError, match='ask the semantic stage, and the model "tiny" has none'):
        measure_ablation(model, [case()], [piece], tmp_path / "out", seconds=SECONDS)
    assert not (tmp_path / "out").exists()
