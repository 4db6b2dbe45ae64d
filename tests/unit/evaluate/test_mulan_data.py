"""From a corpus to a pool of embedded clips."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mulan_corpus import write_corpus
from mulan_pool import one, pieces

from factories import tiny_model, tiny_mulan
from musiclm.corpus.captions import lexicon
from musiclm.corpus.captions.check import contradictions
from musiclm.corpus.facts import Facts, SectionFacts
from musiclm.data.manifest import read_manifest
from musiclm.errors import ConfigError, DataError, ModelNotFoundError
from musiclm.evaluate.mulan.data import (
    Pool,
    excerpt_of,
    heard,
    long_captions,
    read_pool,
    text_vectors,
)
from musiclm.mulan.model import Mulan
from musiclm.pipeline.folder import find_part


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("pool") / "corpus")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("artifact") / "mulan"
    tiny_mulan().save(path)
    return path


def section(start: float, *instruments: str, drums: bool = False, **more: str) -> dict[str, Any]:
    facts = SectionFacts(
        name=f"from {start:g}",
        start_seconds=start,
        seconds=20.0,
        instruments=list(instruments),
        drums=drums,
        **more,
    )
    return facts.model_dump()


@cache
def whole() -> Facts:
    """Forty quiet seconds, then a flute with a kit."""
    return one(
        instruments=["flute", "cello", "brush_kit"],
        lead="flute",
        lead_family="flute",
        drums=True,
        key="C",
        mode="major",
        roles={"flute": "lead", "cello": "bass"},
        absent=["brass"],
        sections=[
            section(0, "cello", key="C", mode="major"),
            section(20, "cello", "harp", key="A", mode="minor"),
            section(40, "flute", "cello", "brush_kit", drums=True, key="C", mode="major"),
        ],
    )


def test_an_excerpt_has_only_what_sounds_in_it() -> None:
    found = heard(whole(), 20.0, 20.0)
    assert found.instruments == ["cello", "harp"]
    assert (found.lead, found.lead_family) == ("cello", "strings")
    assert not found.drums
    assert (found.key, found.mode, found.modulates) == ("A", "minor", False)
    assert found.roles == {"cello": "bass"}
    assert found.form == ["from 20"]
    assert found.absent == ["brass"]


def test_an_excerpt_of_several_sections_has_what_sounds_in_any() -> None:
    found = heard(whole(), 35.0, 24.0)
    assert found.instruments == ["flute", "cello", "brush_kit", "harp"]
    assert found.lead == "flute"
    assert found.drums
    assert (found.key, found.modulates) == ("C", True)


def test_a_moment_is_not_heard() -> None:
    assert "flute" not in heard(whole(), 20.5, 20.0).instruments


def test_facts_without_sections_stay_as_they_are() -> None:
    facts = one(sections=[])
    assert heard(facts, 0.0, 5.0) is facts


def test_pool_of_the_test_split_and_of_all(corpus: Path, folder: Path) -> None:
    mulan = Mulan.load(folder)
    pool = read_pool(folder, mulan, corpus)
    assert [clip.id for clip in pool.clips] == ["000003", "000004", "000005"]
    assert pool.audio.shape == (3, mulan.config.dim)
    assert np.linalg.norm(pool.audio, axis=1) == pytest.approx(np.ones(3))
    assert pool.unseen_styles == {pool.facts[2].style}
    everything = read_pool(folder, mulan, corpus, split="all")
    assert len(everything.clips) == 6
    some = read_pool(folder, mulan, corpus, split="all", at_most=3, seed=1)
    ids = [clip.id for clip in some.clips]
    assert len(ids) == 3
    assert ids == sorted(ids)
    # Batches of equal length do not mix up their clips.
    by_id = dict(zip([clip.id for clip in everything.clips], everything.audio, strict=True))
    for clip, vector in zip(some.clips, some.audio, strict=True):
        assert vector == pytest.approx(by_id[clip.id], abs=1e-5)


def test_embeddings_are_kept_for_this_artifact_and_this_clip(
    corpus: Path, folder: Path, tmp_path: Path
) -> None:
    mulan = Mulan.load(folder)
    said: list[tuple[int, int]] = []

    def note(done: int, total: int) -> None:
        said.append((done, total))

    first = read_pool(folder, mulan, corpus, cache=tmp_path / "kept", on_progress=note)
    assert said[-1] == (3, 3)
    said.clear()
    again = read_pool(folder, mulan, corpus, cache=tmp_path / "kept", on_progress=note)
    assert said == []
    assert np.array_equal(first.audio, again.audio)
    # Another model finds nothing of its own there.
    other = tmp_path / "other"
    tiny_mulan(seed=1).save(other)
    different = read_pool(other, Mulan.load(other), corpus, cache=tmp_path / "kept")
    assert not np.allclose(first.audio, different.audio)
    # A clip of the same id in another corpus is another clip.
    moved = write_corpus(tmp_path / "moved", hertz=700.0)
    elsewhere = read_pool(folder, mulan, moved, cache=tmp_path / "kept", on_progress=note)
    assert said
    assert not np.allclose(first.audio, elsewhere.audio)


def test_a_broken_cache_is_said(corpus: Path, folder: Path, tmp_path: Path) -> None:
    mulan = Mulan.load(folder)
    read_pool(folder, mulan, corpus, cache=tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(b"no tensors")
    with pytest.raises(DataError, match=r"is no cache of embeddings .*: delete it"):
        read_pool(folder, mulan, corpus, cache=tmp_path)


def test_impossible_wishes_are_said(corpus: Path, folder: Path, tmp_path: Path) -> None:
    mulan = Mulan.load(folder)
    lines = (corpus / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    (tmp_path / "manifest.jsonl").write_text(lines[0], encoding="utf-8")
    with pytest.raises(DataError, match=r"has 1 piece\(s\) to compare: give at least 2"):
        read_pool(folder, mulan, tmp_path, split="all")
    bare = [json.loads(line) | {"facts": {"style": "rock"}} for line in lines]
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, bare)), encoding="utf-8")
    with pytest.raises(ConfigError, match="piece 000000, facts"):
        read_pool(folder, mulan, tmp_path, split="all")


def test_a_mulan_is_found_alone_or_in_a_model(folder: Path, tmp_path: Path) -> None:
    assert find_part(str(folder), "mulan") == folder
    model = tiny_model(tmp_path)
    assert Mulan.load(find_part(str(model), "mulan")).config == Mulan.load(folder).config
    with pytest.raises(ModelNotFoundError, match="no model"):
        find_part(str(tmp_path / "nowhere"), "mulan")


def test_long_captions_are_true_unseen_and_the_same_again(corpus: Path) -> None:
    facts = pieces(6)
    pool = Pool(tuple(read_manifest(corpus)), facts, np.zeros((6, 2)), frozenset())
    for language in ("en", "de"):
        reserved = {
            pattern.id
            for patterns in lexicon(language).reserved_patterns.values()
            for pattern in patterns
        }
        captions = long_captions(pool, language)
        assert captions == long_captions(pool, language)
        assert captions != long_captions(pool, language, seed=1)
        for caption, fact in zip(captions, facts, strict=True):
            assert caption.language == language
            assert len(caption.states) >= 3
            assert caption.pattern in reserved
            assert contradictions(caption.text, language, fact) == []


def test_excerpts_are_the_middle(corpus: Path) -> None:
    clip = read_manifest(corpus)[0]
    assert excerpt_of(clip) == (0.0, clip.seconds)


def test_equal_texts_have_equal_vectors() -> None:
    mulan = tiny_mulan()
    vectors = text_vectors(mulan, ["a", "b", "a"])
    assert np.array_equal(vectors[0], vectors[2])
    assert vectors[1] == pytest.approx(mulan.embed_text(["b"])[0].double().numpy())
    assert torch.from_numpy(vectors).dtype == torch.float64
