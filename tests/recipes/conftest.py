"""A small captioned corpus, composed once a session for every tiny recipe."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two minutes of music from the built-in synthesizers."""
    from musiclm.corpus.build import build_corpus
    from musiclm.corpus.render import sound_from_name

    folder = tmp_path_factory.mktemp("corpus")
    build_corpus(folder, hours=0.03, seed=3, sound=sound_from_name("own"))
    return folder
