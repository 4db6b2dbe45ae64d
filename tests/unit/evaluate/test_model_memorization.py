"""The protocol on a tiny stage of random weights: it knows nothing by heart, unless made to."""

from pathlib import Path

import numpy as np
import pytest
import torch

from factories import ACOUSTIC, MULAN, SEMANTIC, tiny_mulan, tiny_stage
from musiclm.audio.io import write_audio
from musiclm.audio.waveform import Waveform
from musiclm.data.token_shards import ClipTokens, TokenShards, write_index, write_shard
from musiclm.decode.sampling import SamplingConfig
from musiclm.decode.stage import Stage
from musiclm.errors import DataError
from musiclm.evaluate.model.clips import Made
from musiclm.evaluate.model.memorization import measure_memorization, recall_table
from musiclm.evaluate.model.nearest import nearest_training_pieces
from musiclm.evaluate.model.transport import token_distances
from musiclm.prompt.ensemble import ENSEMBLE_STREAM
from musiclm.prompt.stream import FACTS_STREAM
from musiclm.prompt.timeline import TIMELINE_STREAM

N_FRAMES = 175  # 7 s
MODEL = {"name": "tiny"}


def write_tokens(folder: Path, rows: list[torch.Tensor], mulan: torch.Tensor) -> TokenShards:
    """Pieces of given semantic tokens, the last two held out."""
    clips = [
        ClipTokens(
            id=f"{number:06d}",
            split="test" if number >= len(rows) - 2 else "train",
            acoustic=torch.zeros(ACOUSTIC.n_q, len(row), dtype=torch.int64),
            semantic=row[None],
            mulan_audio=mulan[number : number + 1],
            mulan_text=mulan[number : number + 1],
            facts=torch.zeros(1, 4, dtype=torch.int64),
            timeline=torch.zeros(TIMELINE_STREAM.n_q, len(row), dtype=torch.int64),
            ensemble=torch.zeros(ENSEMBLE_STREAM.n_q, len(row), dtype=torch.int64),
        )
        for number, row in enumerate(rows)
    ]
    write_shard(folder, 0, clips)
    streams = {
        "acoustic": ACOUSTIC,
        "semantic": SEMANTIC,
        "timeline": TIMELINE_STREAM,
        "ensemble": ENSEMBLE_STREAM,
        "mulan": MULAN,
        "facts": FACTS_STREAM,
    }
    write_index(folder, streams, n_shards=1, fingerprint="x")
    return TokenShards(folder)


@pytest.fixture(scope="module")
def stage() -> Stage:
    return tiny_stage("semantic", SEMANTIC, (MULAN, FACTS_STREAM), seed=1)


@pytest.fixture
def mulan_rows() -> torch.Tensor:
    return torch.randint(16, (5, MULAN.n_q), generator=torch.Generator().manual_seed(3))


def test_a_piece_that_the_stage_says_itself_is_an_exact_match_and_others_are_not(
    stage: Stage, mulan_rows: torch.Tensor, tmp_path: Path
) -> None:
    rng = torch.Generator().manual_seed(4)
    rows = [torch.randint(64, (N_FRAMES,), generator=rng) for _ in range(5)]
    # The first piece is what the stage says when asked like this.
    rows[0] = stage.generate(
        (mulan_rows[:1], torch.zeros(1, 4, dtype=torch.int64)),
        7.0,
        torch.Generator().manual_seed(0),
        sampling=SamplingConfig(greedy=True),
    )[0, 0]
    shards = write_tokens(tmp_path / "tokens", rows, mulan_rows)
    distances = token_distances(np.random.default_rng(0).standard_normal((64, 4)))
    found = measure_memorization(
        stage, shards, tmp_path / "out", model=MODEL, distances=distances, prefixes=(0, 2)
    )
    assert [(one.split, one.prefix_seconds, one.n) for one in found] == [
        ("train", 0, 3),
        ("train", 2, 3),
        ("test", 0, 2),
        ("test", 2, 2),
    ]
    assert found[0].exact.value == pytest.approx(1 / 3)
    assert found[2].exact.value == 0.0
    assert found[0].approximate is not None
    assert found[0].approximate.value >= 1 / 3
    assert found[0].n_negatives == 6
    assert "| train | 0 | 3 | 33.33 %" in recall_table(found)


def test_finished_batches_are_read_again(
    stage: Stage, mulan_rows: torch.Tensor, tmp_path: Path
) -> None:
    rows = [torch.full((N_FRAMES,), number) for number in range(5)]
    shards = write_tokens(tmp_path / "tokens", rows, mulan_rows)
    out = tmp_path / "out"
    first = measure_memorization(
        stage, shards, out, model=MODEL, distances=None, prefixes=(2,), n_pieces=2
    )
    kept = sorted(out.rglob("*.safetensors"))
    times = [path.stat().st_mtime_ns for path in kept]
    again = measure_memorization(
        stage, shards, out, model=MODEL, distances=None, prefixes=(2,), n_pieces=2
    )
    assert again == first
    assert [path.stat().st_mtime_ns for path in kept] == times
    assert first[0].approximate is None


def test_pieces_too_short_are_refused(
    stage: Stage, mulan_rows: torch.Tensor, tmp_path: Path
) -> None:
    shards = write_tokens(tmp_path, [torch.zeros(50, dtype=torch.int64)] * 5, mulan_rows)
    with pytest.raises(DataError, match="no training piece of at least 15 s"):
        measure_memorization(stage, shards, tmp_path / "out", model=MODEL, distances=None)


def test_a_copy_of_a_training_piece_is_found(tmp_path: Path) -> None:
    mulan = tiny_mulan()
    rng = torch.Generator().manual_seed(5)
    sounds = [0.3 * torch.randn(2, 48_000, generator=rng) for _ in range(5)]
    tokens = torch.cat([mulan.tokens_from_audio(sound[None]) for sound in sounds])
    rows = [torch.zeros(N_FRAMES, dtype=torch.int64)] * 5
    shards = write_tokens(tmp_path / "tokens", rows, tokens)
    write_audio(tmp_path / "copy.flac", Waveform(sounds[1], 24_000))
    near = nearest_training_pieces(mulan, shards, [Made(tmp_path / "copy.flac", None)])
    assert near.generated[0] == pytest.approx(1.0, abs=1e-4)
    assert (near.n_training, near.n_windows) == (3, 3)
    assert len(near.held_out) == 1
