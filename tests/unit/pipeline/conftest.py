"""One tiny model of each acoustic kind, assembled once."""

from pathlib import Path

import pytest

from factories import tiny_model
from musiclm.pipeline.musiclm import MusicLM


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> MusicLM:
    return MusicLM.from_pretrained(tiny_folder)
