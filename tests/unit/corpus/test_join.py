"""Several corpora as one."""

from pathlib import Path

import pytest

from musiclm.audio.io import read_audio
from musiclm.cli.main import main
from musiclm.corpus.build import build_corpus
from musiclm.corpus.join import join_corpora
from musiclm.corpus.render import OWN_SOUND
from musiclm.data.manifest import read_manifest
from musiclm.errors import DataError


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("corpora")
    for seed in (1, 2):
        build_corpus(
            folder / str(seed),
            hours=0.005,
            seed=seed,
            sound=OWN_SOUND,
            sample_rate=8_000,
            styles=["lullaby"],
            longest_seconds=30.0,
        )
    return [folder / "1", folder / "2"]


def test_all_pieces_are_there_under_new_names(corpora: list[Path], tmp_path: Path) -> None:
    assert main(["corpus", "join", *map(str, corpora), "--out", str(tmp_path / "all")]) == 0
    parts = [read_manifest(folder) for folder in corpora]
    joined = read_manifest(tmp_path / "all")
    assert len(joined) == len(parts[0]) + len(parts[1])
    assert [clip.id for clip in joined] == [
        f"{number}-{clip.id}" for number, part in enumerate(parts) for clip in part
    ]
    for before, after in zip([*parts[0], *parts[1]], joined, strict=True):
        assert (after.split, after.captions) == (before.split, before.captions)
        assert read_audio(after.audio).samples.equal(read_audio(before.audio).samples)


def test_what_is_no_corpus_is_refused(corpora: list[Path], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no corpus to join"):
        join_corpora([], tmp_path / "a")
    with pytest.raises(DataError, match=r"it has no manifest\.jsonl"):
        join_corpora([corpora[0], tmp_path], tmp_path / "b")
    with pytest.raises(DataError, match="already holds a corpus"):
        join_corpora(corpora[:1], corpora[1])
