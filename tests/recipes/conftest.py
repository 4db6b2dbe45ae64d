"""A small captioned corpus, composed once a session for every tiny recipe."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three short pieces from the built-in synthesizers."""
    from musiclm.corpus.build import build_corpus
    from musiclm.corpus.render import sound_from_name

    folder = tmp_path_factory.mktemp("corpus")
    build_corpus(folder, hours=0.03, seed=178, sound=sound_from_name("own"))
    return folder


@pytest.fixture(scope="session")
def audio_run(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose codec, MuLan and semantic tokenizer have learned for a moment."""
    from musiclm.train.parts import train_part
    from musiclm.train.recipe import load_recipe

    run = tmp_path_factory.mktemp("run")
    for part in ("codec", "mulan", "tokenizer"):
        recipe = load_recipe("tiny", part)
        train_part(part, recipe, scale="tiny", run=run, corpus=corpus, max_steps=24)
    return run
