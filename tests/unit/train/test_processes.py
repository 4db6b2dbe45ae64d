"""Parts in processes of their own: errors come back, and nothing outlives an interrupt."""

import os
from pathlib import Path
from typing import Any

import pytest

from musiclm.data.manifest import read_manifest
from musiclm.train.fit import TrainingError
from musiclm.train.processes import Task, finish, run_task, start
from musiclm.train.recipe import CorpusRecipe, load_recipe


def task(name: str, recipe: Any, out: Path) -> Task:
    return Task(name, recipe, "tiny", out, corpus=None, max_steps=1, max_seconds=None)


def test_an_opening_stays_as_it_is_while_the_corpus_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)  # In this process, which is faster for two.
    short, long = (CorpusRecipe(hours=hours, seed=178, sound="own") for hours in (0.005, 0.02))
    run_task(task("opening", short, tmp_path))
    first = read_manifest(tmp_path / "opening")
    run_task(task("corpus", long, tmp_path))
    corpus = read_manifest(tmp_path / "corpus")
    assert 0 < len(first) < len(corpus)
    assert [clip.id for clip in first] == [f"0-{clip.id}" for clip in corpus[: len(first)]]
    for clip, same in zip(first, corpus, strict=False):
        assert clip.audio.read_bytes() == same.audio.read_bytes()
    # Interrupted before its mark, and begun again when the corpus is already longer.
    run_task(task("opening", short, tmp_path))
    assert read_manifest(tmp_path / "opening") == first
    assert read_manifest(tmp_path / "corpus") == corpus


@pytest.mark.slow
def test_an_error_of_a_process_comes_back(tmp_path: Path) -> None:
    running = start(task("codec", load_recipe("tiny", "codec"), tmp_path))
    with pytest.raises(
        TrainingError, match=r"the part codec failed: training codec needs a corpus.*run the same"
    ):
        finish(running)
    assert not running.process.is_alive()
