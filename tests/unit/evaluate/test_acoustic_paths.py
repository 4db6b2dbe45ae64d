"""Acoustic paths on the same held-out tokens: one stage or several, repeatable by seed."""

from fractions import Fraction
from pathlib import Path

import pytest
import torch

from factories import ACOUSTIC, FACTS_STREAM, MULAN, SEMANTIC, tiny_acoustic, tiny_codec
from musiclm.data.token_shards import ClipTokens, TokenShards, write_index, write_shard
from musiclm.evaluate.acoustic_paths import compare_paths
from musiclm.prompt.ensemble import ENSEMBLE_STREAM
from musiclm.prompt.timeline import TIMELINE_STREAM
from musiclm.tokens.stream import TokenStream


@pytest.fixture
def shards(tmp_path: Path) -> TokenShards:
    streams = {"mulan": MULAN, "semantic": SEMANTIC, "acoustic": ACOUSTIC, "facts": FACTS_STREAM}
    streams |= {"timeline": TIMELINE_STREAM, "ensemble": ENSEMBLE_STREAM}
    rng = torch.Generator().manual_seed(0)

    def codes(stream: TokenStream, *shape: int) -> torch.Tensor:
        return torch.randint(stream.codebook_size, shape, generator=rng)

    n_frames = int(12 * Fraction(streams["acoustic"].frame_rate))
    clips = [
        ClipTokens(
            id=f"{number:06d}",
            split="valid",
            acoustic=codes(streams["acoustic"], streams["acoustic"].n_q, n_frames),
            semantic=codes(streams["semantic"], 1, n_frames),
            mulan_audio=codes(streams["mulan"], 2, streams["mulan"].n_q),
            mulan_text=codes(streams["mulan"], 2, streams["mulan"].n_q),
            facts=codes(streams["facts"], 1, streams["facts"].n_q),
            timeline=codes(TIMELINE_STREAM, TIMELINE_STREAM.n_q, n_frames),
            ensemble=codes(ENSEMBLE_STREAM, ENSEMBLE_STREAM.n_q, n_frames),
        )
        for number in range(4)
    ]
    write_shard(tmp_path, 0, clips)
    write_index(tmp_path, streams, n_shards=1, fingerprint="x" * 64)
    return TokenShards(tmp_path)


def test_every_path_gets_a_row(shards: TokenShards) -> None:
    paths = {"delayed": tiny_acoustic("delay"), "two stages": tiny_acoustic("coarse_fine")}
    rows = compare_paths(paths, tiny_codec(), shards, n_clips=6, seconds=8.0)
    assert [row["path"] for row in rows] == ["other real clips", "delayed", "two stages"]
    assert all(float(row["frechet"]) > 0 for row in rows)
    again = compare_paths(paths, tiny_codec(), shards, n_clips=6, seconds=8.0)
    assert [row["frechet"] for row in rows] == [row["frechet"] for row in again]
