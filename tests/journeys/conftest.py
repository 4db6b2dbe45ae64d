"""A tiny model, and the command line with its output caught."""

import io
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from factories import tiny_model
from journeys.outcome import Outcome, Run


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run ``musiclm`` in this process; ``stdin`` may be any bytes."""

    def run_main(*words: str, stdin: bytes = b"") -> Outcome:
        from musiclm.cli.main import main

        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main([*words])
        caught = capfd.readouterr()
        return Outcome(code, caught.out, caught.err)

    return run_main


@pytest.fixture(autouse=True)
def ctrl_c_works() -> Iterator[None]:
    """Background jobs of a shell inherit a SIGINT that is ignored, and so would the tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
