"""Shards give back what was written; crops are aligned and pure."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from musiclm.data.crops import CropConfig, TokenCrops, overlapping_windows
from musiclm.data.token_shards import (
    ClipTokens,
    TokenShards,
    shard_is_whole,
    window_starts,
    write_index,
    write_shard,
)
from musiclm.errors import ConfigError, DataError, StreamMismatchError
from musiclm.prompt.ensemble import ENSEMBLE_STREAM
from musiclm.prompt.stream import FACTS_STREAM, PACES, facts_tokens, pace_code
from musiclm.prompt.timeline import TIMELINE_STREAM
from musiclm.tokens.stream import TokenStream

ACOUSTIC = TokenStream(name="acoustic", codebook_size=65000, n_q=4, frame_rate=Fraction(50))
SEMANTIC = TokenStream(name="semantic", codebook_size=65000, n_q=1, frame_rate=Fraction(25))
MULAN = TokenStream(name="mulan", codebook_size=1000, n_q=3)
STREAMS = {
    "acoustic": ACOUSTIC,
    "semantic": SEMANTIC,
    "mulan": MULAN,
    "facts": FACTS_STREAM,
    "timeline": TIMELINE_STREAM,
    "ensemble": ENSEMBLE_STREAM,
}


def clip_tokens(number: int, seconds: int, split: str = "train") -> ClipTokens:
    """Codes that say where they are: clip, frame at 50 Hz (twice semantic's), level."""
    frames = torch.arange(50 * seconds)
    acoustic = 4000 * number + 2 * frames + 16000 * torch.arange(4)[:, None]
    semantic = (4000 * number + 4 * torch.arange(25 * seconds))[None]
    windows = window_starts(seconds, window=10, hop=5)
    audio = torch.tensor([[number, 500 + start, 0] for start in windows])
    text = torch.tensor([[number, caption, 1] for caption in range(number + 1)])
    facts = torch.tensor([[5 + 20 * number, 20 + number, 0, 1]])  # no metre known
    timeline = (1 + torch.arange(25 * seconds) % 24).expand(TIMELINE_STREAM.n_q, -1)
    ensemble = torch.full((ENSEMBLE_STREAM.n_q, 25 * seconds), 1 + number)
    return ClipTokens(
        str(number),
        split,  # type: ignore[arg-type]
        acoustic,
        semantic,
        audio,
        text,
        facts,
        timeline,
        ensemble,
    )


@pytest.fixture
def shards(tmp_path: Path) -> TokenShards:
    write_shard(tmp_path, 0, [clip_tokens(0, 6), clip_tokens(1, 20)])
    write_shard(tmp_path, 1, [clip_tokens(2, 12), clip_tokens(3, 9, "valid")])
    write_index(tmp_path, STREAMS, n_shards=2, fingerprint="abc")
    return TokenShards(tmp_path)


def test_everything_comes_back(shards: TokenShards) -> None:
    assert shards.fingerprint == "abc"
    assert shards.streams == STREAMS
    assert [(clip.id, clip.split, clip.shard) for clip in shards.clips] == [
        ("0", "train", 0), ("1", "train", 0), ("2", "train", 1), ("3", "valid", 1),
    ]  # fmt: skip
    for index, seconds in enumerate((6, 20, 12, 9)):
        expected = clip_tokens(index, seconds)
        entry = shards.clips[index]
        assert torch.equal(shards.codes(index, "acoustic", 0, 50 * seconds), expected.acoustic)
        assert torch.equal(shards.codes(index, "semantic", 0, 25 * seconds), expected.semantic)
        assert torch.equal(shards.codes(index, "acoustic", 7, 30), expected.acoustic[:, 7:37])
        for table in ("mulan_audio", "mulan_text", "facts"):
            rows = [shards.untimed(index, table, row) for row in range(entry.n_rows(table))]
            assert torch.equal(torch.stack(rows), getattr(expected, table))


def test_window_starts_cover_the_clip() -> None:
    for n_samples in (1, 99, 100, 101, 149, 150, 151, 1000):
        starts = window_starts(n_samples, window=100, hop=50)
        assert starts[0] == 0
        assert max(starts) + 100 >= n_samples
        assert all(0 < b - a <= 50 for a, b in pairwise(starts))
        assert len(starts) == 1 or starts[-1] + 100 == n_samples


def crops_of(shards: TokenShards, seconds: float = 4.0, **changes: object) -> TokenCrops:
    config = CropConfig(**({"seconds": seconds, "batch_size": 16, "seed": 1} | changes))  # type: ignore[arg-type]
    return TokenCrops(shards, (MULAN, SEMANTIC), ACOUSTIC, config)


def test_crops_are_aligned_over_rates_levels_and_clips(shards: TokenShards) -> None:
    crops = crops_of(shards)
    for step in range(20):
        batch = crops.batch_at(step)
        mulan, semantic = batch.conditions
        assert batch.codes.shape == (16, 4, 200)
        assert semantic.shape == (16, 1, 100)
        assert mulan.shape == (16, 3)
        # Every second acoustic frame begins with a semantic frame: the codes say the same place.
        assert torch.equal(batch.codes[:, 0, ::2], semantic[:, 0])
        levels = 16000 * torch.arange(4)[:, None]
        assert torch.equal(batch.codes, batch.codes[:, :1] + levels)
        assert (batch.codes[:, 0].diff() == 2).all()
        assert torch.equal(mulan[:, 0], batch.codes[:, 0, 0] // 4000)


def test_audio_windows_overlap_the_crop(shards: TokenShards) -> None:
    crops = crops_of(shards, text_share=0.0, split="valid")
    batch = crops.batch_at(0)
    assert (batch.conditions[0][:, 2] == 0).all()
    texts = crops_of(shards, text_share=1.0).batch_at(0).conditions[0]
    assert (texts[:, 2] == 1).all()
    half = crops_of(shards, text_share=0.5, batch_size=400).batch_at(0).conditions[0][:, 2]
    assert 150 < int(half.sum()) < 250

    assert list(overlapping_windows(0.0, 10.0, 5)) == [0, 1]
    assert list(overlapping_windows(0.0, 3.0, 5)) == [0]
    assert list(overlapping_windows(21.0, 24.0, 5)) == [4]  # None has its middle here: nearest.
    assert list(overlapping_windows(0.0, 30.0, 4)) == [0, 1, 2, 3]
    assert list(overlapping_windows(90.0, 99.0, 1)) == [0]


def test_batches_are_a_pure_function_of_seed_and_step(shards: TokenShards) -> None:
    first, again = crops_of(shards), crops_of(shards)
    for step in (5, 0, 17):
        one, other = first.batch_at(step), again.batch_at(step)
        assert torch.equal(one.codes, other.codes)
        assert all(map(torch.equal, one.conditions, other.conditions))
    assert not torch.equal(first.batch_at(1).codes, first.batch_at(2).codes)
    assert not torch.equal(first.batch_at(1).codes, crops_of(shards, seed=2).batch_at(1).codes)


def test_every_position_is_drawn_and_openings_on_demand(shards: TokenShards) -> None:
    crops = crops_of(shards, seconds=11.98, batch_size=2000)
    codes = crops.batch_at(0).codes[:, 0, 0]
    # Clip 2 has 300 semantic frames and 11.98 s are 299 of them: two places. Clip 0 is too short,
    # clip 3 is not for training.
    assert set(codes[codes >= 8000].tolist()) == {8000, 8004}
    assert set((codes // 4000).tolist()) == {1, 2}
    openings = crops_of(shards, batch_size=50, start_share=1.0).batch_at(0).codes[:, 0, 0]
    assert (openings % 4000 == 0).all()


def test_level_ranges_of_coarse_and_fine(shards: TokenShards) -> None:
    config = CropConfig(seconds=2.0, batch_size=4)
    semantic_too = (MULAN, SEMANTIC)
    coarse = TokenCrops(shards, semantic_too, ACOUSTIC.levels(0, 3), config).batch_at(0)
    assert torch.equal(coarse.codes[:, :, 0] // 16000, torch.tensor([[0, 1, 2]] * 4))
    fine = TokenCrops(shards, (MULAN, ACOUSTIC.levels(0, 3)), ACOUSTIC.levels(3, 4), config)
    batch = fine.batch_at(0)
    assert batch.conditions[1].shape == (4, 3, 100)
    assert torch.equal(batch.codes, batch.conditions[1][:, :1] + 48000)


def told(shards: TokenShards, **changes: object) -> tuple[torch.Tensor, torch.Tensor]:
    """The facts condition of many items, and what is known of their clips."""
    config = CropConfig(seconds=1.0, batch_size=1200, seed=1, **changes)  # type: ignore[arg-type]
    batch = TokenCrops(shards, (FACTS_STREAM,), SEMANTIC, config).batch_at(0)
    facts = torch.cat([clip_tokens(number, 1).facts for number in range(3)])
    return batch.conditions[0], facts[batch.codes[:, 0, 0] // 4000]


def test_facts_are_hidden_often_and_never_invented(shards: TokenShards) -> None:
    facts, known = told(shards)
    assert facts.dtype == torch.int64
    in_words = torch.tensor([pace_code(code) for code in known[:, 0].tolist()])
    assert set(in_words.tolist()) == {facts_tokens(pace=pace)[0] for pace in PACES}
    assert ((facts == known) | (facts == 0))[:, 1:].all()
    assert ((facts[:, 0] == known[:, 0]) | (facts[:, 0] == in_words) | (facts[:, 0] == 0)).all()
    # Half of the items are told facts, each fact two times in three.
    shares = (facts > 0).float().mean(0)
    torch.testing.assert_close(shares, torch.tensor([1, 1, 0, 1]) / 3, atol=0.04, rtol=0.0)
    silent = (facts == 0).all(1).float().mean().item()
    assert silent == pytest.approx(0.5 + 0.5 / 27, abs=0.04)
    # Half of the tempi are told in words.
    spoken = facts[:, 0] == in_words
    assert (spoken.sum() / (facts[:, 0] > 0).sum()).item() == pytest.approx(0.5, abs=0.07)
    # Facts are hidden one by one: all seven ways to tell some of three occur.
    some = facts[(facts > 0).any(1)][:, [0, 1, 3]] > 0
    assert len(some.unique(dim=0)) == 7


def test_the_share_of_items_that_are_told_facts_is_a_setting(shards: TokenShards) -> None:
    never, _ = told(shards, facts_share=0.0)
    assert not never.any()
    always, known = told(shards, facts_share=1.0)
    share = (always == known)[:, [1, 3]].float().mean().item()
    assert share == pytest.approx(2 / 3, abs=0.04)
    with pytest.raises(ConfigError, match=r"facts_share is a share from 0 to 1, got -0\.1"):
        told(shards, facts_share=-0.1)


def test_what_is_told_does_not_move_the_crops(shards: TokenShards) -> None:
    conditions = (FACTS_STREAM, SEMANTIC)
    batches = [
        TokenCrops(
            shards, conditions, ACOUSTIC, CropConfig(seconds=2.0, batch_size=50, facts_share=share)
        ).batch_at(3)
        for share in (0.0, 0.5, 1.0)
    ]
    for batch in batches[1:]:
        assert torch.equal(batch.codes, batches[0].codes)
        assert torch.equal(batch.conditions[1], batches[0].conditions[1])


def test_faults_of_crops_are_explained(shards: TokenShards) -> None:
    with pytest.raises(DataError, match=r"no clip of .* is 21 s long: use shorter crops"):
        crops_of(shards, 21.0)
    with pytest.raises(ConfigError, match=r"a crop of 0\.01 s is shorter than a frame"):
        crops_of(shards, 0.01)
    with pytest.raises(ConfigError, match=r"text_share is a share from 0 to 1, got 1\.5"):
        crops_of(shards, text_share=1.5)
    with pytest.raises(ConfigError, match="batch_size must be >= 1, got 0"):
        crops_of(shards, batch_size=0)
    other = TokenStream(name="semantic", codebook_size=9, n_q=1, frame_rate=Fraction(25))
    with pytest.raises(StreamMismatchError, match="codebook_size 65000 against 9"):
        TokenCrops(shards, (other,), ACOUSTIC, CropConfig(seconds=1.0, batch_size=1))


def test_faults_of_shards_are_explained(shards: TokenShards, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="clip 0 has 300 acoustic frames, asked for 299 to 301"):
        shards.codes(0, "acoustic", 299, 2)
    with pytest.raises(DataError, match=r"no tokenized corpus at .*: make one with `musiclm train"):
        TokenShards(tmp_path / "absent")
    with pytest.raises(DataError, match=r"shard 7 of .* would hold no clip"):
        write_shard(tmp_path, 7, [])
    high = clip_tokens(0, 1)
    with pytest.raises(DataError, match=r"acoustic codes must be in \[0, 65536\)"):
        write_shard(
            tmp_path, 7,
            [replace(high, acoustic=high.acoustic + 60000)],
        )  # fmt: skip
    index = tmp_path / "tokens.json"
    text = index.read_text()
    index.write_text(text.replace('"format_version": 4', '"format_version": 9'))
    with pytest.raises(DataError, match="has token format 9, this version reads 4"):
        TokenShards(tmp_path)
    index.write_text(text)
    (tmp_path / "shard-00001.safetensors").unlink()
    with pytest.raises(DataError, match=r"shard shard-00001 of .* is broken"):
        TokenShards(tmp_path)


def test_a_shard_is_whole_only_if_nothing_changed(shards: TokenShards, tmp_path: Path) -> None:
    assert shard_is_whole(tmp_path, 0, ["0", "1"])
    assert not shard_is_whole(tmp_path, 0, ["0", "2"])
    assert not shard_is_whole(tmp_path, 5, ["0", "1"])
    content = bytearray((tmp_path / "shard-00000.safetensors").read_bytes())
    content[-1] ^= 1
    (tmp_path / "shard-00000.safetensors").write_bytes(content)
    assert not shard_is_whole(tmp_path, 0, ["0", "1"])


def test_a_crop_is_told_the_timeline_of_its_own_time_or_nothing(shards: TokenShards) -> None:
    crops = TokenCrops(
        shards, (TIMELINE_STREAM,), SEMANTIC, CropConfig(seconds=2, batch_size=32, seed=3)
    )
    batch = crops.batch_at(0)
    timeline = batch.conditions[0]
    assert timeline.shape == (32, TIMELINE_STREAM.n_q, 50)
    frames = (batch.codes[:, 0] % 4000) // 4
    right = 1 + frames % 24
    assert ((timeline == right[:, None]) | (timeline == 0)).all()
    assert 0.3 < (timeline > 0).float().mean() < 0.8
